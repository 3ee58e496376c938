// SPDX-License-Identifier: MIT
#include "value.h"

#include "base/mem.h"
#include "base/text.h"
#include "domain/suggest.h"

#include <inttypes.h>
#include <limits.h>
#include <string.h>

struct unit {
    const char *name;
    int64_t factor;
};

// From large to small: the first that divides a number is the one that it is written with.
static const struct unit DURATION_UNITS[] = {{"d", 86400000}, {"h", 3600000}, {"min", 60000},
                                             {"s", 1000},     {"ms", 1},      {NULL, 0}};
static const struct unit SIZE_UNITS[] = {{"G", INT64_C(1024) * 1024 * 1024},
                                         {"M", INT64_C(1024) * 1024},
                                         {"k", 1024},
                                         {"", 1},
                                         {NULL, 0}};
static const struct unit NO_UNITS[] = {{"", 1}, {NULL, 0}};

enum {
    NAME_MAX_BYTES = 64,
    DIGITS_MAX = 18, // any number of so many digits fits into 64 bits
};

static const struct unit *units_of(const struct setting *row)
{
    return row->type == SETTING_DURATION ? DURATION_UNITS
           : row->type == SETTING_SIZE   ? SIZE_UNITS
                                         : NO_UNITS;
}

static const char *number_form(const struct setting *row)
{
    return row->type == SETTING_DURATION
               ? "a duration: a whole number with ms, s, min, h or d behind it, as in \"10s\""
           : row->type == SETTING_SIZE
               ? "a size: a whole number of bytes, or one with k, M or G behind it, as in \"16M\""
               : "a whole number";
}

// A value quoted for a message. What stands where a secret's file is named may be the secret
// itself, put there by mistake: it is not shown.
static struct text_quoted quote(const struct setting *row, const char *text)
{
    enum { QUOTED_BYTES = 32 };
    return (row->flags & SETTING_SECRET) == 0 ? text_quoted_of(span_of(text), QUOTED_BYTES)
                                              : (struct text_quoted){"the value"};
}

// "10min" is 10 of the unit "min". Zero needs no unit. What does not fit into 64 bits is the
// largest number, which no range holds.
static bool parse_with_unit(const char *text, const struct unit *units, int64_t *number_out)
{
    size_t digits = strspn(text, "0123456789");
    int64_t number = INT64_MAX;
    if (digits == 0 || (digits <= DIGITS_MAX && !text_to_int64(text, digits, &number))) {
        return false;
    }
    if (number == 0 && text[digits] == '\0') {
        *number_out = 0;
        return true;
    }
    for (; units->name != NULL; units++) {
        if (strcmp(text + digits, units->name) == 0) {
            if (__builtin_mul_overflow(number, units->factor, number_out)) {
                *number_out = INT64_MAX;
            }
            return true;
        }
    }
    return false;
}

static enum err_kind check_range(const struct setting *row, int64_t number, const char *text,
                                 struct err *err)
{
    bool is_small = number < row->minimum;
    if (!is_small && number <= row->maximum) {
        return ERR_OK;
    }
    struct buf limit;
    buf_init(&limit, 32);
    setting_format_number(row, is_small ? row->minimum : row->maximum, &limit);
    enum err_kind kind =
        err_set(err, ERR_CONFIG, "%s is too %s; the %s is %s", quote(row, text).text,
                is_small ? "small" : "large", is_small ? "least" : "most", buf_text(&limit));
    buf_deinit(&limit);
    return kind;
}

static enum err_kind parse_number(const struct setting *row, const char *text, void *member,
                                  struct err *err)
{
    int64_t number;
    if (!parse_with_unit(text, units_of(row), &number)) {
        return err_set(err, ERR_CONFIG, "%s is not %s", quote(row, text).text, number_form(row));
    }
    if (check_range(row, number, text, err) != ERR_OK) {
        return err->kind;
    }
    if (row->type == SETTING_COUNT) {
        *(unsigned *)member = (unsigned)number;
    } else if (row->type == SETTING_SIZE) {
        *(size_t *)member = (size_t)number;
    } else {
        *(int64_t *)member = number;
    }
    return ERR_OK;
}

static enum err_kind parse_bool(const struct setting *row, const char *text, void *member,
                                struct err *err)
{
    static const char *const WORDS[] = {"no", "yes", "false", "true", "off", "on"};
    for (size_t i = 0; i < ARRAY_LEN(WORDS); i++) {
        if (strcmp(text, WORDS[i]) == 0) {
            *(bool *)member = i % 2 == 1;
            return ERR_OK;
        }
    }
    return err_set(err, ERR_CONFIG, "%s is neither yes nor no", quote(row, text).text);
}

// The index of `text` among the row's choices.
static enum err_kind find_choice(const struct setting *row, const char *text, unsigned *index_out,
                                 struct err *err)
{
    struct buf list;
    buf_init(&list, 256);
    unsigned count = 0;
    for (; row->choices[count] != NULL; count++) {
        if (strcmp(row->choices[count], text) == 0) {
            *index_out = count;
            buf_deinit(&list);
            return ERR_OK;
        }
        (void)buf_append_format(&list, "%s%s", count == 0 ? "" : ", ", row->choices[count]);
    }
    const char *near = suggest_nearest(text, row->choices, count);
    enum err_kind kind =
        err_set(err, ERR_CONFIG, "%s is not one of %s%s%s%s", quote(row, text).text,
                buf_text(&list), near == NULL ? "" : "; did you mean \"", near == NULL ? "" : near,
                near == NULL ? "" : "\"?");
    buf_deinit(&list);
    return kind;
}

static enum err_kind parse_choice(const struct setting *row, const char *text, void *member,
                                  struct err *err)
{
    _Static_assert(sizeof(enum log_level) == sizeof(unsigned) &&
                       sizeof(enum settings_log_format) == sizeof(unsigned) &&
                       sizeof(enum settings_source_kind) == sizeof(unsigned),
                   "a choice is written as an unsigned number");
    unsigned index;
    if (find_choice(row, text, &index, err) != ERR_OK) {
        return err->kind;
    }
    memcpy(member, &index, sizeof(index));
    return ERR_OK;
}

static bool is_name(const char *text)
{
    size_t len = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.");
    return len <= NAME_MAX_BYTES && text[len] == '\0' && text[0] != '.';
}

// Of well-formed UTF-8: the controls of ASCII, and those of ISO 8859-1 from U+0080 to U+009F.
static bool has_control(const char *text)
{
    for (const unsigned char *at = (const unsigned char *)text; *at != '\0'; at++) {
        bool is_late = at[0] == 0xc2 && at[1] >= 0x80 && at[1] <= 0x9f;
        if (*at < 0x20 || *at == 0x7f || is_late) {
            return true;
        }
    }
    return false;
}

static enum err_kind check_text(const struct setting *row, const char *text, struct err *err)
{
    size_t len = strlen(text);
    if (len == 0) {
        return (row->flags & SETTING_REQUIRED) == 0 ? ERR_OK
                                                    : err_set(err, ERR_CONFIG, "may not be empty");
    }
    if (len > SETTING_VALUE_MAX) {
        return err_set(err, ERR_CONFIG, "the value has %zu bytes; the most is %d", len,
                       SETTING_VALUE_MAX);
    }
    // " ;" begins a comment in the file: such a value could be given by --set, but not written down
    // by --print-config.
    if (!text_is_utf8(text, len, NULL) || has_control(text) || strstr(text, " ;") != NULL) {
        return err_set(err, ERR_CONFIG, "%s has a character that cannot stand in a setting",
                       quote(row, text).text);
    }
    unsigned index;
    switch (row->type) {
    case SETTING_NAME:
        return is_name(text) ? ERR_OK
                             : err_set(err, ERR_CONFIG,
                                       "%s is not a name: 1 to %d of A-Z a-z 0-9 - _ . that do "
                                       "not begin with a dot",
                                       quote(row, text).text, NAME_MAX_BYTES);
    case SETTING_WORD:
        return find_choice(row, text, &index, err);
    case SETTING_PATH:
    case SETTING_FILE:
    case SETTING_FOLDER:
    case SETTING_FILE_OR_FOLDER:
        return text[0] == '/' ? ERR_OK
                              : err_set(err, ERR_CONFIG,
                                        "%s is not an absolute path; begin it "
                                        "with \"/\"",
                                        quote(row, text).text);
    case SETTING_TEXT:
    case SETTING_COUNT:
    case SETTING_DURATION:
    case SETTING_SIZE:
    case SETTING_BOOL:
    case SETTING_CHOICE:
        return ERR_OK;
    }
    return ERR_OK;
}

static enum err_kind parse_text(const struct setting *row, const char *text, void *member,
                                struct err *err)
{
    if (check_text(row, text, err) != ERR_OK) {
        return err->kind;
    }
    mem_free((char **)member);
    *(char **)member = mem_text(text);
    return ERR_OK;
}

enum err_kind setting_parse(const struct setting *row, const char *text, struct settings *settings,
                            struct err *err)
{
    void *member = setting_member(row, settings);
    if (setting_is_text(row)) {
        return parse_text(row, text, member, err);
    }
    return row->type == SETTING_BOOL     ? parse_bool(row, text, member, err)
           : row->type == SETTING_CHOICE ? parse_choice(row, text, member, err)
                                         : parse_number(row, text, member, err);
}

void setting_format_number(const struct setting *row, int64_t number, struct buf *out)
{
    if (number == 0) {
        (void)buf_append_char(out, '0');
        return;
    }
    const struct unit *unit = units_of(row);
    while (number % unit->factor != 0) {
        unit++; // ends at the last, whose factor is 1
    }
    (void)buf_append_format(out, "%" PRId64 "%s", number / unit->factor, unit->name);
}

void setting_format(const struct setting *row, const struct settings *settings, struct buf *out)
{
    const void *member = setting_member_const(row, settings);
    unsigned index;
    switch (row->type) {
    case SETTING_COUNT:
        setting_format_number(row, *(const unsigned *)member, out);
        return;
    case SETTING_DURATION:
        setting_format_number(row, *(const int64_t *)member, out);
        return;
    case SETTING_SIZE:
        setting_format_number(row, (int64_t) * (const size_t *)member, out);
        return;
    case SETTING_BOOL:
        (void)buf_append_text(out, *(const bool *)member ? "yes" : "no");
        return;
    case SETTING_CHOICE:
        memcpy(&index, member, sizeof(index));
        (void)buf_append_text(out, row->choices[index]);
        return;
    case SETTING_TEXT:
    case SETTING_NAME:
    case SETTING_WORD:
    case SETTING_PATH:
    case SETTING_FILE:
    case SETTING_FOLDER:
    case SETTING_FILE_OR_FOLDER:
        (void)buf_append_text(out, *(char *const *)member);
        return;
    }
}

// Bytes of a member that is no text.
static size_t plain_size(const struct setting *row)
{
    return row->type == SETTING_DURATION ? sizeof(int64_t)
           : row->type == SETTING_SIZE   ? sizeof(size_t)
           : row->type == SETTING_BOOL   ? sizeof(bool)
                                         : sizeof(unsigned);
}

void setting_copy(const struct setting *row, struct settings *to, const struct settings *from)
{
    void *target = setting_member(row, to);
    const void *value = setting_member_const(row, from);
    if (setting_is_text(row)) {
        mem_free((char **)target);
        *(char **)target = mem_text(*(char *const *)value);
    } else {
        memcpy(target, value, plain_size(row));
    }
}

bool setting_equal(const struct setting *row, const struct settings *a, const struct settings *b)
{
    const void *left = setting_member_const(row, a);
    const void *right = setting_member_const(row, b);
    return setting_is_text(row) ? strcmp(*(char *const *)left, *(char *const *)right) == 0
                                : memcmp(left, right, plain_size(row)) == 0;
}
