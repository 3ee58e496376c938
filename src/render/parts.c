// SPDX-License-Identifier: MIT
#include "parts.h"

#include "base/limits.h"
#include "base/mem.h"

enum { RULE_BYTES = LIMIT_RULE_FILE_BYTES * 6, RECORD_BYTES = LIMIT_RECORD_BYTES * 6 + 1024 };

struct part_of_record {
    struct buf text;
    uint64_t line; // 0: of none yet
    uint64_t offset;
};

struct render_parts {
    size_t rule_count;
    struct buf *rules[PARTS_FORMATS];
    struct part_of_record record[PARTS_FORMATS];
};

struct render_parts *render_parts_create(size_t rules)
{
    struct render_parts *parts = mem_alloc(1, sizeof(*parts));
    parts->rule_count = rules;
    for (size_t i = 0; i < PARTS_FORMATS; i++) {
        parts->rules[i] = mem_alloc(rules, sizeof(struct buf));
        for (size_t j = 0; j < rules; j++) {
            buf_init(&parts->rules[i][j], RULE_BYTES);
        }
        buf_init(&parts->record[i].text, RECORD_BYTES);
    }
    return parts;
}

void render_parts_destroy(struct render_parts **parts)
{
    if (*parts == NULL) {
        return;
    }
    for (size_t i = 0; i < PARTS_FORMATS; i++) {
        for (size_t j = 0; j < (*parts)->rule_count; j++) {
            buf_deinit(&(*parts)->rules[i][j]);
        }
        mem_free(&(*parts)->rules[i]);
        buf_deinit(&(*parts)->record[i].text);
    }
    mem_free(parts);
}

static void append(struct buf *out, const struct buf *part)
{
    (void)buf_append(out, buf_text(part), part->len);
}

void parts_append_rule(struct render_parts *parts, enum parts_format format,
                       const struct finding *finding, parts_write_fn write, struct buf *out)
{
    if (parts == NULL) {
        write(finding, out);
        return;
    }
    REQUIRE(finding->rule < parts->rule_count);
    struct buf *part = &parts->rules[format][finding->rule];
    if (part->len == 0) {
        write(finding, part);
    }
    append(out, part);
}

void parts_append_record(struct render_parts *parts, enum parts_format format,
                         const struct finding *finding, parts_write_fn write, struct buf *out)
{
    if (parts == NULL) {
        write(finding, out);
        return;
    }
    struct part_of_record *part = &parts->record[format];
    if (part->line != finding->line || part->offset != finding->offset) {
        buf_reset(&part->text);
        write(finding, &part->text);
        part->line = finding->line;
        part->offset = finding->offset;
    }
    append(out, &part->text);
}
