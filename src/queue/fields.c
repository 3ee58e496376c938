// SPDX-License-Identifier: MIT
#include "fields.h"

#include "base/mem.h"

#include <string.h>

const char *fields_text(const struct redis_reply *list, const char *name)
{
    size_t count = redis_reply_count(list);
    for (size_t i = 0; i + 1 < count; i += 2) {
        if (redis_reply_is(redis_reply_at(list, i), name)) {
            return queue_reply_text(redis_reply_at(list, i + 1));
        }
    }
    return "";
}

int64_t fields_number(const struct redis_reply *list, const char *name)
{
    const char *text = fields_text(list, name);
    int64_t value = 0;
    return text_to_int64(text, strlen(text), &value) && value > 0 ? value : 0;
}

static struct queue_pair *pairs_of(const struct redis_reply *list, size_t *count_out)
{
    size_t count = redis_reply_count(list) / 2;
    struct queue_pair *pairs = mem_alloc(count + 1, sizeof(*pairs));
    for (size_t i = 0; i < count; i++) {
        pairs[i].name = queue_reply_text(redis_reply_at(list, 2 * i));
        pairs[i].value = queue_reply_text(redis_reply_at(list, 2 * i + 1));
    }
    *count_out = count;
    return pairs;
}

struct hash_call {
    struct queue_call call;
    queue_pairs_cb callback;
    void *context;
};

static void on_hash(struct queue_call *call, const struct redis_reply *reply, const struct err *err)
{
    struct hash_call *hash = container_of(call, struct hash_call, call);
    if (err != NULL) {
        hash->callback(hash->context, NULL, 0, err);
        return;
    }
    size_t count;
    struct queue_pair *pairs = pairs_of(reply, &count);
    hash->callback(hash->context, pairs, count, NULL);
    mem_free(&pairs);
}

void fields_get_all(struct queue *queue, const char *kind, const char *id_or_null,
                    queue_pairs_cb callback, void *context)
{
    struct hash_call *hash = mem_alloc(1, sizeof(*hash));
    *hash = (struct hash_call){
        .call = {.queue = queue, .on_reply = on_hash}, .callback = callback, .context = context};
    struct arguments command;
    arguments_init(&command);
    arguments_add(&command, "HGETALL");
    keys_add(&queue->keys, &command, kind, id_or_null);
    queue_call_command(&hash->call, queue->connection, &command, 0);
    arguments_deinit(&command);
}
