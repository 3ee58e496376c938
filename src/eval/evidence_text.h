// SPDX-License-Identifier: MIT
//
// Values as evidence quotes them. Each fills an empty buffer of evidence; what does not fit its
// limit is cut: the longest start that ends between two characters and leaves room for "…", then
// "…". Thread: the value's.
#pragma once

#include "eval/value.h"

// A text as it is.
void evidence_quote(struct buf *out, struct span text);
// A text as it is, any other value as compact JSON. The depth of the value bounds the recursion.
void evidence_value(struct buf *out, struct value value);
// A compact JSON array of the values.
void evidence_list(struct buf *out, const struct value *values, size_t count);
