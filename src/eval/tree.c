// SPDX-License-Identifier: MIT
#include "tree.h"

#include "base/limits.h"
#include "base/span.h"
#include "base/text.h"
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

// Why the grammar refuses a text; or, in *is_ours_out, why we do although the grammar allows it.
static const char *reason_text(const json_error_t *error, bool *is_ours_out)
{
    static const char SURROGATE[] = "invalid Unicode '\\u"; // jansson has no code for it
    *is_ours_out = false;
    switch (json_error_code(error)) {
    case json_error_premature_end_of_input:
        return "it ends in the middle";
    case json_error_end_of_input_expected:
        return "something follows the JSON value";
    case json_error_invalid_utf8:
        return "a byte that is not UTF-8";
    case json_error_null_character:
    case json_error_null_byte_in_key:
        *is_ours_out = true;
        return "the character NUL, \\u0000";
    case json_error_duplicate_key:
        *is_ours_out = true;
        return "a member that is there twice";
    case json_error_numeric_overflow:
        *is_ours_out = true;
        return "a number whose exponent is too large";
    case json_error_stack_overflow:
        return "nested too deeply";
    case json_error_invalid_syntax:
        *is_ours_out = strncmp(error->text, SURROGATE, strlen(SURROGATE)) == 0;
        return *is_ours_out ? "a surrogate without its other half"
                            : "a character that cannot stand there";
    case json_error_unknown:
    case json_error_out_of_memory:
    case json_error_cannot_open_file:
    case json_error_invalid_argument:
    case json_error_invalid_format:
    case json_error_wrong_type:
    case json_error_null_value:
    case json_error_item_not_found:
    case json_error_index_out_of_range:
        break;
    }
    return "a character that cannot stand there";
}

// Of what the grammar allows nobody is told that it does not.
static enum err_kind refuse(struct err *err, bool is_ours, const char *reason, size_t position)
{
    return err_set(err, ERR_INVALID, "%s: %s, near byte %zu",
                   is_ours ? "JSON that is not taken" : "no valid JSON", reason, position);
}

static enum err_kind refuse_parsed(struct err *err, struct span text, const json_error_t *error)
{
    if (text_skip_mark(text).len < text.len) {
        return refuse(err, false,
                      "a byte order mark, which may stand at the very beginning of an input only",
                      1);
    }
    bool is_ours;
    const char *reason = reason_text(error, &is_ours);
    return refuse(err, is_ours, reason, (size_t)error->position);
}

static enum err_kind parse(struct span text, const struct json_exact *exact, json_t **json_out,
                           struct err *err)
{
    json_error_t error;
    json_t *json = json_exact_parse(exact, text, &error);
    if (json == NULL) {
        return refuse_parsed(err, text, &error);
    }
    if (exact->excessive_at > 0) {
        json_decref(json);
        return refuse(err, true, "a number whose exponent is too large", exact->excessive_at);
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
        return refuse(err, false, "the character NUL", (size_t)(nul - text) + 1);
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
