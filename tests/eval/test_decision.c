// SPDX-License-Identifier: MIT
//
// The shared decisions: what is said of a waiver, and the score.
#include "eval/decision.h"

#include "base/check.h"

#include <criterion/criterion.h>

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
