// SPDX-License-Identifier: MIT
//
// Replies seen from inside the room.
#pragma once

#include "hiredis_api.h"
#include "redis/reply.h"

// The public face of a reply of hiredis. Borrowed.
const struct redis_reply *redis_reply_of_wire(const redisReply *wire);
