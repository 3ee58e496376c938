// SPDX-License-Identifier: MIT
//
// manifest.json: what belongs to a report and how to see that it is whole.
#include "render/render.h"

#include "base/mem.h"
#include "json_build.h"

#include <stdlib.h>
#include <string.h>

enum { MANIFEST_FORMAT_VERSION = 1 };

static int compare_names(const void *a, const void *b)
{
    return strcmp(((const struct render_file *)a)->name, ((const struct render_file *)b)->name);
}

static json_t *build_files(const struct render_file *files, size_t count)
{
    struct render_file *sorted = mem_dup(files, count * sizeof(*files));
    qsort(sorted, count, sizeof(*sorted), compare_names);
    json_t *list = build_array();
    for (size_t i = 0; i < count; i++) {
        json_t *file = build_object();
        build_put_text(file, "name", sorted[i].name);
        build_put_number(file, "bytes", sorted[i].bytes);
        build_put_text(file, "sha256", sorted[i].digest);
        build_push(list, file);
    }
    mem_free(&sorted);
    return list;
}

void render_manifest(const struct report *report, const struct render_file *files, size_t count,
                     struct buf *out)
{
    json_t *manifest = build_object();
    build_put_text(manifest, "format", "packreport-manifest");
    build_put_number(manifest, "formatVersion", MANIFEST_FORMAT_VERSION);
    build_put_text(manifest, "accountId", report->account_id);
    build_put_text_if_any(manifest, "aggregatorId", report->aggregator_id);
    build_put_text(manifest, "compliancePackId", report->pack->uuid);
    build_put_text(manifest, "reportId", report->report_id);
    build_put_number(manifest, "fence", report->fence);
    build_put_time(manifest, "generatedAt", report->generated_at_ms);
    build_put(manifest, "files", build_files(files, count));
    build_write(manifest, out);
}
