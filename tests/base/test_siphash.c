// SPDX-License-Identifier: MIT
#include "base/siphash.h"

#include "base/text.h"

#include <criterion/criterion.h>
#include <string.h>

enum { VALUE_BYTES = 16, TEXT_BYTES = 64 };

// The key of the reference vectors: bytes 00 to 0f.
static const struct siphash_key KEY = {{0x0706050403020100, 0x0f0e0d0c0b0a0908}};

// The value as the reference prints it: bytes, the low one of each word first.
static void value_hex(const uint64_t value[2], char out[2 * VALUE_BYTES + 1])
{
    unsigned char bytes[VALUE_BYTES];
    for (size_t i = 0; i < VALUE_BYTES; i++) {
        bytes[i] = (unsigned char)(value[i / 8] >> (i % 8 * 8));
    }
    text_hex(bytes, sizeof(bytes), out);
}

// Vectors of the reference code (vectors_sip128), of the texts 00, 00 01, 00 01 02 …; the same as
// `openssl mac -macopt hexkey:000102…0f -macopt size:16 SIPHASH` gives.
static const struct {
    size_t len;
    const char *hex;
} ANSWERS[] = {
    {0, "a3817f04ba25a8e66df67214c7550293"},  {1, "da87c1d86b99af44347659119b22fc45"},
    {7, "a1f1ebbed8dbc153c0b84aa61ff08239"},  {8, "3b62a9ba6258f5610f83e264f31497b4"},
    {9, "264499060ad9baabc47f8b02bb6d71ed"},  {15, "5493e99933b0a8117e08ec0f97cfc3d9"},
    {16, "6ee2a4ca67b054bbfd3315bf85230577"}, {17, "473d06e8738db89854c066c47ae47740"},
    {63, "5150d1772f50834a503e069a973fbd7c"},
};

Test(siphash, known_answers_however_the_text_is_cut)
{
    unsigned char text[TEXT_BYTES];
    for (size_t i = 0; i < sizeof(text); i++) {
        text[i] = (unsigned char)i;
    }
    for (size_t i = 0; i < ARRAY_LEN(ANSWERS); i++) {
        for (size_t cut = 0; cut <= ANSWERS[i].len; cut++) {
            struct siphash hash;
            uint64_t value[2];
            char hex[2 * VALUE_BYTES + 1];
            siphash_begin(&hash, &KEY);
            siphash_update(&hash, text, cut);
            siphash_update(&hash, text + cut, ANSWERS[i].len - cut);
            siphash_finish(&hash, value);
            value_hex(value, hex);
            cr_expect_str_eq(hex, ANSWERS[i].hex, "%zu, cut at %zu", ANSWERS[i].len, cut);
        }
    }
}

Test(siphash, another_key_gives_another_value)
{
    struct siphash_key keys[2] = {siphash_random_key(), siphash_random_key()};
    cr_expect(memcmp(&keys[0], &keys[1], sizeof(keys[0])) != 0);
    uint64_t values[2][2];
    for (size_t i = 0; i < 2; i++) {
        struct siphash hash;
        siphash_begin(&hash, &keys[i]);
        siphash_update(&hash, "text", 4);
        siphash_finish(&hash, values[i]);
    }
    cr_expect(values[0][0] != values[1][0] && values[0][1] != values[1][1]);
}
