// SPDX-License-Identifier: MIT
#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "cli.h"
#include "judge_options.h"
#include "new_folder.h"
#include "problems.h"
#include "render/render.h"
#include "source/inventory.h"
#include "worker/making.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { KEY_PACK = 'p', KEY_INVENTORY = 'i', KEY_OUT = 'o', KEY_QUIET = 'q' };
enum {
    KEY_ATTESTATIONS = 5000,
    KEY_THREADS,
    KEY_BLOCK,
    KEY_ACCOUNT,
    KEY_FAIL_ON,
    KEY_MAX_BAD_LINES,
    KEY_FINDINGS,
    KEY_JSON,
};
enum {
    PACKS_MAX = 256, // in one run
    BLOCK_MIN = 4096,
    SUMMARY_BYTES = 1024 * 1024,
};

// --fail-on: findings of this risk or a higher one give exit status 2.
enum fail_on {
    FAIL_ON_NONE = 0,
    FAIL_ON_HIGH = RISK_HIGH,
    FAIL_ON_MEDIUM = RISK_MEDIUM,
    FAIL_ON_LOW = RISK_LOW
};

struct evaluate {
    const char *packs[PACKS_MAX];
    size_t pack_count;
    const char *inventory;
    const char *out;
    const char *account;
    struct rulebook_options rules;
    int64_t threads;
    int64_t block_bytes;
    enum fail_on fail_on;
    struct bad_lines_limit max_bad_lines;
    enum findings_listed listed;
    bool quiet;
    bool json;
};

static const struct argp_option OPTIONS[] = {
    {"pack", KEY_PACK, "FILE", 0,
     "Compliance pack, JSON as SecMaster answers it; several, each with a --pack of its own, are "
     "made from one reading of the inventory",
     0},
    {"inventory", KEY_INVENTORY, "FILE", 0,
     "Resources: NDJSON, a JSON array, pages of Huawei Config (RMS) or AWS Config snapshots, "
     "plain, "
     "gzip or zstd; - is standard input",
     0},
    {"out", KEY_OUT, "FOLDER", 0,
     "Where the report's files go: a folder that does not exist yet; in it, each of several packs "
     "has one that is called by its uuid",
     0},
    {"attestations", KEY_ATTESTATIONS, "FILE", 0, "Attestations", 0},
    {"account", KEY_ACCOUNT, "ID", 0, "AccountId to name in the report (default 0)", 0},
    {"threads", KEY_THREADS, "N", 0, "Threads, 1 to 64 (default 1); the report is the same", 0},
    {"block", KEY_BLOCK, "BYTES", 0,
     "Bytes of inventory read at once (default 1048576); the report is the same", 0},
    {"fail-on", KEY_FAIL_ON, "RISK", 0,
     "Exit status 2 when there is a finding of risk high, medium or low (and above)", 0},
    {"findings", KEY_FINDINGS, "WHICH", 0,
     "Findings that the report lists: all (default), or failing (all but COMPLIANT); counts and "
     "scores are the same",
     0},
    {"max-bad-lines", KEY_MAX_BAD_LINES, "N|P%", 0,
     "No report when more records of the inventory than these are bad or duplicates (default: any "
     "number may be)",
     0},
    {"quiet", KEY_QUIET, 0, 0, "No summary; what is wrong with the input is said", 0},
    {"json", KEY_JSON, 0, 0, "The summary as JSON", 0},
    {0},
};

static void parse_fail_on(const char *value, enum fail_on *out, const struct argp_state *state)
{
    for (int level = RISK_HIGH; level <= RISK_LOW; level++) {
        if (strcmp(value, risk_level_text((enum risk_level)level)) == 0) {
            *out = (enum fail_on)level;
            return;
        }
    }
    argp_error(state, "--fail-on takes high, medium or low, not \"%.40s\"", value);
}

static void parse_findings(const char *value, enum findings_listed *out,
                           const struct argp_state *state)
{
    if (!findings_listed_parse(value, out)) {
        argp_error(state, "--findings takes all or failing, not \"%.40s\"", value);
    }
}

static void parse_max_bad_lines(const char *value, struct bad_lines_limit *out,
                                const struct argp_state *state)
{
    struct err err = ERR_INIT;
    if (bad_lines_limit_parse(value, out, &err) != ERR_OK) {
        argp_error(state, "--max-bad-lines: %s", err.message);
    }
}

static void check(const struct evaluate *evaluate, const struct argp_state *state)
{
    const struct cli_required required[] = {{"--pack", evaluate->pack_count > 0},
                                            {"--rules", evaluate->rules.paths.rules != NULL},
                                            {"--inventory", evaluate->inventory != NULL},
                                            {"--out", evaluate->out != NULL}};
    cli_require(required, ARRAY_LEN(required), state);
}

static void add_pack(const char *value, struct evaluate *evaluate, const struct argp_state *state)
{
    if (evaluate->pack_count == PACKS_MAX) {
        argp_error(state, "at most %d packs are made in one run", PACKS_MAX);
    }
    evaluate->packs[evaluate->pack_count++] = value;
}

static error_t parse_option(int key, char *value, struct argp_state *state)
{
    struct evaluate *evaluate = state->input;
    switch (key) {
    case KEY_PACK:
        add_pack(value, evaluate, state);
        return 0;
    case KEY_INVENTORY:
        evaluate->inventory = value;
        return 0;
    case KEY_OUT:
        evaluate->out = value;
        return 0;
    case KEY_ATTESTATIONS:
        evaluate->rules.paths.attestations = value;
        return 0;
    case KEY_ACCOUNT:
        evaluate->account = value;
        return 0;
    case KEY_THREADS:
        cli_parse_number("threads", value, 1, CLI_THREADS_MAX, &evaluate->threads, state);
        return 0;
    case KEY_BLOCK:
        cli_parse_number("block", value, BLOCK_MIN, INVENTORY_BLOCK_MAX_BYTES,
                         &evaluate->block_bytes, state);
        return 0;
    case KEY_FAIL_ON:
        parse_fail_on(value, &evaluate->fail_on, state);
        return 0;
    case KEY_FINDINGS:
        parse_findings(value, &evaluate->listed, state);
        return 0;
    case KEY_MAX_BAD_LINES:
        parse_max_bad_lines(value, &evaluate->max_bad_lines, state);
        return 0;
    case KEY_QUIET:
        evaluate->quiet = true;
        return 0;
    case KEY_JSON:
        evaluate->json = true;
        return 0;
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &evaluate->rules;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "unexpected argument \"%s\"", value);
        return EINVAL;
    case ARGP_KEY_END:
        check(evaluate, state);
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
    .doc =
        "Make a report from files, without a queue.\v"
        "Examples:\n"
        "  packreport evaluate --pack pack.json --rules rules/ --out report \\\n"
        "      --inventory inventory.ndjson\n"
        "  share/generate-inventory 100000 |\n"
        "      packreport evaluate --pack pack.json --rules rules/ --out report \\\n"
        "      --inventory - --threads 2 --fail-on high\n\n"
        "Exit status 0: the report is made; 2: it is made, and --fail-on found something; 3: it "
        "is made, but a rule is broken (its check items are ERROR), or a waiver or attestation is "
        "and was left out; 65, 66, 74: an input is wrong, not there, not readable.",
};

static enum err_kind read_and_bind(const char *file, struct making *making, struct err *err)
{
    struct buf pack;
    buf_init(&pack, LIMIT_PACK_BYTES);
    enum err_kind kind = file_read(file, &pack, err);
    if (kind == ERR_OK) {
        kind = making_bind(making, buf_text(&pack), pack.len, file, err);
    } else {
        (void)err_prefix(err, "pack");
    }
    buf_deinit(&pack);
    return kind;
}

static enum err_kind bind_packs(const struct evaluate *evaluate, struct making *making,
                                struct err *err)
{
    for (size_t i = 0; i < evaluate->pack_count; i++) {
        if (read_and_bind(evaluate->packs[i], making, err) != ERR_OK) {
            return err->kind;
        }
    }
    return ERR_OK;
}

// A pack with mistakes, the one bound last: all of them, instead of `err`, which is the first.
static int refuse_pack(const struct making *making, const struct err *err)
{
    size_t count = making_pack_count(making);
    const struct diags *problems = count > 0 ? making_problems(making, count - 1) : NULL;
    if (problems == NULL || problems->errors == 0) {
        return cli_fail("evaluate", err);
    }
    problems_print(problems, NULL, SIZE_MAX);
    return err_kind_exit_status(err->kind);
}

static enum err_kind make_files(const struct evaluate *evaluate, struct making *making,
                                struct err *err)
{
    struct new_folder folder;
    if (new_folder_begin(evaluate->out, &folder, err) != ERR_OK) {
        return err->kind;
    }
    enum err_kind kind = making_evaluate(making, folder.work, err);
    if (kind == ERR_OK) {
        kind = making_render(making, err);
    }
    return new_folder_end(&folder, kind, err);
}

static void print_json(const struct making *making)
{
    json_t *all = json_array();
    for (size_t i = 0; i < making_pack_count(making); i++) {
        char *summary = making_summary(making, i);
        (void)json_array_append_new(all, json_loads(summary, 0, NULL));
        mem_free(&summary);
    }
    bool is_one = json_array_size(all) == 1;
    cli_print_json(is_one ? json_incref(json_array_get(all, 0)) : json_incref(all));
    json_decref(all);
}

static void print_summaries(const struct evaluate *evaluate, const struct making *making)
{
    for (size_t i = 0; i < making_pack_count(making); i++) {
        const struct report *report = making_report(making, i);
        bool is_one = making_pack_count(making) == 1;
        struct buf text;
        buf_init(&text, SUMMARY_BYTES);
        render_summary_text(report, isatty(STDOUT_FILENO) != 0, &text);
        (void)printf("%s%s\nreport files: %s%s%s\n", i > 0 ? "\n\n" : "", buf_text(&text),
                     evaluate->out, is_one ? "" : "/", is_one ? "" : report->pack->uuid);
        buf_deinit(&text);
    }
}

static bool has_findings(const struct report *report, enum fail_on fail_on)
{
    for (size_t i = 0; fail_on != FAIL_ON_NONE && i < report->rule_count; i++) {
        const struct report_rule *rule = &report->rules[i];
        if (rule->counts.of[OUTCOME_NON_COMPLIANT] > 0 && (int)rule->rule->risk <= (int)fail_on) {
            return true;
        }
    }
    return false;
}

// A rule may be broken where it says which check items it is for: then none of them is ERROR.
static bool is_broken(const struct report *report)
{
    return report->item_counts.of[OUTCOME_ERROR] > 0 || report->input_problems.errors > 0;
}

static int exit_status_of(const struct evaluate *evaluate, const struct making *making)
{
    int status = CLI_OK;
    for (size_t i = 0; i < making_pack_count(making); i++) {
        const struct report *report = making_report(making, i);
        if (is_broken(report)) {
            return CLI_BROKEN;
        }
        status = has_findings(report, evaluate->fail_on) ? CLI_FINDINGS : status;
    }
    return status;
}

static bool has_judged(const struct making *making)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < making_pack_count(making); i++) {
        const struct outcome_counts *counts = &making_report(making, i)->finding_counts;
        for (int outcome = 0; outcome < OUTCOME_COUNT; outcome++) {
            sum += outcome != OUTCOME_NOT_APPLICABLE ? counts->of[outcome] : 0;
        }
    }
    return sum > 0;
}

// Whether some rule that the packs use could have judged: of broken ones the problems speak.
static bool has_rules(const struct making *making)
{
    for (size_t i = 0; i < making_pack_count(making); i++) {
        const struct report *report = making_report(making, i);
        for (size_t j = 0; j < report->rule_count; j++) {
            if (report->rules[j].is_bound && !report->rules[j].rule->broken) {
                return true;
            }
        }
    }
    return false;
}

// A report in which nothing was judged is right, and hardly ever what was meant. Of an inventory
// without records its problems speak.
static void tell_emptiness(const struct making *making)
{
    const struct report_inventory *inventory = &making_report(making, 0)->inventory;
    if (inventory->records > 0 && !has_judged(making) && !has_rules(making)) {
        (void)fprintf(stderr,
                      "packreport evaluate: nothing was judged: no rule that can run is bound "
                      "to a check item\n");
    } else if (inventory->records > 0 && !has_judged(making)) {
        (void)fprintf(stderr,
                      "packreport evaluate: nothing was judged: of the %" PRIu64
                      " %s none is of the type and in the scope of a rule that the pack uses\n",
                      inventory->records, inventory->records == 1 ? "record" : "records");
    }
}

static int show(const struct evaluate *evaluate, const struct making *making)
{
    problems_print_inputs(making);
    // All packs saw the same inventory.
    problems_print_inventory(&making_report(making, 0)->inventory.problems, evaluate->inventory);
    tell_emptiness(making);
    if (evaluate->json && !evaluate->quiet) {
        print_json(making);
    } else if (!evaluate->quiet) {
        print_summaries(evaluate, making);
    }
    return exit_status_of(evaluate, making);
}

static int run(const struct evaluate *evaluate, struct rulebook *rulebook)
{
    int64_t now_ms = clock_wall_ms();
    const struct making_input input = {.rulebook = rulebook,
                                       .inventory_path = evaluate->inventory,
                                       .report_id = "offline",
                                       .account_id = evaluate->account,
                                       .generated_at_ms = now_ms,
                                       .as_of_ms =
                                           judge_options_as_of(&evaluate->rules.judge, now_ms),
                                       .max_bad_lines = evaluate->max_bad_lines,
                                       .listed = evaluate->listed,
                                       .threads = (unsigned)evaluate->threads,
                                       .block_bytes = (size_t)evaluate->block_bytes};
    struct err err = ERR_INIT;
    struct making *making = making_create(&input);
    int status;
    if (bind_packs(evaluate, making, &err) != ERR_OK) {
        status = refuse_pack(making, &err);
    } else if (make_files(evaluate, making, &err) != ERR_OK) {
        status = cli_fail("evaluate", &err);
    } else {
        status = show(evaluate, making);
    }
    making_destroy(&making);
    return status;
}

int cli_evaluate(int argc, char **argv)
{
    struct evaluate evaluate = {.threads = 1, .block_bytes = INVENTORY_BLOCK_BYTES, .account = "0"};
    cli_parse_collecting(&ARGP, argc, argv, "pack", &evaluate);
    struct err err = ERR_INIT;
    struct rulebook *rulebook = NULL;
    if (rulebook_load(&evaluate.rules.paths, &rulebook, &err) != ERR_OK) {
        return cli_fail("evaluate", &err);
    }
    int status = run(&evaluate, rulebook);
    rulebook_unref(&rulebook);
    return status;
}
