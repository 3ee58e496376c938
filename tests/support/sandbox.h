// SPDX-License-Identifier: MIT
//
// A temporary folder for one test, and files in it. Whatever goes wrong here is a broken test
// environment and aborts. Thread: one.
#pragma once

#include <stddef.h>

// Makes the folder; its absolute path is valid until sandbox_remove.
const char *sandbox_make(void);
void sandbox_remove(void);

// Writes "<folder>/<name>", over what is there, and returns its path, to be released with mem_free.
char *sandbox_write(const char *name, const char *bytes, size_t len);
