// SPDX-License-Identifier: MIT
#include "render/utf8.h"

#include "base/text.h"

#include <stdbool.h>
#include <string.h>

struct code_range {
    uint32_t first;
    uint32_t last;
};

// East_Asian_Width W and F of Unicode Standard Annex 11, merged to blocks.
static const struct code_range WIDE[] = {
    {0x1100, 0x115f},   {0x231a, 0x231b},   {0x2329, 0x232a},   {0x2e80, 0x303e},
    {0x3041, 0x33ff},   {0x3400, 0x4dbf},   {0x4e00, 0xa4cf},   {0xa960, 0xa97f},
    {0xac00, 0xd7a3},   {0xf900, 0xfaff},   {0xfe10, 0xfe19},   {0xfe30, 0xfe6f},
    {0xff01, 0xff60},   {0xffe0, 0xffe6},   {0x16fe0, 0x18cff}, {0x1b000, 0x1b2ff},
    {0x1f300, 0x1f64f}, {0x1f680, 0x1f6ff}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd},
};

// Combining marks of the scripts that names are likely to be in, joiners and selectors.
static const struct code_range ZERO_WIDTH[] = {
    {0x0300, 0x036f}, {0x0483, 0x0489},   {0x0591, 0x05bd}, {0x0610, 0x061a}, {0x064b, 0x065f},
    {0x0e34, 0x0e3a}, {0x0e47, 0x0e4e},   {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff}, {0x200b, 0x200d},
    {0x20d0, 0x20ff}, {0x302a, 0x302d},   {0x3099, 0x309a}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f},
    {0xfeff, 0xfeff}, {0xe0100, 0xe01ef},
};

// Bidirectional controls (Unicode Standard Annex 9, section 2): they can make a line read as what
// it is not.
static const struct code_range UNPRINTABLE[] = {
    {0x0000, 0x001f}, {0x007f, 0x009f}, {0x061c, 0x061c},
    {0x200e, 0x200f}, {0x2028, 0x202e}, {0x2066, 0x2069},
};

static bool is_among(uint32_t code, const struct code_range *ranges, size_t count)
{
    for (size_t i = 0; i < count && code >= ranges[i].first; i++) {
        if (code <= ranges[i].last) {
            return true;
        }
    }
    return false;
}

struct utf8_char utf8_first(const char *bytes, size_t len)
{
    REQUIRE(len > 0);
    static const unsigned char LEAD_BITS[] = {0, 0, 0x1f, 0x0f, 0x07};
    unsigned char lead = (unsigned char)bytes[0];
    if (lead < 0x80) {
        return (struct utf8_char){.code = lead, .len = 1};
    }
    size_t length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (length > len || !text_is_utf8(bytes, length, NULL)) {
        return (struct utf8_char){.code = UTF8_REPLACEMENT, .len = 1};
    }
    uint32_t code = lead & LEAD_BITS[length];
    for (size_t i = 1; i < length; i++) {
        code = code << 6 | ((unsigned char)bytes[i] & 0x3fU);
    }
    return (struct utf8_char){.code = code, .len = length};
}

void utf8_append_printable(struct buf *out, const char *text)
{
    size_t len = strlen(text);
    struct utf8_char c;
    for (size_t at = 0; at < len; at += c.len) {
        c = utf8_first(text + at, len - at);
        if (c.code == UTF8_REPLACEMENT || is_among(c.code, UNPRINTABLE, ARRAY_LEN(UNPRINTABLE))) {
            (void)buf_append_text(out, UTF8_REPLACEMENT_TEXT);
        } else {
            (void)buf_append(out, text + at, c.len);
        }
    }
}

static size_t columns_of(uint32_t code)
{
    if (is_among(code, ZERO_WIDTH, ARRAY_LEN(ZERO_WIDTH))) {
        return 0;
    }
    return is_among(code, WIDE, ARRAY_LEN(WIDE)) ? 2 : 1;
}

size_t utf8_fit(const char *text, size_t columns, size_t *used_out)
{
    size_t len = strlen(text);
    size_t used = 0;
    size_t at = 0;
    while (at < len) {
        struct utf8_char c = utf8_first(text + at, len - at);
        size_t more = columns_of(c.code);
        if (more > columns - used) {
            break;
        }
        used += more;
        at += c.len;
    }
    *used_out = used;
    return at;
}

size_t utf8_columns(const char *text)
{
    size_t used;
    (void)utf8_fit(text, SIZE_MAX, &used);
    return used;
}
