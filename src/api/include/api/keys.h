// SPDX-License-Identifier: MIT
//
// The access keys of the front door, for whoever opens it. Immutable once loaded, so that any thread may
// read them; references are counted on one thread at a time.
#pragma once

#include "base/err.h"

#include <stddef.h>

struct access_keys;

// Reads the key file (docs/api.md, "Access keys"), which nobody else may read or write. ERR_CONFIG with
// file, line or JSON pointer, and what would be right; never a secret. One reference is the caller's.
enum err_kind access_keys_load(const char *path, struct access_keys **keys_out, struct err *err);
// NULL is allowed.
void access_keys_unref(struct access_keys **keys);
size_t access_keys_count(const struct access_keys *keys);
