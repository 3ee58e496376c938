// SPDX-License-Identifier: MIT
#include "store_fixture.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { PATH_BYTES = 1024, PATHS = 4 };

void store_fixture_init(struct store_fixture *fixture)
{
    struct err err = ERR_INIT;
    fixture->folder = mem_text("/tmp/packreport-store-XXXXXX");
    cr_assert_not_null(mkdtemp(fixture->folder));
    fixture->root = file_join(fixture->folder, "reports");
    cr_assert_eq(store_file_open(fixture->root, true, &fixture->store, &err), ERR_OK, "%s",
                 err.message);
}

void store_fixture_deinit(struct store_fixture *fixture)
{
    struct err err;
    store_destroy(&fixture->store);
    cr_assert_null(fixture->store);
    (void)file_remove_tree(fixture->folder, &err);
    mem_free(&fixture->folder);
    mem_free(&fixture->root);
}

struct store_key store_key_of(const char *report_id, uint64_t fence)
{
    struct store_key key = {.account_id = "1001", .pack_id = "pack-1", .fence = fence};
    (void)text_copy(key.report_id, sizeof(key.report_id), report_id);
    return key;
}

const char *path_in(const struct store_fixture *fixture, const char *format, ...)
{
    static char paths[PATHS][PATH_BYTES];
    static size_t next;
    char *path = paths[next++ % PATHS];
    size_t len = (size_t)snprintf(path, PATH_BYTES, "%s/", fixture->root);
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(path + len, PATH_BYTES - len, format, arguments);
    va_end(arguments);
    return path;
}

static bool write_file(const char *folder, const char *name, const char *content, struct err *err)
{
    char *path = file_join(folder, name);
    enum err_kind kind = file_write(path, content, strlen(content), 0666, err);
    mem_free(&path);
    return kind == ERR_OK;
}

static bool is_empty(const char *folder, struct err *err)
{
    struct file_names names;
    if (file_list(folder, 10, &names, err) != ERR_OK) {
        return false;
    }
    bool empty = names.count == 0;
    file_names_deinit(&names);
    return empty;
}

bool try_stage(const struct store_fixture *fixture, const struct store_key *key, struct err *err)
{
    char *folder = NULL;
    if (fixture->store->methods->stage(fixture->store, key, &folder, err) != ERR_OK) {
        return false;
    }
    bool good = is_empty(folder, err) && write_file(folder, "report.json", "{}\n", err) &&
                write_file(folder, "findings.ndjson", "", err);
    mem_free(&folder);
    return good;
}

void stage_report(const struct store_fixture *fixture, const struct store_key *key)
{
    struct err err = ERR_INIT;
    cr_assert(try_stage(fixture, key, &err), "%s", err.message);
}

void publish_report(const struct store_fixture *fixture, const struct store_key *key)
{
    struct err err = ERR_INIT;
    char *location = NULL;
    stage_report(fixture, key);
    enum err_kind kind = fixture->store->methods->publish(fixture->store, key, &location, &err);
    cr_assert_eq(kind, ERR_OK, "%s", err.message);
    cr_assert(is_there(location));
    mem_free(&location);
}

void age(const char *path, int64_t age_ms)
{
    int64_t at_ms = clock_wall_ms() - age_ms;
    struct timespec times[2] = {{.tv_sec = at_ms / 1000}, {.tv_sec = at_ms / 1000}};
    cr_assert_eq(utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW), 0, "%s", path);
}

bool is_there(const char *path)
{
    struct stat status;
    return lstat(path, &status) == 0;
}
