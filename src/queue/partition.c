// SPDX-License-Identifier: MIT
#include "queue/partition.h"

#include "base/check.h"
#include "base/crc16.h"

#include <string.h>

unsigned queue_partition_of(const char *account_id, unsigned partitions)
{
    REQUIRE(partitions >= 1);
    return crc16(account_id, strlen(account_id)) % partitions;
}
