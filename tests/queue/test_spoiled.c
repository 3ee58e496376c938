// SPDX-License-Identifier: MIT
//
// Keys of a whole partition that somebody has spoiled: a number that is none counts as 0 and is made anew,
// a key of another type is named, and nothing is written that would have to be undone.
#include "queue_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OTHER "200000000000002"

static struct fixture fixture;

static void setup(void)
{
    fixture_begin(&fixture);
}

static void teardown(void)
{
    fixture_stop(&fixture);
}

TestSuite(spoiled, .init = setup, .fini = teardown);

static const char *const no_numbers[] = {"abc", "-5", "inf", "nan", "1e300", "\"\""};

// Two accounts, one of which has what is spoiled.
static struct admitted admit_both(unsigned claim_max)
{
    struct queue_entry entries[2] = {ask(ACCOUNT, "cp-1", NULL, NULL),
                                     ask(OTHER, "cp-1", NULL, NULL)};
    struct admitted result = admit(fixture.queue, entries, 2, claim_max);
    cr_assert_eq(result.err.kind, ERR_OK, "%s", result.err.message);
    cr_assert_eq(result.answers[0].code, ANSWER_ACCEPTED);
    cr_assert_eq(result.answers[1].code, ANSWER_ACCEPTED);
    return result;
}

static void end_both(const struct queue_job *jobs, enum queue_outcome outcome)
{
    cr_assert_eq(finish(fixture.queue, &jobs[0], outcome), QUEUE_FINISHED);
    cr_assert_eq(finish(fixture.queue, &jobs[1], outcome), QUEUE_FINISHED);
}

Test(spoiled, numbers_of_an_account_stop_nobody)
{
    for (size_t i = 0; i < ARRAY_LEN(no_numbers); i++) {
        (void)redis(&fixture, "HSET packreport:{0}:fair " ACCOUNT " %s v %s", no_numbers[i],
                    no_numbers[i]);
        (void)redis(&fixture, "HSET packreport:{0}:unfinished " ACCOUNT " %s", no_numbers[i]);
        struct admitted admitted = admit_both(i % 2 == 0 ? 2 : 0);
        expect_redis(&fixture, "$1", "HGET packreport:{0}:unfinished " ACCOUNT);
        expect_redis(&fixture, "$27720", "HGET packreport:{0}:fair " ACCOUNT);
        (void)redis(&fixture, "HSET packreport:{0}:fair " ACCOUNT " %s", no_numbers[i]);
        if (admitted.job_count == 0) {
            admitted = claim(fixture.queue, 2);
        }
        cr_assert_eq(admitted.job_count, 2, "%s", no_numbers[i]);
        end_both(admitted.jobs, QUEUE_COMPLETE);
        (void)sweep(fixture.queue); // forgets the tag, which nobody had to write anew
        audit_clean(fixture.queue);
    }
}

Test(spoiled, numbers_of_an_account_keep_no_job_from_its_end)
{
    struct admitted admitted = admit_both(2);
    (void)redis(&fixture, "HSET packreport:{0}:fair " ACCOUNT " abc v abc");
    (void)redis(&fixture, "HSET packreport:{0}:unfinished " ACCOUNT " abc");
    end_both(admitted.jobs, QUEUE_RETRY);
    (void)sweep(fixture.queue);
    expect_redis(&fixture, ":0", "HEXISTS packreport:{0}:unfinished v");
}

Test(spoiled, a_fence_goes_by_the_clock)
{
    uint64_t last = 0;
    for (size_t i = 0; i < ARRAY_LEN(no_numbers); i++) {
        (void)redis(&fixture, "SET packreport:{0}:fence %s", no_numbers[i]);
        struct admitted admitted = admit_both(i % 2 == 0 ? 2 : 0);
        (void)redis(&fixture, "SET packreport:{0}:fence %s", no_numbers[i]);
        if (admitted.job_count == 0) {
            admitted = claim(fixture.queue, 2);
        }
        cr_assert_eq(admitted.job_count, 2, "%s", no_numbers[i]);
        cr_assert_gt(admitted.jobs[0].fence, last);
        cr_assert_gt(admitted.jobs[1].fence, admitted.jobs[0].fence);
        last = admitted.jobs[1].fence;
        end_both(admitted.jobs, QUEUE_COMPLETE);
        cr_expect_eq(redis(&fixture, "ZCARD packreport:{0}:ready")[1], '0');
    }
}

// The key of another type than `TYPE`, named in the error; what it held before is kept aside.
static void spoil(const char *name)
{
    (void)redis(&fixture, "RENAME packreport:{0}:%s aside", name);
    expect_redis(&fixture, ":1", "RPUSH packreport:{0}:%s spoiled", name);
}

static void mend(const char *name)
{
    (void)redis(&fixture, "DEL packreport:{0}:%s", name);
    (void)redis(&fixture, "RENAME aside packreport:{0}:%s", name);
}

static void expect_named(const struct err *err, const char *name)
{
    char sentence[96];
    (void)snprintf(sentence, sizeof(sentence), "packreport:{0}:%s is a list and not a ", name);
    cr_expect(strstr(err->message, sentence) != NULL, "%s: %s", name, err->message);
}

Test(spoiled, a_key_of_another_type_is_named_and_takes_nothing)
{
    static const char *const names[] = {"ready", "running",  "jobs",       "creating",
                                        "fair",  "accounts", "unfinished", "dead"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        (void)redis(&fixture, "FLUSHALL");
        struct queue_entry waits = ask(ACCOUNT, "cp-1", NULL, NULL);
        (void)admit(fixture.queue, &waits, 1, 0);
        spoil(names[i]);
        for (unsigned claim_max = 0; claim_max < 2; claim_max++) {
            struct queue_entry entry = ask(OTHER, "cp-1", "token", "r-1");
            struct admitted refused = admit(fixture.queue, &entry, 1, claim_max);
            expect_named(&refused.err, names[i]);
        }
        mend(names[i]);
        expect_redis(&fixture, ":0", "EXISTS packreport:{0}:answer:r-1");
        audit_clean(fixture.queue);
        cr_expect_eq(audit(fixture.queue).jobs, 1, "%s", names[i]);
    }
}

Test(spoiled, a_key_of_another_type_is_named_by_a_claim_which_takes_nothing)
{
    static const char *const names[] = {"ready", "running", "fence"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        (void)redis(&fixture, "FLUSHALL");
        struct queue_entry waits = ask(ACCOUNT, "cp-1", NULL, NULL);
        (void)admit(fixture.queue, &waits, 1, 0);
        spoil(names[i]);
        struct admitted refused = claim(fixture.queue, 1);
        expect_named(&refused.err, names[i]);
        mend(names[i]);
        expect_redis(&fixture, ":1", "ZCARD packreport:{0}:ready");
        cr_expect_eq(claim(fixture.queue, 1).job_count, 1, "%s", names[i]);
    }
}

Test(spoiled, a_key_of_another_type_is_named_by_a_renewal)
{
    struct queue_job job = start_job(fixture.queue, "cp-1");
    const struct queue_renewal renewal = {
        .report_id = job.report_id, .fence = job.fence, .step = "bind"};
    enum queue_hold hold;
    spoil("running");
    struct err err = renew(fixture.queue, &renewal, 1, &hold);
    expect_named(&err, "running");
    mend("running");
    cr_expect_eq(renew_one(fixture.queue, &job), QUEUE_HELD);
}

Test(spoiled, a_key_of_another_type_is_named_by_an_ending)
{
    static const char *const names[] = {"running", "creating", "jobs", "unfinished"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        char pack[16];
        (void)snprintf(pack, sizeof(pack), "cp-%zu", i);
        struct queue_job job = start_job(fixture.queue, pack);
        struct queue_ending ending = ending_of(&job, QUEUE_COMPLETE);
        spoil(names[i]);
        struct finished refused = finish_with(fixture.queue, &ending, 1);
        expect_named(&refused.err, names[i]);
        mend(names[i]);
        cr_expect_eq(finish(fixture.queue, &job, QUEUE_COMPLETE), QUEUE_FINISHED, "%s", names[i]);
        audit_clean(fixture.queue);
    }
}

struct swept {
    struct err err;
    bool is_done;
};

static void on_swept(void *context, const struct queue_sweep_result *result, const struct err *err)
{
    struct swept *swept = context;
    (void)result;
    swept->err = err == NULL ? ERR_INIT : *err;
    swept->is_done = true;
}

Test(spoiled, a_key_of_another_type_is_named_by_a_sweep)
{
    static const char *const names[] = {"delayed", "running", "creating", "dead"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct swept swept = {.is_done = false};
        spoil(names[i]);
        queue_sweep(fixture.queue, on_swept, &swept);
        fixture_wait_for(&swept.is_done);
        expect_named(&swept.err, names[i]);
        mend(names[i]);
    }
    (void)sweep(fixture.queue);
    audit_clean(fixture.queue);
}
