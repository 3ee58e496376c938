// SPDX-License-Identifier: MIT
//
// Versions: numbers parted by dots, then perhaps a pre-release, in the order of Semantic Versioning
// 2.0.0 (section 11), but with any number of numbers: "8.0.28", "v1.21", "16.3-rc.1", "5.7+debian".
// Pure. Thread: any.
#pragma once

#include <stdbool.h>
#include <stddef.h>

// Borrows the text it was read from.
struct version {
    const char *numbers; // "8.0.28"
    size_t numbers_len;
    const char *pre_release; // "rc.1"
    size_t pre_release_len;  // 0: none
};

// "v" or "V" may stand before; what follows a "+" is not looked at. Numbers may have any length and
// zeros before them. Letters are allowed in a pre-release only. False for anything else.
bool version_parse(const char *text, size_t len, struct version *version_out);

// -1, 0, 1 like strcmp. Missing numbers are 0 (8.0 is 8.0.0); a pre-release is less than its
// release; its parts are compared as numbers when both are, else as text, a number before a text.
int version_compare(const struct version *a, const struct version *b);
