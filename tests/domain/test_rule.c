// SPDX-License-Identifier: MIT
#include "base/mem.h"
#include "domain/json_number.h"
#include "domain/rule.h"
#include "malformed.h"

#include <criterion/criterion.h>
#include <string.h>

static struct rule_set set;
static struct diags diags;

static void init(void)
{
    set = (struct rule_set){0};
    diags_init(&diags);
}

static void deinit(void)
{
    rule_set_deinit(&set);
    diags_deinit(&diags);
}

TestSuite(rule, .init = init, .fini = deinit);

static void add(const char *quoted, const char *file)
{
    char *json = json_of(quoted);
    struct err err = ERR_INIT;
    cr_assert_eq(rule_set_add(&set, json, strlen(json), file, &diags, &err), ERR_OK, "%s",
                 err.message);
    mem_free(&json);
}

static void expect_list(const struct text_list *list, const char *wanted)
{
    struct buf text;
    buf_init(&text, 4096);
    for (size_t i = 0; i < list->count; i++) {
        (void)buf_append_format(&text, "%s%s", i == 0 ? "" : " ", list->items[i]);
    }
    cr_expect_str_eq(buf_text(&text), wanted);
    buf_deinit(&text);
}

Test(rule, every_member_is_read)
{
    add("{'id': 'net.sg-1', 'name': 'Name', 'description': 'D', 'remediation': 'R',"
        "'checkItems': [{'uuid': 'u1'}, {'name': 'n1'}, {'uuid': 'u2', 'name': null}],"
        "'resourceTypes': ['vpc.groups', 'ACS::ECS::Instance'], 'riskLevel': 1,"
        "'missing': 'INSUFFICIENT_DATA', 'condition': {'operator': 'and', 'children': []},"
        "'scope': {'regionIds': ['r1', 'r2'], 'excludeRegionIds': ['r3'],"
        "'resourceGroupIds': ['g1'], 'excludeResourceGroupIds': ['g2'], 'resourceIds': ['i1'],"
        "'excludeResourceIds': ['i2'], 'tags': [{'key': 'k', 'value': 'v'}, {'key': 'any'}],"
        "'excludeTags': [{'key': 'e', 'value': ''}], 'tagLogic': 'AND'}}",
        "a.json");
    cr_assert_eq(set.count, 1);
    const struct rule *rule = &set.rules[0];
    cr_expect_not(rule->broken);
    cr_expect_null(rule->broken_reason);
    cr_expect_str_eq(rule->id, "net.sg-1");
    cr_expect_str_eq(rule->name, "Name");
    cr_expect_str_eq(rule->description, "D");
    cr_expect_str_eq(rule->remediation, "R");
    cr_expect_str_eq(rule->file, "a.json");
    cr_expect_str_eq(rule->pointer, "");
    cr_expect_str_eq(rule->condition_pointer, "/condition");
    expect_list(&rule->item_uuids, "u1 u2");
    expect_list(&rule->item_names, "n1");
    expect_list(&rule->resource_types, "vpc.groups ACS::ECS::Instance");
    cr_expect_eq(rule->risk, RISK_HIGH);
    cr_expect(rule->missing_is_insufficient);
    cr_expect_eq(json_object_size(rule->condition), 2);
    expect_list(&rule->scope.region_ids, "r1 r2");
    expect_list(&rule->scope.exclude_region_ids, "r3");
    expect_list(&rule->scope.resource_group_ids, "g1");
    expect_list(&rule->scope.exclude_resource_group_ids, "g2");
    expect_list(&rule->scope.resource_ids, "i1");
    expect_list(&rule->scope.exclude_resource_ids, "i2");
    cr_assert_eq(rule->scope.tags.count, 2);
    cr_expect_str_eq(rule->scope.tags.items[0].key, "k");
    cr_expect_str_eq(rule->scope.tags.items[0].value, "v");
    cr_expect_str_eq(rule->scope.tags.items[1].key, "any");
    cr_expect_null(rule->scope.tags.items[1].value, "an absent value is any value");
    cr_assert_eq(rule->scope.exclude_tags.count, 1);
    cr_expect_str_eq(rule->scope.exclude_tags.items[0].value, "", "an empty value is a value");
    cr_expect(rule->scope.all_tags);
    cr_expect_eq(diags.count, 0);
}

Test(rule, defaults)
{
    add("{'id': 'a', 'checkItems': [{'uuid': 'u'}], 'resourceTypes': ['t'], 'condition': {},"
        "'scope': null, 'missing': 'vendor', 'name': ''}",
        "a.json");
    const struct rule *rule = &set.rules[0];
    cr_expect_not(rule->broken);
    cr_expect_str_eq(rule->name, "a", "the name is the id");
    cr_expect_str_eq(rule->description, "");
    cr_expect_str_eq(rule->remediation, "");
    cr_expect_eq(rule->risk, RISK_MEDIUM);
    cr_expect_not(rule->missing_is_insufficient);
    cr_expect_not(rule->scope.all_tags);
    cr_expect_eq(rule->scope.region_ids.count, 0);
    cr_expect_eq(diags.count, 0);
}

#define RULE(id)                                                                                   \
    "{'id': '" id "', 'checkItems': [{'uuid': 'u'}], 'resourceTypes': ['t'], 'condition': {}}"

Test(rule, the_three_shapes_of_a_file)
{
    add(RULE("a"), "one.json");
    add("[" RULE("b") ", " RULE("c") "]", "list.json");
    add("{'rules': [" RULE("d") "]}", "object.json");
    add("[]", "empty.json");
    cr_assert_eq(set.count, 4);
    static const char *const WANTED[][3] = {{"a", "", "/condition"},
                                            {"b", "/0", "/0/condition"},
                                            {"c", "/1", "/1/condition"},
                                            {"d", "/rules/0", "/rules/0/condition"}};
    for (size_t i = 0; i < set.count; i++) {
        cr_expect_str_eq(set.rules[i].id, WANTED[i][0]);
        cr_expect_str_eq(set.rules[i].pointer, WANTED[i][1]);
        cr_expect_str_eq(set.rules[i].condition_pointer, WANTED[i][2]);
        cr_expect_eq(rule_set_find(&set, WANTED[i][0]), &set.rules[i]);
    }
    cr_expect_null(rule_set_find(&set, "z"));
    cr_expect_eq(diags.count, 0);
}

static void expect_operator(const struct rule *rule, const char *wanted)
{
    cr_assert_not(rule->broken, "%s", rule->broken_reason);
    const char *operator_name = json_string_value(json_object_get(rule->condition, "operator"));
    cr_assert_not_null(operator_name);
    cr_expect_str_eq(operator_name, wanted);
    cr_expect_str_eq(rule->condition_pointer, "/ComplianceConditions");
}

Test(rule, the_vendors_json_in_a_string_loads_in_one_and_in_two_layers)
{
    add("{'id': 'a', 'checkItems': [{'uuid': 'u'}], 'resourceTypes': ['t'], "
        "'ComplianceConditions': '{\\'operator\\': \\'and\\', \\'children\\': []}'}",
        "a.json");
    add("{'id': 'b', 'checkItems': [{'uuid': 'u'}], 'resourceTypes': ['t'], "
        "'ComplianceConditions': '{\\'ComplianceConditions\\': "
        "\\'{\\\\\\'operator\\\\\\': \\\\\\'or\\\\\\', \\\\\\'children\\\\\\': []}\\'}'}",
        "b.json");
    add("{'id': 'c', 'checkItems': [{'uuid': 'u'}], 'resourceTypes': ['t'], "
        "'ComplianceConditions': '{\\'ComplianceConditions\\': {\\'operator\\': \\'and\\'}}'}",
        "c.json");
    expect_operator(&set.rules[0], "and");
    expect_operator(&set.rules[1], "or");
    expect_operator(&set.rules[2], "and");
}

Test(rule, json_in_a_string_in_a_string_without_end_is_refused)
{
    char *text = mem_text("'x'");
    for (int i = 0; i < 6; i++) {
        json_t *string = json_string(text);
        mem_free(&text);
        char *dumped = json_dumps(string, JSON_ENCODE_ANY);
        text = mem_text(dumped);
        mem_free(&dumped);
        json_decref(string);
    }
    char *json = mem_format("{\"id\": \"a\", \"checkItems\": [{\"uuid\": \"u\"}], "
                            "\"resourceTypes\": [\"t\"], \"ComplianceConditions\": %s}",
                            text);
    struct err err = ERR_INIT;
    cr_assert_eq(rule_set_add(&set, json, strlen(json), "a.json", &diags, &err), ERR_OK);
    cr_expect(set.rules[0].broken);
    cr_expect_null(set.rules[0].condition);
    cr_expect_eq(diags.errors, 1);
    mem_free(&json);
    mem_free(&text);
}

Test(rule, a_rule_that_names_no_check_item_is_unbound)
{
    add("[{'id': 'a', 'resourceTypes': ['t'], 'condition': {}},"
        "{'id': 'b', 'checkItems': [], 'resourceTypes': ['t'], 'condition': {}}]",
        "a.json");
    cr_expect_not(set.rules[0].broken);
    cr_expect_not(set.rules[1].broken);
    cr_expect_eq(diags.warnings, 2);
    cr_expect_str_eq(diags.items[0].code, "rule.unbound");
    cr_expect_str_eq(diags.items[1].pointer, "/1");
}

Test(rule, a_member_beside_rules_breaks_all_of_the_file)
{
    add("{'missing': 'INSUFFICIENT_DATA', 'rules': [" RULE("a") ", " RULE("b") "], 'id': 'x'}",
        "a.json");
    add("{'rules': [" RULE("c") "]}", "b.json");
    cr_assert_eq(set.count, 3);
    cr_expect(set.rules[0].broken);
    cr_expect(set.rules[1].broken);
    cr_expect_not(set.rules[2].broken);
    cr_assert_eq(diags.errors, 2);
    cr_expect_str_eq(diags.items[0].code, "rule.member.unknown");
    cr_expect_str_eq(diags.items[0].pointer, "/missing");
    cr_expect_str_eq(
        diags.items[0].message,
        "unknown member \"missing\" beside \"rules\", which stands alone; what holds for "
        "a rule goes into the rule itself, and until then none of this file is used");
    cr_expect_str_eq(diags.items[1].pointer, "/id");
    expect_list(&set.rules[1].item_uuids, "u");
}

// Of a rule that is broken for what names its check items, so that they show it.
Test(rule, what_may_name_a_check_item_is_taken_for_it)
{
    static const struct {
        const char *member;
        const char *uuids;
        const char *names;
    } ROWS[] = {
        {"'checkItem': [{'uuid': 'u'}, {'name': 'n'}]", "u", "n"},
        {"'checkitems': [{'name': 'n'}]", "", "n"},
        {"'checkItem': {'name': 'n'}", "n", "n"},
        {"'checkItems': {'uuid': 'u'}", "u", "u"},
        {"'checkItems': ['u']", "u", "u"},
        {"'checkItems': 'u'", "u", "u"},
        {"'checkItems': [{'nmae': 'n'}, {'uuid': 'u', 'name': 'm'}]", "n u m", "n u m"},
        {"'checkItems': [{'uuid': 7}]", "", ""},
        {"'checkItems': [{}]", "", ""},
        {"'checks': [{'uuid': 'u'}]", "", ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        char *text = mem_format("{'id': 'r%zu', %s, 'resourceTypes': ['t'], 'condition': {}}", i,
                                ROWS[i].member);
        add(text, "a.json");
        const struct rule *rule = &set.rules[i];
        cr_expect(rule->broken, "%s", ROWS[i].member);
        expect_list(&rule->item_uuids, ROWS[i].uuids);
        expect_list(&rule->item_names, ROWS[i].names);
        cr_expect_eq(rule_is_lost(rule), ROWS[i].uuids[0] == '\0' && ROWS[i].names[0] == '\0');
        mem_free(&text);
    }
}

Test(rule, broken_rules_stay_and_the_others_go_on)
{
    add("[" RULE("a") ", {'name': 'no id'}, " RULE("a") ", " RULE("b") "]", "a.json");
    add("[" RULE("b") "]", "b.json");
    cr_assert_eq(set.count, 5);
    static const struct {
        const char *id;
        const char *name;
        bool broken;
    } WANTED[] = {{"a", "a", false},
                  {"a.json#2", "no id", true},
                  {"a.json#3", "a.json#3", true},
                  {"b", "b", false},
                  {"b.json#1", "b.json#1", true}};
    for (size_t i = 0; i < set.count; i++) {
        cr_expect_str_eq(set.rules[i].id, WANTED[i].id);
        cr_expect_str_eq(set.rules[i].name, WANTED[i].name);
        cr_expect_eq(set.rules[i].broken, WANTED[i].broken);
    }
    cr_expect_eq(rule_set_find(&set, "b"), &set.rules[3], "the first of two");
    cr_expect_not_null(strstr(set.rules[4].broken_reason, "a.json /3 already"), "%s",
                       set.rules[4].broken_reason);
}

Test(rule, a_rule_keeps_the_first_reason_for_which_it_was_broken)
{
    add(RULE("a"), "a.json");
    rule_break(&set.rules[0], &diags, "rule.operator.unknown", "/condition/operator", "first %d",
               1);
    rule_break(&set.rules[0], &diags, "rule.path", "/condition/featurePath", "second");
    cr_expect(set.rules[0].broken);
    cr_expect_str_eq(set.rules[0].broken_reason, "first 1");
    cr_assert_eq(diags.count, 2);
    cr_expect_str_eq(diags.items[0].file, "a.json");
    cr_expect_str_eq(diags.items[0].pointer, "/condition/operator");
    cr_expect_str_eq(diags.items[1].message, "second");
}

Test(rule, several_faults_of_one_rule_are_all_told)
{
    add("{'id': 'a', 'resourceTypes': [], 'riskLevel': 9, 'checkItems': [{'uuid': 'u'}]}",
        "a.json");
    cr_expect_eq(diags.errors, 3);
    cr_expect_str_eq(set.rules[0].broken_reason,
                     "this is empty; at least one resource type is right (at /resourceTypes)");
}

// One rule with a number that nothing can be compared with is broken alone; the others keep theirs.
Test(rule, numbers_are_as_they_were_written)
{
    add("[{'id': 'a', 'checkItems': [{'uuid': 'u'}], 'resourceTypes': ['t'], 'condition': "
        "{'desired': [18446744073709551617, 1.10, 7]}}, {'id': 'b', 'checkItems': [{'uuid': 'u'}], "
        "'resourceTypes': ['t'], 'condition': {'desired': 1e1000000000}}, {'id': 'c', "
        "'checkItems': [{'uuid': 'u'}], 'resourceTypes': ['t'], 'ComplianceConditions': "
        "'{\\'desired\\': 1e400}'}]",
        "n.json");
    cr_assert_eq(set.count, 3);
    const json_t *list = json_object_get(set.rules[0].condition, "desired");
    cr_expect(span_equals_text(json_number_text(json_array_get(list, 0)), "18446744073709551617"));
    cr_expect(span_equals_text(json_number_text(json_array_get(list, 1)), "1.10"));
    cr_expect_eq(json_integer_value(json_array_get(list, 2)), 7);
    const json_t *desired = json_object_get(set.rules[2].condition, "desired");
    cr_expect(span_equals_text(json_number_text(desired), "1e400"));
    cr_expect_not(set.rules[0].broken);
    cr_expect(set.rules[1].broken);
    cr_expect_not(set.rules[2].broken);
    cr_expect_eq(diags.errors, 1);
}
