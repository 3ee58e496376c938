// SPDX-License-Identifier: MIT
//
// A rulebook: what reports are judged by at one moment, compiled rules, waivers and attestations,
// loaded together and shared by reference between the job runs that began while it was current.
// SIGHUP puts a new one in its place. Thread: load on any; ref and unref on any; the content is
// read-only.
#pragma once

#include "base/err.h"
#include "domain/diag.h"
#include "domain/waiver.h"
#include "eval/evaluator.h"

#include <stdbool.h>

struct rulebook_paths {
    const char *rules;        // folder or file
    const char *waivers;      // NULL: none
    const char *attestations; // NULL: none
    bool strict_vendor;       // rules may use the vendor's language only
};

struct pack_shelf;

struct rulebook {
    struct eval_rules *rules;
    struct waiver_set waivers;
    struct attestation_set attestations;
    struct diags problems;    // warnings and broken rules, for the report and the log
    struct pack_shelf *packs; // read before, for the makings that use the rulebook
    _Atomic unsigned references;
};

// Reads and compiles all of it. Broken rules and waivers for no rule are in `problems`; a file that
// cannot be read or is no JSON is an error.
enum err_kind rulebook_load(const struct rulebook_paths *paths, struct rulebook **rulebook_out,
                            struct err *err);
struct rulebook *rulebook_ref(struct rulebook *rulebook);
void rulebook_unref(struct rulebook **rulebook); // NULL is allowed
