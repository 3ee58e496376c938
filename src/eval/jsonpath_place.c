// SPDX-License-Identifier: MIT
#include "jsonpath_walk.h"

// RFC 9535, 2.7: single quotes, and the shortest escape for what cannot stand as it is.
static void append_normal_name(struct buf *out, const char *name, size_t len)
{
    (void)buf_append_text(out, "['");
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)name[i];
        static const char *const SHORT[0x20] = {
            ['\b'] = "\\b", ['\t'] = "\\t", ['\n'] = "\\n", ['\f'] = "\\f", ['\r'] = "\\r"};
        if (c == '\'' || c == '\\') {
            (void)buf_append_char(out, '\\');
            (void)buf_append_char(out, (char)c);
        } else if (c >= 0x20) {
            (void)buf_append_char(out, (char)c);
        } else if (SHORT[c] != NULL) {
            (void)buf_append_text(out, SHORT[c]);
        } else {
            (void)buf_append_format(out, "\\u%04x", (unsigned)c);
        }
    }
    (void)buf_append_text(out, "']");
}

void jsonpath_place_append(const struct jsonpath_place *place, struct buf *out)
{
    if (place == NULL) {
        (void)buf_append_char(out, '$');
        return;
    }
    jsonpath_place_append(place->parent, out);
    if (place->name != NULL) {
        append_normal_name(out, place->name, place->name_len);
    } else {
        (void)buf_append_format(out, "[%zu]", place->index);
    }
}
