// SPDX-License-Identifier: MIT
#include "base/check.h"
#include "base/exposure.h"

#include <criterion/criterion.h>

Test(exposure, modes_of_a_user_and_of_root)
{
    static const struct {
        mode_t mode;
        bool of_user;
        bool of_root;
    } rows[] = {
        {0600, false, false}, {0400, false, false}, {0700, false, false}, {0640, true, false},
        {0440, true, false},  {0660, true, true},   {0644, true, true},   {0604, true, true},
        {0601, true, true},   {0610, true, true},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct stat user = {.st_uid = 1000, .st_mode = S_IFREG | rows[i].mode};
        const struct stat root = {.st_uid = 0, .st_mode = S_IFREG | rows[i].mode};
        cr_expect_eq(exposure_is_there(&user), rows[i].of_user, "%04o", (unsigned)rows[i].mode);
        cr_expect_eq(exposure_is_there(&root), rows[i].of_root, "%04o", (unsigned)rows[i].mode);
    }
}
