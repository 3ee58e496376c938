// SPDX-License-Identifier: MIT
//
// How many records of an inventory may be bad (or duplicates) before nothing is said of it at all.
// Plain data. Thread: any.
#pragma once

#include "base/err.h"
#include "domain/diag.h"

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

// Whatever the limit, ERR_INVALID with the first of the problems when there are bad records and no good
// one: that is no inventory, and what is found in it would pass for what is found in an account that has
// nothing. `path` "-" is standard input; `problems` hold an error for each bad record, or for the first of
// them, and may hold warnings.
enum err_kind bad_lines_check_any(const char *path, uint64_t good, uint64_t bad,
                                  const struct diags *problems, struct err *err);
const char *bad_lines_source(const char *path); // as messages name it
