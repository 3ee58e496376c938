// SPDX-License-Identifier: MIT
#include "base/err.h"
#include "base/text.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <string.h>

Test(err, set_fills_all_of_it)
{
    struct err err = ERR_INIT;
    err.retry_after_ms = 5;
    (void)text_copy(err.upstream_code, sizeof(err.upstream_code), "old");
    cr_expect_eq(err_set(&err, ERR_LIMIT, "%d of %s", 3, "x"), ERR_LIMIT);
    cr_expect_eq(err.kind, ERR_LIMIT);
    cr_expect_str_eq(err.message, "3 of x");
    cr_expect_eq(err.retry_after_ms, 0);
    cr_expect_str_eq(err.upstream_code, "");
}

Test(err, grows_by_prefix_and_keeps_what_upstream_said)
{
    struct err err = ERR_INIT;
    (void)err_set_errno(&err, ERR_IO, ENOSPC, "write %s", "f");
    (void)text_copy(err.upstream_code, sizeof(err.upstream_code), "APIGW.0308");
    err.retry_after_ms = 7;
    cr_expect_eq(err_prefix(&err, "job %d", 42), ERR_IO);
    cr_expect_str_eq(err.message, "job 42: write f: No space left on device");
    cr_expect_str_eq(err.upstream_code, "APIGW.0308");
    cr_expect_eq(err.retry_after_ms, 7);
}

static void expect_cut(const struct err *err)
{
    size_t len = strlen(err->message);
    cr_expect_leq(len, ERR_MESSAGE_BYTES - 1);
    cr_expect_geq(len, ERR_MESSAGE_BYTES - 8);
    cr_expect_str_eq(err->message + len - strlen("…"), "…");
    cr_expect(text_is_utf8(err->message, len, NULL), "no half character is left");
}

Test(err, what_is_too_long_is_cut_between_characters)
{
    char text[4000];
    for (size_t shift = 0; shift < 4; shift++) {
        memset(text, 'x', shift);
        for (size_t at = shift; at + 4 < sizeof(text); at += 3) {
            memcpy(text + at, "€", 4);
        }
        struct err err = ERR_INIT;
        (void)err_set(&err, ERR_INVALID, "%s", text);
        expect_cut(&err);
        (void)err_prefix(&err, "outer");
        expect_cut(&err);
        cr_expect(text_starts_with(err.message, "outer: "));
        (void)err_set_errno(&err, ERR_IO, ENOENT, "%s", text);
        expect_cut(&err);
    }
}

Test(err, kinds_have_a_text_and_an_exit_status)
{
    static const struct {
        enum err_kind kind;
        const char *text;
        int exit_status;
        bool is_transient;
    } ROWS[] = {
        {ERR_OK, "ok", 0, false},
        {ERR_INVALID, "invalid input", 65, false},
        {ERR_NOT_FOUND, "not found", 66, false},
        {ERR_DENIED, "denied", 77, false},
        {ERR_UNAVAILABLE, "unavailable", 69, true},
        {ERR_TIMEOUT, "timed out", 69, true},
        {ERR_UNCERTAIN, "uncertain", 69, true},
        {ERR_CORRUPT, "corrupt", 76, false},
        {ERR_CONFIG, "bad configuration", 78, false},
        {ERR_INTERNAL, "internal error", 70, false},
    };
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        cr_expect_str_eq(err_kind_text(ROWS[i].kind), ROWS[i].text);
        cr_expect_eq(err_kind_exit_status(ROWS[i].kind), ROWS[i].exit_status);
        cr_expect_eq(err_kind_is_transient(ROWS[i].kind), ROWS[i].is_transient);
    }
}

Test(err, an_error_that_is_none_aborts, .signal = SIGABRT)
{
    struct err err = ERR_INIT;
    (void)err_set(&err, ERR_OK, "nothing");
}

Test(err, a_prefix_before_nothing_aborts, .signal = SIGABRT)
{
    struct err err = ERR_INIT;
    (void)err_prefix(&err, "outer");
}
