// SPDX-License-Identifier: MIT
//
// Rules as the tools for rules read them: loaded and compiled, with what was wrong. Private to cli.
// Thread: main.
#pragma once

#include "base/err.h"
#include "domain/diag.h"
#include "eval/evaluator.h"

#include <stdbool.h>
#include <stddef.h>

struct rules_loaded {
    struct eval_rules *rules;
    struct diags problems;
};

// A folder or a file (source_load_rules).
enum err_kind rules_load(const char *path, bool strict_vendor, struct rules_loaded *loaded_out,
                         struct err *err);
// True, with no rules, when the path is a folder without any rule file: what the first rules of all
// are held against.
bool rules_load_none(const char *folder, struct rules_loaded *loaded_out);
void rules_loaded_deinit(struct rules_loaded *loaded);

// Position of the rule with this id. ERR_NOT_FOUND with the nearest id.
enum err_kind rules_find(const struct rules_loaded *loaded, const char *id, size_t *index_out,
                         struct err *err);

// The problems of one rule, on standard error.
void rules_print_problems(const struct rules_loaded *loaded, const struct rule *rule);
