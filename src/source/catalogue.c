// SPDX-License-Identifier: MIT
#include "source/catalogue.h"

#include "base/digest.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"

#include <stdio.h>
#include <string.h>

static bool is_rule_file(const char *folder, const char *name)
{
    size_t len = strlen(name);
    const char *suffix = ".json";
    if (name[0] == '.' || len <= strlen(suffix) ||
        strcmp(name + len - strlen(suffix), suffix) != 0) {
        return false;
    }
    char *path = file_join(folder, name);
    bool is_folder = file_is_folder(path);
    mem_free(&path);
    return !is_folder;
}

// Name, length and bytes, so that no two sets of files look alike.
static void digest_file(struct digest *digest, const char *name, const struct buf *content)
{
    char len[32];
    (void)snprintf(len, sizeof(len), "%zu", content->len);
    digest_update(digest, name, strlen(name) + 1);
    digest_update(digest, len, strlen(len) + 1);
    digest_update(digest, content->data, content->len);
}

static enum err_kind add_rule_file(struct rule_set *set, const char *path, struct digest *digest,
                                   struct diags *diags, struct err *err)
{
    struct buf content;
    buf_init(&content, LIMIT_RULE_FILE_BYTES);
    size_t before = set->count;
    enum err_kind kind = file_read(path, &content, err);
    if (kind == ERR_OK) {
        const char *slash = strrchr(path, '/');
        digest_file(digest, slash == NULL ? path : slash + 1, &content);
        kind = rule_set_add(set, buf_text(&content), content.len, path, diags, err);
    }
    if (kind == ERR_OK && set->count == before) {
        kind = err_set(err, ERR_INVALID, "%s: holds no rules", path);
    }
    buf_deinit(&content);
    return kind;
}

static enum err_kind add_rule_folder(struct rule_set *set, const char *folder,
                                     struct digest *digest, struct diags *diags, struct err *err)
{
    struct file_names names = {0};
    enum err_kind kind = file_list(folder, LIMIT_RULE_FILES, &names, err);
    for (size_t i = 0; i < names.count && kind == ERR_OK; i++) {
        if (is_rule_file(folder, names.names[i])) {
            char *path = file_join(folder, names.names[i]);
            kind = add_rule_file(set, path, digest, diags, err);
            mem_free(&path);
        }
    }
    if (kind == ERR_OK && set->count == 0) {
        kind = err_set(err, ERR_INVALID, "%s: holds no *.json files with rules", folder);
    }
    file_names_deinit(&names);
    return kind;
}

enum err_kind source_load_rules(const char *path, struct rule_set *rules_out, struct diags *diags,
                                struct err *err)
{
    struct rule_set set = {0};
    struct digest *digest = digest_create();
    enum err_kind kind = file_is_folder(path) ? add_rule_folder(&set, path, digest, diags, err)
                                              : add_rule_file(&set, path, digest, diags, err);
    if (kind == ERR_OK) {
        digest_finish(digest, set.digest);
        *rules_out = set;
    } else {
        rule_set_deinit(&set);
        (void)err_prefix(err, "rules");
    }
    digest_destroy(&digest);
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
