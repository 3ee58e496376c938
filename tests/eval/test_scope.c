// SPDX-License-Identifier: MIT
//
// Which resources a rule is about.
#include "support.h"

#include "base/mem.h"

#include <criterion/criterion.h>
#include <string.h>

static const char RECORD[] =
    "{\"resourceId\": \"i-1\", \"resourceType\": \"Acs::Ecs::Instance\", \"regionId\": \"north\", "
    "\"resourceGroupId\": \"g1\", \"tags\": {\"env\": \"prod\", \"empty\": \"\"}}";
static const char BARE_RECORD[] =
    "{\"resourceId\": \"i-1\", \"resourceType\": \"ACS::ECS::Instance\"}";

// Whether a rule with this scope (JSON) is about the record.
static bool holds(const char *scope, const char *record)
{
    char *text = mem_format("{\"id\": \"r\", \"resourceTypes\": [\"other\", "
                            "\"ACS::ECS::Instance\"], \"scope\": %s, \"condition\": "
                            "{\"featureSource\": \"RESOURCE\", \"featurePath\": \"$\", "
                            "\"operator\": \"IsEmpty\"}}",
                            scope);
    struct rule_set set = {0};
    struct diags diags;
    diags_init(&diags);
    struct err err = ERR_INIT;
    cr_assert_eq(rule_set_add(&set, text, strlen(text), "r.json", &diags, &err), ERR_OK);
    struct eval_rules *rules = eval_rules_create(&set, &diags);
    cr_assert_eq(diags.errors, 0, "%s", scope);
    enum outcome outcome = support_judge_record(rules, record, NULL);
    eval_rules_destroy(&rules);
    diags_deinit(&diags);
    mem_free(&text);
    return outcome != OUTCOME_NOT_APPLICABLE;
}

Test(scope, includes_and_excludes)
{
    static const struct {
        const char *scope;
        bool holds;
        bool holds_bare; // the record without region, group and tags
    } CASES[] = {
        {"{}", true, true},
        {"{\"regionIds\": [\"south\", \"north\"]}", true, false},
        {"{\"regionIds\": [\"North\"]}", false, false},
        {"{\"excludeRegionIds\": [\"north\"]}", false, true},
        {"{\"regionIds\": [\"north\"], \"excludeRegionIds\": [\"north\"]}", false, false},
        {"{\"resourceGroupIds\": [\"g1\"]}", true, false},
        {"{\"excludeResourceGroupIds\": [\"g1\"]}", false, true},
        {"{\"resourceIds\": [\"i-1\"]}", true, true},
        {"{\"resourceIds\": [\"i-2\"]}", false, false},
        {"{\"resourceIds\": [\"i-1\"], \"excludeResourceIds\": [\"i-1\"]}", false, false},
        {"{\"regionIds\": [\"north\"], \"resourceGroupIds\": [\"g2\"]}", false, false},
        {"{\"tags\": [{\"key\": \"env\", \"value\": \"prod\"}]}", true, false},
        {"{\"tags\": [{\"key\": \"env\", \"value\": \"Prod\"}]}", false, false},
        {"{\"tags\": [{\"key\": \"env\"}]}", true, false},
        {"{\"tags\": [{\"key\": \"empty\", \"value\": \"\"}]}", true, false},
        {"{\"tags\": [{\"key\": \"env\", \"value\": \"\"}]}", false, false},
        {"{\"tags\": [{\"key\": \"env\"}, {\"key\": \"absent\"}]}", true, false},
        {"{\"tags\": [{\"key\": \"env\"}, {\"key\": \"absent\"}], \"tagLogic\": \"AND\"}", false,
         false},
        {"{\"tags\": [{\"key\": \"env\"}, {\"key\": \"empty\"}], \"tagLogic\": \"AND\"}", true,
         false},
        {"{\"excludeTags\": [{\"key\": \"env\", \"value\": \"prod\"}]}", false, true},
        {"{\"excludeTags\": [{\"key\": \"absent\"}, {\"key\": \"env\"}], \"tagLogic\": \"AND\"}",
         false, true},
        {"{\"tags\": [{\"key\": \"env\"}], \"excludeTags\": [{\"key\": \"env\"}]}", false, false},
        {"{\"resourceIds\": [\"i-1\"], \"excludeTags\": [{\"key\": \"env\"}]}", false, true},
    };
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        cr_expect_eq(holds(CASES[i].scope, RECORD), CASES[i].holds, "%s", CASES[i].scope);
        cr_expect_eq(holds(CASES[i].scope, BARE_RECORD), CASES[i].holds_bare, "%s on a bare record",
                     CASES[i].scope);
    }
}

Test(scope, names_resource_types_without_regard_to_case)
{
    cr_expect(holds("{}", "{\"resourceId\": \"i\", \"resourceType\": \"acs::ecs::INSTANCE\"}"));
    cr_expect_not(holds("{}", "{\"resourceId\": \"i\", \"resourceType\": \"acs::ecs::Instanc\"}"));
    cr_expect_not(holds("{}", "{\"resourceId\": \"i\", \"resourceType\": \"acs::ecs::Disk\"}"));
}
