// SPDX-License-Identifier: MIT
//
// From the server's stream entries to queue entries. Private to queue.
#pragma once

#include "queue/intake.h"
#include "queue/queue.h"
#include "redis/reply.h"

// Adds the entries of a list {{id, {name, value, ...}}, ...} as long as there is room; {id, {},
// fields, bytes} is one that was too large to be sent. What is no such entry becomes a wake-up, so that
// it is removed. A request of an account that belongs to another partition than the queue's is
// refused.
void intake_entries_read(const struct queue *queue, const struct redis_reply *list,
                         struct queue_read *read);
