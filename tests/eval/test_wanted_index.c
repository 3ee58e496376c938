// SPDX-License-Identifier: MIT
//
// Long lists of wanted values: what is said with them is what several clauses with few values each
// say together, and it takes a time that does not multiply with the length of the list found.
#include "invent.h"
#include "support.h"

#include "base/limits.h"
#include "base/mem.h"

#include <criterion/criterion.h>

enum { TEXT_BYTES = 8 * 1024 * 1024, WORLDS = 60, LONG = 40, FEW = 8, ELEMENTS = 300000 };

// Values that are one under one operator and two under another; first the empty text, which may not
// be looked for in a list.
static const char *const VALUES[] = {
    "\"\"",
    "\"a\"",
    "\"A\"",
    "\"ab\"",
    "\"aB\"",
    "\"abcdefghij\"",
    "\"abcdefghiJ\"",
    "1",
    "\"1\"",
    "1.0",
    "\"1.0\"",
    "1e0",
    "10e-1",
    "100",
    "\"1e2\"",
    "true",
    "\"TRUE\"",
    "false",
    "\"\xc3\xa9\"",
    "\"\xc3\x89\"",
    "-0",
    "0",
    "36893488147419103232",
    "\"1e9999999999\"",

    "\"@\"",
    "\"`\"",
    "\"[\"",
    "\"{\"",
};
static const char *const OTHERS[] = {"null", "[]", "{}", "[\"a\"]", "\"z\"", "7", "\"\\u0061\""};

// From the first value on, or, without the empty text, from the second.
static const char *invent_value(struct chance *chance, uint32_t first)
{
    return VALUES[first + chance_below(chance, (uint32_t)ARRAY_LEN(VALUES) - first)];
}

static void append_list(struct buf *out, const char *const *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        (void)buf_append_format(out, "%s%s", i == 0 ? "[" : ",", values[i]);
    }
    (void)buf_append_char(out, ']');
}

// One clause with all the values, or a group of clauses with FEW of them each.
static char *condition_of(const char *operator_name, bool is_or, const char *const *values,
                          size_t at_once)
{
    struct buf out;
    buf_init(&out, TEXT_BYTES);
    (void)buf_append_format(&out, "{\"operator\":\"%s\",\"children\":[", is_or ? "or" : "and");
    for (size_t i = 0; i < LONG; i += at_once) {
        struct buf desired;
        buf_init(&desired, TEXT_BYTES);
        append_list(&desired, values + i, at_once);
        char *clause = support_clause(operator_name, buf_text(&desired));
        (void)buf_append_format(&out, "%s%s", i == 0 ? "" : ",", clause);
        mem_free(&clause);
        buf_deinit(&desired);
    }
    (void)buf_append_text(&out, "]}");
    return buf_take(&out);
}

struct compared {
    const char *name;
    bool is_list; // the operator looks at all elements together
    bool is_or;   // how clauses with some of the values each are joined
};

static void compare_lists(struct chance *chance, const struct compared *compared,
                          const char *configuration)
{
    const char *values[LONG];
    for (size_t i = 0; i < LONG; i++) {
        values[i] = invent_value(chance, compared->is_list ? 1 : 0);
    }
    char *of_long = condition_of(compared->name, compared->is_or, values, LONG);
    char *of_few = condition_of(compared->name, compared->is_or, values, FEW);
    char found = support_truth(of_long, "", configuration);
    char wanted = support_truth(of_few, "", configuration);
    cr_expect_eq(found, wanted, "%s on %s is %c, not %c", of_long, configuration, found, wanted);
    mem_free(&of_long);
    mem_free(&of_few);
}

// Of lists: a value that may be wanted, mostly, or something else.
static char *invent_configuration(struct chance *chance, bool is_list)
{
    struct buf out;
    buf_init(&out, TEXT_BYTES);
    const uint32_t count = is_list ? chance_below(chance, 3) * chance_below(chance, 40) : 1;
    (void)buf_append_format(&out, "{\"v\":%s", is_list ? "[" : "");
    for (uint32_t i = 0; i < count; i++) {
        bool is_other = chance_below(chance, 30) == 0;
        uint32_t other = chance_below(chance, (uint32_t)ARRAY_LEN(OTHERS));
        (void)buf_append_format(&out, "%s%s", i == 0 ? "" : ",",
                                is_other ? OTHERS[other] : invent_value(chance, 0));
    }
    (void)buf_append_text(&out, is_list ? "]}" : "}");
    return buf_take(&out);
}

Test(wanted_index, says_of_many_values_what_is_said_of_few)
{
    static const struct compared OPERATORS[] = {
        {"StringIn", false, true}, {"NotStringIn", false, false}, {"In", false, true},
        {"NotIn", false, false},   {"ContainsAll", true, false},  {"ExcludeAll", true, false},
    };
    struct chance chance = {.state = 7};
    for (size_t i = 0; i < ARRAY_LEN(OPERATORS); i++) {
        for (size_t world = 0; world < WORLDS; world++) {
            char *configuration = invent_configuration(&chance, OPERATORS[i].is_list);
            compare_lists(&chance, &OPERATORS[i], configuration);
            mem_free(&configuration);
        }
    }
}

// Numbers from `first` on, or texts that end with them.
static void append_values(struct buf *out, bool are_texts, size_t first, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *quote = are_texts ? "\"" : "";
        (void)buf_append_format(out, "%s%s%s%07zu%s", i == 0 ? "[" : ",", quote,
                                are_texts ? "t" : "1", first + i, quote);
    }
    (void)buf_append_char(out, ']');
}

// None of the elements is wanted.
static void judge_long_lists(const char *operator_name, bool are_texts)
{
    struct buf desired;
    struct buf found;
    buf_init(&desired, LIMIT_RULE_FILE_BYTES);
    buf_init(&found, TEXT_BYTES);
    append_values(&desired, are_texts, ELEMENTS, LIMIT_DESIRED_VALUES);
    (void)buf_append_text(&found, "{\"v\":");
    append_values(&found, are_texts, 0, ELEMENTS);
    (void)buf_append_char(&found, '}');
    char *clause = support_clause(operator_name, buf_text(&desired));
    char truth = support_truth(clause, "", buf_text(&found));
    cr_expect_eq(truth, 'T', "%s is %c", operator_name, truth);
    mem_free(&clause);
    buf_deinit(&desired);
    buf_deinit(&found);
}

// Each would take billions of comparisons, value by value.
Test(wanted_index, takes_no_time_for_long_lists, .timeout = 60)
{
    judge_long_lists("NotStringIn", true);
    judge_long_lists("NotIn", true);
    judge_long_lists("NotIn", false);
    judge_long_lists("ExcludeAll", true);
    judge_long_lists("ExcludeAll", false);
}

static void append_same(struct buf *out, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        (void)buf_append_format(out, "%s1e%zu", i == 0 ? "[" : ",", i % 2);
    }
    (void)buf_append_char(out, ']');
}

// All of them count as one, on both sides, and one is missing.
Test(wanted_index, takes_no_time_for_values_that_are_the_same, .timeout = 60)
{
    struct buf desired;
    struct buf found;
    buf_init(&desired, LIMIT_RULE_FILE_BYTES);
    buf_init(&found, TEXT_BYTES);
    append_same(&desired, LIMIT_DESIRED_VALUES - 1);
    desired.len--;
    (void)buf_append_text(&desired, ",2]");
    (void)buf_append_text(&found, "{\"v\":");
    append_same(&found, ELEMENTS);
    (void)buf_append_char(&found, '}');
    char *clause = support_clause("ContainsAll", buf_text(&desired));
    cr_expect_eq(support_truth(clause, "", buf_text(&found)), 'F');
    mem_free(&clause);
    buf_deinit(&desired);
    buf_deinit(&found);
}
