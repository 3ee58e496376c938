// SPDX-License-Identifier: MIT
#include "keys.h"

#include "base/digest.h"
#include "base/text.h"
#include "domain/subject.h"

#include <stdio.h>
#include <string.h>

static const char *const fixed_kinds[] = {
    "requests", "ready", "fair",     "running",    "delayed",     "dead",  "jobs",
    "creating", "fence", "events",   "workers",    "worker_info", "grace", "control",
    "paused",   "held",  "accounts", "unfinished", "never"};

enum { PREFIX_MAX = 32 };

void keys_init(struct keys *keys, const char *prefix, unsigned partition)
{
    REQUIRE(text_is_id(prefix, strlen(prefix)) && strlen(prefix) <= PREFIX_MAX);
    int len = snprintf(keys->prefix, sizeof(keys->prefix), "%s:{%u}:", prefix, partition);
    ENSURE(len > 0 && (size_t)len < sizeof(keys->prefix));
}

// The text itself when it may go into a key; its digest (in `room`) when not.
static const char *safe(const char *id, char room[DIGEST_HEX_BYTES])
{
    size_t len = strlen(id);
    if (len == 0 || subject_is_valid(id)) {
        return id;
    }
    digest_hex(id, len, room);
    return room;
}

// Writes behind what is there; returns how much there is then. A script call has hundreds of keys,
// for which snprintf would take half of the time of building it.
static size_t put(char out[KEY_BYTES], size_t len, const char *text)
{
    size_t more = strlen(text);
    ENSURE(more < KEY_BYTES - len);
    memcpy(out + len, text, more + 1);
    return len + more;
}

void keys_name(const struct keys *keys, const char *kind, const char *id, char out[KEY_BYTES])
{
    size_t len = put(out, 0, keys->prefix);
    len = put(out, len, kind);
    if (id != NULL) {
        char room[DIGEST_HEX_BYTES];
        len = put(out, len, ":");
        (void)put(out, len, safe(id, room));
    }
}

void keys_name_of_account(const struct keys *keys, const char *kind, const char *account,
                          const char *id, char out[KEY_BYTES])
{
    char room[DIGEST_HEX_BYTES];
    keys_name(keys, kind, account, out);
    size_t len = put(out, strlen(out), ":");
    (void)put(out, len, safe(id, room));
}

void keys_add_fixed(const struct keys *keys, struct arguments *list)
{
    for (size_t i = 0; i < ARRAY_LEN(fixed_kinds); i++) {
        keys_add(keys, list, fixed_kinds[i], NULL);
    }
}

void keys_add(const struct keys *keys, struct arguments *list, const char *kind, const char *id)
{
    char key[KEY_BYTES];
    keys_name(keys, kind, id, key);
    arguments_add(list, key);
}

void keys_add_of_account(const struct keys *keys, struct arguments *list, const char *kind,
                         const char *account, const char *id)
{
    char key[KEY_BYTES];
    keys_name_of_account(keys, kind, account, id, key);
    arguments_add(list, key);
}
