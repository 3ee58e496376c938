// SPDX-License-Identifier: MIT
//
// Options that name a pack's report, shared by status, watch and download. Private to cli.
#pragma once

#include "session.h"

#include <argp.h>

struct pack_options {
    struct session_options where;
    const char *account; // checked: 1 to 19 digits
    const char *pack;    // checked: text_is_id
};
// Child parser; its input is a struct pack_options. Both ids are required: usage errors end the
// process.
extern const struct argp pack_options_argp;
