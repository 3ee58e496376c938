// SPDX-License-Identifier: MIT
//
// The public header, used as a program outside would.
#include "packreport/packreport.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static const char RULE[] =
    "{\"id\": \"bucket.private\", \"resourceTypes\": [\"bucket\"], \"checkItems\": [{\"uuid\": "
    "\"u\"}], \"condition\": {\"featureSource\": \"CONFIGURATION\", \"featurePath\": \"$.Acl\", "
    "\"operator\": \"StringEquals\", \"desired\": \"private\"}}";

Test(public, has_the_version_of_the_project)
{
    unsigned parts[3];
    cr_expect_eq(sscanf(packreport_version(), "%u.%u.%u", &parts[0], &parts[1], &parts[2]), 3);
}

Test(public, judges_a_record)
{
    static const struct {
        const char *record;
        enum packreport_outcome outcome;
        const char *found;
        const char *reason;
    } CASES[] = {
        {"{\"resourceId\": \"b\", \"resourceType\": \"bucket\", \"configuration\": {\"Acl\": "
         "\"private\"}}",
         PACKREPORT_COMPLIANT, "", ""},
        {"{\"resourceId\": \"b\", \"resourceType\": \"bucket\", \"configuration\": {\"Acl\": "
         "\"public\"}}",
         PACKREPORT_NON_COMPLIANT, "public", "the value found does not pass the operator"},
        {"{\"resourceId\": \"b\", \"resourceType\": \"bucket\", \"configuration\": {\"Acl\": {}}}",
         PACKREPORT_INSUFFICIENT_DATA, "{}",
         "an object or a nested list was found where one value is compared"},
        {"{\"resourceId\": \"d\", \"resourceType\": \"disk\"}", PACKREPORT_NOT_APPLICABLE, "", ""},
    };
    char text[256] = "";
    struct packreport_error error = {text, sizeof(text)};
    struct packreport_rule *rule = NULL;
    cr_assert(packreport_rule_create(RULE, strlen(RULE), &rule, error), "%s", text);
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        struct packreport_result *result = NULL;
        cr_assert(
            packreport_evaluate(rule, CASES[i].record, strlen(CASES[i].record), &result, error),
            "%s", text);
        cr_expect_eq(packreport_result_outcome(result), CASES[i].outcome);
        cr_expect_str_eq(packreport_result_evidence(result, PACKREPORT_CONFIGURATION),
                         CASES[i].found);
        cr_expect_str_eq(packreport_result_evidence(result, PACKREPORT_REASON), CASES[i].reason);
        packreport_result_destroy(&result);
        cr_expect_null(result);
    }
    packreport_rule_destroy(&rule);
    cr_expect_null(rule);
    packreport_rule_destroy(&rule);
}

Test(public, gives_all_evidence)
{
    static const char RECORD[] = "{\"resourceId\": \"b\", \"resourceType\": \"bucket\", "
                                 "\"configuration\": {\"Acl\": \"public\"}}";
    char text[256] = "";
    struct packreport_error error = {text, sizeof(text)};
    struct packreport_rule *rule = NULL;
    struct packreport_result *result = NULL;
    cr_assert(packreport_rule_create(RULE, strlen(RULE), &rule, error), "%s", text);
    cr_assert(packreport_evaluate(rule, RECORD, strlen(RECORD), &result, error), "%s", text);
    cr_expect_str_eq(packreport_result_evidence(result, PACKREPORT_DESIRED_VALUE), "private");
    cr_expect_str_eq(packreport_result_evidence(result, PACKREPORT_OPERATOR), "StringEquals");
    cr_expect_str_eq(packreport_result_evidence(result, PACKREPORT_PROPERTY), "$['Acl']");
    cr_expect_str_eq(packreport_outcome_text(packreport_result_outcome(result)), "NON_COMPLIANT");
    packreport_result_destroy(&result);
    packreport_rule_destroy(&rule);
}

Test(public, says_what_is_wrong_with_a_rule)
{
    static const struct {
        const char *rule;
        const char *error; // a part of it
    } CASES[] = {
        {"{", "rule"},
        {"[]", "exactly one is right"},
        {"[{\"id\": \"a\"}, {\"id\": \"b\"}]", "exactly one is right"},
        {"{\"id\": \"a\", \"resourceTypes\": [\"t\"], \"condition\": {\"operator\": \"and\", "
         "\"children\": [{\"operator\": \"Les\"}]}}",
         "unknown operator \"Les\"; did you mean \"Less\"? (at /condition/children/0/operator)"},
        {"{\"id\": \"a\", \"condition\": {}}", "resourceTypes"},
    };
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        char text[256] = "";
        struct packreport_rule *rule = NULL;
        cr_expect_not(packreport_rule_create(CASES[i].rule, strlen(CASES[i].rule), &rule,
                                             (struct packreport_error){text, sizeof(text)}));
        cr_expect_null(rule);
        cr_expect_not_null(strstr(text, CASES[i].error), "%s", text);
    }
}

Test(public, says_what_is_wrong_with_a_record)
{
    char text[16] = "";
    struct packreport_error error = {text, sizeof(text)};
    struct packreport_rule *rule = NULL;
    struct packreport_result *result = NULL;
    cr_assert(packreport_rule_create(RULE, strlen(RULE), &rule, error), "%s", text);
    cr_expect_not(packreport_evaluate(rule, "{}", 2, &result, error));
    cr_expect_null(result);
    cr_expect_str_eq(text, "resourceId is m"); // cut to the room that was given
    packreport_rule_destroy(&rule);
}

// Ages need an instant; without one they give no verdict.
Test(public, judges_ages_at_an_instant)
{
    static const char AGE_RULE[] =
        "{\"id\": \"key.age\", \"resourceTypes\": [\"key\"], \"checkItems\": [{\"uuid\": "
        "\"u\"}], \"condition\": {\"featureSource\": \"CONFIGURATION\", \"featurePath\": "
        "\"$.created\", \"operator\": \"AgeLess\", \"desired\": 90}}";
    static const char JSON[] = "{\"resourceId\": \"k\", \"resourceType\": \"key\", "
                               "\"configuration\": {\"created\": \"1970-01-01\"}}";
    static const int64_t DAY_MS = INT64_C(86400000);
    char text[256] = "";
    struct packreport_error error = {text, sizeof(text)};
    struct packreport_rule *rule = NULL;
    cr_assert(packreport_rule_create(AGE_RULE, strlen(AGE_RULE), &rule, error), "%s", text);
    struct packreport_result *result = NULL;
    for (int64_t days = 89; days <= 90; days++) {
        struct packreport_record record = {JSON, strlen(JSON), days * DAY_MS};
        cr_assert(packreport_evaluate_at(rule, record, &result, error), "%s", text);
        cr_expect_eq(packreport_result_outcome(result),
                     days < 90 ? PACKREPORT_COMPLIANT : PACKREPORT_NON_COMPLIANT);
        packreport_result_destroy(&result);
    }
    cr_assert(packreport_evaluate(rule, JSON, strlen(JSON), &result, error), "%s", text);
    cr_expect_eq(packreport_result_outcome(result), PACKREPORT_INSUFFICIENT_DATA);
    cr_expect_str_eq(packreport_result_evidence(result, PACKREPORT_REASON),
                     "no instant was given to judge an age at");
    packreport_result_destroy(&result);
    packreport_rule_destroy(&rule);
}
