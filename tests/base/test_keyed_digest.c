// SPDX-License-Identifier: MIT
#include "base/keyed_digest.h"

#include "base/mem.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

enum {
    TEXT_BYTES = 5000,
    BLOCK_BYTES = KEYED_DIGEST_BLOCK_BYTES,
    HEX_BYTES = 33,
    PAIR_BYTES = 8,
};

static struct keyed_digest_key key_of(unsigned char first)
{
    unsigned char secret[KEYED_DIGEST_SECRET_BYTES];
    struct keyed_digest_key key;
    for (size_t i = 0; i < sizeof(secret); i++) {
        secret[i] = (unsigned char)(first + i);
    }
    keyed_digest_key_init(&key, secret);
    return key;
}

static void fill(char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        text[i] = (char)(i * 31 + i / 256);
    }
}

// Made by a second implementation of what the header says (Python), over texts of bytes
// (i * 31 + i / 256) mod 256 with the secret 00 01 02 … 1f.
static const struct {
    size_t len;
    const char *hex;
} ANSWERS[] = {
    {0, "aff60331a0b520802fe8be4b508abc1b"},
    {1, "83ea3330be5b190d56342e2f3ce81875"},
    {16, "18c3f4b7e74b46609aa4565f775a1c79"},
    {17, "adf6115afc61fdaa07364c50869f86bd"},
    {64, "2cd7e0fb91fc14169d3eacd2fd54a1ea"},
    {1346, "5a0890bc9a66232944da2c44610570e7"},
    {BLOCK_BYTES, "67e31a1f0f40460342cd01d12de6b736"},
    {TEXT_BYTES, "037009c3b37d6f6502a18ceda87964e6"},
};

static void expect_answers(const struct keyed_digest_key *key, size_t kernel)
{
    char text[TEXT_BYTES];
    fill(text, sizeof(text));
    for (size_t i = 0; i < ARRAY_LEN(ANSWERS); i++) {
        const struct keyed_digest digest = keyed_digest_of(key, text, ANSWERS[i].len);
        char hex[HEX_BYTES];
        (void)snprintf(hex, sizeof(hex), "%016llx%016llx", (unsigned long long)digest.words[0],
                       (unsigned long long)digest.words[1]);
        cr_expect_str_eq(hex, ANSWERS[i].hex, "%zu, kernel %zu", ANSWERS[i].len, kernel);
    }
}

Test(keyed_digest, known_answers_of_every_kernel)
{
    struct keyed_digest_key key = key_of(0);
    for (size_t i = 0; keyed_digest_kernel_at(i) != NULL; i++) {
        key.kernel = keyed_digest_kernel_at(i);
        expect_answers(&key, i);
    }
}

// Texts from the end of what may be read, so that a byte too far is found by a sanitizer, and on
// odd places.
Test(keyed_digest, kernels_agree_on_every_length)
{
    struct keyed_digest_key keys[2] = {key_of(0), key_of(0)};
    for (size_t len = 0; len <= 2 * BLOCK_BYTES;
         len += len < 200 || len > BLOCK_BYTES - 70 ? 1 : 7) {
        char *text = mem_resize(NULL, len, 1);
        fill(text, len);
        const struct keyed_digest wanted = keyed_digest_of(&keys[0], text, len);
        for (size_t i = 1; keyed_digest_kernel_at(i) != NULL; i++) {
            keys[1].kernel = keyed_digest_kernel_at(i);
            const struct keyed_digest found = keyed_digest_of(&keys[1], text, len);
            cr_expect(keyed_digest_equals(&found, &wanted), "%zu bytes, kernel %zu", len, i);
        }
        mem_free(&text);
    }
    cr_expect_not_null(keyed_digest_kernel_at(0));
}

Test(keyed_digest, every_bit_every_length_and_the_secret_count)
{
    const struct keyed_digest_key key = key_of(0);
    const struct keyed_digest_key other = key_of(1);
    char text[BLOCK_BYTES + 40];
    fill(text, sizeof(text));
    const struct keyed_digest digest = keyed_digest_of(&key, text, sizeof(text));
    for (size_t i = 0; i < sizeof(text) * 8; i++) {
        text[i / 8] = (char)(text[i / 8] ^ 1 << i % 8);
        const struct keyed_digest changed = keyed_digest_of(&key, text, sizeof(text));
        text[i / 8] = (char)(text[i / 8] ^ 1 << i % 8);
        cr_expect_not(keyed_digest_equals(&digest, &changed), "bit %zu", i);
    }
    const struct keyed_digest secret = keyed_digest_of(&other, text, sizeof(text));
    cr_expect_not(keyed_digest_equals(&digest, &secret));
}

// Zeros at the end are no padding.
Test(keyed_digest, zeros_at_the_end_count)
{
    const struct keyed_digest_key key = key_of(0);
    static const char ZEROS[40];
    for (size_t i = 0; i < sizeof(ZEROS); i++) {
        for (size_t j = 0; j < i; j++) {
            const struct keyed_digest a = keyed_digest_of(&key, ZEROS, i);
            const struct keyed_digest b = keyed_digest_of(&key, ZEROS, j);
            cr_expect_not(keyed_digest_equals(&a, &b), "%zu and %zu", i, j);
        }
    }
}

// A plain sum would not see these change places.
Test(keyed_digest, the_order_of_blocks_and_pairs_counts)
{
    const struct keyed_digest_key key = key_of(0);
    char text[2 * BLOCK_BYTES];
    char swapped[2 * BLOCK_BYTES];
    fill(text, sizeof(text));
    text[0] = 'x';
    memcpy(swapped, text + BLOCK_BYTES, BLOCK_BYTES);
    memcpy(swapped + BLOCK_BYTES, text, BLOCK_BYTES);
    struct keyed_digest a = keyed_digest_of(&key, text, sizeof(text));
    struct keyed_digest b = keyed_digest_of(&key, swapped, sizeof(swapped));
    cr_expect_not(keyed_digest_equals(&a, &b));
    memcpy(swapped, text, sizeof(text));
    memcpy(swapped, text + PAIR_BYTES, PAIR_BYTES);
    memcpy(swapped + PAIR_BYTES, text, PAIR_BYTES);
    b = keyed_digest_of(&key, swapped, sizeof(swapped));
    cr_expect_not(keyed_digest_equals(&a, &b));
}
