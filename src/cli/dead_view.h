// SPDX-License-Identifier: MIT
//
// Dead letters as people and programs see them. Private to cli.
#pragma once

#include "queue/dead.h"

#include <jansson.h>

// The caller frees.
json_t *dead_view_json(const struct queue_dead_letter *letter);
// A row of the list on standard output, and the line above all rows.
void dead_view_print_head(void);
void dead_view_print_row(const struct queue_dead_letter *letter);

// "retried", …, and a sentence on it for people.
const char *dead_view_result(enum queue_dead_end end);
void dead_view_sentence(const char *report_id, const struct queue_dead_result *result, char *out,
                        size_t out_size);
