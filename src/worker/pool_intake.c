// SPDX-License-Identifier: MIT
//
// The intake's side of the pool: read a batch -> judge each entry against the accounts -> admit the
// batch and claim for the free slots in the same script -> start the claimed jobs -> read again.
//
// Which read comes next:
//   after a (re)connect, and after a read that failed
//                         this consumer's own pending entries: an admission whose answer was lost is
//                         repeated, and the script knows what it has answered already
//   a slot is free        blocking, on the connection made for that; while more is there than was
//                         read and some slots are free, no more than that many, so that the
//                         admission claims all of it at once
//   no slot is free       without waiting, on the command connection: every POLL_INTERVAL_MS, and
//                         while more is there, every BACKLOG_INTERVAL_MS, unless a slot gets free
//                         before
//   something failed      the same again after a pause that grows (full jitter)
//   draining              none
#include "pool_private.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/random.h"

#include <stdio.h>
#include <string.h>

// The second is what prompt answers under a backlog cost: what is admitted with no slot free takes
// the way through `ready`, which costs Redis more than a job that is claimed when it is admitted. Short jobs free slots sooner than that.
enum { POLL_INTERVAL_MS = 50, BACKLOG_INTERVAL_MS = 5 };

// For fewer free slots than this a read of their number would be dearer than the way through
// `ready`, and a worker with few slots would admit no sooner than it runs.
enum { SLOTS_WORTH_A_READ = QUEUE_BATCH_MAX / 4 };

static const char REPORT_ID_PREFIX[] = "rp-";

struct admission {
    struct pool *pool;
    unsigned reserved;
    size_t count;
    struct queue_entry entries[]; // for the log
};

// Nothing is read for a while that grows with each failure. What failed may fail for as long as
// somebody has not mended it (a full Redis, a right taken away): that must not turn into a storm.
static void pause_reading(struct pool *pool, const char *event, const struct err *err)
{
    if (pool->state == POOL_CONSUMING) {
        trouble_note(&pool->intake.trouble, pool->parts.log, event, err);
        pool->intake.is_waiting_for_slot = false;
        loop_timer_start(&pool->intake.timer, trouble_pause_ms(&pool->intake.trouble));
    }
}

// ---- admission

static void log_answer(const struct pool *pool, const struct queue_entry *entry,
                       const struct queue_answer *answer)
{
    const char *event = answer->replayed                  ? "request.replayed"
                        : answer->code == ANSWER_ACCEPTED ? "request.accepted"
                                                          : "request.refused";
    LOG_AT(pool->parts.log, LOG_INFO, event, LOG_TEXT("request", answer->request_id),
           LOG_TEXT("entry", entry->entry_id), LOG_TEXT("account", entry->request.account_id),
           LOG_TEXT("pack", entry->request.pack_id), LOG_TEXT("report", answer->report_id),
           LOG_TEXT("code", answer_code_text(answer->code)), LOG_TEXT("message", answer->message));
}

static void on_admitted(void *context, const struct queue_answer *answers, size_t answer_count,
                        const struct queue_job *jobs, size_t job_count, const struct err *err)
{
    struct admission *admission = context;
    struct pool *pool = admission->pool;
    pool->calls--;
    pool->reserved -= admission->reserved;
    if (err != NULL) {
        // The entries stay pending for this consumer and are read again as its own.
        pool->intake.own_is_read = false;
        pause_reading(pool, "intake.admission_failed", err);
    } else {
        pool->last_write_ms = clock_monotonic_ms();
        trouble_end(&pool->intake.trouble);
    }
    for (size_t i = 0; err == NULL && i < answer_count; i++) {
        if (admission->entries[i].is_wake) {
            continue;
        }
        bool accepted = answers[i].code == ANSWER_ACCEPTED;
        pool->counters.admitted += accepted && !answers[i].replayed ? 1 : 0;
        pool->counters.refused += accepted ? 0 : 1;
        log_answer(pool, &admission->entries[i], &answers[i]);
    }
    mem_free(&admission);
    if (err == NULL) {
        pool_start_jobs(pool, jobs, job_count);
    }
    pool_intake_next(pool);
    pool_check_drained(pool);
}

// What the form of a request cannot tell: whether the account is known. And the ids that its answer
// will carry.
static void complete_entry(const struct pool *pool, struct queue_entry *entry)
{
    struct request_verdict *verdict = &entry->verdict;
    if (verdict->code == ANSWER_ACCEPTED &&
        account_find(pool->accounts, entry->request.account_id) == NULL) {
        verdict->code = ANSWER_ACCOUNT_UNKNOWN;
        (void)text_copy(verdict->message, sizeof(verdict->message),
                        answer_code_message(ANSWER_ACCOUNT_UNKNOWN));
    }
    if (entry->request.request_id[0] != '\0') {
        (void)text_copy(entry->request_id, sizeof(entry->request_id), entry->request.request_id);
    } else {
        random_uuid(entry->request_id);
    }
    char letters[RANDOM_ID_LETTERS + 1];
    random_id(letters);
    (void)snprintf(entry->report_id, sizeof(entry->report_id), "%s%s", REPORT_ID_PREFIX, letters);
}

static void admit(struct pool *pool, const struct queue_read *read)
{
    struct admission *admission =
        mem_alloc(1, sizeof(*admission) + read->count * sizeof(admission->entries[0]));
    admission->pool = pool;
    admission->count = read->count;
    memcpy(admission->entries, read->entries, read->count * sizeof(read->entries[0]));
    for (size_t i = 0; i < admission->count; i++) {
        complete_entry(pool, &admission->entries[i]);
    }
    unsigned free_slots = pool->state == POOL_CONSUMING ? pool_free_slots(pool) : 0;
    admission->reserved = free_slots < QUEUE_BATCH_MAX ? free_slots : QUEUE_BATCH_MAX;
    pool->reserved += admission->reserved;
    pool->calls++;
    queue_admit(pool->parts.queue, admission->entries, admission->count, admission->reserved,
                on_admitted, admission);
}

// ---- reading

static void on_read(void *context, const struct queue_read *read, const struct err *err)
{
    struct pool *pool = context;
    enum pool_read kind = pool->intake.read;
    REQUIRE(kind != POOL_READ_NONE);
    pool->intake.read = POOL_READ_NONE;
    pool->calls--;
    if (err != NULL) {
        // Redis may have given out entries that did not arrive: they were too large, or the
        // connection went.
        pool->intake.own_is_read = false;
        pause_reading(pool, "intake.read_failed", err);
        pool_check_drained(pool);
        return;
    }
    pool->intake.last_read_ms = clock_monotonic_ms();
    pool->intake.more_is_there = read->count > 0 && read->count == pool->intake.asked_for;
    if (read->count == 0) {
        pool->intake.own_is_read = pool->intake.own_is_read || kind == POOL_READ_OWN;
        trouble_end(&pool->intake.trouble);
    }
    if (read->count > 0) {
        admit(pool, read);
    } else {
        pool_intake_next(pool);
    }
    pool_check_drained(pool);
}

static unsigned entries_wanted(const struct pool *pool)
{
    unsigned free_slots = pool_free_slots(pool);
    bool is_enough = free_slots >= SLOTS_WORTH_A_READ && free_slots < QUEUE_BATCH_MAX;
    return pool->intake.more_is_there && is_enough ? free_slots : QUEUE_BATCH_MAX;
}

static void read_now(struct pool *pool, enum pool_read kind)
{
    pool->intake.read = kind;
    pool->intake.asked_for = kind == POOL_READ_BLOCKING ? entries_wanted(pool) : QUEUE_BATCH_MAX;
    pool->calls++;
    switch (kind) {
    case POOL_READ_OWN:
        queue_read_own(pool->parts.queue, on_read, pool);
        return;
    case POOL_READ_BLOCKING:
        queue_read(pool->parts.queue, pool->parts.blocking, pool->intake.asked_for,
                   pool->config.block_ms, on_read, pool);
        return;
    case POOL_READ_POLL:
        queue_read(pool->parts.queue, pool->parts.command, QUEUE_BATCH_MAX, 0, on_read, pool);
        return;
    case POOL_READ_NONE:
        REQUIRE(kind != POOL_READ_NONE);
    }
}

static bool may_read(const struct pool *pool)
{
    return pool->state == POOL_CONSUMING && pool->intake.read == POOL_READ_NONE;
}

static bool may_block(const struct pool *pool)
{
    return pool_free_slots(pool) > 0 && redis_connection_is_ready(pool->parts.blocking);
}

void pool_intake_next(struct pool *pool)
{
    struct pool_intake *intake = &pool->intake;
    bool is_set = loop_timer_is_set(&intake->timer);
    if (!may_read(pool) || (is_set && !(intake->is_waiting_for_slot && may_block(pool)))) {
        return;
    }
    loop_timer_stop(&intake->timer);
    intake->is_waiting_for_slot = false;
    if (!intake->own_is_read) {
        read_now(pool, POOL_READ_OWN);
    } else if (may_block(pool)) {
        read_now(pool, POOL_READ_BLOCKING);
    } else {
        intake->is_waiting_for_slot = intake->more_is_there;
        loop_timer_start(&intake->timer,
                         intake->more_is_there ? BACKLOG_INTERVAL_MS : POLL_INTERVAL_MS);
    }
}

static void on_intake_timer(struct loop_timer *timer)
{
    struct pool *pool = timer->owner;
    if (!may_read(pool)) {
        return;
    }
    pool->intake.is_waiting_for_slot = false;
    read_now(pool, !pool->intake.own_is_read ? POOL_READ_OWN
                   : may_block(pool)         ? POOL_READ_BLOCKING
                                             : POOL_READ_POLL);
}

void pool_intake_init(struct pool *pool)
{
    loop_timer_init(&pool->intake.timer, pool->parts.loop, on_intake_timer, pool);
}

void pool_intake_wake(struct pool *pool)
{
    if (pool->intake.read == POOL_READ_BLOCKING &&
        redis_connection_is_ready(pool->parts.blocking) &&
        redis_connection_is_ready(pool->parts.command)) {
        queue_wake_reader(pool->parts.queue,
                          redis_connection_server(pool->parts.blocking)->client_id);
    }
}

// ---- what others left

static void on_taken_over(void *context, const struct queue_read *read, const struct err *err)
{
    struct pool *pool = context;
    pool->calls--;
    if (err != NULL) {
        pause_reading(pool, "intake.take_over_failed", err);
        pool_check_drained(pool);
        return;
    }
    if (read->vanished > 0) {
        LOG_AT(pool->parts.log, LOG_ERROR, "intake.vanished",
               LOG_NUMBER("requests", (int64_t)read->vanished));
    }
    if (read->count > 0) {
        LOG_AT(pool->parts.log, LOG_WARNING, "intake.taken_over",
               LOG_NUMBER("entries", (int64_t)read->count));
        admit(pool, read);
    }
    pool_check_drained(pool);
}

void pool_intake_take_over(struct pool *pool)
{
    int64_t now_ms = clock_monotonic_ms();
    if (now_ms - pool->intake.last_take_over_ms < pool->config.take_over_idle_ms / 2) {
        return;
    }
    pool->intake.last_take_over_ms = now_ms;
    pool->calls++;
    queue_take_over(pool->parts.queue, pool->config.take_over_idle_ms, on_taken_over, pool);
}
