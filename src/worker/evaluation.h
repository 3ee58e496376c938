// SPDX-License-Identifier: MIT
//
// The inventory through the evaluator: blocks in, findings out in input order, to the files of each
// pack whose rules they are of, on one thread or several. The bytes written are the same for any
// number of threads and any block size. Without packs outcomes are only counted, which is several
// times as fast. Memory is bounded by EVALUATION_BLOCKS_PER_THREAD blocks a thread with what they
// find, and by what duplicates are looked for in. Blocking. Thread: one evaluation belongs to one
// thread, which starts and joins the others.
#pragma once

#include "base/err.h"
#include "domain/diag.h"
#include "domain/report.h"
#include "duplicates.h"
#include "eval/evaluator.h"
#include "output_file.h"
#include "reuse.h"
#include "source/inventory.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

enum {
    EVALUATION_THREADS_MAX = 64,
    EVALUATION_BLOCKS_PER_THREAD = 2,
    EVALUATION_ALONE_BYTES = 64 * 1024, // a shorter inventory is not worth starting threads for
    EVALUATION_BLOCK_OUTPUT_BYTES = 512 * 1024 * 1024, // findings of one block, each format
};

// What is written and kept of the findings for one pack. Several evaluations may add to it, one
// after the other.
struct evaluation_pack {
    // in
    const struct binding *binding;            // borrowed
    struct output_file findings;              // open, if files are written
    struct output_file csv;                   // the same, header written
    const struct render_csv_items *csv_items; // borrowed; not NULL when the CSV is written
    // out
    char **first_findings; // NON_COMPLIANT ones as NDJSON lines, at most LIMIT_REPORT_FINDINGS
    size_t first_count;
    size_t first_capacity;
};

struct evaluation {
    // in, borrowed
    const struct evaluator *evaluator;
    const char *account_id;         // of all findings; NULL: the one that each record says
    size_t rule_count;              // of its rule set
    struct evaluation_pack **packs; // those of its bindings, or none
    size_t pack_count;
    struct inventory *inventory;
    struct duplicates *duplicates; // without any yet; NULL: not looked for
    struct reuse *reuse;           // of an evaluation without packs; NULL: all records are judged
    enum findings_listed listed;
    enum report_files files; // of findings nothing is written but with ALL, nor kept with NONE
    unsigned threads;
    atomic_bool *stop; // set by others: end with ERR_CANCELLED
    atomic_uint_fast64_t *bytes_done;
    uint64_t bytes_before; // of other inventories, in what is done
    // out
    struct eval_lane *lane; // the counts of all lanes; the caller destroys it
    struct diags problems;  // bad lines and duplicates in input order; the caller initialises it
    uint64_t left_out;      // bad records that the reader left out: the evaluator never saw them
    uint64_t duplicate_count;
};

// ERR_CANCELLED, ERR_IO (reading or writing), ERR_LIMIT (a block's findings). Where threads cannot
// be had, the others do their work.
enum err_kind evaluation_run(struct evaluation *evaluation, struct err *err);
// Free the outputs.
void evaluation_deinit(struct evaluation *evaluation);
void evaluation_pack_deinit(struct evaluation_pack *pack);
