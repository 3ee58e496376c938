// SPDX-License-Identifier: MIT
//
// The door's life: what it is made of, what a reload gives it, its end. What becomes of a request:
// reception.c.
#include "api/front_door.h"

#include "base/mem.h"
#include "call.h"
#include "queue/partition.h"
#include "reception.h"

enum { LINK_KEY_BYTES = 32, SPARE_CALLS_MAX = 256 };

struct queue *front_door_queue(const struct front_door *door, const char *account_id)
{
    return door->parts.queues[queue_partition_of(account_id, door->parts.partitions)];
}

static void on_admission_timer(struct loop_timer *timer)
{
    generate_admit_waiting(container_of(timer, struct front_door, admission));
}

static void on_again_timer(struct loop_timer *timer)
{
    generate_admit_again(container_of(timer, struct front_door, again));
}

static struct secret *make_link_key(void)
{
    char bytes[LINK_KEY_BYTES];
    random_bytes(bytes, sizeof(bytes));
    struct secret *key = secret_create(bytes, sizeof(bytes));
    mem_wipe(bytes, sizeof(bytes));
    return key;
}

static enum err_kind refuse_open_door(const struct front_door_config *config, struct err *err)
{
    return err_set(err, ERR_CONFIG,
                   "%s can be reached from other machines; without access keys loopback or a Unix "
                   "socket is right",
                   config->server.listen);
}

enum err_kind front_door_check(const struct front_door_config *config, struct err *err)
{
    enum err_kind kind = http_server_check(&config->server, err);
    return kind == ERR_CONFLICT ? refuse_open_door(config, err) : kind;
}

enum err_kind front_door_create(const struct front_door_config *config,
                                const struct front_door_parts *parts, struct access_keys *take_keys,
                                struct front_door **door_out, struct err *err)
{
    struct front_door *door = mem_alloc(1, sizeof(*door));
    door->config = *config;
    door->parts = *parts;
    door->keys = take_keys;
    door->link_key = config->link_key == NULL ? make_link_key() : secret_dup(config->link_key);
    door->batch = mem_alloc(QUEUE_BATCH_MAX, sizeof(*door->batch));
    spare_init(&door->spare_calls, sizeof(struct api_call), SPARE_CALLS_MAX);
    TAILQ_INIT(&door->waiting);
    TAILQ_INIT(&door->unsure);
    enum err_kind kind = http_server_create(parts->loop, &config->server, reception_on_request,
                                            door, &door->server, err);
    if (kind == ERR_CONFLICT) {
        kind = refuse_open_door(config, err);
    }
    if (kind != ERR_OK) {
        access_keys_unref(&door->keys);
        secret_destroy(&door->link_key);
        mem_free(&door->batch);
        mem_free(&door);
        return kind;
    }
    const struct pack_lookup_config lookup = {.source = parts->source,
                                              .known_ms = config->pack_known_ms,
                                              .unknown_ms = config->pack_unknown_ms};
    door->packs = pack_lookup_create(&lookup);
    loop_timer_init(&door->admission, parts->loop, on_admission_timer, door);
    loop_timer_init(&door->again, parts->loop, on_again_timer, door);
    *door_out = door;
    return ERR_OK;
}

void front_door_set_accounts(struct front_door *door, const struct account_set *accounts)
{
    door->accounts = accounts;
}

enum err_kind front_door_set_keys(struct front_door *door, struct access_keys *take_keys,
                                  struct err *err)
{
    if ((door->keys == NULL) != (take_keys == NULL)) {
        access_keys_unref(&take_keys);
        return err_set(
            err, ERR_CONFIG,
            door->keys == NULL
                ? "the front door was opened without access keys; a restart gives it some"
                : "the front door has access keys; only a restart takes them away");
    }
    access_keys_unref(&door->keys);
    door->keys = take_keys;
    return ERR_OK;
}

enum err_kind front_door_set_tls(struct front_door *door, const struct secret *key,
                                 const char *certificate, struct err *err)
{
    return http_server_set_tls(door->server, key, certificate, err);
}

void front_door_quiet(struct front_door *door)
{
    door->is_quiet = true;
    http_server_quiet(door->server);
}

static void on_part_closed(void *owner)
{
    struct front_door *door = owner;
    loop_closing_down(&door->closing);
}

static void on_all_closed(void *owner)
{
    struct front_door *door = owner;
    loop_closed_cb on_closed = door->on_closed;
    void *its_owner = door->owner;
    pack_lookup_destroy(&door->packs);
    access_keys_unref(&door->keys);
    secret_destroy(&door->link_key);
    spare_deinit(&door->spare_calls);
    mem_free(&door->batch);
    mem_free(&door);
    on_closed(its_owner);
}

static void close_when_idle(struct front_door *door)
{
    if (door->on_closed == NULL || door->under_way > 0) {
        return;
    }
    door->closing.on_closed = on_all_closed;
    door->closing.owner = door;
    loop_closing_up(&door->closing);
    loop_closing_up(&door->closing);
    loop_closing_up(&door->closing);
    http_server_close(door->server, on_part_closed, door);
    loop_timer_close(&door->admission, on_part_closed);
    loop_timer_close(&door->again, on_part_closed);
}

void front_door_call_ended(struct front_door *door)
{
    door->under_way--;
    close_when_idle(door);
}

void front_door_close(struct front_door *door, loop_closed_cb on_closed, void *owner)
{
    REQUIRE(door->is_quiet && door->on_closed == NULL);
    door->on_closed = on_closed;
    door->owner = owner;
    close_when_idle(door);
}

const char *front_door_address(const struct front_door *door)
{
    return http_server_address(door->server);
}

const struct front_door_counters *front_door_counters(const struct front_door *door)
{
    return &door->counters;
}
