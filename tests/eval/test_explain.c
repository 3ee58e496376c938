// SPDX-License-Identifier: MIT
//
// How a rule came to its verdict: every branch, the one that decided, and why a rule does not
// apply.
#include "support.h"

#include "base/file.h"
#include "base/mem.h"
#include "eval/explain.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static struct explanation *explain_record(const struct eval_rules *rules, const char *record)
{
    const struct explain_input input = {
        .rules = rules, .record = span_of(record), .as_of_ms = SUPPORT_AS_OF_MS};
    struct explanation *explanation = NULL;
    struct err err = ERR_INIT;
    cr_assert_eq(explain_create(&input, &explanation, &err), ERR_OK, "%s", err.message);
    return explanation;
}

static void append_node(struct buf *out, const struct explain_node *node, size_t depth)
{
    static const char *const TRUTHS[] = {"F", "U", "T"};
    (void)buf_append_format(out, "%*s%s%s %s", (int)(2 * depth), "", TRUTHS[node->truth],
                            node->is_deciding ? "!" : "", node->operator_name);
    if (node->count == 0) {
        (void)buf_append_format(out, " %zu %s %s want=%s%s%s sel=%s found=%s at=%s %s",
                                node->ordinal, node->source != NULL ? node->source : "-",
                                node->path, node->desired != NULL ? node->desired : "-",
                                node->wanted != NULL ? " is " : "",
                                node->wanted != NULL ? node->wanted : "",
                                node->has_value ? node->selected : "(nothing)", node->found,
                                node->property, node->reason[0] != '\0' ? "why" : "");
    }
    (void)buf_append_char(out, '\n');
    for (size_t i = 0; i < node->count; i++) {
        append_node(out, &node->children[i], depth + 1);
    }
}

// ' stands for ", and ~ for '.
static char *json_of(const char *text)
{
    char *copy = mem_text(text);
    for (char *c = copy; *c != '\0'; c++) {
        *c = *c == '\'' ? '"' : *c == '~' ? '\'' : *c;
    }
    return copy;
}

static void expect_tree(const char *condition, const char *configuration, const char *wanted)
{
    char *rule = json_of(condition);
    char *inner = json_of(configuration);
    char *record = mem_format(
        "{\"resourceId\": \"i\", \"resourceType\": \"t\", \"tags\": {\"env\": \"prod\"}, "
        "\"configuration\": %s}",
        inner);
    struct eval_rules *rules = support_good_rule(rule, "");
    struct explanation *explanation = explain_record(rules, record);
    struct buf text;
    buf_init(&text, 64 * 1024);
    append_node(&text, explanation->root, 0);
    cr_expect_str_eq(buf_text(&text), wanted, "%s", buf_text(&text));
    cr_expect_eq(explanation->outcome, support_judge_record(rules, record, NULL));
    buf_deinit(&text);
    explain_destroy(&explanation);
    eval_rules_destroy(&rules);
    mem_free(&record);
    mem_free(&inner);
    mem_free(&rule);
}

#define CLAUSE(path, op, desired)                                                                  \
    "{'featureSource': 'CONFIGURATION', 'featurePath': '" path "', 'operator': '" op               \
    "', 'desired': " desired "}"
#define GROUP(op, children) "{'operator': '" op "', 'children': [" children "]}"

Test(explain, every_branch_is_judged_and_the_nearest_of_an_or_decides)
{
    expect_tree(GROUP("or", GROUP("and", CLAUSE("$.a", "Equals", "1") "," CLAUSE(
                                             "$.b", "Equals", "1")) "," CLAUSE("$.c", "Less", "2")),
                "{'a': 0, 'b': 0, 'c': 5}",
                "F! or\n"
                "  F and\n"
                "    F Equals 0 CONFIGURATION $.a want=1 sel=0 found=0 at=$['a'] why\n"
                "    F Equals 1 CONFIGURATION $.b want=1 sel=0 found=0 at=$['b'] why\n"
                "  F! Less 2 CONFIGURATION $.c want=2 sel=5 found=5 at=$['c'] why\n");
    expect_tree(GROUP("and", CLAUSE("$.a", "Equals", "1") "," CLAUSE("$.b", "Equals", "1")),
                "{'a': 0, 'b': 0}",
                "F! and\n"
                "  F! Equals 0 CONFIGURATION $.a want=1 sel=0 found=0 at=$['a'] why\n"
                "  F Equals 1 CONFIGURATION $.b want=1 sel=0 found=0 at=$['b'] why\n");
}

// The form in which a configuration came says nothing of the resource.
Test(explain, the_record_of_a_configuration_that_is_text_holds_the_document)
{
    static const char *const CONFIGURATIONS[] = {
        "{'public':true,'l':[{'k':'x'}]}", "'{\\'public\\':true,\\'l\\':[{\\'k\\':\\'x\\'}]}'"};
#define OF_RECORD(path, op, desired)                                                               \
    "{'featureSource': 'RESOURCE', 'featurePath': '" path "', 'operator': '" op                    \
    "', 'desired': " desired "}"
    for (size_t i = 0; i < ARRAY_LEN(CONFIGURATIONS); i++) {
        expect_tree(OF_RECORD("$.configuration.public", "NotStringEquals", "true"),
                    CONFIGURATIONS[i],
                    "F! NotStringEquals 0 RESOURCE $.configuration.public want=true sel=true "
                    "found=true at=$['configuration']['public'] why\n");
        expect_tree(OF_RECORD("$..k", "NotContains", "'x'"), CONFIGURATIONS[i],
                    "F! NotContains 0 RESOURCE $..k want=x sel=[\"x\"] found=x "
                    "at=$['configuration']['l'][0]['k'] why\n");
        expect_tree(OF_RECORD("$[~configuration~,~tags~].l[0].k", "Contains", "'x'"),
                    CONFIGURATIONS[i],
                    "T! Contains 0 RESOURCE $['configuration','tags'].l[0].k want=x sel=[\"x\"] "
                    "found=x at=$['configuration']['l'][0]['k'] \n");
        expect_tree(OF_RECORD("$.tags.env", "StringEquals", "'dev'"), CONFIGURATIONS[i],
                    "F! StringEquals 0 RESOURCE $.tags.env want=dev sel=prod found=prod "
                    "at=$['tags']['env'] why\n");
    }
}

Test(explain, of_a_true_condition_what_makes_it_true_is_marked)
{
    expect_tree(GROUP("or", CLAUSE("$.a", "Equals", "1") "," CLAUSE(
                                "$.b", "Equals", "0") "," CLAUSE("$.c", "Equals", "5")),
                "{'a': 0, 'b': 0, 'c': 5}",
                "T! or\n"
                "  F Equals 0 CONFIGURATION $.a want=1 sel=0 found=0 at=$['a'] why\n"
                "  T! Equals 1 CONFIGURATION $.b want=0 sel=0 found=0 at=$['b'] \n"
                "  T Equals 2 CONFIGURATION $.c want=5 sel=5 found=5 at=$['c'] \n");
    expect_tree(GROUP("and", CLAUSE("$.a", "Less", "1") "," CLAUSE("$.b", "Less", "1")),
                "{'a': 0, 'b': 0}",
                "T! and\n"
                "  T! Less 0 CONFIGURATION $.a want=1 sel=0 found=0 at=$['a'] \n"
                "  T! Less 1 CONFIGURATION $.b want=1 sel=0 found=0 at=$['b'] \n");
}

Test(explain, what_was_selected_and_which_of_it_decided)
{
    expect_tree(CLAUSE("$.k[*].age", "LessOrEquals", "'90'"),
                "{'k': [{'age': 12}, {'age': 374}, {'age': 91}]}",
                "F! LessOrEquals 0 CONFIGURATION $.k[*].age want=90 sel=[12,374,91] found=374 "
                "at=$['k'][1]['age'] why\n");
    expect_tree(CLAUSE("$.k", "In", "['a', 'b']"), "{'k': ['a', 'c']}",
                "F! In 0 CONFIGURATION $.k want=[\"a\",\"b\"] sel=[\"a\",\"c\"] found=c "
                "at=$['k'][1] why\n");
    expect_tree(CLAUSE("$.k", "Equals", "1"), "{'k': 'x'}",
                "U! Equals 0 CONFIGURATION $.k want=1 sel=x found=x at=$['k'] why\n");
    expect_tree(CLAUSE("$.k", "Equals", "1"), "{'k': null}",
                "F! Equals 0 CONFIGURATION $.k want=1 sel=(nothing) found= at=$['k'] why\n");
    expect_tree(CLAUSE("$.k", "StringEquals", "'x'"), "{'k': ''}",
                "F! StringEquals 0 CONFIGURATION $.k want=x sel= found= at=$['k'] why\n");
    expect_tree("{'featureSource': 'RESOURCE', 'featurePath': '$.tags.env', 'operator': "
                "'IsNotStringEmpty', 'desired': ''}",
                "{}",
                "T! IsNotStringEmpty 0 RESOURCE $.tags.env want=- sel=prod found=prod "
                "at=$['tags']['env'] \n");
    expect_tree("{'featureSource': 'CONFIGURATION', 'featurePath': '$.k', 'operator': 'Equals', "
                "'desired': 2, 'quantifier': 'any'}",
                "{'k': [1, 2]}",
                "T! Equals 0 CONFIGURATION $.k want=2 sel=[1,2] found=[1,2] at=$['k'] \n");
}

static struct eval_rules *rules_of(const char *text)
{
    struct rule_set set = {0};
    struct diags diags;
    struct err err = ERR_INIT;
    char *json = json_of(text);
    diags_init(&diags);
    cr_assert_eq(rule_set_add(&set, json, strlen(json), "r.json", &diags, &err), ERR_OK, "%s",
                 err.message);
    struct eval_rules *rules = eval_rules_create(&set, &diags);
    char *problems = support_diags_text(&diags);
    cr_assert_eq(diags.errors, 0, "%s", problems);
    mem_free(&problems);
    diags_deinit(&diags);
    mem_free(&json);
    return rules;
}

static void expect_rule(const char *rule, const char *record, const char *wanted)
{
    struct eval_rules *rules = rules_of(rule);
    char *json = json_of(record);
    struct explanation *explanation = explain_record(rules, json);
    struct buf text;
    buf_init(&text, 64 * 1024);
    if (explanation->root != NULL) {
        append_node(&text, explanation->root, 0);
    }
    for (size_t i = 0; i < explanation->bar_count; i++) {
        (void)buf_append_format(&text, "%s: %s\n", explanation->bars[i].member,
                                explanation->bars[i].sentence);
    }
    cr_expect_str_eq(buf_text(&text), wanted, "%s", buf_text(&text));
    buf_deinit(&text);
    explain_destroy(&explanation);
    mem_free(&json);
    eval_rules_destroy(&rules);
}

#define POLICY(tree)                                                                               \
    "{'id': 'p', 'checkItems': [{'uuid': 'u'}], 'resourceTypes': ['evs.volumes'], "                \
    "'policy_rule': " tree                                                                         \
    ", 'parameters': {'ok': {'type': 'Array'}}, 'parameterValues': {'ok': ['a', 'b']}}"
#define VOLUME(properties)                                                                         \
    "{'resourceType': 'evs.volumes', 'resourceId': 'v', 'configuration': " properties "}"

// allOf says most by its last true member, anyOf by its first; ${…} is resolved.
Test(explain, policies)
{
    static const char RULE[] = POLICY(
        "{'allOf': [{'value': '${resource().properties.s}', 'comparator': 'equals', 'pattern': "
        "'in-use'}, {'anyOf': [{'value': '${resource().properties.t}', 'comparator': 'notIn', "
        "'pattern': '${parameters(~ok~)}'}, {'value': 3, 'comparator': 'greater', 'pattern': "
        "2}]}]}");
    expect_rule(RULE, VOLUME("{'s': 'in-use', 't': 'c'}"),
                "T! allOf\n"
                "  T equals 0 - ${resource().properties.s} want=in-use sel=in-use found=in-use "
                "at=$['configuration']['s'] \n"
                "  T! anyOf\n"
                "    T! notIn 1 - ${resource().properties.t} want=${parameters('ok')} is "
                "[\"a\",\"b\"] sel=c found=c at=$['configuration']['t'] \n"
                "    T greater 2 - 3 want=2 sel=3 found=3 at= \n");
    expect_rule(RULE, VOLUME("{'s': 'free'}"),
                "F! allOf\n"
                "  F! equals 0 - ${resource().properties.s} want=in-use sel=free found=free "
                "at=$['configuration']['s'] \n"
                "  T anyOf\n"
                "    U notIn 1 - ${resource().properties.t} want=${parameters('ok')} is "
                "[\"a\",\"b\"] sel=(nothing) found= at=$['configuration']['t'] why\n"
                "    T greater 2 - 3 want=2 sel=3 found=3 at= \n");
}

// Of a template that is a path alone the place in the record is told.
Test(explain, where_a_policy_found_its_value)
{
    static const struct {
        const char *value;
        const char *place;
    } ROWS[] = {
        {"${resource().properties.a.b}", "$['configuration']['a']['b']"},
        {"${resource().id}", "$['resourceId']"},
        {"${resource().provider}", "$['resourceType']"},
        {"${resource().region_id}", "$['region_id']"}, // the record has no regionId
        {"${resource().configuration.a}", "$['configuration']['a']"},
        {"${resource().tags.env}", "$['tags']['env']"},
        {"${getValue(resource().tags, ~env~)}", "${getValue(resource().tags, 'env')}"},
    };
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        char *text = mem_format(POLICY("{'value': '%s', 'comparator': 'equals', 'pattern': 'x'}"),
                                ROWS[i].value);
        char *record = json_of(VOLUME("{'a': {'b': 'y'}}"));
        struct eval_rules *rules = rules_of(text);
        struct explanation *explanation = explain_record(rules, record);
        cr_expect_str_eq(explanation->root->property, ROWS[i].place);
        explain_destroy(&explanation);
        eval_rules_destroy(&rules);
        mem_free(&record);
        mem_free(&text);
    }
}

// True of a policy is a violation.
Test(explain, the_outcome_of_a_policy)
{
    struct eval_rules *rules = rules_of(POLICY("{'anyOf': [{'value': '${resource().properties.s}', "
                                               "'comparator': 'equals', 'pattern': 'x'}]}"));
    static const enum outcome WANTED[] = {OUTCOME_NON_COMPLIANT, OUTCOME_COMPLIANT,
                                          OUTCOME_INSUFFICIENT_DATA};
    static const char *const RECORDS[] = {VOLUME("{'s': 'x'}"), VOLUME("{'s': 'y'}"), VOLUME("{}")};
    for (size_t i = 0; i < ARRAY_LEN(WANTED); i++) {
        char *record = json_of(RECORDS[i]);
        struct explanation *explanation = explain_record(rules, record);
        cr_expect(explanation->is_policy);
        cr_expect_eq(explanation->outcome, WANTED[i]);
        cr_expect_str_eq(explanation->root->children[0].pointer, "/policy_rule/anyOf/0");
        cr_expect(explanation->root->is_deciding);
        explain_destroy(&explanation);
        mem_free(&record);
    }
    struct explain_node *outline = explain_outline(rules, 0);
    cr_assert_not_null(outline);
    cr_assert_eq(outline->count, 1);
    cr_expect_str_eq(outline->children[0].operator_name, "equals");
    cr_expect_str_eq(outline->children[0].path, "${resource().properties.s}");
    cr_expect_eq(outline->children[0].truth, EXPLAIN_UNKNOWN);
    explain_outline_destroy(&outline);
    eval_rules_destroy(&rules);
}

#define SCOPED(scope)                                                                              \
    "{'id': 'p', 'checkItems': [{'uuid': 'u'}], 'resourceTypes': ['a.b', 'A.c'], 'scope': " scope  \
    ", 'condition': " CLAUSE("$.v", "Equals", "1") "}"
#define RESOURCE(type, members)                                                                    \
    "{'resourceType': '" type "', 'resourceId': 'i', 'regionId': 'north', " members                \
    " 'configuration': {'v': 1}}"

Test(explain, why_a_rule_does_not_apply)
{
    expect_rule(SCOPED("{}"), RESOURCE("a.x", ""),
                "resourceTypes: its type \"a.x\" is not in the list: \"a.b\", \"A.c\"\n");
    expect_rule(SCOPED("{'regionIds': ['south'], 'excludeResourceIds': ['h', 'i']}"),
                RESOURCE("A.B", ""),
                "scope.regionIds: its region \"north\" is not in the list: \"south\"\n"
                "scope.excludeResourceIds: its id \"i\" is in the list\n");
    expect_rule(SCOPED("{'tags': [{'key': 'env', 'value': 'prod'}, {'key': 'owner'}]}"),
                RESOURCE("a.b", "'tags': {'env': 'test'},"),
                "scope.tags: it has none of the tags \"env\" with the value \"prod\", \"owner\"\n");
    expect_rule(SCOPED("{'tags': [{'key': 'env'}, {'key': 'owner'}], 'tagLogic': 'AND', "
                       "'excludeTags': [{'key': 'env', 'value': 'test'}, {'key': 'x'}]}"),
                RESOURCE("a.b", "'tags': {'env': 'test'},"),
                "scope.tags: it lacks the tag \"owner\"\n"
                "scope.excludeTags: it has the tag \"env\" with the value \"test\"\n");
    expect_rule(SCOPED("{'resourceGroupIds': ['1','2','3','4','5','6','7','8','9','10']}"),
                RESOURCE("a.b", ""),
                "scope.resourceGroupIds: its resource group \"\" is not in the list: \"1\", \"2\", "
                "\"3\", \"4\", \"5\", \"6\", \"7\", \"8\" and 2 more\n");
    expect_rule(SCOPED("{'tags': [{'key': 'env'}]}"), RESOURCE("a.b", "'tags': {'env': ''},"),
                "T! Equals 0 CONFIGURATION $.v want=1 sel=1 found=1 at=$['v'] \n");
}

// The vendor's text, from whose layers nothing is lost.
Test(explain, pointers_into_text_that_holds_the_condition)
{
    struct eval_rules *rules = rules_of(
        "{'id': 'p', 'checkItems': [{'uuid': 'u'}], 'resourceTypes': ['t'], "
        "'ComplianceConditions': '{\\'operator\\': \\'and\\', \\'children\\': "
        "[{\\'featureSource\\': "
        "\\'CONFIGURATION\\', \\'featurePath\\': \\'$.v\\', \\'operator\\': \\'IsEmpty\\'}]}'}");
    struct explanation *explanation =
        explain_record(rules, "{\"resourceId\": \"i\", \"resourceType\": \"t\"}");
    cr_expect_str_eq(explanation->root->children[0].pointer, "/ComplianceConditions/children/0");
    cr_expect_eq(explanation->outcome, OUTCOME_COMPLIANT);
    explain_destroy(&explanation);
    eval_rules_destroy(&rules);
}

Test(explain, what_is_no_record_is_said)
{
    struct eval_rules *rules = support_good_rule("{\"featureSource\": \"CONFIGURATION\", "
                                                 "\"featurePath\": \"$.v\", \"operator\": "
                                                 "\"IsEmpty\"}",
                                                 "");
    const struct explain_input input = {.rules = rules, .record = span_of("{\"resourceId\": 5}")};
    struct explanation *explanation = NULL;
    struct err err = ERR_INIT;
    cr_expect_eq(explain_create(&input, &explanation, &err), ERR_INVALID);
    cr_expect_str_eq(err.message, "resourceId is a number; it has to be a text");
    cr_expect_null(explanation);
    eval_rules_destroy(&rules);
}

static struct buf read_share(const char *name)
{
    char *path = mem_format("%s/share/%s", TEST_SOURCE_DIR, name);
    struct buf text;
    struct err err = ERR_INIT;
    buf_init(&text, 16 * 1024 * 1024);
    cr_assert_eq(file_read(path, &text, &err), ERR_OK, "%s", err.message);
    mem_free(&path);
    return text;
}

// Explaining holds its own tree against the verdict; on all sample rules and some resources.
Test(explain, the_tree_agrees_with_the_verdict)
{
    enum { RECORDS = 40 };
    struct file_names names = {0};
    struct err err = ERR_INIT;
    struct rule_set set = {0};
    struct diags diags;
    diags_init(&diags);
    cr_assert_eq(file_list(TEST_SOURCE_DIR "/share/rules", 100, &names, &err), ERR_OK);
    for (size_t i = 0; i < names.count; i++) {
        if (strstr(names.names[i], ".test.json") == NULL) {
            char *name = mem_format("rules/%s", names.names[i]);
            struct buf text = read_share(name);
            cr_assert_eq(rule_set_add(&set, text.data, text.len, name, &diags, &err), ERR_OK);
            buf_deinit(&text);
            mem_free(&name);
        }
    }
    struct eval_rules *rules = eval_rules_create(&set, &diags);
    struct buf inventory = read_share("inventory/100000000000001.ndjson");
    size_t outcomes[OUTCOME_COUNT] = {0};
    const char *line = inventory.data;
    for (size_t record = 0; record < RECORDS; record++) {
        const char *end = strchr(line, '\n');
        for (size_t i = 0; i < eval_rules_set(rules)->count; i++) {
            const struct explain_input input = {.rules = rules,
                                                .index = i,
                                                .record = {line, (size_t)(end - line)},
                                                .as_of_ms = SUPPORT_AS_OF_MS};
            struct explanation *explanation = NULL;
            cr_assert_eq(explain_create(&input, &explanation, &err), ERR_OK, "%s", err.message);
            cr_expect_eq(explanation->root == NULL, explanation->bar_count > 0);
            outcomes[explanation->outcome]++;
            explain_destroy(&explanation);
        }
        line = end + 1;
    }
    cr_expect_gt(outcomes[OUTCOME_COMPLIANT], 20);
    cr_expect_gt(outcomes[OUTCOME_NON_COMPLIANT], 1);
    buf_deinit(&inventory);
    eval_rules_destroy(&rules);
    file_names_deinit(&names);
    diags_deinit(&diags);
}
