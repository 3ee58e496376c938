// SPDX-License-Identifier: MIT
//
// A folder of a test's own, that goes with the test.
#pragma once

#include <stddef.h>

struct test_folder {
    char path[64];
    unsigned files; // written so far
};

void test_folder_create(struct test_folder *folder);
void test_folder_destroy(struct test_folder *folder);

// Writes a new file and returns its path, for mem_free.
char *test_folder_write(struct test_folder *folder, const void *bytes, size_t len);
