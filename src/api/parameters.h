// SPDX-License-Identifier: MIT
//
// The parameters of a request: those of the query and those of a form body, decoded. The vendor's
// clients put them in either, or both. Thread: its owner's.
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    PARAMETERS_MAX = 128,              // of one request
    PARAMETERS_BYTES_MAX = 128 * 1024, // of names and values, decoded
};

struct parameter {
    struct span name; // not empty; both well-formed UTF-8 without NUL
    struct span value;
    bool is_from_body;
};

struct parameters {
    struct parameter items[PARAMETERS_MAX]; // in the order of the request, the query's first
    size_t count;
    struct buf text; // what the spans point into
};

// Parses "a=1&b=2"; a name without '=' has an empty value, empty parts ("&&") are passed over.
// `body` is empty for a request without a form. ERR_INVALID for a part without a name or with wrong
// percent-encoding, ERR_LIMIT past a limit; the message names the part ("parameter 3 of the query").
// After an error there are no parameters. `parameters` is to be deinited in any case.
enum err_kind parameters_parse(struct parameters *parameters, struct span query, struct span body,
                               struct err *err);
void parameters_deinit(struct parameters *parameters);

// The value, or NULL when there is none. Names are compared exactly. A name that is given twice is
// refused before anything is done (authentication.h), so the first counts here.
const struct span *parameters_get(const struct parameters *parameters, const char *name);
// A name that is given more than once; NULL when there is none.
const struct parameter *parameters_find_double(const struct parameters *parameters);
