// SPDX-License-Identifier: MIT
//
// The run of a job against a pack source, a store and a queue that do as they are told: every step,
// every way to fail, and being stopped in front of each step.
#include "job_run.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "loop_run.h"
#include "sandbox.h"
#include "workshop.h"

#include <criterion/criterion.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>

enum { HOLD_MAX_MS = 60000, LATE_MS = 3000 };

struct pack_fetch {
    struct fake *fake;
};

struct fake {
    uv_loop_t loop;
    struct loop_timer fetch_timer;
    struct log *log;
    struct tasks *tasks;
    struct rulebook *rulebook;
    struct pool_config config;
    struct job_run_context context;
    struct job_run *run;

    struct pack_source source;
    struct pack_fetch fetch;
    pack_fetch_cb fetch_callback;
    void *fetch_context;
    bool fetch_hangs;
    int64_t fetch_timeout_ms; // that the last fetch was given
    struct err fetch_err;
    const char *pack;              // what a fetch gives
    const char *account_inventory; // of the account; "inventory.ndjson" is there

    struct store store;
    struct err store_err[3];   // of stage, publish, tidy and discard
    atomic_bool is_stage_held; // stage does not return
    unsigned staged;
    unsigned published;
    unsigned discarded;
    unsigned tidied;

    struct loop_timer finish_timer;
    queue_finish_cb finish_callback;
    void *finish_context;
    unsigned finish_failures; // so many calls find no answer
    enum queue_finished finish_result;
    unsigned finish_calls;
    enum queue_outcome finish_outcome;
    unsigned stages[POOL_STAGE_COUNT]; // how often each was timed
    unsigned completed;
    uint64_t resources; // of the complete report
    char finish_code[64];
    char finish_step[QUEUE_STEP_BYTES];

    bool tasks_closed;
    unsigned idle; // how often the slot was given up
    bool ended;
};

static struct fake fake;

// ---- the queue

void queue_finish(struct queue *queue, const struct queue_ending *ending, unsigned claim_max,
                  queue_finish_cb callback, void *context)
{
    (void)queue;
    (void)claim_max;
    fake.finish_calls++;
    fake.finish_outcome = ending->outcome;
    (void)text_copy(fake.finish_code, sizeof(fake.finish_code), ending->code);
    (void)text_copy(fake.finish_step, sizeof(fake.finish_step), ending->step);
    fake.finish_callback = callback;
    fake.finish_context = context;
    loop_timer_start(&fake.finish_timer, 0);
}

static void on_finish_timer(struct loop_timer *timer)
{
    (void)timer;
    struct err err = ERR_INIT;
    bool fails = fake.finish_failures > 0;
    if (fails) {
        fake.finish_failures--;
        (void)err_set(&err, ERR_UNCERTAIN, "connection lost");
    }
    fake.finish_callback(fake.finish_context, fake.finish_result, NULL, 0, fails ? &err : NULL);
}

// ---- the pack source

static struct pack_fetch *fake_fetch(struct pack_source *source, const struct pack_request *request,
                                     pack_fetch_cb callback, void *context)
{
    (void)source;
    cr_assert_str_eq(request->pack_id, "pack-1");
    fake.fetch_timeout_ms = request->timeout_ms;
    fake.fetch_callback = callback;
    fake.fetch_context = context;
    if (!fake.fetch_hangs) {
        loop_timer_start(&fake.fetch_timer, 0);
    }
    return &fake.fetch;
}

static void fake_cancel(struct pack_fetch *fetch)
{
    (void)fetch;
    (void)err_set(&fake.fetch_err, ERR_CANCELLED, "cancelled");
    loop_timer_start(&fake.fetch_timer, 0);
}

static void on_fetch_timer(struct loop_timer *timer)
{
    (void)timer;
    struct buf body;
    buf_init(&body, 1024 * 1024);
    (void)buf_append_text(&body, fake.pack);
    bool fails = fake.fetch_err.kind != ERR_OK;
    fake.fetch_callback(fake.fetch_context, fails ? NULL : &body, "pack.json",
                        fails ? &fake.fetch_err : NULL);
    buf_deinit(&body);
}

static enum err_kind fake_read(struct pack_source *source, const char *pack_id, struct buf *body,
                               char **origin_out, struct err *err)
{
    (void)source;
    cr_assert_str_eq(pack_id, "pack-1");
    if (fake.fetch_err.kind != ERR_OK) {
        *err = fake.fetch_err;
        return err->kind;
    }
    (void)buf_append_text(body, fake.pack);
    *origin_out = mem_text("pack.json");
    return ERR_OK;
}

static const struct pack_source_methods READING_SOURCE = {.read = fake_read};
static const struct pack_source_methods SOURCE = {.fetch = fake_fetch, .cancel = fake_cancel};

// ---- the store

static enum err_kind answer_with(const struct err *wanted, struct err *err)
{
    if (wanted->kind != ERR_OK) {
        *err = *wanted;
    }
    return wanted->kind;
}

static enum err_kind fake_stage(struct store *store, const struct store_key *key, char **folder_out,
                                struct err *err)
{
    (void)store;
    cr_assert_eq(key->fence, 5);
    fake.staged++;
    const int64_t until_ms = clock_monotonic_ms() + HOLD_MAX_MS;
    while (atomic_load(&fake.is_stage_held) && clock_monotonic_ms() < until_ms) {
        (void)sched_yield();
    }
    if (answer_with(&fake.store_err[0], err) == ERR_OK) {
        *folder_out = workshop_folder("staging");
    }
    return fake.store_err[0].kind;
}

static enum err_kind fake_publish(struct store *store, const struct store_key *key,
                                  char **location_out, struct err *err)
{
    (void)store;
    (void)key;
    fake.published++;
    if (answer_with(&fake.store_err[1], err) == ERR_OK) {
        *location_out = mem_text("/store/report");
    }
    return fake.store_err[1].kind;
}

static enum err_kind fake_discard(struct store *store, const struct store_key *key, struct err *err)
{
    (void)store;
    (void)key;
    fake.discarded++;
    return answer_with(&fake.store_err[2], err);
}

static enum err_kind fake_tidy(struct store *store, const struct store_key *key,
                               unsigned keep_count, int64_t keep_ms, struct err *err)
{
    (void)store;
    (void)key;
    (void)keep_ms;
    bool is_report = fake.finish_outcome == QUEUE_COMPLETE && fake.finish_failures == 0;
    cr_assert_eq(keep_count, is_report ? 3 : 0);
    fake.tidied++;
    return answer_with(&fake.store_err[2], err);
}

static const struct store_methods STORE = {
    .stage = fake_stage, .publish = fake_publish, .discard = fake_discard, .tidy = fake_tidy};

// ---- the pool

static unsigned may_claim(void *owner)
{
    (void)owner;
    return 0;
}

static void on_complete(void *owner, const struct job_judged *judged)
{
    (void)owner;
    fake.completed++;
    fake.resources = judged->resources;
}

static void on_stage(void *owner, enum pool_stage stage, int64_t ms)
{
    (void)owner;
    cr_expect_geq(ms, 0);
    fake.stages[stage]++;
}

static void on_claimed(void *owner, const struct queue_job *jobs, size_t count)
{
    (void)owner;
    (void)jobs;
    (void)count;
    cr_assert_fail("nothing was claimed");
}

static void on_finished(void *owner, enum queue_outcome outcome, enum queue_finished result)
{
    (void)owner;
    (void)outcome;
    (void)result;
}

static void on_idle(void *owner)
{
    (void)owner;
    cr_expect_not(job_run_is_busy(fake.run));
    fake.idle++;
}

static void on_end(void *owner, struct job_run *run)
{
    (void)owner;
    cr_assert_eq(run, fake.run);
    cr_expect_eq(fake.idle, 1, "the slot was given up %u times", fake.idle);
    fake.ended = true;
}

static void set_up(void)
{
    fake = (struct fake){.finish_result = QUEUE_FINISHED,
                         .pack = WORKSHOP_PACK,
                         .account_inventory = "inventory.ndjson"};
    (void)uv_loop_init(&fake.loop);
    loop_timer_init(&fake.fetch_timer, &fake.loop, on_fetch_timer, NULL);
    loop_timer_init(&fake.finish_timer, &fake.loop, on_finish_timer, NULL);
    fake.rulebook = workshop_open();
    fake.log = log_create(2, LOG_FORMAT_JSON, LOG_ERROR);
    struct err err = ERR_INIT;
    cr_assert_eq(tasks_create(&fake.loop, 2, &fake.tasks, &err), ERR_OK);
    fake.source.methods = &SOURCE;
    fake.store.methods = &STORE;
    fake.config = (struct pool_config){.max_attempts = 3,
                                       .max_throttled = 5,
                                       .eval_threads = 1,
                                       .retry_base_ms = 10,
                                       .retry_cap_ms = 10,
                                       .keep_count = 3,
                                       .inventory_folder = sandbox_make(),
                                       .drill_step = ""};
    fake.context = (struct job_run_context){.loop = &fake.loop,
                                            .tasks = fake.tasks,
                                            .source = &fake.source,
                                            .store = &fake.store,
                                            .log = fake.log,
                                            .config = &fake.config,
                                            .on_stage = on_stage,
                                            .on_complete = on_complete,
                                            .may_claim = may_claim,
                                            .on_claimed = on_claimed,
                                            .on_finished = on_finished,
                                            .on_idle = on_idle,
                                            .on_end = on_end};
}

static void on_tasks_closed(void *owner)
{
    (void)owner;
    fake.tasks_closed = true;
}

static void tear_down(void)
{
    tasks_close(fake.tasks, on_tasks_closed, NULL);
    loop_timer_close(&fake.fetch_timer, NULL);
    loop_timer_close(&fake.finish_timer, NULL);
    cr_expect(loop_run_close(&fake.loop), "a handle is left");
    log_destroy(&fake.log);
    workshop_close(&fake.rulebook);
}

TestSuite(job_run, .init = set_up, .fini = tear_down);

static bool has_ended(void *context)
{
    (void)context;
    return fake.ended;
}

static void start_of(const char *pack_id, int64_t deadline_ms)
{
    struct account account = {.id = "1",
                              .project_id = "",
                              .workspace_id = "",
                              .base_url = "",
                              .credential = "",
                              .inventory = (char *)(uintptr_t)fake.account_inventory};
    struct queue_job job = {.report_id = "rp-1",
                            .account_id = "1",
                            .fence = 5,
                            .attempts = 1,
                            .deadline_ms = deadline_ms};
    char members[][REQUEST_ACCOUNT_MAX + 1] = {"1"};
    struct aggregator aggregator = {
        .id = "ca-1", .account_id = "1", .members = members, .member_count = 1};
    const struct account_set accounts = {
        .items = &account, .count = 1, .aggregators = &aggregator, .aggregator_count = 1};
    (void)text_copy(job.pack_id, sizeof(job.pack_id), pack_id);
    (void)workshop_inventory("inventory.ndjson", 20, 0);
    fake.run = job_run_create(&fake.context, &job, &accounts, fake.rulebook);
    cr_assert(!fake.ended, "nothing is called back before the call has returned");
}

static void start_with_deadline(int64_t deadline_ms)
{
    start_of("pack-1", deadline_ms);
}

static void start(void)
{
    start_with_deadline(0);
}

static void run_to_end(void)
{
    cr_assert(loop_run_until(&fake.loop, has_ended, NULL), "the run does not end");
}

// ---- tests

Test(job_run, completes)
{
    start();
    run_to_end();
    cr_expect_eq(fake.finish_outcome, QUEUE_COMPLETE);
    cr_expect_str_eq(fake.finish_step, "finish");
    cr_expect(fake.completed == 1 && fake.resources > 0);
    cr_expect_eq(fake.published, 1);
    cr_expect_eq(fake.tidied, 1);
    cr_expect_eq(fake.discarded, 0);
    for (unsigned i = 0; i < POOL_STAGE_COUNT; i++) {
        cr_expect_eq(fake.stages[i], 1, "stage %u", i);
    }
}

Test(job_run, repeats_a_finish_that_had_no_answer)
{
    fake.finish_failures = 3;
    start();
    run_to_end();
    cr_expect_eq(fake.finish_calls, 4);
    cr_expect_eq(fake.finish_outcome, QUEUE_COMPLETE);
    cr_expect_eq(fake.tidied, 1);
}

Test(job_run, discards_what_the_queue_refuses)
{
    fake.finish_result = QUEUE_REFUSED;
    start();
    run_to_end();
    cr_expect_eq(fake.published, 1);
    cr_expect_eq(fake.discarded, 1);
    cr_expect_eq(fake.tidied, 0);
}

Test(job_run, fails_for_good_when_the_pack_does_not_exist)
{
    (void)err_set(&fake.fetch_err, ERR_NOT_FOUND, "no such pack");
    start();
    run_to_end();
    cr_expect_eq(fake.finish_outcome, QUEUE_FAILED);
    cr_expect_str_eq(fake.finish_code, "Invalid.CompliancePackId.Value");
    cr_expect_str_eq(fake.finish_step, "fetch");
    cr_expect_eq(fake.staged + fake.discarded, 0);
}

Test(job_run, takes_a_pack_from_a_source_that_is_read)
{
    fake.source.methods = &READING_SOURCE;
    start();
    run_to_end();
    cr_expect_eq(fake.finish_outcome, QUEUE_COMPLETE);
    cr_expect_str_eq(fake.finish_step, "finish");
    cr_expect_eq(fake.published, 1);
}

Test(job_run, a_pack_that_cannot_be_read_fails_in_fetch)
{
    fake.source.methods = &READING_SOURCE;
    (void)err_set(&fake.fetch_err, ERR_NOT_FOUND, "no such pack");
    start();
    run_to_end();
    cr_expect_eq(fake.finish_outcome, QUEUE_FAILED);
    cr_expect_str_eq(fake.finish_code, "Invalid.CompliancePackId.Value");
    cr_expect_str_eq(fake.finish_step, "fetch");
    cr_expect_eq(fake.staged, 0);
}

Test(job_run, retries_when_the_source_is_away)
{
    (void)err_set(&fake.fetch_err, ERR_UNAVAILABLE, "503");
    start();
    run_to_end();
    cr_expect_eq(fake.finish_outcome, QUEUE_RETRY);
    cr_expect_str_eq(fake.finish_code, "ReportFailed.Fetch");
}

Test(job_run, retries_when_the_disk_is_full)
{
    (void)err_set(&fake.store_err[1], ERR_IO, "no space left");
    start();
    run_to_end();
    cr_expect_eq(fake.finish_outcome, QUEUE_RETRY);
    cr_expect_str_eq(fake.finish_code, "ReportFailed.Store");
    cr_expect_str_eq(fake.finish_step, "store");
    cr_expect_eq(fake.discarded, 1);
}

Test(job_run, a_pack_that_is_no_json_fails_in_bind)
{
    fake.pack = "{";
    start();
    run_to_end();
    cr_expect_eq(fake.finish_outcome, QUEUE_FAILED);
    cr_expect_str_eq(fake.finish_step, "bind");
    cr_expect_eq(fake.staged, 0);
}

Test(job_run, an_inventory_that_is_not_there_fails_in_evaluate)
{
    fake.account_inventory = "none.ndjson";
    start();
    run_to_end();
    cr_expect_neq(fake.finish_outcome, QUEUE_COMPLETE);
    cr_expect_str_eq(fake.finish_step, "evaluate");
}

Test(job_run, ends_although_cleaning_fails)
{
    (void)err_set(&fake.store_err[2], ERR_IO, "read-only");
    start();
    run_to_end();
    cr_expect_eq(fake.finish_outcome, QUEUE_COMPLETE);
    cr_expect_eq(fake.tidied, 1);
}

static bool is_at_drill(void *context)
{
    return strcmp(job_run_step_name(fake.run), context) == 0;
}

static const char *const DRILLED[] = {"fetch", "bind", "evaluate", "render", "store", "finish"};

static void stop_in_front_of(const char *step, enum job_run_stop why)
{
    fake.config.drill_step = step;
    fake.config.drill_stall_ms = 3600 * 1000;
    start();
    cr_assert(loop_run_until(&fake.loop, is_at_drill, (void *)(uintptr_t)step), "%s", step);
    job_run_stop(fake.run, why);
    cr_assert(!fake.ended, "nothing is called back before the call has returned");
    run_to_end();
}

// The thread that has one step in hand begins no other, and the run says where it was.
Test(job_run, a_stop_keeps_the_task_from_its_next_step)
{
    atomic_store(&fake.is_stage_held, true);
    start();
    cr_assert(loop_run_until(&fake.loop, is_at_drill, (void *)(uintptr_t) "evaluate"));
    cr_expect(job_run_stop(fake.run, JOB_STOP_HAND_BACK));
    atomic_store(&fake.is_stage_held, false);
    run_to_end();
    cr_expect_eq(fake.finish_outcome, QUEUE_HAND_BACK);
    cr_expect_str_eq(fake.finish_step, "evaluate");
    cr_expect_eq(fake.staged, 1);
    cr_expect_eq(fake.published, 0);
    cr_expect_eq(fake.discarded, 1);
}

#define STOP_TEST(step_name, index)                                                                \
    Test(job_run, lost_in_front_of_##step_name)                                                    \
    {                                                                                              \
        stop_in_front_of(DRILLED[index], JOB_STOP_LOST);                                           \
        cr_expect_eq(fake.finish_calls, 0);                                                        \
        cr_expect_eq(fake.discarded, fake.staged);                                                 \
    }                                                                                              \
    Test(job_run, handed_back_in_front_of_##step_name)                                             \
    {                                                                                              \
        stop_in_front_of(DRILLED[index], JOB_STOP_HAND_BACK);                                      \
        cr_expect_eq(fake.finish_calls, 1);                                                        \
        cr_expect_eq(fake.finish_outcome, QUEUE_HAND_BACK);                                        \
        cr_expect_str_eq(fake.finish_step, DRILLED[index]);                                        \
        cr_expect_eq(fake.discarded, fake.staged);                                                 \
    }                                                                                              \
    Test(job_run, cancelled_in_front_of_##step_name)                                               \
    {                                                                                              \
        stop_in_front_of(DRILLED[index], JOB_STOP_CANCELLED);                                      \
        cr_expect_eq(fake.finish_calls, 1);                                                        \
        cr_expect_eq(fake.finish_outcome, QUEUE_CANCEL);                                           \
        cr_expect_str_eq(fake.finish_step, DRILLED[index]);                                        \
        cr_expect_eq(fake.tidied, fake.staged, "nor is anything of dead attempts left");           \
        cr_expect_eq(fake.discarded, fake.staged);                                                 \
    }

STOP_TEST(fetch, 0)
STOP_TEST(bind, 1)
STOP_TEST(evaluate, 2)
STOP_TEST(render, 3)
STOP_TEST(store, 4)
STOP_TEST(finish, 5)

static bool is_fetching(void *context)
{
    (void)context;
    return fake.fetch_callback != NULL;
}

Test(job_run, cancels_a_fetch_under_way)
{
    fake.fetch_hangs = true;
    start();
    cr_assert(loop_run_until(&fake.loop, is_fetching, NULL));
    job_run_stop(fake.run, JOB_STOP_LOST);
    run_to_end();
    cr_expect_eq(fake.finish_calls, 0);
}

static bool has_tried_twice(void *context)
{
    (void)context;
    return fake.finish_calls >= 2;
}

Test(job_run, a_retry_of_what_was_cancelled_meanwhile_leaves_nothing)
{
    (void)err_set(&fake.store_err[1], ERR_IO, "no space left");
    fake.finish_result = QUEUE_FINISHED_CANCELLED;
    start();
    run_to_end();
    cr_expect_eq(fake.finish_outcome, QUEUE_RETRY);
    cr_expect_eq(fake.discarded, 1);
    cr_expect_eq(fake.tidied, 1);
}

Test(job_run, gives_up_finishing_when_the_daemon_has_to_end)
{
    fake.finish_failures = 1000;
    start();
    cr_assert(loop_run_until(&fake.loop, has_tried_twice, NULL));
    job_run_stop(fake.run, JOB_STOP_HAND_BACK);
    run_to_end();
    cr_expect_eq(fake.discarded, 0, "the published files are the next attempt's to remove");
    cr_expect_eq(fake.tidied, 1, "those of dead attempts are not");
}

Test(job_run, an_account_that_is_gone_fails_the_job)
{
    const struct queue_job job = {
        .report_id = "rp-1", .account_id = "2", .pack_id = "pack-1", .fence = 5, .attempts = 1};
    const struct account_set none = {.count = 0};
    fake.run = job_run_create(&fake.context, &job, &none, fake.rulebook);
    run_to_end();
    cr_expect_eq(fake.finish_outcome, QUEUE_FAILED);
}

// The source is asked for the pack alone: see fake_fetch.
Test(job_run, a_report_over_a_group_is_of_its_pack)
{
    start_of("ca-1.pack-1", 0);
    run_to_end();
    cr_expect_eq(fake.finish_outcome, QUEUE_COMPLETE);
}

Test(job_run, a_group_that_is_gone_fails_the_job)
{
    start_of("ca-2.pack-1", 0);
    run_to_end();
    cr_expect_eq(fake.finish_outcome, QUEUE_FAILED);
    cr_expect_str_eq(fake.finish_code, "ReportFailed.Fetch");
}

Test(job_run, a_deadline_that_has_passed_fails_the_job)
{
    start_with_deadline(1);
    run_to_end();
    cr_expect_eq(fake.finish_outcome, QUEUE_FAILED);
    cr_expect_str_eq(fake.finish_code, "DeadlineExceeded");
    cr_expect_eq(fake.fetch_callback, NULL, "nothing was asked of the source");
}

Test(job_run, a_deadline_aborts_what_is_under_way)
{
    fake.fetch_hangs = true;
    start_with_deadline(clock_wall_ms() + 60);
    run_to_end();
    cr_expect_eq(fake.finish_outcome, QUEUE_FAILED);
    cr_expect_str_eq(fake.finish_code, "DeadlineExceeded");
    cr_expect_str_eq(fake.finish_step, "fetch");
    cr_expect(fake.fetch_timeout_ms > 0 && fake.fetch_timeout_ms <= 60, "%lld",
              (long long)fake.fetch_timeout_ms);
}

Test(job_run, an_error_past_the_deadline_is_no_reason_to_retry)
{
    (void)err_set(&fake.fetch_err, ERR_TIMEOUT, "no answer");
    fake.fetch_hangs = true; // the deadline cancels it, and this is what comes back
    start_with_deadline(clock_wall_ms() + 30);
    run_to_end();
    cr_expect_eq(fake.finish_outcome, QUEUE_FAILED);
    cr_expect_str_eq(fake.finish_code, "DeadlineExceeded");
}

#define LATE_TEST(step_name, index)                                                                \
    Test(job_run, late_in_front_of_##step_name)                                                    \
    {                                                                                              \
        fake.config.drill_step = DRILLED[index];                                                   \
        fake.config.drill_stall_ms = 3600 * 1000;                                                  \
        start_with_deadline(clock_wall_ms() + LATE_MS);                                            \
        run_to_end();                                                                              \
        cr_expect_eq(fake.finish_outcome, QUEUE_FAILED);                                           \
        cr_expect_str_eq(fake.finish_code, "DeadlineExceeded");                                    \
        cr_expect_str_eq(fake.finish_step, DRILLED[index]);                                        \
        cr_expect_eq(fake.discarded, fake.staged);                                                 \
    }

LATE_TEST(bind, 1)
LATE_TEST(evaluate, 2)
LATE_TEST(render, 3)
LATE_TEST(store, 4)
LATE_TEST(finish, 5)
