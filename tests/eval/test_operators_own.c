// SPDX-License-Identifier: MIT
//
// The operators that the vendor lacks: the truth table over every kind of value, then each family.
// T passes, F does not, U is unknown (INSUFFICIENT_DATA). Records are judged at 2026-11-21.
#include "operators_own.h"
#include "support.h"

#include "base/limits.h"
#include "base/mem.h"

#include <criterion/criterion.h>
#include <string.h>

static const char *const COLUMNS[] = {
    "{}",                             // missing
    "{\"v\": null}",                  // null
    "{\"v\": {\"x\": \"x\"}}",        // object
    "{\"v\": \"\"}",                  // empty text
    "{\"v\": []}",                    // empty list
    "{\"v\": [[\"x\"]]}",             // list in a list
    "{\"v\": 9223372036854775807}",   // the largest integer
    "{\"v\": 36893488147419103232}",  // a larger one than 64 bits hold
    "{\"v\": 1.5}",                   // real
    "{\"v\": true}",                  // boolean
    "{\"v\": \"安全\"}",              // not ASCII
    "{\"v\": [null, \"2.0\", null]}", // null in a list
};

struct row {
    const char *operator_name;
    const char *desired;
    const char *hit; // a value that the positive operator of the pair passes
    char on_hit;
    const char *expected; // one letter a column
};

static const struct row ROWS[] = {
    {"StringMatches", "\"[w-y]\"", "\"axb\"", 'T', "FFUFFUFFFFFF"},
    {"NotStringMatches", "\"[w-y]\"", "\"axb\"", 'F', "TTUTTUTTTTTT"},
    {"CidrContains", "\"10.1.0.0/16\"", "\"10.0.0.0/8\"", 'T', "FFUUFUUUUUUF"},
    {"NotCidrContains", "\"10.1.0.0/16\"", "\"10.0.0.0/8\"", 'F', "TTUUTUUUUUUU"},
    {"CidrIn", "\"10.0.0.0/8\"", "\"10.1.2.3\"", 'T', "FFUUFUUUUUUF"},
    {"NotCidrIn", "\"10.0.0.0/8\"", "\"10.1.2.3\"", 'F', "TTUUTUUUUUUU"},
    {"CidrOverlaps", "\"10.1.0.0/16\"", "\"10.0.0.0/8\"", 'T', "FFUUFUUUUUUF"},
    {"NotCidrOverlaps", "\"10.1.0.0/16\"", "\"10.0.0.0/8\"", 'F', "TTUUTUUUUUUU"},
    {"DateBefore", "\"2026-01-01\"", "\"2025-12-31\"", 'T', "FFUUFUUUUUUF"},
    {"DateAfter", "\"2026-01-01\"", "\"2026-01-02\"", 'T', "FFUUFUUUUUUF"},
    {"AgeLess", "90", "\"2026-11-01\"", 'T', "FFUUFUUUUUUF"},
    {"AgeLessOrEquals", "20", "\"2026-11-01\"", 'T', "FFUUFUUUUUUF"},
    {"AgeGreater", "19", "\"2026-11-01\"", 'T', "FFUUFUUUUUUF"},
    {"AgeGreaterOrEquals", "20", "\"2026-11-01\"", 'T', "FFUUFUUUUUUF"},
    {"VersionEquals", "\"8\"", "\"v8.0.0\"", 'T', "FFUUFUFFUUUF"},
    {"NotVersionEquals", "\"8\"", "\"v8.0.0\"", 'F', "TTUUTUTTUUUT"},
    {"VersionLess", "\"8.10\"", "\"8.9\"", 'T', "FFUUFUFFUUUF"},
    {"VersionLessOrEquals", "\"8.9\"", "\"8.9\"", 'T', "FFUUFUFFUUUF"},
    {"VersionGreater", "\"8.9\"", "\"8.10\"", 'T', "FFUUFUTTUUUF"},
    {"VersionGreaterOrEquals", "\"8.9\"", "\"8.9\"", 'T', "FFUUFUTTUUUF"},
    {"CountEquals", "0", "[]", 'T', "TTUUTFUUUUUF"},
    {"NotCountEquals", "0", "[1]", 'T', "FFUUFTUUUUUT"},
    {"CountLess", "2", "[1]", 'T', "TTUUTTUUUUUT"},
    {"CountLessOrEquals", "1", "[1]", 'T', "TTUUTTUUUUUT"},
    {"CountGreater", "1", "[1, 2]", 'T', "FFUUFFUUUUUF"},
    {"CountGreaterOrEquals", "1", "[1]", 'T', "FFUUFTUUUUUT"},
};

Test(operators_own, judge_every_kind_of_value)
{
    cr_expect_eq(ARRAY_LEN(ROWS), OPERATORS_OWN_COUNT, "a row for each");
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

Test(operators_own, missing_is_insufficient_data_when_the_rule_asks)
{
    static const char MEMBERS[] = "\"missing\": \"INSUFFICIENT_DATA\",";
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        char *clause = support_clause(ROWS[i].operator_name, ROWS[i].desired);
        cr_expect_eq(support_truth(clause, MEMBERS, COLUMNS[0]), 'U', "%s", ROWS[i].operator_name);
        cr_expect_eq(support_truth(clause, MEMBERS, COLUMNS[1]), 'U', "%s", ROWS[i].operator_name);
        cr_expect_eq(support_truth(clause, MEMBERS, COLUMNS[4]), ROWS[i].expected[4], "%s",
                     ROWS[i].operator_name);
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

Test(operators_own, match_patterns)
{
    static const struct single CASES[] = {
        // a part of the value, unless ^ and $ bind it
        {"StringMatches", "\"prod\"", "\"my-prod-db\"", 'T'},
        {"StringMatches", "\"^prod\"", "\"my-prod-db\"", 'F'},
        {"StringMatches", "\"^my.*db$\"", "\"my-prod-db\"", 'T'},
        {"StringMatches", "\"^(prod|db)$\"", "\"my-prod-db\"", 'F'},
        {"StringMatches", "\"^prod|db$\"", "\"my-prod-db\"", 'T'},
        {"StringMatches", "\"^CC-[0-9]{4}$\"", "\"CC-0123\"", 'T'},
        {"StringMatches", "\"^CC-[0-9]{4}$\"", "\"CC-01234\"", 'F'},
        {"NotStringMatches", "\"^CC-[0-9]{4}$\"", "\"CC-01234\"", 'T'},
        {"StringMatches", "\"^$\"", "\"\"", 'T'},
        {"NotStringMatches", "\"^$\"", "\"\"", 'F'},
        // letter case counts
        {"StringMatches", "\"prod\"", "\"PROD\"", 'F'},
        {"NotStringMatches", "\"prod\"", "\"PROD\"", 'T'},
        {"StringMatches", "\"[Pp][Rr][Oo][Dd]\"", "\"PRoD\"", 'T'},
        // numbers and booleans are text
        {"StringMatches", "\"^4[0-9]$\"", "42", 'T'},
        {"StringMatches", "\"^1\\\\.50$\"", "1.50", 'T'},
        {"StringMatches", "\"^(true|false)$\"", "true", 'T'},
        {"StringMatches", "\"5161[0-9]$\"", "18446744073709551616", 'T'},
        {"StringMatches", "\"^.{20}$\"", "18446744073709551616", 'T'},
        // characters, not bytes
        {"StringMatches", "\"^.{2}$\"", "\"安全\"", 'T'},
        {"StringMatches", "\"全团\"", "\"安全团队\"", 'T'},
        {"StringMatches", "\"^[a-z]+$\"", "\"café\"", 'F'},
        {"StringMatches", "\"^\\\\p{Ll}+$\"", "\"café\"", 'T'},
        // every value
        {"StringMatches", "\"^a\"", "[\"ab\", \"ac\"]", 'T'},
        {"StringMatches", "\"^a\"", "[\"ab\", \"bc\"]", 'F'},
        {"StringMatches", "\"^a\"", "[\"ab\", {}]", 'U'},
        {"NotStringMatches", "\"^a\"", "[\"b\", \"c\"]", 'T'},
        {"NotStringMatches", "\"^a\"", "[\"b\", \"a\"]", 'F'},
        {"NotStringMatches", "\"^a\"", "[\"b\", null]", 'T'},
    };
    check_singles(CASES, ARRAY_LEN(CASES));
}

// The steps are for all values of a record together; what comes when they are used up is unknown.
Test(operators_own, end_when_a_pattern_takes_too_long)
{
    static const char PATTERN[] = "\"(a?){200}b\"";
    static const struct {
        const char *operator_name;
        const char *before;
        const char *behind;
        char truth;
    } CASES[] = {
        {"StringMatches", "", "", 'U'},           {"NotStringMatches", "", "", 'U'},
        {"StringMatches", "\"b\", ", "", 'U'},    {"StringMatches", "\"c\", ", "", 'F'},
        {"NotStringMatches", "\"b\", ", "", 'F'}, {"StringMatches", "", ", \"c\"", 'U'},
        {"NotStringMatches", "", ", \"b\"", 'U'},
    };
    struct buf text;
    buf_init(&text, LIMIT_RECORD_BYTES);
    for (size_t i = 0; i < LIMIT_PATTERN_STEPS / 500; i++) {
        (void)buf_append_char(&text, 'a');
    }
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        char *clause = support_clause(CASES[i].operator_name, PATTERN);
        char *configuration =
            mem_format("{\"v\": [%s\"%s\"%s]}", CASES[i].before, buf_text(&text), CASES[i].behind);
        char truth = support_truth(clause, "", configuration);
        cr_expect_eq(truth, CASES[i].truth, "case %zu is %c", i, truth);
        mem_free(&configuration);
        mem_free(&clause);
    }
    buf_deinit(&text);
}

Test(operators_own, say_that_a_pattern_takes_too_long)
{
    char *clause = support_clause("StringMatches", "\"(a?){200}b\"");
    char *configuration = mem_format("{\"v\": \"%0*d\"}", LIMIT_PATTERN_STEPS / 500, 0);
    struct eval_rules *rules = support_good_rule(clause, "");
    struct evidence evidence;
    evidence_init(&evidence);
    cr_expect_eq(support_judge(rules, configuration, &evidence), OUTCOME_INSUFFICIENT_DATA);
    cr_expect_str_eq(
        buf_text(&evidence.reason),
        "matching the pattern takes more steps on this resource than the limit allows");
    evidence_deinit(&evidence);
    eval_rules_destroy(&rules);
    mem_free(&configuration);
    mem_free(&clause);
}

Test(operators_own, know_networks_of_both_kinds)
{
    static const struct single CASES[] = {
        {"CidrContains", "\"10.1.2.3\"", "\"10.1.2.3\"", 'T'},
        {"CidrContains", "\"10.1.2.3\"", "\"10.1.2.2/31\"", 'T'},
        {"CidrContains", "\"10.1.2.4\"", "\"10.1.2.2/31\"", 'F'},
        {"CidrContains", "\"0.0.0.0/0\"", "\"0.0.0.0/1\"", 'F'},
        {"NotCidrContains", "[\"0.0.0.0/0\", \"::/0\"]", "[\"10.0.0.0/8\", \"::/0\"]", 'F'},
        {"NotCidrContains", "[\"0.0.0.0/0\", \"::/0\"]", "[\"10.0.0.0/8\", \"fd00::/8\"]", 'T'},
        {"CidrIn", "\"2001:db8::/32\"", "\"2001:DB8:1::1\"", 'T'},
        {"CidrIn", "\"2001:db8::/32\"", "\"2001:db9::1\"", 'F'},
        {"CidrIn", "\"2001:db8::/32, 10.0.0.0/8\"", "[\"10.9.8.7\", \"2001:db8::/33\"]", 'T'},
        {"CidrIn", "\"10.0.0.0/8\"", "\"10.0.0.0/7\"", 'F'},
        {"CidrOverlaps", "\"10.0.0.0/8\"", "\"10.0.0.0/7\"", 'T'},
        {"CidrOverlaps", "\"10.0.0.0/9\"", "\"10.128.0.0/9\"", 'F'},
        // bits behind the prefix do not count in what is found
        {"CidrIn", "\"10.0.0.0/8\"", "\"10.1.2.3/16\"", 'T'},
        // the two kinds never meet
        {"CidrIn", "\"0.0.0.0/0\"", "\"::ffff:10.0.0.1\"", 'F'},
        {"CidrOverlaps", "\"::/0\"", "\"0.0.0.0/0\"", 'F'},
        {"CidrIn", "\"::/0\"", "\"::ffff:10.0.0.1\"", 'T'},
        {"CidrIn", "\"0.0.0.0/0\"", "\"10.0.0\"", 'U'},
        {"CidrIn", "\"0.0.0.0/0\"", "\"10.0.0.01\"", 'U'},
        {"CidrIn", "\"0.0.0.0/0\"", "\"10.0.0.1/33\"", 'U'},
        {"CidrIn", "\"0.0.0.0/0\"", "\"10.0.0.1/\"", 'U'},
        {"CidrIn", "\"0.0.0.0/0\"", "\"10.0.0.1/08\"", 'U'},
        {"CidrIn", "\"0.0.0.0/0\"", "\" 10.0.0.1\"", 'U'},
        {"CidrIn", "\"::/0\"", "\"::1/129\"", 'U'},
        {"CidrIn", "\"::/0\"", "\"fe80::1%eth0\"", 'U'},
    };
    check_singles(CASES, ARRAY_LEN(CASES));
}

Test(operators_own, compare_instants)
{
    static const struct single CASES[] = {
        {"DateBefore", "\"2026-01-01\"", "\"2026-01-01\"", 'F'},
        {"DateAfter", "\"2026-01-01\"", "\"2026-01-01\"", 'F'},
        {"DateBefore", "\"2026-01-01\"", "\"2026-01-01T00:00:00+01:00\"", 'T'},
        {"DateAfter", "\"2026-01-01T00:00:00Z\"", "\"2026-01-01T00:00:00.001Z\"", 'T'},
        {"DateAfter", "\"2020-07-17\"", "\"2020-07-17T08:30:46.000+00:00\"", 'T'},
        // to the last digit
        {"DateAfter", "\"2026-01-01T00:00:00.1234Z\"", "\"2026-01-01T00:00:00.12345Z\"", 'T'},
        {"DateAfter", "\"2026-01-01T00:00:00.1235Z\"", "\"2026-01-01T00:00:00.12345Z\"", 'F'},
        {"DateBefore", "\"2026-01-01T00:00:00.123400Z\"", "\"2026-01-01T00:00:00.1234z\"", 'F'},
        {"DateBefore", "\"2026-01-01T00:00:00Z\"", "\"2025-12-31t23:59:59.9999Z\"", 'T'},
        {"DateAfter", "\"2026-01-01T00:00:00Z\"", "\"2026-01-01T00:00:00.0000001Z\"", 'T'},
        {"AgeLess", "20", "\"2026-11-01T00:00:00.0001Z\"", 'T'},
        {"AgeGreaterOrEquals", "20", "\"2026-11-01T00:00:00.0001Z\"", 'F'},
        {"AgeGreater", "20", "\"2026-10-31T23:59:59.9999Z\"", 'T'},
        {"DateAfter", "\"2020-07-17\"", "\"2020-07-17T08:30:46\"", 'U'}, // no zone
        {"DateAfter", "\"2020-07-17\"", "\"17.07.2020\"", 'U'},
        {"DateAfter", "\"2020-07-17\"", "\"2020-02-30\"", 'U'},
        {"AgeLess", "20", "\"2026-11-01T00:00:00Z\"", 'F'},
        {"AgeLess", "20", "\"2026-11-01T00:00:00.001Z\"", 'T'},
        {"AgeLessOrEquals", "20", "\"2026-11-01T00:00:00Z\"", 'T'},
        {"AgeLessOrEquals", "20", "\"2026-10-31T23:59:59.999Z\"", 'F'},
        {"AgeGreater", "20", "\"2026-11-01T00:00:00Z\"", 'F'},
        {"AgeGreater", "20", "\"2026-10-31T23:59:59.999Z\"", 'T'},
        {"AgeGreaterOrEquals", "0", "\"2026-11-21\"", 'T'},
        {"AgeGreaterOrEquals", "0", "\"2026-11-22\"", 'F'}, // a date to come
        {"AgeLess", "0", "\"2026-11-22\"", 'T'},
        {"AgeGreater", "1000000000", "\"1970-01-01\"", 'F'},
    };
    check_singles(CASES, ARRAY_LEN(CASES));
}

Test(operators_own, order_versions)
{
    static const struct single CASES[] = {
        {"VersionLess", "\"8.10\"", "\"8.9.9\"", 'T'},
        {"VersionEquals", "\"1.21\"", "\"v1.21.0+k3s1\"", 'T'},
        {"VersionEquals", "\"1.21\"", "\"1.21.00\"", 'T'},
        {"VersionLess", "\"16.3\"", "\"16.3-rc.1\"", 'T'},
        {"VersionLess", "\"16.3-rc.2\"", "\"16.3-rc.1\"", 'T'},
        {"VersionLess", "\"16.3-rc.10\"", "\"16.3-rc.9\"", 'T'},
        {"VersionLess", "\"16.3-rc\"", "\"16.3-9\"", 'T'},
        {"VersionLess", "\"16.3-rc.1\"", "\"16.3-rc\"", 'T'},
        {"VersionGreater", "\"16.3-alpha\"", "\"16.3-beta\"", 'T'},
        {"VersionEquals", "\"1.0-a-b\"", "\"1.0-a-b\"", 'T'},
        {"VersionGreater", "\"18446744073709551615.0\"", "\"18446744073709551616.0\"", 'T'},
        {"VersionGreaterOrEquals", "8", "8", 'T'},
        {"VersionGreaterOrEquals", "\"8\"", "8.0", 'U'},
        {"VersionGreaterOrEquals", "\"8\"", "8.10000000000000000001", 'U'},

        {"VersionLess", "\"8\"", "\"8.\"", 'U'},
        {"VersionLess", "\"8\"", "\".8\"", 'U'},
        {"VersionLess", "\"8\"", "\"8..1\"", 'U'},
        {"VersionLess", "\"8\"", "\"8-\"", 'U'},
        {"VersionLess", "\"8\"", "\"8.0a\"", 'U'},
        {"VersionLess", "\"8\"", "\"v\"", 'U'},
        {"VersionLess", "\"8\"", "\"latest\"", 'U'},
        {"VersionLess", "\"8\"", "\"+1\"", 'U'},
    };
    check_singles(CASES, ARRAY_LEN(CASES));
}

static char truth_at(const char *path, const char *comparison, const char *configuration)
{
    char *clause = mem_format("{\"featureSource\": \"CONFIGURATION\", \"featurePath\": \"%s\", %s}",
                              path, comparison);
    char truth = support_truth(clause, "", configuration);
    mem_free(&clause);
    return truth;
}

Test(operators_own, count_elements)
{
    static const char CONFIGURATION[] =
        "{\"d\": [{\"z\": [1, 2]}, {\"z\": [3]}, {\"n\": null}], \"s\": \"text\"}";
    static const struct {
        const char *path;
        const char *comparison;
        char truth;
    } CASES[] = {
        {"$.d", "\"operator\": \"CountEquals\", \"desired\": 3", 'T'},
        {"$.d[*]", "\"operator\": \"CountEquals\", \"desired\": 3", 'T'},
        {"$.d[*].z", "\"operator\": \"CountEquals\", \"desired\": 3", 'T'},
        {"$.d[*].z[0]", "\"operator\": \"CountEquals\", \"desired\": \"2\"", 'T'},
        {"$.d[*].n", "\"operator\": \"CountEquals\", \"desired\": 0", 'T'},
        {"$.d[*].absent", "\"operator\": \"CountEquals\", \"desired\": 0", 'T'},
        {"$.d[9]", "\"operator\": \"CountLess\", \"desired\": 1", 'T'},
        {"$.s", "\"operator\": \"CountEquals\", \"desired\": 1", 'U'},
        {"$['s','absent']", "\"operator\": \"CountEquals\", \"desired\": 1", 'T'},
    };
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        char truth = truth_at(CASES[i].path, CASES[i].comparison, CONFIGURATION);
        cr_expect_eq(truth, CASES[i].truth, "%s %s is %c", CASES[i].path, CASES[i].comparison,
                     truth);
    }
}

// What all, any and none make of values that pass (1), do not (9), are unknown ("?") or null.
Test(operators_own, ask_for_all_any_or_none)
{
    static const struct {
        const char *configuration;
        char all;
        char any;
        char none;
    } CASES[] = {
        {"{\"v\": [1, 1]}", 'T', 'T', 'F'},
        {"{\"v\": [9, 1]}", 'F', 'T', 'F'},
        {"{\"v\": [9, 9]}", 'F', 'F', 'T'},
        {"{\"v\": [1, \"?\"]}", 'U', 'T', 'F'},
        {"{\"v\": [9, \"?\"]}", 'F', 'U', 'U'},
        {"{\"v\": [\"?\", 1]}", 'U', 'T', 'F'},
        {"{\"v\": [\"?\"]}", 'U', 'U', 'U'},
        {"{\"v\": []}", 'F', 'F', 'T'},
        {"{}", 'F', 'F', 'T'},
        {"{\"v\": null}", 'F', 'F', 'T'},
        {"{\"v\": [null, 1]}", 'F', 'T', 'F'},
        {"{\"v\": [null, 9]}", 'F', 'F', 'T'},
        {"{\"v\": 1}", 'T', 'T', 'F'},
        {"{\"v\": 9}", 'F', 'F', 'T'},
    };
    static const char ALL[] = "\"operator\": \"Less\", \"desired\": 5, \"quantifier\": \"all\"";
    static const char ANY[] = "\"operator\": \"Less\", \"desired\": 5, \"quantifier\": \"any\"";
    static const char NONE[] = "\"operator\": \"Less\", \"desired\": 5, \"quantifier\": \"none\"";
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        const char *on = CASES[i].configuration;
        cr_expect_eq(truth_at("$.v", ALL, on), CASES[i].all, "all on %s", on);
        cr_expect_eq(truth_at("$.v", ANY, on), CASES[i].any, "any on %s", on);
        cr_expect_eq(truth_at("$.v", NONE, on), CASES[i].none, "none on %s", on);
    }
    cr_expect_eq(truth_at("$.v",
                          "\"operator\": \"NotStringEquals\", \"desired\": \"a\", "
                          "\"quantifier\": \"any\"",
                          "{}"),
                 'F', "without a value any is false, also of a negative operator");
}

// strict_vendor breaks a rule that uses what the vendor lacks, and no other.
Test(operators_own, are_refused_under_strict_vendor)
{
    static const struct {
        const char *clause;
        const char *says; // NULL: the rule is good
    } CASES[] = {
        {"\"CONFIGURATION\", \"operator\": \"Less\", \"desired\": 1", NULL},
        {"\"CONFIGURATION\", \"operator\": \"IsStringEmpty\"", NULL},
        {"\"CONFIGURATION\", \"operator\": \"AgeLess\", \"desired\": 1",
         "AgeLess is packreport's own, and strict_vendor allows only what the vendor has (at "
         "/condition/operator) [rule.condition.own]"},
        {"\"CONFIGURATION\", \"operator\": \"NotStringMatches\", \"desired\": \"a\"",
         "NotStringMatches is packreport's own, and strict_vendor allows only what the vendor has "
         "(at /condition/operator) [rule.condition.own]"},
        {"\"CONFIGURATION\", \"operator\": \"Less\", \"desired\": 1, \"quantifier\": \"all\"",
         "quantifier is packreport's own, and strict_vendor allows only what the vendor has (at "
         "/condition/quantifier) [rule.condition.own]"},
        {"\"RESOURCE\", \"operator\": \"Less\", \"desired\": 1",
         "featureSource RESOURCE is packreport's own, and strict_vendor allows only what the "
         "vendor has (at /condition/featureSource) [rule.condition.own]"},
        {"\"CONFIGURATION\", \"operator\": \"Less\", \"desired\": 1}, \"missing\": "
         "\"INSUFFICIENT_DATA\", \"scope\": {\"regionIds\": []",
         "\"missing\": \"INSUFFICIENT_DATA\" is packreport's own, and strict_vendor allows only "
         "what "
         "the vendor has (at /missing) [rule.condition.own]"},
        {"\"CONFIGURATION_FIELD_$.a[?search(@.b,'x')]\", \"operator\": \"Less\", \"desired\": 1",
         "the function search() in a path is packreport's own, and strict_vendor allows only what "
         "the vendor has (at /condition/featureSource) [rule.condition.own]"},
        {"\"CONFIGURATION_FIELD_$.a[?@.b[?!(@.c=='x' && count(@.*)>1)]]\", \"operator\": \"Less\", "
         "\"desired\": 1",
         "the function count() in a path is packreport's own, and strict_vendor allows only what "
         "the vendor has (at /condition/featureSource) [rule.condition.own]"},
        {"\"CONFIGURATION_FIELD_$.a[?@.b=='x' || !@.c[0]]\", \"operator\": \"Less\", \"desired\": "
         "1",
         NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        char *text = mem_format("{\"id\": \"r\", \"resourceTypes\": [\"t\"], \"checkItems\": "
                                "[{\"uuid\": \"u\"}], \"condition\": {\"featurePath\": \"$.v\", "
                                "\"featureSource\": %s}}",
                                CASES[i].clause);
        struct rule_set set = {.strict_vendor = true};
        struct diags diags;
        diags_init(&diags);
        struct err err = ERR_INIT;
        cr_assert_eq(rule_set_add(&set, text, strlen(text), "r.json", &diags, &err), ERR_OK);
        struct eval_rules *rules = eval_rules_create(&set, &diags);
        char *said = support_diags_text(&diags);
        cr_expect_eq(eval_rules_set(rules)->rules[0].broken, CASES[i].says != NULL, "%s", text);
        cr_expect(CASES[i].says == NULL ? said[0] == '\0' : strstr(said, CASES[i].says) != NULL,
                  "%s", said);
        mem_free(&said);
        eval_rules_destroy(&rules);
        diags_deinit(&diags);
        mem_free(&text);
    }
}
