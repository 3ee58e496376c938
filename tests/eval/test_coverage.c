// SPDX-License-Identifier: MIT
//
// Cases of rules, and what they cover.
#include "support.h"

#include "base/mem.h"
#include "eval/coverage.h"

#include <criterion/criterion.h>
#include <string.h>

// ' stands for ".
static char *json_of(const char *text)
{
    char *copy = mem_text(text);
    for (char *c = copy; *c != '\0'; c++) {
        *c = *c == '\'' ? '"' : *c;
    }
    return copy;
}

static struct coverage *coverage_of(const char *rules_text, struct eval_rules **rules_out)
{
    struct rule_set set = {0};
    struct diags diags;
    struct err err = ERR_INIT;
    char *json = json_of(rules_text);
    diags_init(&diags);
    cr_assert_eq(rule_set_add(&set, json, strlen(json), "r.json", &diags, &err), ERR_OK, "%s",
                 err.message);
    *rules_out = eval_rules_create(&set, &diags);
    diags_deinit(&diags);
    mem_free(&json);
    return coverage_create(*rules_out);
}

// Runs the only case of a file; what it says, "passed" when nothing.
static char *run_case(struct coverage *coverage, const char *case_text)
{
    struct rule_case_set cases = {0};
    struct diags diags;
    struct err err = ERR_INIT;
    char *inner = json_of(case_text);
    char *json = mem_format("{\"cases\": [%s]}", inner);
    diags_init(&diags);
    cr_assert_eq(rule_case_set_add(&cases, json, strlen(json), "c.json", &diags, &err), ERR_OK);
    cr_assert_eq(cases.count, 1, "%s", diags.count > 0 ? diags.items[0].message : "");
    struct case_result result = coverage_run_case(coverage, &cases.items[0]);
    char *text = mem_text(result.difference != NULL ? result.difference : "passed");
    cr_expect(result.difference != NULL || result.found == cases.items[0].expected);
    case_result_deinit(&result);
    rule_case_set_deinit(&cases);
    diags_deinit(&diags);
    mem_free(&json);
    mem_free(&inner);
    return text;
}

static const char RULES[] =
    "[{'id': 'keys', 'checkItems': [{'uuid': 'u'}], 'resourceTypes': ['t', 's'], 'scope': "
    "{'regionIds': ['north']}, 'condition': {'operator': 'or', 'children': [{'featureSource': "
    "'CONFIGURATION', 'featurePath': '$.keys[*].age', 'operator': 'LessOrEquals', 'desired': 90}, "
    "{'featureSource': 'RESOURCE', 'featurePath': '$.tags.env', 'operator': 'StringEquals', "
    "'desired': 'test'}]}}, {'id': 'age', 'checkItems': [{'uuid': 'u'}], 'resourceTypes': ['t'], "
    "'condition': {'featureSource': 'CONFIGURATION', 'featurePath': '$.at', 'operator': "
    "'AgeLess', 'desired': 10}}, {'id': 'broken', 'checkItems': [{'uuid': 'u'}], 'resourceTypes': "
    "['t'], 'condition': {'operator': 'x'}}]";

#define CASE(rule, resource, expect)                                                               \
    "{'name': 'n', 'rule': '" rule "', 'resource': " resource ", 'expect': '" expect "'"
#define NORTH(more) "{'regionId': 'north', " more "}"
#define KEYS(keys)  "'configuration': {'keys': " keys "}"

Test(coverage, cases_pass_or_say_what_differs)
{
    static const struct {
        const char *text;
        const char *says;
    } ROWS[] = {
        {CASE("keys", NORTH(KEYS("[{'age': 5}]")), "COMPLIANT") "}", "passed"},
        {CASE("keys", NORTH(KEYS("[{'age': 500}]")), "NON_COMPLIANT") "}", "passed"},
        {CASE("keys", NORTH(KEYS("[{'age': 'old'}]")), "INSUFFICIENT_DATA") "}", "passed"},
        {CASE("keys", "{'regionId': 'south'}", "NOT_APPLICABLE") "}", "passed"},
        {CASE("keys", NORTH("'resourceType': 's', 'tags': {'env': 'test'}"), "COMPLIANT") "}",
         "passed"},
        {CASE("keys", NORTH(KEYS("[{'age': 91}, {'age': 92}]")), "COMPLIANT") "}",
         "expected COMPLIANT, found NON_COMPLIANT ($['keys'][0]['age'] is \"91\", LessOrEquals "
         "\"90\": the value found does not pass the operator)"},
        {CASE("keys", NORTH(KEYS("[]")), "COMPLIANT") "}",
         "expected COMPLIANT, found NON_COMPLIANT ($.keys[*].age is nothing, LessOrEquals \"90\": "
         "no value was found at this path)"},
        {CASE("keys", NORTH(KEYS("[{'age': 1}]")), "NON_COMPLIANT") "}",
         "expected NON_COMPLIANT, found COMPLIANT"},
        {CASE("keys", "{'resourceType': 'x', 'regionId': 'north'}", "COMPLIANT") "}",
         "expected COMPLIANT, found NOT_APPLICABLE (resourceTypes: its type \"x\" is not in the "
         "list: \"t\", \"s\")"},
        {CASE("keys", NORTH(KEYS("[{'age': 91}]")),
              "NON_COMPLIANT") ", 'evidence': "
                               "{'configuration': '91', 'operator': 'LessOrEquals', "
                               "'desiredValue': '90'}}",
         "passed"},
        {CASE("keys", NORTH(KEYS("[{'age': 91}]")),
              "NON_COMPLIANT") ", 'evidence': "
                               "{'configuration': '92', 'property': '$.keys'}}",
         "configuration: expected \"92\", found \"91\"; property: expected \"$.keys\", found "
         "\"$['keys'][0]['age']\""},
        {CASE("key", "{}", "COMPLIANT") "}", "no rule has the id \"key\"; did you mean \"keys\"?"},
        {CASE("xyz", "{}", "COMPLIANT") "}", "no rule has the id \"xyz\""},
        {CASE("broken", "{}", "COMPLIANT") "}",
         "the rule is broken: unknown operator \"x\"; and, or, or one of these is right: "},
        {CASE("keys", "{'tags': 5}", "COMPLIANT") "}",
         "the resource is no record: tags is a number; it has to be an object of texts"},
        // without an instant an age is not known, whenever the case is tried
        {CASE("age", "{'configuration': {'at': '2026-11-20'}}", "COMPLIANT") "}",
         "expected COMPLIANT, found INSUFFICIENT_DATA ($['at'] is \"2026-11-20\", AgeLess \"10\": "
         "no instant was given to judge an age at)"},
        {CASE("age", "{'configuration': {'at': '2026-11-20'}}",
              "COMPLIANT") ", 'asOf': '2026-11-21'}",
         "passed"},
    };
    struct eval_rules *rules;
    struct coverage *coverage = coverage_of(RULES, &rules);
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        char *says = run_case(coverage, ROWS[i].text);
        cr_expect_eq(strncmp(says, ROWS[i].says, strlen(ROWS[i].says)), 0, "%s: %s", ROWS[i].text,
                     says);
        mem_free(&says);
    }
    coverage_destroy(&coverage);
    eval_rules_destroy(&rules);
}

// A case is judged as a record of an inventory is: with all digits.
Test(coverage, numbers_are_those_of_the_case)
{
    static const char RULE[] =
        "[{'id': 'number', 'checkItems': [{'uuid': 'u'}], 'resourceTypes': ['t'], 'condition': "
        "{'featureSource': 'CONFIGURATION', 'featurePath': '$.v', 'operator': 'Equals', 'desired': "
        "'0.1234567890123456789'}}]";
    static const struct {
        const char *text;
        const char *says;
    } ROWS[] = {
        {CASE("number", "{'configuration': {'v': 0.1234567890123456789}}", "COMPLIANT") "}",
         "passed"},
        {CASE("number", "{'configuration': {'v': 0.1234567890123456788}}", "NON_COMPLIANT") "}",
         "passed"},
        {CASE("number", "{'configuration': {'v': 18446744073709551617}}", "COMPLIANT") "}",
         "expected COMPLIANT, found NON_COMPLIANT ($['v'] is \"18446744073709551617\", Equals "
         "\"0.1234567890123456789\": the value found does not pass the operator)"},
        {CASE("number", "{'configuration': {'v': 1.10}}", "NON_COMPLIANT") ", 'evidence': "
                                                                           "{'configuration': "
                                                                           "'1.10'}}",
         "passed"},
        {CASE("number", "{'configuration': {'v': 1e1000000000}}", "COMPLIANT") "}",
         "the resource is no record: JSON that is not taken: a number whose exponent is too large, "
         "near byte 23"},
    };
    struct eval_rules *rules;
    struct coverage *coverage = coverage_of(RULE, &rules);
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        char *says = run_case(coverage, ROWS[i].text);
        cr_expect_str_eq(says, ROWS[i].says);
        mem_free(&says);
    }
    coverage_destroy(&coverage);
    eval_rules_destroy(&rules);
}

static char *seen(const struct coverage *coverage)
{
    struct buf text;
    buf_init(&text, 1024);
    for (size_t i = 0; i < coverage->count; i++) {
        const struct coverage_clause *clause = &coverage->clauses[i];
        (void)buf_append_format(&text, "%zu%s %s%s%s;", clause->rule, clause->clause->path,
                                clause->was_true ? "T" : "", clause->was_false ? "F" : "",
                                clause->was_unknown ? "U" : "");
    }
    return buf_take(&text);
}

static void expect_seen(struct coverage *coverage, const char *case_text, const char *wanted,
                        uint64_t numerator)
{
    if (case_text != NULL) {
        char *says = run_case(coverage, case_text);
        mem_free(&says);
    }
    char *found = seen(coverage);
    cr_expect_str_eq(found, wanted);
    cr_expect_eq(coverage_score(coverage).numerator, numerator);
    cr_expect_eq(coverage_score(coverage).denominator, 6);
    mem_free(&found);
}

// Each clause counts, also where another has decided, and also in a case that fails.
Test(coverage, what_cases_made_of_each_clause)
{
    struct eval_rules *rules;
    struct coverage *coverage = coverage_of(RULES, &rules);
    expect_seen(coverage, NULL, "0$.keys[*].age ;0$.tags.env ;1$.at ;", 0);
    expect_seen(coverage, CASE("keys", NORTH(KEYS("[{'age': 5}]")), "NON_COMPLIANT") "}",
                "0$.keys[*].age T;0$.tags.env F;1$.at ;", 2);
    expect_seen(coverage, CASE("keys", "{'regionId': 'south'}", "NOT_APPLICABLE") "}",
                "0$.keys[*].age T;0$.tags.env F;1$.at ;", 2);
    expect_seen(
        coverage,
        CASE("keys", NORTH("'tags': {'env': 'test'}," KEYS("[{'age': []}]")), "COMPLIANT") "}",
        "0$.keys[*].age TF;0$.tags.env TF;1$.at ;", 4);
    expect_seen(coverage, CASE("age", "{'configuration': {'at': 'x'}}", "INSUFFICIENT_DATA") "}",
                "0$.keys[*].age TF;0$.tags.env TF;1$.at U;", 4);
    coverage_destroy(&coverage);
    eval_rules_destroy(&rules);
}

Test(coverage, conditions_of_policies)
{
    struct eval_rules *rules;
    struct coverage *coverage = coverage_of(
        "{'id': 'p', 'checkItems': [{'uuid': 'u'}], 'resourceTypes': ['a.b'], 'policy_rule': "
        "{'allOf': [{'value': '${resource().properties.a}', 'comparator': 'equals', 'pattern': 1}, "
        "{'value': '${resource().properties.b}', 'comparator': 'equals', 'pattern': 1}]}}",
        &rules);
    char *says =
        run_case(coverage, CASE("p", "{'configuration': {'a': 2, 'b': 1}}", "COMPLIANT") "}");
    cr_expect_str_eq(says, "passed");
    mem_free(&says);
    cr_expect_eq(coverage->count, 2);
    cr_expect(coverage->clauses[0].was_false && !coverage->clauses[0].was_true);
    cr_expect(coverage->clauses[1].was_true && !coverage->clauses[1].was_false);
    coverage_destroy(&coverage);
    eval_rules_destroy(&rules);
}
