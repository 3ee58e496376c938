// SPDX-License-Identifier: MIT
#include "fields_view.h"

#include "base/mem.h"
#include "base/text.h"
#include "queue/attempt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_COLUMNS = 22 };

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

static void print_parts(const char *indent, const char *number, const struct queue_attempt *attempt)
{
    char name[NAME_COLUMNS + 1];
    char time[TEXT_TIME_BYTES];
    bool has_step = attempt->step[0] != '\0';
    bool has_code = attempt->upstream_code[0] != '\0';
    bool has_request = attempt->upstream_request_id[0] != '\0';
    (void)snprintf(name, sizeof(name), "attempt %s", number);
    (void)printf("%s%-*s %s%s%s: %s (worker %s, fence %s)\n", indent, NAME_COLUMNS, name,
                 time_of(attempt->at_ms, time), has_step ? " in step " : "", attempt->step,
                 attempt->code, attempt->worker, attempt->fence);
    if (attempt->message[0] != '\0') {
        print_line(indent, "", attempt->message);
    }
    if (has_code || has_request) {
        (void)printf("%s%-*s the pack service said %s in its answer to request %s\n", indent,
                     NAME_COLUMNS, "", has_code ? attempt->upstream_code : "no code",
                     has_request ? attempt->upstream_request_id : "(without an id)");
    }
}

static void print_attempt(const char *indent, const char *name, const char *value)
{
    char *copy = mem_text(value);
    struct queue_attempt attempt;
    if (queue_attempt_read(copy, &attempt)) {
        print_parts(indent, name + strlen(QUEUE_ATTEMPT_PREFIX), &attempt);
    } else {
        print_line(indent, name, value);
    }
    mem_free(&copy);
}

static bool is_attempt(const char *name)
{
    return text_starts_with(name, QUEUE_ATTEMPT_PREFIX);
}

// By their numbers, which are of the same length or the longer is the higher one.
static int compare_attempts(const void *a, const void *b)
{
    const char *left = *(const char *const *)a;
    const char *right = *(const char *const *)b;
    size_t left_len = strlen(left);
    size_t right_len = strlen(right);
    return left_len == right_len ? strcmp(left, right) : left_len < right_len ? -1 : 1;
}

static void print_attempts(const json_t *fields, const char *indent)
{
    const char **names = mem_alloc(json_object_size(fields), sizeof(*names));
    size_t count = 0;
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)fields, name, value)
    {
        if (is_attempt(name)) {
            names[count++] = name;
        }
    }
    qsort(names, count, sizeof(*names), compare_attempts);
    for (size_t i = 0; i < count; i++) {
        const char *text = json_string_value(json_object_get(fields, names[i]));
        if (text != NULL && text[0] != '\0') {
            print_attempt(indent, names[i], text);
        }
    }
    mem_free(&names);
}

// Of a dead letter, whose fields come in no order: who, when, why, how often. Others follow.
static const char *const FIRST[] = {
    "account_id", "pack_id",   "request_id", "accepted_at",   "died_at",
    "code",       "message",   "step",       "upstream_code", "upstream_request_id",
    "attempts",   "transient", "throttled",  "crashes",       "fence"};

static bool is_among_first(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(FIRST); i++) {
        if (strcmp(name, FIRST[i]) == 0) {
            return true;
        }
    }
    return false;
}

static void print_if_any(const char *indent, const char *name, const json_t *value)
{
    const char *text = json_string_value(value);
    if (text != NULL && text[0] != '\0') {
        print_field(indent, name, text);
    }
}

void fields_view_print(const json_t *fields, const char *indent)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)fields, name, value)
    {
        if (!is_attempt(name)) {
            print_if_any(indent, name, value);
        }
    }
    print_attempts(fields, indent);
}

void fields_view_print_letter(const json_t *fields)
{
    const char *name;
    json_t *value;
    for (size_t i = 0; i < ARRAY_LEN(FIRST); i++) {
        print_if_any("", FIRST[i], json_object_get(fields, FIRST[i]));
    }
    json_object_foreach((json_t *)fields, name, value)
    {
        if (!is_attempt(name) && !is_among_first(name)) {
            print_if_any("", name, value);
        }
    }
    print_attempts(fields, "");
}
