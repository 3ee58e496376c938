// SPDX-License-Identifier: MIT
#include "base/pattern.h"

#include "base/buf.h"
#include "base/check.h"

#include <criterion/criterion.h>

Test(pattern, matches)
{
    static const struct {
        const char *pattern;
        const char *text;
        bool matches;
    } CASES[] = {
        {"", "", true},
        {"", "a", false},
        {"*", "", true},
        {"*", "anything", true},
        {"?", "", false},
        {"?", "a", true},
        {"?", "ab", false},
        {"?", "安", true},
        {"??", "安", false},
        {"a?c", "a安c", true},
        {"abc", "abc", true},
        {"abc", "ABC", false},
        {"a*c", "abbbc", true},
        {"a*c", "abbb", false},
        {"*b*", "abc", true},
        {"a**c", "ac", true},
        {"*.prod", "db.prod", true},
        {"*.prod", "db.prod.x", false},
        {"i-*-0?", "i-a-b-01", true},
        {"*ab*ab", "abab", true},
        {"*aab", "aaaab", true},
        {"*?安", "安全安", true},
        {"a*b?", "axxbyybz", true},
        {"[a]", "a", false},
        {"\\*", "\\anything", true},
    };
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        cr_expect_eq(pattern_matches(CASES[i].pattern, span_of(CASES[i].text)), CASES[i].matches,
                     "\"%s\" on \"%s\"", CASES[i].pattern, CASES[i].text);
    }
}

Test(pattern, says_what_it_names)
{
    static const struct {
        const char *pattern;
        bool is_exact;
        bool names_nothing;
    } CASES[] = {
        {"", true, false},     {"a", true, false},   {"安", true, false},  {"*", false, true},
        {"?", false, true},    {"*?*", false, true}, {"a*", false, false}, {"?-?", false, false},
        {"**a", false, false}, {" *", false, false},
    };
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        const char *pattern = CASES[i].pattern;
        cr_expect_eq(pattern_is_exact(pattern), CASES[i].is_exact, "%s", pattern);
        cr_expect_eq(pattern_names_nothing(pattern), CASES[i].names_nothing, "%s", pattern);
    }
}

// A matcher that goes back to every '*' would not end within the life of the test.
Test(pattern, takes_no_exponential_time)
{
    struct buf pattern;
    struct buf text;
    buf_init(&pattern, 4096);
    buf_init(&text, 4096);
    for (int i = 0; i < 1000; i++) {
        (void)buf_append_text(&pattern, "*a");
        (void)buf_append_text(&text, "aa");
    }
    (void)buf_append_char(&pattern, 'b');
    cr_expect_not(pattern_matches(buf_text(&pattern), span_of(buf_text(&text))));
    buf_deinit(&pattern);
    buf_deinit(&text);
}
