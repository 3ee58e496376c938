// SPDX-License-Identifier: MIT
#include "base/mem.h"
#include "json_text.h"
#include "render/render.h"
#include "sample_report.h"

#include <criterion/criterion.h>
#include <jansson.h>
#include <string.h>

enum { OUT_BYTES = 1 << 20 };

static void assert_json_text(const char *bytes, size_t len, const char *wanted)
{
    struct buf out;
    buf_init(&out, OUT_BYTES);
    json_text_append(&out, bytes, len);
    cr_assert_str_eq(buf_text(&out), wanted);
    buf_deinit(&out);
}

Test(json_text, escapes_what_json_wants_escaped)
{
    static const struct {
        const char *text;
        const char *wanted;
    } ROWS[] = {
        {"", "\"\""},
        {"plain", "\"plain\""},
        {"a\"b", "\"a\\\"b\""},
        {"back\\slash", "\"back\\\\slash\""},
        {"\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\""},
        {"\x01 \x1f", "\"\\u0001 \\u001F\""},
        {"/</script>", "\"/</script>\""},
        {"\x7f", "\"\x7f\""},
        {"grün 密钥 😀", "\"grün 密钥 😀\""},
        {"\xc2\x85 \xc2\x86", "\"\\u0085 \xc2\x86\""},
        {"\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xaa", "\"\\u2028\\u2029\xe2\x80\xaa\""},
    };
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        assert_json_text(ROWS[i].text, strlen(ROWS[i].text), ROWS[i].wanted);
    }
}

Test(json_text, replaces_what_is_not_utf8)
{
    static const struct {
        const char *text;
        const char *wanted;
    } ROWS[] = {
        {"\xff", "\"\xef\xbf\xbd\""},
        {"a\x80z\"", "\"a\xef\xbf\xbdz\\\"\""},
        {"cut \xe5\xaf", "\"cut \xef\xbf\xbd\xef\xbf\xbd\""},
        {"\xc0\xaf", "\"\xef\xbf\xbd\xef\xbf\xbd\""},
        {"\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
    };
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        assert_json_text(ROWS[i].text, strlen(ROWS[i].text), ROWS[i].wanted);
    }
}

Test(json_text, keeps_a_nul_inside)
{
    assert_json_text("a\0b", 3, "\"a\\u0000b\"");
}

// Every character of Unicode but the three line breaks, one text of 256 at a time, against jansson.
Test(json_text, writes_what_jansson_writes)
{
    struct buf text;
    struct buf out;
    buf_init(&text, OUT_BYTES);
    buf_init(&out, OUT_BYTES);
    for (unsigned code = 1; code <= 0x10ffff; code++) {
        bool is_line_break = code == 0x85 || code == 0x2028 || code == 0x2029;
        if ((code < 0xd800 || code > 0xdfff) && !is_line_break) {
            const char bytes[] = {(char)(code < 0x80      ? code
                                         : code < 0x800   ? 0xc0 | code >> 6
                                         : code < 0x10000 ? 0xe0 | code >> 12
                                                          : 0xf0 | code >> 18),
                                  (char)(code < 0x800     ? 0x80 | (code & 0x3f)
                                         : code < 0x10000 ? 0x80 | (code >> 6 & 0x3f)
                                                          : 0x80 | (code >> 12 & 0x3f)),
                                  (char)(0x80 | (code < 0x10000 ? code & 0x3f : code >> 6 & 0x3f)),
                                  (char)(0x80 | (code & 0x3f))};
            size_t len = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
            buf_append(&text, bytes, len);
        }
        if (code % 256 == 255) {
            json_t *value = json_stringn(buf_text(&text), text.len);
            cr_assert_not_null(value, "up to U+%04X", code);
            char *wanted = json_dumps(value, JSON_ENCODE_ANY);
            json_text_append(&out, buf_text(&text), text.len);
            cr_assert_str_eq(buf_text(&out), wanted, "up to U+%04X", code);
            free(wanted);
            json_decref(value);
            buf_reset(&text);
            buf_reset(&out);
        }
    }
    buf_deinit(&text);
    buf_deinit(&out);
}

Test(findings_ndjson, has_its_members_in_a_fixed_order)
{
    struct sample_report *sample = sample_report_create();
    cr_assert_str_eq(
        sample->lines[0],
        "{\"outcome\":\"NON_COMPLIANT\",\"ruleId\":\"r-mfa\",\"ruleName\":\"MFA\",\"riskLevel\":1,"
        "\"resourceId\":\"user-a\",\"resourceName\":\"\",\"resourceType\":\"iam.users\","
        "\"regionId\":\"region-1\",\"accountId\":\"1001\",\"line\":1,\"offset\":0,"
        "\"annotation\":{\"configuration\":\"false\",\"desiredValue\":\"true\","
        "\"operator\":\"StringEquals\",\"property\":\"$.mfa.enabled\",\"reason\":\"\"}}\n");
    cr_assert_str_eq(sample->lines[1],
                     "{\"outcome\":\"COMPLIANT\",\"ruleId\":\"r-admin\",\"ruleName\":\"Admins\","
                     "\"riskLevel\":3,\"resourceId\":\"user-a\",\"resourceName\":\"\","
                     "\"resourceType\":\"iam.users\",\"regionId\":\"region-1\","
                     "\"accountId\":\"1001\",\"line\":2,\"offset\":100}\n");
    cr_assert_not_null(strstr(sample->lines[3],
                              ",\"line\":4,\"offset\":300,\"waiverId\":\"w-1\",\"annotation\":{"));
    sample_report_destroy(&sample);
}

Test(findings_ndjson, stays_one_line_of_json_whatever_is_in_it)
{
    struct sample_report *sample = sample_report_create();
    struct finding finding = sample->findings[0];
    finding.resource_name = span_of("two\nlines\r\n \"quoted\" \xff\x01");
    finding.region_id = span_of("</script>\\");
    buf_append(&sample->evidence.reason, "nul \0 inside", 12);
    struct buf out;
    buf_init(&out, OUT_BYTES);
    render_finding_ndjson(&finding, NULL, &out);
    cr_assert_eq(strchr(buf_text(&out), '\n'), out.data + out.len - 1);
    json_t *read = json_loadb(out.data, out.len, JSON_ALLOW_NUL, NULL);
    cr_assert_not_null(read);
    cr_assert_str_eq(json_string_value(json_object_get(read, "resourceName")),
                     "two\nlines\r\n \"quoted\" \xef\xbf\xbd\x01");
    json_t *reason = json_object_get(json_object_get(read, "annotation"), "reason");
    cr_assert_eq(json_string_length(reason), 12);
    json_decref(read);
    buf_deinit(&out);
    sample_report_destroy(&sample);
}

Test(findings_ndjson, marks_the_buffer_when_it_is_full)
{
    struct sample_report *sample = sample_report_create();
    struct buf out;
    buf_init(&out, 100);
    render_finding_ndjson(&sample->findings[0], NULL, &out);
    cr_assert(out.overflow);
    cr_assert_leq(out.len, 100);
    buf_deinit(&out);
    sample_report_destroy(&sample);
}

// Rules and records take turns, and come again.
Test(findings_ndjson, parts_make_no_difference)
{
    struct sample_report *sample = sample_report_create();
    struct render_parts *parts = render_parts_create(8);
    for (size_t i = 0; i < 4 * SAMPLE_FINDINGS; i++) {
        struct finding finding = sample->findings[i * 3 % SAMPLE_FINDINGS];
        finding.line = 1 + i / 3;
        finding.resource_name = i / 3 % 2 == 0 ? span_of("=even") : span_of("odd\n");
        struct buf texts[4];
        for (size_t j = 0; j < ARRAY_LEN(texts); j++) {
            buf_init(&texts[j], OUT_BYTES);
        }
        render_finding_ndjson(&finding, NULL, &texts[0]);
        render_finding_ndjson(&finding, parts, &texts[1]);
        render_finding_csv(&finding, NULL, &texts[2]);
        render_finding_csv(&finding, parts, &texts[3]);
        cr_expect_str_eq(buf_text(&texts[1]), buf_text(&texts[0]));
        cr_expect_str_eq(buf_text(&texts[3]), buf_text(&texts[2]));
        for (size_t j = 0; j < ARRAY_LEN(texts); j++) {
            buf_deinit(&texts[j]);
        }
    }
    render_parts_destroy(&parts);
    cr_expect_null(parts);
    sample_report_destroy(&sample);
}

// Every byte at every place of a word.
Test(findings_ndjson, escapes_wherever_it_stands)
{
    struct sample_report *sample = sample_report_create();
    for (unsigned byte = 1; byte < 0x80; byte++) {
        for (size_t at = 0; at < 20; at++) {
            char name[] = "abcdefghijklmnopqrst";
            name[at] = (char)byte;
            struct finding finding = sample->findings[0];
            finding.resource_name = span_of(name);
            struct buf out;
            buf_init(&out, OUT_BYTES);
            render_finding_ndjson(&finding, NULL, &out);
            json_t *line = json_loads(buf_text(&out), 0, NULL);
            cr_expect_str_eq(json_string_value(json_object_get(line, "resourceName")), name);
            json_decref(line);
            buf_deinit(&out);
        }
    }
    sample_report_destroy(&sample);
}
