// SPDX-License-Identifier: MIT
#include "domain/json_number.h"

#include "base/check.h"
#include "base/mem.h"
#include "base/text.h"

#include <string.h>

static const char MARK = (char)0xff;

bool json_number_is_written(const json_t *json)
{
    return json_is_string(json) && json_string_length(json) > 0 &&
           json_string_value(json)[0] == MARK;
}

bool json_number_is(const json_t *json)
{
    return json_is_number(json) || json_number_is_written(json);
}

bool json_text_is(const json_t *json)
{
    return json_is_string(json) && !json_number_is_written(json);
}

struct span json_number_text(const json_t *written)
{
    REQUIRE(json_number_is_written(written));
    return (struct span){json_string_value(written) + 1, json_string_length(written) - 1};
}

bool json_number_is_fraction(struct span number)
{
    for (size_t i = 0; i < number.len; i++) {
        char c = number.bytes[i];
        if (c == '.' || c == 'e' || c == 'E') {
            return true;
        }
    }
    return false;
}

static bool is_at(struct span text, size_t at, const char *characters)
{
    return at < text.len && text.bytes[at] != '\0' && strchr(characters, text.bytes[at]) != NULL;
}

static size_t skip_digits(struct span text, size_t at)
{
    while (is_at(text, at, "0123456789")) {
        at++;
    }
    return at;
}

bool json_number_is_excessive(struct span number)
{
    size_t at = 0;
    while (at < number.len && !is_at(number, at, "eE")) {
        at++;
    }
    at += is_at(number, at + 1, "+-") ? 2 : 1;
    return at < number.len && number.len - at > JSON_EXPONENT_DIGITS;
}

// Where digits end that have to be there; 0 when they are not.
static size_t require_digits(struct span text, size_t at)
{
    size_t end = skip_digits(text, at);
    return end > at ? end : 0;
}

size_t json_number_len(struct span text)
{
    size_t first = is_at(text, 0, "-") ? 1 : 0;
    size_t at = is_at(text, first, "0") ? first + 1 : require_digits(text, first);
    if (at > 0 && is_at(text, at, ".")) {
        at = require_digits(text, at + 1);
    }
    if (at > 0 && is_at(text, at, "eE")) {
        at = require_digits(text, at + (is_at(text, at + 1, "+-") ? 2 : 1));
    }
    return at;
}

static bool gives_back(struct span number, int64_t *integer_out)
{
    return !span_equals_text(number, "-0") && text_to_int64(number.bytes, number.len, integer_out);
}

json_t *json_number_new(struct span number)
{
    int64_t integer;
    if (gives_back(number, &integer)) {
        return json_integer(integer);
    }
    char *marked = mem_alloc(number.len + 1, 1);
    marked[0] = MARK;
    memcpy(marked + 1, number.bytes, number.len);
    json_t *json = json_stringn_nocheck(marked, number.len + 1);
    mem_free(&marked);
    return json;
}
