// SPDX-License-Identifier: MIT
#include "base/random.h"

#include "base/mem.h"

#include <string.h>
#include <sys/random.h>

// What was drawn and not given out yet, at the end of it; a job needs several small pieces, and one
// call to the kernel is enough for those of some jobs. What was given out is wiped.
struct drawn {
    unsigned char bytes[RANDOM_BYTES_MAX];
    size_t left;
};

void random_bytes(void *bytes, size_t len)
{
    static _Thread_local struct drawn drawn;
    REQUIRE(len <= RANDOM_BYTES_MAX);
    if (drawn.left < len) {
        ssize_t got = getrandom(drawn.bytes, RANDOM_BYTES_MAX, 0);
        ENSURE(got == RANDOM_BYTES_MAX);
        drawn.left = RANDOM_BYTES_MAX;
    }
    unsigned char *given = drawn.bytes + RANDOM_BYTES_MAX - drawn.left;
    memcpy(bytes, given, len);
    mem_wipe(given, len);
    drawn.left -= len;
}

void random_uuid(char out[RANDOM_UUID_BYTES])
{
    unsigned char b[16];
    random_bytes(b, sizeof(b));
    b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
    b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
    static const char DIGITS[] = "0123456789ABCDEF";
    for (size_t i = 0; i < sizeof(b); i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10) {
            *out++ = '-';
        }
        *out++ = DIGITS[b[i] >> 4];
        *out++ = DIGITS[b[i] & 0x0f];
    }
    *out = '\0';
}

void random_id(char out[RANDOM_ID_LETTERS + 1])
{
    static const char LETTERS[] = "0123456789abcdefghijklmnopqrstuvwxyz";
    enum { COUNT = sizeof(LETTERS) - 1, EVEN = 256 / COUNT * COUNT, DRAWN_BYTES = 32 };
    // So many bytes are enough for most ids; those from EVEN on would make some letters likelier.
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
