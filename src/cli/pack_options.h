// SPDX-License-Identifier: MIT
//
// Options that name a pack's report, shared by status, watch, download and cancel. Private to cli.
#pragma once

#include "domain/subject.h"
#include "session.h"

#include <argp.h>

struct pack_options {
    struct session_options where;
    const char *account; // checked: 1 to 19 digits
    const char *pack;    // checked: a subject, made of the two
    const char *pack_id; // as given
    const char *aggregator_id;
    char subject[SUBJECT_BYTES];
    bool is_optional;      // all may be missing; set while options are parsed
    bool is_checked_later; // what is there is checked, and the command says what has to be
};
// Both are there, or a usage error ends the process.
void pack_options_require(const struct pack_options *options, const struct argp_state *state);
// Child parser; its input is a struct pack_options. Both ids are required, unless is_optional says
// that both may be missing: usage errors end the process.
extern const struct argp pack_options_argp;
