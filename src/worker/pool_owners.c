// SPDX-License-Identifier: MIT
//
// Which partitions this pool reads. Each worker has a heartbeat in partition 0; from the list of those
// that live and do not drain each computes by itself what is its own (queue/partition.h), so there is
// nothing to agree on and nothing to hand over. Two that see different lists both read a partition, or
// for a moment nobody does: admission, leases and fences hold either way.
//
//   a worker comes         it takes what is its own; the others leave that with their next look
//   a worker drains        its next heartbeat says so
//   a worker dies          it counts until it was silent for half a lease, OWNER_SILENT_MAX_MS at most.
//                          That is before its jobs' leases run out, so somebody is there to see it
//   partition 0 is away    what was decided last stays
//
// A lane that is left ends the read that is under way and admits what that brought. Jobs that run go on.
#include "pool_private.h"

#include "base/buf.h"
#include "base/clock.h"
#include "queue/control.h"

#include <string.h>

enum { OWNER_SILENT_MAX_MS = 5000, LIST_BYTES = 512 };

// ---- taking and leaving

void pool_lane_settle(struct pool_lane *lane)
{
    bool is_left = !lane->is_owned && lane->blocking != NULL;
    bool is_in_use = lane->intake.read == POOL_READ_BLOCKING || lane->intake.read == POOL_READ_POLL;
    if (is_left && !is_in_use) {
        lane->blocking = NULL;
        lane->pool->parts.links.close_blocking(lane->pool->parts.links.owner, lane->partition);
    }
}

void pool_lane_own(struct pool_lane *lane)
{
    struct pool *pool = lane->pool;
    lane->is_owned = true;
    lane->intake.own_is_read = false;
    lane->intake.last_read_ms = clock_monotonic_ms();
    lane->last_write_ms = lane->intake.last_read_ms;
    lane->has_work = true;
    if (lane->blocking == NULL) {
        lane->blocking = pool->parts.links.open_blocking(pool->parts.links.owner, lane->partition);
    }
    if (lane->is_consuming) {
        pool_renew_lane(lane); // before it reads, as in the beginning
    }
    pool_intake_next(lane);
}

static void leave(struct pool_lane *lane)
{
    lane->is_owned = false;
    loop_timer_stop(&lane->intake.timer);
    trouble_end(&lane->intake.trouble);
    trouble_end(&lane->claim_trouble);
    trouble_end(&lane->sweep_trouble);
    pool_intake_wake(lane);
    pool_lane_settle(lane);
}

static void log_owned(const struct pool *pool, size_t workers)
{
    struct buf text;
    buf_init(&text, LIST_BYTES);
    POOL_EACH_LANE(pool, lane)
    {
        if (lane->is_owned) {
            (void)buf_append_format(&text, "%s%u", text.len == 0 ? "" : " ", lane->partition);
        }
    }
    LOG_AT(pool->parts.log, LOG_INFO, "partitions.owned", LOG_TEXT("partitions", buf_text(&text)),
           LOG_NUMBER("workers", (int64_t)workers));
    buf_deinit(&text);
}

static void apply(struct pool *pool, const bool *owned, size_t workers)
{
    bool has_changed = false;
    POOL_EACH_LANE(pool, lane)
    {
        bool is_owned = owned[lane->partition];
        if (is_owned == lane->is_owned) {
            continue;
        }
        has_changed = true;
        if (is_owned) {
            pool_lane_own(lane);
        } else {
            leave(lane);
        }
    }
    if (has_changed) {
        log_owned(pool, workers);
        pool_claim_next(pool);
        pool_tell_readiness(pool);
    }
}

// ---- the list of workers

static int64_t silent_max_ms(const struct pool *pool)
{
    int64_t half_ms = pool->config.lease_ms / 2;
    return half_ms < OWNER_SILENT_MAX_MS ? half_ms : OWNER_SILENT_MAX_MS;
}

static void decide(struct pool *pool, const struct queue_worker_list *list)
{
    const char *workers[QUEUE_WORKERS_MAX + 1];
    const char *self = queue_worker_id(pool->lanes[0].queue);
    struct queue_members members = {.workers = workers};
    for (size_t i = 0; i < list->count; i++) {
        const struct queue_worker *worker = &list->workers[i];
        bool counts = worker->silent_ms <= silent_max_ms(pool) && !worker->is_draining;
        if (counts && strcmp(worker->worker_id, self) != 0) {
            workers[members.count++] = worker->worker_id;
        }
    }
    members.self = members.count;
    workers[members.count++] = self; // we live, whatever the list says
    bool owned[QUEUE_PARTITIONS_MAX];
    queue_own_partitions(&members, pool->config.partitions, owned);
    apply(pool, owned, members.count);
}

static void on_workers(void *context, const struct queue_worker_list *list, const struct err *err)
{
    struct pool *pool = context;
    pool->calls--;
    pool->is_asking_workers = false;
    if (err != NULL) {
        trouble_note(&pool->owners_trouble, pool->parts.log, "partitions.owners_failed", err);
    } else {
        trouble_end(&pool->owners_trouble);
    }
    if (err == NULL && pool->state == POOL_RUNNING) {
        decide(pool, list);
    }
    pool_check_drained(pool);
}

void pool_owners_look(struct pool *pool)
{
    struct pool_lane *first = &pool->lanes[0];
    if (pool->config.partitions == 1 || pool->is_asking_workers || !first->is_consuming ||
        pool->state != POOL_RUNNING) {
        return;
    }
    pool->is_asking_workers = true;
    pool->calls++;
    queue_list_workers(first->queue, on_workers, pool);
}
