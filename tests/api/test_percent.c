// SPDX-License-Identifier: MIT
#include "percent.h"

#include "base/text.h"

#include <criterion/criterion.h>
#include <string.h>

#define SPAN_OF(literal) ((struct span){(literal), sizeof(literal) - 1})

Test(percent, decodes)
{
    static const struct {
        struct span text;
        bool plus_is_blank;
        const char *decoded; // NULL: refused
    } ROWS[] = {
        {SPAN_OF(""), true, ""},
        {SPAN_OF("abc"), true, "abc"},
        {SPAN_OF("a+b"), true, "a b"},
        {SPAN_OF("a+b"), false, "a+b"},
        {SPAN_OF("a%2Bb%2bc"), true, "a+b+c"},
        {SPAN_OF("%41%4a%4F%4f"), true, "AJOO"},
        {SPAN_OF("%C3%A9\xc3\xa9"), true, "éé"},
        {SPAN_OF("\xc3%A9"), true, "é"},
        {SPAN_OF("%f0%9f%99%82"), true, "🙂"},
        {SPAN_OF("%2525"), true, "%25"},
        {SPAN_OF("%7f%01"), true, "\x7f\x01"},
        {SPAN_OF("%"), true, NULL},
        {SPAN_OF("a%"), true, NULL},
        {SPAN_OF("a%4"), true, NULL},
        {SPAN_OF("%4g"), true, NULL},
        {SPAN_OF("%g4"), true, NULL},
        {SPAN_OF("%-1"), true, NULL},
        {SPAN_OF("% 1"), true, NULL},
        {SPAN_OF("%%41"), true, NULL},
        {SPAN_OF("%u0041"), true, NULL},
        {SPAN_OF("a%00b"), true, NULL},
        {SPAN_OF("a\0b"), true, NULL},
        {SPAN_OF("%C0%AF"), true, NULL},       // '/', overlong in two bytes
        {SPAN_OF("%E0%80%AF"), true, NULL},    // in three
        {SPAN_OF("%F0%80%80%AF"), true, NULL}, // in four
        {SPAN_OF("%C0%80"), true, NULL},       // NUL, overlong
        {SPAN_OF("%ED%A0%80"), true, NULL},    // a high surrogate
        {SPAN_OF("%ED%BF%BF"), true, NULL},    // a low one
        {SPAN_OF("%F4%90%80%80"), true, NULL}, // above U+10FFFF
        {SPAN_OF("%E5%AE"), true, NULL},       // cut
        {SPAN_OF("%80"), true, NULL},          // the middle of a character
        {SPAN_OF("%FF"), true, NULL},
        {SPAN_OF("\xff"), true, NULL},
    };
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        struct buf out;
        buf_init(&out, 100);
        (void)buf_append_text(&out, "kept");
        bool is_decoded = percent_decode(&out, ROWS[i].text, ROWS[i].plus_is_blank);
        cr_expect_eq(is_decoded, ROWS[i].decoded != NULL, "row %zu: %s", i, ROWS[i].text.bytes);
        cr_expect_not(out.overflow);
        cr_expect(text_starts_with(buf_text(&out), "kept"));
        cr_expect_str_eq(buf_text(&out) + strlen("kept"), is_decoded ? ROWS[i].decoded : "",
                         "row %zu: %s", i, ROWS[i].text.bytes);
        buf_deinit(&out);
    }
}

Test(percent, stops_at_the_limit)
{
    struct buf out;
    buf_init(&out, 4);
    cr_expect(percent_decode(&out, SPAN_OF("%41%42%43%44"), true));
    cr_expect_not(percent_decode(&out, SPAN_OF("x"), true));
    cr_expect(out.overflow);
    cr_expect_str_eq(buf_text(&out), "ABCD");
    buf_deinit(&out);
}

Test(percent, every_byte_comes_back_from_the_encoding_of_the_signatures)
{
    for (unsigned code = 1; code < 0x800; code++) {
        char character[TEXT_UTF8_BYTES];
        size_t len = text_write_utf8(code, character);
        struct buf encoded;
        struct buf decoded;
        buf_init(&encoded, 16);
        buf_init(&decoded, 16);
        text_percent_encode(&encoded, character, len);
        cr_expect(percent_decode(&decoded, (struct span){encoded.data, encoded.len}, true));
        cr_expect(decoded.len == len && memcmp(decoded.data, character, len) == 0, "U+%04X", code);
        buf_deinit(&encoded);
        buf_deinit(&decoded);
    }
}

Test(percent, the_encoding_of_the_signatures)
{
    struct buf out;
    buf_init(&out, 200);
    static const char TEXT[] = "AZaz09-_.~ *+/:!'()\xc3\xa9%";
    text_percent_encode(&out, TEXT, sizeof(TEXT) - 1);
    cr_expect_str_eq(buf_text(&out), "AZaz09-_.~%20%2A%2B%2F%3A%21%27%28%29%C3%A9%25");
    buf_deinit(&out);
}
