// SPDX-License-Identifier: MIT
//
// Which documents are accepted, with every kernel.
#include "base/limits.h"
#include "base/mem.h"
#include "documents.h"

#include <criterion/criterion.h>
#include <string.h>

static const char *const RIGHT[] = {
    "null",
    "true",
    "false",
    "0",
    "-0",
    "12",
    "-12.5e+3",
    "1E999999999",
    "\"\"",
    "\"a b\"",
    "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u00e9\\uffff\\uD83D\\ude00\"",
    "\"\x7f\"",
    "\"\xc3\xa9 \xe5\xae\x89 \xf0\x9f\x98\x80\"",
    "{}",
    "[]",
    "[[],{}]",
    " \t\r\n{ \"a\" : [ 1 , \"x\" ] , \"b\" : { } } \t\r\n",
    "{\"a\":1,\"A\":2,\"\":3,\"a \":4}",
    "[123456789012345678901234567890, 1e5, 0.000001]",
};

static const char *const WRONG[] = {
    "",
    " ",
    "nul",
    "nulls",
    "tru e",
    "True",
    "truefalse",
    "'a'",
    "a",
    "+1",
    "01",
    "-",
    "-a",
    "1.",
    ".5",
    "1.e5",
    "1e",
    "1e+",
    "1e1234567890",
    "0x1",
    "1 2",
    "12\x01",
    "12\x0c",
    "1\"a\"",
    "\"a\"1",
    "\"a\"\"b\"",
    "NaN",
    "-Infinity",
    "\"",
    "\"a",
    "\"\\\"",
    "\"\\x\"",
    "\"\\u12g4\"",
    "\"\\u123\"",
    "\"\\u0000\"",
    "\"\\ud800\"",
    "\"\\ud800x\"",
    "\"\\ud800\\u0041\"",
    "\"\\udc00\"",
    "\"\\ud800\\ud800\"",
    "\"a\nb\"",
    "\"a\tb\"",
    "\"a\x1f\"",
    "\"\xff\"",
    "\"\xc3\"",
    "\"\xc0\x80\"",
    "\"\xed\xa0\x80\"",
    "\"\xf4\x90\x80\x80\"",
    "\xc3\xa9",
    "\\",
    "[\\]",
    "\\\"a\"",
    "{",
    "[",
    "}",
    "]",
    "[}",
    "{]",
    "[1",
    "[1,",
    "[,1]",
    "[1,]",
    "[1,,2]",
    "[1 2]",
    "[1:2]",
    "[]]",
    "[][]",
    "{\"a\"}",
    "{\"a\":}",
    "{\"a\",1}",
    "{\"a\" 1}",
    "{\"a\"::1}",
    "{\"a\":1,}",
    "{,\"a\":1}",
    "{\"a\":1 \"b\":2}",
    "{1:1}",
    "{a:1}",
    "{\"a\":1}{",
    "{\"a\":1},",
    "{\"a\":1,\"a\":2}",
    "{\"a\":1,\"b\":2,\"\\u0061\":3}",
    "{\"x\":{\"a\":1,\"a\":1}}",
    "[{\"\":1,\"\":1}]",
    "[1]\x1a",
    "[1\x0c 2]",
    "[1\x0c,2]",
    "{\"a\"\x1a 1}",
};

static void expect(const char *json, size_t len, bool is_right)
{
    cr_expect_eq(document_is_accepted(json, len, NULL), is_right, "%.*s", (int)len, json);
}

Test(scanner, accepts_what_is_json)
{
    for (size_t i = 0; i < ARRAY_LEN(RIGHT); i++) {
        expect(RIGHT[i], strlen(RIGHT[i]), true);
    }
}

Test(scanner, refuses_all_else)
{
    for (size_t i = 0; i < ARRAY_LEN(WRONG); i++) {
        expect(WRONG[i], strlen(WRONG[i]), false);
    }
    expect("[\"a\0b\"]", 7, false);
    expect("[1\0]", 4, false);
    expect("1\0", 2, false);
}

// A kernel looks at 64 bytes at once; whatever stands at their borders is the same as elsewhere.
Test(scanner, answers_the_same_at_every_offset)
{
    char shifted[256];
    for (size_t offset = 0; offset <= 66; offset++) {
        memset(shifted, ' ', sizeof(shifted));
        for (size_t i = 0; i < ARRAY_LEN(RIGHT); i++) {
            size_t len = strlen(RIGHT[i]);
            memcpy(shifted + offset, RIGHT[i], len);
            expect(shifted, offset + len, true);
        }
        for (size_t i = 0; i < ARRAY_LEN(WRONG); i++) {
            size_t len = strlen(WRONG[i]);
            memcpy(shifted + offset, WRONG[i], len);
            expect(shifted, offset + len, false);
        }
    }
}

Test(scanner, cuts_no_document_short)
{
    for (size_t i = 0; i < ARRAY_LEN(RIGHT); i++) {
        bool is_number = strpbrk(RIGHT[i], "0123456789") == RIGHT[i] || RIGHT[i][0] == '-';
        size_t len = strlen(RIGHT[i]);
        while (RIGHT[i][len - 1] == ' ' || strchr("\t\r\n", RIGHT[i][len - 1]) != NULL) {
            len--;
        }
        for (size_t cut = 0; cut < len && !is_number; cut++) {
            expect(RIGHT[i], cut, false);
        }
    }
}

static void append_nested(struct buf *out, const char *open, const char *close, size_t depth)
{
    for (size_t i = 0; i < depth; i++) {
        (void)buf_append_text(out, open);
    }
    for (size_t i = 0; i < depth; i++) {
        (void)buf_append_text(out, close);
    }
}

Test(scanner, bounds_the_depth)
{
    for (size_t depth = LIMIT_RECORD_DEPTH - 1; depth <= LIMIT_RECORD_DEPTH + 1; depth++) {
        struct buf json;
        buf_init(&json, 65536);
        append_nested(&json, "[", "]", depth);
        expect(buf_text(&json), json.len, depth <= LIMIT_RECORD_DEPTH);
        buf_reset(&json);
        append_nested(&json, "{\"a\":[", "]}", depth / 2);
        expect(buf_text(&json), json.len, depth / 2 * 2 <= LIMIT_RECORD_DEPTH);
        buf_deinit(&json);
    }
}

Test(scanner, bounds_the_length)
{
    size_t len = LIMIT_RECORD_BYTES;
    char *json = mem_alloc(len + 1, 1);
    memset(json, ' ', len + 1);
    json[0] = '1';
    expect(json, len, true);
    expect(json, len + 1, false);
    mem_free(&json);
}

// The longest document with as many values as fit: [1,1,1,…,1]
Test(scanner, has_room_for_the_densest_document)
{
    size_t len = LIMIT_RECORD_BYTES - 1;
    char *json = mem_alloc(len, 1);
    for (size_t i = 0; i < len; i++) {
        json[i] = i % 2 == 0 ? ',' : '1';
    }
    json[0] = '[';
    json[len - 1] = ']';
    expect(json, len, true);
    mem_free(&json);
}

// Names that differ only far behind, in length, or not at all; few members and many.
Test(scanner, finds_members_that_are_there_twice)
{
    for (size_t count = 1; count <= 200; count += 7) {
        for (size_t twice = 0; twice <= count; twice += 3) {
            struct buf json;
            buf_init(&json, 65536);
            for (size_t i = 0; i < count; i++) {
                bool repeats = twice > 0 && i == count - 1 && twice < count;
                size_t name = repeats ? twice - 1 : i;
                (void)buf_append_format(&json, "%s\"%s%zu\":%zu", i == 0 ? "{" : ",",
                                        name % 2 == 0 ? "a_rather_long_name_" : "", name, i);
            }
            (void)buf_append_text(&json, "}");
            bool is_right = twice == 0 || twice >= count;
            expect(buf_text(&json), json.len, is_right);
            buf_deinit(&json);
        }
    }
}

// One scanner, many documents: nothing of one shows in the next.
Test(scanner, makes_each_tape_afresh)
{
    struct scanner *scanner = scanner_create(scan_kernel_best());
    char padded[64 + SCAN_PADDING] = "{\"a\":\"\\n\"}";
    struct scan_input input = {.bytes = padded, .len = strlen(padded)};
    for (int i = 0; i < 3; i++) {
        struct tape *tape = scanner_run(scanner, &input);
        cr_assert_not_null(tape);
        cr_expect_eq(tape->count, 3);
        cr_expect_eq(tape_text(tape, 2).len, 1);
        padded[0] = '[';
        cr_expect_null(scanner_run(scanner, &input));
        padded[0] = '{';
    }
    scanner_destroy(&scanner);
    cr_expect_null(scanner);
    scanner_destroy(&scanner);
}
