// SPDX-License-Identifier: MIT
//
// "Did you mean": the nearest of a list of right names. Pure. Thread: any.
#pragma once

#include <stddef.h>

// The choice that needs the fewest single-character changes (insert, delete, replace, swap of
// neighbours; ASCII letter case is free) to become `word`; the first of equals. NULL when even that
// needs more changes than a third of the word's length (than one for words of two to five
// characters), or when the word is longer than any name can be.
const char *suggest_nearest(const char *word, const char *const *choices, size_t count);
