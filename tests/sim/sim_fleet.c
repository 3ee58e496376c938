// SPDX-License-Identifier: MIT
#include "sim_fleet.h"

#include "base/mem.h"
#include "queue/partition.h"
#include "sim_check.h"
#include "sim_faults.h"

static struct slot {
    struct sim_daemon *daemon;
    struct sim_event birth;
    unsigned lives;
} slots[SIM_DAEMONS_MAX];

static const struct sim_settings *settings;
static size_t slot_count;
static bool is_over;
static bool is_calm;

static void on_birth(struct sim_event *event)
{
    struct slot *slot = container_of(event, struct slot, birth);
    slot->daemon = sim_daemon_start(settings, (unsigned)(slot - slots), ++slot->lives);
}

void sim_fleet_open(const struct sim_settings *the_settings, size_t count)
{
    REQUIRE(count >= 1 && count <= SIM_DAEMONS_MAX);
    settings = the_settings;
    slot_count = count;
    is_over = false;
    is_calm = false;
    for (size_t i = 0; i < count; i++) {
        slots[i] = (struct slot){0};
        sim_event_init(&slots[i].birth, NULL, SIM_RANK_OTHER, on_birth);
        sim_event_set(&slots[i].birth, sim_between(0, 100 * SIM_MS_US));
    }
}

void sim_fleet_close(void)
{
    for (size_t i = 0; i < slot_count; i++) {
        REQUIRE(slots[i].daemon == NULL);
        sim_event_drop(&slots[i].birth);
    }
}

static void bear_later(struct slot *slot)
{
    if (!is_over) {
        sim_event_set(&slot->birth, sim_seldom_long(10 * SIM_MS_US, 120 * (int64_t)SIM_SECOND_US));
    }
}

void sim_fleet_kill(struct sim_daemon *daemon)
{
    for (size_t i = 0; i < slot_count; i++) {
        if (slots[i].daemon == daemon && !sim_daemon_is_closing(daemon)) {
            sim_daemon_die(&slots[i].daemon);
            bear_later(&slots[i]);
            return;
        }
    }
}

void sim_fleet_look(void)
{
    for (size_t i = 0; i < slot_count; i++) {
        struct slot *slot = &slots[i];
        if (slot->daemon == NULL) {
            continue;
        }
        if (sim_daemon_has_ended(slot->daemon)) {
            sim_check_left(sim_daemon_worker_id(slot->daemon),
                           is_calm && !sim_daemon_was_cut(slot->daemon));
            sim_daemon_free(&slot->daemon);
            bear_later(slot);
        } else if (sim_daemon_actor(slot->daemon)->is_dying) {
            sim_fleet_kill(slot->daemon);
        }
    }
}

struct sim_daemon *sim_fleet_any(void)
{
    size_t first = (size_t)sim_draw(slot_count);
    for (size_t i = 0; i < slot_count; i++) {
        struct sim_daemon *daemon = slots[(first + i) % slot_count].daemon;
        if (daemon != NULL && !sim_daemon_is_closing(daemon)) {
            return daemon;
        }
    }
    return NULL;
}

void sim_fleet_hurry(void)
{
    for (size_t i = 0; i < slot_count; i++) {
        if (slots[i].birth.is_set) {
            sim_event_set(&slots[i].birth, 1);
        }
    }
}

void sim_fleet_drain(bool has_no_faults)
{
    is_over = true;
    is_calm = has_no_faults;
    for (size_t i = 0; i < slot_count; i++) {
        sim_event_drop(&slots[i].birth);
        if (slots[i].daemon != NULL) {
            sim_daemon_drain(slots[i].daemon);
        }
    }
}

bool sim_fleet_has_ended(void)
{
    for (size_t i = 0; i < slot_count; i++) {
        if (slots[i].daemon != NULL) {
            return false;
        }
    }
    return true;
}

bool sim_fleet_is_ready(void)
{
    for (size_t i = 0; i < slot_count; i++) {
        if (slots[i].daemon == NULL || !sim_daemon_is_ready(slots[i].daemon)) {
            return false;
        }
    }
    return true;
}

unsigned sim_fleet_partitions(void)
{
    return settings->partitions;
}

unsigned sim_fleet_partition_of(const char *account)
{
    return queue_partition_of(account, settings->partitions);
}
