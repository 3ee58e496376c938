// SPDX-License-Identifier: MIT
#include "eval/rules_diff.h"
#include "base/clock.h"

#include "cli.h"
#include "domain/bad_lines.h"
#include "judge_options.h"
#include "places.h"
#include "problems.h"
#include "rules_diff_view.h"
#include "rules_load.h"
#include "source/catalogue.h"
#include "source/inventory.h"

#include <stdio.h>

enum { KEY_PACK = 'p', KEY_INVENTORY = 'i' };
enum { KEY_ALL = 7300, KEY_JSON };

struct rules_diff_command {
    const char *paths[2];
    const char *pack;
    const char *inventory;
    struct judge_options judge;
    struct rules_diff_view view;
};

static const struct argp_option OPTIONS[] = {
    {"inventory", KEY_INVENTORY, "FILE", 0,
     "Resources to judge, in any form that evaluate takes; - is standard input", 0},
    {"pack", KEY_PACK, "FILE", 0, "Look only at rules that this compliance pack uses", 0},
    {"all", KEY_ALL, 0, 0, "List every finding that changes, not the first 100 only", 0},
    {"json", KEY_JSON, 0, 0, "The result as JSON", 0},
    {0},
};

static void take_path(struct rules_diff_command *command, const char *value,
                      const struct argp_state *state)
{
    for (size_t i = 0; i < ARRAY_LEN(command->paths); i++) {
        if (command->paths[i] == NULL) {
            command->paths[i] = value;
            return;
        }
    }
    argp_error(state, "unexpected argument \"%s\"; two rule sets are compared", value);
}

static void check(const struct rules_diff_command *command, const struct argp_state *state)
{
    if (command->paths[1] == NULL) {
        argp_error(state, "BEFORE and AFTER are required: folders of rules, or rule files");
    } else if (command->inventory == NULL) {
        argp_error(state, "--inventory is required");
    }
}

static error_t parse_option(int key, char *value, struct argp_state *state)
{
    struct rules_diff_command *command = state->input;
    switch (key) {
    case KEY_INVENTORY:
        command->inventory = value;
        return 0;
    case KEY_PACK:
        command->pack = value;
        return 0;
    case KEY_ALL:
        command->view.all = true;
        return 0;
    case KEY_JSON:
        command->view.json = true;
        return 0;
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &command->judge;
        return 0;
    case ARGP_KEY_ARG:
        take_path(command, value, state);
        return 0;
    case ARGP_KEY_END:
        check(command, state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_child CHILDREN[] = {{&judge_options_argp, 0, 0, 0}, {0}};
static const struct argp ARGP = {
    .options = OPTIONS,
    .parser = parse_option,
    .children = CHILDREN,
    .args_doc = "BEFORE AFTER",
    .doc = "Show which findings a change of rules would change, on an inventory: rules of the same "
           "id are held against each other. Waivers are left out.\v"
           "Examples:\n"
           "  packreport rules diff old-rules/ rules/ --inventory inventory.ndjson\n"
           "  packreport rules diff old-rules/ rules/ --pack pack.json --all --json \\\n"
           "      --inventory inventory.ndjson.gz\n\n"
           "Exit status 0: nothing changes; 1: findings change; 3: a rule of AFTER is broken; 65, "
           "66, 74: an input is wrong, not there, not readable.",
};

// ---- the run

static enum err_kind run_inventory(struct rules_diff_command *command, struct rules_diff *diff,
                                   struct diags *problems, struct err *err)
{
    struct inventory *inventory = NULL;
    if (inventory_open(command->inventory, INVENTORY_BLOCK_BYTES, &inventory, err) != ERR_OK) {
        return err_prefix(err, "inventory");
    }
    inventory_skip_digest(inventory);
    const struct rules_diff_sink sink = {&command->view, rules_diff_view_change};
    enum err_kind kind = ERR_OK;
    bool is_over = false;
    while (!is_over && kind == ERR_OK) {
        struct inventory_block found = {0};
        kind = inventory_next(inventory, &found, problems, err);
        is_over = kind != ERR_OK || found.len == 0;
        if (!is_over) {
            const struct eval_block block = {.bytes = found.bytes,
                                             .len = found.len,
                                             .first_line = found.first.line,
                                             .first_offset = found.first.offset,
                                             .origins = found.origins};
            rules_diff_run_block(diff, &block, &sink, problems);
        }
        inventory_block_deinit(&found);
    }
    inventory_close(&inventory);
    return kind == ERR_OK ? ERR_OK : err_prefix(err, "inventory");
}

static int exit_status_of(const struct rules_diff_totals *totals, const struct rules_loaded *after)
{
    if (after->problems.errors > 0) {
        return CLI_BROKEN;
    }
    return totals->came + totals->went + totals->changed > 0 ? CLI_NO : CLI_OK;
}

static int run(struct rules_diff_command *command, const struct rules_loaded loaded[2],
               const struct pack *pack)
{
    const struct rules_diff_input input = {
        .before = loaded[0].rules,
        .after = loaded[1].rules,
        .pack = pack,
        .as_of_ms = judge_options_as_of(&command->judge, clock_wall_ms())};
    struct rules_diff *diff = rules_diff_create(&input);
    struct diags problems;
    struct err err = ERR_INIT;
    diags_init(&problems);
    rules_diff_view_begin(&command->view);
    enum err_kind kind = run_inventory(command, diff, &problems, &err);
    struct rules_diff_totals totals = rules_diff_totals(diff);
    totals.bad_lines = problems.errors; // with those that were left out before they were judged
    if (kind == ERR_OK) {
        kind = bad_lines_check_any(command->inventory, totals.records, totals.bad_lines, &problems,
                                   &err);
    }
    if (kind == ERR_OK || command->view.json) {
        rules_diff_view_end(&command->view, &totals);
    }
    problems_print_inventory(&problems, command->inventory);
    int status =
        kind == ERR_OK ? exit_status_of(&totals, &loaded[1]) : cli_fail("rules diff", &err);
    diags_deinit(&problems);
    rules_diff_destroy(&diff);
    return status;
}

static enum err_kind load_all(const struct rules_diff_command *command,
                              struct rules_loaded loaded[2], struct pack **pack, struct err *err)
{
    struct places *places = places_create();
    struct diags pack_problems;
    diags_init(&pack_problems);
    enum err_kind kind = ERR_OK;
    for (size_t i = 0; i < 2 && kind == ERR_OK; i++) {
        bool is_first = i == 0 && rules_load_none(command->paths[i], &loaded[i]);
        if (!is_first) {
            kind = rules_load(command->paths[i], command->judge.strict_vendor, &loaded[i], err);
        }
        if (kind == ERR_OK) {
            places_locate(places, &loaded[i].problems);
            problems_print(&loaded[i].problems, NULL, SIZE_MAX);
        }
    }
    if (kind == ERR_OK && command->pack != NULL) {
        kind = source_load_pack(command->pack, pack, &pack_problems, err);
    }
    diags_deinit(&pack_problems);
    places_destroy(&places);
    return kind;
}

int cli_rules_diff(int argc, char **argv)
{
    struct rules_diff_command command = {0};
    cli_parse(&ARGP, argc, argv, &command);
    struct err err = ERR_INIT;
    struct rules_loaded loaded[2] = {0};
    struct pack *pack = NULL;
    int status = load_all(&command, loaded, &pack, &err) == ERR_OK ? run(&command, loaded, pack)
                                                                   : cli_fail("rules diff", &err);
    pack_destroy(&pack);
    rules_loaded_deinit(&loaded[0]);
    rules_loaded_deinit(&loaded[1]);
    return status;
}
