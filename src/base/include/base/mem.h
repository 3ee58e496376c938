// SPDX-License-Identifier: MIT
//
// Memory. A small allocation that fails ends the process here, in one place, so that nobody else
// tests for it. Large ones (inventory blocks, bodies) have named limits and are bounded before they
// are asked for. Thread: any.
#pragma once

#include "base/check.h"

#include <stddef.h>

// Zeroed memory. Never NULL. `count * size` is checked for overflow.
void *mem_alloc(size_t count, size_t size);

// As realloc, never NULL; what was added is not zeroed. `pointer` may be NULL.
void *mem_resize(void *pointer, size_t count, size_t size);

// Makes room for `needed` elements of `size` bytes: grows by half, writes the new capacity to
// *capacity.
void *mem_grow(void *pointer, size_t *capacity, size_t needed, size_t size);

// For arrays of many megabytes: on huge pages where the system gives them to who asks, which saves
// a fault for each of the small ones. Never NULL, not zeroed; released with mem_free.
void *mem_large(size_t size);

void *mem_dup(const void *bytes, size_t len);

// A copy of a string, NUL-terminated; NULL for NULL.
char *mem_text(const char *text);
char *mem_text_n(const char *text, size_t len);
char *mem_format(const char *format, ...) PRINTF_LIKE(1, 2);

// Frees what the pointer points to and sets it to NULL. For `T **`, passed as `&p`.
#define mem_free(pointer_address) mem_free_at((void *)(pointer_address))
void mem_free_at(void *pointer_address);

// Overwrites memory in a way that the compiler cannot leave out.
void mem_wipe(void *bytes, size_t len);
