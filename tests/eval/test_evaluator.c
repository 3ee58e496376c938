// SPDX-License-Identifier: MIT
//
// Blocks of lines through the evaluator: findings, their order, bad lines, waivers, lanes, binding.
#include "world.h"

#include "base/limits.h"
#include "base/mem.h"
#include "support.h"

#include <criterion/criterion.h>
#include <string.h>

static const char PACK[] =
    "{'uuid': 'p', 'name': 'P', 'spec_catalog_vo_list': [{'uuid': 'c', 'root': 'p', 'parent': 'p', "
    "'serial_number': 1, 'level_number': 0, 'is_leaf': true, 'check_items': [{'uuid': 'a', 'name': "
    "'A'}, {'uuid': 'b', 'name': 'B'}, {'uuid': 'b2', 'name': 'B'}, {'uuid': 'c', 'name': 'C'}]}]}";

#define RULE(id, item, type, comparison)                                                           \
    "{'id': '" id "', 'checkItems': [" item "], 'resourceTypes': ['" type "'], 'condition': "      \
    "{'featureSource': 'CONFIGURATION', 'featurePath': '$.v', " comparison "}}"

static const char *const RULES[] = {
    RULE("second", "{'uuid': 'a'}", "t", "'operator': 'Less', 'desired': 5"),
    RULE("first", "{'uuid': 'a'}", "t", "'operator': 'IsNotStringEmpty'"),
    RULE("other", "{'uuid': 'b'}", "u", "'operator': 'StringEquals', 'desired': 'x'"),
    RULE("broken", "{'uuid': 'c'}", "t", "'operator': 'Nonsense'"),
    RULE("loose", "{'uuid': 'absent'}", "t", "'operator': 'IsEmpty'"),
    NULL,
};

static const char INVENTORY[] =
    "{'resourceId': 'i-1', 'resourceType': 'T', 'configuration': {'v': 4}}\n"
    "\n"
    "{'resourceId': 'i-2', 'resourceType': 't', 'configuration': {'v': 5}}\r\n"
    "not a record\n"
    " \t\r\n"
    "{'resourceId': 'i-3', 'resourceType': 'u', 'configuration': {'v': 'y'}}\n"
    "{'resourceId': 'i-4', 'resourceType': 't', 'configuration': {'v': 'many'}}\n"
    "{'resourceId': 'i-5', 'resourceType': 'nobody'}\n"
    "{'resourceId': 'i-6', 'resourceType': 't'}"; // the last line lacks its end

static const char FINDINGS[] = "101 second i-1 COMPLIANT - -\n"
                               "101 first i-1 COMPLIANT - -\n"
                               "103 second i-2 NON_COMPLIANT - 5\n"
                               "103 first i-2 COMPLIANT - -\n"
                               "106 other i-3 NON_COMPLIANT - y\n"
                               "107 second i-4 INSUFFICIENT_DATA - many\n"
                               "107 first i-4 COMPLIANT - -\n"
                               "109 second i-6 NON_COMPLIANT - \n"
                               "109 first i-6 NON_COMPLIANT - \n";

Test(evaluator, reports_findings_in_input_order)
{
    struct world world;
    world_init(&world, &(struct world_text){.pack = PACK, .rules = RULES});
    struct eval_lane *lane = world_run(&world, INVENTORY, 101);
    cr_expect_str_eq(buf_text(&world.findings), FINDINGS);
    struct report report = {0};
    evaluator_report(world.evaluator, lane, 0, &report);
    cr_expect_eq(report.inventory.records, 6);
    cr_expect_eq(report.inventory.bad_lines, 1);
    cr_expect_eq(report.inventory.blank_lines, 2);
    report_deinit(&report);
    eval_lane_destroy(&lane);
    world_deinit(&world);
}

static void keep_place(void *context, const struct finding *finding)
{
    (void)buf_append_format(context, "%.*s %d@%d\n", (int)finding->resource_id.len,
                            finding->resource_id.bytes, (int)finding->line, (int)finding->offset);
}

Test(evaluator, says_where_each_record_stood)
{
    static const struct record_origin origins[] = {{7, 70}, {9, 90}, {9, 95}};
    struct world world;
    world_init(&world, &(struct world_text){.pack = PACK, .rules = RULES});
    char *lines = world_json("{'resourceId': 'i', 'resourceType': 'u'}\n"
                             "[]\n"
                             "\t {'resourceId': 'j', 'resourceType': 'u'}\n");
    struct eval_block block = {.bytes = lines, .len = strlen(lines), .origins = origins};
    struct buf places;
    buf_init(&places, 1000);
    const struct eval_sink sink = {.context = &places, .on_finding = keep_place};
    struct eval_lane *lane = eval_lane_create(world.evaluator);
    evaluator_run_block(world.evaluator, lane, &block, &sink, &world.problems);
    block.origins = NULL;
    block.first_line = 5;
    block.first_offset = 1000;
    evaluator_run_block(world.evaluator, lane, &block, &sink, &world.problems);
    cr_expect_str_eq(buf_text(&places), "i 7@70\nj 9@95\ni 5@1000\nj 7@1046\n");
    cr_assert_eq(world.problems.count, 2);
    cr_expect_eq(world.problems.items[0].line, 9);
    cr_expect_eq(world.problems.items[1].line, 6);
    buf_deinit(&places);
    mem_free(&lines);
    eval_lane_destroy(&lane);
    world_deinit(&world);
}

static void no_finding(void *context, const struct finding *finding)
{
    (void)context;
    (void)finding;
}

static void keep_resource(void *context, const struct eval_resource *resource)
{
    const struct span texts[] = {resource->account_id, resource->resource_type,
                                 resource->resource_id};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        (void)buf_append_text(context, i == 0 ? "" : "/");
        (void)buf_append(context, texts[i].bytes, texts[i].len);
    }
    (void)buf_append_format(context, " %d@%d\n", (int)resource->at.line, (int)resource->at.offset);
}

Test(evaluator, shows_the_resource_of_each_record_that_can_be_judged)
{
    struct world world;
    world_init(&world, &(struct world_text){.pack = PACK, .rules = RULES});
    char *lines = world_json("{'resourceId': 'i', 'resourceType': 'T', 'accountId': '1'}\n"
                             "[]\n\n"
                             " {'resourceId': 'j', 'resourceType': 'no rule is for it'}\n"
                             "{'resourceId': 'k', 'resourceType': 'T', 'tags': 1}\n");
    const struct eval_block block = {.bytes = lines, .len = strlen(lines), .first_line = 3};
    struct buf resources;
    buf_init(&resources, 1000);
    const struct eval_sink sink = {
        .context = &resources, .on_finding = no_finding, .on_record = keep_resource};
    struct eval_lane *lane = eval_lane_create(world.evaluator);
    evaluator_run_block(world.evaluator, lane, &block, &sink, &world.problems);
    cr_expect_str_eq(buf_text(&resources), "1/T/i 3@0\n/no rule is for it/j 6@64\n");
    buf_deinit(&resources);
    mem_free(&lines);
    eval_lane_destroy(&lane);
    world_deinit(&world);
}

Test(evaluator, lists_bad_lines_and_goes_on)
{
    struct world world;
    world_init(&world, &(struct world_text){.pack = PACK, .rules = RULES});
    struct eval_lane *lane = world_run(&world, INVENTORY, 101);
    cr_assert_eq(world.problems.errors, 1);
    cr_expect_eq(world.problems.items[0].line, 104);
    cr_expect_str_eq(world.problems.items[0].code, "inventory.record");
    cr_expect_str_eq(world.problems.items[0].message,
                     "no valid JSON: a character that cannot stand there, near byte 3");
    eval_lane_destroy(&lane);
    world_deinit(&world);
}

Test(evaluator, counts_bad_lines_past_the_limit_of_diagnostics)
{
    struct world world;
    world_init(&world, &(struct world_text){.pack = PACK, .rules = RULES});
    struct buf lines;
    buf_init(&lines, 1024 * 1024);
    for (int i = 0; i < LIMIT_DIAGNOSTICS + 5; i++) {
        (void)buf_append_text(&lines, "{}\n");
    }
    struct eval_lane *lane = world_run(&world, buf_text(&lines), 1);
    struct report report = {0};
    evaluator_report(world.evaluator, lane, 0, &report);
    cr_expect_eq(report.inventory.bad_lines, LIMIT_DIAGNOSTICS + 5);
    cr_expect_eq(world.problems.count, LIMIT_DIAGNOSTICS);
    cr_expect_eq(world.problems.errors, LIMIT_DIAGNOSTICS + 5);
    report_deinit(&report);
    buf_deinit(&lines);
    eval_lane_destroy(&lane);
    world_deinit(&world);
}

// The rules of a report in one line: "<outcome><counts of compliant, non-compliant, …>".
static char *report_text(const struct world *world, const struct eval_lane *lane)
{
    struct report report = {0};
    evaluator_report(world->evaluator, lane, 0, &report);
    struct buf text;
    buf_init(&text, 64 * 1024);
    for (size_t i = 0; i < report.rule_count; i++) {
        (void)buf_append_format(&text, "%s %s:", report.rules[i].rule->id,
                                outcome_text(report.rules[i].outcome));
        for (size_t j = 0; j < OUTCOME_COUNT; j++) {
            (void)buf_append_format(&text, " %d", (int)report.rules[i].counts.of[j]);
        }
        (void)buf_append_char(&text, '\n');
    }
    for (size_t i = 0; i < report.waiver_count; i++) {
        (void)buf_append_format(&text, "%s used %d on %d by %d\n", report.waivers[i].waiver->id,
                                (int)report.waivers[i].used, (int)report.waivers[i].resources,
                                (int)report.waivers[i].rules);
    }
    (void)buf_append_format(&text, "records %d bad %d blank %d\n", (int)report.inventory.records,
                            (int)report.inventory.bad_lines, (int)report.inventory.blank_lines);
    report_deinit(&report);
    return buf_take(&text);
}

static const char WAIVERS[] =
    "{'id': 'w-new', 'rule': 'second', 'resource': '*', 'reason': 'r', 'approver': 'role', "
    "'from': '2030-01-01', 'until': '2031-01-01'},"
    "{'id': 'w-two', 'rule': 's*d', 'resource': 'i-[2]', 'reason': 'r', 'approver': 'role', "
    "'until': '2030-01-01'},"
    "{'id': 'w-one', 'rule': 'sec*', 'resource': 'i-?', 'reason': 'r', 'approver': 'role', "
    "'until': '2026-01-01'}";
static const int64_t AT_2026_MS = 1767225600000; // 2026-01-01T00:00:00Z

Test(evaluator, lets_a_waiver_excuse_until_its_end)
{
    static const struct {
        int64_t as_of_ms;
        const char *finding; // of i-2 under "second"
    } CASES[] = {
        {AT_2026_MS - 1, "103 second i-2 IGNORED w-one 5\n"},
        {AT_2026_MS, "103 second i-2 NON_COMPLIANT - 5\n"},
        {AT_2026_MS + 1000, "103 second i-2 NON_COMPLIANT - 5\n"},
    };
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        struct world world;
        world_init(&world, &(struct world_text){.pack = PACK,
                                                .rules = RULES,
                                                .waivers = WAIVERS,
                                                .as_of_ms = CASES[i].as_of_ms});
        struct eval_lane *lane = world_run(&world, INVENTORY, 101);
        cr_expect_not_null(strstr(buf_text(&world.findings), CASES[i].finding), "%s",
                           buf_text(&world.findings));
        // What is unknown is not excused: a waiver covers a finding, not a lack of data.
        cr_expect_not_null(
            strstr(buf_text(&world.findings), "107 second i-4 INSUFFICIENT_DATA - many\n"));
        eval_lane_destroy(&lane);
        world_deinit(&world);
    }
}

static const char *const PARTS[] = {
    "{'resourceId': 'i-1', 'resourceType': 'T', 'configuration': {'v': 4}}\n\n",
    "{'resourceId': 'i-2', 'resourceType': 't', 'configuration': {'v': 5}}\nbad\n",
    "{'resourceId': 'i-3', 'resourceType': 'u', 'configuration': {'v': 'y'}}\n \n",
    "{'resourceId': 'i-4', 'resourceType': 't', 'configuration': {'v': 'many'}}\n",
};

// The parts on lanes of their own, merged in the order given.
static char *text_of_merged(struct world *world, const size_t order[ARRAY_LEN(PARTS)])
{
    struct eval_lane *all = eval_lane_create(world->evaluator);
    for (size_t i = 0; i < ARRAY_LEN(PARTS); i++) {
        struct eval_lane *lane = world_run(world, PARTS[order[i]], 1);
        eval_lane_merge(all, lane);
        eval_lane_destroy(&lane);
    }
    char *text = report_text(world, all);
    eval_lane_destroy(&all);
    return text;
}

Test(evaluator, gives_the_same_counts_however_lanes_are_merged)
{
    static const size_t ORDERS[][ARRAY_LEN(PARTS)] = {
        {0, 1, 2, 3}, {3, 2, 1, 0}, {2, 0, 3, 1}, {1, 3, 0, 2}};
    struct world world;
    world_init(&world,
               &(struct world_text){
                   .pack = PACK, .rules = RULES, .waivers = WAIVERS, .as_of_ms = AT_2026_MS - 1});
    char *whole = mem_format("%s%s%s%s", PARTS[0], PARTS[1], PARTS[2], PARTS[3]);
    struct eval_lane *lane = world_run(&world, whole, 1);
    char *wanted = report_text(&world, lane);
    cr_expect_str_eq(wanted,
                     "second INSUFFICIENT_DATA: 1 1 1 0 1 0 0\n"
                     "first COMPLIANT: 1 3 0 0 0 0 0\n"
                     "other NON_COMPLIANT: 3 0 0 0 0 1 0\n"
                     "broken ERROR: 0 0 0 0 0 0 0\n"
                     "loose NOT_APPLICABLE: 0 0 0 0 0 0 0\n"
                     "w-new used 0 on 0 by 0\nw-two used 0 on 0 by 0\nw-one used 1 on 1 by 1\n"
                     "records 4 bad 1 blank 2\n");
    for (size_t i = 0; i < ARRAY_LEN(ORDERS); i++) {
        char *text = text_of_merged(&world, ORDERS[i]);
        cr_expect_str_eq(text, wanted);
        mem_free(&text);
    }
    mem_free(&wanted);
    mem_free(&whole);
    eval_lane_destroy(&lane);
    world_deinit(&world);
}

Test(evaluator, warns_of_what_is_bound_to_nothing_or_to_too_much)
{
    static const char *const MORE_RULES[] = {
        RULE("loose", "{'uuid': 'absent'}, {'name': 'b'}", "t", "'operator': 'IsEmpty'"),
        RULE("both", "{'name': 'B'}, {'uuid': 'b'}", "t", "'operator': 'IsEmpty'"),
        RULE("broken", "{'uuid': 'absent'}", "t", "'operator': 'Nonsense'"),
        RULE("none", "", "t", "'operator': 'IsEmpty'"),
        RULE("lost", "", "t", "'operator': 'Nonsense'"),
        NULL,
    };
    static const char ATTESTATIONS[] =
        "{'item': {'uuid': 'zz'}, 'outcome': 'COMPLIANT', 'by': 'role', 'evidence': 'e', 'at': "
        "'2026-01-01'}, {'item': {'uuid': 'b2'}, 'outcome': 'COMPLIANT', 'by': 'role', "
        "'evidence': 'e', 'at': '2026-01-01'}";
    struct world world;
    world_init(&world, &(struct world_text){.pack = PACK,
                                            .rules = MORE_RULES,
                                            .attestations = ATTESTATIONS,
                                            .as_of_ms = AT_2026_MS});
    char *text = support_diags_text(&world.bound);
    cr_expect_str_eq(
        text,
        "rules.json: warning: rule loose: none of its check items is in pack p; it does not run "
        "(at /rules/0) [rule.unbound]\n"
        "rules.json: warning: rule both: 2 check items are named \"B\"; it is bound to all of "
        "them, "
        "name it by uuid to choose one (at /rules/1) [rule.item.ambiguous]\n"
        "rules.json: error: rule lost is broken and names no check item that can be read, so that "
        "any check item may be one that it decides; mend it, or remove it (at /rules/4) "
        "[rule.unbound.broken]\n"
        "warning: the attestation of \"zz\": no check item of pack p is called that "
        "[attestation.item.unknown]\n"
        "warning: the attestation of check item \"B\" is not used, because a rule decides it "
        "[attestation.unused]\n");
    mem_free(&text);
    struct eval_lane *lane = world_run(&world, "", 1);
    struct report report = {0};
    evaluator_report(world.evaluator, lane, 0, &report);
    cr_expect(report.rules[1].is_bound);
    cr_expect_not(report.rules[0].is_bound);
    // named by name and by uuid, the rule stands once on the item
    cr_expect_eq(report.items[1].rule_count, 1);
    cr_expect_eq(report.items[2].rule_count, 1);
    report_deinit(&report);
    eval_lane_destroy(&lane);
    world_deinit(&world);
}
