// SPDX-License-Identifier: MIT
#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "daemon.h"
#include "options.h"
#include "settings/presets.h"
#include "settings/print.h"
#include "settings/settings.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EXECUTABLE_PATH_BYTES = 4096 };

// NULL when the folder holds no sample content. mem_free.
static char *share_folder_at(const char *program_folder, const char *relative)
{
    char *named = file_join(program_folder, relative);
    char *real = realpath(named, NULL);
    mem_free(&named);
    if (real == NULL) {
        return NULL;
    }
    char *rules = file_join(real, "rules");
    if (!file_is_folder(rules)) {
        mem_free(&real);
    }
    mem_free(&rules);
    return real;
}

// The sample content. Looked for from where the program lies, so that an installation may be moved;
// where it was meant to be installed comes last. mem_free.
static char *find_share_folder(void)
{
    char program[EXECUTABLE_PATH_BYTES];
    char *found = NULL;
    ssize_t len = readlink("/proc/self/exe", program, sizeof(program) - 1);
    if (len > 0) {
        program[len] = '\0';
        *strrchr(program, '/') = '\0';
        found = share_folder_at(program, "../share/packreport"); // <prefix>/bin/packreportd
        if (found == NULL) {
            found = share_folder_at(program, "../../share"); // build/<preset>/packreportd
        }
    }
    return found != NULL ? found : mem_text(PACKREPORT_SHARE_DIR);
}

static int fail(const struct err *err)
{
    (void)fprintf(stderr, "packreportd: %s\n", err->message);
    return err_kind_exit_status(err->kind);
}

static int print_and_free(struct buf *text)
{
    (void)fputs(buf_text(text), stdout);
    buf_deinit(text);
    return EXIT_SUCCESS;
}

static int print_config(const struct settings *settings)
{
    struct buf text;
    buf_init(&text, SETTINGS_PRINT_BYTES_MAX);
    settings_print_config(settings, &text);
    return print_and_free(&text);
}

static int print_settings_doc(void)
{
    struct buf text;
    buf_init(&text, SETTINGS_PRINT_BYTES_MAX);
    settings_print_doc(&text);
    return print_and_free(&text);
}

static int run(const struct options *options, const struct settings_inputs *inputs,
               struct settings *settings)
{
    struct err err = ERR_INIT;
    if (options->mode == OPTIONS_PRINT_CONFIG) {
        return print_config(settings);
    }
    if (options->mode == OPTIONS_CHECK_CONFIG) {
        return daemon_check(settings);
    }
    if (settings_check_files(settings, NULL, &err) != ERR_OK) {
        return fail(&err);
    }
    const struct daemon_inputs daemon = {
        .settings = settings,
        .reload = inputs,
        .dev_state_folder = options->dev ? options->state_folder : NULL,
    };
    return daemon_run(&daemon);
}

static void on_fault(void *context, const struct err *err)
{
    bool *is_told = context;
    *is_told = true;
    (void)fail(err);
}

static int load_and_run(const struct options *options,
                        const struct options_surroundings *surroundings)
{
    struct err err = ERR_INIT;
    struct presets presets = {0};
    struct settings_inputs inputs;
    struct settings settings;
    if (!options->dev && options->config == NULL && !file_exists(OPTIONS_DEFAULT_CONFIG)) {
        (void)err_set(&err, ERR_CONFIG,
                      "no settings: %s is not there; name a file with --config, or try --dev",
                      OPTIONS_DEFAULT_CONFIG);
        return fail(&err);
    }
    if (options_inputs(options, surroundings, &presets, &inputs, &err) != ERR_OK) {
        return fail(&err);
    }
    int status;
    bool is_told = false;
    const struct settings_faults faults = {.on_fault = on_fault, .context = &is_told};
    inputs.faults = options->mode == OPTIONS_CHECK_CONFIG ? &faults : NULL;
    if (settings_load(&inputs, &settings, &err) != ERR_OK) {
        status = is_told ? err_kind_exit_status(err.kind) : fail(&err);
    } else {
        status = run(options, &inputs, &settings);
        settings_deinit(&settings);
    }
    presets_deinit(&presets);
    return status;
}

int main(int argc, char **argv)
{
    (void)signal(SIGPIPE, SIG_IGN); // hiredis writes without MSG_NOSIGNAL
    struct options options;
    options_parse(argc, argv, &options);
    if (options.mode == OPTIONS_PRINT_SETTINGS_DOC) {
        options_deinit(&options);
        return print_settings_doc();
    }
    char *share_folder = find_share_folder();
    const struct options_surroundings surroundings = {
        .share_folder = share_folder, .credentials_folder = getenv("CREDENTIALS_DIRECTORY")};
    int status = load_and_run(&options, &surroundings);
    mem_free(&share_folder);
    options_deinit(&options);
    return status;
}
