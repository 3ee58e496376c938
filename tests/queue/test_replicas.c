// SPDX-License-Identifier: MIT
//
// Waiting for replicas: too few are counted and told of, and nothing else changes.
#include "queue_fixture.h"

#include "base/clock.h"
#include "loop_run.h"

#include <string.h>

static struct fixture fixture;

struct told {
    unsigned calls;
    unsigned wanted; // what the test waits for
    unsigned replicas;
    struct err err;
};

static struct told told;

static void on_too_few(void *owner, unsigned replicas, const struct err *err)
{
    struct told *t = owner;
    t->calls++;
    t->replicas = replicas;
    t->err = err == NULL ? ERR_INIT : *err;
}

static bool was_told(void *context)
{
    const struct told *t = context;
    return t->calls >= t->wanted;
}

static void wait_until_told(unsigned calls)
{
    told.wanted = calls;
    cr_assert(loop_run_until(&fixture.loop, was_told, &told), "told %u times", told.calls);
}

static void begin(unsigned replicas, int64_t timeout_ms)
{
    told = (struct told){0};
    fixture_init(&fixture);
    fixture.config.wait_replicas = replicas;
    fixture.config.wait_timeout_ms = timeout_ms;
    fixture.config.on_too_few = on_too_few;
    fixture.config.too_few_owner = &told;
    fixture_start(&fixture);
}

Test(replicas, too_few_after_an_admission_and_an_end)
{
    begin(1, 1);
    struct queue_job job = start_job(fixture.queue, "cp-1"); // admitted and claimed
    wait_until_told(1);
    cr_expect(told.replicas == 0 && told.err.kind == ERR_OK);
    struct queue_ending ending = {.job = &job, .outcome = QUEUE_COMPLETE, .location = "/r"};
    cr_expect(finish_with(fixture.queue, &ending, 0).result == QUEUE_FINISHED);
    wait_until_told(2);
    cr_expect(get_report(fixture.queue, ACCOUNT, "cp-1").status == REPORT_COMPLETE);
    fixture_stop(&fixture);
}

Test(replicas, server_that_refuses_to_wait)
{
    begin(1, 1);
    (void)redis(&fixture, "ACL SETUSER default -wait");
    struct queue_entry entry = ask(ACCOUNT, "cp-1", NULL, NULL);
    cr_expect(admit_one(fixture.queue, &entry).answers[0].code == ANSWER_ACCEPTED);
    wait_until_told(1);
    cr_expect(told.err.kind == ERR_DENIED, "%s", told.err.message);
    fixture_stop(&fixture);
}

// The next call is behind the wait, the callback of the one before is not.
Test(replicas, later_calls_wait_and_callbacks_do_not)
{
    enum { WAIT_MS = 300 };
    begin(1, WAIT_MS);
    struct queue_entry entry = ask(ACCOUNT, "cp-1", NULL, NULL);
    (void)admit_one(fixture.queue, &entry);
    cr_expect(told.calls == 0, "the answer came after the wait");
    int64_t before_ms = clock_monotonic_ms();
    (void)claim(fixture.queue, 1);
    cr_expect(told.calls == 1);
    cr_expect(clock_monotonic_ms() - before_ms < 10000);
    fixture_stop(&fixture);
}

Test(replicas, none_are_waited_for_unless_asked)
{
    begin(0, 1);
    struct queue_entry entry = ask(ACCOUNT, "cp-1", NULL, NULL);
    (void)admit_one(fixture.queue, &entry);
    cr_expect(strstr(redis(&fixture, "INFO commandstats"), "cmdstat_wait") == NULL);
    cr_expect(told.calls == 0);
    fixture_stop(&fixture);
}
