// SPDX-License-Identifier: MIT
#include "report_link.h"

#include "base/mem.h"
#include "base/text.h"
#include "hmac.h"

#include <inttypes.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>

enum {
    SIGNATURE_HEX_BYTES = 2 * HMAC_SHA256_BYTES + 1,
    SIGNED_BYTES = REPORT_FOLDER_BYTES + 32,
    FOLDER_PARTS = 4,
    EXPIRES_BYTES = 20,
    MS_PER_S = 1000,
};

static void sign(const struct report_link *link, const struct secret *key,
                 char out[SIGNATURE_HEX_BYTES])
{
    char text[SIGNED_BYTES];
    int len = snprintf(text, sizeof(text), "%s\n%" PRId64, link->folder, link->expires_s);
    unsigned char bytes[HMAC_SHA256_BYTES];
    hmac_sha256(key, (struct span){text, (size_t)len}, bytes);
    text_hex(bytes, sizeof(bytes), out);
}

char *report_link_write(const struct report_link *link, const char *base, const struct secret *key)
{
    char signature[SIGNATURE_HEX_BYTES];
    sign(link, key, signature);
    return mem_format("%s" REPORT_LINK_PATH "%s/%s?Expires=%" PRId64 "&Signature=%s", base,
                      link->folder, link->file, link->expires_s, signature);
}

// A part of the path: a name that no file system reads as anything else.
static bool is_name(const char *text, size_t len)
{
    if (len == 0 || text[0] == '.') {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!is_letter && !(c >= '0' && c <= '9') && c != '.' && c != '-' && c != '_') {
            return false;
        }
    }
    return true;
}

// How many bytes the first four parts have, with the slashes between; 0 when these are not there.
static size_t folder_len(struct span path)
{
    size_t begin = 0;
    unsigned parts = 0;
    for (size_t i = 0; i <= path.len; i++) {
        if (i < path.len && path.bytes[i] != '/') {
            continue;
        }
        if (!is_name(path.bytes + begin, i - begin)) {
            return 0;
        }
        if (++parts == FOLDER_PARTS) {
            return i < REPORT_FOLDER_BYTES ? i : 0;
        }
        begin = i + 1;
    }
    return 0;
}

static bool read_path(struct span path, struct report_link *link)
{
    const size_t prefix = strlen(REPORT_LINK_PATH);
    if (path.len <= prefix || memcmp(path.bytes, REPORT_LINK_PATH, prefix) != 0) {
        return false;
    }
    const struct span rest = {path.bytes + prefix, path.len - prefix};
    size_t len = folder_len(rest);
    if (len == 0 || len + 1 >= rest.len) {
        return false;
    }
    const struct span file = {rest.bytes + len + 1, rest.len - len - 1};
    if (file.len >= REPORT_FILE_BYTES || !is_name(file.bytes, file.len)) {
        return false;
    }
    memcpy(link->folder, rest.bytes, len);
    link->folder[len] = '\0';
    memcpy(link->file, file.bytes, file.len);
    link->file[file.len] = '\0';
    return true;
}

// "Expires=<digits>&Signature=<hex>", the one form that we write.
static bool read_query(struct span query, struct report_link *link,
                       char signature[SIGNATURE_HEX_BYTES])
{
    static const char EXPIRES[] = "Expires=";
    static const char SIGNATURE[] = "&Signature=";
    const size_t tail = sizeof(SIGNATURE) - 1 + SIGNATURE_HEX_BYTES - 1;
    const size_t head = sizeof(EXPIRES) - 1;
    if (query.len <= head + tail || query.len >= head + tail + EXPIRES_BYTES ||
        memcmp(query.bytes, EXPIRES, head) != 0) {
        return false;
    }
    const char *behind = query.bytes + query.len - tail;
    if (memcmp(behind, SIGNATURE, sizeof(SIGNATURE) - 1) != 0 ||
        !text_to_int64(query.bytes + head, query.len - head - tail, &link->expires_s)) {
        return false;
    }
    memcpy(signature, behind + sizeof(SIGNATURE) - 1, SIGNATURE_HEX_BYTES - 1);
    signature[SIGNATURE_HEX_BYTES - 1] = '\0';
    return true;
}

enum report_link_state report_link_read(struct span path, struct span query,
                                        const struct secret *key, int64_t now_ms,
                                        struct report_link *link_out)
{
    struct report_link link;
    char given[SIGNATURE_HEX_BYTES];
    char right[SIGNATURE_HEX_BYTES];
    if (!read_path(path, &link)) {
        return REPORT_LINK_MALFORMED;
    }
    if (!read_query(query, &link, given)) {
        return REPORT_LINK_FORGED;
    }
    sign(&link, key, right);
    if (CRYPTO_memcmp(given, right, SIGNATURE_HEX_BYTES - 1) != 0) {
        return REPORT_LINK_FORGED;
    }
    if (link.expires_s <= now_ms / MS_PER_S) {
        return REPORT_LINK_EXPIRED;
    }
    *link_out = link;
    return REPORT_LINK_GOOD;
}

bool report_link_folder(const char *root, const char *location,
                        char folder_out[REPORT_FOLDER_BYTES])
{
    size_t len = strlen(root);
    while (len > 1 && root[len - 1] == '/') {
        len--;
    }
    if (strncmp(location, root, len) != 0 || location[len] != '/') {
        return false;
    }
    const struct span rest = span_of(location + len + 1);
    size_t folder = folder_len(rest);
    if (folder == 0 || folder != rest.len) {
        return false;
    }
    memcpy(folder_out, rest.bytes, folder + 1);
    return true;
}
