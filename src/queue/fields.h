// SPDX-License-Identifier: MIT
//
// A hash as HGETALL gives it: a list {name, value, ...}. Private to queue.
#pragma once

#include "call.h"
#include "queue/status.h"

#include "base/text.h"

// The value of a field; "" when it is not there.
const char *fields_text(const struct redis_reply *list, const char *name);
// A whole number of 0 or more; 0 when it is not there, or none.
int64_t fields_number(const struct redis_reply *list, const char *name);

#define FIELDS_COPY(out, list, name)                                                               \
    ((void)text_copy((out), sizeof(out), fields_text((list), (name))))

// Reads a whole hash, by its kind and id (keys_add), and gives its fields as pairs, in no order.
void fields_get_all(struct queue *queue, const char *kind, const char *id_or_null,
                    queue_pairs_cb callback, void *context);
