// SPDX-License-Identifier: MIT
//
// Pieces that the JSON documents of a report have in common. Each function that returns json_t
// gives a new reference, and none fails: jansson refuses only what is not UTF-8, which is cleaned
// before, and runs out of memory, which ends the process. Thread: any.
#pragma once

#include "base/buf.h"
#include "domain/diag.h"
#include "domain/report.h"

#include <jansson.h>
#include <stdint.h>

json_t *build_object(void);
json_t *build_array(void);
json_t *build_text(const char *text);
json_t *build_counts(const struct outcome_counts *counts);
// Each score with numerator, denominator and percent (null when there is no score).
json_t *build_scores(const struct scores *scores);
// Counts, and those that were kept.
json_t *build_diags(const struct diags *diags);

// Adds a member. `take_value` is consumed.
void build_put(json_t *object, const char *name, json_t *take_value);
void build_put_text(json_t *object, const char *name, const char *text);
// Leaves the member out when the text is NULL or empty.
void build_put_text_if_any(json_t *object, const char *name, const char *text);
void build_put_number(json_t *object, const char *name, uint64_t number);
void build_put_time(json_t *object, const char *name, int64_t unix_ms);
void build_push(json_t *array, json_t *take_value);

// The part of a path behind its last slash: the folders differ from host to host, and where they
// lie is nobody's business who reads a report.
const char *build_file_name(const char *path);

// Appends the canonical form: members sorted bytewise, two blanks of indent, LF at the end.
void build_write(json_t *take_value, struct buf *out);
// The same, with `count` compact JSON texts as the elements of `place`, an empty array in the value.
void build_write_with(json_t *take_value, const json_t *place, const char *const *texts,
                      size_t count, struct buf *out);
