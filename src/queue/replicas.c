// SPDX-License-Identifier: MIT
//
// WAIT, for what was written on the connection before it. One is under way at most; it stands
// before all later commands, so a queue with too few replicas slows down instead of running ahead
// of them. It makes a loss in a failover less likely and does not rule it out (redis.io, WAIT).
#include "call.h"

#include "base/mem.h"

static void send_wait(struct queue *queue);

static void on_waited(struct queue_call *call, const struct redis_reply *reply,
                      const struct err *err)
{
    struct queue *queue = call->queue;
    const struct queue_config *config = &queue->config;
    queue->is_waiting = false;
    if (err != NULL && call->remedy == REDIS_REMEDY_NONE) {
        return; // the connection went, and with it what was to be waited for
    }
    int64_t replicas = err == NULL ? redis_reply_number(reply, 0) : 0;
    if (replicas < (int64_t)config->wait_replicas) {
        if (config->on_too_few != NULL) {
            config->on_too_few(config->too_few_owner, (unsigned)replicas, err);
        }
    }
    if (queue->waits_again) {
        send_wait(queue);
    }
}

static void send_wait(struct queue *queue)
{
    queue->is_waiting = true;
    queue->waits_again = false;
    struct queue_call *call = mem_alloc(1, sizeof(*call));
    *call = (struct queue_call){.queue = queue, .on_reply = on_waited};
    struct arguments command;
    arguments_init(&command);
    arguments_add(&command, "WAIT");
    arguments_add_unsigned(&command, queue->config.wait_replicas);
    arguments_add_number(&command, queue->config.wait_timeout_ms);
    queue_call_command(call, queue->connection, &command, 0);
    arguments_deinit(&command);
}

void queue_wait_for_replicas(struct queue *queue)
{
    if (queue->config.wait_replicas == 0) {
        return;
    }
    if (queue->is_waiting) {
        queue->waits_again = true;
    } else {
        send_wait(queue);
    }
}
