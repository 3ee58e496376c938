// SPDX-License-Identifier: MIT
//
// Evidence: which clause and which value are quoted, and how.
#include "support.h"

#include "base/limits.h"
#include "base/mem.h"

#include <criterion/criterion.h>
#include <string.h>

struct expectation {
    const char *condition;
    const char *configuration; // of the record
    enum outcome outcome;
    const char *found; // evidence
    const char *desired;
    const char *operator_name;
    const char *property;
    const char *reason;
};

static void check(const struct expectation *expected)
{
    struct eval_rules *rules = support_good_rule(expected->condition, "");
    struct evidence evidence;
    evidence_init(&evidence);
    enum outcome outcome = support_judge(rules, expected->configuration, &evidence);
    cr_expect_eq(outcome, expected->outcome, "%s", expected->condition);
    cr_expect_str_eq(buf_text(&evidence.configuration), expected->found);
    cr_expect_str_eq(buf_text(&evidence.desired_value), expected->desired);
    cr_expect_str_eq(buf_text(&evidence.operator_name), expected->operator_name);
    cr_expect_str_eq(buf_text(&evidence.property), expected->property);
    cr_expect_str_eq(buf_text(&evidence.reason), expected->reason);
    evidence_deinit(&evidence);
    eval_rules_destroy(&rules);
}

#define CLAUSE(path, comparison)                                                                   \
    "{\"featureSource\": \"CONFIGURATION\", \"featurePath\": \"" path "\", " comparison "}"
#define EQUALS(text) "\"operator\": \"StringEquals\", \"desired\": \"" text "\""
#define LESS(text)   "\"operator\": \"Less\", \"desired\": " text

static const char DIFFERS[] = "the value found does not pass the operator";
static const char NO_SCALAR[] = "an object or a nested list was found where one value is compared";

Test(evidence, quotes_the_value_that_decides)
{
    static const struct expectation CASES[] = {
        {CLAUSE("$.a.b", EQUALS("x")), "{\"a\": {\"b\": \"y\"}}", OUTCOME_NON_COMPLIANT, "y", "x",
         "StringEquals", "$['a']['b']", DIFFERS},
        {CLAUSE("$.a", EQUALS("x")), "{\"a\": false}", OUTCOME_NON_COMPLIANT, "false", "x",
         "StringEquals", "$['a']", DIFFERS},
        {CLAUSE("$.a", LESS("1.50")), "{\"a\": 2.0}", OUTCOME_NON_COMPLIANT, "2.0", "1.50", "Less",
         "$['a']", DIFFERS},
        {CLAUSE("$.a", EQUALS("x")), "{}", OUTCOME_NON_COMPLIANT, "", "x", "StringEquals", "$.a",
         "no value was found at this path"},
        {CLAUSE("$.a", EQUALS("x")), "{\"a\": null}", OUTCOME_NON_COMPLIANT, "", "x",
         "StringEquals", "$['a']", "no value was found at this path"},
        {CLAUSE("$.a", EQUALS("x")), "{\"a\": []}", OUTCOME_NON_COMPLIANT, "[]", "x",
         "StringEquals", "$['a']", "the list found at this path is empty"},
        // the first of several that fails, and its place
        {CLAUSE("$.d[*].k", LESS("5")), "{\"d\": [{\"k\": 1}, {\"k\": 7}, {\"k\": 9}]}",
         OUTCOME_NON_COMPLIANT, "7", "5", "Less", "$['d'][1]['k']", DIFFERS},
        {CLAUSE("$.d", LESS("5")), "{\"d\": [1, 7]}", OUTCOME_NON_COMPLIANT, "7", "5", "Less",
         "$['d'][1]", DIFFERS},
        // a false value decides over an unknown one before it
        {CLAUSE("$.d", LESS("5")), "{\"d\": [\"?\", 7]}", OUTCOME_NON_COMPLIANT, "7", "5", "Less",
         "$['d'][1]", DIFFERS},
        {CLAUSE("$.d", LESS("5")), "{\"d\": [1, \"?\"]}", OUTCOME_INSUFFICIENT_DATA, "?", "5",
         "Less", "$['d'][1]", "the value found is no number"},
        // any is decided by all values together, none by the one that passes
        {CLAUSE("$.d[*]", LESS("5") ", \"quantifier\": \"any\""), "{\"d\": [7, 9]}",
         OUTCOME_NON_COMPLIANT, "[7,9]", "5", "Less (any)", "$.d[*]",
         "none of the values found passes the operator"},
        {CLAUSE("$.d[*]", LESS("5") ", \"quantifier\": \"any\""), "{\"d\": [7, \"?\"]}",
         OUTCOME_INSUFFICIENT_DATA, "[7,\"?\"]", "5", "Less (any)", "$.d[*]",
         "the value found is no number"},
        {CLAUSE("$.d[*]", LESS("5") ", \"quantifier\": \"none\""), "{\"d\": [7, 3, 1]}",
         OUTCOME_NON_COMPLIANT, "3", "5", "Less (none)", "$['d'][1]",
         "the value found passes the operator, and none may"},
        {CLAUSE("$.d", "\"operator\": \"CountLess\", \"desired\": 2"), "{\"d\": [7, 3, null]}",
         OUTCOME_NON_COMPLIANT, "2", "2", "CountLess", "$['d']",
         "the number of elements found does not pass the operator"},
        {CLAUSE("$.d", "\"operator\": \"CidrIn\", \"desired\": \"10.0.0.0/8\""),
         "{\"d\": [\"10.0.0.1\", \"intranet\"]}", OUTCOME_INSUFFICIENT_DATA, "intranet",
         "10.0.0.0/8", "CidrIn", "$['d'][1]", "the value found is no IP address or network"},
        {CLAUSE("$.d", "\"operator\": \"StringMatches\", \"desired\": \"^a.c\""),
         "{\"d\": [\"abc\", \"bcd\"]}", OUTCOME_NON_COMPLIANT, "bcd", "^a.c", "StringMatches",
         "$['d'][1]", DIFFERS},
        // numbers keep their digits
        {CLAUSE("$.a", LESS("1")), "{\"a\": 18446744073709551617}", OUTCOME_NON_COMPLIANT,
         "18446744073709551617", "1", "Less", "$['a']", DIFFERS},
        {CLAUSE("$.a", LESS("-18446744073709551617")), "{\"a\": 1.10}", OUTCOME_NON_COMPLIANT,
         "1.10", "-18446744073709551617", "Less", "$['a']", DIFFERS},
        {CLAUSE("$.a",
                "\"operator\": \"In\", \"desired\": [1.10, 1e400, -0, 0.1234567890123456789]"),
         "{\"a\": 1E2}", OUTCOME_NON_COMPLIANT, "1E2", "[1.10,1e400,-0,0.1234567890123456789]",
         "In", "$['a']", DIFFERS},
        {CLAUSE("$.a", "\"operator\": \"IsEmpty\""),
         "{\"a\": {\"b\": [0.1000000000000000000001, 2]}}", OUTCOME_NON_COMPLIANT,
         "{\"b\":[0.1000000000000000000001,2]}", "", "IsEmpty", "$['a']", DIFFERS},
        // operators on whole lists quote the list
        {CLAUSE("$.d", "\"operator\": \"NotContains\", \"desired\": 1"),
         "{\"d\": [\"a\\\"\\n\", 1, null, {\"k\": [true]}]}", OUTCOME_NON_COMPLIANT,
         "[\"a\\\"\\u000a\",1,null,{\"k\":[true]}]", "1", "NotContains", "$['d']", DIFFERS},
        // or the object that leaves it open
        {CLAUSE("$.d", "\"operator\": \"NotContains\", \"desired\": \"x\""),
         "{\"d\": [\"a\", 1, {\"k\": \"x\"}, []]}", OUTCOME_INSUFFICIENT_DATA, "{\"k\":\"x\"}", "x",
         "NotContains", "$['d'][2]", NO_SCALAR},
        {CLAUSE("$.d[*]", "\"operator\": \"ContainsAll\", \"desired\": [\"x\", 1]"),
         "{\"d\": [1, [2], {\"k\": \"x\"}]}", OUTCOME_INSUFFICIENT_DATA, "{\"k\":\"x\"}",
         "[\"x\",1]", "ContainsAll", "$['d'][2]", NO_SCALAR},
        {CLAUSE("$.d[*].k", "\"operator\": \"ContainsAll\", \"desired\": [\"x\", 1]"),
         "{\"d\": [{\"k\": \"a\"}, {\"k\": 2}]}", OUTCOME_NON_COMPLIANT, "[\"a\",2]", "[\"x\",1]",
         "ContainsAll", "$.d[*].k", DIFFERS},
        {CLAUSE("$.d", EQUALS("x")), "{\"d\": {\"k\": 1}}", OUTCOME_INSUFFICIENT_DATA, "{\"k\":1}",
         "x", "StringEquals", "$['d']", NO_SCALAR},
        {CLAUSE("$.d", "\"operator\": \"IsEmpty\""), "{\"d\": \"x\"}", OUTCOME_NON_COMPLIANT, "x",
         "", "IsEmpty", "$['d']", DIFFERS},
        {CLAUSE("$.d", "\"operator\": \"Base64Contains\", \"desired\": \"x\""), "{\"d\": \"%\"}",
         OUTCOME_INSUFFICIENT_DATA, "%", "x", "Base64Contains", "$['d']",
         "the value found is no valid Base64"},
        {"{\"featureSource\": \"CONFIGURATION_FIELD_$.j\", \"featurePath\": \"$.k\", " EQUALS(
             "x") "}",
         "{\"j\": \"nonsense\"}", OUTCOME_INSUFFICIENT_DATA, "", "x", "StringEquals", "$.j $.k",
         "the property that featureSource names holds no JSON document"},
        {"{\"featureSource\": \"CONFIGURATION_FIELD_$.j[*]\", \"featurePath\": \"$.k\", " EQUALS(
             "x") "}",
         "{\"j\": [\"{\\\"k\\\": \\\"x\\\"}\", \"{\\\"k\\\": 3}\"]}", OUTCOME_NON_COMPLIANT, "3",
         "x", "StringEquals", "$['j'][1] $['k']", DIFFERS},
        {"{\"featureSource\": \"CONFIGURATION_FIELD_$.j[*]\", \"featurePath\": \"$.k\", " EQUALS(
             "x") "}",
         "{\"j\": [null, {\"k\": \"y\"}]}", OUTCOME_NON_COMPLIANT, "y", "x", "StringEquals",
         "$['j'][1] $['k']", DIFFERS},
    };
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        check(&CASES[i]);
    }
}

#define A(desired)            CLAUSE("$.a", EQUALS(desired))
#define B(desired)            CLAUSE("$.b", EQUALS(desired))
#define C(desired)            CLAUSE("$.c", EQUALS(desired))
#define C_UNKNOWN             CLAUSE("$.c", LESS("1"))
#define BOTH(first, second)   "{\"operator\": \"and\", \"children\": [" first ", " second "]}"
#define EITHER(first, second) "{\"operator\": \"or\", \"children\": [" first ", " second "]}"

Test(evidence, quotes_the_clause_that_decides)
{
    static const char CONFIGURATION[] = "{\"a\": \"1\", \"b\": \"2\", \"c\": \"x\"}";
    static const struct {
        const char *condition;
        const char *property;
    } CASES[] = {
        // and: the first that fails; a failure before what is unknown
        {BOTH(A("1"), BOTH(B("1"), C("1"))), "$['b']"},
        {BOTH(C_UNKNOWN, B("1")), "$['b']"},
        {BOTH(A("1"), C_UNKNOWN), "$['c']"},
        // or: the first of equals, else the branch where the fewest clauses fail
        {EITHER(A("9"), B("9")), "$['a']"},
        {EITHER(BOTH(A("9"), B("9")), C("9")), "$['c']"},
        {EITHER(C("9"), BOTH(A("1"), B("9"))), "$['c']"},
        {EITHER(BOTH(A("9"), C("9")), BOTH(A("1"), B("9"))), "$['b']"},
        {EITHER(A("9"), C_UNKNOWN), "$['c']"},
    };
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        struct eval_rules *rules = support_good_rule(CASES[i].condition, "");
        struct evidence evidence;
        evidence_init(&evidence);
        cr_expect_neq(support_judge(rules, CONFIGURATION, &evidence), OUTCOME_COMPLIANT);
        cr_expect_str_eq(buf_text(&evidence.property), CASES[i].property);
        evidence_deinit(&evidence);
        eval_rules_destroy(&rules);
    }
}

// {"v": <piece repeated>} judged by a clause that fails.
static void check_cut(const char *before, const char *piece, const char *after, const char *end)
{
    struct buf configuration;
    buf_init(&configuration, 1024 * 1024);
    (void)buf_append_format(&configuration, "{\"v\": %s", before);
    for (int i = 0; i < 3 * LIMIT_EVIDENCE_BYTES; i++) {
        (void)buf_append_text(&configuration, piece);
    }
    (void)buf_append_format(&configuration, "%s}", after);
    struct eval_rules *rules = support_good_rule(
        CLAUSE("$.v", "\"operator\": \"Contains\", \"desired\": \"nothing of it\""), "");
    struct evidence evidence;
    evidence_init(&evidence);
    cr_expect_eq(support_judge(rules, buf_text(&configuration), &evidence), OUTCOME_NON_COMPLIANT);
    size_t len = evidence.configuration.len;
    cr_expect_leq(len, LIMIT_EVIDENCE_BYTES);
    cr_expect_geq(len, LIMIT_EVIDENCE_BYTES - 3);
    cr_expect_str_eq(buf_text(&evidence.configuration) + len - strlen(end), end);
    evidence_deinit(&evidence);
    eval_rules_destroy(&rules);
    buf_deinit(&configuration);
}

Test(evidence, is_cut_between_characters)
{
    check_cut("\"", "a", "\"", "aa…");
    check_cut("\"", "安", "\"", "安安…");
    check_cut("\"b", "安", "\"", "安安…");
    check_cut("\"bb", "安", "\"", "安安…");
    check_cut("[0", ",1", "]", "1,…");
    check_cut("[\"", "安", "\"]", "安安…");
}
