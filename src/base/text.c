// SPDX-License-Identifier: MIT
#include "base/text.h"

#include "base/mem.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

// Length of the UTF-8 sequence at `s` (at most `left` bytes), 0 when it is not well formed. RFC
// 3629, section 4.
static size_t utf8_sequence(const unsigned char *s, size_t left)
{
    if (s[0] < 0x80) {
        return 1;
    }
    size_t len = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
    if (s[0] < 0xc2 || s[0] > 0xf4 || len > left) {
        return 0;
    }
    for (size_t i = 1; i < len; i++) {
        if ((s[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    bool overlong = (s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xf0 && s[1] < 0x90);
    bool surrogate = s[0] == 0xed && s[1] > 0x9f;
    bool too_high = s[0] == 0xf4 && s[1] > 0x8f;
    return overlong || surrogate || too_high ? 0 : len;
}

// How many of the bytes, in steps of eight, are ASCII from the first on.
static size_t count_ascii(const char *text, size_t len)
{
    static const uint64_t HIGH_BITS = UINT64_C(0x8080808080808080);
    size_t count = 0;
    for (uint64_t word; count + sizeof(word) <= len; count += sizeof(word)) {
        memcpy(&word, text + count, sizeof(word));
        if ((word & HIGH_BITS) != 0) {
            break;
        }
    }
    return count;
}

bool text_is_utf8(const char *text, size_t len, size_t *offset_out)
{
    for (size_t at = count_ascii(text, len); at < len;) {
        size_t step = utf8_sequence((const unsigned char *)text + at, len - at);
        if (step == 0) {
            if (offset_out != NULL) {
                *offset_out = at;
            }
            return false;
        }
        at += step;
        at += step == 1 ? count_ascii(text + at, len - at) : 0;
    }
    return true;
}

size_t text_write_utf8(uint32_t code_point, char out[TEXT_UTF8_BYTES])
{
    if (code_point < 0x80) {
        out[0] = (char)code_point;
        return 1;
    }
    size_t len = code_point < 0x800 ? 2 : code_point < 0x10000 ? 3 : 4;
    for (size_t i = len - 1; i > 0; i--) {
        out[i] = (char)(0x80 | (code_point & 0x3f));
        code_point >>= 6;
    }
    static const unsigned char FIRST[] = {0, 0, 0xc0, 0xe0, 0xf0};
    out[0] = (char)(FIRST[len] | code_point);
    return len;
}

bool text_to_int64(const char *text, size_t len, int64_t *value_out)
{
    bool negative = len > 0 && text[0] == '-';
    size_t at = negative ? 1 : 0;
    if (at == len) {
        return false;
    }
    // Counted downwards, because the negative range is the larger one.
    int64_t value = 0;
    for (; at < len; at++) {
        if (text[at] < '0' || text[at] > '9') {
            return false;
        }
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_sub_overflow(value, text[at] - '0', &value)) {
            return false;
        }
    }
    if (!negative && __builtin_sub_overflow((int64_t)0, value, &value)) {
        return false;
    }
    *value_out = value;
    return true;
}

static bool is_letter_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool text_is_id(const char *text, size_t len)
{
    if (len == 0 || len > TEXT_ID_MAX) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        if (!is_letter_or_digit(text[i]) && text[i] != '-' && text[i] != '_') {
            return false;
        }
    }
    return true;
}

bool text_is_printable_ascii(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (text[i] < 0x20 || text[i] > 0x7e) {
            return false;
        }
    }
    return true;
}

bool text_starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool text_equals_ignore_case(const char *a, const char *b)
{
    size_t i = 0;
    while (a[i] != '\0' && lower(a[i]) == lower(b[i])) {
        i++;
    }
    return a[i] == '\0' && b[i] == '\0';
}

char *text_lower_case(struct span text)
{
    char *copy = mem_text_n(text.bytes, text.len);
    for (size_t i = 0; i < text.len; i++) {
        copy[i] = copy[i] >= 'A' && copy[i] <= 'Z' ? (char)(copy[i] - 'A' + 'a') : copy[i];
    }
    return copy;
}

void text_percent_encode(struct buf *out, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (is_letter_or_digit(c) || (c != '\0' && strchr("-._~", c) != NULL)) {
            (void)buf_append_char(out, c);
        } else {
            (void)buf_append_format(out, "%%%02X", (unsigned)(unsigned char)c);
        }
    }
}

// Appends the character at the front of a text, or of what is no character its first byte; `escaped` are
// those of ASCII that get a backslash. Returns how many bytes it took.
static size_t show_one(struct buf *out, const char *text, size_t len, const char *escaped)
{
    size_t step = utf8_sequence((const unsigned char *)text, len);
    unsigned char c = (unsigned char)text[0];
    bool is_c1 = step == 2 && c == 0xc2 && (unsigned char)text[1] < 0xa0;
    if (step == 0 || c < 0x20 || c == 0x7f || is_c1) {
        size_t shown = is_c1 ? 2 : 1;
        for (size_t i = 0; i < shown; i++) {
            (void)buf_append_format(out, "\\x%02x", (unsigned)(unsigned char)text[i]);
        }
        return shown;
    }
    if (strchr(escaped, c) != NULL) {
        (void)buf_append_char(out, '\\');
    }
    (void)buf_append(out, text, step);
    return step;
}

void text_show(struct buf *out, const char *text, size_t len)
{
    for (size_t at = 0; at < len;) {
        at += show_one(out, text + at, len - at, "");
    }
}

void text_quote(struct buf *out, const char *text, size_t len, size_t max)
{
    size_t at = 0;
    (void)buf_append_char(out, '"');
    while (at < len && at < max) {
        at += show_one(out, text + at, len - at, "\"\\");
    }
    (void)buf_append_text(out, at < len ? "…\"" : "\"");
}

struct text_quoted text_quoted_of(struct span text, size_t max)
{
    REQUIRE(max <= TEXT_QUOTED_MAX);
    struct text_quoted quoted = {0};
    struct buf out;
    buf_init(&out, sizeof(quoted.text) - 1);
    text_quote(&out, text.bytes, text.len, max);
    ENSURE(text_copy(quoted.text, sizeof(quoted.text), buf_text(&out)) && !out.overflow);
    buf_deinit(&out);
    return quoted;
}

static const char HEX_DIGITS[] = "0123456789abcdef";

void text_hex(const unsigned char *bytes, size_t len, char *out)
{
    for (size_t i = 0; i < len; i++) {
        out[2 * i] = HEX_DIGITS[bytes[i] >> 4];
        out[2 * i + 1] = HEX_DIGITS[bytes[i] & 0x0f];
    }
    out[2 * len] = '\0';
}

bool text_is_hex(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (memchr(HEX_DIGITS, text[i], sizeof(HEX_DIGITS) - 1) == NULL) {
            return false;
        }
    }
    return true;
}

bool text_copy(char *out, size_t size, const char *text)
{
    REQUIRE(size > 0);
    size_t len = strlen(text);
    bool whole = len < size;
    size_t copied = whole ? len : size - 1;
    memcpy(out, text, copied);
    out[copied] = '\0';
    return whole;
}

void text_time(int64_t unix_ms, char out[TEXT_TIME_BYTES])
{
    int64_t ms = unix_ms % 1000;
    time_t seconds = (time_t)(unix_ms / 1000);
    if (ms < 0) {
        ms += 1000;
        seconds--;
    }
    struct tm parts;
    ENSURE(gmtime_r(&seconds, &parts) != NULL);
    size_t len = strftime(out, TEXT_TIME_BYTES, "%Y-%m-%dT%H:%M:%S", &parts);
    (void)snprintf(out + len, TEXT_TIME_BYTES - len, ".%03" PRId64 "Z", ms);
}

// Reads exactly `digits` decimal digits at *at and moves it on.
static bool read_number(const char **at, int digits, int minimum, int maximum, int *out)
{
    int value = 0;
    for (int i = 0; i < digits; i++) {
        char c = (*at)[i];
        if (c < '0' || c > '9') {
            return false;
        }
        value = value * 10 + (c - '0');
    }
    *at += digits;
    *out = value;
    return value >= minimum && value <= maximum;
}

static bool read_char(const char **at, char wanted)
{
    if (**at != wanted) {
        return false;
    }
    (*at)++;
    return true;
}

static bool read_date(const char **at, struct tm *parts)
{
    int year;
    int month;
    if (!read_number(at, 4, 1970, 9999, &year) || !read_char(at, '-') ||
        !read_number(at, 2, 1, 12, &month) || !read_char(at, '-') ||
        !read_number(at, 2, 1, 31, &parts->tm_mday)) {
        return false;
    }
    parts->tm_year = year - 1900;
    parts->tm_mon = month - 1;
    // timegm turns 31 February into March.
    struct tm normal = *parts;
    (void)timegm(&normal);
    return normal.tm_mday == parts->tm_mday;
}

static bool read_clock(const char **at, struct tm *parts, int64_t *ms_out)
{
    if (!read_number(at, 2, 0, 23, &parts->tm_hour) || !read_char(at, ':') ||
        !read_number(at, 2, 0, 59, &parts->tm_min) || !read_char(at, ':') ||
        !read_number(at, 2, 0, 60, &parts->tm_sec)) {
        return false;
    }
    *ms_out = 0;
    if (read_char(at, '.')) {
        int scale = 100;
        const char *first = *at;
        for (; **at >= '0' && **at <= '9'; (*at)++) {
            *ms_out += (int64_t)(**at - '0') * scale;
            scale /= 10;
        }
        return *at > first;
    }
    return true;
}

static bool read_zone(const char **at, int64_t *offset_ms_out)
{
    *offset_ms_out = 0;
    if (read_char(at, 'Z') || read_char(at, 'z')) {
        return true;
    }
    bool east = **at == '+';
    if (!read_char(at, '+') && !read_char(at, '-')) {
        return false;
    }
    int hours;
    int minutes;
    if (!read_number(at, 2, 0, 23, &hours) || !read_char(at, ':') ||
        !read_number(at, 2, 0, 59, &minutes)) {
        return false;
    }
    *offset_ms_out = ((int64_t)hours * 60 + minutes) * 60000 * (east ? 1 : -1);
    return true;
}

bool text_parse_time(const char *text, int64_t *unix_ms_out)
{
    const char *at = text;
    struct tm parts = {0};
    int64_t ms = 0;
    int64_t offset_ms = 0;
    if (!read_date(&at, &parts)) {
        return false;
    }
    if (*at != '\0' && (!(read_char(&at, 'T') || read_char(&at, 't') || read_char(&at, ' ')) ||
                        !read_clock(&at, &parts, &ms) || !read_zone(&at, &offset_ms))) {
        return false;
    }
    if (*at != '\0') {
        return false;
    }
    *unix_ms_out = (int64_t)timegm(&parts) * 1000 + ms - offset_ms;
    return true;
}

bool text_read_time(struct span text, int64_t *unix_ms_out)
{
    char copy[TEXT_READ_TIME_BYTES + 1] = "";
    if (text.len > TEXT_READ_TIME_BYTES || memchr(text.bytes, '\0', text.len) != NULL) {
        return false;
    }
    memcpy(copy, text.bytes, text.len);
    return text_parse_time(copy, unix_ms_out);
}

void text_append_clean(struct buf *out, const char *text, size_t len)
{
    size_t good;
    for (size_t at = 0; at < len; at += good + 1) {
        if (text_is_utf8(text + at, len - at, &good)) {
            (void)buf_append(out, text + at, len - at);
            return;
        }
        (void)buf_append(out, text + at, good);
        (void)buf_append_text(out, "\xef\xbf\xbd");
    }
}

struct span text_skip_mark(struct span text)
{
    static const char MARK[] = "\xef\xbb\xbf";
    const size_t len = sizeof(MARK) - 1;
    if (text.len < len || memcmp(text.bytes, MARK, len) != 0) {
        return text;
    }
    return (struct span){text.bytes + len, text.len - len};
}
