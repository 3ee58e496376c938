// SPDX-License-Identifier: MIT
//
// Unpacks gzip (RFC 1952) and zstd (RFC 8878) piece by piece, any number of members or frames in a
// row. Memory is bounded whatever the input holds: gzip has a window of 32 KiB, and a zstd frame
// that wants more than UNPACK_ZSTD_WINDOW_BYTES is refused. Thread: its owner's.
#pragma once

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    UNPACK_MAGIC_BYTES = 4,
    // RFC 8878 3.1.1.1.2 asks each decoder for 8 MiB; `zstd -19` needs no more.
    UNPACK_ZSTD_WINDOW_LOG = 23,
    UNPACK_ZSTD_WINDOW_BYTES = 1 << UNPACK_ZSTD_WINDOW_LOG,
};

enum packing { PACKING_NONE, PACKING_GZIP, PACKING_ZSTD };

// By the first bytes, at most UNPACK_MAGIC_BYTES of which count.
enum packing packing_of(const char *bytes, size_t len);
const char *packing_text(enum packing packing); // "gzip"

struct unpacker;

struct unpacker *unpacker_create(enum packing packing); // not PACKING_NONE
void unpacker_destroy(struct unpacker **unpacker);

// What is read and where it goes; `in_len` may be 0, to fetch what is unpacked already.
struct unpack_step {
    const char *in;
    size_t in_len;
    char *out;
    size_t out_len;
    size_t taken; // set by the call, as is `made`
    size_t made;
};

// ERR_INVALID with the reason; `taken` then says how far it came.
enum err_kind unpacker_run(struct unpacker *unpacker, struct unpack_step *step, struct err *err);

// True before the first byte and behind a whole member or frame: only there the input may end.
bool unpacker_may_end(const struct unpacker *unpacker);
