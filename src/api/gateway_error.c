// SPDX-License-Identifier: MIT
#include "gateway_error.h"

#include "base/buf.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *code;
    int status;
    const char *message;
} ROWS[] = {
#define X(name, code, status, message) {code, status, message},
    GATEWAY_ERRORS(X)
#undef X
};

static const char CUT_MARK[] = "…";

enum {
    STATUS_BAD_REQUEST = 400,
    NAME_SHOWN_MAX = 64,                     // bytes of a name that is no name
    WHOLE_BYTES_MAX = 8 * API_MESSAGE_BYTES, // a message before it is cut
    MESSAGE_KEPT = API_MESSAGE_BYTES - 1 - (int)(sizeof(CUT_MARK) - 1),
};

// The clean form of a text that may be cut, in which no character is.
static void write_message(struct api_refusal *refusal, const char *text)
{
    struct buf clean;
    buf_init(&clean, WHOLE_BYTES_MAX);
    text_append_clean(&clean, text, strlen(text));
    size_t len = clean.len;
    const char *bytes = buf_text(&clean);
    bool is_cut = len >= API_MESSAGE_BYTES;
    if (is_cut) {
        len = MESSAGE_KEPT;
        while (((unsigned char)bytes[len] & 0xc0) == 0x80) {
            len--;
        }
    }
    (void)snprintf(refusal->message, sizeof(refusal->message), "%.*s%s", (int)len, bytes,
                   is_cut ? CUT_MARK : "");
    buf_deinit(&clean);
}

// "<sentence>", or "<sentence> <detail>".
static void refuse(struct api_refusal *refusal, int status, const char *sentence,
                   const char *detail)
{
    struct buf whole;
    buf_init(&whole, WHOLE_BYTES_MAX);
    (void)buf_append_text(&whole, sentence);
    (void)buf_append_text(&whole, detail[0] == '\0' ? "" : " ");
    (void)buf_append(&whole, detail, strnlen(detail, API_MESSAGE_BYTES));
    refusal->status = status;
    write_message(refusal, buf_text(&whole));
    buf_deinit(&whole);
}

void gateway_refuse(struct api_refusal *refusal, enum gateway_error error, const char *detail)
{
    REQUIRE(error < GATEWAY_ERROR_COUNT);
    (void)text_copy(refusal->code, sizeof(refusal->code), ROWS[error].code);
    refuse(refusal, ROWS[error].status, ROWS[error].message, detail);
}

static bool is_name(const char *text)
{
    static const char NAME_CHARACTERS[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
    size_t len = strnlen(text, API_NAME_BYTES_MAX + 1);
    return len > 0 && len <= API_NAME_BYTES_MAX && strspn(text, NAME_CHARACTERS) == len;
}

static void write_code(struct api_refusal *refusal, const char *prefix, const char *parameter)
{
    (void)snprintf(refusal->code, sizeof(refusal->code), "%s%.*s", prefix, API_NAME_BYTES_MAX,
                   is_name(parameter) ? parameter : "Parameter");
}

// The name as it may stand in a sentence.
static void append_name(struct buf *out, const char *parameter)
{
    if (is_name(parameter)) {
        (void)buf_append_text(out, parameter);
    } else {
        text_quote(out, parameter, strlen(parameter), NAME_SHOWN_MAX);
    }
}

void gateway_refuse_missing(struct api_refusal *refusal, const char *parameter)
{
    struct buf sentence;
    buf_init(&sentence, API_MESSAGE_BYTES);
    append_name(&sentence, parameter);
    (void)buf_append_text(&sentence, " is mandatory for this action.");
    write_code(refusal, "Missing", parameter);
    refuse(refusal, STATUS_BAD_REQUEST, buf_text(&sentence), "");
    buf_deinit(&sentence);
}

void gateway_refuse_invalid(struct api_refusal *refusal, const char *parameter, const char *detail)
{
    struct buf sentence;
    buf_init(&sentence, API_MESSAGE_BYTES);
    (void)buf_append_text(&sentence, "Specified parameter ");
    append_name(&sentence, parameter);
    (void)buf_append_text(&sentence, " is not valid.");
    write_code(refusal, "Invalid", parameter);
    refuse(refusal, STATUS_BAD_REQUEST, buf_text(&sentence), detail);
    buf_deinit(&sentence);
}
