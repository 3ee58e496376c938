// SPDX-License-Identifier: MIT
#include "iregexp.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"
#include "patterns.h"

#include <criterion/criterion.h>
#include <string.h>

enum { STEPS = 10 * 1000 * 1000 };

static struct iregexp *compile(const char *pattern)
{
    struct iregexp *regexp = NULL;
    struct err err = ERR_INIT;
    cr_assert_eq(iregexp_compile(pattern, strlen(pattern), IREGEXP_TABLE_NONE, &regexp, &err),
                 ERR_OK, "%s: %s", pattern, err.message);
    return regexp;
}

static bool matches(const struct patterns_pair *pair, const char *text, bool is_whole)
{
    const struct iregexp_subject subject = {
        .text = text, .len = strlen(text), .is_whole = is_whole};
    size_t left = STEPS;
    return patterns_match(pair, &subject, &left) == 1;
}

struct example {
    const char *pattern;
    const char *text;
    bool is_whole; // match()
    bool is_part;  // search()
};

static const struct example EXAMPLES[] = {
    {"", "", true, true},
    {"", "a", false, true},
    {"a", "a", true, true},
    {"a", "ba", false, true},
    {"a", "", false, false},
    {"ab|cd", "cd", true, true},
    {"ab|cd", "abd", false, true},
    {"a(b|c)d", "acd", true, true},
    {"a||b", "", true, true},
    {"(|a)b", "b", true, true},
    // repetitions
    {"a*", "", true, true},
    {"a*b", "aaab", true, true},
    {"a+", "", false, false},
    {"a+", "aaa", true, true},
    {"a?b", "aab", false, true},
    {"a{3}", "aaa", true, true},
    {"a{3}", "aa", false, false},
    {"a{3}", "aaaa", false, true},
    {"a{2,}", "a", false, false},
    {"a{2,}", "aaaaa", true, true},
    {"a{2,3}", "aaaa", false, true},
    {"a{2,3}", "aaa", true, true},
    {"a{0}", "", true, true},
    {"a{0}", "a", false, true},
    {"a{0,0}b", "b", true, true},
    {"a{0,}", "aa", true, true},
    {"(ab){2}", "abab", true, true},
    {"(a*)*", "aaaa", true, true},
    {"(a*)+b", "aaaa", false, false},
    {"(a|b{2,3})*c", "abbabbbc", true, true},
    {"((a?){2}){2}", "aaaa", true, true},
    // dot: all but line ends
    {".", "x", true, true},
    {".", "\n", false, false},
    {".", "\r", false, false},
    {"a.b",
     "a\xf0\x90\x84\x81"
     "b",
     true, true},
    {"..", "\xc3\xa9\xc3\xa9", true, true},
    // classes
    {"[abc]", "b", true, true},
    {"[^abc]", "b", false, false},
    {"[^abc]", "\n", true, true},
    {"[a-c]+", "abcab", true, true},
    {"[-a]", "-", true, true},
    {"[a-]", "-", true, true},
    {"[^-a]", "-", false, false},
    {"[a-c-]", "-", true, true},
    {"[-]", "-", true, true},
    {"[.*+?|(){}$]+", ".*+?|(){}$", true, true},
    {"[\\]\\[\\\\]+", "][\\", true, true},
    {"[^^]", "^", false, false},
    {"[a^]", "^", true, true},
    {"[\\n\\t]", "\t", true, true},
    {"[\xc3\xa0-\xc3\xbf]", "\xc3\xa9", true, true},
    {"[a\\p{Nd}]+", "a7a", true, true},
    {"[^\\p{L}]", "7", true, true},
    {"[\\P{L}]", "a", false, false},
    // categories
    {"\\p{L}+", "a\xc3\xa9\xce\xa9\xe4\xb8\x80", true, true},
    {"\\p{Lu}", "a", false, false},
    {"\\P{Lu}", "a", true, true},
    {"\\p{Sc}\\p{Nd}{2}",
     "\xe2\x82\xac"
     "42",
     true, true},
    {"\\p{Cn}", "\xcd\xb8", true, true},
    {"\\p{So}", "\xf0\x9f\x98\x80", true, true},
    // escapes
    {"\\(\\)\\*\\+\\-\\.\\?\\[\\\\\\]\\^\\{\\|\\}", "()*+-.?[\\]^{|}", true, true},
    {"\\n\\r\\t", "\n\r\t", true, true},
    {"-,/:@_~", "-,/:@_~", true, true},
    // start and end
    {"^a", "a", true, true},
    {"^a", "ba", false, false},
    {"a$", "ab", false, false},
    {"a$", "ba", false, true},
    {"^$", "", true, true},
    {"^a|b$", "ab", false, true},
    {"(^|,)x(,|$)", "a,x", false, true},
    {"(^|,)x(,|$)", "ax", false, false},
    {"a^b", "ab", false, false},
    {"$^", "", true, true},
    {"$^", "a", false, false},
    {"(^|b)a", "cba", false, true},
    {"a$|^c", "bca", false, true},
    {"(b$|^)", "ab", false, true},
    {"^*b", "ab", false, true},
    {"[$]", "$", true, true},
};

Test(iregexp, matches_whole_texts_and_parts_of_them)
{
    for (size_t i = 0; i < ARRAY_LEN(EXAMPLES); i++) {
        const struct example *example = &EXAMPLES[i];
        struct patterns_pair pair = patterns_compile(example->pattern);
        cr_expect_eq(matches(&pair, example->text, true), example->is_whole,
                     "match(\"%s\", \"%s\")", example->text, example->pattern);
        cr_expect_eq(matches(&pair, example->text, false), example->is_part,
                     "search(\"%s\", \"%s\")", example->text, example->pattern);
        patterns_destroy(&pair);
    }
}

// Each pattern on the texts of all others, too.
Test(iregexp, says_the_same_with_a_table)
{
    for (size_t i = 0; i < ARRAY_LEN(EXAMPLES); i++) {
        struct patterns_pair pair = patterns_compile(EXAMPLES[i].pattern);
        cr_expect_gt(iregexp_table_state_count(pair.tables, true), 0, "%s", EXAMPLES[i].pattern);
        cr_expect_gt(iregexp_table_state_count(pair.tables, false), 0, "%s", EXAMPLES[i].pattern);
        cr_expect_eq(iregexp_table_state_count(pair.states, true), 0);
        for (size_t j = 0; j < ARRAY_LEN(EXAMPLES); j++) {
            (void)matches(&pair, EXAMPLES[j].text, true);
            (void)matches(&pair, EXAMPLES[j].text, false);
        }
        patterns_destroy(&pair);
    }
}

Test(iregexp, refuses_what_is_no_i_regexp)
{
    static const struct {
        const char *pattern;
        const char *message;
    } CASES[] = {
        {"(", "position 2: a group has no )"},
        {"a)", "position 2: a ) without its ("},
        {"*a", "position 1: * + ? { } ] need something before them, or a backslash"},
        {"a**", "position 3: * + ? { } ] need something before them, or a backslash"},
        {"a+?", "position 3: * + ? { } ] need something before them, or a backslash"},
        {"]", "position 1: * + ? { } ] need something before them, or a backslash"},
        {"a{", "position 3: expected a number"},
        {"a{,2}", "position 3: expected a number"},
        {"a{2,1}", "position 3: the larger count stands behind the comma"},
        {"a{2", "position 4: expected } behind the count"},
        {"[", "position 2: a bracket has no ]"},
        {"[]", "position 2: in brackets, [ and ] stand after a backslash"},
        {"[a[b]]", "position 3: in brackets, [ and ] stand after a backslash"},
        {"[b-a]", "position 2: the range ends before it begins"},
        {"[a-c-e]", "position 6: a - that is meant stands first, last or after a backslash"},
        {"[a", "position 3: a bracket has no ]"},
        {"[a-", "position 4: a bracket has no ]"},
        {"\\", "position 2: expected one of ( ) * + - . ? [ \\ ] ^ { | } n r t p P after the "
               "backslash"},
        {"\\d", "position 2: expected one of ( ) * + - . ? [ \\ ] ^ { | } n r t p P after the "
                "backslash"},
        {"\\$", "position 2: expected one of ( ) * + - . ? [ \\ ] ^ { | } n r t p P after the "
                "backslash"},
        {"\\p{Xx}", "position 4: expected a category of Unicode in braces, such as {L} or {Nd}"},
        {"\\pL", "position 3: expected a category of Unicode in braces, such as {L} or {Nd}"},
        {"\\p{L", "position 4: expected a category of Unicode in braces, such as {L} or {Nd}"},
        {"(?:a)", "position 2: * + ? { } ] need something before them, or a backslash"},
    };
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        struct iregexp *regexp = NULL;
        struct err err = ERR_INIT;
        cr_expect_eq(iregexp_compile(CASES[i].pattern, strlen(CASES[i].pattern), IREGEXP_TABLE_PART,
                                     &regexp, &err),
                     ERR_INVALID, "%s", CASES[i].pattern);
        cr_expect_str_eq(err.message, CASES[i].message, "%s: %s", CASES[i].pattern, err.message);
        cr_expect_null(regexp);
        iregexp_destroy(&regexp);
    }
}

// `count` times `piece`, with `head` before and `tail` behind.
static char *repeat(const char *head, const char *piece, size_t count, const char *tail)
{
    struct buf text;
    buf_init(&text, 16 * 1024 * 1024);
    (void)buf_append_text(&text, head);
    for (size_t i = 0; i < count; i++) {
        (void)buf_append_text(&text, piece);
    }
    (void)buf_append_text(&text, tail);
    return buf_take(&text);
}

static void expect_limit(const char *pattern, const char *message)
{
    struct iregexp *regexp = NULL;
    struct err err = ERR_INIT;
    cr_expect_eq(iregexp_compile(pattern, strlen(pattern), IREGEXP_TABLE_PART, &regexp, &err),
                 ERR_LIMIT, "%s", err.message);
    cr_expect_str_eq(err.message, message, "%s", err.message);
    cr_expect_null(regexp);
    iregexp_destroy(&regexp);
}

Test(iregexp, bounds_patterns)
{
    expect_limit("a{10001}", "position 3: repeated more than 10000 times");
    expect_limit("a{99999999999999999999}", "position 3: repeated more than 10000 times");
    expect_limit("(a{100}){101}", "the pattern needs more than 10000 states");
    expect_limit("((((){9999}){9999}){9999}){9999}", "the pattern needs more than 10000 states");
    expect_limit("a{10000}", "the pattern needs more than 10000 states"); // and the last state
    char *deep = repeat("", "(", LIMIT_PATTERN_DEPTH + 1, "");
    expect_limit(deep, "position 66: groups nested more than 64 deep");
    mem_free(&deep);
    char *large = repeat("", "a", LIMIT_PATTERN_BYTES + 1, "");
    expect_limit(large, "a pattern of 4097 bytes; at most 4096 are allowed");
    large[LIMIT_PATTERN_BYTES] = '\0';
    struct iregexp *regexp = compile(large);
    cr_expect_eq(iregexp_state_count(regexp), LIMIT_PATTERN_BYTES + 1);
    iregexp_destroy(&regexp);
    mem_free(&large);
}

// What takes a backtracking matcher 2^30 steps takes |text| * |states| here; until all states are
// reached, it is less.
Test(iregexp, takes_steps_linear_in_the_text)
{
    static const char *const PATTERNS[] = {"(a*)*b", "(a|a)*b", "(a|aa)+b", "(a?){30}a{30}b",
                                           "(.*)(.*)(.*)(.*)b"};
    for (size_t i = 0; i < ARRAY_LEN(PATTERNS); i++) {
        struct iregexp *regexp = compile(PATTERNS[i]);
        size_t states = iregexp_state_count(regexp);
        size_t taken[2];
        for (size_t size = 0; size < 2; size++) {
            char *text = repeat("", "a", 1000 * (size + 1), "");
            const struct iregexp_subject subject = {
                .text = text, .len = strlen(text), .is_whole = false};
            struct err err = ERR_INIT;
            size_t left = STEPS;
            bool is_match = true;
            cr_assert_eq(iregexp_match(regexp, &subject, &left, &is_match, &err), ERR_OK);
            cr_expect_not(is_match);
            taken[size] = STEPS - left;
            cr_expect_leq(taken[size], 3 * states * (strlen(text) + 1), "%s", PATTERNS[i]);
            mem_free(&text);
        }
        cr_expect_leq(taken[1], 2 * taken[0] + states * states, "%s", PATTERNS[i]);
        iregexp_destroy(&regexp);
    }
}

Test(iregexp, ends_when_its_steps_are_used_up)
{
    struct iregexp *regexp = compile("(a|b)*c");
    const struct iregexp_subject subject = {.text = "abababababab", .len = 12, .is_whole = true};
    struct err err = ERR_INIT;
    size_t left = 20;
    bool is_match = true;
    cr_expect_eq(iregexp_match(regexp, &subject, &left, &is_match, &err), ERR_LIMIT);
    cr_expect_str_eq(err.message, "matching the pattern takes too many steps");
    cr_expect_eq(left, 0);
    iregexp_destroy(&regexp);
}

// And one more character is enough for a match, so that nothing is taken for too short that is not.
Test(iregexp, takes_one_step_for_a_text_that_is_too_short)
{
    static const struct {
        const char *pattern;
        size_t shortest;
    } CASES[] = {
        {"a", 1},         {"a{3}", 3},           {"(a|aa)a", 2},
        {"a?a*aa", 2},    {"(aaa|a{2}){2,}", 4}, {"^a{2,5}$", 2},
        {"[^b]{2}a+", 3}, {"(a?|aa)a", 1},       {"(a{0}a){2}", 2},
        {".\\p{L}", 2},
    };
    static const char TEXT[] = "aaaa";
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        struct iregexp *regexp = compile(CASES[i].pattern);
        for (size_t less = 0; less < 2; less++) {
            const struct iregexp_subject subject = {
                .text = TEXT, .len = CASES[i].shortest - less, .is_whole = true};
            struct err err = ERR_INIT;
            size_t left = STEPS;
            bool is_match = less != 0;
            cr_assert_eq(iregexp_match(regexp, &subject, &left, &is_match, &err), ERR_OK);
            cr_expect_eq(is_match, less == 0, "%s", CASES[i].pattern);
            cr_expect_eq(STEPS - left == 1, less != 0, "%s", CASES[i].pattern);
        }
        iregexp_destroy(&regexp);
    }
}

// A search for what only the start of the text can have looks no further.
Test(iregexp, ends_when_the_answer_is_known)
{
    static const struct {
        const char *pattern;
        bool is_whole;
        bool is_match;
    } CASES[] = {
        {"^a", false, false},     {"^(a|c)+$", false, false}, {"^b", false, true},
        {"b", false, true},       {"a", true, false},         {"(a|^c)x", true, false},
        {"^$a|^c", false, false}, {"(^b|^)b", false, true},
    };
    char *text = repeat("", "b", 1000, "");
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        struct iregexp *regexp = compile(CASES[i].pattern);
        const struct iregexp_subject subject = {
            .text = text, .len = strlen(text), .is_whole = CASES[i].is_whole};
        struct err err = ERR_INIT;
        size_t left = 40;
        bool is_match = false;
        cr_expect_eq(iregexp_match(regexp, &subject, &left, &is_match, &err), ERR_OK, "%s",
                     CASES[i].pattern);
        cr_expect_eq(is_match, CASES[i].is_match, "%s", CASES[i].pattern);
        iregexp_destroy(&regexp);
    }
    mem_free(&text);
}
