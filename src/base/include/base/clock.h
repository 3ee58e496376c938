// SPDX-License-Identifier: MIT
//
// Time. Durations and deadlines use the monotonic clock; the wall clock is only for what people
// read. Leases and retries in Redis go by the time of Redis; what a worker knows of its leases goes
// by the time since boot. Thread: any.
#pragma once

#include "base/check.h"

#include <stdint.h>

// Milliseconds of CLOCK_MONOTONIC, which stands still while the machine is suspended.
int64_t clock_monotonic_ms(void);

// Milliseconds of CLOCK_BOOTTIME, which goes on while the machine is suspended, as Redis does
// elsewhere. Not to be mixed with the one above: timers of the loop go by that.
int64_t clock_boot_ms(void);

// Milliseconds since 1970-01-01 UTC.
int64_t clock_wall_ms(void);
