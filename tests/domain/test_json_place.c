// SPDX-License-Identifier: MIT
#include "base/check.h"
#include "base/mem.h"
#include "domain/json_place.h"

#include <criterion/criterion.h>

// Looked for in TEXT; ` stands for " in all of them.
struct row {
    const char *text;
    const char *pointer;
    const char *value; // what stands at the place of the value
    const char *name;  // what stands at the place of the name
    bool is_there;
};

static char *quoted(const char *text)
{
    char *copy = mem_text(text);
    for (char *c = copy; *c != '\0'; c++) {
        *c = *c == '`' ? '"' : *c;
    }
    return copy;
}

static void expect(const struct row *row, enum json_place_part part, const char *wanted)
{
    char *text = quoted(row->text);
    char *expected = quoted(wanted);
    struct json_place place;
    bool is_there = json_place_find(span_of(text), row->pointer, part, &place);
    char *found = mem_text_n(text + place.offset, place.len);
    cr_expect_eq(is_there, row->is_there, "%s in %s", row->pointer, text);
    cr_expect_str_eq(found, expected, "%s in %s", row->pointer, text);
    mem_free(&found);
    mem_free(&expected);
    mem_free(&text);
}

static const struct row ROWS[] = {
    {"7", "", "7", "7", true},
    {" {`a`: 1}", "", "{", "{", true},
    {"", "", "", "", true},
    {"\xef\xbb\xbf[4]", "/0", "4", "4", true},
    // members and elements
    {"{`a`: {`b`: [1, {`c`: `x`}]}}", "/a/b/1/c", "`x`", "`c`", true},
    {"{`a`: {`b`: [1, {`c`: `x`}]}}", "/a/b/0", "1", "1", true},
    {"{`a`: {`b`: [1, {`c`: `x`}]}}", "/a/b/1", "{", "{", true},
    {"{`a`: {`b`: [1, {`c`: `x`}]}}", "/a/b", "`b`", "`b`", true},
    {"{`a`: {`b`: [1, {`c`: `x`}]}}", "/a", "`a`", "`a`", true},
    {"[[[[7]]]]", "/0/0/0/0", "7", "7", true},
    {"{`a`:true,`b`:null,`c`:-1.5e3}", "/c", "-1.5e3", "`c`", true},
    {"{`a`:true,`b`:null,`c`:-1.5e3}", "/b", "null", "`b`", true},
    {"{`a` : true }", "/a", "true", "`a`", true},
    // brackets and quotes inside of texts
    {"{`a`: `}]{[`, `b`: `\\`,\\\\`, `c`: 3}", "/c", "3", "`c`", true},
    {"{`a`: `}]{[`, `b`: `\\`,\\\\`, `c`: 3}", "/b", "`\\`,\\\\`", "`b`", true},
    // names with escapes, in the text and in the pointer
    {"{`a/b`: 1, `m~n`: 2, ``: 3, `a`: {`b`: 4}}", "/a~1b", "1", "`a/b`", true},
    {"{`a/b`: 1, `m~n`: 2, ``: 3, `a`: {`b`: 4}}", "/m~0n", "2", "`m~n`", true},
    {"{`a/b`: 1, `m~n`: 2, ``: 3, `a`: {`b`: 4}}", "/", "3", "``", true},
    {"{`a/b`: 1, `m~n`: 2, ``: 3, `a`: {`b`: 4}}", "/a/b", "4", "`b`", true},
    {"{`\\u0061\\n\\``: 1}", "/a\n\"", "1", "`\\u0061\\n\\``", true},
    {"{`\\ud83d\\ude00`: 1, `\\ud83dx`: 2}", "/😀", "1", "`\\ud83d\\ude00`", true},
    {"{`é`: 1}", "/é", "1", "`é`", true},
    // of two of one name the last
    {"{`a`: 1, `a`: {`b`: 2}, `c`: 3}", "/a/b", "2", "`b`", true},
    {"{`a`: {`b`: 1}, `\\u0061`: 2}", "/a", "2", "`\\u0061`", true},
    // not there: the nearest value around it
    {"{`a`: {`b`: 1}}", "/a/c", "`a`", "`a`", false},
    {"{`a`: [1, 2]}", "/a/2", "`a`", "`a`", false},
    {"[[1, 2]]", "/0/x", "[", "[", false},
    {"[1, 2]", "/-1", "[", "[", false},
    {"{`a`: 5}", "/a/b/c", "5", "`a`", false},
    {"{`a`: 5}", "/b", "{", "{", false},
    {"7", "/a", "7", "7", false},
};

Test(json_place, what_a_pointer_finds)
{
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        expect(&ROWS[i], JSON_PLACE_VALUE, ROWS[i].value);
        expect(&ROWS[i], JSON_PLACE_NAME, ROWS[i].name);
    }
}

// The vendor's form of a condition: JSON in a text, once or twice.
Test(json_place, the_pointer_goes_on_in_a_text_that_holds_json)
{
    static const struct row INNER[] = {
        {"{`C`: `{\\`operator\\`: \\`and\\`}`}", "/C/operator", "\\`and\\`", "\\`operator\\`",
         true},
        {"{`C`: `{\\`children\\`: [{\\`x\\`: 1}]}`}", "/C/children/0/x", "1", "\\`x\\`", true},
        {"{`C`: `{\\`\\u0061\\`:\\t[7, 8]}`}", "/C/a/1", "8", "8", true},
        {"{`C`: `{\\`ComplianceConditions\\`: {\\`operator\\`: 5}}`}", "/C/operator", "5",
         "\\`operator\\`", true},
        {"{`C`: `{\\`ComplianceConditions\\`: \\`{\\\\\\`operator\\\\\\`: 5}\\`}`}", "/C/operator",
         "5", "\\\\\\`operator\\\\\\`", true},
        // the text itself, and what is not there
        {"{`C`: `{\\`a\\`: 1}`}", "/C", "`{\\`a\\`: 1}`", "`C`", true},
        {"{`C`: `{\\`a\\`: {\\`b\\`: 1}}`}", "/C/a/x", "\\`a\\`", "\\`a\\`", false},
        {"{`C`: `plain`}", "/C/a", "plain", "plain", false},
        {"{`C`: ``}", "/C/a", "", "", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(INNER); i++) {
        expect(&INNER[i], JSON_PLACE_VALUE, INNER[i].value);
        expect(&INNER[i], JSON_PLACE_NAME, INNER[i].name);
    }
}

static void expect_lines(struct json_place place, size_t line, size_t column, size_t end_column)
{
    cr_expect_eq(place.line, line, "line %zu", place.line);
    cr_expect_eq(place.column, column, "column %zu", place.column);
    cr_expect_eq(place.end_line, line, "end in line %zu", place.end_line);
    cr_expect_eq(place.end_column, end_column, "end in column %zu", place.end_column);
}

Test(json_place, lines_and_columns_count_characters)
{
    struct span text = span_of("{\n  \"é😀\": [\r\n    \"ä\", 12\n  ]\n}\n");
    struct json_place place;
    cr_assert(json_place_find(text, "/é😀", JSON_PLACE_NAME, &place));
    expect_lines(place, 2, 3, 7);
    cr_assert(json_place_find(text, "/é😀/0", JSON_PLACE_VALUE, &place));
    expect_lines(place, 3, 5, 8);
    cr_assert(json_place_find(text, "/é😀/1", JSON_PLACE_VALUE, &place));
    expect_lines(place, 3, 10, 12);
}

Test(json_place, a_place_by_offset_or_line_is_cut_at_the_end)
{
    struct span text = span_of("ab\ncdé");
    expect_lines(json_place_at(text, 3, 99), 2, 1, 4);
    expect_lines(json_place_at(text, 99, 1), 2, 4, 4);
    expect_lines(json_place_at_line(text, 1, 2), 1, 2, 3);
    expect_lines(json_place_at_line(text, 2, 3), 2, 3, 4);
    expect_lines(json_place_at_line(text, 1, 99), 1, 3, 3);
    expect_lines(json_place_at_line(text, 99, 1), 2, 1, 2);
    cr_expect_eq(json_place_at_line(text, 2, 3).len, 2, "a character, not a byte");
    expect_lines(json_place_at_line(span_of(""), 1, 1), 1, 1, 1);
    struct json_place broken = json_place_at_line(span_of("a\n\x8c\x96xyz"), 2, 1);
    cr_expect_eq(broken.offset, 4, "what continues no character is none");
}

// Whatever the bytes, the place lies inside of them. A copy of the exact size, so that a read
// behind the end is seen.
Test(json_place, text_that_is_no_json)
{
    static const char *const TEXTS[] = {
        "{",
        "[",
        "\"",
        "\"\\",
        "{\"a",
        "{\"a\"",
        "{\"a\":",
        "{\"a\":\"",
        "{\"a\":[",
        "{,}",
        "[,,]",
        "]]]",
        "{]",
        "[}",
        "\\",
        "{\"a\":\"\\u",
        "{\"a\":\"\\ud83d\\u\"}",
        "\xff\xfe",
        "{\"a\":\"{\\\"b\\\":\\\"",
        "[[[[[[[[[[",
        ":",
        ",",
    };
    static const char *const POINTERS[] = {"", "/a", "/a/b", "/0", "/0/0/0/0/0/0", "/a/0/b", "//"};
    for (size_t i = 0; i < ARRAY_LEN(TEXTS); i++) {
        size_t len = strlen(TEXTS[i]);
        char *text = mem_dup(TEXTS[i], len);
        for (size_t j = 0; j < ARRAY_LEN(POINTERS); j++) {
            struct json_place place;
            (void)json_place_find((struct span){text, len}, POINTERS[j], JSON_PLACE_VALUE, &place);
            cr_expect_leq(place.offset + place.len, len, "%s in %s", POINTERS[j], TEXTS[i]);
        }
        mem_free(&text);
    }
}
