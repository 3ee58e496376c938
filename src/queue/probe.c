// SPDX-License-Identifier: MIT
//
// probe.lua.
#include "call.h"

#include "base/mem.h"

struct probe_call {
    struct queue_call call;
    queue_done_cb callback;
    void *context;
};

static void on_probed(struct queue_call *call, const struct redis_reply *reply,
                      const struct err *err)
{
    struct probe_call *probe = container_of(call, struct probe_call, call);
    (void)reply;
    probe->callback(probe->context, err);
}

void queue_probe_admission(struct queue *queue, queue_done_cb callback, void *context)
{
    struct probe_call *probe = mem_alloc(1, sizeof(*probe));
    *probe = (struct probe_call){
        .call = {.queue = queue, .on_reply = on_probed}, .callback = callback, .context = context};
    struct script_input input;
    script_input_init(&input, queue);
    keys_add(&queue->keys, &input.keys, "probe", NULL);
    queue_call_script(&probe->call, &queue->probe, &input);
}
