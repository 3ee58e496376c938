// SPDX-License-Identifier: MIT
//
// The wanted values of a long list in order, so that each value of a record is looked up in a
// number of steps that grows with the logarithm of their number, whoever wrote rule or record.
// Private to the room. Thread: read-only once made; marks belong to who made them.
#pragma once

#include "operators.h"

// As many are looked through one after the other, which is faster.
enum { WANTED_FEW = 16 };

struct wanted_index;

// Borrows the values, which stay where they are. NULL when they are few.
struct wanted_index *wanted_index_create(const struct operand_value *values, size_t count);
void wanted_index_destroy(struct wanted_index **index);

// Whether a wanted value is this text but for the case of ASCII letters.
bool wanted_index_has_text(const struct wanted_index *index, struct span text);
// Whether one is this value as In and Contains compare: of a number its value counts, of a text or
// boolean its text; null, an object and a list are none.
bool wanted_index_has(const struct wanted_index *index, const struct actual *actual);

// Which of the wanted values were found.
struct wanted_marks {
    const struct wanted_index *index;
    unsigned char *marks; // by value
    size_t left;          // how many were not
};
struct wanted_marks wanted_marks_begin(const struct wanted_index *index);
// Marks all that are this value, compared as wanted_index_has does. All calls together look at each
// wanted value twice at most, but for the search.
void wanted_marks_add(struct wanted_marks *marks, const struct actual *actual);
void wanted_marks_end(struct wanted_marks *marks);
