// SPDX-License-Identifier: MIT
//
// What conditions can come out as: whatever is ruled out, no made-up resource gives.
#include "support.h"

#include "base/mem.h"
#include "condition_tree.h"
#include "lint_logic.h"
#include "rules.h"

#include <criterion/criterion.h>
#include <string.h>

// ' stands for ".
static char *json_of(const char *text)
{
    char *copy = mem_text(text);
    for (char *c = copy; *c != '\0'; c++) {
        *c = *c == '\'' ? '"' : *c;
    }
    return copy;
}

static const char *const CLAUSES[] = {
    "'StringEquals', 'desired': 'a'",
    "'NotStringEquals', 'desired': 'a'",
    "'StringIn', 'desired': 'b, c'",
    "'Less', 'desired': 5",
    "'GreaterOrEquals', 'desired': 5",
    "'Equals', 'desired': 7",
    "'IsEmpty'",
    "'IsNotStringEmpty'",
    "'Contains', 'desired': 'a'",
    "'NotContains', 'desired': 'a'",
    "'CountGreater', 'desired': 0",
    "'CountLess', 'desired': 1",
    "'CountGreaterOrEquals', 'desired': 0",
};
static const char *const PATHS[] = {"$.v", "$['v']", "$.w[*]"};
static const char *const VALUES[] = {"null",       "''",     "'a'",  "'b'",      "4",
                                     "5",          "7",      "[]",   "{}",       "['a']",
                                     "['a', 'b']", "[5, 7]", "[[]]", "{'a': 1}", "true"};

static unsigned next(unsigned *state, size_t below)
{
    *state = *state * 1103515245 + 12345;
    return (*state >> 16) % (unsigned)below;
}

static void append_condition(struct buf *out, unsigned *state, unsigned depth)
{
    if (depth == 0 || next(state, 3) == 0) {
        (void)buf_append_format(
            out, "{'featureSource': 'CONFIGURATION', 'featurePath': %s%s%s, 'operator': %s}", "\"",
            PATHS[next(state, ARRAY_LEN(PATHS))], "\"", CLAUSES[next(state, ARRAY_LEN(CLAUSES))]);
        return;
    }
    size_t count = 2 + next(state, 2);
    (void)buf_append_format(out, "{'operator': '%s', 'children': [",
                            next(state, 2) == 0 ? "and" : "or");
    for (size_t i = 0; i < count; i++) {
        (void)buf_append_text(out, i > 0 ? ", " : "");
        append_condition(out, state, depth - 1);
    }
    (void)buf_append_text(out, "]}");
}

// The path's quotes are the path's: only those around names of JSON are ' in the text.
static char *make_condition(unsigned *state)
{
    struct buf text;
    buf_init(&text, 64 * 1024);
    append_condition(&text, state, 3);
    char *copy = buf_take(&text);
    bool is_inside = false;
    for (char *c = copy; *c != '\0'; c++) {
        is_inside = *c == '"' ? !is_inside : is_inside;
        *c = *c == '\'' && !is_inside ? '"' : *c;
    }
    return copy;
}

static void expect_possible(const struct logic *logic, const struct condition *condition,
                            size_t *node, const struct judge *judge, const char *text)
{
    size_t index = (*node)++;
    enum truth truth = condition_judge(condition, judge).truth;
    cr_expect((logic_truths(logic, index) >> truth & 1) != 0, "node %zu is %d: %s", index, truth,
              text);
    for (size_t i = 0; i < condition->count; i++) {
        expect_possible(logic, condition->children[i], node, judge, text);
    }
}

Test(lint_logic, what_is_ruled_out_does_not_happen)
{
    enum { ROUNDS = 300, CONFIGURATIONS = 40 };
    unsigned state = 7;
    size_t ruled_out = 0;
    for (size_t round = 0; round < ROUNDS; round++) {
        char *text = make_condition(&state);
        struct eval_rules *rules = support_good_rule(
            text, next(&state, 4) == 0 ? "\"missing\": \"INSUFFICIENT_DATA\"," : "");
        const struct condition *condition = rules->conditions[0];
        struct logic *logic = logic_create(condition);
        const unsigned both = LOGIC_TRUE | LOGIC_FALSE;
        ruled_out += (logic_truths(logic, 0) & both) != both ? 1 : 0;
        for (size_t i = 0; i < CONFIGURATIONS; i++) {
            char *quoted = mem_format("{'v': %s, 'w': %s}", VALUES[next(&state, ARRAY_LEN(VALUES))],
                                      VALUES[next(&state, ARRAY_LEN(VALUES))]);
            char *inner = json_of(i == 0 ? "{}" : quoted);
            json_t *json = NULL;
            struct err err = ERR_INIT;
            cr_assert_eq(value_parse(inner, strlen(inner), &json, &err), ERR_OK);
            const struct judge judge = {.subject = {.record = value_of_json(json),
                                                    .configuration = value_of_json(json),
                                                    .as_of_ms = SUPPORT_AS_OF_MS}};
            size_t node = 0;
            expect_possible(logic, condition, &node, &judge, text);
            cr_expect_eq(node, logic_count(logic));
            json_decref(json);
            mem_free(&inner);
            mem_free(&quoted);
        }
        logic_destroy(&logic);
        eval_rules_destroy(&rules);
        mem_free(&text);
    }
    cr_expect_gt(ruled_out, 5, "some conditions cannot come out both ways: %zu", ruled_out);
}

static void expect_reason(const char *condition, enum truth truth, enum logic_cause cause, size_t a,
                          size_t b)
{
    char *text = json_of(condition);
    struct eval_rules *rules = support_good_rule(text, "");
    struct logic *logic = logic_create(rules->conditions[0]);
    cr_expect_eq(logic_truths(logic, 0) >> truth & 1, 0, "%s", text);
    struct logic_reason reason = logic_reason(logic, 0, truth);
    cr_expect_eq(reason.cause, cause, "%s: %d", text, reason.cause);
    cr_expect_eq(reason.a, a, "%s: %zu", text, reason.a);
    cr_expect_eq(reason.b, b, "%s: %zu", text, reason.b);
    logic_destroy(&logic);
    eval_rules_destroy(&rules);
    mem_free(&text);
}

#define CLAUSE(path, op)                                                                           \
    "{'featureSource': 'CONFIGURATION', 'featurePath': '" path "', 'operator': " op "}"
#define GROUP(op, children) "{'operator': '" op "', 'children': [" children "]}"
#define IS(path, text)      CLAUSE(path, "'StringEquals', 'desired': '" text "'")
#define ANY_OF(path, texts) CLAUSE(path, "'StringIn', 'desired': '" texts "'")

Test(lint_logic, the_least_that_rules_out)
{
    expect_reason(GROUP("and", IS("$.u", "x") "," IS("$.v", "a") "," IS("$.v", "b")), TRUTH_TRUE,
                  LOGIC_NEVER_BOTH_TRUE, 2, 3);
    expect_reason(GROUP("or", CLAUSE("$.v", "'Contains', 'desired': 'x'") "," CLAUSE(
                                  "$.v", "'NotContains', 'desired': 'x'")),
                  TRUTH_FALSE, LOGIC_NEVER_BOTH_FALSE, 1, 2);
    expect_reason(GROUP("and", IS("$.v", "a") "," CLAUSE("$.w", "'CountLess', 'desired': 0")),
                  TRUTH_TRUE, LOGIC_CLAUSE, 2, 2);
    expect_reason(GROUP("and", IS("$.v", "a") "," GROUP("or", IS("$.v", "b") "," IS("$.v", "c"))),
                  TRUTH_TRUE, LOGIC_FEATURE, 1, 1);
    // on two features: v is a and b, or w is a and b
    expect_reason(GROUP("or", GROUP("and", IS("$.v", "a") "," IS("$.v", "b")) "," GROUP(
                                  "and", IS("$.w", "a") "," IS("$.w", "b"))),
                  TRUTH_TRUE, LOGIC_ALL, 0, 0);
}

// More combinations than anybody looks at: less is ruled out, and it ends.
Test(lint_logic, large_conditions)
{
    struct buf text;
    buf_init(&text, 1024 * 1024);
    (void)buf_append_text(&text, "{'operator': 'and', 'children': [");
    for (size_t i = 0; i < 300; i++) {
        (void)buf_append_format(&text, "%s" IS("$.p%zu", "a") "," CLAUSE("$.p%zu", "'IsEmpty'"),
                                i > 0 ? ", " : "", i, i);
    }
    (void)buf_append_text(&text, "]}");
    char *json = json_of(buf_text(&text));
    struct eval_rules *rules = support_good_rule(json, "");
    struct logic *logic = logic_create(rules->conditions[0]);
    cr_expect_eq(logic_count(logic), 601);
    cr_expect_neq(logic_truths(logic, 0) & LOGIC_FALSE, 0);
    logic_destroy(&logic);
    eval_rules_destroy(&rules);
    mem_free(&json);
    buf_deinit(&text);
}

// Each pair is tried once, however often its clauses are there.
Test(lint_logic, clauses_that_are_repeated, .timeout = 60)
{
    enum { TRIPLES = 333 };
    struct buf text;
    buf_init(&text, 1024 * 1024);
    (void)buf_append_text(&text, "{'operator': 'and', 'children': [");
    for (size_t i = 0; i < TRIPLES; i++) {
        (void)buf_append_text(&text, i > 0 ? ", " : "");
        (void)buf_append_text(
            &text, ANY_OF("$.v", "a, b") "," ANY_OF("$.v", "b, c") "," ANY_OF("$.v", "c, a"));
    }
    (void)buf_append_text(&text, "]}");
    expect_reason(buf_text(&text), TRUTH_TRUE, LOGIC_FEATURE, 1, 1);
    buf_deinit(&text);
}
