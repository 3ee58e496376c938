// SPDX-License-Identifier: MIT
//
// Whether a pack exists, remembered for a while: so that a request for an unknown one is refused at
// once, and the pack source is not asked for each request. Thread: the loop's.
#pragma once

#include "base/loop.h"
#include "domain/account.h"
#include "source/pack_source.h"

#include <stdbool.h>
#include <stdint.h>

enum { PACK_LOOKUPS_MAX = 100000 }; // remembered; past it all that are not under way are forgotten

struct pack_lookup;

struct pack_lookup_config {
    struct pack_source *source; // borrowed
    int64_t known_ms;
    int64_t unknown_ms;
};

struct pack_lookup *pack_lookup_create(const struct pack_lookup_config *config);
// No lookup may be under way.
void pack_lookup_destroy(struct pack_lookup **lookup);

enum pack_presence {
    PACK_PRESENT,
    PACK_ABSENT,
    // The source cannot be asked now; nothing is remembered. The request goes on: the run of the
    // job finds out, with its retries.
    PACK_UNCERTAIN,
};
typedef void (*pack_lookup_cb)(void *context, enum pack_presence presence);
// Whether it is known already, without asking.
bool pack_lookup_recall(const struct pack_lookup *lookup, const char *account_id,
                        const char *pack_id, enum pack_presence *presence_out);
// Several that ask for the same pack share one fetch, which is of the first one's trace.
struct pack_lookup_question {
    const struct account *account;
    const char *pack_id;
    const struct trace *trace;
};
void pack_lookup_ask(struct pack_lookup *lookup, const struct pack_lookup_question *question,
                     pack_lookup_cb callback, void *context);
