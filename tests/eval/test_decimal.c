// SPDX-License-Identifier: MIT
#include "decimal.h"

#include "base/check.h"

#include <criterion/criterion.h>
#include <string.h>

static struct decimal decimal_of(const char *text)
{
    struct decimal decimal = {0};
    cr_assert(decimal_parse(text, strlen(text), &decimal), "%s", text);
    return decimal;
}

static int compare(const char *a, const char *b)
{
    struct decimal left = decimal_of(a);
    struct decimal right = decimal_of(b);
    return decimal_compare(&left, &right);
}

Test(decimal, compares_exactly)
{
    static const struct {
        const char *smaller;
        const char *larger;
    } CASES[] = {
        {"9007199254740992", "9007199254740993"},
        {"9223372036854775806", "9223372036854775807"},
        {"-9223372036854775808", "-9223372036854775807"},
        {"9223372036854775807", "9223372036854775807.5"},
        {"0.1", "0.10000000000000000001"},
        {"-1", "0"},
        {"-0.5", "0.25"},
        {"9", "10"},
        {"-10", "-9"},
        {"0.09", "0.1"},
        {"1e-999999999", "1e-999999998"},
        {"0", "1e-999999999"},
        {"-1e999999999", "1e-999999999"},
        {"99.99", "1e2"},
    };
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        cr_expect_eq(compare(CASES[i].smaller, CASES[i].larger), -1, "%s < %s", CASES[i].smaller,
                     CASES[i].larger);
        cr_expect_eq(compare(CASES[i].larger, CASES[i].smaller), 1, "%s > %s", CASES[i].larger,
                     CASES[i].smaller);
    }
}

Test(decimal, finds_spellings_of_one_number_equal)
{
    static const struct {
        const char *one;
        const char *other;
    } CASES[] = {
        {"1", "1.000"},       {"100", "1e2"},   {"0.5", "5E-1"},    {"1.10", "1.1"},
        {"0", "-0"},          {"0.0", "0e7"},   {"1200", "1.2e+3"}, {" 7 ", "7"},
        {"0.001", "1e-3"},    {"10", "10.0e0"}, {"-5", "-0.5e1"},   {"\t1\r\n", "1"},
        {"12.5", "0.0125e3"},
    };
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        cr_expect_eq(compare(CASES[i].one, CASES[i].other), 0, "%s = %s", CASES[i].one,
                     CASES[i].other);
    }
}

Test(decimal, takes_json_numbers_only)
{
    static const char *const OTHERS[] = {
        "",
        " ",
        "-",
        "+1",
        "01",
        "-01",
        "1.",
        ".5",
        "1e",
        "1e+",
        "0x10",
        "1,5",
        "1 2",
        "inf",
        "nan",
        "--1",
        "1.e",
        "１",
        "1_0",
        "e1",
        "1e1000000000",
        "1e-1000000000",
        "1e99999999999999999999",
    };
    struct decimal decimal;
    for (size_t i = 0; i < ARRAY_LEN(OTHERS); i++) {
        cr_expect_not(decimal_parse(OTHERS[i], strlen(OTHERS[i]), &decimal), "%s", OTHERS[i]);
    }
}

Test(decimal, gives_integers_of_64_bits)
{
    static const struct {
        const char *text;
        int64_t integer;
    } CASES[] = {
        {"0", 0},
        {"-0", 0},
        {"0.000e5", 0},
        {"0e-999999999", 0},
        {"7", 7},
        {"-7.00", -7},
        {"1.2e1", 12},
        {"1200e-2", 12},
        {"0.05E2", 5},
        {"9223372036854775807", INT64_MAX},
        {"-9223372036854775808", INT64_MIN},
        {"-9.223372036854775808e18", INT64_MIN},
    };
    static const char *const OTHERS[] = {
        "1.5",
        "1e-1",
        "12e-2",
        "120.55e1",
        "9223372036854775808",
        "-9223372036854775809",
        "1e19",
        "1e999999999",
        "1e-999999999",
        "0.5",
    };
    int64_t integer;
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        struct decimal decimal = decimal_of(CASES[i].text);
        cr_assert(decimal_to_integer(&decimal, &integer), "%s", CASES[i].text);
        cr_expect_eq(integer, CASES[i].integer, "%s", CASES[i].text);
    }
    for (size_t i = 0; i < ARRAY_LEN(OTHERS); i++) {
        struct decimal decimal = decimal_of(OTHERS[i]);
        cr_expect_not(decimal_to_integer(&decimal, &integer), "%s", OTHERS[i]);
    }
}

Test(decimal, writes_integers_of_64_bits)
{
    char text[DECIMAL_TEXT_BYTES];
    (void)decimal_text_of_integer(INT64_MIN, text);
    cr_expect_str_eq(text, "-9223372036854775808");
    (void)decimal_text_of_integer(INT64_MAX, text);
    cr_expect_str_eq(text, "9223372036854775807");
}
