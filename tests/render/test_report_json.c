// SPDX-License-Identifier: MIT
#include "base/mem.h"
#include "render/render.h"
#include "sample_report.h"

#include <criterion/criterion.h>
#include <jansson.h>
#include <string.h>

static json_t *rendered(const struct sample_report *sample)
{
    struct buf out;
    sample_report_render(sample, &out);
    json_error_t error;
    json_t *document = json_loadb(out.data, out.len, JSON_REJECT_DUPLICATES, &error);
    cr_assert_not_null(document, "%s", error.text);
    buf_deinit(&out);
    return document;
}

static json_t *member(json_t *value, const char *path)
{
    char *copy = mem_text(path);
    char *rest = copy;
    for (char *name; value != NULL && (name = strsep(&rest, "/")) != NULL;) {
        value = json_is_array(value) ? json_array_get(value, strtoul(name, NULL, 10))
                                     : json_object_get(value, name);
    }
    mem_free(&copy);
    cr_assert_not_null(value, "no member at %s", path);
    return value;
}

static void assert_text(json_t *document, const char *path, const char *wanted)
{
    cr_assert_str_eq(json_string_value(member(document, path)), wanted, "at %s", path);
}

static void assert_number(json_t *document, const char *path, json_int_t wanted)
{
    cr_assert_eq(json_integer_value(member(document, path)), wanted, "at %s", path);
}

// The one way to write a document: what jansson writes of it with sorted members.
Test(report_json, is_canonical)
{
    struct sample_report *sample = sample_report_create();
    struct buf out;
    sample_report_render(sample, &out);
    json_t *document = json_loadb(out.data, out.len, 0, NULL);
    char *again = json_dumps(document, JSON_INDENT(2) | JSON_SORT_KEYS | JSON_REAL_PRECISION(5));
    cr_assert_eq(strlen(again) + 1, out.len);
    cr_assert_eq(memcmp(again, out.data, out.len - 1), 0);
    cr_assert_eq(out.data[out.len - 1], '\n');
    cr_assert(json_is_object(document));
    free(again);
    json_decref(document);
    buf_deinit(&out);
    sample_report_destroy(&sample);
}

static size_t differing_lines(const char *left, const char *right, const char *first_wanted)
{
    size_t count = 0;
    while (*left != '\0' && *right != '\0') {
        size_t left_len = strcspn(left, "\n");
        size_t right_len = strcspn(right, "\n");
        if (left_len != right_len || memcmp(left, right, left_len) != 0) {
            count++;
            cr_assert_geq(left, first_wanted, "a line outside of run differs");
        }
        left += left_len + 1;
        right += right_len + 1;
    }
    cr_assert_eq(*left, *right);
    return count;
}

Test(report_json, differs_between_runs_in_the_member_run_only)
{
    struct sample_report *sample = sample_report_create();
    struct sample_report *other = sample_report_create();
    other->report.report_id = "REPORT-2";
    other->report.account_id = "1002";
    other->report.fence = 8;
    other->report.generated_at_ms++;
    other->report.evaluated_as_of_ms++;
    struct buf first;
    struct buf same;
    struct buf second;
    sample_report_render(sample, &first);
    sample_report_render(sample, &same);
    sample_report_render(other, &second);
    cr_assert_eq(first.len, same.len);
    cr_assert_eq(memcmp(first.data, same.data, first.len), 0);
    const char *run = strstr(first.data, "  \"run\": {");
    const char *summary = strstr(first.data, "  \"summary\": {");
    cr_assert(run != NULL && summary != NULL && run < summary);
    cr_assert_eq(differing_lines(first.data, second.data, run), 5);
    cr_assert_str_eq(summary, strstr(second.data, "  \"summary\": {"));
    buf_deinit(&first);
    buf_deinit(&same);
    buf_deinit(&second);
    sample_report_destroy(&sample);
    sample_report_destroy(&other);
}

Test(report_json, says_which_run_it_was_and_what_went_in)
{
    struct sample_report *sample = sample_report_create();
    json_t *document = rendered(sample);
    assert_text(document, "format", "packreport-report");
    assert_number(document, "formatVersion", 1);
    assert_text(document, "run/reportId", "REPORT-1");
    assert_text(document, "run/accountId", "1001");
    assert_number(document, "run/fence", 7);
    assert_text(document, "run/generatedAt", "2026-07-25T17:20:00.123Z");
    assert_text(document, "run/evaluatedAsOf", "2026-07-25T17:20:00.000Z");
    assert_text(document, "provenance/packSha256", sample->report.pack->digest);
    assert_text(document, "provenance/rulesSha256", sample->report.rules_digest);
    assert_text(document, "provenance/inventorySha256", sample->report.inventory.digest);
    cr_assert_null(json_object_get(member(document, "provenance"), "attestationsSha256"));
    cr_assert_gt(json_string_length(member(document, "provenance/packreportVersion")), 0);
    json_decref(document);
    sample_report_destroy(&sample);
}

Test(report_json, gives_scores_with_their_parts)
{
    struct sample_report *sample = sample_report_create();
    json_t *document = rendered(sample);
    assert_number(document, "summary/scores/byCount/numerator", 2);
    assert_number(document, "summary/scores/byCount/denominator", 3);
    assert_number(document, "summary/scores/byRisk/denominator", 6);
    assert_number(document, "summary/scores/byCountWithoutWaivers/denominator", 4);
    assert_number(document, "summary/scores/byRiskWithoutWaivers/denominator", 9);
    assert_number(document, "summary/checkItemCounts/COMPLIANT", 2);
    assert_number(document, "summary/findingCounts/IGNORED", 1);
    cr_assert(json_is_null(member(document, "catalogs/0/catalogs/1/scores/byCount/percent")));
    cr_assert_not_null(strstr(json_string_value(member(document, "summary/formulas/byCount")),
                              "COMPLIANT / (COMPLIANT + NON_COMPLIANT)"));
    json_decref(document);
    sample_report_destroy(&sample);
}

Test(report_json, writes_percentages_with_at_most_two_decimals)
{
    static const struct {
        struct score score;
        const char *wanted;
    } ROWS[] = {
        {{2, 3}, "\"percent\": 66.67"},        {{1, 1}, "\"percent\": 100.0"},
        {{0, 1}, "\"percent\": 0.0"},          {{1, 10000}, "\"percent\": 0.01"},
        {{9999, 10000}, "\"percent\": 99.99"}, {{1, 8}, "\"percent\": 12.5"},
    };
    struct sample_report *sample = sample_report_create();
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        sample->report.scores.by_risk = ROWS[i].score;
        struct buf out;
        sample_report_render(sample, &out);
        const char *summary = strstr(buf_text(&out), "  \"summary\": {");
        const char *by_risk = strstr(summary, "\"byRisk\": {");
        const char *percent = strstr(by_risk, "\"percent\"");
        cr_assert_eq(strncmp(percent, ROWS[i].wanted, strcspn(percent, "\n")), 0, "%s",
                     ROWS[i].wanted);
        buf_deinit(&out);
    }
    sample_report_destroy(&sample);
}

Test(report_json, nests_the_catalogues)
{
    struct sample_report *sample = sample_report_create();
    json_t *document = rendered(sample);
    cr_assert_eq(json_array_size(member(document, "catalogs")), 3);
    assert_text(document, "catalogs/0/name", "Identity");
    assert_text(document, "catalogs/0/position", "1");
    assert_text(document, "catalogs/0/catalogs/0/position", "1.1");
    assert_text(document, "catalogs/0/catalogs/1/position", "1.2");
    assert_text(document, "catalogs/0/catalogs/1/name", "密钥 keys");
    assert_text(document, "catalogs/2/position", "3");
    cr_assert_null(json_object_get(member(document, "catalogs/2"), "name"));
    assert_text(document, "catalogs/0/catalogs/0/checkItems/1", "item-admin");
    assert_number(document, "catalogs/0/checkItemCounts/NON_COMPLIANT", 1);
    json_decref(document);
    sample_report_destroy(&sample);
}

Test(report_json, says_where_each_verdict_comes_from)
{
    struct sample_report *sample = sample_report_create();
    json_t *document = rendered(sample);
    assert_text(document, "checkItems/0/outcome", "NON_COMPLIANT");
    assert_text(document, "checkItems/0/verdictSource", "rule");
    assert_text(document, "checkItems/0/rules/0", "r-mfa");
    assert_number(document, "checkItems/0/findingCounts/COMPLIANT", 1);
    assert_text(document, "checkItems/3/rules/1", "r-acl");
    assert_text(document, "checkItems/4/attestation/by", "auditor");
    assert_text(document, "checkItems/5/lapsedAttestation/until", "2026-02-09T01:20:00.000Z");
    assert_text(document, "rules/4/brokenReason", "unknown operator \"Equal\"");
    assert_text(document, "rules/0/file", "iam.json");
    assert_text(document, "waivers/0/state", "IN_FORCE");
    cr_assert(json_is_true(member(document, "waivers/0/lapsesSoon")));
    assert_number(document, "waivers/0/findingsExcused", 1);
    assert_number(document, "waivers/0/resourcesExcused", 1);
    cr_assert(json_is_false(member(document, "waivers/0/unused")));
    cr_assert(json_is_false(member(document, "waivers/0/overBroad")));
    cr_assert_null(json_object_get(member(document, "waivers/0"), "overBroadReason"));
    assert_text(document, "waivers/1/state", "LAPSED");
    assert_text(document, "firstFindings/0/annotation/property", "$.mfa.enabled");
    cr_assert_eq(json_array_size(member(document, "firstFindings")), SAMPLE_FINDINGS);
    json_decref(document);
    sample_report_destroy(&sample);
}

Test(report_json, marks_waivers_that_are_unused_and_over_broad)
{
    struct sample_report *sample = sample_report_create();
    sample->report.waivers[0].is_unused = true;
    sample->report.waivers[0].breadth = WAIVER_ANYTHING;
    json_t *document = rendered(sample);
    cr_assert(json_is_true(member(document, "waivers/0/unused")));
    cr_assert(json_is_true(member(document, "waivers/0/overBroad")));
    assert_text(document, "waivers/0/overBroadReason",
                "its patterns name neither a rule nor a resource: it excuses everything");
    json_decref(document);
    sample_report_destroy(&sample);
}

Test(report_json, lists_problems_without_the_folders_of_the_host)
{
    struct sample_report *sample = sample_report_create();
    sample->report.inventory.problems.errors += 41; // as if the list had been full
    sample->report.inventory.duplicates = 3;
    json_t *document = rendered(sample);
    assert_text(document, "problems/list/0/file", "obs.json");
    assert_text(document, "problems/list/0/pointer", "/rules/1");
    assert_text(document, "problems/list/0/severity", "error");
    assert_number(document, "inventory/records", 4);
    assert_number(document, "inventory/badLines", 1);
    assert_number(document, "inventory/duplicates", 3);
    assert_number(document, "inventory/problems/list/0/line", 5);
    assert_number(document, "inventory/problems/errors", 42);
    assert_number(document, "inventory/problems/notListed", 41);
    json_decref(document);
    sample_report_destroy(&sample);
}

Test(report_json, survives_texts_that_are_not_utf8)
{
    struct sample_report *sample = sample_report_create();
    struct rule rule = *sample->report.rules[0].rule;
    char name[] = "bad \xff name";
    rule.name = name;
    sample->report.rules[0].rule = &rule;
    json_t *document = rendered(sample);
    assert_text(document, "rules/0/name", "bad \xef\xbf\xbd name");
    json_decref(document);
    sample_report_destroy(&sample);
}

Test(report_json, marks_the_buffer_when_it_is_full)
{
    struct sample_report *sample = sample_report_create();
    struct buf out;
    buf_init(&out, 1000);
    render_report_json(&sample->report, NULL, 0, &out);
    cr_assert(out.overflow);
    buf_deinit(&out);
    sample_report_destroy(&sample);
}
