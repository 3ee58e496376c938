// SPDX-License-Identifier: MIT
//
// A plan of what to pick from documents while they are scanned: places that are reached by names
// and by indexes from the start, each with a slot. The scanner writes for each slot the node that
// stood there, so that nobody has to look for it afterwards. Places that share their first steps
// share them in the plan.
//
// Thread: a plan is read-only once it is complete, and may then be used by any number of threads.
#pragma once

#include "scan/tape.h"

enum { PICK_ELEMENTS_MAX = 64 }; // indexes that a step may have

struct pick_plan;

// One step from a value: into the member of that name, or, with `name` NULL, the element.
struct pick_step {
    const char *name;
    size_t len;
    uint32_t index; // less than PICK_ELEMENTS_MAX
};

struct pick_plan *pick_plan_create(void);
void pick_plan_destroy(struct pick_plan **plan);

// The slot of the place that the steps lead to; the same steps have the same slot. Slots are
// numbered from 0. The steps are copied; none are the document itself.
uint32_t pick_plan_add(struct pick_plan *plan, const struct pick_step *steps, size_t count);
uint32_t pick_plan_slots(const struct pick_plan *plan);

// A place in the plan, from which a document may be scanned as if it stood there. NULL, when no
// pick leads there or beyond.
struct pick_place;
const struct pick_place *pick_plan_place(const struct pick_plan *plan,
                                         const struct pick_step *steps, size_t count);
