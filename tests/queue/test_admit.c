// SPDX-License-Identifier: MIT
#include "queue_fixture.h"

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
    fixture_stop(&fixture);
}

TestSuite(admit, .init = setup, .fini = teardown);

Test(admit, accepts_a_request_and_claims_its_job)
{
    struct queue_entry entry = ask(ACCOUNT, "cp-1", "token", "request-1");
    (void)text_copy(entry.request.language, sizeof(entry.request.language), "zh-cn");
    entry.request.deadline_ms = 1893456000000;
    struct admitted result = admit(fixture.queue, &entry, 1, 4);
    cr_assert_eq(result.err.kind, ERR_OK, "%s", result.err.message);
    cr_assert_eq(result.answers[0].code, ANSWER_ACCEPTED);
    cr_assert_not(result.answers[0].replayed);
    cr_assert_str_eq(result.answers[0].request_id, "request-1");
    cr_assert_str_eq(result.answers[0].report_id, entry.report_id);
    cr_assert_eq(result.job_count, 1);
    const struct queue_job *job = &result.jobs[0];
    cr_assert_str_eq(job->report_id, entry.report_id);
    cr_assert_str_eq(job->account_id, ACCOUNT);
    cr_assert_str_eq(job->pack_id, "cp-1");
    cr_assert_str_eq(job->request_id, "request-1");
    cr_assert_str_eq(job->language, "zh-cn");
    cr_assert_eq(job->deadline_ms, 1893456000000);
    cr_assert_gt(job->accepted_at_ms, 1600000000000);
    cr_assert_gt(job->fence, 0);
    cr_assert_eq(job->attempts, 1);
    cr_assert_eq(strlen(job->token_digest), 64);
    audit_clean(fixture.queue);
}

Test(admit, lets_one_of_many_requests_for_a_pack_through)
{
    struct queue_entry entries[QUEUE_BATCH_MAX];
    size_t accepted = 0;
    size_t creating = 0;
    for (size_t batch = 0; batch < 5; batch++) {
        for (size_t i = 0; i < QUEUE_BATCH_MAX; i++) {
            entries[i] = ask(ACCOUNT, "cp-1", NULL, NULL);
        }
        struct admitted result = admit(fixture.workers[batch % 3], entries, QUEUE_BATCH_MAX, 1);
        for (size_t i = 0; i < result.answer_count; i++) {
            accepted += result.answers[i].code == ANSWER_ACCEPTED;
            creating += result.answers[i].code == ANSWER_REPORT_CREATING;
        }
    }
    cr_assert_eq(accepted, 1);
    cr_assert_eq(creating, 5 * QUEUE_BATCH_MAX - 1);
    audit_clean(fixture.queue);
}

// The same pack of the account alone, and over two groups, are three reports.
Test(admit, keeps_groups_and_their_account_apart)
{
    static const char *const groups[] = {"", "ca-1", "ca-2"};
    static const char *const subjects[] = {"cp-1", "ca-1.cp-1", "ca-2.cp-1"};
    for (size_t i = 0; i < ARRAY_LEN(groups); i++) {
        struct queue_entry entry = ask(ACCOUNT, "cp-1", NULL, NULL);
        (void)text_copy(entry.request.aggregator_id, sizeof(entry.request.aggregator_id),
                        groups[i]);
        struct admitted result = admit(fixture.queue, &entry, 1, 1);
        cr_assert_eq(result.answers[0].code, ANSWER_ACCEPTED, "%s", subjects[i]);
        cr_assert_eq(result.job_count, 1);
        cr_expect_str_eq(result.jobs[0].pack_id, subjects[i]);
        struct queue_entry again = entry;
        queue_entry_name(&again);
        cr_expect_eq(admit_one(fixture.queue, &again).answers[0].code, ANSWER_REPORT_CREATING);
        audit_clean(fixture.queue);
        cr_expect_eq(finish(fixture.queue, &result.jobs[0], QUEUE_COMPLETE), QUEUE_FINISHED);
        audit_clean(fixture.queue);
    }
}

// A token stands for the group, too.
Test(admit, takes_another_group_for_another_request)
{
    struct queue_entry entry = ask(ACCOUNT, "cp-1", "token", NULL);
    cr_assert_eq(admit_one(fixture.queue, &entry).answers[0].code, ANSWER_ACCEPTED);
    struct queue_entry other = ask(ACCOUNT, "cp-1", "token", NULL);
    (void)text_copy(other.request.aggregator_id, sizeof(other.request.aggregator_id), "ca-1");
    cr_expect_eq(admit_one(fixture.queue, &other).answers[0].code, ANSWER_TOKEN_MISMATCH);
    audit_clean(fixture.queue);
}

Test(admit, takes_the_pack_again_once_its_report_is_complete)
{
    struct queue_job job = start_job(fixture.queue, "cp-1");
    cr_assert_eq(finish(fixture.queue, &job, QUEUE_COMPLETE), QUEUE_FINISHED);
    struct queue_job next = start_job(fixture.queue, "cp-1");
    cr_assert_gt(next.fence, job.fence);
    audit_clean(fixture.queue);
}

static void expect_replay_of(const struct queue_entry *first, const struct queue_answer *answer)
{
    cr_assert_eq(answer->code, ANSWER_ACCEPTED);
    cr_assert(answer->replayed);
    cr_assert_str_eq(answer->request_id, first->request_id);
    cr_assert_str_eq(answer->report_id, first->report_id);
}

Test(admit, gives_a_tokens_first_answer_again)
{
    struct queue_entry entries[QUEUE_BATCH_MAX];
    for (size_t i = 0; i < QUEUE_BATCH_MAX; i++) {
        entries[i] = ask(ACCOUNT, "cp-1", "token", NULL);
    }
    struct admitted result = admit(fixture.queue, entries, QUEUE_BATCH_MAX, 1);
    cr_assert_not(result.answers[0].replayed);
    for (size_t i = 1; i < QUEUE_BATCH_MAX; i++) {
        expect_replay_of(&entries[0], &result.answers[i]);
    }
    struct queue_entry later = ask(ACCOUNT, "cp-1", "token", "request-later");
    struct admitted during = admit_one(fixture.workers[1], &later);
    expect_replay_of(&entries[0], &during.answers[0]);
    struct queue_answer_record record = get_answer(fixture.queue, "request-later");
    cr_assert(record.found);
    expect_replay_of(&entries[0], &record.answer);

    cr_assert_eq(finish(fixture.queue, &result.jobs[0], QUEUE_COMPLETE), QUEUE_FINISHED);
    struct queue_entry after = ask(ACCOUNT, "cp-1", "token", NULL);
    struct admitted ended = admit_one(fixture.workers[2], &after);
    expect_replay_of(&entries[0], &ended.answers[0]);
    cr_assert_eq(ended.job_count, 0);
    audit_clean(fixture.queue);
}

Test(admit, refuses_a_token_with_other_parameters)
{
    struct queue_entry entries[2] = {ask(ACCOUNT, "cp-1", "token", NULL),
                                     ask(ACCOUNT, "cp-2", "token", NULL)};
    struct admitted result = admit(fixture.queue, entries, 2, 0);
    cr_assert_eq(result.answers[0].code, ANSWER_ACCEPTED);
    cr_assert_eq(result.answers[1].code, ANSWER_TOKEN_MISMATCH);
    cr_assert_str_eq(result.answers[1].report_id, "");
    struct queue_entry later = ask(ACCOUNT, "cp-3", "token", NULL);
    struct admitted later_result = admit_one(fixture.queue, &later);
    cr_assert_eq(later_result.answers[0].code, ANSWER_TOKEN_MISMATCH);
    struct queue_entry other = ask("200000000000002", "cp-3", "token", NULL);
    struct admitted other_result = admit_one(fixture.queue, &other);
    cr_assert_eq(other_result.answers[0].code, ANSWER_ACCEPTED, "a token belongs to its account");
    audit_clean(fixture.queue);
}

Test(admit, does_not_use_up_the_token_of_a_refused_request)
{
    struct queue_job job = start_job(fixture.queue, "cp-1");
    struct queue_entry refused = ask(ACCOUNT, "cp-1", "token", NULL);
    struct admitted result = admit_one(fixture.queue, &refused);
    cr_assert_eq(result.answers[0].code, ANSWER_REPORT_CREATING);
    struct queue_entry other = ask(ACCOUNT, "cp-2", "token", NULL);
    struct admitted accepted = admit_one(fixture.queue, &other);
    cr_assert_eq(accepted.answers[0].code, ANSWER_ACCEPTED);
    cr_assert_not(accepted.answers[0].replayed);
    cr_assert_eq(finish(fixture.queue, &job, QUEUE_COMPLETE), QUEUE_FINISHED);
    audit_clean(fixture.queue);
}

Test(admit, keeps_a_token_while_its_job_lives_and_then_for_a_while)
{
    struct queue_entry entry = ask(ACCOUNT, "cp-1", "token", NULL);
    struct admitted result = admit(fixture.queue, &entry, 1, 1);
    char key[256];
    (void)snprintf(key, sizeof(key), "packreport:{0}:token:%s:%s", ACCOUNT,
                   result.jobs[0].token_digest);
    expect_redis(&fixture, ":-1", "TTL %s", key);
    cr_assert_eq(finish(fixture.queue, &result.jobs[0], QUEUE_COMPLETE), QUEUE_FINISHED);
    const char *left = redis(&fixture, "PTTL %s", key);
    cr_assert_gt(strtoll(left + 1, NULL, 10), 3500000);
}

Test(admit, repeated_after_a_lost_reply_changes_nothing)
{
    struct queue_entry entries[4] = {
        ask(ACCOUNT, "cp-1", NULL, NULL), ask(ACCOUNT, "cp-1", NULL, "r-2"),
        ask(ACCOUNT, "cp-2", "token", NULL), ask(ACCOUNT, "cp-3", NULL, "r-4")};
    (void)text_copy(entries[0].entry_id, sizeof(entries[0].entry_id), "1-1");
    (void)text_copy(entries[2].entry_id, sizeof(entries[2].entry_id), "1-2");
    entries[3].verdict.code = ANSWER_ACCOUNT_UNKNOWN;
    struct admitted first = admit(fixture.queue, entries, 4, 0);
    struct admitted again = admit(fixture.queue, entries, 4, 0);
    for (size_t i = 0; i < 4; i++) {
        cr_assert_eq(again.answers[i].code, first.answers[i].code);
        cr_assert_str_eq(again.answers[i].request_id, first.answers[i].request_id);
        cr_assert_str_eq(again.answers[i].report_id, first.answers[i].report_id);
        cr_assert_str_eq(again.answers[i].message, first.answers[i].message);
        cr_assert_not(first.answers[i].replayed);
        cr_assert(again.answers[i].replayed);
    }
    struct queue_audit found = audit(fixture.queue);
    cr_assert_eq(found.jobs, 2);
    cr_assert_eq(found.violation_count, 0, "%s", found.violations[0]);
}

static void add_entry_id(struct queue_entry *entry, const char *entry_id)
{
    (void)text_copy(entry->entry_id, sizeof(entry->entry_id), entry_id);
}

Test(admit, answers_a_request_id_once)
{
    struct queue_entry first = ask(ACCOUNT, "cp-1", NULL, "request-1");
    struct queue_entry again = ask(ACCOUNT, "cp-1", NULL, "request-1");
    struct queue_entry batch[2] = {first, again};
    struct admitted result = admit(fixture.queue, batch, 2, 0);
    cr_assert_not(result.answers[0].replayed);
    cr_assert(result.answers[1].replayed);
    cr_assert_str_eq(result.answers[1].report_id, first.report_id);
    struct admitted later = admit_one(fixture.queue, &again);
    cr_assert(later.answers[0].replayed);
    struct queue_audit found = audit(fixture.queue);
    cr_assert_eq(found.jobs, 1);
}

static void expect_reused(const struct queue_answer *answer, bool replayed)
{
    cr_assert_eq(answer->code, ANSWER_PARAMETER_INVALID);
    cr_assert_eq(answer->replayed, replayed);
    cr_assert_str_eq(answer->report_id, "");
    cr_assert(strstr(answer->message, "RequestId was used for another request") != NULL);
}

Test(admit, keeps_an_answer_from_those_who_reuse_its_request_id)
{
    struct queue_entry first = ask(ACCOUNT, "cp-1", NULL, "request-1");
    struct queue_entry intruder = ask("200000000000002", "cp-1", NULL, "request-1");
    add_entry_id(&intruder, "7-1");
    struct queue_entry refused = ask(ACCOUNT, "cp-2", NULL, "request-1");
    refused.verdict.code = ANSWER_ACCOUNT_UNKNOWN;
    add_entry_id(&refused, "7-2");
    struct queue_entry batch[2] = {first, intruder};
    struct admitted result = admit(fixture.queue, batch, 2, 0);
    cr_assert_eq(result.answers[0].code, ANSWER_ACCEPTED);
    expect_reused(&result.answers[1], false);
    struct admitted later = admit_one(fixture.queue, &refused);
    expect_reused(&later.answers[0], false);
    struct queue_answer_record recorded = get_answer(fixture.queue, "7-1");
    expect_reused(&recorded.answer, false);
    recorded = get_answer(fixture.queue, "7-2");
    expect_reused(&recorded.answer, false);
    struct queue_answer_record untouched = get_answer(fixture.queue, "request-1");
    cr_assert_str_eq(untouched.answer.report_id, first.report_id);
    cr_assert_str_eq(untouched.account_id, ACCOUNT);
    char fingerprint[REQUEST_FINGERPRINT_BYTES];
    request_fingerprint(&first.request, fingerprint);
    cr_assert_str_eq(untouched.fingerprint, fingerprint, "whoever reads it sees whose it is");
    struct admitted repeated = admit_one(fixture.queue, &intruder); // its reply was lost
    expect_reused(&repeated.answers[0], true);
    cr_assert_eq(audit(fixture.queue).jobs, 1);
    audit_clean(fixture.queue);
}

Test(admit, records_a_refusal_with_its_message)
{
    struct queue_entry entry = ask(ACCOUNT, "", NULL, NULL);
    (void)text_copy(entry.entry_id, sizeof(entry.entry_id), "1700000000000-0");
    entry.verdict.code = ANSWER_PACK_MISSING;
    (void)text_copy(entry.verdict.message, sizeof(entry.verdict.message), "mandatory | really");
    struct admitted result = admit_one(fixture.queue, &entry);
    cr_assert_eq(result.answers[0].code, ANSWER_PACK_MISSING);
    struct queue_answer_record record = get_answer(fixture.queue, "1700000000000-0");
    cr_assert(record.found);
    cr_assert_eq(record.answer.code, ANSWER_PACK_MISSING);
    cr_assert_str_eq(record.answer.message, "mandatory | really");
    cr_assert_str_eq(record.answer.request_id, entry.request_id);
    cr_assert_str_eq(record.account_id, ACCOUNT);
    expect_redis(&fixture, "$400", "HGET packreport:{0}:answer:1700000000000-0 HttpStatus");
    cr_assert_eq(audit(fixture.queue).jobs, 0);
    audit_clean(fixture.queue);
}

Test(admit, answers_with_the_codes_and_messages_of_the_table)
{
    struct queue_entry entries[2] = {ask(ACCOUNT, "cp-1", NULL, "r-1"),
                                     ask(ACCOUNT, "cp-1", NULL, "r-2")};
    (void)admit(fixture.queue, entries, 2, 0);
    expect_redis(&fixture, "$CompliancePackReportCreating", "HGET packreport:{0}:answer:r-2 Code");
    struct queue_answer_record record = get_answer(fixture.queue, "r-2");
    cr_assert_str_eq(record.answer.message, answer_code_message(ANSWER_REPORT_CREATING));
    cr_assert_str_eq(record.pack_id, "cp-1");
    expect_redis(&fixture, "$Accepted", "HGET packreport:{0}:answer:r-1 Code");
    expect_redis(&fixture, "$200", "HGET packreport:{0}:answer:r-1 HttpStatus");
    expect_redis(&fixture, "$0", "HGET packreport:{0}:answer:r-1 Replayed");
}

Test(admit, takes_over_a_pack_whose_job_vanished)
{
    struct queue_entry first = ask(ACCOUNT, "cp-1", "token", NULL);
    (void)admit_one(fixture.queue, &first);
    (void)redis(&fixture, "DEL packreport:{0}:jobs packreport:{0}:ready");
    struct queue_entry next = ask(ACCOUNT, "cp-1", NULL, NULL);
    struct admitted result = admit_one(fixture.queue, &next);
    cr_assert_eq(result.answers[0].code, ANSWER_ACCEPTED);
    cr_assert_str_eq(result.answers[0].report_id, next.report_id);
    audit_clean(fixture.queue); // the old token expires now
}

Test(admit, survives_a_flush_of_the_script_cache)
{
    struct queue_job job = start_job(fixture.queue, "cp-1");
    expect_redis(&fixture, "+OK", "SCRIPT FLUSH");
    cr_assert_eq(renew_one(fixture.queue, &job), QUEUE_HELD);
    expect_redis(&fixture, "+OK", "SCRIPT FLUSH");
    cr_assert_eq(finish(fixture.queue, &job, QUEUE_COMPLETE), QUEUE_FINISHED);
    expect_redis(&fixture, "+OK", "SCRIPT FLUSH");
    (void)start_job(fixture.queue, "cp-2");
}

Test(admit, takes_nothing_on_a_full_redis_which_can_still_drain)
{
    struct queue_job job = start_job(fixture.queue, "cp-1");
    struct queue_entry waiting = ask(ACCOUNT, "cp-2", NULL, NULL);
    (void)admit_one(fixture.queue, &waiting);
    expect_redis(&fixture, "+OK", "CONFIG SET maxmemory 1");
    struct queue_entry entry = ask(ACCOUNT, "cp-3", NULL, NULL);
    struct admitted result = admit(fixture.queue, &entry, 1, 1);
    cr_assert_eq(result.err.kind, ERR_UNAVAILABLE, "%s", result.err.message);
    cr_assert_eq(renew_one(fixture.queue, &job), QUEUE_HELD);
    struct queue_ending ending = ending_of(&job, QUEUE_COMPLETE);
    struct finished ended = finish_with(fixture.queue, &ending, 1);
    cr_assert_eq(ended.result, QUEUE_FINISHED);
    cr_assert_eq(ended.job_count, 1);
    cr_assert_eq(finish(fixture.queue, &ended.jobs[0], QUEUE_HAND_BACK), QUEUE_FINISHED);
    cr_assert_eq(claim(fixture.queue, 1).job_count, 1);
    audit_clean(fixture.queue);
}

static struct queue_entry ask_number(const char *account, int number)
{
    char pack[32];
    (void)snprintf(pack, sizeof(pack), "cp-%d", number);
    return ask(account, pack, NULL, NULL);
}

Test(admit, keeps_an_accounts_order_and_shares_between_accounts)
{
    struct queue_entry entries[30];
    for (int i = 0; i < 20; i++) {
        entries[i] = ask_number(ACCOUNT, i);
    }
    for (int i = 20; i < 30; i++) {
        entries[i] = ask_number("200000000000002", i);
    }
    (void)admit(fixture.queue, entries, 30, 0);
    struct admitted got = claim(fixture.queue, 20);
    cr_assert_eq(got.job_count, 20);
    int next[2] = {0, 20};
    for (size_t i = 0; i < got.job_count; i++) {
        int *number = &next[strcmp(got.jobs[i].account_id, ACCOUNT) != 0];
        cr_assert_str_eq(got.jobs[i].report_id, entries[*number].report_id,
                         "claim %zu is out of its account's order", i);
        (*number)++;
        int ahead = next[0] - (next[1] - 20);
        cr_assert(ahead >= -1 && ahead <= 1, "one account is served ahead by %d", ahead);
    }
}

Test(admit, serves_a_newcomer_before_the_backlog_of_others)
{
    struct queue_entry entries[QUEUE_BATCH_MAX];
    for (int i = 0; i < QUEUE_BATCH_MAX; i++) {
        entries[i] = ask_number(ACCOUNT, i);
    }
    (void)admit(fixture.queue, entries, QUEUE_BATCH_MAX, 10);
    struct queue_entry newcomer = ask("200000000000002", "cp-1", NULL, NULL);
    (void)admit_one(fixture.queue, &newcomer);
    struct admitted got = claim(fixture.queue, 2);
    bool served = strcmp(got.jobs[0].report_id, newcomer.report_id) == 0 ||
                  strcmp(got.jobs[1].report_id, newcomer.report_id) == 0;
    cr_assert(served);
}

Test(admit, publishes_one_event_for_a_batch)
{
    struct queue_entry entries[3] = {ask_number(ACCOUNT, 1), ask_number(ACCOUNT, 2),
                                     ask_number(ACCOUNT, 2)};
    (void)admit(fixture.queue, entries, 3, 0);
    expect_redis(&fixture, ":1", "XLEN packreport:{0}:events");
}

// ---- keys of one entry that hold something else

static void spoil(const char *key)
{
    expect_redis(&fixture, "+OK", "SET packreport:{0}:%s spoiled", key);
}

// Between two good ones, so that what goes wrong for one would be seen at the others.
static struct admitted admit_between_good_ones(const struct queue_entry *spoiled)
{
    struct queue_entry entries[3] = {ask(ACCOUNT, "cp-a", NULL, NULL), *spoiled,
                                     ask(ACCOUNT, "cp-b", "token-b", NULL)};
    struct admitted result = admit(fixture.queue, entries, 3, 0);
    cr_assert_eq(result.err.kind, ERR_OK, "%s", result.err.message);
    cr_assert_eq(result.answers[0].code, ANSWER_ACCEPTED);
    cr_assert_eq(result.answers[1].code, ANSWER_INTERNAL);
    cr_assert_eq(result.answers[2].code, ANSWER_ACCEPTED);
    cr_assert_str_eq(result.answers[1].report_id, "");
    cr_assert_eq(claim(fixture.queue, 4).job_count, 2);
    return result;
}

Test(admit, answers_under_the_entry_id_when_the_answer_key_is_spoiled)
{
    spoil("answer:px");
    struct queue_entry entry = ask(ACCOUNT, "cp-1", NULL, "px");
    add_entry_id(&entry, "5-1");
    struct admitted result = admit_between_good_ones(&entry);
    cr_assert_not(result.answers[1].is_unrecorded);
    struct queue_answer_record record = get_answer(fixture.queue, "5-1");
    cr_assert(record.found);
    cr_assert_eq(record.answer.code, ANSWER_INTERNAL);
    struct admitted again = admit_one(fixture.queue, &entry);
    cr_assert(again.answers[0].replayed);
    cr_assert_eq(again.answers[0].code, ANSWER_INTERNAL);
    expect_redis(&fixture, "$spoiled", "GET packreport:{0}:answer:px");
}

Test(admit, tells_the_caller_when_no_answer_can_be_recorded)
{
    struct request request = {.account_id = ACCOUNT, .pack_id = "cp-1"};
    char entry_id[64];
    submit(fixture.queue, &request, entry_id);
    char key[128];
    (void)snprintf(key, sizeof(key), "answer:%s", entry_id);
    spoil(key);
    struct queue_entry entry = read_requests(fixture.queue, 1)->entries[0];
    struct admitted result = admit_between_good_ones(&entry);
    cr_assert(result.answers[1].is_unrecorded);
    expect_redis(&fixture, ":0", "XDEL packreport:{0}:requests %s", entry_id);
}

Test(admit, refuses_a_request_whose_token_key_is_spoiled)
{
    struct queue_entry entry = ask(ACCOUNT, "cp-1", "token", "r-1");
    char digest[DIGEST_HEX_BYTES];
    digest_hex("token", strlen("token"), digest);
    char key[128];
    (void)snprintf(key, sizeof(key), "token:" ACCOUNT ":%s", digest);
    spoil(key);
    (void)admit_between_good_ones(&entry);
    cr_assert_eq(get_answer(fixture.queue, "r-1").answer.code, ANSWER_INTERNAL);
}

Test(admit, makes_a_spoiled_report_key_anew)
{
    spoil("report:" ACCOUNT ":cp-1");
    (void)redis(&fixture, "HSET packreport:{0}:report:" ACCOUNT ":cp-2 status CREATING");
    struct queue_entry entries[] = {ask(ACCOUNT, "cp-1", "token", NULL),
                                    ask(ACCOUNT, "cp-2", NULL, NULL)};
    struct admitted result = admit(fixture.queue, entries, 2, 0);
    cr_assert_eq(result.answers[0].code, ANSWER_ACCEPTED);
    cr_assert_eq(result.answers[1].code, ANSWER_ACCEPTED);
    cr_assert_eq(get_report(fixture.queue, ACCOUNT, "cp-1").status, REPORT_CREATING);
    cr_assert_eq(get_report(fixture.queue, ACCOUNT, "cp-2").status, REPORT_CREATING);
}

// ---- with settings of its own

TestSuite(backlog, .fini = teardown);

Test(backlog, is_bounded_and_takes_nothing_past_the_bound)
{
    fixture_init(&fixture);
    fixture.config.backlog_max = 5;
    fixture_start(&fixture);
    struct queue_entry entries[8];
    for (int i = 0; i < 8; i++) {
        char token[16];
        (void)snprintf(token, sizeof(token), "t%d", i);
        entries[i] = ask_number(ACCOUNT, i);
        (void)text_copy(entries[i].request.client_token, sizeof(entries[i].request.client_token),
                        token);
    }
    struct admitted result = admit(fixture.queue, entries, 8, 0);
    for (int i = 0; i < 8; i++) {
        cr_assert_eq(result.answers[i].code, i < 5 ? ANSWER_ACCEPTED : ANSWER_UNAVAILABLE);
    }
    cr_assert_eq(audit(fixture.queue).jobs, 5);
    struct admitted got = claim(fixture.queue, 1);
    cr_assert_eq(finish(fixture.queue, &got.jobs[0], QUEUE_FAILED), QUEUE_FINISHED);
    struct queue_entry again = ask_number(ACCOUNT, 7);
    (void)text_copy(again.request.client_token, sizeof(again.request.client_token), "t7");
    struct admitted accepted = admit_one(fixture.queue, &again);
    cr_assert_eq(accepted.answers[0].code, ANSWER_ACCEPTED);
    cr_assert_not(accepted.answers[0].replayed);
    audit_clean(fixture.queue);
}
