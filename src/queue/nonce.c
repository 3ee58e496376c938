// SPDX-License-Identifier: MIT
#include "queue/nonce.h"

#include "base/buf.h"
#include "base/digest.h"
#include "base/mem.h"
#include "call.h"

#include <inttypes.h>
#include <stdio.h>

enum { NAME_BYTES_MAX = 1024, NUMBER_BYTES = 24 };

struct nonce_call {
    struct queue_call call;
    queue_nonce_cb callback;
    void *context;
};

// SET … NX: OK, or nil when the key was there (redis.io, SET).
static void on_set(struct queue_call *call, const struct redis_reply *reply, const struct err *err)
{
    struct nonce_call *use = container_of(call, struct nonce_call, call);
    bool is_fresh = err == NULL && redis_reply_is(reply, "OK");
    use->callback(use->context, is_fresh, err);
}

void queue_use_nonce(struct queue *queue, const struct queue_nonce *nonce, queue_nonce_cb callback,
                     void *context)
{
    struct nonce_call *use = mem_alloc(1, sizeof(*use));
    *use = (struct nonce_call){
        .call = {.queue = queue, .on_reply = on_set}, .callback = callback, .context = context};
    // It may hold anything, so the key has its digest.
    struct buf name;
    buf_init(&name, NAME_BYTES_MAX);
    (void)buf_append_format(&name, "%s|", nonce->key_id);
    (void)buf_append(&name, nonce->nonce.bytes, nonce->nonce.len);
    REQUIRE(!name.overflow);
    char digest[DIGEST_HEX_BYTES];
    digest_hex(buf_text(&name), name.len, digest);
    buf_deinit(&name);
    char kept[NUMBER_BYTES];
    (void)snprintf(kept, sizeof(kept), "%" PRId64, nonce->kept_ms);
    struct arguments command;
    arguments_init(&command);
    arguments_add(&command, "SET");
    keys_add_of_account(&queue->keys, &command, "nonce", nonce->account_id, digest);
    arguments_add(&command, "1");
    arguments_add(&command, "NX");
    arguments_add(&command, "PX");
    arguments_add(&command, kept);
    queue_call_command(&use->call, queue->connection, &command, 0);
    arguments_deinit(&command);
}
