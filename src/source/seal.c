// SPDX-License-Identifier: MIT
#include "seal.h"

#include "base/digest.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "rule_files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    DIGEST_HEX_LEN = DIGEST_HEX_BYTES - 1,
    NAME_BYTES_MAX = 255, // of a file, on every file system that we know
    // A line for each file that a folder may have.
    SEAL_BYTES_MAX = LIMIT_RULE_FILES * (DIGEST_HEX_LEN + NAME_BYTES_MAX + 3),
    SEAL_MODE = 0644,
    DIGEST_SHOWN = 12, // characters of a digest in a message
};

struct seal_entry {
    char *name;
    char digest[DIGEST_HEX_BYTES];
    size_t line;
    bool is_asked;
};

struct seal {
    char *folder;
    char *path;
    struct seal_entry *entries; // by name
    size_t count;
    size_t capacity;
};

static int compare_entries(const void *a, const void *b)
{
    const struct seal_entry *left = a;
    const struct seal_entry *right = b;
    int order = strcmp(left->name, right->name);
    return order != 0 ? order : (left->line > right->line) - (left->line < right->line);
}

// "<64 hex digits>  <name>", or "<64 hex digits> *<name>" of a file that was read as binary; "./"
// before the name says nothing. False for anything else.
static bool read_line(const char *line, size_t len, struct seal_entry *entry_out)
{
    size_t digits = strspn(line, "0123456789abcdefABCDEF");
    bool is_line = digits == DIGEST_HEX_LEN && len > DIGEST_HEX_LEN + 2 &&
                   line[DIGEST_HEX_LEN] == ' ' &&
                   (line[DIGEST_HEX_LEN + 1] == ' ' || line[DIGEST_HEX_LEN + 1] == '*');
    if (!is_line) {
        return false;
    }
    size_t begin = DIGEST_HEX_LEN + 2;
    begin += len > begin + 2 && line[begin] == '.' && line[begin + 1] == '/' ? 2 : 0;
    if (memchr(line + begin, '/', len - begin) != NULL ||
        memchr(line + begin, '\0', len - begin) != NULL) {
        return false;
    }
    *entry_out = (struct seal_entry){.name = mem_text_n(line + begin, len - begin)};
    memcpy(entry_out->digest, line, DIGEST_HEX_LEN);
    return true;
}

static void refuse_line(const struct seal *seal, size_t line, struct diags *diags)
{
    struct diag_place place = {.file = seal->path, .line = line, .column = 1};
    diags_add(diags, DIAG_ERROR, "rules.seal.invalid", place,
              "this is no line of a seal; a SHA-256, two blanks and the name of a rule file of "
              "the folder, given once, are right, as `packreport rules seal` writes them");
}

static void read_lines(struct seal *seal, const struct buf *content, struct diags *diags)
{
    const char *text = buf_text(content);
    size_t line = 1;
    for (size_t at = 0; at < content->len; line++) {
        const char *end = memchr(text + at, '\n', content->len - at);
        size_t len = end == NULL ? content->len - at : (size_t)(end - (text + at));
        struct seal_entry entry;
        if (read_line(text + at, len, &entry)) {
            entry.line = line;
            seal->entries =
                mem_grow(seal->entries, &seal->capacity, seal->count + 1, sizeof(*seal->entries));
            seal->entries[seal->count++] = entry;
        } else {
            refuse_line(seal, line, diags);
        }
        at += len + 1;
    }
}

// Sorts, and leaves out what is listed again: the first line counts, and the other is no line.
static void sort_entries(struct seal *seal, struct diags *diags)
{
    if (seal->count == 0) {
        return;
    }
    qsort(seal->entries, seal->count, sizeof(*seal->entries), compare_entries);
    size_t kept = 1;
    for (size_t i = 1; i < seal->count; i++) {
        struct seal_entry *entry = &seal->entries[i];
        if (strcmp(entry->name, seal->entries[kept - 1].name) == 0) {
            refuse_line(seal, entry->line, diags);
            mem_free(&entry->name);
        } else {
            seal->entries[kept++] = *entry;
        }
    }
    seal->count = kept;
}

// A link to nothing is there: who deploys it means a seal.
static bool is_there(const char *path)
{
    struct stat status;
    return lstat(path, &status) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

static enum err_kind read_seal(const char *path, struct buf *content, struct err *err)
{
    if (file_read(path, content, err) == ERR_NOT_FOUND) {
        return err_set(err, ERR_NOT_FOUND,
                       "%s: this seal is a link to a file that is not there; put the file there, "
                       "or seal the folder again",
                       path);
    }
    return err->kind;
}

enum err_kind seal_open(const char *folder, struct seal **seal_out, struct diags *diags,
                        struct err *err)
{
    struct seal *seal = mem_alloc(1, sizeof(*seal));
    seal->folder = mem_text(folder);
    seal->path = file_join(folder, SEAL_FILE);
    struct buf content;
    buf_init(&content, SEAL_BYTES_MAX);
    enum err_kind kind = ERR_OK;
    if (!is_there(seal->path)) {
        seal_close(&seal);
    } else {
        kind = read_seal(seal->path, &content, err);
    }
    if (kind != ERR_OK) {
        seal_close(&seal);
    } else if (seal != NULL) {
        read_lines(seal, &content, diags);
        sort_entries(seal, diags);
    }
    buf_deinit(&content);
    if (kind == ERR_OK) {
        *seal_out = seal;
    }
    return kind;
}

enum err_kind seal_open_beside(const char *path, struct seal **seal_out, struct diags *diags,
                               struct err *err)
{
    if (strcmp(path, "-") == 0) {
        *seal_out = NULL;
        return ERR_OK;
    }
    const char *slash = strrchr(path, '/');
    char *folder = slash == NULL   ? mem_text(".")
                   : slash == path ? mem_text("/")
                                   : mem_text_n(path, (size_t)(slash - path));
    enum err_kind kind = seal_open(folder, seal_out, diags, err);
    mem_free(&folder);
    return kind;
}

void seal_close(struct seal **seal)
{
    if (*seal == NULL) {
        return;
    }
    for (size_t i = 0; i < (*seal)->count; i++) {
        mem_free(&(*seal)->entries[i].name);
    }
    mem_free(&(*seal)->entries);
    mem_free(&(*seal)->folder);
    mem_free(&(*seal)->path);
    mem_free(seal);
}

static struct seal_entry *find_entry(struct seal *seal, const char *name)
{
    size_t first = 0;
    size_t behind = seal->count;
    while (first < behind) {
        size_t middle = first + (behind - first) / 2;
        int order = strcmp(seal->entries[middle].name, name);
        if (order == 0) {
            return &seal->entries[middle];
        }
        first = order < 0 ? middle + 1 : first;
        behind = order < 0 ? behind : middle;
    }
    return NULL;
}

static void complain(const struct seal *seal, const char *code, const char *path, const char *what,
                     struct diags *diags)
{
    struct diag_place place = {.file = path};
    diags_add(diags, DIAG_ERROR, code, place,
              "%s; put back what was sealed, or seal the folder again when this is meant: "
              "`packreport rules seal %s`",
              what, seal->folder);
}

bool seal_fits(struct seal *seal, const char *path, const struct buf *content, struct diags *diags)
{
    if (seal == NULL) {
        return true;
    }
    const char *slash = strrchr(path, '/');
    struct seal_entry *entry = find_entry(seal, slash == NULL ? path : slash + 1);
    if (entry == NULL) {
        complain(seal, "rules.seal.unlisted", path,
                 "the seal does not list this file, so that none of its rules is used", diags);
        return false;
    }
    entry->is_asked = true;
    char found[DIGEST_HEX_BYTES];
    digest_hex(buf_text(content), content->len, found);
    if (strcasecmp(found, entry->digest) == 0) {
        return true;
    }
    char *what = mem_format("the file has changed since it was sealed (SHA-256 is %.*s…, the seal "
                            "says %.*s…), so that none of its rules is used",
                            DIGEST_SHOWN, found, DIGEST_SHOWN, entry->digest);
    complain(seal, "rules.seal.changed", path, what, diags);
    mem_free(&what);
    return false;
}

void seal_end(const struct seal *seal, struct diags *diags)
{
    for (size_t i = 0; seal != NULL && i < seal->count; i++) {
        const struct seal_entry *entry = &seal->entries[i];
        char *path = file_join(seal->folder, entry->name);
        if (!entry->is_asked && (!file_exists(path) || file_is_folder(path))) {
            complain(seal, "rules.seal.missing", path,
                     "the seal lists this file, and it is not there", diags);
        }
        mem_free(&path);
    }
}

static enum err_kind verify_file(struct seal *seal, const char *path, struct diags *diags,
                                 struct err *err)
{
    struct buf content;
    buf_init(&content, LIMIT_RULE_FILE_BYTES);
    enum err_kind kind = file_read(path, &content, err);
    if (kind == ERR_OK) {
        (void)seal_fits(seal, path, &content, diags);
    }
    buf_deinit(&content);
    return kind;
}

static enum err_kind verify_folder(struct seal *seal, struct diags *diags, struct err *err)
{
    struct file_names names = {0};
    enum err_kind kind = rule_files_list(seal->folder, &names, err);
    for (size_t i = 0; i < names.count && kind == ERR_OK; i++) {
        char *path = file_join(seal->folder, names.names[i]);
        kind = verify_file(seal, path, diags, err);
        mem_free(&path);
    }
    seal_end(seal, diags);
    file_names_deinit(&names);
    return kind;
}

enum err_kind seal_verify(const char *path, struct diags *diags, struct err *err)
{
    struct seal *seal = NULL;
    bool is_folder = file_is_folder(path);
    enum err_kind kind =
        is_folder ? seal_open(path, &seal, diags, err) : seal_open_beside(path, &seal, diags, err);
    if (kind == ERR_OK && seal != NULL) {
        kind = is_folder ? verify_folder(seal, diags, err) : verify_file(seal, path, diags, err);
    }
    seal_close(&seal);
    return kind;
}

// ---- writing

// sha256sum writes such names in a way of its own, which nobody needs for files with rules.
static bool is_plain(const char *name)
{
    for (const char *c = name; *c != '\0'; c++) {
        if ((unsigned char)*c < 0x20 || *c == '\\' || *c == 0x7f) {
            return false;
        }
    }
    return strlen(name) <= NAME_BYTES_MAX;
}

static enum err_kind append_line(const char *folder, const char *name, struct buf *out,
                                 struct err *err)
{
    if (!is_plain(name)) {
        return err_set(err, ERR_INVALID,
                       "%s: the name of a rule file has a control character or a backslash, which "
                       "a seal cannot hold; rename it",
                       folder);
    }
    char *path = file_join(folder, name);
    struct buf content;
    buf_init(&content, LIMIT_RULE_FILE_BYTES);
    enum err_kind kind = file_read(path, &content, err);
    if (kind == ERR_OK) {
        char digest[DIGEST_HEX_BYTES];
        digest_hex(buf_text(&content), content.len, digest);
        (void)buf_append_format(out, "%s  %s\n", digest, name);
    }
    buf_deinit(&content);
    mem_free(&path);
    return kind;
}

static enum err_kind make_lines(const char *folder, struct buf *out, size_t *files_out,
                                struct err *err)
{
    struct file_names names = {0};
    enum err_kind kind = rule_files_list(folder, &names, err);
    for (size_t i = 0; i < names.count && kind == ERR_OK; i++) {
        kind = append_line(folder, names.names[i], out, err);
    }
    if (kind == ERR_OK && names.count == 0) {
        kind = err_set(err, ERR_INVALID, "%s: holds no *.json files with rules to seal", folder);
    }
    *files_out = names.count;
    file_names_deinit(&names);
    return kind;
}

static bool is_as_before(const char *path, const struct buf *lines)
{
    struct buf old;
    struct err err = ERR_INIT;
    buf_init(&old, SEAL_BYTES_MAX);
    bool is_same = file_read(path, &old, &err) == ERR_OK && old.len == lines->len &&
                   memcmp(buf_text(&old), buf_text(lines), lines->len) == 0;
    buf_deinit(&old);
    return is_same;
}

// Beside it under a name of its own, and then in its place.
static enum err_kind replace(const char *folder, const char *path, const struct buf *lines,
                             struct err *err)
{
    char *work = mem_format("%s.%d.new", path, (int)getpid());
    (void)unlink(work); // of a process of this number that was ended here
    enum err_kind kind = file_write(work, buf_text(lines), lines->len, SEAL_MODE, err);
    if (kind == ERR_OK && rename(work, path) != 0) {
        kind = err_set_errno(err, ERR_IO, errno, "%s", path);
    }
    if (kind != ERR_OK) {
        (void)unlink(work);
    }
    mem_free(&work);
    return kind == ERR_OK ? file_sync_folder(folder, err) : kind;
}

enum err_kind seal_write(const char *folder, struct seal_result *result_out, struct err *err)
{
    struct buf lines;
    struct seal_result result = {0};
    buf_init(&lines, SEAL_BYTES_MAX);
    char *path = file_join(folder, SEAL_FILE);
    enum err_kind kind = make_lines(folder, &lines, &result.files, err);
    if (kind == ERR_OK && !is_as_before(path, &lines)) {
        result.is_changed = true;
        kind = replace(folder, path, &lines, err);
    }
    mem_free(&path);
    buf_deinit(&lines);
    if (kind == ERR_OK) {
        *result_out = result;
    }
    return kind;
}
