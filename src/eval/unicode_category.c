// SPDX-License-Identifier: MIT
#include "unicode_category.h"

#include "base/check.h"

#include <string.h>

static const char NAMES[][3] = {
    [UNICODE_LU] = "Lu", [UNICODE_LL] = "Ll", [UNICODE_LT] = "Lt", [UNICODE_LM] = "Lm",
    [UNICODE_LO] = "Lo", [UNICODE_MN] = "Mn", [UNICODE_MC] = "Mc", [UNICODE_ME] = "Me",
    [UNICODE_ND] = "Nd", [UNICODE_NL] = "Nl", [UNICODE_NO] = "No", [UNICODE_PC] = "Pc",
    [UNICODE_PD] = "Pd", [UNICODE_PS] = "Ps", [UNICODE_PE] = "Pe", [UNICODE_PI] = "Pi",
    [UNICODE_PF] = "Pf", [UNICODE_PO] = "Po", [UNICODE_SM] = "Sm", [UNICODE_SC] = "Sc",
    [UNICODE_SK] = "Sk", [UNICODE_SO] = "So", [UNICODE_ZS] = "Zs", [UNICODE_ZL] = "Zl",
    [UNICODE_ZP] = "Zp", [UNICODE_CC] = "Cc", [UNICODE_CF] = "Cf", [UNICODE_CS] = "Cs",
    [UNICODE_CO] = "Co", [UNICODE_CN] = "Cn",
};
_Static_assert(ARRAY_LEN(NAMES) == UNICODE_CATEGORIES, "one name each");

enum unicode_category unicode_category_of(uint32_t code_point)
{
    REQUIRE(code_point <= UNICODE_LAST);
    size_t low = 0; // the last run that begins at or before the code point lies in [low, high)
    size_t high = UNICODE_CATEGORY_RUN_COUNT;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (UNICODE_CATEGORY_RUNS[middle] >> 8 <= code_point) {
            low = middle;
        } else {
            high = middle;
        }
    }
    uint32_t run = UNICODE_CATEGORY_RUNS[low];
    if ((run & 0xff) != UNICODE_ALTERNATING) {
        return (enum unicode_category)(run & 0xff);
    }
    return (code_point - (run >> 8)) % 2 == 0 ? UNICODE_LU : UNICODE_LL;
}

uint32_t unicode_category_mask(const char *name, size_t len)
{
    uint32_t mask = 0;
    for (uint32_t i = 0; i < UNICODE_CATEGORIES && (len == 1 || len == 2); i++) {
        if (memcmp(name, NAMES[i], len) == 0) {
            mask |= UINT32_C(1) << i;
        }
    }
    return mask == UINT32_C(1) << UNICODE_CS ? 0 : mask;
}
