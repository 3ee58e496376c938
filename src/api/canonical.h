// SPDX-License-Identifier: MIT
//
// The forms in which both signatures see a request: decoded, sorted and encoded again, so that it
// does not matter how a client wrote it. Pure. Thread: any.
#pragma once

#include "base/buf.h"
#include "base/span.h"
#include "parameters.h"

#include <stdbool.h>

// Of what is signed of one request. Parameters need five times their bytes at most, in v1.
enum { CANONICAL_BYTES_MAX = 4 * 1024 * 1024 };

// Appends the path, each segment decoded and encoded again; an encoded slash stays one. False when it
// is not percent-encoded UTF-8.
bool canonical_path(struct span path, struct buf *out);

// Appends "name=value" of the parameters joined by '&', sorted by the bytes of their decoded names. No
// name is given twice.
enum canonical_choice {
    CANONICAL_ALL_BUT_SIGNATURE, // v1: of query and body
    CANONICAL_QUERY,             // v3
};
void canonical_query(const struct parameters *parameters, enum canonical_choice choice,
                     struct buf *out);
