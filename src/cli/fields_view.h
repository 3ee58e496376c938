// SPDX-License-Identifier: MIT
//
// A job's history or dead letter as people see it. Private to cli. Thread: main.
#pragma once

#include <jansson.h>

// Fields of a hash in Redis (docs/redis.md, history and dead), texts, as lines on standard output
// in their order; empty ones are left out. Instants, which are kept as milliseconds under names
// that end in "_at", are times. Each failed attempt is told after the others in two or three lines:
// when and where it failed, why, and what the pack service said of it; the first attempt comes first.
void fields_view_print(const json_t *fields, const char *indent);
// The same of a dead letter, with who, when and why in front.
void fields_view_print_letter(const json_t *fields);
