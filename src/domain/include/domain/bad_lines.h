// SPDX-License-Identifier: MIT
//
// How many records of an inventory may be bad (or duplicates) before there is no report at all.
// Plain data. Thread: any.
#pragma once

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct bad_lines_limit {
    bool is_set; // false: any number
    bool is_percent;
    uint64_t most; // records, or percent of all, good and bad
};

// "10", "5%"; "" is no limit. ERR_INVALID with what would be right.
enum err_kind bad_lines_limit_parse(const char *text, struct bad_lines_limit *limit_out,
                                    struct err *err);

bool bad_lines_limit_is_passed(const struct bad_lines_limit *limit, uint64_t good, uint64_t bad);
