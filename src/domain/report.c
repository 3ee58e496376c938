// SPDX-License-Identifier: MIT
#include "domain/report.h"

#include "base/mem.h"

#include <inttypes.h>

const char *verdict_source_text(enum verdict_source source)
{
    static const char *const TEXTS[] = {
        [VERDICT_NONE] = "none", [VERDICT_RULE] = "rule", [VERDICT_ATTESTATION] = "attestation"};
    REQUIRE((size_t)source < ARRAY_LEN(TEXTS));
    return TEXTS[source];
}

void report_waiver_explain_breadth(const struct report_waiver *waiver, struct buf *out)
{
    switch (waiver->breadth) {
    case WAIVER_NARROW:
        return;
    case WAIVER_ANYTHING:
        (void)buf_append_text(
            out, "its patterns name neither a rule nor a resource: it excuses everything");
        return;
    case WAIVER_ANY_RULE:
        (void)buf_append_text(out, "its rule pattern names no rule: it excuses whatever is found "
                                   "on its resources, also by rules that are still to come");
        return;
    case WAIVER_ANY_RESOURCE:
        (void)buf_append_text(out, "its resource pattern names no resource: it excuses whatever "
                                   "its rules find, also on resources that are still to come");
        return;
    case WAIVER_MANY:
        (void)buf_append_format(out,
                                "it excuses findings of %d or more rules on %" PRIu64 " resources",
                                WAIVER_MANY_RULES, waiver->resources);
        return;
    }
}

void report_deinit(struct report *report)
{
    for (size_t i = 0; i < report->item_count; i++) {
        mem_free(&report->items[i].rules);
    }
    mem_free(&report->rules);
    mem_free(&report->items);
    mem_free(&report->catalogs);
    mem_free(&report->waivers);
    mem_free(&report->sections);
    diags_deinit(&report->inventory.problems);
    diags_deinit(&report->input_problems);
    *report = (struct report){0};
}
