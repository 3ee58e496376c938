// SPDX-License-Identifier: MIT
//
// The same records in every format, packed in every way, cut into blocks of every size: the same
// lines come out, each with the place where it stood.
#include "sandbox.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"
#include "inventory_format.h"
#include "record_mapping.h"
#include "source/inventory.h"
#include "unpack.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

static const size_t BLOCK_SIZES[] = {1, 2, 7, 64, 1024 * 1024};
enum { DUMP_BYTES = 64 * 1024 * 1024, PACKED_BYTES = 4 * 1024 * 1024 };

// Everything that an inventory gives, as text: "line@offset record" each, problems, the error.
static enum err_kind dump(const char *path, size_t block_bytes, struct buf *out)
{
    struct inventory *inventory = NULL;
    struct diags problems;
    struct err err = ERR_INIT;
    struct inventory_block block = {0};
    diags_init(&problems);
    buf_init(out, DUMP_BYTES);
    enum err_kind kind = inventory_open(path, block_bytes, &inventory, &err);
    if (kind == ERR_OK) {
        kind = inventory_next(inventory, &block, &problems, &err);
    }
    while (kind == ERR_OK && block.len > 0) {
        const char *line = block.bytes;
        for (size_t i = 0; line < block.bytes + block.len; i++) {
            const char *end = memchr(line, '\n', (size_t)(block.bytes + block.len - line));
            end = end == NULL ? block.bytes + block.len : end;
            struct record_origin at = {block.first.line + i,
                                       block.first.offset + (uint64_t)(line - block.bytes)};
            at = block.origins == NULL ? at : block.origins[i];
            (void)buf_append_format(out, "%" PRIu64 "@%" PRIu64 " %.*s\n", at.line, at.offset,
                                    (int)(end - line), line);
            line = end + 1;
        }
        inventory_block_deinit(&block);
        kind = inventory_next(inventory, &block, &problems, &err);
    }
    for (size_t i = 0; i < problems.count; i++) {
        (void)buf_append_format(out, "%zu %s\n", problems.items[i].line, problems.items[i].code);
    }
    if (kind != ERR_OK) {
        const char *reason = strstr(err.message, ": ");
        cr_assert_not_null(reason, "%s", err.message);
        (void)buf_append_format(out, "failed: %s\n", reason + 2);
    }
    diags_deinit(&problems);
    inventory_close(&inventory);
    return kind;
}

static void expect_dump(const char *bytes, size_t len, const char *expected, const char *what)
{
    char *path = sandbox_write("inventory", bytes, len);
    for (size_t i = 0; i < sizeof(BLOCK_SIZES) / sizeof(BLOCK_SIZES[0]); i++) {
        struct buf out;
        (void)dump(path, BLOCK_SIZES[i], &out);
        cr_expect_str_eq(buf_text(&out), expected, "%s, blocks of %zu:\n%s", what, BLOCK_SIZES[i],
                         buf_text(&out));
        buf_deinit(&out);
    }
    mem_free(&path);
}

static size_t pack_gzip(const char *bytes, size_t len, char *out)
{
    z_stream stream = {0};
    cr_assert_eq(deflateInit2(&stream, 6, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    stream.next_in = (Bytef *)(uintptr_t)bytes;
    stream.avail_in = (uInt)len;
    stream.next_out = (Bytef *)out;
    stream.avail_out = PACKED_BYTES;
    cr_assert_eq(deflate(&stream, Z_FINISH), Z_STREAM_END);
    size_t packed = stream.total_out;
    (void)deflateEnd(&stream);
    return packed;
}

static size_t pack_zstd(const char *bytes, size_t len, char *out)
{
    ZSTD_CCtx *context = ZSTD_createCCtx();
    (void)ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
    size_t packed = ZSTD_compress2(context, out, PACKED_BYTES, bytes, len);
    cr_assert_eq(ZSTD_isError(packed), 0);
    (void)ZSTD_freeCCtx(context);
    return packed;
}

// Two members (or frames): the first holds what lies before `seam`.
static size_t pack_twice(enum packing packing, const char *bytes, size_t len, char *out)
{
    size_t seam = len / 3;
    size_t (*pack)(const char *, size_t, char *) = packing == PACKING_GZIP ? pack_gzip : pack_zstd;
    size_t first = pack(bytes, seam, out);
    return first + pack(bytes + seam, len - seam, out + first);
}

static const struct {
    const char *what;
    const char *bytes;
    const char *expected;
} FORMATS[] = {
    {"lines", "{\"resourceId\":\"a\"}\n{\"b\":[1]}\r\n",
     "1@0 {\"resourceId\":\"a\"}\n2@19 {\"b\":[1]}\r\n"},
    {"array", "[{\"resourceId\":\"a\"},{\"b\":[1]}]",
     "1@1 {\"resourceId\":\"a\"}\n1@20 {\"b\":[1]}\n"},
    {"array with a byte order mark", "\xef\xbb\xbf[{\"a\":1}]", "1@4 {\"a\":1}\n"},
    {"pretty array", "\n[\r\n  {\n    \"a\": \"]}\\\"\\\\\"\n  },\n  {}\n]\n",
     "3@6 {     \"a\": \"]}\\\"\\\\\"   }\n6@33 {}\n"},
    {"arrays in a row", "[{\"a\":1}]\n[]\n[ {\"b\":2} , 3, \"x,]\",null ]\n",
     "1@1 {\"a\":1}\n3@15 {\"b\":2}\n3@25 3\n3@28 \"x,]\"\n3@34 null\n"},
    {"an array of nothing", " [ ] ", ""},
    {"a line end in a text stays an error", "[{\"a\":\"x\ny\"},{}]",
     "1@1 {\"a\":\"x\ry\"}\n2@13 {}\n"},
    {"brackets closed in a text", "[{\"a\":\"}\"},{\"b\":{\"c\":[{}]}}]",
     "1@1 {\"a\":\"}\"}\n1@11 {\"b\":{\"c\":[{}]}}\n"},
    {"pages of RMS",
     "{\"resources\":[{\"id\":\"i\",\"name\":\"n\",\"provider\":\"ecs\",\"type\":\"servers\","
     "\"region_id\":\"r\",\"ep_id\":\"0\",\"tags\":{},\"properties\":{\"x\":[1, "
     "2]},\"state\":null}],"
     "\"page_info\":{\"next_marker\":\"resources\"}}\n"
     "{\"page_info\":{\"resources\":[1]},\n \"resources\":[{\"id\":\"j\"}]}\n{\"resources\":[]}",
     "1@14 "
     "{\"resourceId\":\"i\",\"resourceName\":\"n\",\"regionId\":\"r\",\"resourceGroupId\":\"0\","
     "\"tags\":{},\"configuration\":{\"x\":[1, 2]},\"state\":null,"
     "\"resourceType\":\"ecs.servers\"}\n3@235 {\"resourceId\":\"j\"}\n"},
    {"a page without resources", "{\"resources\":[{\"id\":\"i\"}]}\n\n{\"error_code\":\"x\"}\n",
     "1@14 {\"resourceId\":\"i\"}\n3 inventory.document\n"},
    {"pages without resources, one behind a record and one at the end",
     "{\"resources\":[{\"id\":\"i\"}]}\n{}\n{\"resources\":[{\"id\":\"j\"}]}\n{}",
     "1@14 {\"resourceId\":\"i\"}\n3@44 {\"resourceId\":\"j\"}\n2 inventory.document\n"
     "4 inventory.document\n"},
    {"AWS Config snapshot",
     "{\"fileVersion\":\"1.0\",\"configSnapshotId\":\"s\",\"configurationItems\":[\n"
     "{\"resourceType\":\"AWS::S3::Bucket\",\"resourceId\":\"b\",\"awsRegion\":\"r\","
     "\"awsAccountId\":\"1\",\"configuration\":{\"y\":1}}]}",
     "2@67 {\"resourceType\":\"AWS::S3::Bucket\",\"resourceId\":\"b\",\"regionId\":\"r\","
     "\"accountId\":\"1\",\"configuration\":{\"y\":1}}\n"},
    {"a record with a member named resources is a line", "{\"resourceId\":\"a\",\"resources\":[1]}",
     "1@0 {\"resourceId\":\"a\",\"resources\":[1]}\n"},
    {"a list of something else is a line", "{\"resources\":{\"a\":1}}",
     "1@0 {\"resources\":{\"a\":1}}\n"},
    {"an array of numbers is a line that is wrong", "[1,2]\n{}\n", "1@0 [1,2]\n2@6 {}\n"},
    {"broken from the start: lines", "{\"resourceId\": broken\n{}\n",
     "1@0 {\"resourceId\": broken\n2@22 {}\n"},
    {"nothing", "", ""},
};

Test(inventory_formats, every_format_gives_its_records_with_their_places)
{
    (void)sandbox_make();
    char *packed = malloc(PACKED_BYTES * 2);
    cr_assert_not_null(packed);
    for (size_t i = 0; i < sizeof(FORMATS) / sizeof(FORMATS[0]); i++) {
        const char *bytes = FORMATS[i].bytes;
        size_t len = strlen(bytes);
        expect_dump(bytes, len, FORMATS[i].expected, FORMATS[i].what);
        expect_dump(packed, pack_gzip(bytes, len, packed), FORMATS[i].expected, FORMATS[i].what);
        expect_dump(packed, pack_zstd(bytes, len, packed), FORMATS[i].expected, FORMATS[i].what);
        for (enum packing packing = PACKING_GZIP; packing <= PACKING_ZSTD; packing++) {
            expect_dump(packed, pack_twice(packing, bytes, len, packed), FORMATS[i].expected,
                        FORMATS[i].what);
        }
    }
    // A skippable frame in front (RFC 8878 3.1.2), as some tools write for their index.
    memcpy(packed, "\x5e\x2a\x4d\x18\x02\x00\x00\x00xy", 10);
    size_t len = 10 + pack_zstd("[{}]", 4, packed + 10);
    expect_dump(packed, len, "1@1 {}\n", "skippable frame");
    free(packed);
    sandbox_remove();
}

// How far it came before depends on the size of the blocks; what it says does not.
static void expect_refusal(const char *bytes, const char *expected)
{
    char *path = sandbox_write("inventory", bytes, strlen(bytes));
    for (size_t i = 0; i < sizeof(BLOCK_SIZES) / sizeof(BLOCK_SIZES[0]); i++) {
        struct buf out;
        cr_expect_eq(dump(path, BLOCK_SIZES[i], &out), ERR_INVALID, "%s", bytes);
        const char *failed = strstr(buf_text(&out), "failed: ");
        cr_assert_not_null(failed);
        cr_expect_str_eq(failed + strlen("failed: "), expected, "%s", bytes);
        buf_deinit(&out);
    }
    mem_free(&path);
}

Test(inventory_formats, a_list_that_is_wrong_ends_with_its_place)
{
    static const struct {
        const char *bytes;
        const char *expected;
    } rows[] = {
        {"[{},]", "line 1, byte 4: \"]\" cannot stand here; a record has to\n"},
        {"[{}\n{}]", "line 2, byte 4: \"{\" cannot stand here; a comma or ] has to\n"},
        {"[{\"a\":[1}]}]", "line 1, byte 8: \"}\" cannot stand here; a bracket that fits "
                           "the one it closes has to\n"},
        {"[{}]]", "line 1, byte 4: \"]\" cannot stand here; a document, as the "
                  "first one has to\n"},
        {"[{}]\n{}", "line 2, byte 5: \"{\" cannot stand here; a document, as the first one "
                     "has to\n"},
        {"[{}", "it ends in the middle, at byte 3: the document that begins in "
                "line 1 is not closed; a comma or ] has to follow\n"},
        {"\n[{},\n{\"a", "it ends in the middle, at byte 9: the document that "
                         "begins in line 2 is not closed; a bracket that fits the one it closes "
                         "has to follow\n"},
        {"{\"resources\":[],}", "line 1, byte 16: \"}\" cannot stand here; a member has to\n"},
        {"{\"resources\":[] \"a\":1}",
         "line 1, byte 16: \"\\\"\" cannot stand here; a comma or } has to\n"},
        {"{\"resources\":[],\"a\" 1}",
         "line 1, byte 20: \"1\" cannot stand here; a colon has to\n"},
        {"{\"resources\":[],\"a\":}", "line 1, byte 20: \"}\" cannot stand here; a value has to\n"},
    };
    (void)sandbox_make();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        expect_refusal(rows[i].bytes, rows[i].expected);
    }
    sandbox_remove();
}

static void expect_failure(const char *bytes, size_t len, const char *reason)
{
    char *path = sandbox_write("packed", bytes, len);
    struct buf out;
    enum err_kind kind = dump(path, INVENTORY_BLOCK_BYTES, &out);
    cr_expect(kind == ERR_INVALID || kind == ERR_LIMIT, "%s with %zu bytes", reason, len);
    cr_expect_not_null(strstr(buf_text(&out), reason), "%s in: %s", reason, buf_text(&out));
    cr_expect_not_null(strstr(buf_text(&out), ", byte "), "%s", buf_text(&out));
    buf_deinit(&out);
    mem_free(&path);
}

Test(inventory_formats, a_packed_stream_that_is_cut_or_damaged_is_an_error)
{
    static const char text[] = "{\"resourceId\":\"a\"}\n{\"resourceId\":\"b\"}\n";
    char *packed = malloc(PACKED_BYTES);
    cr_assert_not_null(packed);
    (void)sandbox_make();
    for (enum packing packing = PACKING_GZIP; packing <= PACKING_ZSTD; packing++) {
        size_t (*pack)(const char *, size_t, char *) =
            packing == PACKING_GZIP ? pack_gzip : pack_zstd;
        size_t len = pack(text, sizeof(text) - 1, packed);
        for (size_t cut = UNPACK_MAGIC_BYTES; cut < len; cut++) {
            expect_failure(packed, cut, "the stream is cut");
        }
        packed[len - 2] ^= 0x40; // in the checksum
        expect_failure(packed, len, packing_text(packing));
        packed[len - 2] ^= 0x40;
        memcpy(packed + len, "{}\n{}\n", 6);
        expect_failure(packed, len + 6, packing_text(packing));
    }
    free(packed);
    sandbox_remove();
}

Test(inventory_formats, a_zstd_window_past_the_limit_is_refused)
{
    const size_t len = (size_t)UNPACK_ZSTD_WINDOW_BYTES * 3;
    char *text = malloc(len);
    char *packed = malloc(PACKED_BYTES);
    cr_assert(text != NULL && packed != NULL);
    memset(text, '\n', len);
    ZSTD_CCtx *context = ZSTD_createCCtx();
    (void)ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, UNPACK_ZSTD_WINDOW_LOG + 1);
    (void)ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 0);
    size_t size = ZSTD_compress2(context, packed, PACKED_BYTES, text, len);
    cr_assert_eq(ZSTD_isError(size), 0);
    (void)sandbox_make();
    expect_failure(packed, size, "window of more than 8 MiB");
    (void)ZSTD_freeCCtx(context);
    free(packed);
    free(text);
    sandbox_remove();
}

Test(inventory_formats, a_record_past_the_limit_is_left_out_of_a_list)
{
    const size_t limit = LIMIT_RECORD_BYTES;
    char *text = malloc(limit + 64);
    cr_assert_not_null(text);
    size_t at = (size_t)sprintf(text, "[{\"a\":1},\n\"");
    memset(text + at, 'x', limit - 1);
    at += limit - 1;
    at += (size_t)sprintf(text + at, "\",\n{\"b\":2}]"); // with its quotes one byte too long
    char expected[128];
    (void)snprintf(expected, sizeof(expected),
                   "1@1 {\"a\":1}\n3@%zu {\"b\":2}\n2 inventory.record.too-long\n", limit + 13);
    (void)sandbox_make();
    char *packed = malloc(PACKED_BYTES);
    cr_assert_not_null(packed);
    expect_dump(text, at, expected, "plain");
    expect_dump(packed, pack_gzip(text, at, packed), expected, "gzip");
    free(packed);
    free(text);
    sandbox_remove();
}

Test(inventory_formats, mapping_hides_nothing_that_is_wrong)
{
    static const struct {
        enum inventory_format format;
        const char *record;
        const char *expected; // NULL: as it is
    } rows[] = {
        {INVENTORY_RMS, "{}", NULL},
        {INVENTORY_RMS, "7", NULL},
        {INVENTORY_RMS, "{\"id\":1,}", NULL},
        {INVENTORY_RMS, "{\"id\":1}x", NULL},
        {INVENTORY_RMS, "{\"id\" 1}", NULL},
        {INVENTORY_RMS, "{\"id\":1 2}", NULL},
        {INVENTORY_RMS, "{id:1}", NULL},
        {INVENTORY_RMS, "{\"type\":\"a\",\"type\":\"b\",\"provider\":\"c\"}", NULL},
        {INVENTORY_RMS, "{\"id\":\"a\",\"id\":\"b\"}",
         "{\"resourceId\":\"a\",\"resourceId\":\"b\"}"},
        {INVENTORY_RMS, "{\"type\":7,\"provider\":\"c\"}", "{\"provider\":\"c\",\"type\":7}"},
        {INVENTORY_RMS, "{\"type\":\"\",\"provider\":\"c\"}", "{\"provider\":\"c\",\"type\":\"\"}"},
        {INVENTORY_RMS, "{ \"type\" : \"a\\u0041\" , \"provider\" : \"c\" }",
         "{\"resourceType\":\"c.a\\u0041\"}"},
        {INVENTORY_AWS, "{\"awsRegion\":\"r\",\"id\":2}", "{\"regionId\":\"r\",\"id\":2}"},
        {INVENTORY_ARRAY, "{\"awsRegion\":\"r\"}", NULL},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char *record = mem_text(rows[i].record);
        struct buf out;
        buf_init(&out, 1024);
        (void)buf_append_text(&out, "before");
        record_map(rows[i].format, record, strlen(record), &out);
        const char *expected = rows[i].expected == NULL ? rows[i].record : rows[i].expected;
        char *line = mem_format("before%s\n", expected);
        cr_expect_str_eq(buf_text(&out), line);
        mem_free(&line);
        buf_deinit(&out);
        mem_free(&record);
    }
}

Test(inventory_formats, mapping_that_grows_past_the_limit_leaves_the_record_as_it_is)
{
    static const char RECORD[] = "{\"id\":1,\"id\":1}";
    static const char MAPPED[] = "{\"resourceId\":1,\"resourceId\":1}";
    for (size_t limit = sizeof(RECORD); limit <= sizeof(MAPPED) + 1; limit++) {
        char *copy = mem_text(RECORD);
        struct buf out;
        buf_init(&out, limit);
        record_map(INVENTORY_RMS, copy, strlen(copy), &out);
        char *line = mem_format("%s\n", limit < sizeof(MAPPED) ? RECORD : MAPPED);
        cr_expect_str_eq(buf_text(&out), line, "limit %zu", limit);
        cr_expect_not(out.overflow, "limit %zu", limit);
        mem_free(&line);
        buf_deinit(&out);
        mem_free(&copy);
    }
}
