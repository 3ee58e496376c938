// SPDX-License-Identifier: MIT
//
// The evaluator: the rules that are bound to one pack, or to several, and waivers, made into one
// immutable plan that any number of threads run over blocks of inventory lines; then the roll-up
// into a report for each pack.
//
// Two engines give the same findings, evidence and problems. The fast one reads each record onto a
// tape, picks the values that the rules want on the way, and judges each clause once. The slow one
// makes a jansson tree of it and does everything anew for each rule; it is the oracle of the other.
// Pure: no clock, no I/O, no loop; the instant at which waivers are judged is an argument.
//
//   eval_rules_create -> (per pack) binding_create -> evaluator_create
//   -> (per thread) eval_lane_create -> evaluator_run_block … -> eval_lane_merge
//   -> (per pack) evaluator_report, or evaluator_count
//
// Thread: compiled rules and an evaluator are read-only and shared; a lane belongs to one thread at
// a time.
#pragma once

#include "base/err.h"
#include "domain/diag.h"
#include "domain/finding.h"
#include "domain/report.h"
#include "domain/waiver.h"
#include "eval/binding.h"
#include "eval/lines.h"

#include <stdint.h>

struct evaluator;
struct eval_lane;

struct scan_kernel; // scan/scanner.h

enum eval_engine {
    EVAL_ENGINE_TAPE,
    EVAL_ENGINE_TREE, // slow; for comparison
};

// Everything is borrowed and outlives the evaluator, but the array of bindings, which is copied.
// `waivers` may be NULL.
struct eval_input {
    const struct binding *const *bindings; // one or more, of one rule set and one instant
    size_t binding_count;
    const struct waiver_set *waivers;
    enum eval_engine engine;
    const struct scan_kernel *kernel; // NULL: the fastest that the machine has
    // From how many conditions and their parts on those of a resource type are judged together,
    // whoever asks: 0 for what does well, or other for tests.
    size_t judge_together_min;
};

struct evaluator *evaluator_create(const struct eval_input *input);
void evaluator_destroy(struct evaluator **evaluator);

// What tells the resource of a record from every other, and where the record stands.
struct eval_resource {
    struct span account_id; // "" when the record has none
    struct span resource_type;
    struct span resource_id;
    struct record_origin at;
};

// Where findings go while a block runs. Called on the calling thread, in input order (line, then
// rule order), once for each rule that has a binding, for every outcome but NOT_APPLICABLE and, when
// only failing ones are wanted, COMPLIANT; the finding is valid during the call only.
// `on_record` comes before the findings of each record that can be judged, whether a rule is for it
// or not; it may be NULL.
struct eval_sink {
    void *context;
    void (*on_finding)(void *context, const struct finding *finding);
    void (*on_record)(void *context, const struct eval_resource *resource);
    enum findings_listed wanted;
};

// Counts of one thread. Sums, so that merging in any order gives the same.
struct eval_lane *eval_lane_create(const struct evaluator *evaluator);
void eval_lane_destroy(struct eval_lane **lane);

// Evaluates the lines of a block. A line that is no usable record is counted and listed in
// `problems` with line and reason, and the others go on. Blank lines are counted. Without a `sink`
// (NULL) outcomes are only counted. Record: a JSON object with resourceId and resourceType (text,
// required), resourceName, regionId, accountId, resourceGroupId (text), tags (object of text),
// configuration (object, or JSON text that holds one). Returns how many lines the block had.
size_t evaluator_run_block(const struct evaluator *evaluator, struct eval_lane *lane,
                           const struct eval_block *block, const struct eval_sink *sink,
                           struct diags *problems);

// Adds the counts of `from` to `into`.
void eval_lane_merge(struct eval_lane *into, const struct eval_lane *from);

// What was counted, whatever the packs.
struct eval_counts {
    struct outcome_counts
        *rules; // of each rule of the set, by its index; zeros where it did not run
    size_t rule_count;
    uint64_t records; // judged
    uint64_t bad_lines;
    uint64_t blank_lines;
};
void evaluator_count(const struct evaluator *evaluator, const struct eval_lane *lane,
                     struct eval_counts *counts_out);
void eval_counts_deinit(struct eval_counts *counts);

// What was found for the pack of one binding, by its index; the same as if it had been evaluated
// alone. Fills pack, rules, items, catalogs, waivers, counts, scores and inventory counts of `report`
// (zeroed by the caller but for what the caller knows: ids, times, digests). Check item = worst of
// its rules, else its attestation, else MANUAL.
// The binding has a pack.
void evaluator_report(const struct evaluator *evaluator, const struct eval_lane *lane,
                      size_t binding, struct report *report);
