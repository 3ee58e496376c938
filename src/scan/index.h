// SPDX-License-Identifier: MIT
//
// The index of a document: where things begin in it. Made by a kernel, read by the scanner.
// Private to the room. Thread: its owner's.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Positions are in ascending order: each of { } [ ] : , outside of texts, both quotes of each text,
// and the first byte of anything else that is no blank. Behind the last stand SCAN_INDEX_SENTINELS
// that are the length of the document. There is room for a position each byte and SCAN_INDEX_SLACK
// entries more, which a kernel may write to, and for an escape each other byte and one more.
enum { SCAN_INDEX_SLACK = 64, SCAN_INDEX_SENTINELS = 8 };

struct scan_index {
    uint32_t *positions;
    size_t count;
    uint32_t *escapes; // backslashes that escape what follows; behind the last stands UINT32_MAX
    // The bytes outside of ASCII, if there are any, lie between the two; else both are 0.
    size_t high_begin;
    size_t high_end;
};

// False when a text is not closed or holds a control character.
typedef bool (*scan_index_fn)(const char *bytes, size_t len, struct scan_index *index);

struct scan_kernel {
    const char *name;
    scan_index_fn run;
    bool (*is_usable)(void); // on this machine
};

// Those that this build has, the fastest first; the last is the plain one. NULL ends the list.
extern const struct scan_kernel *const SCAN_KERNELS[];

extern const struct scan_kernel SCAN_KERNEL_AVX512;
extern const struct scan_kernel SCAN_KERNEL_AVX2;
extern const struct scan_kernel SCAN_KERNEL_SSE2;
extern const struct scan_kernel SCAN_KERNEL_NEON;
extern const struct scan_kernel SCAN_KERNEL_PLAIN;
