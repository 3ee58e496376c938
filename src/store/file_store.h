// SPDX-License-Identifier: MIT
//
// The file store's object, for the files that implement it. What it works on is opened anew by each
// call, so that no call depends on another.
//
//   <root>/.staging/<ReportId>.<fence>/          an attempt's files while they are written
//   <root>/<account>/<pack>/<ReportId>/<fence>/  a published attempt
//
// Thread: any.
#pragma once

#include "folder.h"
#include "store/store.h"

#include <stdatomic.h>
#include <stdint.h>

#define FILE_STORE_STAGING ".staging"

enum {
    FILE_STORE_SCAN_MAX = 10000,   // names looked at in one folder by one tidy
    FILE_STORE_REMOVALS_MAX = 200, // folders removed by one tidy; the next goes on
    FILE_STORE_STALE_MS =
        24 * 3600 * 1000, // an untouched staging folder of a report nobody asks for
    // Between two looks of this process at what attempts of other reports left staged: each has to
    // open the folder of every attempt that is being made, and nothing goes stale in a minute.
    FILE_STORE_LOOK_MS = 60 * 1000,
};

struct file_store {
    struct store store;
    char *root; // absolute, links resolved
    bool fsync;
    atomic_int_fast64_t next_look_ms; // monotonic; see FILE_STORE_LOOK_MS
};

static inline struct file_store *file_store_of(struct store *store)
{
    return container_of(store, struct file_store, store);
}

// ERR_INVALID when a part of the key could not be one name in a path.
enum err_kind file_store_check_key(const struct store_key *key, struct err *err);

// Opens the folder of staged attempts, and makes it where the root has none. ERR_NOT_FOUND when the
// root is gone: it is not made again, it may be a volume that is not mounted.
enum err_kind file_store_open_staging(const struct file_store *store, struct folder *staging_out,
                                      struct err *err);

// Opens <root>/<account>/<pack>; ERR_NOT_FOUND when nothing was published there yet.
enum err_kind file_store_open_pack(const struct file_store *store, const struct store_key *key,
                                   struct folder *pack_out, struct err *err);

// Takes a published attempt out of sight in one step and then removes it, so that nobody sees half
// of it. `report` is the folder of the ReportId. Not there: no error.
enum err_kind file_store_retire(const struct folder *staging, const struct folder *report,
                                const char *report_id, uint64_t fence, struct err *err);

enum err_kind file_store_tidy(struct store *store, const struct store_key *key, unsigned keep_count,
                              int64_t keep_ms, struct err *err);

enum err_kind file_store_check(struct store *store, struct err *err);
