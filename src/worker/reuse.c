// SPDX-License-Identifier: MIT
#include "reuse.h"

#include "base/digest.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/random.h"
#include "reuse_state.h"

#include <string.h>

enum {
    BASIS_BYTES = LIMIT_WAIVERS + 1024,
    AHEAD = 8, // records that are looked at before the index is
    // In a row, before an index is worth making: records that were changed here and there need none.
    MISSES_MAX = 8,
    WINDOW_BYTES = 8 * 1024, // of rows that are looked at
};
static const size_t NOT_THERE = SIZE_MAX;

// ---- the cache of before

static void digest_waivers(const struct waiver_set *waivers, int64_t as_of_ms,
                           char out[DIGEST_HEX_BYTES])
{
    struct buf text;
    buf_init(&text, BASIS_BYTES);
    (void)buf_append_text(&text, waivers->digest);
    for (size_t i = 0; i < waivers->count; i++) {
        bool is_in_force = waiver_state_at(&waivers->items[i], as_of_ms) == WAIVER_IN_FORCE;
        (void)buf_append_char(&text, is_in_force ? '+' : '-');
    }
    ENSURE(!text.overflow);
    digest_hex(buf_text(&text), text.len, out);
    buf_deinit(&text);
}

static struct outcome_cache_basis basis_of(const struct reuse_input *input)
{
    const struct eval_rules *rules = input->rulebook->rules;
    const struct rule_set *set = eval_rules_set(rules);
    struct outcome_cache_basis basis = {.is_strict = set->strict_vendor ? 1 : 0,
                                        .rule_count = (uint32_t)set->count};
    char waivers[DIGEST_HEX_BYTES];
    digest_waivers(&input->rulebook->waivers, input->as_of_ms, waivers);
    memcpy(basis.engine, eval_engine_digest(), OUTCOME_CACHE_HEX);
    memcpy(basis.rules, set->digest, OUTCOME_CACHE_HEX);
    memcpy(basis.waivers, waivers, OUTCOME_CACHE_HEX);
    basis.as_of_ms = eval_rules_depend_on_time(rules) ? input->as_of_ms : 0;
    return basis;
}

static void note_row_begin(struct reuse *reuse, size_t at)
{
    reuse->row_begins = mem_grow(reuse->row_begins, &reuse->row_capacity, reuse->row_count + 1,
                                 sizeof(reuse->row_begins[0]));
    reuse->row_begins[reuse->row_count++] = (uint32_t)at;
}

static size_t on_row(void *context, size_t at, const char *bytes, size_t len)
{
    struct reuse *reuse = context;
    size_t row_len = evaluator_row_len(reuse->evaluator, bytes, len);
    if (row_len > 0) {
        note_row_begin(reuse, at);
    }
    return row_len;
}

static void forget_old(struct reuse *reuse)
{
    mem_free(&reuse->row_begins);
    reuse->row_count = 0;
    reuse->row_capacity = 0;
    random_bytes(reuse->secret, sizeof(reuse->secret));
}

static void warn(const struct reuse *reuse, const char *code, const struct err *err,
                 struct diags *problems)
{
    const struct diag_place place = {.file = reuse->path};
    diags_add(problems, DIAG_WARNING, code, place, "%s", err->message);
}

static void read_old(struct reuse *reuse, struct diags *problems)
{
    struct err err = ERR_INIT;
    const struct outcome_cache_visitor visitor = {reuse, on_row};
    enum err_kind kind =
        outcome_cache_read(reuse->path, &reuse->basis, &visitor, &reuse->old, &err);
    reuse->is_kept = kind != ERR_CONFLICT;
    if (kind == ERR_OK) {
        memcpy(reuse->secret, reuse->old.secret, sizeof(reuse->secret));
        note_row_begin(reuse, reuse->old.rows_len);
        reuse->taken = mem_alloc(reuse->old.record_count, sizeof(reuse->taken[0]));
        return;
    }
    forget_old(reuse);
    if (kind != ERR_NOT_FOUND) {
        (void)err_prefix(&err, "the cache is not used");
        warn(reuse, "cache.refused", &err, problems);
    }
}

struct reuse *reuse_create(const struct reuse_input *input, struct diags *problems)
{
    struct reuse *reuse = mem_alloc(1, sizeof(*reuse));
    reuse->evaluator = input->evaluator;
    reuse->path = mem_text(input->path);
    reuse->basis = basis_of(input);
    reuse->window.capacity = WINDOW_BYTES;
    reuse_found_init(&reuse->all);
    read_old(reuse, problems);
    digest_index_init(&reuse->index, reuse->old.digests, reuse->old.record_count);
    keyed_digest_key_init(&reuse->key, reuse->secret);
    return reuse;
}

void reuse_destroy(struct reuse **reuse)
{
    if (*reuse == NULL) {
        return;
    }
    outcome_cache_deinit(&(*reuse)->old);
    mem_free(&(*reuse)->row_begins);
    outcome_cache_window_deinit(&(*reuse)->window);
    mem_free(&(*reuse)->taken);
    digest_index_deinit(&(*reuse)->index);
    reuse_found_deinit(&(*reuse)->all);
    mem_free(&(*reuse)->path);
    mem_wipe(*reuse, sizeof(**reuse)); // the key
    mem_free(reuse);
}

// ---- finding records

static bool is_at(const struct reuse *reuse, size_t number, const struct keyed_digest *digest)
{
    return number < reuse->old.record_count &&
           keyed_digest_equals(&reuse->old.digests[number], digest);
}

// The number of a record in the cache, one of the next or any.
static size_t find(struct reuse *reuse, struct reuse_cursor *cursor,
                   const struct keyed_digest *digest)
{
    for (size_t i = 0; i < AHEAD; i++) {
        if (is_at(reuse, cursor->next + i, digest)) {
            return cursor->next + i;
        }
    }
    bool may_ask =
        digest_index_is_made(&reuse->index) || cursor->jumps || cursor->misses >= MISSES_MAX;
    return may_ask ? digest_index_find(&reuse->index, digest) : NOT_THERE;
}

// Passes lines as long as they are the next records of the cache, of which the length is known.
static void pass_known(const struct reuse *reuse, struct reuse_cursor *cursor,
                       struct eval_lines *lines, struct reuse_found *found)
{
    const struct outcome_cache *old = &reuse->old;
    const size_t first = cursor->next;
    size_t next = first;
    for (; next < old->record_count; next++) {
        size_t left;
        const char *bytes = eval_lines_rest(lines, &left);
        const size_t len = old->lens[next];
        bool may_be = left > 0 && (len < left ? bytes[len] == '\n' : len == left);
        if (!may_be) {
            break;
        }
        const struct keyed_digest digest = keyed_digest_of(&reuse->key, bytes, len);
        if (!keyed_digest_equals(&digest, &old->digests[next])) {
            break;
        }
        eval_lines_pass(lines, len);
    }
    if (next > first) {
        cursor->next = next;
        cursor->misses = 0;
        reuse_found_add_part(found,
                             (struct reuse_part){.first = (uint32_t)first, .count = next - first});
    }
}

// False when the cache does not have it.
static bool take_known(struct reuse *reuse, struct reuse_cursor *cursor,
                       const struct keyed_digest *digest, struct reuse_found *found)
{
    size_t number = find(reuse, cursor, digest);
    if (number == NOT_THERE) {
        cursor->misses++;
        return false;
    }
    cursor->next = number + 1;
    cursor->misses = 0;
    reuse_found_add_part(found, (struct reuse_part){.first = (uint32_t)number, .count = 1});
    return true;
}

size_t reuse_run_block(struct reuse *reuse, struct reuse_cursor *cursor, struct eval_lane *lane,
                       const struct eval_block *block, struct reuse_found *found,
                       struct diags *problems)
{
    struct eval_lines lines = eval_lines(block);
    struct eval_line line;
    pass_known(reuse, cursor, &lines, found);
    while (eval_lines_next(&lines, &line)) {
        const struct reuse_record record = {.digest =
                                                keyed_digest_of(&reuse->key, line.bytes, line.len),
                                            .len = (uint32_t)line.len};
        if (!take_known(reuse, cursor, &record.digest, found) &&
            evaluator_run_line(reuse->evaluator, lane, &line, &found->rows, problems)) {
            reuse_found_add_part(found, (struct reuse_part){.is_new = true, .count = 1});
            reuse_found_add_records(found, &record, 1);
        }
        pass_known(reuse, cursor, &lines, found);
    }
    return lines.index;
}

// ---- taking them in order

static void change_row(struct reuse *reuse, struct eval_lane *lane, size_t number,
                       enum eval_row_change change)
{
    size_t begin = reuse->row_begins[number];
    size_t len = reuse->row_begins[number + 1] - begin;
    const char *row = outcome_cache_look(&reuse->old, &reuse->window, begin, len);
    if (row == NULL || evaluator_row_len(reuse->evaluator, row, len) != len) {
        reuse->is_lost = true;
        return;
    }
    eval_lane_add_row(lane, (struct span){row, len}, change);
}

// The sums of before have each record once.
static void take_old(struct reuse *reuse, struct eval_lane *lane, const struct reuse_part *part)
{
    uint8_t *taken = reuse->taken + part->first;
    if (memchr(taken, 1, part->count) != NULL) {
        for (size_t i = 0; i < part->count; i++) {
            if (taken[i] != 0) {
                change_row(reuse, lane, part->first + i, EVAL_ROW_COUNT);
            }
        }
    }
    memset(taken, 1, part->count);
    reuse->reused += part->count;
}

// Adds to what will be written, unless that is too long.
static void keep(struct reuse *reuse, const struct reuse_found *found)
{
    bool fits = reuse_found_add_all(&reuse->all, found);
    if (!fits || reuse->record_count > OUTCOME_CACHE_BYTES_MAX / sizeof(struct keyed_digest)) {
        reuse->is_kept = false;
        reuse->is_too_long = true;
        reuse_found_deinit(&reuse->all);
    }
}

void reuse_take(struct reuse *reuse, struct eval_lane *lane, struct reuse_found *found)
{
    for (size_t i = 0; i < found->part_count; i++) {
        reuse->record_count += found->parts[i].count;
        if (!found->parts[i].is_new) {
            take_old(reuse, lane, &found->parts[i]);
        }
    }
    if (reuse->is_kept) {
        keep(reuse, found);
    }
    reuse_found_reset(found);
}

// ---- the end

// Takes back those of the cache that are gone.
static void take_back(struct reuse *reuse, struct eval_lane *lane)
{
    for (size_t i = 0; i < reuse->old.record_count; i++) {
        if (reuse->taken[i] == 0) {
            change_row(reuse, lane, i, EVAL_ROW_TAKE_BACK);
        }
    }
}

static void add_sums(const struct outcome_cache *old, struct eval_counts *counts)
{
    counts->records += old->record_count;
    for (size_t i = 0; old->sums != NULL && i < counts->rule_count; i++) {
        for (size_t j = 0; j < OUTCOME_COUNT; j++) {
            counts->rules[i].of[j] += old->sums[i].of[j];
        }
    }
}

static bool is_as_before(const struct reuse *reuse)
{
    const struct reuse_found *all = &reuse->all;
    bool is_from_start = all->part_count == 0 || (all->part_count == 1 && !all->parts[0].is_new &&
                                                  all->parts[0].first == 0);
    return reuse->old.bytes != NULL && reuse->record_count == reuse->old.record_count &&
           is_from_start;
}

enum err_kind reuse_complete(struct reuse *reuse, struct eval_lane *lane,
                             struct eval_counts *counts_out, struct diags *problems,
                             struct err *err)
{
    take_back(reuse, lane);
    if (reuse->is_lost) {
        return err_set(err, ERR_IO,
                       "cache %s: what was read of it once cannot be read again, or was changed "
                       "meanwhile",
                       reuse->path);
    }
    evaluator_count(reuse->evaluator, lane, counts_out);
    add_sums(&reuse->old, counts_out);
    INVARIANT(counts_out->records == reuse->record_count);
    struct err of_cache = ERR_INIT;
    bool is_to_write = reuse->is_kept && !is_as_before(reuse);
    if ((is_to_write || reuse->is_too_long) &&
        reuse_write(reuse, counts_out, &of_cache) != ERR_OK) {
        (void)err_prefix(&of_cache, "the cache is not kept");
        warn(reuse, "cache.not-kept", &of_cache, problems);
    }
    return ERR_OK;
}

uint64_t reuse_count(const struct reuse *reuse)
{
    return reuse->reused;
}
