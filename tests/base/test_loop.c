// SPDX-License-Identifier: MIT
#include "base/loop.h"
#include "loop_run.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <string.h>

// A timer in its owner, as the rooms have it.
struct owner {
    struct loop_timer timer;
    unsigned fired;
    bool closed;
    bool again;           // on_fire starts the timer anew
    bool closes_itself;   // on_fire ends the timer
    const unsigned *mark; // what stood here when it fired
    unsigned marked;
};

static uv_loop_t loop;

static void init(void)
{
    cr_assert_eq(uv_loop_init(&loop), 0);
}

TestSuite(loop, .init = init);

// The last line of each test, because what fails in a suite's `fini` does not fail the test.
static void end(void)
{
    cr_expect(loop_run_close(&loop), "a handle is left");
}

static void on_closed(void *context)
{
    ((struct owner *)context)->closed = true;
}

static void on_fire(struct loop_timer *timer)
{
    struct owner *owner = container_of(timer, struct owner, timer);
    cr_expect_eq(timer->owner, owner);
    owner->fired++;
    owner->marked = owner->mark == NULL ? 0 : *owner->mark;
    if (owner->again) {
        owner->again = false;
        loop_timer_start(timer, 0);
    }
    if (owner->closes_itself) {
        loop_timer_close(timer, on_closed);
    }
}

static bool has_fired(void *context)
{
    return ((struct owner *)context)->fired > 0;
}

static bool is_closed(void *context)
{
    return ((struct owner *)context)->closed;
}

static void close_owner(struct owner *owner)
{
    loop_timer_close(&owner->timer, on_closed);
    cr_expect_not(owner->closed, "the memory is needed until a later turn");
    cr_expect(loop_run_until(&loop, is_closed, owner));
}

Test(loop, a_timer_fires_once_and_never_before_start_has_returned)
{
    struct owner owner = {0};
    unsigned after_start = 0;
    owner.mark = &after_start;
    loop_timer_init(&owner.timer, &loop, on_fire, &owner);
    cr_expect_not(loop_timer_is_set(&owner.timer));
    loop_timer_start(&owner.timer, 0);
    cr_expect_eq(owner.fired, 0);
    after_start = 1;
    cr_expect(loop_timer_is_set(&owner.timer));
    cr_expect(loop_run_until(&loop, has_fired, &owner));
    cr_expect_eq(owner.marked, 1);
    cr_expect_not(loop_timer_is_set(&owner.timer));
    (void)uv_run(&loop, UV_RUN_NOWAIT);
    cr_expect_eq(owner.fired, 1);
    close_owner(&owner);
    end();
}

Test(loop, a_timer_can_be_stopped_and_set_anew)
{
    struct owner stopped = {0};
    struct owner other = {0};
    loop_timer_init(&stopped.timer, &loop, on_fire, &stopped);
    loop_timer_init(&other.timer, &loop, on_fire, &other);
    loop_timer_start(&stopped.timer, 0);
    loop_timer_stop(&stopped.timer);
    cr_expect_not(loop_timer_is_set(&stopped.timer));
    loop_timer_start(&other.timer, 0);
    cr_expect(loop_run_until(&loop, has_fired, &other));
    cr_expect_eq(stopped.fired, 0);
    loop_timer_stop(&stopped.timer); // stopped already

    loop_timer_start(&stopped.timer, 3600 * 1000);
    loop_timer_start(&stopped.timer, 0);
    cr_expect(loop_run_until(&loop, has_fired, &stopped), "the later start replaces the first");
    close_owner(&stopped);
    close_owner(&other);
    end();
}

static bool has_fired_twice(void *context)
{
    return ((struct owner *)context)->fired == 2;
}

Test(loop, a_timer_may_start_itself_again_or_end_itself)
{
    struct owner owner = {.again = true};
    loop_timer_init(&owner.timer, &loop, on_fire, &owner);
    loop_timer_start(&owner.timer, 0);
    cr_expect(loop_run_until(&loop, has_fired_twice, &owner));
    owner.closes_itself = true;
    loop_timer_start(&owner.timer, 0);
    cr_expect(loop_run_until(&loop, is_closed, &owner));
    end();
}

Test(loop, a_timer_that_is_set_can_be_closed)
{
    struct owner owner = {0};
    loop_timer_init(&owner.timer, &loop, on_fire, &owner);
    loop_timer_start(&owner.timer, 0);
    close_owner(&owner);
    cr_expect_eq(owner.fired, 0);
    end();
}

Test(loop, a_negative_delay_aborts, .signal = SIGABRT)
{
    struct owner owner = {0};
    loop_timer_init(&owner.timer, &loop, on_fire, &owner);
    loop_timer_start(&owner.timer, -1);
}

Test(loop, an_end_of_several_handles_comes_with_the_last)
{
    struct owner owner = {0};
    struct loop_closing closing = {.on_closed = on_closed, .owner = &owner};
    loop_closing_up(&closing);
    loop_closing_up(&closing);
    loop_closing_down(&closing);
    cr_expect_not(owner.closed);
    loop_closing_down(&closing);
    cr_expect(owner.closed);
}

Test(loop, more_ends_than_handles_abort, .signal = SIGABRT)
{
    struct loop_closing closing = {0};
    loop_closing_down(&closing);
}

Test(loop, errors_of_libuv_are_ours)
{
    static const struct {
        int status;
        enum err_kind kind;
    } ROWS[] = {{UV_ETIMEDOUT, ERR_TIMEOUT},
                {UV_ENOENT, ERR_NOT_FOUND},
                {UV_ECONNREFUSED, ERR_UNAVAILABLE}};
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        struct err err = ERR_INIT;
        cr_expect_eq(loop_err(&err, ROWS[i].status, "connect"), ROWS[i].kind);
        cr_expect(strncmp(err.message, "connect: ", 9) == 0, "%s", err.message);
    }
}
