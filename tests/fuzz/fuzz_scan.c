// SPDX-License-Identifier: MIT
//
// Input: a document. Every kernel gives the same answer and the same tape; a tape is well formed,
// its texts are UTF-8, and what was picked is what a look through the tape finds.
#include "base/check.h"
#include "base/mem.h"
#include "base/text.h"
#include "scan/scanner.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SLOTS = 3, KERNELS_MAX = 5 };

static const struct pick_step PICKS[SLOTS][2] = {
    {{.name = "a", .len = 1}, {.name = "b", .len = 1}},
    {{.name = "a", .len = 1}, {.index = 1}},
    {{.name = "configuration", .len = 13}, {.name = "", .len = 0}},
};

// One scanner per kernel, kept for all inputs, so that what one leaves behind meets the next.
struct scanning {
    struct pick_plan *plan;
    struct scanner *scanners[KERNELS_MAX];
    size_t count;
};

static struct scanning *scanning_get(void)
{
    static struct scanning scanning;
    if (scanning.plan == NULL) {
        scanning.plan = pick_plan_create();
        for (uint32_t i = 0; i < SLOTS; i++) {
            ENSURE(pick_plan_add(scanning.plan, PICKS[i], 2) == i);
        }
        while (scan_kernel_at(scanning.count) != NULL) {
            REQUIRE(scanning.count < KERNELS_MAX);
            scanning.scanners[scanning.count] = scanner_create(scan_kernel_at(scanning.count));
            scanning.count++;
        }
    }
    return &scanning;
}

static void check_node(const struct tape *tape, uint32_t node, uint32_t behind)
{
    const struct tape_node *found = &tape->nodes[node];
    bool is_container = tape_kind(tape, node) == TAPE_ARRAY || tape_kind(tape, node) == TAPE_OBJECT;
    INVARIANT(found->next > node && found->next <= behind);
    INVARIANT(is_container || found->next == node + 1);
    uint32_t count = 0;
    for (uint32_t at = node + 1; is_container && at < found->next; count++) {
        if (tape_kind(tape, node) == TAPE_OBJECT) {
            INVARIANT(tape_kind(tape, at) == TAPE_NAME);
            at++;
        }
        check_node(tape, at, found->next);
        at = tape->nodes[at].next;
    }
    INVARIANT(count == tape_size(tape, node));
}

static uint32_t find(struct tape *tape, const struct pick_step steps[2])
{
    uint32_t node = 0;
    for (size_t i = 0; i < 2 && node != TAPE_NONE; i++) {
        node = steps[i].name != NULL ? tape_member(tape, node, steps[i].name, steps[i].len)
                                     : tape_element(tape, node, steps[i].index);
    }
    return node;
}

static void check_tape(struct tape *tape, const uint32_t picks[SLOTS])
{
    check_node(tape, 0, tape->count);
    for (size_t i = 0; i < SLOTS; i++) {
        INVARIANT(picks[i] == find(tape, PICKS[i]));
    }
    for (uint32_t node = 0; node < tape->count; node++) {
        struct span text = tape_text(tape, node);
        INVARIANT(text_is_utf8(text.bytes, text.len, NULL));
    }
}

static bool is_same(const struct tape *a, const struct tape *b)
{
    return a->count == b->count && memcmp(a->nodes, b->nodes, a->count * sizeof(*a->nodes)) == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct scanning *scanning = scanning_get();
    char *bytes = mem_alloc(size + SCAN_PADDING, 1);
    memcpy(bytes, data, size);
    struct tape *first = NULL;
    for (size_t i = 0; i < scanning->count; i++) {
        uint32_t picks[SLOTS] = {TAPE_NONE, TAPE_NONE, TAPE_NONE};
        memset(bytes + size, "}]\",0\0"[i], SCAN_PADDING);
        struct tape *tape =
            scanner_run(scanning->scanners[i],
                        &(struct scan_input){.bytes = bytes,
                                             .len = size,
                                             .place = pick_plan_place(scanning->plan, NULL, 0),
                                             .picks = picks});
        first = i == 0 ? tape : first;
        INVARIANT((tape != NULL) == (first != NULL));
        INVARIANT(tape == NULL || is_same(tape, first));
        if (tape != NULL && i + 1 == scanning->count) {
            check_tape(tape, picks);
        }
    }
    mem_free(&bytes);
    return 0;
}
