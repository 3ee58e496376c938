// SPDX-License-Identifier: MIT
#include "daemon_redis.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "settings/redis_address.h"

#include <stdio.h>
#include <string.h>

enum {
    BACKOFF_BASE_MS = 50,
    BACKOFF_CAP_MS = 1000, // consuming again within 2 s of a Redis that is back
    REPEAT_LOG_MS = 30000,
    NAME_BYTES = 64,
    ROLE_BYTES = 32,
};
_Static_assert((int)SENTINEL_ADDRESSES_MAX <= (int)REDIS_SENTINELS_MAX,
               "all that settings can name");

struct daemon_redis {
    struct redis_connection *connection;
    char role[ROLE_BYTES];
    bool judges_server;
    struct log *log;
    struct daemon_redis_events events;
    char last_trouble[ERR_MESSAGE_BYTES]; // so that an outage is one line, not one for each try
    int64_t last_logged_ms;
    loop_closed_cb on_closed;
    void *closed_owner;
};

static void judge_server(const struct daemon_redis *link, const struct redis_server_info *server)
{
    bool evicts =
        server->maxmemory_policy[0] != '\0' && strcmp(server->maxmemory_policy, "noeviction") != 0;
    if (evicts) {
        LOG_AT(link->log, LOG_WARNING, "redis.evicts",
               LOG_TEXT("maxmemory_policy", server->maxmemory_policy),
               LOG_TEXT("advice", "accepted jobs can be lost: set maxmemory-policy noeviction"));
    }
    if (server->is_volatile) {
        LOG_AT(link->log, LOG_WARNING, "redis.not_durable",
               LOG_TEXT("advice", "a restart of Redis loses jobs: set appendonly yes"));
    }
}

static void on_ready(void *owner, const struct redis_server_info *server)
{
    struct daemon_redis *link = owner;
    link->last_trouble[0] = '\0';
    char version[32];
    (void)snprintf(version, sizeof(version), "%u.%u", server->version_major, server->version_minor);
    LOG_AT(link->log, LOG_INFO, "redis.up", LOG_TEXT("connection", link->role),
           LOG_TEXT("version", version),
           LOG_TEXT("master", redis_connection_master(link->connection)));
    if (link->judges_server) {
        judge_server(link, server);
    }
    link->events.on_up(link->events.owner, link);
}

static void on_down(void *owner, const struct err *err)
{
    struct daemon_redis *link = owner;
    int64_t now_ms = clock_monotonic_ms();
    if (strcmp(link->last_trouble, err->message) != 0 ||
        now_ms - link->last_logged_ms > REPEAT_LOG_MS) {
        (void)text_copy(link->last_trouble, sizeof(link->last_trouble), err->message);
        link->last_logged_ms = now_ms;
        LOG_AT(link->log, LOG_WARNING, "redis.down", LOG_TEXT("connection", link->role),
               LOG_ERR(err));
    }
    link->events.on_down(link->events.owner, err);
    if (err->kind == ERR_CONFIG) {
        link->events.on_unusable(link->events.owner, err);
    }
}

struct daemon_redis *daemon_redis_create(uv_loop_t *loop,
                                         const struct daemon_redis_config *link_config,
                                         const struct daemon_redis_events *events)
{
    const struct settings_redis *redis = link_config->redis;
    struct redis_address address = {0};
    struct sentinel_addresses sentinels = {0};
    struct redis_node nodes[SENTINEL_ADDRESSES_MAX];
    struct err err = ERR_INIT;
    enum err_kind kind = link_config->cluster != NULL ? ERR_OK
                         : redis->sentinels[0] == '\0'
                             ? redis_address_parse(redis->address, &address, &err)
                             : sentinel_addresses_parse(redis->sentinels, &sentinels, &err);
    REQUIRE(kind == ERR_OK); // settings_load has checked it
    for (size_t i = 0; i < sentinels.count; i++) {
        nodes[i] =
            (struct redis_node){.host = sentinels.list[i].host, .port = sentinels.list[i].port};
    }
    char name[NAME_BYTES];
    (void)snprintf(name, sizeof(name), "packreportd-%s", link_config->role);

    struct daemon_redis *link = mem_alloc(1, sizeof(*link));
    REQUIRE(text_copy(link->role, sizeof(link->role), link_config->role));
    link->judges_server = link_config->judges_server;
    link->log = link_config->log;
    link->events = *events;
    const struct redis_config config = {
        .unix_path = address.unix_path[0] == '\0' ? NULL : address.unix_path,
        .cluster = link_config->cluster,
        .slot = link_config->slot,
        .host = address.host,
        .port = address.port,
        .sentinels = nodes,
        .sentinel_count = sentinels.count,
        .master_name = redis->master_name,
        .sentinel_user = redis->sentinel_user[0] == '\0' ? NULL : redis->sentinel_user,
        .sentinel_password = link_config->sentinel_password,
        .tls = link_config->tls,
        .role_check_ms = link_config->role_check_ms,
        .user = redis->user[0] == '\0' ? NULL : redis->user,
        .password = link_config->password,
        .database = redis->database,
        .connect_timeout_ms = redis->connect_timeout_ms,
        .command_timeout_ms = redis->command_timeout_ms,
        .backoff_base_ms = BACKOFF_BASE_MS,
        .backoff_cap_ms = BACKOFF_CAP_MS,
        .name = name,
    };
    const struct redis_events redis_events = {
        .owner = link, .on_ready = on_ready, .on_down = on_down};
    link->connection = redis_connection_create(loop, &config, &redis_events);
    return link;
}

static void on_connection_closed(void *owner)
{
    struct daemon_redis *link = owner;
    loop_closed_cb on_closed = link->on_closed;
    void *closed_owner = link->closed_owner;
    mem_free(&link);
    on_closed(closed_owner);
}

void daemon_redis_close(struct daemon_redis *link, loop_closed_cb on_closed, void *owner)
{
    link->on_closed = on_closed;
    link->closed_owner = owner;
    redis_connection_close(link->connection, on_connection_closed, link);
}

void daemon_redis_agree(struct daemon_redis *fresh, struct daemon_redis *other)
{
    const char *here = redis_connection_master(fresh->connection);
    const char *there = redis_connection_master(other->connection);
    if (strcmp(here, there) == 0) {
        return;
    }
    struct err err = ERR_INIT;
    (void)err_set(&err, ERR_UNAVAILABLE, "the master is another one now: %s", here);
    redis_connection_renew(other->connection, &err);
}

void daemon_redis_set_password(struct daemon_redis *link, const struct secret *password)
{
    redis_connection_set_password(link->connection, password);
}

void daemon_redis_set_tls(struct daemon_redis *link, struct redis_tls *tls)
{
    redis_connection_set_tls(link->connection, tls);
}

struct redis_connection *daemon_redis_connection(const struct daemon_redis *link)
{
    return link->connection;
}
