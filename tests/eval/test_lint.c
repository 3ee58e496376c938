// SPDX-License-Identifier: MIT
//
// What is found in rules: code, place, words.
#include "base/check.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "eval/lint.h"

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

static void add(struct lint *lint, const char *name, const char *text)
{
    char *json = json_of(text);
    lint_add_file(lint, name, span_of(json));
    mem_free(&json);
}

// "severity code place-text: message" of each, one a line; the text at the place is cut out of
// `text`, in which ' stands for ".
static char *findings_of(struct lint *lint, const char *text)
{
    const struct lint_findings *findings = lint_finish(lint);
    struct buf out;
    buf_init(&out, 1024 * 1024);
    for (size_t i = 0; i < findings->count; i++) {
        const struct lint_finding *finding = &findings->items[i];
        const struct lint_code *code = lint_code_find(finding->code);
        cr_expect_not_null(code, "%s", finding->code);
        (void)buf_append_format(&out, "%s %s ", lint_severity_text(finding->severity),
                                finding->code);
        if (finding->place.line > 0 && text != NULL) {
            cr_assert_leq(finding->place.offset + finding->place.len, strlen(text));
            (void)buf_append(&out, text + finding->place.offset, finding->place.len);
        }
        (void)buf_append_format(&out, ": %s\n", finding->message);
    }
    return buf_take(&out);
}

static void expect_found(const char *rules, const char *wanted)
{
    struct lint *lint = lint_create(false);
    add(lint, "r.json", rules);
    lint_compile(lint);
    char *found = findings_of(lint, rules);
    cr_expect_str_eq(found, wanted, "%s\n%s", rules, found);
    mem_free(&found);
    lint_destroy(&lint);
}

#define RULE(more)      "{'id': 'r', 'checkItems': [{'uuid': 'u'}], 'resourceTypes': ['t'], " more "}"
#define WITH(condition) RULE("'condition': " condition)
#define CLAUSE(path, op)                                                                           \
    "{'featureSource': 'CONFIGURATION', 'featurePath': '" path "', 'operator': " op "}"
#define GROUP(op, children) "{'operator': '" op "', 'children': [" children "]}"
#define SCOPE(scope)        RULE("'scope': {" scope "}, 'condition': " CLAUSE("$.v", "'IsEmpty'"))

Test(lint, nothing_is_found_in_good_rules)
{
    expect_found(WITH(CLAUSE("$.v", "'IsEmpty'")), "");
    expect_found(WITH(GROUP("or", CLAUSE("$.v", "'StringEquals', 'desired': 'a'") "," CLAUSE(
                                      "$.v", "'StringEquals', 'desired': 'b'"))),
                 "");
    expect_found(WITH(GROUP("and", CLAUSE("$.v", "'Greater', 'desired': 1") "," CLAUSE(
                                       "$.v", "'Less', 'desired': 5"))),
                 "");
    expect_found(SCOPE("'regionIds': ['a'], 'tags': [{'key': 'a'}, {'key': 'b'}], 'tagLogic': "
                       "'AND', 'excludeTags': [{'key': 'a', 'value': 'x'}]"),
                 "");
}

Test(lint, what_breaks_rules_stands_at_its_place)
{
    expect_found(WITH(CLAUSE("$.v", "'StringEqual', 'desired': 'x'")),
                 "error rule.operator.unknown 'StringEqual': unknown operator \"StringEqual\"; did "
                 "you mean \"StringEquals\"?\n");
    expect_found(RULE("'scpoe': {'a': 1}, 'condition': " CLAUSE("$.v", "'IsEmpty'")),
                 "error rule.member.unknown 'scpoe': unknown member \"scpoe\"; did you mean "
                 "\"scope\"?\n");
    expect_found(RULE("'ComplianceConditions': '{\\'operator\\': \\'IsEmpty\\', "
                      "\\'featurePath\\': \\'$.v\\'}'"),
                 "error rule.condition.missing '{\\'operator\\': \\'IsEmpty\\', "
                 "\\'featurePath\\': \\'$.v\\'}': featureSource is missing; give a text\n");
    expect_found("{'id': 'r',\n  'id2': 5,,\n}",
                 "error rule.json ,: the JSON is wrong: string or '}' expected near ','\n");
    expect_found("[]", "error lint.file.empty [: this file holds no rules\n");
    expect_found("", "error rule.json : this is empty; a JSON document is right\n");
    expect_found("{'a': 1}", "error rule.shape {: this holds no rules; a rule, an array of rules "
                             "or {\"rules\": [...]} is right\n");
}

#define IS(comparator, pattern)                                                                    \
    "{'value': '${resource().properties.v}', 'comparator': '" comparator "', 'pattern': " pattern  \
    "}"
#define POLICY(tree) RULE("'policy_rule': " tree)
#define NO_FAIL(why)                                                                               \
    "warning lint.never.fails 'policy_rule': no resource can fail this rule: " why "\n"
#define NO_PASS(why)                                                                               \
    "warning lint.never.passes 'policy_rule': no resource can pass this rule: " why "\n"
#define RULED_OUT "its conditions rule each other out"

// A policy describes the violation.
Test(lint, policies_that_no_resource_passes_or_fails)
{
    expect_found(POLICY("{'allOf': [" IS("equals", "'a'") "," IS("equals", "'b'") "]}"),
                 NO_FAIL(RULED_OUT));
    expect_found(POLICY("{'anyOf': [" IS("equals", "'a'") "," IS("notEquals", "'a'") "]}"),
                 NO_PASS(RULED_OUT));
    expect_found(POLICY("{'allOf': [" IS("greater", "5") "," IS("less", "'4.5'") "]}"),
                 NO_FAIL(RULED_OUT));
    expect_found(
        POLICY("{'allOf': [" IS("in", "['a', 'b']") "," IS("notIn", "['b', 'a', 'c']") "]}"),
        NO_FAIL(RULED_OUT));
    expect_found(
        POLICY(IS("in", "[]")),
        NO_FAIL("${resource().properties.v} in \"[]\" is never true, whatever a resource holds"));
    expect_found(POLICY("{'value': 1, 'comparator': 'equals', 'pattern': 2}"),
                 NO_FAIL("1 equals \"2\" is never true, whatever a resource holds"));
    // a value is of one kind, and nothing is known of how it compares with the others
    expect_found(POLICY("{'anyOf': [" IS("equals", "null") "," IS("in", "['a', 5]") "]}"),
                 NO_PASS(RULED_OUT));
    // one branch of an anyOf
    expect_found(POLICY("{'anyOf': [" IS("less", "0") ", {'allOf': [" IS("equals", "'a'") "," IS(
                     "equals", "true") "]}]}"),
                 "warning lint.branch.false {: this branch is never true: " RULED_OUT "\n");
    // and those that can come out both ways
    static const char *const GOOD[] = {
        POLICY("{'allOf': [" IS("greaterOrEquals", "5") "," IS("lessOrEquals", "5.0") "]}"),
        POLICY("{'allOf': [" IS("greater", "5") "," IS("less", "5.1") "]}"),
        POLICY("{'allOf': [" IS("equals", "'5'") "," IS("greater", "4") "]}"),
        POLICY("{'allOf': [" IS("notEquals", "'5.0'") "," IS("lessOrEquals", "5") "," IS(
            "greaterOrEquals", "5") "]}"),
        POLICY("{'allOf': [" IS("contains", "'a'") "," IS("contains", "'b'") "]}"),
        POLICY("{'allOf': [" IS("equals", "['a']") "," IS("equals", "['b']") "]}"),
        POLICY("{'allOf': [" IS("notEquals", "12345678901") "," IS("equals", "12345678901.5") "]}"),
        POLICY("{'allOf': [{'value': '${resource().type}', 'comparator': 'equals', 'pattern': 'A'},"
               "{'value': '${resource().type}', 'comparator': 'equals', 'pattern': 'a'}]}"),
        POLICY("{'anyOf': [" IS("equals", "null") "," IS("in", "['a', 'b']") "]}"),
    };
    for (size_t i = 0; i < ARRAY_LEN(GOOD); i++) {
        expect_found(GOOD[i], "");
    }
    expect_found(POLICY(IS("greater", "'abc'")),
                 "error rule.policy.pattern 'abc': pattern is a text that is no number; greater "
                 "takes a number, a text that is one, or a template that yields one\n");
    expect_found(POLICY("{'not': {'allOf': []}}"),
                 "error rule.condition.member 'not': unknown member \"not\"; one of \"allOf\", "
                 "\"anyOf\", \"value\", \"comparator\", \"pattern\" is right\n");
}

Test(lint, rules_that_no_resource_passes_or_fails)
{
    expect_found(
        "[\n" WITH(GROUP("and", "\n" CLAUSE("$.v", "'StringEquals', 'desired': 'a'") ",\n" CLAUSE(
                                    "$[v]", "'StringEquals', 'desired': 'b'"))) "]",
        "warning lint.never.passes 'condition': no resource can pass this rule: $.v StringEquals "
        "\"a\" and $[v] StringEquals \"b\" are never both true (lines 3 and 4)\n");
    expect_found(WITH(GROUP("or", CLAUSE("$.v", "'CountLess', 'desired': 3") "," CLAUSE(
                                      "$.v", "'CountGreater', 'desired': 2"))),
                 "warning lint.never.fails 'condition': no resource can fail this rule: $.v "
                 "CountLess \"3\" and $.v CountGreater \"2\" are never both false (line 1)\n");
    expect_found(WITH(CLAUSE("$.v", "'CountLess', 'desired': 0")),
                 "warning lint.never.passes 'condition': no resource can pass this rule: $.v "
                 "CountLess \"0\" is never true, whatever a resource holds\n");
    // three of which each two go together
    expect_found(
        WITH(GROUP(
            "and",
            CLAUSE("$.v", "'StringIn', 'desired': 'a, b'") "," CLAUSE(
                "$.v",
                "'StringIn', 'desired': 'b, c'") "," CLAUSE("$.v",
                                                            "'StringIn', 'desired': 'c, a'"))),
        "warning lint.never.passes 'condition': no resource can pass this rule: its clauses on $.v "
        "rule each other out\n");
    // across groups: v is a, and it is b or c
    expect_found(
        WITH(GROUP("and", CLAUSE("$.v", "'StringEquals', 'desired': 'a'") "," GROUP(
                              "or", CLAUSE("$.v", "'StringEquals', 'desired': 'b'") "," CLAUSE(
                                        "$.v", "'StringEquals', 'desired': 'c'")))),
        "warning lint.never.passes 'condition': no resource can pass this rule: its clauses on $.v "
        "rule each other out\n");
}

Test(lint, branches_that_say_nothing)
{
    expect_found(WITH(GROUP("or", CLAUSE("$.w", "'IsEmpty'") "," GROUP(
                                      "and", CLAUSE("$.v", "'IsEmpty'") "," CLAUSE(
                                                 "$.v", "'IsNotStringEmpty'")))),
                 "warning lint.branch.false {: this branch is never true: $.v IsEmpty and $.v "
                 "IsNotStringEmpty are never both true (line 1)\n");
    expect_found(WITH(GROUP("and", CLAUSE("$.w", "'IsEmpty'") "," CLAUSE(
                                       "$.v", "'CountGreaterOrEquals', 'desired': 0"))),
                 "warning lint.branch.true {: this branch is never false: $.v CountGreaterOrEquals "
                 "\"0\" is never false, whatever a resource holds\n");
    expect_found(
        "[" WITH("\n" GROUP(
            "or", CLAUSE("$.v", "'Less', 'desired': 5") ",\n" CLAUSE(
                      "$.w", "'IsEmpty'") ",\n" CLAUSE("$[v]", "'Less', 'desired': '5'"))) "]",
        "warning lint.branch.repeated {: this says the same as the branch in line 2; leave one of "
        "the two out\n");
}

Test(lint, rules_that_judge_alike)
{
    struct lint *lint = lint_create(false);
    add(lint, "a.json", WITH(CLAUSE("$.v", "'IsEmpty'")));
    add(lint, "b.json",
        "[\n{'id': 'twin', 'name': 'N', 'checkItems': [{'uuid': 'x'}], 'resourceTypes': ['T'], "
        "'riskLevel': 1, 'condition': " CLAUSE(
            "$.v", "'IsEmpty'") "},\n"
                                "{'id': 'other', 'checkItems': [{'uuid': 'x'}], 'resourceTypes': "
                                "['t', 's'], "
                                "'condition': " CLAUSE("$.v", "'IsEmpty'") "}]");
    add(lint, "c.json", RULE("'condition': " CLAUSE("$.w", "'IsEmpty'")));
    lint_compile(lint);
    char *found = findings_of(lint, NULL);
    cr_expect_str_eq(found,
                     "warning lint.rule.repeated : this rule judges as rule r does (a.json:1): "
                     "same condition, resource types and scope; one rule can be bound to the check "
                     "items of both\n"
                     "error rule.id.taken : the id \"r\" is that of the rule at a.json already; "
                     "each rule needs its own\n");
    const struct lint_findings *findings = lint_finish(lint);
    cr_expect_str_eq(findings->items[0].rule, "twin");
    cr_expect_str_eq(findings->items[0].file, "b.json");
    cr_expect_eq(findings->items[0].place.line, 2);
    cr_expect_str_eq(findings->items[1].file, "c.json");
    mem_free(&found);
    lint_destroy(&lint);
}

Test(lint, scopes)
{
    expect_found(SCOPE("'regionIds': ['a', 'b'], 'excludeRegionIds': ['c', 'b', 'a']"),
                 "warning lint.scope.dead 'regionIds': no resource is in this scope: all that "
                 "regionIds lists is excluded by excludeRegionIds, and exclusion wins\n");
    expect_found(SCOPE("'resourceIds': ['a', 'b'], 'excludeResourceIds': ['c', 'b']"),
                 "note lint.scope.useless 'c': \"c\" need not be excluded, because resourceIds "
                 "does not list it\n"
                 "note lint.scope.useless 'b': \"b\" is in resourceIds as well, where it does not "
                 "count, because exclusion wins\n");
    expect_found(SCOPE("'tags': [{'key': 'a', 'value': 'x'}], 'excludeTags': [{'key': 'a'}]"),
                 "warning lint.scope.dead 'tags': no resource is in this scope: all that tags "
                 "lists is excluded by excludeTags, and exclusion wins\n");
    expect_found(SCOPE("'tags': [{'key': 'a'}, {'key': 'b'}], 'tagLogic': 'AND', 'excludeTags': "
                       "[{'key': 'b'}]"),
                 "warning lint.scope.dead 'tags': no resource is in this scope: it wants a tag "
                 "that excludeTags excludes, and exclusion wins\n");
    expect_found(SCOPE("'tags': [{'key': 'a', 'value': 'x'}, {'key': 'a', 'value': 'y'}], "
                       "'tagLogic': 'AND'"),
                 "warning lint.scope.dead 'tags': no resource is in this scope: with tagLogic AND "
                 "it wants two values of one tag\n");
    expect_found(SCOPE("'tags': [{'key': 'a'}, {'key': 'b'}], 'excludeTags': [{'key': 'b'}]"), "");
    expect_found(SCOPE("'excludeRegionIds': ['a', 'b', 'a']"),
                 "note lint.list.repeated 'a': \"a\" is in this list already; once is enough\n");
}

Test(lint, members_without_effect)
{
    expect_found(SCOPE("'regionIds': []"), "note lint.member.useless 'regionIds': this has no "
                                           "effect: an empty list does not restrict the scope\n");
    expect_found(SCOPE("'tags': [{'key': 'a'}], 'tagLogic': 'AND'"),
                 "note lint.member.useless 'tagLogic': this has no effect: it says how several "
                 "tags are joined, and there are not several\n");
    expect_found(WITH(CLAUSE("$.v", "'In', 'desired': 'a', 'quantifier': 'all'")),
                 "note lint.member.useless 'quantifier': this has no effect: all values have to "
                 "pass without it as well\n");
    expect_found(RULE("'policy_rule': {'value': '${resource().id}', 'comparator': 'equals', "
                      "'pattern': 'x'}, 'parameters': {'p': {'type': 'String'}}, "
                      "'parameterValues': {'p': 'x'}"),
                 "note lint.member.useless 'p': this has no effect: no template of the "
                 "policy_rule asks for this parameter\n");
    expect_found(RULE("'policy_rule': {'value': '${resource().id}', 'comparator': 'equals', "
                      "'pattern': 'x'}, 'parameters': {'p/~': {'type': 'String'}}, "
                      "'parameterValues': {'p/~': 'x'}"),
                 "note lint.member.useless 'p/~': this has no effect: no template of the "
                 "policy_rule asks for this parameter\n");
    expect_found("{'id': 'r', 'checkItems': [{'uuid': 'u'}], 'resourceTypes': ['t', 'T'], "
                 "'condition': " CLAUSE("$.v", "'IsEmpty'") "}",
                 "note lint.list.repeated 'T': \"T\" is in this list already; once is enough\n");
}

// ---- with an inventory

static void expect_seen(const char *rules, const char *lines, const char *wanted)
{
    struct lint *lint = lint_create(false);
    struct diags problems;
    char *inventory = json_of(lines);
    diags_init(&problems);
    add(lint, "r.json", rules);
    lint_compile(lint);
    const struct eval_block block = {.bytes = inventory, .len = strlen(inventory), .first_line = 1};
    cr_expect_gt(lint_look_at(lint, &block, &problems), 0);
    cr_expect_eq(problems.errors, 0);
    char *found = findings_of(lint, rules);
    cr_expect_str_eq(found, wanted, "%s\n%s", rules, found);
    mem_free(&found);
    mem_free(&inventory);
    diags_deinit(&problems);
    lint_destroy(&lint);
}

#define RECORD(type, configuration)                                                                \
    "{'resourceType': '" type "', 'resourceId': 'i', 'configuration': " configuration "}\n"

Test(lint, types_of_an_inventory)
{
    expect_seen("{'id': 'r', 'checkItems': [{'uuid': 'u'}], 'resourceTypes': ['evs.volums', "
                "'EVS.Volumes', 'iam.users'], 'condition': " CLAUSE("$.v", "'IsEmpty'") "}",
                RECORD("evs.volumes", "{'v': ''}") RECORD("obs.buckets", "{}"),
                "warning lint.type.misspelt 'evs.volums': none of the 2 records of the inventory "
                "is of this type; did you mean \"evs.volumes\"?\n"
                "note lint.type.unseen 'iam.users': none of the 2 records of the inventory is of "
                "this type\n");
}

Test(lint, paths_that_find_nothing)
{
    expect_seen(WITH(CLAUSE("$.encryptd", "'StringEquals', 'desired': 'true'")),
                RECORD("t", "{'encrypted': true}") RECORD("t", "{}") RECORD("s", "{'encryptd': 1}"),
                "warning lint.path.unseen '$.encryptd': $.encryptd finds nothing in any of the 2 "
                "records of type t; did you mean \"encrypted\"?\n");
    expect_seen(WITH(CLAUSE("$.list[*].nmae", "'Contains', 'desired': 'x'")),
                RECORD("t", "{'list': [{'name': 1}]}"),
                "warning lint.path.unseen '$.list[*].nmae': $.list[*].nmae finds nothing in any "
                "of the 1 records of type t; did you mean \"name\"?\n");
    expect_seen(WITH(CLAUSE("$.password", "'IsEmpty'")), RECORD("t", "{'x': 1}"),
                "note lint.path.absent '$.password': $.password finds nothing in any of the 1 "
                "records of type t, and IsEmpty is true then\n");
    expect_seen(WITH(CLAUSE("$.pasword", "'IsEmpty'")), RECORD("t", "{'password': 1}"),
                "warning lint.path.unseen '$.pasword': $.pasword finds nothing in any of the 1 "
                "records of type t; did you mean \"password\"?\n");
    expect_seen(WITH(CLAUSE("$.v", "'StringEquals', 'desired': 'x'")),
                RECORD("t", "{'v': null}") RECORD("t", "{'v': 'y'}"), "");
    expect_seen(WITH(CLAUSE("$.v", "'StringEquals', 'desired': 'x'")), RECORD("t", "{'v': null}"),
                "warning lint.path.unseen '$.v': $.v finds nothing in any of the 1 records of "
                "type t\n");
    expect_seen(RULE("'policy_rule': {'value': '${resource().properties.a}', 'comparator': "
                     "'equals', 'pattern': 'x'}"),
                RECORD("t", "{'b': 1}"),
                "warning lint.path.unseen '${resource().properties.a}': "
                "${resource().properties.a} finds nothing in any of the 1 records of type t\n");
}

Test(lint, operators_and_what_they_look_at)
{
    expect_seen(WITH(CLAUSE("$.v", "'Greater', 'desired': 5")),
                RECORD("t", "{'v': 'big'}") RECORD("t", "{'v': 'small'}") RECORD("t", "{}"),
                "warning lint.value.type 'Greater': Greater gives no verdict on any of the 2 "
                "records in which $.v finds something: the value found is no number, such as "
                "\"big\" in line 1 of the inventory\n");
    expect_seen(WITH(CLAUSE("$.v", "'Greater', 'desired': 5")),
                RECORD("t", "{'v': 7}") RECORD("t", "{'v': 'small'}"),
                "note lint.value.mixed 'Greater': Greater gives no verdict on 1 of the 2 records "
                "in which $.v finds something: the value found is no number, such as \"small\" in "
                "line 2 of the inventory\n");
    expect_seen(WITH(CLAUSE("$.v", "'StringEquals', 'desired': 'x'")),
                RECORD("t", "{'v': {'a': 1}}"),
                "warning lint.value.type 'StringEquals': StringEquals gives no verdict on any of "
                "the 1 records in which $.v finds something: an object or a nested list was found "
                "where one value is compared, such as {\"a\":1} in line 1 of the inventory\n");
    expect_seen(WITH(CLAUSE("$.rules", "'NotContains', 'desired': '0.0.0.0/0'")),
                RECORD("t", "{'rules': [{'cidr': '0.0.0.0/0'}]}"),
                "warning lint.value.type 'NotContains': NotContains gives no verdict on any of the "
                "1 records in which $.rules finds something: an object or a nested list was found "
                "where one value is compared, such as {\"cidr\":\"0.0.0.0/0\"} in line 1 of the "
                "inventory\n");
    expect_seen(WITH("{'featureSource': 'CONFIGURATION_FIELD_$.v', 'featurePath': '$.a', "
                     "'operator': 'IsEmpty'}"),
                RECORD("t", "{'v': 'no json'}"),
                "warning lint.value.type 'IsEmpty': IsEmpty gives no verdict on any of the 1 "
                "records in which $.a finds something: the property that featureSource names "
                "holds no JSON document, such as \"\" in line 1 of the inventory\n");
    // an age is not known without an instant, which is no fault of the values
    expect_seen(WITH(CLAUSE("$.v", "'AgeLess', 'desired': 5")), RECORD("t", "{'v': '2026-11-21'}"),
                "");
    expect_seen(RULE("'policy_rule': {'value': '${resource().properties.a}', 'comparator': "
                     "'equals', 'pattern': 'x'}"),
                RECORD("t", "{'a': 1}"),
                "warning lint.value.type 'equals': equals gives no verdict on any of the 1 "
                "records in which ${resource().properties.a} finds something: the value found and "
                "the pattern are of types that do not compare, such as \"1\" in line 1 of the "
                "inventory\n");
}

// ---- with a pack

Test(lint, rules_and_check_items)
{
    static const char PACK[] =
        "\xef\xbb\xbf{\"uuid\": \"p\", \"name\": \"P\", \"spec_catalog_vo_list\": [{\"uuid\": "
        "\"c\", \"root\": "
        "\"p\", \"parent\": \"p\", \"serial_number\": 1, \"level_number\": 0, \"is_leaf\": true, "
        "\"check_items\": [{\"uuid\": \"u\", \"name\": \"U\"},\n {\"uuid\": \"v\", \"name\": "
        "\"V\"}, {\"uuid\": \"w\", \"name\": \"W\"}]}]}";
    struct pack *pack = NULL;
    struct diags diags;
    struct err err = ERR_INIT;
    diags_init(&diags);
    cr_assert_eq(pack_load(PACK, strlen(PACK), "p.json", &pack, &diags, &err), ERR_OK);
    struct lint *lint = lint_create(false);
    add(lint, "r.json",
        "[{'id': 'a', 'checkItems': [{'uuid': 'u'}, {'name': 'W'}], 'resourceTypes': ['t'], "
        "'condition': " CLAUSE("$.v", "'IsEmpty'") "}, {'id': 'b', 'checkItems': [{'uuid': 'x'}], "
                                                   "'resourceTypes': ['t'], 'condition': " CLAUSE(
                                                       "$.w", "'IsEmpty'") "}]");
    lint_compile(lint);
    lint_bind(lint, pack, "p.json", span_of(PACK));
    char *found = findings_of(lint, NULL);
    cr_expect_str_eq(found,
                     "warning rule.unbound : rule b: none of its check items is in pack p; it does "
                     "not run\n"
                     "note lint.item.unchecked : no rule is bound to check item \"V\"; without an "
                     "attestation it stays MANUAL\n",
                     "%s", found);
    const struct lint_finding *last = &lint_finish(lint)->items[1];
    cr_expect_str_eq(last->file, "p.json");
    cr_expect_str_eq(last->pointer, "/spec_catalog_vo_list/0/check_items/1");
    cr_expect_eq(last->place.line, 2);
    mem_free(&found);
    lint_destroy(&lint);
    pack_destroy(&pack);
    diags_deinit(&diags);
}

// ---- the whole

// The parser quotes what it stumbles over, and may cut it inside of a character.
Test(lint, messages_are_utf8)
{
    struct lint *lint = lint_create(false);
    add(lint, "r.json", RULE("'ComplianceConditions': '{\\\xe7\xbc\x90x'"));
    lint_compile(lint);
    const struct lint_findings *findings = lint_finish(lint);
    cr_assert_gt(findings->count, 0);
    for (size_t i = 0; i < findings->count; i++) {
        const char *message = findings->items[i].message;
        cr_expect(text_is_utf8(message, strlen(message), NULL), "%s", message);
    }
    lint_destroy(&lint);
}

Test(lint, strict_vendor)
{
    struct lint *lint = lint_create(true);
    add(lint, "r.json", WITH(CLAUSE("$.v", "'StringMatches', 'desired': 'x'")));
    lint_compile(lint);
    cr_expect_eq(lint_finish(lint)->of[LINT_ERROR], 1);
    cr_expect_str_eq(lint_finish(lint)->items[0].code, "rule.condition.own");
    lint_destroy(&lint);
}

Test(lint, beyond_the_limit_only_the_counts_grow)
{
    struct lint *lint = lint_create(false);
    struct buf text;
    buf_init(&text, 1024 * 1024);
    (void)buf_append_text(&text, "{\"id\": \"r\", \"checkItems\": [{\"uuid\": \"u\"}], "
                                 "\"resourceTypes\": [\"t\"");
    for (size_t i = 0; i < LIMIT_LINT_FINDINGS + 5; i++) {
        (void)buf_append_text(&text, ",\"t\"");
    }
    (void)buf_append_text(&text, "], \"condition\": {\"featureSource\": \"CONFIGURATION\", "
                                 "\"featurePath\": \"$.v\", \"operator\": \"IsEmpty\"}}");
    lint_add_file(lint, "r.json", (struct span){buf_text(&text), text.len});
    lint_compile(lint);
    cr_expect_eq(lint_finish(lint)->of[LINT_NOTE], LIMIT_LINT_FINDINGS + 5);
    cr_expect_eq(lint_finish(lint)->count, LIMIT_LINT_FINDINGS);
    buf_deinit(&text);
    lint_destroy(&lint);
}

// 'member': [a text with each of the numbers], forwards or backwards.
static void append_list(struct buf *out, const char *member, size_t count, bool is_backwards)
{
    (void)buf_append_format(out, "'%s': [", member);
    for (size_t i = 0; i < count; i++) {
        (void)buf_append_format(out, "%s'%06zu'", i == 0 ? "" : ",",
                                is_backwards ? count - 1 - i : i);
    }
    (void)buf_append_text(out, "]");
}

enum { LONG = 80000 };

// Each would take billions of comparisons, entry by entry.
Test(lint, long_lists_of_types_take_no_time, .timeout = 60)
{
    struct buf list;
    buf_init(&list, LIMIT_RULE_FILE_BYTES);
    append_list(&list, "resourceTypes", LONG, false);
    char *rule = mem_format("{'id': 'r', 'checkItems': [{'uuid': 'u'}], %s, 'condition': " CLAUSE(
                                "$.v", "'IsEmpty'") "}",
                            buf_text(&list));
    expect_found(rule, "");
    mem_free(&rule);
    buf_deinit(&list);
}

Test(lint, long_lists_of_a_scope_take_no_time, .timeout = 60)
{
    struct buf lists;
    buf_init(&lists, LIMIT_RULE_FILE_BYTES);
    append_list(&lists, "resourceIds", LONG / 2, false);
    (void)buf_append_text(&lists, ", ");
    append_list(&lists, "excludeResourceIds", LONG / 2, true);
    char *rule = mem_format("{'id': 'r', 'checkItems': [{'uuid': 'u'}], 'resourceTypes': ['t'], "
                            "'scope': {%s}, 'condition': " CLAUSE("$.v", "'IsEmpty'") "}",
                            buf_text(&lists));
    expect_found(rule, "warning lint.scope.dead 'resourceIds': no resource is in this scope: all "
                       "that resourceIds lists is excluded by excludeResourceIds, and exclusion "
                       "wins\n");
    mem_free(&rule);
    buf_deinit(&lists);
}

#define TYPES(prefix)                                                                              \
    "'" prefix "1','" prefix "2','" prefix "3','" prefix "4','" prefix "5','" prefix "6','" prefix \
    "7','" prefix "8','" prefix "9','" prefix "10','" prefix "11','" prefix "12'"
#define OF_TYPES(id, types)                                                                        \
    "{'id': '" id "', 'checkItems': [{'uuid': 'u'}], 'resourceTypes': [" types                     \
    "], 'condition': " CLAUSE("$.v", "'IsEmpty'") "}"

// The order of a list says nothing, nor the letter case of types, however long it is.
Test(lint, rules_with_long_lists_that_judge_alike)
{
    expect_found("[" OF_TYPES("a", TYPES("s") "," TYPES("t")) "," OF_TYPES(
                     "b", TYPES("T") "," TYPES("S")) "]",
                 "warning lint.rule.repeated {: this rule "
                 "judges as rule a does (r.json:1): same condition, "
                 "resource types and scope; one "
                 "rule can be bound to the check items of both\n");
    expect_found("[" OF_TYPES("a", TYPES("s") "," TYPES("t")) "," OF_TYPES(
                     "b", TYPES("T") "," TYPES("S") ",'u'") "]",
                 "");
    expect_found("[" OF_TYPES("a", TYPES("s") ",'u'," TYPES("t")) "," OF_TYPES(
                     "b", TYPES("T") "," TYPES("S")) "]",
                 "");
}

// In a set no tag may pass for another.
Test(lint, tags_of_keys_and_values_that_run_together)
{
    expect_found(SCOPE("'tags': [{'key': 'ab', 'value': 'c'}, {'key': 'b'}], 'tagLogic': 'AND', "
                       "'excludeTags': [{'key': 'a', 'value': 'bc'}, {'key': '2-abc'}, {'key': "
                       "'abc'}, {'key': 'b', 'value': 'x'}, {'key': 'ab', 'value': ''}]"),
                 "");
    expect_found(SCOPE("'tags': [{'key': 'a', 'value': 'b'}, {'key': 'ab', 'value': ''}, {'key': "
                       "'a', 'value': 'b'}, {'key': 'a'}], 'tagLogic': 'AND'"),
                 "");
}

Test(lint, codes_are_sorted_and_found)
{
    size_t count;
    const struct lint_code *codes = lint_codes(&count);
    cr_assert_gt(count, 50);
    for (size_t i = 0; i < count; i++) {
        cr_expect(i == 0 || strcmp(codes[i - 1].code, codes[i].code) < 0, "%s", codes[i].code);
        cr_expect_eq(lint_code_find(codes[i].code), &codes[i]);
        cr_expect(codes[i].title[0] != '\0' && codes[i].right[strlen(codes[i].right) - 1] == '.');
    }
    cr_expect_null(lint_code_find("no.such"));
    cr_expect_null(lint_code_find(""));
}

// Numbers of rules keep their digits in all that is found about them.
Test(lint, numbers_as_they_were_written)
{
    struct lint *lint = lint_create(false);
    add(lint, "a.json", WITH(CLAUSE("$.v", "'Equals', 'desired': 9007199254740993.0")));
    add(lint, "b.json",
        "[{'id': 'near', 'checkItems': [{'uuid': 'x'}], 'resourceTypes': ['t'], "
        "'condition': " CLAUSE(
            "$.v",
            "'Equals', 'desired': 9007199254740992.0") "},\n"
                                                       "{'id': 'twin', 'checkItems': [{'uuid': "
                                                       "'x'}], 'resourceTypes': ['t'], "
                                                       "'condition': "
                                                       "{'operator': 'Equals', 'desired': "
                                                       "9007199254740993.0, 'featurePath': '$.v', "
                                                       "'featureSource': 'CONFIGURATION'}}]");
    lint_compile(lint);
    char *found = findings_of(lint, NULL);
    cr_expect_str_eq(found, "warning lint.rule.repeated : this rule judges as rule r does "
                            "(a.json:1): same condition, resource types and scope; one rule can be "
                            "bound to the check items of both\n");
    mem_free(&found);
    lint_destroy(&lint);
    expect_found(
        WITH(GROUP("and", CLAUSE("$.v", "'Equals', 'desired': 18446744073709551617") ", " CLAUSE(
                              "$.v", "'Equals', 'desired': 18446744073709551616.0"))),
        "warning lint.never.passes 'condition': no resource can pass this rule: $.v "
        "Equals \"18446744073709551617\" and $.v Equals \"18446744073709551616.0\" are "
        "never both true (line 1)\n");
    expect_found(WITH(CLAUSE("$.v", "'Equals', 'desired': 1e1000000000")),
                 "error rule.number 1e1000000000: this number has an exponent of more than 9 "
                 "digits; no more are right\n");
    expect_found(
        WITH(CLAUSE("$.v", "'VersionLess', 'desired': 8.10")),
        "error rule.desired.invalid 8.10: desired of VersionLess is a number with a point, "
        "and 8.10 as a number is 8.1; write the version as text\n");
}
