// SPDX-License-Identifier: MIT
#include "base/check.h"
#include "domain/suggest.h"

#include <criterion/criterion.h>
#include <string.h>

static const char *const CHOICES[] = {"scope", "name", "StringEquals", "NotStringEquals", "In"};

Test(suggest, nearest)
{
    static const struct {
        const char *word;
        const char *nearest; // NULL: none is near
    } ROWS[] = {
        {"scope", "scope"},
        {"scpoe", "scope"},  // neighbours swapped: one change
        {"scop", "scope"},   // one missing
        {"scopes", "scope"}, // one too many
        {"SCOPE", "scope"},  // letter case is free
        {"skope", "scope"},  // one replaced
        {"stringequals", "StringEquals"},
        {"StringNotEquals", "StringEquals"},
        {"nmae", "name"},
        {"nema", NULL}, // two changes in four letters
        {"n", NULL},
        {"io", "In"},
        {"xxxxx", NULL},
        {"", NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        const char *nearest = suggest_nearest(ROWS[i].word, CHOICES, ARRAY_LEN(CHOICES));
        if (ROWS[i].nearest == NULL) {
            cr_expect_null(nearest, "%s: %s", ROWS[i].word, nearest);
        } else {
            cr_assert_not_null(nearest, "%s", ROWS[i].word);
            cr_expect_str_eq(nearest, ROWS[i].nearest, "%s", ROWS[i].word);
        }
    }
}

Test(suggest, words_beyond_any_name_and_empty_lists_have_none)
{
    char word[5000];
    memset(word, 'a', sizeof(word) - 1);
    word[sizeof(word) - 1] = '\0';
    cr_expect_null(suggest_nearest(word, CHOICES, ARRAY_LEN(CHOICES)));
    cr_expect_null(suggest_nearest("scope", CHOICES, 0));
}

Test(suggest, the_first_of_equals)
{
    static const char *const EQUALS[] = {"ab", "ac", "ad"};
    cr_expect_str_eq(suggest_nearest("ax", EQUALS, ARRAY_LEN(EQUALS)), "ab");
}
