// SPDX-License-Identifier: MIT
//
// A right request with one thing changed: each is accepted, or refused with its code.
#pragma once

#include "draft.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// 2026-11-21T19:30:44Z, which is the time of the requests.
#define TIME_MS   INT64_C(1795289444000)
#define WINDOW_MS INT64_C(900000)

// Keys with the secret "testsecret": testid, inactive, temporary and expired, these with the token
// "token+/="; and rotating, with "newsecret" and "oldsecret".
extern const char KEYS[];

// A right request of testid, not signed yet.
void draft_v1(struct draft *draft);
void draft_v3(struct draft *draft);

struct authentication_row {
    const char *name;
    struct draft_change before; // it is signed
    struct draft_change more;   // before it is signed, too
    struct draft_change after;  // it was signed
    const char *secret;         // NULL: "testsecret"
    int64_t late_ms;
    const char *code; // NULL: accepted
    const char *says; // NULL: anything
};

void authentication_rows_run(const struct authentication_row *rows, size_t count, bool is_v3);
