// SPDX-License-Identifier: MIT
#include "base/random.h"

#include <stdio.h>
#include <sys/random.h>

void random_bytes(void *bytes, size_t len)
{
    // getrandom(2): reads of up to 256 bytes are not interrupted and come whole.
    REQUIRE(len <= 256);
    ssize_t got = getrandom(bytes, len, 0);
    ENSURE(got == (ssize_t)len);
}

void random_uuid(char out[RANDOM_UUID_BYTES])
{
    unsigned char b[16];
    random_bytes(b, sizeof(b));
    b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
    b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
    (void)snprintf(out, RANDOM_UUID_BYTES,
                   "%02X%02X%02X%02X-%02X%02X-%02X%02X-%02X%02X-%02X%02X%02X%02X%02X%02X", b[0],
                   b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13],
                   b[14], b[15]);
}

void random_id(char out[RANDOM_ID_LETTERS + 1])
{
    static const char LETTERS[] = "0123456789abcdefghijklmnopqrstuvwxyz";
    enum { COUNT = sizeof(LETTERS) - 1, EVEN = 256 / COUNT * COUNT, DRAWN_BYTES = 32 };
    // One call to the kernel for most ids; bytes from EVEN on would make some letters likelier.
    size_t len = 0;
    while (len < RANDOM_ID_LETTERS) {
        unsigned char drawn[DRAWN_BYTES];
        random_bytes(drawn, sizeof(drawn));
        for (size_t i = 0; i < sizeof(drawn) && len < RANDOM_ID_LETTERS; i++) {
            if (drawn[i] < EVEN) {
                out[len++] = LETTERS[drawn[i] % COUNT];
            }
        }
    }
    out[RANDOM_ID_LETTERS] = '\0';
}

uint64_t random_below(uint64_t bound)
{
    REQUIRE(bound > 0);
    // Values past the last whole multiple of the bound would make the small results likelier.
    uint64_t last = UINT64_MAX - UINT64_MAX % bound;
    uint64_t value;
    do {
        random_bytes(&value, sizeof(value));
    } while (value >= last);
    return value % bound;
}

int64_t random_backoff_ms(int64_t base_ms, int64_t cap_ms, unsigned attempt)
{
    REQUIRE(base_ms > 0 && cap_ms > 0);
    int64_t ceiling = base_ms;
    for (unsigned i = 0; i < attempt && ceiling < cap_ms; i++) {
        ceiling = ceiling > cap_ms / 2 ? cap_ms : ceiling * 2;
    }
    if (ceiling > cap_ms) {
        ceiling = cap_ms;
    }
    return (int64_t)random_below((uint64_t)ceiling + 1);
}
