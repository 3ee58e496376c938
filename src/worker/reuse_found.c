// SPDX-License-Identifier: MIT
#include "reuse_found.h"

#include "base/mem.h"

#include <string.h>

void reuse_found_init(struct reuse_found *found)
{
    *found = (struct reuse_found){0};
    buf_init(&found->rows, OUTCOME_CACHE_BYTES_MAX);
}

void reuse_found_deinit(struct reuse_found *found)
{
    mem_free(&found->parts);
    mem_free(&found->records);
    buf_deinit(&found->rows);
    reuse_found_init(found);
}

void reuse_found_add_part(struct reuse_found *found, struct reuse_part part)
{
    struct reuse_part *last = found->part_count == 0 ? NULL : &found->parts[found->part_count - 1];
    bool follows = last != NULL && last->is_new == part.is_new &&
                   (part.is_new || last->first + last->count == part.first);
    if (follows) {
        last->count += part.count;
        return;
    }
    found->parts = mem_grow(found->parts, &found->part_capacity, found->part_count + 1,
                            sizeof(found->parts[0]));
    found->parts[found->part_count++] = part;
}

void reuse_found_add_records(struct reuse_found *found, const struct reuse_record *records,
                             size_t count)
{
    if (count == 0) {
        return;
    }
    found->records = mem_grow(found->records, &found->record_capacity, found->record_count + count,
                              sizeof(found->records[0]));
    memcpy(found->records + found->record_count, records, count * sizeof(records[0]));
    found->record_count += count;
}

bool reuse_found_add_all(struct reuse_found *found, const struct reuse_found *from)
{
    for (size_t i = 0; i < from->part_count; i++) {
        reuse_found_add_part(found, from->parts[i]);
    }
    reuse_found_add_records(found, from->records, from->record_count);
    (void)buf_append(&found->rows, buf_text(&from->rows), from->rows.len);
    return !from->rows.overflow && !found->rows.overflow;
}

void reuse_found_reset(struct reuse_found *found)
{
    found->part_count = 0;
    found->record_count = 0;
    buf_reset(&found->rows);
}
