// SPDX-License-Identifier: MIT
//
// A small world to evaluate: pack, rules, waivers, attestations, from JSON texts in which ' stands
// for ". For the tests of the evaluator and the roll-up.
#pragma once

#include "base/buf.h"
#include "domain/report.h"
#include "eval/evaluator.h"

struct world_text {
    const char *pack;
    const char *const *rules; // rule objects, NULL behind the last
    const char *waivers;      // what stands in {"waivers": [...]}, NULL: none
    const char *attestations; // likewise
    int64_t as_of_ms;
};

struct world {
    struct pack *pack;
    struct eval_rules *rules;
    struct waiver_set waivers;
    struct attestation_set attestations;
    struct diags loading;  // diagnostics of rules
    struct diags bound;    // diagnostics of binding_create
    struct diags problems; // bad lines
    struct binding *binding;
    struct evaluator *evaluator;
    struct buf findings; // one line each: "<line> <rule> <resource> <outcome> <waiver> <found>"
};

void world_init(struct world *world, const struct world_text *text);
void world_deinit(struct world *world);

// Evaluates inventory lines (' for ") into a new lane of the caller's.
struct eval_lane *world_run(struct world *world, const char *lines, uint64_t first_line);

// A copy with " for ', for mem_free.
char *world_json(const char *quoted);
