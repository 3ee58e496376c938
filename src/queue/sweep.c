// SPDX-License-Identifier: MIT
//
// Recovery: sweep.lua, and where its scans go on.
#include "call.h"

#include "base/mem.h"

// A worker is forgotten after this many leases without a heartbeat (one each third of a lease).
enum { WORKER_GONE_LEASES = 6 };

struct sweep_call {
    struct queue_call call;
    queue_sweep_cb callback;
    void *context;
};

enum {
    AT_RECOVERED,
    AT_RESUMED,
    AT_RELEASED,
    AT_MENDED,
    AT_BURIED,
    AT_UNREADABLE,
    AT_READY,
    AT_JOBS_CURSOR,
    AT_CREATING_CURSOR,
    AT_FAIR_CURSOR,
    AT_CANCELLED,
    AT_LATE,
    AT_HELD_CURSOR,
    AT_MORE,
    AT_ALONE,
};

static unsigned count_at(const struct redis_reply *reply, size_t index)
{
    return (unsigned)redis_reply_number(redis_reply_at(reply, index), 0);
}

static void on_swept(struct queue_call *call, const struct redis_reply *reply,
                     const struct err *err)
{
    struct sweep_call *sweep = container_of(call, struct sweep_call, call);
    struct queue *queue = call->queue;
    if (err != NULL) {
        sweep->callback(sweep->context, NULL, err);
        return;
    }
    struct queue_sweep_result result = {
        .recovered = count_at(reply, AT_RECOVERED),
        .resumed = count_at(reply, AT_RESUMED),
        .released = count_at(reply, AT_RELEASED),
        .mended = count_at(reply, AT_MENDED),
        .buried = count_at(reply, AT_BURIED),
        .unreadable = count_at(reply, AT_UNREADABLE),
        .cancelled = count_at(reply, AT_CANCELLED),
        .late = count_at(reply, AT_LATE),
        .has_more = count_at(reply, AT_MORE) == 1,
        .ready = (uint64_t)redis_reply_number(redis_reply_at(reply, AT_READY), 0),
    };
    if (count_at(reply, AT_ALONE) == 0) { // another worker has it, or it is over
        queue->is_alone_next = false;
    }
    (void)queue_cursor_read(redis_reply_at(reply, AT_JOBS_CURSOR), queue->jobs_cursor);
    (void)queue_cursor_read(redis_reply_at(reply, AT_CREATING_CURSOR), queue->creating_cursor);
    (void)queue_cursor_read(redis_reply_at(reply, AT_FAIR_CURSOR), queue->fair_cursor);
    (void)queue_cursor_read(redis_reply_at(reply, AT_HELD_CURSOR), queue->held_cursor);
    sweep->callback(sweep->context, &result, NULL);
}

// The crash of a job from which on it runs alone: the last but one that it may have; the first, for
// who does not know how many these are.
static unsigned alone_from(const struct queue_config *config)
{
    return config->crashes_max == QUEUE_CRASHES_UNKNOWN ? 1 : config->crashes_max - 1;
}

void queue_sweep(struct queue *queue, queue_sweep_cb callback, void *context)
{
    const struct queue_config *config = &queue->config;
    struct sweep_call *sweep = mem_alloc(1, sizeof(*sweep));
    *sweep = (struct sweep_call){
        .call = {.queue = queue, .on_reply = on_swept}, .callback = callback, .context = context};
    struct script_input input;
    script_input_init(&input, queue);
    arguments_add_number(&input.args, config->token_ttl_ms);
    arguments_add_number(&input.args, config->history_ttl_ms);
    arguments_add_unsigned(&input.args, config->events_max);
    arguments_add_unsigned(&input.args, config->dead_max);
    arguments_add_unsigned(&input.args, config->crashes_max);
    arguments_add_unsigned(&input.args, alone_from(config));
    arguments_add_number(&input.args, config->lease_ms * WORKER_GONE_LEASES);
    arguments_add_number(&input.args, config->lease_ms);
    arguments_add_number(&input.args, config->delay_max_ms);
    arguments_add(&input.args, queue->jobs_cursor);
    arguments_add(&input.args, queue->creating_cursor);
    arguments_add(&input.args, queue->fair_cursor);
    arguments_add(&input.args, queue->held_cursor);
    // Cleared although the call may fail: then their leases run out, and they come again.
    arguments_add_all(&input.args, &queue->unreadable);
    arguments_deinit(&queue->unreadable);
    arguments_init(&queue->unreadable);
    queue_call_script(&sweep->call, &queue->sweep, &input);
}
