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

struct queue_pair *fields_pairs(const struct redis_reply *list, size_t *count_out)
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
