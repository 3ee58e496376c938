// SPDX-License-Identifier: MIT
#include "queue_fixture.h"

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
    audit_clean(fixture.queue);
    fixture_stop(&fixture);
}

TestSuite(intake, .init = setup, .fini = teardown);

Test(intake, reads_what_a_plain_client_added)
{
    const char *id = redis(&fixture, "XADD packreport:{0}:requests * AccountId " ACCOUNT
                                     " CompliancePackId cp-1 Note unknown");
    char entry_id[64];
    cr_assert(text_copy(entry_id, sizeof(entry_id), id + 1));
    const struct queue_read *read = read_requests(fixture.queue, 10);
    cr_assert_eq(read->count, 1);
    cr_assert_str_eq(read->entries[0].entry_id, entry_id);
    cr_assert_eq(read->entries[0].verdict.code, ANSWER_ACCEPTED);
    cr_assert_str_eq(read->entries[0].request.pack_id, "cp-1");
    struct admitted result = admit(fixture.queue, read->entries, read->count, 1);
    cr_assert_eq(result.answers[0].code, ANSWER_ACCEPTED);
    cr_assert_eq(result.job_count, 1);
    struct queue_answer_record record = get_answer(fixture.queue, entry_id);
    cr_assert(record.found, "the answer lies under the entry id");
    cr_assert_str_eq(record.answer.report_id, result.jobs[0].report_id);
    expect_redis(&fixture, ":0", "XLEN packreport:{0}:requests");
}

Test(intake, submits_all_fields)
{
    struct request request = {.account_id = ACCOUNT,
                              .pack_id = "cp-1",
                              .client_token = "token",
                              .request_id = "request-1",
                              .language = "zh-cn",
                              .deadline_ms = 1893456000000};
    char entry_id[64];
    submit(fixture.queue, &request, entry_id);
    const struct queue_read *read = read_requests(fixture.queue, 10);
    cr_assert_eq(read->count, 1);
    const struct queue_entry *entry = &read->entries[0];
    cr_assert_eq(entry->verdict.code, ANSWER_ACCEPTED, "%s", entry->verdict.message);
    cr_assert_str_eq(entry->entry_id, entry_id);
    cr_assert_str_eq(entry->request.client_token, "token");
    cr_assert_str_eq(entry->request.language, "zh-cn");
    cr_assert_eq(entry->request.deadline_ms, 1893456000000);
    cr_assert_str_eq(entry->request_id, "request-1");
    (void)admit(fixture.queue, read->entries, 1, 0);
    cr_assert(get_answer(fixture.queue, "request-1").found);
}

Test(intake, answers_every_malformed_entry_and_creates_nothing)
{
    static const char *const bad[] = {
        "Nonsense 1",
        "AccountId x CompliancePackId cp-1",
        "AccountId 1000 CompliancePackId ../../etc/passwd",
        "AccountId 1000 CompliancePackId {1}:x",
        "AccountId 1000 CompliancePackId \"a\\x00b\"",
        "AccountId 1000 CompliancePackId a|b",
        "AccountId 1000 AccountId 1 CompliancePackId cp-1",
        "AccountId 1000 CompliancePackId cp-1 ClientToken \"\"",
        "AccountId 1000 CompliancePackId cp-1 RequestId {1}",
        "wake 1 AccountId 1000",
    };
    char ids[ARRAY_LEN(bad)][64];
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        const char *id = redis(&fixture, "XADD packreport:{0}:requests * %s", bad[i]);
        cr_assert(text_copy(ids[i], sizeof(ids[i]), id + 1));
    }
    const struct queue_read *read = read_requests(fixture.queue, 64);
    cr_assert_eq(read->count, ARRAY_LEN(bad));
    (void)admit(fixture.queue, read->entries, read->count, 64);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct queue_answer_record record = get_answer(fixture.queue, ids[i]);
        cr_assert(record.found, "%s", bad[i]);
        cr_assert_neq(record.answer.code, ANSWER_ACCEPTED, "%s", bad[i]);
        cr_assert_neq(strcmp(record.answer.message, ""), 0, "%s", bad[i]);
    }
    cr_assert_eq(audit(fixture.queue).jobs, 0);
    expect_redis(&fixture, ":0", "XLEN packreport:{0}:requests");
    // partitions, requests (empty, for its group), and the answers
    expect_redis(&fixture, ":12", "DBSIZE");
}

Test(intake, makes_the_group_again_when_it_is_gone)
{
    (void)redis(&fixture, "DEL packreport:{0}:requests");
    cr_assert_eq(read_requests(fixture.queue, 10)->count, 0);
    (void)redis(&fixture, "XGROUP DESTROY packreport:{0}:requests intake");
    (void)redis(&fixture, "XADD packreport:{0}:requests * wake 1");
    const struct queue_read *read = read_requests(fixture.queue, 10);
    cr_assert_eq(read->count, 1, "from 0: what came before the group is not lost");
    (void)admit(fixture.queue, read->entries, read->count, 0);
    (void)redis(&fixture, "DEL packreport:{0}:requests");
    cr_assert_eq(take_over(fixture.queue, 0)->count, 0);
}

static void submit_pack(int number)
{
    struct request request = {.account_id = ACCOUNT};
    (void)snprintf(request.pack_id, sizeof(request.pack_id), "cp-%d", number);
    char entry_id[64];
    submit(fixture.queue, &request, entry_id);
}

// Adds an entry with one value of `bytes`, and with `fields` fields beside it.
static void add_large(int fields, int bytes, char entry_id_out[64])
{
    const char *id = redis(&fixture,
                           "EVAL \"local list = {'Note', string.rep('x', ARGV[2])} "
                           "for i = 1, ARGV[1] do list[2 * i + 1] = 'f' .. i list[2 * i + 2] = 'v' "
                           "end return redis.call('XADD', KEYS[1], '*', unpack(list))\" "
                           "1 packreport:{0}:requests %d %d",
                           fields, bytes);
    cr_assert_eq(id[0], '$', "%s", id);
    cr_assert(text_copy(entry_id_out, 64, id + 1));
}

static void expect_refused(const struct queue_entry *entry, const char *why)
{
    cr_expect_eq(entry->verdict.code, ANSWER_PARAMETER_INVALID);
    cr_expect(strstr(entry->verdict.message, why) != NULL, "%s", entry->verdict.message);
    cr_expect_not(entry->is_wake);
}

static const char TOO_MANY_FIELDS[] = "The request has 41 fields; at most 32 are right.";
static const char TOO_MANY_BYTES[] = "The entry is larger than 65536 bytes.";

Test(intake, refuses_entries_that_are_too_large_and_goes_on)
{
    char ids[2][64];
    add_large(40, 1, ids[0]);
    add_large(0, 70000, ids[1]);
    submit_pack(1);
    for (size_t i = 0; i < 2; i++) {
        const struct queue_read *read = read_requests(fixture.queue, 10);
        cr_assert_eq(read->count, 1, "nothing is read behind one that is too large");
        cr_expect_str_eq(read->entries[0].entry_id, ids[i]);
        expect_refused(&read->entries[0], i == 0 ? TOO_MANY_FIELDS : TOO_MANY_BYTES);
        (void)admit(fixture.queue, read->entries, 1, 0);
        cr_assert(get_answer(fixture.queue, ids[i]).found);
    }
    const struct queue_read *read = read_requests(fixture.queue, 10);
    cr_assert_eq(read->count, 1);
    cr_expect_eq(read->entries[0].verdict.code, ANSWER_ACCEPTED);
    (void)admit(fixture.queue, read->entries, 1, 64);
    expect_redis(&fixture, ":0", "XLEN packreport:{0}:requests");
}

Test(intake, takes_an_entry_at_the_limits)
{
    enum { OTHER_BYTES = 88 + 31 }; // all names, and the other values
    char ids[2][64];
    add_large(31, 65536 - OTHER_BYTES, ids[0]);
    add_large(31, 65537 - OTHER_BYTES, ids[1]);
    const struct queue_read *read = read_requests(fixture.queue, 10);
    cr_assert_eq(read->count, 2);
    cr_expect(strstr(read->entries[0].verdict.message, "larger") == NULL);
    cr_expect(strstr(read->entries[0].verdict.message, "32 are right") == NULL);
    expect_refused(&read->entries[1], TOO_MANY_BYTES);
    (void)admit(fixture.queue, read->entries, 2, 0);
}

Test(intake, measures_old_entries_too)
{
    char ids[2][64];
    add_large(0, 70000, ids[0]);
    submit_pack(1);
    add_large(40, 1, ids[1]);
    submit_pack(2);
    for (int i = 0; i < 3; i++) {
        (void)read_requests(fixture.workers[1], 64);
    }
    cr_assert_eq(read_own(fixture.workers[1])->count, 1);
    struct queue_read read = *take_over(fixture.queue, 0);
    cr_assert_eq(read.count, 4, "the cursor goes on behind one that is too large");
    expect_refused(&read.entries[0], TOO_MANY_BYTES);
    expect_refused(&read.entries[2], TOO_MANY_FIELDS);
    struct queue_read own = *read_own(fixture.queue);
    cr_assert_eq(own.count, 1);
    expect_refused(&own.entries[0], TOO_MANY_BYTES);
    struct admitted result = admit(fixture.queue, read.entries, read.count, 64);
    cr_expect_eq(result.job_count, 2);
    for (size_t i = 0; i < 2; i++) {
        cr_expect(get_answer(fixture.queue, ids[i]).found);
    }
    cr_assert_eq(read_own(fixture.queue)->count, 0);
    expect_redis(&fixture, ":0", "XLEN packreport:{0}:requests");
}

Test(intake, trims_only_what_nobody_has_pending)
{
    for (int i = 0; i < 4; i++) {
        submit_pack(i);
    }
    struct queue_read first = *read_requests(fixture.workers[0], 2);
    struct queue_read second = *read_requests(fixture.workers[1], 2);
    submit_pack(4);
    (void)admit(fixture.workers[1], second.entries, 2, 64);
    expect_redis(&fixture, ":5", "XLEN packreport:{0}:requests");
    (void)admit(fixture.workers[0], first.entries, 2, 64);
    expect_redis(&fixture, ":1", "XLEN packreport:{0}:requests");
    const struct queue_read *last = read_requests(fixture.workers[0], 10);
    cr_assert_eq(last->count, 1);
    cr_assert_str_eq(last->entries[0].request.pack_id, "cp-4");
    (void)admit(fixture.workers[0], last->entries, 1, 64);
    expect_redis(&fixture, ":0", "XLEN packreport:{0}:requests");
    expect_redis(&fixture, "*4", "XPENDING packreport:{0}:requests intake");
}

Test(intake, trims_past_ids_that_a_producer_chose)
{
    static const char *const ids[] = {"9-9", "19-999", "20-9007199254740993",
                                      "20-18446744073709551615"};
    for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
        (void)redis(&fixture,
                    "XADD packreport:{0}:requests %s AccountId " ACCOUNT " CompliancePackId cp-1",
                    ids[i]);
        const struct queue_read *read = read_requests(fixture.queue, 10);
        cr_assert_eq(read->count, 1);
        struct admitted result = admit(fixture.queue, read->entries, 1, 64);
        cr_assert_eq(result.err.kind, ERR_OK, "%s: %s", ids[i], result.err.message);
        expect_redis(&fixture, ":0", "XLEN packreport:{0}:requests");
    }
}

Test(intake, takes_over_what_a_dead_worker_read)
{
    for (int i = 0; i < 100; i++) {
        submit_pack(i);
    }
    (void)read_requests(fixture.workers[1], 64);
    (void)read_requests(fixture.workers[1], 64);
    cr_assert_eq(take_over(fixture.queue, 60000)->count, 0, "not yet idle for long enough");
    size_t taken = 0;
    for (int i = 0; i < 2; i++) {
        const struct queue_read *read = take_over(fixture.queue, 0);
        taken += read->count;
        cr_assert_eq(read->vanished, 0);
        struct admitted result = admit(fixture.queue, read->entries, read->count, 64);
        cr_assert_eq(result.err.kind, ERR_OK);
    }
    cr_assert_eq(taken, 100);
    cr_assert_eq(audit(fixture.queue).jobs, 100);
    for (int i = 0; i < 2; i++) { // the wake-ups for the jobs that did not fit
        const struct queue_read *read = read_requests(fixture.queue, 64);
        (void)admit(fixture.queue, read->entries, read->count, 64);
    }
    expect_redis(&fixture, ":0", "XLEN packreport:{0}:requests");
}

Test(intake, counts_pending_requests_that_somebody_deleted)
{
    for (int i = 0; i < 3; i++) {
        submit_pack(i);
    }
    struct queue_read read = *read_requests(fixture.workers[1], 64);
    (void)redis(&fixture, "XDEL packreport:{0}:requests %s", read.entries[1].entry_id);
    const struct queue_read *taken = take_over(fixture.queue, 0);
    cr_assert_eq(taken->count, 2);
    cr_assert_eq(taken->vanished, 1);
    (void)admit(fixture.queue, taken->entries, 2, 64);
}

Test(intake, reads_its_own_entries_again_after_a_reconnect)
{
    for (int i = 0; i < 3; i++) {
        submit_pack(i);
    }
    struct queue_read read = *read_requests(fixture.queue, 64);
    (void)redis(&fixture, "XDEL packreport:{0}:requests %s", read.entries[2].entry_id);
    const struct queue_read *own = read_own(fixture.queue);
    cr_assert_eq(own->count, 2);
    cr_assert_str_eq(own->entries[0].entry_id, read.entries[0].entry_id);
    cr_assert_not(own->entries[1].is_wake);
    cr_expect_eq(own->vanished, 1, "somebody hears of it");
    own = read_own(fixture.queue);
    cr_expect_eq(own->vanished, 0, "once");
    struct admitted result = admit(fixture.queue, own->entries, own->count, 64);
    cr_assert_eq(result.answers[0].code, ANSWER_ACCEPTED);
    cr_assert_eq(read_own(fixture.queue)->count, 0);
    cr_assert_eq(read_own(fixture.workers[1])->count, 0);
}

Test(intake, forgets_what_was_deleted_a_batch_at_a_time)
{
    enum { MANY = QUEUE_BATCH_MAX + 3 };
    for (int i = 0; i < MANY; i++) {
        submit_pack(i);
    }
    (void)read_requests(fixture.queue, QUEUE_BATCH_MAX);
    (void)read_requests(fixture.queue, QUEUE_BATCH_MAX);
    expect_redis(&fixture, ":67", "XTRIM packreport:{0}:requests MAXLEN 0");
    const struct queue_read *own = read_own(fixture.queue);
    cr_expect_eq(own->vanished, QUEUE_BATCH_MAX);
    own = read_own(fixture.queue);
    cr_expect_eq(own->vanished, MANY - QUEUE_BATCH_MAX);
    cr_expect_eq(own->count + read_own(fixture.queue)->vanished, 0);
}

// Nobody is idle: the jobs wait, and the wake-up must not go round meanwhile.
Test(intake, passes_a_wake_up_on_a_few_times_only_when_nobody_has_room)
{
    struct queue_entry entries[4];
    for (int i = 0; i < 4; i++) {
        char pack[16];
        (void)snprintf(pack, sizeof(pack), "cp-%d", i);
        entries[i] = ask(ACCOUNT, pack, NULL, NULL);
    }
    (void)admit(fixture.queue, entries, 4, 0);
    int rounds = 0;
    const struct queue_read *wake = read_requests(fixture.queue, 10);
    while (wake->count > 0 && rounds < 20) {
        cr_assert(wake->count == 1 && wake->entries[0].is_wake);
        (void)admit(fixture.queue, wake->entries, 1, 0);
        wake = read_requests(fixture.queue, 10);
        rounds++;
    }
    cr_assert(rounds > 1 && rounds < 10, "%d rounds", rounds);
    struct admitted got = claim(fixture.queue, 1);
    cr_assert_eq(finish(fixture.queue, &got.jobs[0], QUEUE_HAND_BACK), QUEUE_FINISHED);
    cr_assert_eq(read_requests(fixture.workers[1], 10)->count, 1, "a job handed back wakes again");
}

Test(intake, passes_the_wake_up_on_while_jobs_wait)
{
    for (int i = 0; i < 6; i++) {
        submit_pack(i);
    }
    struct queue_read read = *read_requests(fixture.queue, 64);
    cr_assert_eq(admit(fixture.queue, read.entries, read.count, 2).job_count, 2);
    for (int worker = 1; worker <= 2; worker++) {
        const struct queue_read *wake = read_requests(fixture.workers[worker], 64);
        cr_assert_eq(wake->count, 1);
        cr_assert(wake->entries[0].is_wake);
        struct admitted got = admit(fixture.workers[worker], wake->entries, 1, 2);
        cr_assert_eq(got.job_count, 2);
        cr_assert_str_eq(got.answers[0].report_id, "");
    }
    cr_assert_eq(read_requests(fixture.workers[3], 64)->count, 0, "nothing waits any more");
    expect_redis(&fixture, ":0", "XLEN packreport:{0}:requests");
}

// ---- blocking reads

struct blocked {
    size_t count;
    struct err err;
    char message[REQUEST_DETAIL_BYTES]; // of the first entry's verdict
    bool done;
};

static void on_blocked(void *context, const struct queue_read *read, const struct err *err)
{
    struct blocked *blocked = context;
    blocked->err = err == NULL ? ERR_INIT : *err;
    blocked->count = read == NULL ? 0 : read->count;
    if (blocked->count > 0) {
        (void)text_copy(blocked->message, sizeof(blocked->message),
                        read->entries[0].verdict.message);
    }
    blocked->done = true;
}

static bool blocked_is_done(void *context)
{
    return ((struct blocked *)context)->done;
}

static bool somebody_is_blocked(void *context)
{
    (void)context;
    return strstr(redis(&fixture, "INFO clients"), "blocked_clients:1") != NULL;
}

Test(intake, a_blocking_read_ends_with_a_request_a_wake_up_or_its_time)
{
    struct redis_connection *reader = fixture_connect(&fixture);
    struct blocked blocked = {.done = false};
    queue_read(fixture.queue, reader, 10, 10000, on_blocked, &blocked);
    cr_assert(loop_run_until(&fixture.loop, somebody_is_blocked, NULL));
    submit_pack(1);
    cr_assert(loop_run_until(&fixture.loop, blocked_is_done, &blocked));
    cr_assert_eq(blocked.count, 1);

    blocked.done = false;
    queue_read(fixture.queue, reader, 10, 10000, on_blocked, &blocked);
    cr_assert(loop_run_until(&fixture.loop, somebody_is_blocked, NULL));
    queue_wake_reader(fixture.queue, redis_connection_server(reader)->client_id);
    cr_assert(loop_run_until(&fixture.loop, blocked_is_done, &blocked));
    cr_assert_eq(blocked.err.kind, ERR_OK);
    cr_assert_eq(blocked.count, 0);

    blocked.done = false;
    queue_read(fixture.queue, reader, 10, 20, on_blocked, &blocked);
    cr_assert(loop_run_until(&fixture.loop, blocked_is_done, &blocked));
    cr_assert_eq(blocked.err.kind, ERR_OK);
    cr_assert_eq(blocked.count, 0);
    fixture_disconnect(&fixture, reader);
}

Test(intake, a_read_over_a_connection_of_its_own_need_not_wait)
{
    struct redis_connection *reader = fixture_connect(&fixture);
    for (size_t i = 0; i < 2; i++) {
        struct blocked read = {.done = false};
        queue_read(fixture.queue, reader, 10, 0, on_blocked, &read);
        cr_assert(loop_run_until(&fixture.loop, blocked_is_done, &read));
        cr_assert_eq(read.err.kind, ERR_OK);
        cr_assert_eq(read.count, i);
        submit_pack(1);
    }
    fixture_disconnect(&fixture, reader);
}

static void expect_blocking_read_to_fail(struct redis_connection *reader)
{
    struct blocked blocked = {.done = false};
    queue_read(fixture.queue, reader, 64, 10000, on_blocked, &blocked);
    cr_assert(loop_run_until(&fixture.loop, blocked_is_done, &blocked));
    cr_expect_eq(blocked.err.kind, ERR_LIMIT, "%s", blocked.err.message);
}

Test(intake, a_blocking_read_that_is_too_large_costs_its_own_connection_only)
{
    struct redis_connection *reader = fixture_connect(&fixture);
    char ids[3][64];
    add_large(0, 20000000, ids[0]);
    add_large(3000, 1, ids[1]); // as much as unpack takes
    add_large(0, 70000, ids[2]);
    submit_pack(1);
    expect_blocking_read_to_fail(reader);
    cr_assert(redis_connection_is_ready(fixture.connection));
    for (size_t i = 0; i < 3; i++) {
        const struct queue_read *own = read_own(fixture.queue);
        cr_assert_eq(own->count, 1);
        cr_expect_str_eq(own->entries[0].entry_id, ids[i]);
        (void)admit(fixture.queue, own->entries, own->count, 0);
        cr_expect(get_answer(fixture.queue, ids[i]).found);
    }
    const struct queue_read *own = read_own(fixture.queue);
    cr_assert_eq(own->count, 1);
    cr_expect_eq(own->entries[0].verdict.code, ANSWER_ACCEPTED);
    (void)admit(fixture.queue, own->entries, 1, 64);
    cr_assert_eq(read_own(fixture.queue)->count, 0);
    fixture_disconnect(&fixture, reader);
}

Test(intake, a_blocking_read_measures_what_it_got)
{
    struct redis_connection *reader = fixture_connect(&fixture);
    char id[64];
    add_large(0, 70000, id);
    struct blocked blocked = {.done = false};
    queue_read(fixture.queue, reader, 64, 10000, on_blocked, &blocked);
    cr_assert(loop_run_until(&fixture.loop, blocked_is_done, &blocked));
    cr_assert_eq(blocked.count, 1);
    cr_expect(strstr(blocked.message, TOO_MANY_BYTES) != NULL, "%s", blocked.message);
    fixture_disconnect(&fixture, reader);
}
