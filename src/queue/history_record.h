// SPDX-License-Identifier: MIT
//
// The text of a `history:` key; the layout is stated in scripts/parts/history.lua and docs/redis.md.
// Private to queue.
#pragma once

#include "queue/status.h"

struct history_record {
    struct queue_pair *pairs; // their names and values lie in `text` and `counts`
    size_t count;             // 0 for a text that is no history
    char *text;
    char counts[2][12]; // of failed attempts, by class
};

void history_record_init(struct history_record *record, const char *text);
void history_record_deinit(struct history_record *record);
