// SPDX-License-Identifier: MIT
//
// Structured log: an event name and typed fields, one line each.
//
// Formats: text (for a terminal), JSON lines, or the journal (native protocol through libsystemd is
// not needed: JSON to standard error has the same fields; `journal` prefixes lines with <priority>,
// see sd-daemon(3)). A `struct log` is passed to whoever logs; there is no global one. worker, api,
// daemon and cli log, each failure once, where the decision falls; rooms below return errors.
//   error    somebody must act          warning  we went on, and the line says how
//   info     what an operator follows   debug    each state move
// Thread: log_write may be called from any thread; a line is written whole.
#pragma once

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG };
enum log_format { LOG_FORMAT_TEXT, LOG_FORMAT_JSON, LOG_FORMAT_JOURNAL };

struct log;

struct log_field {
    const char *name;
    const char *text; // NULL: `integer` is the value
    int64_t integer;
};

// A field whose text is empty or NULL does not apply, and is left out of the line.
static inline struct log_field log_text(const char *name, const char *value)
{
    return (struct log_field){.name = name, .text = value != NULL ? value : ""};
}

#define LOG_TEXT(field_name, value) log_text((field_name), (value))
#define LOG_NUMBER(field_name, value)                                                              \
    ((struct log_field){.name = (field_name), .integer = (int64_t)(value)})
// Kind, message and upstream code of an error, as one field.
#define LOG_ERR(err) LOG_TEXT("error", (err)->message)

// Writes to `fd`, which stays the caller's and is open as long as the log lives.
struct log *log_create(int fd, enum log_format format, enum log_level level);
void log_destroy(struct log **log);

void log_set_level(struct log *log, enum log_level level); // any thread
bool log_is_on(const struct log *log, enum log_level level);

bool log_parse_level(const char *text, enum log_level *level_out);
bool log_parse_format(const char *text, enum log_format *format_out);
const char *log_level_text(enum log_level level);

// One line. `event` is a short dotted name ("job.complete"). Text is escaped, control characters
// never reach the output raw; a text beyond 2 KiB is cut with "…". A line beyond 32 KiB leaves out
// its last fields and says how many: cut=2.
void log_write(struct log *log, enum log_level level, const char *event,
               const struct log_field *fields, size_t count);

#define LOG_AT(log, level, event, ...)                                                             \
    log_write((log), (level), (event), (const struct log_field[]){__VA_ARGS__},                    \
              sizeof((const struct log_field[]){__VA_ARGS__}) / sizeof(struct log_field))
