// SPDX-License-Identifier: MIT
#include "base/file.h"
#include "base/limits.h"
#include "cli.h"
#include "domain/bad_lines.h"
#include "domain/rule_case.h"
#include "eval/lint.h"
#include "judge_options.h"
#include "problems.h"
#include "rules_check_view.h"
#include "source/catalogue.h"
#include "source/inventory.h"
#include "source/seal.h"

#include <stdio.h>
#include <string.h>

enum { KEY_PACK = 'p', KEY_INVENTORY = 'i' };
enum { KEY_FORMAT = 7400, KEY_FAIL_ON, KEY_JSON };

enum check_format { FORMAT_TEXT, FORMAT_JSON, FORMAT_SARIF, FORMATS };
static const char *const FORMAT_NAMES[] = {"text", "json", "sarif"};

struct rules_check {
    char **paths;
    size_t path_count;
    const char *pack;
    const char *inventory;
    enum check_format format;
    enum lint_severity fail_on;
    bool strict_vendor;

    // as it runs
    struct lint *lint;
    struct rules_checked checked;
    struct diags bad_lines;
};

static const struct argp_option OPTIONS[] = {
    {"pack", KEY_PACK, "FILE", 0, "Also check the rules against this compliance pack", 0},
    {"inventory", KEY_INVENTORY, "FILE", 0,
     "Also check types, paths and operators against the resources of an inventory, in any form "
     "that evaluate takes; - is standard input",
     0},
    {"fail-on", KEY_FAIL_ON, "SEVERITY", 0,
     "Exit status 1 when there is a warning, or a note (and above)", 0},
    {"format", KEY_FORMAT, "FORMAT", 0, "text (default), json, or sarif: SARIF 2.1.0", 0},
    {"json", KEY_JSON, 0, 0, "As --format json", 0},
    {0},
};

static void parse_format(const char *value, enum check_format *format,
                         const struct argp_state *state)
{
    for (size_t i = 0; i < FORMATS; i++) {
        if (strcmp(value, FORMAT_NAMES[i]) == 0) {
            *format = (enum check_format)i;
            return;
        }
    }
    argp_error(state, "--format takes text, json or sarif, not \"%.40s\"", value);
}

static void parse_fail_on(const char *value, enum lint_severity *fail_on,
                          const struct argp_state *state)
{
    for (int severity = LINT_NOTE; severity <= LINT_WARNING; severity++) {
        if (strcmp(value, lint_severity_text((enum lint_severity)severity)) == 0) {
            *fail_on = (enum lint_severity)severity;
            return;
        }
    }
    argp_error(state, "--fail-on takes warning or note, not \"%.40s\"", value);
}

static error_t parse_option(int key, char *value, struct argp_state *state)
{
    struct rules_check *check = state->input;
    switch (key) {
    case KEY_PACK:
        check->pack = value;
        return 0;
    case KEY_INVENTORY:
        check->inventory = value;
        return 0;
    case KEY_FAIL_ON:
        parse_fail_on(value, &check->fail_on, state);
        return 0;
    case KEY_FORMAT:
        parse_format(value, &check->format, state);
        return 0;
    case KEY_JSON:
        check->format = FORMAT_JSON;
        return 0;
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &check->strict_vendor;
        return 0;
    case ARGP_KEY_ARGS:
        check->paths = state->argv + state->next;
        check->path_count = (size_t)(state->argc - state->next);
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "PATH is missing: folders of rules, or rule files");
        return EINVAL;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_child CHILDREN[] = {{&strict_option_argp, 0, 0, 0}, {0}};
static const struct argp ARGP = {
    .options = OPTIONS,
    .parser = parse_option,
    .children = CHILDREN,
    .args_doc = "PATH...",
    .doc = "Look for faults in rules: what breaks them, and what can hardly be meant. All findings "
           "are listed in docs/writing-rules.md.\v"
           "Examples:\n"
           "  packreport rules check rules/\n"
           "  packreport rules check rules/ --pack pack.json --inventory inventory.ndjson\n"
           "  packreport rules check rules/ --fail-on warning --format sarif > rules.sarif\n\n"
           "Exit status 0: nothing that has to be mended; 1: something that --fail-on names; 3: an "
           "error; 65, 66, 74: an input is wrong, not there, not readable.",
};

// ---- files

typedef void (*file_cb)(struct rules_check *check, const char *path, struct span text);

static enum err_kind read_each(struct rules_check *check, const struct file_names *paths,
                               size_t limit, file_cb on_file, struct err *err)
{
    for (size_t i = 0; i < paths->count; i++) {
        struct buf text;
        buf_init(&text, limit);
        enum err_kind kind = file_read(paths->names[i], &text, err);
        if (kind == ERR_OK) {
            on_file(check, paths->names[i], (struct span){buf_text(&text), text.len});
        }
        buf_deinit(&text);
        if (kind != ERR_OK) {
            return kind;
        }
    }
    return ERR_OK;
}

static void add_rules(struct rules_check *check, const char *path, struct span text)
{
    lint_add_file(check->lint, path, text);
    check->checked.files++;
}

static enum err_kind add_path(struct rules_check *check, const char *path, struct err *err)
{
    struct file_names paths = {0};
    enum err_kind kind = source_list_rule_files(path, &paths, err);
    if (kind == ERR_OK && paths.count == 0) {
        kind = err_set(err, ERR_INVALID, "%s: holds no *.json files with rules", path);
    }
    if (kind == ERR_OK) {
        kind = read_each(check, &paths, LIMIT_RULE_FILE_BYTES, add_rules, err);
    }
    file_names_deinit(&paths);
    return kind;
}

static void add_cases(struct rules_check *check, const char *path, struct span text)
{
    struct rule_case_set cases = {0};
    struct diags diags;
    struct err err = ERR_INIT;
    diags_init(&diags);
    (void)rule_case_set_add(&cases, text.bytes, text.len, path, &diags, &err);
    lint_add_text(check->lint, path, text);
    lint_add_diags(check->lint, &diags);
    diags_deinit(&diags);
    rule_case_set_deinit(&cases);
}

// The cases beside the rules, and the seal of the folder.
static enum err_kind add_surroundings(struct rules_check *check, const char *path, struct err *err)
{
    struct file_names paths = {0};
    struct diags diags;
    diags_init(&diags);
    enum err_kind kind = source_list_case_files(path, &paths, err);
    if (kind == ERR_OK) {
        kind = read_each(check, &paths, LIMIT_CASE_FILE_BYTES, add_cases, err);
    }
    if (kind == ERR_OK && file_is_folder(path)) {
        kind = source_warn_of_left_out(path, &diags, err);
    }
    if (kind == ERR_OK) {
        kind = seal_verify(path, &diags, err);
        lint_add_diags(check->lint, &diags);
    }
    diags_deinit(&diags);
    file_names_deinit(&paths);
    return kind;
}

static enum err_kind read_rules(struct rules_check *check, struct err *err)
{
    enum err_kind kind = ERR_OK;
    for (size_t i = 0; i < check->path_count && kind == ERR_OK; i++) {
        kind = add_path(check, check->paths[i], err);
    }
    if (kind == ERR_OK) {
        lint_compile(check->lint);
        check->checked.rules = lint_rule_count(check->lint);
    }
    for (size_t i = 0; i < check->path_count && kind == ERR_OK; i++) {
        kind = add_surroundings(check, check->paths[i], err);
    }
    return kind;
}

// ---- pack and inventory

static enum err_kind read_pack(struct rules_check *check, struct err *err)
{
    struct buf text;
    struct pack *pack = NULL;
    struct diags diags;
    diags_init(&diags);
    buf_init(&text, LIMIT_PACK_BYTES);
    enum err_kind kind = file_read(check->pack, &text, err);
    if (kind == ERR_OK) {
        kind = pack_load(buf_text(&text), text.len, check->pack, &pack, &diags, err);
    }
    if (kind == ERR_OK) {
        lint_bind(check->lint, pack, check->pack, (struct span){buf_text(&text), text.len});
    } else {
        (void)err_prefix(err, "pack");
    }
    pack_destroy(&pack);
    buf_deinit(&text);
    diags_deinit(&diags);
    return kind;
}

static enum err_kind read_blocks(struct rules_check *check, struct inventory *inventory,
                                 struct err *err)
{
    for (;;) {
        struct inventory_block found = {0};
        if (inventory_next(inventory, &found, &check->bad_lines, err) != ERR_OK) {
            return err->kind;
        }
        if (found.len == 0) {
            return ERR_OK;
        }
        const struct eval_block block = {.bytes = found.bytes,
                                         .len = found.len,
                                         .first_line = found.first.line,
                                         .first_offset = found.first.offset,
                                         .origins = found.origins};
        check->checked.records += lint_look_at(check->lint, &block, &check->bad_lines);
        inventory_block_deinit(&found);
    }
}

static enum err_kind read_inventory(struct rules_check *check, struct err *err)
{
    struct inventory *inventory = NULL;
    enum err_kind kind = inventory_open(check->inventory, INVENTORY_BLOCK_BYTES, &inventory, err);
    if (kind == ERR_OK) {
        inventory_skip_digest(inventory);
        kind = read_blocks(check, inventory, err);
    }
    inventory_close(&inventory);
    check->checked.has_inventory = true;
    return kind != ERR_OK ? err_prefix(err, "inventory")
                          : bad_lines_check_any(check->inventory, check->checked.records,
                                                check->bad_lines.errors, &check->bad_lines, err);
}

static enum err_kind read_all(struct rules_check *check, struct err *err)
{
    enum err_kind kind = read_rules(check, err);
    if (kind == ERR_OK && check->pack != NULL) {
        kind = read_pack(check, err);
    }
    if (kind == ERR_OK && check->inventory != NULL) {
        kind = read_inventory(check, err);
    }
    return kind;
}

// ---- what came of it

static int exit_status_of(const struct rules_check *check)
{
    const size_t *of = check->checked.findings->of;
    if (of[LINT_ERROR] > 0) {
        return CLI_BROKEN;
    }
    bool fails = (check->fail_on <= LINT_WARNING && of[LINT_WARNING] > 0) ||
                 (check->fail_on == LINT_NOTE && of[LINT_NOTE] > 0);
    return fails ? CLI_NO : CLI_OK;
}

static int print(struct rules_check *check)
{
    check->checked.findings = lint_finish(check->lint);
    if (check->bad_lines.errors > 0) {
        problems_print_inventory(&check->bad_lines, check->inventory);
    }
    if (check->format == FORMAT_JSON) {
        cli_print_json(rules_check_json(&check->checked));
    } else if (check->format == FORMAT_SARIF) {
        cli_print_json(rules_check_sarif(&check->checked));
    } else {
        rules_check_print_text(&check->checked);
    }
    return exit_status_of(check);
}

int cli_rules_check(int argc, char **argv)
{
    struct rules_check check = {.fail_on = LINT_ERROR};
    cli_parse(&ARGP, argc, argv, &check);
    struct err err = ERR_INIT;
    diags_init(&check.bad_lines);
    check.lint = lint_create(check.strict_vendor);
    int status = read_all(&check, &err) == ERR_OK ? print(&check) : cli_fail("rules check", &err);
    lint_destroy(&check.lint);
    diags_deinit(&check.bad_lines);
    return status;
}
