// SPDX-License-Identifier: MIT
//
// The truth table: every operator on every kind of value. T passes, F does not, U is unknown
// (INSUFFICIENT_DATA).
#include "support.h"

#include "base/mem.h"

#include <criterion/criterion.h>
#include <string.h>

// Configurations for the columns of the table, in order. A value of a wrong type is the object, the
// nested list, or the column of another type.
static const char *const COLUMNS[] = {
    "{}",                            // missing
    "{\"v\": null}",                 // null
    "{\"v\": {\"x\": \"x\"}}",       // object
    "{\"v\": \"\"}",                 // empty text
    "{\"v\": []}",                   // empty list
    "{\"v\": [[\"x\"]]}",            // list in a list
    "{\"v\": 9223372036854775807}",  // the largest integer
    "{\"v\": 36893488147419103232}", // a larger one than 64 bits hold
    "{\"v\": 1.5}",                  // real
    "{\"v\": true}",                 // boolean
    "{\"v\": \"安全\"}",             // not ASCII
};

struct row {
    const char *operator_name;
    const char *desired; // JSON, NULL for none
    const char *hit;     // a value that the positive operator of the pair passes
    char on_hit;
    const char *expected; // one letter a column
};

static const struct row ROWS[] = {
    {"StringEquals", "\"x\"", "\"X\"", 'T', "FFUFFUFFFFF"},
    {"NotStringEquals", "\"x\"", "\"X\"", 'F', "TTUTTUTTTTT"},
    {"StringIn", "\"w, x\"", "\"X\"", 'T', "FFUFFUFFFFF"},
    {"NotStringIn", "\"w, x\"", "\"X\"", 'F', "TTUTTUTTTTT"},
    {"StringContains", "\"x\"", "\"axb\"", 'T', "FFUFFUFFFFF"},
    {"NotStringContains", "\"x\"", "\"axb\"", 'F', "TTUTTUTTTTT"},
    // ours, held against their kin
    {"StringMatches", "\"x\"", "\"axb\"", 'T', "FFUFFUFFFFF"},
    {"NotStringMatches", "\"x\"", "\"axb\"", 'F', "TTUTTUTTTTT"},
    {"Equals", "\"5\"", "5", 'T', "FFUUFUFFFUU"},
    {"NotEquals", "\"5\"", "5", 'F', "TTUUTUTTTUU"},
    {"Less", "5", "4", 'T', "FFUUFUFFTUU"},
    {"LessOrEquals", "5", "5", 'T', "FFUUFUFFTUU"},
    {"Greater", "5", "6", 'T', "FFUUFUTTFUU"},
    {"GreaterOrEquals", "5", "5", 'T', "FFUUFUTTFUU"},
    {"Base64Contains", "\"x\"", "\"eHl6\"", 'T', "FFUFFUUUUUU"},
    {"NotBase64Contains", "\"x\"", "\"eHl6\"", 'F', "TTUTTUUUUUU"},
    {"Base64ContainsAll", "\"x,z\"", "\"eHl6\"", 'T', "FFUFFUUUUUU"},
    {"Base64ExcludeAll", "\"q,z\"", "\"eHl6\"", 'F', "TTUTTUUUUUU"},
    {"Contains", "\"x\"", "[\"a\", \"x\"]", 'T', "FFUFFUFFFFF"},
    {"NotContains", "\"x\"", "[\"a\", \"x\"]", 'F', "TTUTTUTTTTT"},
    {"In", "[\"x\", \"y\"]", "[\"y\", \"x\"]", 'T', "FFUFFUFFFFF"},
    {"NotIn", "[\"x\", \"y\"]", "[\"a\", \"x\"]", 'F', "TTUTTUTTTTT"},
    {"ContainsAll", "\"x,y\"", "[\"y\", \"x\", \"z\"]", 'T', "FFUFFUFFFFF"},
    {"ExcludeAll", "\"x,y\"", "[\"a\", \"y\"]", 'F', "TTUTTUTTTTT"},
    {"IsEmpty", NULL, "{}", 'T', "TTFTTFFFFFF"},
    {"IsStringEmpty", NULL, "[\"\", \"\"]", 'T', "TTUTTUFFFFF"},
    {"IsNotStringEmpty", NULL, "\"x\"", 'T', "FFUFFUTTTTT"},
};

Test(operators, judge_every_kind_of_value)
{
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        char *clause = support_clause(ROWS[i].operator_name, ROWS[i].desired);
        char *hit = mem_format("{\"v\": %s}", ROWS[i].hit);
        cr_expect_eq(support_truth(clause, "", hit), ROWS[i].on_hit, "%s on %s",
                     ROWS[i].operator_name, hit);
        for (size_t j = 0; j < ARRAY_LEN(COLUMNS); j++) {
            char truth = support_truth(clause, "", COLUMNS[j]);
            cr_expect_eq(truth, ROWS[i].expected[j], "%s on %s is %c", ROWS[i].operator_name,
                         COLUMNS[j], truth);
        }
        mem_free(&hit);
        mem_free(&clause);
    }
}

// "missing": "INSUFFICIENT_DATA" turns missing and null into unknown, and nothing else.
Test(operators, missing_is_insufficient_data_when_the_rule_asks)
{
    static const char MEMBERS[] = "\"missing\": \"INSUFFICIENT_DATA\",";
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        char *clause = support_clause(ROWS[i].operator_name, ROWS[i].desired);
        cr_expect_eq(support_truth(clause, MEMBERS, COLUMNS[0]), 'U', "%s", ROWS[i].operator_name);
        cr_expect_eq(support_truth(clause, MEMBERS, COLUMNS[1]), 'U', "%s", ROWS[i].operator_name);
        for (size_t j = 2; j < ARRAY_LEN(COLUMNS); j++) {
            cr_expect_eq(support_truth(clause, MEMBERS, COLUMNS[j]), ROWS[i].expected[j],
                         "%s on %s", ROWS[i].operator_name, COLUMNS[j]);
        }
        mem_free(&clause);
    }
}

struct single {
    const char *operator_name;
    const char *desired;
    const char *value;
    char truth;
};

static void check_singles(const struct single *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char *clause = support_clause(cases[i].operator_name, cases[i].desired);
        char *configuration = mem_format("{\"v\": %s}", cases[i].value);
        char truth = support_truth(clause, "", configuration);
        cr_expect_eq(truth, cases[i].truth, "%s %s on %s is %c", cases[i].operator_name,
                     cases[i].desired, cases[i].value, truth);
        mem_free(&configuration);
        mem_free(&clause);
    }
}

Test(operators, compare_text)
{
    static const struct single CASES[] = {
        // letter case: ignored by four operators, for ASCII letters
        {"StringEquals", "\"Running\"", "\"RUNNING\"", 'T'},
        {"NotStringEquals", "\"Running\"", "\"RUNNING\"", 'F'},
        {"StringIn", "\"A,B\"", "\"b\"", 'T'},
        {"NotStringIn", "\"A,B\"", "\"b\"", 'F'},
        {"StringContains", "\"Run\"", "\"running\"", 'F'},
        {"In", "\"A,B\"", "\"b\"", 'F'},
        {"Contains", "\"A\"", "[\"a\"]", 'F'},
        {"StringEquals", "\"É\"", "\"é\"", 'F'},
        {"StringEquals", "\"安全\"", "\"安全\"", 'T'},
        {"StringContains", "\"全\"", "\"安全团队\"", 'T'},
        // numbers and booleans are text
        {"StringEquals", "\"True\"", "true", 'T'},
        {"StringEquals", "true", "true", 'T'},
        {"StringEquals", "\"9223372036854775807\"", "9223372036854775807", 'T'},
        {"StringEquals", "\"9223372036854775806\"", "9223372036854775807", 'F'},
        // as they were written, whatever their number of digits
        {"StringEquals", "\"1.50\"", "1.50", 'T'},
        {"StringEquals", "\"1.5\"", "1.50", 'F'},
        {"NotStringEquals", "\"1.50\"", "1.50", 'F'},
        {"StringEquals", "\"5\"", "5.0", 'F'},
        {"StringIn", "[5.0]", "5.0", 'T'},
        {"StringEquals", "1.50", "\"1.5\"", 'F'},
        {"StringEquals", "1.50", "\"1.50\"", 'T'},
        {"StringEquals", "\"123456789012345678901.10\"", "123456789012345678901.10", 'T'},
        {"StringEquals", "\"123456789012345678901.1\"", "123456789012345678901.10", 'F'},
        {"StringEquals", "123456789012345678901.10", "123456789012345678901.10", 'T'},
        {"StringEquals", "\"-0\"", "-0", 'T'},
        {"StringEquals", "-0", "-0", 'T'},
        {"StringEquals", "0", "-0", 'F'},
        {"StringEquals", "\"1e2\"", "1e2", 'T'},
        {"StringEquals", "\"1E2\"", "1e2", 'T'},
        {"StringEquals", "1E+400", "1e+400", 'T'},
        {"StringContains", "\".10\"", "1.10", 'T'},
        {"StringMatches", "\"^1[.]10$\"", "1.10", 'T'},
        {"StringContains", "\"22\"", "1223", 'T'},
        {"StringEquals", "\"\"", "\"\"", 'T'},
        {"NotStringEquals", "\"\"", "\"a\"", 'T'},
        // lists: split at commas, blanks trimmed; an array takes texts as they are
        {"StringIn", "\" a ,\\tb \"", "\"a\"", 'T'},
        {"StringIn", "[\"a,b\"]", "\"a,b\"", 'T'},
        {"StringIn", "[\"a,b\"]", "\"a\"", 'F'},
        {"StringIn", "[\" a\"]", "\"a\"", 'F'},
        {"StringIn", "[\"\"]", "\"\"", 'T'},
        {"StringIn", "[1, true]", "true", 'T'},
        {"StringIn", "7", "7", 'T'},
    };
    check_singles(CASES, ARRAY_LEN(CASES));
}

Test(operators, compare_numbers_exactly)
{
    static const struct single CASES[] = {
        {"Equals", "\"9223372036854775807\"", "9223372036854775807", 'T'},
        {"Equals", "9223372036854775806", "9223372036854775807", 'F'},
        {"Less", "9223372036854775807", "9223372036854775806", 'T'},
        {"Equals", "\"9007199254740993\"", "9007199254740993", 'T'},
        {"Equals", "\"9007199254740992\"", "9007199254740993", 'F'},
        {"Greater", "9007199254740992.0", "9007199254740993", 'T'},
        {"Greater", "\"0.1\"", "0.1", 'F'},
        {"Equals", "\"0.1\"", "0.1", 'T'},
        {"Equals", "\"0.10\"", "1e-1", 'T'},
        {"Less", "\"0.30000000000000001\"", "0.3", 'T'},
        {"Equals", "\"1e2\"", "100", 'T'},
        {"Equals", "100", "\"1e2\"", 'T'},
        {"Equals", "5", "\" 5 \"", 'T'},
        {"Equals", "5", "\"05\"", 'U'},
        {"NotEquals", "5", "\"five\"", 'U'},
        {"Less", "10", "\"9\"", 'T'},
        {"Equals", "0", "-0.0", 'T'},
        {"LessOrEquals", "-1", "-1", 'T'},
        {"Greater", "-1", "-2", 'F'},
        {"GreaterOrEquals", "\"123456789012345678901234567890\"", "9223372036854775807", 'F'},
        {"Less", "\"123456789012345678901234567890\"", "\"123456789012345678901234567889\"", 'T'},
        // numbers that neither 64 bits nor a double hold
        {"Equals", "\"18446744073709551616\"", "18446744073709551616", 'T'},
        {"Equals", "\"18446744073709551616\"", "18446744073709551617", 'F'},
        {"Equals", "\"18446744073709551616\"", "18446744073709551616.0", 'T'},
        {"Greater", "\"-9223372036854775808\"", "-9223372036854775809", 'F'},
        {"Equals", "\"-9223372036854775808\"", "-9223372036854775808", 'T'},
        {"Greater", "\"0.1\"", "0.1000000000000000000001", 'T'},
        {"Equals", "\"0.1\"", "0.1", 'T'},
        {"Equals", "\"0.1\"", "0.10000000000000000000", 'T'},
        {"Equals", "\"0.30000000000000004\"", "0.30000000000000004", 'T'},
        {"Less", "\"1e400\"", "1e399", 'T'},
        {"Greater", "\"0\"", "1e-400", 'T'},
        {"Greater", "\"9007199254740992.5\"", "9007199254740992.6", 'T'},
        {"StringEquals", "\"18446744073709551616\"", "18446744073709551616", 'T'},
        {"StringContains", "\"0955161\"", "18446744073709551616", 'T'},
        {"Contains", "\"18446744073709551616\"", "[1, 18446744073709551616]", 'T'},
        {"Contains", "\"18446744073709551617\"", "[1, 18446744073709551616]", 'F'},
        {"In", "[\"1.0\", \"18446744073709551616\"]", "[1, 18446744073709551616]", 'T'},
        {"Contains", "\"1844\"", "18446744073709551616", 'F'},
        {"Base64Contains", "\"x\"", "18446744073709551616", 'U'},
        {"IsEmpty", NULL, "18446744073709551616", 'F'},
    };
    check_singles(CASES, ARRAY_LEN(CASES));
}

// A number in a rule is what was written there, not the double next to it.
Test(operators, take_numbers_of_rules_exactly)
{
    static const struct single CASES[] = {
        {"Equals", "18446744073709551617", "18446744073709551617", 'T'},
        {"Equals", "18446744073709551617", "18446744073709551616", 'F'},
        {"Equals", "18446744073709551617", "\"18446744073709551617\"", 'T'},
        {"NotEquals", "-9223372036854775809", "-9223372036854775808", 'T'},
        {"Equals", "9007199254740993.0", "9007199254740992", 'F'},
        {"Equals", "9007199254740993.0", "9007199254740993", 'T'},
        {"Greater", "123456789012345678901234567890", "123456789012345678901234567891", 'T'},
        {"Greater", "123456789012345678901234567891", "123456789012345678901234567891", 'F'},
        {"Equals", "0.1234567890123456789", "0.1234567890123456789", 'T'},
        {"Equals", "0.1234567890123456789", "0.1234567890123456788", 'F'},
        {"Less", "0.30000000000000001", "0.3", 'T'},
        {"Equals", "1e400", "10e399", 'T'},
        {"Less", "1e400", "1e399", 'T'},
        {"Greater", "1e-400", "0", 'F'},
        {"Greater", "1e-400", "1e-399", 'T'},
        {"Less", "1e999999999", "1e999999998", 'T'},
        {"Equals", "-0", "0", 'T'},
        {"Equals", "0", "-0", 'T'},
        {"Equals", "1.10", "1.1", 'T'},
        {"Equals", "1E2", "100", 'T'},
        {"In", "[9223372036854775807.5, 12345678901234567.25]", "12345678901234567.25", 'T'},
        {"In", "[9223372036854775807.5, 12345678901234567.25]", "12345678901234568", 'F'},
        {"NotIn", "[12345678901234567.25]", "12345678901234567.25", 'F'},
        {"NotIn", "[12345678901234567.25]", "12345678901234568", 'T'},
        {"In", "[1.10]", "1.1", 'T'},
        {"In", "[1.10]", "\"1.10\"", 'T'},
        {"In", "[1.10]", "\"1.1\"", 'F'},
        {"ContainsAll", "[18446744073709551617, 1e2]", "[100, 18446744073709551617]", 'T'},
        {"ExcludeAll", "[18446744073709551617]", "[18446744073709551616]", 'T'},
        {"Contains", "18446744073709551617", "[18446744073709551617]", 'T'},
        {"CountEquals", "1.0", "[7]", 'T'},
        {"CountEquals", "1e0", "[7]", 'T'},
        {"CountEquals", "-0", "[]", 'T'},
        {"VersionEquals", "8", "8", 'T'},
    };
    check_singles(CASES, ARRAY_LEN(CASES));
}

Test(operators, look_into_lists_and_texts)
{
    static const struct single CASES[] = {
        // a text that a path of names finds is searched for parts
        {"Contains", "\"prod\"", "\"my-prod-db\"", 'T'},
        {"NotContains", "\"prod\"", "\"my-prod-db\"", 'F'},
        {"ContainsAll", "\"my,db\"", "\"my-prod-db\"", 'T'},
        {"ContainsAll", "\"my,dx\"", "\"my-prod-db\"", 'F'},
        {"ExcludeAll", "\"q,prod\"", "\"my-prod-db\"", 'F'},
        {"ExcludeAll", "\"q,r\"", "\"my-p-db\"", 'T'},
        // elements are compared whole
        {"Contains", "\"prod\"", "[\"my-prod-db\"]", 'F'},
        {"Contains", "80", "[22, 80]", 'T'},
        {"Contains", "\"80\"", "[22, 80.0]", 'T'},
        {"Contains", "80", "[\"80\"]", 'T'},
        {"Contains", "\"80.0\"", "[\"80\"]", 'F'},
        {"Contains", "\"true\"", "[true]", 'T'},
        {"Contains", "9007199254740993", "[9007199254740992]", 'F'},
        {"Contains", "\"x\"", "[null, {}, \"x\"]", 'T'},
        // an object or a list may hold the value, unless another element decides
        {"NotContains", "\"x\"", "[null, {}]", 'U'},
        {"NotContains", "\"x\"", "[{}, [], \"x\"]", 'F'},
        {"Contains", "\"x\"", "[null, {}]", 'U'},
        {"Contains", "\"x\"", "[null, 1, true]", 'F'},
        {"NotContains", "\"x\"", "[null, 1, true]", 'T'},
        {"NotContains", "\"0.0.0.0/0\"", "[{\"cidr\": \"0.0.0.0/0\"}]", 'U'},
        {"ExcludeAll", "\"x, y\"", "[{}, \"z\"]", 'U'},
        {"ExcludeAll", "\"x, y\"", "[{}, \"y\"]", 'F'},
        {"ContainsAll", "\"x, y\"", "[[\"x\"], \"y\"]", 'U'},
        {"ContainsAll", "\"x, y\"", "[[\"x\"], \"y\", \"x\"]", 'T'},
        {"ContainsAll", "\"x, y\"", "[\"y\", \"z\"]", 'F'},
        {"Contains", "22", "22", 'T'},
        {"Contains", "2", "22", 'F'},
        {"ContainsAll", "[1, 2]", "[2, 1]", 'T'},
        {"ContainsAll", "[1, 2]", "[1]", 'F'},
        {"ExcludeAll", "[1, 2]", "[3]", 'T'},
        {"In", "\"a,b\"", "[\"a\", \"c\"]", 'F'},
        {"In", "\"1,2\"", "2.0", 'T'},
        {"In", "\"true\"", "true", 'T'},
        {"NotIn", "\"a,b\"", "[\"c\", \"d\"]", 'T'},
        {"NotIn", "\"a,b\"", "[\"c\", \"a\"]", 'F'},
        {"In", "\"a\"", "[\"a\", null]", 'F'},
        {"NotIn", "\"a\"", "[\"b\", null]", 'T'},
    };
    check_singles(CASES, ARRAY_LEN(CASES));
}

Test(operators, decode_base64_strictly)
{
    static const struct single CASES[] = {
        {"Base64Contains", "\"xy\"", "\"eHl6\"", 'T'},
        {"Base64Contains", "\"eH\"", "\"eHl6\"", 'F'},
        {"Base64Contains", "\"x\"", "\"eA==\"", 'T'},
        {"Base64Contains", "\"xy\"", "\"eHk=\"", 'T'},
        {"Base64Contains", "\"安\"", "\"5a6J5YWo\"", 'T'},
        {"Base64ContainsAll", "\"x,q\"", "\"eHl6\"", 'F'},
        {"Base64ExcludeAll", "\"p,q\"", "\"eHl6\"", 'T'},
        {"Base64Contains", "\"x\"", "\"eHl\"", 'U'},      // no padding
        {"Base64Contains", "\"x\"", "\"eHl6====\"", 'U'}, // too much
        {"Base64Contains", "\"x\"", "\"eB==\"", 'U'},     // unused bits set
        {"Base64Contains", "\"x\"", "\"eH l6\"", 'U'},
        {"Base64Contains", "\"x\"", "\"e===\"", 'U'},
        {"Base64Contains", "\"x\"", "\"=Hl6\"", 'U'},
        {"NotBase64Contains", "\"x\"", "\"e-_6\"", 'U'},
        {"Base64Contains", "\"x\"", "[\"eHl6\", \"eA==\"]", 'T'},
        {"Base64Contains", "\"x\"", "[\"eHl6\", \"YQ==\"]", 'F'},
    };
    check_singles(CASES, ARRAY_LEN(CASES));
}

// Positive and negative operators need every value to pass; a false value decides over an unknown
// one.
Test(operators, need_every_value_to_pass)
{
    static const struct single CASES[] = {
        {"StringEquals", "\"a\"", "[\"a\", \"A\"]", 'T'},
        {"StringEquals", "\"a\"", "[\"a\", \"b\"]", 'F'},
        {"NotStringEquals", "\"a\"", "[\"b\", \"c\"]", 'T'},
        {"NotStringEquals", "\"a\"", "[\"b\", \"a\"]", 'F'},
        {"Greater", "1", "[2, 3]", 'T'},
        {"Greater", "1", "[2, \"x\"]", 'U'},
        {"Greater", "1", "[\"x\", 0]", 'F'},
        {"Greater", "1", "[0, \"x\"]", 'F'},
        {"StringEquals", "\"a\"", "[\"a\", null]", 'F'},
        {"NotStringEquals", "\"a\"", "[\"b\", null]", 'T'},
        {"IsNotStringEmpty", NULL, "[\"a\", \"\"]", 'F'},
        {"IsStringEmpty", NULL, "[\"\", \"a\"]", 'F'},
        {"IsEmpty", NULL, "[\"\"]", 'F'},
    };
    check_singles(CASES, ARRAY_LEN(CASES));
}
