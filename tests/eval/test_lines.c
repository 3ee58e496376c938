// SPDX-License-Identifier: MIT
#include "eval/lines.h"

#include <criterion/criterion.h>
#include <string.h>

Test(lines, blocks_line_by_line)
{
    static const char text[] = "{}\n \t\r\n\n  {\"a\":1}\r\nlast";
    static const struct {
        const char *text;
        bool is_blank;
        struct record_origin at;
    } expected[] = {
        {"{}", false, {7, 100}},    {" \t\r", true, {8, 106}},
        {"", true, {9, 107}},       {"  {\"a\":1}\r", false, {10, 110}},
        {"last", false, {11, 119}},
    };
    const struct eval_block block = {
        .bytes = text, .len = strlen(text), .first_line = 7, .first_offset = 100};
    struct eval_lines lines = eval_lines(&block);
    struct eval_line line;
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
        cr_assert(eval_lines_next(&lines, &line), "line %zu", i);
        cr_expect_eq(line.len, strlen(expected[i].text), "line %zu", i);
        cr_expect_arr_eq(line.bytes, expected[i].text, line.len, "line %zu", i);
        cr_expect_eq(line.is_blank, expected[i].is_blank, "line %zu", i);
        cr_expect_eq(line.at.line, expected[i].at.line, "line %zu", i);
        cr_expect_eq(line.at.offset, expected[i].at.offset, "line %zu", i);
        cr_expect_eq(line.bytes + line.len + line.bytes_behind, text + strlen(text));
    }
    cr_expect_not(eval_lines_next(&lines, &line));
    cr_expect_not(eval_lines_next(&lines, &line));
}

Test(lines, say_where_a_record_stood_that_was_not_on_a_line)
{
    static const struct record_origin origins[] = {{3, 30}, {3, 35}};
    const struct eval_block block = {.bytes = "{}\n{}\n", .len = 6, .origins = origins};
    struct eval_lines lines = eval_lines(&block);
    struct eval_line line;
    for (size_t i = 0; i < 2; i++) {
        cr_assert(eval_lines_next(&lines, &line));
        cr_expect_eq(line.at.line, origins[i].line);
        cr_expect_eq(line.at.offset, origins[i].offset);
    }
    cr_expect_not(eval_lines_next(&lines, &line));
}

Test(lines, an_empty_block_has_none)
{
    const struct eval_block block = {.first_line = 1};
    struct eval_lines lines = eval_lines(&block);
    struct eval_line line;
    cr_expect_not(eval_lines_next(&lines, &line));
}
