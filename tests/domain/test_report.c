// SPDX-License-Identifier: MIT
#include "base/mem.h"
#include "domain/report.h"

#include <criterion/criterion.h>

Test(report, scores_in_hundredths_of_a_percent)
{
    static const struct {
        uint64_t numerator;
        uint64_t denominator;
        int wanted;
    } ROWS[] = {
        {0, 0, -1},
        {0, 5, 0},
        {5, 5, 10000},
        {13, 15, 8667},
        {1, 3, 3333},
        {2, 3, 6667},
        {1, 20000, 1},
        {1, 20001, 0}, // half away from zero, and just below the half
        {1, 8, 1250},
        {19999, 20000, 10000},
        {1, UINT64_MAX, 0},
        {UINT64_MAX, UINT64_MAX, 10000},
        {UINT64_MAX / 2, UINT64_MAX, 5000},
    };
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        struct score score = {ROWS[i].numerator, ROWS[i].denominator};
        cr_expect_eq(score_basis_points(score), ROWS[i].wanted, "row %zu: %d", i,
                     score_basis_points(score));
    }
}

Test(report, sources_of_verdicts)
{
    cr_expect_str_eq(verdict_source_text(VERDICT_NONE), "none");
    cr_expect_str_eq(verdict_source_text(VERDICT_RULE), "rule");
    cr_expect_str_eq(verdict_source_text(VERDICT_ATTESTATION), "attestation");
}

Test(report, explains_why_a_waiver_is_over_broad)
{
    static const char *const WANTED[] = {
        [WAIVER_NARROW] = "",
        [WAIVER_ANYTHING] =
            "its patterns name neither a rule nor a resource: it excuses everything",
        [WAIVER_ANY_RULE] = "its rule pattern names no rule: it excuses whatever is found on its "
                            "resources, also by rules that are still to come",
        [WAIVER_ANY_RESOURCE] = "its resource pattern names no resource: it excuses whatever its "
                                "rules find, also on resources that are still to come",
        [WAIVER_MANY] = "it excuses findings of 3 or more rules on 431 resources",
    };
    for (size_t i = 0; i < ARRAY_LEN(WANTED); i++) {
        const struct report_waiver waiver = {.breadth = (enum waiver_breadth)i, .resources = 431};
        struct buf text;
        buf_init(&text, 1024);
        report_waiver_explain_breadth(&waiver, &text);
        cr_expect_str_eq(buf_text(&text), WANTED[i]);
        buf_deinit(&text);
    }
}

Test(report, deinit_frees_what_it_owns)
{
    struct report report = {0};
    report.item_count = 2;
    report.items = mem_alloc(2, sizeof(*report.items));
    report.items[1].rules = mem_alloc(3, sizeof(size_t));
    report.rules = mem_alloc(1, sizeof(*report.rules));
    report.catalogs = mem_alloc(1, sizeof(*report.catalogs));
    report.waivers = mem_alloc(1, sizeof(*report.waivers));
    diags_add(&report.input_problems, DIAG_ERROR, "a", (struct diag_place){0}, "b");
    diags_add(&report.inventory.problems, DIAG_ERROR, "a", (struct diag_place){0}, "b");
    report_deinit(&report); // the leak check of the asan build is what can fail here
    cr_expect_null(report.items);
    cr_expect_eq(report.item_count, 0);
    report_deinit(&report);
}
