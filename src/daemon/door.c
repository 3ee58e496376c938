// SPDX-License-Identifier: MIT
#include "door.h"

#include "api/keys.h"
#include "api/tls_pair.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "reload.h"

#include <sys/resource.h>

enum {
    PACK_KNOWN_MS = 60 * 1000,
    PACK_UNKNOWN_MS = 5 * 1000,
    // For everything but the door's connections: those to Redis and the pack source, and files.
    DESCRIPTORS_SPARE = 512,
    CERTIFICATE_BYTES_MAX = 1024 * 1024,
};

struct door {
    const struct settings *settings;
    struct log *log;
    struct front_door *front_door;
    loop_closed_cb on_closed;
    void *owner;
};

// NULL when no file is named.
static enum err_kind read_keys(const struct settings *settings, struct access_keys **keys_out,
                               struct err *err)
{
    *keys_out = NULL;
    if (settings->api.keys[0] == '\0') {
        return ERR_OK;
    }
    char *path = file_join(settings->credentials.path, settings->api.keys);
    enum err_kind kind = access_keys_load(path, keys_out, err);
    mem_free(&path);
    return kind;
}

struct tls {
    struct secret *key; // NULL: no TLS
    struct buf certificate;
};

static enum err_kind read_tls(const struct settings *settings, struct tls *tls, struct err *err)
{
    const struct settings_api *api = &settings->api;
    *tls = (struct tls){0};
    buf_init(&tls->certificate, CERTIFICATE_BYTES_MAX);
    if (api->tls_certificate[0] == '\0') {
        return ERR_OK;
    }
    if (credential_read(settings, api->tls_credential, &tls->key, err) != ERR_OK ||
        file_read(api->tls_certificate, &tls->certificate, err) != ERR_OK) {
        return err->kind;
    }
    const struct tls_pair pair = {.certificate = buf_text(&tls->certificate),
                                  .certificate_name = api->tls_certificate,
                                  .key = tls->key,
                                  .key_name = api->tls_credential};
    return tls_pair_check(&pair, err);
}

static void tls_deinit(struct tls *tls)
{
    secret_destroy(&tls->key);
    buf_deinit(&tls->certificate);
}

static struct front_door_config make_config(const struct settings *settings, const struct tls *tls,
                                            const struct secret *link_key)
{
    const struct settings_api *api = &settings->api;
    return (struct front_door_config){
        .server = {.listen = api->listen,
                   .is_local_only = api->keys[0] == '\0',
                   .connections_max = api->connections_max,
                   .connections_per_peer_max = api->connections_per_ip,
                   .header_bytes = api->header_limit_bytes,
                   .kept_bytes = api->kept_memory_bytes,
                   .body_bytes = api->body_limit_bytes,
                   .request_timeout_ms = api->request_timeout_ms,
                   .idle_timeout_ms = api->idle_timeout_ms,
                   .tls_key = tls->key,
                   .tls_certificate = tls->key == NULL ? NULL : buf_text(&tls->certificate)},
        .account = api->account,
        .report_root = settings->store.path,
        .public_url = api->public_url,
        .link_ms = api->link_lifetime_ms,
        .link_key = link_key,
        .rate = api->account_rate,
        .burst = api->account_burst,
        .pack_known_ms = PACK_KNOWN_MS,
        .pack_unknown_ms = PACK_UNKNOWN_MS,
    };
}

// The files that a door is made of.
struct door_files {
    struct tls tls;
    struct secret *link_key;  // NULL: none
    struct access_keys *keys; // NULL: an open door
};

static enum err_kind read_files(const struct settings *settings, struct door_files *files,
                                struct err *err)
{
    *files = (struct door_files){.keys = NULL};
    enum err_kind kind = read_tls(settings, &files->tls, err);
    if (kind == ERR_OK) {
        kind = credential_read(settings, settings->api.link_credential, &files->link_key, err);
    }
    if (kind == ERR_OK) {
        kind = read_keys(settings, &files->keys, err);
    }
    return kind;
}

// The keys stay: a front door takes them.
static void door_files_deinit(struct door_files *files)
{
    secret_destroy(&files->link_key);
    tls_deinit(&files->tls);
}

static enum err_kind open_front_door(struct door *door, const struct front_door_parts *parts,
                                     struct err *err)
{
    const struct settings *settings = door->settings;
    struct door_files files;
    enum err_kind kind = read_files(settings, &files, err);
    if (kind == ERR_OK) {
        const struct access_keys *keys = files.keys;
        LOG_AT(door->log, LOG_INFO, "api.keys",
               LOG_NUMBER("count", keys == NULL ? 0 : (int64_t)access_keys_count(keys)));
        const struct front_door_config config = make_config(settings, &files.tls, files.link_key);
        kind = front_door_create(&config, parts, files.keys, &door->front_door, err);
    }
    door_files_deinit(&files);
    return kind;
}

// Services begin with a soft limit of 1024 that is meant for those who call select(2), which nobody
// does here; the hard one is for the administrator to say.
static void raise_descriptor_limit(const struct settings *settings, struct log *log)
{
    const rlim_t wanted = (rlim_t)settings->api.connections_max + DESCRIPTORS_SPARE;
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted) {
        return;
    }
    limit.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur < wanted) {
        LOG_AT(log, LOG_WARNING, "api.few_descriptors",
               LOG_NUMBER("limit", (int64_t)limit.rlim_cur), LOG_NUMBER("wanted", (int64_t)wanted),
               LOG_TEXT("message", "connections_max needs a higher hard limit of open files "
                                   "(LimitNOFILE=, ulimit -Hn), or has to be lower"));
    }
}

enum err_kind door_open(const struct settings *settings, const struct front_door_parts *parts,
                        struct door **door_out, struct err *err)
{
    struct door *door = mem_alloc(1, sizeof(*door));
    door->settings = settings;
    door->log = parts->log;
    raise_descriptor_limit(settings, door->log);
    if (open_front_door(door, parts, err) != ERR_OK) {
        mem_free(&door);
        return err_prefix(err, "front door");
    }
    LOG_AT(door->log, LOG_INFO, "api.listening",
           LOG_TEXT("address", front_door_address(door->front_door)),
           LOG_NUMBER("tls", settings->api.tls_certificate[0] != '\0'),
           LOG_NUMBER("signed", settings->api.keys[0] != '\0'));
    *door_out = door;
    return ERR_OK;
}

enum err_kind door_check(const struct settings *settings, struct err *err)
{
    struct door_files files;
    enum err_kind kind = read_files(settings, &files, err);
    if (kind == ERR_OK) {
        const struct front_door_config config = make_config(settings, &files.tls, files.link_key);
        kind = front_door_check(&config, err);
    }
    access_keys_unref(&files.keys);
    door_files_deinit(&files);
    return kind == ERR_OK ? ERR_OK : err_prefix(err, "front door");
}

void door_set_accounts(struct door *door, const struct account_set *accounts)
{
    front_door_set_accounts(door->front_door, accounts);
}

void door_reload(struct door *door)
{
    struct err err = ERR_INIT;
    struct access_keys *keys = NULL;
    if (read_keys(door->settings, &keys, &err) != ERR_OK ||
        front_door_set_keys(door->front_door, keys, &err) != ERR_OK) {
        LOG_AT(door->log, LOG_ERROR, "reload.credentials_failed", LOG_ERR(&err));
    }
    struct tls tls;
    err = ERR_INIT;
    if (read_tls(door->settings, &tls, &err) != ERR_OK ||
        (tls.key != NULL && front_door_set_tls(door->front_door, tls.key,
                                               buf_text(&tls.certificate), &err) != ERR_OK)) {
        LOG_AT(door->log, LOG_ERROR, "reload.certificate_failed", LOG_ERR(&err));
    }
    tls_deinit(&tls);
}

const struct front_door *door_front(const struct door *door)
{
    return door->front_door;
}

void door_quiet(struct door *door)
{
    front_door_quiet(door->front_door);
}

static void on_closed(void *owner)
{
    struct door *door = owner;
    door->on_closed(door->owner);
    mem_free(&door);
}

void door_close(struct door *door, loop_closed_cb on_closed_cb, void *owner)
{
    door->on_closed = on_closed_cb;
    door->owner = owner;
    front_door_quiet(door->front_door);
    front_door_close(door->front_door, on_closed, door);
}
