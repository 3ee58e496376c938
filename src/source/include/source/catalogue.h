// SPDX-License-Identifier: MIT
//
// What a report is judged by, read from files: rules, waivers, attestations, and the accounts file.
// Blocking; for start-up, SIGHUP and task threads. Everything wrong is a diagnostic with file, line
// and pointer. Thread: its caller's.
#pragma once

#include "base/err.h"
#include "base/file.h"
#include "domain/account.h"
#include "domain/diag.h"
#include "domain/pack.h"
#include "domain/rule.h"
#include "domain/waiver.h"

// The cases of `packreport rules test` for the rules of x.json are in x.test.json, which no rule
// set is read from.
#define SOURCE_CASES_SUFFIX ".test.json"

// All *.json files of `path` (a folder, not those below it, in the order of their names) or the one
// file that it names. Files of a folder with a seal (source/seal.h) are held against it: all rules of
// one that does not fit are broken. ERR_NOT_FOUND / ERR_IO when it cannot be read, ERR_LIMIT past
// LIMIT_RULE_FILES, ERR_INVALID when a file is no JSON, holds no rules or is a pipe: a rule set that cannot be
// read whole would shrink a report in silence.
enum err_kind source_load_rules(const char *path, struct rule_set *rules_out, struct diags *diags,
                                struct err *err);

// The files that source_load_rules reads, in that order, and those with cases for their rules: of a
// folder all, of one file those that lie beside it under its name. Which there are none of is no
// error.
enum err_kind source_list_rule_files(const char *path, struct file_names *paths_out,
                                     struct err *err);
enum err_kind source_list_case_files(const char *path, struct file_names *paths_out,
                                     struct err *err);

// A warning for each file of a folder that is not read and has almost the name of a rule file
// (B.JSON, b.jsonc). source_load_rules warns of them itself.
enum err_kind source_warn_of_left_out(const char *folder, struct diags *diags, struct err *err);

enum err_kind source_load_waivers(const char *path, struct waiver_set *waivers_out,
                                  struct diags *diags, struct err *err);
enum err_kind source_load_attestations(const char *path, struct attestation_set *attestations_out,
                                       struct diags *diags, struct err *err);
enum err_kind source_load_accounts(const char *path, struct account_set *accounts_out,
                                   struct diags *diags, struct err *err);
enum err_kind source_load_pack(const char *path, struct pack **pack_out, struct diags *diags,
                               struct err *err);
