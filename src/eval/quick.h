// SPDX-License-Identifier: MIT
//
// The commonest clauses on the commonest values, judged on the tape as it stands: a text without
// escapes that is, has or lacks others; a short integer and its order; a list of texts. What is said
// here is what the operators say (operators.h); of anything else nothing is said, and they are
// asked. Private to the room. Pure. Thread: read-only once made.
#pragma once

#include "operators.h"
#include "scan/tape.h"

enum quick_kind {
    QUICK_NONE,
    QUICK_TEXT_IN,
    QUICK_TEXT_HAS,
    QUICK_TEXT_EMPTY,
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
    // QUICK_TEXT_HAS: a bit for each pair of neighbours in the fragment, by its hash. Where one is
    // missing in a text, so is the fragment.
    uint64_t pairs;
};

// For a clause that judges all elements of one value; QUICK_NONE for most operators.
struct quick quick_of(const struct condition_operator *op, const struct operand *operand);

// What clauses on one value found out about it, for those that come after them.
struct look {
    enum { LOOK_NOT_READ, LOOK_INTEGER, LOOK_NO_INTEGER } number;
    int64_t integer;
    uint64_t pairs; // see quick.pairs; 0: not looked for yet
};

// False when nothing can be said. `quick` is not QUICK_NONE. `look` begins zeroed, and is NULL when
// it does not pay.
bool quick_judge(const struct quick *quick, const struct tape *tape, uint32_t node,
                 struct look *look, enum truth *truth_out);
