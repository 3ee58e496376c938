// SPDX-License-Identifier: MIT
#include "folder.h"

#include "base/file.h"
#include "base/mem.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

void test_folder_create(struct test_folder *folder)
{
    *folder = (struct test_folder){.path = "/tmp/packreport-base-XXXXXX"};
    cr_assert_not_null(mkdtemp(folder->path));
}

void test_folder_destroy(struct test_folder *folder)
{
    struct err err = ERR_INIT;
    (void)file_remove_tree(folder->path, &err); // called after the test, where nothing can fail it
}

char *test_folder_write(struct test_folder *folder, const void *bytes, size_t len)
{
    char *path = mem_format("%s/file-%u", folder->path, folder->files++);
    struct err err = ERR_INIT;
    cr_assert_eq(file_write(path, bytes, len, 0600, &err), ERR_OK, "%s", err.message);
    return path;
}
