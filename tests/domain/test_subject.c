// SPDX-License-Identifier: MIT
#include "domain/subject.h"

#include <criterion/criterion.h>
#include <string.h>

#define ID_64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void expect(const char *aggregator, const char *pack, const char *wanted)
{
    char subject[SUBJECT_BYTES];
    char found[TEXT_ID_MAX + 1];
    subject_write(aggregator, pack, subject);
    cr_expect_str_eq(subject, wanted);
    cr_expect(subject_is_valid(subject), "%s", subject);
    cr_expect_str_eq(subject_pack(subject), pack);
    subject_aggregator(subject, found);
    cr_expect_str_eq(found, aggregator);
}

Test(subject, is_taken_apart_as_it_was_put_together)
{
    expect("", "cp-1", "cp-1");
    expect("ca-1", "cp-1", "ca-1.cp-1");
    expect(ID_64, ID_64, ID_64 "." ID_64);
}

Test(subject, is_one_id_or_two_with_a_dot)
{
    static const char *const bad[] = {"",      ".",   "ca-1.",  ".cp-1",     "a.b.c",
                                      "a/b.c", "a.{", "a b.cp", ID_64 "0.c", "c." ID_64 "0"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char aggregator[TEXT_ID_MAX + 1];
        cr_expect_not(subject_is_valid(bad[i]), "%s", bad[i]);
        subject_aggregator(bad[i], aggregator);
        cr_expect_str_eq(aggregator, "");
        cr_expect_eq(subject_pack(bad[i]), bad[i]);
    }
}
