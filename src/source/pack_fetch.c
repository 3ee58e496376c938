// SPDX-License-Identifier: MIT
#include "pack_fetch.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"

void pack_fetch_init(struct pack_fetch *fetch, struct pack_source *source,
                     struct loop_closing *closing, pack_fetch_cb callback, void *context)
{
    *fetch = (struct pack_fetch){.source = source,
                                 .closing = closing,
                                 .callback = callback,
                                 .context = context,
                                 .origin = mem_text("")};
    buf_init(&fetch->body, LIMIT_PACK_BYTES);
    loop_closing_up(closing);
}

static enum upstream_outcome outcome_of(const struct err *err)
{
    switch (err->kind) {
    case ERR_OK:
        return UPSTREAM_SUCCESS;
    case ERR_NOT_FOUND:
        return UPSTREAM_NOT_FOUND;
    case ERR_DENIED:
        return UPSTREAM_DENIED;
    case ERR_TIMEOUT:
        return UPSTREAM_TIMEOUT;
    case ERR_UNAVAILABLE:
        return err->is_throttled ? UPSTREAM_THROTTLED : UPSTREAM_UNAVAILABLE;
    case ERR_CORRUPT:
    case ERR_LIMIT:
        return UPSTREAM_UNUSABLE;
    case ERR_CANCELLED:
        return UPSTREAM_CANCELLED;
    default:
        return UPSTREAM_REFUSED;
    }
}

static void count(const struct pack_fetch *fetch)
{
    struct upstream_counters *counters = &fetch->source->upstream;
    enum upstream_outcome outcome = outcome_of(&fetch->err);
    counters->requests[outcome]++;
    if (outcome == UPSTREAM_SUCCESS || outcome == UPSTREAM_NOT_FOUND) {
        counters->last_success_ms = clock_wall_ms();
    }
    if (outcome != UPSTREAM_CANCELLED) {
        histogram_add(&counters->durations, clock_monotonic_ms() - fetch->asked_at_ms);
    }
}

void pack_fetch_finish(struct pack_fetch *fetch)
{
    REQUIRE(!fetch->is_working);
    if (fetch->asked_at_ms > 0) {
        count(fetch);
    }
    bool failed = fetch->err.kind != ERR_OK;
    fetch->callback(fetch->context, failed ? NULL : &fetch->body, fetch->origin,
                    failed ? &fetch->err : NULL);
    struct loop_closing *closing = fetch->closing;
    buf_deinit(&fetch->body);
    mem_free(&fetch->origin);
    mem_free(&fetch);
    loop_closing_down(closing);
}

static void on_work(uv_work_t *work)
{
    struct pack_fetch *fetch = container_of(work, struct pack_fetch, work);
    if (fetch->err.kind == ERR_OK) {
        fetch->run(fetch);
    }
}

static void after_work(uv_work_t *work, int status)
{
    struct pack_fetch *fetch = container_of(work, struct pack_fetch, work);
    fetch->is_working = false;
    if (status != 0 || fetch->is_cancelled) {
        (void)err_set(&fetch->err, ERR_CANCELLED, "cancelled");
    }
    pack_fetch_finish(fetch);
}

void pack_fetch_work(struct pack_fetch *fetch, uv_loop_t *loop,
                     void (*run)(struct pack_fetch *fetch))
{
    REQUIRE(!fetch->is_working);
    fetch->run = run;
    fetch->is_working = true;
    int status = uv_queue_work(loop, &fetch->work, on_work, after_work);
    ENSURE(status == 0);
}

void pack_fetch_cancel_work(struct pack_fetch *fetch)
{
    REQUIRE(fetch->is_working);
    fetch->is_cancelled = true;
    // Fails when a thread has begun; after_work comes in either case.
    (void)uv_cancel((uv_req_t *)&fetch->work);
}
