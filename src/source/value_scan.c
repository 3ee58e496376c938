// SPDX-License-Identifier: MIT
#include "value_scan.h"

bool value_is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

void value_scan_begin(struct value_scan *scan)
{
    scan->depth = 0;
    scan->lines = 0;
    scan->is_begun = false;
    scan->is_bare = false;
    scan->in_string = false;
    scan->is_escaped = false;
}

static void open_bracket(struct value_scan *scan, bool is_array)
{
    if (scan->depth <= LIMIT_RECORD_DEPTH) {
        scan->is_array[scan->depth] = is_array;
    }
    scan->depth++;
}

static enum value_end close_bracket(struct value_scan *scan, bool is_array)
{
    if (scan->depth == 0) {
        return VALUE_BRACKETS_DIFFER;
    }
    scan->depth--;
    if (scan->depth <= LIMIT_RECORD_DEPTH && scan->is_array[scan->depth] != is_array) {
        return VALUE_BRACKETS_DIFFER;
    }
    return scan->depth == 0 ? VALUE_ENDS : VALUE_GOES_ON;
}

static enum value_end step_in_string(struct value_scan *scan, char *byte)
{
    if (*byte == '\n') {
        *byte = '\r';
        scan->lines++;
    }
    if (scan->is_escaped) {
        scan->is_escaped = false;
    } else if (*byte == '\\') {
        scan->is_escaped = true;
    } else if (*byte == '"') {
        scan->in_string = false;
        return scan->depth == 0 ? VALUE_ENDS : VALUE_GOES_ON;
    }
    return VALUE_GOES_ON;
}

static enum value_end step_outside(struct value_scan *scan, char *byte)
{
    switch (*byte) {
    case '\n':
        *byte = ' ';
        scan->lines++;
        return VALUE_GOES_ON;
    case '"':
        scan->in_string = true;
        return VALUE_GOES_ON;
    case '{':
    case '[':
        open_bracket(scan, *byte == '[');
        return VALUE_GOES_ON;
    case '}':
    case ']':
        return close_bracket(scan, *byte == ']');
    default:
        return VALUE_GOES_ON;
    }
}

// Bytes that change nothing, from `at` on. In a string that is all but quotes, escapes and line
// ends.
static size_t skip_plain(const struct value_scan *scan, const char *bytes, size_t at, size_t len)
{
    static const bool STOPS_STRING[256] = {['"'] = true, ['\\'] = true, ['\n'] = true};
    static const bool STOPS_OUTSIDE[256] = {
        ['"'] = true, ['{'] = true, ['}'] = true, ['['] = true, [']'] = true, ['\n'] = true};
    const bool *stops = scan->in_string ? STOPS_STRING : STOPS_OUTSIDE;
    while (at < len && !stops[(unsigned char)bytes[at]]) {
        at++;
    }
    return at;
}

static bool ends_bare(char c)
{
    return c == ',' || c == ']' || c == '}' || value_is_blank(c);
}

static enum value_end run_bare(const char *bytes, size_t len, size_t *taken_out)
{
    size_t at = 0;
    while (at < len && !ends_bare(bytes[at])) {
        at++;
    }
    *taken_out = at;
    return at < len ? VALUE_ENDS : VALUE_GOES_ON;
}

enum value_end value_scan_run(struct value_scan *scan, char *bytes, size_t len, size_t *taken_out)
{
    if (!scan->is_begun && len > 0) {
        scan->is_begun = true;
        scan->is_bare = bytes[0] != '{' && bytes[0] != '[' && bytes[0] != '"';
    }
    if (scan->is_bare) {
        return run_bare(bytes, len, taken_out);
    }
    enum value_end end = VALUE_GOES_ON;
    size_t at = 0;
    while (at < len && end == VALUE_GOES_ON) {
        if (!scan->is_escaped) {
            at = skip_plain(scan, bytes, at, len);
        }
        if (at < len) {
            end =
                scan->in_string ? step_in_string(scan, bytes + at) : step_outside(scan, bytes + at);
            at++;
        }
    }
    *taken_out = at;
    return end;
}
