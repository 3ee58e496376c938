// SPDX-License-Identifier: MIT
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "folder.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <jansson.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

static struct test_folder folder;
static char *path;
static int fd = -1;
static struct log *log_at;
static struct buf content;

static void init(void)
{
    test_folder_create(&folder);
    path = file_join(folder.path, "log");
    fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    cr_assert_geq(fd, 0);
    buf_init(&content, 16 * 1024 * 1024);
}

static void deinit(void)
{
    log_destroy(&log_at);
    (void)close(fd);
    mem_free(&path);
    buf_deinit(&content);
    test_folder_destroy(&folder);
}

TestSuite(log, .init = init, .fini = deinit);

static void begin(enum log_format format, enum log_level level)
{
    log_destroy(&log_at);
    cr_assert_eq(ftruncate(fd, 0), 0);
    log_at = log_create(fd, format, level);
}

static const char *written(void)
{
    struct err err = ERR_INIT;
    buf_reset(&content);
    cr_assert_eq(file_read(path, &content, &err), ERR_OK, "%s", err.message);
    return buf_text(&content);
}

static json_t *written_json(size_t skipped)
{
    json_error_t error;
    json_t *line = json_loads(written() + skipped, 0, &error);
    cr_assert_not_null(line, "%s: %s", error.text, buf_text(&content));
    return line;
}

static const char *member(const json_t *line, const char *key)
{
    const char *text = json_string_value(json_object_get(line, key));
    return text == NULL ? "" : text;
}

Test(log, text_is_one_readable_line)
{
    begin(LOG_FORMAT_TEXT, LOG_INFO);
    LOG_AT(log_at, LOG_WARNING, "job.retry", LOG_TEXT("report", "r-1"), LOG_NUMBER("attempt", -2),
           LOG_TEXT("error", "it \"broke\"\n\x1b[31m"), LOG_TEXT("none", (const char *)NULL),
           LOG_TEXT("pair", "a=b"));
    const char *line = written();
    cr_expect_eq(line[2], ':');
    cr_expect_eq(line[12], ' ', "%s", line);
    cr_expect_str_eq(line + 13, "warning job.retry report=r-1 attempt=-2 "
                                "error=\"it \\\"broke\\\"\\x0a\\x1b[31m\" pair=\"a=b\"\n");
}

Test(log, json_holds_the_same_fields)
{
    begin(LOG_FORMAT_JSON, LOG_INFO);
    LOG_AT(log_at, LOG_ERROR, "job.dead", LOG_TEXT("error", "a\"b\\c\n\x01\x7f é \xff\xc3"),
           LOG_NUMBER("bytes", INT64_MIN));
    json_t *line = written_json(0);
    int64_t at_ms;
    cr_expect(text_parse_time(member(line, "time"), &at_ms));
    cr_expect_str_eq(member(line, "level"), "error");
    cr_expect_str_eq(member(line, "event"), "job.dead");
    cr_expect_str_eq(member(line, "error"), "a\"b\\c\n\x01\x7f é \xef\xbf\xbd\xef\xbf\xbd");
    cr_expect_eq(json_integer_value(json_object_get(line, "bytes")), INT64_MIN);
    json_decref(line);
    cr_expect_null(strchr(buf_text(&content), '\x01'));
    cr_expect_eq(strcspn(buf_text(&content), "\n"), content.len - 1, "one line");
}

Test(log, the_journal_gets_a_priority_before_the_json)
{
    static const char *const PRIORITIES[] = {
        [LOG_ERROR] = "<3>{", [LOG_WARNING] = "<4>{", [LOG_INFO] = "<6>{", [LOG_DEBUG] = "<7>{"};
    for (int level = LOG_ERROR; level <= LOG_DEBUG; level++) {
        begin(LOG_FORMAT_JOURNAL, LOG_DEBUG);
        LOG_AT(log_at, (enum log_level)level, "some.event", LOG_NUMBER("n", 1));
        cr_expect(text_starts_with(written(), PRIORITIES[level]));
        json_t *line = written_json(3);
        cr_expect_str_eq(member(line, "level"), log_level_text((enum log_level)level));
        json_decref(line);
    }
}

Test(log, the_level_decides_what_is_written)
{
    begin(LOG_FORMAT_TEXT, LOG_WARNING);
    log_write(log_at, LOG_INFO, "quiet", NULL, 0);
    cr_expect_str_eq(written(), "");
    cr_expect_not(log_is_on(log_at, LOG_INFO));
    cr_expect(log_is_on(log_at, LOG_ERROR));
    log_set_level(log_at, LOG_DEBUG);
    log_write(log_at, LOG_DEBUG, "loud", NULL, 0);
    cr_expect_not_null(strstr(written(), " debug   loud\n"));
}

Test(log, names_of_levels_and_formats)
{
    enum log_level level = LOG_INFO;
    enum log_format format = LOG_FORMAT_TEXT;
    cr_expect(log_parse_level("debug", &level));
    cr_expect_eq(level, LOG_DEBUG);
    cr_expect_not(log_parse_level("DEBUG", &level));
    cr_expect_not(log_parse_level("", &level));
    cr_expect(log_parse_format("journal", &format));
    cr_expect_eq(format, LOG_FORMAT_JOURNAL);
    cr_expect_not(log_parse_format("xml", &format));
    cr_expect_eq(format, LOG_FORMAT_JOURNAL);
}

// A text of any size leaves a whole line, in every format.
Test(log, long_texts_are_cut_between_characters)
{
    static const char *const PIECES[] = {"x", "é", "\x01", "\xff", "€"};
    for (size_t i = 0; i < ARRAY_LEN(PIECES); i++) {
        struct buf text;
        buf_init(&text, 1000000);
        while (text.len < 100000) {
            (void)buf_append_text(&text, PIECES[i]);
        }
        begin(LOG_FORMAT_JSON, LOG_INFO);
        LOG_AT(log_at, LOG_INFO, "long", LOG_TEXT("first", buf_text(&text)), LOG_NUMBER("last", 7));
        json_t *line = written_json(0);
        const char *first = member(line, "first");
        cr_expect_geq(strlen(first), 2000);
        cr_expect_str_eq(first + strlen(first) - strlen("…"), "…");
        bool whole = strstr(first, "\xef\xbf\xbd") == NULL; // U+FFFD
        cr_expect_eq(whole, PIECES[i][0] != '\xff', "no half character before the cut");
        cr_expect_eq(json_integer_value(json_object_get(line, "last")), 7);
        json_decref(line);
        begin(LOG_FORMAT_TEXT, LOG_INFO);
        LOG_AT(log_at, LOG_INFO, "long", LOG_TEXT("first", buf_text(&text)), LOG_NUMBER("last", 7));
        cr_expect_not_null(strstr(written(), " last=7\n"));
        buf_deinit(&text);
    }
}

Test(log, fields_beyond_the_line_are_left_out_and_counted)
{
    char text[2048];
    memset(text, '\x01', sizeof(text) - 1); // six characters each in JSON
    text[sizeof(text) - 1] = '\0';
    static const char *const NAMES[] = {"a", "b", "c", "d", "e"};
    struct log_field fields[ARRAY_LEN(NAMES)];
    for (size_t i = 0; i < ARRAY_LEN(NAMES); i++) {
        fields[i] = LOG_TEXT(NAMES[i], text);
    }
    begin(LOG_FORMAT_JSON, LOG_INFO);
    log_write(log_at, LOG_INFO, "many", fields, ARRAY_LEN(fields));
    json_t *line = written_json(0);
    cr_expect_eq(strlen(member(line, "b")), sizeof(text) - 1);
    cr_expect_eq(json_integer_value(json_object_get(line, "cut")), 3);
    cr_expect_null(json_object_get(line, "c"));
    cr_expect_leq(content.len, 33 * 1024);
    json_decref(line);
}

enum { WRITERS = 4, LINES_EACH = 500 };

static void *write_lines(void *argument)
{
    for (int i = 0; i < LINES_EACH; i++) {
        LOG_AT(log_at, LOG_INFO, "thread", LOG_TEXT("who", argument), LOG_NUMBER("n", i));
    }
    return NULL;
}

Test(log, lines_of_many_threads_stay_whole)
{
    begin(LOG_FORMAT_JSON, LOG_INFO);
    pthread_t threads[WRITERS];
    for (int i = 0; i < WRITERS; i++) {
        cr_assert_eq(pthread_create(&threads[i], NULL, write_lines, "somebody with a long name"),
                     0);
    }
    for (int i = 0; i < WRITERS; i++) {
        (void)pthread_join(threads[i], NULL);
    }
    size_t lines = 0;
    for (const char *at = written(); *at != '\0'; at += strcspn(at, "\n") + 1) {
        json_t *line = json_loadb(at, strcspn(at, "\n"), 0, NULL);
        cr_assert_not_null(line);
        json_decref(line);
        lines++;
    }
    cr_expect_eq(lines, WRITERS * LINES_EACH);
}
