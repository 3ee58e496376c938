// SPDX-License-Identifier: MIT
//
// report.json. What differs between two runs over the same content (ids, times, fence) stands in
// the member `run` and nowhere else, so that the rest can be compared byte by byte.
#include "report_json.h"

#include "json_build.h"
#include "render/render.h"

enum { REPORT_FORMAT_VERSION = 1 };

// Which run it was. The instant of evaluation is here, although waivers and attestations depend on
// it: what it changed shows in their states and in the outcomes.
static json_t *build_run(const struct report *report)
{
    json_t *run = build_object();
    build_put_text(run, "reportId", report->report_id);
    build_put_text(run, "accountId", report->account_id);
    build_put_text_if_any(run, "aggregatorId", report->aggregator_id);
    build_put_number(run, "fence", report->fence);
    build_put_time(run, "generatedAt", report->generated_at_ms);
    build_put_time(run, "evaluatedAsOf", report->evaluated_as_of_ms);
    build_put_text_if_any(run, "traceId", report->trace_id);
    return run;
}

static json_t *build_provenance(const struct report *report)
{
    json_t *provenance = build_object();
    build_put_text(provenance, "packreportVersion", PACKREPORT_VERSION);
    build_put_text_if_any(provenance, "packSha256", report->pack->digest);
    build_put_text_if_any(provenance, "rulesSha256", report->rules_digest);
    build_put_text_if_any(provenance, "waiversSha256", report->waivers_digest);
    build_put_text_if_any(provenance, "attestationsSha256", report->attestations_digest);
    build_put_text_if_any(provenance, "inventorySha256", report->inventory.digest);
    return provenance;
}

static json_t *build_pack(const struct pack *pack)
{
    json_t *object = build_object();
    build_put_text(object, "uuid", pack->uuid);
    build_put_text_if_any(object, "name", pack->name);
    build_put_text_if_any(object, "version", pack->version);
    build_put_text_if_any(object, "owner", pack->owner);
    build_put_text_if_any(object, "description", pack->description);
    build_put_text_if_any(object, "classify", pack->classify);
    build_put_text_if_any(object, "areas", pack->areas);
    build_put_text_if_any(object, "region", pack->region);
    build_put(object, "state", json_integer(pack->state));
    build_put(object, "type", json_integer(pack->type));
    build_put_number(object, "catalogs", pack->catalog_count);
    build_put_number(object, "checkItems", pack->item_count);
    return object;
}

// How each score is formed, in words, so that the report explains itself.
static json_t *build_formulas(void)
{
    json_t *formulas = build_object();
    build_put_text(
        formulas, "byCount",
        "check items COMPLIANT / (COMPLIANT + NON_COMPLIANT); check items with any other "
        "outcome are on neither side");
    build_put_text(formulas, "byRisk",
                   "as byCount, each check item counted 3 times for riskLevel 1, twice for 2, once "
                   "for 3");
    build_put_text(formulas, "byCountWithoutWaivers",
                   "as byCount, after each IGNORED finding is taken as NON_COMPLIANT");
    build_put_text(formulas, "byRiskWithoutWaivers",
                   "as byRisk, after each IGNORED finding is taken as NON_COMPLIANT");
    return formulas;
}

static json_t *build_summary(const struct report *report)
{
    json_t *summary = build_object();
    build_put(summary, "checkItemCounts", build_counts(&report->item_counts));
    build_put(summary, "findingCounts", build_counts(&report->finding_counts));
    build_put(summary, "scores", build_scores(&report->scores));
    build_put(summary, "formulas", build_formulas());
    return summary;
}

static json_t *build_inventory(const struct report_inventory *inventory)
{
    json_t *object = report_json_inventory(inventory);
    build_put(object, "problems", build_diags(&inventory->problems));
    return object;
}

void render_report_json(const struct report *report, const char *const *first_findings,
                        size_t count, struct buf *out)
{
    json_t *document = build_object();
    build_put_text(document, "format", "packreport-report");
    build_put_number(document, "formatVersion", REPORT_FORMAT_VERSION);
    build_put(document, "run", build_run(report));
    build_put(document, "provenance", build_provenance(report));
    build_put(document, "pack", build_pack(report->pack));
    build_put(document, "summary", build_summary(report));
    if (report->section_count > 0) {
        build_put(document, "accounts", report_json_accounts(report));
    }
    build_put(document, "catalogs", report_json_catalogs(report));
    build_put(document, "checkItems", report_json_items(report));
    build_put(document, "rules", report_json_rules(report));
    build_put(document, "waivers", report_json_waivers(report));
    build_put(document, "inventory", build_inventory(&report->inventory));
    build_put(document, "problems", build_diags(&report->input_problems));
    build_put_text(document, "findingsListed", findings_listed_text(report->listed));
    json_t *findings = build_array();
    build_put(document, "firstFindings", findings);
    build_write_with(document, findings, first_findings, count, out);
}
