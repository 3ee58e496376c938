// SPDX-License-Identifier: MIT
//
// Tidying the file store: what dead attempts left, and reports past their retention. Several
// daemons may do this to one store at once; whatever goes away meanwhile was meant to.
#include "file_store.h"

#include "attempt_name.h"
#include "base/clock.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

// A published report of the key's pack.
struct kept_report {
    char id[TEXT_ID_MAX + 1];
    int64_t at_ms; // of its latest attempt
    bool is_own;
};

struct tidying {
    const struct file_store *store;
    const struct store_key *key;
    int64_t now_ms;
    unsigned removals; // so far
    bool looks_around; // at the attempts of other reports, too
    struct folder staging;
};

// A folder that cannot be opened any more, or is none (a link, somebody's file), is left alone.
static bool open_quietly(const struct folder *parent, const char *name, struct folder *folder_out)
{
    struct err ignored;
    return folder_open(parent, name, folder_out, &ignored) == ERR_OK;
}

static bool list_quietly(const struct folder *folder, struct file_names *names_out)
{
    struct err ignored;
    return folder_list(folder, FILE_STORE_SCAN_MAX, names_out, &ignored) == ERR_OK;
}

// The time of the last change in a staging folder: of the folder or of a file in it, whichever is
// later, because writing to a file does not touch the folder.
static int64_t last_change_ms(const struct folder *staging, const char *name, int64_t otherwise)
{
    int64_t latest = otherwise;
    struct folder folder;
    struct file_names names;
    if (!folder_entry_time(staging, name, &latest) || !open_quietly(staging, name, &folder)) {
        return latest;
    }
    if (list_quietly(&folder, &names)) {
        for (size_t i = 0; i < names.count; i++) {
            int64_t at_ms;
            if (folder_entry_time(&folder, names.names[i], &at_ms) && at_ms > latest) {
                latest = at_ms;
            }
        }
        file_names_deinit(&names);
    }
    folder_close(&folder);
    return latest;
}

static bool is_leftover(const struct tidying *tidying, const char *name)
{
    struct attempt_name attempt;
    if (!attempt_name_parse(name, &attempt)) {
        return false;
    }
    if (attempt.is_gone) {
        return true;
    }
    if (strcmp(attempt.report_id, tidying->key->report_id) == 0) {
        return attempt.fence < tidying->key->fence;
    }
    if (!tidying->looks_around) {
        return false;
    }
    int64_t at_ms = last_change_ms(&tidying->staging, name, tidying->now_ms);
    return tidying->now_ms - at_ms > FILE_STORE_STALE_MS;
}

static enum err_kind tidy_staging(struct tidying *tidying, struct err *err)
{
    struct file_names names;
    if (folder_list(&tidying->staging, FILE_STORE_SCAN_MAX, &names, err) != ERR_OK) {
        return err->kind;
    }
    enum err_kind kind = ERR_OK;
    for (size_t i = 0; kind == ERR_OK && i < names.count; i++) {
        if (tidying->removals < FILE_STORE_REMOVALS_MAX && is_leftover(tidying, names.names[i])) {
            tidying->removals++;
            kind = folder_remove(&tidying->staging, names.names[i], err);
        }
    }
    file_names_deinit(&names);
    return kind;
}

// Removes the published attempts of one report whose fence is below `limit`, then the report's
// folder when that leaves nothing.
static enum err_kind retire_attempts(struct tidying *tidying, const struct folder *pack,
                                     const char *report_id, uint64_t limit, struct err *err)
{
    struct folder report;
    struct file_names names = {0};
    size_t kept = 0;
    if (!open_quietly(pack, report_id, &report)) {
        return ERR_OK;
    }
    enum err_kind kind = folder_list(&report, FILE_STORE_SCAN_MAX, &names, err);
    for (size_t i = 0; kind == ERR_OK && i < names.count; i++) {
        uint64_t fence;
        if (attempt_name_parse_fence(names.names[i], &fence) && fence < limit) {
            tidying->removals++;
            kind = file_store_retire(&tidying->staging, &report, report_id, fence, err);
        } else {
            kept++;
        }
    }
    file_names_deinit(&names);
    folder_close(&report);
    if (kept == 0) {
        folder_remove_if_empty(pack, report_id);
    }
    return kind == ERR_NOT_FOUND ? ERR_OK : kind;
}

// The time of a report's latest attempt; false when it has none.
static bool report_time(const struct folder *pack, const char *report_id, int64_t *at_ms_out)
{
    struct folder report;
    struct file_names names;
    bool found = false;
    if (!open_quietly(pack, report_id, &report)) {
        return false;
    }
    if (list_quietly(&report, &names)) {
        uint64_t highest = 0;
        for (size_t i = 0; i < names.count; i++) {
            uint64_t fence;
            if (attempt_name_parse_fence(names.names[i], &fence) && (!found || fence > highest)) {
                found = folder_entry_time(&report, names.names[i], at_ms_out) || found;
                highest = fence;
            }
        }
        file_names_deinit(&names);
    }
    folder_close(&report);
    return found;
}

// The latest first; equal times by id, so that every daemon sees the same order.
static int compare_reports(const void *a, const void *b)
{
    const struct kept_report *left = a;
    const struct kept_report *right = b;
    if (left->at_ms != right->at_ms) {
        return left->at_ms > right->at_ms ? -1 : 1;
    }
    return strcmp(left->id, right->id);
}

static size_t list_reports(const struct tidying *tidying, const struct folder *pack,
                           const struct file_names *names, struct kept_report *reports)
{
    size_t count = 0;
    for (size_t i = 0; i < names->count; i++) {
        struct kept_report *report = &reports[count];
        const char *id = names->names[i];
        if (text_is_id(id, strlen(id)) && report_time(pack, id, &report->at_ms)) {
            (void)text_copy(report->id, sizeof(report->id), id);
            report->is_own = strcmp(id, tidying->key->report_id) == 0;
            count++;
        }
    }
    if (count > 0) {
        qsort(reports, count, sizeof(*reports), compare_reports);
    }
    return count;
}

// `keep_count` and `keep_ms` as in the store's tidy: 0 is no limit. The latest report stays in any
// case, and so does the key's own.
static enum err_kind retain(struct tidying *tidying, const struct folder *pack, unsigned keep_count,
                            int64_t keep_ms, struct err *err)
{
    struct file_names names;
    if (folder_list(pack, FILE_STORE_SCAN_MAX, &names, err) != ERR_OK) {
        return err->kind;
    }
    struct kept_report *reports = mem_alloc(names.count, sizeof(*reports));
    size_t count = list_reports(tidying, pack, &names, reports);
    enum err_kind kind = ERR_OK;
    for (size_t i = 1; kind == ERR_OK && i < count; i++) {
        bool too_many = keep_count > 0 && i >= keep_count;
        bool too_old = keep_ms > 0 && tidying->now_ms - reports[i].at_ms > keep_ms;
        if (!reports[i].is_own && (too_many || too_old) &&
            tidying->removals < FILE_STORE_REMOVALS_MAX) {
            kind = retire_attempts(tidying, pack, reports[i].id, UINT64_MAX, err);
        }
    }
    mem_free(&reports);
    file_names_deinit(&names);
    return kind;
}

static enum err_kind tidy_pack(struct tidying *tidying, unsigned keep_count, int64_t keep_ms,
                               struct err *err)
{
    struct folder pack;
    const struct store_key *key = tidying->key;
    if (file_store_open_pack(tidying->store, key, &pack, err) != ERR_OK) {
        return err->kind;
    }
    enum err_kind kind = retire_attempts(tidying, &pack, key->report_id, key->fence, err);
    if (kind == ERR_OK && (keep_count > 0 || keep_ms > 0)) {
        kind = retain(tidying, &pack, keep_count, keep_ms, err);
    }
    folder_close(&pack);
    return kind;
}

// True once in a while, for one of those that ask.
static bool takes_look(struct file_store *store)
{
    int64_t now_ms = clock_monotonic_ms();
    int_fast64_t next_ms = atomic_load(&store->next_look_ms);
    return now_ms >= next_ms && atomic_compare_exchange_strong(&store->next_look_ms, &next_ms,
                                                               now_ms + FILE_STORE_LOOK_MS);
}

enum err_kind file_store_tidy(struct store *store, const struct store_key *key, unsigned keep_count,
                              int64_t keep_ms, struct err *err)
{
    struct file_store *file_store = file_store_of(store);
    struct tidying tidying = {.store = file_store,
                              .key = key,
                              .now_ms = clock_wall_ms(),
                              .looks_around = takes_look(file_store)};
    if (file_store_check_key(key, err) != ERR_OK ||
        file_store_open_staging(file_store, &tidying.staging, err) != ERR_OK) {
        return err_prefix(err, "tidy reports");
    }
    // What cannot be removed in one place does not keep the other from being tidied. What is not
    // there was never published, or another daemon was faster.
    struct err failures[2];
    enum err_kind kinds[] = {tidy_staging(&tidying, &failures[0]),
                             tidy_pack(&tidying, keep_count, keep_ms, &failures[1])};
    enum err_kind kind = ERR_OK;
    for (size_t i = 0; kind == ERR_OK && i < ARRAY_LEN(kinds); i++) {
        if (kinds[i] != ERR_OK && kinds[i] != ERR_NOT_FOUND) {
            *err = failures[i];
            kind = err_prefix(err, "tidy reports");
        }
    }
    folder_close(&tidying.staging);
    return kind;
}
