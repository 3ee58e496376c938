// SPDX-License-Identifier: MIT
//
// Names and values come from whoever may create a resource, and a spreadsheet runs a cell that looks
// like a formula; such a cell is made text (OWASP, "CSV Injection"; ASVS 5.0, 1.2.10). Who needs the
// exact value reads findings.ndjson.
#include "csv_cell.h"

#include "render/utf8.h"

#include <stdbool.h>

// Inside of a cell with quotes it is copied, and no formula begins behind it.
static bool is_plain(char c)
{
    return c >= ' ' && c < 0x7f && c != '"' && c != ';' && c != '|';
}

// Nothing in it needs quotes, escapes or defusing.
static bool is_harmless(const char *text, size_t len)
{
    bool begins_well =
        len > 0 && ((text[0] >= 'a' && text[0] <= 'z') || (text[0] >= 'A' && text[0] <= 'Z') ||
                    (text[0] >= '0' && text[0] <= '9'));
    for (size_t i = 0; begins_well && i < len; i++) {
        begins_well = text[i] > ' ' && text[i] != ',' && is_plain(text[i]);
    }
    return begins_well || len == 0;
}

// A number with a sign is no formula, and stays one that a spreadsheet can add up.
static bool is_signed_number(const char *text, size_t len)
{
    size_t digits = 0;
    size_t points = 0;
    for (size_t at = 1; at < len; at++) {
        digits += text[at] >= '0' && text[at] <= '9' ? 1 : 0;
        points += text[at] == '.' ? 1 : 0;
    }
    return digits > 0 && points <= 1 && digits + points + 1 == len &&
           (text[0] == '-' || text[0] == '+');
}

// = + - @ and their full-width forms, which spreadsheets fold to the plain ones.
static bool begins_formula(uint32_t code)
{
    static const uint32_t TRIGGERS[] = {'=', '+', '-', '@', 0xff1d, 0xff0b, 0xff0d, 0xff20};
    for (size_t i = 0; i < ARRAY_LEN(TRIGGERS); i++) {
        if (code == TRIGGERS[i]) {
            return true;
        }
    }
    return false;
}

// Ends a cell where the separator is not the comma (it follows the system's language settings) or
// where quotes are not understood.
static bool may_end_cell(uint32_t code)
{
    return code == '\t' || code == '\r' || code == '\n' || code == ';' || code == '|';
}

// What importers drop before they look at the first character.
static bool is_dropped_in_front(uint32_t code)
{
    return code == ' ' || code == 0xa0 || code == 0x200b || code == 0x3000 || code == 0xfeff;
}

static bool is_unwanted_control(uint32_t code)
{
    return (code < 0x20 && code != '\t' && code != '\r' && code != '\n') || code == 0x7f;
}

static size_t count_plain(const char *text, size_t len)
{
    size_t count = 0;
    while (count < len && is_plain(text[count])) {
        count++;
    }
    return count;
}

static void append_defused(struct buf *out, const char *text, size_t len)
{
    // A tab or line end in front is a trigger of its own.
    if (text[0] == '\t' || text[0] == '\r' || text[0] == '\n') {
        (void)buf_append_char(out, '\'');
    }
    bool formula_may_begin = true;
    struct utf8_char c;
    for (size_t at = 0; at < len; at += c.len) {
        size_t plain = formula_may_begin ? 0 : count_plain(text + at, len - at);
        (void)buf_append(out, text + at, plain);
        at += plain;
        if (at == len) {
            return;
        }
        c = utf8_first(text + at, len - at);
        if (formula_may_begin && begins_formula(c.code)) {
            (void)buf_append_char(out, '\'');
        }
        formula_may_begin =
            may_end_cell(c.code) || (formula_may_begin && is_dropped_in_front(c.code));
        if (c.code == UTF8_REPLACEMENT || is_unwanted_control(c.code)) {
            (void)buf_append_text(out, UTF8_REPLACEMENT_TEXT);
        } else {
            (void)buf_append(out, c.code == '"' ? "\"\"" : text + at, c.code == '"' ? 2 : c.len);
        }
    }
}

void csv_append_text(struct buf *out, const char *text, size_t len)
{
    if (is_harmless(text, len) || is_signed_number(text, len)) {
        (void)buf_append(out, text, len);
        return;
    }
    (void)buf_append_char(out, '"');
    append_defused(out, text, len);
    (void)buf_append_char(out, '"');
}

void csv_append_cell(struct buf *out, struct span text)
{
    (void)buf_append_char(out, ',');
    csv_append_text(out, text.bytes, text.len);
}
