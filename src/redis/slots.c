// SPDX-License-Identifier: MIT
#include "slots.h"

#include "base/crc16.h"
#include "base/text.h"
#include "redis/cluster.h"
#include "redis/reply_error.h"

#include <string.h>

// Of an entry {first slot, last slot, master, replica, …}, and of a node {host, port, id, …}.
enum { AT_FIRST, AT_LAST, AT_MASTER, ENTRY_PARTS_MIN };
enum { AT_HOST, AT_PORT };

unsigned redis_slot_of_key(const char *key, size_t len)
{
    const char *open = memchr(key, '{', len);
    if (open != NULL) {
        const char *tag = open + 1;
        const char *close = memchr(tag, '}', len - (size_t)(tag - key));
        if (close != NULL && close > tag) {
            return crc16(tag, (size_t)(close - tag)) % REDIS_SLOTS;
        }
    }
    return crc16(key, len) % REDIS_SLOTS;
}

// An address as a node says it. "?": one whose preferred endpoint is a name that nobody gave it.
static bool set_master(struct redis_master *master_out, const char *host, int64_t port,
                       const char *asked_host)
{
    return strcmp(host, "?") != 0 &&
           redis_master_set(master_out, host[0] == '\0' ? asked_host : host, port);
}

static bool read_node(const struct redis_reply *node, const char *asked_host,
                      struct redis_master *master_out)
{
    return set_master(master_out, redis_reply_text(redis_reply_at(node, AT_HOST), NULL),
                      redis_reply_number(redis_reply_at(node, AT_PORT), 0), asked_host);
}

static bool is_entry(const struct redis_reply *entry)
{
    return redis_reply_count(entry) >= ENTRY_PARTS_MIN &&
           redis_reply_type(redis_reply_at(entry, AT_FIRST)) == REDIS_REPLY_NUMBER &&
           redis_reply_type(redis_reply_at(entry, AT_LAST)) == REDIS_REPLY_NUMBER &&
           redis_reply_type(redis_reply_at(entry, AT_MASTER)) == REDIS_REPLY_LIST;
}

enum err_kind redis_slots_find(const struct redis_reply *reply, unsigned slot,
                               const char *asked_host, struct redis_master *master_out,
                               struct err *err)
{
    if (redis_reply_err(reply, err) != ERR_OK) {
        // "This instance has cluster support disabled": src/cluster.c of Redis 7.
        bool is_alone = strstr(err->message, "cluster support disabled") != NULL;
        return is_alone ? err_set(err, ERR_CONFIG, "this server is no node of a cluster")
                        : err->kind;
    }
    if (redis_reply_type(reply) != REDIS_REPLY_LIST) {
        return err_set(err, ERR_CORRUPT, "CLUSTER SLOTS: a reply of an unknown shape");
    }
    for (size_t i = 0; i < redis_reply_count(reply); i++) {
        const struct redis_reply *entry = redis_reply_at(reply, i);
        if (!is_entry(entry)) {
            return err_set(err, ERR_CORRUPT, "CLUSTER SLOTS: a reply of an unknown shape");
        }
        if ((int64_t)slot < redis_reply_number(redis_reply_at(entry, AT_FIRST), 0) ||
            (int64_t)slot > redis_reply_number(redis_reply_at(entry, AT_LAST), -1)) {
            continue;
        }
        return read_node(redis_reply_at(entry, AT_MASTER), asked_host, master_out)
                   ? ERR_OK
                   : err_set(err, ERR_UNAVAILABLE,
                             "the node of slot %u says no address that can be used", slot);
    }
    return err_set(err, ERR_UNAVAILABLE, "slot %u is served by no node", slot);
}

static bool is_among(const struct redis_master *masters, size_t count,
                     const struct redis_master *wanted)
{
    for (size_t i = 0; i < count; i++) {
        if (redis_master_is_same(&masters[i], wanted)) {
            return true;
        }
    }
    return false;
}

size_t redis_slots_masters(const struct redis_reply *reply, const char *asked_host,
                           struct redis_master *masters_out, size_t max)
{
    size_t count = 0;
    for (size_t i = 0; i < redis_reply_count(reply) && count < max; i++) {
        const struct redis_reply *entry = redis_reply_at(reply, i);
        struct redis_master master;
        if (is_entry(entry) && read_node(redis_reply_at(entry, AT_MASTER), asked_host, &master) &&
            !is_among(masters_out, count, &master)) {
            masters_out[count++] = master;
        }
    }
    return count;
}

bool redis_slots_read_moved(const struct redis_reply *reply, const char *asked_host,
                            struct redis_master *master_out)
{
    static const char WORD[] = "MOVED ";
    if (redis_reply_type(reply) != REDIS_REPLY_ERROR_TEXT) {
        return false;
    }
    const char *text = redis_reply_text(reply, NULL);
    const char *address = text_starts_with(text, WORD) ? strchr(text + strlen(WORD), ' ') : NULL;
    const char *colon = address == NULL ? NULL : strrchr(address, ':'); // hosts may have some, too
    if (colon == NULL) {
        return false;
    }
    address++;
    int64_t port;
    char host[REDIS_HOST_BYTES];
    size_t host_len = (size_t)(colon - address);
    if (host_len >= sizeof(host) || !text_to_int64(colon + 1, strlen(colon + 1), &port)) {
        return false;
    }
    memcpy(host, address, host_len);
    host[host_len] = '\0';
    return set_master(master_out, host, port, asked_host);
}
