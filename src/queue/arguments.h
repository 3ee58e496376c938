// SPDX-License-Identifier: MIT
//
// A list of arguments for one command, in one growing buffer. Private to queue.
#pragma once

#include "base/buf.h"
#include "redis/connection.h"

#include <stddef.h>
#include <stdint.h>

struct arguments {
    struct buf bytes;
    size_t *ends; // offset behind each argument
    size_t count;
    size_t capacity;
};

void arguments_init(struct arguments *list);
void arguments_deinit(struct arguments *list);

void arguments_add(struct arguments *list, const char *text);
void arguments_add_bytes(struct arguments *list, const char *bytes, size_t len);
void arguments_add_all(struct arguments *list, const struct arguments *more);
void arguments_add_number(struct arguments *list, int64_t number);
void arguments_add_unsigned(struct arguments *list, uint64_t number);
void arguments_add_format(struct arguments *list, const char *format, ...) PRINTF_LIKE(2, 3);

// The list as the redis room takes it; mem_free. The bytes are the list's: valid until it changes.
struct redis_arg *arguments_view(const struct arguments *list);
