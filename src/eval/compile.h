// SPDX-License-Identifier: MIT
//
// Where the compiler of a rule's condition stands, and how it complains: each fault breaks the rule
// and becomes one diagnostic with a JSON pointer into the rule file. Thread: its owner's.
#pragma once

#include "base/buf.h"
#include "base/text.h"
#include "domain/diag.h"
#include "domain/rule.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct compile {
    struct rule *rule;   // borrowed
    struct diags *diags; // borrowed
    bool strict_vendor;  // what the vendor's language lacks is refused
    struct buf pointer;  // of the node that is being compiled
    size_t clauses;      // met so far
    // The right name of the last unknown member that had one, and its node: that this name is
    // missing there is the same mistake, and said already.
    const json_t *misspelt_in;
    const char *misspelt_name;
};

// `strict_vendor` is false; the caller sets it.
void compile_init(struct compile *compile, struct rule *rule, struct diags *diags);
void compile_deinit(struct compile *compile);

// A fault of `member` of the current node, or of the node itself when `member` is NULL.
void compile_complain(struct compile *compile, const char *member, const char *code,
                      const char *format, ...) PRINTF_LIKE(4, 5);

// A name or value for a complaint.
struct text_quoted compile_quote(const char *text);

// A complaint when the rules may use the vendor's language only: `what` is ours.
void compile_refuse_own(struct compile *compile, const char *member, const char *what);

// A complaint about each member of the current node that is not among `names`, with the nearest of
// them, else with all.
struct compile_names {
    const char *const *texts;
    size_t count;
};
void compile_expect_members(struct compile *compile, json_t *node, struct compile_names names);

// Whether the node has the member under a misspelt name, which was complained about.
bool compile_is_misspelt(const struct compile *compile, const json_t *node, const char *member);

// The text of a required member; NULL, with a complaint, when it is absent, no text or empty. A
// member that was complained about as misspelt is not said to be absent, too.
const char *compile_text(struct compile *compile, json_t *node, const char *member);

// Into element `index` of the current node's `children`, and back to where `mark` was.
size_t compile_enter(struct compile *compile, size_t index);
// Into a member, or an element, of the current node; compile_leave goes back.
size_t compile_enter_name(struct compile *compile, const char *name);
size_t compile_enter_index(struct compile *compile, size_t index);
// To a member of the rule itself.
void compile_go_to(struct compile *compile, const char *member);
void compile_leave(struct compile *compile, size_t mark);
