// SPDX-License-Identifier: MIT
#include "queue_fixture.h"

#include "base/mem.h"
#include "base/random.h"
#include "base/text.h"
#include "loop_run.h"
#include "queue/doctor.h"
#include "redis/connection.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

// Each helper waits on a flag that its callback sets.
static uv_loop_t *test_loop;
static struct redis_connection *test_connection;
static struct queue_read kept_read;

static bool is_set(void *context)
{
    return *(bool *)context;
}

void fixture_wait_for(bool *flag)
{
    cr_assert(loop_run_until(test_loop, is_set, flag), "no callback within the limit");
}

static void keep_err(struct err *out, const struct err *err)
{
    *out = err == NULL ? ERR_INIT : *err;
}

static void expect_ok(const struct err *err)
{
    cr_assert_eq(err->kind, ERR_OK, "%s: %s", err_kind_text(err->kind), err->message);
}

// ---- the stage

void fixture_init(struct fixture *fixture)
{
    *fixture = (struct fixture){.config = {.prefix = "packreport",
                                           .lease_ms = FIXTURE_LEASE_MS,
                                           .token_ttl_ms = 3600000,
                                           .answer_ttl_ms = 3600000,
                                           .history_ttl_ms = 3600000,
                                           .backlog_max = 100000,
                                           .events_max = 1000,
                                           .dead_max = 100,
                                           .version = "1.2.3"}};
}

static void on_ready(void *owner, const struct redis_server_info *server)
{
    (void)server;
    *(bool *)owner = true;
}

static void on_down(void *owner, const struct err *err)
{
    (void)owner;
    (void)err;
}

struct redis_connection *fixture_connect(struct fixture *fixture)
{
    static bool ready;
    struct redis_config config = {.unix_path = redis_server_unix_path(fixture->server),
                                  .connect_timeout_ms = 5000,
                                  .command_timeout_ms = 15000,
                                  .backoff_base_ms = 10,
                                  .backoff_cap_ms = 100,
                                  .name = "test"};
    struct redis_events events = {.owner = &ready, .on_ready = on_ready, .on_down = on_down};
    ready = false;
    struct redis_connection *connection = redis_connection_create(&fixture->loop, &config, &events);
    fixture_wait_for(&ready);
    return connection;
}

static void on_closed(void *owner)
{
    *(bool *)owner = true;
}

void fixture_disconnect(struct fixture *fixture, struct redis_connection *connection)
{
    (void)fixture;
    bool closed = false;
    redis_connection_close(connection, on_closed, &closed);
    fixture_wait_for(&closed);
}

static void on_prepared(void *context, const struct err *err)
{
    cr_assert_null(err);
    *(bool *)context = true;
}

void fixture_start(struct fixture *fixture)
{
    fixture->server = redis_server_start(NULL);
    cr_assert_eq(uv_loop_init(&fixture->loop), 0);
    test_loop = &fixture->loop;
    fixture->connection = fixture_connect(fixture);
    test_connection = fixture->connection;
    for (int i = 0; i < FIXTURE_WORKERS; i++) {
        char name[16];
        (void)snprintf(name, sizeof(name), "w%d", i);
        fixture->config.worker_id = name;
        fixture->workers[i] = queue_create(fixture->connection, &fixture->config);
    }
    fixture->queue = fixture->workers[0];
    bool prepared = false;
    queue_prepare(fixture->queue, on_prepared, &prepared);
    fixture_wait_for(&prepared);
}

void fixture_begin(struct fixture *fixture)
{
    fixture_init(fixture);
    fixture_start(fixture);
}

void fixture_stop(struct fixture *fixture)
{
    for (int i = 0; i < FIXTURE_WORKERS; i++) {
        queue_destroy(&fixture->workers[i]);
    }
    fixture_disconnect(fixture, fixture->connection);
    cr_expect(loop_run_close(&fixture->loop));
    redis_server_stop(&fixture->server);
}

// ---- admission

struct queue_entry ask(const char *account, const char *pack, const char *token,
                       const char *request_id)
{
    struct queue_entry entry = {.verdict = {.code = ANSWER_ACCEPTED}};
    (void)text_copy(entry.request.account_id, sizeof(entry.request.account_id), account);
    (void)text_copy(entry.request.pack_id, sizeof(entry.request.pack_id), pack);
    if (token != NULL) {
        (void)text_copy(entry.request.client_token, sizeof(entry.request.client_token), token);
    }
    random_uuid(entry.request_id);
    if (request_id != NULL) {
        (void)text_copy(entry.request.request_id, sizeof(entry.request.request_id), request_id);
        (void)text_copy(entry.request_id, sizeof(entry.request_id), request_id);
    }
    random_uuid(entry.report_id);
    return entry;
}

struct admit_wait {
    struct admitted result;
    bool done;
};

static void keep_jobs(struct queue_job *out, size_t *count_out, const struct queue_job *jobs,
                      size_t count)
{
    cr_assert_leq(count, QUEUE_BATCH_MAX);
    for (size_t i = 0; i < count; i++) {
        out[i] = jobs[i];
    }
    *count_out = count;
}

static void on_admitted(void *context, const struct queue_answer *answers, size_t answer_count,
                        const struct queue_job *jobs, size_t job_count, const struct err *err)
{
    struct admit_wait *wait = context;
    keep_err(&wait->result.err, err);
    for (size_t i = 0; i < answer_count; i++) {
        wait->result.answers[i] = answers[i];
    }
    wait->result.answer_count = answer_count;
    keep_jobs(wait->result.jobs, &wait->result.job_count, jobs, job_count);
    wait->done = true;
}

struct admitted admit(struct queue *queue, const struct queue_entry *entries, size_t count,
                      unsigned claim_max)
{
    struct admit_wait wait = {.done = false};
    queue_admit(queue, entries, count, claim_max, on_admitted, &wait);
    fixture_wait_for(&wait.done);
    return wait.result;
}

struct admitted admit_one(struct queue *queue, const struct queue_entry *entry)
{
    struct admitted result = admit(queue, entry, 1, 0);
    expect_ok(&result.err);
    cr_assert_eq(result.answer_count, 1);
    return result;
}

struct queue_job start_job(struct queue *queue, const char *pack)
{
    struct queue_entry entry = ask(ACCOUNT, pack, NULL, NULL);
    struct admitted result = admit(queue, &entry, 1, 1);
    expect_ok(&result.err);
    cr_assert_eq(result.answers[0].code, ANSWER_ACCEPTED);
    cr_assert_eq(result.job_count, 1);
    cr_assert_str_eq(result.jobs[0].report_id, entry.report_id);
    return result.jobs[0];
}

// ---- leases

static void on_claimed(void *context, const struct queue_job *jobs, size_t count,
                       const struct err *err)
{
    on_admitted(context, NULL, 0, jobs, count, err);
}

struct admitted claim(struct queue *queue, unsigned max)
{
    struct admit_wait wait = {.done = false};
    queue_claim(queue, max, on_claimed, &wait);
    fixture_wait_for(&wait.done);
    return wait.result;
}

struct admitted claim_alone(struct queue *queue)
{
    struct admit_wait wait = {.done = false};
    queue_claim_alone(queue, on_claimed, &wait);
    fixture_wait_for(&wait.done);
    return wait.result;
}

struct renew_wait {
    enum queue_hold *holds;
    size_t count;
    struct err err;
    bool done;
};

static void on_renewed(void *context, const enum queue_hold *holds, size_t count,
                       const struct err *err)
{
    struct renew_wait *wait = context;
    keep_err(&wait->err, err);
    for (size_t i = 0; i < count; i++) {
        wait->holds[i] = holds[i];
    }
    wait->count = count;
    wait->done = true;
}

struct err renew(struct queue *queue, const struct queue_renewal *renewals, size_t count,
                 enum queue_hold *holds_out)
{
    struct renew_wait wait = {.holds = holds_out};
    const struct queue_heartbeat heartbeat = {.renewals = renewals, .count = count, .jobs = count};
    queue_renew(queue, &heartbeat, on_renewed, &wait);
    fixture_wait_for(&wait.done);
    cr_assert(wait.err.kind != ERR_OK || wait.count == count);
    return wait.err;
}

enum queue_hold renew_one(struct queue *queue, const struct queue_job *job)
{
    struct queue_renewal renewal = {.report_id = job->report_id,
                                    .fence = job->fence,
                                    .step = "evaluate",
                                    .progress_done = 3,
                                    .progress_total = 10};
    enum queue_hold hold = QUEUE_LOST;
    struct err err = renew(queue, &renewal, 1, &hold);
    expect_ok(&err);
    return hold;
}

// ---- ends

struct queue_ending ending_of(const struct queue_job *job, enum queue_outcome outcome)
{
    bool failed = outcome == QUEUE_FAILED || outcome == QUEUE_RETRY;
    return (struct queue_ending){
        .job = job,
        .outcome = outcome,
        .code = failed ? "ReportFailed.Fetch" : "",
        .message = failed ? "fetch: 503 from upstream" : "",
        .upstream_code = failed ? "SecMaster.00040006" : "",
        .upstream_request_id = failed ? "up-1" : "",
        .location = outcome == QUEUE_COMPLETE ? "/reports/1" : "",
        .summary = outcome == QUEUE_COMPLETE ? "{\"score\":8667}" : "",
        .step = outcome == QUEUE_COMPLETE ? "store" : "fetch",
        .delay_ms = 0,
        .attempts_max = 3,
    };
}

static void on_finished(void *context, enum queue_finished result, const struct queue_job *jobs,
                        size_t job_count, const struct err *err)
{
    struct finished *wait = context;
    keep_err(&wait->err, err);
    wait->result = result;
    keep_jobs(wait->jobs, &wait->job_count, jobs, job_count);
    wait->is_done = true;
}

struct finished finish_with(struct queue *queue, const struct queue_ending *ending,
                            unsigned claim_max)
{
    struct finished wait = {.is_done = false};
    queue_finish(queue, ending, claim_max, on_finished, &wait);
    fixture_wait_for(&wait.is_done);
    return wait;
}

enum queue_finished finish(struct queue *queue, const struct queue_job *job,
                           enum queue_outcome outcome)
{
    struct queue_ending ending = ending_of(job, outcome);
    struct finished result = finish_with(queue, &ending, 0);
    expect_ok(&result.err);
    return result.result;
}

struct sweep_wait {
    struct queue_sweep_result result;
    bool done;
};

static void on_swept(void *context, const struct queue_sweep_result *result, const struct err *err)
{
    struct sweep_wait *wait = context;
    cr_assert_null(err, "%s", err == NULL ? "" : err->message);
    wait->result = *result;
    wait->done = true;
}

struct queue_sweep_result sweep(struct queue *queue)
{
    struct sweep_wait wait = {.done = false};
    queue_sweep(queue, on_swept, &wait);
    fixture_wait_for(&wait.done);
    return wait.result;
}

struct audit_wait {
    struct queue_audit result;
    bool done;
};

static void on_audited(void *context, const struct queue_audit *result, const struct err *err)
{
    struct audit_wait *wait = context;
    cr_assert_null(err, "%s", err == NULL ? "" : err->message);
    wait->result = *result;
    wait->done = true;
}

static void on_key_found(void *context, const struct queue_finding *finding)
{
    struct queue_audit *found = &((struct audit_wait *)context)->result;
    if (strcmp(finding->area, "keys") == 0) {
        size_t at = found->violation_count++;
        if (at < ARRAY_LEN(found->violations)) {
            (void)text_copy(found->violations[at], sizeof(found->violations[at]), finding->text);
        }
    }
}

static void on_keys_seen(void *context, const struct queue_doctor_sum *sum, const struct err *err)
{
    (void)sum;
    struct audit_wait *wait = context;
    cr_assert_null(err, "%s", err == NULL ? "" : err->message);
    wait->done = true;
}

struct queue_audit audit(struct queue *queue)
{
    struct audit_wait wait = {.done = false};
    queue_audit_run(queue, on_audited, &wait);
    fixture_wait_for(&wait.done);
    if (!wait.result.is_spoiled) {
        const struct queue_doctor_order order = {.repair = false};
        const struct queue_doctor_events events = {
            .context = &wait, .on_finding = on_key_found, .on_done = on_keys_seen};
        wait.done = false;
        queue_doctor_run(queue, &order, &events);
        fixture_wait_for(&wait.done);
    }
    return wait.result;
}

void audit_clean(struct queue *queue)
{
    struct queue_audit result = audit(queue);
    cr_assert_eq(result.violation_count, 0, "%zu violations, the first: %s", result.violation_count,
                 result.violations[0]);
}

// ---- intake

static void on_read(void *context, const struct queue_read *read, const struct err *err)
{
    cr_assert_null(err, "%s", err == NULL ? "" : err->message);
    kept_read = *read;
    *(bool *)context = true;
}

const struct queue_read *read_requests(struct queue *queue, unsigned max)
{
    bool done = false;
    queue_read(queue, test_connection, max, 0, on_read, &done);
    fixture_wait_for(&done);
    return &kept_read;
}

const struct queue_read *read_own(struct queue *queue)
{
    bool done = false;
    queue_read_own(queue, on_read, &done);
    fixture_wait_for(&done);
    return &kept_read;
}

const struct queue_read *take_over(struct queue *queue, int64_t idle_ms)
{
    bool done = false;
    queue_take_over(queue, idle_ms, on_read, &done);
    fixture_wait_for(&done);
    return &kept_read;
}

struct submit_wait {
    char *entry_id;
    bool done;
};

static void on_submitted(void *context, const char *entry_id, const struct err *err)
{
    struct submit_wait *wait = context;
    cr_assert_null(err, "%s", err == NULL ? "" : err->message);
    cr_assert(text_copy(wait->entry_id, 64, entry_id));
    wait->done = true;
}

void submit(struct queue *queue, const struct request *request, char entry_id_out[64])
{
    struct submit_wait wait = {.entry_id = entry_id_out};
    queue_submit(queue, request, on_submitted, &wait);
    fixture_wait_for(&wait.done);
}

// ---- status

struct answer_wait {
    struct queue_answer_record record;
    bool done;
};

static void on_answer(void *context, const struct queue_answer_record *record,
                      const struct err *err)
{
    struct answer_wait *wait = context;
    cr_assert_null(err, "%s", err == NULL ? "" : err->message);
    wait->record = *record;
    wait->done = true;
}

struct queue_answer_record get_answer(struct queue *queue, const char *id)
{
    struct answer_wait wait = {.done = false};
    queue_get_answer(queue, id, on_answer, &wait);
    fixture_wait_for(&wait.done);
    return wait.record;
}

struct report_wait {
    struct queue_report_record record;
    bool done;
};

static void on_report(void *context, const struct queue_report_record *record,
                      const struct err *err)
{
    struct report_wait *wait = context;
    cr_assert_null(err, "%s", err == NULL ? "" : err->message);
    wait->record = *record;
    wait->done = true;
}

struct queue_report_record get_report(struct queue *queue, const char *account, const char *pack)
{
    struct report_wait wait = {.done = false};
    queue_get_report(queue, account, pack, on_report, &wait);
    fixture_wait_for(&wait.done);
    return wait.record;
}

struct history_wait {
    struct history history;
    bool done;
};

static void on_history(void *context, const struct queue_pair *pairs, size_t count,
                       const struct err *err)
{
    struct history_wait *wait = context;
    cr_assert_null(err, "%s", err == NULL ? "" : err->message);
    cr_assert_leq(count, FIXTURE_PAIRS_MAX);
    for (size_t i = 0; i < count; i++) {
        (void)text_copy(wait->history.pairs[i].name, sizeof(wait->history.pairs[i].name),
                        pairs[i].name);
        (void)text_copy(wait->history.pairs[i].value, sizeof(wait->history.pairs[i].value),
                        pairs[i].value);
    }
    wait->history.count = count;
    wait->done = true;
}

struct history get_history(struct queue *queue, const char *report_id)
{
    static struct history_wait wait;
    wait = (struct history_wait){.done = false};
    queue_get_history(queue, report_id, on_history, &wait);
    fixture_wait_for(&wait.done);
    return wait.history;
}

const char *history_value(const struct history *history, const char *name)
{
    for (size_t i = 0; i < history->count; i++) {
        if (strcmp(history->pairs[i].name, name) == 0) {
            return history->pairs[i].value;
        }
    }
    return "";
}

// ---- Redis itself

const char *redis(struct fixture *fixture, const char *format, ...)
{
    char line[2048];
    va_list values;
    va_start(values, format);
    int len = vsnprintf(line, sizeof(line), format, values);
    va_end(values);
    cr_assert(len > 0 && (size_t)len < sizeof(line));
    return redis_server_command(fixture->server, line);
}

void expect_redis(struct fixture *fixture, const char *reply, const char *format, ...)
{
    char line[2048];
    va_list values;
    va_start(values, format);
    int len = vsnprintf(line, sizeof(line), format, values);
    va_end(values);
    cr_assert(len > 0 && (size_t)len < sizeof(line));
    cr_assert_str_eq(redis_server_command(fixture->server, line), reply, "%s", line);
}
