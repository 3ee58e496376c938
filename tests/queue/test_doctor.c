// SPDX-License-Identifier: MIT
//
// The doctor finds each fault that is planted, repairs what can be repaired, and leaves a healthy queue
// alone.
#include "operator_calls.h"

#include <stdio.h>
#include <string.h>

static struct fixture fixture;

static void setup(void)
{
    fixture_begin(&fixture);
    (void)redis(&fixture, "CONFIG SET appendonly yes");
}

static void teardown(void)
{
    fixture_stop(&fixture);
}

TestSuite(doctor, .init = setup, .fini = teardown);

#define KEY(name) "packreport:{0}:" name

struct fault {
    const char *command; // %s: the ReportId of a running job of pack cp-run
    const char *text;    // of the finding
    bool can_be_repaired;
};

static const struct fault faults[] = {
    {"HSET " KEY("answer:1") " Code Accepted", "answer:1 never expires", true},
    {"SET " KEY("history:1") " " HISTORY_TEXT, "history:1 never expires", true},
    {"HSET " KEY("token:1:none") " report_id none", "token:1:none never expires", true},
    {"HSET " KEY("dead:1") " code x", "dead:1 belongs to no dead job", true},
    {"SET " KEY("report:1:cp-y") " " REPORT_TEXT("CREATING", "0", "x"),
     "report:1:cp-y is CREATING with no job", true},
    {"SET " KEY("report:1:cp-y") " x", "report:1:cp-y is no report", false},
    {"HSET " KEY("report:1:cp-y") " status CREATING", "report:1:cp-y is a hash and not a string",
     false},
    {"ZADD " KEY("ready") " 1 ghost", "ready holds ghost, which is no job", true},
    {"ZADD " KEY("running") " 1 ghost", "running holds ghost, which is no job", true},
    {"ZADD " KEY("dead") " 1 ghost", "dead holds ghost, which is no job", true},
    {"ZADD " KEY("held") " 1 ghost", "held holds ghost, which is no job", true},
    {"ZADD " KEY("ready") " 1 %s", "is in several places: ready, running", true},
    {"ZADD " KEY("held") " 1 %s", "is in several places: held, running", true},
    {"ZREM " KEY("running") " %s", "is in no place", true},
    {"HDEL " KEY("jobs") " %s", "is CREATING with no job behind it", true},
    {"HDEL " KEY("creating") " " ACCOUNT ":cp-run", "does not hold its pack", true},
    {"PEXPIRE " KEY("token:" ACCOUNT
                    ":3c469e9d6c5875d37a43f353d4f88e61fcf812c66eee3457465a40b0da4153e0") " 99999",
     "expires while its job is alive", true},
    {"SET " KEY("nonce:" ACCOUNT ":n") " 1", "nonce:" ACCOUNT ":n never expires", true},
    {"SET " KEY("rate:" ACCOUNT) " 1", "rate:" ACCOUNT " never expires", true},
    {"HSET " KEY("unfinished") " " ACCOUNT " 3", "has 2 unfinished jobs, and 3 are counted", true},
    {"HSET " KEY("unfinished") " 7 1", "account 7 has no unfinished jobs, and 1 are counted", true},
    {"DEL " KEY("unfinished"), "has 2 unfinished jobs, and 0 are counted", true},
    {"HSET " KEY("fair") " " ACCOUNT " abc",
     "fair has the tag \"abc\" for account \"" ACCOUNT "\", which is no number", true},
    {"HSET " KEY("fair") " v 1e99", "fair has the tag \"1e99\" for the virtual time", true},
    {"HSET " KEY("unfinished") " " ACCOUNT " many",
     "unfinished has \"many\" for account \"" ACCOUNT "\"", true},
    {"SET " KEY("fence") " abc", "fence is \"abc\" and no number", true},
    {"SET " KEY("ready") " x", "ready is a string and not a zset", false},
    {"SET " KEY("jobs") " x", "jobs is a string and not a hash", false},
    {"HSET " KEY("jobs") " %s nonsense",
     "all that can become of it is a dead letter that can be dropped", true},
    {"SET " KEY("surprise") " 1", "has a name that is not known", false},
    {"SET packreport:{7}:ready 1", "is of no partition of this queue", false},
    {"SET \"" KEY("sur\\x1b[2J\\x00\\xffprise") "\" 1",
     "sur\\x1b[2J\\x00\\xffprise has a name that is not known", false},
    {"SET \"packreport:{7}:\\r\\x00\\x9b\" 1",
     "the key packreport:{7}:\\x0d\\x00\\x9b is of no partition of this queue", false},
    {"ZADD " KEY("ready") " 1 \"gho\\nst\\xc3\"", "ready holds gho\\x0ast\\xc3, which is no job",
     true},
    {"SET " KEY("answer:1") " 1", "answer:1 is a string and not a hash", false},
    {"CONFIG SET maxmemory-policy allkeys-lru", "maxmemory-policy is not noeviction", false},
    {"CONFIG SET appendonly no", "appendonly is no", false},
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
    return result.jobs[0];
}

static bool finds(const struct diagnosis *diagnosis, const char *text, bool *is_repaired_out)
{
    for (size_t i = 0; i < diagnosis->count; i++) {
        if (strstr(diagnosis->findings[i].text, text) != NULL) {
            *is_repaired_out = diagnosis->findings[i].is_repaired;
            return true;
        }
    }
    return false;
}

static void plant(const struct fault *fault)
{
    struct queue_job job = set_stage();
    char command[512];
    const char *slot = strstr(fault->command, "%s");
    int head = slot == NULL ? (int)strlen(fault->command) : (int)(slot - fault->command);
    (void)snprintf(command, sizeof(command), "%.*s%s%s", head, fault->command,
                   slot == NULL ? "" : job.report_id, slot == NULL ? "" : slot + 2);
    const char *reply = redis(&fixture, "%s", command);
    cr_assert_neq(reply[0], '-', "%s: %s", command, reply);
}

static void check_fault(const struct fault *fault)
{
    bool is_repaired = true;
    plant(fault);
    cr_assert(finds(run_doctor(fixture.queue, false), fault->text, &is_repaired), "not found: %s",
              fault->text);
    cr_assert(!is_repaired, "without --repair nothing is: %s", fault->text);
    const struct diagnosis *after = run_doctor(fixture.queue, true);
    cr_assert(finds(after, fault->text, &is_repaired), "not found with repair: %s", fault->text);
    cr_assert_eq(is_repaired, fault->can_be_repaired, "%s", fault->text);
    if (fault->can_be_repaired) {
        cr_assert_eq(after->sum.found, after->sum.repaired, "%s: something is left", fault->text);
        const struct diagnosis *last = run_doctor(fixture.queue, false);
        cr_assert_eq(last->sum.found, 0, "%s: left: %s", fault->text, last->findings[0].text);
        audit_clean(fixture.queue);
    }
    (void)redis(&fixture, "CONFIG SET maxmemory-policy noeviction");
    (void)redis(&fixture, "CONFIG SET appendonly yes");
    (void)redis(&fixture, "FLUSHALL");
}

Test(doctor, each_fault_is_found_and_repaired_where_it_can_be, .timeout = 60)
{
    for (size_t i = 0; i < ARRAY_LEN(faults); i++) {
        check_fault(&faults[i]);
    }
}

Test(doctor, a_healthy_queue_is_left_alone)
{
    struct queue_job job = set_stage();
    const struct diagnosis *found = run_doctor(fixture.queue, true);
    cr_expect_eq(found->sum.found, 0, "%s", found->findings[0].text);
    cr_expect_eq(found->sum.jobs, 3);
    cr_expect_geq(found->sum.keys, 10);
    cr_expect_eq(renew_one(fixture.queue, &job), QUEUE_HELD);
    cr_expect_eq(claim(fixture.queue, 5).job_count, 1);
}

Test(doctor, an_empty_redis_is_healthy)
{
    cr_expect_eq(run_doctor(fixture.queue, false)->sum.found, 0);
}

Test(doctor, many_keys_are_looked_at_in_steps)
{
    enum { COUNT = 1000 };
    for (int i = 0; i < COUNT; i++) {
        (void)redis(&fixture, "SET " KEY("answer:%d") " x", i);
        (void)redis(&fixture, "DEL " KEY("answer:%d"), i);
        (void)redis(&fixture, "SET " KEY("history:%d") " " HISTORY_TEXT, i);
        (void)redis(&fixture, "PEXPIRE " KEY("history:%d") " 99999", i);
    }
    const struct diagnosis *found = run_doctor(fixture.queue, false);
    cr_expect_eq(found->sum.found, 0, "%s", found->findings[0].text);
    cr_expect_geq(found->sum.keys, COUNT);
}

// As admissions leave it, but for what lies in one place too many and what is counted.
static void make_backlog(int jobs)
{
    const char *reply = redis(
        &fixture,
        "EVAL \"for i=1,%d do local id='rp-'..i "
        "redis.call('HSET',KEYS[1],id,'0|0|0|W'..string.rep('A',50)..'||0||0|0|'..i..'|1|" ACCOUNT
        "|pk-'..i..'|r|en-us|0|') redis.call('ZADD',KEYS[2],i,id) "
        "redis.call('HSET',KEYS[3],'" ACCOUNT ":pk-'..i,id) "
        "redis.call('SET','" KEY("report:" ACCOUNT
                                 ":pk-") "'..i,"
                                         "'CREATING|0|'..id..'|1|0||\\\\n\\\\n|\\\\n\\\\n') end "
                                         "redis.call('HSET',KEYS[4],'" ACCOUNT
                                         "',%d)\" 4 " KEY("jobs") " " KEY("ready") " " KEY(
                                             "creating") " " KEY("unfinished"),
        jobs, jobs);
    cr_assert_neq(reply[0], '-', "%s", reply);
}

// One that holds Redis up for long would stop every daemon.
Test(doctor, no_look_at_a_large_backlog_is_long, .timeout = 120)
{
    enum { JOBS = 5000, AT_ONCE_MAX = 400 };
    make_backlog(JOBS);
    struct queue_audit found = audit(fixture.queue);
    cr_expect_eq(found.violation_count, 0, "%s", found.violations[0]);
    cr_expect_eq(found.jobs, JOBS);
    cr_expect_lt(found.most_at_once, AT_ONCE_MAX);
    (void)redis(&fixture, "HSET " KEY("unfinished") " " ACCOUNT " 7");
    (void)redis(&fixture, "ZADD " KEY("delayed") " 1 rp-77");
    const struct diagnosis *repaired = run_doctor(fixture.queue, true);
    cr_expect_eq(repaired->sum.found, 2);
    cr_expect_eq(repaired->sum.repaired, 2);
    expect_redis(&fixture, "$5000", "HGET " KEY("unfinished") " " ACCOUNT);
    audit_clean(fixture.queue);
}

// Together they are longer than what one call takes.
Test(doctor, long_names_of_others_are_told_and_not_sent)
{
    enum { COUNT = 6, LONG = 1000000 };
    const char *reply =
        redis(&fixture,
              "EVAL \"for i=1,%d do redis.call('SET',ARGV[1]..string.rep(i,%d),1) end\" 0 " KEY(""),
              COUNT, LONG);
    cr_assert_neq(reply[0], '-', "%s", reply);
    bool is_repaired = true;
    const struct diagnosis *found = run_doctor(fixture.queue, true);
    cr_expect_eq(found->sum.found, COUNT);
    cr_expect(finds(found, "a key of 1000015 bytes, " KEY("1111"), &is_repaired), "%s",
              found->findings[0].text);
    cr_expect_not(is_repaired);
}
