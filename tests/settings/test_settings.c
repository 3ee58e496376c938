// SPDX-License-Identifier: MIT
//
// The layers of settings, and the values they take.
#include "base/mem.h"
#include "sandbox.h"
#include "table.h"
#include "value.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static struct settings load(const struct settings_inputs *inputs)
{
    struct settings settings;
    struct err err = ERR_INIT;
    cr_assert_eq(settings_load(inputs, &settings, &err), ERR_OK, "%s", err.message);
    return settings;
}

static struct settings load_text(const char *text)
{
    (void)sandbox_make();
    char *path = sandbox_write("some.ini", text, strlen(text));
    struct settings settings = load(&(struct settings_inputs){.file = path});
    mem_free(&path);
    sandbox_remove();
    return settings;
}

Test(settings, defaults_are_those_of_the_table)
{
    struct settings settings = load(&(struct settings_inputs){0});
    cr_expect_str_eq(settings.redis.address, "127.0.0.1:6379");
    cr_expect_str_eq(settings.redis.user, "");
    cr_expect_eq(settings.redis.command_timeout_ms, 3000);
    cr_expect_eq(settings.queue.lease_ms, 10000);
    cr_expect_eq(settings.queue.token_ttl_ms, 86400000);
    cr_expect_eq(settings.queue.partitions, 1);
    cr_expect_eq(settings.worker.max_jobs, 8);
    cr_expect_eq(settings.source.kind, SETTINGS_SOURCE_SECMASTER);
    cr_expect_eq(settings.source.body_limit_bytes, 16777216);
    cr_expect_not(settings.source.allow_plain_http);
    cr_expect_eq(settings.log.level, LOG_INFO);
    cr_expect_eq(settings.log.format, SETTINGS_LOG_AUTO);
    cr_expect_null(settings.file);
    settings_deinit(&settings);
}

// Every row's default is written as --print-config writes it, so that the two agree, and the rows
// of a section stand together.
Test(settings, the_table_is_well_formed)
{
    struct settings settings = load(&(struct settings_inputs){0});
    size_t count;
    const struct setting *rows = settings_table(&count);
    size_t section_count;
    const struct setting_section *sections = settings_sections(&section_count);
    size_t changes = 0;
    for (size_t i = 0; i < count; i++) {
        struct buf text;
        buf_init(&text, 1024);
        setting_format(&rows[i], &settings, &text);
        cr_expect_str_eq(buf_text(&text), rows[i].initial, "[%s] %s", rows[i].section, rows[i].key);
        buf_deinit(&text);
        if (i == 0 || strcmp(rows[i].section, rows[i - 1].section) != 0) {
            cr_assert_lt(changes, section_count);
            cr_expect_str_eq(rows[i].section, sections[changes++].name);
        }
        cr_expect_eq(settings_table_find(rows[i].section, rows[i].key), &rows[i]);
    }
    cr_expect_eq(changes, section_count);
    settings_deinit(&settings);
}

Test(settings, durations_and_sizes_have_units)
{
    struct settings settings = load_text("[redis]\nconnect_timeout = 250ms\ncommand_timeout=4s\n"
                                         "[queue]\nlease = 1min\ntoken_ttl = 2h\nhistory_ttl = 3d\n"
                                         "[store]\nkeep_age = 0\n"
                                         "[source]\nbody_limit = 2048k\n");
    cr_expect_eq(settings.redis.connect_timeout_ms, 250);
    cr_expect_eq(settings.redis.command_timeout_ms, 4000);
    cr_expect_eq(settings.queue.lease_ms, 60000);
    cr_expect_eq(settings.queue.token_ttl_ms, 7200000);
    cr_expect_eq(settings.queue.history_ttl_ms, 259200000);
    cr_expect_eq(settings.store.keep_age_ms, 0);
    cr_expect_eq(settings.source.body_limit_bytes, 2097152);
    settings_deinit(&settings);
    settings = load_text("[source]\nbody_limit = 4096\n");
    cr_expect_eq(settings.source.body_limit_bytes, 4096);
    settings_deinit(&settings);
}

Test(settings, numbers_are_written_in_the_largest_unit_that_divides_them)
{
    static const struct {
        const char *key;
        int64_t number;
        const char *text;
    } CASES[] = {
        {"lease", 0, "0"},
        {"lease", 1, "1ms"},
        {"lease", 1500, "1500ms"},
        {"lease", 90000, "90s"},
        {"lease", 3600000, "1h"},
        {"lease", 172800000, "2d"},
        {"body_limit", 1000, "1000"},
        {"body_limit", 1024, "1k"},
        {"body_limit", 3145728, "3M"},
        {"max_jobs", 10, "10"},
    };
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        const char *section = i < 6 ? "queue" : i < 9 ? "source" : "worker";
        struct buf text;
        buf_init(&text, 64);
        setting_format_number(settings_table_find(section, CASES[i].key), CASES[i].number, &text);
        cr_expect_str_eq(buf_text(&text), CASES[i].text);
        buf_deinit(&text);
    }
}

Test(settings, the_file_may_have_comments_blanks_and_a_byte_order_mark)
{
    struct settings settings =
        load_text("\xef\xbb\xbf; comment\r\n"
                  "# a comment of any length \xff "
                  "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
                  "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
                  "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
                  "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n"
                  "\n"
                  " [worker] ; ours\r\n"
                  "\tname = left ; the left one\n"
                  "    max_jobs=64\n"
                  "[source]\n"
                  "allow_plain_http = on\n"
                  "language = zh-cn");
    cr_expect_str_eq(settings.worker.name, "left");
    cr_expect_eq(settings.worker.max_jobs, 64);
    cr_expect(settings.source.allow_plain_http);
    cr_expect_str_eq(settings.source.language, "zh-cn");
    settings_deinit(&settings);
}

Test(settings, a_line_of_the_greatest_length_is_read_whole)
{
    char text[300] = "[redis]\naddress = ";
    size_t len = strlen(text);
    memset(text + len, 'h', 176);
    text[len + 176] = '\0';
    struct settings settings = load_text(text);
    cr_expect_eq(strlen(settings.redis.address), 176);
    settings_deinit(&settings);
}

Test(settings, command_line_goes_over_file_goes_over_preset_goes_over_default)
{
    (void)sandbox_make();
    static const char TEXT[] = "[worker]\nthreads = 2\nmax_jobs = 2\n";
    char *path = sandbox_write("layers.ini", TEXT, sizeof(TEXT) - 1);
    const struct settings_override presets[] = {{"--dev", "worker.eval_threads", "3"},
                                                {"--dev", "worker.threads", "3"}};
    const char *const assignments[] = {"worker.max_jobs=5", "worker.max_jobs=4"};
    struct settings settings = load(&(struct settings_inputs){.file = path,
                                                              .presets = presets,
                                                              .preset_count = 2,
                                                              .assignments = assignments,
                                                              .assignment_count = 2});
    cr_expect_eq(settings.worker.max_attempts, 5, "default");
    cr_expect_eq(settings.worker.eval_threads, 3, "preset");
    cr_expect_eq(settings.worker.threads, 2, "file");
    cr_expect_eq(settings.worker.max_jobs, 4, "the last --set");
    settings_deinit(&settings);
    mem_free(&path);
    sandbox_remove();
}

struct ignored {
    char names[256];
};

static void on_ignored(void *context, const char *section, const char *key)
{
    struct ignored *ignored = context;
    size_t len = strlen(ignored->names);
    (void)snprintf(ignored->names + len, sizeof(ignored->names) - len, "%s.%s ", section, key);
}

Test(settings, reload_takes_only_what_may_change)
{
    struct settings settings = load(&(struct settings_inputs){0});
    struct settings fresh = load_text("[log]\nlevel = debug\n[rules]\nwaivers = /w.json\n"
                                      "[worker]\nmax_jobs = 9\n[queue]\nprefix = other\n");
    struct ignored ignored = {""};
    settings_reload(&settings, &fresh, on_ignored, &ignored);
    settings_deinit(&fresh);
    cr_expect_eq(settings.log.level, LOG_DEBUG);
    cr_expect_str_eq(settings.rules.waivers, "/w.json");
    cr_expect_eq(settings.worker.max_jobs, 8);
    cr_expect_str_eq(settings.queue.prefix, "packreport");
    cr_expect_str_eq(ignored.names, "queue.prefix worker.max_jobs ");
    settings_deinit(&settings);
}
