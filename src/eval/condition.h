// SPDX-License-Identifier: MIT
//
// The condition of a rule: groups and clauses, compiled once, judged on any number of records in
// Kleene's logic. Pure. Thread: a compiled condition is read-only and may be used by any number of
// threads.
#pragma once

#include "clause.h"

struct condition;

// Compiles rule->condition. NULL when that is NULL or does not compile; then the rule is broken and
// each fault is a diagnostic. `strict_vendor` refuses what the vendor's language lacks.
struct condition *condition_compile(struct rule *rule, bool strict_vendor, struct diags *diags);
void condition_destroy(struct condition **condition);

// The verdict, and for one that is not true the clause to quote as evidence (NULL else): of an
// `and` the first false branch, else the first unknown one; of a false `or` the branch that is
// nearest to passing (the fewest clauses would have to change; the first of equals).
struct condition_verdict {
    enum truth truth;
    const struct clause *decider;
};
struct condition_verdict condition_judge(const struct condition *condition,
                                         const struct judge *judge);

// The truth alone, which takes less: nothing is judged that cannot change it any more.
enum truth condition_truth(const struct condition *condition, const struct judge *judge);
