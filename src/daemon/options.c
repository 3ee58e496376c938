// SPDX-License-Identifier: MIT
#include "options.h"

#include "base/mem.h"
#include "redis/tls.h"
#include "settings/print.h"

#include <argp.h>
#include <stdio.h>
#include <string.h>

enum option_key {
    KEY_CONFIG = 'c',
    KEY_SET = 's',
    KEY_DEV = 0x100, // past the characters: no short form
    KEY_STATE_DIR,
    KEY_CHECK_CONFIG,
    KEY_PRINT_CONFIG,
    KEY_PRINT_SETTINGS_DOC,
};

static const struct argp_option OPTIONS[] = {
    {"config", KEY_CONFIG, "FILE", 0, "Read settings from FILE (" OPTIONS_DEFAULT_CONFIG ")", 0},
    {"set", KEY_SET, "SECTION.KEY=VALUE", 0, "Set one value, over the file; may be repeated", 0},
    {"dev", KEY_DEV, NULL, 0,
     "Run without any configuration: a private redis-server, sample packs and rules", 1},
    {"state-dir", KEY_STATE_DIR, "DIR", 0,
     "With --dev: where Redis and reports lie (~/.local/state/packreport)", 1},
    {"check-config", KEY_CHECK_CONFIG, NULL, 0, "Check the settings and end", 2},
    {"print-config", KEY_PRINT_CONFIG, NULL, 0,
     "Print the settings that count, and where each comes from, and end", 2},
    {"print-settings-doc", KEY_PRINT_SETTINGS_DOC, NULL, 0,
     "Print the reference of the settings as Markdown, and end", 2},
    {0},
};

static void set_mode(struct options *options, enum options_mode mode, struct argp_state *state)
{
    if (options->mode != OPTIONS_RUN && options->mode != mode) {
        argp_error(state, "--check-config, --print-config and --print-settings-doc exclude each "
                          "other");
    }
    options->mode = mode;
}

static void finish(struct options *options, struct argp_state *state)
{
    if (options->state_folder != NULL && !options->dev) {
        argp_error(state, "--state-dir needs --dev");
    }
    if (options->dev && options->state_folder == NULL) {
        options->state_folder = settings_dev_state_dir();
    }
}

static error_t on_option(int key, char *argument, struct argp_state *state)
{
    struct options *options = state->input;
    switch (key) {
    case KEY_CONFIG:
        options->config = argument;
        return 0;
    case KEY_SET:
        options->assignments[options->assignment_count++] = argument;
        return 0;
    case KEY_DEV:
        options->dev = true;
        return 0;
    case KEY_STATE_DIR:
        mem_free(&options->state_folder);
        options->state_folder = settings_dev_absolute(argument);
        return 0;
    case KEY_CHECK_CONFIG:
        set_mode(options, OPTIONS_CHECK_CONFIG, state);
        return 0;
    case KEY_PRINT_CONFIG:
        set_mode(options, OPTIONS_PRINT_CONFIG, state);
        return 0;
    case KEY_PRINT_SETTINGS_DOC:
        set_mode(options, OPTIONS_PRINT_SETTINGS_DOC, state);
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "\"%s\" is not an option; packreportd takes no other arguments",
                   argument);
        return 0;
    case ARGP_KEY_END:
        finish(options, state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

// argp asks for the text behind the options and frees what it gets, unless it is its own.
static char *add_settings(int key, const char *text, void *input)
{
    (void)input;
    if (key != ARGP_KEY_HELP_POST_DOC) {
        return (char *)text; // NOLINT(cppcoreguidelines-pro-type-const-cast): argp's own type
    }
    struct buf out;
    buf_init(&out, SETTINGS_PRINT_BYTES_MAX);
    settings_print_help(&out);
    (void)buf_append_text(&out, "\nExit statuses: 0 ended in order, 64 wrong command line, "
                                "78 wrong settings; docs/operations.md has all.");
    return buf_take(&out);
}

static void print_version(FILE *stream, struct argp_state *state)
{
    (void)state;
    (void)fprintf(stream, "packreportd " PACKREPORT_VERSION "\n%s\n", redis_tls_support());
}

void options_parse(int argc, char **argv, struct options *options_out)
{
    static const struct argp PARSER = {
        .options = OPTIONS,
        .parser = on_option,
        .doc = "Takes compliance-report requests from Redis and makes the reports.\v",
        .help_filter = add_settings,
    };
    argp_program_version_hook = print_version;
    // No more --set than there are arguments.
    *options_out =
        (struct options){.assignments = mem_alloc((size_t)argc + 1, sizeof(const char *))};
    // Every failure of the parser ends the process.
    (void)argp_parse(&PARSER, argc, argv, ARGP_IN_ORDER, NULL, options_out);
}

void options_deinit(struct options *options)
{
    mem_free(&options->state_folder);
    mem_free(&options->assignments);
    options->assignment_count = 0;
}

enum err_kind options_inputs(const struct options *options,
                             const struct options_surroundings *surroundings,
                             struct presets *presets_out, struct settings_inputs *inputs_out,
                             struct err *err)
{
    *presets_out = (struct presets){0};
    if (options->dev && presets_add_dev(presets_out, options->state_folder,
                                        surroundings->share_folder, err) != ERR_OK) {
        return err_prefix(err, "--state-dir");
    }
    const char *credentials = surroundings->credentials_folder;
    if (credentials != NULL && credentials[0] != '\0') {
        presets_add(presets_out, "$CREDENTIALS_DIRECTORY", "credentials.path", credentials);
    }
    const char *default_file = options->dev ? NULL : OPTIONS_DEFAULT_CONFIG;
    *inputs_out = (struct settings_inputs){
        .file = options->config != NULL ? options->config : default_file,
        .presets = presets_out->items,
        .preset_count = presets_out->count,
        .assignments = options->assignments,
        .assignment_count = options->assignment_count,
    };
    return ERR_OK;
}
