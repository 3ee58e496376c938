// SPDX-License-Identifier: MIT
#include "credentials.h"
#include "sandbox.h"

#include "base/file.h"
#include "base/mem.h"

#include <criterion/criterion.h>
#include <string.h>
#include <unistd.h>

static void put(const char *name, const char *bytes, size_t len)
{
    char *path = sandbox_write(name, bytes, len);
    mem_free(&path);
}

static void expect_token(const struct credentials *credentials, const char *name, const char *token)
{
    struct err err = ERR_INIT;
    const struct secret *secret = credentials_find(credentials, name, &err);
    cr_assert_not_null(secret, "%s", err.message);
    cr_expect_str_eq(secret_reveal(secret), token);
}

static void expect_none(const struct credentials *credentials, const char *name, const char *text)
{
    struct err err = ERR_INIT;
    cr_expect_null(credentials_find(credentials, name, &err));
    cr_expect_eq(err.kind, ERR_DENIED);
    cr_expect_not_null(strstr(err.message, name), "which file: %s", err.message);
    cr_expect_not_null(strstr(err.message, text), "%s", err.message);
    cr_expect_null(strstr(err.message, "hidden"), "%s", err.message);
}

Test(credentials, are_read_and_judged_one_by_one)
{
    const char *folder = sandbox_make();
    struct credentials *credentials = NULL;
    struct err err = ERR_INIT;
    put("a", "token a", 7);
    put("b", "token b\n", 8);
    put("c", "token c\r\n", 9);
    put("empty", "", 0);
    put("lines", "hidden\nhidden\n", 14);
    put("nul", "hidden\0hidden", 13);
    put("letters", "hidden \xc3\xa9", 9);
    char *inner = file_join(folder, "folder");
    cr_assert_eq(file_make_folders(inner, 0700, &err), ERR_OK);
    cr_assert_eq(credentials_create(folder, &credentials, &err), ERR_OK, "%s", err.message);
    expect_token(credentials, "a", "token a");
    expect_token(credentials, "b", "token b");
    expect_token(credentials, "c", "token c");
    expect_none(credentials, "empty", "is empty");
    expect_none(credentials, "lines", "one line");
    expect_none(credentials, "nul", "NUL");
    expect_none(credentials, "letters", "printable ASCII");
    expect_none(credentials, "absent", "is not there");
    expect_none(credentials, "folder", "is not there");
    credentials_destroy(&credentials);
    cr_expect_null(credentials);
    mem_free(&inner);
    sandbox_remove();
}

Test(credentials, reload_takes_what_is_good_and_keeps_what_was)
{
    const char *folder = sandbox_make();
    struct credentials *credentials = NULL;
    struct err err = ERR_INIT;
    put("changed", "old", 3);
    put("spoilt", "good", 4);
    put("gone", "token", 5);
    cr_assert_eq(credentials_create(folder, &credentials, &err), ERR_OK);
    put("changed", "new", 3);
    put("spoilt", "", 0);
    put("added", "token", 5);
    char *gone = file_join(folder, "gone");
    cr_assert_eq(unlink(gone), 0);
    cr_expect_eq(credentials_reload(credentials, &err), ERR_CONFIG);
    cr_expect_not_null(strstr(err.message, "spoilt is empty"), "%s", err.message);
    expect_token(credentials, "changed", "new");
    expect_token(credentials, "spoilt", "good");
    expect_token(credentials, "added", "token");
    expect_none(credentials, "gone", "is not there");
    // Without the folder, everything stays.
    cr_assert_eq(file_remove_tree(folder, &err), ERR_OK);
    cr_expect_eq(credentials_reload(credentials, &err), ERR_CONFIG);
    expect_token(credentials, "changed", "new");
    credentials_destroy(&credentials);
    mem_free(&gone);
    sandbox_remove();
}
