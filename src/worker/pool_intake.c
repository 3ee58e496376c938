// SPDX-License-Identifier: MIT
//
// The intake's side of a lane: read a batch -> judge each entry against the accounts -> admit the
// batch and claim for the free slots in the same script -> start the claimed jobs -> read again.
//
// Which read comes next:
//   after a (re)connect, and after a read that failed
//                         this consumer's own pending entries: an admission whose answer was lost is
//                         repeated, and the script knows what it has answered already
//   a slot is free        blocking; while more is there than was read, no more entries than slots,
//                         so that the admission claims all that it accepts, at once; then the next
//                         read goes out before this batch is admitted
//   no slot is free       without waiting, every POLL_INTERVAL_MS for each lane that is read, and at
//                         least every POLL_INTERVAL_MAX_MS; while more is there every
//                         BACKLOG_INTERVAL_MS; sooner when a slot gets free
//   something failed      the same again after a pause that grows (full jitter)
//   draining, not owned   none
//
// New entries come over the lane's own connection for that, so that a reply of any size holds up
// nothing else; while it is not there, over the command connection, where a script measures them.
#include "pool_private.h"

#include "base/clock.h"
#include "base/mem.h"

#include <string.h>

// What waits in the stream has no turn among the accounts yet: the interval of a busy worker is what
// a backlog of others may cost it.
enum { POLL_INTERVAL_MS = 10, POLL_INTERVAL_MAX_MS = 200, BACKLOG_INTERVAL_MS = 5 };

// For fewer slots a read of their number would be dearer than the way through `ready`, and a worker
// with few slots would admit no sooner than it runs.
enum { SLOTS_WORTH_A_READ = QUEUE_BATCH_MAX / 4 };

struct admission {
    struct pool_lane *lane;
    unsigned reserved;
    int64_t sent_at_ms; // clock_boot_ms
    size_t count;
    struct queue_entry entries[]; // for the log
};

// Nothing is read for a while that grows with each failure. What failed may fail for as long as
// somebody has not mended it (a full Redis, a right taken away): that must not turn into a storm.
static void pause_reading(struct pool_lane *lane, const char *event, const struct err *err)
{
    if (pool_lane_may_read(lane)) {
        trouble_note(&lane->intake.trouble, lane->pool->parts.log, event, err);
        lane->intake.is_waiting_for_slot = false;
        loop_timer_start(&lane->intake.timer, trouble_pause_ms(&lane->intake.trouble));
    }
}

// ---- admission

static void log_answer(const struct pool *pool, const struct queue_entry *entry,
                       const struct queue_answer *answer)
{
    const char *event = answer->replayed                  ? "request.replayed"
                        : answer->code == ANSWER_ACCEPTED ? "request.accepted"
                                                          : "request.refused";
    char subject[SUBJECT_BYTES];
    request_subject(&entry->request, subject);
    LOG_AT(pool->parts.log, LOG_INFO, event, LOG_TEXT("request", answer->request_id),
           LOG_TEXT("entry", entry->entry_id), LOG_TEXT("account", entry->request.account_id),
           LOG_TEXT("pack", subject), LOG_TEXT("report", answer->report_id),
           LOG_TEXT("trace_id", entry->request.trace.trace_id),
           LOG_TEXT("code", answer_code_text(answer->code)), LOG_TEXT("message", answer->message));
}

static void on_admitted(void *context, const struct queue_answer *answers, size_t answer_count,
                        const struct queue_job *jobs, size_t job_count, const struct err *err)
{
    struct admission *admission = context;
    struct pool_lane *lane = admission->lane;
    struct pool *pool = lane->pool;
    size_t fresh = 0;
    pool->calls--;
    pool->reserved -= admission->reserved;
    if (err != NULL) {
        // The entries stay pending for this consumer and are read again as its own.
        lane->intake.own_is_read = false;
        pause_reading(lane, "intake.admission_failed", err);
        if (admission->reserved > 0) { // it was a claim, too
            trouble_count(&lane->claim_trouble, err);
            lane->is_whole = false;
        }
    } else {
        lane->last_write_ms = clock_monotonic_ms();
        trouble_end(&lane->intake.trouble);
    }
    for (size_t i = 0; err == NULL && i < answer_count; i++) {
        if (admission->entries[i].is_wake) {
            continue;
        }
        bool accepted = answers[i].code == ANSWER_ACCEPTED;
        fresh += accepted && !answers[i].replayed ? 1 : 0;
        pool->counters.refused += accepted ? 0 : 1;
        pool->counters.answers[answers[i].code]++;
        log_answer(pool, &admission->entries[i], &answers[i]);
    }
    pool->counters.admitted += fresh;
    if (err == NULL && (admission->reserved > 0 || fresh > 0)) {
        lane->has_work = job_count == admission->reserved; // there may be more
        pool_note_alone(lane);
    }
    int64_t sent_at_ms = admission->sent_at_ms;
    mem_free(&admission);
    if (err == NULL) {
        pool_start_jobs(lane, jobs, job_count, sent_at_ms);
    }
    pool_claim_next(pool);
    pool_intake_next(lane);
    pool_check_drained(pool);
}

// The next batch of a backlog is read before this one is admitted: so Redis has always an admission to
// work on, while the jobs of the last one are being started.
static void read_ahead(struct pool_lane *lane)
{
    const struct pool_intake *intake = &lane->intake;
    if (intake->own_is_read && intake->more_is_there && pool_share_of(lane) >= SLOTS_WORTH_A_READ) {
        pool_intake_next(lane);
    }
}

// What the form of a request cannot tell: whether the account and the group are known.
static void complete_entry(const struct pool *pool, struct queue_entry *entry)
{
    struct request_verdict *verdict = &entry->verdict;
    const struct request *request = &entry->request;
    if (verdict->code != ANSWER_ACCEPTED) {
        return;
    }
    if (account_find(pool->accounts, request->account_id) == NULL) {
        verdict->code = ANSWER_ACCOUNT_UNKNOWN;
    } else if (request->aggregator_id[0] != '\0' &&
               aggregator_find(pool->accounts, request->account_id, request->aggregator_id) ==
                   NULL) {
        verdict->code = ANSWER_AGGREGATOR_UNKNOWN;
    } else {
        return;
    }
    (void)text_copy(verdict->message, sizeof(verdict->message), answer_code_message(verdict->code));
}

static void admit(struct pool_lane *lane, const struct queue_read *read)
{
    struct pool *pool = lane->pool;
    struct admission *admission =
        mem_alloc(1, sizeof(*admission) + read->count * sizeof(admission->entries[0]));
    admission->lane = lane;
    admission->count = read->count;
    memcpy(admission->entries, read->entries, read->count * sizeof(read->entries[0]));
    for (size_t i = 0; i < admission->count; i++) {
        complete_entry(pool, &admission->entries[i]);
    }
    admission->reserved = pool->state == POOL_RUNNING ? pool_share_of(lane) : 0;
    pool->reserved += admission->reserved;
    pool->calls++;
    read_ahead(lane);
    admission->sent_at_ms = clock_boot_ms();
    queue_admit(lane->queue, admission->entries, admission->count, admission->reserved, on_admitted,
                admission);
}

// ---- reading

static void tell_vanished(const struct pool *pool, size_t count)
{
    if (count > 0) {
        LOG_AT(pool->parts.log, LOG_ERROR, "intake.vanished",
               LOG_NUMBER("requests", (int64_t)count));
    }
}

static void on_read(void *context, const struct queue_read *read, const struct err *err)
{
    struct pool_lane *lane = context;
    struct pool *pool = lane->pool;
    struct pool_intake *intake = &lane->intake;
    enum pool_read kind = intake->read;
    REQUIRE(kind != POOL_READ_NONE);
    intake->read = POOL_READ_NONE;
    pool->calls--;
    pool_lane_settle(lane);
    if (err != NULL) {
        // Redis may have given out entries that did not arrive: they were too large, or the
        // connection went.
        intake->own_is_read = false;
        if (err->kind == ERR_CANCELLED) { // the lane was left
            pool_intake_next(lane);
        } else {
            pause_reading(lane, "intake.read_failed", err);
        }
        pool_check_drained(pool);
        return;
    }
    intake->last_read_ms = clock_monotonic_ms();
    intake->more_is_there = read->count == intake->asked_for;
    tell_vanished(pool, read->vanished);
    if (read->count == 0) {
        intake->own_is_read = intake->own_is_read || (kind == POOL_READ_OWN && read->vanished == 0);
        trouble_end(&intake->trouble);
    }
    if (read->count > 0) {
        admit(lane, read);
    } else {
        pool_intake_next(lane);
    }
    pool_check_drained(pool);
}

static unsigned entries_wanted(const struct pool_lane *lane)
{
    unsigned share = pool_share_of(lane);
    return lane->intake.more_is_there && share >= SLOTS_WORTH_A_READ ? share : QUEUE_BATCH_MAX;
}

static void read_now(struct pool_lane *lane, enum pool_read kind)
{
    struct pool_intake *intake = &lane->intake;
    intake->read = kind;
    intake->asked_for = kind == POOL_READ_BLOCKING ? entries_wanted(lane) : QUEUE_BATCH_MAX;
    lane->pool->calls++;
    switch (kind) {
    case POOL_READ_OWN:
        queue_read_own(lane->queue, on_read, lane);
        return;
    case POOL_READ_BLOCKING:
        queue_read(lane->queue, lane->blocking, intake->asked_for, lane->pool->config.block_ms,
                   on_read, lane);
        return;
    case POOL_READ_POLL:
        queue_read(lane->queue,
                   redis_connection_is_ready(lane->blocking) ? lane->blocking : lane->command,
                   intake->asked_for, 0, on_read, lane);
        return;
    case POOL_READ_NONE:
        REQUIRE(kind != POOL_READ_NONE);
    }
}

static bool may_read(const struct pool_lane *lane)
{
    return pool_lane_may_read(lane) && lane->intake.read == POOL_READ_NONE;
}

static bool may_block(const struct pool_lane *lane)
{
    return pool_free_slots(lane->pool) > 0 && redis_connection_is_ready(lane->blocking);
}

// Many lanes together look no more often than a few.
static int64_t poll_interval_ms(const struct pool *pool)
{
    int64_t interval_ms = 0;
    POOL_EACH_LANE(pool, lane)
    {
        interval_ms += lane->is_owned ? POLL_INTERVAL_MS : 0;
    }
    return interval_ms < POLL_INTERVAL_MAX_MS ? interval_ms : POLL_INTERVAL_MAX_MS;
}

void pool_intake_next(struct pool_lane *lane)
{
    struct pool_intake *intake = &lane->intake;
    if (!may_read(lane)) {
        return;
    }
    bool is_needless = intake->is_waiting_for_slot && may_block(lane);
    if (loop_timer_is_set(&intake->timer) && !is_needless) {
        return;
    }
    loop_timer_stop(&intake->timer);
    intake->is_waiting_for_slot = false;
    if (!intake->own_is_read) {
        read_now(lane, POOL_READ_OWN);
    } else if (may_block(lane)) {
        read_now(lane, POOL_READ_BLOCKING);
    } else {
        intake->is_waiting_for_slot = true;
        loop_timer_start(&intake->timer, intake->more_is_there ? BACKLOG_INTERVAL_MS
                                                               : poll_interval_ms(lane->pool));
    }
}

static void on_intake_timer(struct loop_timer *timer)
{
    struct pool_lane *lane = timer->owner;
    lane->intake.is_waiting_for_slot = false;
    if (may_read(lane)) {
        read_now(lane, !lane->intake.own_is_read ? POOL_READ_OWN
                       : may_block(lane)         ? POOL_READ_BLOCKING
                                                 : POOL_READ_POLL);
    }
}

void pool_intake_init(struct pool_lane *lane)
{
    loop_timer_init(&lane->intake.timer, lane->pool->parts.loop, on_intake_timer, lane);
}

void pool_intake_wake(struct pool_lane *lane)
{
    if (lane->intake.read == POOL_READ_BLOCKING && redis_connection_is_ready(lane->blocking) &&
        redis_connection_is_ready(lane->command)) {
        queue_wake_reader(lane->queue, redis_connection_server(lane->blocking)->client_id);
    }
}

// ---- what others left

static void on_taken_over(void *context, const struct queue_read *read, const struct err *err)
{
    struct pool_lane *lane = context;
    struct pool *pool = lane->pool;
    pool->calls--;
    if (err != NULL) {
        lane->intake.own_is_read = false; // what the rounds before this one brought
        pause_reading(lane, "intake.take_over_failed", err);
        pool_check_drained(pool);
        return;
    }
    tell_vanished(pool, read->vanished);
    if (read->count > 0) {
        LOG_AT(pool->parts.log, LOG_WARNING, "intake.taken_over",
               LOG_NUMBER("entries", (int64_t)read->count));
        admit(lane, read);
    }
    pool_check_drained(pool);
}

void pool_intake_take_over(struct pool_lane *lane)
{
    int64_t now_ms = clock_monotonic_ms();
    int64_t idle_ms = lane->pool->config.take_over_idle_ms;
    if (now_ms - lane->intake.last_take_over_ms < idle_ms / 2) {
        return;
    }
    lane->intake.last_take_over_ms = now_ms;
    lane->pool->calls++;
    queue_take_over(lane->queue, idle_ms, on_taken_over, lane);
}
