// SPDX-License-Identifier: MIT
//
// The daemon's end of each partition of the queue, under one worker id. Private to daemon. Thread: the
// loop's.
#pragma once

#include "base/log.h"
#include "daemon_links.h"
#include "queue/queue.h"

struct daemon_queues;

// On the command connections of `links`. The settings and the log are borrowed. Writes that too few
// replicas had in time are logged.
struct daemon_queues *daemon_queues_create(const struct settings *settings,
                                           const struct daemon_links *links, struct log *log);
// One for each partition, borrowed.
struct queue *const *daemon_queues_list(const struct daemon_queues *queues);
// When nothing is under way any more. NULL is allowed.
void daemon_queues_destroy(struct daemon_queues **queues);
