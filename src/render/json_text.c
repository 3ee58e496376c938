// SPDX-License-Identifier: MIT
#include "json_text.h"

#include "base/text.h"
#include "render/utf8.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

// Length of the line break of Unicode that begins at `text` (NEL, LINE and PARAGRAPH SEPARATOR), 0
// when there is none. JSON allows them as they are, but many a reader of lines ends a line there.
static size_t line_break(const char *text)
{
    if (text[0] == '\xc2') {
        return text[1] == '\x85' ? 2 : 0;
    }
    return text[0] == '\xe2' && text[1] == '\x80' && (text[2] == '\xa8' || text[2] == '\xa9') ? 3
                                                                                              : 0;
}

void json_text_append_escape(struct buf *out, unsigned code)
{
    static const char SHORT[] = {
        ['"'] = '"',  ['\\'] = '\\', ['\b'] = 'b', ['\f'] = 'f',
        ['\n'] = 'n', ['\r'] = 'r',  ['\t'] = 't',
    };
    char letter = code < sizeof(SHORT) ? SHORT[code] : '\0';
    if (letter != '\0') {
        (void)buf_append_char(out, '\\');
        (void)buf_append_char(out, letter);
    } else {
        (void)buf_append_format(out, "\\u%04X", code);
    }
}

// `text` is well-formed UTF-8, so a lead byte has its continuation behind it.
static void append_well_formed(struct buf *out, const char *text, size_t len)
{
    size_t plain = 0; // where the run that needs no escape begins
    for (size_t at = 0; at < len; at++) {
        size_t taken = json_text_needs_escape(text[at]) ? 1 : line_break(text + at);
        if (taken > 0) {
            (void)buf_append(out, text + plain, at - plain);
            json_text_append_escape(out, taken == 1 ? (unsigned char)text[at]
                                                    : utf8_first(text + at, taken).code);
            plain = at + taken;
        }
    }
    (void)buf_append(out, text + plain, len - plain);
}

// Whether one of eight bytes is outside of ASCII or needs an escape; it may say so of others, too.
static bool may_need_escape(const char *bytes)
{
    static const uint64_t ONES = UINT64_C(0x0101010101010101);
    static const uint64_t HIGH_BITS = UINT64_C(0x8080808080808080);
    uint64_t word;
    memcpy(&word, bytes, sizeof(word));
    uint64_t quote = word ^ ONES * '"';
    uint64_t backslash = word ^ ONES * '\\';
    // A byte minus one, or minus 0x20, borrows from its high bit when it is less.
    return ((word | (word - ONES * 0x20) | (quote - ONES) | (backslash - ONES)) & HIGH_BITS) != 0;
}

// Length of the start of the text that goes out as it is: ASCII that needs no escape.
static size_t plain_start(const char *bytes, size_t len)
{
    size_t at = 0;
    while (at + sizeof(uint64_t) <= len && !may_need_escape(bytes + at)) {
        at += sizeof(uint64_t);
    }
    while (at < len && (unsigned char)bytes[at] < 0x80 && !json_text_needs_escape(bytes[at])) {
        at++;
    }
    return at;
}

void json_text_append(struct buf *out, const char *bytes, size_t len)
{
    (void)buf_append_char(out, '"');
    size_t plain = plain_start(bytes, len); // most texts are nothing else
    (void)buf_append(out, bytes, plain);
    const char *rest = bytes + plain;
    size_t rest_len = len - plain;
    if (text_is_utf8(rest, rest_len, NULL)) {
        append_well_formed(out, rest, rest_len);
    } else {
        struct buf clean;
        buf_init(&clean, 3 * rest_len); // U+FFFD takes three bytes
        text_append_clean(&clean, rest, rest_len);
        append_well_formed(out, buf_text(&clean), clean.len);
        buf_deinit(&clean);
    }
    (void)buf_append_char(out, '"');
}
