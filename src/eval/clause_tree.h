// SPDX-License-Identifier: MIT
//
// A compiled clause, and what judging it on a feature finds: for those that walk compiled
// conditions. Private to the room. Thread: read-only once compiled.
#pragma once

#include "clause.h"
#include "clause_feature.h"

// How many of the values have to pass.
enum quantifier { QUANTIFIER_ALL, QUANTIFIER_ANY, QUANTIFIER_NONE };
extern const char *const CLAUSE_QUANTIFIERS[]; // "all", …

struct clause {
    // From the rule set's clause_table, which judges look at first:
    uint32_t number;
    uint32_t feature;        // its number
    uint32_t slot;           // where its value is picked; TAPE_NONE: its feature has to be found
    bool is_of_record;       // the value is picked from the record, else from the configuration
    bool is_plain;           // one value, picked, under an operator of single values: most clauses
    bool is_remembered;      // its feature has as many clauses as a memo is worth
    enum truth when_missing; // what a plain clause gives without a value

    const struct condition_operator *op;
    enum quantifier quantifier;
    struct feature_source source;
    struct operand operand;
    bool missing_is_insufficient;
};

// What judging found, and the value that decided it.
struct ruling {
    enum truth truth;
    enum clause_cause cause; // CAUSE_NONE when the truth is TRUTH_TRUE
    size_t node;    // index into the feature's nodes, RULING_NO_NODE when none decided alone
    size_t element; // index into the elements of that node, RULING_NO_NODE when it is no array
    size_t count;   // REACH_COUNT: elements found
};
static const size_t RULING_NO_NODE = SIZE_MAX;

struct ruling clause_rule(const struct clause *clause, const struct feature *feature,
                          int64_t as_of_ms);
