// SPDX-License-Identifier: MIT
//
// Patterns of waivers and policies: '*' stands for any run of characters, '?' for one character
// (not byte), all else for itself, letter case included. Thread: any.
#pragma once

#include "base/span.h"

#include <stdbool.h>

// Whether the pattern fits the whole text. Takes at most |pattern| * |text| steps and no memory: it
// goes back to the last '*' only, since an earlier one cannot help where a later one failed.
bool pattern_matches(const char *pattern, struct span text);

// Whether it fits one text only: it has no '*' and no '?'.
bool pattern_is_exact(const char *pattern);

// Whether it has no other characters than '*' and '?', and at least one of them.
bool pattern_names_nothing(const char *pattern);
