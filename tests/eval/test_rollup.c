// SPDX-License-Identifier: MIT
//
// From the counts of rules to check items, catalogues and the pack.
#include "world.h"

#include "base/mem.h"

#include <criterion/criterion.h>
#include <string.h>

// p > one (a, b), p > one > two (b, c), p > three (c, d, e, f, g, h)
static const char PACK[] =
    "{'uuid': 'p', 'name': 'P', 'spec_catalog_vo_list': ["
    "{'uuid': 'one', 'root': 'p', 'parent': 'p', 'serial_number': 1, 'level_number': 0, "
    "'is_leaf': false, 'check_items': [{'uuid': 'a', 'name': 'A'}, {'uuid': 'b', 'name': 'B'}]},"
    "{'uuid': 'two', 'root': 'p', 'parent': 'one', 'serial_number': 1, 'level_number': 1, "
    "'is_leaf': true, 'check_items': [{'uuid': 'b', 'name': 'B'}, {'uuid': 'c', 'name': 'C'}]},"
    "{'uuid': 'three', 'root': 'p', 'parent': 'p', 'serial_number': 2, 'level_number': 0, "
    "'is_leaf': true, 'check_items': [{'uuid': 'c', 'name': 'C'}, {'uuid': 'd', 'name': 'D'}, "
    "{'uuid': 'e', 'name': 'E'}, {'uuid': 'f', 'name': 'F'}, {'uuid': 'g', 'name': 'G'}, {'uuid': "
    "'h', 'name': 'H'}]}]}";

#define RULE(id, risk, items, desired)                                                             \
    "{'id': '" id "', 'riskLevel': " risk ", 'checkItems': [" items                                \
    "], 'resourceTypes': ['t'], 'condition': {'featureSource': 'CONFIGURATION', 'featurePath': "   \
    "'$.v', 'operator': 'Less', 'desired': " desired "}}"

// Resources have v = 1, 5 and "many": ok passes the numbers, half fails 5, all are unknown on the
// last.
static const char *const RULES[] = {
    RULE("ok", "3", "{'uuid': 'a'}, {'uuid': 'b'}", "9"),
    RULE("half", "1", "{'uuid': 'b'}, {'uuid': 'd'}", "3"),
    RULE("broken", "2", "{'uuid': 'c'}", "'x'"),
    "{'id': 'alien', 'riskLevel': 1, 'checkItems': [{'uuid': 'e'}], 'resourceTypes': ['u'], "
    "'condition': {'featureSource': 'RESOURCE', 'featurePath': '$', 'operator': 'IsEmpty'}}",
    NULL,
};

static const char INVENTORY[] =
    "{'resourceId': 'i-1', 'resourceType': 't', 'configuration': {'v': 1}}\n"
    "{'resourceId': 'i-2', 'resourceType': 't', 'configuration': {'v': 5}}\n";
static const char UNKNOWN_LINE[] =
    "{'resourceId': 'i-3', 'resourceType': 't', 'configuration': {'v': 'many'}}\n";

static const char ATTESTATIONS[] =
    // f: two in force, the later one counts
    "{'item': {'uuid': 'f'}, 'outcome': 'NON_COMPLIANT', 'by': 'old', 'evidence': 'e', 'at': "
    "'2025-12-01', 'until': '2027-01-01'},"
    "{'item': {'name': 'F'}, 'outcome': 'COMPLIANT', 'by': 'new', 'evidence': 'e', 'at': "
    "'2025-12-31'},"
    "{'item': {'uuid': 'f'}, 'outcome': 'NON_COMPLIANT', 'by': 'future', 'evidence': 'e', 'at': "
    "'2026-02-01'},"
    // g: both lapsed, the later one is shown
    "{'item': {'uuid': 'g'}, 'outcome': 'COMPLIANT', 'by': 'later', 'evidence': 'e', 'at': "
    "'2025-12-25', 'until': '2026-01-01'},"
    "{'item': {'uuid': 'g'}, 'outcome': 'COMPLIANT', 'by': 'earlier', 'evidence': 'e', 'at': "
    "'2025-12-01'}";
static const int64_t AT_2026_MS = 1767225600000; // 2026-01-01T00:00:00Z

static const char WAIVERS[] =
    "{'id': 'w', 'rule': 'half', 'resource': 'i-2', 'reason': 'r', 'approver': 'role', 'until': "
    "'2026-01-31'},"
    "{'id': 'soon', 'rule': 'x', 'resource': '*', 'reason': 'r', 'approver': 'role', 'until': "
    "'2026-01-30T23:59:59.999Z'},"
    "{'id': 'gone', 'rule': '*', 'resource': '*', 'reason': 'r', 'approver': 'role', 'until': "
    "'2026-01-01'},"
    "{'id': 'later', 'rule': '*', 'resource': '*', 'reason': 'r', 'approver': 'role', 'from': "
    "'2026-01-02', 'until': '2027-01-01'}";

struct rolled {
    struct world world;
    struct report report;
};

static void roll(struct rolled *rolled, const char *waivers, const char *inventory)
{
    world_init(&rolled->world, &(struct world_text){.pack = PACK,
                                                    .rules = RULES,
                                                    .waivers = waivers,
                                                    .attestations = ATTESTATIONS,
                                                    .as_of_ms = AT_2026_MS});
    struct eval_lane *lane = world_run(&rolled->world, inventory, 1);
    rolled->report = (struct report){0};
    evaluator_report(rolled->world.evaluator, lane, 0, &rolled->report);
    eval_lane_destroy(&lane);
}

static void unroll(struct rolled *rolled)
{
    report_deinit(&rolled->report);
    world_deinit(&rolled->world);
}

static void expect_counts(const struct outcome_counts *counts, const char *wanted)
{
    struct buf text;
    buf_init(&text, 256);
    for (size_t i = 0; i < OUTCOME_COUNT; i++) {
        (void)buf_append_format(&text, "%s%d", i > 0 ? " " : "", (int)counts->of[i]);
    }
    cr_expect_str_eq(buf_text(&text), wanted);
    buf_deinit(&text);
}

static void expect_score(struct score score, uint64_t numerator, uint64_t denominator)
{
    cr_expect_eq(score.numerator, numerator, "%d", (int)score.numerator);
    cr_expect_eq(score.denominator, denominator, "%d", (int)score.denominator);
}

Test(rollup, decides_check_items)
{
    static const struct {
        const char *uuid;
        enum outcome outcome;
        enum verdict_source source;
        enum risk_level risk;
        const char *counts;
    } ITEMS[] = {
        {"a", OUTCOME_COMPLIANT, VERDICT_RULE, RISK_LOW, "0 2 0 0 0 0 0"},
        {"b", OUTCOME_NON_COMPLIANT, VERDICT_RULE, RISK_HIGH, "0 3 0 0 0 1 0"},
        {"c", OUTCOME_ERROR, VERDICT_RULE, RISK_MEDIUM, "0 0 0 0 0 0 0"},
        {"d", OUTCOME_NON_COMPLIANT, VERDICT_RULE, RISK_HIGH, "0 1 0 0 0 1 0"},
        {"e", OUTCOME_NOT_APPLICABLE, VERDICT_RULE, RISK_HIGH, "2 0 0 0 0 0 0"},
        {"f", OUTCOME_COMPLIANT, VERDICT_ATTESTATION, RISK_MEDIUM, "0 0 0 0 0 0 0"},
        {"g", OUTCOME_MANUAL, VERDICT_NONE, RISK_MEDIUM, "0 0 0 0 0 0 0"},
        {"h", OUTCOME_MANUAL, VERDICT_NONE, RISK_MEDIUM, "0 0 0 0 0 0 0"},
    };
    struct rolled rolled;
    roll(&rolled, NULL, INVENTORY);
    cr_assert_eq(rolled.report.item_count, ARRAY_LEN(ITEMS));
    for (size_t i = 0; i < ARRAY_LEN(ITEMS); i++) {
        const struct report_item *item = &rolled.report.items[i];
        cr_expect_str_eq(item->item->uuid, ITEMS[i].uuid);
        cr_expect_eq(item->outcome, ITEMS[i].outcome, "%s", ITEMS[i].uuid);
        cr_expect_eq(item->source, ITEMS[i].source, "%s", ITEMS[i].uuid);
        cr_expect_eq(item->risk, ITEMS[i].risk, "%s", ITEMS[i].uuid);
        expect_counts(&item->counts, ITEMS[i].counts);
    }
    cr_expect_str_eq(rolled.report.items[5].attestation->by, "new");
    cr_expect_null(rolled.report.items[5].lapsed);
    cr_expect_null(rolled.report.items[6].attestation);
    cr_expect_str_eq(rolled.report.items[6].lapsed->by, "later");
    cr_expect_null(rolled.report.items[7].lapsed);
    cr_expect_eq(rolled.report.pack, rolled.world.pack);
    unroll(&rolled);
}

Test(rollup, counts_items_of_catalogues_once)
{
    struct rolled rolled;
    roll(&rolled, NULL, INVENTORY);
    const struct report *report = &rolled.report;
    expect_counts(&report->item_counts, "1 2 0 2 0 2 1");
    expect_counts(&report->finding_counts, "2 3 0 0 0 1 0");
    cr_assert_eq(report->catalog_count, 3);
    cr_expect_str_eq(report->catalogs[0].catalog->uuid, "one");
    expect_counts(&report->catalogs[0].items, "0 1 0 0 0 1 1"); // a, b, c: b once
    expect_counts(&report->catalogs[1].items, "0 0 0 0 0 1 1");
    expect_counts(&report->catalogs[2].items, "1 1 0 2 0 1 1");
    expect_score(report->scores.by_count, 2, 4);
    expect_score(report->scores.by_risk, 1 + 2, 1 + 2 + 3 + 3);
    expect_score(report->catalogs[0].scores.by_count, 1, 2);
    expect_score(report->catalogs[0].scores.by_risk, 1, 4);
    expect_score(report->catalogs[1].scores.by_count, 0, 1);
    expect_score(report->catalogs[2].scores.by_risk, 2, 5);
    unroll(&rolled);
}

Test(rollup, scores_with_and_without_waivers)
{
    struct rolled rolled;
    roll(&rolled, WAIVERS, INVENTORY);
    const struct report *report = &rolled.report;
    cr_expect_eq(report->items[1].outcome, OUTCOME_IGNORED);
    cr_expect_eq(report->items[3].outcome, OUTCOME_IGNORED);
    expect_score(report->scores.by_count, 2, 2);
    expect_score(report->scores.by_risk, 3, 3);
    expect_score(report->scores.by_count_without_waivers, 2, 4);
    expect_score(report->scores.by_risk_without_waivers, 3, 9);
    unroll(&rolled);
}

// The worst of a rule's resources by the order of outcomes: what is unknown is worse than waived.
Test(rollup, takes_the_worst_outcome)
{
    static const struct {
        const char *waivers;
        enum outcome b;
    } CASES[] = {{NULL, OUTCOME_NON_COMPLIANT}, {WAIVERS, OUTCOME_INSUFFICIENT_DATA}};
    char *inventory = mem_format("%s%s", INVENTORY, UNKNOWN_LINE);
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        struct rolled rolled;
        roll(&rolled, CASES[i].waivers, inventory);
        cr_expect_eq(rolled.report.items[0].outcome, OUTCOME_INSUFFICIENT_DATA);
        cr_expect_eq(rolled.report.items[1].outcome, CASES[i].b);
        expect_score(rolled.report.scores.by_count_without_waivers, 1, 3);
        unroll(&rolled);
    }
    mem_free(&inventory);
}

Test(rollup, reports_waivers)
{
    static const struct {
        const char *id;
        enum waiver_state state;
        bool lapses_soon;
        uint64_t used;
        bool is_unused;
        enum waiver_breadth breadth;
    } WANTED[] = {
        {"w", WAIVER_IN_FORCE, false, 1, false, WAIVER_NARROW},
        {"soon", WAIVER_IN_FORCE, true, 0, true, WAIVER_ANY_RESOURCE},
        {"gone", WAIVER_LAPSED, false, 0, false, WAIVER_NARROW},
        {"later", WAIVER_NOT_YET, false, 0, false, WAIVER_ANYTHING},
    };
    struct rolled rolled;
    roll(&rolled, WAIVERS, INVENTORY);
    cr_assert_eq(rolled.report.waiver_count, ARRAY_LEN(WANTED));
    for (size_t i = 0; i < ARRAY_LEN(WANTED); i++) {
        const struct report_waiver *waiver = &rolled.report.waivers[i];
        cr_expect_str_eq(waiver->waiver->id, WANTED[i].id);
        cr_expect_eq(waiver->state, WANTED[i].state, "%s", WANTED[i].id);
        cr_expect_eq(waiver->lapses_soon, WANTED[i].lapses_soon, "%s", WANTED[i].id);
        cr_expect_eq(waiver->used, WANTED[i].used, "%s", WANTED[i].id);
        cr_expect_eq(waiver->is_unused, WANTED[i].is_unused, "%s", WANTED[i].id);
        cr_expect_eq(waiver->breadth, WANTED[i].breadth, "%s", WANTED[i].id);
    }
    unroll(&rolled);
}

// Both rules fail on each of these; the second rule is counted once, and so is each resource.
Test(rollup, counts_the_rules_and_resources_that_a_waiver_excuses)
{
    struct buf lines;
    buf_init(&lines, 64UL * 1024);
    for (int i = 0; i < WAIVER_MANY_RESOURCES; i++) {
        (void)buf_append_format(
            &lines, "{'resourceId': 'i-%d', 'resourceType': 't', 'configuration': {'v': 10}}\n", i);
    }
    struct rolled rolled;
    roll(&rolled,
         "{'id': 'w', 'rule': '*[!x]*', 'resource': 'i-*', 'reason': 'r', 'approver': 'role', "
         "'until': '2027-01-01'},"
         "{'id': 'v', 'rule': '?*?', 'resource': 'i-?', 'reason': 'r', 'approver': 'role', "
         "'until': '2027-01-01'}",
         buf_text(&lines));
    const struct report_waiver *waivers = rolled.report.waivers;
    cr_expect_eq(waivers[0].used, 0, "there are no character classes");
    cr_expect(waivers[0].is_unused);
    cr_expect_eq(waivers[1].used, 20);
    cr_expect_eq(waivers[1].resources, 10);
    cr_expect_eq(waivers[1].rules, 2);
    unroll(&rolled);
    buf_deinit(&lines);
}

Test(rollup, a_waiver_of_many_rules_and_resources_is_over_broad)
{
    static const char *const THREE[] = {RULE("r-1", "1", "{'uuid': 'a'}", "3"),
                                        RULE("r-2", "1", "{'uuid': 'b'}", "3"),
                                        RULE("r-3", "1", "{'uuid': 'c'}", "3"), NULL};
    for (int resources = WAIVER_MANY_RESOURCES - 1; resources <= WAIVER_MANY_RESOURCES;
         resources++) {
        struct world world;
        world_init(&world, &(struct world_text){
                               .pack = PACK,
                               .rules = THREE,
                               .waivers = "{'id': 'w', 'rule': 'r-*', 'resource': 'i-*', 'reason': "
                                          "'r', 'approver': 'role', 'until': '2027-01-01'}",
                               .as_of_ms = AT_2026_MS});
        struct eval_lane *all = eval_lane_create(world.evaluator);
        for (int i = 0; i < resources; i++) { // each on a lane of its own
            char *line = mem_format(
                "{'resourceId': 'i-%d', 'resourceType': 't', 'configuration': {'v': 10}}", i);
            struct eval_lane *lane = world_run(&world, line, 1);
            eval_lane_merge(all, lane);
            eval_lane_destroy(&lane);
            mem_free(&line);
        }
        struct report report = {0};
        evaluator_report(world.evaluator, all, 0, &report);
        cr_expect_eq(report.waivers[0].used, 3 * (uint64_t)resources);
        cr_expect_eq(report.waivers[0].breadth,
                     resources < WAIVER_MANY_RESOURCES ? WAIVER_NARROW : WAIVER_MANY);
        report_deinit(&report);
        eval_lane_destroy(&all);
        world_deinit(&world);
    }
}

// Nothing was evaluated: no verdict is invented.
Test(rollup, of_an_empty_inventory)
{
    struct rolled rolled;
    roll(&rolled, NULL, "");
    expect_counts(&rolled.report.item_counts, "4 1 0 2 0 0 1");
    expect_score(rolled.report.scores.by_count, 1, 1);
    unroll(&rolled);
}
