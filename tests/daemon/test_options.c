// SPDX-License-Identifier: MIT
//
// The command line, and the settings that it leads to. What argp ends the process for is seen by
// its exit status.
#include "base/file.h"
#include "base/mem.h"
#include "options.h"
#include "sandbox.h"

#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ARGUMENTS_MAX = 16 };

// argp moves arguments about and wants them to be writable.
struct command_line {
    char *arguments[ARGUMENTS_MAX + 1];
    int count;
};

static void parse(const char *const *arguments, struct command_line *line, struct options *options)
{
    *line = (struct command_line){.arguments = {mem_text("packreportd")}, .count = 1};
    for (; *arguments != NULL; arguments++) {
        cr_assert_lt(line->count, ARGUMENTS_MAX);
        line->arguments[line->count++] = mem_text(*arguments);
    }
    options_parse(line->count, line->arguments, options);
}

static void command_line_deinit(struct command_line *line)
{
    for (int i = 0; i < line->count; i++) {
        mem_free(&line->arguments[i]);
    }
}

#define ARGUMENTS(...) ((const char *const[]){__VA_ARGS__, NULL})

static const struct options_surroundings NOWHERE = {.share_folder = "/s"};

Test(options, nothing_given_runs_with_the_file_in_etc)
{
    struct command_line line;
    struct options options;
    struct presets presets;
    struct settings_inputs inputs;
    struct err err = ERR_INIT;
    parse(ARGUMENTS(NULL), &line, &options);
    cr_expect_eq(options.mode, OPTIONS_RUN);
    cr_expect_null(options.state_folder);
    cr_expect_eq(options_inputs(&options, &NOWHERE, &presets, &inputs, &err), ERR_OK);
    cr_expect_str_eq(inputs.file, "/etc/packreport/packreportd.ini");
    cr_expect_eq(inputs.preset_count, 0);
    presets_deinit(&presets);
    options_deinit(&options);
    command_line_deinit(&line);
}

Test(options, every_option_is_taken)
{
    struct command_line line;
    struct options options;
    parse(ARGUMENTS("--config", "/c.ini", "--dev", "--state-dir=state", "--print-config", "--set",
                    "a.b=c", "-s", "d.e=f"),
          &line, &options);
    cr_expect_str_eq(options.config, "/c.ini");
    cr_expect(options.dev);
    cr_expect_eq(options.mode, OPTIONS_PRINT_CONFIG);
    cr_expect_eq(options.assignment_count, 2);
    cr_expect_str_eq(options.assignments[0], "a.b=c");
    cr_expect_str_eq(options.assignments[1], "d.e=f");
    char *here = getcwd(NULL, 0);
    char *expected = file_join(here, "state");
    cr_expect_str_eq(options.state_folder, expected);
    mem_free(&expected);
    mem_free(&here);
    options_deinit(&options);
    command_line_deinit(&line);
}

Test(options, dev_needs_no_file)
{
    const char *share = sandbox_make();
    char *waivers = sandbox_write("waivers.json", "{}", 2);
    struct command_line line;
    struct options options;
    parse(ARGUMENTS("--dev", "--state-dir", "/state", "--set", "log.level=debug"), &line, &options);
    const struct options_surroundings around = {.share_folder = share,
                                                .credentials_folder = "/creds"};
    struct presets presets;
    struct settings_inputs inputs;
    struct settings settings;
    struct err err = ERR_INIT;
    cr_assert_eq(options_inputs(&options, &around, &presets, &inputs, &err), ERR_OK, "%s",
                 err.message);
    cr_expect_null(inputs.file);
    cr_assert_eq(settings_load(&inputs, &settings, &err), ERR_OK, "%s", err.message);
    cr_expect_str_eq(settings.redis.address, "unix:/state/redis/redis.sock");
    cr_expect_str_eq(settings.store.path, "/state/reports");
    cr_expect_eq(settings.source.kind, SETTINGS_SOURCE_FILE);
    cr_expect_str_eq(settings.rules.waivers, waivers);
    cr_expect_str_eq(settings.rules.attestations, "");
    cr_expect_str_eq(settings.credentials.path, "/creds");
    cr_expect_eq(settings.log.level, LOG_DEBUG);
    settings_deinit(&settings);
    presets_deinit(&presets);
    options_deinit(&options);
    command_line_deinit(&line);
    mem_free(&waivers);
    sandbox_remove();
}

Test(options, a_state_folder_too_long_for_a_socket_is_refused)
{
    char folder[120] = "/";
    memset(folder + 1, 'x', sizeof(folder) - 2);
    struct command_line line;
    struct options options;
    parse(ARGUMENTS("--dev", "--state-dir", folder), &line, &options);
    struct presets presets;
    struct settings_inputs inputs;
    struct err err = ERR_INIT;
    cr_expect_eq(options_inputs(&options, &NOWHERE, &presets, &inputs, &err), ERR_CONFIG);
    char *expected =
        mem_format("--state-dir: %s: the path of the state folder has 119 bytes; with the socket "
                   "of Redis in it the system allows 90",
                   folder);
    cr_expect_str_eq(err.message, expected);
    mem_free(&expected);
    presets_deinit(&presets);
    options_deinit(&options);
    command_line_deinit(&line);
}

Test(options, dev_has_a_state_folder_of_its_own)
{
    struct command_line line;
    struct options options;
    cr_assert_eq(setenv("XDG_STATE_HOME", "/xdg", 1), 0);
    parse(ARGUMENTS("--dev"), &line, &options);
    cr_expect_str_eq(options.state_folder, "/xdg/packreport");
    options_deinit(&options);
    command_line_deinit(&line);
    cr_assert_eq(setenv("XDG_STATE_HOME", "relative", 1), 0);
    cr_assert_eq(setenv("HOME", "/home/someone", 1), 0);
    parse(ARGUMENTS("--dev"), &line, &options);
    cr_expect_str_eq(options.state_folder, "/home/someone/.local/state/packreport");
    options_deinit(&options);
    command_line_deinit(&line);
}

static void parse_and_end(const char *const *arguments)
{
    struct command_line line;
    struct options options;
    cr_redirect_stderr();
    cr_redirect_stdout();
    parse(arguments, &line, &options);
    options_deinit(&options);
    command_line_deinit(&line);
}

Test(options, an_unknown_option_is_a_usage_error, .exit_code = 64)
{
    parse_and_end(ARGUMENTS("--nonsense"));
}

Test(options, an_argument_that_is_no_option_is_a_usage_error, .exit_code = 64)
{
    parse_and_end(ARGUMENTS("nonsense"));
}

Test(options, a_state_folder_without_dev_is_a_usage_error, .exit_code = 64)
{
    parse_and_end(ARGUMENTS("--state-dir", "/s"));
}

Test(options, two_modes_are_a_usage_error, .exit_code = 64)
{
    parse_and_end(ARGUMENTS("--print-config", "--check-config"));
}

Test(options, help_ends_well, .exit_code = 0)
{
    parse_and_end(ARGUMENTS("--help"));
    cr_assert_fail("--help came back");
}

Test(options, version_ends_well, .exit_code = 0)
{
    parse_and_end(ARGUMENTS("--version"));
    cr_assert_fail("--version came back");
}
