// SPDX-License-Identifier: MIT
//
// The comparators of Huawei Config's rules (huawei-secmaster.md 4.3). The vendor publishes no list:
// equals, notIn, greater and notContainsKey are seen, the others are their evident complements and
// marked as ours. What happens on a type mismatch is not documented; here nothing is known then.
//
// Equality: text with text and booleans with booleans exactly, numbers as exact decimals, lists and
// objects by their parts; null equals null only, and whether anything else equals null is known to
// be false. Two values of other types: unknown. Order: numbers, and text that reads as one.
// Pure. Thread: any.
#pragma once

#include "base/buf.h"
#include "operators.h"

#include <stdbool.h>

struct policy_comparator;
typedef enum truth (*policy_test)(const struct policy_comparator *comparator, struct value value,
                                  struct value pattern, bool ignores_case);

struct policy_comparator {
    const char *name;
    policy_test test;
    unsigned accepts; // of order: which results pass
    bool is_own;      // not seen in a published rule
    bool is_negated;
    bool takes_list; // the pattern has to be an array
    bool takes_text; // the pattern has to be a text
};

// NULL when there is none of that name.
const struct policy_comparator *policy_comparator_find(const char *name);
// The nearest name, or NULL.
const char *policy_comparator_suggest(const char *word);
void policy_comparator_list(struct buf *out); // all names, with commas

// Negation applied. `ignores_case`: of ASCII letters when texts are compared as equal or not.
enum truth policy_compare(const struct policy_comparator *comparator, struct value value,
                          struct value pattern, bool ignores_case);

// Whether two values are known to be equal, letter case included.
bool policy_equals(struct value a, struct value b);
// A number, or a text that reads as one: what order comparators compare.
bool policy_is_number(struct value value);

// Whether an object has the key, a list the element, a text the part; unknown of anything else.
enum truth policy_contains(struct value container, struct value key);
