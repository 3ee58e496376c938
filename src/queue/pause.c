// SPDX-License-Identifier: MIT
//
// pause.lua, step after step.
#include "queue/control.h"

#include "call.h"
#include "fields.h"

#include "base/mem.h"

#include <stdio.h>

enum { FIELD_BYTES = REQUEST_ACCOUNT_MAX + SUBJECT_BYTES + 1 };

struct pause_call {
    struct queue_call call;
    char field[FIELD_BYTES];
    bool is_paused;
    char cursor[QUEUE_CURSOR_BYTES];
    struct queue_pause_result result;
    queue_pause_cb callback;
    void *context;
};

static void send_step(struct pause_call *take_pause)
{
    struct queue *queue = take_pause->call.queue;
    struct script_input input;
    script_input_init(&input, queue);
    arguments_add(&input.args, take_pause->is_paused ? "pause" : "resume");
    arguments_add(&input.args, take_pause->field);
    arguments_add(&input.args, take_pause->cursor);
    queue_call_script(&take_pause->call, &queue->pause, &input);
}

static void on_step(struct queue_call *call, const struct redis_reply *reply, const struct err *err)
{
    struct pause_call *pause = container_of(call, struct pause_call, call);
    if (err != NULL) {
        pause->callback(pause->context, NULL, err);
        return;
    }
    enum { AT_CURSOR, AT_MOVED, AT_CHANGED };
    pause->result.moved += (uint64_t)redis_reply_number(redis_reply_at(reply, AT_MOVED), 0);
    pause->result.changed =
        pause->result.changed || redis_reply_number(redis_reply_at(reply, AT_CHANGED), 0) == 1;
    if (queue_cursor_read(redis_reply_at(reply, AT_CURSOR), pause->cursor)) {
        pause->callback(pause->context, &pause->result, NULL);
        return;
    }
    send_step(mem_dup(pause, sizeof(*pause)));
}

void queue_set_paused(struct queue *queue, const struct queue_scope *scope, bool is_paused,
                      queue_pause_cb callback, void *context)
{
    REQUIRE(scope->account_id != NULL || scope->pack_id == NULL);
    struct pause_call *pause = mem_alloc(1, sizeof(*pause));
    *pause = (struct pause_call){.call = {.queue = queue, .on_reply = on_step},
                                 .is_paused = is_paused,
                                 .cursor = "0",
                                 .callback = callback,
                                 .context = context};
    int len =
        snprintf(pause->field, sizeof(pause->field), "%s%s%s",
                 scope->account_id == NULL ? "*" : scope->account_id,
                 scope->pack_id == NULL ? "" : ":", scope->pack_id == NULL ? "" : scope->pack_id);
    REQUIRE(len > 0 && (size_t)len < sizeof(pause->field));
    send_step(pause);
}

// ---- list

void queue_list_paused(struct queue *queue, queue_pairs_cb callback, void *context)
{
    fields_get_all(queue, "paused", NULL, callback, context);
}
