// SPDX-License-Identifier: MIT
#include "base/crc16.h"

#include <criterion/criterion.h>
#include <string.h>

// The first is the check value of CRC-16/XMODEM (redis.io, cluster specification, appendix A); the
// others are those of binascii.crc_hqx of Python, and modulo 16384 of CLUSTER KEYSLOT of Redis 7.0.
static const struct {
    const char *text;
    uint16_t crc;
} ANSWERS[] = {{"123456789", 0x31c3}, {"", 0},        {"0", 13907},
               {"1", 9842},           {"foo", 44950}, {"100000000000001", 5168}};

Test(crc16, known_answers)
{
    for (size_t i = 0; i < sizeof(ANSWERS) / sizeof(ANSWERS[0]); i++) {
        cr_expect_eq(crc16(ANSWERS[i].text, strlen(ANSWERS[i].text)), ANSWERS[i].crc, "\"%s\": %u",
                     ANSWERS[i].text, (unsigned)crc16(ANSWERS[i].text, strlen(ANSWERS[i].text)));
    }
}

Test(crc16, takes_bytes_above_127_as_they_are)
{
    cr_expect_eq(crc16("\xff", 1), 0x1ef0);
    cr_expect_eq(crc16("a\0b", 3), 57535);
}
