// SPDX-License-Identifier: MIT
//
// Replies seen from inside the room.
#pragma once

#include "hiredis_api.h"
#include "redis/reply.h"

#include <stdbool.h>

// The public face of a reply of hiredis. Borrowed.
const struct redis_reply *redis_reply_of_wire(const redisReply *wire);

// True for an error reply after which this connection is of no use, because the server changed its
// role (S13): connecting again finds the master, or waits for one.
bool redis_reply_wants_reconnect(const struct redis_reply *reply);
