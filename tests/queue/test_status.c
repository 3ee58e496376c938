// SPDX-License-Identifier: MIT
#include "queue_fixture.h"

#include "base/mem.h"
#include "loop_run.h"

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

TestSuite(status, .init = setup, .fini = teardown);

Test(status, knows_nothing_of_what_was_never_asked_for)
{
    cr_assert_not(get_answer(fixture.queue, "nobody").found);
    cr_assert_not(get_answer(fixture.queue, "{1}:../\n").found);
    struct queue_report_record record = get_report(fixture.queue, ACCOUNT, "cp-1");
    cr_assert_eq(record.status, REPORT_NONE);
    cr_assert_str_eq(record.account_id, ACCOUNT);
    cr_assert_str_eq(record.pack_id, "cp-1");
    cr_assert_eq(get_report(fixture.queue, "{1}", "a:b").status, REPORT_NONE);
    cr_assert_eq(get_history(fixture.queue, "nobody").count, 0);
}

Test(status, says_where_a_report_is)
{
    struct queue_entry entry = ask(ACCOUNT, "cp-1", NULL, NULL);
    (void)admit_one(fixture.queue, &entry);
    struct queue_report_record record = get_report(fixture.queue, ACCOUNT, "cp-1");
    cr_assert_eq(record.status, REPORT_CREATING);
    cr_assert_str_eq(record.report_id, entry.report_id);
    cr_assert_str_eq(record.place, "ready");
    cr_assert_eq(record.attempts, 0);
    cr_assert_gt(record.accepted_at_ms, 1600000000000);
    cr_assert_eq(record.ended_at_ms, 0);
    struct admitted got = claim(fixture.workers[2], 1);
    record = get_report(fixture.queue, ACCOUNT, "cp-1");
    cr_assert_str_eq(record.place, "running");
    cr_assert_str_eq(record.worker, "w2");
    cr_assert_eq(record.attempts, 1);
    cr_assert_eq(finish(fixture.workers[2], &got.jobs[0], QUEUE_FAILED), QUEUE_FINISHED);
    record = get_report(fixture.queue, ACCOUNT, "cp-1");
    cr_assert_str_eq(record.place, "");
    cr_assert_geq(record.ended_at_ms, record.accepted_at_ms);
}

struct listed {
    size_t count;
    size_t complete;
    bool done;
    struct err err;
};

static void on_listed(void *context, const struct queue_report_record *record,
                      const struct err *err)
{
    struct listed *listed = context;
    if (record == NULL) {
        listed->done = true;
        listed->err = err == NULL ? ERR_INIT : *err;
        return;
    }
    listed->count++;
    listed->complete += record->status == REPORT_COMPLETE;
}

static bool list_is_done(void *context)
{
    return ((struct listed *)context)->done;
}

static struct listed list(const char *account)
{
    struct listed listed = {.done = false};
    queue_list_reports(fixture.queue, account, on_listed, &listed);
    cr_assert(loop_run_until(&fixture.loop, list_is_done, &listed));
    cr_assert_eq(listed.err.kind, ERR_OK, "%s", listed.err.message);
    return listed;
}

Test(status, lists_all_reports_or_those_of_an_account)
{
    cr_assert_eq(list(NULL).count, 0);
    struct queue_entry entries[60];
    for (int batch = 0; batch < 5; batch++) {
        for (int i = 0; i < 60; i++) {
            char pack[32];
            (void)snprintf(pack, sizeof(pack), "cp-%d", batch * 60 + i);
            entries[i] = ask(i < 20 ? ACCOUNT : "1000", pack, NULL, NULL);
        }
        (void)admit(fixture.queue, entries, 60, 0);
    }
    struct admitted got = claim(fixture.queue, 1);
    cr_assert_eq(finish(fixture.queue, &got.jobs[0], QUEUE_COMPLETE), QUEUE_FINISHED);
    struct listed all = list(NULL);
    cr_assert_eq(all.count, 300);
    cr_assert_eq(all.complete, 1);
    cr_assert_eq(list(ACCOUNT).count, 100);
    cr_assert_eq(list("1000").count, 200);
    cr_assert_eq(list("100").count, 0, "a prefix of an account is no account");
    cr_assert_eq(list("*").count, 0);
}

Test(status, says_that_a_stored_answer_is_corrupt)
{
    (void)redis(&fixture,
                "SET packreport:{0}:report:" ACCOUNT ":cp-1 " REPORT_TEXT("SOMETHING", "1", "rp"));
    struct listed listed = {.done = false};
    queue_list_reports(fixture.queue, NULL, on_listed, &listed);
    cr_assert(loop_run_until(&fixture.loop, list_is_done, &listed));
    cr_assert_eq(listed.err.kind, ERR_CORRUPT);
}

// ---- preparing

struct prepared {
    bool done;
    struct err err;
};

static void on_prepared(void *context, const struct err *err)
{
    struct prepared *prepared = context;
    prepared->err = err == NULL ? ERR_INIT : *err;
    prepared->done = true;
}

static bool is_prepared(void *context)
{
    return ((struct prepared *)context)->done;
}

Test(status, refuses_another_number_of_partitions)
{
    struct prepared prepared = {.done = false};
    queue_prepare(fixture.queue, on_prepared, &prepared);
    cr_assert(loop_run_until(&fixture.loop, is_prepared, &prepared));
    cr_assert_eq(prepared.err.kind, ERR_OK, "a second time is no error");
    prepared.done = false;
    fixture.config.partitions = 4;
    fixture.config.worker_id = "w9";
    struct queue *other = queue_create(fixture.connection, &fixture.config);
    queue_prepare(other, on_prepared, &prepared);
    cr_assert(loop_run_until(&fixture.loop, is_prepared, &prepared));
    queue_destroy(&other);
    cr_assert_eq(prepared.err.kind, ERR_CONFIG);
    cr_assert(strstr(prepared.err.message, "1 partitions") != NULL, "%s", prepared.err.message);
}
