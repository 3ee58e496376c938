// SPDX-License-Identifier: MIT
//
// A secret: text that is wiped when it goes, is kept out of core dumps, and has no way into a log
// by accident (log fields do not take this type). Thread: any; immutable once made.
#pragma once

#include "base/err.h"

#include <stddef.h>

struct secret;

// Takes a copy; the caller wipes its own. `len` <= SECRET_MAX.
enum { SECRET_MAX = 64 * 1024 };
struct secret *secret_create(const char *text, size_t len);
void secret_destroy(struct secret **secret);
struct secret *secret_dup(const struct secret *secret);

// The bytes, NUL-terminated, and their number. Only for handing to the library that needs them.
const char *secret_reveal(const struct secret *secret);
size_t secret_len(const struct secret *secret);

// Reads a credential file: the whole content without one trailing line end. ERR_CONFIG when it
// cannot be read, is empty, longer than SECRET_MAX or holds a NUL; the message names the file,
// never the content.
enum err_kind secret_read_file(const char *path, struct secret **secret_out, struct err *err);
