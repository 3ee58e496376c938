// SPDX-License-Identifier: MIT
#include "queue_fixture.h"

#include "base/clock.h"

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

TestSuite(sweep, .init = setup, .fini = teardown);
TestSuite(short_lease, .fini = teardown);

static void expire(const struct queue_job *job)
{
    (void)redis(&fixture, "ZADD packreport:{0}:running 1 %s", job->report_id);
}

Test(sweep, does_nothing_when_all_is_well)
{
    (void)start_job(fixture.queue, "cp-1");
    struct queue_entry waiting = ask(ACCOUNT, "cp-2", NULL, NULL);
    (void)admit_one(fixture.queue, &waiting);
    (void)read_requests(fixture.queue, 10);
    struct queue_sweep_result result = sweep(fixture.workers[1]);
    cr_assert_eq(result.recovered + result.resumed + result.released + result.mended, 0);
    cr_assert_eq(result.buried, 0);
    cr_assert_eq(result.ready, 1);
    cr_assert_eq(read_requests(fixture.queue, 10)->count, 0, "nobody is woken for nothing");
}

Test(sweep, recovers_a_job_whose_lease_ran_out_and_fences_its_worker_off)
{
    struct queue_job job = start_job(fixture.queue, "cp-1");
    (void)renew_one(fixture.queue, &job);
    expire(&job);
    struct queue_sweep_result result = sweep(fixture.workers[1]);
    cr_assert_eq(result.recovered, 1);
    cr_assert_eq(result.ready, 1);
    audit_clean(fixture.queue);
    cr_assert_eq(renew_one(fixture.queue, &job), QUEUE_LOST);
    cr_assert_eq(finish(fixture.queue, &job, QUEUE_COMPLETE), QUEUE_REFUSED);
    const struct queue_read *read = read_requests(fixture.workers[2], 10);
    cr_assert(read->count == 1 && read->entries[0].is_wake, "an idle worker is woken");
    struct admitted next = admit(fixture.workers[2], read->entries, 1, 1);
    cr_assert_eq(next.job_count, 1);
    cr_assert_eq(next.jobs[0].attempts, 2);
    cr_assert_gt(next.jobs[0].fence, job.fence);
    struct history history = get_history(fixture.queue, job.report_id);
    cr_assert(strstr(history_value(&history, "attempt:1"), "w0") != NULL);
    cr_assert(strstr(history_value(&history, "message"), "evaluate") != NULL);
    cr_assert_eq(finish(fixture.queue, &job, QUEUE_COMPLETE), QUEUE_REFUSED);
    cr_assert_eq(finish(fixture.workers[2], &next.jobs[0], QUEUE_COMPLETE), QUEUE_FINISHED);
}

Test(sweep, buries_a_job_that_took_down_too_many_workers)
{
    struct queue_job job = start_job(fixture.queue, "cp-1");
    for (unsigned crash = 1; crash < QUEUE_CRASHES_MAX; crash++) {
        expire(&job);
        cr_assert_eq(sweep(fixture.queue).recovered, 1);
        struct admitted next = claim_alone(fixture.workers[crash]);
        cr_assert_eq(next.job_count, 1);
        cr_assert_eq(next.jobs[0].is_alone, crash == QUEUE_CRASHES_MAX - 1);
        job = next.jobs[0];
    }
    expire(&job);
    struct queue_sweep_result result = sweep(fixture.queue);
    cr_assert_eq(result.recovered, 0);
    cr_assert_eq(result.buried, 1);
    struct queue_report_record record = get_report(fixture.queue, ACCOUNT, "cp-1");
    cr_assert_eq(record.status, REPORT_FAILED);
    cr_assert_str_eq(record.code, "LeaseRanOut");
    cr_assert_eq(finish(fixture.workers[2], &job, QUEUE_RETRY), QUEUE_REFUSED);
    expect_redis(&fixture, "$3", "HGET packreport:{0}:dead:%s crashes", job.report_id);
    struct queue_entry again = ask(ACCOUNT, "cp-1", NULL, NULL);
    cr_assert_eq(admit_one(fixture.queue, &again).answers[0].code, ANSWER_ACCEPTED);
}

// Three jobs of one worker that dies with all of them, until one more death would bury each.
static void crash_together(struct admitted *jobs)
{
    struct queue_entry entries[3] = {ask(ACCOUNT, "cp-1", NULL, NULL),
                                     ask(ACCOUNT, "cp-2", NULL, NULL),
                                     ask(ACCOUNT, "cp-3", NULL, NULL)};
    (void)admit(fixture.queue, entries, 3, 0);
    for (unsigned crash = 1; crash < QUEUE_CRASHES_MAX; crash++) {
        *jobs = claim(fixture.queue, 8);
        cr_assert_eq(jobs->job_count, 3, "below that they run together");
        for (size_t i = 0; i < 3; i++) {
            expire(&jobs->jobs[i]);
        }
        cr_assert_eq(sweep(fixture.queue).recovered, 3);
    }
}

Test(sweep, tells_the_job_that_kills_from_those_beside_it)
{
    struct admitted jobs;
    crash_together(&jobs);
    cr_assert_eq(claim(fixture.workers[1], 8).job_count, 0, "it might run others");
    cr_assert(queue_is_alone_next(fixture.workers[1]));
    audit_clean(fixture.queue);
    struct admitted killer = claim_alone(fixture.workers[1]);
    cr_assert_eq(killer.job_count, 1);
    cr_assert(killer.jobs[0].is_alone);
    cr_assert_eq(killer.jobs[0].crashes, QUEUE_CRASHES_MAX - 1);
    cr_assert_str_eq(killer.jobs[0].pack_id, "cp-1", "it keeps its turn");
    cr_assert_not(queue_is_alone_next(fixture.workers[1]));
    expire(&killer.jobs[0]);
    cr_assert_eq(sweep(fixture.queue).buried, 1);
    for (int i = 0; i < 2; i++) {
        struct admitted next = claim_alone(fixture.workers[2]);
        cr_assert_eq(next.job_count, 1);
        cr_assert_eq(finish(fixture.workers[2], &next.jobs[0], QUEUE_COMPLETE), QUEUE_FINISHED);
    }
    cr_assert_eq(get_report(fixture.queue, ACCOUNT, "cp-1").status, REPORT_FAILED);
    cr_assert_eq(get_report(fixture.queue, ACCOUNT, "cp-3").status, REPORT_COMPLETE);
}

Test(sweep, hands_out_what_lies_before_a_job_that_runs_alone)
{
    struct admitted jobs;
    crash_together(&jobs);
    struct queue_entry first = ask("7", "cp-9", NULL, NULL);
    (void)admit(fixture.queue, &first, 1, 0);
    (void)redis(&fixture, "ZADD packreport:{0}:ready 0 %s 1 %s 2 %s 3 %s", first.report_id,
                jobs.jobs[0].report_id, jobs.jobs[1].report_id, jobs.jobs[2].report_id);
    struct admitted got = claim(fixture.workers[1], 8);
    cr_assert_eq(got.job_count, 1);
    cr_assert_str_eq(got.jobs[0].pack_id, "cp-9");
    cr_assert(queue_is_alone_next(fixture.workers[1]));
    expect_redis(&fixture, "$2", "ZSCORE packreport:{0}:ready %s", jobs.jobs[1].report_id);
    struct queue_ending ending = ending_of(&got.jobs[0], QUEUE_COMPLETE);
    struct finished ended = finish_with(fixture.workers[1], &ending, 1);
    cr_assert_eq(ended.result, QUEUE_FINISHED);
    cr_assert_eq(ended.job_count, 0, "a finish does not know what else its worker runs");
    cr_assert(queue_is_alone_next(fixture.workers[1]));
    struct queue_entry more = ask(ACCOUNT, "cp-4", NULL, NULL);
    cr_assert_eq(admit(fixture.workers[2], &more, 1, 8).job_count, 0);
    cr_assert(queue_is_alone_next(fixture.workers[2]));
}

Test(sweep, a_worker_is_not_kept_waiting_for_a_job_that_another_took)
{
    struct admitted jobs;
    crash_together(&jobs);
    cr_assert_eq(claim(fixture.workers[1], 8).job_count, 0);
    for (int i = 0; i < 3; i++) {
        cr_assert_eq(claim_alone(fixture.workers[2]).job_count, 1);
    }
    cr_assert(queue_is_alone_next(fixture.workers[1]));
    (void)sweep(fixture.workers[1]);
    cr_assert_not(queue_is_alone_next(fixture.workers[1]));
    struct queue_entry fresh = ask(ACCOUNT, "cp-4", NULL, NULL);
    (void)admit(fixture.queue, &fresh, 1, 0);
    struct admitted got = claim_alone(fixture.workers[1]);
    cr_assert_eq(got.job_count, 1, "whatever comes next");
    cr_assert_not(got.jobs[0].is_alone);
}

// Of several batches.
static void admit_many(int count)
{
    for (int i = 0; i < count; i++) {
        char pack[32];
        (void)snprintf(pack, sizeof(pack), "cp-%d", i);
        struct queue_entry entry = ask(ACCOUNT, pack, NULL, NULL);
        (void)admit(fixture.queue, &entry, 1, 0);
    }
}

Test(sweep, says_when_more_is_due_than_one_call_may_do)
{
    admit_many(60);
    struct admitted jobs = claim(fixture.queue, 60);
    for (size_t i = 0; i < jobs.job_count; i++) {
        expire(&jobs.jobs[i]);
    }
    struct queue_sweep_result first = sweep(fixture.workers[1]);
    cr_assert_eq(first.recovered, 48);
    cr_assert(first.has_more);
    struct queue_sweep_result second = sweep(fixture.workers[1]);
    cr_assert_eq(second.recovered, 12);
    cr_assert_not(second.has_more);
}

Test(sweep, goes_on_with_what_a_resume_left)
{
    enum { JOBS = 400 }; // more than a small zset, which comes whole
    admit_many(JOBS);
    (void)redis(&fixture, "HSET packreport:{0}:paused " ACCOUNT " 1");
    while (claim(fixture.queue, QUEUE_BATCH_MAX).job_count == 0 &&
           audit(fixture.queue).held < JOBS) {
    }
    cr_assert_not(sweep(fixture.queue).has_more, "it is paused");
    (void)redis(&fixture, "DEL packreport:{0}:paused");
    unsigned resumed = 0;
    struct queue_sweep_result result;
    do {
        result = sweep(fixture.queue);
        resumed += result.resumed;
        cr_assert(result.resumed <= 200);
    } while (result.has_more);
    cr_assert_gt(resumed, JOBS / 2, "those that the cursor came to");
    for (int i = 0; i < 20 && resumed < JOBS; i++) {
        resumed += sweep(fixture.queue).resumed;
    }
    cr_assert_eq(resumed, JOBS);
}

static double score_of(const char *place, const char *member)
{
    const char *reply = redis(&fixture, "ZSCORE packreport:{0}:%s %s", place, member);
    return strtod(reply + 1, NULL);
}

// A failover to a server whose clock is a day behind: what was written before lies a day ahead.
Test(sweep, pulls_times_back_after_a_step_of_the_clock)
{
    const double ahead = 90e6 + 86400e3;
    const double now = (double)clock_wall_ms();
    struct queue_job running = start_job(fixture.queue, "cp-1");
    struct queue_job delayed = start_job(fixture.queue, "cp-2");
    struct queue_ending ending = ending_of(&delayed, QUEUE_RETRY);
    (void)finish_with(fixture.queue, &ending, 0);
    (void)redis(&fixture, "ZADD packreport:{0}:running %.0f %s", now + ahead, running.report_id);
    (void)redis(&fixture, "ZADD packreport:{0}:delayed %.0f %s", now + ahead, delayed.report_id);
    (void)redis(&fixture, "ZADD packreport:{0}:workers %.0f w0", now + ahead);
    (void)sweep(fixture.workers[1]);
    const double slack = 60e3; // of a slow machine
    cr_expect_leq(score_of("running", running.report_id), now + FIXTURE_LEASE_MS + slack);
    cr_expect_leq(score_of("delayed", delayed.report_id), now + QUEUE_DELAY_MAX_MS + slack);
    cr_expect_leq(score_of("workers", "w0"), now + slack);
    cr_expect_eq(renew_one(fixture.queue, &running), QUEUE_HELD);
}

static void heartbeat(int worker)
{
    struct err err = renew(fixture.workers[worker], NULL, 0, NULL);
    cr_assert_eq(err.kind, ERR_OK, "%s", err.message);
}

// As if Redis had been away: all that workers said of themselves is old.
static void age_heartbeats(void)
{
    (void)redis(&fixture, "ZADD packreport:{0}:workers XX 1 w0 1 w1 1 w2 1 w3");
}

Test(sweep, does_not_count_a_lease_that_its_living_worker_lost_as_a_crash)
{
    struct queue_job job = start_job(fixture.queue, "cp-1");
    for (int outage = 0; outage < QUEUE_CRASHES_MAX + 2; outage++) {
        heartbeat(0); // the worker lives; it does not have the job, or gave it up
        expire(&job);
        struct queue_sweep_result result = sweep(fixture.workers[1]);
        cr_assert_eq(result.recovered, 1);
        cr_assert_eq(result.buried, 0);
        struct history history = get_history(fixture.queue, job.report_id);
        cr_assert_str_eq(history_value(&history, "crashes"), "0");
        struct admitted next = claim(fixture.queue, 1);
        cr_assert_eq(next.job_count, 1);
        job = next.jobs[0];
    }
    cr_assert_eq(finish(fixture.queue, &job, QUEUE_COMPLETE), QUEUE_FINISHED);
}

Test(sweep, counts_a_crash_when_only_the_others_live)
{
    struct queue_job job = start_job(fixture.queue, "cp-1");
    heartbeat(0);
    heartbeat(1);
    (void)redis(&fixture, "ZADD packreport:{0}:workers 1 w0");
    expire(&job);
    cr_assert_eq(sweep(fixture.workers[1]).recovered, 1);
    struct history history = get_history(fixture.queue, job.report_id);
    cr_assert_str_eq(history_value(&history, "crashes"), "1");
}

Test(sweep, gives_living_workers_a_lease_after_an_outage)
{
    struct queue_job held = start_job(fixture.queue, "cp-1");
    struct queue_job lost = start_job(fixture.workers[1], "cp-2");
    heartbeat(0);
    heartbeat(1);
    age_heartbeats();
    expire(&held);
    expire(&lost);
    cr_assert_eq(sweep(fixture.workers[2]).recovered, 0, "nobody has renewed since");
    expect_redis(&fixture, ":2", "ZCARD packreport:{0}:workers");
    heartbeat(2);
    cr_assert_eq(sweep(fixture.workers[2]).recovered, 0, "they have a lease to come back");
    cr_assert_eq(renew_one(fixture.queue, &held), QUEUE_HELD);
    expect_redis(&fixture, ":1", "DEL packreport:{0}:grace"); // as it would end
    cr_assert_eq(sweep(fixture.workers[2]).recovered, 1);
    cr_assert_eq(renew_one(fixture.queue, &held), QUEUE_HELD);
    cr_assert_eq(renew_one(fixture.workers[1], &lost), QUEUE_LOST);
}

Test(sweep, mends_a_job_that_is_in_no_place)
{
    struct queue_job job = start_job(fixture.queue, "cp-1");
    (void)redis(&fixture, "ZREM packreport:{0}:running %s", job.report_id);
    cr_assert_eq(audit(fixture.queue).violation_count, 2);
    cr_assert_eq(sweep(fixture.queue).mended, 1);
    audit_clean(fixture.queue);
    cr_assert_eq(renew_one(fixture.queue, &job), QUEUE_LOST);
    cr_assert_eq(claim(fixture.queue, 1).job_count, 1);
}

Test(sweep, gives_a_job_its_pack_back)
{
    (void)start_job(fixture.queue, "cp-1");
    (void)redis(&fixture, "DEL packreport:{0}:creating");
    cr_assert_eq(sweep(fixture.queue).mended, 1);
}

Test(sweep, releases_a_pack_whose_job_vanished)
{
    struct queue_entry entry = ask(ACCOUNT, "cp-1", "token", NULL);
    (void)admit_one(fixture.queue, &entry);
    (void)redis(&fixture, "DEL packreport:{0}:jobs packreport:{0}:ready");
    cr_assert_eq(sweep(fixture.queue).released, 1);
    struct queue_report_record record = get_report(fixture.queue, ACCOUNT, "cp-1");
    cr_assert_eq(record.status, REPORT_FAILED);
    cr_assert_str_eq(record.code, "InternalError");
    audit_clean(fixture.queue); // the token expires, too
    struct queue_entry again = ask(ACCOUNT, "cp-1", NULL, NULL);
    cr_assert_eq(admit_one(fixture.queue, &again).answers[0].code, ANSWER_ACCEPTED);
}

static void expect_unreadable(const char *report_id, const char *pack, const char *record)
{
    struct queue_sweep_result result = sweep(fixture.queue);
    cr_assert_eq(result.unreadable, 1);
    cr_assert_eq(result.mended + result.recovered, 0);
    audit_clean(fixture.queue);
    char reply[256];
    (void)snprintf(reply, sizeof(reply), "$%s", record);
    expect_redis(&fixture, reply, "HGET packreport:{0}:dead:%s record", report_id);
    struct queue_report_record report = get_report(fixture.queue, ACCOUNT, pack);
    cr_assert_eq(report.status, REPORT_FAILED);
    cr_assert_str_eq(report.code, "InternalError");
    result = sweep(fixture.queue);
    cr_assert_eq(result.unreadable + result.released, 0, "once");
    struct queue_job again = start_job(fixture.queue, pack);
    cr_assert_eq(finish(fixture.queue, &again, QUEUE_COMPLETE), QUEUE_FINISHED);
}

Test(sweep, buries_a_record_that_cannot_be_read_wherever_it_lies)
{
    struct queue_entry waiting = ask(ACCOUNT, "cp-1", "token", NULL);
    (void)admit(fixture.queue, &waiting, 1, 0);
    (void)redis(&fixture, "HSET packreport:{0}:jobs %s garbage", waiting.report_id);
    expect_unreadable(waiting.report_id, "cp-1", "garbage");
    struct queue_job running = start_job(fixture.queue, "cp-2");
    (void)redis(&fixture, "HSET packreport:{0}:jobs %s ruins", running.report_id);
    expect_unreadable(running.report_id, "cp-2", "ruins");
    cr_assert_eq(finish(fixture.queue, &running, QUEUE_COMPLETE), QUEUE_REFUSED);
    struct queue_entry popped = ask(ACCOUNT, "cp-3", NULL, NULL);
    (void)admit(fixture.queue, &popped, 1, 0);
    (void)redis(&fixture, "HSET packreport:{0}:jobs %s dust", popped.report_id);
    (void)claim(fixture.queue, QUEUE_BATCH_MAX); // passes over it
    expect_unreadable(popped.report_id, "cp-3", "dust");
}

// The worker bounds each field, the scripts do not.
Test(sweep, buries_what_the_worker_could_not_read_and_the_others_run)
{
    struct queue_entry entries[3] = {ask(ACCOUNT, "cp-1", NULL, NULL),
                                     ask(ACCOUNT, "cp-2", NULL, NULL),
                                     ask(ACCOUNT, "cp-3", NULL, NULL)};
    (void)admit(fixture.queue, entries, 3, 0);
    (void)redis(&fixture,
                "HSET packreport:{0}:jobs %s 0|0|0|||0||0|0|1|5|" ACCOUNT "|cp-2|r|no-language|0|",
                entries[1].report_id);
    struct admitted got = claim(fixture.queue, 3);
    cr_assert_eq(got.err.kind, ERR_OK, "%s", got.err.message);
    cr_assert_eq(got.job_count, 2);
    cr_assert_str_eq(got.jobs[1].report_id, entries[2].report_id);
    char record[256];
    (void)text_copy(record, sizeof(record),
                    redis(&fixture, "HGET packreport:{0}:jobs %s", entries[1].report_id) + 1);
    expect_unreadable(entries[1].report_id, "cp-2", record);
}

// The lease of who could not read it ran out, and another worker has it now.
Test(sweep, buries_nothing_that_changed_since_a_worker_could_not_read_it)
{
    struct queue_entry entry = ask(ACCOUNT, "cp-1", NULL, NULL);
    (void)admit(fixture.queue, &entry, 1, 0);
    (void)redis(&fixture,
                "HSET packreport:{0}:jobs %s 0|0|0|||0||0|0|1|5|" ACCOUNT "|cp-1|r|no-language|0|",
                entry.report_id);
    cr_assert_eq(claim(fixture.queue, 1).job_count, 0);
    (void)redis(&fixture,
                "HSET packreport:{0}:jobs %s 0|2|0||w1|9||0|0|1|5|" ACCOUNT "|cp-1|r|en-us|0|",
                entry.report_id);
    cr_assert_eq(sweep(fixture.queue).unreadable, 0);
    expect_redis(&fixture, ":1", "ZCARD packreport:{0}:running");
}

Test(sweep, makes_spoiled_keys_of_a_job_anew)
{
    struct queue_job job = start_job(fixture.queue, "cp-1");
    (void)redis(&fixture, "SET packreport:{0}:report:" ACCOUNT ":cp-1 spoiled");
    (void)redis(&fixture, "SET packreport:{0}:history:%s spoiled", job.report_id);
    cr_assert_eq(finish(fixture.queue, &job, QUEUE_COMPLETE), QUEUE_FINISHED);
    cr_assert_eq(get_report(fixture.queue, ACCOUNT, "cp-1").status, REPORT_COMPLETE);
    struct queue_job silent = start_job(fixture.queue, "cp-2");
    (void)redis(&fixture, "SET packreport:{0}:history:%s spoiled", silent.report_id);
    expire(&silent);
    cr_assert_eq(sweep(fixture.queue).recovered, 1);
    (void)redis(&fixture, "DEL packreport:{0}:jobs packreport:{0}:ready");
    (void)redis(&fixture, "SET packreport:{0}:report:" ACCOUNT ":cp-2 spoiled");
    cr_assert_eq(sweep(fixture.queue).released, 1);
    (void)redis(&fixture, "DEL packreport:{0}:report:" ACCOUNT ":cp-2"); // not for the audit
}

Test(sweep, drops_places_of_ids_that_are_no_jobs)
{
    (void)redis(&fixture, "ZADD packreport:{0}:running 1 ghost");
    (void)redis(&fixture, "ZADD packreport:{0}:delayed 1 ghost");
    struct queue_sweep_result result = sweep(fixture.queue);
    cr_assert_eq(result.recovered + result.resumed, 0);
}

Test(sweep, goes_through_everything_in_bounded_pieces)
{
    enum { JOBS = 300 };
    struct queue_entry entries[50];
    for (int batch = 0; batch < JOBS / 50; batch++) {
        for (int i = 0; i < 50; i++) {
            char pack[32];
            (void)snprintf(pack, sizeof(pack), "cp-%d", batch * 50 + i);
            entries[i] = ask(ACCOUNT, pack, NULL, NULL);
        }
        (void)admit(fixture.queue, entries, 50, 0);
    }
    (void)redis(&fixture, "DEL packreport:{0}:ready");
    unsigned mended = 0;
    for (int i = 0; i < 200 && mended < JOBS; i++) {
        unsigned now = sweep(fixture.queue).mended;
        cr_assert_leq(now, 128);
        mended += now;
    }
    cr_assert_eq(mended, JOBS);
}

// Sweeps as a daemon does until there is no more, from wherever the scans stand. One look in ten thousand
// or so meets a gap of the hash and finds nothing to go on for, so that one more sweep is made.
static struct queue_sweep_result sweep_while_more(unsigned *sweeps_out)
{
    struct queue_sweep_result sum = {.has_more = false};
    struct queue_sweep_result result;
    unsigned ends = 0;
    for (*sweeps_out = 0; ends < 2; ++*sweeps_out) {
        result = sweep(fixture.queue);
        sum.mended += result.mended;
        sum.released += result.released;
        ends = result.has_more ? 0 : ends + 1;
    }
    return sum;
}

Test(sweep, a_large_mend_does_not_wait_for_the_next_sweeps)
{
    enum { JOBS = 600 };
    unsigned sweeps;
    admit_many(JOBS);
    for (int start = 0; start < 3; start++) { // in the middle of a round, too
        cr_assert_not(sweep(fixture.queue).has_more, "nothing is wrong");
        (void)redis(&fixture, "DEL packreport:{0}:ready");
        cr_expect_eq(sweep_while_more(&sweeps).mended, JOBS);
        cr_expect(sweeps > 3 && sweeps < JOBS, "in bounded pieces: %u", sweeps);
        audit_clean(fixture.queue);
    }
    (void)redis(&fixture, "DEL packreport:{0}:jobs packreport:{0}:ready");
    cr_expect_eq(sweep_while_more(&sweeps).released, JOBS);
    audit_clean(fixture.queue);
}

// All of a small hash is seen at once.
Test(sweep, a_small_mend_is_one_sweep)
{
    admit_many(5);
    (void)redis(&fixture, "DEL packreport:{0}:ready");
    struct queue_sweep_result result = sweep(fixture.queue);
    cr_expect_eq(result.mended, 5);
    cr_expect_not(result.has_more);
}

Test(sweep, forgets_tags_that_fell_behind)
{
    for (int i = 0; i < 20; i++) {
        char account[20];
        (void)snprintf(account, sizeof(account), "%d", 1000 + i);
        struct queue_entry entry = ask(account, "cp-1", NULL, NULL);
        struct admitted result = admit(fixture.queue, &entry, 1, 1);
        cr_assert_eq(finish(fixture.queue, &result.jobs[0], QUEUE_COMPLETE), QUEUE_FINISHED);
    }
    for (int i = 0; i < 2; i++) { // moves the virtual time past the first tags
        struct queue_job job = start_job(fixture.queue, "cp-2");
        cr_assert_eq(finish(fixture.queue, &job, QUEUE_COMPLETE), QUEUE_FINISHED);
    }
    (void)start_job(fixture.queue, "cp-3"); // where nothing is unfinished, all of it goes
    (void)sweep(fixture.queue);
    expect_redis(&fixture, ":2", "HLEN packreport:{0}:fair"); // v, and the last account's
}

Test(sweep, takes_a_tag_that_is_no_number_for_none)
{
    (void)start_job(fixture.queue, "cp-1");
    (void)redis(&fixture, "HSET packreport:{0}:fair 7 abc 8 nan 9 0x10 v 1e400");
    (void)sweep(fixture.queue);
    expect_redis(&fixture, ":0", "HEXISTS packreport:{0}:fair 7");
    expect_redis(&fixture, ":0", "HEXISTS packreport:{0}:fair 8");
    expect_redis(&fixture, ":0", "HEXISTS packreport:{0}:fair 9");
    (void)redis(&fixture, "HDEL packreport:{0}:fair v"); // not for the audit
}

Test(sweep, forgets_a_silent_worker_once_nothing_is_pending_for_it)
{
    heartbeat(1);
    heartbeat(0);
    struct request request = {.account_id = ACCOUNT, .pack_id = "cp-1"};
    char entry_id[64];
    submit(fixture.queue, &request, entry_id);
    cr_assert_eq(read_requests(fixture.workers[1], 10)->count, 1);
    (void)redis(&fixture, "ZADD packreport:{0}:workers 1 w1");
    (void)sweep(fixture.queue);
    expect_redis(&fixture, "$1", "ZSCORE packreport:{0}:workers w1");
    const struct queue_read *read = take_over(fixture.queue, 0);
    cr_assert_eq(read->count, 1);
    (void)admit(fixture.queue, read->entries, 1, 0);
    (void)sweep(fixture.queue);
    expect_redis(&fixture, "$-1", "ZSCORE packreport:{0}:workers w1");
    expect_redis(&fixture, ":0", "XGROUP DELCONSUMER packreport:{0}:requests intake w1");
}

// Leases that run out by themselves: nobody plants anything.
Test(short_lease, a_silent_workers_job_is_done_by_another)
{
    fixture_init(&fixture);
    fixture.config.lease_ms = 50;
    fixture_start(&fixture);
    struct queue_job job = start_job(fixture.queue, "cp-1");
    int64_t deadline = clock_monotonic_ms() + 10000;
    unsigned recovered = 0;
    while (recovered == 0 && clock_monotonic_ms() < deadline) {
        recovered = sweep(fixture.workers[1]).recovered;
    }
    cr_assert_eq(recovered, 1);
    struct admitted next = claim(fixture.workers[1], 1);
    cr_assert_eq(next.job_count, 1);
    cr_assert_eq(finish(fixture.queue, &job, QUEUE_COMPLETE), QUEUE_REFUSED);
    cr_assert_eq(finish(fixture.workers[1], &next.jobs[0], QUEUE_COMPLETE), QUEUE_FINISHED);
}

Test(short_lease, a_renewed_lease_does_not_run_out)
{
    fixture_init(&fixture);
    fixture.config.lease_ms = 400;
    fixture_start(&fixture);
    struct queue_job job = start_job(fixture.queue, "cp-1");
    int64_t end = clock_monotonic_ms() + 1000;
    while (clock_monotonic_ms() < end) {
        cr_assert_eq(renew_one(fixture.queue, &job), QUEUE_HELD);
        cr_assert_eq(sweep(fixture.workers[1]).recovered, 0);
    }
}
