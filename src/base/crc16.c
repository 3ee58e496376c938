// SPDX-License-Identifier: MIT
#include "base/crc16.h"

enum { POLYNOMIAL = 0x1021, TOP_BIT = 0x8000, BYTE_BITS = 8, MASK = 0xffff };

uint16_t crc16(const char *bytes, size_t len)
{
    unsigned crc = 0;
    for (size_t i = 0; i < len; i++) {
        crc ^= (unsigned)(unsigned char)bytes[i] << BYTE_BITS;
        for (unsigned bit = 0; bit < BYTE_BITS; bit++) {
            crc = (crc & TOP_BIT) != 0 ? (crc << 1) ^ POLYNOMIAL : crc << 1;
        }
        crc &= MASK;
    }
    return (uint16_t)crc;
}
