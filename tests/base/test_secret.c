// SPDX-License-Identifier: MIT
#include "base/file.h"
#include "base/mem.h"
#include "base/secret.h"
#include "folder.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

Test(secret, holds_bytes_of_its_own)
{
    char text[] = "tok\0en";
    struct secret *secret = secret_create(text, 6);
    memset(text, 'x', sizeof(text));
    cr_expect_eq(secret_len(secret), 6);
    cr_expect_arr_eq(secret_reveal(secret), "tok\0en", 7, "NUL-terminated");
    struct secret *copy = secret_dup(secret);
    secret_destroy(&secret);
    cr_expect_null(secret);
    cr_expect_arr_eq(secret_reveal(copy), "tok\0en", 7);
    secret_destroy(&copy);
    secret_destroy(&copy);
    cr_expect_null(secret_dup(NULL));
}

// The line "VmFlags: …" of the mapping that an address lies in (proc(5), smaps).
static const char *mapping_flags(const char *smaps, uintptr_t address)
{
    for (const char *line = smaps; *line != '\0'; line += strcspn(line, "\n") + 1) {
        uintptr_t begin;
        uintptr_t end;
        if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " ", &begin, &end) == 2 && address >= begin &&
            address < end) {
            return strstr(line, "VmFlags:");
        }
    }
    return NULL;
}

Test(secret, is_kept_out_of_core_dumps)
{
    struct secret *secret = secret_create("token", 5);
    struct err err = ERR_INIT;
    struct buf maps;
    buf_init(&maps, 16 * 1024 * 1024);
    cr_assert_eq(file_read("/proc/self/smaps", &maps, &err), ERR_OK, "%s", err.message);
    const char *flags = mapping_flags(buf_text(&maps), (uintptr_t)secret_reveal(secret));
    cr_assert_not_null(flags);
    char *line = mem_text_n(flags, strcspn(flags, "\n"));
    cr_expect_not_null(strstr(line, " dd"), "%s", line); // "do not include area into core dump"
    mem_free(&line);
    buf_deinit(&maps);
    secret_destroy(&secret);
}

static struct test_folder folder;

static void init(void)
{
    test_folder_create(&folder);
}

static void deinit(void)
{
    test_folder_destroy(&folder);
}

TestSuite(secret_file, .init = init, .fini = deinit);

static void expect_read(const char *content, size_t len, const char *wanted)
{
    char *path = test_folder_write(&folder, content, len);
    struct err err = ERR_INIT;
    struct secret *secret = NULL;
    cr_assert_eq(secret_read_file(path, &secret, &err), ERR_OK, "%s", err.message);
    cr_expect_str_eq(secret_reveal(secret), wanted);
    cr_expect_eq(secret_len(secret), strlen(wanted));
    secret_destroy(&secret);
    mem_free(&path);
}

Test(secret_file, one_line_end_is_no_part_of_it)
{
    expect_read("token", 5, "token");
    expect_read("token\n", 6, "token");
    expect_read("token\r\n", 7, "token");
    expect_read("to ken\n\n", 8, "to ken\n");
    expect_read("token\r", 6, "token\r");
}

static void expect_refused(const char *path, const char *says)
{
    struct err err = ERR_INIT;
    struct secret *secret = NULL;
    cr_expect_eq(secret_read_file(path, &secret, &err), ERR_CONFIG);
    cr_expect_null(secret);
    cr_expect_not_null(strstr(err.message, says), "%s", err.message);
    cr_expect_not_null(strstr(err.message, path), "the file is named");
    cr_expect_null(strstr(err.message, "content"), "the content never is");
}

Test(secret_file, what_is_no_credential_is_refused)
{
    char *path = test_folder_write(&folder, "", 0);
    expect_refused(path, "is empty");
    mem_free(&path);
    path = test_folder_write(&folder, "\n", 1);
    expect_refused(path, "is empty");
    mem_free(&path);
    path = test_folder_write(&folder, "content\0b", 9);
    expect_refused(path, "holds a NUL byte");
    mem_free(&path);
    char *large = mem_alloc(SECRET_MAX + 1, 1);
    memset(large, 'x', SECRET_MAX + 1);
    path = test_folder_write(&folder, large, SECRET_MAX + 1);
    expect_refused(path, "longer than 65536 bytes");
    mem_free(&path);
    path = test_folder_write(&folder, large, SECRET_MAX);
    struct err err = ERR_INIT;
    struct secret *secret = NULL;
    cr_expect_eq(secret_read_file(path, &secret, &err), ERR_OK, "the limit itself is allowed");
    secret_destroy(&secret);
    mem_free(&path);
    mem_free(&large);
    path = file_join(folder.path, "nothing");
    expect_refused(path, "No such file");
    mem_free(&path);
}
