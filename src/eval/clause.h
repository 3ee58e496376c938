// SPDX-License-Identifier: MIT
//
// One clause of a condition: where a value comes from, and the operator that it has to pass.
//
// What a clause means (the vendor's where it has one):
// - The featurePath is typed by its form, as the vendor does it. A path of names and indexes gives
//   what it finds. Any other path gives a list of all that it finds.
// - Operators of single values look at every value found; an array stands for its elements. The
//   clause is true when all of them pass, false when one does not, else unknown.
// - Contains, NotContains, ContainsAll and ExcludeAll look at all elements together; on a text that
//   a path of names and indexes found, they look for parts of it. Where an element is an object or
//   a list, a value that was not found may be there: unknown, unless another element decides.
// - null is the same as a missing value. Missing gives what the operator's table says, or unknown
//   when the rule has "missing": "INSUFFICIENT_DATA". A list without elements gives what the table
//   says.
// - Count… operators compare how many elements there are, null not counted; missing is none.
// - "quantifier": "any" makes an operator of single values true when one value passes, "none" when
//   none does, in Kleene's logic; where there is no value at all, any is false and none is true.
// - An object, or a list in a list, under an operator of single values is unknown.
//
// Pure. Thread: a compiled clause is read-only and may be used by any number of threads.
#pragma once

#include "compile.h"
#include "domain/finding.h"
#include "operators.h"
#include "tape_pool.h"

struct clause;

// What a condition is judged on. Borrowed.
struct subject {
    struct value record;
    struct value configuration; // nothing when the record has none
    int64_t as_of_ms;           // ages are counted to this instant; NO_INSTANT when none is known
    struct tape_pool *tapes;    // for documents in texts, when the record is on a tape
};

// Compiles an object whose operator is none of and/or. NULL after a complaint.
struct clause *clause_compile(struct compile *compile, json_t *node);
void clause_destroy(struct clause **clause);

struct judge; // judge.h

// What it gives on a feature: the judgement itself, without a look into the judge's cache.
enum truth clause_judge_anew(const struct clause *clause, const struct judge *judge);
// The same for a value that is known, under an operator of single values with quantifier all; it is
// not null, and no array whose elements count.
enum truth clause_judge_value(const struct clause *clause, struct actual *actual, int64_t as_of_ms);
// What nothing gives.
enum truth clause_judge_nothing(const struct clause *clause);

enum truth clause_judge(const struct clause *clause, const struct judge *judge);

// Fills evidence (reset before) with what decided a clause that is not true.
void clause_explain(const struct clause *clause, const struct judge *judge,
                    struct evidence *evidence);
