// SPDX-License-Identifier: MIT
//
// CRC-16 with the polynomial 0x1021, begun at 0, bits not reflected ("XMODEM"): the one by which
// Redis Cluster spreads keys over its slots (redis.io, cluster specification, appendix A). Thread:
// any.
#pragma once

#include <stddef.h>
#include <stdint.h>

// Of "123456789": 0x31c3.
uint16_t crc16(const char *bytes, size_t len);
