// SPDX-License-Identifier: MIT
#include "queue/attempt.h"

#include <criterion/criterion.h>

Test(attempt, has_eight_parts)
{
    char text[] = "1700000000000|7|host:1|fetch|Timeout|SM.1|req-1|no answer";
    struct queue_attempt attempt;
    cr_assert(queue_attempt_read(text, &attempt));
    cr_expect_str_eq(attempt.at_ms, "1700000000000");
    cr_expect_str_eq(attempt.fence, "7");
    cr_expect_str_eq(attempt.worker, "host:1");
    cr_expect_str_eq(attempt.step, "fetch");
    cr_expect_str_eq(attempt.code, "Timeout");
    cr_expect_str_eq(attempt.upstream_code, "SM.1");
    cr_expect_str_eq(attempt.upstream_request_id, "req-1");
    cr_expect_str_eq(attempt.message, "no answer");
}

Test(attempt, may_have_separators_in_its_message_and_empty_parts)
{
    char text[] = "1|2||||||a|b|";
    struct queue_attempt attempt;
    cr_assert(queue_attempt_read(text, &attempt));
    cr_expect_str_eq(attempt.worker, "");
    cr_expect_str_eq(attempt.upstream_request_id, "");
    cr_expect_str_eq(attempt.message, "a|b|");
}

Test(attempt, is_none_with_fewer)
{
    char fewer[] = "1|2|3|4|5|6|7";
    char none[] = "";
    struct queue_attempt attempt;
    cr_expect_not(queue_attempt_read(fewer, &attempt));
    cr_expect_not(queue_attempt_read(none, &attempt));
}
