// SPDX-License-Identifier: MIT
//
// The dead letters of all partitions, one after another. Private to cli. Thread: main.
#pragma once

#include "queue/dead.h"
#include "session.h"

// Valid during the call.
typedef void (*dead_letter_cb)(void *context, unsigned partition,
                               const struct queue_dead_letter *letter);

// `on_letter` for each letter, of one account or (NULL) of all, the youngest first. A letter that comes
// or goes meanwhile may be missed or seen twice. The errors are those of the queue.
enum err_kind dead_letters_read(struct session *session, const char *account_id,
                                dead_letter_cb on_letter, void *context, struct err *err);
