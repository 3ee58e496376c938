// SPDX-License-Identifier: MIT
//
// Time. Durations and deadlines use the monotonic clock; the wall clock is only for what people
// read. Leases and retries in Redis go by the time of Redis, never by this. Thread: any.
#pragma once

#include "base/check.h"

#include <stdint.h>

// Milliseconds of CLOCK_MONOTONIC, which stands still while the machine is suspended.
int64_t clock_monotonic_ms(void);

// Milliseconds since 1970-01-01 UTC.
int64_t clock_wall_ms(void);
