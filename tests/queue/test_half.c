// SPDX-License-Identifier: MIT
//
// Scripts that Redis stops half way, because the user may not run one of their commands: what they have
// written stays. Whatever the command, a repetition must find that nothing is lost and nothing doubled.
#include "queue_fixture.h"

#include <stdio.h>
#include <string.h>

static struct fixture fixture;

static void setup(void)
{
    fixture_begin(&fixture);
}

static void teardown(void)
{
    fixture_stop(&fixture);
}

TestSuite(half, .init = setup, .fini = teardown);

// All that the scripts write with.
static const char *const commands[] = {"hset",    "hdel",    "set",  "mset", "zadd",  "zrem",
                                       "zpopmin", "pexpire", "xadd", "xack", "xtrim", "unlink"};

enum { ACCEPTED = 2, ASKED = 4 };
static const struct request asked[ASKED] = {
    {.account_id = ACCOUNT, .pack_id = "cp-1", .client_token = "token", .request_id = "r-0"},
    {.account_id = "200000000000002",
     .pack_id = "cp-2",
     .aggregator_id = "ca-1",
     .request_id = "r-1"},
    {.account_id = ACCOUNT, .pack_id = "cp-1", .request_id = "r-2"}, // while the first is CREATING
    {.account_id = "no account", .pack_id = "cp-1", .request_id = "r-3"},
};

static void forbid(const char *command)
{
    expect_redis(&fixture, "+OK", "ACL SETUSER default -%s", command);
}

static void allow(const char *command)
{
    expect_redis(&fixture, "+OK", "ACL SETUSER default +%s", command);
}

static void on_swept(void *context, const struct queue_sweep_result *result, const struct err *err)
{
    (void)result;
    (void)err; // it may not run the command either
    *(bool *)context = true;
}

static void try_to_sweep(void)
{
    bool is_done = false;
    queue_sweep(fixture.workers[1], on_swept, &is_done);
    fixture_wait_for(&is_done);
}

// One batch of what was asked, and then what it left pending once more, read anew as a daemon does.
static void admit_around(const char *command, unsigned claim_max)
{
    char entry_id[64];
    for (size_t i = 0; i < ASKED; i++) {
        submit(fixture.queue, &asked[i], entry_id);
    }
    const struct queue_read *read = read_requests(fixture.queue, ASKED);
    cr_assert_eq(read->count, ASKED);
    forbid(command);
    for (int tries = 0; tries < 3; tries++) {
        (void)admit(fixture.queue, read->entries, read->count, claim_max);
        if (tries == 1) { // others see what it left
            try_to_sweep();
        }
    }
    allow(command);
    read = read_own(fixture.queue);
    if (read->count > 0) {
        struct admitted again = admit(fixture.queue, read->entries, read->count, claim_max);
        cr_assert_eq(again.err.kind, ERR_OK, "%s: %s", command, again.err.message);
    }
    cr_expect_eq(read_own(fixture.queue)->count, 0, "%s", command);
}

static void expect_answers(const char *command)
{
    static const enum answer_code codes[ASKED] = {ANSWER_ACCEPTED, ANSWER_ACCEPTED,
                                                  ANSWER_REPORT_CREATING, ANSWER_PARAMETER_INVALID};
    for (size_t i = 0; i < ASKED; i++) {
        struct queue_answer_record record = get_answer(fixture.queue, asked[i].request_id);
        cr_assert(record.found, "%s: no answer to %zu", command, i);
        cr_expect_eq(record.answer.code, codes[i], "%s: %zu", command, i);
        cr_expect_not(record.answer.replayed, "%s: %zu", command, i);
        expect_redis(&fixture, i < ACCEPTED ? ":1" : ":0", "HEXISTS packreport:{0}:jobs %s",
                     i < ACCEPTED ? record.answer.report_id : "none");
    }
    expect_redis(&fixture, ":2", "HLEN packreport:{0}:jobs");
    struct queue_entry again = ask(ACCOUNT, "cp-1", "token", "r-again");
    struct admitted replayed = admit(fixture.queue, &again, 1, 0);
    struct queue_answer_record first = get_answer(fixture.queue, "r-0");
    cr_expect(replayed.answers[0].replayed, "%s", command);
    cr_expect_str_eq(replayed.answers[0].report_id, first.answer.report_id, "%s", command);
}

static void expire_leases(void)
{
    expect_redis(&fixture, ":0",
                 "EVAL \"for _, id in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do "
                 "redis.call('ZADD', KEYS[1], 1, id) end return 0\" 1 packreport:{0}:running");
}

// The jobs that nobody was given, and those whose leases nobody knows of.
static void run_all(const char *command)
{
    expire_leases();
    (void)sweep(fixture.workers[1]);
    (void)sweep(fixture.workers[1]);
    audit_clean(fixture.queue);
    struct admitted got = claim(fixture.workers[1], QUEUE_BATCH_MAX);
    cr_assert_eq(got.job_count, ACCEPTED, "%s: %zu jobs to run", command, got.job_count);
    for (size_t i = 0; i < got.job_count; i++) {
        cr_expect_eq(finish(fixture.workers[1], &got.jobs[i], QUEUE_COMPLETE), QUEUE_FINISHED);
    }
    expect_redis(&fixture, ":0",
                 "EXISTS packreport:{0}:jobs packreport:{0}:unfinished packreport:{0}:creating");
    audit_clean(fixture.queue);
}

static void expect_nothing_lost(unsigned claim_max)
{
    for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
        (void)redis(&fixture, "FLUSHALL");
        admit_around(commands[i], claim_max);
        expect_answers(commands[i]);
        run_all(commands[i]);
    }
}

Test(half, an_admission_that_hands_out_loses_nothing)
{
    expect_nothing_lost(QUEUE_BATCH_MAX);
}

Test(half, an_admission_of_jobs_that_wait_loses_nothing)
{
    expect_nothing_lost(0);
}

Test(half, an_admission_beside_jobs_that_wait_loses_nothing)
{
    expect_nothing_lost(1);
}

// ---- endings

// The ending is told again until it is taken, as a daemon does; others sweep meanwhile.
static void end_around(const char *command, enum queue_outcome outcome, const char *pack)
{
    struct queue_entry entry = ask(ACCOUNT, pack, pack, NULL);
    struct admitted admitted = admit(fixture.queue, &entry, 1, 1);
    cr_assert_eq(admitted.job_count, 1, "%s", command);
    struct queue_ending ending = ending_of(&admitted.jobs[0], outcome);
    forbid(command);
    for (int tries = 0; tries < 2; tries++) {
        (void)finish_with(fixture.queue, &ending, 0);
        try_to_sweep();
    }
    allow(command);
    struct finished ended = finish_with(fixture.queue, &ending, 0);
    cr_assert_eq(ended.err.kind, ERR_OK, "%s: %s", command, ended.err.message);
    cr_expect_eq(ended.result, QUEUE_FINISHED, "%s of outcome %d", command, (int)outcome);
}

Test(half, an_ending_is_taken_once)
{
    static const enum queue_outcome outcomes[] = {QUEUE_COMPLETE, QUEUE_FAILED};
    for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
        for (size_t k = 0; k < ARRAY_LEN(outcomes); k++) {
            (void)redis(&fixture, "FLUSHALL");
            struct queue_entry other = ask(ACCOUNT, "cp-other", NULL, NULL);
            (void)admit(fixture.queue, &other, 1, 0); // so that a count is left
            struct queue_job job = claim(fixture.queue, 1).jobs[0];
            end_around(commands[i], outcomes[k], "cp-1");
            cr_expect_eq(finish(fixture.queue, &job, QUEUE_HAND_BACK), QUEUE_FINISHED);
            expire_leases();
            (void)sweep(fixture.workers[1]);
            (void)sweep(fixture.workers[1]);
            audit_clean(fixture.queue);
            expect_redis(&fixture, ":1", "HLEN packreport:{0}:jobs");
            expect_redis(&fixture, ":1", "ZCARD packreport:{0}:ready");
            cr_expect_eq(get_report(fixture.queue, ACCOUNT, "cp-1").status,
                         outcomes[k] == QUEUE_COMPLETE ? REPORT_COMPLETE : REPORT_FAILED);
        }
    }
}

Test(half, an_attempt_that_ends_early_leaves_its_job)
{
    static const enum queue_outcome outcomes[] = {QUEUE_RETRY, QUEUE_HAND_BACK};
    for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
        for (size_t k = 0; k < ARRAY_LEN(outcomes); k++) {
            (void)redis(&fixture, "FLUSHALL");
            end_around(commands[i], outcomes[k], "cp-1");
            expire_leases();
            (void)sweep(fixture.workers[1]);
            (void)sweep(fixture.workers[1]);
            audit_clean(fixture.queue);
            expect_redis(&fixture, ":1", "HLEN packreport:{0}:jobs");
        }
    }
}

// ---- a probe of admissions

struct probed {
    enum err_kind kind;
    bool done;
};

static void on_probed(void *context, const struct err *err)
{
    struct probed *probed = context;
    probed->kind = err == NULL ? ERR_OK : err->kind;
    probed->done = true;
}

static enum err_kind probe(void)
{
    struct probed probed = {.done = false};
    queue_probe_admission(fixture.queue, on_probed, &probed);
    fixture_wait_for(&probed.done);
    return probed.kind;
}

static enum err_kind admit_one_more(int number)
{
    char pack[32];
    (void)snprintf(pack, sizeof(pack), "cp-%d", number);
    struct queue_entry entry = ask(ACCOUNT, pack, pack, NULL);
    return admit(fixture.queue, &entry, 1, 0).err.kind;
}

// Whatever is forbidden, and whatever a fixed key holds.
Test(half, a_probe_fails_where_an_admission_would)
{
    static const char *const reads[] = {"mget", "hmget", "hget",   "hlen",  "zcard",
                                        "get",  "time",  "exists", "xrange"};
    int number = 0;
    cr_assert_eq(admit_one_more(number++), ERR_OK);
    for (size_t i = 0; i < ARRAY_LEN(commands) + ARRAY_LEN(reads); i++) {
        const char *command =
            i < ARRAY_LEN(commands) ? commands[i] : reads[i - ARRAY_LEN(commands)];
        cr_assert_eq(probe(), ERR_OK, "%s", command);
        forbid(command);
        bool is_probed = probe() == ERR_OK;
        bool is_admitted = admit_one_more(number++) == ERR_OK;
        allow(command);
        cr_expect_eq(is_probed, is_admitted, "%s: %s, and %s", command,
                     is_probed ? "probed" : "not probed",
                     is_admitted ? "admitted" : "not admitted");
    }
    expect_redis(&fixture, ":0", "EXISTS packreport:{0}:probe");
}

Test(half, a_probe_fails_over_a_key_of_another_type_where_an_admission_would)
{
    static const char *const keys[] = {"ready",  "fair",       "running", "delayed",
                                       "dead",   "jobs",       "fence",   "creating",
                                       "events", "unfinished", "workers"};
    int number = 0;
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        (void)redis(&fixture, "FLUSHALL");
        (void)redis(&fixture, "SADD packreport:{0}:%s x", keys[i]);
        bool is_probed = probe() == ERR_OK;
        bool is_admitted = admit_one_more(number++) == ERR_OK;
        cr_expect_eq(is_probed, is_admitted, "%s", keys[i]);
        expect_redis(&fixture, "+set", "TYPE packreport:{0}:%s", keys[i]);
    }
}

Test(half, a_probe_leaves_nothing)
{
    cr_assert_eq(probe(), ERR_OK);
    (void)redis(&fixture, "FLUSHALL");
    cr_assert_eq(probe(), ERR_OK);
    expect_redis(&fixture, ":0", "DBSIZE");
}
