// SPDX-License-Identifier: MIT
//
// What a rule's author is told about a condition that does not compile: code, JSON pointer, words.
#include "support.h"

#include "base/limits.h"
#include "base/mem.h"

#include <criterion/criterion.h>
#include <string.h>

#define CLAUSE(rest)   "{\"featureSource\": \"CONFIGURATION\", \"featurePath\": \"$.v\", " rest "}"
#define GROUP(members) "{\"operator\": \"and\", " members "}"

struct expectation {
    const char *condition;
    const char *diagnostic; // without "r.json: error: "
};

// Every operator there is, in the order of the table.
#define OPERATORS                                                                                  \
    "StringEquals, NotStringEquals, StringIn, NotStringIn, StringContains, "                       \
    "NotStringContains, Equals, NotEquals, Less, LessOrEquals, Greater, GreaterOrEquals, "         \
    "Base64Contains, NotBase64Contains, Base64ContainsAll, Base64ExcludeAll, Contains, "           \
    "NotContains, In, NotIn, ContainsAll, ExcludeAll, IsEmpty, IsStringEmpty, "                    \
    "IsNotStringEmpty, StringMatches, NotStringMatches, "                                          \
    "CidrContains, NotCidrContains, CidrIn, NotCidrIn, CidrOverlaps, "                             \
    "NotCidrOverlaps, DateBefore, DateAfter, AgeLess, AgeLessOrEquals, AgeGreater, "               \
    "AgeGreaterOrEquals, VersionEquals, NotVersionEquals, VersionLess, VersionLessOrEquals, "      \
    "VersionGreater, VersionGreaterOrEquals, CountEquals, NotCountEquals, CountLess, "             \
    "CountLessOrEquals, CountGreater, CountGreaterOrEquals"

static const struct expectation CASES[] = {
    // operators
    {CLAUSE("\"operator\": \"StringEqual\", \"desired\": \"x\""),
     "unknown operator \"StringEqual\"; did you mean \"StringEquals\"? (at /condition/operator) "
     "[rule.operator.unknown]"},
    {CLAUSE("\"operator\": \"stringequals\", \"desired\": \"x\""),
     "unknown operator \"stringequals\"; did you mean \"StringEquals\"? (at /condition/operator) "
     "[rule.operator.unknown]"},
    {"{\"operator\": \"AND\", \"children\": []}",
     "unknown operator \"AND\"; did you mean \"and\"? (at /condition/operator) "
     "[rule.operator.unknown]"},
    {CLAUSE("\"operator\": \"Frobnicate\""),
     "unknown operator \"Frobnicate\"; and, or, or one of these is right: " OPERATORS
     " (at /condition/operator) [rule.operator.unknown]"},
    {CLAUSE("\"desired\": \"x\""),
     "operator is missing; give a text (at /condition) [rule.condition.missing]"},
    {CLAUSE("\"operator\": 5"),
     "operator is a number; it has to be a text (at /condition/operator) [rule.condition.type]"},
    {CLAUSE("\"operator\": \"\""),
     "operator is empty; give a text (at /condition/operator) [rule.condition.missing]"},
    // members
    {CLAUSE("\"operator\": \"IsEmpty\", \"desierd\": \"\""),
     "unknown member \"desierd\"; did you mean \"desired\"? (at /condition/desierd) "
     "[rule.condition.member]"},
    {CLAUSE("\"operator\": \"IsEmpty\", \"a/b~c\": 1"),
     "unknown member \"a/b~c\"; one of \"featurePath\", \"featureSource\", \"operator\", "
     "\"desired\", \"quantifier\", \"children\" is right (at /condition/a~1b~0c) "
     "[rule.condition.member]"},
    {CLAUSE("\"operator\": \"IsEmpty\", "
            "\"é\\néééééééééééééééééééééééééééééééééé\": 1"),
     "unknown member \"é\\x0aééééééééééééééééééééééééééééé…\"; one of \"featurePath\", "
     "\"featureSource\", \"operator\", \"desired\", \"quantifier\", \"children\" is right (at "
     "/condition) [rule.condition.member]"},
    // a misspelt name that is needed is one mistake
    {CLAUSE("\"opertor\": \"IsEmpty\""), "unknown member \"opertor\"; did you mean \"operator\"? "
                                         "(at /condition/opertor) [rule.condition.member]"},
    {CLAUSE("\"operator\": \"Less\", \"desird\": 5"),
     "unknown member \"desird\"; did you mean \"desired\"? (at /condition/desird) "
     "[rule.condition.member]"},
    {"{\"featureSource\": \"CONFIGURATION\", \"featurepath\": \"$.v\", \"operator\": \"IsEmpty\"}",
     "unknown member \"featurepath\"; did you mean \"featurePath\"? (at /condition/featurepath) "
     "[rule.condition.member]"},
    {GROUP("\"childern\": []"), "unknown member \"childern\"; did you mean \"children\"? (at "
                                "/condition/childern) [rule.condition.member]"},
    {"{\"featureSource\": \"CONFIGURATION\", \"operator\": \"IsEmpty\"}",
     "featurePath is missing; give a text (at /condition) [rule.condition.missing]"},
    {"{\"featurePath\": \"$.v\", \"operator\": \"IsEmpty\"}",
     "featureSource is missing; give a text (at /condition) [rule.condition.missing]"},
    {"{\"featureSource\": \"configuration\", \"featurePath\": \"$.v\", \"operator\": \"IsEmpty\"}",
     "unknown featureSource \"configuration\"; CONFIGURATION, RESOURCE or "
     "CONFIGURATION_FIELD_<JSONPath> is right (at /condition/featureSource) [rule.source.unknown]"},
    {"{\"featureSource\": \"CONFIGURATION_FIELD_Config\", \"featurePath\": \"$.v\", \"operator\": "
     "\"IsEmpty\"}",
     "featureSource: position 1: expected a path that begins with $, found \"C\" (at "
     "/condition/featureSource) [rule.path.invalid]"},
    {"{\"featureSource\": \"CONFIGURATION\", \"featurePath\": \"$.v[?(@.a=1)]\", \"operator\": "
     "\"IsEmpty\"}",
     "featurePath: position 10: expected \"&&\", \"||\" or \")\", found \"=\"; equality is written "
     "== (at /condition/featurePath) [rule.path.invalid]"},
    {"{\"featureSource\": \"CONFIGURATION\", \"featurePath\": \"$.v[?match(@.a, '[')]\", "
     "\"operator\": \"IsEmpty\"}",
     "featurePath: position 6: the pattern of match() is no I-Regexp (RFC 9485) and matches "
     "nothing: position 2: a bracket has no ] (at /condition/featurePath) [rule.path.pattern]"},
    {CLAUSE("\"operator\": \"IsEmpty\", \"children\": [1]"),
     "a clause has no children; those of a group stand beside \"and\" or \"or\" (at "
     "/condition/children) [rule.condition.children]"},
    // desired
    {CLAUSE("\"operator\": \"StringEquals\""),
     "StringEquals needs desired: one text, number or boolean (at /condition) "
     "[rule.desired.missing]"},
    {CLAUSE("\"operator\": \"Less\""), "Less needs desired: a number, or a text that is one (at "
                                       "/condition) [rule.desired.missing]"},
    {CLAUSE("\"operator\": \"In\""),
     "In needs desired: a list: an array of texts, numbers or booleans, or a text with commas (at "
     "/condition) [rule.desired.missing]"},
    {CLAUSE("\"operator\": \"StringEquals\", \"desired\": [\"x\"]"),
     "desired of StringEquals is an array; it takes one text, number or boolean (at "
     "/condition/desired) [rule.desired.invalid]"},
    {CLAUSE("\"operator\": \"StringEquals\", \"desired\": null"),
     "desired of StringEquals is null; it takes one text, number or boolean (at "
     "/condition/desired) [rule.desired.invalid]"},
    {CLAUSE("\"operator\": \"Greater\", \"desired\": \"four\""),
     "desired of Greater has \"four\"; it takes a number, or a text that is one (at "
     "/condition/desired) [rule.desired.invalid]"},
    {CLAUSE("\"operator\": \"Greater\", \"desired\": true"),
     "desired of Greater has \"true\"; it takes a number, or a text that is one (at "
     "/condition/desired) [rule.desired.invalid]"},
    {CLAUSE("\"operator\": \"StringMatches\""), "StringMatches needs desired: a pattern (I-Regexp, "
                                                "RFC 9485) as text, like \"^db-[0-9]+$\" (at "
                                                "/condition) [rule.desired.missing]"},
    {CLAUSE("\"operator\": \"StringMatches\", \"desired\": [\"a\"]"),
     "desired of StringMatches is an array; it takes a pattern (I-Regexp, RFC 9485) as text, like "
     "\"^db-[0-9]+$\" (at /condition/desired) [rule.desired.invalid]"},
    {CLAUSE("\"operator\": \"StringMatches\", \"desired\": 443"),
     "desired of StringMatches is a number; it takes a pattern (I-Regexp, RFC 9485) as text, like "
     "\"^db-[0-9]+$\" (at /condition/desired) [rule.desired.invalid]"},
    {CLAUSE("\"operator\": \"NotStringMatches\", \"desired\": \"\""),
     "desired of NotStringMatches is an empty text, which every text contains; give what has to be "
     "looked for (at /condition/desired) [rule.desired.invalid]"},
    {CLAUSE("\"operator\": \"StringMatches\", \"desired\": \"^(prod|test\""),
     "desired of StringMatches is no I-Regexp (RFC 9485): position 12: a group has no ) (at "
     "/condition/desired) [rule.desired.invalid]"},
    {CLAUSE("\"operator\": \"StringMatches\", \"desired\": \"v\\\\d\""),
     "desired of StringMatches is no I-Regexp (RFC 9485): position 3: expected one of ( ) * + - . "
     "? "
     "[ \\ ] ^ { | } n r t p P after the backslash (at /condition/desired) [rule.desired.invalid]"},
    {CLAUSE("\"operator\": \"StringMatches\", \"desired\": \"a{99999}\""),
     "desired of StringMatches: position 3: repeated more than 10000 times (at /condition/desired) "
     "[rule.desired.invalid]"},
    {CLAUSE("\"operator\": \"StringMatches\", \"desired\": \"(a{200}){51}\""),
     "desired of StringMatches: the pattern needs more than 10000 states (at /condition/desired) "
     "[rule.desired.invalid]"},
    {CLAUSE("\"operator\": \"CidrIn\", \"desired\": \"10.0.0.0/8, 10.0.0.0/33\""),
     "desired of CidrIn has \"10.0.0.0/33\"; it takes a list of IP addresses and networks: an "
     "array of texts, or a text with commas (at /condition/desired) [rule.desired.invalid]"},
    {CLAUSE("\"operator\": \"CidrIn\", \"desired\": \"10.0.0.1/8\""),
     "desired of CidrIn has 10.0.0.1/8, an address that is not the first of its network; give the "
     "network's first address, or leave the prefix out (at /condition/desired) "
     "[rule.desired.invalid]"},
    {CLAUSE("\"operator\": \"DateBefore\", \"desired\": \"next week\""),
     "desired of DateBefore has \"next week\"; it takes a date or a time with zone as text, like "
     "\"2026-11-21\" (at /condition/desired) [rule.desired.invalid]"},
    {CLAUSE("\"operator\": \"AgeLess\", \"desired\": -1"),
     "desired of AgeLess has \"-1\"; it takes a whole number (at /condition/desired) "
     "[rule.desired.invalid]"},
    {CLAUSE("\"operator\": \"VersionLess\", \"desired\": \"8.x\""),
     "desired of VersionLess has \"8.x\"; it takes a version as text, like \"8.0.28\" (at "
     "/condition/desired) [rule.desired.invalid]"},
    {CLAUSE("\"operator\": \"VersionLess\", \"desired\": 8.10"),
     "desired of VersionLess is a number with a point, and 8.10 as a number is 8.1; write the "
     "version as text (at /condition/desired) [rule.desired.invalid]"},
    {CLAUSE("\"operator\": \"CountLess\", \"desired\": 1.5"),
     "desired of CountLess has \"1.5\"; it takes a whole number (at /condition/desired) "
     "[rule.desired.invalid]"},
    {CLAUSE("\"operator\": \"Contains\", \"desired\": 1, \"quantifier\": \"any\""),
     "Contains looks at all values together; leave the quantifier out (at /condition/quantifier) "
     "[rule.quantifier.operator]"},
    {CLAUSE("\"operator\": \"Less\", \"desired\": 1, \"quantifier\": \"some\""),
     "unknown quantifier; \"all\" (as without one), \"any\" or \"none\" is right (at "
     "/condition/quantifier) [rule.quantifier.unknown]"},
    {CLAUSE("\"operator\": \"StringIn\", \"desired\": {}"),
     "desired of StringIn is an object; it takes a list: an array of texts, numbers or booleans, "
     "or a text with commas (at /condition/desired) [rule.desired.invalid]"},
    {CLAUSE("\"operator\": \"StringIn\", \"desired\": []"),
     "desired of StringIn is an empty array; give at least one value (at /condition/desired) "
     "[rule.desired.invalid]"},
    {CLAUSE("\"operator\": \"StringIn\", \"desired\": [\"a\", [\"b\"]]"),
     "desired of StringIn holds an array at position 2; it takes texts, numbers and booleans (at "
     "/condition/desired) [rule.desired.invalid]"},
    {CLAUSE("\"operator\": \"StringIn\", \"desired\": \"a, ,b\""),
     "desired of StringIn has an empty value at position 2; give an array when the empty text is "
     "meant (at /condition/desired) [rule.desired.invalid]"},
    {CLAUSE("\"operator\": \"StringIn\", \"desired\": \"a,\""),
     "desired of StringIn has an empty value at position 2; give an array when the empty text is "
     "meant (at /condition/desired) [rule.desired.invalid]"},
    {CLAUSE("\"operator\": \"StringContains\", \"desired\": \"\""),
     "desired of StringContains is an empty text, which every text contains; give what has to be "
     "looked for (at /condition/desired) [rule.desired.invalid]"},
    {CLAUSE("\"operator\": \"ExcludeAll\", \"desired\": [\"a\", \"\"]"),
     "desired of ExcludeAll is an empty text, which every text contains; give what has to be "
     "looked for (at /condition/desired) [rule.desired.invalid]"},
    {CLAUSE("\"operator\": \"IsStringEmpty\", \"desired\": \"x\""),
     "IsStringEmpty takes no desired value; leave it out (at /condition/desired) "
     "[rule.desired.invalid]"},
    // groups
    {"{\"operator\": \"or\"}", "a group needs children: an array of clauses and groups (at "
                               "/condition) [rule.condition.missing]"},
    {GROUP("\"children\": {}"),
     "children is an object; it has to be an array of clauses and groups (at /condition/children) "
     "[rule.condition.type]"},
    {GROUP("\"children\": []"), "a group without children says nothing; give at least one (at "
                                "/condition/children) [rule.condition.children]"},
    {GROUP("\"children\": [7]"),
     "this is a number; a clause or a group is an object (at /condition/children/0) "
     "[rule.condition.type]"},
    {GROUP("\"desired\": \"x\", \"children\": [" CLAUSE("\"operator\": \"IsEmpty\"") "]"),
     "unknown member \"desired\"; one of \"operator\", \"children\" is right (at "
     "/condition/desired) [rule.condition.member]"},
    {GROUP("\"children\": [" CLAUSE(
         "\"operator\": \"IsEmpty\"") ", {\"operator\": \"or\", "
                                      "\"children\": [" CLAUSE("\"operator\": \"IsEmty\"") "]}]"),
     "unknown operator \"IsEmty\"; did you mean \"IsEmpty\"? (at "
     "/condition/children/1/children/0/operator) [rule.operator.unknown]"},
};

Test(diagnostics, name_place_and_remedy)
{
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        struct diags diags;
        diags_init(&diags);
        struct eval_rules *rules = support_rule(CASES[i].condition, "", &diags);
        char *text = support_diags_text(&diags);
        char *wanted = mem_format("r.json: error: %s\n", CASES[i].diagnostic);
        cr_expect_str_eq(text, wanted);
        cr_expect(eval_rules_set(rules)->rules[0].broken);
        mem_free(&wanted);
        mem_free(&text);
        eval_rules_destroy(&rules);
        diags_deinit(&diags);
    }
}

Test(diagnostics, tell_every_fault_of_a_condition)
{
    struct diags diags;
    diags_init(&diags);
    struct eval_rules *rules =
        support_rule(GROUP("\"children\": [" CLAUSE("\"operator\": \"IsEmty\"") ", " CLAUSE(
                         "\"operator\": \"Less\", \"desired\": \"x\"") ", 5]"),
                     "", &diags);
    cr_expect_eq(diags.errors, 3);
    cr_expect_str_eq(eval_rules_set(rules)->rules[0].broken_reason,
                     "unknown operator \"IsEmty\"; did you mean \"IsEmpty\"?");
    eval_rules_destroy(&rules);
    diags_deinit(&diags);
}

// An empty operand and null are what the vendor's samples put there.
Test(diagnostics, allow_an_empty_operand_where_none_is_taken)
{
    static const char *const GOOD[] = {
        CLAUSE("\"operator\": \"IsEmpty\", \"desired\": \"\""),
        CLAUSE("\"operator\": \"IsEmpty\", \"desired\": null, \"children\": []"),
    };
    for (size_t i = 0; i < ARRAY_LEN(GOOD); i++) {
        struct eval_rules *rules = support_good_rule(GOOD[i], "");
        eval_rules_destroy(&rules);
    }
}

static void expect_codes(const char *condition, const char *code)
{
    struct diags diags;
    diags_init(&diags);
    struct eval_rules *rules = support_rule(condition, "", &diags);
    if (code == NULL) {
        cr_expect_eq(diags.errors, 0);
    } else {
        cr_assert_eq(diags.errors, 1);
        cr_expect_str_eq(diags.items[0].code, code);
    }
    eval_rules_destroy(&rules);
    diags_deinit(&diags);
}

static char *nested_groups(int depth)
{
    struct buf text;
    buf_init(&text, 64 * 1024);
    for (int i = 0; i < depth; i++) {
        (void)buf_append_text(&text, "{\"operator\": \"and\", \"children\": [");
    }
    (void)buf_append_text(&text, CLAUSE("\"operator\": \"IsEmpty\""));
    for (int i = 0; i < depth; i++) {
        (void)buf_append_text(&text, "]}");
    }
    return buf_take(&text);
}

Test(diagnostics, bound_the_depth_of_groups)
{
    char *deepest = nested_groups(LIMIT_CONDITION_DEPTH);
    char *deeper = nested_groups(LIMIT_CONDITION_DEPTH + 1);
    expect_codes(deepest, NULL);
    expect_codes(deeper, "rule.condition.depth");
    mem_free(&deepest);
    mem_free(&deeper);
}

static char *many_clauses(int count)
{
    struct buf text;
    buf_init(&text, 1024 * 1024);
    (void)buf_append_text(&text, "{\"operator\": \"or\", \"children\": [");
    for (int i = 0; i < count; i++) {
        (void)buf_append_text(&text, i > 0 ? "," : "");
        (void)buf_append_text(&text, CLAUSE("\"operator\": \"IsEmpty\""));
    }
    (void)buf_append_text(&text, "]}");
    return buf_take(&text);
}

Test(diagnostics, bound_the_number_of_clauses)
{
    char *most = many_clauses(LIMIT_CONDITION_CLAUSES);
    char *more = many_clauses(LIMIT_CONDITION_CLAUSES + 2);
    expect_codes(most, NULL);
    expect_codes(more, "rule.condition.clauses");
    mem_free(&most);
    mem_free(&more);
}

static char *many_desired(int count)
{
    struct buf text;
    buf_init(&text, 1024 * 1024);
    (void)buf_append_text(&text, "{\"featureSource\": \"CONFIGURATION\", \"featurePath\": \"$.v\", "
                                 "\"operator\": \"In\", \"desired\": \"0");
    for (int i = 1; i < count; i++) {
        (void)buf_append_text(&text, ",1");
    }
    (void)buf_append_text(&text, "\"}");
    return buf_take(&text);
}

Test(diagnostics, bound_the_values_of_a_list)
{
    char *most = many_desired(LIMIT_DESIRED_VALUES);
    char *more = many_desired(LIMIT_DESIRED_VALUES + 1);
    expect_codes(most, NULL);
    expect_codes(more, "rule.desired.invalid");
    mem_free(&most);
    mem_free(&more);
}
