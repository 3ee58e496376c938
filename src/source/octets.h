// SPDX-License-Identifier: MIT
//
// The bytes of a file or of standard input, unpacked when their first bytes are those of gzip or
// zstd. Counts and digests what is read, as it is read. Blocking. Thread: its owner's.
#pragma once

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

struct octets;

// `path` "-" is standard input, which is not closed. ERR_NOT_FOUND, ERR_IO.
enum err_kind octets_open(const char *path, struct octets **octets_out, struct err *err);
void octets_close(struct octets **octets);

// Up to `len` bytes; 0 at the end only. ERR_IO; ERR_INVALID and ERR_LIMIT for a packed stream that
// is damaged, cut, or wants too much memory, with the byte of the file where that shows.
enum err_kind octets_read(struct octets *octets, char *out, size_t len, size_t *got_out,
                          struct err *err);

const char *octets_name(const struct octets *octets); // for messages
uint64_t octets_bytes(const struct octets *octets);   // read so far, packed
// After the end: SHA-256 of all that was read, packed.
const char *octets_digest(struct octets *octets);
// Instead, for who has no use for it: what is read from now on is not digested.
void octets_skip_digest(struct octets *octets);
