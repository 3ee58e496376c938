// SPDX-License-Identifier: MIT
#include "escape.h"

#include "base/text.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

Test(escape, decodes)
{
    static const struct {
        const char *text;
        const char *wanted;
    } CASES[] = {
        {"plain", "plain"},
        {"\\\"\\\\\\/\\b\\f\\n\\r\\t", "\"\\/\b\f\n\r\t"},
        {"\\u0041\\u00E9\\u20ac\\ud83d\\ude00", "A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"},
        {"a\\nb", "a\nb"},
        {"\\\\n", "\\n"},
        {"", ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        char out[64];
        size_t len = escape_decode(CASES[i].text, strlen(CASES[i].text), out);
        cr_expect_eq(len, strlen(CASES[i].wanted), "%s", CASES[i].text);
        cr_expect_eq(memcmp(out, CASES[i].wanted, len), 0, "%s", CASES[i].text);
    }
}

// Every code point that is no surrogate and not NUL comes out as the UTF-8 that base writes.
Test(escape, decodes_every_code_point)
{
    for (uint32_t code_point = 1; code_point <= 0x10ffff; code_point++) {
        if (code_point == 0xd800) {
            code_point = 0xe000;
        }
        char text[16];
        char out[16];
        char wanted[TEXT_UTF8_BYTES];
        uint32_t above = code_point - 0x10000;
        int written = code_point < 0x10000
                          ? snprintf(text, sizeof(text), "\\u%04x", code_point)
                          : snprintf(text, sizeof(text), "\\u%04X\\u%04x", 0xd800 + (above >> 10),
                                     0xdc00 + (above & 0x3ff));
        size_t len = escape_decode(text, (size_t)written, out);
        cr_assert_eq(len, text_write_utf8(code_point, wanted));
        cr_assert_eq(memcmp(out, wanted, len), 0, "U+%04X", code_point);
        cr_assert(text_is_utf8(out, len, NULL));
    }
}
