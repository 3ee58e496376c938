// SPDX-License-Identifier: MIT
#include "base/digest.h"
#include "base/mem.h"

#include <criterion/criterion.h>
#include <string.h>

// Known answers of FIPS 180-4 (NIST, "SHA-256 example values") and of the empty text.
static const struct {
    const char *text;
    const char *hex;
} ANSWERS[] = {
    {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
};

Test(digest, known_answers)
{
    for (size_t i = 0; i < ARRAY_LEN(ANSWERS); i++) {
        char hex[DIGEST_HEX_BYTES];
        digest_hex(ANSWERS[i].text, strlen(ANSWERS[i].text), hex);
        cr_expect_str_eq(hex, ANSWERS[i].hex);
    }
}

Test(digest, a_million_letters_in_pieces)
{
    char piece[1000];
    memset(piece, 'a', sizeof(piece));
    struct digest *digest = digest_create();
    for (int i = 0; i < 1000; i++) {
        digest_update(digest, piece, sizeof(piece));
    }
    char hex[DIGEST_HEX_BYTES];
    digest_finish(digest, hex);
    digest_destroy(&digest);
    cr_expect_null(digest);
    digest_destroy(&digest);
    cr_expect_str_eq(hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}
