// SPDX-License-Identifier: MIT
#include "eval/explain.h"
#include "base/clock.h"

#include "base/file.h"
#include "base/limits.h"
#include "cli.h"
#include "explain_all.h"
#include "explain_view.h"
#include "judge_options.h"
#include "one_record.h"
#include "rules_load.h"

#include <stdio.h>

enum { KEY_RULE = 'r', KEY_RESOURCE = 'f', KEY_INVENTORY = 'i' };
enum { KEY_RULES = 7100, KEY_ID, KEY_JSON };
enum { OUTPUT_BYTES = 64 * 1024 * 1024 };

struct explain {
    const char *rule;
    const char *rules;
    struct one_record record;
    struct judge_options judge;
    bool json;
};

static const struct argp_option OPTIONS[] = {
    {"rule", KEY_RULE, "RULE", 0, "Id of a rule of --rules, or a file that holds one rule", 0},
    {"rules", KEY_RULES, "PATH", 0,
     "Folder of rule files, or one file, to find the id in; without --rule: all of its rules that "
     "are for the resource's type",
     0},
    {"resource", KEY_RESOURCE, "FILE", 0,
     "The resource: a file with one record, JSON of any layout; - is standard input", 0},
    {"inventory", KEY_INVENTORY, "FILE", 0, "An inventory to take the resource with --id from", 0},
    {"id", KEY_ID, "ID", 0, "resourceId of the resource in --inventory", 0},
    {"json", KEY_JSON, 0, 0, "ComplianceType and RuleConditionContext as DryRunConfigRule has them",
     0},
    {0},
};

static void check(const struct explain *explain, const struct argp_state *state)
{
    const struct one_record *record = &explain->record;
    if (explain->rule == NULL && explain->rules == NULL) {
        argp_error(state, "--rule, --rules, or both are required");
    }
    if ((record->path != NULL) == (record->inventory != NULL)) {
        argp_error(state, "one of --resource FILE, and --inventory FILE with --id ID, is required");
    }
    if ((record->inventory != NULL) != (record->id != NULL)) {
        argp_error(state, "--inventory and --id go together");
    }
}

static error_t parse_option(int key, char *value, struct argp_state *state)
{
    struct explain *explain = state->input;
    switch (key) {
    case KEY_RULE:
        explain->rule = value;
        return 0;
    case KEY_RULES:
        explain->rules = value;
        return 0;
    case KEY_RESOURCE:
        explain->record.path = value;
        return 0;
    case KEY_INVENTORY:
        explain->record.inventory = value;
        return 0;
    case KEY_ID:
        explain->record.id = value;
        return 0;
    case KEY_JSON:
        explain->json = true;
        return 0;
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &explain->judge;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "unexpected argument \"%s\"", value);
        return EINVAL;
    case ARGP_KEY_END:
        check(explain, state);
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
    .doc = "Show how a rule comes to its verdict on one resource: what each clause wanted, what it "
           "found, and which of them decided; or why the rule does not apply.\v"
           "Examples:\n"
           "  packreport explain --rule my-rule.json --resource resource.json\n"
           "  packreport explain --rules rules/ --rule rds-no-public-ip \\\n"
           "      --inventory inventory.ndjson --id db-1\n"
           "  packreport explain --rules rules/ --inventory inventory.ndjson --id db-1\n\n"
           "Exit status 0: the resource is compliant; 1: it is not, there is not enough data, or "
           "the rule does not apply; 3: a rule is broken; 65, 66, 74: an input is wrong, not "
           "there, not readable. Of several rules a scope that keeps the resource out is no "
           "reason for 1; that none is for its type is.",
};

// The rule that --rule means.
static enum err_kind find_rule(const struct explain *explain, struct rules_loaded *loaded,
                               size_t *index_out, struct err *err)
{
    const char *path = explain->rules != NULL ? explain->rules : explain->rule;
    if (explain->rules == NULL && !file_exists(path)) {
        return err_set(err, ERR_NOT_FOUND,
                       "--rule %s: there is no such file; with --rules PATH it may be the id of a "
                       "rule",
                       path);
    }
    if (rules_load(path, explain->judge.strict_vendor, loaded, err) != ERR_OK) {
        return err->kind;
    }
    if (explain->rules != NULL) {
        return rules_find(loaded, explain->rule, index_out, err);
    }
    size_t count = eval_rules_set(loaded->rules)->count;
    if (count != 1) {
        return err_set(err, ERR_INVALID, "%s holds %zu rules; choose one: --rules %s --rule ID",
                       path, count, path);
    }
    *index_out = 0;
    return ERR_OK;
}

static int print(const struct explain *explain, const struct explanation *explanation,
                 int64_t as_of_ms)
{
    if (explain->json) {
        cli_print_json(explain_view_json(explanation, as_of_ms));
    } else {
        struct buf text;
        buf_init(&text, OUTPUT_BYTES);
        explain_view_text(explanation, style_of(stdout), &text);
        (void)fwrite(buf_text(&text), 1, text.len, stdout);
        buf_deinit(&text);
    }
    return explanation->outcome == OUTCOME_COMPLIANT ? CLI_OK : CLI_NO;
}

static int run(const struct explain *explain, const struct rules_loaded *loaded, size_t index)
{
    const struct rule *rule = &eval_rules_set(loaded->rules)->rules[index];
    if (rule->broken) {
        rules_print_problems(loaded, rule);
        return CLI_BROKEN;
    }
    struct err err = ERR_INIT;
    struct buf record;
    struct explanation *explanation = NULL;
    buf_init(&record, LIMIT_RECORD_BYTES);
    int64_t as_of_ms = judge_options_as_of(&explain->judge, clock_wall_ms());
    enum err_kind kind = one_record_read(&explain->record, rule, &record, &err);
    if (kind == ERR_OK) {
        const struct explain_input input = {.rules = loaded->rules,
                                            .index = index,
                                            .record = {buf_text(&record), record.len},
                                            .as_of_ms = as_of_ms};
        kind = explain_create(&input, &explanation, &err);
        if (kind != ERR_OK) {
            (void)err_prefix(&err, "the resource");
        }
    }
    int status = kind == ERR_OK ? print(explain, explanation, as_of_ms) : cli_fail("explain", &err);
    explain_destroy(&explanation);
    buf_deinit(&record);
    return status;
}

static int run_all(const struct explain *explain)
{
    struct err err = ERR_INIT;
    struct rules_loaded loaded = {0};
    struct buf record;
    buf_init(&record, LIMIT_RECORD_BYTES);
    int64_t as_of_ms = judge_options_as_of(&explain->judge, clock_wall_ms());
    bool ok = rules_load(explain->rules, explain->judge.strict_vendor, &loaded, &err) == ERR_OK &&
              one_record_read(&explain->record, NULL, &record, &err) == ERR_OK;
    int status = ok ? explain_all(&loaded, (struct span){buf_text(&record), record.len}, as_of_ms,
                                  explain->json)
                    : cli_fail("explain", &err);
    buf_deinit(&record);
    rules_loaded_deinit(&loaded);
    return status;
}

int cli_explain(int argc, char **argv)
{
    struct explain explain = {0};
    cli_parse(&ARGP, argc, argv, &explain);
    if (explain.rule == NULL) {
        return run_all(&explain);
    }
    struct err err = ERR_INIT;
    struct rules_loaded loaded = {0};
    size_t index = 0;
    int status = find_rule(&explain, &loaded, &index, &err) == ERR_OK
                     ? run(&explain, &loaded, index)
                     : cli_fail("explain", &err);
    rules_loaded_deinit(&loaded);
    return status;
}
