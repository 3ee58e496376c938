// SPDX-License-Identifier: MIT
//
// The operators of condition clauses of the vendor and some of ours, as a table. Where the vendor
// says nothing the meaning is ours and stated here.
//
// Letter case of ASCII letters is ignored by StringEquals, NotStringEquals, StringIn and
// NotStringIn only. Numbers and booleans are text under the String operators. Number operators
// compare decimals exactly; a text that reads as a number is one. In, Contains and their kin
// compare an element with a wanted value as numbers when the element is a number, as text
// otherwise. Operators that the vendor lacks are in operators_own.h.
//
// Pure. Thread: any.
#pragma once

#include "actual.h"
#include "base/buf.h"
#include "base/err.h"
#include "decimal.h"
#include "eval/value.h"
#include "iregexp.h"
#include "network.h"
#include "version.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Kleene's three values in the order that makes `and` the minimum and `or` the maximum.
enum truth { TRUTH_FALSE, TRUTH_UNKNOWN, TRUTH_TRUE };
enum truth truth_not(enum truth truth);

// Why a clause is not true.
enum clause_cause {
    CAUSE_NONE,
    CAUSE_DIFFERS,     // the value does not pass
    CAUSE_MISSING,     // the path selects nothing, or null
    CAUSE_NO_ELEMENT,  // the list found is empty
    CAUSE_NO_SCALAR,   // an object or a list where one text, number or boolean is compared
    CAUSE_NONE_PASSES, // quantifier any
    CAUSE_PASSES,      // quantifier none
    CAUSE_COUNT,
    CAUSE_NO_NUMBER,
    CAUSE_NO_NETWORK,
    CAUSE_NO_DATE,
    CAUSE_NO_INSTANT, // the caller gave none
    CAUSE_NO_VERSION,
    CAUSE_NO_COUNT, // no list where elements are counted
    CAUSE_NO_LIST,  // an object where elements are looked for
    CAUSE_NO_BASE64,
    CAUSE_NO_JSON,  // CONFIGURATION_FIELD_ names a property that is no JSON document
    CAUSE_TOO_MANY, // a limit of the path was passed
    CAUSE_TOO_LONG, // LIMIT_PATTERN_STEPS was passed
};
const char *clause_cause_text(enum clause_cause cause); // a sentence without a full stop

// What `desired` has to be. A fragment is looked for inside a text and is not empty, because every
// text contains the empty one.
enum operand_kind {
    OPERAND_NONE,
    OPERAND_TEXT,
    OPERAND_FRAGMENT,
    OPERAND_NUMBER,
    OPERAND_LIST,
    OPERAND_FRAGMENTS,
    OPERAND_NETWORKS, // a list of IP addresses and networks
    OPERAND_VERSION,
    OPERAND_INSTANT,
    OPERAND_WHOLE,   // a count, or days
    OPERAND_PATTERN, // an I-Regexp; not empty, as a fragment
};

// What an operator looks at, one after the other: each selected node; each element (a node that is
// an array stands for its elements); all elements together; or their number.
enum operator_reach { REACH_NODE, REACH_ELEMENT, REACH_COLLECTION, REACH_COUNT };

// Which results of a comparison an operator accepts.
enum { ORDER_LT = 1, ORDER_EQ = 2, ORDER_GT = 4, ORDER_LE = 3, ORDER_GE = 6 };

struct feature;      // clause_feature.h
struct wanted_index; // wanted_index.h
struct network_index;

struct operand_value {
    char *text; // with WORD_BYTES that are 0 behind it
    size_t len;
    bool is_number;
    bool is_integer;
    struct decimal number; // borrows `text`
    int64_t integer;
    union {
        struct network network; // OPERAND_NETWORKS
        struct version version; // OPERAND_VERSION; borrows `text`
        int64_t instant_ms;     // OPERAND_INSTANT, since the epoch
        int64_t whole;          // OPERAND_WHOLE
    };
};

// `desired`, read once when the rule is compiled.
struct operand {
    char *text; // as evidence shows it
    struct operand_value *values;
    size_t count;
    size_t capacity;
    struct iregexp *pattern; // OPERAND_PATTERN: the value, compiled
    // OPERAND_LIST, OPERAND_FRAGMENTS: of many values; NULL of few.
    struct wanted_index *index;
    struct network_index *networks; // OPERAND_NETWORKS
};

// One operator with what it compares with. Borrowed.
struct comparison {
    const struct condition_operator *op;
    const struct operand *operand;
    int64_t as_of_ms;   // ages are counted to this instant; NO_INSTANT when none is known
    size_t *steps_left; // what patterns may take for all values together; lessened by each match
};
#define NO_INSTANT INT64_MIN

typedef enum truth (*operator_test)(const struct comparison *comparison, struct actual *actual,
                                    enum clause_cause *cause_out);

struct condition_operator {
    const char *name;
    enum operand_kind operand;
    enum operator_reach reach;
    bool is_negated;     // passes where the test does not
    bool passes_missing; // what a missing value gives
    bool needs_all;      // Contains family: every wanted value has to be found, else one suffices
    unsigned accepts;    // operators that compare by size: the orders that pass
    operator_test test;  // NULL for REACH_COLLECTION and REACH_COUNT
};

// NULL when there is none of that name (compared exactly).
const struct condition_operator *operator_find(const char *name);
// Whether the vendor lacks it.
bool operator_is_own(const struct condition_operator *op);
// Whether an operator that compares by size accepts an order (below, at or above 0).
bool operator_accepts(const struct condition_operator *op, int order);
// The name nearest to `word` among all operators and the groups, or NULL.
const char *operator_suggest(const char *word);
// Appends the names of all operators, with commas.
void operator_list(struct buf *out);

// The test of one node or element that is not null, negation applied.
enum truth operator_judge(const struct comparison *comparison, struct actual *actual,
                          enum clause_cause *cause_out);
// The test of a text or of a list of elements under an operator with REACH_COLLECTION, negation
// applied. Whether a list has a value is unknown when it has not, and has an object or a list.
bool operator_judge_text(const struct condition_operator *op, const struct operand *operand,
                         struct span text);
enum truth operator_judge_list(const struct condition_operator *op, const struct operand *operand,
                               const struct feature *feature);

// Reads `desired` (NULL when absent) for an operator that takes one. ERR_INVALID or ERR_LIMIT with
// a sentence that says what would be right.
enum err_kind operand_compile(const struct condition_operator *op, json_t *desired,
                              struct operand *operand_out, struct err *err);
void operand_deinit(struct operand *operand);
