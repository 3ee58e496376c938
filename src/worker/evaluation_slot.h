// SPDX-License-Identifier: MIT
//
// A block of the inventory on its way through an evaluation, and what is found in it: read, run,
// written, one after the other. Private to the room. Thread: one at a time, any; reading, and
// writing, belong to one slot of an evaluation at a time.
#pragma once

#include "evaluation.h"
#include "render/render.h"

struct slot_line {
    size_t offset;
    size_t len;
};

// What a block found for one pack.
struct slot_pack {
    struct buf ndjson;
    struct buf csv;
    struct slot_line *failed; // where the first NON_COMPLIANT lines stand in `ndjson`
    size_t failed_count;
    size_t failed_capacity;
};

struct slot {
    const struct evaluation *evaluation; // only what does not change
    struct inventory_block block;        // len 0 behind the end of the inventory
    struct slot_pack *packs;
    struct diags problems;
    struct render_parts *parts; // of the runner, while it runs the slot
    struct sighting *sightings; // of the block's records
    size_t sighting_count;
    size_t sighting_capacity;
    struct reuse_found found;
};
void slot_init(struct slot *slot, const struct evaluation *evaluation);
void slot_deinit(struct slot *slot);

// What runs slots, one at a time. Belongs to one thread.
struct slot_runner {
    const struct evaluator *evaluator;
    struct eval_lane *lane;
    struct render_parts *parts;
    struct reuse_cursor cursor;
};
// The lane is borrowed.
void slot_runner_init(struct slot_runner *runner, const struct evaluation *evaluation,
                      struct eval_lane *lane);
void slot_runner_deinit(struct slot_runner *runner);

// Reads the next block of the inventory. ERR_CANCELLED when the evaluation is to stop; the errors
// of inventory_next.
enum err_kind slot_read(struct evaluation *evaluation, struct slot *slot, struct err *err);
// Evaluates the block.
void slot_run(struct slot *slot, struct slot_runner *runner);
// Writes what was found in the block, which is the next one in the inventory, and forgets it.
// ERR_IO, ERR_LIMIT.
enum err_kind slot_write(struct evaluation *evaluation, struct slot *slot, struct err *err);
