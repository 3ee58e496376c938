// SPDX-License-Identifier: MIT
#include "secmaster_error.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

enum {
    ERROR_BODY_MAX_BYTES = 64 * 1024, // longer bodies are no error objects
    ERROR_DEPTH_MAX = 4,              // nested objects that are searched
    QUOTE_BYTES = 200,                // of a message or a body
    QUOTE_LIMIT_BYTES = 1024,
    MINUTE_MS = 60 * 1000,
    WAIT_MAX_MS = 60 * MINUTE_MS,
};

// What an error body says; texts are borrowed from the JSON.
struct upstream_error {
    bool is_json;
    char code[ERR_CODE_BYTES]; // "" when there is none
    const char *message;       // NULL when there is none
    const char *request_id;    // NULL when there is none
};

static const struct {
    const char *code;
    const char *message;
} SPELLINGS[] = {{"error_code", "error_msg"}, {"errorCode", "errorMsg"}, {"code", "message"}};

// A code is text, or an integer in the answers of IAM.
static void copy_code(const json_t *value, char out[ERR_CODE_BYTES])
{
    if (json_is_integer(value)) {
        (void)snprintf(out, ERR_CODE_BYTES, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    } else if (json_is_string(value) &&
               text_is_printable_ascii(json_string_value(value), json_string_length(value))) {
        (void)text_copy(out, ERR_CODE_BYTES, json_string_value(value));
    }
}

static bool read_spellings(const json_t *object, struct upstream_error *error)
{
    for (size_t i = 0; i < ARRAY_LEN(SPELLINGS); i++) {
        copy_code(json_object_get(object, SPELLINGS[i].code), error->code);
        error->message = json_string_value(json_object_get(object, SPELLINGS[i].message));
        if (error->code[0] != '\0' || error->message != NULL) {
            return true;
        }
    }
    return false;
}

// The object's own members first, then those of the objects in it.
static bool read_error(json_t *object, unsigned depth, struct upstream_error *error)
{
    if (error->request_id == NULL) {
        error->request_id = json_string_value(json_object_get(object, "request_id"));
    }
    if (read_spellings(object, error)) {
        return true;
    }
    const char *name;
    json_t *value;
    json_object_foreach(object, name, value)
    {
        if (json_is_object(value) && depth < ERROR_DEPTH_MAX &&
            read_error(value, depth + 1, error)) {
            return true;
        }
    }
    return false;
}

// The number of a gateway's code, NULL for others; the prefix has an older and a newer form.
static const char *gateway_number(const char *code)
{
    return text_starts_with(code, "APIGW.")  ? code + strlen("APIGW.")
           : text_starts_with(code, "APIG.") ? code + strlen("APIG.")
                                             : NULL;
}

static bool says_not_found(const char *code)
{
    return strcmp(code, "SecMaster.20030005") == 0 || strcmp(code, "SecMaster.00092013") == 0;
}

static bool says_throttled(const char *code)
{
    const char *number = gateway_number(code);
    return number != NULL && strcmp(number, "0308") == 0;
}

static enum err_kind kind_of_404(const struct upstream_error *error)
{
    return error->is_json && gateway_number(error->code) == NULL ? ERR_NOT_FOUND : ERR_INVALID;
}

static enum err_kind kind_of(int status, const struct upstream_error *error)
{
    if (status >= 200 && status < 300) {
        return ERR_CORRUPT;
    }
    if (status >= 500 || status == 408 || status == 429 || says_throttled(error->code)) {
        return ERR_UNAVAILABLE;
    }
    if (status == 401 || status == 403) {
        return ERR_DENIED;
    }
    if (status == 404) {
        return kind_of_404(error);
    }
    return status == 400 && says_not_found(error->code) ? ERR_NOT_FOUND : ERR_INVALID;
}

// The window in "…,limit:100,time:1 minute", 0 when there is none.
static int64_t window_ms(const char *message)
{
    static const struct {
        const char *unit; // its plural begins with it
        int64_t ms;
    } units[] = {{"second", 1000}, {"minute", MINUTE_MS}, {"hour", WAIT_MAX_MS}};
    const char *at = message == NULL ? NULL : strstr(message, "time:");
    if (at == NULL) {
        return 0;
    }
    const char *number = at + strlen("time:");
    size_t digits = strspn(number, "0123456789");
    int64_t count = 0;
    if (!text_to_int64(number, digits, &count) || number[digits] != ' ') {
        return 0;
    }
    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        if (text_starts_with(number + digits + 1, units[i].unit)) {
            return count >= WAIT_MAX_MS / units[i].ms ? WAIT_MAX_MS : count * units[i].ms;
        }
    }
    return 0;
}

static int64_t wait_ms(const struct secmaster_answer *answer, const struct upstream_error *error)
{
    if (answer->retry_after_ms > 0) {
        return answer->retry_after_ms;
    }
    return answer->status == 429 || says_throttled(error->code) ? window_ms(error->message) : 0;
}

static const char *advice(int status)
{
    return status == 200                   ? " without a body"
           : status >= 300 && status < 400 ? " (redirects are not followed: base_url must name "
                                             "the service itself)"
           : status == 404                 ? " (is base_url the right one?)"
                                           : "";
}

static enum err_kind describe(const struct secmaster_answer *answer,
                              const struct upstream_error *error, struct err *err)
{
    enum err_kind kind = kind_of(answer->status, error);
    const char *text = error->message != NULL ? error->message : answer->body;
    size_t len = error->message != NULL ? strlen(error->message) : answer->len;
    struct buf quoted;
    buf_init(&quoted, QUOTE_LIMIT_BYTES);
    if (len > 0) {
        text_quote(&quoted, text, len, QUOTE_BYTES);
    }
    (void)err_set(err, kind, "HTTP %d%s%s%s%s%s", answer->status,
                  kind == ERR_NOT_FOUND ? "" : advice(answer->status),
                  error->code[0] != '\0' ? ", " : "", error->code, len > 0 ? ": " : "",
                  buf_text(&quoted));
    buf_deinit(&quoted);

    if (kind == ERR_UNAVAILABLE) {
        err->retry_after_ms = wait_ms(answer, error);
        err->is_throttled = answer->status == 429 || says_throttled(error->code) ||
                            (answer->status == 503 && answer->retry_after_ms > 0);
    }
    // Without a code of its own, the status is the code (the reference's fifth case).
    if (error->code[0] != '\0') {
        (void)text_copy(err->upstream_code, sizeof(err->upstream_code), error->code);
    } else {
        (void)snprintf(err->upstream_code, sizeof(err->upstream_code), "%d", answer->status);
    }
    const char *request_id = error->request_id;
    if (request_id == NULL || !text_is_printable_ascii(request_id, strlen(request_id))) {
        request_id = answer->request_id;
    }
    (void)text_copy(err->upstream_request_id, sizeof(err->upstream_request_id), request_id);
    return kind;
}

enum err_kind secmaster_judge(const struct secmaster_answer *answer, struct err *err)
{
    if (answer->status == 200 && answer->len > 0) {
        return ERR_OK;
    }
    struct upstream_error error = {.is_json = false};
    json_t *json =
        answer->len <= ERROR_BODY_MAX_BYTES ? json_loadb(answer->body, answer->len, 0, NULL) : NULL;
    if (json_is_object(json)) {
        error.is_json = true;
        (void)read_error(json, 0, &error);
    }
    enum err_kind kind = describe(answer, &error, err);
    json_decref(json);
    return kind;
}
