// SPDX-License-Identifier: MIT
#include "base/limits.h"
#include "base/mem.h"
#include "domain/rule.h"
#include "malformed.h"

#include <criterion/criterion.h>
#include <string.h>

static enum err_kind load(const char *json, size_t len, struct diags *diags, struct err *err)
{
    struct rule_set set = {0};
    enum err_kind kind = rule_set_add(&set, json, len, "test.json", diags, err);
    if (kind == ERR_OK) {
        const struct rule *last = &set.rules[set.count - 1];
        cr_expect(last->broken, "%s is not broken", json);
        cr_expect_not_null(last->broken_reason, "%s has no reason", json);
    } else {
        cr_expect_eq(set.count, 0, "nothing was added");
    }
    rule_set_deinit(&set);
    return kind;
}

// What a right rule has beside what a row is about.
#define TYPES "'resourceTypes': ['t']"
#define ITEMS "'checkItems': [{'uuid': 'u'}]"
#define COND  "'condition': {}"
#define REST  ", " TYPES ", " ITEMS ", " COND

static const struct malformed_row DOCUMENTS[] = {
    {"empty", "", "rule.json", "", 0, "this is empty; a JSON document is right"},
    {"blanks", " \n\t", "rule.json", "", 0, "this is empty"},
    {"cut", "[{'id': 'a'},\n\n", "rule.json", NULL, 3, "near end of file"},
    {"comma", "{'id': 'a',\n}", "rule.json", NULL, 2, "string or '}' expected"},
    {"member twice", "{'id': 'a',\n'scope': {},\n'scope': {}}", "rule.duplicate", NULL, 3,
     "duplicate object key"},
    {"text", "'rules'", "rule.shape", "", 0, "a rule, an array of rules or"},
    {"number", "7", "rule.shape", "", 0, "a rule, an array of rules or"},
    {"empty object", "{}", "rule.shape", "", 0, "a rule, an array of rules or"},
    {"misspelt list", "{'rulez': []}", "rule.shape", "", 0, "a rule, an array of rules or"},
    {"rules is an object", "{'rules': {}}", "rule.type", "/rules", 0, "an object; an array"},
    {"rules is null", "{'rules': null}", "rule.type", "/rules", 0, "null; an array"},
};

static const struct malformed_row RULES[] = {
    {"a rule is text", "['a']", "rule.type", "/0", 0, "text; an object is right"},
    {"a rule is null", "{'rules': [null]}", "rule.type", "/rules/0", 0, "null; an object"},
    {"no id", "{'name': 'n'" REST "}", "rule.missing", "", 0, "\"id\" is missing"},
    {"empty id", "{'id': ''" REST "}", "rule.empty", "/id", 0, "text is required"},
    {"id is a number", "{'id': 1" REST "}", "rule.type", "/id", 0, "an integer; text is right"},
    {"id with a slash", "{'id': 'a/b'" REST "}", "rule.value", "/id", 0, "\"a/b\" is no id"},
    {"id with a dot first", "{'id': '.a'" REST "}", "rule.value", "/id", 0, "inside, '.'"},
    {"id with a dot last", "{'id': 'a.'" REST "}", "rule.value", "/id", 0, "inside, '.'"},
    {"id of 65 characters",
     "{'id': 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'" REST "}",
     "rule.value", "/id", 0, "1 to 64 letters"},
    {"name is a list", "{'id': 'a', 'name': []" REST "}", "rule.type", "/name", 0, "text is right"},
    {"remediation is a number", "{'id': 'a', 'remediation': 1" REST "}", "rule.type",
     "/remediation", 0, "text is right"},
    {"misspelt scope", "{'id': 'a', 'scpoe': {}" REST "}", "rule.member.unknown", "/scpoe", 0,
     "unknown member \"scpoe\"; did you mean \"scope\"?"},
    {"member of no likeness", "{'id': 'a', 'zzzzzzzz': {}" REST "}", "rule.member.unknown",
     "/zzzzzzzz", 0, "unknown member \"zzzzzzzz\"; one of \"id\", \"name\""},
    {"member with a slash and a tilde", "{'id': 'a', 'x/y~z': {}" REST "}", "rule.member.unknown",
     "/x~1y~0z", 0, "unknown member"},
    {"member with a control character", "{'id': 'a', '\\u001b[31m': {}" REST "}",
     "rule.member.unknown", "", 0, "unknown member \"\\x1b[31m\""},
    {"second of two", "[{'id': 'a'" REST "}, {'id': 'b', 'Name': 'n'" REST "}]",
     "rule.member.unknown", "/1/Name", 0, "did you mean \"name\"?"},
    {"no resource types", "{'id': 'a', " ITEMS ", " COND "}", "rule.missing", "", 0,
     "\"resourceTypes\" is missing"},
    {"resource types null", "{'id': 'a', 'resourceTypes': null, " ITEMS ", " COND "}",
     "rule.missing", "", 0, "\"resourceTypes\" is missing"},
    {"resource types empty", "{'id': 'a', 'resourceTypes': [], " ITEMS ", " COND "}", "rule.empty",
     "/resourceTypes", 0, "at least one resource type"},
    {"resource types text", "{'id': 'a', 'resourceTypes': 't', " ITEMS ", " COND "}", "rule.type",
     "/resourceTypes", 0, "text; an array is right"},
    {"resource type empty", "{'id': 'a', 'resourceTypes': ['t', ''], " ITEMS ", " COND "}",
     "rule.empty", "/resourceTypes/1", 0, "text is required"},
    {"resource type number", "{'id': 'a', 'resourceTypes': [1], " ITEMS ", " COND "}", "rule.type",
     "/resourceTypes/0", 0, "an integer; text is right"},
    {"check items an object", "{'id': 'a', 'checkItems': {}, " TYPES ", " COND "}", "rule.type",
     "/checkItems", 0, "an object; an array is right"},
    {"check item text", "{'id': 'a', 'checkItems': ['u'], " TYPES ", " COND "}", "rule.type",
     "/checkItems/0", 0, "text; an object is right"},
    {"check item with nothing", "{'id': 'a', 'checkItems': [{}], " TYPES ", " COND "}", "rule.item",
     "/checkItems/0", 0, "its \"uuid\" or its \"name\" is right"},
    {"check item with both",
     "{'id': 'a', 'checkItems': [{'uuid': 'u', 'name': 'n'}], " TYPES ", " COND "}", "rule.item",
     "/checkItems/0", 0, "both there"},
    {"risk level 0", "{'id': 'a', 'riskLevel': 0" REST "}", "rule.value", "/riskLevel", 0,
     "1 (high), 2 (medium) or 3 (low)"},
    {"risk level 4", "{'id': 'a', 'riskLevel': 4" REST "}", "rule.value", "/riskLevel", 0,
     "this is 4; 1 (high), 2 (medium) or 3 (low)"},
    {"risk level text", "{'id': 'a', 'riskLevel': 'high'" REST "}", "rule.type", "/riskLevel", 0,
     "text; an integer is right"},
    {"missing misspelt", "{'id': 'a', 'missing': 'INSUFICIENT_DATA'" REST "}", "rule.value",
     "/missing", 0, "did you mean \"INSUFFICIENT_DATA\"?"},
    {"missing of no likeness", "{'id': 'a', 'missing': 'pass'" REST "}", "rule.value", "/missing",
     0, "one of \"vendor\", \"INSUFFICIENT_DATA\" is right"},
    {"scope a list", "{'id': 'a', 'scope': []" REST "}", "rule.type", "/scope", 0,
     "an array; an object is right"},
    {"scope member misspelt", "{'id': 'a', 'scope': {'regionId': ['r']}" REST "}",
     "rule.member.unknown", "/scope/regionId", 0, "did you mean \"regionIds\"?"},
    {"scope ids text", "{'id': 'a', 'scope': {'resourceIds': 'a,b'}" REST "}", "rule.type",
     "/scope/resourceIds", 0, "text; an array is right"},
    {"scope tag text", "{'id': 'a', 'scope': {'tags': ['t']}" REST "}", "rule.type",
     "/scope/tags/0", 0, "text; an object is right"},
    {"scope tag without key", "{'id': 'a', 'scope': {'excludeTags': [{'value': 'v'}]}" REST "}",
     "rule.missing", "/scope/excludeTags/0", 0, "\"key\" is missing"},
    {"scope tag member misspelt",
     "{'id': 'a', 'scope': {'tags': [{'key': 'k', 'valeu': 'v'}]}" REST "}", "rule.member.unknown",
     "/scope/tags/0/valeu", 0, "did you mean \"value\"?"},
    {"tag logic lower case", "{'id': 'a', 'scope': {'tagLogic': 'and'}" REST "}", "rule.value",
     "/scope/tagLogic", 0, "did you mean \"AND\"?"},
    {"no condition", "{'id': 'a', " TYPES ", " ITEMS "}", "rule.condition", "", 0,
     "\"condition\" is missing; it, or"},
    {"both conditions", "{'id': 'a', 'ComplianceConditions': '{}'" REST "}", "rule.condition", "",
     0, "both there"},
    {"a condition and a policy rule", "{'id': 'a', 'policy_rule': {}" REST "}", "rule.condition",
     "", 0, "\"condition\" and \"policy_rule\" are both there"},
    {"policy rule a list", "{'id': 'a', 'policy_rule': [], " TYPES ", " ITEMS "}", "rule.type",
     "/policy_rule", 0, "an array; an object is right"},
    {"parameters a list", "{'id': 'a', 'policy_rule': {}, 'parameters': [], " TYPES ", " ITEMS "}",
     "rule.type", "/parameters", 0, "an array; an object is right"},
    {"missing beside a policy rule",
     "{'id': 'a', 'policy_rule': {}, 'missing': 'vendor', " TYPES ", " ITEMS "}", "rule.form",
     "/missing", 0, "says nothing beside \"policy_rule\""},
    {"parameters beside a condition", "{'id': 'a', 'parameters': {}" REST "}", "rule.form",
     "/parameters", 0, "says nothing beside \"condition\""},
    {"policy rule misspelt", "{'id': 'a', 'policy_rul': {}, " TYPES ", " ITEMS "}",
     "rule.member.unknown", "/policy_rul", 0, "did you mean \"policy_rule\"?"},
    {"condition text", "{'id': 'a', " TYPES ", " ITEMS ", 'condition': '{}'}", "rule.type",
     "/condition", 0, "text; an object is right"},
    {"conditions an object", "{'id': 'a', " TYPES ", " ITEMS ", 'ComplianceConditions': {}}",
     "rule.type", "/ComplianceConditions", 0, "goes into \"condition\""},
    {"conditions no JSON", "{'id': 'a', " TYPES ", " ITEMS ", 'ComplianceConditions': '{\\n,'}",
     "rule.json", "/ComplianceConditions", 0, "at line 2, column 1 of the text"},
    {"conditions with a member twice",
     "{'id': 'a', " TYPES ", " ITEMS ", 'ComplianceConditions': "
     "'{\\'operator\\': \\'and\\', \\'operator\\': \\'or\\'}'}",
     "rule.duplicate", "/ComplianceConditions", 0, "duplicate object key"},
    {"conditions a list", "{'id': 'a', " TYPES ", " ITEMS ", 'ComplianceConditions': '[]'}",
     "rule.type", "/ComplianceConditions", 0, "an array; an object is right"},
    {"conditions without an inner object",
     "{'id': 'a', " TYPES ", " ITEMS ", 'ComplianceConditions': '{\\'ComplianceConditions\\': 5}'}",
     "rule.type", "/ComplianceConditions", 0, "an integer; an object is right"},
    {"id is a fraction", "{'id': 1.50" REST "}", "rule.type", "/id", 0,
     "a number with a fraction; text is right"},
    {"id is a large number", "{'id': 18446744073709551617" REST "}", "rule.type", "/id", 0,
     "a number that 64 bits do not hold as it is; text is right"},
    {"name is a fraction", "{'id': 'a', 'name': 1.5" REST "}", "rule.type", "/name", 0,
     "a number with a fraction; text is right"},
    {"missing is a fraction", "{'id': 'a', 'missing': 1.5" REST "}", "rule.type", "/missing", 0,
     "a number with a fraction; text is right"},
    {"resource type a fraction", "{'id': 'a', 'resourceTypes': [1.5], " ITEMS ", " COND "}",
     "rule.type", "/resourceTypes/0", 0, "a number with a fraction; text is right"},
    {"risk level a fraction", "{'id': 'a', 'riskLevel': 1.0" REST "}", "rule.type", "/riskLevel", 0,
     "a number with a fraction; an integer is right"},
    {"conditions a fraction", "{'id': 'a', " TYPES ", " ITEMS ", 'ComplianceConditions': 1.5}",
     "rule.type", "/ComplianceConditions", 0, "text that holds JSON is right"},
    {"conditions that hold a fraction",
     "{'id': 'a', " TYPES ", " ITEMS ", 'ComplianceConditions': '1.5'}", "rule.type",
     "/ComplianceConditions", 0, "a number with a fraction; an object is right"},
    {"an excessive number in a condition",
     "{'id': 'a', " TYPES ", " ITEMS ", 'condition': {'children': [{'x': [1, -1e1000000000]}]}}",
     "rule.number", "/condition/children/0/x/1", 0,
     "this number has an exponent of more than 9 digits"},
    {"an excessive number in a policy",
     "{'id': 'a', " TYPES ", " ITEMS ", 'policy_rule': {'pattern': 1e-1000000000}}", "rule.number",
     "/policy_rule/pattern", 0, "this number has an exponent of more than 9 digits"},
    {"an excessive number in a parameter",
     "{'id': 'a', " TYPES ", " ITEMS ", 'policy_rule': {}, 'parameterValues': {'p': 1e1000000000}}",
     "rule.number", "/parameterValues/p", 0, "more than 9 digits; no more are right"},
    {"an excessive number in the vendor's text",
     "{'id': 'a', " TYPES ", " ITEMS ", 'ComplianceConditions': '{\\'x\\': 1e1000000000}'}",
     "rule.number", "/ComplianceConditions", 0, "has, at byte 7 of the text, a number with"},
    {"misspelt and required", "{'ID': 'a'" REST "}", "rule.member.unknown", "/ID", 0,
     "unknown member \"ID\"; did you mean \"id\"?"},
    {"resource types misspelt", "{'id': 'a', 'resourceType': ['t'], " ITEMS ", " COND "}",
     "rule.member.unknown", "/resourceType", 0, "did you mean \"resourceTypes\"?"},
    {"conditions misspelt", "{'id': 'a', 'ComplianceCondition': '{}', " TYPES ", " ITEMS "}",
     "rule.member.unknown", "/ComplianceCondition", 0, "did you mean \"ComplianceConditions\"?"},
    {"check item by id", "{'id': 'a', 'checkItems': [{'id': 'u'}], " TYPES ", " COND "}",
     "rule.member.unknown", "/checkItems/0/id", 0, "one of \"uuid\", \"name\" is right"},
    {"id taken", "{'rules': [{'id': 'a'" REST "}, {'id': 'a'" REST "}]}", "rule.id.taken",
     "/rules/1", 0, "that of the rule at test.json /rules/0 already"},
};

Test(rule_malformed, documents_that_hold_no_rules_fail_the_load)
{
    malformed_run(DOCUMENTS, ARRAY_LEN(DOCUMENTS), load, ERR_INVALID);
}

Test(rule_malformed, each_bad_rule_is_broken_with_one_error)
{
    malformed_run(RULES, ARRAY_LEN(RULES), load, ERR_OK);
}

Test(rule_malformed, an_unknown_member_of_any_length_is_told_cut)
{
    char *name = repeat("k", "", 5000);
    char *json = mem_format("{'id': 'a', '%s': 1" REST "}", name);
    struct malformed_row row = {"long", json, "rule.member.unknown", "", 0, "kkkk…\""};
    malformed_run(&row, 1, load, ERR_OK);
    mem_free(&json);
    mem_free(&name);
}

static void expect_limit(const char *json, size_t len, const char *says)
{
    struct rule_set set = {0};
    struct diags diags;
    diags_init(&diags);
    struct err err = ERR_INIT;
    cr_expect_eq(rule_set_add(&set, json, len, "test.json", &diags, &err), ERR_LIMIT);
    cr_expect_not_null(strstr(err.message, says), "%s", err.message);
    cr_expect_eq(set.count, 0);
    cr_expect_eq(diags.errors, 1);
    diags_deinit(&diags);
    rule_set_deinit(&set);
}

Test(rule_malformed, limits_are_named)
{
    char *blanks = repeat(" ", "", LIMIT_RULE_FILE_BYTES + 1);
    expect_limit(blanks, LIMIT_RULE_FILE_BYTES + 1, "too many bytes; at most 1048576");
    mem_free(&blanks);
    char *rules = repeat("{}", ",", LIMIT_RULES + 1);
    char *json = mem_format("[%s]", rules);
    expect_limit(json, strlen(json), "too many rules; at most 10000");
    mem_free(&json);
    mem_free(&rules);
}
