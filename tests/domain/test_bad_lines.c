// SPDX-License-Identifier: MIT
#include "domain/bad_lines.h"

#include <criterion/criterion.h>
#include <string.h>

Test(bad_lines, limits_are_numbers_or_shares)
{
    static const struct {
        const char *text;
        uint64_t good;
        uint64_t bad;
        bool is_passed;
    } rows[] = {
        {"", 0, 1000, false},  {"0", 10, 0, false},   {"0", 10, 1, true},   {"10", 0, 10, false},
        {"10", 990, 11, true}, {"5%", 95, 5, false},  {"5%", 94, 6, true},  {"5%", 0, 1, true},
        {"5%", 0, 0, false},   {"0%", 100, 0, false}, {"0%", 100, 1, true}, {"100%", 0, 7, false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct bad_lines_limit limit;
        struct err err = ERR_INIT;
        cr_assert_eq(bad_lines_limit_parse(rows[i].text, &limit, &err), ERR_OK);
        cr_expect_eq(bad_lines_limit_is_passed(&limit, rows[i].good, rows[i].bad),
                     rows[i].is_passed, "\"%s\": %d of %d", rows[i].text, (int)rows[i].bad,
                     (int)(rows[i].good + rows[i].bad));
    }
}

Test(bad_lines, what_is_neither_is_refused)
{
    static const char *const texts[] = {
        "x", "-1", "%", "101%", "1.5%", "5 %", "99999999999999999999"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct bad_lines_limit limit;
        struct err err = ERR_INIT;
        cr_expect_eq(bad_lines_limit_parse(texts[i], &limit, &err), ERR_INVALID, "%s", texts[i]);
        cr_expect_not_null(strstr(err.message, "such as 5%"), "%s", err.message);
    }
}

Test(bad_lines, without_a_good_record_there_is_no_inventory)
{
    struct diags problems;
    struct err err = ERR_INIT;
    diags_init(&problems);
    cr_expect_eq(bad_lines_check_any("x", 0, 0, &problems, &err), ERR_OK, "it is empty");
    diags_add(&problems, DIAG_WARNING, "w", (struct diag_place){.line = 1}, "a warning");
    diags_add(&problems, DIAG_ERROR, "e", (struct diag_place){.line = 7}, "no valid JSON");
    cr_expect_eq(bad_lines_check_any("x", 1, 1000000, &problems, &err), ERR_OK);
    cr_expect_eq(bad_lines_check_any("x", 0, 1, &problems, &err), ERR_INVALID);
    cr_expect_str_eq(err.message,
                     "inventory x: none of its 1 record is right, so that nothing could "
                     "be judged; is it an inventory? The first is in line 7: no valid "
                     "JSON");
    cr_expect_eq(bad_lines_check_any("-", 0, 2, &problems, &err), ERR_INVALID);
    cr_expect_not_null(strstr(err.message, "inventory standard input: none of its 2 records is"));
    diags_deinit(&problems);
}
