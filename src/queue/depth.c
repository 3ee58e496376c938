// SPDX-License-Identifier: MIT
#include "queue/depth.h"

#include "base/mem.h"
#include "call.h"

enum { DEPTH_PARTS = 7 };

struct depth_call {
    struct queue_call call;
    queue_depth_cb callback;
    void *context;
};

static uint64_t part(const struct redis_reply *reply, size_t at)
{
    int64_t number = redis_reply_number(redis_reply_at(reply, at), 0);
    return number < 0 ? 0 : (uint64_t)number;
}

static void on_depth(struct queue_call *call, const struct redis_reply *reply,
                     const struct err *err)
{
    struct depth_call *get = container_of(call, struct depth_call, call);
    struct err failure = ERR_INIT;
    if (err == NULL && redis_reply_count(reply) != DEPTH_PARTS) {
        (void)err_set(&failure, ERR_INTERNAL, "depth: a reply of an unknown shape");
        err = &failure;
    }
    if (err != NULL) {
        get->callback(get->context, NULL, err);
        return;
    }
    const struct queue_depth depth = {.ready = part(reply, 0),
                                      .running = part(reply, 1),
                                      .delayed = part(reply, 2),
                                      .held = part(reply, 3),
                                      .dead = part(reply, 4),
                                      .intake = part(reply, 5),
                                      .waiting_ms =
                                          redis_reply_number(redis_reply_at(reply, 6), -1)};
    get->callback(get->context, &depth, NULL);
}

void queue_get_depth(struct queue *queue, queue_depth_cb callback, void *context)
{
    struct depth_call *get = mem_alloc(1, sizeof(*get));
    *get = (struct depth_call){
        .call = {.queue = queue, .on_reply = on_depth}, .callback = callback, .context = context};
    struct script_input input;
    script_input_init(&input, queue);
    queue_call_script(&get->call, &queue->depth, &input);
}
