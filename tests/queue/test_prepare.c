// SPDX-License-Identifier: MIT
//
// Preparing a queue on a Redis that takes nothing more: what is there is found, and what is missing is
// so small that it is made all the same. Without that a full Redis could not drain.
#include "queue_fixture.h"

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

TestSuite(prepare, .init = setup, .fini = teardown);

struct prepared {
    struct err err;
    bool is_done;
};

static void on_prepared(void *context, const struct err *err)
{
    struct prepared *prepared = context;
    prepared->err = err == NULL ? ERR_INIT : *err;
    prepared->is_done = true;
}

static struct err prepare(struct queue *queue)
{
    struct prepared prepared = {.is_done = false};
    queue_prepare(queue, on_prepared, &prepared);
    fixture_wait_for(&prepared.is_done);
    return prepared.err;
}

static void fill(void)
{
    expect_redis(&fixture, "+OK", "CONFIG SET maxmemory 1");
}

Test(prepare, finds_on_a_full_redis_what_is_there)
{
    struct queue_entry waiting = ask(ACCOUNT, "cp-1", NULL, NULL);
    (void)admit_one(fixture.queue, &waiting);
    fill();
    struct err err = prepare(fixture.workers[1]);
    cr_assert_eq(err.kind, ERR_OK, "%s", err.message);
    struct admitted claimed = claim(fixture.workers[1], 1);
    cr_assert_eq(claimed.job_count, 1);
    cr_expect_eq(finish(fixture.workers[1], &claimed.jobs[0], QUEUE_COMPLETE), QUEUE_FINISHED);
    audit_clean(fixture.queue);
}

Test(prepare, makes_on_a_full_redis_what_is_missing)
{
    (void)redis(&fixture, "FLUSHALL");
    fill();
    struct err err = prepare(fixture.queue);
    cr_assert_eq(err.kind, ERR_OK, "%s", err.message);
    expect_redis(&fixture, "$1", "GET packreport:{0}:partitions");
    cr_expect_eq(read_requests(fixture.queue, 1)->count, 0);
    err = prepare(fixture.queue);
    cr_assert_eq(err.kind, ERR_OK, "%s", err.message);
}

// The stream may be deleted, and the group with it, while we read.
Test(prepare, makes_the_group_again_on_a_full_redis)
{
    (void)redis(&fixture, "DEL packreport:{0}:requests");
    fill();
    cr_expect_eq(read_requests(fixture.queue, 1)->count, 0);
    expect_redis(&fixture, ":1", "EXISTS packreport:{0}:requests");
}

Test(prepare, says_which_key_is_spoiled)
{
    (void)redis(&fixture, "DEL packreport:{0}:requests");
    (void)redis(&fixture, "SET packreport:{0}:requests spoiled");
    struct err err = prepare(fixture.queue);
    cr_assert_neq(err.kind, ERR_OK);
    cr_expect(strstr(err.message, "packreport:{0}:requests is a string and not a stream") != NULL,
              "%s", err.message);
}
