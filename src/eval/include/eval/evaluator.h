// SPDX-License-Identifier: MIT
//
// The evaluator: a pack, its rules, waivers and attestations compiled into one immutable plan that
// any number of threads run over blocks of inventory lines; then the roll-up into a report.
//
// Two engines give the same findings, evidence and problems. The fast one reads each record onto a
// tape, picks the values that the rules want on the way, and judges each clause once. The slow one
// makes a jansson tree of it and does everything anew for each rule; it is the oracle of the other.
// Pure: no clock, no I/O, no loop; the instant at which waivers are judged is an argument.
//
//   eval_rules_create -> evaluator_create -> (per thread) eval_lane_create -> evaluator_run_block …
//   -> eval_lane_merge
//   -> evaluator_report
//
// Thread: compiled rules and an evaluator are read-only and shared; a lane belongs to one thread at
// a time.
#pragma once

#include "base/err.h"
#include "domain/diag.h"
#include "domain/finding.h"
#include "domain/pack.h"
#include "domain/record_origin.h"
#include "domain/report.h"
#include "domain/rule.h"
#include "domain/waiver.h"

#include <stdint.h>

struct eval_rules;
struct evaluator;
struct eval_lane;

// Compiles the conditions of a rule set, once for any number of packs. Takes the content of
// `take_set` (which is empty afterwards). A rule whose condition does not compile is marked broken,
// with a diagnostic at its JSON pointer; that is no failure: its check items become ERROR and the
// others go on.
struct eval_rules *eval_rules_create(struct rule_set *take_set, struct diags *diags);
void eval_rules_destroy(struct eval_rules **rules);
const struct rule_set *eval_rules_set(const struct eval_rules *rules);
// Warns of each waiver that excuses nothing because no rule of the set is called what it says, or
// none fits its pattern ("waiver.rule.unknown", with the nearest id).
void eval_rules_check_waivers(const struct eval_rules *rules, const struct waiver_set *waivers,
                              struct diags *diags);

struct scan_kernel; // scan/scanner.h

enum eval_engine {
    EVAL_ENGINE_TAPE,
    EVAL_ENGINE_TREE, // slow; for comparison
};

// Everything is borrowed and outlives the evaluator. `waivers` and `attestations` may be NULL.
struct eval_input {
    const struct pack *pack;
    const struct eval_rules *rules;
    const struct waiver_set *waivers;
    const struct attestation_set *attestations;
    int64_t as_of_ms;
    enum eval_engine engine;
    const struct scan_kernel *kernel; // NULL: the fastest that the machine has
    // From how many conditions and their parts on those of a resource type are judged together,
    // whoever asks: 0 for what does well, or other for tests.
    size_t judge_together_min;
};

// Binds rules to the pack's check items; only bound rules run. A name that several items bear binds
// to all of them. Warnings: a rule none of whose items is in the pack, a name that fits several
// items, an attestation of an unknown item or of one that a rule decides.
struct evaluator *evaluator_create(const struct eval_input *input, struct diags *diags);
void evaluator_destroy(struct evaluator **evaluator);

// What tells the resource of a record from every other, and where the record stands.
struct eval_resource {
    struct span account_id; // "" when the record has none
    struct span resource_type;
    struct span resource_id;
    struct record_origin at;
};

// Where findings go while a block runs. Called on the calling thread, in input order (line, then
// rule order), for every outcome but NOT_APPLICABLE; the finding is valid during the call only.
// `on_record` comes before the findings of each record that can be judged, whether a rule is for it
// or not; it may be NULL.
struct eval_sink {
    void *context;
    void (*on_finding)(void *context, const struct finding *finding);
    void (*on_record)(void *context, const struct eval_resource *resource);
};

// Counts of one thread. Sums, so that merging in any order gives the same.
struct eval_lane *eval_lane_create(const struct evaluator *evaluator);
void eval_lane_destroy(struct eval_lane **lane);

// Whole lines of an inventory, one record each, borrowed; the last may lack its line end.
struct eval_block {
    const char *bytes;
    size_t len;
    uint64_t first_line;   // its number
    uint64_t first_offset; // and what lies before it, in bytes
    // Where each line's record stood, when that was not on lines one behind the other; else NULL.
    const struct record_origin *origins;
};

// Evaluates the lines of a block. A line that is no usable record is counted and listed in
// `problems` with line and reason, and the others go on. Blank lines are counted. Without a `sink`
// (NULL) outcomes are only counted. Record: a JSON
// object with resourceId and resourceType (text, required), resourceName, regionId, accountId,
// resourceGroupId (text), tags (object of text), configuration (object, or JSON text that holds
// one).
void evaluator_run_block(const struct evaluator *evaluator, struct eval_lane *lane,
                         const struct eval_block *block, const struct eval_sink *sink,
                         struct diags *problems);

// Adds the counts of `from` to `into`.
void eval_lane_merge(struct eval_lane *into, const struct eval_lane *from);

// Fills pack, rules, items, catalogs, waivers, counts, scores and inventory counts of `report`
// (zeroed by the caller but for what the caller knows: ids, times, digests). Check item = worst of
// its rules, else its attestation, else MANUAL.
void evaluator_report(const struct evaluator *evaluator, const struct eval_lane *lane,
                      struct report *report);
