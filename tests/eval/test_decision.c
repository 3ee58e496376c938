// SPDX-License-Identifier: MIT
//
// The two shared decisions: waiver and score.
#include "eval/decision.h"

#include "base/check.h"

#include <criterion/criterion.h>

static struct waiver WAIVERS[] = {
    {.id = "w-pattern", .rule = "net.*", .resource = "i-?", .from_ms = 1000, .until_ms = 2000},
    {.id = "w-exact", .rule = "net.open", .resource = "i-1", .from_ms = 0, .until_ms = 3000},
    {.id = "w-all", .rule = "disk", .resource = "*", .from_ms = 0, .until_ms = 5000},
};
static const struct waiver_set SET = {.items = WAIVERS, .count = ARRAY_LEN(WAIVERS)};

Test(decision, waiver_is_the_first_in_force_that_fits)
{
    static const struct {
        const char *rule;
        const char *resource;
        int64_t as_of_ms;
        const char *waiver; // NULL: none
    } CASES[] = {
        {"net.open", "i-1", 1500, "w-pattern"},
        {"net.open", "i-1", 999, "w-exact"},    // the first is not in force yet
        {"net.open", "i-1", 1000, "w-pattern"}, // from: in force
        {"net.open", "i-1", 1999, "w-pattern"},
        {"net.open", "i-1", 2000, "w-exact"}, // until: lapsed
        {"net.open", "i-1", 2999, "w-exact"}, // until - 1
        {"net.open", "i-1", 3000, NULL},      // until
        {"net.open", "i-1", 3000 + 1000, NULL},
        {"net.open", "i-22", 1500, NULL},
        {"net.closed", "i-2", 1500, "w-pattern"},
        {"disk", "anything", 0, "w-all"},
        {"disks", "anything", 0, NULL},
        {"Disk", "anything", 0, NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        const struct waiver *waiver =
            eval_waiver_for(&SET, CASES[i].rule, span_of(CASES[i].resource), CASES[i].as_of_ms);
        if (CASES[i].waiver == NULL) {
            cr_expect_null(waiver, "%s %s %lld", CASES[i].rule, CASES[i].resource,
                           (long long)CASES[i].as_of_ms);
        } else {
            cr_assert_not_null(waiver, "%s %s %lld", CASES[i].rule, CASES[i].resource,
                               (long long)CASES[i].as_of_ms);
            cr_expect_str_eq(waiver->id, CASES[i].waiver);
        }
    }
    cr_expect_null(eval_waiver_for(NULL, "disk", span_of("i"), 0));
}

Test(decision, a_waiver_is_unused_when_it_is_in_force_for_nothing)
{
    cr_expect(eval_waiver_is_unused(&(struct report_waiver){.state = WAIVER_IN_FORCE}));
    cr_expect_not(
        eval_waiver_is_unused(&(struct report_waiver){.state = WAIVER_IN_FORCE, .used = 1}));
    cr_expect_not(eval_waiver_is_unused(&(struct report_waiver){.state = WAIVER_NOT_YET}));
    cr_expect_not(eval_waiver_is_unused(&(struct report_waiver){.state = WAIVER_LAPSED}));
}

Test(decision, a_waiver_is_over_broad_when_it_names_nothing_or_takes_in_very_much)
{
    static const struct {
        char *rule;
        char *resource;
        enum waiver_state state;
        unsigned rules;
        uint64_t resources;
        enum waiver_breadth breadth;
    } CASES[] = {
        {"disk", "i-1", WAIVER_IN_FORCE, 1, 1, WAIVER_NARROW},
        {"d*", "i-*", WAIVER_IN_FORCE, 2, 5000, WAIVER_NARROW},
        {"d*", "i-*", WAIVER_IN_FORCE, WAIVER_MANY_RULES, 99, WAIVER_NARROW},
        {"d*", "i-*", WAIVER_IN_FORCE, WAIVER_MANY_RULES - 1, 100, WAIVER_NARROW},
        {"d*", "i-*", WAIVER_IN_FORCE, WAIVER_MANY_RULES, 100, WAIVER_MANY},
        {"*", "i-1", WAIVER_IN_FORCE, 0, 0, WAIVER_ANY_RULE},
        {"?*", "i-*", WAIVER_IN_FORCE, 3, 500, WAIVER_ANY_RULE},
        {"disk", "*", WAIVER_IN_FORCE, 0, 0, WAIVER_ANY_RESOURCE},
        {"disk", "???", WAIVER_NOT_YET, 0, 0, WAIVER_ANY_RESOURCE},
        {"*", "*", WAIVER_NOT_YET, 0, 0, WAIVER_ANYTHING},
        {"*", "*", WAIVER_LAPSED, 0, 0, WAIVER_NARROW},
    };
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        const struct waiver waiver = {.rule = CASES[i].rule, .resource = CASES[i].resource};
        const struct report_waiver rolled = {.waiver = &waiver,
                                             .state = CASES[i].state,
                                             .rules = CASES[i].rules,
                                             .resources = CASES[i].resources};
        cr_expect_eq(eval_waiver_breadth(&rolled), CASES[i].breadth, "row %zu", i);
    }
}

static void expect_score(struct score score, uint64_t numerator, uint64_t denominator)
{
    cr_expect_eq(score.numerator, numerator);
    cr_expect_eq(score.denominator, denominator);
}

Test(decision, scores_count_what_was_judged)
{
    static const struct report_item ITEMS[] = {
        {.outcome = OUTCOME_COMPLIANT, .source = VERDICT_RULE, .risk = RISK_HIGH},
        {.outcome = OUTCOME_COMPLIANT, .source = VERDICT_RULE, .risk = RISK_LOW},
        {.outcome = OUTCOME_NON_COMPLIANT, .source = VERDICT_RULE, .risk = RISK_MEDIUM},
        {.outcome = OUTCOME_COMPLIANT, .source = VERDICT_ATTESTATION, .risk = RISK_MEDIUM},
        {.outcome = OUTCOME_MANUAL, .source = VERDICT_NONE, .risk = RISK_MEDIUM},
        {.outcome = OUTCOME_ERROR, .source = VERDICT_RULE, .risk = RISK_HIGH},
        {.outcome = OUTCOME_NOT_APPLICABLE, .source = VERDICT_RULE, .risk = RISK_HIGH},
        {.outcome = OUTCOME_INSUFFICIENT_DATA, .source = VERDICT_RULE, .risk = RISK_HIGH},
        {.outcome = OUTCOME_IGNORED,
         .source = VERDICT_RULE,
         .risk = RISK_HIGH,
         .counts.of[OUTCOME_IGNORED] = 2},
        // waived findings hide behind a worse outcome that is no verdict
        {.outcome = OUTCOME_INSUFFICIENT_DATA,
         .source = VERDICT_RULE,
         .risk = RISK_LOW,
         .counts.of[OUTCOME_IGNORED] = 1},
        {.outcome = OUTCOME_ERROR,
         .source = VERDICT_RULE,
         .risk = RISK_LOW,
         .counts.of[OUTCOME_IGNORED] = 1},
    };
    struct scores scores = {0};
    for (size_t i = 0; i < ARRAY_LEN(ITEMS); i++) {
        eval_scores_add(&scores, &ITEMS[i]);
    }
    expect_score(scores.by_count, 3, 4);
    expect_score(scores.by_risk, 3 + 1 + 2, 3 + 1 + 2 + 2);
    expect_score(scores.by_count_without_waivers, 3, 6);
    expect_score(scores.by_risk_without_waivers, 6, 8 + 3 + 1);
}
