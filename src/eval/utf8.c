// SPDX-License-Identifier: MIT
#include "utf8.h"

#include "base/text.h"

void utf8_append(struct buf *out, uint32_t code_point)
{
    char bytes[TEXT_UTF8_BYTES];
    size_t len = text_write_utf8(code_point, bytes);
    (void)buf_append(out, bytes, len);
}

uint32_t utf8_next(const char **at, const char *end)
{
    REQUIRE(*at < end);
    unsigned char first = (unsigned char)*(*at)++;
    if (first < 0x80) {
        return first;
    }
    uint32_t code_point = first & (first < 0xe0 ? 0x1f : first < 0xf0 ? 0x0f : 0x07);
    while (*at < end && ((unsigned char)**at & 0xc0) == 0x80) {
        code_point = code_point << 6 | ((unsigned char)*(*at)++ & 0x3f);
    }
    return code_point;
}

size_t utf8_count(const char *text, size_t len)
{
    size_t count = 0;
    for (size_t i = 0; i < len; i++) {
        count += ((unsigned char)text[i] & 0xc0) != 0x80 ? 1 : 0;
    }
    return count;
}
