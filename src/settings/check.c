// SPDX-License-Identifier: MIT
#include "check.h"

#include "base/file.h"
#include "base/mem.h"
#include "domain/bad_lines.h"
#include "domain/request.h"
#include "settings/redis_address.h"

#include <errno.h>
#include <string.h>
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

// What belongs to TLS, with an address, Sentinels or nodes that ask for it or not.
static enum err_kind check_tls(const struct settings *settings, bool tls, struct err *err)
{
    const struct settings_redis *redis = &settings->redis;
    static const char NEEDED[] = "is of use with rediss:// only";
    if (!tls) {
        return redis->tls_ca[0] != '\0'     ? complain(settings, "redis", "tls_ca", NEEDED, err)
               : redis->tls_cert[0] != '\0' ? complain(settings, "redis", "tls_cert", NEEDED, err)
               : redis->tls_key[0] != '\0'  ? complain(settings, "redis", "tls_key", NEEDED, err)
               : redis->tls_server_name[0] != '\0'
                   ? complain(settings, "redis", "tls_server_name", NEEDED, err)
                   : ERR_OK;
    }
    if (redis->tls_cert[0] != '\0' && redis->tls_key[0] == '\0') {
        return complain(settings, "redis", "tls_cert", "needs its private key in tls_key", err);
    }
    if (redis->tls_key[0] != '\0' && redis->tls_cert[0] == '\0') {
        return complain(settings, "redis", "tls_key", "needs its certificate in tls_cert", err);
    }
    return ERR_OK;
}

static const char BESIDE_ADDRESS[] =
    "stands beside address: the master is either there or where they say; leave one of the two out";

// A file that --print-config wrote has the default, too.
static bool has_address(const struct settings_redis *redis)
{
    return strcmp(redis->address, settings_table_find("redis", "address")->initial) != 0;
}

// *tls is set where nodes are given.
static enum err_kind check_cluster(const struct settings *settings, bool *tls, struct err *err)
{
    const struct settings_redis *redis = &settings->redis;
    struct sentinel_addresses nodes;
    if (redis->cluster[0] == '\0') {
        return ERR_OK;
    }
    if (cluster_addresses_parse(redis->cluster, &nodes, err) != ERR_OK) {
        return settings_blame(settings, "redis", "cluster", err);
    }
    if (redis->sentinels[0] != '\0') {
        return complain(settings, "redis", "cluster",
                        "stands beside sentinels: a cluster needs none; leave one of the two out",
                        err);
    }
    if (redis->database != 0) {
        return complain(settings, "redis", "database", "is 0 in a cluster: it has no other", err);
    }
    if (has_address(redis)) {
        return complain(settings, "redis", "cluster", BESIDE_ADDRESS, err);
    }
    *tls = nodes.tls;
    return ERR_OK;
}

// Either an address, or Sentinels and the name of a master, or nodes of a cluster.
static enum err_kind check_place(const struct settings *settings, struct err *err)
{
    const struct settings_redis *redis = &settings->redis;
    struct redis_address address;
    if (redis_address_parse(redis->address, &address, err) != ERR_OK) {
        return settings_blame(settings, "redis", "address", err);
    }
    bool tls = address.tls;
    if (check_cluster(settings, &tls, err) != ERR_OK) {
        return err->kind;
    }
    if (redis->sentinels[0] == '\0') {
        static const char NEEDED[] = "is of use with sentinels only";
        return redis->master_name[0] != '\0'
                   ? complain(settings, "redis", "master_name", NEEDED, err)
               : redis->sentinel_user[0] != '\0'
                   ? complain(settings, "redis", "sentinel_user", NEEDED, err)
               : redis->sentinel_credential[0] != '\0'
                   ? complain(settings, "redis", "sentinel_credential", NEEDED, err)
                   : check_tls(settings, tls, err);
    }
    struct sentinel_addresses sentinels;
    if (sentinel_addresses_parse(redis->sentinels, &sentinels, err) != ERR_OK) {
        return settings_blame(settings, "redis", "sentinels", err);
    }
    if (redis->master_name[0] == '\0') {
        return complain(settings, "redis", "sentinels",
                        "needs master_name, as \"sentinel monitor\" of the Sentinels has it", err);
    }
    if (has_address(redis)) {
        return complain(settings, "redis", "sentinels", BESIDE_ADDRESS, err);
    }
    return check_tls(settings, sentinels.tls, err);
}

static enum err_kind check_replicas(const struct settings *settings, struct err *err)
{
    const struct settings_redis *redis = &settings->redis;
    return redis->wait_replicas > 0 && redis->wait_timeout_ms > redis->command_timeout_ms / 4
               ? complain(settings, "redis", "wait_timeout",
                          "is more than a quarter of command_timeout: calls that wait behind it "
                          "would be given up",
                          err)
               : ERR_OK;
}

static enum err_kind check_lease(const struct settings *settings, struct err *err)
{
    return settings->redis.command_timeout_ms > settings->queue.lease_ms / 2
               ? complain(settings, "redis", "command_timeout",
                          "is more than half of [queue] lease: one slow reply would lose the jobs",
                          err)
               : ERR_OK;
}

static enum err_kind check_bad_lines(const struct settings *settings, struct err *err)
{
    struct bad_lines_limit limit;
    if (bad_lines_limit_parse(settings->source.max_bad_lines, &limit, err) == ERR_OK) {
        return ERR_OK;
    }
    err->kind = ERR_CONFIG;
    return settings_blame(settings, "source", "max_bad_lines", err);
}

static enum err_kind check_retry(const struct settings *settings, struct err *err)
{
    return settings->worker.retry_base_ms > settings->worker.retry_cap_ms
               ? complain(settings, "worker", "retry_base", "is more than retry_cap", err)
               : ERR_OK;
}

static enum err_kind check_breaker(const struct settings *settings, struct err *err)
{
    return settings->worker.breaker_base_ms > settings->worker.breaker_cap_ms
               ? complain(settings, "worker", "breaker_base", "is more than breaker_cap", err)
               : ERR_OK;
}

static enum err_kind check_source_timeouts(const struct settings *settings, struct err *err)
{
    return settings->source.connect_timeout_ms > settings->source.total_timeout_ms
               ? complain(settings, "source", "connect_timeout", "is more than total_timeout", err)
               : ERR_OK;
}

static enum err_kind check_packs(const struct settings *settings, struct err *err)
{
    return settings->source.kind == SETTINGS_SOURCE_FILE && settings->source.packs[0] == '\0'
               ? complain(settings, "source", "packs", "is needed when kind is file", err)
               : ERR_OK;
}

static enum err_kind check_api_tls(const struct settings *settings, struct err *err)
{
    const struct settings_api *api = &settings->api;
    return (api->tls_certificate[0] == '\0') != (api->tls_credential[0] == '\0')
               ? complain(settings, "api", "tls_certificate",
                          "and tls_credential belong together; both or none is right", err)
               : ERR_OK;
}

static enum err_kind check_public_url(const struct settings *settings, struct err *err)
{
    const char *url = settings->api.public_url;
    size_t len = strlen(url);
    if (len > 0 && ((strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0) ||
                    url[len - 1] == '/' || !text_is_printable_ascii(url, len) ||
                    strpbrk(url, " ?#") != NULL)) {
        return complain(settings, "api", "public_url",
                        "is no base of links; https://host[:port][/path] is right, without a "
                        "slash at the end, and without query and fragment",
                        err);
    }
    return ERR_OK;
}

static enum err_kind check_api_account(const struct settings *settings, struct err *err)
{
    const char *account = settings->api.account;
    return account[0] != '\0' && !request_account_is_valid(span_of(account))
               ? complain(settings, "api", "account", "is no AccountId; 1 to 19 digits are right",
                          err)
               : ERR_OK;
}

static enum err_kind check_store(const struct settings *settings, struct err *err)
{
    return settings->store.kind == SETTINGS_STORE_NULL && settings->store.files != REPORT_FILES_ALL
               ? complain(settings, "store", "files", "stands beside kind = null, which keeps none",
                          err)
               : ERR_OK;
}

static enum err_kind check_drill(const struct settings *settings, struct err *err)
{
    return settings->drill.stall_ms > 0 && settings->drill.step[0] == '\0'
               ? complain(settings, "drill", "stall", "needs a step", err)
               : ERR_OK;
}

// ---- faults, of which there may be several

struct tally {
    const struct settings_faults *faults; // NULL: the first ends the checks
    struct err *err;
    bool is_faulty;
};

// Whether to go on.
static bool note(struct tally *tally, const struct err *fault)
{
    if (!tally->is_faulty) {
        *tally->err = *fault;
        tally->is_faulty = true;
    }
    if (tally->faults != NULL) {
        tally->faults->on_fault(tally->faults->context, fault);
    }
    return tally->faults != NULL;
}

typedef enum err_kind (*check_fn)(const struct settings *settings, struct err *err);

static enum err_kind run_checks(const struct settings *settings, const check_fn *checks,
                                size_t count, struct tally *tally)
{
    for (size_t i = 0; i < count; i++) {
        struct err fault = ERR_INIT;
        if (checks[i](settings, &fault) != ERR_OK && !note(tally, &fault)) {
            break;
        }
    }
    return tally->is_faulty ? tally->err->kind : ERR_OK;
}

enum err_kind settings_check(const struct settings *settings, const struct settings_faults *faults,
                             struct err *err)
{
    static const check_fn CHECKS[] = {
        check_place,       check_replicas,        check_lease, check_bad_lines, check_retry,
        check_breaker,     check_source_timeouts, check_packs, check_api_tls,   check_public_url,
        check_api_account, check_store,           check_drill};
    struct tally tally = {.faults = faults, .err = err};
    return run_checks(settings, CHECKS, ARRAY_LEN(CHECKS), &tally);
}

// ---- files and folders

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

static const char NEEDS_FOLDER[] =
    "needs a credentials folder: set [credentials] path, or run under systemd with LoadCredential=";

// Whether there is a file for what `credential_key` names, if it names any.
static enum err_kind check_credential(const struct settings *settings, const char *section,
                                      const char *credential_key, const char *credential,
                                      struct err *err)
{
    const char *folder = settings->credentials.path;
    if (credential[0] == '\0') {
        return ERR_OK;
    }
    if (folder[0] == '\0') {
        return complain(settings, section, credential_key, NEEDS_FOLDER, err);
    }
    char *path = file_join(folder, credential);
    bool is_readable = access(path, R_OK) == 0 && !file_is_folder(path);
    mem_free(&path);
    if (!is_readable) {
        (void)err_set(err, ERR_CONFIG, "there is no readable file of this name in %s", folder);
        return settings_blame(settings, section, credential_key, err);
    }
    return ERR_OK;
}

static enum err_kind check_login(const struct settings *settings, const char *user_key,
                                 const char *user, const char *credential_key,
                                 const char *credential, struct err *err)
{
    if (credential[0] == '\0' && user[0] != '\0') {
        return complain(settings, "redis", user_key, "a user needs a credential, too", err);
    }
    return check_credential(settings, "redis", credential_key, credential, err);
}

static enum err_kind check_redis_login(const struct settings *settings, struct err *err)
{
    const struct settings_redis *redis = &settings->redis;
    return check_login(settings, "user", redis->user, "credential", redis->credential, err);
}

static enum err_kind check_sentinel_login(const struct settings *settings, struct err *err)
{
    const struct settings_redis *redis = &settings->redis;
    return check_login(settings, "sentinel_user", redis->sentinel_user, "sentinel_credential",
                       redis->sentinel_credential, err);
}

static enum err_kind check_redis_key(const struct settings *settings, struct err *err)
{
    return check_credential(settings, "redis", "tls_key", settings->redis.tls_key, err);
}

static enum err_kind check_access_keys(const struct settings *settings, struct err *err)
{
    return check_credential(settings, "api", "keys", settings->api.keys, err);
}

static enum err_kind check_link_key(const struct settings *settings, struct err *err)
{
    return check_credential(settings, "api", "link_credential", settings->api.link_credential, err);
}

static enum err_kind check_door_key(const struct settings *settings, struct err *err)
{
    return check_credential(settings, "api", "tls_credential", settings->api.tls_credential, err);
}

static enum err_kind check_tokens(const struct settings *settings, struct err *err)
{
    bool is_cloud = settings->source.kind == SETTINGS_SOURCE_SECMASTER; // accounts have tokens
    return is_cloud && settings->credentials.path[0] == '\0'
               ? complain(settings, "source", "kind", NEEDS_FOLDER, err)
               : ERR_OK;
}

static bool is_path(const struct setting *row)
{
    return row->type == SETTING_FILE || row->type == SETTING_FOLDER ||
           row->type == SETTING_FILE_OR_FOLDER;
}

enum err_kind settings_check_files(const struct settings *settings,
                                   const struct settings_faults *faults, struct err *err)
{
    static const check_fn CHECKS[] = {check_redis_login, check_redis_key, check_access_keys,
                                      check_link_key,    check_door_key,  check_sentinel_login,
                                      check_tokens};
    struct tally tally = {.faults = faults, .err = err};
    size_t count;
    const struct setting *rows = settings_table(&count);
    for (size_t i = 0; i < count; i++) {
        const struct setting *row = &rows[i];
        if (!is_path(row)) {
            continue;
        }
        struct err fault = ERR_INIT;
        const char *path = *(char *const *)setting_member_const(row, settings);
        if (path[0] == '\0' || check_path(row, path, &fault) == ERR_OK) {
            continue;
        }
        (void)settings_blame(settings, row->section, row->key, &fault);
        if (!note(&tally, &fault)) {
            return err->kind;
        }
    }
    return run_checks(settings, CHECKS, ARRAY_LEN(CHECKS), &tally);
}
