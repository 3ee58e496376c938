// SPDX-License-Identifier: MIT
#include "base/file.h"
#include "base/mem.h"
#include "store_fixture.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct store_fixture fixture;

static void begin(void)
{
    (void)umask(0); // so that modes are what we ask for
    store_fixture_init(&fixture);
}

static void end(void)
{
    store_fixture_deinit(&fixture);
}

TestSuite(file_store, .init = begin, .fini = end);

static const struct store_methods *methods(void)
{
    return fixture.store->methods;
}

static unsigned mode_of(const char *path)
{
    struct stat status;
    cr_assert_eq(lstat(path, &status), 0, "%s", path);
    return status.st_mode & 07777;
}

static void assert_contains(const char *message, const char *part)
{
    cr_assert_not_null(strstr(message, part), "\"%s\" is not in \"%s\"", part, message);
}

Test(file_store, publishes_a_whole_folder_under_its_key)
{
    struct store_key key = store_key_of("REPORT-1", 7);
    struct err err = ERR_INIT;
    char *location;
    stage_report(&fixture, &key);
    cr_assert_not(is_there(path_in(&fixture, "1001")));
    cr_assert_eq(methods()->publish(fixture.store, &key, &location, &err), ERR_OK);
    char *root = realpath(fixture.root, NULL);
    char *wanted = mem_format("%s/1001/pack-1/REPORT-1/7", root);
    cr_assert_str_eq(location, wanted);
    cr_assert(is_there(path_in(&fixture, "1001/pack-1/REPORT-1/7/report.json")));
    cr_assert(is_there(path_in(&fixture, "1001/pack-1/REPORT-1/7/findings.ndjson")));
    cr_assert_not(is_there(path_in(&fixture, ".staging/REPORT-1.7")));
    mem_free(&wanted);
    free(root);
    mem_free(&location);
}

Test(file_store, keeps_others_out)
{
    struct store_key key = store_key_of("REPORT-1", 7);
    publish_report(&fixture, &key);
    static const char *const FOLDERS[] = {
        ".", ".staging", "1001", "1001/pack-1", "1001/pack-1/REPORT-1", "1001/pack-1/REPORT-1/7"};
    for (size_t i = 0; i < ARRAY_LEN(FOLDERS); i++) {
        cr_assert_eq(mode_of(path_in(&fixture, "%s", FOLDERS[i])), 0750, "%s", FOLDERS[i]);
    }
    cr_assert_eq(mode_of(path_in(&fixture, "1001/pack-1/REPORT-1/7/report.json")), 0640);
}

Test(file_store, never_widens_a_mode)
{
    struct store_key key = store_key_of("REPORT-1", 7);
    struct err err = ERR_INIT;
    char *location;
    stage_report(&fixture, &key);
    cr_assert_eq(chmod(path_in(&fixture, ".staging/REPORT-1.7/report.json"), 0600), 0);
    cr_assert_eq(methods()->publish(fixture.store, &key, &location, &err), ERR_OK);
    cr_assert_eq(mode_of(path_in(&fixture, "1001/pack-1/REPORT-1/7/report.json")), 0600);
    mem_free(&location);
}

Test(file_store, gives_absolute_locations_for_a_relative_root)
{
    struct store_key key = store_key_of("REPORT-1", 7);
    struct err err = ERR_INIT;
    struct store *store;
    char *folder;
    cr_assert_eq(chdir(fixture.folder), 0);
    cr_assert_eq(store_file_open("below/here", true, &store, &err), ERR_OK, "%s", err.message);
    cr_assert_eq(chdir("/"), 0);
    cr_assert_eq(store->methods->stage(store, &key, &folder, &err), ERR_OK, "%s", err.message);
    cr_assert_eq(folder[0], '/');
    assert_contains(folder, "/below/here/.staging/REPORT-1.7");
    mem_free(&folder);
    store_destroy(&store);
}

Test(file_store, stages_anew_over_what_a_crash_left)
{
    struct store_key key = store_key_of("REPORT-1", 7);
    stage_report(&fixture, &key);
    cr_assert_eq(mkdir(path_in(&fixture, ".staging/REPORT-1.7/deeper"), 0700), 0);
    cr_assert_eq(symlink("/", path_in(&fixture, ".staging/REPORT-1.7/deeper/link")), 0);
    stage_report(&fixture, &key); // checks that the folder is empty
    cr_assert(is_there("/etc"));
}

Test(file_store, refuses_ids_that_are_no_names)
{
    static const char *const IDS[] = {
        "",     ".",        "..",
        "a/b",  "../up",    "a.b.c",
        "a.",   ".b",       "a.b/c",
        "a b",  "a\nb",     "{p}",
        "a%2f", "\xc3\xa9", "0123456789012345678901234567890123456789012345678901234567890123"};
    for (size_t i = 0; i < ARRAY_LEN(IDS); i++) {
        struct store_key key = store_key_of("REPORT-1", 7);
        struct err err = ERR_INIT;
        char *out = NULL;
        bool fits = strlen(IDS[i]) == TEXT_ID_MAX; // the longest id that is one
        cr_assert(text_copy(key.pack_id, sizeof(key.pack_id), IDS[i]));
        enum err_kind wanted = fits ? ERR_OK : ERR_INVALID;
        cr_assert_eq(methods()->stage(fixture.store, &key, &out, &err), wanted, "%s", IDS[i]);
        mem_free(&out);
        if (!fits) {
            assert_contains(err.message, "compliance pack id \"");
            cr_assert_eq(methods()->publish(fixture.store, &key, &out, &err), ERR_INVALID);
            cr_assert_eq(methods()->discard(fixture.store, &key, &err), ERR_INVALID);
            cr_assert_eq(methods()->tidy(fixture.store, &key, 1, 1, &err), ERR_INVALID);
        }
    }
}

Test(file_store, takes_the_pack_of_a_group)
{
    struct store_key key = store_key_of("REPORT-1", 7);
    struct err err = ERR_INIT;
    char *location = NULL;
    (void)text_copy(key.pack_id, sizeof(key.pack_id), "ca-1.cp-1");
    stage_report(&fixture, &key);
    cr_assert_eq(methods()->publish(fixture.store, &key, &location, &err), ERR_OK, "%s",
                 err.message);
    cr_expect_not_null(strstr(location, "/ca-1.cp-1/REPORT-1/7"), "%s", location);
    cr_expect_eq(methods()->tidy(fixture.store, &key, 1, 1, &err), ERR_OK, "%s", err.message);
    cr_expect(is_there(location));
    mem_free(&location);
}

Test(file_store, refuses_bad_account_and_report_ids)
{
    struct store_key key = store_key_of("..", 7);
    struct err err = ERR_INIT;
    char *out;
    cr_assert_eq(methods()->stage(fixture.store, &key, &out, &err), ERR_INVALID);
    assert_contains(err.message, "report id \"..\"");
    key = store_key_of("REPORT-1", 7);
    (void)text_copy(key.account_id, sizeof(key.account_id), "../1001");
    cr_assert_eq(methods()->stage(fixture.store, &key, &out, &err), ERR_INVALID);
    assert_contains(err.message, "account id \"../1001\"");
}

Test(file_store, publishes_nothing_that_was_not_staged)
{
    struct store_key key = store_key_of("REPORT-1", 7);
    struct err err = ERR_INIT;
    char *out = NULL;
    cr_assert_eq(methods()->publish(fixture.store, &key, &out, &err), ERR_NOT_FOUND);
    assert_contains(err.message, "publish report: ");
    assert_contains(err.message, ".staging/REPORT-1.7");
    cr_assert_eq(methods()->stage(fixture.store, &key, &out, &err), ERR_OK);
    mem_free(&out);
    cr_assert_eq(methods()->publish(fixture.store, &key, &out, &err), ERR_INTERNAL);
    assert_contains(err.message, "holds no file");
    cr_assert_null(out);
}

Test(file_store, publishes_regular_files_only)
{
    struct store_key key = store_key_of("REPORT-1", 7);
    struct err err = ERR_INIT;
    char *out = NULL;
    stage_report(&fixture, &key);
    cr_assert_eq(symlink("/etc/passwd", path_in(&fixture, ".staging/REPORT-1.7/passwd")), 0);
    cr_assert_eq(methods()->publish(fixture.store, &key, &out, &err), ERR_IO);
    assert_contains(err.message, "REPORT-1.7/passwd");
    stage_report(&fixture, &key);
    cr_assert_eq(mkfifo(path_in(&fixture, ".staging/REPORT-1.7/pipe"), 0600), 0);
    cr_assert_eq(methods()->publish(fixture.store, &key, &out, &err), ERR_IO);
    assert_contains(err.message, "is not a regular file");
    cr_assert_not(is_there(path_in(&fixture, "1001")));
}

Test(file_store, lets_no_attempt_publish_beside_its_successor)
{
    struct store_key old = store_key_of("REPORT-1", 7);
    struct store_key new = store_key_of("REPORT-1", 8);
    struct err err = ERR_INIT;
    char *out = NULL;
    stage_report(&fixture, &old);
    publish_report(&fixture, &new);
    cr_assert_eq(methods()->publish(fixture.store, &old, &out, &err), ERR_CONFLICT);
    assert_contains(err.message, "attempt 8 is published already");
    stage_report(&fixture, &new);
    cr_assert_eq(methods()->publish(fixture.store, &new, &out, &err), ERR_CONFLICT);
    cr_assert_not(is_there(path_in(&fixture, "1001/pack-1/REPORT-1/7")));
    cr_assert(is_there(path_in(&fixture, "1001/pack-1/REPORT-1/8/report.json")));
}

Test(file_store, publishes_a_later_attempt_beside_an_earlier_one)
{
    struct store_key old = store_key_of("REPORT-1", 9);
    struct store_key new = store_key_of("REPORT-1", 10);
    publish_report(&fixture, &old);
    publish_report(&fixture, &new);
    cr_assert(is_there(path_in(&fixture, "1001/pack-1/REPORT-1/9/report.json")));
    cr_assert(is_there(path_in(&fixture, "1001/pack-1/REPORT-1/10/report.json")));
}

Test(file_store, goes_through_no_link)
{
    struct store_key key = store_key_of("REPORT-1", 7);
    struct err err = ERR_INIT;
    char *out = NULL;
    char *outside = file_join(fixture.folder, "outside");
    cr_assert_eq(mkdir(outside, 0700), 0);
    cr_assert_eq(symlink(outside, path_in(&fixture, "1001")), 0);
    stage_report(&fixture, &key);
    cr_assert_eq(methods()->publish(fixture.store, &key, &out, &err), ERR_IO);
    assert_contains(err.message, "reports/1001");
    struct file_names names;
    cr_assert_eq(file_list(outside, 10, &names, &err), ERR_OK);
    cr_assert_eq(names.count, 0);
    file_names_deinit(&names);
    mem_free(&outside);
}

Test(file_store, discards_what_was_staged)
{
    struct store_key key = store_key_of("REPORT-1", 7);
    struct store_key other = store_key_of("REPORT-1", 8);
    struct err err = ERR_INIT;
    stage_report(&fixture, &key);
    stage_report(&fixture, &other);
    cr_assert_eq(methods()->discard(fixture.store, &key, &err), ERR_OK);
    cr_assert_not(is_there(path_in(&fixture, ".staging/REPORT-1.7")));
    cr_assert(is_there(path_in(&fixture, ".staging/REPORT-1.8")));
    cr_assert_eq(methods()->discard(fixture.store, &key, &err), ERR_OK, "nothing is no error");
    cr_assert_eq(err.kind, ERR_OK);
}

Test(file_store, discards_what_was_published)
{
    struct store_key key = store_key_of("REPORT-1", 7);
    struct store_key other = store_key_of("REPORT-2", 8);
    struct err err = ERR_INIT;
    publish_report(&fixture, &key);
    publish_report(&fixture, &other);
    cr_assert_eq(methods()->discard(fixture.store, &key, &err), ERR_OK);
    cr_assert_not(is_there(path_in(&fixture, "1001/pack-1/REPORT-1")));
    cr_assert(is_there(path_in(&fixture, "1001/pack-1/REPORT-2/8/report.json")));
    cr_assert_eq(methods()->discard(fixture.store, &other, &err), ERR_OK);
    cr_assert_not(is_there(path_in(&fixture, "1001")));
    struct file_names names;
    cr_assert_eq(file_list(path_in(&fixture, ".staging"), 10, &names, &err), ERR_OK);
    cr_assert_eq(names.count, 0);
    file_names_deinit(&names);
}

Test(file_store, does_not_make_a_root_again_that_went_away)
{
    struct store_key key = store_key_of("REPORT-1", 7);
    struct err err = ERR_INIT;
    char *out;
    cr_assert_eq(file_remove_tree(fixture.root, &err), ERR_OK);
    cr_assert_eq(methods()->stage(fixture.store, &key, &out, &err), ERR_NOT_FOUND);
    assert_contains(err.message, fixture.root);
    cr_assert_not(is_there(fixture.root));
}

Test(file_store, says_what_is_wrong_with_its_root)
{
    struct err err = ERR_INIT;
    struct store *store = NULL;
    char *file = file_join(fixture.folder, "file");
    cr_assert_eq(file_write(file, "", 0, 0600, &err), ERR_OK);
    cr_assert_eq(store_file_open(file, true, &store, &err), ERR_CONFIG);
    assert_contains(err.message, "report store: ");
    assert_contains(err.message, file);
    cr_assert_null(store);
    mem_free(&file);
}

Test(file_store, says_that_it_may_not_write)
{
    struct err err = ERR_INIT;
    struct store *store = NULL;
    cr_assert_eq(chmod(fixture.folder, 0755), 0);
    cr_assert_eq(chmod(fixture.root, 0555), 0);
    cr_assert(geteuid() != 0 || seteuid(65534) == 0);
    cr_assert_eq(store_file_open(fixture.root, true, &store, &err), ERR_CONFIG);
    assert_contains(err.message, "Permission denied");
    cr_assert(getuid() != 0 || seteuid(0) == 0);
    cr_assert_eq(chmod(fixture.root, 0755), 0);
}

static void expect_look(const char *root, const char *message_or_null)
{
    struct err err = ERR_INIT;
    enum err_kind kind = store_file_look(root, &err);
    if (message_or_null == NULL) {
        cr_expect_eq(kind, ERR_OK, "%s: %s", root, err.message);
    } else {
        cr_expect_eq(kind, ERR_CONFIG, "%s", root);
        assert_contains(err.message, message_or_null);
    }
}

Test(file_store, can_be_looked_at_before_it_is_made)
{
    struct err err = ERR_INIT;
    char *file = file_join(fixture.folder, "file");
    char *below_file = file_join(file, "reports");
    char *link = file_join(fixture.folder, "link");
    char *fresh = file_join(fixture.folder, "not/yet/there/");
    cr_assert_eq(file_write(file, "", 0, 0600, &err), ERR_OK);
    cr_assert_eq(symlink("/nowhere/at/all", link), 0);
    expect_look(fixture.root, NULL);
    expect_look(fresh, NULL);
    expect_look("not-yet/there", NULL);
    expect_look(file, "file: is not a folder");
    expect_look(below_file, "Not a directory");
    expect_look(link, "link: is not a folder");
    expect_look("/proc/foo", "/proc/foo: cannot be made in a file system of the kernel");
    expect_look("/proc/foo/bar", "/proc/foo/bar: cannot be made in a file system of the kernel");
    cr_assert_not(is_there(path_in(&fixture, "../not")));
    cr_assert_eq(chmod(fixture.folder, 0555), 0);
    cr_assert(geteuid() != 0 || seteuid(65534) == 0);
    expect_look(fresh, "Permission denied");
    cr_assert(getuid() != 0 || seteuid(0) == 0);
    cr_assert_eq(chmod(fixture.folder, 0755), 0);
    mem_free(&file);
    mem_free(&below_file);
    mem_free(&link);
    mem_free(&fresh);
}

// Each process makes and discards reports of one pack, so that folders above them come and go.
static bool publish_and_discard(unsigned process)
{
    enum { ROUNDS = 25 };
    struct err err = ERR_INIT;
    bool good = true;
    for (uint64_t fence = 1; good && fence <= ROUNDS; fence++) {
        char *id = mem_format("REPORT-%u", process);
        struct store_key key = store_key_of(id, fence);
        char *location = NULL;
        good = try_stage(&fixture, &key, &err) &&
               methods()->publish(fixture.store, &key, &location, &err) == ERR_OK &&
               is_there(location) && methods()->discard(fixture.store, &key, &err) == ERR_OK &&
               !is_there(location);
        mem_free(&id);
        mem_free(&location);
    }
    if (!good) {
        (void)fprintf(stderr, "process %u: %s\n", process, err.message);
    }
    return good;
}

Test(file_store, is_shared_by_many)
{
    enum { PROCESSES = 4 };
    pid_t pids[PROCESSES];
    for (unsigned i = 0; i < PROCESSES; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            _exit(publish_and_discard(i) ? 0 : 1);
        }
    }
    for (unsigned i = 0; i < PROCESSES; i++) {
        int status;
        cr_assert_eq(waitpid(pids[i], &status, 0), pids[i]);
        cr_assert_eq(status, 0, "process %u", i);
    }
    cr_assert_not(is_there(path_in(&fixture, "1001")));
}

// ---- check

Test(file_store, check_says_whether_a_report_could_be_written)
{
    struct err err = ERR_INIT;
    cr_assert_eq(methods()->check(fixture.store, &err), ERR_OK, "%s", err.message);
    struct file_names left = {0};
    cr_assert_eq(file_list(path_in(&fixture, ".staging"), 10, &left, &err), ERR_OK);
    cr_expect_eq(left.count, 0, "a check leaves nothing");
    file_names_deinit(&left);

    char *staging = mem_text(path_in(&fixture, ".staging"));
    cr_assert_eq(rmdir(staging), 0);
    FILE *file = fopen(staging, "we"); // what stands in the way of root, too
    (void)fclose(file);
    cr_expect_eq(methods()->check(fixture.store, &err), ERR_IO);
    assert_contains(err.message, ".staging");
    cr_assert_eq(unlink(staging), 0);
    cr_expect_eq(methods()->check(fixture.store, &err), ERR_OK, "and again when it is mended");
    mem_free(&staging);
}

Test(file_store, check_finds_that_the_root_is_gone)
{
    struct err err = ERR_INIT;
    char *moved = mem_format("%s.moved", fixture.root);
    cr_assert_eq(rename(fixture.root, moved), 0);
    cr_expect_eq(methods()->check(fixture.store, &err), ERR_NOT_FOUND, "%s", err.message);
    cr_expect_not(is_there(fixture.root), "it is not made again");
    cr_assert_eq(rename(moved, fixture.root), 0);
    mem_free(&moved);
}

Test(file_store, check_finds_that_there_is_no_room)
{
    const struct rlimit none = {0, 0}; // a stand-in for a full disk
    (void)signal(SIGXFSZ, SIG_IGN);
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &none), 0);
    struct err err = ERR_INIT;
    cr_expect_eq(methods()->check(fixture.store, &err), ERR_IO);
    assert_contains(err.message, "write: File too large");
}
