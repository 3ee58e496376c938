// SPDX-License-Identifier: MIT
//
// Which partition an account belongs to, and which workers read a partition. Pure; every program
// must come to the same, so neither may change while a queue holds anything (docs/redis.md).
// Thread: any.
#pragma once

#include "base/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { QUEUE_PARTITIONS_MAX = LIMIT_PARTITIONS };

// crc16(AccountId) mod partitions, with all 16 bits of the CRC (base/crc16.h).
unsigned queue_partition_of(const char *account_id, unsigned partitions);

// The slot of a cluster that all keys of a partition lie in, by their hash tag.
unsigned queue_partition_slot(unsigned partition);

// Rendezvous hashing (Thaler and Ravishankar, "Using name-based mappings to increase hit rates", 1998).
// A partition is read by those workers whose hash with it is highest: by one of few workers, by
// workers / partitions (rounded up) of many. A worker that would have none takes the one where its own
// hash is highest. So each partition has an owner, each worker a partition, and when a worker comes or
// goes, only what it takes or leaves moves. Sets owned_out[partition] for `self`, which is one of the
// `count` distinct workers.
struct queue_members {
    const char *const *workers;
    size_t count;
    size_t self;
};
void queue_own_partitions(const struct queue_members *members, unsigned partitions,
                          bool *owned_out);
