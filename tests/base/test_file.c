// SPDX-License-Identifier: MIT
#include "base/file.h"
#include "base/mem.h"
#include "folder.h"

#include <criterion/criterion.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct test_folder folder;
static struct err err;

static void init(void)
{
    test_folder_create(&folder);
    err = ERR_INIT;
}

static void deinit(void)
{
    test_folder_destroy(&folder);
}

TestSuite(file, .init = init, .fini = deinit);

static char *inside(const char *name)
{
    return file_join(folder.path, name);
}

Test(file, what_was_written_is_read)
{
    size_t len = 300000; // more than one read
    char *bytes = mem_alloc(len, 1);
    for (size_t i = 0; i < len; i++) {
        bytes[i] = (char)(i % 251);
    }
    char *path = inside("f");
    cr_assert_eq(file_write(path, bytes, len, 0640, &err), ERR_OK, "%s", err.message);
    struct stat status;
    cr_assert_eq(stat(path, &status), 0);
    cr_expect_eq(status.st_mode & 0777, 0640);
    struct buf content;
    buf_init(&content, len);
    cr_assert_eq(file_read(path, &content, &err), ERR_OK, "%s", err.message);
    cr_expect_eq(content.len, len);
    cr_expect_arr_eq(content.data, bytes, len);
    buf_deinit(&content);
    mem_free(&path);
    mem_free(&bytes);
}

Test(file, a_file_that_is_there_is_not_overwritten)
{
    char *path = test_folder_write(&folder, "old", 3);
    cr_expect_eq(file_write(path, "new", 3, 0600, &err), ERR_IO);
    cr_expect_not_null(strstr(err.message, "File exists"), "%s", err.message);
    struct buf content;
    buf_init(&content, 10);
    cr_assert_eq(file_read(path, &content, &err), ERR_OK);
    cr_expect_str_eq(buf_text(&content), "old");
    buf_deinit(&content);
    mem_free(&path);
}

Test(file, a_link_at_the_place_of_a_new_file_is_not_followed)
{
    char *target = inside("target");
    char *link_path = inside("link");
    cr_assert_eq(symlink(target, link_path), 0);
    cr_expect_eq(file_write(link_path, "x", 1, 0600, &err), ERR_IO);
    cr_expect_not(file_exists(target));
    mem_free(&target);
    mem_free(&link_path);
}

Test(file, reads_have_a_limit)
{
    char *path = test_folder_write(&folder, "12345", 5);
    struct buf content;
    buf_init(&content, 5);
    cr_expect_eq(file_read(path, &content, &err), ERR_OK);
    buf_deinit(&content);
    buf_init(&content, 4);
    cr_expect_eq(file_read(path, &content, &err), ERR_LIMIT);
    cr_expect_not_null(strstr(err.message, "longer than 4 bytes"), "%s", err.message);
    cr_expect_not_null(strstr(err.message, path));
    buf_deinit(&content);
    mem_free(&path);
}

Test(file, what_cannot_be_read_says_why)
{
    char *path = inside("nothing");
    struct buf content;
    buf_init(&content, 10);
    cr_expect_eq(file_read(path, &content, &err), ERR_NOT_FOUND);
    cr_expect_not_null(strstr(err.message, path), "%s", err.message);
    cr_expect_eq(file_read(folder.path, &content, &err), ERR_IO);
    cr_expect_not_null(strstr(err.message, "directory"), "%s", err.message);
    char *below_a_file = test_folder_write(&folder, "", 0);
    char *below = file_join(below_a_file, "x");
    cr_expect_eq(file_read(below, &content, &err), ERR_NOT_FOUND, "%s", err.message);
    mem_free(&below);
    mem_free(&below_a_file);
    mem_free(&path);
    buf_deinit(&content);
}

Test(file, folders_are_made_with_all_above_them)
{
    char *path = inside("a/b/c");
    cr_expect_eq(file_make_folders(path, 0750, &err), ERR_OK, "%s", err.message);
    cr_expect(file_is_folder(path));
    cr_expect_eq(file_make_folders(path, 0750, &err), ERR_OK, "there already");
    cr_expect_eq(file_sync_folder(path, &err), ERR_OK);
    char *file = inside("a/f");
    cr_assert_eq(file_write(file, "", 0, 0600, &err), ERR_OK);
    char *below = inside("a/f/g");
    cr_expect_neq(file_make_folders(below, 0750, &err), ERR_OK);
    cr_expect_eq(file_make_folders(file, 0750, &err), ERR_IO);
    cr_expect_not_null(strstr(err.message, "is not a folder"), "%s", err.message);
    cr_expect_eq(file_sync_folder(below, &err), ERR_NOT_FOUND);
    mem_free(&below);
    mem_free(&file);
    mem_free(&path);
}

Test(file, a_tree_is_removed_and_links_are_not_followed)
{
    char *kept = test_folder_write(&folder, "kept", 4);
    char *deep = inside("tree/a/b");
    char *link_path = inside("tree/a/link");
    char *folder_link = inside("tree/up");
    char *tree = inside("tree");
    cr_assert_eq(file_make_folders(deep, 0700, &err), ERR_OK);
    cr_assert_eq(symlink(kept, link_path), 0);
    cr_assert_eq(symlink("..", folder_link), 0);
    cr_expect_eq(file_remove_tree(tree, &err), ERR_OK, "%s", err.message);
    cr_expect_not(file_exists(tree));
    cr_expect(file_exists(kept));
    cr_expect_eq(file_remove_tree(tree, &err), ERR_OK, "nothing there is no error");
    cr_expect_eq(file_remove_tree(kept, &err), ERR_OK, "a file as well");
    cr_expect_not(file_exists(kept));
    mem_free(&tree);
    mem_free(&folder_link);
    mem_free(&link_path);
    mem_free(&deep);
    mem_free(&kept);
}

Test(file, names_are_listed_sorted_up_to_a_limit)
{
    static const char *const NAMES[] = {"b", "a", "B", ".hidden", "a10", "a2"};
    for (size_t i = 0; i < ARRAY_LEN(NAMES); i++) {
        char *path = inside(NAMES[i]);
        cr_assert_eq(file_write(path, "", 0, 0600, &err), ERR_OK);
        mem_free(&path);
    }
    struct file_names names = {0};
    cr_assert_eq(file_list(folder.path, ARRAY_LEN(NAMES), &names, &err), ERR_OK);
    static const char *const SORTED[] = {".hidden", "B", "a", "a10", "a2", "b"};
    cr_assert_eq(names.count, ARRAY_LEN(SORTED));
    for (size_t i = 0; i < names.count; i++) {
        cr_expect_str_eq(names.names[i], SORTED[i]);
    }
    file_names_deinit(&names);
    cr_expect_eq(names.count, 0);
    cr_expect_eq(file_list(folder.path, ARRAY_LEN(NAMES) - 1, &names, &err), ERR_LIMIT);
    cr_expect_not_null(strstr(err.message, "more than 5 entries"), "%s", err.message);
    cr_expect_eq(names.count, 0, "outputs only on success");
    char *nothing = inside("nothing");
    cr_expect_eq(file_list(nothing, 5, &names, &err), ERR_NOT_FOUND);
    mem_free(&nothing);
}

Test(file, an_empty_folder_lists_nothing)
{
    struct file_names names = {0};
    cr_expect_eq(file_list(folder.path, 0, &names, &err), ERR_OK);
    cr_expect_eq(names.count, 0);
    file_names_deinit(&names);
}

Test(file, join)
{
    static const char *const ROWS[][3] = {
        {"a", "b", "a/b"}, {"a/", "b", "a/b"}, {"/", "b", "/b"}, {"", "b", "/b"}};
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        char *joined = file_join(ROWS[i][0], ROWS[i][1]);
        cr_expect_str_eq(joined, ROWS[i][2]);
        mem_free(&joined);
    }
}
