// SPDX-License-Identifier: MIT
#include "percent.h"

#include "base/text.h"

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// The byte of "%XY" at the beginning of the text, or -1.
static int escaped_byte(struct span text)
{
    if (text.len < 3) {
        return -1;
    }
    int high = hex_digit(text.bytes[1]);
    int low = hex_digit(text.bytes[2]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

static bool decode_bytes(struct buf *out, struct span text, bool plus_is_blank)
{
    for (size_t at = 0; at < text.len;) {
        char c = text.bytes[at];
        size_t len = 1;
        if (c == '%') {
            int byte = escaped_byte((struct span){text.bytes + at, text.len - at});
            if (byte < 0) {
                return false;
            }
            c = (char)byte;
            len = 3;
        } else if (c == '+' && plus_is_blank) {
            c = ' ';
        }
        if (c == '\0' || !buf_append_char(out, c)) {
            return false;
        }
        at += len;
    }
    return true;
}

bool percent_decode(struct buf *out, struct span text, bool plus_is_blank)
{
    const size_t begin = out->len;
    bool is_decoded = decode_bytes(out, text, plus_is_blank) &&
                      text_is_utf8(buf_text(out) + begin, out->len - begin, NULL);
    if (!is_decoded) {
        buf_truncate(out, begin);
    }
    return is_decoded;
}
