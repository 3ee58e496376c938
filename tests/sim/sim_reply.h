// SPDX-License-Identifier: MIT
//
// Replies as hiredis has them, made by hand. Thread: one.
#pragma once

#include "base/check.h"
#include "reply_wire.h"

#include <stddef.h>
#include <stdint.h>

redisReply *sim_reply_status(const char *text);
redisReply *sim_reply_error(const char *format, ...) PRINTF_LIKE(1, 2); // with its code word
redisReply *sim_reply_number(int64_t number);
redisReply *sim_reply_text(const char *bytes, size_t len); // NULL: nil
redisReply *sim_reply_double(double number);
redisReply *sim_reply_nil(void);
redisReply *sim_reply_list(size_t count); // elements are NULL until they are set
void sim_reply_push(redisReply *list, redisReply *take_element);
void sim_reply_free(redisReply *reply); // NULL is allowed
