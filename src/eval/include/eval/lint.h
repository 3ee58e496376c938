// SPDX-License-Identifier: MIT
//
// Faults in rules: all that their loader and compiler complain about, and what they take but can
// hardly be meant: conditions that no resource passes, or none fails, what has no effect, what is
// there twice, and, with a pack and an inventory, rules that are bound to nothing and paths that
// find nothing. What is said is certain; what cannot be decided is not mentioned. Pure. Thread: its
// owner's.
//
//   lint_create -> lint_add_file … -> lint_compile -> lint_bind? -> lint_look_at … -> lint_finish
#pragma once

#include "base/span.h"
#include "domain/diag.h"
#include "domain/json_place.h"
#include "domain/pack.h"
#include "eval/evaluator.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// An error breaks a rule, or the loading; a warning is most likely not meant; a note is worth a
// look.
enum lint_severity { LINT_NOTE, LINT_WARNING, LINT_ERROR };
const char *lint_severity_text(enum lint_severity severity); // "note", …

// What may be found, by a name that stays.
struct lint_code {
    const char *code;
    enum lint_severity severity;
    const char *title; // "Unknown operator"
    const char *right; // what would be right, a sentence
};
const struct lint_code *lint_codes(size_t *count_out);    // sorted by code
const struct lint_code *lint_code_find(const char *code); // NULL: a code that nobody told us of

struct lint_finding {
    enum lint_severity severity;
    char *code;
    char *file;              // NULL when there is none
    char *pointer;           // JSON pointer in it, NULL when it does not apply
    char *rule;              // id, NULL when it is about no single rule
    char *message;           // what is wrong and what would be right, one sentence
    struct json_place place; // in the file; line 0 when not known
    size_t rank;             // private: of its file
};

// At most LIMIT_LINT_FINDINGS are kept, by file in the order of adding, line and column; all are
// counted.
struct lint_findings {
    struct lint_finding *items;
    size_t count;
    size_t capacity;
    size_t of[LINT_ERROR + 1]; // by severity
};

struct lint;

// `strict_vendor`: what conditions may hold only here is refused.
struct lint *lint_create(bool strict_vendor);
void lint_destroy(struct lint **lint);

// The text of a rule file; it may be anything. Copies.
void lint_add_file(struct lint *lint, const char *name, struct span text);
// After the last file.
void lint_compile(struct lint *lint);
size_t lint_rule_count(const struct lint *lint);

// What others found: of the seal of a folder, of the cases beside rules. The text of a file that
// holds no rules is added first, for places.
void lint_add_text(struct lint *lint, const char *name, struct span text);
void lint_add_diags(struct lint *lint, const struct diags *diags);

// Holds the rules against a pack; `text` is the file it was loaded from, for places. Once.
void lint_bind(struct lint *lint, const struct pack *pack, const char *file, struct span text);

// Records of an inventory: which types there are, what the paths find. Returns how many; what is no
// record becomes a problem as in evaluator_run_block.
uint64_t lint_look_at(struct lint *lint, const struct eval_block *block, struct diags *problems);

// Everything found, sorted; the lint's.
const struct lint_findings *lint_finish(struct lint *lint);
