// SPDX-License-Identifier: MIT
//
// tests/support/mock-secmaster.mjs as a child process of a test; what it can do stands there. It
// dies with the process that started it. Whatever goes wrong here is a broken test environment: it
// is said on standard error, and the process aborts. Thread: one.
#pragma once

#include <stdint.h>

struct mock_secmaster;

// `arguments`: more options as on its command line, ended by NULL; NULL for none. Waits until it
// serves.
struct mock_secmaster *mock_secmaster_start(const char *const *arguments);
void mock_secmaster_stop(struct mock_secmaster **mock);

uint16_t mock_secmaster_port(const struct mock_secmaster *mock);
