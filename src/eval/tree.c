// SPDX-License-Identifier: MIT
#include "tree.h"

#include "base/limits.h"
#include "base/span.h"
#include "domain/json_exact.h"
#include "domain/json_number.h"
#include "scan/scanner.h"

#include <stdbool.h>
#include <string.h>

_Static_assert((int)JSON_EXPONENT_DIGITS == (int)SCAN_EXPONENT_DIGITS,
               "trees and tapes take the same numbers");

// Looks over a text before it is parsed. Brackets and digits in strings do not count; text that is
// no JSON may be measured wrongly, and is refused by the parser. Returns the position (from 1) of
// the bracket that opens a level too many, 0 when there is none.
static size_t look_over(struct span text, struct json_exact *exact)
{
    size_t depth = 0;
    bool in_string = false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.bytes[i];
        if (in_string) {
            i += c == '\\' ? 1 : 0;
            in_string = c != '"';
        } else if (c == '"') {
            in_string = true;
        } else if (json_exact_begins(c)) {
            i = json_exact_add(exact, text, i) - 1;
        } else if (c == '{' || c == '[') {
            depth++;
            if (depth > LIMIT_RECORD_DEPTH) {
                return i + 1;
            }
        } else if ((c == '}' || c == ']') && depth > 0) {
            depth--;
        }
    }
    return 0;
}

static const char *reason_text(const json_error_t *error)
{
    switch (json_error_code(error)) {
    case json_error_premature_end_of_input:
        return "it ends in the middle";
    case json_error_end_of_input_expected:
        return "something follows the JSON value";
    case json_error_invalid_utf8:
        return "a byte that is not UTF-8";
    case json_error_null_character:
    case json_error_null_byte_in_key:
        return "the character NUL";
    case json_error_duplicate_key:
        return "a member that is there twice";
    case json_error_numeric_overflow:
        return "a number whose exponent is too large";
    case json_error_stack_overflow:
        return "nested too deeply";
    case json_error_unknown:
    case json_error_out_of_memory:
    case json_error_cannot_open_file:
    case json_error_invalid_argument:
    case json_error_invalid_syntax:
    case json_error_invalid_format:
    case json_error_wrong_type:
    case json_error_null_value:
    case json_error_item_not_found:
    case json_error_index_out_of_range:
        break;
    }
    return "a character that cannot stand there";
}

static enum err_kind parse(struct span text, const struct json_exact *exact, json_t **json_out,
                           struct err *err)
{
    json_error_t error;
    json_t *json = json_exact_parse(exact, text, &error);
    if (json == NULL) {
        return err_set(err, ERR_INVALID, "no valid JSON: %s, near byte %d", reason_text(&error),
                       error.position);
    }
    if (exact->excessive_at > 0) {
        json_decref(json);
        return err_set(err, ERR_INVALID,
                       "no valid JSON: a number whose exponent is too large, near byte %zu",
                       exact->excessive_at);
    }
    *json_out = json;
    return ERR_OK;
}

enum err_kind tree_parse(const char *text, size_t len, json_t **json_out, struct err *err)
{
    if (len > LIMIT_RECORD_BYTES) {
        return err_set(err, ERR_LIMIT, "longer than %d bytes", LIMIT_RECORD_BYTES);
    }
    // jansson 2.14 swallows one behind a number.
    const char *nul = memchr(text, '\0', len);
    if (nul != NULL) {
        return err_set(err, ERR_INVALID, "no valid JSON: the character NUL, near byte %zu",
                       (size_t)(nul - text) + 1);
    }
    const struct span span = {text, len};
    struct json_exact exact = {0};
    size_t too_deep = look_over(span, &exact);
    enum err_kind kind =
        too_deep == 0 ? parse(span, &exact, json_out, err)
                      : err_set(err, ERR_LIMIT, "nested more than %d levels deep at byte %zu",
                                LIMIT_RECORD_DEPTH, too_deep);
    json_exact_deinit(&exact);
    return kind;
}
