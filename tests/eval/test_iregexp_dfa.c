// SPDX-License-Identifier: MIT
//
// The tables of patterns against the states that they are made of, on patterns and texts that a
// seeded generator writes.
#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"
#include "patterns.h"

#include <criterion/criterion.h>
#include <stdint.h>
#include <string.h>

enum {
    PATTERNS = 2000,
    TEXTS = 25, // for each pattern
    TEXT_CHARACTERS = 12,
    PATTERN_DEPTH = 3,
    STEPS = 1000 * 1000,
};

// splitmix64: the same numbers on every machine.
static uint64_t next_random(uint64_t *seed)
{
    uint64_t z = *seed += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static size_t below(uint64_t *seed, size_t bound)
{
    return (size_t)(next_random(seed) % bound);
}

#define ANY_OF(seed, list) ((list)[below((seed), ARRAY_LEN(list))])

static void write_pattern(uint64_t *seed, int depth, struct buf *out);

static void write_atom(uint64_t *seed, int depth, struct buf *out)
{
    static const char *const ATOMS[] = {
        "a",
        "b",
        "c",
        "0",
        "-",
        "a",
        "b",
        "ab",
        ".",
        "[a-c]",
        "[^a]",
        "[ab0]",
        "[^b-z]",
        "\\.",
        "\\p{L}",
        "\\P{Nd}",
        "^",
        "$",
        "[-a]",
        "\\n",
        "[^\\n]",
        "\xc3\xa9",
        "[\xc3\xa0-\xc3\xbf]",
        "[\\p{Ll}-]",
        "[^\xc3\xa9]",
    };
    if (depth > 0 && below(seed, 4) == 0) {
        (void)buf_append_char(out, '(');
        write_pattern(seed, depth - 1, out);
        (void)buf_append_char(out, ')');
        return;
    }
    (void)buf_append_text(out, ANY_OF(seed, ATOMS));
}

static void write_pattern(uint64_t *seed, int depth, struct buf *out)
{
    static const char *const COUNTS[] = {"", "", "", "", "*", "+", "?", "{2}", "{0,2}", "{1,}"};
    size_t branches = 1 + below(seed, 4) / 2;
    for (size_t i = 0; i < branches; i++) {
        (void)buf_append_text(out, i == 0 ? "" : "|");
        for (size_t atoms = below(seed, 5); atoms > 0; atoms--) {
            write_atom(seed, depth, out);
            (void)buf_append_text(out, ANY_OF(seed, COUNTS));
        }
    }
}

static void write_text(uint64_t *seed, struct buf *out)
{
    static const char *const CHARACTERS[] = {"a", "b", "c", "0", "-", "a", "b", "\n", "."};
    static const char *const OTHERS[] = {"\xc3\xa9", "\xe5\xae\x89"};
    bool has_others = below(seed, 5) == 0;
    for (size_t i = below(seed, TEXT_CHARACTERS + 1); i > 0; i--) {
        bool is_other = has_others && below(seed, 6) == 0;
        (void)buf_append_text(out, is_other ? ANY_OF(seed, OTHERS) : ANY_OF(seed, CHARACTERS));
    }
}

struct tally {
    size_t tables;
    size_t matches;
    size_t others;
    size_t used_up;
};

static void compare(const struct patterns_pair *pair, const struct buf *text, uint64_t *seed,
                    struct tally *tally)
{
    for (int is_whole = 0; is_whole < 2; is_whole++) {
        const struct iregexp_subject subject = {
            .text = buf_text(text), .len = text->len, .is_whole = is_whole != 0};
        size_t left = STEPS;
        int is_match = patterns_match(pair, &subject, &left);
        cr_expect_geq(is_match, 0);
        tally->matches += is_match == 1;
        tally->others += is_match == 0;
        // The same limits are passed at the same steps.
        left = below(seed, STEPS - left + 2);
        tally->used_up += patterns_match(pair, &subject, &left) == -1;
    }
}

Test(iregexp_dfa, says_what_the_states_say)
{
    uint64_t seed = 9485;
    struct tally tally = {0};
    struct buf pattern;
    struct buf text;
    buf_init(&pattern, LIMIT_PATTERN_BYTES);
    buf_init(&text, LIMIT_PATTERN_BYTES);
    for (size_t i = 0; i < PATTERNS; i++) {
        buf_reset(&pattern);
        write_pattern(&seed, PATTERN_DEPTH, &pattern);
        struct patterns_pair pair = patterns_compile(buf_text(&pattern));
        tally.tables += iregexp_table_state_count(pair.tables, true) > 0;
        tally.tables += iregexp_table_state_count(pair.tables, false) > 0;
        for (size_t j = 0; j < TEXTS; j++) {
            buf_reset(&text);
            write_text(&seed, &text);
            compare(&pair, &text, &seed, &tally);
        }
        patterns_destroy(&pair);
    }
    buf_deinit(&pattern);
    buf_deinit(&text);
    // The generator writes what is worth comparing.
    cr_expect_gt(tally.tables, 2 * PATTERNS * 9 / 10, "%zu tables", tally.tables);
    cr_expect_gt(tally.matches, PATTERNS * TEXTS / 5, "%zu matches", tally.matches);
    cr_expect_gt(tally.others, PATTERNS * TEXTS / 5, "%zu others", tally.others);
    cr_expect_gt(tally.used_up, PATTERNS * TEXTS / 5, "%zu used up", tally.used_up);
}

static int match_alone(const struct iregexp *regexp, const struct iregexp_subject *subject)
{
    size_t left = STEPS;
    bool is_match = false;
    struct err err = ERR_INIT;
    cr_assert_eq(iregexp_match(regexp, subject, &left, &is_match, &err), ERR_OK);
    return is_match ? 1 : 0;
}

// The same pattern as two alternatives, of which no end is known, says the same.
static void expect_no_difference(const char *pattern, const char *alternatives, uint64_t *seed,
                                 size_t *missed)
{
    struct patterns_pair pair = patterns_compile(pattern);
    struct patterns_pair other = patterns_compile(alternatives);
    const struct iregexp_tail tail = iregexp_tail(pair.states);
    const struct iregexp_tail none = iregexp_tail(other.states);
    struct buf text;
    buf_init(&text, LIMIT_PATTERN_BYTES);
    cr_expect_eq(none.distance, 0, "%s", alternatives);
    for (size_t i = 0; i < TEXTS; i++) {
        buf_reset(&text);
        write_text(seed, &text);
        *missed += iregexp_tail_fits(&tail, buf_text(&text), text.len) ? 0 : 1;
        for (int is_whole = 0; is_whole < 2; is_whole++) {
            const struct iregexp_subject subject = {
                .text = buf_text(&text), .len = text.len, .is_whole = is_whole != 0};
            cr_expect_eq(match_alone(pair.states, &subject), match_alone(other.states, &subject),
                         "%s on \"%s\"", pattern, buf_text(&text));
        }
    }
    buf_deinit(&text);
    patterns_destroy(&pair);
    patterns_destroy(&other);
}

Test(iregexp_dfa, a_look_at_the_end_changes_no_answer)
{
    static const char *const ENDS[] = {"$",          "($)",         "-$",          "[ab]{2}$",
                                       "(a|b)c$",    "-[a-c0]{3}$", "(0{2}-){2}$", "a?b+$",
                                       "\xc3\xa9-$", "[^a]b$",      "a$|b$"};
    uint64_t seed = 9486;
    size_t missed = 0;
    struct buf pattern;
    struct buf alternatives;
    buf_init(&pattern, LIMIT_PATTERN_BYTES);
    buf_init(&alternatives, LIMIT_PATTERN_BYTES);
    for (size_t i = 0; i < PATTERNS; i++) {
        buf_reset(&pattern);
        buf_reset(&alternatives);
        write_pattern(&seed, PATTERN_DEPTH, &pattern);
        if (below(&seed, 4) > 0) {
            (void)buf_append_text(&pattern, ANY_OF(&seed, ENDS));
        }
        (void)buf_append_format(&alternatives, "(%s)|(%s)", buf_text(&pattern), buf_text(&pattern));
        expect_no_difference(buf_text(&pattern), buf_text(&alternatives), &seed, &missed);
    }
    buf_deinit(&pattern);
    buf_deinit(&alternatives);
    cr_expect_gt(missed, PATTERNS * TEXTS / 5, "%zu missed", missed);
}

// By how many bytes before the end, and how many bytes may stand there.
Test(iregexp_dfa, knows_the_end_that_tells_most)
{
    static const struct {
        const char *pattern;
        uint32_t distance;
        int bytes;
    } ROWS[] = {
        {"-[0-9a-f]{6}$", 7, 1},
        {"[0-9a-f]{6}$", 1, 16},
        {"(-[ab]){2}$", 2, 1},
        {"a|b$", 0, 0},
        {"ab", 0, 0},
        {"ab$", 1, 1},
        {"x[ab]+$", 1, 2},
        {"x[ab]*$", 0, 0},
        {"\xc3\xa9[ab]$", 1, 2},
        {"[^a]$", 0, 0},
        {"$a$", 1, 1},
        {"-[ab]{63}$", 64, 1},
        {"-[ab]{64}$", 1, 2},
        {"\\p{Nd}$", 0, 0},
        {"^a(b|c)d$", 1, 1},
    };
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        struct patterns_pair pair = patterns_compile(ROWS[i].pattern);
        const struct iregexp_tail tail = iregexp_tail(pair.states);
        cr_expect_eq(tail.distance, ROWS[i].distance, "%s: %u", ROWS[i].pattern, tail.distance);
        cr_expect_eq(__builtin_popcountll(tail.bytes[0]) + __builtin_popcountll(tail.bytes[1]),
                     ROWS[i].bytes, "%s", ROWS[i].pattern);
        patterns_destroy(&pair);
    }
}

static size_t table_states(const char *pattern, bool is_whole)
{
    struct patterns_pair pair = patterns_compile(pattern);
    size_t count = iregexp_table_state_count(pair.tables, is_whole);
    patterns_destroy(&pair);
    return count;
}

static void expect_match(const char *pattern, const char *text, bool is_whole)
{
    struct patterns_pair pair = patterns_compile(pattern);
    const struct iregexp_subject subject = {
        .text = text, .len = strlen(text), .is_whole = is_whole};
    size_t left = STEPS;
    cr_expect_eq(patterns_match(&pair, &subject, &left), 1, "%s on %s", pattern, text);
    patterns_destroy(&pair);
}

Test(iregexp_dfa, has_the_states_that_a_pattern_needs)
{
    // One for each character, and one for what does not fit.
    cr_expect_eq(table_states("abc", true), 5);
    // A search ends with the match, and what does not fit begins again.
    cr_expect_eq(table_states("abc", false), 5);
    cr_expect_eq(table_states("", false), 1);
    cr_expect_eq(table_states("a{998}", true), LIMIT_PATTERN_DFA_STATES);
}

Test(iregexp_dfa, is_left_out_past_its_limits)
{
    cr_expect_eq(table_states("a{999}", true), 0);
    cr_expect_eq(table_states("(a|b)*a(a|b){12}", true), 0); // 2^12 states
    cr_expect_gt(table_states("(a|b)*a(a|b){6}", true), 64);
    // One state, which takes too long to find.
    cr_expect_eq(table_states("a{0,400}", false), 1);
    cr_expect_eq(table_states("a{0,4500}", false), 0);
    expect_match("(a|b)*a(a|b){12}", "abababababababa", true);
    expect_match("x{0,4500}y$", "xxxxy", false);
}

// One table for each kind of match, and only for the kinds that were asked for.
Test(iregexp_dfa, is_made_for_what_is_asked)
{
    static const unsigned TABLES[] = {IREGEXP_TABLE_NONE, IREGEXP_TABLE_WHOLE, IREGEXP_TABLE_PART,
                                      IREGEXP_TABLE_WHOLE | IREGEXP_TABLE_PART};
    for (size_t i = 0; i < ARRAY_LEN(TABLES); i++) {
        struct iregexp *regexp = NULL;
        struct err err = ERR_INIT;
        cr_assert_eq(iregexp_compile("ab", 2, TABLES[i], &regexp, &err), ERR_OK);
        cr_expect_eq(iregexp_table_state_count(regexp, true) > 0,
                     (TABLES[i] & IREGEXP_TABLE_WHOLE) != 0);
        cr_expect_eq(iregexp_table_state_count(regexp, false) > 0,
                     (TABLES[i] & IREGEXP_TABLE_PART) != 0);
        iregexp_destroy(&regexp);
    }
}
