// SPDX-License-Identifier: MIT
#include "base/log.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LINE_BYTES_MAX = 16 * 1024 };

struct log {
    int fd;
    enum log_format format;
    atomic_int level;
    pthread_mutex_t lock; // keeps lines whole when one write(2) does not take all
};

static const char *const LEVELS[] = {
    [LOG_ERROR] = "error", [LOG_WARNING] = "warning", [LOG_INFO] = "info", [LOG_DEBUG] = "debug"};
// sd-daemon(3): SD_ERR, SD_WARNING, SD_INFO, SD_DEBUG
static const char *const JOURNAL_PREFIX[] = {
    [LOG_ERROR] = "<3>", [LOG_WARNING] = "<4>", [LOG_INFO] = "<6>", [LOG_DEBUG] = "<7>"};
static const char *const FORMATS[] = {
    [LOG_FORMAT_TEXT] = "text", [LOG_FORMAT_JSON] = "json", [LOG_FORMAT_JOURNAL] = "journal"};

struct log *log_create(int fd, enum log_format format, enum log_level level)
{
    struct log *log = mem_alloc(1, sizeof(*log));
    log->fd = fd;
    log->format = format;
    atomic_init(&log->level, (int)level);
    (void)pthread_mutex_init(&log->lock, NULL);
    return log;
}

void log_destroy(struct log **log)
{
    if (*log == NULL) {
        return;
    }
    (void)pthread_mutex_destroy(&(*log)->lock);
    mem_free(log);
}

void log_set_level(struct log *log, enum log_level level)
{
    atomic_store(&log->level, (int)level);
}

bool log_is_on(const struct log *log, enum log_level level)
{
    return (int)level <= atomic_load(&log->level);
}

static bool find_name(const char *const *names, size_t count, const char *text, size_t *index_out)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(names[i], text) == 0) {
            *index_out = i;
            return true;
        }
    }
    return false;
}

bool log_parse_level(const char *text, enum log_level *level_out)
{
    size_t index;
    if (!find_name(LEVELS, ARRAY_LEN(LEVELS), text, &index)) {
        return false;
    }
    *level_out = (enum log_level)index;
    return true;
}

bool log_parse_format(const char *text, enum log_format *format_out)
{
    size_t index;
    if (!find_name(FORMATS, ARRAY_LEN(FORMATS), text, &index)) {
        return false;
    }
    *format_out = (enum log_format)index;
    return true;
}

const char *log_level_text(enum log_level level)
{
    return LEVELS[level];
}

// JSON string (RFC 8259, section 7); bytes that are not UTF-8 become U+FFFD.
static void append_json_text(struct buf *line, const char *text)
{
    (void)buf_append_char(line, '"');
    for (size_t at = 0, len = strlen(text); at < len;) {
        size_t bad = len - at;
        bool good = text_is_utf8(text + at, len - at, &bad);
        for (size_t end = at + (good ? len - at : bad); at < end; at++) {
            unsigned char c = (unsigned char)text[at];
            if (c == '"' || c == '\\') {
                (void)buf_append_format(line, "\\%c", c);
            } else if (c < 0x20 || c == 0x7f) {
                (void)buf_append_format(line, "\\u%04x", (unsigned)c);
            } else {
                (void)buf_append_char(line, (char)c);
            }
        }
        if (!good) {
            (void)buf_append_text(line, "\\ufffd");
            at++;
        }
    }
    (void)buf_append_char(line, '"');
}

static void append_json(struct buf *line, enum log_level level, const char *event,
                        const struct log_field *fields, size_t count)
{
    char now[TEXT_TIME_BYTES];
    text_time(clock_wall_ms(), now);
    (void)buf_append_format(line, "{\"time\":\"%s\",\"level\":\"%s\",\"event\":\"%s\"", now,
                            LEVELS[level], event);
    for (size_t i = 0; i < count; i++) {
        (void)buf_append_format(line, ",\"%s\":", fields[i].name);
        if (fields[i].text != NULL) {
            append_json_text(line, fields[i].text);
        } else {
            (void)buf_append_format(line, "%" PRId64, fields[i].integer);
        }
    }
    (void)buf_append_char(line, '}');
}

static bool is_plain_word(const char *text)
{
    return *text != '\0' && strpbrk(text, " \"\\=") == NULL &&
           text_is_printable_ascii(text, strlen(text));
}

static void append_text(struct buf *line, enum log_level level, const char *event,
                        const struct log_field *fields, size_t count)
{
    char now[TEXT_TIME_BYTES];
    text_time(clock_wall_ms(), now);
    (void)buf_append_format(line, "%.12s %-7s %s", now + strlen("2026-11-21T"), LEVELS[level],
                            event);
    for (size_t i = 0; i < count; i++) {
        (void)buf_append_format(line, " %s=", fields[i].name);
        if (fields[i].text == NULL) {
            (void)buf_append_format(line, "%" PRId64, fields[i].integer);
        } else if (is_plain_word(fields[i].text)) {
            (void)buf_append_text(line, fields[i].text);
        } else {
            text_quote(line, fields[i].text, strlen(fields[i].text), LINE_BYTES_MAX);
        }
    }
}

static void write_line(struct log *log, const struct buf *line)
{
    (void)pthread_mutex_lock(&log->lock);
    for (size_t done = 0; done < line->len;) {
        ssize_t wrote = write(log->fd, line->data + done, line->len - done);
        if (wrote < 0 && errno != EINTR) {
            break; // nowhere is left to say that the log cannot be written
        }
        done += wrote > 0 ? (size_t)wrote : 0;
    }
    (void)pthread_mutex_unlock(&log->lock);
}

void log_write(struct log *log, enum log_level level, const char *event,
               const struct log_field *fields, size_t count)
{
    if (!log_is_on(log, level)) {
        return;
    }
    struct buf line;
    buf_init(&line, LINE_BYTES_MAX + 8);
    if (log->format == LOG_FORMAT_JOURNAL) {
        (void)buf_append_text(&line, JOURNAL_PREFIX[level]);
    }
    if (log->format == LOG_FORMAT_TEXT) {
        append_text(&line, level, event, fields, count);
    } else {
        append_json(&line, level, event, fields, count);
    }
    line.overflow = false;
    (void)buf_append_char(&line, '\n');
    write_line(log, &line);
    buf_deinit(&line);
}
