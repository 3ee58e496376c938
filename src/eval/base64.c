// SPDX-License-Identifier: MIT
#include "base64.h"

// The six bits of a character, -1 for what is not in the alphabet.
static int sextet(char c)
{
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }
    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 26;
    }
    if (c >= '0' && c <= '9') {
        return c - '0' + 52;
    }
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

// Four characters of which the last `padding` are '='.
static bool decode_quantum(const char *text, size_t padding, struct buf *out)
{
    unsigned bits = 0;
    for (size_t i = 0; i < 4; i++) {
        int value = i < 4 - padding ? sextet(text[i]) : 0;
        if (value < 0) {
            return false;
        }
        bits = bits << 6 | (unsigned)value;
    }
    unsigned unused = padding == 0 ? 0 : padding == 1 ? 0xff : 0xffff;
    char bytes[3] = {(char)(bits >> 16), (char)(bits >> 8), (char)bits};
    return (bits & unused) == 0 && buf_append(out, bytes, 3 - padding);
}

bool base64_decode(const char *text, size_t len, struct buf *out)
{
    if (len % 4 != 0) {
        return false;
    }
    for (size_t at = 0; at < len; at += 4) {
        bool is_last = at + 4 == len;
        size_t padding = 0;
        if (is_last && text[at + 3] == '=') {
            padding = text[at + 2] == '=' ? 2 : 1;
        }
        if (!decode_quantum(text + at, padding, out)) {
            return false;
        }
    }
    return true;
}
