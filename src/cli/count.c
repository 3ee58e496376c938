// SPDX-License-Identifier: MIT
#include "base/clock.h"
#include "cli.h"
#include "domain/bad_lines.h"
#include "judge_options.h"
#include "problems.h"
#include "source/inventory.h"
#include "worker/counting.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { KEY_INVENTORY = 'i' };
enum { KEY_THREADS = 5000, KEY_JSON, KEY_CACHE };

struct count {
    struct rulebook_options rules;
    const char *inventory;
    const char *cache; // NULL: none
    int64_t threads;
    bool json;
};

static const struct argp_option OPTIONS[] = {
    {"inventory", KEY_INVENTORY, "FILE", 0,
     "Resources, in any form that `packreport evaluate` takes; - is standard input", 0},
    {"threads", KEY_THREADS, "N", 0, "Threads, 1 to 64 (default 1); the numbers are the same", 0},
    {"cache", KEY_CACHE, "FILE", 0,
     "Take what is known of records from FILE, and keep there what is found: records that are as "
     "they were are not judged again, and the numbers are the same",
     0},
    {"json", KEY_JSON, 0, 0, "The numbers as JSON", 0},
    {0},
};

static void check(const struct count *count, const struct argp_state *state)
{
    const struct cli_required required[] = {{"--rules", count->rules.paths.rules != NULL},
                                            {"--inventory", count->inventory != NULL}};
    cli_require(required, ARRAY_LEN(required), state);
}

static error_t parse_option(int key, char *value, struct argp_state *state)
{
    struct count *count = state->input;
    switch (key) {
    case KEY_INVENTORY:
        count->inventory = value;
        return 0;
    case KEY_THREADS:
        cli_parse_number("threads", value, 1, CLI_THREADS_MAX, &count->threads, state);
        return 0;
    case KEY_CACHE:
        count->cache = value;
        return 0;
    case KEY_JSON:
        count->json = true;
        return 0;
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &count->rules;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "unexpected argument \"%s\"", value);
        return EINVAL;
    case ARGP_KEY_END:
        check(count, state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_child CHILDREN[] = {{&rulebook_options_argp, 0, 0, 0}, {0}};
static const struct argp ARGP = {
    .options = OPTIONS,
    .parser = parse_option,
    .children = CHILDREN,
    .doc = "Count what rules find in an inventory, several times as fast as a report is made.\v"
           "Example:\n"
           "  packreport count --rules rules/ --inventory inventory.ndjson --threads 2\n\n"
           "Exit status 0: counted; 3: counted, but a rule is broken, or a waiver is and was left "
           "out; 65, 66, 74: an input is wrong, not there, not readable.",
};

static const enum outcome COLUMNS[] = {OUTCOME_COMPLIANT, OUTCOME_NON_COMPLIANT, OUTCOME_IGNORED,
                                       OUTCOME_INSUFFICIENT_DATA, OUTCOME_NOT_APPLICABLE};

static void print_text(const struct rule_set *set, const struct counting *counting)
{
    int width = (int)strlen("rule");
    for (size_t i = 0; i < set->count; i++) {
        int len = (int)strlen(set->rules[i].id);
        width = len > width ? len : width;
    }
    (void)printf("%-*s", width, "rule");
    for (size_t i = 0; i < ARRAY_LEN(COLUMNS); i++) {
        (void)printf("  %*s", (int)strlen(outcome_text(COLUMNS[i])), outcome_text(COLUMNS[i]));
    }
    (void)printf("\n");
    for (size_t rule = 0; rule < set->count; rule++) {
        (void)printf("%-*s", width, set->rules[rule].id);
        for (size_t i = 0; !set->rules[rule].broken && i < ARRAY_LEN(COLUMNS); i++) {
            (void)printf("  %*" PRIu64, (int)strlen(outcome_text(COLUMNS[i])),
                         counting->counts.rules[rule].of[COLUMNS[i]]);
        }
        (void)printf("%s\n", set->rules[rule].broken ? "  broken" : "");
    }
    (void)printf("\n%" PRIu64 " resources, %" PRIu64 " bad lines\n", counting->counts.records,
                 counting->counts.bad_lines);
}

static json_t *build_rule(const struct rule *rule, const struct outcome_counts *counts)
{
    json_t *of = json_object();
    for (size_t i = 0; i < ARRAY_LEN(COLUMNS); i++) {
        (void)json_object_set_new(of, outcome_text(COLUMNS[i]),
                                  json_integer((json_int_t)counts->of[COLUMNS[i]]));
    }
    return json_pack("{s:s, s:b, s:o}", "id", rule->id, "broken", rule->broken ? 1 : 0,
                     "findingCounts", of);
}

static void print_json(const struct rule_set *set, const struct counting *counting)
{
    json_t *rules = json_array();
    for (size_t i = 0; i < set->count; i++) {
        (void)json_array_append_new(rules, build_rule(&set->rules[i], &counting->counts.rules[i]));
    }
    cli_print_json(json_pack("{s:o, s:{s:I, s:I, s:I, s:I}}", "rules", rules, "inventory",
                             "records", (json_int_t)counting->counts.records, "badLines",
                             (json_int_t)counting->counts.bad_lines, "blankLines",
                             (json_int_t)counting->counts.blank_lines, "bytes",
                             (json_int_t)counting->bytes));
}

// On standard error: what is printed is the same with a cache and without.
static void show_cache(const struct count *count, const struct counting *counting)
{
    problems_print(&counting->cache_problems, NULL, SIZE_MAX);
    (void)fprintf(stderr, "%s: %" PRIu64 " of %" PRIu64 " records taken from it\n", count->cache,
                  counting->reused, counting->counts.records);
}

static int show(const struct count *count, const struct rulebook *rulebook,
                const struct counting *counting)
{
    const struct rule_set *set = eval_rules_set(rulebook->rules);
    const struct eval_counts *counts = &counting->counts;
    struct err err = ERR_INIT;
    problems_print(&rulebook->problems, NULL, SIZE_MAX);
    problems_print_inventory(&counting->problems, count->inventory);
    if (bad_lines_check_any(count->inventory, counts->records, counts->bad_lines,
                            &counting->problems, &err) != ERR_OK) {
        return cli_fail("count", &err);
    }
    if (count->cache != NULL) {
        show_cache(count, counting);
    }
    if (count->json) {
        print_json(set, counting);
    } else {
        print_text(set, counting);
    }
    return rulebook->problems.errors > 0 ? CLI_BROKEN : CLI_OK;
}

int cli_count(int argc, char **argv)
{
    struct count count = {.threads = 1};
    cli_parse(&ARGP, argc, argv, &count);
    struct err err = ERR_INIT;
    struct rulebook *rulebook = NULL;
    if (rulebook_load(&count.rules.paths, &rulebook, &err) != ERR_OK) {
        return cli_fail("count", &err);
    }
    const struct counting_input input = {
        .rulebook = rulebook,
        .inventory_path = count.inventory,
        .cache_path = count.cache,
        .as_of_ms = judge_options_as_of(&count.rules.judge, clock_wall_ms()),
        .threads = (unsigned)count.threads,
        .block_bytes = INVENTORY_BLOCK_BYTES};
    struct counting counting;
    int status;
    if (counting_run(&input, &counting, &err) == ERR_OK) {
        status = show(&count, rulebook, &counting);
        counting_deinit(&counting);
    } else {
        status = cli_fail("count", &err);
    }
    rulebook_unref(&rulebook);
    return status;
}
