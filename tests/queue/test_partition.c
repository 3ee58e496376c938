// SPDX-License-Identifier: MIT
#include "queue/partition.h"

#include "operator_calls.h"

#include <stdio.h>
#include <string.h>

// Those of docs/redis.md, for producers that work it out by themselves.
Test(partition, of_an_account)
{
    static const struct {
        const char *account;
        unsigned of_4;
        unsigned of_6;
        unsigned of_64;
    } answers[] = {{"100000000000001", 0, 2, 48},
                   {"100000000000002", 3, 5, 19},
                   {"100000000000003", 2, 4, 50},
                   {"100000000000004", 1, 1, 21},
                   {"200000000000002", 2, 2, 54}};
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        const char *account = answers[i].account;
        cr_expect_eq(queue_partition_of(account, 1), 0);
        cr_expect_eq(queue_partition_of(account, 4), answers[i].of_4, "%s", account);
        cr_expect_eq(queue_partition_of(account, 6), answers[i].of_6, "%s", account);
        cr_expect_eq(queue_partition_of(account, 64), answers[i].of_64, "%s", account);
    }
}

// ---- owners

enum { WORKERS_MAX = 96, NAME_BYTES = 64 };

struct ownership {
    bool owned[WORKERS_MAX][QUEUE_PARTITIONS_MAX];
};

static char names[WORKERS_MAX][NAME_BYTES];

// Of the first `count` workers but `gone` (WORKERS_MAX: of all of them).
static void own(size_t count, size_t gone, unsigned partitions, struct ownership *out)
{
    const char *workers[WORKERS_MAX];
    struct queue_members members = {.workers = workers};
    *out = (struct ownership){0};
    for (size_t i = 0; i < count; i++) {
        (void)snprintf(names[i], sizeof(names[i]), "host-%zu:4711:k3j5h2g%zu", i, i % 7);
        if (i != gone) {
            workers[members.count++] = names[i];
        }
    }
    for (size_t i = 0, at = 0; i < count; i++) {
        if (i != gone) {
            members.self = at++;
            queue_own_partitions(&members, partitions, out->owned[i]);
        }
    }
}

static unsigned owners_of(const struct ownership *ownership, unsigned partition)
{
    unsigned owners = 0;
    for (size_t i = 0; i < WORKERS_MAX; i++) {
        owners += ownership->owned[i][partition] ? 1 : 0;
    }
    return owners;
}

static unsigned owned_by(const struct ownership *ownership, size_t worker)
{
    unsigned owned = 0;
    for (unsigned i = 0; i < QUEUE_PARTITIONS_MAX; i++) {
        owned += ownership->owned[worker][i] ? 1 : 0;
    }
    return owned;
}

Test(owners, each_partition_has_one_and_each_worker_owns_something)
{
    static struct ownership ownership;
    static const unsigned partitions[] = {1, 2, 3, 8, 64};
    for (size_t p = 0; p < sizeof(partitions) / sizeof(partitions[0]); p++) {
        for (size_t workers = 1; workers <= WORKERS_MAX; workers++) {
            own(workers, WORKERS_MAX, partitions[p], &ownership);
            for (unsigned i = 0; i < partitions[p]; i++) {
                cr_assert_geq(owners_of(&ownership, i), 1, "%u of %u, %zu workers", i,
                              partitions[p], workers);
            }
            for (size_t i = 0; i < workers; i++) {
                cr_assert_geq(owned_by(&ownership, i), 1, "%zu of %zu, %u partitions", i, workers,
                              partitions[p]);
            }
        }
    }
}

Test(owners, few_workers_share_the_partitions_about_evenly)
{
    static struct ownership ownership;
    own(4, WORKERS_MAX, 64, &ownership);
    unsigned sum = 0;
    for (size_t i = 0; i < 4; i++) {
        sum += owned_by(&ownership, i);
        cr_expect_geq(owned_by(&ownership, i), 8, "%u", owned_by(&ownership, i));
        cr_expect_leq(owned_by(&ownership, i), 26, "%u", owned_by(&ownership, i));
    }
    cr_expect_eq(sum, 64, "with fewer workers than partitions each has one owner");
}

Test(owners, only_what_a_worker_leaves_moves)
{
    static struct ownership before;
    static struct ownership after;
    own(5, WORKERS_MAX, 64, &before);
    for (size_t gone = 0; gone < 5; gone++) {
        own(5, gone, 64, &after);
        for (unsigned i = 0; i < 64; i++) {
            for (size_t worker = 0; worker < 5; worker++) {
                bool stays = worker != gone && !before.owned[gone][i];
                cr_expect(!stays || before.owned[worker][i] == after.owned[worker][i],
                          "partition %u, worker %zu, without %zu", i, worker, gone);
            }
        }
    }
}

Test(owners, all_workers_read_the_only_partition)
{
    static struct ownership ownership;
    own(WORKERS_MAX, WORKERS_MAX, 1, &ownership);
    cr_expect_eq(owners_of(&ownership, 0), WORKERS_MAX);
}

// ---- queues

static struct fixture fixture;
static struct queue *other; // partition 3 of 4

static void setup(void)
{
    fixture_init(&fixture);
    fixture.config.partitions = 4;
    fixture_start(&fixture);
    fixture.config.partition = 3;
    fixture.config.worker_id = "w0";
    other = queue_create(fixture.connection, &fixture.config);
}

static void teardown(void)
{
    queue_destroy(&other);
    fixture_stop(&fixture);
}

static void on_prepared(void *context, const struct err *err)
{
    cr_assert_null(err);
    *(bool *)context = true;
}

TestSuite(partitions, .init = setup, .fini = teardown);

Test(partitions, a_request_in_a_wrong_one_is_refused_with_the_right_one)
{
    (void)redis(&fixture, "XADD packreport:{0}:requests * AccountId 100000000000002 "
                          "CompliancePackId cp-1 RequestId r1");
    const struct queue_read *read = read_requests(fixture.queue, 10);
    cr_assert_eq(read->count, 1);
    cr_assert_eq(read->entries[0].verdict.code, ANSWER_PARAMETER_INVALID);
    struct admitted result = admit(fixture.queue, read->entries, read->count, 1);
    cr_assert_eq(result.job_count, 0);
    struct queue_answer_record record = get_answer(fixture.queue, "r1");
    cr_assert(record.found);
    cr_assert(strstr(record.answer.message, "packreport:{3}:requests") != NULL, "%s",
              record.answer.message);
    expect_redis(&fixture, ":0", "EXISTS packreport:{0}:report:100000000000002:cp-1");
}

Test(partitions, each_has_keys_and_jobs_of_its_own)
{
    bool done = false;
    queue_prepare(other, on_prepared, &done);
    fixture_wait_for(&done);
    expect_redis(&fixture, ":0", "EXISTS packreport:{3}:partitions");
    expect_redis(&fixture, ":1", "EXISTS packreport:{3}:requests");
    struct queue_entry here = ask(ACCOUNT, "cp-1", NULL, NULL);
    struct queue_entry there = ask("100000000000002", "cp-1", NULL, NULL);
    cr_assert_eq(admit(fixture.queue, &here, 1, 1).job_count, 1);
    cr_assert_eq(admit(other, &there, 1, 1).job_count, 1);
    audit_clean(fixture.queue);
    audit_clean(other);
    cr_assert_eq(audit(other).running, 1);
    cr_assert(get_report(other, "100000000000002", "cp-1").status == REPORT_CREATING);
}

struct number {
    unsigned partitions;
    bool done;
};

static void on_number(void *context, unsigned partitions, const struct err *err)
{
    struct number *number = context;
    cr_assert_null(err);
    number->partitions = partitions;
    number->done = true;
}

Test(partitions, their_number_is_read_by_anyone)
{
    struct number number = {.done = false};
    queue_get_partitions(fixture.queue, on_number, &number);
    fixture_wait_for(&number.done);
    cr_assert_eq(number.partitions, 4);
    (void)redis(&fixture, "DEL packreport:{0}:partitions");
    number.done = false;
    queue_get_partitions(fixture.queue, on_number, &number);
    fixture_wait_for(&number.done);
    cr_assert_eq(number.partitions, 0);
}

struct failed {
    struct err err;
    bool done;
};

static void on_bad_number(void *context, unsigned partitions, const struct err *err)
{
    struct failed *failed = context;
    cr_assert_eq(partitions, 0);
    cr_assert_not_null(err);
    failed->err = *err;
    failed->done = true;
}

static void on_not_prepared(void *context, const struct err *err)
{
    struct failed *failed = context;
    cr_assert_not_null(err);
    failed->err = *err;
    failed->done = true;
}

static struct err fail_to_get(void)
{
    struct failed failed = {.done = false};
    queue_get_partitions(fixture.queue, on_bad_number, &failed);
    fixture_wait_for(&failed.done);
    return failed.err;
}

static struct err fail_to_prepare(void)
{
    struct failed failed = {.done = false};
    queue_prepare(fixture.queue, on_not_prepared, &failed);
    fixture_wait_for(&failed.done);
    return failed.err;
}

// To a daemon and to the command line alike: which key, what it holds, what belongs there.
Test(partitions, a_number_that_is_none_is_an_error)
{
    static const struct {
        const char *command;
        const char *held;
    } faults[] = {
        {"0", "\"0\""},   {"65", "\"65\""}, {"four", "\"four\""}, {"\" 4\"", "\" 4\""},
        {"04", "\"04\""}, {"\"\"", "\"\""}, {"4.0", "\"4.0\""},   {"\"\\x1b[\"", "\"\\x1b[\""},
        {"-4", "\"-4\""}};
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        char wanted[256];
        (void)snprintf(wanted, sizeof(wanted),
                       "the key packreport:{0}:partitions holds %s, and not the number of the "
                       "queue's partitions, 1 to 64 in digits: ",
                       faults[i].held);
        (void)redis(&fixture, "SET packreport:{0}:partitions %s", faults[i].command);
        struct err err = fail_to_get();
        cr_expect_eq(err.kind, ERR_CORRUPT, "%s", faults[i].held);
        cr_expect_eq(strncmp(err.message, wanted, strlen(wanted)), 0, "%s", err.message);
        err = fail_to_prepare();
        cr_expect_eq(err.kind, ERR_CONFIG, "%s", faults[i].held);
        cr_expect_eq(strncmp(err.message, wanted, strlen(wanted)), 0, "%s", err.message);
    }
}

Test(partitions, a_number_of_another_type_is_an_error)
{
    (void)redis(&fixture, "DEL packreport:{0}:partitions");
    (void)redis(&fixture, "HSET packreport:{0}:partitions a b");
    struct err err = fail_to_get();
    cr_expect_eq(err.kind, ERR_CORRUPT);
    cr_expect_not_null(strstr(err.message, "the key packreport:{0}:partitions holds something that "
                                           "is no text, and not the number"),
                       "%s", err.message);
    err = fail_to_prepare();
    cr_expect_not_null(strstr(err.message, "packreport:{0}:partitions is a hash and not a string"),
                       "%s", err.message);
}

static bool finds(const struct diagnosis *diagnosis, const char *text)
{
    bool is_found = false;
    for (size_t i = 0; i < diagnosis->count; i++) {
        is_found = is_found || strstr(diagnosis->findings[i].text, text) != NULL;
    }
    return is_found;
}

// What lies in the slots of others is not named in a script, and is theirs to judge.
Test(partitions, the_doctor_leaves_the_others_keys_alone)
{
    (void)redis(&fixture, "SET packreport:{3}:surprise 1");
    (void)redis(&fixture, "SET packreport:{9}:surprise 1");
    const struct diagnosis *here = run_doctor(fixture.queue, false);
    cr_assert(finds(here, "packreport:{9}:surprise is of no partition"));
    cr_assert_not(finds(here, "{3}:surprise"));
    const struct diagnosis *there = run_doctor(other, false);
    cr_assert(finds(there, "packreport:{3}:surprise has a name that is not known"));
}
