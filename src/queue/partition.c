// SPDX-License-Identifier: MIT
#include "queue/partition.h"

#include "base/check.h"
#include "base/crc16.h"
#include "base/siphash.h"
#include "redis/cluster.h"

#include <stdio.h>
#include <string.h>

unsigned queue_partition_of(const char *account_id, unsigned partitions)
{
    REQUIRE(partitions >= 1);
    return crc16(account_id, strlen(account_id)) % partitions;
}

unsigned queue_partition_slot(unsigned partition)
{
    char tag[16];
    int len = snprintf(tag, sizeof(tag), "{%u}", partition);
    return redis_slot_of_key(tag, (size_t)len);
}

// Every daemon has to come to the same, so the key is no secret.
static uint64_t weight(const char *worker, unsigned partition)
{
    static const struct siphash_key key = {{0, 0}};
    const unsigned char number[] = {(unsigned char)(partition & 0xff),
                                    (unsigned char)(partition >> 8)};
    struct siphash hash;
    uint64_t value[2];
    siphash_begin(&hash, &key);
    siphash_update(&hash, worker, strlen(worker));
    siphash_update(&hash, number, sizeof(number));
    siphash_finish(&hash, value);
    return value[0];
}

// How many workers come before `self` in a partition; the name decides between equal hashes.
static size_t rank_of_self(const struct queue_members *members, unsigned partition)
{
    const char *self = members->workers[members->self];
    uint64_t own = weight(self, partition);
    size_t before = 0;
    for (size_t i = 0; i < members->count; i++) {
        uint64_t other = weight(members->workers[i], partition);
        bool is_before = other > own || (other == own && strcmp(members->workers[i], self) > 0);
        before += i != members->self && is_before ? 1 : 0;
    }
    return before;
}

void queue_own_partitions(const struct queue_members *members, unsigned partitions, bool *owned_out)
{
    REQUIRE(members->self < members->count && partitions >= 1);
    size_t owners = (members->count + partitions - 1) / partitions;
    bool has_any = false;
    unsigned best = 0;
    for (unsigned i = 0; i < partitions; i++) {
        owned_out[i] = rank_of_self(members, i) < owners;
        has_any = has_any || owned_out[i];
        bool is_best = weight(members->workers[members->self], i) >
                       weight(members->workers[members->self], best);
        best = is_best ? i : best;
    }
    owned_out[best] = owned_out[best] || !has_any;
}
