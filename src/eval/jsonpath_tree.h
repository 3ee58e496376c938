// SPDX-License-Identifier: MIT
//
// A compiled JSONPath, as parser and selection share it. Thread: read-only once parsed.
#pragma once

#include "jsonpath.h"

#include <stdint.h>

enum jsonpath_selector_kind {
    JSONPATH_NAME,
    JSONPATH_WILDCARD,
    JSONPATH_INDEX,
    JSONPATH_SLICE,
};

// RFC 9535, 2.3.4: a bound that is absent has a default that depends on the sign of the step.
struct jsonpath_slice {
    bool has_start;
    bool has_end;
    int64_t start;
    int64_t end;
    int64_t step;
};

struct jsonpath_selector {
    enum jsonpath_selector_kind kind;
    char *name; // JSONPATH_NAME: decoded UTF-8, may hold NUL
    size_t name_len;
    int64_t index; // JSONPATH_INDEX
    struct jsonpath_slice slice;
};

struct jsonpath_segment {
    bool is_descendant;
    struct jsonpath_selector *selectors;
    size_t count;
    size_t capacity;
};

struct jsonpath {
    char *text;
    struct jsonpath_segment *segments;
    size_t count;
    size_t capacity;
};
