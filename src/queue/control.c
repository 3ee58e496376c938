// SPDX-License-Identifier: MIT
//
// cancel.lua, and the stream `control` from the worker's side.
#include "queue/control.h"

#include "call.h"

#include "base/mem.h"

enum { CONTROL_COUNT = 100 }; // messages in one read

// ---- cancel

struct cancel_call {
    struct queue_call call;
    queue_cancel_cb callback;
    void *context;
};

static enum err_kind read_result(const struct redis_reply *reply,
                                 struct queue_cancel_result *result_out, struct err *err)
{
    static const char *const names[] = {
        [QUEUE_CANCEL_DONE] = "cancelled", [QUEUE_CANCEL_TOLD] = "told",
        [QUEUE_CANCEL_DEAD] = "dead",      [QUEUE_CANCEL_UNREADABLE] = "unreadable",
        [QUEUE_CANCEL_ENDED] = "ended",    [QUEUE_CANCEL_UNKNOWN] = "none"};
    enum { AT_WHAT, AT_REPORT, AT_ACCOUNT, AT_PACK, AT_DETAIL };
    size_t what;
    if (!queue_word_read(redis_reply_at(reply, AT_WHAT), names, ARRAY_LEN(names), &what)) {
        return err_set(err, ERR_INTERNAL, "cancel: a reply of an unknown shape");
    }
    struct queue_cancel_result result = {.what = (enum queue_cancelled)what};
    (void)text_copy(result.report_id, sizeof(result.report_id),
                    queue_reply_text(redis_reply_at(reply, AT_REPORT)));
    (void)text_copy(result.account_id, sizeof(result.account_id),
                    queue_reply_text(redis_reply_at(reply, AT_ACCOUNT)));
    (void)text_copy(result.pack_id, sizeof(result.pack_id),
                    queue_reply_text(redis_reply_at(reply, AT_PACK)));
    (void)text_copy(result.detail, sizeof(result.detail),
                    queue_reply_text(redis_reply_at(reply, AT_DETAIL)));
    *result_out = result;
    return ERR_OK;
}

static void on_cancelled(struct queue_call *call, const struct redis_reply *reply,
                         const struct err *err)
{
    struct cancel_call *cancel = container_of(call, struct cancel_call, call);
    struct queue_cancel_result result;
    struct err failure = ERR_INIT;
    if (err == NULL && read_result(reply, &result, &failure) != ERR_OK) {
        err = &failure;
    }
    cancel->callback(cancel->context, err == NULL ? &result : NULL, err);
}

void queue_cancel(struct queue *queue, const struct queue_report_name *name,
                  queue_cancel_cb callback, void *context)
{
    bool is_by_id = name->report_id != NULL;
    REQUIRE(is_by_id != (name->account_id != NULL && name->pack_id != NULL));
    struct cancel_call *cancel = mem_alloc(1, sizeof(*cancel));
    *cancel = (struct cancel_call){.call = {.queue = queue, .on_reply = on_cancelled},
                                   .callback = callback,
                                   .context = context};
    struct script_input input;
    script_input_init(&input, queue);
    keys_add_of_account(&queue->keys, &input.keys, "report", is_by_id ? "" : name->account_id,
                        is_by_id ? "" : name->pack_id);
    arguments_add(&input.args, is_by_id ? name->report_id : "");
    arguments_add_number(&input.args, queue->config.token_ttl_ms);
    arguments_add_number(&input.args, queue->config.history_ttl_ms);
    arguments_add_unsigned(&input.args, queue->config.events_max);
    queue_call_script(&cancel->call, &queue->cancel, &input);
}

// ---- listening

struct listen_call {
    struct queue_call call;
    queue_word_cb callback;
    void *context;
};

// {worker, <id>, what, <word>}; anything else is nobody's.
static void hear(const struct queue *queue, const struct redis_reply *fields,
                 struct queue_word *word)
{
    if (redis_reply_count(fields) != 4 ||
        !redis_reply_is(redis_reply_at(fields, 1), queue->config.worker_id)) {
        return;
    }
    const struct redis_reply *what = redis_reply_at(fields, 3);
    word->renew = word->renew || redis_reply_is(what, "renew");
    word->drain = word->drain || redis_reply_is(what, "drain");
    word->hand_back = word->hand_back || redis_reply_is(what, "hand_back");
}

static void on_heard(struct queue_call *call, const struct redis_reply *reply,
                     const struct err *err)
{
    struct listen_call *listen = container_of(call, struct listen_call, call);
    struct queue *queue = call->queue;
    struct queue_word word = {.renew = false};
    // XREAD: {{stream, entries}}, or nothing in time.
    const struct redis_reply *entries =
        err == NULL ? redis_reply_at(redis_reply_at(reply, 0), 1) : NULL;
    size_t count = err == NULL ? redis_reply_count(entries) : 0;
    for (size_t i = 0; i < count; i++) {
        const struct redis_reply *entry = redis_reply_at(entries, i);
        hear(queue, redis_reply_at(entry, 1), &word);
        (void)text_copy(queue->control_id, sizeof(queue->control_id),
                        queue_reply_text(redis_reply_at(entry, 0)));
    }
    listen->callback(listen->context, err == NULL ? &word : NULL, err);
}

void queue_listen(struct queue *queue, struct redis_connection *connection, int64_t block_ms,
                  queue_word_cb callback, void *context)
{
    REQUIRE(block_ms > 0 && connection != queue->connection);
    struct listen_call *listen = mem_alloc(1, sizeof(*listen));
    *listen = (struct listen_call){
        .call = {.queue = queue, .on_reply = on_heard}, .callback = callback, .context = context};
    struct arguments command;
    arguments_init(&command);
    arguments_add(&command, "XREAD");
    arguments_add(&command, "COUNT");
    arguments_add_unsigned(&command, CONTROL_COUNT);
    arguments_add(&command, "BLOCK");
    arguments_add_number(&command, block_ms);
    arguments_add(&command, "STREAMS");
    keys_add(&queue->keys, &command, "control", NULL);
    arguments_add(&command, queue->control_id);
    queue_call_command(&listen->call, connection, &command, block_ms + QUEUE_BLOCK_GRACE_MS);
    arguments_deinit(&command);
}
