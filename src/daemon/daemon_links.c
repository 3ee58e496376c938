// SPDX-License-Identifier: MIT
#include "daemon_links.h"

#include "base/mem.h"
#include "queue/partition.h"
#include "redis/cluster.h"
#include "settings/redis_address.h"

#include <stdio.h>

enum { ROLE_BYTES = 32 };

struct daemon_links {
    uv_loop_t *loop;
    struct daemon_links_config config;
    struct secret *password; // config.password, ours
    struct secret *sentinel_password;
    struct redis_tls *tls; // config.tls, a reference of ours
    struct daemon_links_events events;
    struct redis_cluster *cluster; // NULL: none
    struct daemon_redis
        *command[QUEUE_PARTITIONS_MAX]; // without a cluster the first is everybody's
    struct daemon_redis *control;
    struct daemon_redis *blocking[QUEUE_PARTITIONS_MAX]; // NULL: none
    struct loop_closing closing;
    loop_closed_cb on_closed;
    void *closed_owner;
};

// ---- comings and goings

static struct daemon_redis *command_of(const struct daemon_links *links, unsigned partition)
{
    return links->command[links->cluster == NULL ? 0 : partition];
}

// Of two that were sent to different masters the one that stood before has to go.
static void agree(struct daemon_redis *fresh, struct daemon_redis *other)
{
    if (other != NULL) {
        daemon_redis_agree(fresh, other);
    }
}

static void on_command_up(void *owner, struct daemon_redis *fresh)
{
    struct daemon_links *links = owner;
    for (unsigned i = 0; i < links->config.partitions; i++) {
        if (command_of(links, i) == fresh) {
            agree(fresh, links->blocking[i]);
        }
    }
    if (command_of(links, 0) == fresh) {
        agree(fresh, links->control);
    }
    links->events.on_command_up(links->events.owner);
}

static void on_blocking_up(void *owner, struct daemon_redis *fresh)
{
    struct daemon_links *links = owner;
    for (unsigned i = 0; i < links->config.partitions; i++) {
        if (links->blocking[i] == fresh) {
            agree(fresh, command_of(links, i));
        }
    }
    links->events.on_blocking_up(links->events.owner);
}

static void on_control_up(void *owner, struct daemon_redis *fresh)
{
    struct daemon_links *links = owner;
    agree(fresh, command_of(links, 0));
    links->events.on_control_up(links->events.owner);
}

static void on_down(void *owner, const struct err *err)
{
    struct daemon_links *links = owner;
    links->events.on_down(links->events.owner, err);
}

static void on_unusable(void *owner, const struct err *err)
{
    struct daemon_links *links = owner;
    links->events.on_unusable(links->events.owner, err);
}

// ---- making and closing

typedef void (*up_cb)(void *owner, struct daemon_redis *fresh);

static struct daemon_redis *open_link(struct daemon_links *links, const char *role,
                                      unsigned partition, up_cb on_up)
{
    bool is_command = on_up == on_command_up;
    const struct daemon_redis_config config = {.role = role,
                                               .redis = links->config.redis,
                                               .password = links->password,
                                               .sentinel_password = links->sentinel_password,
                                               .tls = links->tls,
                                               .cluster = links->cluster,
                                               .slot = queue_partition_slot(partition),
                                               // Nothing may stand behind a BLOCK.
                                               .role_check_ms =
                                                   is_command ? links->config.role_check_ms : 0,
                                               .judges_server = is_command,
                                               .log = links->config.log};
    const struct daemon_redis_events events = {
        .owner = links, .on_up = on_up, .on_down = on_down, .on_unusable = on_unusable};
    loop_closing_up(&links->closing);
    return daemon_redis_create(links->loop, &config, &events);
}

static struct daemon_redis *open_numbered(struct daemon_links *links, const char *role,
                                          unsigned partition, up_cb on_up)
{
    char numbered[ROLE_BYTES];
    (void)snprintf(numbered, sizeof(numbered), "%s-%u", role, partition);
    return open_link(links, links->config.partitions > 1 ? numbered : role, partition, on_up);
}

static void on_link_closed(void *owner)
{
    struct daemon_links *links = owner;
    loop_closing_down(&links->closing);
}

static void close_link(struct daemon_links *links, struct daemon_redis **link)
{
    if (*link != NULL) {
        daemon_redis_close(*link, on_link_closed, links);
        *link = NULL;
    }
}

struct redis_connection *daemon_links_open_blocking(struct daemon_links *links, unsigned partition)
{
    REQUIRE(partition < links->config.partitions && links->blocking[partition] == NULL);
    links->blocking[partition] = open_numbered(links, "blocking", partition, on_blocking_up);
    return daemon_redis_connection(links->blocking[partition]);
}

void daemon_links_close_blocking(struct daemon_links *links, unsigned partition)
{
    REQUIRE(partition < links->config.partitions);
    close_link(links, &links->blocking[partition]);
}

static void open_cluster(struct daemon_links *links)
{
    struct sentinel_addresses addresses = {0};
    struct redis_node nodes[CLUSTER_ADDRESSES_MAX];
    struct err err = ERR_INIT;
    enum err_kind kind = cluster_addresses_parse(links->config.redis->cluster, &addresses, &err);
    REQUIRE(kind == ERR_OK); // settings_load has checked it
    for (size_t i = 0; i < addresses.count; i++) {
        nodes[i] =
            (struct redis_node){.host = addresses.list[i].host, .port = addresses.list[i].port};
    }
    const char *user = links->config.redis->user;
    const struct redis_cluster_config config = {.seeds = nodes,
                                                .seed_count = addresses.count,
                                                .user = user[0] == '\0' ? NULL : user,
                                                .password = links->password,
                                                .tls = links->tls};
    links->cluster = redis_cluster_create(links->loop, &config);
    for (unsigned i = 0; i < links->config.partitions; i++) {
        links->command[i] = open_numbered(links, "command", i, on_command_up);
    }
}

struct daemon_links *daemon_links_create(uv_loop_t *loop, const struct daemon_links_config *config,
                                         const struct daemon_links_events *events)
{
    REQUIRE(config->partitions >= 1 && config->partitions <= QUEUE_PARTITIONS_MAX);
    struct daemon_links *links = mem_alloc(1, sizeof(*links));
    links->loop = loop;
    links->config = *config;
    links->password = secret_dup(config->password);
    links->sentinel_password = secret_dup(config->sentinel_password);
    links->tls = redis_tls_ref(config->tls);
    links->events = *events;
    loop_closing_up(&links->closing); // held until the end has been asked for
    if (config->redis->cluster[0] == '\0') {
        links->command[0] = open_link(links, "command", 0, on_command_up);
    } else {
        open_cluster(links);
    }
    links->control = open_link(links, "control", 0, on_control_up);
    return links;
}

static void on_cluster_closed(void *owner)
{
    struct daemon_links *links = owner;
    loop_closed_cb on_closed = links->on_closed;
    void *closed_owner = links->closed_owner;
    secret_destroy(&links->password);
    secret_destroy(&links->sentinel_password);
    redis_tls_unref(&links->tls);
    mem_free(&links);
    on_closed(closed_owner);
}

static void on_all_closed(void *owner)
{
    struct daemon_links *links = owner;
    if (links->cluster != NULL) {
        redis_cluster_close(links->cluster, on_cluster_closed, links);
    } else {
        on_cluster_closed(links);
    }
}

void daemon_links_close(struct daemon_links *links, loop_closed_cb on_closed, void *owner)
{
    links->on_closed = on_closed;
    links->closed_owner = owner;
    links->closing.on_closed = on_all_closed;
    links->closing.owner = links;
    close_link(links, &links->control);
    for (unsigned i = 0; i < links->config.partitions; i++) {
        close_link(links, &links->command[i]);
        close_link(links, &links->blocking[i]);
    }
    loop_closing_down(&links->closing);
}

// ---- what there is

struct redis_connection *daemon_links_command(const struct daemon_links *links, unsigned partition)
{
    REQUIRE(partition < links->config.partitions);
    return daemon_redis_connection(command_of(links, partition));
}

struct redis_connection *daemon_links_control(const struct daemon_links *links)
{
    return daemon_redis_connection(links->control);
}

static void set_password(struct daemon_redis *link, const struct secret *password)
{
    if (link != NULL) {
        daemon_redis_set_password(link, password);
    }
}

void daemon_links_set_password(struct daemon_links *links, const struct secret *password)
{
    secret_destroy(&links->password);
    links->password = secret_dup(password);
    if (links->cluster != NULL) {
        redis_cluster_set_password(links->cluster, password);
    }
    daemon_redis_set_password(links->control, password);
    for (unsigned i = 0; i < links->config.partitions; i++) {
        set_password(links->command[i], password);
        set_password(links->blocking[i], password);
    }
}

static void set_tls(struct daemon_redis *link, struct redis_tls *tls)
{
    if (link != NULL) {
        daemon_redis_set_tls(link, tls);
    }
}

void daemon_links_set_tls(struct daemon_links *links, struct redis_tls *tls)
{
    struct redis_tls *old = links->tls;
    links->tls = redis_tls_ref(tls);
    redis_tls_unref(&old);
    if (links->cluster != NULL) {
        redis_cluster_set_tls(links->cluster, tls);
    }
    daemon_redis_set_tls(links->control, tls);
    for (unsigned i = 0; i < links->config.partitions; i++) {
        set_tls(links->command[i], tls);
        set_tls(links->blocking[i], tls);
    }
}
