// SPDX-License-Identifier: MIT
//
// Documents for the tests of the room: scanned with every kernel, and made at random.
#pragma once

#include "base/buf.h"
#include "scan/scanner.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Scans with one kernel, with bytes behind the document that would go on with it. The tape lives
// until the next call.
struct tape *document_scan(const struct scan_kernel *kernel, const char *json, size_t len);

// Scans with every kernel, checks that they agree on answer and tape, and says whether it was
// accepted. With `tape_out` the tape as text (document_append).
bool document_is_accepted(const char *json, size_t len, struct buf *tape_out);

// The value at a node, compact, texts decoded and in < >, numbers as they stand: {<a>:[1,<x>]}.
void document_append(struct buf *out, struct tape *tape, uint32_t node);

// A generator that gives the same numbers everywhere.
uint64_t document_random(uint64_t *state);
// Appends a random value, valid, with blanks, escapes and characters outside of ASCII here and
// there.
void document_make(struct buf *out, uint64_t *state, unsigned depth);
