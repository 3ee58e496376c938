// SPDX-License-Identifier: MIT
#include "fields_view.h"

#include "base/mem.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

enum { NAME_COLUMNS = 22 };

static const char ATTEMPT[] = "attempt:";

// The parts of an attempt, as src/queue/scripts/parts/history.lua writes them.
enum {
    PART_TIME,
    PART_FENCE,
    PART_WORKER,
    PART_STEP,
    PART_CODE,
    PART_UPSTREAM_CODE,
    PART_UPSTREAM_REQUEST,
    PART_MESSAGE, // the last: it may hold the separator
    PARTS
};

static void print_line(const char *indent, const char *name, const char *value)
{
    (void)printf("%s%-*s %s\n", indent, NAME_COLUMNS, name, value);
}

// An instant in milliseconds as a time; any other text as it is.
static const char *time_of(const char *text, char out[TEXT_TIME_BYTES])
{
    int64_t unix_ms;
    if (!text_to_int64(text, strlen(text), &unix_ms)) {
        return text;
    }
    text_time(unix_ms, out);
    return out;
}

static void print_field(const char *indent, const char *name, const char *text)
{
    size_t len = strlen(name);
    char time[TEXT_TIME_BYTES];
    bool is_time = len > 3 && strcmp(name + len - 3, "_at") == 0;
    print_line(indent, name, is_time ? time_of(text, time) : text);
}

// False when it has another number of parts than ours.
static bool split(char *text, const char *parts[PARTS])
{
    char *rest = text;
    for (int i = 0; i < PART_MESSAGE; i++) {
        parts[i] = strsep(&rest, "|");
        if (rest == NULL) {
            return false;
        }
    }
    parts[PART_MESSAGE] = rest;
    return true;
}

static void print_parts(const char *indent, const char *number, const char *const parts[PARTS])
{
    char name[NAME_COLUMNS + 1];
    char time[TEXT_TIME_BYTES];
    bool has_step = parts[PART_STEP][0] != '\0';
    (void)snprintf(name, sizeof(name), "attempt %s", number);
    (void)printf("%s%-*s %s%s%s: %s (worker %s, fence %s)\n", indent, NAME_COLUMNS, name,
                 time_of(parts[PART_TIME], time), has_step ? " in step " : "", parts[PART_STEP],
                 parts[PART_CODE], parts[PART_WORKER], parts[PART_FENCE]);
    if (parts[PART_MESSAGE][0] != '\0') {
        print_line(indent, "", parts[PART_MESSAGE]);
    }
    if (parts[PART_UPSTREAM_CODE][0] != '\0' || parts[PART_UPSTREAM_REQUEST][0] != '\0') {
        (void)printf("%s%-*s the pack service said %s in its answer to request %s\n", indent,
                     NAME_COLUMNS, "",
                     parts[PART_UPSTREAM_CODE][0] != '\0' ? parts[PART_UPSTREAM_CODE] : "no code",
                     parts[PART_UPSTREAM_REQUEST][0] != '\0' ? parts[PART_UPSTREAM_REQUEST]
                                                             : "(without an id)");
    }
}

static void print_attempt(const char *indent, const char *name, const char *value)
{
    char *copy = mem_text(value);
    const char *parts[PARTS];
    if (split(copy, parts)) {
        print_parts(indent, name + strlen(ATTEMPT), parts);
    } else {
        print_line(indent, name, value);
    }
    mem_free(&copy);
}

void fields_view_print(const json_t *fields, const char *indent)
{
    for (int attempts = 0; attempts < 2; attempts++) {
        const char *name;
        json_t *value;
        json_object_foreach((json_t *)fields, name, value)
        {
            const char *text = json_string_value(value);
            bool is_attempt = text_starts_with(name, ATTEMPT);
            if (text == NULL || text[0] == '\0' || is_attempt != (attempts == 1)) {
                continue;
            }
            if (is_attempt) {
                print_attempt(indent, name, text);
            } else {
                print_field(indent, name, text);
            }
        }
    }
}
