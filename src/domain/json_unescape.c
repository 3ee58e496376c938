// SPDX-License-Identifier: MIT
#include "json_unescape.h"

#include "base/mem.h"
#include "base/text.h"

#include <string.h>

enum { HEX_DIGITS = 4 };

static void add(struct json_unescaped *out, const char *bytes, size_t len, size_t origin)
{
    size_t before = out->bytes.len;
    (void)buf_append(&out->bytes, bytes, len);
    out->origins = mem_grow(out->origins, &out->capacity, before + len + 1, sizeof(*out->origins));
    for (size_t i = 0; i < len; i++) {
        out->origins[before + i] = origin;
    }
}

static bool read_hex(struct span raw, size_t at, uint32_t *code_out)
{
    uint32_t code = 0;
    if (at + HEX_DIGITS > raw.len) {
        return false;
    }
    for (size_t i = at; i < at + HEX_DIGITS; i++) {
        char c = raw.bytes[i];
        int digit = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;
        if (digit < 0) {
            return false;
        }
        code = code << 4 | (uint32_t)digit;
    }
    *code_out = code;
    return true;
}

// The character of \uXXXX at raw[at], two of them where they are a pair; returns the bytes read.
static size_t decode_code(struct span raw, size_t at, struct json_unescaped *out)
{
    enum { ESCAPE_LEN = 2 + HEX_DIGITS };
    uint32_t code = 0;
    uint32_t low = 0;
    if (!read_hex(raw, at + 2, &code)) {
        return 2;
    }
    size_t used = ESCAPE_LEN;
    bool is_pair = code >= 0xd800 && code < 0xdc00 && at + ESCAPE_LEN + 1 < raw.len &&
                   raw.bytes[at + ESCAPE_LEN] == '\\' && raw.bytes[at + ESCAPE_LEN + 1] == 'u' &&
                   read_hex(raw, at + ESCAPE_LEN + 2, &low) && low >= 0xdc00 && low < 0xe000;
    if (is_pair) {
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        used = (size_t)2 * ESCAPE_LEN;
    } else if (code >= 0xd800 && code < 0xe000) {
        return used; // half a pair is no character
    }
    char utf8[TEXT_UTF8_BYTES];
    add(out, utf8, text_write_utf8(code, utf8), at);
    return used;
}

static size_t decode_escape(struct span raw, size_t at, struct json_unescaped *out)
{
    static const char NAMES[] = "\"\\/bfnrt";
    static const char MEANT[] = "\"\\/\b\f\n\r\t";
    if (at + 1 >= raw.len) {
        return 1;
    }
    if (raw.bytes[at + 1] == 'u') {
        return decode_code(raw, at, out);
    }
    const char *name = memchr(NAMES, raw.bytes[at + 1], sizeof(NAMES) - 1);
    if (name != NULL) {
        add(out, &MEANT[name - NAMES], 1, at);
    }
    return 2;
}

void json_unescape(struct span raw, struct json_unescaped *out)
{
    *out = (struct json_unescaped){0};
    buf_init(&out->bytes, raw.len + 1); // an escape is longer than what it says
    for (size_t at = 0; at < raw.len;) {
        if (raw.bytes[at] == '\\') {
            at += decode_escape(raw, at, out);
        } else {
            add(out, &raw.bytes[at], 1, at);
            at++;
        }
    }
    add(out, "", 0, raw.len);
    out->origins[out->bytes.len] = raw.len;
}

void json_unescaped_deinit(struct json_unescaped *unescaped)
{
    buf_deinit(&unescaped->bytes);
    mem_free(&unescaped->origins);
}
