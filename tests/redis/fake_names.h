// SPDX-License-Identifier: MIT
//
// Host names for tests, in the place of getaddrinfo(3) of this whole program:
//   two.example.com   127.0.0.9 and 127.0.0.1, in this order
//   held.example.com  127.0.0.1, but no answer between fake_names_hold and fake_names_release
//   *.invalid         do not exist (RFC 6761)
// All others, and numeric addresses, are looked up by the system.
#pragma once

void fake_names_hold(void);
void fake_names_release(void);
