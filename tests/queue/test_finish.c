// SPDX-License-Identifier: MIT
#include "queue_fixture.h"

#include "base/clock.h"
#include "loop_run.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct fixture fixture;

static void setup(void)
{
    fixture_begin(&fixture);
}

static void teardown(void)
{
    audit_clean(fixture.queue);
    fixture_stop(&fixture);
}

TestSuite(lease, .init = setup, .fini = teardown);
TestSuite(finish, .init = setup, .fini = teardown);

// ---- claim and renew

Test(lease, claims_give_rising_fences_and_skip_ids_without_a_job)
{
    for (int i = 0; i < 3; i++) {
        char pack[16];
        (void)snprintf(pack, sizeof(pack), "cp-%d", i);
        struct queue_entry entry = ask(ACCOUNT, pack, NULL, NULL);
        (void)admit_one(fixture.queue, &entry);
    }
    (void)redis(&fixture, "ZADD packreport:{0}:ready -1 ghost-1 -2 ghost-2");
    struct admitted got = claim(fixture.queue, 2);
    cr_assert_eq(got.job_count, 2);
    uint64_t first = got.jobs[0].fence;
    cr_assert_eq(got.jobs[1].fence, first + 1);
    got = claim(fixture.workers[1], 5);
    cr_assert_eq(got.job_count, 1);
    cr_assert_gt(got.jobs[0].fence, first + 1);
    cr_assert_eq(claim(fixture.workers[1], 5).job_count, 0);
}

// As when a failover lost the claim with the counter.
Test(lease, a_counter_that_is_lost_gives_no_fence_again)
{
    struct queue_job job = start_job(fixture.queue, "cp-1");
    cr_assert_eq(finish(fixture.queue, &job, QUEUE_HAND_BACK), QUEUE_FINISHED);
    (void)redis(&fixture, "DEL packreport:{0}:fence");
    struct admitted got = claim(fixture.queue, 1);
    cr_assert_eq(got.job_count, 1);
    cr_assert_gt(got.jobs[0].fence, job.fence);
    audit_clean(fixture.queue);
}

Test(lease, fences_rise_from_a_counter_that_is_ahead_of_the_clock)
{
    (void)redis(&fixture, "SET packreport:{0}:fence 9000000000000000");
    cr_assert_eq(start_job(fixture.queue, "cp-1").fence, 9000000000000001);
    expect_redis(&fixture, "$9000000000000001", "GET packreport:{0}:fence");
}

Test(lease, renewal_extends_the_lease_and_writes_progress)
{
    struct queue_job job = start_job(fixture.queue, "cp-1");
    (void)redis(&fixture, "ZADD packreport:{0}:running 1 %s", job.report_id);
    cr_assert_eq(renew_one(fixture.queue, &job), QUEUE_HELD);
    const char *end = redis(&fixture, "ZSCORE packreport:{0}:running %s", job.report_id);
    cr_assert_gt(strtoll(end + 1, NULL, 10), 1600000000000);
    struct queue_report_record record = get_report(fixture.queue, ACCOUNT, "cp-1");
    cr_assert_str_eq(record.step, "evaluate");
    cr_assert_eq(record.progress_done, 3);
    cr_assert_eq(record.progress_total, 10);
    cr_assert_str_eq(record.worker, "w0");
}

Test(lease, renewal_never_shortens_a_lease)
{
    struct queue_job job = start_job(fixture.queue, "cp-1");
    (void)redis(&fixture, "ZADD packreport:{0}:running 9000000000000 %s", job.report_id);
    cr_assert_eq(renew_one(fixture.queue, &job), QUEUE_HELD);
    expect_redis(&fixture, "$9000000000000", "ZSCORE packreport:{0}:running %s", job.report_id);
}

Test(lease, renewal_is_refused_to_others_and_to_old_fences)
{
    struct queue_job job = start_job(fixture.queue, "cp-1");
    cr_assert_eq(renew_one(fixture.workers[1], &job), QUEUE_LOST);
    struct queue_job old = job;
    old.fence = job.fence - 1;
    cr_assert_eq(renew_one(fixture.queue, &old), QUEUE_LOST);
    cr_assert_eq(finish(fixture.queue, &job, QUEUE_COMPLETE), QUEUE_FINISHED);
    cr_assert_eq(renew_one(fixture.queue, &job), QUEUE_LOST);
}

Test(lease, renewal_says_that_a_job_shall_be_given_up)
{
    struct queue_job job = start_job(fixture.queue, "cp-1");
    (void)redis(&fixture,
                "EVAL \"local r = redis.call('HGET', KEYS[1], ARGV[1]) "
                "redis.call('HSET', KEYS[1], ARGV[1], (r:gsub('^(%%d+|%%d+|%%d+|)', '%%1c')))\" "
                "1 packreport:{0}:jobs %s",
                job.report_id);
    cr_assert_eq(renew_one(fixture.queue, &job), QUEUE_CANCELLED);
    cr_assert_eq(finish(fixture.queue, &job, QUEUE_COMPLETE), QUEUE_FINISHED);
}

Test(lease, renewal_of_more_jobs_than_a_batch_answers_for_each)
{
    enum { MANY = QUEUE_BATCH_MAX + 10 };
    struct queue_renewal renewals[MANY];
    static char ids[MANY][16];
    enum queue_hold holds[MANY];
    struct queue_job job = start_job(fixture.queue, "cp-1");
    for (size_t i = 0; i < MANY; i++) {
        (void)snprintf(ids[i], sizeof(ids[i]), "none-%zu", i);
        renewals[i] = (struct queue_renewal){.report_id = ids[i], .fence = 1, .step = ""};
    }
    renewals[MANY - 1].report_id = job.report_id;
    renewals[MANY - 1].fence = job.fence;
    struct err err = renew(fixture.queue, renewals, MANY, holds);
    cr_assert_eq(err.kind, ERR_OK);
    for (size_t i = 0; i < MANY; i++) {
        cr_assert_eq(holds[i], i == MANY - 1 ? QUEUE_HELD : QUEUE_LOST);
    }
}

Test(lease, an_idle_worker_still_shows_its_heartbeat)
{
    struct err err = renew(fixture.workers[2], NULL, 0, NULL);
    cr_assert_eq(err.kind, ERR_OK);
    char info[48];
    (void)snprintf(info, sizeof(info), "$0|1.2.3||%d", FIXTURE_LEASE_MS);
    expect_redis(&fixture, info, "HGET packreport:{0}:worker_info w2");
    cr_assert_neq(strcmp(redis(&fixture, "ZSCORE packreport:{0}:workers w2"), "$-1"), 0);
}

// ---- finish

Test(finish, complete_shows_the_report_and_frees_the_pack)
{
    struct queue_job job = start_job(fixture.queue, "cp-1");
    cr_assert_eq(finish(fixture.queue, &job, QUEUE_COMPLETE), QUEUE_FINISHED);
    struct queue_report_record record = get_report(fixture.queue, ACCOUNT, "cp-1");
    cr_assert_eq(record.status, REPORT_COMPLETE);
    cr_assert_str_eq(record.complete_report_id, job.report_id);
    cr_assert_str_eq(record.location, "/reports/1");
    cr_assert_str_eq(record.summary, "{\"score\":8667}");
    cr_assert_str_eq(record.place, "");
    cr_assert_gt(record.complete_at_ms, 1600000000000);
    cr_assert_eq(audit(fixture.queue).jobs, 0);
    struct history history = get_history(fixture.queue, job.report_id);
    cr_assert_str_eq(history_value(&history, "outcome"), "complete");
    cr_assert_str_eq(history_value(&history, "attempts"), "1");
    cr_assert_str_eq(history_value(&history, "pack_id"), "cp-1");
}

Test(finish, a_failure_keeps_the_last_complete_report)
{
    struct queue_job first = start_job(fixture.queue, "cp-1");
    cr_assert_eq(finish(fixture.queue, &first, QUEUE_COMPLETE), QUEUE_FINISHED);
    struct queue_job second = start_job(fixture.queue, "cp-1");
    cr_assert_eq(get_report(fixture.queue, ACCOUNT, "cp-1").status, REPORT_CREATING);
    cr_assert_eq(finish(fixture.queue, &second, QUEUE_FAILED), QUEUE_FINISHED);
    struct queue_report_record record = get_report(fixture.queue, ACCOUNT, "cp-1");
    cr_assert_eq(record.status, REPORT_FAILED);
    cr_assert_str_eq(record.report_id, second.report_id);
    cr_assert_str_eq(record.code, "ReportFailed.Fetch");
    cr_assert_str_eq(record.message, "fetch: 503 from upstream");
    cr_assert_str_eq(record.complete_report_id, first.report_id);
    cr_assert_str_eq(record.location, "/reports/1");
    struct history history = get_history(fixture.queue, second.report_id);
    cr_assert_str_eq(history_value(&history, "upstream_code"), "SecMaster.00040006");
    cr_assert_str_eq(history_value(&history, "upstream_request_id"), "up-1");
    cr_assert(strstr(history_value(&history, "attempt:1"), "fetch: 503 from upstream") != NULL);
}

Test(finish, repeated_after_a_lost_reply_gives_the_same_result)
{
    static const enum queue_outcome outcomes[] = {QUEUE_COMPLETE, QUEUE_FAILED, QUEUE_RETRY,
                                                  QUEUE_HAND_BACK};
    for (size_t i = 0; i < 4; i++) {
        char pack[16];
        (void)snprintf(pack, sizeof(pack), "cp-%zu", i);
        struct queue_job job = start_job(fixture.queue, pack);
        struct queue_ending ending = ending_of(&job, outcomes[i]);
        ending.delay_ms = 60000;
        cr_assert_eq(finish_with(fixture.queue, &ending, 0).result, QUEUE_FINISHED);
        struct queue_audit before = audit(fixture.queue);
        cr_assert_eq(finish_with(fixture.queue, &ending, 0).result, QUEUE_FINISHED);
        struct queue_audit after = audit(fixture.queue);
        cr_assert_eq(before.ready, after.ready);
        cr_assert_eq(before.delayed, after.delayed);
        cr_assert_eq(before.jobs, after.jobs);
        if (outcomes[i] == QUEUE_HAND_BACK) {
            cr_assert_eq(after.ready, 1);
        }
    }
}

Test(finish, is_refused_to_others_and_to_old_fences)
{
    static const enum queue_outcome outcomes[] = {QUEUE_COMPLETE, QUEUE_FAILED, QUEUE_RETRY,
                                                  QUEUE_HAND_BACK};
    struct queue_job job = start_job(fixture.queue, "cp-1");
    struct queue_job old = job;
    old.fence--;
    for (size_t i = 0; i < 4; i++) {
        cr_assert_eq(finish(fixture.workers[1], &job, outcomes[i]), QUEUE_REFUSED);
        cr_assert_eq(finish(fixture.queue, &old, outcomes[i]), QUEUE_REFUSED);
    }
    cr_assert_eq(get_report(fixture.queue, ACCOUNT, "cp-1").status, REPORT_CREATING);
    cr_assert_eq(finish(fixture.queue, &job, QUEUE_COMPLETE), QUEUE_FINISHED);
    cr_assert_eq(finish(fixture.workers[1], &job, QUEUE_COMPLETE), QUEUE_REFUSED);
}

Test(finish, a_fence_below_the_reports_is_refused_and_the_counter_catches_up)
{
    struct queue_job job = start_job(fixture.queue, "cp-1");
    (void)redis(&fixture,
                "SET packreport:{0}:report:" ACCOUNT
                ":cp-1 " REPORT_TEXT("CREATING", "9000000000000000", "%s"),
                job.report_id);
    cr_assert_eq(finish(fixture.queue, &job, QUEUE_COMPLETE), QUEUE_REFUSED);
    audit_clean(fixture.queue);
    struct admitted next = claim(fixture.queue, 1);
    cr_assert_eq(next.job_count, 1);
    cr_assert_gt(next.jobs[0].fence, 9000000000000000);
    cr_assert_eq(next.jobs[0].attempts, 1);
    cr_assert_eq(finish(fixture.queue, &next.jobs[0], QUEUE_COMPLETE), QUEUE_FINISHED);
}

Test(finish, a_retry_waits_its_delay_and_comes_again)
{
    struct queue_job job = start_job(fixture.queue, "cp-1");
    struct queue_ending ending = ending_of(&job, QUEUE_RETRY);
    ending.delay_ms = 60000;
    cr_assert_eq(finish_with(fixture.queue, &ending, 0).result, QUEUE_FINISHED);
    struct queue_audit found = audit(fixture.queue);
    cr_assert_eq(found.delayed, 1);
    struct queue_report_record record = get_report(fixture.queue, ACCOUNT, "cp-1");
    cr_assert_eq(record.status, REPORT_CREATING);
    cr_assert_str_eq(record.place, "delayed");
    cr_assert_str_eq(record.last_error, "fetch: 503 from upstream");
    cr_assert_eq(sweep(fixture.queue).resumed, 0);
    (void)redis(&fixture, "ZADD packreport:{0}:delayed 1 %s", job.report_id);
    cr_assert_eq(sweep(fixture.queue).resumed, 1);
    struct admitted next = claim(fixture.workers[1], 1);
    cr_assert_eq(next.jobs[0].attempts, 2);
    cr_assert_gt(next.jobs[0].fence, job.fence);
}

static struct queue_job retry_now(const struct queue_job *job)
{
    cr_assert_eq(finish(fixture.queue, job, QUEUE_RETRY), QUEUE_FINISHED);
    cr_assert_eq(sweep(fixture.queue).resumed, 1);
    struct admitted next = claim(fixture.queue, 1);
    cr_assert_eq(next.job_count, 1);
    return next.jobs[0];
}

Test(finish, the_last_retry_makes_a_dead_letter)
{
    struct queue_entry entry = ask(ACCOUNT, "cp-1", "token", NULL);
    struct admitted first = admit(fixture.queue, &entry, 1, 1);
    struct queue_job second = retry_now(&first.jobs[0]);
    struct queue_job third = retry_now(&second);
    cr_assert_eq(third.attempts, 3);
    cr_assert_eq(finish(fixture.queue, &third, QUEUE_RETRY), QUEUE_FINISHED_DEAD);
    cr_assert_eq(finish(fixture.queue, &third, QUEUE_RETRY), QUEUE_FINISHED_DEAD);
    struct queue_audit found = audit(fixture.queue);
    cr_assert_eq(found.dead, 1);
    cr_assert_eq(found.jobs, 1);
    struct queue_report_record record = get_report(fixture.queue, ACCOUNT, "cp-1");
    cr_assert_eq(record.status, REPORT_FAILED);
    cr_assert_str_eq(record.code, "ReportFailed.Fetch");
    expect_redis(&fixture, "$3", "HGET packreport:{0}:dead:%s attempts", third.report_id);
    expect_redis(&fixture, "$fetch", "HGET packreport:{0}:dead:%s step", third.report_id);
    expect_redis(&fixture, ":1", "HEXISTS packreport:{0}:dead:%s attempt:1", third.report_id);
    struct queue_job next = start_job(fixture.queue, "cp-1"); // the pack is free
    cr_assert_eq(finish(fixture.queue, &next, QUEUE_COMPLETE), QUEUE_FINISHED);
}

Test(finish, handing_back_lets_another_start_at_once_and_does_not_count)
{
    struct queue_job job = start_job(fixture.queue, "cp-1");
    struct queue_entry later = ask(ACCOUNT, "cp-2", NULL, NULL);
    (void)admit_one(fixture.queue, &later);
    (void)read_requests(fixture.queue, 10); // the wake-up that the waiting job made
    cr_assert_eq(finish(fixture.queue, &job, QUEUE_HAND_BACK), QUEUE_FINISHED);
    const struct queue_read *read = read_requests(fixture.workers[1], 10);
    cr_assert_eq(read->count, 1);
    cr_assert(read->entries[0].is_wake);
    struct admitted next = admit(fixture.workers[1], read->entries, 1, 1);
    cr_assert_eq(next.job_count, 1);
    cr_assert_str_eq(next.jobs[0].report_id, job.report_id, "before what came later");
    cr_assert_eq(next.jobs[0].attempts, 1);
    cr_assert_gt(next.jobs[0].fence, job.fence);
    cr_assert_eq(finish(fixture.queue, &job, QUEUE_COMPLETE), QUEUE_REFUSED);
}

Test(finish, claims_the_next_jobs_in_the_same_step)
{
    struct queue_job job = start_job(fixture.queue, "cp-1");
    struct queue_entry entries[3] = {ask(ACCOUNT, "cp-2", NULL, NULL),
                                     ask(ACCOUNT, "cp-3", NULL, NULL),
                                     ask(ACCOUNT, "cp-4", NULL, NULL)};
    (void)admit(fixture.queue, entries, 3, 0);
    struct queue_ending ending = ending_of(&job, QUEUE_COMPLETE);
    struct finished ended = finish_with(fixture.queue, &ending, 2);
    cr_assert_eq(ended.result, QUEUE_FINISHED);
    cr_assert_eq(ended.job_count, 2);
    cr_assert_str_eq(ended.jobs[0].report_id, entries[0].report_id);
    cr_assert_str_eq(ended.jobs[1].report_id, entries[1].report_id);
}

struct burst {
    struct finished results[100];
    size_t done;
};

struct burst_one {
    struct burst *burst;
    size_t number;
};

static void on_burst(void *context, enum queue_finished result, const struct queue_job *jobs,
                     size_t job_count, const struct err *err)
{
    struct burst_one *one = context;
    cr_assert_null(err);
    cr_assert_leq(job_count, 1);
    one->burst->results[one->number].result = result;
    one->burst->results[one->number].job_count = job_count;
    if (job_count == 1) {
        one->burst->results[one->number].jobs[0] = jobs[0];
    }
    one->burst->done++;
}

static bool burst_is_done(void *context)
{
    return ((struct burst *)context)->done == 100;
}

// 100 endings at once: more than one batch, each with a claim.
Test(finish, endings_at_once_share_script_calls_and_claims)
{
    static struct burst burst;
    static struct burst_one ones[100];
    static struct queue_job jobs[100];
    struct queue_entry entries[50];
    for (int batch = 0; batch < 3; batch++) {
        for (int i = 0; i < 50; i++) {
            char pack[32];
            (void)snprintf(pack, sizeof(pack), "cp-%d", batch * 50 + i);
            entries[i] = ask(ACCOUNT, pack, NULL, NULL);
        }
        struct admitted got = admit(fixture.queue, entries, 50, batch < 2 ? 50 : 0);
        memcpy(jobs + batch * 50, got.jobs, got.job_count * sizeof(jobs[0]));
    }
    (void)redis(&fixture, "CONFIG RESETSTAT");
    for (size_t i = 0; i < 100; i++) {
        struct queue_ending ending = ending_of(&jobs[i], QUEUE_COMPLETE);
        ones[i] = (struct burst_one){.burst = &burst, .number = i};
        queue_finish(fixture.queue, &ending, 1, on_burst, &ones[i]);
    }
    cr_assert(loop_run_until(&fixture.loop, burst_is_done, &burst));
    size_t claimed = 0;
    for (size_t i = 0; i < 100; i++) {
        cr_assert_eq(burst.results[i].result, QUEUE_FINISHED);
        claimed += burst.results[i].job_count;
    }
    cr_assert_eq(claimed, 50);
    const char *stats = redis(&fixture, "INFO commandstats");
    const char *calls = strstr(stats, "cmdstat_evalsha:calls=");
    cr_assert_not_null(calls);
    cr_assert_leq(strtol(calls + strlen("cmdstat_evalsha:calls="), NULL, 10), 4);
}

// ---- few dead letters

TestSuite(dead, .fini = teardown);

Test(dead, the_oldest_letters_go)
{
    fixture_init(&fixture);
    fixture.config.dead_max = 2;
    fixture_start(&fixture);
    char first[TEXT_ID_MAX + 1] = "";
    for (int i = 0; i < 4; i++) {
        char pack[16];
        (void)snprintf(pack, sizeof(pack), "cp-%d", i);
        struct queue_job job = start_job(fixture.queue, pack);
        struct queue_ending ending = ending_of(&job, QUEUE_RETRY);
        ending.attempts_max = 1;
        cr_assert_eq(finish_with(fixture.queue, &ending, 0).result, QUEUE_FINISHED_DEAD);
        if (i == 0) {
            (void)text_copy(first, sizeof(first), job.report_id);
        }
        audit_clean(fixture.queue);
    }
    struct queue_audit found = audit(fixture.queue);
    cr_assert_eq(found.dead, 2);
    cr_assert_eq(found.jobs, 2);
    expect_redis(&fixture, ":0", "EXISTS packreport:{0}:dead:%s", first);
}

Test(finish, keeps_where_a_report_lies_when_its_pack_has_a_newer_one)
{
    struct queue_job first = start_job(fixture.queue, "cp-1");
    struct queue_ending ending = ending_of(&first, QUEUE_COMPLETE);
    ending.location = "/reports/first";
    ending.summary = "{\"score\":1}";
    cr_assert_eq(finish_with(fixture.queue, &ending, 0).result, QUEUE_FINISHED);
    struct queue_job second = start_job(fixture.queue, "cp-1");
    cr_assert_eq(finish(fixture.queue, &second, QUEUE_COMPLETE), QUEUE_FINISHED);
    struct history history = get_history(fixture.queue, first.report_id);
    cr_assert_str_eq(history_value(&history, "location"), "/reports/first");
    cr_assert_str_eq(history_value(&history, "summary"), "{\"score\":1}");
    cr_assert_str_eq(history_value(&history, "outcome"), "complete");
}

Test(finish, parts_an_attempt_the_same_way_whatever_upstream_said)
{
    struct queue_job job = start_job(fixture.queue, "cp-1");
    struct queue_ending ending = ending_of(&job, QUEUE_RETRY);
    ending.upstream_code = "A|B";
    ending.upstream_request_id = "|";
    ending.message = "either | or";
    cr_assert_eq(finish_with(fixture.queue, &ending, 0).result, QUEUE_FINISHED);
    struct history history = get_history(fixture.queue, job.report_id);
    const char *attempt = history_value(&history, "attempt:1");
    const char *tail = "|fetch|ReportFailed.Fetch|A/B|/|either | or";
    cr_assert_geq(strlen(attempt), strlen(tail));
    cr_assert_str_eq(attempt + strlen(attempt) - strlen(tail), tail);
    cr_assert_str_eq(history_value(&history, "upstream_code"), "A|B");
}

// Who follows along can tell a late word of an old attempt from that of a later one.
Test(finish, tells_the_fence_of_the_attempt_to_who_follows)
{
    static const enum queue_outcome outcomes[] = {QUEUE_COMPLETE, QUEUE_FAILED};
    static const char *const words[] = {"COMPLETE " ACCOUNT " cp-0  ",
                                        "FAILED " ACCOUNT " cp-1 PackNotFound "};
    for (size_t i = 0; i < ARRAY_LEN(outcomes); i++) {
        char pack[16];
        (void)snprintf(pack, sizeof(pack), "cp-%zu", i);
        struct queue_job job = start_job(fixture.queue, pack);
        struct queue_ending ending = ending_of(&job, outcomes[i]);
        ending.code = i == 0 ? "" : "PackNotFound";
        cr_assert_eq(finish_with(fixture.queue, &ending, 0).result, QUEUE_FINISHED);
        char told[160];
        (void)snprintf(told, sizeof(told), "%s %s%" PRIu64, job.report_id, words[i], job.fence);
        const char *event = redis(
            &fixture, "EVAL \"local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1) "
                      "return table.concat(last[1][2], ' ')\" 1 packreport:{0}:events");
        cr_expect_str_eq(event + 1, told);
    }
}
