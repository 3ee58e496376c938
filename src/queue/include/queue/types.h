// SPDX-License-Identifier: MIT
//
// What goes into the queue and what comes out: settings, intake entries, answers, jobs. Plain data.
// Thread: any.
//
// Wherever this room says pack_id, it is the subject of a report (domain/subject.h): the pack of an
// account, or of an account group. The scripts take it for one text, so that all that holds for a
// pack holds for either.
#pragma once

#include "base/digest.h"
#include "base/err.h"
#include "domain/request.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    QUEUE_BATCH_MAX = 64,      // entries or jobs in one script call: keeps a script under 5 ms
    QUEUE_ENTRY_ID_BYTES = 44, // "<ms>-<seq>" of two 64-bit numbers, with NUL
    QUEUE_WORKER_ID_BYTES = 80,
    QUEUE_STEP_BYTES = 24,
    QUEUE_TEXT_BYTES = 1024, // message or location handed to finish
    QUEUE_CRASHES_MAX = 3,   // the default of queue_config.crashes_max
    // The same for who does not know the daemons': buries nothing, and one crash makes a job run alone.
    QUEUE_CRASHES_UNKNOWN = 1000000,
    QUEUE_DELAY_MAX_MS = 90000000, // 25 h, the default of queue_config.delay_max_ms
    QUEUE_WEIGHT_MAX = 100,        // of an account
    QUEUE_CAP_MAX = 10000000,      // unfinished jobs of an account
    QUEUE_RATE_MAX = 600000,       // requests a minute of an account, over HTTP
    QUEUE_BURST_MAX = 10000,       // the same at once
    QUEUE_ACCOUNTS_MAX = 10000,    // accounts with values of their own
};

struct queue_config {
    const char *prefix;     // "packreport"
    unsigned partition;     // this queue's, below `partitions`
    unsigned partitions;    // of the queue in all; 0 means 1
    const char *worker_id;  // unique among living workers: "<host>:<slot>:<boot nonce>"; also the
                            // consumer name
    int64_t lease_ms;       // 10,000
    int64_t token_ttl_ms;   // 24 h, from the end of the job
    int64_t answer_ttl_ms;  // 24 h
    int64_t history_ttl_ms; // 7 d
    uint64_t backlog_max;   // unfinished jobs; past it: ServiceUnavailable, and nothing is taken
    uint64_t account_cap;   // unfinished jobs of an account that has no cap of its own (account.h);
                            // past it: Throttling.User, and nothing is taken; 0: no cap
    unsigned account_weight; // of an account that has none of its own; 0: 1
    uint64_t events_max;     // length of the event stream
    uint64_t dead_max;       // dead letters kept; the oldest go first
    unsigned crashes_max;    // leases that may run out on one job before it is dead as poison; 0:
                             // QUEUE_CRASHES_MAX
    // The longest delay of a retry (queue_ending): one that lies further ahead is of a clock that stepped
    // back, and pulled back to it; 0: QUEUE_DELAY_MAX_MS.
    int64_t delay_max_ms;
    const char *version; // shown beside the worker's heartbeat; NULL: none
    // Replicas that shall have what an admission or an end has written before the connection goes
    // on, for at most so long (WAIT). 0: none. The callbacks of these calls do not wait for it.
    unsigned wait_replicas;
    int64_t wait_timeout_ms;
    // Fewer had it in time (`replicas`), or the server refused to wait (`err`, else NULL); nothing
    // is undone. May be NULL.
    void (*on_too_few)(void *owner, unsigned replicas, const struct err *err);
    void *too_few_owner;
};

struct queue_entry {
    char entry_id[QUEUE_ENTRY_ID_BYTES]; // of the intake stream; "" for a request that came another
                                         // way
    struct request request;
    struct request_verdict verdict;   // not accepted: recorded as the answer, no job
    char request_id[TEXT_ID_MAX + 1]; // the RequestId to answer with: the request's own, else one
                                      // made by the caller
    char report_id[TEXT_ID_MAX +
                   1]; // the ReportId that the job gets if it is accepted; made by the caller
    bool is_wake; // asks for nothing (entry_id alone counts): removed with the batch, no answer is
                  // recorded; the queue_answer in its place has empty ids
};

struct queue_answer {
    enum answer_code code;
    bool replayed; // a ClientToken's first answer again, or an entry that had its answer already
    bool is_unrecorded; // no key could take the answer (they hold something else): only this tells
    char request_id[TEXT_ID_MAX + 1];
    char report_id[TEXT_ID_MAX + 1]; // "" unless accepted
    char message[REQUEST_DETAIL_BYTES];
};

struct queue_job {
    char report_id[TEXT_ID_MAX + 1];
    char account_id[REQUEST_ACCOUNT_MAX + 1];
    char pack_id[SUBJECT_BYTES];
    char request_id[TEXT_ID_MAX + 1];
    char language[REQUEST_LANGUAGE_BYTES];
    int64_t deadline_ms;                 // 0 none
    int64_t accepted_at_ms;              // Redis time
    char token_digest[DIGEST_HEX_BYTES]; // of the ClientToken, "" when none was given
    struct trace
        trace; // of the request; its trace_id is "" for one that a version without traces admitted
    uint64_t fence;
    unsigned attempts; // this one included
    // How many of the attempts before ended so; see enum queue_retry_class, and crashes.
    unsigned transient;
    unsigned throttled;
    unsigned waits; // how often it was put off without an attempt being counted
    unsigned crashes;
    bool is_alone; // runs with no other job beside it (queue_claim_alone)
};
