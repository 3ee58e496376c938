// SPDX-License-Identifier: MIT
#include "base/file.h"
#include "base/mem.h"
#include "cli.h"
#include "source/seal.h"

#include <stdio.h>

enum { KEY_JSON = 7000 };

struct rules_seal {
    const char *folder;
    bool json;
};

static const struct argp_option OPTIONS[] = {
    {"json", KEY_JSON, 0, 0, "The result as JSON", 0},
    {0},
};

static error_t parse_option(int key, char *value, struct argp_state *state)
{
    struct rules_seal *seal = state->input;
    switch (key) {
    case KEY_JSON:
        seal->json = true;
        return 0;
    case ARGP_KEY_ARG:
        if (seal->folder != NULL) {
            argp_error(state, "unexpected argument \"%s\"; one folder is sealed at a time", value);
        }
        seal->folder = value;
        return 0;
    case ARGP_KEY_END:
        if (seal->folder == NULL) {
            argp_error(state, "FOLDER is missing: the folder of rules to seal");
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp ARGP = {
    .options = OPTIONS,
    .parser = parse_option,
    .args_doc = "FOLDER",
    .doc =
        "Write " SEAL_FILE " into a folder of rules: the SHA-256 of each of its rule files. From "
        "then on the rules of a file that differs from it, or that it does not list, are "
        "broken: their check items become ERROR instead of what a changed rule would say.\v"
        "Examples:\n"
        "  packreport rules seal rules/\n"
        "  (cd rules/ && sha256sum -c " SEAL_FILE ")\n\n"
        "Exit status 0: the folder is sealed; 65: it holds no rule files; 66, 74: it is not "
        "there, cannot be read or written.",
};

static void print_result(const struct rules_seal *seal, const struct seal_result *result)
{
    char *path = file_join(seal->folder, SEAL_FILE);
    if (seal->json) {
        cli_print_json(json_pack("{s:s,s:I,s:b}", "file", path, "ruleFiles",
                                 (json_int_t)result->files, "changed", (int)result->is_changed));
    } else {
        (void)printf("%s: %zu rule file%s, %s\n", path, result->files,
                     result->files == 1 ? "" : "s", result->is_changed ? "sealed" : "unchanged");
    }
    mem_free(&path);
}

int cli_rules_seal(int argc, char **argv)
{
    struct rules_seal seal = {0};
    cli_parse(&ARGP, argc, argv, &seal);
    struct err err = ERR_INIT;
    struct seal_result result;
    if (file_exists(seal.folder) && !file_is_folder(seal.folder)) {
        (void)err_set(&err, ERR_INVALID,
                      "%s is a file; the folder that it lies in is what can be sealed",
                      seal.folder);
        return cli_fail("rules seal", &err);
    }
    if (seal_write(seal.folder, &result, &err) != ERR_OK) {
        return cli_fail("rules seal", &err);
    }
    print_result(&seal, &result);
    return CLI_OK;
}
