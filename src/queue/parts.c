// SPDX-License-Identifier: MIT
#include "parts.h"

#include "base/text.h"

#include <string.h>

bool parts_split(struct span text, char separator, struct span *parts_out, size_t count)
{
    const char *at = text.bytes;
    const char *end = text.bytes + text.len;
    for (size_t i = 0; i < count; i++) {
        const char *next = memchr(at, separator, (size_t)(end - at));
        if ((next == NULL) != (i == count - 1)) {
            return false;
        }
        parts_out[i] = (struct span){at, (size_t)((next == NULL ? end : next) - at)};
        at = next == NULL ? end : next + 1;
    }
    return true;
}

bool parts_cut(char *text, char separator, char **parts_out, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char *next = strchr(text, separator);
        if ((next == NULL) != (i == count - 1)) {
            return false;
        }
        parts_out[i] = text;
        if (next != NULL) {
            *next = '\0';
            text = next + 1;
        }
    }
    return true;
}

bool parts_copy(struct span part, char *out, size_t size)
{
    if (part.len >= size) {
        return false;
    }
    memcpy(out, part.bytes, part.len);
    out[part.len] = '\0';
    return true;
}

bool parts_number(struct span part, int64_t *value_out)
{
    if (part.len == 0) {
        *value_out = 0;
        return true;
    }
    return text_to_int64(part.bytes, part.len, value_out);
}
