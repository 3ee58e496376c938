// SPDX-License-Identifier: MIT
//
// Where a compliance pack comes from: an interface with two implementations, SecMaster over HTTP
// (source/secmaster.h) and files.
//
// A fetch yields the pack's JSON bytes; parsing them is CPU work that the caller gives to a thread.
// Each fetch calls back once, never before `fetch` has returned. Thread: the loop's.
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "base/histogram.h"
#include "base/loop.h"
#include "domain/account.h"
#include "domain/pack_page.h"
#include "domain/trace.h"

struct pack_source;
struct pack_fetch;

// Exactly one of `body` and `err` is not NULL. `body` holds the JSON (take it with buf_take);
// `origin` names it for diagnostics (URL or path, "" when it did not come to that); all of them are
// valid during the callback. Errors, for the job's history with upstream code and request id:
//  - ERR_NOT_FOUND: the pack does not exist (the job ends FAILED with
//    Invalid.CompliancePackId.Value, no retry)
//  - ERR_DENIED: 401, 403, or no credential: no retry
//  - ERR_INVALID: other 4xx, redirects, an id that cannot go into a URL: no retry
//  - ERR_CORRUPT: 200 with an empty, cut or non-JSON body, unknown encoding: retried
//  - ERR_LIMIT: too large: no retry
//  - ERR_UNAVAILABLE, ERR_TIMEOUT: 5xx, 429 (is_throttled, with retry_after_ms), network, a length
//    that was announced and not reached: retried
//  - ERR_IO: the pack's file cannot be read
typedef void (*pack_fetch_cb)(void *context, struct buf *body, const char *origin,
                              const struct err *err);

// Borrowed during `fetch` only.
struct pack_request {
    const struct account *account;
    const char *pack_id;
    const char *language;      // "" for the source's default
    int64_t timeout_ms;        // no longer than the default; 0: the default
    const struct trace *trace; // sent on to a service, its parent being our span; NULL: none
};

// The packs from number `offset` on, counted from 0, in the source's own order.
struct pack_list_request {
    const struct account *account;
    const char *language; // "" for the source's default
    uint64_t offset;
    unsigned limit;            // 1 to PACK_PAGE_MAX
    int64_t timeout_ms;        // no longer than the default; 0: the default
    const struct trace *trace; // as of a pack_request
};

struct pack_source_methods {
    struct pack_fetch *(*fetch)(struct pack_source *source, const struct pack_request *request,
                                pack_fetch_cb callback, void *context);
    // A page of the list of packs, as pack_page_load reads it. Errors as above; ERR_NOT_FOUND says
    // that there is no list where the account points at.
    struct pack_fetch *(*list)(struct pack_source *source, const struct pack_list_request *request,
                               pack_fetch_cb callback, void *context);
    // What `fetch` does as one blocking call, for a source that is as near as a file: NULL for
    // others. On success the body is filled and *origin_out set (mem_free). Errors as above.
    // Thread: any.
    enum err_kind (*read)(struct pack_source *source, const char *pack_id, struct buf *body,
                          char **origin_out, struct err *err);
    void (*cancel)(struct pack_fetch *fetch); // calls back with ERR_CANCELLED in a later turn
    // Reads credentials again (SIGHUP). Keeps the old ones when that fails. Blocking, short.
    enum err_kind (*reload)(struct pack_source *source, struct err *err);
    // Fetches under way call back first, with ERR_CANCELLED where they can still be stopped.
    void (*close)(struct pack_source *source, loop_closed_cb on_closed, void *owner);
};

// How requests to an upstream service ended.
enum upstream_outcome {
    UPSTREAM_SUCCESS,
    UPSTREAM_NOT_FOUND,   // no such pack, which is an answer as well
    UPSTREAM_DENIED,      // the credential is refused
    UPSTREAM_THROTTLED,   // asked too much
    UPSTREAM_REFUSED,     // another 4xx, or a redirect
    UPSTREAM_UNAVAILABLE, // 5xx, or no connection to it
    UPSTREAM_TIMEOUT,
    UPSTREAM_UNUSABLE,  // an answer that is cut, too large or no JSON
    UPSTREAM_CANCELLED, // by us; says nothing of the service
    UPSTREAM_OUTCOME_COUNT
};

struct upstream_counters {
    uint64_t requests[UPSTREAM_OUTCOME_COUNT];
    int64_t last_success_ms;    // wall clock, of a success or of "not found"; 0: none yet
    struct histogram durations; // of all but cancelled ones
};

struct pack_source {
    const struct pack_source_methods *methods;
    struct upstream_counters upstream; // of a source that asks a service, else all 0
};

// <folder>/<CompliancePackId>.json, for all accounts. Read on libuv's threads, not on the loop.
enum err_kind pack_source_file_create(uv_loop_t *loop, const char *folder,
                                      struct pack_source **source_out, struct err *err);
