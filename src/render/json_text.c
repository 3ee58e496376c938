// SPDX-License-Identifier: MIT
#include "json_text.h"

#include "base/text.h"
#include "utf8.h"

#include <stdbool.h>

static bool needs_escape(char c)
{
    return (unsigned char)c < 0x20 || c == '"' || c == '\\';
}

static void append_escape(struct buf *out, char c)
{
    static const char SHORT[] = {
        ['"'] = '"',  ['\\'] = '\\', ['\b'] = 'b', ['\f'] = 'f',
        ['\n'] = 'n', ['\r'] = 'r',  ['\t'] = 't',
    };
    char letter = SHORT[(unsigned char)c];
    if (letter != '\0') {
        (void)buf_append_char(out, '\\');
        (void)buf_append_char(out, letter);
    } else {
        (void)buf_append_format(out, "\\u%04X", (unsigned)(unsigned char)c);
    }
}

static void append_well_formed(struct buf *out, const char *text, size_t len)
{
    size_t plain = 0; // where the run that needs no escape begins
    for (size_t at = 0; at < len; at++) {
        if (needs_escape(text[at])) {
            (void)buf_append(out, text + plain, at - plain);
            append_escape(out, text[at]);
            plain = at + 1;
        }
    }
    (void)buf_append(out, text + plain, len - plain);
}

void json_text_append(struct buf *out, const char *bytes, size_t len)
{
    (void)buf_append_char(out, '"');
    if (text_is_utf8(bytes, len, NULL)) {
        append_well_formed(out, bytes, len);
    } else {
        struct buf clean;
        buf_init(&clean, 3 * len); // U+FFFD takes three bytes
        utf8_append_clean(&clean, bytes, len);
        append_well_formed(out, buf_text(&clean), clean.len);
        buf_deinit(&clean);
    }
    (void)buf_append_char(out, '"');
}
