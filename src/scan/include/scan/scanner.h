// SPDX-License-Identifier: MIT
//
// Makes tapes of JSON documents, at the speed of reading their bytes. First a kernel (SIMD, chosen
// at run time) finds where brackets, commas, colons, texts and other values begin, 64 bytes at a
// time; then one pass over these places checks the grammar and writes the tape and the picks.
//
// A document is accepted when it is one JSON value (RFC 8259) in UTF-8 with no member twice, no
// character NUL, no lone surrogate, at most LIMIT_RECORD_DEPTH levels and LIMIT_RECORD_BYTES, and
// exponents of at most SCAN_EXPONENT_DIGITS digits. Nothing else is. What is wrong with another is
// not said here: that takes longer and is asked of few. The answer and the tape do not depend on
// the kernel.
//
// Thread: a scanner belongs to one thread.
#pragma once

#include "scan/pick.h"
#include "scan/tape.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    SCAN_PADDING = 64, // bytes behind a document that have to be readable, whatever they hold
    SCAN_EXPONENT_DIGITS = 9,
};

// A way to look at 64 bytes at once.
struct scan_kernel;

// The fastest that this machine has.
const struct scan_kernel *scan_kernel_best(void);
// The kernel at `index`, from 0, among those that this machine can run; NULL past the last. For
// tests and measurements.
const struct scan_kernel *scan_kernel_at(size_t index);
const char *scan_kernel_name(const struct scan_kernel *kernel); // "avx512", "avx2", "sse2", …

struct scanner;

struct scanner *scanner_create(const struct scan_kernel *kernel);
void scanner_destroy(struct scanner **scanner);

// What to scan; borrowed.
struct scan_input {
    const char *bytes; // with SCAN_PADDING readable bytes behind them
    size_t len;
    const struct pick_place *place; // the document stands there; NULL: nothing is picked
    uint32_t *picks;                // by slot; only those that are found are written
};

// Makes the tape of a document, in the place of the scanner's last one. NULL when the document is
// not accepted; then picks may have been written all the same. The tape lives until the next call.
struct tape *scanner_run(struct scanner *scanner, const struct scan_input *input);
