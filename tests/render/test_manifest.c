// SPDX-License-Identifier: MIT
#include "base/digest.h"
#include "base/mem.h"
#include "render/render.h"
#include "sample_report.h"

#include <criterion/criterion.h>
#include <jansson.h>
#include <string.h>

enum { OUT_BYTES = 64 * 1024 };

Test(manifest, names_each_file_with_its_bytes_and_digest)
{
    struct sample_report *sample = sample_report_create();
    const char *const contents[] = {"{}\n", "a,b\r\n", ""};
    struct render_file files[] = {
        {.name = "report.json"}, {.name = "report.csv"}, {.name = "findings.ndjson"}};
    char digests[ARRAY_LEN(files)][DIGEST_HEX_BYTES];
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        files[i].bytes = strlen(contents[i]);
        digest_hex(contents[i], strlen(contents[i]), digests[i]);
        files[i].digest = digests[i];
    }
    struct buf out;
    buf_init(&out, OUT_BYTES);
    render_manifest(&sample->report, files, ARRAY_LEN(files), &out);
    char *wanted = mem_format("{\n"
                              "  \"accountId\": \"1001\",\n"
                              "  \"compliancePackId\": \"pack-1\",\n"
                              "  \"fence\": 7,\n"
                              "  \"files\": [\n"
                              "    {\n"
                              "      \"bytes\": 0,\n"
                              "      \"name\": \"findings.ndjson\",\n"
                              "      \"sha256\": \"%s\"\n"
                              "    },\n"
                              "    {\n"
                              "      \"bytes\": 5,\n"
                              "      \"name\": \"report.csv\",\n"
                              "      \"sha256\": \"%s\"\n"
                              "    },\n"
                              "    {\n"
                              "      \"bytes\": 3,\n"
                              "      \"name\": \"report.json\",\n"
                              "      \"sha256\": \"%s\"\n"
                              "    }\n"
                              "  ],\n"
                              "  \"format\": \"packreport-manifest\",\n"
                              "  \"formatVersion\": 1,\n"
                              "  \"generatedAt\": \"2026-07-25T17:20:00.123Z\",\n"
                              "  \"reportId\": \"REPORT-1\"\n"
                              "}\n",
                              digests[2], digests[1], digests[0]);
    cr_assert_str_eq(buf_text(&out), wanted);
    // SHA-256 of nothing, from FIPS 180-4's examples: the digests are not made by what checks them.
    cr_assert_str_eq(digests[2],
                     "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    mem_free(&wanted);
    buf_deinit(&out);
    sample_report_destroy(&sample);
}

Test(manifest, is_well_formed_without_files)
{
    struct sample_report *sample = sample_report_create();
    struct buf out;
    buf_init(&out, OUT_BYTES);
    render_manifest(&sample->report, NULL, 0, &out);
    json_t *document = json_loadb(out.data, out.len, 0, NULL);
    cr_assert_eq(json_array_size(json_object_get(document, "files")), 0);
    cr_assert(json_is_array(json_object_get(document, "files")));
    json_decref(document);
    buf_deinit(&out);
    sample_report_destroy(&sample);
}
