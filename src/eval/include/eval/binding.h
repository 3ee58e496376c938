// SPDX-License-Identifier: MIT
//
// The binding of rules to a pack: which rules and attestations decide which of its check items. An
// evaluator runs the rules of one binding, or of several at once. Thread: read-only once made.
#pragma once

#include "domain/diag.h"
#include "domain/pack.h"
#include "domain/waiver.h"
#include "eval/rules.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct binding;

// Everything is borrowed and outlives the binding. `attestations` may be NULL.
struct binding_input {
    const struct pack *pack; // NULL: none, and all rules of the set are to run
    const struct eval_rules *rules;
    const struct attestation_set *attestations;
    int64_t as_of_ms; // when attestations are judged
};

// Only bound rules run. A name that several items bear binds to all of them. Warnings: a rule none
// of whose items is in the pack, a name that fits several items, an attestation of an unknown item
// or of one that a rule decides. Errors: a broken rule of which nobody can say what it is for.
struct binding *binding_create(const struct binding_input *input, struct diags *diags);
void binding_destroy(struct binding **binding);

// Whether a rule, by its index in the set, decides one of the pack's items; without a pack: true.
bool binding_has(const struct binding *binding, size_t rule);

// The rules that decide a check item, by their indexes in the set, ascending; `item` is an index into
// pack.items. Borrowed.
size_t binding_item_rules(const struct binding *binding, size_t item, const size_t **rules_out);
