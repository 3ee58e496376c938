// SPDX-License-Identifier: MIT
//
// The queue against a small model of what callers were promised: thousands of random operations of
// four workers, with crashes, stale endings and repetitions, and the audit clean after each step.
// The seed is printed; PACKREPORT_SEED sets it.
#include "operator_calls.h"

#include "base/clock.h"
#include "base/random.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    STEPS = 3000,
    PACKS = 12,
    TOKENS = 6,
    HELD_MAX = 40,
    BATCH_MAX = 6,
    ACCEPTED_MAX = 20000,
};

// What the model knows of an accepted report.
struct accepted {
    char report_id[TEXT_ID_MAX + 1];
    int pack;
    uint64_t fence; // highest that anybody got
    bool is_over;   // FINISHED was said for an end, or DEAD
    bool is_cancelled;
};

struct held {
    struct queue_job job;
    int worker;
    struct accepted *accepted;
    bool is_stale; // crashed, or ended: nothing that it does may count
};

struct token {
    char report_id[TEXT_ID_MAX + 1]; // "" while unused
    char fingerprint[REQUEST_FINGERPRINT_BYTES];
};

struct model {
    struct fixture fixture;
    uint64_t random;
    struct accepted *accepted;
    size_t accepted_count;
    struct accepted *current[PACKS]; // unfinished, by pack
    struct token tokens[TOKENS];
    struct held held[HELD_MAX];
    size_t held_count;
    size_t ends[4]; // how often each outcome counted
    size_t refused;
    size_t cancelled[2]; // at once; by the worker or a sweep
    unsigned caps[2];    // of the accounts; 0: none
    size_t throttled;
    uint64_t held_jobs; // seen in `held`, again and again
};

static struct model model;

// xorshift64*: the same steps for the same seed.
static unsigned pick(unsigned bound)
{
    model.random ^= model.random >> 12;
    model.random ^= model.random << 25;
    model.random ^= model.random >> 27;
    return (unsigned)((model.random * 2685821657736338717u >> 33) % bound);
}

static struct queue *any_worker(int *number_out)
{
    *number_out = (int)pick(FIXTURE_WORKERS);
    return model.fixture.workers[*number_out];
}

// ---- what was claimed

static struct accepted *find_accepted(const char *report_id)
{
    for (size_t i = model.accepted_count; i > 0; i--) {
        if (strcmp(model.accepted[i - 1].report_id, report_id) == 0) {
            return &model.accepted[i - 1];
        }
    }
    return NULL;
}

// A free place, or that of somebody who is stale: at most PACKS are not.
static struct held *place_for_held(void)
{
    if (model.held_count < HELD_MAX) {
        return &model.held[model.held_count++];
    }
    size_t at = pick(HELD_MAX);
    while (!model.held[at].is_stale) {
        at = (at + 1) % HELD_MAX;
    }
    return &model.held[at];
}

static void hold(const struct queue_job *jobs, size_t count, int worker)
{
    for (size_t i = 0; i < count; i++) {
        struct accepted *accepted = find_accepted(jobs[i].report_id);
        cr_assert_not_null(accepted, "a job was claimed that was never accepted");
        cr_assert_not(accepted->is_over, "a job that is over was claimed");
        cr_assert_gt(jobs[i].fence, accepted->fence, "fences rise");
        accepted->fence = jobs[i].fence;
        for (size_t h = 0; h < model.held_count; h++) {
            cr_assert(model.held[h].is_stale || model.held[h].accepted != accepted,
                      "two workers hold one job");
        }
        *place_for_held() = (struct held){.job = jobs[i], .worker = worker, .accepted = accepted};
    }
}

// ---- operations

// The accounts are two: 0 has every third pack.
static int account_of(int pack)
{
    return pack % 3 == 0 ? 0 : 1;
}

static bool is_at_its_cap(int account)
{
    unsigned unfinished = 0;
    for (int pack = 0; pack < PACKS; pack++) {
        unfinished += account_of(pack) == account && model.current[pack] != NULL ? 1 : 0;
    }
    return model.caps[account] > 0 && unfinished >= model.caps[account];
}

static struct queue_entry random_entry(int *pack_out, int *token_out)
{
    char pack[16];
    char token[16];
    *pack_out = (int)pick(PACKS);
    *token_out = pick(3) == 0 ? (int)pick(TOKENS) : -1;
    (void)snprintf(pack, sizeof(pack), "cp-%d", *pack_out);
    (void)snprintf(token, sizeof(token), "token-%d", *token_out);
    return ask(*pack_out % 3 == 0 ? "1000" : "2000", pack, *token_out < 0 ? NULL : token, NULL);
}

static bool token_key_matches(int pack, int token)
{
    return token >= 0 && (token % 2 == 0) == (pack % 3 == 0);
}

// What the answer must be, from the model alone; accepts in the model where it is ACCEPTED anew.
static void check_answer(const struct queue_entry *entry, int pack, int token,
                         const struct queue_answer *answer)
{
    char fingerprint[REQUEST_FINGERPRINT_BYTES];
    request_fingerprint(&entry->request, fingerprint);
    struct token *known = token < 0 ? NULL : &model.tokens[token];
    if (known != NULL && known->report_id[0] != '\0') {
        bool same = strcmp(known->fingerprint, fingerprint) == 0;
        cr_assert_eq(answer->code, same ? ANSWER_ACCEPTED : ANSWER_TOKEN_MISMATCH);
        cr_assert_eq(answer->replayed, same);
        cr_assert_str_eq(answer->report_id, same ? known->report_id : "");
        return;
    }
    if (model.current[pack] != NULL) {
        cr_assert_eq(answer->code, ANSWER_REPORT_CREATING);
        return;
    }
    if (is_at_its_cap(account_of(pack))) {
        cr_assert_eq(answer->code, ANSWER_THROTTLED);
        cr_assert_str_eq(answer->report_id, "");
        model.throttled++;
        return;
    }
    cr_assert_eq(answer->code, ANSWER_ACCEPTED);
    cr_assert_not(answer->replayed);
    cr_assert_str_eq(answer->report_id, entry->report_id);
    cr_assert_lt(model.accepted_count, ACCEPTED_MAX);
    struct accepted *accepted = &model.accepted[model.accepted_count++];
    *accepted = (struct accepted){.pack = pack};
    (void)text_copy(accepted->report_id, sizeof(accepted->report_id), entry->report_id);
    model.current[pack] = accepted;
    if (known != NULL) {
        (void)text_copy(known->report_id, sizeof(known->report_id), entry->report_id);
        (void)text_copy(known->fingerprint, sizeof(known->fingerprint), fingerprint);
    }
}

static void step_admit(void)
{
    struct queue_entry entries[BATCH_MAX];
    int packs[BATCH_MAX];
    int tokens[BATCH_MAX];
    int worker;
    size_t count = 1 + pick(BATCH_MAX);
    for (size_t i = 0; i < count; i++) {
        // A token belongs to an account; here each is used by one account only.
        do {
            entries[i] = random_entry(&packs[i], &tokens[i]);
        } while (tokens[i] >= 0 && !token_key_matches(packs[i], tokens[i]));
    }
    struct queue *queue = any_worker(&worker);
    struct admitted result = admit(queue, entries, count, pick(3));
    cr_assert_eq(result.err.kind, ERR_OK, "%s", result.err.message);
    for (size_t i = 0; i < count; i++) {
        check_answer(&entries[i], packs[i], tokens[i], &result.answers[i]);
    }
    hold(result.jobs, result.job_count, worker);
    if (pick(4) == 0) { // the reply was lost
        struct admitted again = admit(queue, entries, count, 0);
        for (size_t i = 0; i < count; i++) {
            cr_assert(again.answers[i].replayed);
            cr_assert_eq(again.answers[i].code, result.answers[i].code);
            cr_assert_str_eq(again.answers[i].report_id, result.answers[i].report_id);
        }
    }
}

static void step_claim(void)
{
    int worker;
    struct queue *queue = any_worker(&worker);
    struct admitted got = claim(queue, pick(4));
    cr_assert_eq(got.err.kind, ERR_OK);
    if (got.job_count == 0 && pick(2) == 0) { // what is to run alone is there for nobody else
        got = claim_alone(queue);
        cr_assert_eq(got.err.kind, ERR_OK);
    }
    hold(got.jobs, got.job_count, worker);
}

static void step_renew(void)
{
    if (model.held_count == 0) {
        return;
    }
    const struct held *held = &model.held[pick((unsigned)model.held_count)];
    enum queue_hold expected = held->is_stale                 ? QUEUE_LOST
                               : held->accepted->is_cancelled ? QUEUE_CANCELLED
                                                              : QUEUE_HELD;
    cr_assert_eq(renew_one(model.fixture.workers[held->worker], &held->job), expected);
}

// The worker dies: its lease runs out. It may come back later and try to end what it held.
static void step_crash(void)
{
    if (model.held_count == 0) {
        return;
    }
    struct held *held = &model.held[pick((unsigned)model.held_count)];
    if (!held->is_stale) {
        (void)redis(&model.fixture, "ZADD packreport:{0}:running XX 1 %s", held->job.report_id);
    }
}

static bool is_over_in_redis(const struct held *held)
{
    const char *reply = redis(&model.fixture, "ZSCORE packreport:{0}:dead %s", held->job.report_id);
    if (strcmp(reply, "$-1") != 0) {
        return true;
    }
    reply = redis(&model.fixture, "HEXISTS packreport:{0}:jobs %s", held->job.report_id);
    return strcmp(reply, ":0") == 0; // its worker was gone when it was cancelled
}

// Whose lease ran out is stale after a sweep; whose job was buried is over.
static void step_sweep(void)
{
    int worker;
    (void)sweep(any_worker(&worker));
    for (size_t i = 0; i < model.held_count; i++) {
        struct held *held = &model.held[i];
        if (held->is_stale) {
            continue;
        }
        const char *score =
            redis(&model.fixture, "ZSCORE packreport:{0}:running %s", held->job.report_id);
        held->is_stale = strcmp(score, "$-1") == 0;
        if (held->is_stale && is_over_in_redis(held)) {
            model.cancelled[1] += held->accepted->is_cancelled ? 1 : 0;
            held->accepted->is_over = true;
            model.current[held->accepted->pack] = NULL;
        }
    }
}

static void step_cancel(void)
{
    int worker;
    struct queue *queue = any_worker(&worker);
    struct accepted *accepted = model.current[pick(PACKS)];
    if (accepted == NULL) {
        return;
    }
    struct queue_cancel_result result = cancel_report(queue, accepted->report_id);
    cr_assert(result.what == QUEUE_CANCEL_DONE || result.what == QUEUE_CANCEL_TOLD);
    accepted->is_cancelled = true;
    if (result.what == QUEUE_CANCEL_DONE) {
        model.cancelled[0]++;
        accepted->is_over = true;
        model.current[accepted->pack] = NULL;
    }
}

static void step_account(void)
{
    int worker;
    struct queue *queue = any_worker(&worker);
    int account = (int)pick(2);
    model.caps[account] = pick(2) * pick(4);
    (void)change_account(queue, account == 0 ? "1000" : "2000", 1 + pick(QUEUE_WEIGHT_MAX),
                         model.caps[account]);
}

// Everything, an account, or a pack of one; resumed as often as paused.
static void step_pause(void)
{
    int worker;
    struct queue *queue = any_worker(&worker);
    int pack = (int)pick(PACKS);
    unsigned scope = pick(3);
    char name[16];
    (void)snprintf(name, sizeof(name), "cp-%d", pack);
    (void)set_paused(queue,
                     scope == 0      ? NULL
                     : pack % 3 == 0 ? "1000"
                                     : "2000",
                     scope < 2 ? NULL : name, pick(2) == 0);
}

// What any scope may have paused.
static void resume_everything(void)
{
    struct queue *queue = model.fixture.queue;
    (void)set_paused(queue, NULL, NULL, false);
    (void)set_paused(queue, "1000", NULL, false);
    (void)set_paused(queue, "2000", NULL, false);
    for (int pack = 0; pack < PACKS; pack++) {
        char name[16];
        (void)snprintf(name, sizeof(name), "cp-%d", pack);
        (void)set_paused(queue, pack % 3 == 0 ? "1000" : "2000", name, false);
    }
    cr_assert_eq(audit(queue).held, 0, "held, and nothing is paused");
}

static void step_finish(void)
{
    if (model.held_count == 0) {
        return;
    }
    struct held *held = &model.held[pick((unsigned)model.held_count)];
    struct queue *queue = model.fixture.workers[held->worker];
    struct queue_ending ending =
        ending_of(&held->job, (enum queue_outcome)pick(4)); // a cancel comes from outside
    ending.attempts_max = 4;
    bool was_stale = held->is_stale;
    int worker = held->worker;
    struct queue_job job = held->job; // `hold` below may put another into its place
    ending.job = &job;
    struct finished first = finish_with(queue, &ending, pick(3));
    cr_assert_eq(first.err.kind, ERR_OK, "%s", first.err.message);
    if (was_stale) {
        model.refused += first.result == QUEUE_REFUSED;
    } else {
        cr_assert_neq(first.result, QUEUE_REFUSED);
        model.ends[ending.outcome]++;
        held->is_stale = true;
        bool is_end = ending.outcome == QUEUE_COMPLETE || ending.outcome == QUEUE_FAILED ||
                      first.result == QUEUE_FINISHED_DEAD ||
                      first.result == QUEUE_FINISHED_CANCELLED;
        cr_assert(!held->accepted->is_cancelled || is_end, "it would run again");
        model.cancelled[1] += first.result == QUEUE_FINISHED_CANCELLED ? 1 : 0;
        if (is_end) {
            held->accepted->is_over = true;
            model.current[held->accepted->pack] = NULL;
        }
    }
    hold(first.jobs, first.job_count, worker);
    if (!was_stale && first.job_count == 0 && pick(3) == 0) { // the reply was lost
        cr_assert_eq(finish_with(queue, &ending, 0).result, first.result);
    }
}

// Whoever is fenced off must not have changed the report: its holder is the model's.
static void check_reports(void)
{
    for (int pack = 0; pack < PACKS; pack++) {
        char name[16];
        (void)snprintf(name, sizeof(name), "cp-%d", pack);
        struct queue_report_record record =
            get_report(model.fixture.queue, pack % 3 == 0 ? "1000" : "2000", name);
        bool creating = model.current[pack] != NULL;
        cr_assert_eq(record.status == REPORT_CREATING, creating, "pack %s", name);
        if (creating) {
            cr_assert_str_eq(record.report_id, model.current[pack]->report_id);
        }
    }
}

static void random_step(void)
{
    static void (*const steps[])(void) = {step_admit,  step_admit, step_claim, step_claim,
                                          step_renew,  step_crash, step_sweep, step_finish,
                                          step_finish, step_finish};
    if (pick(30) == 0) {
        step_cancel();
    }
    if (pick(60) == 0) {
        step_pause();
        model.held_jobs += audit(model.fixture.queue).held;
    }
    if (pick(300) == 0) {
        resume_everything();
    }
    if (pick(40) == 0) {
        step_account();
    }
    steps[pick(ARRAY_LEN(steps))]();
    audit_clean(model.fixture.queue);
}

// Nothing that was accepted is lost: with everybody at work again, all of it comes to an end.
static void finish_everything(void)
{
    for (int round = 0; round < 100; round++) {
        struct queue_audit found = audit(model.fixture.queue);
        if (found.jobs == found.dead) {
            return;
        }
        (void)sweep(model.fixture.queue);
        struct admitted got = claim(model.fixture.queue, QUEUE_BATCH_MAX);
        if (got.job_count == 0) {
            got = claim_alone(model.fixture.queue);
        }
        for (size_t i = 0; i < got.job_count; i++) {
            cr_assert_eq(finish(model.fixture.queue, &got.jobs[i], QUEUE_COMPLETE), QUEUE_FINISHED);
        }
        for (size_t i = 0; i < model.held_count; i++) {
            if (!model.held[i].is_stale) { // a lease may have been run out: then it is refused
                (void)finish(model.fixture.workers[model.held[i].worker], &model.held[i].job,
                             QUEUE_COMPLETE);
            }
        }
    }
    cr_assert_fail("some job never ended");
}

static bool expires_or_stays(const char *key)
{
    static const char *const permanent[] = {
        "partitions", "requests",    "fence", "fair",    "events", "dead", "jobs",    "workers",
        "report:",    "worker_info", "dead:", "control", "paused", "held", "accounts"};
    const char *name = strchr(key, '}') + 2;
    for (size_t i = 0; i < ARRAY_LEN(permanent); i++) {
        if (strncmp(name, permanent[i], strlen(permanent[i])) == 0) {
            return true;
        }
    }
    return strcmp(redis(&model.fixture, "PTTL %s", key), ":-1") != 0;
}

// All keys, one by one: `RANDOMKEY` and `DEL` until none is left.
static void check_keys(void)
{
    for (int i = 0; i < 100000; i++) {
        const char *reply = redis(&model.fixture, "RANDOMKEY");
        if (strcmp(reply, "$-1") == 0) {
            return;
        }
        char key[256];
        cr_assert(text_copy(key, sizeof(key), reply + 1));
        cr_assert(expires_or_stays(key), "%s never expires", key);
        (void)redis(&model.fixture, "DEL %s", key);
    }
    cr_assert_fail("keys without end");
}

static void teardown(void)
{
    fixture_stop(&model.fixture);
    free(model.accepted);
}

TestSuite(model, .fini = teardown);

Test(model, random_operations_keep_every_promise, .timeout = 200)
{
    const char *given = getenv("PACKREPORT_SEED");
    uint64_t seed = given != NULL ? strtoull(given, NULL, 10) : random_below(UINT32_MAX) + 1;
    (void)fprintf(stderr, "model: PACKREPORT_SEED=%" PRIu64 "\n", seed);
    model.random = seed;
    model.accepted = calloc(ACCEPTED_MAX, sizeof(*model.accepted));
    cr_assert_not_null(model.accepted);
    fixture_init(&model.fixture);
    model.fixture.config.answer_ttl_ms = 5000; // few keys, so that each audit is quick
    fixture_start(&model.fixture);
    for (int i = 0; i < STEPS; i++) {
        random_step();
        if (i % 50 == 0) {
            check_reports();
        }
    }
    for (size_t i = 0; i < ARRAY_LEN(model.ends); i++) {
        cr_expect_gt(model.ends[i], 0, "outcome %zu never happened", i);
    }
    cr_expect_gt(model.refused, 0, "no stale worker was refused");
    cr_expect(model.cancelled[0] > 0 && model.cancelled[1] > 0, "nothing was cancelled");
    cr_expect_gt(model.held_jobs, 0, "nothing was paused");
    cr_expect_gt(model.throttled, 0, "nobody came to its cap");
    resume_everything();
    finish_everything();
    audit_clean(model.fixture.queue);
    check_keys();
}
