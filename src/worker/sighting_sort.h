// SPDX-License-Identifier: MIT
//
// Sightings of resources, taken in input order and given back in the order of their identities, in
// memory that does not grow with their number. What fits into the memory is sorted there. Beyond
// it, each memory full is sorted and written as a run into a file that has no name any more, and
// runs are merged; SIGHTING_LEVELS levels of at most `fan_in` runs each bound the table of runs,
// and a level that is full becomes one run of the next.
//
//   create -> add … -> finish -> next … -> destroy
//
// The file takes 32 bytes a sighting, twice that while a level is merged. Blocking. Thread: its
// owner's; only `stop` is others'.
#pragma once

#include "base/err.h"
#include "domain/record_origin.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sighting {
    uint64_t identity[2];
    struct record_origin at;
};

enum {
    SIGHTING_SORT_BYTES = 2 * 1024 * 1024, // what does well; qsort takes as much again
    SIGHTING_SORT_MIN_BYTES = 512,
    SIGHTING_LEVELS = 3,
    SIGHTING_FAN_IN_MAX = 256,
};

struct sighting_sort;

// `folder` is where the file is made if there has to be one; NULL: in memory. `memory_bytes` is at
// least SIGHTING_SORT_MIN_BYTES; a small one (for tests) makes the fan-in small as well. When *stop
// is set by others, what runs long ends with ERR_CANCELLED. Folder and stop are borrowed.
struct sighting_sort *sighting_sort_create(const char *folder, size_t memory_bytes,
                                           const atomic_bool *stop);
void sighting_sort_destroy(struct sighting_sort **sort);

// Sightings in the order of the input, each behind the one before. ERR_IO with the cause (a full
// disk); ERR_CANCELLED.
enum err_kind sighting_sort_add(struct sighting_sort *sort, const struct sighting *sightings,
                                size_t count, struct err *err);

// All were added. The same errors.
enum err_kind sighting_sort_finish(struct sighting_sort *sort, struct err *err);

// The next one by identity, and among equal ones by place; false in *found_out behind the last. The
// same errors.
enum err_kind sighting_sort_next(struct sighting_sort *sort, struct sighting *sighting_out,
                                 bool *found_out, struct err *err);
