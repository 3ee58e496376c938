// SPDX-License-Identifier: MIT
//
// Options of commands that judge resources: evaluate, count, explain and those of `rules`. Child
// parsers; a wrong value is a usage error, which ends the process. Private to cli. Thread: main.
#pragma once

#include "worker/rulebook.h"

#include <argp.h>
#include <stdbool.h>
#include <stdint.h>

// --strict-vendor; its input is a bool.
extern const struct argp strict_option_argp;

struct judge_options {
    bool has_as_of; // else now
    int64_t as_of_ms;
    bool strict_vendor;
};
// --as-of and --strict-vendor; its input is a struct judge_options.
extern const struct argp judge_options_argp;
// The instant that is meant.
int64_t judge_options_as_of(const struct judge_options *options, int64_t now_ms);

struct rulebook_options {
    struct judge_options judge;
    struct rulebook_paths paths; // complete when all options are parsed
};
// --rules, which the command requires, --waivers, and those of judge_options; its input is a struct
// rulebook_options.
extern const struct argp rulebook_options_argp;
