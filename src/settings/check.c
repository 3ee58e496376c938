// SPDX-License-Identifier: MIT
#include "check.h"

#include "base/file.h"
#include "base/mem.h"
#include "domain/bad_lines.h"
#include "settings/redis_address.h"

#include <errno.h>
#include <unistd.h>

enum err_kind settings_blame(const struct settings *settings, const char *section, const char *key,
                             struct err *err)
{
    const struct setting *row = settings_table_find(section, key);
    REQUIRE(row != NULL);
    const struct setting_origin *origin = setting_origin(row, settings);
    switch (origin->kind) {
    case SETTING_FROM_FILE:
        return err_prefix(err, "%s:%u: [%s] %s", settings->file, origin->line, section, key);
    case SETTING_FROM_COMMAND_LINE:
        return err_prefix(err, "--set %s.%s", section, key);
    case SETTING_FROM_PRESET:
        return err_prefix(err, "%s: [%s] %s", origin->giver, section, key);
    case SETTING_FROM_DEFAULT:
        break;
    }
    return settings->file == NULL ? err_prefix(err, "[%s] %s", section, key)
                                  : err_prefix(err, "%s: [%s] %s", settings->file, section, key);
}

static enum err_kind complain(const struct settings *settings, const char *section, const char *key,
                              const char *message, struct err *err)
{
    (void)err_set(err, ERR_CONFIG, "%s", message);
    return settings_blame(settings, section, key, err);
}

enum err_kind settings_check(const struct settings *settings, struct err *err)
{
    struct redis_address address;
    if (redis_address_parse(settings->redis.address, &address, err) != ERR_OK) {
        return settings_blame(settings, "redis", "address", err);
    }
    if (settings->redis.command_timeout_ms > settings->queue.lease_ms / 2) {
        return complain(settings, "redis", "command_timeout",
                        "is more than half of [queue] lease: one slow reply would lose the jobs",
                        err);
    }
    struct bad_lines_limit limit;
    if (bad_lines_limit_parse(settings->source.max_bad_lines, &limit, err) != ERR_OK) {
        err->kind = ERR_CONFIG;
        return settings_blame(settings, "source", "max_bad_lines", err);
    }
    if (settings->worker.retry_base_ms > settings->worker.retry_cap_ms) {
        return complain(settings, "worker", "retry_base", "is more than retry_cap", err);
    }
    if (settings->source.connect_timeout_ms > settings->source.total_timeout_ms) {
        return complain(settings, "source", "connect_timeout", "is more than total_timeout", err);
    }
    if (settings->source.kind == SETTINGS_SOURCE_FILE && settings->source.packs[0] == '\0') {
        return complain(settings, "source", "packs", "is needed when kind is file", err);
    }
    if (settings->drill.stall_ms > 0 && settings->drill.step[0] == '\0') {
        return complain(settings, "drill", "stall", "needs a step", err);
    }
    return ERR_OK;
}

// Whether what a path setting names is there, is of the right sort and can be read.
static enum err_kind check_path(const struct setting *row, const char *path, struct err *err)
{
    if (access(path, R_OK) != 0) {
        return err_set_errno(err, ERR_CONFIG, errno, "%s", path);
    }
    bool is_folder = file_is_folder(path);
    if (row->type == SETTING_FILE && is_folder) {
        return err_set(err, ERR_CONFIG, "%s is a folder; a file is needed", path);
    }
    if (row->type == SETTING_FOLDER && !is_folder) {
        return err_set(err, ERR_CONFIG, "%s is a file; a folder is needed", path);
    }
    return ERR_OK;
}

static enum err_kind check_credentials(const struct settings *settings, struct err *err)
{
    const char *folder = settings->credentials.path;
    if (settings->redis.credential[0] == '\0') {
        return settings->redis.user[0] == '\0'
                   ? ERR_OK
                   : complain(settings, "redis", "user", "a user needs a credential, too", err);
    }
    if (folder[0] == '\0') {
        return complain(settings, "redis", "credential",
                        "needs a credentials folder: set [credentials] path, or run under systemd "
                        "with LoadCredential=",
                        err);
    }
    char *path = file_join(folder, settings->redis.credential);
    bool is_readable = access(path, R_OK) == 0 && !file_is_folder(path);
    mem_free(&path);
    if (!is_readable) {
        (void)err_set(err, ERR_CONFIG, "there is no readable file of this name in %s", folder);
        return settings_blame(settings, "redis", "credential", err);
    }
    return ERR_OK;
}

enum err_kind settings_check_files(const struct settings *settings, struct err *err)
{
    size_t count;
    const struct setting *rows = settings_table(&count);
    for (size_t i = 0; i < count; i++) {
        const struct setting *row = &rows[i];
        if (row->type != SETTING_FILE && row->type != SETTING_FOLDER &&
            row->type != SETTING_FILE_OR_FOLDER) {
            continue;
        }
        const char *path = *(char *const *)setting_member_const(row, settings);
        if (path[0] != '\0' && check_path(row, path, err) != ERR_OK) {
            return settings_blame(settings, row->section, row->key, err);
        }
    }
    return check_credentials(settings, err);
}
