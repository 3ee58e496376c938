// SPDX-License-Identifier: MIT
//
// One pack of a making: what is bound to it, and its report from the first file to the last. Private
// to the room. Thread: its making's.
#pragma once

#include "domain/report.h"
#include "evaluation.h"
#include "worker/rulebook.h"

struct making_pack {
    struct pack_shelf *shelf; // the rulebook's
    const struct pack *pack;  // from there
    struct binding *binding;
    struct diags input_problems; // of pack, rules, waivers and attestations; later in the report
    char *folder;                // where its files go, from making_pack_open on
    struct render_csv_items *csv_items; // from there on, with a CSV
    struct evaluation_pack evaluation;
    struct report report;
};

// Parses a pack and binds the rulebook's rules to it. ERR_INVALID, with what is wrong in
// `input_problems`; to be destroyed in either case.
enum err_kind making_pack_load(struct rulebook *rulebook, int64_t as_of_ms, struct span json,
                               const char *origin, struct making_pack **pack_out, struct err *err);
void making_pack_destroy(struct making_pack **pack);

// Begins what is written while the evaluation runs, with REPORT_FILES_ALL the findings and the CSV, else
// nothing, and ends the findings; the CSV has more rows once the report is filled. The folder is that of making_pack_render, too; what was never opened may be
// closed. ERR_IO.
enum err_kind making_pack_open(struct making_pack *pack, const char *folder,
                               enum report_files files, size_t rules, struct err *err);
enum err_kind making_pack_close(struct making_pack *pack, struct err *err);

// Writes report.json, and with all files the end of the CSV, the summary and the manifest, once the
// report is filled.
// ERR_IO, ERR_LIMIT.
enum err_kind making_pack_render(struct making_pack *pack, enum report_files files,
                                 struct err *err);

// See making_summary.
char *making_pack_summary(const struct making_pack *pack);
