// SPDX-License-Identifier: MIT
#include "base/mem.h"
#include "render/render.h"
#include "sample_report.h"

#include <criterion/criterion.h>
#include <string.h>

enum { OUT_BYTES = 64 * 1024 };

// The resource name's cell as it stands in the row.
static void assert_cell(const char *text, const char *wanted)
{
    struct finding finding = {.outcome = OUTCOME_NON_COMPLIANT,
                              .rule_id = "r",
                              .rule_name = "R",
                              .risk = RISK_HIGH,
                              .resource_id = span_of("id"),
                              .resource_name = span_of(text),
                              .resource_type = span_of("t"),
                              .region_id = span_of(""),
                              .account_id = span_of("1"),
                              .line = 9,
                              .offset = 700,
                              .waiver_id = ""};
    struct buf out;
    buf_init(&out, OUT_BYTES);
    render_finding_csv(&finding, NULL, &out);
    char *row = mem_format("NON_COMPLIANT,high,r,R,id,%s,t,,1,9,700,,,,,,", wanted);
    cr_assert_str_eq(buf_text(&out), row);
    mem_free(&row);
    buf_deinit(&out);
}

struct cell {
    const char *text;
    const char *wanted;
};

Test(csv, quotes_as_rfc_4180_says)
{
    static const struct cell ROWS[] = {
        {"", ""},
        {"plain-name_1.2:x/y", "plain-name_1.2:x/y"},
        {"two words", "\"two words\""},
        {"a,b", "\"a,b\""},
        {"say \"hi\"", "\"say \"\"hi\"\"\""},
        {"two\r\nlines", "\"two\r\nlines\""},
        {"grün 密钥", "\"grün 密钥\""},
        {"'quoted'", "\"'quoted'\""},
    };
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        assert_cell(ROWS[i].text, ROWS[i].wanted);
    }
}

Test(csv, makes_text_of_what_looks_like_a_formula)
{
    static const struct cell ROWS[] = {
        {"=1+1", "\"'=1+1\""},
        {"+1+1", "\"'+1+1\""},
        {"-1+1", "\"'-1+1\""},
        {"@SUM(A1)", "\"'@SUM(A1)\""},
        {"\t=1", "\"'\t'=1\""},
        {"\tx", "\"'\tx\""},
        {"\r=1", "\"'\r'=1\""},
        {"\n=1", "\"'\n'=1\""},
        {"=cmd|'/c calc'!A1", "\"'=cmd|'/c calc'!A1\""},
        {"=\"a\",\"b\"", "\"'=\"\"a\"\",\"\"b\"\"\""},
        {"＝1+1", "\"'＝1+1\""},
        {"＋1", "\"'＋1\""},
        {"－1", "\"'－1\""},
        {"＠x", "\"'＠x\""},
        {"  =1", "\"  '=1\""},
        {"\xc2\xa0=1", "\"\xc2\xa0'=1\""},
        {"\xef\xbb\xbf=1", "\"\xef\xbb\xbf'=1\""},
        {"a;=1", "\"a;'=1\""},
        {"a\t=1", "\"a\t'=1\""},
        {"a|@x", "\"a|'@x\""},
        {"a\r\n=1", "\"a\r\n'=1\""},
        {"a; +b", "\"a; '+b\""},
        {"-", "\"'-\""},
        {"--1", "\"'--1\""},
        {"-1.2.3", "\"'-1.2.3\""},
        {"+", "\"'+\""},
    };
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        assert_cell(ROWS[i].text, ROWS[i].wanted);
    }
}

Test(csv, leaves_numbers_and_inner_signs_alone)
{
    static const struct cell ROWS[] = {
        {"-1", "-1"},
        {"+49", "+49"},
        {"-0.25", "-0.25"},
        {"-.5", "-.5"},
        {"a=b", "a=b"},
        {"a-b", "a-b"},
        {"x@y.example", "x@y.example"},
        {"10%", "10%"},
        {"a = b", "\"a = b\""},
    };
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        assert_cell(ROWS[i].text, ROWS[i].wanted);
    }
}

Test(csv, replaces_what_is_no_text)
{
    assert_cell("a\x1b[31m", "\"a\xef\xbf\xbd[31m\"");
    assert_cell("\x7f", "\"\xef\xbf\xbd\"");
    assert_cell("bad \xff", "\"bad \xef\xbf\xbd\"");
}

static struct render_csv_items *items_of(const struct sample_report *sample)
{
    const struct report *report = &sample->report;
    struct render_bound bound[16];
    size_t count = 0;
    for (size_t i = 0; i < report->item_count; i++) {
        for (size_t j = 0; j < report->items[i].rule_count; j++) {
            cr_assert_lt(count, ARRAY_LEN(bound));
            bound[count++] = (struct render_bound){.rule = report->items[i].rules[j], .item = i};
        }
    }
    return render_csv_items_create(report->pack, report->rule_count, bound, count);
}

Test(csv, has_as_many_cells_in_each_row_as_in_the_header)
{
    struct sample_report *sample = sample_report_create();
    struct render_csv_items *items = items_of(sample);
    struct buf out;
    buf_init(&out, OUT_BYTES);
    render_csv_header(&out);
    static const size_t ROWS[] = {0, 3};
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        const struct finding *finding = &sample->findings[ROWS[i]];
        render_finding_csv(finding, NULL, &out);
        render_csv_end_of_rule(items, finding->rule, &out);
    }
    cr_assert_str_eq(
        buf_text(&out),
        "Outcome,Risk,Rule ID,Rule name,Resource ID,Resource name,Resource type,Region,Account,"
        "Inventory line,Inventory offset,Waiver,Property,Operator,Value found,Value "
        "wanted,Reason,Check item ID,Check item,Catalogue\r\n"
        "NON_COMPLIANT,high,r-mfa,MFA,user-a,,iam.users,region-1,1001,1,0,,"
        "\"$.mfa.enabled\",StringEquals,false,true,,item-mfa,\"MFA for each user\",1.1\r\n"
        "IGNORED,high,r-rotation,Rotation,key-1,,iam.users,region-1,1001,4,300,w-1,"
        "\"$.mfa.enabled\",StringEquals,false,true,,item-rotation,\"Keys are rotated\",\"1.2 密钥 "
        "keys\"\r\n");
    render_csv_items_destroy(&items);
    buf_deinit(&out);
    sample_report_destroy(&sample);
}

// Attested as failing, judged by nobody, judged by a rule that is broken.
Test(csv, has_a_row_for_each_verdict_without_a_finding)
{
    struct sample_report *sample = sample_report_create();
    struct render_csv_items *items = items_of(sample);
    struct buf out;
    buf_init(&out, OUT_BYTES);
    for (size_t i = 0; i < sample->report.item_count; i++) {
        struct report_item *item = &sample->report.items[i];
        item->outcome = item->source == VERDICT_ATTESTATION ? OUTCOME_NON_COMPLIANT : item->outcome;
    }
    render_verdicts_csv(&sample->report, items, &out);
    cr_expect_str_eq(
        buf_text(&out),
        "ERROR,medium,r-acl,ACL,,,,,,,,,,,,,\"unknown operator \"\"Equal\"\"\",item-public,"
        "\"No public buckets\",\"2 Storage\"\r\n"
        "NON_COMPLIANT,medium,,,,,,,,,,,,,,,\"attested by auditor: T-2\",item-encryption,"
        "\"Backups are encrypted\",\"2 Storage\"\r\n"
        "MANUAL,medium,,,,,,,,,,,,,,,\"the attestation by auditor has run out\",item-review,"
        "\"Logs are reviewed\",3\r\n");
    sample->report.items[sample->report.item_count - 1].lapsed = NULL;
    buf_reset(&out);
    render_verdicts_csv(&sample->report, items, &out);
    cr_expect_not_null(strstr(buf_text(&out), "\"no rule and no attestation\",item-review"));
    render_csv_items_destroy(&items);
    buf_deinit(&out);
    sample_report_destroy(&sample);
}

Test(csv, names_all_check_items_of_a_rule)
{
    struct sample_report *sample = sample_report_create();
    const struct render_bound bound[] = {{.rule = 1, .item = 0}, {.rule = 1, .item = 2}};
    struct render_csv_items *items =
        render_csv_items_create(sample->report.pack, 3, bound, ARRAY_LEN(bound));
    struct buf out;
    buf_init(&out, OUT_BYTES);
    render_csv_end_of_rule(items, 1, &out);
    render_csv_end_of_rule(items, 0, &out);
    cr_expect_str_eq(buf_text(&out),
                     ",\"item-mfa; item-rotation\",\"MFA for each user; Keys are rotated\","
                     "\"1.1; 1.2 密钥 keys\"\r\n,,,\r\n");
    render_csv_items_destroy(&items);
    buf_deinit(&out);
    sample_report_destroy(&sample);
}

Test(csv, names_a_hundred_check_items_of_a_rule_and_counts_the_rest)
{
    struct sample_report *sample = sample_report_create();
    struct render_bound bound[103];
    for (size_t i = 0; i < ARRAY_LEN(bound); i++) {
        bound[i] = (struct render_bound){.rule = 0, .item = 0};
    }
    struct render_csv_items *items =
        render_csv_items_create(sample->report.pack, 1, bound, ARRAY_LEN(bound));
    struct buf out;
    buf_init(&out, OUT_BYTES);
    render_csv_end_of_rule(items, 0, &out);
    const char *more = strstr(buf_text(&out), "; … and 3 more\",");
    cr_assert_not_null(more, "%s", buf_text(&out));
    cr_assert_null(strstr(more + 14, "more"));
    render_csv_items_destroy(&items);
    buf_deinit(&out);
    sample_report_destroy(&sample);
}

// A directory's name stands with each of its items: it must not make a report of gigabytes.
Test(csv, cuts_long_names_of_a_pack_at_whole_characters)
{
    enum { SHOWN = 512, LONG = SHOWN + 100 };
    struct sample_report *sample = sample_report_create();
    struct pack pack = *sample->report.pack;
    char name[LONG + 1];
    char long_id[LONG + 1];
    memset(long_id, 'i', LONG);
    long_id[LONG] = '\0';
    for (size_t i = 0; i < LONG; i += 3) {
        memcpy(name + i, "密", 3);
    }
    name[LONG / 3 * 3] = '\0';
    size_t listed[] = {0};
    struct check_item item = {.uuid = long_id, .name = name};
    struct catalog catalog = {
        .uuid = long_id, .name = name, .parent = PACK_TOP, .items = listed, .item_count = 1};
    pack.catalogs = &catalog;
    pack.items = &item;
    pack.catalog_count = pack.item_count = 1;
    struct render_csv_items *items = render_csv_items_create(&pack, 0, NULL, 0);
    char *wanted = mem_format(",\"%.*s…\",\"%.*s…\",\"1 %.*s…\"\r\n", SHOWN, long_id, SHOWN / 3 * 3,
                              name, SHOWN / 3 * 3, name);
    struct buf out;
    buf_init(&out, OUT_BYTES);
    render_csv_end_of_item(items, 0, &out);
    cr_expect_str_eq(buf_text(&out), wanted, "%s", buf_text(&out));
    mem_free(&wanted);
    render_csv_items_destroy(&items);
    buf_deinit(&out);
    sample_report_destroy(&sample);
}

Test(csv, quotes_the_whole_of_an_attestation)
{
    enum { EVIDENCE_BYTES = 70 * 1000 };
    struct sample_report *sample = sample_report_create();
    struct render_csv_items *items = items_of(sample);
    char *evidence = mem_alloc(EVIDENCE_BYTES + 1, 1);
    memset(evidence, 'e', EVIDENCE_BYTES);
    struct attestation attestation = {.by = "auditor", .evidence = evidence};
    for (size_t i = 0; i < sample->report.item_count; i++) {
        struct report_item *item = &sample->report.items[i];
        bool is_attested = item->source == VERDICT_ATTESTATION;
        item->outcome = is_attested ? OUTCOME_NON_COMPLIANT : OUTCOME_COMPLIANT;
        item->attestation = is_attested ? &attestation : NULL;
    }
    struct buf out;
    buf_init(&out, 2 * (size_t)EVIDENCE_BYTES);
    render_verdicts_csv(&sample->report, items, &out);
    cr_expect_not_null(strstr(buf_text(&out), evidence));
    mem_free(&evidence);
    render_csv_items_destroy(&items);
    buf_deinit(&out);
    sample_report_destroy(&sample);
}

Test(csv, leaves_out_what_is_compliant)
{
    struct sample_report *sample = sample_report_create();
    struct buf out;
    buf_init(&out, OUT_BYTES);
    render_finding_csv(&sample->findings[1], NULL, &out);
    cr_assert_eq(out.len, 0);
    buf_deinit(&out);
    sample_report_destroy(&sample);
}
