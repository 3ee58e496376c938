// SPDX-License-Identifier: MIT
#include "file_store.h"

#include "attempt_name.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    FILES_MAX = 1000,     // files in one report
    FILE_MODE_MAX = 0640, // permissions beyond these are taken away when a report is published
    // For a look at a file that somebody else may have put there.
    SETTLE_FLAGS = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
    PUBLISH_TRIES = 10, // another daemon may remove an empty folder between two steps of ours
};

// `also` is what else is right.
static enum err_kind refuse_name(const char *what, const char *name, const char *also,
                                 struct err *err)
{
    return err_set(err, ERR_INVALID, "%s %s cannot name a folder: 1 to %d of A-Z a-z 0-9 - _%s",
                   what, text_quoted_of(span_of(name), TEXT_ID_MAX).text, TEXT_ID_MAX, also);
}

static enum err_kind check_name(const char *what, const char *name, struct err *err)
{
    return text_is_id(name, strlen(name)) ? ERR_OK : refuse_name(what, name, "", err);
}

// Ids are checked where they come in, too. Here is where a slash would do harm.
enum err_kind file_store_check_key(const struct store_key *key, struct err *err)
{
    if (check_name("account id", key->account_id, err) != ERR_OK ||
        check_name("report id", key->report_id, err) != ERR_OK) {
        return err->kind;
    }
    return subject_is_valid(key->pack_id) ? ERR_OK
                                          : refuse_name("compliance pack id", key->pack_id,
                                                        ", or two such with a '.' between", err);
}

static enum err_kind open_root(const struct file_store *store, struct folder *root_out,
                               struct err *err)
{
    if (folder_open_path(store->root, root_out, err) != ERR_OK) {
        return err->kind;
    }
    root_out->is_lazy = !store->fsync;
    return ERR_OK;
}

enum err_kind file_store_open_pack(const struct file_store *store, const struct store_key *key,
                                   struct folder *pack_out, struct err *err)
{
    struct folder account;
    if (folder_open_below(store->root, key->account_id, &account, err) != ERR_OK) {
        return err->kind;
    }
    account.is_lazy = !store->fsync;
    enum err_kind kind = folder_open(&account, key->pack_id, pack_out, err);
    folder_close(&account);
    return kind;
}

static enum err_kind make_staging(const struct file_store *store, struct folder *staging_out,
                                  struct err *err)
{
    struct folder root;
    if (open_root(store, &root, err) != ERR_OK) {
        return err->kind;
    }
    enum err_kind kind = folder_make(&root, FILE_STORE_STAGING, staging_out, NULL, err);
    folder_close(&root);
    return kind;
}

enum err_kind file_store_open_staging(const struct file_store *store, struct folder *staging_out,
                                      struct err *err)
{
    struct err failure;
    enum err_kind kind = folder_open_below(store->root, FILE_STORE_STAGING, staging_out, &failure);
    if (kind == ERR_NOT_FOUND) {
        return make_staging(store, staging_out, err);
    }
    if (kind != ERR_OK) {
        *err = failure;
        return kind;
    }
    staging_out->is_lazy = !store->fsync;
    return ERR_OK;
}

// An empty folder `name`, whatever a crash left there.
static enum err_kind make_anew(const struct folder *staging, const char *name, struct err *err)
{
    if (mkdirat(staging->fd, name, FOLDER_MODE) == 0) {
        return ERR_OK;
    }
    if (errno == EEXIST) {
        if (folder_remove(staging, name, err) != ERR_OK) {
            return err->kind;
        }
        if (mkdirat(staging->fd, name, FOLDER_MODE) == 0) {
            return ERR_OK;
        }
    }
    return err_set_errno(err, errno == EEXIST ? ERR_CONFLICT : ERR_IO, errno, "%s/%s",
                         staging->path, name);
}

static enum err_kind stage(struct store *store, const struct store_key *key, char **folder_out,
                           struct err *err)
{
    struct folder staging;
    if (file_store_check_key(key, err) != ERR_OK ||
        file_store_open_staging(file_store_of(store), &staging, err) != ERR_OK) {
        return err_prefix(err, "stage report");
    }
    char name[ATTEMPT_NAME_BYTES];
    attempt_name_staging(key->report_id, key->fence, name);
    enum err_kind kind = make_anew(&staging, name, err);
    if (kind == ERR_OK) {
        *folder_out = file_join(staging.path, name);
    } else {
        (void)err_prefix(err, "stage report");
    }
    folder_close(&staging);
    return kind;
}

// Whether all that settle_file would do is done already: then the file need not be opened.
static bool is_settled(const struct folder *folder, const char *name)
{
    struct stat status;
    return folder->is_lazy && fstatat(folder->fd, name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
           S_ISREG(status.st_mode) && (status.st_mode & ALLPERMS & ~(mode_t)FILE_MODE_MAX) == 0;
}

// Makes one file of the report durable (unless the store is not) and sees that nobody but owner and
// group can read it.
static enum err_kind settle_file(const struct folder *folder, const char *name, struct err *err)
{
    if (is_settled(folder, name)) {
        return ERR_OK;
    }
    int fd = openat(folder->fd, name, SETTLE_FLAGS);
    if (fd < 0) {
        return err_set_errno(err, ERR_IO, errno, "%s/%s", folder->path, name);
    }
    struct stat status;
    enum err_kind kind = ERR_OK;
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
        kind = err_set(err, ERR_IO, "%s/%s: is not a regular file", folder->path, name);
    } else if (fchmod(fd, status.st_mode & FILE_MODE_MAX) != 0 ||
               (!folder->is_lazy && fsync(fd) != 0)) {
        kind = err_set_errno(err, ERR_IO, errno, "%s/%s", folder->path, name);
    }
    (void)close(fd);
    return kind;
}

// Has the system begin to write all files before the first of them is waited for, so that the disk
// has them at once, and the waits for the others are short. A hint: what goes wrong here, fsync says.
static void begin_writing(const struct folder *folder, const struct file_names *names)
{
    for (size_t i = 0; !folder->is_lazy && i < names->count; i++) {
        int fd = openat(folder->fd, names->names[i], SETTLE_FLAGS);
        if (fd >= 0) {
            (void)sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE);
            (void)close(fd);
        }
    }
}

static enum err_kind settle_files(const struct folder *staging, const char *name, struct err *err)
{
    struct folder folder;
    struct file_names names = {0};
    if (folder_open(staging, name, &folder, err) != ERR_OK) {
        return err->kind;
    }
    enum err_kind kind = folder_list(&folder, FILES_MAX, &names, err);
    if (kind == ERR_OK && names.count == 0) {
        kind = err_set(err, ERR_INTERNAL, "%s: holds no file", folder.path);
    }
    if (kind == ERR_OK) {
        begin_writing(&folder, &names);
    }
    for (size_t i = 0; kind == ERR_OK && i < names.count; i++) {
        kind = settle_file(&folder, names.names[i], err);
    }
    if (kind == ERR_OK) {
        kind = folder_sync(&folder, err);
    }
    file_names_deinit(&names);
    folder_close(&folder);
    return kind;
}

// Opens <root>/<account>/<pack>/<ReportId>, each made when it is not there.
static enum err_kind make_report_folder(const struct file_store *store, const struct store_key *key,
                                        struct folder *report_out, bool *is_new_out,
                                        struct err *err)
{
    struct folder root = FOLDER_CLOSED;
    struct folder account = FOLDER_CLOSED;
    struct folder pack = FOLDER_CLOSED;
    enum err_kind kind = open_root(store, &root, err);
    if (kind == ERR_OK) {
        kind = folder_make(&root, key->account_id, &account, NULL, err);
    }
    if (kind == ERR_OK) {
        kind = folder_make(&account, key->pack_id, &pack, NULL, err);
    }
    if (kind == ERR_OK) {
        kind = folder_make(&pack, key->report_id, report_out, is_new_out, err);
    }
    folder_close(&pack);
    folder_close(&account);
    folder_close(&root);
    return kind;
}

// An attempt that lost its lease must not put its files beside those of its successor.
static enum err_kind refuse_if_overtaken(const struct folder *report, uint64_t fence,
                                         struct err *err)
{
    struct file_names names;
    if (folder_list(report, FILE_STORE_SCAN_MAX, &names, err) != ERR_OK) {
        return err->kind;
    }
    enum err_kind kind = ERR_OK;
    for (size_t i = 0; kind == ERR_OK && i < names.count; i++) {
        uint64_t other;
        if (attempt_name_parse_fence(names.names[i], &other) && other >= fence) {
            kind = err_set(err, ERR_CONFLICT, "%s: attempt %s is published already", report->path,
                           names.names[i]);
        }
    }
    file_names_deinit(&names);
    return kind;
}

// ERR_NOT_FOUND: a folder vanished meanwhile, and another try may do.
static enum err_kind move_into_place(const struct file_store *store, const struct folder *staging,
                                     const struct store_key *key, char **location_out,
                                     struct err *err)
{
    char staged[ATTEMPT_NAME_BYTES];
    char published[ATTEMPT_NAME_BYTES];
    attempt_name_staging(key->report_id, key->fence, staged);
    attempt_name_fence(key->fence, published);
    struct folder report;
    bool is_new;
    if (make_report_folder(store, key, &report, &is_new, err) != ERR_OK) {
        return err->kind;
    }
    enum err_kind kind = is_new ? ERR_OK : refuse_if_overtaken(&report, key->fence, err);
    if (kind == ERR_OK && renameat(staging->fd, staged, report.fd, published) != 0) {
        kind = err_set_errno(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, errno, "%s/%s",
                             report.path, published);
    }
    // Both folders changed; the name must not come back in one and be missing in the other.
    if (kind == ERR_OK) {
        kind = folder_sync(&report, err);
    }
    if (kind == ERR_OK) {
        kind = folder_sync(staging, err);
    }
    if (kind == ERR_OK) {
        *location_out = file_join(report.path, published);
    }
    folder_close(&report);
    return kind;
}

static enum err_kind move_with_patience(const struct file_store *store,
                                        const struct folder *staging, const struct store_key *key,
                                        char **location_out, struct err *err)
{
    struct err failure = {.kind = ERR_NOT_FOUND};
    for (int i = 0; i < PUBLISH_TRIES && failure.kind == ERR_NOT_FOUND; i++) {
        if (move_into_place(store, staging, key, location_out, &failure) == ERR_OK) {
            return ERR_OK;
        }
    }
    *err = failure;
    return err->kind;
}

static enum err_kind publish(struct store *store, const struct store_key *key, char **location_out,
                             struct err *err)
{
    const struct file_store *file_store = file_store_of(store);
    struct folder staging;
    if (file_store_check_key(key, err) != ERR_OK ||
        file_store_open_staging(file_store, &staging, err) != ERR_OK) {
        return err_prefix(err, "publish report");
    }
    char staged[ATTEMPT_NAME_BYTES];
    attempt_name_staging(key->report_id, key->fence, staged);
    enum err_kind kind = settle_files(&staging, staged, err);
    if (kind == ERR_OK) {
        kind = move_with_patience(file_store, &staging, key, location_out, err);
    }
    folder_close(&staging);
    return kind == ERR_OK ? ERR_OK : err_prefix(err, "publish report");
}

enum err_kind file_store_retire(const struct folder *staging, const struct folder *report,
                                const char *report_id, uint64_t fence, struct err *err)
{
    char published[ATTEMPT_NAME_BYTES];
    char gone[ATTEMPT_NAME_BYTES];
    attempt_name_fence(fence, published);
    attempt_name_gone(report_id, fence, gone);
    // What lies there under this name was left by a crash in the middle of the removal below.
    if (folder_remove(staging, gone, err) != ERR_OK) {
        return err->kind;
    }
    if (renameat(report->fd, published, staging->fd, gone) != 0) {
        return errno == ENOENT ? ERR_OK
                               : err_set_errno(err, ERR_IO, errno, "%s/%s: cannot be removed",
                                               report->path, published);
    }
    return folder_remove(staging, gone, err);
}

// Removes the published attempt, and the folders above it that it leaves empty.
static enum err_kind discard_published(const struct file_store *store, const struct folder *staging,
                                       const struct store_key *key, struct err *err)
{
    struct folder root = FOLDER_CLOSED;
    struct folder account = FOLDER_CLOSED;
    struct folder pack = FOLDER_CLOSED;
    struct folder report = FOLDER_CLOSED;
    enum err_kind kind = open_root(store, &root, err);
    if (kind == ERR_OK) {
        kind = folder_open(&root, key->account_id, &account, err);
    }
    if (kind == ERR_OK) {
        kind = folder_open(&account, key->pack_id, &pack, err);
    }
    if (kind == ERR_OK) {
        kind = folder_open(&pack, key->report_id, &report, err);
    }
    if (kind == ERR_OK) {
        kind = file_store_retire(staging, &report, key->report_id, key->fence, err);
    }
    if (kind == ERR_OK) {
        folder_remove_if_empty(&pack, key->report_id);
        folder_remove_if_empty(&account, key->pack_id);
        folder_remove_if_empty(&root, key->account_id);
    }
    folder_close(&report);
    folder_close(&pack);
    folder_close(&account);
    folder_close(&root);
    return kind;
}

static enum err_kind discard(struct store *store, const struct store_key *key, struct err *err)
{
    const struct file_store *file_store = file_store_of(store);
    struct folder staging;
    if (file_store_check_key(key, err) != ERR_OK ||
        file_store_open_staging(file_store, &staging, err) != ERR_OK) {
        return err_prefix(err, "discard report");
    }
    char staged[ATTEMPT_NAME_BYTES];
    attempt_name_staging(key->report_id, key->fence, staged);
    enum err_kind kind = folder_remove(&staging, staged, err);
    if (kind == ERR_OK) {
        struct err failure;
        kind = discard_published(file_store, &staging, key, &failure);
        if (kind == ERR_NOT_FOUND) {
            kind = ERR_OK; // it was never published
        } else if (kind != ERR_OK) {
            *err = failure;
        }
    }
    folder_close(&staging);
    return kind == ERR_OK ? ERR_OK : err_prefix(err, "discard report");
}

static void destroy(struct store *store)
{
    struct file_store *file_store = file_store_of(store);
    mem_free(&file_store->root);
    mem_free(&file_store);
}

static enum err_kind check_writable(const char *root, struct err *err)
{
    struct folder folder;
    struct folder staging;
    if (folder_open_path(root, &folder, err) != ERR_OK) {
        return err->kind;
    }
    enum err_kind kind = folder_make(&folder, FILE_STORE_STAGING, &staging, NULL, err);
    if (kind == ERR_OK) {
        if (faccessat(folder.fd, ".", W_OK | X_OK, AT_EACCESS) != 0 ||
            faccessat(staging.fd, ".", W_OK | X_OK, AT_EACCESS) != 0) {
            kind = err_set_errno(err, ERR_IO, errno, "%s", root);
        }
        folder_close(&staging);
    }
    folder_close(&folder);
    return kind;
}

enum err_kind store_file_open(const char *root, bool fsync, struct store **store_out,
                              struct err *err)
{
    static const struct store_methods METHODS = {
        .stage = stage,
        .publish = publish,
        .discard = discard,
        .tidy = file_store_tidy,
        .check = file_store_check,
        .destroy = destroy,
    };
    struct err cause;
    if (file_make_folders(root, FOLDER_MODE, &cause) != ERR_OK ||
        check_writable(root, &cause) != ERR_OK) {
        return err_set(err, ERR_CONFIG, "report store: %s", cause.message);
    }
    char *absolute = realpath(root, NULL);
    if (absolute == NULL) {
        return err_set_errno(err, ERR_CONFIG, errno, "report store: %s", root);
    }
    struct file_store *store = mem_alloc(1, sizeof(*store));
    store->store.methods = &METHODS;
    store->root = absolute;
    store->fsync = fsync;
    *store_out = &store->store;
    return ERR_OK;
}

void store_destroy(struct store **store)
{
    if (*store != NULL) {
        (*store)->methods->destroy(*store);
        *store = NULL;
    }
}
