// SPDX-License-Identifier: MIT
//
// What the texts of an account may be. Each of them ends up in a URL or a path, so each is held to
// the narrowest form that serves. Pure. Thread: any.
#pragma once

#include <stdbool.h>

// A file name of 1 to 255 characters without a slash, not beginning with a dot.
bool account_credential_is_valid(const char *name);

// Names joined by single slashes; none of them "." or "..".
bool account_inventory_is_valid(const char *path);
