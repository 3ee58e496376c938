// SPDX-License-Identifier: MIT
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
    cr_assert_eq(job->fence, 1);
    cr_assert_eq(job->attempts, 1);
    cr_assert_eq(strlen(job->token_digest), 64);
    audit_clean(fixture.queue);
}
