// SPDX-License-Identifier: MIT
#include "queue/visit.h"

#include "base/buf.h"
#include "base/digest.h"
#include "base/mem.h"
#include "call.h"

enum { NAME_BYTES_MAX = 1024 };

struct visit_call {
    struct queue_call call;
    queue_visit_cb callback;
    void *context;
};

static enum err_kind read_result(const struct redis_reply *reply,
                                 struct queue_visit_result *result_out, struct err *err)
{
    const struct redis_reply *word = redis_reply_at(reply, 0);
    struct queue_visit_result result = {.verdict = QUEUE_VISIT_IN};
    if (redis_reply_is(word, "used")) {
        result.verdict = QUEUE_VISIT_NONCE_USED;
    } else if (redis_reply_is(word, "wait")) {
        result.verdict = QUEUE_VISIT_WAIT;
        result.wait_ms = redis_reply_number(redis_reply_at(reply, 1), 1);
        result.rate = (uint64_t)redis_reply_number(redis_reply_at(reply, 2), 0);
        result.burst = (uint64_t)redis_reply_number(redis_reply_at(reply, 3), 0);
    } else if (!redis_reply_is(word, "in")) {
        return err_set(err, ERR_INTERNAL, "visit: a reply of an unknown shape");
    }
    *result_out = result;
    return ERR_OK;
}

static void on_visited(struct queue_call *call, const struct redis_reply *reply,
                       const struct err *err)
{
    struct visit_call *visit = container_of(call, struct visit_call, call);
    struct queue_visit_result result;
    struct err failure = ERR_INIT;
    if (err == NULL && read_result(reply, &result, &failure) != ERR_OK) {
        err = &failure;
    }
    visit->callback(visit->context, err == NULL ? &result : NULL, err);
}

// It may hold anything, so the key has its digest.
static void add_nonce(const struct queue *queue, const struct queue_visit *visit,
                      struct arguments *keys)
{
    struct buf name;
    buf_init(&name, NAME_BYTES_MAX);
    (void)buf_append_format(&name, "%s|", visit->key_id);
    (void)buf_append(&name, visit->nonce.bytes, visit->nonce.len);
    REQUIRE(!name.overflow);
    char digest[DIGEST_HEX_BYTES];
    digest_hex(buf_text(&name), name.len, digest);
    buf_deinit(&name);
    keys_add_of_account(&queue->keys, keys, "nonce", visit->account_id, digest);
}

void queue_visit(struct queue *queue, const struct queue_visit *visit, queue_visit_cb callback,
                 void *context)
{
    REQUIRE(visit->rate <= QUEUE_RATE_MAX);
    REQUIRE(visit->burst >= 1 && visit->burst <= QUEUE_BURST_MAX);
    struct visit_call *call = mem_alloc(1, sizeof(*call));
    *call = (struct visit_call){
        .call = {.queue = queue, .on_reply = on_visited}, .callback = callback, .context = context};
    struct script_input input;
    script_input_init(&input, queue);
    keys_add(&queue->keys, &input.keys, "rate", visit->account_id);
    if (visit->key_id != NULL) {
        add_nonce(queue, visit, &input.keys);
    }
    arguments_add(&input.args, visit->account_id);
    arguments_add_unsigned(&input.args, visit->rate);
    arguments_add_unsigned(&input.args, visit->burst);
    arguments_add_number(&input.args, visit->nonce_kept_ms);
    queue_call_script(&call->call, &queue->visit, &input);
}
