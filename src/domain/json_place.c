// SPDX-License-Identifier: MIT
#include "domain/json_place.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "json_unescape.h"
#include "rule_read.h"

#include <stdint.h>
#include <string.h>

// ---- a text, read from left to right; malformed input moves on, at the latest to the end

struct cursor {
    struct span text;
    size_t at;
};

static bool is_at(const struct cursor *cursor, char c)
{
    return cursor->at < cursor->text.len && cursor->text.bytes[cursor->at] == c;
}

static void skip_blanks(struct cursor *cursor)
{
    while (is_at(cursor, ' ') || is_at(cursor, '\t') || is_at(cursor, '\r') ||
           is_at(cursor, '\n')) {
        cursor->at++;
    }
}

// From the opening quote to behind the closing one.
static void skip_text(struct cursor *cursor)
{
    cursor->at++;
    while (cursor->at < cursor->text.len && !is_at(cursor, '"')) {
        cursor->at += is_at(cursor, '\\') ? 2 : 1;
    }
    cursor->at = cursor->at < cursor->text.len ? cursor->at + 1 : cursor->text.len;
}

static bool ends_word(char c)
{
    return c != '\0' && strchr(" \t\r\n,:[]{}\"", c) != NULL;
}

static void skip_word(struct cursor *cursor)
{
    do {
        cursor->at++;
    } while (cursor->at < cursor->text.len && !ends_word(cursor->text.bytes[cursor->at]));
}

static void skip_value(struct cursor *cursor)
{
    size_t depth = 0;
    do {
        skip_blanks(cursor);
        if (cursor->at >= cursor->text.len) {
            return;
        }
        switch (cursor->text.bytes[cursor->at]) {
        case '"':
            skip_text(cursor);
            break;
        case '{':
        case '[':
            depth++;
            cursor->at++;
            break;
        case '}':
        case ']':
            depth -= depth > 0 ? 1 : 0;
            cursor->at++;
            break;
        case ',':
        case ':':
            cursor->at++;
            break;
        default:
            skip_word(cursor);
        }
    } while (depth > 0);
}

// ---- the texts in it

// Between the quotes of the text that begins at `at`.
static struct span inside_text(struct span text, size_t at)
{
    struct cursor cursor = {text, at};
    skip_text(&cursor);
    size_t first = at + 1;
    size_t end = cursor.at;
    bool is_closed = end > first && text.bytes[end - 1] == '"';
    return (struct span){text.bytes + first, end - first - (is_closed ? 1 : 0)};
}

static bool name_is(struct span text, size_t at, struct span token)
{
    struct span raw = inside_text(text, at);
    if (raw.len == 0 || memchr(raw.bytes, '\\', raw.len) == NULL) {
        return span_equals(raw, token);
    }
    struct json_unescaped name;
    json_unescape(raw, &name);
    bool is_it = span_equals((struct span){buf_text(&name.bytes), name.bytes.len}, token);
    json_unescaped_deinit(&name);
    return is_it;
}

// ---- the way of a pointer

// A value: where it begins, and the name it is under.
struct spot {
    size_t value;
    size_t name; // NO_NAME: the root, or an element
};
static const size_t NO_NAME = SIZE_MAX;

static bool find_member(struct span text, size_t object, struct span token, struct spot *spot_out)
{
    struct cursor cursor = {text, object + 1};
    bool is_found = false;
    for (;;) {
        skip_blanks(&cursor);
        if (!is_at(&cursor, '"')) {
            return is_found;
        }
        size_t name = cursor.at;
        skip_text(&cursor);
        skip_blanks(&cursor);
        if (!is_at(&cursor, ':')) {
            return is_found;
        }
        cursor.at++;
        skip_blanks(&cursor);
        if (cursor.at < text.len && name_is(text, name, token)) {
            *spot_out = (struct spot){cursor.at, name};
            is_found = true;
        }
        skip_value(&cursor);
        skip_blanks(&cursor);
        if (!is_at(&cursor, ',')) {
            return is_found;
        }
        cursor.at++;
    }
}

static bool find_element(struct span text, size_t array, struct span token, struct spot *spot_out)
{
    int64_t index = -1;
    if (!text_to_int64(token.bytes, token.len, &index) || index < 0) {
        return false;
    }
    struct cursor cursor = {text, array + 1};
    for (;; index--) {
        skip_blanks(&cursor);
        if (cursor.at >= text.len || is_at(&cursor, ']')) {
            return false;
        }
        if (index == 0) {
            *spot_out = (struct spot){cursor.at, NO_NAME};
            return true;
        }
        skip_value(&cursor);
        skip_blanks(&cursor);
        if (!is_at(&cursor, ',')) {
            return false;
        }
        cursor.at++;
    }
}

static bool find_child(struct span text, size_t value, struct span token, struct spot *spot_out)
{
    if (value >= text.len) {
        return false;
    }
    return text.bytes[value] == '{'   ? find_member(text, value, token, spot_out)
           : text.bytes[value] == '[' ? find_element(text, value, token, spot_out)
                                      : false;
}

// The token behind the '/' at *pointer, unescaped (RFC 6901, section 4), which moves behind it.
static char *take_token(const char **pointer)
{
    const char *from = *pointer + 1;
    size_t len = strcspn(from, "/");
    char *token = mem_text_n(from, len);
    size_t to = 0;
    for (size_t i = 0; i < len; i++) {
        bool is_escape = from[i] == '~' && (from[i + 1] == '0' || from[i + 1] == '1');
        token[to++] = !is_escape ? from[i] : from[i + 1] == '0' ? '~' : '/';
        i += is_escape ? 1 : 0;
    }
    token[to] = '\0';
    *pointer = from + len;
    return token;
}

// What the pointer finds, as bytes of the text.
struct range {
    size_t offset;
    size_t len;
};

static struct range range_of(struct span text, struct spot spot, enum json_place_part part)
{
    struct cursor cursor = {text, spot.value};
    bool is_container = is_at(&cursor, '{') || is_at(&cursor, '[');
    if (spot.name != NO_NAME && (is_container || part == JSON_PLACE_NAME)) {
        cursor.at = spot.name;
        skip_text(&cursor);
        return (struct range){spot.name, cursor.at - spot.name};
    }
    if (is_container) {
        return (struct range){spot.value, 1};
    }
    if (cursor.at < text.len) {
        skip_value(&cursor);
    }
    return (struct range){spot.value, cursor.at - spot.value};
}

// The root of a document; of one inside a text the conditions that it wraps.
static struct spot root_of(struct span text, int layer)
{
    struct cursor cursor = {text, layer == 0 ? text.len - text_skip_mark(text).len : 0};
    skip_blanks(&cursor);
    struct spot root = {cursor.at < text.len ? cursor.at : 0, NO_NAME};
    struct spot wrapped;
    if (layer > 0 && find_child(text, root.value, span_of(RULE_EMBEDDED_MEMBER), &wrapped)) {
        return wrapped;
    }
    return root;
}

// What is looked for: the rest of the pointer, and which part.
struct search {
    const char *pointer;
    enum json_place_part part;
    int layer; // of text in text that this is
};

static bool find(struct span text, struct search search, struct range *range_out);

// Looks on in the JSON that the text at spot.value holds.
static bool find_embedded(struct span text, struct spot spot, struct search search,
                          struct range *range_out)
{
    struct span raw = inside_text(text, spot.value);
    struct json_unescaped inner;
    json_unescape(raw, &inner);
    struct range range = {0};
    search.layer++;
    bool is_found = find((struct span){buf_text(&inner.bytes), inner.bytes.len}, search, &range);
    size_t begin = spot.value + 1;
    size_t first = inner.origins[range.offset];
    *range_out = (struct range){begin + first, inner.origins[range.offset + range.len] - first};
    json_unescaped_deinit(&inner);
    return is_found;
}

static bool find(struct span text, struct search search, struct range *range_out)
{
    struct spot spot = root_of(text, search.layer);
    bool is_found = true;
    while (is_found && search.pointer[0] == '/') {
        const struct cursor cursor = {text, spot.value};
        if (is_at(&cursor, '"') && search.layer < RULE_EMBEDDED_LAYERS_MAX) {
            return find_embedded(text, spot, search, range_out);
        }
        char *token = take_token(&search.pointer);
        is_found = find_child(text, spot.value, span_of(token), &spot);
        mem_free(&token);
    }
    *range_out = range_of(text, spot, search.part);
    return is_found && search.pointer[0] == '\0';
}

// ---- lines and columns

static bool begins_character(char c)
{
    return ((unsigned char)c & 0xc0) != 0x80;
}

// Moves line and column from one offset to another behind it.
static void advance(struct span text, size_t from, size_t to, size_t *line, size_t *column)
{
    for (size_t at = from; at < to; at++) {
        if (text.bytes[at] == '\n') {
            (*line)++;
            *column = 1;
        } else {
            *column += begins_character(text.bytes[at]) ? 1 : 0;
        }
    }
}

struct json_place json_place_at(struct span text, size_t offset, size_t len)
{
    offset = offset < text.len ? offset : text.len;
    len = len < text.len - offset ? len : text.len - offset;
    struct json_place place = {.offset = offset, .len = len, .line = 1, .column = 1};
    advance(text, 0, offset, &place.line, &place.column);
    place.end_line = place.line;
    place.end_column = place.column;
    advance(text, offset, offset + len, &place.end_line, &place.end_column);
    return place;
}

struct json_place json_place_at_line(struct span text, size_t line, size_t column)
{
    size_t at = 0;
    for (size_t seen = 1; seen < line; seen++) {
        const char *end = text.len > at ? memchr(text.bytes + at, '\n', text.len - at) : NULL;
        if (end == NULL) {
            break;
        }
        at = (size_t)(end - text.bytes) + 1;
    }
    for (size_t seen = 1; seen < column && at < text.len && text.bytes[at] != '\n'; at++) {
        seen += begins_character(text.bytes[at]) ? 1 : 0;
    }
    while (at < text.len && !begins_character(text.bytes[at])) {
        at++;
    }
    size_t len = at < text.len && text.bytes[at] != '\n' ? 1 : 0;
    while (len > 0 && at + len < text.len && !begins_character(text.bytes[at + len])) {
        len++;
    }
    return json_place_at(text, at, len);
}

bool json_place_find(struct span text, const char *pointer, enum json_place_part part,
                     struct json_place *place_out)
{
    text = text.len == 0 ? span_of("") : text;
    struct range range = {0};
    bool is_found = find(text, (struct search){.pointer = pointer, .part = part}, &range);
    *place_out = json_place_at(text, range.offset, range.len);
    return is_found;
}
