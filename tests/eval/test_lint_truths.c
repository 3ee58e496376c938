// SPDX-License-Identifier: MIT
//
// What clauses on one feature can be together: pairs by hand, and every vector that made-up values
// give has to be in the set.
#include "condition.h"
#include "condition_tree.h"
#include "judge.h"
#include "lint_truths.h"

#include "base/mem.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

// ' stands for ".
static json_t *parse(const char *text)
{
    char *copy = mem_text(text);
    for (char *c = copy; *c != '\0'; c++) {
        *c = *c == '\'' ? '"' : *c;
    }
    json_t *json = NULL;
    struct err err = ERR_INIT;
    cr_assert_eq(value_parse(copy, strlen(copy), &json, &err), ERR_OK, "%s: %s", copy, err.message);
    mem_free(&copy);
    return json;
}

struct compiled {
    struct condition *condition;
    json_t *json;
};

// {"operator": …, "desired": …, "quantifier": …} on a path.
static struct compiled compile(const char *path, const char *members, bool missing_is_insufficient)
{
    char *text = mem_format(
        "{'featureSource': 'CONFIGURATION', 'featurePath': '%s', 'operator': %s}", path, members);
    struct compiled compiled = {.json = parse(text)};
    char name[] = "";
    struct rule rule = {.file = name,
                        .condition = compiled.json,
                        .condition_pointer = name,
                        .missing_is_insufficient = missing_is_insufficient};
    struct diags diags;
    diags_init(&diags);
    compiled.condition = condition_compile(&rule, false, &diags);
    cr_assert_not_null(compiled.condition, "%s: %s", text,
                       diags.count ? diags.items[0].message : "");
    diags_deinit(&diags);
    mem_free(&text);
    return compiled;
}

static void compiled_deinit(struct compiled *compiled)
{
    condition_destroy(&compiled->condition);
    json_decref(compiled->json);
}

// Which of the pairs TT, TF, FT, FF can be, as four letters y and n.
static void expect_on(const char *path, const char *a, const char *b, const char *wanted)
{
    struct compiled compiled[] = {compile(path, a, false), compile(path, b, false)};
    const struct clause *clauses[] = {compiled[0].condition->clause, compiled[1].condition->clause};
    static const enum truth TRUTHS[] = {TRUTH_TRUE, TRUTH_FALSE};
    struct truths truths;
    truths_of(clauses, 2, &truths);
    char found[5] = "";
    for (size_t i = 0; i < 4; i++) {
        bool has = truths_have_pair(&truths, 0, TRUTHS[i / 2], 1, TRUTHS[i % 2]);
        found[i] = has ? 'y' : 'n';
    }
    cr_expect_str_eq(found, wanted, "%s: %s and %s", path, a, b);
    compiled_deinit(&compiled[0]);
    compiled_deinit(&compiled[1]);
}

struct pair {
    const char *a;
    const char *b;
    const char *can; // TT TF FT FF
};

Test(lint_truths, pairs_on_one_value)
{
    static const struct pair ROWS[] = {
        // equality; both of the third are false of the list of a and b
        {"'StringEquals', 'desired': 'a'", "'StringEquals', 'desired': 'b'", "nyyy"},
        {"'StringEquals', 'desired': 'a'", "'StringEquals', 'desired': 'A'", "ynny"},
        {"'StringEquals', 'desired': 'a'", "'NotStringEquals', 'desired': 'a'", "nyyy"},
        {"'NotStringEquals', 'desired': 'a'", "'NotStringEquals', 'desired': 'b'", "yyyy"},
        {"'StringEquals', 'desired': 'a'", "'StringIn', 'desired': 'a, b'", "ynyy"},
        {"'StringIn', 'desired': 'a, b'", "'NotStringIn', 'desired': 'b, c'", "yyyy"},
        {"'StringIn', 'desired': 'a, b'", "'StringIn', 'desired': 'c, d'", "nyyy"},
        {"'In', 'desired': ['a', 'b']", "'In', 'desired': ['A', 'B']", "nyyy"},
        {"'In', 'desired': ['a']", "'StringEquals', 'desired': 'A'", "ynyy"},
        {"'In', 'desired': [5, 6]", "'Equals', 'desired': 7", "nyyy"},
        {"'In', 'desired': [5]", "'Greater', 'desired': 4", "ynyy"},
        {"'StringEquals', 'desired': '5'", "'Greater', 'desired': 9", "nyyy"},
        {"'StringEquals', 'desired': 'x'", "'Greater', 'desired': 9", "nnyy"}, // T with unknown
        {"'StringEquals', 'desired': ''", "'IsStringEmpty'", "ynyy"},
        {"'StringEquals', 'desired': 'a'", "'IsStringEmpty'", "nyyy"},
        // order
        {"'Greater', 'desired': 10", "'Less', 'desired': 5", "nyyy"},
        {"'Greater', 'desired': 5", "'Less', 'desired': 10", "yyyy"},
        {"'Greater', 'desired': 5", "'LessOrEquals', 'desired': 5", "nyyy"},
        {"'GreaterOrEquals', 'desired': '5.0'", "'LessOrEquals', 'desired': 5", "yyyy"},
        {"'Greater', 'desired': 10", "'Greater', 'desired': 5", "ynyy"},
        {"'Equals', 'desired': 5", "'NotEquals', 'desired': 5.0", "nyyy"},
        {"'VersionGreater', 'desired': '8'", "'VersionLess', 'desired': '5.7'", "nyyy"},
        {"'VersionEquals', 'desired': '8.0'", "'NotVersionEquals', 'desired': '8'", "nyyy"},
        {"'DateBefore', 'desired': '2026-01-01'", "'DateAfter', 'desired': '2026-06-01'", "nyyy"},
        {"'AgeLess', 'desired': 10", "'AgeGreater', 'desired': 20", "nyyy"},
        {"'AgeLess', 'desired': 20", "'AgeGreater', 'desired': 10", "yyyy"},
        // emptiness
        {"'IsEmpty'", "'IsNotStringEmpty'", "nyyy"},
        {"'IsEmpty'", "'IsStringEmpty'", "ynyy"},
        {"'IsStringEmpty'", "'IsNotStringEmpty'", "nyyy"},
        {"'IsEmpty'", "'StringEquals', 'desired': 'a'", "nyyy"},
        {"'IsEmpty'", "'NotStringEquals', 'desired': 'a'", "ynyy"},
        {"'IsEmpty'", "'CountGreater', 'desired': 0", "nyyy"},
        {"'IsEmpty'", "'CountEquals', 'desired': 0", "ynyy"},
        {"'IsEmpty'", "'Contains', 'desired': 'a'", "nyyy"},
        // searching
        {"'Contains', 'desired': 'a'", "'NotContains', 'desired': 'a'", "nyyn"},
        {"'ContainsAll', 'desired': 'a, b'", "'NotContains', 'desired': 'a'", "nyyy"},
        {"'ContainsAll', 'desired': 'a, b'", "'ExcludeAll', 'desired': 'b, c'", "nyyy"},
        {"'Contains', 'desired': 'a'", "'Contains', 'desired': 'b'", "yyyy"},
        {"'StringContains', 'desired': 'a'", "'NotStringContains', 'desired': 'a'", "nyyy"},
        {"'StringContains', 'desired': 'a'", "'StringContains', 'desired': 'b'", "yyyy"},
        // a pattern may fit "B", for all that is known
        {"'StringMatches', 'desired': '^a'", "'StringEquals', 'desired': 'b'", "yyyy"},
        {"'CidrIn', 'desired': '10.0.0.0/8'", "'NotCidrIn', 'desired': '10.0.0.0/8'", "nyyy"},
        {"'CidrIn', 'desired': '10.0.0.0/8'", "'CidrOverlaps', 'desired': '10.0.0.0/8'", "yyyy"},
        // counting
        {"'CountEquals', 'desired': 1", "'CountEquals', 'desired': 2", "nyyy"},
        {"'CountGreater', 'desired': 1", "'CountLess', 'desired': 2", "nyyn"},
        {"'CountGreater', 'desired': 1", "'CountLess', 'desired': 3", "yyyn"},
        {"'CountGreaterOrEquals', 'desired': 0", "'CountLess', 'desired': 0", "nynn"},
    };
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        expect_on("$.v", ROWS[i].a, ROWS[i].b, ROWS[i].can);
    }
}

// A list may hold several values, and each operator of single values wants all of them, or one.
Test(lint_truths, pairs_on_several_values)
{
    static const struct pair ROWS[] = {
        {"'StringEquals', 'desired': 'a'", "'StringEquals', 'desired': 'b'", "nyyy"},
        // both false: a list of a and b
        {"'StringEquals', 'desired': 'a'", "'NotStringEquals', 'desired': 'a'", "nyyy"},
        {"'IsStringEmpty'", "'IsNotStringEmpty'", "nyyy"},
        // the list [[]] is not empty, but neither empty texts nor texts
        {"'IsEmpty'", "'IsNotStringEmpty'", "nyyy"},
        {"'StringEquals', 'desired': 'a', 'quantifier': 'any'",
         "'StringEquals', 'desired': 'b', 'quantifier': 'any'", "yyyy"},
        {"'StringEquals', 'desired': 'a', 'quantifier': 'any'",
         "'StringEquals', 'desired': 'a', 'quantifier': 'none'", "nyyn"},
        {"'StringEquals', 'desired': 'a'", "'StringEquals', 'desired': 'a', 'quantifier': 'any'",
         "ynyy"},
        {"'Contains', 'desired': 'a'", "'NotContains', 'desired': 'a'", "nyyn"},
        {"'CountEquals', 'desired': 1", "'CountEquals', 'desired': 2", "nyyy"},
    };
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        expect_on("$.v[*]", ROWS[i].a, ROWS[i].b, ROWS[i].can);
    }
}

Test(lint_truths, with_too_many_wanted_texts_anything_may_be)
{
    struct buf list;
    buf_init(&list, 4096);
    for (size_t i = 0; i < 100; i++) {
        (void)buf_append_format(&list, "%sx%zu", i > 0 ? "," : "", i);
    }
    char *in = mem_format("'StringIn', 'desired': '%s'", buf_text(&list));
    expect_on("$.v", in, "'StringEquals', 'desired': 'y'", "yyyy");
    mem_free(&in);
    buf_deinit(&list);
}

// ---- made-up values

static const char *const MEMBERS[] = {
    "'StringEquals', 'desired': 'a'",
    "'StringEquals', 'desired': 'TRUE'",
    "'NotStringEquals', 'desired': '5'",
    "'StringIn', 'desired': ['A', '', '1e1']",
    "'NotStringIn', 'desired': 'b, 5'",
    "'StringContains', 'desired': 'a'",
    "'NotStringContains', 'desired': 'a'",
    "'StringMatches', 'desired': '[0-9]'",
    "'NotStringMatches', 'desired': '[0-9]'",
    "'Equals', 'desired': 5",
    "'NotEquals', 'desired': '5.0'",
    "'Less', 'desired': 10",
    "'GreaterOrEquals', 'desired': 5",
    "'Greater', 'desired': '1E1'",
    "'In', 'desired': ['a', 5, '1e1']",
    "'NotIn', 'desired': ['a', 10, true]",
    "'Contains', 'desired': 'a'",
    "'NotContains', 'desired': 'a'",
    "'ContainsAll', 'desired': 'a, 5'",
    "'ExcludeAll', 'desired': ['5', 'x']",
    "'IsEmpty'",
    "'IsStringEmpty'",
    "'IsNotStringEmpty'",
    "'CidrIn', 'desired': '10.0.0.0/8'",
    "'NotCidrIn', 'desired': '10.0.0.0/8'",
    "'VersionLess', 'desired': '8.0'",
    "'NotVersionEquals', 'desired': '5'",
    "'DateBefore', 'desired': '2026-01-01'",
    "'AgeLess', 'desired': 10",
    "'AgeGreater', 'desired': 20",
    "'CountEquals', 'desired': 1",
    "'CountLess', 'desired': 2",
    "'NotCountEquals', 'desired': 0",
    "'Base64Contains', 'desired': 'a'",
    "'NotBase64Contains', 'desired': 'a'",
};
static const char *const SCALARS[] = {
    "null",       "''",    "'a'",    "'A'",    "'b'",        "'B'",          "'x'",
    "'5'",        "'5.0'", "'1e1'",  "'1E1'",  "'10.1.2.3'", "'2025-06-01'", "'2026-11-20'",
    "'8.0'",      "'9'",   "'YQ=='", "'true'", "'True'",     "true",         "false",
    "5",          "5.0",   "10",     "7",      "-1",         "12.5",         "{}",
    "{'v': 'a'}", "[]",    "[[]]",
};
static const char *const QUANTIFIERS[] = {"", "", ", 'quantifier': 'any'",
                                          ", 'quantifier': 'none'"};
static const char *const PATHS[] = {"$.v", "$.v[*]", "$..v"};

static unsigned next(unsigned *state, size_t below)
{
    *state = *state * 1103515245 + 12345;
    return (*state >> 16) % (unsigned)below;
}

static void append_value(struct buf *out, unsigned *state)
{
    if (next(state, 2) == 0) {
        (void)buf_append_text(out, SCALARS[next(state, ARRAY_LEN(SCALARS))]);
        return;
    }
    size_t count = next(state, 4);
    (void)buf_append_text(out, "[");
    for (size_t i = 0; i < count; i++) {
        (void)buf_append_format(out, "%s%s", i > 0 ? ", " : "",
                                SCALARS[next(state, ARRAY_LEN(SCALARS))]);
    }
    (void)buf_append_text(out, "]");
}

static void expect_in_set(const struct clause *const *clauses, size_t count,
                          const struct truths *truths, const char *configuration)
{
    json_t *json = parse(configuration);
    const struct judge judge = {.subject = {.record = value_of_json(json),
                                            .configuration = value_of_json(json),
                                            .as_of_ms = INT64_C(1795219200000)}};
    size_t vector = 0;
    char text[64] = "";
    for (size_t i = 0; i < count; i++) {
        enum truth truth = clause_judge(clauses[i], &judge);
        vector += truths_power(i) * (size_t)truth;
        (void)snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s=%c ",
                       clauses[i]->op->name, "FUT"[truth]);
    }
    cr_expect(truths->has[vector], "%s on %s, path %s", text, configuration,
              jsonpath_text(clauses[0]->source.path));
    json_decref(json);
}

Test(lint_truths, what_values_give_is_in_the_set)
{
    enum { ROUNDS = 400, CONFIGURATIONS = 60, MOST = 4 };
    unsigned state = 20261121;
    for (size_t round = 0; round < ROUNDS; round++) {
        const char *path = PATHS[next(&state, ARRAY_LEN(PATHS))];
        bool is_insufficient = next(&state, 3) == 0;
        size_t count = 1 + next(&state, MOST);
        struct compiled compiled[MOST];
        const struct clause *clauses[MOST];
        for (size_t i = 0; i < count; i++) {
            const char *members = MEMBERS[next(&state, ARRAY_LEN(MEMBERS))];
            bool is_single =
                strstr(members, "Count") == NULL && strncmp(members, "'Cont", 5) != 0 &&
                strncmp(members, "'NotCont", 8) != 0 && strncmp(members, "'Exclude", 8) != 0;
            char *whole =
                mem_format("%s%s", members,
                           is_single ? QUANTIFIERS[next(&state, ARRAY_LEN(QUANTIFIERS))] : "");
            compiled[i] = compile(path, whole, is_insufficient);
            clauses[i] = compiled[i].condition->clause;
            mem_free(&whole);
        }
        struct truths truths;
        truths_of(clauses, count, &truths);
        expect_in_set(clauses, count, &truths, "{}");
        for (size_t i = 0; i < CONFIGURATIONS; i++) {
            struct buf text;
            buf_init(&text, 1024);
            (void)buf_append_text(&text, "{'v': ");
            append_value(&text, &state);
            (void)buf_append_text(&text, ", 'w': {'v': ");
            append_value(&text, &state);
            (void)buf_append_text(&text, "}}");
            expect_in_set(clauses, count, &truths, buf_text(&text));
            buf_deinit(&text);
        }
        for (size_t i = 0; i < count; i++) {
            compiled_deinit(&compiled[i]);
        }
    }
}
