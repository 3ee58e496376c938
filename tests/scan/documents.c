// SPDX-License-Identifier: MIT
#include "documents.h"

#include "base/limits.h"
#include "base/mem.h"

#include <criterion/criterion.h>
#include <string.h>

static const char BEHIND[] = "}]\",1 true:{[\\\"\\";

struct tape *document_scan(const struct scan_kernel *kernel, const char *json, size_t len)
{
    static struct scanner *scanner;
    static char *padded;
    scanner_destroy(&scanner);
    mem_free(&padded);
    padded = mem_alloc(len + SCAN_PADDING, 1);
    memcpy(padded, json, len);
    for (size_t i = 0; i < SCAN_PADDING; i++) {
        padded[len + i] = BEHIND[i % (sizeof(BEHIND) - 1)];
    }
    scanner = scanner_create(kernel);
    return scanner_run(scanner, &(struct scan_input){.bytes = padded, .len = len});
}

static void append_members(struct buf *out, struct tape *tape, uint32_t object)
{
    const char *separator = "";
    for (uint32_t at = object + 1; at < tape->nodes[object].next; at = tape->nodes[at + 1].next) {
        struct span name = tape_text(tape, at);
        cr_assert_eq(tape_kind(tape, at), TAPE_NAME);
        (void)buf_append_format(out, "%s<", separator);
        (void)buf_append(out, name.bytes, name.len);
        (void)buf_append_text(out, ">:");
        document_append(out, tape, at + 1);
        separator = ",";
    }
}

static void append_elements(struct buf *out, struct tape *tape, uint32_t array)
{
    const char *separator = "";
    for (uint32_t at = array + 1; at < tape->nodes[array].next; at = tape->nodes[at].next) {
        (void)buf_append_text(out, separator);
        document_append(out, tape, at);
        separator = ",";
    }
}

void document_append(struct buf *out, struct tape *tape, uint32_t node)
{
    struct span text;
    switch (tape_kind(tape, node)) {
    case TAPE_OBJECT:
        (void)buf_append_char(out, '{');
        append_members(out, tape, node);
        (void)buf_append_char(out, '}');
        return;
    case TAPE_ARRAY:
        (void)buf_append_char(out, '[');
        append_elements(out, tape, node);
        (void)buf_append_char(out, ']');
        return;
    case TAPE_TEXT:
        text = tape_text(tape, node);
        (void)buf_append_char(out, '<');
        (void)buf_append(out, text.bytes, text.len);
        (void)buf_append_char(out, '>');
        return;
    case TAPE_NULL:
    case TAPE_FALSE:
    case TAPE_TRUE:
    case TAPE_NUMBER:
        text = tape_raw(tape, node);
        (void)buf_append(out, text.bytes, text.len);
        return;
    case TAPE_NAME:
        break;
    }
    cr_assert(false, "a name stands where a value has to");
}

bool document_is_accepted(const char *json, size_t len, struct buf *tape_out)
{
    struct buf first;
    bool is_accepted = false;
    buf_init(&first, LIMIT_RECORD_BYTES * (size_t)2);
    for (size_t i = 0; scan_kernel_at(i) != NULL; i++) {
        const char *kernel = scan_kernel_name(scan_kernel_at(i));
        struct tape *tape = document_scan(scan_kernel_at(i), json, len);
        struct buf text;
        buf_init(&text, LIMIT_RECORD_BYTES * (size_t)2);
        if (tape != NULL) {
            cr_assert_eq(tape->nodes[0].next, tape->count);
            document_append(&text, tape, 0);
        }
        if (i == 0) {
            is_accepted = tape != NULL;
            (void)buf_append(&first, buf_text(&text), text.len);
        }
        cr_assert_eq(tape != NULL, is_accepted, "%s: %.*s", kernel, (int)len, json);
        cr_assert(text.len == first.len && memcmp(buf_text(&text), buf_text(&first), text.len) == 0,
                  "%s: %s, not %s", kernel, buf_text(&text), buf_text(&first));
        buf_deinit(&text);
    }
    if (tape_out != NULL) {
        (void)buf_append(tape_out, buf_text(&first), first.len);
    }
    buf_deinit(&first);
    return is_accepted;
}

uint64_t document_random(uint64_t *state)
{
    // SplitMix64.
    *state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t mixed = *state;
    mixed = (mixed ^ mixed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ mixed >> 31;
}

static void make_blanks(struct buf *out, uint64_t *state)
{
    static const char *const BLANKS[] = {"", "", "", " ", "\t\r", "      ", "\n"};
    (void)buf_append_text(out, BLANKS[document_random(state) % ARRAY_LEN(BLANKS)]);
}

static void make_text(struct buf *out, uint64_t *state)
{
    static const char *const PARTS[] = {"a",    "name",           "安全",    "\\n",
                                        "\\\\", "\\\"",           "\\u00e9", "{}[]:,",
                                        "é",    "\\ud83d\\ude00", " ",       "0123456789"};
    (void)buf_append_char(out, '"');
    for (uint64_t parts = document_random(state) % 5; parts > 0; parts--) {
        (void)buf_append_text(out, PARTS[document_random(state) % ARRAY_LEN(PARTS)]);
    }
    (void)buf_append_char(out, '"');
}

static void make_scalar(struct buf *out, uint64_t *state)
{
    static const char *const SCALARS[] = {
        "0", "-1", "12345678", "123456789", "1.5", "-0.25e+10", "1E-3", "true", "false", "null",
    };
    if (document_random(state) % 2 == 0) {
        make_text(out, state);
        return;
    }
    (void)buf_append_text(out, SCALARS[document_random(state) % ARRAY_LEN(SCALARS)]);
}

static void make_container(struct buf *out, uint64_t *state, unsigned depth)
{
    bool is_object = document_random(state) % 2 == 0;
    uint64_t count = document_random(state) % 6;
    (void)buf_append_char(out, is_object ? '{' : '[');
    for (uint64_t i = 0; i < count; i++) {
        make_blanks(out, state);
        if (is_object) {
            (void)buf_append_format(out, "\"%llu", (unsigned long long)i);
            (void)buf_append_text(out, document_random(state) % 8 == 0 ? "\\t\"" : "n\"");
            make_blanks(out, state);
            (void)buf_append_char(out, ':');
        }
        document_make(out, state, depth - 1);
        (void)buf_append_text(out, i + 1 < count ? "," : "");
    }
    (void)buf_append_char(out, is_object ? '}' : ']');
}

void document_make(struct buf *out, uint64_t *state, unsigned depth)
{
    make_blanks(out, state);
    if (depth == 0 || document_random(state) % 3 == 0) {
        make_scalar(out, state);
    } else {
        make_container(out, state, depth);
    }
    make_blanks(out, state);
}
