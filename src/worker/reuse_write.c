// SPDX-License-Identifier: MIT
//
// Digests, lengths and rows of all records in their order: parts of the old cache are copied, what is
// new comes from what this count has found.
#include "reuse_state.h"

static void put_digests(const struct reuse *reuse, struct outcome_cache_writer *writer)
{
    const struct reuse_record *of_new = reuse->all.records;
    for (size_t i = 0; i < reuse->all.part_count; i++) {
        const struct reuse_part *part = &reuse->all.parts[i];
        if (!part->is_new) {
            const struct keyed_digest *old = reuse->old.digests + part->first;
            outcome_cache_put(writer, old, part->count * sizeof(old[0]));
            continue;
        }
        for (size_t j = 0; j < part->count; j++, of_new++) {
            outcome_cache_put(writer, &of_new->digest, sizeof(of_new->digest));
        }
    }
}

static void put_lens(const struct reuse *reuse, struct outcome_cache_writer *writer)
{
    const struct reuse_record *of_new = reuse->all.records;
    for (size_t i = 0; i < reuse->all.part_count; i++) {
        const struct reuse_part *part = &reuse->all.parts[i];
        if (!part->is_new) {
            const uint32_t *old = reuse->old.lens + part->first;
            outcome_cache_put(writer, old, part->count * sizeof(old[0]));
            continue;
        }
        for (size_t j = 0; j < part->count; j++, of_new++) {
            outcome_cache_put(writer, &of_new->len, sizeof(of_new->len));
        }
    }
}

static size_t rows_len_of(const struct reuse *reuse, const struct reuse_part *part)
{
    return reuse->row_begins[part->first + part->count] - reuse->row_begins[part->first];
}

// How many bytes of `rows` belong to the next `count` records.
static size_t measure_rows(const struct reuse *reuse, struct span rows, size_t count)
{
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        at += evaluator_row_len(reuse->evaluator, rows.bytes + at, rows.len - at);
    }
    return at;
}

static void put_rows(const struct reuse *reuse, struct outcome_cache_writer *writer)
{
    struct span of_new = {buf_text(&reuse->all.rows), reuse->all.rows.len};
    for (size_t i = 0; i < reuse->all.part_count; i++) {
        const struct reuse_part *part = &reuse->all.parts[i];
        if (part->is_new) {
            size_t len = measure_rows(reuse, of_new, part->count);
            outcome_cache_put(writer, of_new.bytes, len);
            of_new = (struct span){of_new.bytes + len, of_new.len - len};
        } else {
            outcome_cache_copy(writer, &reuse->old, reuse->row_begins[part->first],
                               rows_len_of(reuse, part));
        }
    }
}

static size_t rows_len(const struct reuse *reuse)
{
    size_t len = reuse->all.rows.len;
    for (size_t i = 0; i < reuse->all.part_count; i++) {
        const struct reuse_part *part = &reuse->all.parts[i];
        len += part->is_new ? 0 : rows_len_of(reuse, part);
    }
    return len;
}

enum err_kind reuse_write(const struct reuse *reuse, const struct eval_counts *counts,
                          struct err *err)
{
    const struct outcome_cache_head head = {.basis = &reuse->basis,
                                            .secret = reuse->secret,
                                            .sums = counts->rules,
                                            .record_count = reuse->record_count,
                                            .rows_len = rows_len(reuse)};
    if (reuse->is_too_long || outcome_cache_size(&head) > OUTCOME_CACHE_BYTES_MAX) {
        return err_set(err, ERR_LIMIT, "for this inventory it would take more than %d bytes",
                       OUTCOME_CACHE_BYTES_MAX);
    }
    struct outcome_cache_writer *writer = outcome_cache_begin(reuse->path, &head);
    put_digests(reuse, writer);
    put_lens(reuse, writer);
    put_rows(reuse, writer);
    return outcome_cache_end(&writer, err);
}
