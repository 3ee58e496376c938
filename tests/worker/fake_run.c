// SPDX-License-Identifier: MIT
#include "fake_run.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "loop_run.h"
#include "sandbox.h"
#include "workshop.h"

#include <criterion/criterion.h>
#include <sched.h>

enum { HOLD_MAX_MS = 60000 };

// At most one is under way, and there is nothing in it.
struct pack_fetch {
    char nothing;
};

struct fake_run fake;

// ---- the queue

void queue_finish(struct queue *queue, const struct queue_ending *ending, unsigned claim_max,
                  queue_finish_cb callback, void *context)
{
    (void)queue;
    (void)claim_max;
    fake.finish_calls++;
    fake.finish_outcome = ending->outcome;
    fake.finish_class = ending->retry_class;
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

static struct pack_fetch fetch_under_way;

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
    return &fetch_under_way;
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

const struct pack_source_methods FAKE_RUN_READING_SOURCE = {.read = fake_read};
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

static void on_unanswered(void *owner, const struct err *err)
{
    (void)owner;
    cr_expect_neq(err->kind, ERR_OK);
    fake.unanswered++;
}

static void on_given_up(void *owner, const struct job_run *run)
{
    (void)owner;
    cr_expect_eq(run, fake.run);
    fake.given_up++;
}

static void on_claimed(void *owner, const struct queue_job *jobs, size_t count, int64_t sent_at_ms)
{
    (void)owner;
    (void)sent_at_ms;
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

void fake_run_set_up(void)
{
    fake = (struct fake_run){.finish_result = QUEUE_FINISHED,
                             .pack = WORKSHOP_PACK,
                             .breaker_ms = 1,
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
    fake.config = (struct pool_config){.lease_ms = 3600 * 1000,
                                       .max_attempts = 3,
                                       .max_throttled = 5,
                                       .eval_threads = 1,
                                       .retry_base_ms = 10,
                                       .retry_cap_ms = 10,
                                       .breaker_threshold = 2,
                                       .breaker_base_ms = 10,
                                       .breaker_cap_ms = 10,
                                       .outage_patience_ms = INT64_MAX,
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
                                            .on_given_up = on_given_up,
                                            .on_unanswered = on_unanswered,
                                            .on_finished = on_finished,
                                            .on_idle = on_idle,
                                            .on_end = on_end};
    fake_run_renew_services();
}

void fake_run_renew_services(void)
{
    const struct breaker_policy policy = {.threshold = fake.config.breaker_threshold,
                                          .base_ms = fake.breaker_ms,
                                          .cap_ms = fake.breaker_ms};
    if (fake.services != NULL) {
        services_destroy(&fake.services);
    }
    fake.services = services_create(&policy, fake.log);
    fake.context.services = fake.services;
}

static void on_tasks_closed(void *owner)
{
    (void)owner;
    fake.tasks_closed = true;
}

void fake_run_tear_down(void)
{
    tasks_close(fake.tasks, on_tasks_closed, NULL);
    loop_timer_close(&fake.fetch_timer, NULL);
    loop_timer_close(&fake.finish_timer, NULL);
    cr_expect(loop_run_close(&fake.loop), "a handle is left");
    services_destroy(&fake.services);
    log_destroy(&fake.log);
    workshop_close(&fake.rulebook);
}

static bool has_ended(void *context)
{
    (void)context;
    return fake.ended;
}

void fake_run_start_of(const char *pack_id, int64_t deadline_ms)
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
    fake.run = job_run_create(&fake.context, &job, clock_boot_ms() - fake.claimed_ago_ms, &accounts,
                              fake.rulebook);
    cr_assert(!fake.ended, "nothing is called back before the call has returned");
}

void fake_run_start_with_deadline(int64_t deadline_ms)
{
    fake_run_start_of("pack-1", deadline_ms);
}

void fake_run_start(void)
{
    fake_run_start_with_deadline(0);
}

void fake_run_to_end(void)
{
    cr_assert(loop_run_until(&fake.loop, has_ended, NULL), "the run does not end");
}
