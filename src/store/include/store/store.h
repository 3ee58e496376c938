// SPDX-License-Identifier: MIT
//
// Where finished reports lie. One report = one immutable folder
// <AccountId>/<CompliancePackId>/<ReportId>/<fence>/ (design section 5), of an account group
// <AccountId>/<AggregatorId>.<CompliancePackId>/<ReportId>/<fence>/. A store is a table of
// functions with a context: the file store; the null store, which keeps nothing; S3 later.
//
// An attempt writes its files into a staging folder of its own, then publishes it in one atomic
// step (files and folders fsynced, then rename(2)). It becomes the report only when the queue's
// `finish` accepts the fence; an attempt that was refused discards what it published. The fence in
// the path keeps two attempts apart whatever happens. Blocking: called on task threads and at
// start-up. Thread: any, one attempt per thread.
#pragma once

#include "base/err.h"
#include "base/text.h"
#include "domain/request.h"
#include "domain/subject.h"

#include <stdbool.h>
#include <stdint.h>

struct store_key {
    char account_id[REQUEST_ACCOUNT_MAX + 1];
    char pack_id[SUBJECT_BYTES]; // the report's subject (domain/subject.h)
    char report_id[TEXT_ID_MAX + 1];
    uint64_t fence;
};

struct store;

struct store_methods {
    // Makes an empty local folder for the attempt's files (removing what an earlier run with the
    // same key left). The null store gives NULL: no file is wanted.
    enum err_kind (*stage)(struct store *store, const struct store_key *key, char **folder_out,
                           struct err *err);
    // Makes the staged folder visible, whole. *location_out is an absolute path or URL (mem_free).
    // ERR_NOT_FOUND when nothing is staged (any more: a successor may have tidied it away),
    // ERR_CONFLICT when this or a higher fence is published already.
    enum err_kind (*publish)(struct store *store, const struct store_key *key, char **location_out,
                             struct err *err);
    // Removes the attempt's staging and published folder, whichever exists.
    enum err_kind (*discard)(struct store *store, const struct store_key *key, struct err *err);
    // Removes staging and published folders of the same ReportId with a lower fence than the key's
    // (dead attempts), once in a minute what any attempt left staged and untouched for a day, and
    // older reports of the same pack past `keep_count` (0: no limit) or older than `keep_ms` (0: no
    // limit; by folder time). The key's own report is never removed, nor is any report that has no
    // other complete one after it.
    enum err_kind (*tidy)(struct store *store, const struct store_key *key, unsigned keep_count,
                          int64_t keep_ms, struct err *err);
    // Whether a report could be written now: writes a small file where reports are staged, and
    // leaves nothing. ERR_NOT_FOUND when the root is gone, ERR_IO.
    enum err_kind (*check)(struct store *store, struct err *err);
    void (*destroy)(struct store *store);
};

struct store {
    const struct store_methods *methods;
};

// A file store below `root` (created, mode 0750, when absent). Without `fsync` a report that was
// published may be gone or empty after a crash of the machine. ERR_CONFIG when the root cannot be
// written to.
enum err_kind store_file_open(const char *root, bool fsync, struct store **store_out,
                              struct err *err);

// Whether a file store could be opened there, as far as that can be seen without making anything: for the folder, or the
// nearest above it that is there. ERR_CONFIG.
enum err_kind store_file_look(const char *root, struct err *err);

// A store that keeps nothing, for measuring the queue: every step succeeds without a file, and each
// report's location is REPORT_LOCATION_NONE.
struct store *store_null_open(void);

void store_destroy(struct store **store);
