// SPDX-License-Identifier: MIT
#include "redis/reply_error.h"

#include <string.h>

// A row ends at a blank, so that BUSY, of a script that runs on, is not BUSYGROUP.
static const struct error_row {
    const char *words;
    enum redis_remedy remedy;
    enum err_kind kind;
} ROWS[] = {
    // On a connection that was ready this is a master that became a replica and takes the data of
    // the new one; a server that starts is found out by the greeting.
    {"LOADING", REDIS_REMEDY_RECONNECT, ERR_UNAVAILABLE},
    {"READONLY", REDIS_REMEDY_RECONNECT, ERR_UNAVAILABLE},
    {"MASTERDOWN", REDIS_REMEDY_RECONNECT, ERR_UNAVAILABLE},
    // Another node of the cluster has the slot, and is named.
    {"MOVED", REDIS_REMEDY_RECONNECT, ERR_UNAVAILABLE},
    // The slot is on its way there. What has several keys can run on neither side before all of it
    // has moved; then this node says MOVED.
    {"ASK", REDIS_REMEDY_RETRY, ERR_UNAVAILABLE},
    // The server is a master still. Whether there is another is for Sentinel to say.
    {"NOREPLICAS", REDIS_REMEDY_RETRY, ERR_UNAVAILABLE},
    {"MISCONF", REDIS_REMEDY_RETRY, ERR_UNAVAILABLE},
    {"CLUSTERDOWN", REDIS_REMEDY_RETRY, ERR_UNAVAILABLE},
    {"TRYAGAIN", REDIS_REMEDY_RETRY, ERR_UNAVAILABLE},
    {"BUSY", REDIS_REMEDY_RETRY, ERR_UNAVAILABLE},
    {"OOM", REDIS_REMEDY_RETRY, ERR_UNAVAILABLE},
    // A change of role ends a BLOCK with these words; the deletion of the key with others.
    {"UNBLOCKED force unblock", REDIS_REMEDY_RECONNECT, ERR_UNAVAILABLE},
    {"UNBLOCKED", REDIS_REMEDY_RETRY, ERR_UNAVAILABLE},
    {"ERR max number of clients", REDIS_REMEDY_RETRY, ERR_UNAVAILABLE},
    {"NOSCRIPT", REDIS_REMEDY_SEND_BODY, ERR_NOT_FOUND},
    {"NOGROUP", REDIS_REMEDY_MAKE_GROUP, ERR_NOT_FOUND},
    {"NOAUTH", REDIS_REMEDY_GIVE_UP, ERR_DENIED},
    {"WRONGPASS", REDIS_REMEDY_GIVE_UP, ERR_DENIED},
    {"NOPERM", REDIS_REMEDY_GIVE_UP, ERR_DENIED},
    {"DENIED", REDIS_REMEDY_GIVE_UP, ERR_DENIED}, // protected mode
};
static const struct error_row OTHER = {"", REDIS_REMEDY_GIVE_UP, ERR_INTERNAL};

static bool begins_with_words(const char *text, const char *words)
{
    size_t len = strlen(words);
    return strncmp(text, words, len) == 0 && (text[len] == ' ' || text[len] == '\0');
}

static const struct error_row *row_of(const char *text)
{
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        if (begins_with_words(text, ROWS[i].words)) {
            return &ROWS[i];
        }
    }
    return &OTHER;
}

enum redis_remedy redis_reply_remedy(const struct redis_reply *reply)
{
    return redis_reply_type(reply) == REDIS_REPLY_ERROR_TEXT
               ? row_of(redis_reply_text(reply, NULL))->remedy
               : REDIS_REMEDY_NONE;
}

enum err_kind redis_reply_err(const struct redis_reply *reply, struct err *err)
{
    if (redis_reply_type(reply) != REDIS_REPLY_ERROR_TEXT) {
        return ERR_OK;
    }
    const char *text = redis_reply_text(reply, NULL);
    (void)err_set(err, row_of(text)->kind, "Redis replied: %s", text);
    size_t code_len = strcspn(text, " ");
    if (code_len < sizeof(err->upstream_code)) {
        memcpy(err->upstream_code, text, code_len);
    }
    return err->kind;
}
