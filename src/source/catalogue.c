// SPDX-License-Identifier: MIT
#include "source/catalogue.h"

#include "base/digest.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "rule_files.h"
#include "seal.h"

#include <stdio.h>
#include <string.h>

// Name, length and bytes, so that no two sets of files look alike.
static void digest_file(struct digest *digest, const char *name, const struct buf *content)
{
    char len[32];
    (void)snprintf(len, sizeof(len), "%zu", content->len);
    digest_update(digest, name, strlen(name) + 1);
    digest_update(digest, len, strlen(len) + 1);
    digest_update(digest, content->data, content->len);
}

// A rule set on its way from files.
struct loading {
    struct rule_set set;
    struct digest *digest;
    struct seal *seal; // of the folder; NULL: none
    struct diags *diags;
};

static enum err_kind add_rule_file(struct loading *loading, const char *path, struct err *err)
{
    struct buf content;
    buf_init(&content, LIMIT_RULE_FILE_BYTES);
    size_t before = loading->set.count;
    enum err_kind kind = file_read(path, &content, err);
    if (kind == ERR_OK) {
        const char *slash = strrchr(path, '/');
        const char *name = slash == NULL ? path : slash + 1;
        digest_file(loading->digest, name, &content);
        bool fits = seal_fits(loading->seal, path, &content, loading->diags);
        kind =
            rule_set_add(&loading->set, buf_text(&content), content.len, path, loading->diags, err);
        for (size_t i = before; i < loading->set.count && !fits; i++) {
            rule_mark_broken(&loading->set.rules[i], "its file is not as the seal of the rules "
                                                     "folder says");
        }
    }
    if (kind == ERR_OK && loading->set.count == before) {
        kind = err_set(err, ERR_INVALID, "%s: holds no rules", path);
    }
    buf_deinit(&content);
    return kind;
}

static enum err_kind add_rule_files(struct loading *loading, const char *folder, struct err *err)
{
    struct file_names names = {0};
    enum err_kind kind = rule_files_list(folder, &names, err);
    for (size_t i = 0; i < names.count && kind == ERR_OK; i++) {
        char *path = file_join(folder, names.names[i]);
        kind = add_rule_file(loading, path, err);
        mem_free(&path);
    }
    if (kind == ERR_OK && loading->set.count == 0) {
        kind = err_set(err, ERR_INVALID, "%s: holds no *.json files with rules", folder);
    }
    file_names_deinit(&names);
    return kind;
}

static enum err_kind add_rule_folder(struct loading *loading, const char *folder, struct err *err)
{
    enum err_kind kind = seal_open(folder, &loading->seal, loading->diags, err);
    if (kind == ERR_OK) {
        kind = source_warn_of_left_out(folder, loading->diags, err);
    }
    if (kind == ERR_OK) {
        kind = add_rule_files(loading, folder, err);
    }
    if (kind == ERR_OK) {
        seal_end(loading->seal, loading->diags);
    }
    seal_close(&loading->seal);
    return kind;
}

// One that is named by itself is no way around the seal of its folder.
static enum err_kind add_lone_file(struct loading *loading, const char *path, struct err *err)
{
    enum err_kind kind = seal_open_beside(path, &loading->seal, loading->diags, err);
    if (kind == ERR_OK) {
        kind = add_rule_file(loading, path, err);
    }
    seal_close(&loading->seal);
    return kind;
}

enum err_kind source_load_rules(const char *path, struct rule_set *rules_out, struct diags *diags,
                                struct err *err)
{
    struct loading loading = {.digest = digest_create(), .diags = diags};
    enum err_kind kind = file_is_folder(path) ? add_rule_folder(&loading, path, err)
                                              : add_lone_file(&loading, path, err);
    if (kind == ERR_OK) {
        digest_finish(loading.digest, loading.set.digest);
        *rules_out = loading.set;
    } else {
        rule_set_deinit(&loading.set);
        (void)err_prefix(err, "rules");
    }
    digest_destroy(&loading.digest);
    return kind;
}

// Reads a whole file into `content`, which is initialised here and to be deinitialised in any case.
static enum err_kind read_whole(const char *path, size_t limit, struct buf *content,
                                struct err *err)
{
    buf_init(content, limit);
    return file_read(path, content, err);
}

// What the file was for stands before every error of it.
static enum err_kind end_load(const char *what, struct buf *content, enum err_kind kind,
                              struct err *err)
{
    buf_deinit(content);
    return kind == ERR_OK ? ERR_OK : err_prefix(err, "%s", what);
}

enum err_kind source_load_waivers(const char *path, struct waiver_set *waivers_out,
                                  struct diags *diags, struct err *err)
{
    struct buf content;
    enum err_kind kind = read_whole(path, LIMIT_SIDE_FILE_BYTES, &content, err);
    if (kind == ERR_OK) {
        kind = waiver_set_load(waivers_out, buf_text(&content), content.len, path, diags, err);
    }
    return end_load("waivers", &content, kind, err);
}

enum err_kind source_load_attestations(const char *path, struct attestation_set *attestations_out,
                                       struct diags *diags, struct err *err)
{
    struct buf content;
    enum err_kind kind = read_whole(path, LIMIT_SIDE_FILE_BYTES, &content, err);
    if (kind == ERR_OK) {
        kind = attestation_set_load(attestations_out, buf_text(&content), content.len, path, diags,
                                    err);
    }
    return end_load("attestations", &content, kind, err);
}

enum err_kind source_load_accounts(const char *path, struct account_set *accounts_out,
                                   struct diags *diags, struct err *err)
{
    struct buf content;
    enum err_kind kind = read_whole(path, LIMIT_SIDE_FILE_BYTES, &content, err);
    if (kind == ERR_OK) {
        kind = account_set_load(accounts_out, buf_text(&content), content.len, path, diags, err);
    }
    return end_load("accounts", &content, kind, err);
}

enum err_kind source_load_pack(const char *path, struct pack **pack_out, struct diags *diags,
                               struct err *err)
{
    struct buf content;
    enum err_kind kind = read_whole(path, LIMIT_PACK_BYTES, &content, err);
    if (kind == ERR_OK) {
        kind = pack_load(buf_text(&content), content.len, path, pack_out, diags, err);
    }
    return end_load("pack", &content, kind, err);
}
