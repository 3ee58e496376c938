// SPDX-License-Identifier: MIT
#include "patterns.h"

#include <criterion/criterion.h>
#include <string.h>

static struct iregexp *compile(const char *pattern, unsigned tables)
{
    struct iregexp *regexp = NULL;
    struct err err = ERR_INIT;
    cr_assert_eq(iregexp_compile(pattern, strlen(pattern), tables, &regexp, &err), ERR_OK, "%s: %s",
                 pattern, err.message);
    return regexp;
}

struct patterns_pair patterns_compile(const char *pattern)
{
    return (struct patterns_pair){
        .pattern = pattern,
        .tables = compile(pattern, IREGEXP_TABLE_WHOLE | IREGEXP_TABLE_PART),
        .states = compile(pattern, IREGEXP_TABLE_NONE),
    };
}

void patterns_destroy(struct patterns_pair *pair)
{
    iregexp_destroy(&pair->tables);
    iregexp_destroy(&pair->states);
}

static int match(const struct iregexp *regexp, const struct iregexp_subject *subject,
                 size_t *steps_left)
{
    struct err err = ERR_INIT;
    bool is_match = false;
    enum err_kind kind = iregexp_match(regexp, subject, steps_left, &is_match, &err);
    cr_assert(kind == ERR_OK || (kind == ERR_LIMIT && *steps_left == 0), "%s", err.message);
    return kind != ERR_OK ? -1 : is_match ? 1 : 0;
}

int patterns_match(const struct patterns_pair *pair, const struct iregexp_subject *subject,
                   size_t *steps_left)
{
    size_t left = *steps_left;
    int by_table = match(pair->tables, subject, steps_left);
    int by_states = match(pair->states, subject, &left);
    cr_expect_eq(by_table, by_states, "%s on \"%s\": %d by the table, %d by the states",
                 pair->pattern, subject->text, by_table, by_states);
    cr_expect_eq(*steps_left, left, "%s on \"%s\": %zu steps left by the table, %zu by the states",
                 pair->pattern, subject->text, *steps_left, left);
    return by_table;
}
