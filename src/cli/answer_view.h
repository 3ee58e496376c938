// SPDX-License-Identifier: MIT
//
// The answer to a request as people and programs see it. Private to cli. Thread: main.
#pragma once

#include "queue/status.h"

#include <jansson.h>

json_t *answer_view_json(const struct queue_answer *answer);

// The same with whose request it was, and on which pack.
json_t *answer_view_record_json(const struct queue_answer_record *record);
void answer_view_print(const struct queue_answer_record *record);
