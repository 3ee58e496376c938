// SPDX-License-Identifier: MIT
//
// Rows count what the run counted that made them, of invented rules and inventories.
#include "eval/outcome_row.h"

#include "base/mem.h"
#include "invent.h"
#include "support.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>

enum { WORLDS = 24, RULES_MAX = 160, LINES_MAX = 60, TEXT_BYTES = 64 * 1024 * 1024 };

static const char WAIVERS[] =
    "{\"waivers\": [{\"id\": \"w\", \"rule\": \"r1*\", \"resource\": \"i-3\", \"reason\": \"r\", "
    "\"approver\": \"role\", \"until\": \"2030-01-01\"}]}";

struct scene {
    struct eval_rules *rules;
    struct waiver_set waivers;
    struct binding *binding;
    struct evaluator *evaluator;
    struct diags diags;
    struct buf lines;
    struct buf rows; // of all records, one behind the other
};

static void begin_scene(struct scene *scene)
{
    *scene = (struct scene){0};
    diags_init(&scene->diags);
    buf_init(&scene->lines, TEXT_BYTES);
    buf_init(&scene->rows, TEXT_BYTES);
}

// Takes the rules.
static void complete_scene(struct scene *scene, struct buf *take_rules, bool has_waivers,
                           size_t judge_together_min)
{
    struct rule_set set = {0};
    struct err err = ERR_INIT;
    cr_assert_eq(
        rule_set_add(&set, take_rules->data, take_rules->len, "rules", &scene->diags, &err), ERR_OK,
        "%s", err.message);
    buf_deinit(take_rules);
    if (has_waivers) {
        cr_assert_eq(waiver_set_load(&scene->waivers, WAIVERS, strlen(WAIVERS), "waivers",
                                     &scene->diags, &err),
                     ERR_OK);
    }
    scene->rules = eval_rules_create(&set, &scene->diags);
    const struct binding_input all = {.rules = scene->rules, .as_of_ms = SUPPORT_AS_OF_MS};
    scene->binding = binding_create(&all, &scene->diags);
    const struct eval_input input = {.bindings = (const struct binding *[]){scene->binding},
                                     .binding_count = 1,
                                     .waivers = &scene->waivers,
                                     .judge_together_min = judge_together_min};
    scene->evaluator = evaluator_create(&input);
}

static void open_scene(struct scene *scene, struct chance *chance)
{
    struct buf rules;
    begin_scene(scene);
    buf_init(&rules, TEXT_BYTES);
    invent_rules(chance, 1 + chance_below(chance, RULES_MAX), &rules);
    invent_lines(chance, 1 + chance_below(chance, LINES_MAX), &scene->lines);
    bool has_waivers = chance_below(chance, 2) == 0;
    complete_scene(scene, &rules, has_waivers, chance_below(chance, 2));
}

static void close_scene(struct scene *scene)
{
    evaluator_destroy(&scene->evaluator);
    binding_destroy(&scene->binding);
    eval_rules_destroy(&scene->rules);
    waiver_set_deinit(&scene->waivers);
    diags_deinit(&scene->diags);
    buf_deinit(&scene->lines);
    buf_deinit(&scene->rows);
}

static struct eval_counts counts_of(const struct scene *scene, struct eval_lane **take_lane)
{
    struct eval_counts counts;
    evaluator_count(scene->evaluator, *take_lane, &counts);
    eval_lane_destroy(take_lane);
    return counts;
}

static struct eval_counts run_block(struct scene *scene)
{
    struct eval_lane *lane = eval_lane_create(scene->evaluator);
    const struct eval_block block = {
        .bytes = buf_text(&scene->lines), .len = scene->lines.len, .first_line = 1};
    evaluator_run_block(scene->evaluator, lane, &block, NULL, &scene->diags);
    return counts_of(scene, &lane);
}

static struct eval_counts run_lines(struct scene *scene)
{
    struct eval_lane *lane = eval_lane_create(scene->evaluator);
    const struct eval_block block = {
        .bytes = buf_text(&scene->lines), .len = scene->lines.len, .first_line = 1};
    struct eval_lines lines = eval_lines(&block);
    struct eval_line line;
    while (eval_lines_next(&lines, &line)) {
        line.bytes_behind = 0;
        size_t rows_before = scene->rows.len;
        bool is_record =
            evaluator_run_line(scene->evaluator, lane, &line, &scene->rows, &scene->diags);
        cr_expect_eq(is_record, scene->rows.len > rows_before);
    }
    return counts_of(scene, &lane);
}

// Counts all rows, and once more each other one of them, which are then taken back.
static struct eval_counts count_rows(const struct scene *scene)
{
    struct eval_lane *lane = eval_lane_create(scene->evaluator);
    const char *rows = buf_text(&scene->rows);
    for (size_t at = 0, number = 0; at < scene->rows.len; number++) {
        size_t len = evaluator_row_len(scene->evaluator, rows + at, scene->rows.len - at);
        cr_assert_gt(len, 0);
        const struct span row = {rows + at, len};
        if (number % 2 == 0) {
            eval_lane_add_row(lane, row, EVAL_ROW_TAKE_BACK);
            eval_lane_add_row(lane, row, EVAL_ROW_COUNT);
        }
        eval_lane_add_row(lane, row, EVAL_ROW_COUNT);
        at += len;
    }
    return counts_of(scene, &lane);
}

static void expect_same(const struct eval_counts *a, const struct eval_counts *b)
{
    cr_expect_eq(a->records, b->records);
    for (size_t i = 0; i < a->rule_count; i++) {
        for (size_t j = 0; j < OUTCOME_COUNT; j++) {
            cr_expect_eq(a->rules[i].of[j], b->rules[i].of[j], "rule %zu, outcome %zu", i, j);
        }
    }
}

ParameterizedTestParameters(outcome_row, counts_what_the_run_counted)
{
    static uint64_t seeds[WORLDS];
    for (size_t i = 0; i < WORLDS; i++) {
        seeds[i] = i + 1;
    }
    return cr_make_param_array(uint64_t, seeds, WORLDS);
}

static void expect_rows(struct scene *scene)
{
    struct eval_counts block = run_block(scene);
    struct eval_counts lines = run_lines(scene);
    struct eval_counts rows = count_rows(scene);
    expect_same(&block, &lines);
    cr_expect_eq(block.bad_lines, lines.bad_lines);
    cr_expect_eq(block.blank_lines, lines.blank_lines);
    expect_same(&block, &rows);
    eval_counts_deinit(&block);
    eval_counts_deinit(&lines);
    eval_counts_deinit(&rows);
}

ParameterizedTest(uint64_t *seed, outcome_row, counts_what_the_run_counted)
{
    struct chance chance = {*seed};
    struct scene scene;
    open_scene(&scene, &chance);
    expect_rows(&scene);
    close_scene(&scene);
}

// Rules of which only the truth matters have rows of their own making: all outcomes, in each place
// of a byte.
Test(outcome_row, of_truths_alone)
{
    enum { RULES = 14 };
    static const char *const VALUES[] = {"\"a1\"", "\"b2\"", "{}", "null", "\"a\\u0031\"", "7"};
    for (size_t count = 1; count <= RULES; count++) {
        struct scene scene;
        struct buf rules;
        begin_scene(&scene);
        buf_init(&rules, TEXT_BYTES);
        for (size_t i = 0; i < count; i++) {
            (void)buf_append_format(
                &rules,
                "%s{\"id\":\"r%zu\",\"checkItems\":[{\"name\":\"A\"}],\"resourceTypes\":[\"t\"%s],"
                "\"condition\":{\"featureSource\":\"CONFIGURATION\",\"featurePath\":\"$.v\","
                "\"operator\":\"%s\",\"desired\":\"%c\"}}",
                i == 0 ? "[" : ",", i, i % 5 == 4 ? ",\"u\"" : "",
                i % 3 == 0 ? "NotStringContains" : "StringContains", i % 2 == 0 ? 'a' : '2');
        }
        (void)buf_append_char(&rules, ']');
        for (size_t i = 0; i < 3 * ARRAY_LEN(VALUES); i++) {
            (void)buf_append_format(&scene.lines,
                                    "{\"resourceType\":\"%c\",\"resourceId\":\"i-%zu\","
                                    "\"configuration\":{\"v\":%s}}\n",
                                    "tuw"[i / ARRAY_LEN(VALUES)], i, VALUES[i % ARRAY_LEN(VALUES)]);
        }
        complete_scene(&scene, &rules, false, 1);
        expect_rows(&scene);
        close_scene(&scene);
    }
}

Test(outcome_row, knows_what_is_no_row)
{
    struct chance chance = {3};
    struct scene scene;
    open_scene(&scene, &chance);
    struct eval_counts counts = run_lines(&scene);
    size_t len = evaluator_row_len(scene.evaluator, scene.rows.data, scene.rows.len);
    for (size_t i = 0; i < len; i++) {
        cr_expect_eq(evaluator_row_len(scene.evaluator, scene.rows.data, i), 0, "%zu", i);
    }
    memset(scene.rows.data, 0x7f, sizeof(uint32_t)); // no such type
    cr_expect_eq(evaluator_row_len(scene.evaluator, scene.rows.data, scene.rows.len), 0);
    eval_counts_deinit(&counts);
    close_scene(&scene);
}

Test(outcome_row, time_matters_to_ages_only)
{
    static const struct {
        const char *operator_name;
        const char *desired;
        bool depends;
    } ROWS[] = {{"AgeLess", "3", true},
                {"AgeGreaterOrEquals", "3", true},
                {"DateBefore", "\"2026-01-01\"", false},
                {"StringEquals", "\"a\"", false}};
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        char *clause = support_clause(ROWS[i].operator_name, ROWS[i].desired);
        char *group = mem_format("{\"operator\": \"or\", \"children\": [%s]}", clause);
        struct eval_rules *rules = support_good_rule(group, "");
        cr_expect_eq(eval_rules_depend_on_time(rules), ROWS[i].depends, "%s",
                     ROWS[i].operator_name);
        eval_rules_destroy(&rules);
        mem_free(&group);
        mem_free(&clause);
    }
}
