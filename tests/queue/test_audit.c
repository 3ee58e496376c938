// SPDX-License-Identifier: MIT
//
// The audit finds each kind of violation: one is planted, and its sentence must come.
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

TestSuite(audit, .init = setup, .fini = teardown);

#define KEY(name) "packreport:{0}:" name
#define REPORT    KEY("report:" ACCOUNT ":cp-run")

// On the stage: cp-run running (with a token), cp-wait ready, cp-dead dead. %s is the id of the
// first.
struct plant {
    const char *command;
    const char *sentence;
};

static const struct plant plants[] = {
    {"ZREM " KEY("running") " %s", "is in no place"},
    {"ZADD " KEY("ready") " 1 %s", "is in several places: ready, running"},
    {"ZADD " KEY("ready") " 1 ghost", "ready holds ghost, which is no job"},
    {"ZADD " KEY("running") " 1 ghost", "running holds ghost, which is no job"},
    {"ZADD " KEY("delayed") " 1 ghost", "delayed holds ghost, which is no job"},
    {"ZADD " KEY("dead") " 1 ghost", "dead holds ghost, which is no job"},
    {"HSET " KEY("jobs") " %s nonsense", "has a record that cannot be read"},
    {"SET " KEY("fence") " 0", "above the counter 0"},
    {"HDEL " KEY("jobs") " %s", "is CREATING with no job behind it"},
    {"HDEL " KEY("creating") " " ACCOUNT ":cp-run", "does not hold its pack"},
    {"HSET " KEY("creating") " " ACCOUNT ":cp-x %s", "with the job of another pack"},
    {"HSET " KEY("unfinished") " " ACCOUNT " 3", "has 2 unfinished jobs, and 3 are counted"},
    {"DEL " KEY("unfinished"), "has 2 unfinished jobs, and 0 are counted"},
    {"HSET " KEY("unfinished") " 7 1", "account 7 has no unfinished jobs, and 1 are counted"},
    {"SET " REPORT " " REPORT_TEXT("COMPLETE", "1", "%s"), "its report does not say so"},
    {"SET " KEY("report:1:cp-y") " " REPORT_TEXT("CREATING", "0", "x"),
     "report:1:cp-y is CREATING with no job behind it"},
    {"SET " KEY("report:1:cp-y") " x", "report:1:cp-y is no report"},
    {"HSET " KEY("token:1:none") " report_id none", "token:1:none never expires"},
    {"HSET " KEY("answer:1") " Code Accepted", "answer:1 never expires"},
    {"SET " KEY("history:1") " " HISTORY_TEXT, "history:1 never expires"},
    {"HSET " KEY("dead:1") " a b", "dead:1 belongs to no dead job"},
    {"HSET " KEY("dead:%s") " a b", "has a dead letter and is not dead"},
};

static struct queue_job set_stage(void)
{
    struct queue_job doomed = start_job(fixture.queue, "cp-dead");
    struct queue_ending ending = ending_of(&doomed, QUEUE_RETRY);
    ending.attempts_max = 1;
    cr_assert_eq(finish_with(fixture.queue, &ending, 0).result, QUEUE_FINISHED_DEAD);
    struct queue_entry running = ask(ACCOUNT, "cp-run", "token", NULL);
    struct admitted result = admit(fixture.queue, &running, 1, 1);
    struct queue_entry waiting = ask(ACCOUNT, "cp-wait", NULL, NULL);
    (void)admit_one(fixture.queue, &waiting);
    struct queue_audit found = audit(fixture.queue);
    cr_assert_eq(found.violation_count, 0, "%s", found.violations[0]);
    cr_assert(found.jobs == 3 && found.ready == 1 && found.running == 1 && found.dead == 1);
    return result.jobs[0];
}

static void expect_violation(const char *sentence)
{
    struct queue_audit found = audit(fixture.queue);
    cr_assert_geq(found.violation_count, 1, "not found: %s", sentence);
    for (size_t i = 0; i < ARRAY_LEN(found.violations); i++) {
        if (strstr(found.violations[i], sentence) != NULL) {
            return;
        }
    }
    cr_assert_fail("\"%s\" was wanted, \"%s\" came", sentence, found.violations[0]);
}

Test(audit, finds_each_kind_of_violation)
{
    for (size_t i = 0; i < ARRAY_LEN(plants); i++) {
        (void)redis(&fixture, "FLUSHALL");
        struct queue_job job = set_stage();
        char command[256];
        const char *slot = strstr(plants[i].command, "%s");
        int head = slot == NULL ? (int)strlen(plants[i].command) : (int)(slot - plants[i].command);
        (void)snprintf(command, sizeof(command), "%.*s%s%s", head, plants[i].command,
                       slot == NULL ? "" : job.report_id, slot == NULL ? "" : slot + 2);
        const char *reply = redis(&fixture, "%s", command);
        cr_assert_neq(reply[0], '-', "%s: %s", command, reply);
        expect_violation(plants[i].sentence);
    }
}

Test(audit, finds_a_token_that_expires_too_early_and_owners_out_of_place)
{
    struct queue_job job = set_stage();
    (void)redis(&fixture, "PEXPIRE " KEY("token:" ACCOUNT ":%s") " 100000", job.token_digest);
    expect_violation("expires while its job is alive");
    (void)redis(&fixture, "ZREM " KEY("running") " %s", job.report_id);
    (void)redis(&fixture, "ZADD " KEY("delayed") " 1 %s", job.report_id);
    expect_violation("has the owner w0 and is not running");
    struct queue_entry entry = ask(ACCOUNT, "cp-9", NULL, NULL);
    (void)admit_one(fixture.queue, &entry);
    (void)redis(&fixture, "ZREM " KEY("ready") " %s", entry.report_id);
    (void)redis(&fixture, "ZADD " KEY("running") " 1 %s", entry.report_id);
    expect_violation("is running without an owner");
}
