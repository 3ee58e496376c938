// SPDX-License-Identifier: MIT
//
// A private Redis, a connection and a queue, and the queue's calls made synchronous: each runs the
// loop until its callback has come. Several workers share the one connection. Thread: one.
#pragma once

#include "queue/audit.h"
#include "queue/intake.h"
#include "queue/queue.h"
#include "queue/status.h"
#include "redis_server.h"

#include <criterion/criterion.h>
#include <uv.h>

enum { FIXTURE_WORKERS = 4, FIXTURE_LEASE_MS = 10000, FIXTURE_PAIRS_MAX = 64 };

#define ACCOUNT "100000000000001"

struct fixture {
    struct redis_server *server;
    uv_loop_t loop;
    struct redis_connection *connection;
    struct queue_config config;
    struct queue *workers[FIXTURE_WORKERS];
    struct queue *queue; // the first worker
};

struct admitted {
    struct queue_answer answers[QUEUE_BATCH_MAX];
    size_t answer_count;
    struct queue_job jobs[QUEUE_BATCH_MAX];
    size_t job_count;
    struct err err;
};

struct finished {
    enum queue_finished result;
    struct queue_job jobs[QUEUE_BATCH_MAX];
    size_t job_count;
    struct err err;
    bool is_done;
};

struct history {
    struct {
        char name[64];
        char value[QUEUE_TEXT_BYTES];
    } pairs[FIXTURE_PAIRS_MAX];
    size_t count;
};

// Settings of the fixture: change `config` between create and start.
void fixture_init(struct fixture *fixture);
void fixture_start(struct fixture *fixture); // server, connection, workers "w0" to "w3", prepared
void fixture_stop(struct fixture *fixture);
// init and start.
void fixture_begin(struct fixture *fixture);

// A second connection, for blocking reads.
struct redis_connection *fixture_connect(struct fixture *fixture);
void fixture_disconnect(struct fixture *fixture, struct redis_connection *connection);

// Runs the loop until a callback has set the flag.
void fixture_wait_for(bool *flag);

// An entry that asks for a report of `pack`; token and request id may be NULL.
struct queue_entry ask(const char *account, const char *pack, const char *token,
                       const char *request_id);

struct admitted admit(struct queue *queue, const struct queue_entry *entries, size_t count,
                      unsigned claim_max);
struct admitted admit_one(struct queue *queue, const struct queue_entry *entry);
// Accepts a report of `pack` and claims it for `queue`.
struct queue_job start_job(struct queue *queue, const char *pack);
struct admitted claim(struct queue *queue, unsigned max);
struct admitted claim_alone(struct queue *queue);
struct err renew(struct queue *queue, const struct queue_renewal *renewals, size_t count,
                 enum queue_hold *holds_out);
enum queue_hold renew_one(struct queue *queue, const struct queue_job *job);

struct queue_ending ending_of(const struct queue_job *job, enum queue_outcome outcome);
struct finished finish_with(struct queue *queue, const struct queue_ending *ending,
                            unsigned claim_max);
enum queue_finished finish(struct queue *queue, const struct queue_job *job,
                           enum queue_outcome outcome);
struct queue_sweep_result sweep(struct queue *queue);
struct queue_audit audit(struct queue *queue);
// No violations, or the test fails with the first of them.
void audit_clean(struct queue *queue);

// Reads; the result is the fixture's until the next one.
const struct queue_read *read_requests(struct queue *queue, unsigned max);
const struct queue_read *read_own(struct queue *queue);
const struct queue_read *take_over(struct queue *queue, int64_t idle_ms);
void submit(struct queue *queue, const struct request *request, char entry_id_out[64]);

struct queue_answer_record get_answer(struct queue *queue, const char *id);
struct queue_report_record get_report(struct queue *queue, const char *account, const char *pack);
struct history get_history(struct queue *queue, const char *report_id);
const char *history_value(const struct history *history, const char *name); // "" when absent

// One redis command, formatted; the reply as redis_server_command gives it.
// A report's text (scripts/parts/report.lua), as an argument of `redis`, which quotes as inline commands
// do: without a token or a complete report.
#define REPORT_TEXT(status, fence, id) "\"" status "|" fence "|" id "|1|0||\\n\\n|\\n\\n\""
// A history's, of a job without a record worth reading.
#define HISTORY_TEXT "complete|1|finish|1|1|0||w||finish|0|0|1|1|1|cp|r||0|"

const char *redis(struct fixture *fixture, const char *format, ...) PRINTF_LIKE(2, 3);
void expect_redis(struct fixture *fixture, const char *reply, const char *format, ...)
    PRINTF_LIKE(3, 4);
