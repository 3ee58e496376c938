// SPDX-License-Identifier: MIT
//
// The fast engine says what the slow one says, of invented rules and inventories: with every kernel
// of the scanner, and whether conditions are judged together or when they are asked for.
#include "base/check.h"
#include "base/limits.h"
#include "base/mem.h"
#include "invent.h"
#include "run_engine.h"
#include "scan/scanner.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <string.h>

enum { WORLDS = 32, RULES_MAX = 160, LINES_MAX = 60, OUT_BYTES = 256 * 1024 * 1024 };

static const char PACK[] =
    "{\"uuid\": \"p\", \"name\": \"P\", \"spec_catalog_vo_list\": [{\"uuid\": \"c\", \"root\": "
    "\"p\", \"parent\": \"p\", \"serial_number\": 1, \"level_number\": 0, \"is_leaf\": true, "
    "\"check_items\": [{\"uuid\": \"a\", \"name\": \"A\"}]}]}";

static const char WAIVERS[] =
    "{\"waivers\": [{\"id\": \"w\", \"rule\": \"r1*\", \"resource\": \"i-3\", \"reason\": \"r\", "
    "\"approver\": \"role\", \"until\": \"2030-01-01\"}]}";

static void expect_same(const struct buf *wanted, const struct buf *found, const char *what)
{
    size_t at = 0;
    size_t line = 0;
    while (at < wanted->len && at < found->len && wanted->data[at] == found->data[at]) {
        at++;
        line = wanted->data[at - 1] == '\n' ? at : line;
    }
    cr_assert(at == wanted->len && at == found->len,
              "%s: the slow engine says %.300s, the fast one %.300s", what, buf_text(wanted) + line,
              buf_text(found) + (line < found->len ? line : 0));
}

static void compare_engines(const struct binding_input *bound, struct eval_input input,
                            const struct buf *lines)
{
    const struct span span = {buf_text(lines), lines->len};
    static const size_t TOGETHER[] = {0, 1};
    struct buf wanted;
    struct buf found;
    buf_init(&wanted, OUT_BYTES);
    buf_init(&found, OUT_BYTES);
    input.engine = EVAL_ENGINE_TREE;
    run_engine(bound, &input, span, &wanted);
    input.engine = EVAL_ENGINE_TAPE;
    for (size_t i = 0; scan_kernel_at(i) != NULL; i++) {
        for (size_t j = 0; j < ARRAY_LEN(TOGETHER); j++) {
            input.kernel = scan_kernel_at(i);
            input.judge_together_min = TOGETHER[j];
            buf_reset(&found);
            run_engine(bound, &input, span, &found);
            expect_same(&wanted, &found, scan_kernel_name(input.kernel));
        }
    }
    cr_assert_not(wanted.overflow);
    buf_deinit(&wanted);
    buf_deinit(&found);
}

static void compare_on(const struct buf *rules_text, const struct buf *lines, bool has_waivers)
{
    struct rule_set set = {0};
    struct waiver_set waivers = {0};
    struct pack *pack;
    struct diags diags;
    struct err err = ERR_INIT;
    diags_init(&diags);
    cr_assert_eq(pack_load(PACK, strlen(PACK), "pack", &pack, &diags, &err), ERR_OK);
    cr_assert_eq(waiver_set_load(&waivers, WAIVERS, strlen(WAIVERS), "waivers", &diags, &err),
                 ERR_OK);
    cr_assert_eq(rule_set_add(&set, buf_text(rules_text), rules_text->len, "rules", &diags, &err),
                 ERR_OK, "%s", err.message);
    struct eval_rules *rules = eval_rules_create(&set, &diags);
    const struct binding_input bound = {
        .pack = pack, .rules = rules, .as_of_ms = INT64_C(1790000000000)};
    compare_engines(&bound, (struct eval_input){.waivers = has_waivers ? &waivers : NULL}, lines);
    eval_rules_destroy(&rules);
    waiver_set_deinit(&waivers);
    pack_destroy(&pack);
    diags_deinit(&diags);
}

static void compare_world(uint64_t seed, bool has_waivers)
{
    struct chance chance = {.state = seed};
    struct buf rules;
    struct buf lines;
    buf_init(&rules, LIMIT_RULE_FILE_BYTES);
    buf_init(&lines, OUT_BYTES);
    invent_rules(&chance, 1 + chance_below(&chance, RULES_MAX), &rules);
    invent_lines(&chance, 1 + chance_below(&chance, LINES_MAX), &lines);
    compare_on(&rules, &lines, has_waivers);
    buf_deinit(&lines);
    buf_deinit(&rules);
}

ParameterizedTestParameters(engines, say_the_same)
{
    static uint64_t seeds[WORLDS];
    for (size_t i = 0; i < WORLDS; i++) {
        seeds[i] = i;
    }
    return cr_make_param_array(uint64_t, seeds, WORLDS);
}

ParameterizedTest(uint64_t *seed, engines, say_the_same)
{
    compare_world(*seed, *seed % 2 == 0);
}

// Which may stand in a document of its own, or not be there.
Test(engines, say_the_same_of_a_configuration_as_a_whole)
{
    static const char RULES[] =
        "[{\"id\":\"r1\",\"checkItems\":[{\"uuid\":\"a\"}],\"resourceTypes\":[\"t\"],\"condition\":"
        "{"
        "\"featureSource\":\"CONFIGURATION\",\"featurePath\":\"$\",\"operator\":\"NotContains\","
        "\"desired\":\"x\"}},{\"id\":\"r2\",\"checkItems\":[{\"uuid\":\"a\"}],\"resourceTypes\":"
        "[\"t\"],\"condition\":{\"featureSource\":\"CONFIGURATION\",\"featurePath\":\"$\","
        "\"operator\":"
        "\"IsEmpty\"}}]";
    static const char LINES[] =
        "{\"resourceType\":\"t\",\"resourceId\":\"i\",\"configuration\":null}\n"
        "{\"resourceType\":\"t\",\"resourceId\":\"i\",\"configuration\":\"{\\\"a\\\":[1,{}]}\"}\n"
        "{\"resourceType\":\"t\",\"resourceId\":\"i\",\"configuration\":\"{}\"}\n"
        "{\"resourceType\":\"t\",\"resourceId\":\"i\",\"configuration\":{}}\n"
        "{\"resourceType\":\"t\",\"resourceId\":\"i\"}\n";
    struct buf rules;
    struct buf lines;
    buf_init(&rules, LIMIT_RULE_FILE_BYTES);
    buf_init(&lines, OUT_BYTES);
    (void)buf_append_text(&rules, RULES);
    (void)buf_append_text(&lines, LINES);
    compare_on(&rules, &lines, false);
    buf_deinit(&lines);
    buf_deinit(&rules);
}

static void append_clause(struct buf *out, const char *path, const char *operator_name,
                          const char *desired)
{
    (void)buf_append_format(out,
                            "{\"featureSource\":\"CONFIGURATION\",\"featurePath\":\"%s\","
                            "\"operator\":\"%s\",\"desired\":\"%s\"}",
                            path, operator_name, desired);
}

// A clause, of the number, and a group of groups with those behind it.
static void append_rules(struct buf *out, size_t number)
{
    static const char *const PATHS[] = {"$.text", "$.list"};
    static const char *const OPERATORS[] = {"StringContains", "NotStringContains", "StringEquals",
                                            "StringIn",       "Contains",          "NotContains",
                                            "Equals"};
    static const char *const WANTED[] = {"1",        "15",        "a",         "b",
                                         "ab",       "bc",        "abc",       "abcdefg",
                                         "abcdefgh", "abcdefghi", "bcdefghij", "\xc3\xa9"};
    static const char *const BEFORE[] = {
        ",\"condition\":", ",\"condition\":{\"operator\":\"and\",\"children\":[",
        ",{\"operator\":\"or\",\"children\":[", ",{\"operator\":\"and\",\"children\":["};
    for (size_t i = 0; i < 4; i++) {
        size_t clause = number + i;
        if (i < 2) {
            (void)buf_append_text(out, i + number == 0 ? "" : ",");
            (void)buf_append_format(out,
                                    "{\"id\":\"r%zu-%zu\",\"checkItems\":[{\"uuid\":\"a\"}],"
                                    "\"resourceTypes\":[\"t\"]",
                                    number, i);
        }
        (void)buf_append_text(out, BEFORE[i]);
        append_clause(out, PATHS[clause / ARRAY_LEN(OPERATORS) % ARRAY_LEN(PATHS)],
                      OPERATORS[clause % ARRAY_LEN(OPERATORS)],
                      WANTED[clause / ARRAY_LEN(OPERATORS) / ARRAY_LEN(PATHS) % ARRAY_LEN(WANTED)]);
        (void)buf_append_text(out, i == 0 ? "}" : "");
    }
    (void)buf_append_text(out, "]}]}]}}");
}

// What is told from a look at a value, by its length, its pairs of neighbours, the bits of a list's
// elements, is what the operators say; and groups are judged behind their parts.
Test(engines, say_the_same_of_texts_and_lists)
{
    enum { CLAUSES = 7 * 2 * 12 };
    static const char *const VALUES[] = {
        "\"\"",
        "\"a\"",
        "\"ab\"",
        "\"xab\"",
        "\"abx\"",
        "\"abc\"",
        "\"abcdefghij\"",
        "\"zabcdefghi\"",
        "\"\xc3\xa9\"",
        "\"a\\u0062\"",
        "\"ABC\"",
        "1",
        "15",
        "115",
        "1.5",
        "true",
        "null",
        "{\"a\":1}",
        "[]",
        "[\"ab\"]",
        "[\"x\",\"ab\"]",
        "[\"b\",\"x\",\"a\"]",
        "[\"ab\",5]",
        "[15,\"ab\"]",
        "[\"ab\",null]",
        "[null]",
        "[\"\xc3\xa9\"]",
        "[\"a\\u0062\",\"x\"]",
        "[{\"a\":1},\"abc\"]",
        "[[\"ab\"],\"bc\"]",
        "[true,\"abcdefgh\"]",
        "\"0123456789012345678901234567890123456789012345678901234567890123456abcdefgh\""};
    struct buf rules;
    struct buf lines;
    buf_init(&rules, LIMIT_RULE_FILE_BYTES);
    buf_init(&lines, OUT_BYTES);
    (void)buf_append_char(&rules, '[');
    for (size_t i = 0; i < CLAUSES; i++) {
        append_rules(&rules, i);
    }
    (void)buf_append_char(&rules, ']');
    for (size_t i = 0; i < ARRAY_LEN(VALUES) * 2; i++) {
        (void)buf_append_format(&lines,
                                "{\"resourceType\":\"t\",\"resourceId\":\"i-%zu\","
                                "\"configuration\":{\"text\":%s,\"list\":%s}}\n",
                                i, VALUES[i % ARRAY_LEN(VALUES)],
                                VALUES[i * 7 % ARRAY_LEN(VALUES)]);
    }
    compare_on(&rules, &lines, false);
    buf_deinit(&lines);
    buf_deinit(&rules);
}

static void append_order_rule(struct buf *rules, const char *path, const char *op, int desired)
{
    (void)buf_append_format(
        rules,
        "%s{\"id\":\"r-%zu\",\"checkItems\":[{\"name\":\"A\"}],\"resourceTypes\":[\"t\"],"
        "\"condition\":{\"featureSource\":\"CONFIGURATION\",\"featurePath\":\"%s\","
        "\"operator\":\"%s\",\"desired\":%d}}",
        rules->len > 1 ? "," : "", rules->len, path, op, desired);
}

// Clauses on integers stand in the order of their operands, whatever they ask; of few clauses on one
// value, and of many on values that hardly come again.
Test(engines, say_the_same_of_integers)
{
    enum { LINES = 1400, STEP = 131 };
    static const char *const OPERATORS[] = {"Equals",  "NotEquals",       "Less",
                                            "Greater", "GreaterOrEquals", "LessOrEquals"};
    static const char *const PATHS[] = {"$.few[0]", "$.few[1]", "$.few[2]"};
    static const char *const OTHERS[] = {"-3",   "7.0",  "1e2",   "\"262\"",
                                         "null", "true", "[131]", "99999999999999999999"};
    struct buf rules;
    struct buf lines;
    buf_init(&rules, LIMIT_RULE_FILE_BYTES);
    buf_init(&lines, OUT_BYTES);
    (void)buf_append_char(&rules, '[');
    for (size_t i = 0; i < ARRAY_LEN(OPERATORS); i++) {
        for (int wanted = 4 * STEP; wanted >= -STEP; wanted -= STEP) {
            append_order_rule(&rules, "$.many", OPERATORS[i], wanted);
        }
        append_order_rule(&rules, PATHS[i % ARRAY_LEN(PATHS)], OPERATORS[i], STEP);
    }
    (void)buf_append_char(&rules, ']');
    for (int i = 0; i < LINES; i++) {
        bool is_other = i % 50 == 0;
        char number[16];
        (void)snprintf(number, sizeof(number), "%d", i);
        const char *many = is_other ? OTHERS[(size_t)i / 50 % ARRAY_LEN(OTHERS)] : number;
        (void)buf_append_format(&lines,
                                "{\"resourceType\":\"t\",\"resourceId\":\"i-%d\",\"configuration\":"
                                "{\"many\":%s,\"few\":[%d,%s,%d]}}\n",
                                i, many, STEP - 1 + i % 3, many, i % (3 * STEP));
    }
    compare_on(&rules, &lines, false);
    buf_deinit(&lines);
    buf_deinit(&rules);
}
