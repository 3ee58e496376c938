// SPDX-License-Identifier: MIT
//
// What is printed from the table of settings.
#include "base/file.h"
#include "base/mem.h"
#include "sandbox.h"
#include "settings/print.h"
#include "value.h"

#include <criterion/criterion.h>
#include <string.h>

static struct settings load(const struct settings_inputs *inputs)
{
    struct settings settings;
    struct err err = ERR_INIT;
    cr_assert_eq(settings_load(inputs, &settings, &err), ERR_OK, "%s", err.message);
    return settings;
}

static void expect_equal(const struct settings *a, const struct settings *b)
{
    size_t count;
    const struct setting *rows = settings_table(&count);
    for (size_t i = 0; i < count; i++) {
        if ((rows[i].flags & SETTING_SECRET) == 0) {
            cr_expect(setting_equal(&rows[i], a, b), "[%s] %s", rows[i].section, rows[i].key);
        }
    }
}

#define LONG_PATH                                                                                  \
    "/a/path/of/one/hundred/and/seventy-six/bytes/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" \
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static const char EVERYTHING[] =
    "[redis]\naddress = unix:/run/redis/redis.sock\ndatabase = 3\nuser = worker\n"
    "credential = hunter2\nconnect_timeout = 1500ms\n"
    "[queue]\nprefix = p.1\nlease = 90s\ntoken_ttl = 2d\nbacklog_max = 17\n"
    "[worker]\nname = left\nmax_jobs = 64\nthreads = 3\nretry_base = 20ms\ndrain_timeout = 0\n"
    "[source]\nkind = file\npacks=" LONG_PATH "\nlanguage = zh-cn\nbody_limit = 1000000\n"
    "allow_plain_http = yes\n[rules]\nwaivers = /with blanks and = and \xc3\xa4\n"
    "[store]\nkeep_count = 0\nkeep_age = 36h\n[log]\nlevel = debug\nformat = journal\n";

Test(settings_print, what_print_config_writes_reads_as_the_same_settings)
{
    (void)sandbox_make();
    char *path = sandbox_write("some.ini", EVERYTHING, sizeof(EVERYTHING) - 1);
    const char *const assignments[] = {"drill.step=render", "drill.stall=10s"};
    struct settings settings = load(
        &(struct settings_inputs){.file = path, .assignments = assignments, .assignment_count = 2});
    struct buf text;
    buf_init(&text, SETTINGS_PRINT_BYTES_MAX);
    settings_print_config(&settings, &text);
    cr_expect_not(text.overflow);
    cr_expect_null(strstr(buf_text(&text), "hunter2"), "a secret was printed");
    cr_expect_not_null(strstr(buf_text(&text), "; credential is set, and not shown ; "));
    char *copy = sandbox_write("copy.ini", text.data, text.len);
    struct settings again = load(&(struct settings_inputs){.file = copy});
    expect_equal(&settings, &again);
    settings_deinit(&again);
    settings_deinit(&settings);
    buf_deinit(&text);
    mem_free(&copy);
    mem_free(&path);
    sandbox_remove();
}

Test(settings_print, each_value_has_its_origin)
{
    (void)sandbox_make();
    static const char TEXT[] = "[worker]\n\nmax_jobs = 2\n";
    char *path = sandbox_write("some.ini", TEXT, sizeof(TEXT) - 1);
    const struct settings_override preset = {"--dev", "worker.threads", "3"};
    const char *const assignment = "worker.name=left";
    struct settings settings = load(&(struct settings_inputs){.file = path,
                                                              .presets = &preset,
                                                              .preset_count = 1,
                                                              .assignments = &assignment,
                                                              .assignment_count = 1});
    struct buf text;
    buf_init(&text, SETTINGS_PRINT_BYTES_MAX);
    settings_print_config(&settings, &text);
    char *expected = mem_format("[worker]\n"
                                "name = left                                  ; --set\n"
                                "max_jobs = 2                                 ; %s:3\n"
                                "threads = 3                                  ; --dev\n"
                                "eval_threads = 1                             ; default\n",
                                path);
    cr_expect_not_null(strstr(buf_text(&text), expected), "%s", buf_text(&text));
    mem_free(&expected);
    settings_deinit(&settings);
    buf_deinit(&text);
    mem_free(&path);
    sandbox_remove();
}

Test(settings_print, the_reference_page_is_the_one_in_docs)
{
    struct buf page;
    struct buf made;
    buf_init(&page, SETTINGS_PRINT_BYTES_MAX);
    buf_init(&made, SETTINGS_PRINT_BYTES_MAX);
    struct err err = ERR_INIT;
    cr_assert_eq(file_read(TEST_SOURCE_DIR "/docs/settings.md", &page, &err), ERR_OK, "%s",
                 err.message);
    settings_print_doc(&made);
    cr_expect_not(made.overflow);
    cr_expect(strcmp(buf_text(&page), buf_text(&made)) == 0,
              "docs/settings.md is old: packreportd --print-settings-doc >docs/settings.md");
    buf_deinit(&page);
    buf_deinit(&made);
}

Test(settings_print, help_names_every_setting_and_fits_a_terminal)
{
    struct buf help;
    buf_init(&help, SETTINGS_PRINT_BYTES_MAX);
    settings_print_help(&help);
    size_t count;
    const struct setting *rows = settings_table(&count);
    for (size_t i = 0; i < count; i++) {
        char *line = mem_format("\n  %s ", rows[i].key);
        cr_expect_not_null(strstr(buf_text(&help), line), "%s", rows[i].key);
        mem_free(&line);
    }
    for (const char *line = buf_text(&help); *line != '\0';) {
        size_t len = strcspn(line, "\n");
        cr_expect_leq(len, 77, "%.*s", (int)len, line);
        line += len + (line[len] == '\n' ? 1 : 0);
    }
    buf_deinit(&help);
}

// The example for production is a file that loads, and leaves nothing out.
Test(settings_print, the_example_for_production_loads_and_names_every_setting)
{
    static const char PATH[] = TEST_SOURCE_DIR "/config/packreportd.ini";
    struct settings settings = load(&(struct settings_inputs){.file = PATH});
    settings_deinit(&settings);
    struct buf text;
    buf_init(&text, SETTINGS_PRINT_BYTES_MAX);
    struct err err = ERR_INIT;
    cr_assert_eq(file_read(PATH, &text, &err), ERR_OK, "%s", err.message);
    size_t count;
    const struct setting *rows = settings_table(&count);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(rows[i].section, "drill") == 0) {
            continue; // not for production
        }
        char *set = mem_format("\n%s =", rows[i].key);
        char *comment = mem_format("\n;%s =", rows[i].key);
        cr_expect(strstr(buf_text(&text), set) != NULL || strstr(buf_text(&text), comment) != NULL,
                  "[%s] %s", rows[i].section, rows[i].key);
        mem_free(&set);
        mem_free(&comment);
    }
    buf_deinit(&text);
}
