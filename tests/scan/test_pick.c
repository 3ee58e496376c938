// SPDX-License-Identifier: MIT
//
// Picks: the nodes that a plan asks for, found while a document is scanned.
#include "base/mem.h"
#include "documents.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS = 16, STEPS = 8 };

// "a.b[2]", without escapes.
static size_t read_steps(const char *text, struct pick_step steps[STEPS])
{
    size_t count = 0;
    while (*text != '\0') {
        if (*text == '[') {
            char *end;
            steps[count++] = (struct pick_step){.index = (uint32_t)strtoul(text + 1, &end, 10)};
            text = end + 1;
        } else {
            size_t len = strcspn(text += *text == '.' ? 1 : 0, ".[");
            steps[count++] = (struct pick_step){.name = text, .len = len};
            text += len;
        }
    }
    return count;
}

static uint32_t add(struct pick_plan *plan, const char *text)
{
    struct pick_step steps[STEPS];
    size_t count = read_steps(text, steps);
    return pick_plan_add(plan, steps, count);
}

static const struct pick_place *place_at(const struct pick_plan *plan, const char *text)
{
    struct pick_step steps[STEPS];
    size_t count = read_steps(text, steps);
    return pick_plan_place(plan, steps, count);
}

struct picked {
    struct scanner *scanner;
    char *bytes;
    struct tape *tape;
    uint32_t picks[SLOTS];
};

static void scan(struct picked *picked, const struct pick_place *place, const char *json)
{
    size_t len = strlen(json);
    picked->bytes = mem_alloc(len + SCAN_PADDING, 1);
    memcpy(picked->bytes, json, len);
    memset(picked->picks, 0xff, sizeof(picked->picks));
    picked->scanner = scanner_create(scan_kernel_best());
    picked->tape = scanner_run(picked->scanner, &(struct scan_input){.bytes = picked->bytes,
                                                                     .len = len,
                                                                     .place = place,
                                                                     .picks = picked->picks});
    cr_assert_not_null(picked->tape, "%s", json);
}

static void deinit(struct picked *picked)
{
    scanner_destroy(&picked->scanner);
    mem_free(&picked->bytes);
}

static void expect(struct picked *picked, uint32_t slot, const char *wanted)
{
    cr_assert_lt(slot, SLOTS);
    uint32_t node = picked->picks[slot];
    if (wanted == NULL) {
        cr_expect_eq(node, TAPE_NONE);
        return;
    }
    cr_assert_neq(node, TAPE_NONE, "%s", wanted);
    struct buf text;
    buf_init(&text, 65536);
    document_append(&text, picked->tape, node);
    cr_expect_str_eq(buf_text(&text), wanted);
    buf_deinit(&text);
}

Test(pick, finds_what_the_plan_asks_for)
{
    struct pick_plan *plan = pick_plan_create();
    uint32_t a = add(plan, "a");
    uint32_t deep = add(plan, "a.b.c");
    uint32_t element = add(plan, "list[1].x");
    uint32_t list = add(plan, "list");
    uint32_t missing = add(plan, "a.z");
    uint32_t escaped = add(plan, "n\n");
    cr_expect_eq(add(plan, "a.b.c"), deep);
    cr_expect_eq(pick_plan_slots(plan), 6);

    struct picked picked;
    scan(&picked, place_at(plan, ""),
         "{\"c\":0,\"a\":{\"c\":1,\"b\":{\"d\":2,\"c\":3}},\"list\":[{\"x\":4},{\"y\":5,\"x\":6}],"
         "\"\\u006e\\n\":7}");
    expect(&picked, a, "{<c>:1,<b>:{<d>:2,<c>:3}}");
    expect(&picked, deep, "3");
    expect(&picked, element, "6");
    expect(&picked, list, "[{<x>:4},{<y>:5,<x>:6}]");
    expect(&picked, missing, NULL);
    expect(&picked, escaped, "7");
    deinit(&picked);

    scan(&picked, place_at(plan, ""), "{\"a\":[{\"b\":{\"c\":1}}],\"list\":{\"1\":{\"x\":1}}}");
    expect(&picked, deep, NULL);
    expect(&picked, element, NULL);
    deinit(&picked);
    pick_plan_destroy(&plan);
    cr_expect_null(plan);
}

// The configuration of a record may be a document of its own.
Test(pick, begins_at_a_place)
{
    struct pick_plan *plan = pick_plan_create();
    uint32_t inner = add(plan, "a.b[0]");
    cr_expect_null(place_at(plan, "b"));
    cr_expect_null(place_at(plan, "a.b[1]"));
    struct picked picked;
    scan(&picked, place_at(plan, "a"), "{\"b\":[\"x\"],\"a\":1}");
    expect(&picked, inner, "<x>");
    deinit(&picked);
    pick_plan_destroy(&plan);
}

Test(pick, keeps_many_names_apart)
{
    enum { NAMES = 500 };
    struct pick_plan *plan = pick_plan_create();
    struct buf json;
    buf_init(&json, 65536);
    for (uint32_t i = 0; i < NAMES; i++) {
        char name[16];
        (void)snprintf(name, sizeof(name), "n%u", i * i);
        struct pick_step step = {.name = name, .len = strlen(name)};
        cr_assert_eq(pick_plan_add(plan, &step, 1), i);
        (void)buf_append_format(&json, "%s\"%s\":%u", i == 0 ? "{" : ",", name, i);
    }
    (void)buf_append_text(&json, "}");
    char *padded = mem_alloc(json.len + SCAN_PADDING, 1);
    memcpy(padded, buf_text(&json), json.len);
    uint32_t *picks = mem_alloc(NAMES, sizeof(*picks));
    struct scanner *scanner = scanner_create(scan_kernel_best());
    struct tape *tape = scanner_run(scanner, &(struct scan_input){.bytes = padded,
                                                                  .len = json.len,
                                                                  .place = place_at(plan, ""),
                                                                  .picks = picks});
    cr_assert_not_null(tape);
    for (uint32_t i = 0; i < NAMES; i++) {
        cr_expect_eq(strtoul(tape_raw(tape, picks[i]).bytes, NULL, 10), i);
    }
    scanner_destroy(&scanner);
    mem_free(&picks);
    mem_free(&padded);
    buf_deinit(&json);
    pick_plan_destroy(&plan);
}
