// SPDX-License-Identifier: MIT
//
// Inventory lines: what is a record, and why another line is none.
#include "record.h"

#include "base/limits.h"
#include "base/mem.h"
#include "evidence_text.h"
#include "record_reader.h"

#include <criterion/criterion.h>
#include <string.h>

static void expect_same(struct span a, struct span b)
{
    cr_expect(span_equals(a, b), "%.*s, %.*s", (int)a.len, a.bytes, (int)b.len, b.bytes);
}

static void expect_same_value(struct value a, struct value b)
{
    struct buf texts[2];
    cr_assert_eq(value_exists(a), value_exists(b));
    if (!value_exists(a)) {
        return;
    }
    buf_init(&texts[0], LIMIT_RECORD_BYTES);
    buf_init(&texts[1], LIMIT_RECORD_BYTES);
    value_append(&texts[0], a, 0);
    value_append(&texts[1], b, 0);
    cr_expect_str_eq(buf_text(&texts[0]), buf_text(&texts[1]));
    buf_deinit(&texts[0]);
    buf_deinit(&texts[1]);
}

static void expect_same_record(const struct record *a, const struct record *b)
{
    expect_same(a->resource_id, b->resource_id);
    expect_same(a->resource_type, b->resource_type);
    expect_same(a->resource_name, b->resource_name);
    expect_same(a->region_id, b->region_id);
    expect_same(a->account_id, b->account_id);
    expect_same(a->resource_group_id, b->resource_group_id);
    expect_same_value(a->root, b->root);
    expect_same_value(a->configuration, b->configuration);
    expect_same_value(a->tags, b->tags);
}

// Reads a record as a tree, and sees that every way onto tapes gives the same.
static enum err_kind parse(const char *line, size_t len, struct record *record_out, struct err *err)
{
    enum err_kind kind = record_parse(line, len, record_out, err);
    char *padded = mem_alloc(len + SCAN_PADDING, 1);
    memcpy(padded, line, len);
    struct pick_plan *plan = record_plan_create();
    for (size_t i = 0; scan_kernel_at(i) != NULL; i++) {
        struct record_reader reader;
        struct record read;
        record_reader_init(&reader, plan, scan_kernel_at(i));
        bool is_record = record_reader_read(&reader, (struct span){padded, len}, &read);
        cr_expect_eq(is_record, kind == ERR_OK, "%.200s", line);
        if (is_record && kind == ERR_OK) {
            expect_same_record(&read, record_out);
        }
        record_reader_deinit(&reader);
    }
    pick_plan_destroy(&plan);
    mem_free(&padded);
    return kind;
}

Test(record, reads_members)
{
    static const char LINE[] =
        "{\"resourceId\": \"i-1\", \"resourceType\": \"T\", \"resourceName\": \"n\", \"regionId\": "
        "\"r\", \"accountId\": \"1\", \"resourceGroupId\": \"g\", \"tags\": {\"k\": \"\"}, "
        "\"captureTime\": 1, \"configuration\": {\"a\": 1}}\r";
    struct record record;
    struct err err = ERR_INIT;
    cr_assert_eq(parse(LINE, strlen(LINE), &record, &err), ERR_OK, "%s", err.message);
    expect_same(record.resource_id, span_of("i-1"));
    expect_same(record.resource_type, span_of("T"));
    expect_same(record.resource_name, span_of("n"));
    expect_same(record.region_id, span_of("r"));
    expect_same(record.account_id, span_of("1"));
    expect_same(record.resource_group_id, span_of("g"));
    cr_expect_eq(value_size(record.tags), 1);
    cr_expect(value_is(value_member(record.configuration, "a", 1), VALUE_NUMBER));
    record_deinit(&record);
}

Test(record, takes_absent_and_null_members)
{
    static const char *const LINES[] = {
        "{\"resourceId\": \"i\", \"resourceType\": \"T\"}",
        "{\"resourceId\": \"i\", \"resourceType\": \"T\", \"resourceName\": null, \"tags\": null, "
        "\"configuration\": null}",
    };
    for (size_t i = 0; i < ARRAY_LEN(LINES); i++) {
        struct record record;
        struct err err = ERR_INIT;
        cr_assert_eq(parse(LINES[i], strlen(LINES[i]), &record, &err), ERR_OK, "%s", err.message);
        expect_same(record.resource_name, span_of(""));
        cr_expect_not(value_exists(record.tags));
        cr_expect_not(value_exists(record.configuration));
        record_deinit(&record);
    }
}

// The vendor's read operations give the configuration as text.
Test(record, takes_a_configuration_as_text)
{
    static const char LINE[] = "{\"resourceId\": \"i\", \"resourceType\": \"T\", "
                               "\"configuration\": \"{\\\"a\\\": [1]}\"}";
    struct record record;
    struct err err = ERR_INIT;
    cr_assert_eq(parse(LINE, strlen(LINE), &record, &err), ERR_OK, "%s", err.message);
    cr_expect(value_is(value_member(record.configuration, "a", 1), VALUE_ARRAY));
    record_deinit(&record);
}

#define RECORD(rest) "{\"resourceId\": \"i\", \"resourceType\": \"T\", " rest "}"

// A reason that ends in "byte" is followed by a number, which is the parser's own idea of the
// place.
static void expect_reason(const char *message, const char *reason)
{
    size_t len = strlen(reason);
    bool has_place = len > 4 && strcmp(reason + len - 4, "byte") == 0;
    cr_expect_eq(strncmp(message, reason, len), 0, "%s", message);
    cr_expect_eq(strlen(message) > len, has_place, "%s", message);
}

Test(record, says_why_a_line_is_none)
{
    static const struct {
        const char *line;
        const char *reason;
    } CASES[] = {
        {"nonsense", "no valid JSON: a character that cannot stand there, near byte"},
        {"{\"resourceId\": \"i\"", "no valid JSON: it ends in the middle, near byte"},
        {"{} {}", "no valid JSON: something follows the JSON value, near byte"},
        {"[1]", "the line is an array; a record is an object"},
        {"\"text\"", "the line is a text; a record is an object"},
        {"\xef\xbb\xbf{}", "no valid JSON: a byte order mark, which may stand at the very "
                           "beginning of an input only, near byte 1"},
        {"{}", "resourceId is missing or empty; each record needs one"},
        {"{\"resourceId\": \"\", \"resourceType\": \"T\"}",
         "resourceId is missing or empty; each record needs one"},
        {"{\"resourceId\": \"i\"}", "resourceType is missing or empty; each record needs one"},
        {"{\"resourceId\": 7, \"resourceType\": \"T\"}",
         "resourceId is a number; it has to be a text"},
        {RECORD("\"regionId\": []"), "regionId is an array; it has to be a text"},
        {RECORD("\"accountId\": 1"), "accountId is a number; it has to be a text"},
        {RECORD("\"tags\": []"), "tags is an array; it has to be an object of texts"},
        {RECORD("\"tags\": {\"k\": 1}"), "tag \"k\" is a number; each has to be a text"},
        {RECORD("\"configuration\": 5"),
         "configuration is a number; it has to be an object, or a text that holds one"},
        {RECORD("\"configuration\": \"[]\""),
         "configuration is an array; it has to be an object, or a text that holds one"},
        {RECORD("\"configuration\": \"{\""),
         "the text in configuration: no valid JSON: it ends in the middle, near byte"},
        {RECORD("\"a\": 1, \"a\": 2"),
         "JSON that is not taken: a member that is there twice, near byte"},
        {RECORD("\"configuration\": {\"b\": {\"a\": 1, \"a\": 2}}"),
         "JSON that is not taken: a member that is there twice, near byte"},
        {RECORD("\"a\": \"\\u0000\""),
         "JSON that is not taken: the character NUL, \\u0000, near byte"},
        {RECORD("\"a\": \"\\ud800\""),
         "JSON that is not taken: a surrogate without its other half, near byte"},
        {RECORD("\"a\": \"\xff\""), "no valid JSON: a byte that is not UTF-8, near byte"},
        {RECORD("\"a\": \"\xed\xa0\x80\""), "no valid JSON: a byte that is not UTF-8, near byte"},
        {RECORD("\"a\": 1e9999999999"),
         "JSON that is not taken: a number whose exponent is too large, near byte"},
        {RECORD("\"a\": 0e-0000000001"),
         "JSON that is not taken: a number whose exponent is too large, near byte"},
        {RECORD("\"a\": 18446744073709551616.1.2"),
         "no valid JSON: a character that cannot stand there, near byte"},
        {RECORD("\"a\": 018446744073709551616"),
         "no valid JSON: a character that cannot stand there, near byte"},
        {RECORD("\"tags\": {\"a\": 18446744073709551616}"),
         "tag \"a\" is a number; each has to be a text"},
        {RECORD("\"resourceName\": 18446744073709551616"),
         "resourceName is a number; it has to be a text"},
        {RECORD("\"configuration\": 18446744073709551616"),
         "configuration is a number; it has to be an object, or a text that holds one"},
        {RECORD("\"a\": NaN"), "no valid JSON: a character that cannot stand there, near byte"},
        {RECORD("\"a\": 'x'"), "no valid JSON: a character that cannot stand there, near byte"},
        {RECORD("\"a\": 1,"), "no valid JSON: a character that cannot stand there, near byte"},
    };
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        struct record record;
        struct err err = ERR_INIT;
        cr_expect_neq(parse(CASES[i].line, strlen(CASES[i].line), &record, &err), ERR_OK, "%s",
                      CASES[i].line);
        expect_reason(err.message, CASES[i].reason);
    }
}

Test(record, is_none_with_a_nul_byte)
{
    static const struct {
        const char *line;
        size_t len;
    } CASES[] = {
#define LINE(text) {text, sizeof(text) - 1}
        LINE("{\"resourceId\": \"i\0\", \"resourceType\": \"T\"}"),
        LINE(RECORD("\"a\": 5\0")),
        LINE(RECORD("\"a\": [5\0, 1]")),
        LINE(RECORD("\"a\": true\0")),
        LINE(RECORD("\"a\": 5") "\0"),
#undef LINE
    };
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        struct record record;
        struct err err = ERR_INIT;
        cr_expect_eq(parse(CASES[i].line, CASES[i].len, &record, &err), ERR_INVALID);
        cr_expect_eq(strncmp(err.message, "no valid JSON: the character NUL, near byte ", 44), 0);
    }
}

// A record whose member "a" is `depth` levels deep, the record itself among them.
static char *deep_record(int depth)
{
    struct buf text;
    buf_init(&text, 64 * 1024);
    (void)buf_append_text(&text, "{\"resourceId\": \"i[[[\\\"\", \"resourceType\": \"T\", \"a\": ");
    for (int i = 1; i < depth; i++) {
        (void)buf_append_char(&text, '[');
    }
    for (int i = 1; i < depth; i++) {
        (void)buf_append_char(&text, ']');
    }
    (void)buf_append_char(&text, '}');
    return buf_take(&text);
}

Test(record, is_bounded_in_depth)
{
    char *deepest = deep_record(LIMIT_RECORD_DEPTH);
    char *deeper = deep_record(LIMIT_RECORD_DEPTH + 1);
    struct record record;
    struct err err = ERR_INIT;
    cr_assert_eq(parse(deepest, strlen(deepest), &record, &err), ERR_OK, "%s", err.message);
    record_deinit(&record);
    cr_expect_eq(parse(deeper, strlen(deeper), &record, &err), ERR_LIMIT);
    cr_expect_str_eq(err.message, "nested more than 128 levels deep at byte 179");
    mem_free(&deepest);
    mem_free(&deeper);
}

Test(record, survives_a_million_brackets)
{
    size_t len = 1000000;
    char *text = mem_alloc(len, 1);
    memset(text, '[', len);
    struct record record;
    struct err err = ERR_INIT;
    cr_expect_eq(parse(text, len, &record, &err), ERR_LIMIT);
    mem_free(&text);
}

Test(record, is_bounded_in_length)
{
    size_t len = LIMIT_RECORD_BYTES + 1;
    char *text = mem_alloc(len, 1);
    memset(text, ' ', len);
    struct record record;
    struct err err = ERR_INIT;
    cr_expect_eq(parse(text, len, &record, &err), ERR_LIMIT);
    cr_expect_str_eq(err.message, "longer than 16777216 bytes");
    mem_free(&text);
}

// Numbers that jansson cannot hold stay where they stand, and nothing else changes.
Test(record, keeps_every_number)
{
    static const char LINE[] =
        "{\"resourceId\": \"18446744073709551616\", \"resourceType\": \"T\", \"n\": [1, "
        "18446744073709551616, -0.1000000000000000000001, \"1e999\", [2.5, {\"a\": 1e999, \"b\": "
        "3}], "
        "1e-999, 4], \"z\": 123456789012345678}";
    struct record record;
    struct err err = ERR_INIT;
    cr_assert_eq(parse(LINE, strlen(LINE), &record, &err), ERR_OK, "%s", err.message);
    struct buf text;
    buf_init(&text, LIMIT_RECORD_BYTES);
    evidence_value(&text, record.root);
    cr_expect_str_eq(
        buf_text(&text),
        "{\"resourceId\":\"18446744073709551616\",\"resourceType\":\"T\",\"n\":[1,"
        "18446744073709551616,-0.1000000000000000000001,\"1e999\",[2.5,{\"a\":1e999,\"b\":3}],"
        "1e-999,4],\"z\":123456789012345678}");
    buf_deinit(&text);
    record_deinit(&record);
}
