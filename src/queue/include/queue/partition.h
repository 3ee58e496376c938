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
