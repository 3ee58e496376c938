// SPDX-License-Identifier: MIT
//
// Which findings a change of rules changes.
#include "support.h"

#include "base/mem.h"
#include "eval/rules_diff.h"

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

static struct eval_rules *rules_of(const char *rules)
{
    struct rule_set set = {0};
    struct diags diags;
    struct err err = ERR_INIT;
    char *inner = json_of(rules);
    char *json = mem_format("[%s]", inner);
    diags_init(&diags);
    if (inner[0] != '\0') {
        cr_assert_eq(rule_set_add(&set, json, strlen(json), "r.json", &diags, &err), ERR_OK, "%s",
                     err.message);
    }
    struct eval_rules *compiled = eval_rules_create(&set, &diags);
    diags_deinit(&diags);
    mem_free(&json);
    mem_free(&inner);
    return compiled;
}

#define RULE(id, items, desired, more)                                                             \
    "{'id': '" id "', 'checkItems': [" items "], 'resourceTypes': ['t'], " more                    \
    " 'condition': {'featureSource': 'CONFIGURATION', 'featurePath': '$.v', 'operator': "          \
    "'Less', 'desired': " desired "}}"
#define SAME(id, desired) RULE(id, "{'uuid': 'item-1'}", desired, "")

static const char LINES[] =
    "{\"resourceType\": \"t\", \"resourceId\": \"one\", \"configuration\": {\"v\": 1}}\n"
    "\n"
    "no record\n"
    "{\"resourceType\": \"t\", \"resourceId\": \"five\", \"configuration\": {\"v\": 5}}\n"
    "{\"resourceType\": \"s\", \"resourceId\": \"other\", \"configuration\": {\"v\": 5}}\n"
    "{\"resourceType\": \"t\", \"resourceId\": \"text\", \"configuration\": {\"v\": \"x\"}}";

static void on_change(void *context, const struct rules_diff_change *change)
{
    static const char *const SHORT[] = {[OUTCOME_NOT_APPLICABLE] = "-",
                                        [OUTCOME_COMPLIANT] = "yes",
                                        [OUTCOME_NON_COMPLIANT] = "no",
                                        [OUTCOME_INSUFFICIENT_DATA] = "?"};
    (void)buf_append_format(context, "%llu %s %.*s %s>%s; ", (unsigned long long)change->line,
                            change->rule_id, (int)change->resource_id.len,
                            change->resource_id.bytes, SHORT[change->before], SHORT[change->after]);
}

static void expect_with(const char *before, const char *after, const struct pack *pack,
                        const char *wanted)
{
    struct eval_rules *rules[] = {rules_of(before), rules_of(after)};
    const struct rules_diff_input input = {
        .before = rules[0], .after = rules[1], .pack = pack, .as_of_ms = SUPPORT_AS_OF_MS};
    struct rules_diff *diff = rules_diff_create(&input);
    struct buf changes;
    struct diags problems;
    buf_init(&changes, 64 * 1024);
    diags_init(&problems);
    const struct rules_diff_sink sink = {&changes, on_change};
    const struct eval_block block = {.bytes = LINES, .len = strlen(LINES), .first_line = 1};
    rules_diff_run_block(diff, &block, &sink, &problems);
    cr_expect_str_eq(buf_text(&changes), wanted, "%s", buf_text(&changes));
    struct rules_diff_totals totals = rules_diff_totals(diff);
    cr_expect_eq(totals.records, 4);
    cr_expect_eq(totals.bad_lines, 1);
    cr_expect_eq(problems.errors, 1);
    cr_expect_eq(problems.items[0].line, 3);
    uint64_t counted = 0;
    for (const char *at = wanted; (at = strchr(at, ';')) != NULL; at++) {
        counted++;
    }
    cr_expect_eq(totals.came + totals.went + totals.changed, counted);
    diags_deinit(&problems);
    buf_deinit(&changes);
    rules_diff_destroy(&diff);
    eval_rules_destroy(&rules[0]);
    eval_rules_destroy(&rules[1]);
}

static void expect(const char *before, const char *after, const char *wanted)
{
    expect_with(before, after, NULL, wanted);
}

Test(rules_diff, outcomes_that_change)
{
    expect(SAME("a", "3"), SAME("a", "3"), "");
    expect(SAME("a", "3"), SAME("a", "9"), "4 a five no>yes; ");
    expect(SAME("a", "5.0"), SAME("a", "5.0000000000000000001"), "4 a five no>yes; ");
    expect(SAME("a", "5.10"), SAME("a", "5.10"), "");
    expect(SAME("a", "9"), SAME("a", "1"), "1 a one yes>no; 4 a five yes>no; ");
    expect(SAME("a", "9") "," SAME("b", "9"), SAME("b", "1") "," SAME("a", "1"),
           "1 a one yes>no; 1 b one yes>no; 4 a five yes>no; 4 b five yes>no; ");
}

Test(rules_diff, rules_that_come_and_go)
{
    expect("", SAME("a", "3"), "1 a one ->yes; 4 a five ->no; 6 a text ->?; ");
    expect(SAME("a", "3"), "", "1 a one yes>-; 4 a five no>-; 6 a text ?>-; ");
    expect(SAME("a", "3"), SAME("b", "3"),
           "1 a one yes>-; 1 b one ->yes; 4 a five no>-; 4 b five ->no; 6 a text ?>-; 6 b text "
           "->?; ");
}

Test(rules_diff, a_scope_that_changes)
{
    expect(SAME("a", "3"),
           RULE("a", "{'uuid': 'item-1'}", "3", "'scope': {'excludeResourceIds': ['five']},"),
           "4 a five no>-; ");
}

// What a rule is called, or how grave it is, changes no finding.
Test(rules_diff, what_changes_no_outcome)
{
    expect(SAME("a", "3"), RULE("a", "{'uuid': 'item-1'}", "'3'", "'name': 'N', 'riskLevel': 1,"),
           "");
    expect(SAME("a", "3"),
           RULE("a", "{'uuid': 'item-1'}", "3.0",
                "'scope': {'regionIds': []}, 'missing': "
                "'vendor',"),
           "");
}

// A broken rule has no findings.
Test(rules_diff, rules_that_break)
{
    expect(SAME("a", "3"), SAME("a", "'x'"), "1 a one yes>-; 4 a five no>-; 6 a text ?>-; ");
    expect(SAME("a", "'x'"), SAME("a", "'x'"), "");
    expect(SAME("a", "'x'"), SAME("a", "9"), "1 a one ->yes; 4 a five ->yes; 6 a text ->?; ");
}

Test(rules_diff, rules_that_the_pack_uses)
{
    static const char PACK[] =
        "{\"uuid\": \"p\", \"name\": \"P\", \"spec_catalog_vo_list\": [{\"uuid\": \"c\", \"root\": "
        "\"p\", \"parent\": \"p\", \"serial_number\": 1, \"level_number\": 0, \"is_leaf\": true, "
        "\"check_items\": [{\"uuid\": \"item-1\", \"name\": \"Item 1\"}]}]}";
    struct pack *pack = NULL;
    struct diags diags;
    struct err err = ERR_INIT;
    diags_init(&diags);
    cr_assert_eq(pack_load(PACK, strlen(PACK), "p", &pack, &diags, &err), ERR_OK);
    expect_with(RULE("a", "{'uuid': 'x'}", "3", ""), RULE("a", "{'uuid': 'x'}", "9", ""), pack, "");
    expect_with(RULE("a", "{'uuid': 'x'}", "3", ""), RULE("a", "{'name': 'Item 1'}", "3", ""), pack,
                "1 a one ->yes; 4 a five ->no; 6 a text ->?; ");
    expect_with(RULE("a", "{'uuid': 'item-1'}", "3", ""), RULE("a", "{'uuid': 'x'}", "3", ""), pack,
                "1 a one yes>-; 4 a five no>-; 6 a text ?>-; ");
    pack_destroy(&pack);
    diags_deinit(&diags);
}
