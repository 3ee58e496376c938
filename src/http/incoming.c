// SPDX-License-Identifier: MIT
#include "http/server.h"

size_t http_incoming_field(const struct http_incoming *incoming, const char *name,
                           struct span *value_out)
{
    size_t count = 0;
    for (size_t i = 0; i < incoming->field_count; i++) {
        if (span_equals_ignore_case(incoming->fields[i].name, span_of(name)) && count++ == 0) {
            *value_out = incoming->fields[i].value;
        }
    }
    return count;
}
