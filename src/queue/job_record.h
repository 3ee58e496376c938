// SPDX-License-Identifier: MIT
//
// A job's record as the scripts hand it over; the layout is stated in scripts/parts/job.lua and
// docs/redis.md. Private to queue.
#pragma once

#include "queue/queue.h"

struct job_record {
    struct queue_job job;
    char owner[QUEUE_WORKER_ID_BYTES]; // "" unless running
    char step[QUEUE_STEP_BYTES];
    unsigned progress_done;
    unsigned progress_total;
    bool is_cancelled; // its worker shall give it up
};

// The places of its fields, which '|' parts.
enum job_record_field {
    JOB_RECORD_FENCE,
    JOB_RECORD_ATTEMPTS,
    JOB_RECORD_CRASHES,
    JOB_RECORD_FLAGS,
    JOB_RECORD_OWNER,
    JOB_RECORD_STARTED,
    JOB_RECORD_STEP,
    JOB_RECORD_DONE,
    JOB_RECORD_TOTAL,
    JOB_RECORD_TAG,
    JOB_RECORD_ACCEPTED,
    JOB_RECORD_ACCOUNT,
    JOB_RECORD_PACK,
    JOB_RECORD_REQUEST,
    JOB_RECORD_LANGUAGE,
    JOB_RECORD_DEADLINE,
    JOB_RECORD_TOKEN,
    JOB_RECORD_FIELDS,
};

// False when the text is no such record.
bool job_record_parse(const char *report_id, const char *text, struct job_record *record_out);

// "account|pack|request id|language|deadline|token digest", the part of a record that the request
// gives; `out` is added to.
void job_record_write_request(const struct request *request, const char *request_id,
                              const char *token_digest, struct buf *out);

// The trace as it stands in the flags of a record; nothing for none. Added to `out`.
void job_record_write_trace(const struct trace *trace, struct buf *out);

struct redis_reply;

struct queue;

// A list {id, record, id, record, ...}, as claims come, with one more behind them when a job that runs
// alone comes next (queue_is_alone_next); mem_free. A record that cannot be read is
// left out, so that the others run, and kept in queue->unreadable for the next sweep.
struct queue_job *job_record_read_claims(struct queue *queue, const struct redis_reply *reply,
                                         size_t *count_out);
