// SPDX-License-Identifier: MIT
#include "ini_file.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"

#include <ini.h>
#include <string.h>

struct reading {
    const char *at;
    const char *end;
    unsigned line; // of the line that was handed out last
    const char *file;
    const struct ini_file_handlers *handlers;
    struct err problem; // the first one; nothing is handed out after it
    unsigned problem_line;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static bool is_comment(char c)
{
    return c == ';' || c == '#';
}

static void trim(const char **text, size_t *len)
{
    while (*len > 0 && is_blank(**text)) {
        (*text)++;
        (*len)--;
    }
    while (*len > 0 && is_blank((*text)[*len - 1])) {
        (*len)--;
    }
}

// Checks a line that begins with "[" to its end, as inih does not.
static void check_section(struct reading *reading, const char *line, size_t len)
{
    const char *close = memchr(line, ']', len);
    if (close == NULL) {
        (void)err_set(&reading->problem, ERR_CONFIG, "\"[\" without \"]\"");
        return;
    }
    const char *rest = close + 1;
    size_t rest_len = (size_t)(line + len - rest);
    trim(&rest, &rest_len);
    if (rest_len > 0 && !is_comment(*rest)) {
        (void)err_set(&reading->problem, ERR_CONFIG, "nothing but a comment may follow \"]\"");
        return;
    }
    char *name = mem_text_n(line + 1, (size_t)(close - line - 1));
    const struct ini_file_handlers *handlers = reading->handlers;
    (void)handlers->on_section(handlers->context, name, &reading->problem);
    mem_free(&name);
}

// Whether inih can be given the line as it is: `room` is the size of its buffer.
static void check_line(struct reading *reading, const char *line, size_t len, int room)
{
    size_t most = (size_t)room - strlen("\n") - 1;
    if (len > most) {
        (void)err_set(&reading->problem, ERR_CONFIG, "the line has %zu bytes; the most is %zu", len,
                      most);
    } else if (memchr(line, '\0', len) != NULL || !text_is_utf8(line, len, NULL)) {
        (void)err_set(&reading->problem, ERR_CONFIG, "the line is not text in UTF-8");
    } else if (line[0] == '[') {
        check_section(reading, line, len);
    }
}

// The reader of ini_parse_stream: like fgets, the next line, or NULL at the end or after a problem.
static char *next_line(char *out, int room, void *stream)
{
    struct reading *reading = stream;
    if (reading->problem.kind != ERR_OK || reading->at == reading->end) {
        return NULL;
    }
    const char *line = reading->at;
    const char *line_end = memchr(line, '\n', (size_t)(reading->end - line));
    size_t len = (size_t)((line_end == NULL ? reading->end : line_end) - line);
    reading->at = line_end == NULL ? reading->end : line_end + 1;
    reading->line++;
    trim(&line, &len);
    if (len > 0 && is_comment(line[0])) {
        len = 0; // of any length, in any encoding
    } else if (len > 0) {
        check_line(reading, line, len, room);
    }
    if (reading->problem.kind != ERR_OK) {
        reading->problem_line = reading->line;
        return NULL;
    }
    memcpy(out, line, len);
    memcpy(out + len, "\n", sizeof("\n"));
    return out;
}

static int on_pair(void *context, const char *section, const char *key, const char *value)
{
    struct reading *reading = context;
    const struct ini_file_handlers *handlers = reading->handlers;
    if (handlers->on_value(handlers->context, section, key, value, reading->line,
                           &reading->problem) != ERR_OK) {
        reading->problem_line = reading->line;
    }
    return 1; // a problem of ours has a better text than inih's line number
}

// inih goes on after a line that it cannot read, so that the first problem may be its or ours.
static enum err_kind read_text(struct reading *reading, struct err *err)
{
    // The reader and the handler get the same object.
    int bad_line = ini_parse_stream(next_line, reading, on_pair, reading);
    if (bad_line < 0) {
        return err_set(err, ERR_INTERNAL, "%s: the parser has no memory", reading->file);
    }
    if (bad_line > 0 &&
        (reading->problem.kind == ERR_OK || (unsigned)bad_line < reading->problem_line)) {
        return err_set(err, ERR_CONFIG, "%s:%d: neither \"[section]\" nor \"key = value\"",
                       reading->file, bad_line);
    }
    if (reading->problem.kind != ERR_OK) {
        *err = reading->problem;
        return err_prefix(err, "%s:%u", reading->file, reading->problem_line);
    }
    return ERR_OK;
}

enum err_kind ini_file_read(const char *file, const struct ini_file_handlers *handlers,
                            struct err *err)
{
    struct buf text;
    buf_init(&text, INI_FILE_BYTES_MAX);
    if (file_read(file, &text, err) != ERR_OK) {
        buf_deinit(&text);
        err->kind = ERR_CONFIG;
        return err->kind;
    }
    const struct span lines = text_skip_mark((struct span){buf_text(&text), text.len});
    struct reading reading = {.at = lines.bytes,
                              .end = lines.bytes + lines.len,
                              .file = file,
                              .handlers = handlers,
                              .problem = ERR_INIT};
    enum err_kind kind = read_text(&reading, err);
    buf_deinit(&text);
    return kind;
}
