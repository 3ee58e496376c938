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

enum {
    TEXT_BYTES_MAX = 2048,        // of one text, before it is escaped; longer is cut with "…"
    LINE_BYTES_MAX = 32 * 1024,   // fields that would pass it are left out, and the line says "cut"
    LINE_MARGIN_BYTES = 16 * 1024 // one more field, each byte of its text escaped to six
};

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

// Bytes of a text that are shown: at most TEXT_BYTES_MAX, no half character at the end.
static size_t shown_len(const char *text)
{
    size_t len = strnlen(text, TEXT_BYTES_MAX + 1);
    if (len <= TEXT_BYTES_MAX) {
        return len;
    }
    len = TEXT_BYTES_MAX;
    while (len > TEXT_BYTES_MAX - 4 && ((unsigned char)text[len] & 0xc0) == 0x80) {
        len--;
    }
    return len;
}

// JSON string (RFC 8259, section 7); bytes that are not UTF-8 become U+FFFD.
static void append_json_text(struct buf *line, const char *text)
{
    size_t len = shown_len(text);
    (void)buf_append_char(line, '"');
    for (size_t at = 0; at < len;) {
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
    (void)buf_append_text(line, text[len] == '\0' ? "\"" : "…\"");
}

static void append_json_field(struct buf *line, const struct log_field *field)
{
    (void)buf_append_format(line, ",\"%s\":", field->name);
    if (field->text != NULL) {
        append_json_text(line, field->text);
    } else {
        (void)buf_append_format(line, "%" PRId64, field->integer);
    }
}

static bool is_plain_word(const char *text)
{
    size_t len = strnlen(text, TEXT_BYTES_MAX + 1);
    return len > 0 && len <= TEXT_BYTES_MAX && strpbrk(text, " \"\\=") == NULL &&
           text_is_printable_ascii(text, len);
}

static void append_text_field(struct buf *line, const struct log_field *field)
{
    (void)buf_append_format(line, " %s=", field->name);
    if (field->text == NULL) {
        (void)buf_append_format(line, "%" PRId64, field->integer);
    } else if (is_plain_word(field->text)) {
        (void)buf_append_text(line, field->text);
    } else {
        text_quote(line, field->text, strlen(field->text), TEXT_BYTES_MAX);
    }
}

// How a format writes a field, and how it ends a line.
struct style {
    void (*append_field)(struct buf *line, const struct log_field *field);
    const char *tail;
};
static const struct style TEXT_STYLE = {append_text_field, "\n"};
static const struct style JSON_STYLE = {append_json_field, "}\n"};

static void append_head(struct buf *line, enum log_format format, enum log_level level,
                        const char *event)
{
    char now[TEXT_TIME_BYTES];
    text_time(clock_wall_ms(), now);
    if (format == LOG_FORMAT_TEXT) {
        (void)buf_append_format(line, "%.12s %-7s %s", now + strlen("2026-11-21T"), LEVELS[level],
                                event);
        return;
    }
    (void)buf_append_format(line, "%s{\"time\":\"%s\",\"level\":\"%s\",\"event\":\"%s\"",
                            format == LOG_FORMAT_JOURNAL ? JOURNAL_PREFIX[level] : "", now,
                            LEVELS[level], event);
}

static void append_fields(struct buf *line, const struct style *style,
                          const struct log_field *fields, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t before = line->len;
        if (fields[i].text != NULL && fields[i].text[0] == '\0') {
            continue;
        }
        style->append_field(line, &fields[i]);
        if (line->len > LINE_BYTES_MAX) {
            line->len = before;
            style->append_field(line, &LOG_NUMBER("cut", count - i));
            break;
        }
    }
    (void)buf_append_text(line, style->tail);
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
    const struct style *style = log->format == LOG_FORMAT_TEXT ? &TEXT_STYLE : &JSON_STYLE;
    struct buf line;
    buf_init(&line, LINE_BYTES_MAX + LINE_MARGIN_BYTES);
    append_head(&line, log->format, level, event);
    append_fields(&line, style, fields, count);
    INVARIANT(!line.overflow);
    write_line(log, &line);
    buf_deinit(&line);
}
