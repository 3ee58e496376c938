// SPDX-License-Identifier: MIT
#include "session_place.h"

#include "base/file.h"
#include "base/mem.h"
#include "dev_wait.h"
#include "settings/presets.h"

#include <stdlib.h>
#include <string.h>

// Where the documented installation has its credentials: beside the settings.
static const char CREDENTIALS_BESIDE[] = "credentials";
static const char SYSTEM_CONFIG[] = "/etc/packreport/packreportd.ini";
static const char DEFAULT_PREFIX[] = "packreport";

enum {
    KEY_REDIS = 1000,
    KEY_CLUSTER,
    KEY_USER,
    KEY_CREDENTIAL,
    KEY_PREFIX,
    KEY_CONFIG,
    KEY_STATE_DIR,
    KEY_JSON
};

static const struct argp_option OPTIONS[] = {
    {"json", KEY_JSON, 0, 0, "As JSON on standard output", 0},
    {0, 0, 0, 0,
     "Where the queue is (default: /etc/packreport/packreportd.ini, else a --dev daemon):", 1},
    {"redis", KEY_REDIS, "ADDRESS", 0,
     "unix:/path, host:port, [IPv6]:port or rediss://host:port (TLS)", 1},
    {"cluster", KEY_CLUSTER, "NODES", 0,
     "Nodes of a Redis Cluster with commas between them: host:port, or rediss://host:port for all",
     1},
    {"redis-user", KEY_USER, "NAME", 0,
     "ACL user, with --redis or --cluster, or in place of the settings' own", 1},
    {"redis-credential", KEY_CREDENTIAL, "FILE", 0, "File that holds the password, with the same",
     1},
    {"prefix", KEY_PREFIX, "NAME", 0,
     "First part of the keys, with --redis or --cluster (default packreport)", 1},
    {"config", KEY_CONFIG, "FILE", 0, "The daemon's settings: take the queue's place from there",
     1},
    {"state-dir", KEY_STATE_DIR, "FOLDER", 0, "State folder of a daemon started with --dev", 1},
    {0},
};

// NULL when the queue's place is not to be taken from settings.
static const char *settings_file(const struct session_options *options)
{
    if (options->config != NULL || options->redis != NULL || options->cluster != NULL ||
        options->state_dir != NULL) {
        return options->config;
    }
    return file_exists(SYSTEM_CONFIG) ? SYSTEM_CONFIG : NULL;
}

static void check(const struct session_options *options, const struct argp_state *state)
{
    int places = (options->redis != NULL) + (options->cluster != NULL) + (options->config != NULL) +
                 (options->state_dir != NULL);
    if (places > 1) {
        argp_error(state, "--redis, --cluster, --config and --state-dir exclude each other");
    }
    bool is_named = options->redis != NULL || options->cluster != NULL;
    if (!is_named && options->prefix != NULL) {
        argp_error(state, "--prefix is for use with --redis or --cluster");
    }
    if (!is_named && settings_file(options) == NULL &&
        (options->user != NULL || options->credential_file != NULL)) {
        argp_error(state, "--redis-user and --redis-credential are for use with --redis, --cluster "
                          "or --config: the Redis of a --dev daemon asks for no password");
    }
    if (options->user != NULL && options->credential_file == NULL) {
        argp_error(state, "--redis-user needs --redis-credential");
    }
    struct redis_address address = {0};
    struct err err = ERR_INIT;
    if (options->redis != NULL && redis_address_parse(options->redis, &address, &err) != ERR_OK) {
        argp_error(state, "--redis: %s", err.message);
    }
    struct sentinel_addresses nodes = {0};
    if (options->cluster != NULL &&
        cluster_addresses_parse(options->cluster, &nodes, &err) != ERR_OK) {
        argp_error(state, "--cluster: %s", err.message);
    }
    const char *problem = tls_options_problem(&options->tls, address.tls || nodes.tls);
    if (problem != NULL) {
        argp_error(state, "%s", problem);
    }
}

static error_t parse_option(int key, char *value, struct argp_state *state)
{
    struct session_options *options = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->tls;
        return 0;
    case KEY_REDIS:
        options->redis = value;
        return 0;
    case KEY_CLUSTER:
        options->cluster = value;
        return 0;
    case KEY_USER:
        options->user = value;
        return 0;
    case KEY_CREDENTIAL:
        options->credential_file = value;
        return 0;
    case KEY_PREFIX:
        options->prefix = value;
        return 0;
    case KEY_CONFIG:
        options->config = value;
        return 0;
    case KEY_STATE_DIR:
        options->state_dir = value;
        return 0;
    case KEY_JSON:
        options->json = true;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "unexpected argument \"%s\"", value);
        return EINVAL;
    case ARGP_KEY_END:
        check(options, state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_child CHILDREN[] = {{&tls_options_argp, 0, 0, 0}, {0}};
const struct argp session_argp = {.options = OPTIONS, .parser = parse_option, .children = CHILDREN};

static enum err_kind read_credential(const struct settings *settings, const char *key,
                                     const char *credential, struct secret **secret_out,
                                     struct err *err)
{
    if (credential[0] == '\0') {
        return ERR_OK;
    }
    if (settings->credentials.path[0] == '\0') {
        return err_set(
            err, ERR_CONFIG,
            "%s: [redis] %s names the file \"%s\", and its folder is not known here; set "
            "CREDENTIALS_DIRECTORY to the folder%s",
            settings->file, key, credential,
            strcmp(key, "credential") == 0 ? ", or name the file with --redis-credential" : "");
    }
    char *path = file_join(settings->credentials.path, credential);
    enum err_kind kind = secret_read_file(path, secret_out, err);
    mem_free(&path);
    return kind == ERR_OK ? kind : err_prefix(err, "%s: [redis] %s", settings->file, key);
}

// NULL when there is none. mem_free.
static char *credentials_beside(const char *file)
{
    const char *slash = strrchr(file, '/');
    char *folder = slash == NULL ? mem_text(".") : mem_text_n(file, (size_t)(slash - file) + 1);
    char *path = file_join(folder, CREDENTIALS_BESIDE);
    mem_free(&folder);
    if (!file_is_folder(path)) {
        mem_free(&path);
    }
    return path;
}

// As the daemon reads them. systemd tells only the service where its credentials are, so that a
// command without CREDENTIALS_DIRECTORY takes the files that the unit gets them from.
static enum err_kind load_settings(const char *file, struct settings *settings_out, struct err *err)
{
    struct presets presets = {0};
    const char *given = getenv("CREDENTIALS_DIRECTORY");
    char *beside = credentials_beside(file);
    if (given != NULL && given[0] != '\0') {
        presets_add(&presets, "$CREDENTIALS_DIRECTORY", "credentials.path", given);
    } else if (beside != NULL) {
        presets_add(&presets, file, "credentials.path", beside);
    }
    mem_free(&beside);
    const struct settings_inputs inputs = {
        .file = file, .presets = presets.items, .preset_count = presets.count};
    enum err_kind kind = settings_load(&inputs, settings_out, err);
    presets_deinit(&presets);
    return kind;
}

// Of the options, else of the settings.
static enum err_kind read_passwords(const struct session_options *options,
                                    struct session_place *place, struct err *err)
{
    const struct settings_redis *redis = &place->settings.redis;
    place->user = options->user != NULL    ? options->user
                  : redis->user[0] == '\0' ? NULL
                                           : redis->user;
    enum err_kind kind = options->credential_file != NULL
                             ? secret_read_file(options->credential_file, &place->password, err)
                             : read_credential(&place->settings, "credential", redis->credential,
                                               &place->password, err);
    return kind != ERR_OK
               ? kind
               : read_credential(&place->settings, "sentinel_credential",
                                 redis->sentinel_credential, &place->sentinel_password, err);
}

static enum err_kind place_of_settings(const struct session_options *options, const char *file,
                                       struct session_place *place, struct err *err)
{
    if (load_settings(file, &place->settings, err) != ERR_OK) {
        return err->kind;
    }
    place->has_settings = true;
    place->is_from_file = true;
    const struct settings_redis *redis = &place->settings.redis;
    place->database = redis->database;
    place->prefix = place->settings.queue.prefix;
    if (read_passwords(options, place, err) != ERR_OK) {
        return err->kind;
    }
    if (redis->cluster[0] != '\0') {
        return cluster_addresses_parse(redis->cluster, &place->nodes, err);
    }
    if (redis->sentinels[0] == '\0') {
        return redis_address_parse(redis->address, &place->address, err);
    }
    place->master_name = redis->master_name;
    place->sentinel_user = redis->sentinel_user[0] == '\0' ? NULL : redis->sentinel_user;
    return sentinel_addresses_parse(redis->sentinels, &place->sentinels, err);
}

static enum err_kind read_certificates(const struct session_options *options,
                                       struct session_place *place, struct err *err)
{
    if (!place->address.tls && !place->sentinels.tls && !place->nodes.tls) {
        return ERR_OK;
    }
    if (options->redis != NULL || options->cluster != NULL) {
        return tls_options_read(&options->tls, &place->tls, err);
    }
    const struct settings_redis *redis = &place->settings.redis;
    struct secret *key = NULL;
    enum err_kind kind = read_credential(&place->settings, "tls_key", redis->tls_key, &key, err);
    if (kind == ERR_OK) {
        kind = tls_options_read_settings(redis, key, &place->tls, err);
    }
    secret_destroy(&key);
    return kind;
}

static enum err_kind place_of_state_dir(const char *state_dir, struct session_place *place,
                                        struct err *err)
{
    char *text = NULL;
    if (settings_dev_redis_address(state_dir, &text, err) != ERR_OK) {
        return err->kind;
    }
    enum err_kind kind = redis_address_parse(text, &place->address, err);
    mem_free(&text);
    if (kind == ERR_OK && !dev_wait_for_redis(state_dir, place->address.unix_path)) {
        return err_set(
            err, ERR_UNAVAILABLE,
            "no daemon is running with state folder %s (nobody listens at %s): start one with "
            "`packreportd --dev`, or say where the queue is with --config or --redis",
            state_dir, place->address.unix_path);
    }
    return kind;
}

static enum err_kind find(const struct session_options *options, struct session_place *place,
                          struct err *err)
{
    place->prefix = DEFAULT_PREFIX;
    if (options->redis != NULL || options->cluster != NULL) {
        place->user = options->user;
        place->prefix = options->prefix != NULL ? options->prefix : DEFAULT_PREFIX;
        if (options->credential_file != NULL &&
            secret_read_file(options->credential_file, &place->password, err) != ERR_OK) {
            return err->kind;
        }
        return options->cluster != NULL
                   ? cluster_addresses_parse(options->cluster, &place->nodes, err)
                   : redis_address_parse(options->redis, &place->address, err);
    }
    const char *file = settings_file(options);
    if (file != NULL) {
        return place_of_settings(options, file, place, err);
    }
    char *state_dir =
        options->state_dir != NULL ? mem_text(options->state_dir) : settings_dev_state_dir();
    enum err_kind kind = place_of_state_dir(state_dir, place, err);
    mem_free(&state_dir);
    return kind;
}

enum err_kind session_place_find(const struct session_options *options,
                                 struct session_place *place_out, struct err *err)
{
    *place_out = (struct session_place){.has_settings = false};
    if (find(options, place_out, err) != ERR_OK ||
        read_certificates(options, place_out, err) != ERR_OK) {
        return err->kind;
    }
    if (!place_out->has_settings) { // the defaults
        const struct settings_inputs none = {.file = NULL};
        enum err_kind kind = settings_load(&none, &place_out->settings, err);
        place_out->has_settings = kind == ERR_OK;
        return kind;
    }
    return ERR_OK;
}

void session_place_deinit(struct session_place *place)
{
    if (place->has_settings) {
        settings_deinit(&place->settings);
    }
    secret_destroy(&place->password);
    secret_destroy(&place->sentinel_password);
    redis_tls_unref(&place->tls);
}
