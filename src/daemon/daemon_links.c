// SPDX-License-Identifier: MIT
#include "daemon_links.h"

#include "base/mem.h"
#include "queue/partition.h"

#include <stdio.h>

enum { ROLE_BYTES = 32 };

struct daemon_links {
    uv_loop_t *loop;
    struct daemon_links_config config;
    struct secret *password; // config.password, ours
    struct secret *sentinel_password;
    struct daemon_links_events events;
    struct daemon_redis *command;
    struct daemon_redis *control;
    struct daemon_redis *blocking[QUEUE_PARTITIONS_MAX]; // NULL: none
    struct loop_closing closing;
    loop_closed_cb on_closed;
    void *closed_owner;
};

// ---- comings and goings

// Of two that Sentinel sent to different masters the one that stood before has to go.
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
        agree(fresh, links->blocking[i]);
    }
    links->events.on_command_up(links->events.owner);
}

static void on_blocking_up(void *owner, struct daemon_redis *fresh)
{
    struct daemon_links *links = owner;
    agree(fresh, links->command);
    links->events.on_blocking_up(links->events.owner);
}

static void on_control_up(void *owner, struct daemon_redis *fresh)
{
    struct daemon_links *links = owner;
    (void)fresh;
    links->events.on_control_up(links->events.owner);
}

static void on_down(void *owner)
{
    struct daemon_links *links = owner;
    links->events.on_down(links->events.owner);
}

static void on_unusable(void *owner, const struct err *err)
{
    struct daemon_links *links = owner;
    links->events.on_unusable(links->events.owner, err);
}

// ---- making and closing

typedef void (*up_cb)(void *owner, struct daemon_redis *fresh);

static struct daemon_redis *open_link(struct daemon_links *links, const char *role, up_cb on_up)
{
    bool is_command = on_up == on_command_up;
    const struct daemon_redis_config config = {.role = role,
                                               .redis = links->config.redis,
                                               .password = links->password,
                                               .sentinel_password = links->sentinel_password,
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
    char role[ROLE_BYTES] = "blocking";
    if (links->config.partitions > 1) {
        (void)snprintf(role, sizeof(role), "blocking-%u", partition);
    }
    links->blocking[partition] = open_link(links, role, on_blocking_up);
    return daemon_redis_connection(links->blocking[partition]);
}

void daemon_links_close_blocking(struct daemon_links *links, unsigned partition)
{
    REQUIRE(partition < links->config.partitions);
    close_link(links, &links->blocking[partition]);
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
    links->events = *events;
    loop_closing_up(&links->closing); // held until the end has been asked for
    links->command = open_link(links, "command", on_command_up);
    links->control = open_link(links, "control", on_control_up);
    return links;
}

static void on_all_closed(void *owner)
{
    struct daemon_links *links = owner;
    loop_closed_cb on_closed = links->on_closed;
    void *closed_owner = links->closed_owner;
    secret_destroy(&links->password);
    secret_destroy(&links->sentinel_password);
    mem_free(&links);
    on_closed(closed_owner);
}

void daemon_links_close(struct daemon_links *links, loop_closed_cb on_closed, void *owner)
{
    links->on_closed = on_closed;
    links->closed_owner = owner;
    links->closing.on_closed = on_all_closed;
    links->closing.owner = links;
    close_link(links, &links->command);
    close_link(links, &links->control);
    for (unsigned i = 0; i < links->config.partitions; i++) {
        close_link(links, &links->blocking[i]);
    }
    loop_closing_down(&links->closing);
}

// ---- what there is

struct redis_connection *daemon_links_command(const struct daemon_links *links, unsigned partition)
{
    REQUIRE(partition < links->config.partitions);
    return daemon_redis_connection(links->command);
}

struct redis_connection *daemon_links_control(const struct daemon_links *links)
{
    return daemon_redis_connection(links->control);
}

void daemon_links_set_password(struct daemon_links *links, const struct secret *password)
{
    secret_destroy(&links->password);
    links->password = secret_dup(password);
    daemon_redis_set_password(links->command, password);
    daemon_redis_set_password(links->control, password);
    for (unsigned i = 0; i < links->config.partitions; i++) {
        if (links->blocking[i] != NULL) {
            daemon_redis_set_password(links->blocking[i], password);
        }
    }
}
