// SPDX-License-Identifier: MIT
//
// Groups in Kleene's logic, where features come from, and how the form of a path types them.
#include "support.h"

#include "base/mem.h"

#include <criterion/criterion.h>
#include <string.h>

// A clause that is true, false or unknown on {"v": "x"}.
static const char *clause_that_is(char truth)
{
    switch (truth) {
    case 'T':
        return "{\"featureSource\": \"CONFIGURATION\", \"featurePath\": \"$.v\", \"operator\": "
               "\"StringEquals\", \"desired\": \"x\"}";
    case 'F':
        return "{\"featureSource\": \"CONFIGURATION\", \"featurePath\": \"$.v\", \"operator\": "
               "\"StringEquals\", \"desired\": \"y\"}";
    default:
        return "{\"featureSource\": \"CONFIGURATION\", \"featurePath\": \"$.v\", \"operator\": "
               "\"Less\", \"desired\": \"1\"}";
    }
}

static char truth_of_group(const char *group, const char *children)
{
    struct buf text;
    buf_init(&text, 64 * 1024);
    (void)buf_append_format(&text, "{\"operator\": \"%s\", \"children\": [", group);
    for (const char *child = children; *child != '\0'; child++) {
        (void)buf_append_text(&text, child == children ? "" : ", ");
        (void)buf_append_text(&text, clause_that_is(*child));
    }
    (void)buf_append_text(&text, "]}");
    char truth = support_truth(buf_text(&text), "", "{\"v\": \"x\"}");
    buf_deinit(&text);
    return truth;
}

Test(condition, joins_in_kleenes_logic)
{
    static const struct {
        const char *children;
        char both;
        char either;
    } CASES[] = {
        {"TT", 'T', 'T'},  {"TU", 'U', 'T'},  {"TF", 'F', 'T'},  {"UT", 'U', 'T'},
        {"UU", 'U', 'U'},  {"UF", 'F', 'U'},  {"FT", 'F', 'T'},  {"FU", 'F', 'U'},
        {"FF", 'F', 'F'},  {"T", 'T', 'T'},   {"U", 'U', 'U'},   {"F", 'F', 'F'},
        {"TUF", 'F', 'T'}, {"FUT", 'F', 'T'}, {"UUT", 'U', 'T'}, {"FFU", 'F', 'U'},
    };
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        cr_expect_eq(truth_of_group("and", CASES[i].children), CASES[i].both, "and %s",
                     CASES[i].children);
        cr_expect_eq(truth_of_group("or", CASES[i].children), CASES[i].either, "or %s",
                     CASES[i].children);
    }
}

// Unknown travels through nested groups, and is lost where the other branches decide.
Test(condition, carries_unknown_through_nested_groups)
{
    static const struct {
        const char *format; // of the inner clause
        char truth;
    } CASES[] = {
        {"{\"operator\": \"and\", \"children\": [{\"operator\": \"or\", \"children\": [%s]}]}",
         'U'},
        {"{\"operator\": \"or\", \"children\": [{\"operator\": \"and\", \"children\": [%s]}, "
         "{\"featureSource\": \"CONFIGURATION\", \"featurePath\": \"$.v\", \"operator\": "
         "\"StringEquals\", \"desired\": \"x\"}]}",
         'T'},
        {"{\"operator\": \"and\", \"children\": [{\"operator\": \"or\", \"children\": [%s]}, "
         "{\"featureSource\": \"CONFIGURATION\", \"featurePath\": \"$.v\", \"operator\": "
         "\"IsEmpty\", \"children\": []}]}",
         'F'},
    };
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        struct buf text;
        buf_init(&text, 4096);
        const char *hole = strstr(CASES[i].format, "%s");
        (void)buf_append(&text, CASES[i].format, (size_t)(hole - CASES[i].format));
        (void)buf_append_text(&text, clause_that_is('U'));
        (void)buf_append_text(&text, hole + 2);
        cr_expect_eq(support_truth(buf_text(&text), "", "{\"v\": \"x\"}"), CASES[i].truth, "%s",
                     buf_text(&text));
        buf_deinit(&text);
    }
}

struct feature_case {
    const char *source;
    const char *path;
    const char *comparison; // operator and desired
    char truth;
};

static void check_features(const char *configuration, const struct feature_case *cases,
                           size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char *clause = mem_format("{\"featureSource\": \"%s\", \"featurePath\": \"%s\", %s}",
                                  cases[i].source, cases[i].path, cases[i].comparison);
        char truth = support_truth(clause, "", configuration);
        cr_expect_eq(truth, cases[i].truth, "%s is %c", clause, truth);
        mem_free(&clause);
    }
}

#define EQUALS(text)   "\"operator\": \"StringEquals\", \"desired\": \"" text "\""
#define CONTAINS(text) "\"operator\": \"Contains\", \"desired\": \"" text "\""
#define DIFFERS(text)  "\"operator\": \"NotStringEquals\", \"desired\": \"" text "\""

Test(condition, types_a_feature_by_the_form_of_its_path)
{
    static const char CONFIGURATION[] =
        "{\"Name\": \"prod-web\", \"Disks\": [{\"Kind\": \"ssd\", \"Ids\": [1, 2]}, "
        "{\"Kind\": \"ssd\", \"Ids\": [3]}], \"One\": [{\"Kind\": \"ssd-1\"}], \"a-b\": 1}";
    static const struct feature_case CASES[] = {
        {"CONFIGURATION", "$.Name", CONTAINS("prod"), 'T'},
        {"CONFIGURATION", "$['Name']", CONTAINS("prod"), 'T'},
        {"CONFIGURATION", "$.One[0].Kind", CONTAINS("ssd"), 'T'},
        // a list, though it holds one text only: the meaning does not hang on the number found
        {"CONFIGURATION", "$.One[*].Kind", CONTAINS("ssd"), 'F'},
        {"CONFIGURATION", "$.One[*].Kind", CONTAINS("ssd-1"), 'T'},
        {"CONFIGURATION", "$['Name','absent']", CONTAINS("prod"), 'F'},
        {"CONFIGURATION", "$.Disks[*].Kind", EQUALS("SSD"), 'T'},
        {"CONFIGURATION", "$..Kind", EQUALS("ssd"), 'F'},
        {"CONFIGURATION", "$.Disks[*].Ids", CONTAINS("3"), 'T'},
        {"CONFIGURATION", "$.Disks[*].Ids", "\"operator\": \"Less\", \"desired\": 4", 'T'},
        {"CONFIGURATION", "$.Disks[*].Ids", "\"operator\": \"Less\", \"desired\": 3", 'F'},
        {"CONFIGURATION", "$.Disks[*].absent", EQUALS("x"), 'F'},
        {"CONFIGURATION", "$.Disks[*].absent", DIFFERS("x"), 'T'},
        {"CONFIGURATION", "$.a-b", EQUALS("1"), 'T'},
        {"CONFIGURATION", "$.name", EQUALS("prod-web"), 'F'},
        {"CONFIGURATION", "$.Disks[-1].Ids[0]", EQUALS("3"), 'T'},
        {"CONFIGURATION", "$", "\"operator\": \"IsEmpty\"", 'F'},
    };
    check_features(CONFIGURATION, CASES, ARRAY_LEN(CASES));
}

Test(condition, reads_documents_inside_properties)
{
    static const char CONFIGURATION[] =
        "{\"Config\": \"{\\\"Mode\\\": \\\"strict\\\", \\\"N\\\": 9223372036854775807}\", "
        "\"Bad\": \"{no json\", \"Text\": \"\\\"word\\\"\", \"Number\": 5, \"Null\": null, "
        "\"Open\": {\"Mode\": \"strict\"}, \"Empty\": \"\", \"Two\": [\"{\\\"a\\\": 1}\", "
        "\"{\\\"a\\\": 2}\"], \"Twice\": \"{\\\"a\\\": 1, \\\"a\\\": 2}\"}";
    static const struct feature_case CASES[] = {
        {"CONFIGURATION_FIELD_$.Config", "$.Mode", EQUALS("strict"), 'T'},
        {"CONFIGURATION_FIELD_$.Config", "$.N", EQUALS("9223372036854775807"), 'T'},
        {"CONFIGURATION_FIELD_$.Config", "$.absent", DIFFERS("x"), 'T'},
        {"CONFIGURATION_FIELD_$.absent", "$.Mode", EQUALS("strict"), 'F'},
        {"CONFIGURATION_FIELD_$.absent", "$.Mode", DIFFERS("strict"), 'T'},
        {"CONFIGURATION_FIELD_$.Null", "$.Mode", DIFFERS("strict"), 'T'},
        {"CONFIGURATION_FIELD_$.Bad", "$.Mode", DIFFERS("strict"), 'U'},
        {"CONFIGURATION_FIELD_$.Empty", "$.Mode", DIFFERS("strict"), 'U'},
        {"CONFIGURATION_FIELD_$.Number", "$", EQUALS("5"), 'U'},
        {"CONFIGURATION_FIELD_$.Twice", "$.a", EQUALS("1"), 'U'},
        {"CONFIGURATION_FIELD_$.Text", "$", EQUALS("word"), 'T'},
        {"CONFIGURATION_FIELD_$.Open", "$.Mode", EQUALS("strict"), 'T'},
        {"CONFIGURATION_FIELD_$.Two[*]", "$.a", CONTAINS("2"), 'T'},
        {"CONFIGURATION_FIELD_$.Two[*]", "$.a", EQUALS("1"), 'F'},
    };
    check_features(CONFIGURATION, CASES, ARRAY_LEN(CASES));
}

Test(condition, reads_the_record_itself)
{
    static const struct feature_case CASES[] = {
        {"RESOURCE", "$.regionId", EQUALS("north"), 'T'},
        {"RESOURCE", "$.tags.env", EQUALS("prod"), 'T'},
        {"RESOURCE", "$.tags['acs:x']", EQUALS("y"), 'T'},
        {"RESOURCE", "$.configuration.v", EQUALS("1"), 'T'},
        {"CONFIGURATION", "$.regionId", EQUALS("north"), 'F'},
    };
    static const char RECORD[] =
        "{\"resourceId\": \"i\", \"resourceType\": \"T\", \"regionId\": \"north\", \"tags\": "
        "{\"env\": \"prod\", \"acs:x\": \"y\"}, \"configuration\": {\"v\": 1}}";
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        char *clause = mem_format("{\"featureSource\": \"%s\", \"featurePath\": \"%s\", %s}",
                                  CASES[i].source, CASES[i].path, CASES[i].comparison);
        struct eval_rules *rules = support_good_rule(clause, "");
        enum outcome wanted = CASES[i].truth == 'T' ? OUTCOME_COMPLIANT : OUTCOME_NON_COMPLIANT;
        cr_expect_eq(support_judge_record(rules, RECORD, NULL), wanted, "%s", clause);
        eval_rules_destroy(&rules);
        mem_free(&clause);
    }
}

// A record without a configuration has nothing at any path of it.
Test(condition, finds_nothing_without_a_configuration)
{
    struct eval_rules *rules = support_good_rule(
        "{\"featureSource\": \"CONFIGURATION\", \"featurePath\": \"$\", \"operator\": \"IsEmpty\"}",
        "");
    cr_expect_eq(
        support_judge_record(rules, "{\"resourceId\": \"i\", \"resourceType\": \"t\"}", NULL),
        OUTCOME_COMPLIANT);
    eval_rules_destroy(&rules);
}

// A path that goes through too many nodes says nothing, rather than something about a part of them.
Test(condition, is_unknown_past_the_limit_of_nodes)
{
    struct buf configuration;
    buf_init(&configuration, 4 * 1024 * 1024);
    (void)buf_append_text(&configuration, "{\"v\": [0");
    for (int i = 0; i < 100001; i++) {
        (void)buf_append_text(&configuration, ",0");
    }
    (void)buf_append_text(&configuration, "]}");
    cr_expect_eq(support_truth("{\"featureSource\": \"CONFIGURATION\", \"featurePath\": "
                               "\"$.v[*]\", \"operator\": \"Less\", \"desired\": 1}",
                               "", buf_text(&configuration)),
                 'U');
    buf_deinit(&configuration);
}
