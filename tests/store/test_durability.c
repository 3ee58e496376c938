// SPDX-License-Identifier: MIT
//
// What publishing asks of the disk, and in which order. fsync, renameat and sync_file_range are ours
// here: they note what they are asked for, can fail, and otherwise do it.
#include "base/file.h"
#include "base/mem.h"
#include "store_fixture.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { EVENTS_MAX = 64, EVENT_BYTES = 256, PATH_MAX_BYTES = 512 };

static struct store_fixture fixture;
static char events[EVENTS_MAX][EVENT_BYTES];
static size_t event_count;
static size_t fail_at; // the call that fails with ENOSPC, from 1; 0: none

static void begin(void)
{
    store_fixture_init(&fixture);
}

static void end(void)
{
    store_fixture_deinit(&fixture);
}

TestSuite(durability, .init = begin, .fini = end);

// Notes a call; false when it is the one to fail.
static bool note(const char *call, int fd, const char *name)
{
    char link[64];
    char target[PATH_MAX_BYTES];
    (void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    ssize_t len = readlink(link, target, sizeof(target) - 1);
    target[len > 0 ? len : 0] = '\0';
    const char *below = strstr(target, "/reports");
    (void)snprintf(events[event_count++ % EVENTS_MAX], EVENT_BYTES, "%s %s%s%s", call,
                   below == NULL ? "" : below + 1, name[0] == '\0' ? "" : "/", name);
    if (event_count == fail_at) {
        errno = ENOSPC;
        return false;
    }
    return true;
}

int fsync(int fd)
{
    return note("fsync", fd, "") ? (int)syscall(SYS_fsync, fd) : -1;
}

int sync_file_range(int fd, off64_t offset, off64_t len, unsigned flags)
{
    return note("begin", fd, "") ? (int)syscall(SYS_sync_file_range, fd, offset, len, flags) : -1;
}

int renameat(int old_folder, const char *old_name, int new_folder, const char *new_name)
{
    return note("rename to", new_folder, new_name)
               ? (int)syscall(SYS_renameat2, old_folder, old_name, new_folder, new_name, 0)
               : -1;
}

static enum err_kind publish_failing_at(size_t call, char **location, struct err *err)
{
    struct store_key key = store_key_of("REPORT-1", 7);
    stage_report(&fixture, &key);
    event_count = 0;
    fail_at = call;
    enum err_kind kind = fixture.store->methods->publish(fixture.store, &key, location, err);
    fail_at = 0;
    return kind;
}

Test(durability, writes_everything_down_before_it_shows_and_the_names_after)
{
    static const char *const WANTED[] = {
        "begin reports/.staging/REPORT-1.7/findings.ndjson",
        "begin reports/.staging/REPORT-1.7/report.json",
        "fsync reports/.staging/REPORT-1.7/findings.ndjson",
        "fsync reports/.staging/REPORT-1.7/report.json",
        "fsync reports/.staging/REPORT-1.7",
        "fsync reports",
        "fsync reports/1001",
        "fsync reports/1001/pack-1",
        "rename to reports/1001/pack-1/REPORT-1/7",
        "fsync reports/1001/pack-1/REPORT-1",
        "fsync reports/.staging",
    };
    struct err err = ERR_INIT;
    char *location = NULL;
    cr_assert_eq(publish_failing_at(0, &location, &err), ERR_OK);
    cr_assert_eq(event_count, ARRAY_LEN(WANTED));
    for (size_t i = 0; i < ARRAY_LEN(WANTED); i++) {
        cr_assert_str_eq(events[i], WANTED[i]);
    }
    mem_free(&location);
}

// For measuring: the same steps, but nothing is waited for.
Test(durability, without_fsync_only_the_rename_is_left)
{
    struct store *durable = fixture.store;
    struct store_key key = store_key_of("REPORT-1", 7);
    struct err err = ERR_INIT;
    char *location = NULL;
    cr_assert_eq(store_file_open(fixture.root, false, &fixture.store, &err), ERR_OK);
    stage_report(&fixture, &key);
    event_count = 0;
    cr_assert_eq(fixture.store->methods->publish(fixture.store, &key, &location, &err), ERR_OK);
    cr_assert_eq(event_count, 1);
    cr_assert_str_eq(events[0], "rename to reports/1001/pack-1/REPORT-1/7");
    cr_assert(is_there(path_in(&fixture, "1001/pack-1/REPORT-1/7/report.json")));
    mem_free(&location);
    store_destroy(&durable);
}

// Whatever step fails, the attempt can be discarded and nothing of it stays.
Test(durability, fails_at_each_step_with_its_path_and_leaves_nothing)
{
    enum { STEPS = 11, HINTS = 2 }; // what goes wrong with a hint does not matter
    struct store_key key = store_key_of("REPORT-1", 7);
    for (size_t call = HINTS + 1; call <= STEPS; call++) {
        struct err err = ERR_INIT;
        char *location = NULL;
        cr_assert_eq(publish_failing_at(call, &location, &err), ERR_IO, "step %zu", call);
        cr_assert_null(location);
        cr_assert_not_null(strstr(err.message, "No space left on device"), "%s", err.message);
        cr_assert_not_null(strstr(err.message, fixture.root), "%s", err.message);
        bool shown = is_there(path_in(&fixture, "1001/pack-1/REPORT-1/7"));
        cr_assert_eq(shown, call > 9, "step %zu", call);
        cr_assert_eq(fixture.store->methods->discard(fixture.store, &key, &err), ERR_OK);
        cr_assert_not(is_there(path_in(&fixture, "1001/pack-1/REPORT-1/7")));
        cr_assert_not(is_there(path_in(&fixture, ".staging/REPORT-1.7")));
    }
}

// A small file system of our own, where that is allowed.
static bool mount_small(const char *path)
{
    return unshare(CLONE_NEWNS) == 0 && mount("", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           mount("tmpfs", path, "tmpfs", 0, "size=64k,nr_inodes=8") == 0;
}

static enum err_kind fill(const char *folder, struct err *err)
{
    enum { CHUNK_BYTES = 48 * 1024 };
    char *chunk = mem_alloc(CHUNK_BYTES, 1);
    enum err_kind kind = ERR_OK;
    for (int i = 0; kind == ERR_OK && i < 8; i++) {
        char *name = mem_format("%s/file-%d", folder, i);
        kind = file_write(name, chunk, CHUNK_BYTES, 0640, err);
        mem_free(&name);
    }
    mem_free(&chunk);
    return kind;
}

Test(durability, names_the_path_when_the_disk_is_full)
{
    struct store_key key = store_key_of("REPORT-1", 7);
    struct err err = ERR_INIT;
    char *folder = NULL;
    bool mounted = mount_small(fixture.root);
    if (!mounted) {
        (void)signal(SIGXFSZ, SIG_IGN);
        const struct rlimit limit = {.rlim_cur = 1024, .rlim_max = 1024};
        cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    }
    cr_assert_eq(fixture.store->methods->stage(fixture.store, &key, &folder, &err), ERR_OK);
    cr_assert_eq(fill(folder, &err), ERR_IO);
    cr_assert_not_null(strstr(err.message, folder), "%s", err.message);
    cr_assert_not_null(strstr(err.message, mounted ? "No space left" : "too large"), "%s",
                       err.message);
    cr_assert_eq(fixture.store->methods->discard(fixture.store, &key, &err), ERR_OK);
    cr_assert_not(is_there(folder));
    mem_free(&folder);
    if (mounted) {
        cr_assert_eq(umount2(fixture.root, MNT_DETACH), 0);
    }
}

Test(durability, names_the_path_when_no_folder_can_be_made)
{
    struct err err = ERR_INIT;
    char *folder = NULL;
    if (!mount_small(fixture.root)) {
        cr_skip("mounting is not permitted here");
    }
    enum err_kind kind = ERR_OK;
    for (uint64_t fence = 1; kind == ERR_OK && fence <= 8; fence++) {
        struct store_key key = store_key_of("REPORT-1", fence);
        kind = fixture.store->methods->stage(fixture.store, &key, &folder, &err);
        if (kind == ERR_OK) {
            mem_free(&folder);
        }
    }
    cr_assert_eq(kind, ERR_IO);
    cr_assert_not_null(strstr(err.message, "stage report: "), "%s", err.message);
    cr_assert_not_null(strstr(err.message, ".staging/REPORT-1."), "%s", err.message);
    cr_assert_eq(umount2(fixture.root, MNT_DETACH), 0);
}
