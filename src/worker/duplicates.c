// SPDX-License-Identifier: MIT
#include "duplicates.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/siphash.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { LOWERED_BYTES = 64, LISTED_MAX = 2 * LIMIT_DIAGNOSTICS };

struct duplicate {
    struct record_origin first; // of the resource
    struct record_origin at;
};

struct duplicates {
    struct siphash_key key;
    struct sighting_sort *sort;
    // The first ones in input order, and behind them others that may be among these.
    struct duplicate *listed;
    size_t listed_count;
    size_t listed_capacity;
    bool is_cut; // there were more than are kept, and those that are kept are in order
};

struct duplicates *duplicates_create(const char *folder, size_t memory_bytes,
                                     const atomic_bool *stop)
{
    struct duplicates *duplicates = mem_alloc(1, sizeof(*duplicates));
    duplicates->key = siphash_random_key();
    duplicates->sort = sighting_sort_create(folder, memory_bytes, stop);
    return duplicates;
}

void duplicates_destroy(struct duplicates **duplicates)
{
    if (*duplicates == NULL) {
        return;
    }
    sighting_sort_destroy(&(*duplicates)->sort);
    mem_free(&(*duplicates)->listed);
    mem_free(duplicates);
}

// With a NUL behind it, which no text holds: so no two triples of texts join to the same bytes.
static void add_text(struct siphash *hash, struct span text)
{
    siphash_update(hash, text.bytes, text.len);
    siphash_update(hash, "", 1);
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static void add_lowered(struct siphash *hash, struct span text)
{
    char lowered[LOWERED_BYTES];
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        lowered[len++] = lower(text.bytes[i]);
        if (len == sizeof(lowered)) {
            siphash_update(hash, lowered, len);
            len = 0;
        }
    }
    siphash_update(hash, lowered, len);
    siphash_update(hash, "", 1);
}

struct sighting duplicates_identify(const struct duplicates *duplicates,
                                    const struct eval_resource *resource)
{
    struct sighting sighting = {.at = resource->at};
    struct siphash hash;
    siphash_begin(&hash, &duplicates->key);
    add_text(&hash, resource->account_id);
    add_lowered(&hash, resource->resource_type);
    add_text(&hash, resource->resource_id);
    siphash_finish(&hash, sighting.identity);
    return sighting;
}

enum err_kind duplicates_add(struct duplicates *duplicates, const struct sighting *sightings,
                             size_t count, struct err *err)
{
    enum err_kind kind = sighting_sort_add(duplicates->sort, sightings, count, err);
    return kind == ERR_OK ? ERR_OK : err_prefix(err, "duplicates");
}

static bool is_later(const struct duplicate *a, const struct duplicate *b)
{
    return a->at.offset > b->at.offset;
}

static int compare_places(const void *a, const void *b)
{
    const struct duplicate *left = a;
    const struct duplicate *right = b;
    return is_later(left, right) ? 1 : is_later(right, left) ? -1 : 0;
}

static void keep_first(struct duplicates *duplicates)
{
    if (duplicates->listed_count > 0) {
        qsort(duplicates->listed, duplicates->listed_count, sizeof(*duplicates->listed),
              compare_places);
    }
    if (duplicates->listed_count > LIMIT_DIAGNOSTICS) {
        duplicates->listed_count = LIMIT_DIAGNOSTICS;
        duplicates->is_cut = true;
    }
}

static void list(struct duplicates *duplicates, const struct duplicate *duplicate)
{
    if (duplicates->is_cut && is_later(duplicate, &duplicates->listed[LIMIT_DIAGNOSTICS - 1])) {
        return;
    }
    duplicates->listed = mem_grow(duplicates->listed, &duplicates->listed_capacity,
                                  duplicates->listed_count + 1, sizeof(*duplicates->listed));
    duplicates->listed[duplicates->listed_count++] = *duplicate;
    if (duplicates->listed_count == LISTED_MAX) {
        keep_first(duplicates);
    }
}

static bool is_same(const struct sighting *a, const struct sighting *b)
{
    return a->identity[0] == b->identity[0] && a->identity[1] == b->identity[1];
}

// Reads all sightings by identity; the first of equal ones is the first in the input.
static enum err_kind gather(struct duplicates *duplicates, uint64_t *count_out, struct err *err)
{
    struct sighting first;
    bool found;
    uint64_t count = 0;
    if (sighting_sort_next(duplicates->sort, &first, &found, err) != ERR_OK) {
        return err->kind;
    }
    while (found) {
        struct sighting next;
        if (sighting_sort_next(duplicates->sort, &next, &found, err) != ERR_OK) {
            return err->kind;
        }
        if (found && is_same(&first, &next)) {
            list(duplicates, &(struct duplicate){.first = first.at, .at = next.at});
            count++;
        } else if (found) {
            first = next;
        }
    }
    *count_out = count;
    return ERR_OK;
}

static void say(const struct duplicate *duplicate, struct diags *problems)
{
    const struct diag_place place = {.line = (size_t)duplicate->at.line};
    diags_add(problems, DIAG_ERROR, "inventory.record.duplicate", place,
              "the same resource as in line %" PRIu64 ": the records at offsets %" PRIu64
              " and %" PRIu64 " have one accountId, resourceType and resourceId; each may stand "
              "there once",
              duplicate->first.line, duplicate->first.offset, duplicate->at.offset);
}

enum err_kind duplicates_find(struct duplicates *duplicates, struct diags *problems,
                              uint64_t *count_out, struct err *err)
{
    uint64_t count = 0;
    if (sighting_sort_finish(duplicates->sort, err) != ERR_OK ||
        gather(duplicates, &count, err) != ERR_OK) {
        return err_prefix(err, "duplicates");
    }
    keep_first(duplicates);
    for (size_t i = 0; i < duplicates->listed_count; i++) {
        say(&duplicates->listed[i], problems);
    }
    problems->errors += (size_t)(count - duplicates->listed_count);
    *count_out = count;
    return ERR_OK;
}
