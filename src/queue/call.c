// SPDX-License-Identifier: MIT
#include "call.h"

#include "base/mem.h"
#include "base/text.h"

#include <string.h>

enum { SCAN_COUNT = 200 }; // keys that one SCAN looks at, about

static void on_reply(void *context, const struct redis_reply *reply, const struct err *err)
{
    struct queue_call *call = context;
    struct err failure = ERR_INIT;
    call->remedy = err == NULL ? redis_reply_remedy(reply) : REDIS_REMEDY_NONE;
    if (err == NULL && redis_reply_err(reply, &failure) != ERR_OK) {
        err = &failure;
    }
    INVARIANT(call->queue->outstanding > 0);
    call->queue->outstanding--;
    call->on_reply(call, err == NULL ? reply : NULL, err);
    mem_free(&call);
}

void script_input_init(struct script_input *input, const struct queue *queue)
{
    arguments_init(&input->keys);
    arguments_init(&input->args);
    keys_add_fixed(&queue->keys, &input->keys);
}

void queue_call_script(struct queue_call *take_call, const struct redis_script *script,
                       struct script_input *take_input)
{
    struct redis_arg *key_view = arguments_view(&take_input->keys);
    struct redis_arg *arg_view = arguments_view(&take_input->args);
    struct redis_script_call run = {.script = script,
                                    .keys = key_view,
                                    .key_count = take_input->keys.count,
                                    .args = arg_view,
                                    .arg_count = take_input->args.count};
    take_call->queue->outstanding++;
    redis_script_run(take_call->queue->connection, &run, on_reply, take_call);
    mem_free(&arg_view);
    mem_free(&key_view);
    arguments_deinit(&take_input->args);
    arguments_deinit(&take_input->keys);
}

void queue_call_command(struct queue_call *take_call, struct redis_connection *connection,
                        const struct arguments *command, int64_t timeout_ms)
{
    struct redis_arg *view = arguments_view(command);
    take_call->queue->outstanding++;
    redis_connection_send(connection, view, command->count, timeout_ms, on_reply, take_call);
    mem_free(&view);
}

void queue_call_scan(struct queue_call *take_call, const char *cursor, const char *pattern)
{
    struct arguments command;
    arguments_init(&command);
    arguments_add(&command, "SCAN");
    arguments_add(&command, cursor);
    arguments_add(&command, "MATCH");
    arguments_add(&command, pattern);
    arguments_add(&command, "COUNT");
    arguments_add_unsigned(&command, SCAN_COUNT);
    queue_call_command(take_call, take_call->queue->connection, &command, 0);
    arguments_deinit(&command);
}

bool queue_cursor_read(const struct redis_reply *reply, char cursor[QUEUE_CURSOR_BYTES])
{
    const char *next = queue_reply_text(reply);
    if (next[0] == '\0' || !text_copy(cursor, QUEUE_CURSOR_BYTES, next)) {
        (void)text_copy(cursor, QUEUE_CURSOR_BYTES, "0");
    }
    return strcmp(cursor, "0") == 0;
}

bool queue_word_read(const struct redis_reply *reply, const char *const *words, size_t count,
                     size_t *index_out)
{
    for (size_t i = 0; i < count; i++) {
        if (redis_reply_is(reply, words[i])) {
            *index_out = i;
            return true;
        }
    }
    return false;
}

const char *queue_reply_text(const struct redis_reply *reply)
{
    return redis_reply_text(reply, NULL);
}
