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
    char *row = mem_format("NON_COMPLIANT,high,r,R,id,%s,t,,1,9,700,,,,,,\r\n", wanted);
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

Test(csv, has_as_many_cells_in_each_row_as_in_the_header)
{
    struct sample_report *sample = sample_report_create();
    struct buf out;
    buf_init(&out, OUT_BYTES);
    render_csv_header(&out);
    render_finding_csv(&sample->findings[0], NULL, &out);
    render_finding_csv(&sample->findings[3], NULL, &out);
    cr_assert_str_eq(
        buf_text(&out),
        "Outcome,Risk,Rule ID,Rule name,Resource ID,Resource name,Resource type,Region,Account,"
        "Inventory line,Inventory offset,Waiver,Property,Operator,Value found,Value "
        "wanted,Reason\r\n"
        "NON_COMPLIANT,high,r-mfa,MFA,user-a,,iam.users,region-1,1001,1,0,,"
        "\"$.mfa.enabled\",StringEquals,false,true,\r\n"
        "IGNORED,high,r-rotation,Rotation,key-1,,iam.users,region-1,1001,4,300,w-1,"
        "\"$.mfa.enabled\",StringEquals,false,true,\r\n");
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
