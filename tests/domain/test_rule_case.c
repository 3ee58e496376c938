// SPDX-License-Identifier: MIT
#include "base/check.h"
#include "base/limits.h"
#include "base/mem.h"
#include "domain/json_number.h"
#include "domain/rule_case.h"

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

static enum err_kind load(const char *text, struct rule_case_set *set, struct diags *diags,
                          struct err *err)
{
    char *json = json_of(text);
    diags_init(diags);
    enum err_kind kind = rule_case_set_add(set, json, strlen(json), "x.test.json", diags, err);
    mem_free(&json);
    return kind;
}

Test(rule_case, members)
{
    struct rule_case_set set = {0};
    struct diags diags;
    struct err err = ERR_INIT;
    cr_assert_eq(load("{'asOf': '2026-11-21', 'cases': [{'name': 'one', 'rule': 'r', 'resource': "
                      "{'configuration': {}}, 'expect': 'COMPLIANT'}, {'name': 'two', 'rule': "
                      "'r.x', 'resource': {}, 'asOf': '1970-01-02', 'expect': 'NON_COMPLIANT', "
                      "'evidence': {'configuration': '', 'desiredValue': 'b', 'reason': null}}]}",
                      &set, &diags, &err),
                 ERR_OK, "%s", err.message);
    cr_assert_eq(set.count, 2);
    cr_expect_eq(diags.count, 0);
    const struct rule_case *one = &set.items[0];
    cr_expect_str_eq(one->name, "one");
    cr_expect_str_eq(one->rule, "r");
    cr_expect_str_eq(one->file, "x.test.json");
    cr_expect_str_eq(one->pointer, "/cases/0");
    cr_expect_eq(one->expected, OUTCOME_COMPLIANT);
    cr_expect_eq(one->as_of_ms, INT64_C(1795219200000));
    cr_expect_eq(json_object_size(one->resource), 1);
    const struct rule_case *two = &set.items[1];
    cr_expect_eq(two->as_of_ms, INT64_C(86400000));
    cr_expect_str_eq(two->evidence[CASE_CONFIGURATION], "");
    cr_expect_str_eq(two->evidence[CASE_DESIRED_VALUE], "b");
    cr_expect_null(two->evidence[CASE_REASON]);
    cr_expect_null(two->evidence[CASE_PROPERTY]);
    diags_deinit(&diags);
    cr_assert_eq(load("{'cases': [{'name': 'three', 'rule': 'r', 'resource': {}, 'expect': "
                      "'NOT_APPLICABLE'}]}",
                      &set, &diags, &err),
                 ERR_OK);
    cr_assert_eq(set.count, 3, "behind the others");
    cr_expect_eq(set.items[2].as_of_ms, CASE_NO_INSTANT);
    diags_deinit(&diags);
    rule_case_set_deinit(&set);
}

#define CASE(members) "{'cases': [{" members "}]}"
#define GOOD          "'name': 'n', 'rule': 'r', 'resource': {}, 'expect': 'NON_COMPLIANT'"

// A case that is wrong is left out.
Test(rule_case, what_is_wrong_with_a_case)
{
    static const struct {
        const char *text;
        const char *diagnostic;
    } ROWS[] = {
        {"{'cases': [5]}", "this is an integer; an object is right (at /cases/0) [case.type]"},
        {CASE(GOOD ", 'expects': 1"), "unknown member \"expects\"; did you mean \"expect\"? (at "
                                      "/cases/0/expects) [case.member.unknown]"},
        {CASE("'rule': 'r', 'resource': {}, 'expect': 'COMPLIANT'"),
         "\"name\" is missing; it is required (at /cases/0) [case.missing]"},
        {CASE("'name': 'n', 'resource': {}, 'expect': 'COMPLIANT'"),
         "\"rule\" is missing; it is required (at /cases/0) [case.missing]"},
        {CASE("'name': 'n', 'rule': 'r', 'expect': 'COMPLIANT'"),
         "\"resource\" is missing; it is required (at /cases/0) [case.missing]"},
        {CASE("'name': 'n', 'rule': 'r', 'resource': {}"),
         "\"expect\" is missing; it is required (at /cases/0) [case.missing]"},
        {CASE("'name': 'n', 'rule': 'r', 'resource': [], 'expect': 'COMPLIANT'"),
         "this is an array; an object is right (at /cases/0/resource) [case.type]"},
        {CASE("'name': 'n', 'rule': 'r', 'resource': {}, 'expect': 'COMPLAINT'"),
         "this is \"COMPLAINT\"; did you mean \"COMPLIANT\"? (at /cases/0/expect) [case.value]"},
        {CASE("'name': 'n', 'rule': 'r', 'resource': {}, 'expect': 'IGNORED'"),
         "this is \"IGNORED\"; one of \"COMPLIANT\", \"NON_COMPLIANT\", \"INSUFFICIENT_DATA\", "
         "\"NOT_APPLICABLE\" is right (at /cases/0/expect) [case.value]"},
        {CASE(GOOD ", 'asOf': 'today'"),
         "\"today\" is no time; \"2026-11-21\" or \"2026-11-21T19:30:44Z\" is right (at "
         "/cases/0/asOf) [case.time]"},
        {CASE(GOOD ", 'evidence': {'value': '5'}"),
         "unknown member \"value\"; one of \"configuration\", \"desiredValue\", \"operator\", "
         "\"property\", \"reason\" is right (at /cases/0/evidence/value) [case.member.unknown]"},
        {CASE(GOOD ", 'evidence': {'configuration': 5}"),
         "this is an integer; text is right (at /cases/0/evidence/configuration) [case.type]"},
        {CASE("'name': 'n', 'rule': 'r', 'resource': {}, 'expect': 'COMPLIANT', 'evidence': "
              "{'property': 'x'}"),
         "COMPLIANT has no evidence; leave it out, or expect NON_COMPLIANT or INSUFFICIENT_DATA "
         "(at /cases/0/evidence) [case.evidence]"},
    };
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        struct rule_case_set set = {0};
        struct diags diags;
        struct err err = ERR_INIT;
        cr_assert_eq(load(ROWS[i].text, &set, &diags, &err), ERR_OK, "%s", err.message);
        cr_expect_eq(set.count, 0, "%s", ROWS[i].text);
        cr_assert_eq(diags.count, 1, "%s: %zu", ROWS[i].text, diags.count);
        struct buf text;
        buf_init(&text, 4096);
        diag_format(&diags.items[0], &text);
        char *wanted = mem_format("x.test.json: error: %s", ROWS[i].diagnostic);
        cr_expect_str_eq(buf_text(&text), wanted);
        mem_free(&wanted);
        buf_deinit(&text);
        diags_deinit(&diags);
        rule_case_set_deinit(&set);
    }
}

Test(rule_case, the_others_go_on)
{
    struct rule_case_set set = {0};
    struct diags diags;
    struct err err = ERR_INIT;
    cr_assert_eq(load("{'cases': [{" GOOD "}, {}, {" GOOD "}]}", &set, &diags, &err), ERR_OK);
    cr_expect_eq(set.count, 2);
    cr_expect_eq(diags.errors, 4);
    cr_expect_str_eq(set.items[1].pointer, "/cases/2");
    diags_deinit(&diags);
    rule_case_set_deinit(&set);
}

Test(rule_case, what_is_no_file_of_cases)
{
    static const struct {
        const char *text;
        const char *message;
    } ROWS[] = {
        {"", "this is empty"},
        {"{", "the JSON is wrong"},
        {"7", "this is an integer; an object is right"},
        {"{}", "\"cases\" is missing"},
        {"{'case': []}", "did you mean \"cases\"?"},
        {"{'cases': {}}", "this is an object; an array is right"},
        {"{'asOf': 'x', 'cases': []}", "is no time"},
        {"{'rules': []}", "this holds rules"},
        {"[{'id': 'r'}]", "this holds rules"},
        {"{'id': 'r', 'condition': {}}", "this holds rules"},
    };
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        struct rule_case_set set = {0};
        struct diags diags;
        struct err err = ERR_INIT;
        cr_expect_eq(load(ROWS[i].text, &set, &diags, &err), ERR_INVALID, "%s", ROWS[i].text);
        cr_expect_not_null(strstr(err.message, ROWS[i].message), "%s: %s", ROWS[i].text,
                           err.message);
        cr_expect_eq(set.count, 0);
        diags_deinit(&diags);
        rule_case_set_deinit(&set);
    }
}

Test(rule_case, limits)
{
    struct rule_case_set set = {0};
    struct diags diags;
    struct err err = ERR_INIT;
    diags_init(&diags);
    char *large = mem_alloc(LIMIT_CASE_FILE_BYTES + 1, 1);
    memset(large, ' ', LIMIT_CASE_FILE_BYTES + 1);
    cr_expect_eq(rule_case_set_add(&set, large, LIMIT_CASE_FILE_BYTES + 1, "x", &diags, &err),
                 ERR_LIMIT);
    size_t len = strlen("{\"cases\":[");
    memcpy(large, "{\"cases\":[", len);
    for (size_t i = 0; i <= LIMIT_CASES; i++) {
        memcpy(large + len + 2 * i, "1,", 2);
    }
    len += (size_t)2 * LIMIT_CASES + 1;
    memcpy(large + len, "]}", 2);
    cr_expect_eq(rule_case_set_add(&set, large, len + 2, "x", &diags, &err), ERR_LIMIT);
    cr_expect_not_null(strstr(err.message, "at most 100000 are taken"), "%s", err.message);
    mem_free(&large);
    diags_deinit(&diags);
    rule_case_set_deinit(&set);
}

Test(rule_case, numbers_are_as_they_were_written)
{
    struct rule_case_set set = {0};
    struct diags diags;
    struct err err = ERR_INIT;
    cr_assert_eq(load("{'cases': [{'name': 'one', 'rule': 'r', 'resource': {'a': "
                      "18446744073709551617, 'b': 0.1234567890123456789, 'c': 1e1000000000}, "
                      "'expect': 'COMPLIANT'}]}",
                      &set, &diags, &err),
                 ERR_OK, "%s", err.message);
    cr_assert_eq(set.count, 1);
    const json_t *resource = set.items[0].resource;
    cr_expect(
        span_equals_text(json_number_text(json_object_get(resource, "a")), "18446744073709551617"));
    cr_expect(span_equals_text(json_number_text(json_object_get(resource, "b")),
                               "0.1234567890123456789"));
    cr_expect(span_equals_text(json_number_text(json_object_get(resource, "c")), "1e1000000000"));
    diags_deinit(&diags);
    rule_case_set_deinit(&set);
}
