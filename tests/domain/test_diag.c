// SPDX-License-Identifier: MIT
#include "base/limits.h"
#include "domain/answer.h"
#include "domain/diag.h"
#include "domain/finding.h"

#include <criterion/criterion.h>
#include <string.h>

static void expect_format(struct diag_place place, const char *message, const char *wanted)
{
    struct diags diags;
    diags_init(&diags);
    diags_add(&diags, DIAG_ERROR, "a.b", place, "%s", message);
    struct buf text;
    buf_init(&text, 4096);
    diag_format(&diags.items[0], &text);
    cr_expect_str_eq(buf_text(&text), wanted, "%s", buf_text(&text));
    buf_deinit(&text);
    diags_deinit(&diags);
}

Test(diag, format)
{
    expect_format((struct diag_place){"f.json", 3, 0, "/a/0"}, "wrong",
                  "f.json:3: error: wrong (at /a/0) [a.b]");
    expect_format((struct diag_place){"f.json", 3, 9, ""}, "wrong",
                  "f.json:3:9: error: wrong [a.b]");
    expect_format((struct diag_place){"f.json", 0, 9, ""}, "wrong", "f.json: error: wrong [a.b]");
    expect_format((struct diag_place){NULL, 7, 0, NULL}, "wrong", "line 7: error: wrong [a.b]");
    expect_format((struct diag_place){0}, "wrong", "error: wrong [a.b]");
    expect_format((struct diag_place){"f\n", 1, 0, "/\x1b"}, "a\tb\x7f ä",
                  "f\\x0a:1: error: a\\x09b\\x7f ä (at /\\x1b) [a.b]");
}

Test(diag, a_message_without_end_is_cut)
{
    struct diags diags;
    diags_init(&diags);
    diags_add(&diags, DIAG_WARNING, "a.b", (struct diag_place){0}, "%10000d", 1);
    cr_expect_lt(strlen(diags.items[0].message), 2000);
    diags_deinit(&diags);
}

static void fill(struct diags *diags, size_t count, enum diag_severity severity)
{
    for (size_t i = 0; i < count; i++) {
        diags_add(diags, severity, "a.b", (struct diag_place){"f", i, 0, "/p"}, "%zu", i);
    }
}

Test(diag, beyond_the_limit_only_the_counts_grow)
{
    struct diags diags;
    diags_init(&diags);
    fill(&diags, LIMIT_DIAGNOSTICS + 1, DIAG_ERROR);
    fill(&diags, 2, DIAG_WARNING);
    cr_expect_eq(diags.count, LIMIT_DIAGNOSTICS);
    cr_expect_eq(diags.errors, LIMIT_DIAGNOSTICS + 1);
    cr_expect_eq(diags.warnings, 2);
    cr_expect_str_eq(diags.items[LIMIT_DIAGNOSTICS - 1].message, "999");
    diags_deinit(&diags);
    cr_expect_eq(diags.count + diags.errors + diags.warnings, 0);
}

Test(diag, errors_take_the_place_of_warnings)
{
    struct diags diags;
    diags_init(&diags);
    fill(&diags, 1, DIAG_ERROR);
    fill(&diags, LIMIT_DIAGNOSTICS + 7, DIAG_WARNING);
    fill(&diags, 2, DIAG_ERROR);
    cr_expect_eq(diags.count, LIMIT_DIAGNOSTICS);
    cr_expect_eq(diags.warnings, LIMIT_DIAGNOSTICS + 7);
    cr_expect_str_eq(diags.items[LIMIT_DIAGNOSTICS - 3].message, "996");
    cr_expect_eq(diags.items[LIMIT_DIAGNOSTICS - 3].severity, DIAG_WARNING);
    cr_expect_eq(diags.items[LIMIT_DIAGNOSTICS - 2].severity, DIAG_ERROR);
    cr_expect_str_eq(diags.items[LIMIT_DIAGNOSTICS - 1].message, "1");
    diags_deinit(&diags);
}

Test(diag, taking_all_moves_and_copying_all_leaves)
{
    struct diags into;
    struct diags from;
    diags_init(&into);
    diags_init(&from);
    fill(&into, LIMIT_DIAGNOSTICS - 3, DIAG_WARNING);
    fill(&from, 2, DIAG_ERROR);
    diags_copy_all(&into, &from);
    cr_expect_eq(from.count, 2);
    cr_expect_eq(into.count, LIMIT_DIAGNOSTICS - 1);
    cr_expect_str_eq(into.items[into.count - 1].message, "1");
    cr_expect_neq(into.items[into.count - 1].message, from.items[1].message);
    diags_take_all(&into, &from);
    cr_expect_eq(from.count + from.errors, 0);
    cr_expect_eq(into.count, LIMIT_DIAGNOSTICS);
    cr_expect_eq(into.errors, 4);
    cr_expect_eq(into.warnings, LIMIT_DIAGNOSTICS - 3);
    diags_deinit(&into);
    diags_deinit(&from);
}

static void add_lines(struct diags *diags, const char *code, const size_t *lines, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        diags_add(diags, DIAG_ERROR, code, (struct diag_place){.line = lines[i]}, "m");
    }
}

Test(diag, merging_keeps_the_order_of_lines)
{
    static const size_t A[] = {2, 5, 5, 9};
    static const size_t B[] = {1, 5, 8, 9, 12};
    struct diags into;
    struct diags from;
    struct buf text;
    diags_init(&into);
    diags_init(&from);
    buf_init(&text, 1024);
    add_lines(&into, "a", A, ARRAY_LEN(A));
    add_lines(&from, "b", B, ARRAY_LEN(B));
    diags_merge_lines(&into, &from);
    for (size_t i = 0; i < into.count; i++) {
        (void)buf_append_format(&text, "%s%zu ", into.items[i].code, into.items[i].line);
    }
    cr_expect_str_eq(buf_text(&text), "b1 a2 a5 a5 b5 b8 a9 b9 b12 ");
    cr_expect_eq(into.errors, 9);
    cr_expect_eq(from.count + from.errors, 0);
    diags_merge_lines(&into, &from);
    cr_expect_eq(into.count, 9, "nothing is merged");
    diags_merge_lines(&from, &into);
    cr_expect_eq(from.count, 9, "into nothing");
    buf_deinit(&text);
    diags_deinit(&from);
    diags_deinit(&into);
}

Test(diag, merging_drops_the_last_lines_past_the_limit)
{
    struct diags into;
    struct diags from;
    diags_init(&into);
    diags_init(&from);
    fill(&into, LIMIT_DIAGNOSTICS + 7, DIAG_ERROR); // lines 0, 1, …, 999 are kept
    static const size_t LINES[] = {500, LIMIT_DIAGNOSTICS};
    add_lines(&from, "b", LINES, ARRAY_LEN(LINES));
    diags_merge_lines(&into, &from);
    cr_expect_eq(into.count, LIMIT_DIAGNOSTICS);
    cr_expect_eq(into.errors, LIMIT_DIAGNOSTICS + 9);
    cr_expect_str_eq(into.items[501].code, "b");
    cr_expect_eq(into.items[LIMIT_DIAGNOSTICS - 1].line, LIMIT_DIAGNOSTICS - 2);
    diags_deinit(&into);
}

Test(answer, codes_are_the_vendors)
{
    static const struct {
        enum answer_code code;
        const char *text;
        int status;
        const char *message;
    } ROWS[] = {
        {ANSWER_ACCEPTED, "Accepted", 200, ""},
        {ANSWER_REPORT_CREATING, "CompliancePackReportCreating", 400,
         "The compliance pack report is being created."},
        {ANSWER_PACK_UNKNOWN, "Invalid.CompliancePackId.Value", 400,
         "The specified CompliancePackId does not exist."},
        {ANSWER_AGGREGATOR_UNKNOWN, "Invalid.AggregatorId.Value", 400,
         "The specified AggregatorId is invalid."},
        {ANSWER_ACCOUNT_UNKNOWN, "AccountNotExisted", 404, "Your account does not exist."},
        {ANSWER_TOKEN_MISMATCH, "IdempotentParameterMismatch", 400,
         "The request is retried with updated parameters."},
        {ANSWER_UNAVAILABLE, "ServiceUnavailable", 503,
         "The request has failed due to a temporary failure of the server."},
    };
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        cr_expect_str_eq(answer_code_text(ROWS[i].code), ROWS[i].text);
        cr_expect_str_eq(answer_code_message(ROWS[i].code), ROWS[i].message);
        cr_expect_eq(answer_code_http_status(ROWS[i].code), ROWS[i].status);
    }
}

Test(answer, texts_are_read_back)
{
    for (int i = 0; i < ANSWER_CODE_COUNT; i++) {
        enum answer_code code;
        cr_expect(answer_code_parse(answer_code_text((enum answer_code)i), &code));
        cr_expect_eq((int)code, i);
    }
    for (int i = 0; i < REPORT_STATUS_COUNT; i++) {
        enum report_status status;
        cr_expect(report_status_parse(report_status_text((enum report_status)i), &status));
        cr_expect_eq((int)status, i);
    }
    for (int i = 0; i < OUTCOME_COUNT; i++) {
        enum outcome outcome;
        cr_expect(outcome_parse(outcome_text((enum outcome)i), &outcome));
        cr_expect_eq((int)outcome, i);
    }
    enum answer_code code = ANSWER_INTERNAL;
    enum report_status status = REPORT_FAILED;
    enum outcome outcome = OUTCOME_ERROR;
    cr_expect_not(answer_code_parse("accepted", &code));
    cr_expect_not(report_status_parse("", &status));
    cr_expect_not(outcome_parse("PASS", &outcome));
    cr_expect_eq(code, ANSWER_INTERNAL, "outputs only on success");
    cr_expect_eq(status, REPORT_FAILED);
    cr_expect_eq(outcome, OUTCOME_ERROR);
}

Test(finding, risk_levels_and_evidence)
{
    cr_expect_str_eq(risk_level_text(RISK_HIGH), "high");
    cr_expect_str_eq(risk_level_text(RISK_MEDIUM), "medium");
    cr_expect_str_eq(risk_level_text(RISK_LOW), "low");
    struct evidence evidence;
    evidence_init(&evidence);
    cr_expect_eq(evidence.configuration.limit, LIMIT_EVIDENCE_BYTES);
    (void)buf_append_text(&evidence.reason, "because");
    (void)buf_append_text(&evidence.property, "$.a");
    evidence_reset(&evidence);
    cr_expect_str_eq(buf_text(&evidence.reason), "");
    cr_expect_str_eq(buf_text(&evidence.property), "");
    evidence_deinit(&evidence);
}
