// SPDX-License-Identifier: MIT
#include "unicode_category.h"

#include "base/check.h"

#include <criterion/criterion.h>
#include <string.h>

Test(unicode_category, knows_characters_of_every_category)
{
    static const struct {
        uint32_t code_point;
        enum unicode_category category;
    } CASES[] = {
        {'A', UNICODE_LU},    {'z', UNICODE_LL},    {0x1c5, UNICODE_LT},    {0x2b0, UNICODE_LM},
        {0x5d0, UNICODE_LO},  {0x301, UNICODE_MN},  {0x903, UNICODE_MC},    {0x20dd, UNICODE_ME},
        {'7', UNICODE_ND},    {0x2167, UNICODE_NL}, {0xbd, UNICODE_NO},     {'_', UNICODE_PC},
        {'-', UNICODE_PD},    {'(', UNICODE_PS},    {')', UNICODE_PE},      {0xab, UNICODE_PI},
        {0xbb, UNICODE_PF},   {'!', UNICODE_PO},    {'+', UNICODE_SM},      {'$', UNICODE_SC},
        {'^', UNICODE_SK},    {0xa9, UNICODE_SO},   {' ', UNICODE_ZS},      {0x2028, UNICODE_ZL},
        {0x2029, UNICODE_ZP}, {0, UNICODE_CC},      {0xad, UNICODE_CF},     {0xd800, UNICODE_CS},
        {0xe000, UNICODE_CO}, {0x378, UNICODE_CN},  {0x1f600, UNICODE_SO},  {0x10ffff, UNICODE_CN},
        {0x4e00, UNICODE_LO}, {0x9fff, UNICODE_LO}, {0x10fffd, UNICODE_CO},
    };
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        cr_expect_eq(unicode_category_of(CASES[i].code_point), CASES[i].category, "U+%04X",
                     (unsigned)CASES[i].code_point);
    }
}

// Latin has capital and small letters by turns, beginning at even and at odd code points.
Test(unicode_category, knows_capital_and_small_letters_by_turns)
{
    cr_expect_eq(unicode_category_of(0x100), UNICODE_LU);
    cr_expect_eq(unicode_category_of(0x101), UNICODE_LL);
    cr_expect_eq(unicode_category_of(0x137), UNICODE_LL);
    cr_expect_eq(unicode_category_of(0x138), UNICODE_LL);
    cr_expect_eq(unicode_category_of(0x139), UNICODE_LU);
    cr_expect_eq(unicode_category_of(0x13a), UNICODE_LL);
}

Test(unicode_category, has_a_table_in_rising_order)
{
    cr_expect_eq(UNICODE_CATEGORY_RUNS[0] >> 8, 0);
    for (size_t i = 1; i < UNICODE_CATEGORY_RUN_COUNT; i++) {
        cr_assert_lt(UNICODE_CATEGORY_RUNS[i - 1] >> 8, UNICODE_CATEGORY_RUNS[i] >> 8);
        cr_assert_leq(UNICODE_CATEGORY_RUNS[i] & 0xff, UNICODE_ALTERNATING);
    }
}

Test(unicode_category, knows_the_names_of_rfc_9485)
{
    static const char *const NAMES[] = {
        "L",  "Ll", "Lm", "Lo", "Lt", "Lu", "M",  "Mc", "Me", "Mn", "N",  "Nd",
        "Nl", "No", "P",  "Pc", "Pd", "Pe", "Pf", "Pi", "Po", "Ps", "Z",  "Zl",
        "Zp", "Zs", "S",  "Sc", "Sk", "Sm", "So", "C",  "Cc", "Cf", "Cn", "Co",
    };
    for (size_t i = 0; i < ARRAY_LEN(NAMES); i++) {
        cr_expect_neq(unicode_category_mask(NAMES[i], strlen(NAMES[i])), 0, "%s", NAMES[i]);
    }
    static const char *const OTHERS[] = {"", "l", "X", "LU", "Cs", "Lx", "Lul", "IsBasicLatin"};
    for (size_t i = 0; i < ARRAY_LEN(OTHERS); i++) {
        cr_expect_eq(unicode_category_mask(OTHERS[i], strlen(OTHERS[i])), 0, "%s", OTHERS[i]);
    }
    cr_expect_eq(unicode_category_mask("P", 1),
                 UINT32_C(1) << UNICODE_PC | UINT32_C(1) << UNICODE_PD | UINT32_C(1) << UNICODE_PS |
                     UINT32_C(1) << UNICODE_PE | UINT32_C(1) << UNICODE_PI |
                     UINT32_C(1) << UNICODE_PF | UINT32_C(1) << UNICODE_PO);
}
