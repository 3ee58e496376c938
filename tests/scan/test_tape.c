// SPDX-License-Identifier: MIT
//
// What a tape says of a document.
#include "documents.h"
#include "scan/tape.h"

#include <criterion/criterion.h>
#include <string.h>

static void expect_tape(const char *json, const char *wanted)
{
    struct buf text;
    buf_init(&text, 65536);
    cr_expect(document_is_accepted(json, strlen(json), &text), "%s", json);
    cr_expect_str_eq(buf_text(&text), wanted);
    buf_deinit(&text);
}

Test(tape, holds_the_whole_document)
{
    expect_tape(" [ 1 , -2.50 , \"a\\tb\" , null , true , false ] ",
                "[1,-2.50,<a\tb>,null,true,false]");
    expect_tape("{\"a\":{\"b\":[{},[]]},\"c\":\"\"}", "{<a>:{<b>:[{},[]]},<c>:<>}");
    expect_tape("{\"\\u0061\\\"\":\"\\ud83d\\ude00\"}", "{<a\">:<\xf0\x9f\x98\x80>}");
    expect_tape("7", "7");
}

Test(tape, counts_and_finds)
{
    static const char JSON[] = "{\"a\":[10,[1,2],{\"x\":1},\"e\"],\"b\\n\":2,\"\":3}";
    struct tape *tape = document_scan(scan_kernel_best(), JSON, strlen(JSON));
    cr_assert_not_null(tape);
    cr_expect_eq(tape_size(tape, 0), 3);
    uint32_t list = tape_member(tape, 0, "a", 1);
    cr_assert_neq(list, TAPE_NONE);
    cr_expect_eq(tape_size(tape, list), 4);
    cr_expect_eq(tape_kind(tape, tape_element(tape, list, 2)), TAPE_OBJECT);
    cr_expect_eq(tape_kind(tape, tape_element(tape, list, 3)), TAPE_TEXT);
    cr_expect_eq(tape_element(tape, list, 4), TAPE_NONE);
    cr_expect_eq(tape_element(tape, 0, 0), TAPE_NONE);
    cr_expect_neq(tape_member(tape, 0, "b\n", 2), TAPE_NONE);
    cr_expect_neq(tape_member(tape, 0, "", 0), TAPE_NONE);
    cr_expect_eq(tape_member(tape, 0, "b", 1), TAPE_NONE);
    cr_expect_eq(tape_member(tape, 0, "x", 1), TAPE_NONE);
    cr_expect_eq(tape_member(tape, list, "x", 1), TAPE_NONE);
    struct span raw = tape_raw(tape, list);
    cr_expect_eq(raw.len, strlen("[10,[1,2],{\"x\":1},\"e\"]"));
    cr_expect_eq(memcmp(raw.bytes, "[10,[1,2]", 9), 0);
}

// A text is decoded once, and earlier answers stay.
Test(tape, decodes_when_asked)
{
    static const char JSON[] = "[\"\\u0041\",\"\\n\",\"x\"]";
    struct tape *tape = document_scan(scan_kernel_best(), JSON, strlen(JSON));
    cr_assert_not_null(tape);
    struct span first = tape_text(tape, 1);
    struct span second = tape_text(tape, 2);
    cr_expect(first.len == 1 && first.bytes[0] == 'A');
    cr_expect(second.len == 1 && second.bytes[0] == '\n');
    cr_expect_eq(tape_text(tape, 1).bytes, first.bytes);
    cr_expect_eq(tape->decoded_len, 2);
    cr_expect_eq(tape_text(tape, 3).bytes[0], 'x');
}
