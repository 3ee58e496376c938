// SPDX-License-Identifier: MIT
#include "base/spare.h"

#include "base/mem.h"

#include <criterion/criterion.h>
#include <string.h>

enum { SIZE = 2000, MAX = 3 };

static bool is_zero(const char *block)
{
    static const char ZEROS[SIZE];
    return memcmp(block, ZEROS, SIZE) == 0;
}

Test(spare, gives_zeroed_blocks_to_each_taker_its_own)
{
    struct spare spare;
    char *blocks[MAX + 2];
    spare_init(&spare, SIZE, MAX);
    for (int turn = 0; turn < 3; turn++) {
        for (size_t i = 0; i < ARRAY_LEN(blocks); i++) {
            blocks[i] = spare_take(&spare);
            cr_assert(is_zero(blocks[i]));
            memset(blocks[i], (int)i + 1, SIZE);
        }
        for (size_t i = 0; i < ARRAY_LEN(blocks); i++) {
            cr_assert(blocks[i][0] == (char)(i + 1) && blocks[i][SIZE - 1] == (char)(i + 1));
        }
        for (size_t i = 0; i < ARRAY_LEN(blocks); i++) {
            spare_give(&spare, blocks[i]);
            cr_assert_leq(spare.count, (size_t)MAX);
        }
    }
    spare_deinit(&spare);
    cr_expect_eq(spare.count, 0U);
}

Test(spare, keeps_none_when_none_may_be_kept)
{
    struct spare spare;
    spare_init(&spare, SIZE, 0);
    spare_give(&spare, spare_take(&spare));
    cr_expect_eq(spare.count, 0U);
    spare_deinit(&spare);
}
