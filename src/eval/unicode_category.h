// SPDX-License-Identifier: MIT
//
// General categories of Unicode characters (Unicode standard, 4.5), as \p{…} of a pattern asks for
// them. Pure. Thread: any.
#pragma once

#include <stddef.h>
#include <stdint.h>

// In the order in which the table numbers them.
enum unicode_category {
    UNICODE_LU,
    UNICODE_LL,
    UNICODE_LT,
    UNICODE_LM,
    UNICODE_LO,
    UNICODE_MN,
    UNICODE_MC,
    UNICODE_ME,
    UNICODE_ND,
    UNICODE_NL,
    UNICODE_NO,
    UNICODE_PC,
    UNICODE_PD,
    UNICODE_PS,
    UNICODE_PE,
    UNICODE_PI,
    UNICODE_PF,
    UNICODE_PO,
    UNICODE_SM,
    UNICODE_SC,
    UNICODE_SK,
    UNICODE_SO,
    UNICODE_ZS,
    UNICODE_ZL,
    UNICODE_ZP,
    UNICODE_CC,
    UNICODE_CF,
    UNICODE_CS,
    UNICODE_CO,
    UNICODE_CN,
    UNICODE_CATEGORIES,
    // A run of the table: Lu and Ll by turns.
    UNICODE_ALTERNATING = UNICODE_CATEGORIES,
};

enum { UNICODE_LAST = 0x10ffff };

// The category of a code point, at most UNICODE_LAST. Code points that Unicode (in the version of
// the table) has not assigned are UNICODE_CN.
enum unicode_category unicode_category_of(uint32_t code_point);

// One bit (1 << category) for each category that a name stands for: "Lu" one, "L" five. 0 for any
// other text, and for "Cs": surrogates are no characters (RFC 9485, section 4).
uint32_t unicode_category_mask(const char *name, size_t len);

// Runs of code points of one category, in rising order: first code point << 8 | category.
extern const uint32_t UNICODE_CATEGORY_RUNS[];
extern const size_t UNICODE_CATEGORY_RUN_COUNT;
