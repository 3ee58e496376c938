// SPDX-License-Identifier: MIT
//
// Names of the keys: "<prefix>:{<partition>}:<kind>[:<id>]" (docs/redis.md). The braces make the
// hash tag, so that all keys of a partition lie in one slot. What comes from outside goes into a
// key only when it is a subject (domain/subject.h) or digits, or else as its digest: no '{' of a
// user moves a key. Private to queue.
#pragma once

#include "arguments.h"

#include <stddef.h>

enum {
    KEY_PREFIX_BYTES = 64,
    KEY_BYTES = 256, // the longest key with its NUL
};

struct keys {
    char prefix[KEY_PREFIX_BYTES]; // "packreport:{0}:"
};

// `prefix` is 1 to 32 of A-Z a-z 0-9 - _ (a setting, checked by REQUIRE).
void keys_init(struct keys *keys, const char *prefix, unsigned partition);

// Writes a key; `id` may be NULL for a key of the partition. An id that is none, nor a subject, is
// replaced by its SHA-256.
void keys_name(const struct keys *keys, const char *kind, const char *id, char out[KEY_BYTES]);
// The key of an account's thing: report:<account>:<subject>, token:<account>:<digest>.
void keys_name_of_account(const struct keys *keys, const char *kind, const char *account,
                          const char *id, char out[KEY_BYTES]);

// The keys that every script gets first, in the order that scripts/parts/keys.lua names them
// (script_input_init).
void keys_add_fixed(const struct keys *keys, struct arguments *list);
void keys_add(const struct keys *keys, struct arguments *list, const char *kind, const char *id);
void keys_add_of_account(const struct keys *keys, struct arguments *list, const char *kind,
                         const char *account, const char *id);
