// SPDX-License-Identifier: MIT
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *text;
    int exit_status;
} KINDS[] = {
#define X(name, text, status) [ERR_##name] = {text, status},
    ERR_KINDS(X)
#undef X
};

// Replaces the end of a message that did not fit by "…" (three bytes of UTF-8), without leaving
// half a character.
static void mark_cut(char *message)
{
    size_t end = ERR_MESSAGE_BYTES - 1 - strlen("…");
    while (end > 0 && ((unsigned char)message[end] & 0xc0) == 0x80) {
        end--;
    }
    memcpy(message + end, "…", sizeof("…"));
}

static void format_message(char *out, const char *format, va_list arguments) PRINTF_LIKE(2, 0);

static void format_message(char *out, const char *format, va_list arguments)
{
    int written = vsnprintf(out, ERR_MESSAGE_BYTES, format, arguments);
    if (written >= ERR_MESSAGE_BYTES) {
        mark_cut(out);
    }
}

enum err_kind err_set(struct err *err, enum err_kind kind, const char *format, ...)
{
    REQUIRE(kind != ERR_OK);
    *err = (struct err){.kind = kind};
    va_list arguments;
    va_start(arguments, format);
    format_message(err->message, format, arguments);
    va_end(arguments);
    return kind;
}

enum err_kind err_set_errno(struct err *err, enum err_kind kind, int errno_value,
                            const char *format, ...)
{
    REQUIRE(kind != ERR_OK);
    *err = (struct err){.kind = kind, .errno_value = errno_value};
    va_list arguments;
    va_start(arguments, format);
    format_message(err->message, format, arguments);
    va_end(arguments);
    char reason[128];
    size_t len = strlen(err->message);
    int written = snprintf(err->message + len, sizeof(err->message) - len, ": %s",
                           strerror_r(errno_value, reason, sizeof(reason)));
    if (written >= (int)(sizeof(err->message) - len)) {
        mark_cut(err->message);
    }
    return kind;
}

enum err_kind err_prefix(struct err *err, const char *format, ...)
{
    REQUIRE(err->kind != ERR_OK);
    char inner[ERR_MESSAGE_BYTES];
    memcpy(inner, err->message, sizeof(inner));
    va_list arguments;
    va_start(arguments, format);
    format_message(err->message, format, arguments);
    va_end(arguments);
    size_t len = strlen(err->message);
    int written = snprintf(err->message + len, sizeof(err->message) - len, ": %s", inner);
    if (written >= (int)(sizeof(err->message) - len)) {
        mark_cut(err->message);
    }
    return err->kind;
}

const char *err_kind_text(enum err_kind kind)
{
    REQUIRE((size_t)kind < ARRAY_LEN(KINDS));
    return KINDS[kind].text;
}

int err_kind_exit_status(enum err_kind kind)
{
    REQUIRE((size_t)kind < ARRAY_LEN(KINDS));
    return KINDS[kind].exit_status;
}

bool err_kind_is_transient(enum err_kind kind)
{
    return kind == ERR_UNAVAILABLE || kind == ERR_TIMEOUT || kind == ERR_UNCERTAIN;
}
