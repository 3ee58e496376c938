// SPDX-License-Identifier: MIT
//
// The making of the report of one pack, or of the reports of several from one reading of the
// inventory, as blocking steps for a task thread or for the command line: parse the pack and bind
// the rules, evaluate the inventory (streamed; findings.ndjson and report.csv are written as it
// goes), render report.json and the manifest. The folder it writes into is the caller's (a store's
// staging folder). Memory stays flat whatever the inventory's size. The report of one of several
// packs is the same as if it had been made alone.
//
//   making_create -> making_bind … -> making_evaluate -> making_render -> making_destroy
//
// Thread: one step at a time, on any thread; making_progress and making_stop from any thread at any
// time.
#pragma once

#include "base/err.h"
#include "domain/bad_lines.h"
#include "domain/report.h"
#include "worker/rulebook.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct making;

// A member account of a group, and where its inventory is.
struct making_member {
    const char *account_id;
    const char *inventory_path;
};

// With an `aggregator_id` the report is over the inventories of the members, one after the other:
// each has a section in it, the findings are those of all in that order, and their accountId is the
// member's. A member without a file has none and is said to; when that is so of all,
// making_evaluate fails with ERR_NOT_FOUND.
struct making_input {
    struct rulebook *rulebook;  // a reference is taken
    const char *inventory_path; // "-" standard input; unused with members
    const char *aggregator_id;  // NULL: none
    const struct making_member *members;
    size_t member_count;
    const char *report_id;
    const char *account_id;
    const char *trace_id; // domain/trace.h; "" or NULL: none
    uint64_t fence;
    int64_t generated_at_ms;
    int64_t as_of_ms;
    bool regular_file_only; // refuse a pipe or device, on which a daemon could wait for ever
    struct bad_lines_limit max_bad_lines;
    enum findings_listed listed;
    enum report_files files;
    unsigned threads;   // for an inventory of more than one block; 1 or more
    size_t block_bytes; // INVENTORY_BLOCK_BYTES, or other for tests
    // For looking for duplicates: 0 for what does well, or other for tests.
    size_t sort_bytes;
};

struct making *making_create(const struct making_input *input); // copies
void making_destroy(struct making **making);

// One pack more: its JSON (copied where needed) and the name of its origin. ERR_INVALID: it is
// wrong (see making_problems), or it is one of several and its uuid is the name of no folder, or is
// there twice.
enum err_kind making_bind(struct making *making, const char *pack_json, size_t len,
                          const char *origin, struct err *err);
size_t making_pack_count(const struct making *making);

// Writes findings.ndjson and report.csv, if the input asks for all files, into `folder`, or into
// <folder>/<uuid of the pack> of each of several. The folder may be NULL when it asks for none.
// ERR_CANCELLED after making_stop; ERR_INVALID when an inventory has lines and none of them is a
// record that is right, or when more records of one are bad or duplicates than the limit allows.
enum err_kind making_evaluate(struct making *making, const char *folder, struct err *err);

// Whether making_evaluate failed because of an inventory in which no record could be read.
bool making_is_without_record(const struct making *making);

// The terminal's summary as a file of the report, so that who sees the folder can show it without
// reading report.json.
#define MAKING_SUMMARY_FILE "summary.txt"

// Writes report.json, summary.txt, of a group accounts.csv, and manifest.json to the others, or
// what the input asks for. Files are fsynced by the store's publish.
enum err_kind making_render(struct making *making, struct err *err);

// The finished content of a pack's report (after making_render), valid as long as the making. Packs
// are counted from 0 as they were bound.
const struct report *making_report(const struct making *making, size_t pack);

// What was wrong with pack, rules, waivers and attestations so far; after making_evaluate it is in
// the report, with a warning for each inventory that holds no record.
const struct diags *making_problems(const struct making *making, size_t pack);

// A small JSON object for status: counts, and scoreBasisPoints (null without a score). mem_free.
char *making_summary(const struct making *making, size_t pack);

// Frees what the report was made with, on the thread that made it: hundreds of makings whose end
// waits to be recorded shall not keep it. Afterwards only making_progress, making_stop and
// making_destroy.
void making_empty(struct making *making);

// Bytes of the inventory, or of all of them, evaluated so far and its size (0: unknown, a pipe).
void making_progress(const struct making *making, uint64_t *done_out, uint64_t *total_out);
void making_stop(struct making *making);
