// SPDX-License-Identifier: MIT
#include "domain/diag.h"

#include "base/limits.h"
#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

// Enough for every sentence of ours with a quoted value; a longer one is cut by the buffer.
enum { MESSAGE_BYTES = 1024 };

void diags_init(struct diags *diags)
{
    *diags = (struct diags){0};
}

static void diag_deinit(struct diag *diag)
{
    mem_free(&diag->code);
    mem_free(&diag->file);
    mem_free(&diag->pointer);
    mem_free(&diag->message);
}

void diags_deinit(struct diags *diags)
{
    for (size_t i = 0; i < diags->count; i++) {
        diag_deinit(&diags->items[i]);
    }
    mem_free(&diags->items);
    diags_init(diags);
}

// Takes the last warning out of a full list; the last place is free then. NULL when there are only
// errors.
static struct diag *displace_warning(struct diags *diags)
{
    REQUIRE(diags->items != NULL);
    for (size_t at = diags->count; at > 0; at--) {
        struct diag *diag = &diags->items[at - 1];
        if (diag->severity == DIAG_WARNING) {
            diag_deinit(diag);
            memmove(diag, diag + 1, (diags->count - at) * sizeof(*diag));
            return &diags->items[diags->count - 1];
        }
    }
    return NULL;
}

// The place of the next diagnostic, NULL when there is none. An error finds one as long as there
// are warnings: many of them shall not hide why an input was refused.
static struct diag *next_slot(struct diags *diags, enum diag_severity severity)
{
    if (diags->count == LIMIT_DIAGNOSTICS) {
        return severity == DIAG_ERROR ? displace_warning(diags) : NULL;
    }
    diags->items =
        mem_grow(diags->items, &diags->capacity, diags->count + 1, sizeof(*diags->items));
    return &diags->items[diags->count++];
}

void diags_add(struct diags *diags, enum diag_severity severity, const char *code,
               struct diag_place place, const char *format, ...)
{
    if (severity == DIAG_ERROR) {
        diags->errors++;
    } else {
        diags->warnings++;
    }
    struct diag *slot = next_slot(diags, severity);
    if (slot == NULL) {
        return;
    }
    char message[MESSAGE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);
    *slot = (struct diag){
        .severity = severity,
        .code = mem_text(code),
        .file = mem_text(place.file),
        .line = place.line,
        .column = place.column,
        .pointer = mem_text(place.pointer),
        .message = mem_text(message),
    };
}

void diags_take_all(struct diags *diags, struct diags *from)
{
    for (size_t i = 0; i < from->count; i++) {
        struct diag *slot = next_slot(diags, from->items[i].severity);
        if (slot != NULL) {
            *slot = from->items[i];
        } else {
            diag_deinit(&from->items[i]);
        }
    }
    diags->errors += from->errors;
    diags->warnings += from->warnings;
    from->count = 0;
    diags_deinit(from);
}

void diags_merge_lines(struct diags *diags, struct diags *from)
{
    REQUIRE(diags->warnings == 0 && from->warnings == 0);
    struct diags merged = {.errors = diags->errors + from->errors};
    size_t at = 0;
    size_t from_at = 0;
    while (at < diags->count || from_at < from->count) {
        bool is_next = at < diags->count && (from_at == from->count ||
                                             diags->items[at].line <= from->items[from_at].line);
        struct diag *moved = is_next ? &diags->items[at++] : &from->items[from_at++];
        struct diag *slot = next_slot(&merged, DIAG_ERROR);
        if (slot != NULL) {
            *slot = *moved;
        } else {
            diag_deinit(moved);
        }
    }
    diags->count = 0;
    from->count = 0;
    diags_deinit(diags);
    diags_deinit(from);
    *diags = merged;
}

void diags_copy_all(struct diags *diags, const struct diags *from)
{
    for (size_t i = 0; i < from->count; i++) {
        const struct diag *diag = &from->items[i];
        struct diag *slot = next_slot(diags, diag->severity);
        if (slot != NULL) {
            *slot = (struct diag){
                .severity = diag->severity,
                .code = mem_text(diag->code),
                .file = mem_text(diag->file),
                .line = diag->line,
                .column = diag->column,
                .pointer = mem_text(diag->pointer),
                .message = mem_text(diag->message),
            };
        }
    }
    diags->errors += from->errors;
    diags->warnings += from->warnings;
}

// Control characters come from file names and member names that others chose; raw, they could steer
// a terminal.
static void append_visible(struct buf *out, const char *text)
{
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        if (c < 0x20 || c == 0x7f) {
            (void)buf_append_format(out, "\\x%02x", (unsigned)c);
        } else {
            (void)buf_append_char(out, *text);
        }
    }
}

void diag_format(const struct diag *diag, struct buf *out)
{
    if (diag->file != NULL) {
        append_visible(out, diag->file);
        if (diag->line > 0) {
            (void)buf_append_format(out, ":%zu", diag->line);
        }
        if (diag->line > 0 && diag->column > 0) {
            (void)buf_append_format(out, ":%zu", diag->column);
        }
        (void)buf_append_text(out, ": ");
    } else if (diag->line > 0) {
        (void)buf_append_format(out, "line %zu: ", diag->line);
    }
    (void)buf_append_text(out, diag->severity == DIAG_ERROR ? "error: " : "warning: ");
    append_visible(out, diag->message);
    if (diag->pointer != NULL && diag->pointer[0] != '\0') {
        (void)buf_append_text(out, " (at ");
        append_visible(out, diag->pointer);
        (void)buf_append_char(out, ')');
    }
    (void)buf_append_format(out, " [%s]", diag->code);
}
