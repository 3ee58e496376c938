// SPDX-License-Identifier: MIT
//
// What records are read with.
#include "parts.h"

#include <criterion/criterion.h>

enum { PARTS = 3 };

Test(parts, split_counts)
{
    struct span parts[PARTS];
    cr_assert(parts_split(span_of("a||bc"), '|', parts, PARTS));
    cr_expect(span_equals_text(parts[0], "a"));
    cr_expect_eq(parts[1].len, 0);
    cr_expect(span_equals_text(parts[2], "bc"));
    cr_assert(parts_split(span_of("||"), '|', parts, PARTS));
    cr_assert(parts_split(span_of(""), '|', parts, 1));
    cr_expect_eq(parts[0].len, 0);
    cr_expect_not(parts_split(span_of("a|b"), '|', parts, PARTS));
    cr_expect_not(parts_split(span_of("a|b|c|"), '|', parts, PARTS));
}

// The text ends where the span does.
Test(parts, split_stays_inside)
{
    struct span parts[2];
    cr_assert(parts_split((struct span){"a\nb\nc", 3}, '\n', parts, 2));
    cr_expect(span_equals_text(parts[1], "b"));
}

Test(parts, cut_ends_each)
{
    char text[] = "one|two|";
    char *parts[PARTS];
    cr_assert(parts_cut(text, '|', parts, PARTS));
    cr_expect_str_eq(parts[0], "one");
    cr_expect_str_eq(parts[1], "two");
    cr_expect_str_eq(parts[2], "");
    char fewer[] = "one|two";
    cr_expect_not(parts_cut(fewer, '|', parts, PARTS));
    char more[] = "one|two|three|four";
    cr_expect_not(parts_cut(more, '|', parts, PARTS));
}

Test(parts, copy_wants_room_for_the_end)
{
    char out[4] = "";
    cr_expect(parts_copy(span_of("abc"), out, sizeof(out)));
    cr_expect_str_eq(out, "abc");
    cr_expect_not(parts_copy(span_of("abcd"), out, sizeof(out)));
    cr_expect_str_eq(out, "abc");
}

Test(parts, number_of_nothing_is_zero)
{
    int64_t value = 7;
    cr_expect(parts_number(span_of(""), &value));
    cr_expect_eq(value, 0);
    cr_expect(parts_number(span_of("-12"), &value));
    cr_expect_eq(value, -12);
    cr_expect_not(parts_number(span_of("1x"), &value));
    cr_expect_not(parts_number(span_of("9223372036854775808"), &value));
    cr_expect_eq(value, -12);
}
