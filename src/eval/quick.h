// SPDX-License-Identifier: MIT
//
// The commonest clauses on the commonest values, judged on the tape as it stands: a text without
// escapes that is, has or lacks others; a short integer and its order; a list of texts. What is said
// here is what the operators say (operators.h); of anything else nothing is said, and they are
// asked. Private to the room. Pure. Thread: read-only once made.
#pragma once

#include "iregexp.h"
#include "operators.h"
#include "scan/tape.h"

enum quick_kind {
    QUICK_NONE,
    QUICK_TEXT_IN,
    QUICK_TEXT_AMONG, // many texts
    QUICK_TEXT_HAS,
    QUICK_TEXT_EMPTY,
    QUICK_TEXT_FITS, // a pattern: of a text that cannot match it, that it does not
    QUICK_ORDER,
    QUICK_LIST_HAS,
};

struct quick {
    enum quick_kind kind;
    bool is_negated;
    bool needs_all;
    unsigned accepts;
    const struct operand_value *values; // borrowed from the operand
    size_t count;
    // What is enough to say no of most values, without a look at the operand.
    union {
        int64_t integer; // QUICK_ORDER: the operand itself
        size_t len;      // QUICK_TEXT_IN: of a single text, else SIZE_MAX
        // QUICK_TEXT_HAS: a bit for each pair of neighbours in the fragment, by its hash. Where one
        // is missing in a text, so is the fragment.
        uint64_t pairs;
        // QUICK_LIST_HAS: the bit of a single text, by its hash; else 0. Where it is missing in a
        // list, so is the text.
        uint64_t bit;
        const struct iregexp *pattern;    // QUICK_TEXT_FITS; borrowed from the operand
        const struct wanted_index *index; // QUICK_TEXT_AMONG; the same
    };
};

// For a clause that judges all elements of one value; QUICK_NONE for most operators.
struct quick quick_of(const struct condition_operator *op, const struct operand *operand);

// What clauses on one value found out about it, for those that come after them.
struct look {
    enum { LOOK_NOT_READ, LOOK_INTEGER, LOOK_NO_INTEGER } number;
    int64_t integer;
    uint64_t pairs; // see quick.pairs; 0: not looked for yet
    enum { LOOK_NO_LIST_YET, LOOK_PLAIN_LIST, LOOK_OTHER_LIST } list;
    uint64_t bits; // of all elements of a plain list, see quick.bit
};

// Many clauses on one value are judged at a glance. Most of those on texts and lists fail: each has
// bits, or an end, which any value has that could satisfy it. Of those on integers it is enough to know whether
// the value is less, equal or greater.
enum quick_sieve { QUICK_SIEVE_NONE, QUICK_SIEVE_TEXT, QUICK_SIEVE_LIST, QUICK_SIEVE_INTEGER };
enum quick_place { QUICK_LESS, QUICK_EQUAL, QUICK_GREATER, QUICK_PLACES };

struct quick_glance {
    enum quick_sieve sieve;   // for which values
    uint64_t bits;            // of TEXT and LIST
    int64_t integer;          // of INTEGER
    struct iregexp_tail tail; // of TEXT, when it is a pattern; else it fits each text
    // 1 + enum truth: of TEXT and LIST the first, when the value lacks a bit or does not fit; of
    // INTEGER by where the value stands.
    uint8_t truths[QUICK_PLACES];
};
struct quick_glance quick_glance_of(const struct quick *quick);

// What a value has to be compared with those; QUICK_SIEVE_NONE when there is nothing. `look` begins
// zeroed, and is good for quick_judge afterwards.
struct quick_seen {
    enum quick_sieve sieve;
    struct span text; // of TEXT
    uint64_t bits;
    int64_t integer;
};
struct quick_seen quick_look(const struct tape *tape, uint32_t node, struct look *look);

// False when nothing can be said. `quick` is not QUICK_NONE. `look` begins zeroed, and is NULL when
// it does not pay.
bool quick_judge(const struct quick *quick, const struct tape *tape, uint32_t node,
                 struct look *look, enum truth *truth_out);
