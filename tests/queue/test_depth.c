// SPDX-License-Identifier: MIT
#include "queue_fixture.h"

#include "loop_run.h"
#include "queue/depth.h"

static struct fixture fixture;

static void setup(void)
{
    fixture_begin(&fixture);
}

static void teardown(void)
{
    fixture_stop(&fixture);
}

TestSuite(depth, .init = setup, .fini = teardown);

struct asked {
    bool is_done;
    struct queue_depth depth;
};

static void on_depth(void *context, const struct queue_depth *depth, const struct err *err)
{
    struct asked *asked = context;
    cr_assert_null(err);
    asked->is_done = true;
    asked->depth = *depth;
}

static bool is_done(void *context)
{
    const struct asked *asked = context;
    return asked->is_done;
}

static struct queue_depth ask_depth(void)
{
    struct asked asked = {0};
    queue_get_depth(fixture.queue, on_depth, &asked);
    cr_assert(loop_run_until(&fixture.loop, is_done, &asked));
    return asked.depth;
}

Test(depth, says_how_much_waits_where)
{
    struct queue_depth depth = ask_depth();
    cr_expect_eq(depth.ready + depth.running + depth.delayed + depth.held + depth.dead, 0);
    cr_expect_eq(depth.waiting_ms, -1);
    struct queue_job dead = start_job(fixture.queue, "cp-dead");
    struct queue_ending ending = ending_of(&dead, QUEUE_RETRY);
    ending.attempts_max = 1;
    cr_assert_eq(finish_with(fixture.queue, &ending, 0).result, QUEUE_FINISHED_DEAD);
    struct queue_job later = start_job(fixture.queue, "cp-later");
    cr_assert_eq(finish(fixture.queue, &later, QUEUE_RETRY), QUEUE_FINISHED);
    (void)start_job(fixture.queue, "cp-run");
    for (int i = 0; i < 3; i++) {
        char pack[] = "cp-0";
        pack[3] = (char)('0' + i);
        struct queue_entry waiting = ask(ACCOUNT, pack, NULL, NULL);
        (void)admit_one(fixture.queue, &waiting);
    }
    depth = ask_depth();
    cr_expect_eq(depth.ready, 3);
    cr_expect_eq(depth.running, 1);
    cr_expect_eq(depth.delayed, 1);
    cr_expect_eq(depth.dead, 1);
    cr_expect_geq(depth.waiting_ms, 0);
    cr_expect_lt(depth.waiting_ms, 60000);
}
