// SPDX-License-Identifier: MIT
#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli.h"
#include "new_folder.h"
#include "render/render.h"
#include "source/inventory.h"
#include "worker/making.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { KEY_PACK = 'p', KEY_RULES = 'r', KEY_INVENTORY = 'i', KEY_OUT = 'o', KEY_QUIET = 'q' };
enum {
    KEY_WAIVERS = 5000,
    KEY_ATTESTATIONS,
    KEY_AS_OF,
    KEY_THREADS,
    KEY_BLOCK,
    KEY_ACCOUNT,
    KEY_FAIL_ON,
    KEY_MAX_BAD_LINES,
    KEY_STRICT_VENDOR,
    KEY_JSON,
};
enum {
    THREADS_MAX = 64,
    BLOCK_MIN = 4096,
    SUMMARY_BYTES = 1024 * 1024,
    PROBLEM_BYTES = 64 * 1024,
    BAD_LINES_SHOWN = 20, // of an inventory; report.json has more
};

// --fail-on: findings of this risk or a higher one give exit status 2.
enum fail_on {
    FAIL_ON_NONE = 0,
    FAIL_ON_HIGH = RISK_HIGH,
    FAIL_ON_MEDIUM = RISK_MEDIUM,
    FAIL_ON_LOW = RISK_LOW
};

struct evaluate {
    const char *pack;
    const char *inventory;
    const char *out;
    const char *account;
    struct rulebook_paths rules;
    int64_t as_of_ms; // 0: now
    int64_t threads;
    int64_t block_bytes;
    enum fail_on fail_on;
    struct bad_lines_limit max_bad_lines;
    bool quiet;
    bool json;
};

static const struct argp_option OPTIONS[] = {
    {"pack", KEY_PACK, "FILE", 0, "Compliance pack, JSON as SecMaster answers it", 0},
    {"rules", KEY_RULES, "PATH", 0, "Folder of rule files, or one file", 0},
    {"inventory", KEY_INVENTORY, "FILE", 0,
     "Resources: NDJSON, a JSON array, pages of Huawei Config (RMS) or AWS Config snapshots, "
     "plain, "
     "gzip or zstd; - is standard input",
     0},
    {"out", KEY_OUT, "FOLDER", 0, "Where the report's files go: a folder that does not exist yet",
     0},
    {"waivers", KEY_WAIVERS, "FILE", 0, "Waivers", 0},
    {"attestations", KEY_ATTESTATIONS, "FILE", 0, "Attestations", 0},
    {"as-of", KEY_AS_OF, "TIME", 0,
     "Judge waivers, attestations and ages at this instant, 2026-11-21 or 2026-11-21T19:30:44Z "
     "(default: now)",
     0},
    {"account", KEY_ACCOUNT, "ID", 0, "AccountId to name in the report (default 0)", 0},
    {"threads", KEY_THREADS, "N", 0, "Threads, 1 to 64 (default 1); the report is the same", 0},
    {"block", KEY_BLOCK, "BYTES", 0,
     "Bytes of inventory read at once (default 1048576); the report is the same", 0},
    {"fail-on", KEY_FAIL_ON, "RISK", 0,
     "Exit status 2 when there is a finding of risk high, medium or low (and above)", 0},
    {"strict-vendor", KEY_STRICT_VENDOR, 0, 0,
     "Refuse what conditions may hold only here and not in the language of their cloud", 0},
    {"max-bad-lines", KEY_MAX_BAD_LINES, "N|P%", 0,
     "No report when more records of the inventory than these are bad or duplicates (default: any "
     "number may be)",
     0},
    {"quiet", KEY_QUIET, 0, 0, "No summary; what is wrong with the input is said", 0},
    {"json", KEY_JSON, 0, 0, "The summary as JSON", 0},
    {0},
};

static void parse_number(const char *name, const char *value, int64_t minimum, int64_t maximum,
                         int64_t *out, const struct argp_state *state)
{
    if (!text_to_int64(value, strlen(value), out) || *out < minimum || *out > maximum) {
        argp_error(state, "--%s takes a whole number from %lld to %lld, not \"%.40s\"", name,
                   (long long)minimum, (long long)maximum, value);
    }
}

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

static void parse_max_bad_lines(const char *value, struct bad_lines_limit *out,
                                const struct argp_state *state)
{
    struct err err = ERR_INIT;
    if (bad_lines_limit_parse(value, out, &err) != ERR_OK) {
        argp_error(state, "--max-bad-lines: %s", err.message);
    }
}

static void parse_as_of(const char *value, int64_t *out, const struct argp_state *state)
{
    if (!text_parse_time(value, out)) {
        argp_error(state, "--as-of takes 2026-11-21 or 2026-11-21T19:30:44Z, not \"%.40s\"", value);
    }
}

static void check(const struct evaluate *evaluate, const struct argp_state *state)
{
    const char *missing = evaluate->pack == NULL          ? "--pack"
                          : evaluate->rules.rules == NULL ? "--rules"
                          : evaluate->inventory == NULL   ? "--inventory"
                          : evaluate->out == NULL         ? "--out"
                                                          : NULL;
    if (missing != NULL) {
        argp_error(state, "%s is required", missing);
    }
}

static error_t parse_option(int key, char *value, struct argp_state *state)
{
    struct evaluate *evaluate = state->input;
    switch (key) {
    case KEY_PACK:
        evaluate->pack = value;
        return 0;
    case KEY_RULES:
        evaluate->rules.rules = value;
        return 0;
    case KEY_INVENTORY:
        evaluate->inventory = value;
        return 0;
    case KEY_OUT:
        evaluate->out = value;
        return 0;
    case KEY_WAIVERS:
        evaluate->rules.waivers = value;
        return 0;
    case KEY_ATTESTATIONS:
        evaluate->rules.attestations = value;
        return 0;
    case KEY_ACCOUNT:
        evaluate->account = value;
        return 0;
    case KEY_AS_OF:
        parse_as_of(value, &evaluate->as_of_ms, state);
        return 0;
    case KEY_THREADS:
        parse_number("threads", value, 1, THREADS_MAX, &evaluate->threads, state);
        return 0;
    case KEY_BLOCK:
        parse_number("block", value, BLOCK_MIN, INVENTORY_BLOCK_MAX_BYTES, &evaluate->block_bytes,
                     state);
        return 0;
    case KEY_FAIL_ON:
        parse_fail_on(value, &evaluate->fail_on, state);
        return 0;
    case KEY_STRICT_VENDOR:
        evaluate->rules.strict_vendor = true;
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

static const struct argp ARGP = {
    .options = OPTIONS,
    .parser = parse_option,
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

// One line each. Those of an inventory know only their line: `file` is what it was read from.
static void print_problems(const struct diags *diags, const char *file, size_t most)
{
    size_t shown = diags->count < most ? diags->count : most;
    struct buf line;
    buf_init(&line, PROBLEM_BYTES);
    for (size_t i = 0; i < shown; i++) {
        struct diag diag = diags->items[i];
        char *own_file = diag.file == NULL && file != NULL ? mem_text(file) : NULL;
        diag.file = own_file != NULL ? own_file : diag.file;
        buf_reset(&line);
        diag_format(&diag, &line);
        (void)fprintf(stderr, "%s\n", buf_text(&line));
        mem_free(&own_file);
    }
    size_t total = diags->errors + diags->warnings;
    if (total > shown) {
        (void)fprintf(stderr, "… and %zu more\n", total - shown);
    }
    buf_deinit(&line);
}

static enum err_kind read_and_bind(const struct evaluate *evaluate, struct making *making,
                                   struct err *err)
{
    struct buf pack;
    buf_init(&pack, LIMIT_PACK_BYTES);
    enum err_kind kind = file_read(evaluate->pack, &pack, err);
    if (kind == ERR_OK) {
        kind = making_bind(making, buf_text(&pack), pack.len, evaluate->pack, err);
    } else {
        (void)err_prefix(err, "pack");
    }
    buf_deinit(&pack);
    return kind;
}

// A pack with mistakes: all of them, instead of `err`, which is the first.
static int refuse_pack(const struct making *making, const struct err *err)
{
    const struct diags *problems = making_problems(making);
    if (problems->errors == 0) {
        return cli_fail("evaluate", err);
    }
    print_problems(problems, NULL, SIZE_MAX);
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
        kind = making_render(making, folder.work, err);
    }
    return new_folder_end(&folder, kind, err);
}

static void print_summary(const struct evaluate *evaluate, const struct making *making)
{
    if (evaluate->json) {
        char *summary = making_summary(making);
        cli_print_json(json_loads(summary, 0, NULL));
        mem_free(&summary);
        return;
    }
    struct buf text;
    buf_init(&text, SUMMARY_BYTES);
    render_summary_text(making_report(making), isatty(STDOUT_FILENO) != 0, &text);
    (void)fputs(buf_text(&text), stdout);
    (void)printf("\nreport files: %s\n", evaluate->out);
    buf_deinit(&text);
}

static int exit_status_of(const struct evaluate *evaluate, const struct report *report)
{
    // A rule may be broken where it says which check items it is for: then none of them is ERROR.
    if (report->item_counts.of[OUTCOME_ERROR] > 0 || report->input_problems.errors > 0) {
        return CLI_BROKEN;
    }
    for (size_t i = 0; evaluate->fail_on != FAIL_ON_NONE && i < report->rule_count; i++) {
        const struct report_rule *rule = &report->rules[i];
        if (rule->counts.of[OUTCOME_NON_COMPLIANT] > 0 &&
            (int)rule->rule->risk <= (int)evaluate->fail_on) {
            return CLI_FINDINGS;
        }
    }
    return CLI_OK;
}

static int show(const struct evaluate *evaluate, const struct making *making)
{
    const struct report *report = making_report(making);
    bool is_piped = strcmp(evaluate->inventory, "-") == 0;
    print_problems(&report->input_problems, NULL, SIZE_MAX);
    print_problems(&report->inventory.problems, is_piped ? "standard input" : evaluate->inventory,
                   BAD_LINES_SHOWN);
    if (!evaluate->quiet) {
        print_summary(evaluate, making);
    }
    return exit_status_of(evaluate, report);
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
                                           evaluate->as_of_ms != 0 ? evaluate->as_of_ms : now_ms,
                                       .max_bad_lines = evaluate->max_bad_lines,
                                       .threads = (unsigned)evaluate->threads,
                                       .block_bytes = (size_t)evaluate->block_bytes};
    struct err err = ERR_INIT;
    struct making *making = making_create(&input);
    int status;
    if (read_and_bind(evaluate, making, &err) != ERR_OK) {
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
    cli_parse(&ARGP, argc, argv, &evaluate);
    struct err err = ERR_INIT;
    struct rulebook *rulebook = NULL;
    if (rulebook_load(&evaluate.rules, &rulebook, &err) != ERR_OK) {
        return cli_fail("evaluate", &err);
    }
    int status = run(&evaluate, rulebook);
    rulebook_unref(&rulebook);
    return status;
}
