// SPDX-License-Identifier: MIT
#include "base/mem.h"
#include "render/render.h"
#include "render/utf8.h"
#include "sample_report.h"
#include "summary_table.h"

#include <criterion/criterion.h>
#include <string.h>

enum { OUT_BYTES = 1 << 20 };

static void summary(const struct report *report, bool color, struct buf *out)
{
    buf_init(out, OUT_BYTES);
    render_summary_text(report, color, out);
}

Test(summary_text, shows_tree_totals_and_what_fails)
{
    struct sample_report *sample = sample_report_create();
    struct buf out;
    summary(&sample->report, false, &out);
    cr_assert_str_eq(
        buf_text(&out),
        "Sample baseline 1.0\n"
        "\n"
        "Pack      pack-1\n"
        "Account   1001\n"
        "Report    REPORT-1 of 2026-07-25T17:20:00.123Z\n"
        "\n"
        "Catalogue     Items  Compliant  Failing  Waived  Manual   Error     Score\n"
        "Identity          3          1        1       1       0       0   50.00 %\n"
        "  1.1             2          1        1       0       0       0   50.00 %\n"
        "  密钥 keys       1          0        0       1       0       0         -\n"
        "Storage           2          1        0       0       0       1  100.00 %\n"
        "3                 1          0        0       0       1       0         -\n"
        "Whole pack        6          2        1       1       1       1   66.67 %\n"
        "\n"
        "Score     66.67 %  2 of 3 check items; without waivers 50.00 %\n"
        "By risk   50.00 %  3 of 6 risk points; without waivers 33.33 %\n"
        "Findings  3 compliant, 1 non-compliant, 1 waived\n"
        "Inventory 4 records, 1 bad line\n"
        "Waivers   1 in force, 1 of them for less than 30 days, 1 lapsed\n"
        "  lapse soon  w-1\n"
        "  lapsed      w-0\n"
        "Problems  1 error, 0 warnings in pack, rules, waivers, attestations or inventory\n"
        "\n"
        "Failing check items, highest risk first\n"
        "  high    MFA for each user                                             1 finding\n");
    buf_deinit(&out);
    sample_report_destroy(&sample);
}

Test(summary_text, names_the_account_group)
{
    struct sample_report *sample = sample_report_create();
    struct buf out;
    sample->report.aggregator_id = "ca-1";
    summary(&sample->report, false, &out);
    cr_assert_not_null(strstr(buf_text(&out), "\nAccount   1001, account group ca-1\n"));
    buf_deinit(&out);
    sample_report_destroy(&sample);
}

Test(summary_text, lists_each_check_item_that_fails)
{
    enum { FAILING = 40 };
    struct sample_report *sample = sample_report_create();
    struct report report = sample->report;
    struct report_item items[FAILING];
    for (size_t i = 0; i < FAILING; i++) {
        items[i] = report.items[0];
        items[i].outcome = OUTCOME_NON_COMPLIANT;
    }
    report.items = items;
    report.item_count = FAILING;
    struct buf out;
    summary(&report, false, &out);
    size_t lines = 0;
    for (const char *at = strstr(buf_text(&out), "Failing check items"); at != NULL;
         at = strchr(at + 1, '\n')) {
        lines++;
    }
    cr_assert_eq(lines, FAILING + 2, "%s", buf_text(&out));
    buf_deinit(&out);
    sample_report_destroy(&sample);
}

Test(summary_text, names_broken_rules_that_may_belong_to_any_item)
{
    struct sample_report *sample = sample_report_create();
    const struct rule *saved = sample->report.rules[1].rule;
    const struct rule lost = {.id = "r-lost", .name = "Lost", .broken = true};
    struct buf out;
    sample->report.rules[1].rule = &lost;
    summary(&sample->report, false, &out);
    cr_assert_not_null(strstr(buf_text(&out),
                              "or inventory\nBroken    rule r-lost may decide any check item: none "
                              "that it names can be read\n"),
                       "%s", buf_text(&out));
    sample->report.rules[1].rule = saved;
    buf_deinit(&out);
    sample_report_destroy(&sample);
}

Test(summary_text, counts_duplicates)
{
    struct sample_report *sample = sample_report_create();
    struct buf out;
    sample->report.inventory.duplicates = 2;
    summary(&sample->report, false, &out);
    cr_assert_not_null(strstr(buf_text(&out), "Inventory 4 records, 1 bad line, 2 duplicates\n"));
    buf_deinit(&out);
    sample->report.inventory.bad_lines = 0;
    sample->report.inventory.duplicates = 1;
    summary(&sample->report, false, &out);
    cr_assert_not_null(strstr(buf_text(&out), "Inventory 4 records, 1 duplicate\n"));
    buf_deinit(&out);
    sample_report_destroy(&sample);
}

Test(summary_text, names_a_few_waivers_of_each_kind)
{
    struct sample_report *sample = sample_report_create();
    struct report report = sample->report;
    struct waiver waivers[8];
    struct report_waiver rolled[8] = {0};
    static char *const IDS[] = {
        "w-1", "w-2", "w-3", "w-4",
        "w-5", "w-6", "w-7", "a name that is longer than a line has room for"};
    for (size_t i = 0; i < ARRAY_LEN(waivers); i++) {
        waivers[i] = (struct waiver){.id = IDS[i]};
        rolled[i].waiver = &waivers[i];
        rolled[i].is_unused = i < 7;
        rolled[i].lapses_soon = i == 3;
        rolled[i].breadth = i >= 6 ? WAIVER_ANY_RULE : WAIVER_NARROW;
    }
    report.waivers = rolled;
    report.waiver_count = ARRAY_LEN(rolled);
    struct buf out;
    summary(&report, false, &out);
    cr_assert_not_null(
        strstr(buf_text(&out),
               "\nWaivers   8 in force, 1 of them for less than 30 days, 7 unused, 2 over-broad\n"
               "  lapse soon  w-4\n"
               "  unused      w-1, w-2, w-3, w-4, w-5 … and 2 more\n"
               "  over-broad  w-7, a name that is longer than a line has r…\n"
               "Problems "));
    buf_deinit(&out);
    sample_report_destroy(&sample);
}

// Without its escape sequences the coloured summary is the plain one, so colours move no column.
Test(summary_text, is_the_same_text_in_colour)
{
    struct sample_report *sample = sample_report_create();
    struct buf plain;
    struct buf colored;
    struct buf stripped;
    summary(&sample->report, false, &plain);
    summary(&sample->report, true, &colored);
    buf_init(&stripped, OUT_BYTES);
    cr_assert_null(strchr(buf_text(&plain), '\x1b'));
    cr_assert_not_null(strstr(buf_text(&colored), "\x1b[31m"));
    for (const char *at = buf_text(&colored); *at != '\0'; at++) {
        if (*at == '\x1b') {
            at += strcspn(at, "m");
        } else {
            buf_append_char(&stripped, *at);
        }
    }
    cr_assert_str_eq(buf_text(&stripped), buf_text(&plain));
    buf_deinit(&plain);
    buf_deinit(&colored);
    buf_deinit(&stripped);
    sample_report_destroy(&sample);
}

Test(summary_text, lets_no_name_steer_the_terminal)
{
    struct sample_report *sample = sample_report_create();
    struct pack pack = *sample->report.pack;
    char name[] = "evil \x1b]0;title\a \x9b \xc2\x9b \xe2\x80\xae end\r\n";
    pack.name = name;
    pack.uuid = name;
    struct check_item item = {.uuid = "u", .name = name};
    sample->report.pack = &pack;
    sample->report.items[0].item = &item;
    struct buf out;
    summary(&sample->report, false, &out);
    cr_assert_null(strpbrk(buf_text(&out), "\x1b\a\r"));
    cr_assert_null(strstr(buf_text(&out), "\xc2\x9b"));
    cr_assert_null(strstr(buf_text(&out), "\xe2\x80\xae"));
    cr_assert_eq(strncmp(buf_text(&out), "evil \xef\xbf\xbd]0;title\xef\xbf\xbd \xef\xbf\xbd ", 24),
                 0);
    buf_deinit(&out);
    sample_report_destroy(&sample);
}

Test(summary_text, cuts_long_names_at_whole_characters)
{
    static const struct {
        const char *text;
        size_t columns;
        const char *wanted;
    } ROWS[] = {
        {"short", 8, "short   "},
        {"exactly8", 8, "exactly8"},
        {"much too long", 8, "much to…"},
        {"密钥密钥密钥", 8, "密钥密… "},
        {"e\xcc\x81t\xc3\xa9", 4, "e\xcc\x81t\xc3\xa9 "},
        {"", 3, "   "},
        {"abc", 1, "…"},
    };
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        struct buf out;
        buf_init(&out, OUT_BYTES);
        summary_append_fitted(&out, ROWS[i].text, ROWS[i].columns, true);
        cr_assert_str_eq(buf_text(&out), ROWS[i].wanted);
        cr_assert_eq(utf8_columns(buf_text(&out)), ROWS[i].columns);
        buf_deinit(&out);
    }
}

Test(summary_text, shows_a_catalogue_whose_name_has_no_width)
{
    enum { LAYERS = 10 };
    static char narrow[] = "a";
    static char nothing[] = "\xe2\x80\x8b";
    struct sample_report *sample = sample_report_create();
    struct pack pack = *sample->report.pack;
    struct report report = sample->report;
    struct catalog catalogs[LAYERS];
    struct report_catalog rolled[LAYERS] = {0};
    for (int i = 0; i < LAYERS; i++) {
        catalogs[i] = (struct catalog){.uuid = narrow,
                                       .name = i >= 5 ? nothing : narrow,
                                       .parent = i == 0 ? PACK_TOP : i - 1,
                                       .depth = (unsigned)i};
    }
    pack.catalogs = catalogs;
    report.catalogs = rolled;
    report.pack = &pack;
    for (size_t layers = 1; layers <= LAYERS; layers++) {
        struct buf out;
        pack.catalog_count = report.catalog_count = layers;
        summary(&report, false, &out);
        cr_assert_not_null(strstr(buf_text(&out), "\nWhole pack"));
        buf_deinit(&out);
    }
    sample_report_destroy(&sample);
}

Test(summary_text, shows_a_bounded_number_of_catalogues)
{
    enum { CATALOGS = SUMMARY_CATALOGS_MAX + 3 };
    struct sample_report *sample = sample_report_create();
    struct pack pack = *sample->report.pack;
    struct report report = sample->report;
    pack.catalogs = mem_alloc(CATALOGS, sizeof(*pack.catalogs));
    report.catalogs = mem_alloc(CATALOGS, sizeof(*report.catalogs));
    char *name = mem_text("directory");
    for (size_t i = 0; i < CATALOGS; i++) {
        pack.catalogs[i] = (struct catalog){.uuid = name, .name = name, .parent = PACK_TOP};
    }
    pack.catalog_count = report.catalog_count = CATALOGS;
    report.pack = &pack;
    struct buf out;
    summary(&report, false, &out);
    cr_assert_not_null(strstr(buf_text(&out), "… and 3 more catalogues"));
    buf_deinit(&out);
    mem_free(&name);
    mem_free(&pack.catalogs);
    mem_free(&report.catalogs);
    sample_report_destroy(&sample);
}

Test(utf8, reads_characters_and_what_is_none)
{
    static const struct {
        const char *bytes;
        size_t len;
        struct utf8_char wanted;
    } ROWS[] = {
        {"a", 1, {'a', 1}},
        {"\xc3\xa9", 2, {0xe9, 2}},
        {"\xe5\xaf\x86", 3, {0x5bc6, 3}},
        {"\xf0\x9f\x98\x80", 4, {0x1f600, 4}},
        {"\xf0\x9f\x98", 3, {UTF8_REPLACEMENT, 1}},
        {"\x80", 1, {UTF8_REPLACEMENT, 1}},
        {"\xc0\x80", 2, {UTF8_REPLACEMENT, 1}},
        {"\xed\xa0\x80", 3, {UTF8_REPLACEMENT, 1}},
        {"\xf5\x80\x80\x80", 4, {UTF8_REPLACEMENT, 1}},
    };
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        struct utf8_char got = utf8_first(ROWS[i].bytes, ROWS[i].len);
        cr_assert_eq(got.code, ROWS[i].wanted.code, "row %zu", i);
        cr_assert_eq(got.len, ROWS[i].wanted.len, "row %zu", i);
    }
}
