// SPDX-License-Identifier: MIT
#include "base/file.h"
#include "base/limits.h"
#include "base/text.h"
#include "cli.h"
#include "eval/coverage.h"
#include "explain_view.h"
#include "judge_options.h"
#include "places.h"
#include "problems.h"
#include "rules_load.h"
#include "source/catalogue.h"

#include <stdio.h>
#include <string.h>

enum { KEY_MIN_COVERAGE = 7200, KEY_COVERAGE, KEY_JSON };
enum { CLAUSE_BYTES = 4096, HUNDRED_PERCENT = 10000 /* basis points */ };

struct rules_test {
    const char *path;
    int min_coverage; // basis points
    const char *min_coverage_text;
    bool wants_coverage;
    bool strict_vendor;
    bool json;

    // as it runs
    struct rules_loaded loaded;
    struct rule_case_set cases;
    struct diags case_problems;
    struct places *places;
    struct coverage *coverage;
    size_t failed;
    json_t *failures; // with --json
};

static const struct argp_option OPTIONS[] = {
    {"coverage", KEY_COVERAGE, 0, 0, "List the clauses that no case made true, or false", 0},
    {"min-coverage", KEY_MIN_COVERAGE, "PERCENT", 0,
     "Exit status 1 when the cases cover less than this, 0 to 100", 0},
    {"json", KEY_JSON, 0, 0, "The result as JSON", 0},
    {0},
};

// "80", "97.5", "99.99" as basis points; -1 for anything else.
static int parse_percent(const char *text)
{
    size_t whole_len = strcspn(text, ".");
    const char *fraction = text[whole_len] == '.' ? text + whole_len + 1 : "0";
    size_t fraction_len = strlen(fraction);
    int64_t whole;
    int64_t part;
    bool is_number = whole_len > 0 && fraction_len >= 1 && fraction_len <= 2 &&
                     fraction[0] != '-' && text_to_int64(text, whole_len, &whole) &&
                     text_to_int64(fraction, fraction_len, &part);
    if (!is_number || whole < 0 || whole > 100) {
        return -1;
    }
    int points = (int)whole * 100 + (int)part * (fraction_len == 1 ? 10 : 1);
    return points <= HUNDRED_PERCENT ? points : -1;
}

static error_t parse_option(int key, char *value, struct argp_state *state)
{
    struct rules_test *test = state->input;
    switch (key) {
    case KEY_COVERAGE:
        test->wants_coverage = true;
        return 0;
    case KEY_MIN_COVERAGE:
        test->min_coverage = parse_percent(value);
        test->min_coverage_text = value;
        if (test->min_coverage < 0) {
            argp_error(state, "--min-coverage takes a percentage like 80 or 97.5, not \"%.40s\"",
                       value);
        }
        return 0;
    case KEY_JSON:
        test->json = true;
        return 0;
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &test->strict_vendor;
        return 0;
    case ARGP_KEY_ARG:
        if (test->path != NULL) {
            argp_error(state, "unexpected argument \"%s\"; one folder or file is tested at a time",
                       value);
        }
        test->path = value;
        return 0;
    case ARGP_KEY_END:
        if (test->path == NULL) {
            argp_error(state, "PATH is missing: a folder of rules, or one rule file");
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_child CHILDREN[] = {{&strict_option_argp, 0, 0, 0}, {0}};
static const struct argp ARGP = {
    .options = OPTIONS,
    .parser = parse_option,
    .children = CHILDREN,
    .args_doc = "PATH",
    .doc =
        "Try rules on the cases beside them: x.test.json holds resources for the rules of x.json, "
        "each with the outcome that it has to have. What a file of cases looks like is in "
        "docs/writing-rules.md.\v"
        "Examples:\n"
        "  packreport rules test rules/\n"
        "  packreport rules test --min-coverage 95 --coverage rules/database.json\n\n"
        "Exit status 0: all cases pass; 1: one fails, or less is covered than --min-coverage; 3: "
        "a rule or a case is broken; 65, 66, 74: an input is wrong, not there, not readable.",
};

// ---- reading

// A file that is no file of cases is a problem like a case that is wrong: the others go on.
static enum err_kind read_cases(struct rules_test *test, const char *path, struct err *err)
{
    struct buf text;
    buf_init(&text, LIMIT_CASE_FILE_BYTES);
    enum err_kind kind = file_read(path, &text, err);
    if (kind == ERR_OK) {
        struct err shape = ERR_INIT;
        (void)rule_case_set_add(&test->cases, buf_text(&text), text.len, path, &test->case_problems,
                                &shape);
    }
    buf_deinit(&text);
    return kind;
}

static enum err_kind read_all_cases(struct rules_test *test, struct err *err)
{
    struct file_names paths = {0};
    enum err_kind kind = source_list_case_files(test->path, &paths, err);
    if (kind == ERR_OK && paths.count == 0) {
        kind = err_set(err, ERR_NOT_FOUND,
                       "%s: there are no cases; those for the rules of x.json are expected in "
                       "x" SOURCE_CASES_SUFFIX " beside it",
                       test->path);
    }
    for (size_t i = 0; i < paths.count && kind == ERR_OK; i++) {
        kind = read_cases(test, paths.names[i], err);
    }
    file_names_deinit(&paths);
    return kind;
}

// ---- running

static void report_failure(struct rules_test *test, const struct rule_case *item,
                           const struct case_result *result)
{
    struct json_place place = places_find(test->places, item->file, item->pointer);
    if (!test->json) {
        struct buf line;
        buf_init(&line, ERR_MESSAGE_BYTES + CLAUSE_BYTES);
        (void)buf_append_format(&line, "%s:%zu: %s: ", item->file, place.line, item->rule);
        style_append_value(&line, item->name, CLAUSE_BYTES);
        (void)buf_append_text(&line, ": ");
        style_append_value(&line, result->difference, CLAUSE_BYTES);
        (void)printf("%s\n", buf_text(&line));
        buf_deinit(&line);
        return;
    }
    (void)json_array_append_new(
        test->failures,
        json_pack("{s:s,s:I,s:s,s:s,s:s,s:s,s:s,s:s}", "file", item->file, "line",
                  (json_int_t)place.line, "pointer", item->pointer, "rule", item->rule, "name",
                  item->name, "expected", outcome_text(item->expected), "found",
                  outcome_text(result->found), "message", result->difference));
}

static void run_cases(struct rules_test *test)
{
    for (size_t i = 0; i < test->cases.count; i++) {
        struct case_result result = coverage_run_case(test->coverage, &test->cases.items[i]);
        if (result.difference != NULL) {
            test->failed++;
            report_failure(test, &test->cases.items[i], &result);
        }
        case_result_deinit(&result);
    }
}

// ---- what is covered

static const char *never_text(const struct coverage_clause *clause)
{
    return clause->was_true      ? "never false"
           : clause->was_false   ? "never true"
           : clause->was_unknown ? "never true, never false"
                                 : "never judged";
}

static bool is_covered(const struct coverage_clause *clause)
{
    return clause->was_true && clause->was_false;
}

static const struct rule *rule_of(const struct rules_test *test,
                                  const struct coverage_clause *clause)
{
    return &eval_rules_set(test->loaded.rules)->rules[clause->rule];
}

static void print_clauses(const struct rules_test *test)
{
    for (size_t i = 0; i < test->coverage->count; i++) {
        const struct coverage_clause *clause = &test->coverage->clauses[i];
        const struct rule *rule = rule_of(test, clause);
        if (is_covered(clause)) {
            continue;
        }
        struct json_place place = places_find(test->places, rule->file, clause->clause->pointer);
        struct buf text;
        buf_init(&text, CLAUSE_BYTES);
        explain_view_clause(clause->clause, &text);
        (void)printf("%s:%zu:%zu: %s: %s: %s\n", rule->file, place.line, place.column, rule->id,
                     buf_text(&text), never_text(clause));
        buf_deinit(&text);
    }
}

static json_t *clauses_json(const struct rules_test *test)
{
    json_t *list = json_array();
    for (size_t i = 0; i < test->coverage->count; i++) {
        const struct coverage_clause *clause = &test->coverage->clauses[i];
        const struct rule *rule = rule_of(test, clause);
        struct json_place place = places_find(test->places, rule->file, clause->clause->pointer);
        struct buf text;
        buf_init(&text, CLAUSE_BYTES);
        explain_view_clause(clause->clause, &text);
        (void)json_array_append_new(
            list,
            json_pack("{s:s,s:s,s:I,s:s,s:s,s:b,s:b,s:b}", "rule", rule->id, "file", rule->file,
                      "line", (json_int_t)place.line, "pointer", clause->clause->pointer, "clause",
                      buf_text(&text), "true", (int)clause->was_true, "false",
                      (int)clause->was_false, "unknown", (int)clause->was_unknown));
        buf_deinit(&text);
    }
    return list;
}

static bool is_enough(const struct rules_test *test)
{
    struct score score = coverage_score(test->coverage);
    return score.numerator * HUNDRED_PERCENT >= score.denominator * (uint64_t)(test->min_coverage);
}

static void print_percent(struct score score)
{
    int points = score_basis_points(score);
    (void)printf("coverage %d.%02d %%: %llu of %llu verdicts (%llu %s, each true once and false "
                 "once)",
                 points / 100, points % 100, (unsigned long long)score.numerator,
                 (unsigned long long)score.denominator, (unsigned long long)score.denominator / 2,
                 score.denominator == 2 ? "clause" : "clauses");
}

static void print_summary(const struct rules_test *test)
{
    struct score score = coverage_score(test->coverage);
    if (test->wants_coverage || !is_enough(test)) {
        print_clauses(test);
    }
    (void)printf("%zu case%s, %zu passed, %zu failed\n", test->cases.count,
                 test->cases.count == 1 ? "" : "s", test->cases.count - test->failed, test->failed);
    if (score.denominator > 0) {
        print_percent(score);
        bool lists =
            !test->wants_coverage && is_enough(test) && score.numerator < score.denominator;
        (void)printf("%s\n", lists ? "; --coverage lists the others" : "");
    }
    if (!is_enough(test)) {
        (void)fprintf(stderr, "packreport rules test: less is covered than --min-coverage %s\n",
                      test->min_coverage_text);
    }
}

static json_t *problems_json(const struct diags *diags, json_t *list)
{
    for (size_t i = 0; i < diags->count; i++) {
        const struct diag *diag = &diags->items[i];
        (void)json_array_append_new(
            list, json_pack("{s:s,s:s,s:s,s:I,s:s,s:s}", "severity",
                            diag->severity == DIAG_ERROR ? "error" : "warning", "code", diag->code,
                            "file", diag->file != NULL ? diag->file : "", "line",
                            (json_int_t)diag->line, "pointer",
                            diag->pointer != NULL ? diag->pointer : "", "message", diag->message));
    }
    return list;
}

static void print_json(struct rules_test *test)
{
    struct score score = coverage_score(test->coverage);
    int points = score_basis_points(score);
    json_t *problems = problems_json(&test->loaded.problems, json_array());
    cli_print_json(json_pack(
        "{s:{s:I,s:I,s:I},s:O,s:{s:I,s:I,s:o,s:o},s:o}", "cases", "total",
        (json_int_t)test->cases.count, "passed", (json_int_t)(test->cases.count - test->failed),
        "failed", (json_int_t)test->failed, "failures", test->failures, "coverage", "verdicts",
        (json_int_t)score.denominator, "covered", (json_int_t)score.numerator, "percent",
        points < 0 ? json_null() : json_real((double)points / 100.0), "clauses", clauses_json(test),
        "problems", problems_json(&test->case_problems, problems)));
}

static int run(struct rules_test *test)
{
    places_locate(test->places, &test->loaded.problems);
    places_locate(test->places, &test->case_problems);
    if (!test->json) {
        problems_print(&test->loaded.problems, NULL, SIZE_MAX);
        problems_print(&test->case_problems, NULL, SIZE_MAX);
    }
    test->coverage = coverage_create(test->loaded.rules);
    run_cases(test);
    if (test->json) {
        print_json(test);
    } else {
        print_summary(test);
    }
    if (test->loaded.problems.errors + test->case_problems.errors > 0) {
        return CLI_BROKEN;
    }
    return test->failed > 0 || !is_enough(test) ? CLI_NO : CLI_OK;
}

int cli_rules_test(int argc, char **argv)
{
    struct rules_test test = {0};
    cli_parse(&ARGP, argc, argv, &test);
    struct err err = ERR_INIT;
    diags_init(&test.case_problems);
    test.places = places_create();
    test.failures = json_array();
    bool is_read = rules_load(test.path, test.strict_vendor, &test.loaded, &err) == ERR_OK &&
                   read_all_cases(&test, &err) == ERR_OK;
    int status = is_read ? run(&test) : cli_fail("rules test", &err);
    json_decref(test.failures);
    coverage_destroy(&test.coverage);
    places_destroy(&test.places);
    rule_case_set_deinit(&test.cases);
    diags_deinit(&test.case_problems);
    rules_loaded_deinit(&test.loaded);
    return status;
}
