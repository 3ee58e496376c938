// SPDX-License-Identifier: MIT
//
// What the pack source says on its way into an answer: fetched on the loop, read on a thread of
// libuv's pool, because a pack may have megabytes, and answered on the loop. Private to api.
// Thread: the loop's.
#pragma once

#include "base/err.h"
#include "base/span.h"
#include "call.h"
#include "source/pack_source.h"

#include <jansson.h>

struct pack_reading;

// Makes the members of the answer of a document of the source; `name` names it for diagnostics.
// NULL, with `err`, when it cannot be read. On a thread: of the call only what never changes
// (entry, page, operation).
typedef json_t *(*pack_reading_make)(const struct api_call *call, struct span json,
                                     const char *name, struct err *err);

// To be given to the source's fetch or list, with pack_reading_on_fetched. The call ends with what
// `make` gives. What the source does not know is refused with Invalid.CompliancePackId.Value, what
// it cannot say now with ServiceUnavailable, and what cannot be read with InternalError; the log
// says why.
struct pack_reading *pack_reading_create(struct api_call *call, pack_reading_make make);
void pack_reading_on_fetched(void *reading, struct buf *body, const char *origin,
                             const struct err *err);
