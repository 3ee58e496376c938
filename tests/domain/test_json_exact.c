// SPDX-License-Identifier: MIT
//
// Numbers of a tree stay as they were written, wherever they stand.
#include "base/check.h"
#include "base/mem.h"
#include "domain/json_exact.h"
#include "domain/json_number.h"

#include <criterion/criterion.h>
#include <string.h>

static json_t *load(const char *text)
{
    json_error_t error;
    json_t *json = json_exact_load(span_of(text), NULL, &error);
    cr_assert_not_null(json, "%s: %s", text, error.text);
    return json;
}

static void expect_number(const json_t *json, const char *wanted)
{
    cr_assert(json_number_is(json) && !json_text_is(json), "%s", wanted);
    if (json_is_integer(json)) {
        char *digits = mem_format("%" JSON_INTEGER_FORMAT, json_integer_value(json));
        cr_expect_str_eq(digits, wanted);
        mem_free(&digits);
    } else {
        cr_expect(span_equals_text(json_number_text(json), wanted), "%s", wanted);
    }
}

static const char *const INTEGERS[] = {"0", "-1", "999999999999999999", "9223372036854775807",
                                       "-9223372036854775808"};
static const char *const OTHERS[] = {
    "-0",
    "1.10",
    "5.0",
    "0.1",
    "-0.0",
    "1e0",
    "1E+2",
    "1e400",
    "-1e-400",
    "9223372036854775808",
    "-9223372036854775809",
    "18446744073709551617",
    "0.1234567890123456789",
    "123456789012345678901234567890.10",
    "1e999999999",
    "1e1000000000",
};

Test(json_exact, every_number_stays_as_it_was_written)
{
    for (size_t i = 0; i < ARRAY_LEN(INTEGERS); i++) {
        json_t *json = load(INTEGERS[i]);
        cr_expect(json_is_integer(json));
        expect_number(json, INTEGERS[i]);
        json_decref(json);
    }
    for (size_t i = 0; i < ARRAY_LEN(OTHERS); i++) {
        json_t *json = load(OTHERS[i]);
        cr_expect(json_number_is_written(json), "%s", OTHERS[i]);
        expect_number(json, OTHERS[i]);
        json_decref(json);
    }
}

Test(json_exact, numbers_keep_their_places)
{
    json_t *json = load("{\"1.5\": [1, 1.50, \"2.5\", [], \"\\\"3.5\", {\"b\": 1e400, \"a\": 7}],"
                        "\"n\":-0,\"x\":[9,8.0 ,true,18446744073709551617]}");
    const json_t *list = json_object_get(json, "1.5");
    expect_number(json_array_get(list, 0), "1");
    expect_number(json_array_get(list, 1), "1.50");
    cr_expect(json_text_is(json_array_get(list, 2)));
    cr_expect_str_eq(json_string_value(json_array_get(list, 4)), "\"3.5");
    expect_number(json_object_get(json_array_get(list, 5), "b"), "1e400");
    expect_number(json_object_get(json_array_get(list, 5), "a"), "7");
    expect_number(json_object_get(json, "n"), "-0");
    list = json_object_get(json, "x");
    expect_number(json_array_get(list, 0), "9");
    expect_number(json_array_get(list, 1), "8.0");
    cr_expect(json_is_true(json_array_get(list, 2)));
    expect_number(json_array_get(list, 3), "18446744073709551617");
    json_decref(json);
}

Test(json_exact, what_is_no_json_is_refused_with_its_own_words)
{
    static const struct {
        const char *text;
        const char *says;
    } CASES[] = {
        {"[1.50, 01]", "near '0'"},
        {"[1.50, 1.]", "near '1.'"},
        {"[1.50, .5]", "near '.'"},
        {"[1.50, 1e]", "near '1e'"},
        {"[1.50, +1]", "near '+'"},
        {"[1.50, -]", "near '-'"},
        {"[1.50, 1.5.2]", "near '.'"},
        {"[1.50 1]", "near '1'"},
        {"{1.50: 1}", "near '1.50'"},
        {"1.50 2.50", "near '2.50'"},
        {"{\"a\": 1.50, \"a\": 2.50}", "duplicate object key"},
        {"[1e400, x]", "near 'x'"},
        {"[1.50, \"\xff\"]", "unable to decode byte 0xff"},
        {"", "near end of file"},
    };
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        json_error_t error;
        size_t excessive_at;
        cr_expect_null(json_exact_load(span_of(CASES[i].text), &excessive_at, &error), "%s",
                       CASES[i].text);
        cr_expect_not_null(strstr(error.text, CASES[i].says), "%s: %s", CASES[i].text, error.text);
    }
    cr_expect_null(json_exact_load(span_of("[1.5"), NULL, NULL));
}

Test(json_exact, says_where_an_exponent_has_too_many_digits)
{
    static const struct {
        const char *text;
        size_t at;
    } CASES[] = {
        {"[1e999999999, -1E-999999999]", 0},
        {"[1, 1e1000000000, 2e1000000000]", 5},
        {"-1.5E-0000000001", 1},
        {"\"1e1000000000\"", 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        json_error_t error;
        size_t at = 99;
        json_t *json = json_exact_load(span_of(CASES[i].text), &at, &error);
        cr_expect_not_null(json, "%s", CASES[i].text);
        cr_expect_eq(at, CASES[i].at, "%s: %zu", CASES[i].text, at);
        json_decref(json);
    }
}

Test(json_exact, a_number_ends_where_the_grammar_ends_it)
{
    static const struct {
        const char *text;
        size_t len;
    } CASES[] = {
        {"", 0},       {"-", 0},     {"0", 1},  {"01", 1},  {"-12", 3},   {"1.5", 3},
        {"1.", 0},     {"1.e5", 0},  {"1e", 0}, {"1e+", 0}, {"1E+5x", 4}, {".5", 0},
        {"0.0e-0", 6}, {"1.5.2", 3}, {"-0", 2}, {"--1", 0}, {"a", 0},     {"12,3", 2},
    };
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        cr_expect_eq(json_number_len(span_of(CASES[i].text)), CASES[i].len, "%s", CASES[i].text);
    }
}
