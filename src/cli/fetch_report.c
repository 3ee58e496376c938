// SPDX-License-Identifier: MIT
#include "fetch_report.h"

#include "base/digest.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "manifest.h"
#include "new_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    FOLDER_MODE = 0750,
    FILE_MODE = 0640,
    REQUEST_URL_BYTES = 1024 * 1024,
    RANGE_BYTES = 64,
    READ_BYTES = 64 * 1024,
    STATUS_OK = 200,
    STATUS_PART = 206,
    STATUS_DENIED = 403,
    STATUS_NOT_FOUND = 404,
};

// "https://host/reports/…/" and "?…", between which the name of a file goes.
struct link {
    char *folder;
    char *query;
};

struct fetch {
    struct web *web;
    struct link link;
    const char *work; // "<out>.part"; borrowed
};

// ---- the link

static enum err_kind read_link(const char *text, struct link *link_out, struct err *err)
{
    const char *host = strstr(text, "://");
    const char *query = strchr(text, '?');
    const char *slash = query;
    while (slash != NULL && slash > text && *slash != '/') {
        slash--;
    }
    bool is_right = web_is_url(text) && query != NULL && slash > host + strlen("://") &&
                    text_is_printable_ascii(text, strlen(text)) && strpbrk(text, " #") == NULL;
    if (!is_right) {
        return err_set(err, ERR_INVALID,
                       "this is no link to a report; one is right as ReportUrl has it");
    }
    link_out->folder = mem_text_n(text, (size_t)(slash + 1 - text));
    link_out->query = mem_text(query);
    return ERR_OK;
}

static void link_deinit(struct link *link)
{
    mem_free(&link->folder);
    mem_free(&link->query);
}

// ---- one request

static enum err_kind judge(int status, const char *name, struct err *err)
{
    if (status == STATUS_OK || status == STATUS_PART) {
        return ERR_OK;
    }
    if (status == STATUS_DENIED) {
        return err_set(err, ERR_DENIED,
                       "%s: the link is refused: it is altered or has expired. With a new one the "
                       "same command goes on where this one ended",
                       name);
    }
    return status == STATUS_NOT_FOUND
               ? err_set(err, ERR_NOT_FOUND, "%s: the report is not there any more", name)
               : err_set(err, ERR_UNAVAILABLE, "%s: status %d", name, status);
}

// `len` bytes of a file from `begin` on; 0: the whole.
static enum err_kind get(const struct fetch *fetch, const char *name, uint64_t begin, uint64_t len,
                         struct web_answer *answer_out, struct err *err)
{
    struct buf url;
    char range[RANGE_BYTES];
    buf_init(&url, REQUEST_URL_BYTES);
    (void)buf_append_text(&url, fetch->link.folder);
    text_percent_encode(&url, name, strlen(name));
    (void)buf_append_text(&url, fetch->link.query);
    (void)snprintf(range, sizeof(range), "bytes=%" PRIu64 "-%" PRIu64, begin, begin + len - 1);
    const struct http_header headers[] = {{.name = "Range", .value = range}};
    const struct http_request request = {
        .url = buf_text(&url), .headers = headers, .header_count = len > 0 ? 1 : 0};
    struct web_answer answer = {.status = 0};
    enum err_kind kind = url.overflow ? err_set(err, ERR_INVALID, "the link is too long")
                                      : web_get(fetch->web, &request, WEB_TRIES, &answer, err);
    if (kind == ERR_OK) {
        kind = judge(answer.status, name, err);
        if (kind == ERR_OK) {
            *answer_out = answer;
        } else {
            buf_deinit(&answer.body);
        }
    } else {
        (void)err_prefix(err, "%s", name);
    }
    buf_deinit(&url);
    return kind;
}

// ---- the manifest

static bool is_same_file(const char *path, const struct buf *text)
{
    struct buf stored;
    struct err ignored = ERR_INIT;
    buf_init(&stored, MANIFEST_BYTES_MAX);
    bool is_same = file_read(path, &stored, &ignored) == ERR_OK && stored.len == text->len &&
                   memcmp(buf_text(&stored), buf_text(text), text->len) == 0;
    buf_deinit(&stored);
    return is_same;
}

// What an earlier run left of another report is of no use.
static enum err_kind begin_work(const struct fetch *fetch, const struct buf *manifest,
                                struct err *err)
{
    char *path = file_join(fetch->work, MANIFEST_FILE);
    enum err_kind kind = ERR_OK;
    struct stat status;
    // A symbolic link would lead what is fetched to somewhere else.
    bool is_folder = lstat(fetch->work, &status) == 0 && S_ISDIR(status.st_mode);
    if (!is_folder || !is_same_file(path, manifest)) {
        kind = file_remove_tree(fetch->work, err);
        if (kind == ERR_OK && mkdir(fetch->work, FOLDER_MODE) != 0) {
            kind = err_set_errno(err, ERR_IO, errno, "%s", fetch->work);
        }
        if (kind == ERR_OK) {
            kind = file_write(path, buf_text(manifest), manifest->len, FILE_MODE, err);
        }
    }
    mem_free(&path);
    return kind;
}

static enum err_kind fetch_manifest(const struct fetch *fetch, json_t **manifest_out,
                                    struct err *err)
{
    struct web_answer answer;
    if (get(fetch, MANIFEST_FILE, 0, 0, &answer, err) != ERR_OK) {
        return err->kind;
    }
    json_t *manifest = NULL;
    enum err_kind kind = manifest_parse(&answer.body, MANIFEST_FILE, &manifest, err);
    if (kind == ERR_OK) {
        kind = begin_work(fetch, &answer.body, err);
    }
    buf_deinit(&answer.body);
    if (kind != ERR_OK) {
        json_decref(manifest);
        return kind;
    }
    *manifest_out = manifest;
    return ERR_OK;
}

// ---- one file

static enum err_kind digest_of(int fd, const char *path, char out[DIGEST_HEX_BYTES],
                               struct err *err)
{
    struct digest *digest = digest_create();
    char *piece = mem_alloc(READ_BYTES, 1);
    off_t at = 0;
    ssize_t got;
    while ((got = pread(fd, piece, READ_BYTES, at)) > 0) {
        digest_update(digest, piece, (size_t)got);
        at += got;
    }
    digest_finish(digest, out);
    digest_destroy(&digest);
    mem_free(&piece);
    return got == 0 ? ERR_OK : err_set_errno(err, ERR_IO, errno, "%s", path);
}

static enum err_kind append(int fd, const struct buf *body, uint64_t at, struct err *err)
{
    size_t done = 0;
    while (done < body->len) {
        ssize_t wrote = pwrite(fd, buf_text(body) + done, body->len - done, (off_t)(at + done));
        if (wrote < 0 && errno != EINTR) {
            return err_set_errno(err, ERR_IO, errno, "write");
        }
        done += wrote > 0 ? (size_t)wrote : 0;
    }
    return ERR_OK;
}

// The rest of the file from `have` on.
static enum err_kind fetch_rest(const struct fetch *fetch, const struct manifest_file *wanted,
                                int fd, uint64_t have, struct err *err)
{
    enum err_kind kind = ERR_OK;
    while (kind == ERR_OK && have < wanted->bytes) {
        uint64_t left = wanted->bytes - have;
        uint64_t len = left < FETCH_PIECE_BYTES ? left : FETCH_PIECE_BYTES;
        struct web_answer answer;
        kind = get(fetch, wanted->name, have, len, &answer, err);
        if (kind != ERR_OK) {
            return kind;
        }
        bool is_asked = answer.body.len == len &&
                        (answer.status == STATUS_PART || (have == 0 && len == wanted->bytes));
        kind = is_asked ? append(fd, &answer.body, have, err)
                        : err_set(err, ERR_CORRUPT,
                                  "%s: %zu bytes came (status %d), and %" PRIu64 " were asked for",
                                  wanted->name, answer.body.len, answer.status, len);
        have += len;
        buf_deinit(&answer.body);
    }
    return kind;
}

static enum err_kind complete(const struct fetch *fetch, const struct manifest_file *wanted, int fd,
                              const char *path, struct err *err)
{
    struct stat status;
    REQUIRE(wanted->sha256 != NULL);
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
        return err_set(err, ERR_IO, "%s is no regular file", path);
    }
    uint64_t have = (uint64_t)status.st_size;
    if (have > wanted->bytes) {
        have = 0;
        if (ftruncate(fd, 0) != 0) {
            return err_set_errno(err, ERR_IO, errno, "%s", path);
        }
    }
    char found[DIGEST_HEX_BYTES];
    if (fetch_rest(fetch, wanted, fd, have, err) != ERR_OK ||
        digest_of(fd, path, found, err) != ERR_OK) {
        return err->kind;
    }
    if (strcmp(found, wanted->sha256) != 0) {
        (void)unlink(path); // or the next run would go on behind it
        return err_set(err, ERR_CORRUPT, "%s does not match the manifest: SHA-256 %s, not %s",
                       wanted->name, found, wanted->sha256);
    }
    return ERR_OK;
}

static enum err_kind fetch_file(const struct fetch *fetch, const struct manifest_file *wanted,
                                struct err *err)
{
    char *path = file_join(fetch->work, wanted->name);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);
    enum err_kind kind = fd < 0 ? err_set_errno(err, ERR_IO, errno, "%s", path)
                                : complete(fetch, wanted, fd, path, err);
    if (fd >= 0 && close(fd) != 0 && kind == ERR_OK) {
        kind = err_set_errno(err, ERR_IO, errno, "%s", path);
    }
    mem_free(&path);
    return kind;
}

// All names are looked at before anything is fetched.
static enum err_kind fetch_files(const struct fetch *fetch, const json_t *manifest, struct err *err)
{
    const size_t count = manifest_count(manifest);
    struct manifest_file wanted;
    for (size_t i = 0; i < count; i++) {
        if (manifest_file(manifest, i, &wanted, err) != ERR_OK) {
            return err->kind;
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (manifest_file(manifest, i, &wanted, err) != ERR_OK ||
            fetch_file(fetch, &wanted, err) != ERR_OK) {
            return err->kind;
        }
    }
    return ERR_OK;
}

// ---- all of it

enum err_kind fetch_report(struct web *web, const char *link, const char *out,
                           json_t **manifest_out, struct err *err)
{
    struct new_folder folder;
    if (new_folder_resume(out, &folder, err) != ERR_OK) {
        return err->kind;
    }
    struct fetch fetch = {.web = web, .work = folder.work};
    json_t *manifest = NULL;
    enum err_kind kind = read_link(link, &fetch.link, err);
    kind = kind == ERR_OK ? fetch_manifest(&fetch, &manifest, err) : kind;
    kind = kind == ERR_OK ? fetch_files(&fetch, manifest, err) : kind;
    kind = new_folder_end(&folder, kind, err);
    link_deinit(&fetch.link);
    if (kind != ERR_OK) {
        json_decref(manifest);
        return kind;
    }
    *manifest_out = manifest;
    return ERR_OK;
}
