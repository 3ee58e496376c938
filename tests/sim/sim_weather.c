// SPDX-License-Identifier: MIT
#include "sim_connection.h"
#include "sim_faults.h"
#include "sim_fleet.h"
#include "sim_outside.h"
#include "sim_server.h"

#include <string.h>

enum { STORMS_APART_S = 900, SECONDS_FROZEN_MAX = 60, CLOCK_JUMP_MS_MAX = 30000 };

// Each with the event that ends it, where it lasts.
enum storm {
    STORM_KILL,
    STORM_TERM,
    STORM_FREEZE,
    STORM_CUT,
    STORM_REDIS_FREEZE,
    STORM_REDIS_DOWN,
    STORM_REDIS_FULL,
    STORM_HTTP_AWAY,
    STORM_STORE_FULL,
    STORM_WALL_CLOCK,
    STORM_REDIS_CLOCK,
    STORMS
};

static struct {
    struct sim_event next;
    struct sim_event ends[STORMS];
    bool is_there[STORMS]; // in this world
} weather;

static int64_t seconds(int64_t most)
{
    return sim_seldom_long(100 * SIM_MS_US, most * SIM_SECOND_US);
}

// ---- ends

static void end_redis_down(struct sim_event *event)
{
    (void)event;
    sim_note(NULL, "redis is up");
    sim_server_go_up();
}

static void end_redis_full(struct sim_event *event)
{
    (void)event;
    sim_note(NULL, "redis has memory");
    sim_redis_set_full(sim_server_redis(), false);
}

static void end_http_away(struct sim_event *event)
{
    (void)event;
    sim_source_set_away(false);
}

static void end_store_full(struct sim_event *event)
{
    (void)event;
    sim_store_set_full(false);
}

// ---- beginnings

static void begin_on_daemon(enum storm storm)
{
    struct sim_daemon *daemon = sim_fleet_any();
    if (daemon == NULL) {
        return;
    }
    struct sim_actor *actor = sim_daemon_actor(daemon);
    switch (storm) {
    case STORM_KILL:
        sim_fleet_kill(daemon);
        return;
    case STORM_TERM:
        sim_daemon_drain(daemon);
        return;
    case STORM_FREEZE:
        sim_actor_freeze(actor, seconds(SECONDS_FROZEN_MAX));
        return;
    case STORM_CUT:
        sim_daemon_cut(daemon);
        return;
    default:
        actor->wall_skew_ms = sim_between(-CLOCK_JUMP_MS_MAX, CLOCK_JUMP_MS_MAX);
    }
}

static void begin(enum storm storm)
{
    switch (storm) {
    case STORM_REDIS_FREEZE:
        sim_actor_freeze(sim_server_actor(), seconds(SECONDS_FROZEN_MAX / 2));
        return;
    case STORM_REDIS_DOWN:
        if (sim_server_is_up()) {
            sim_server_go_down();
            sim_connections_cut_all();
            sim_event_set(&weather.ends[storm], seconds(180));
        }
        return;
    case STORM_REDIS_FULL:
        sim_redis_set_full(sim_server_redis(), true);
        sim_event_set(&weather.ends[storm], seconds(120));
        return;
    case STORM_HTTP_AWAY:
        sim_source_set_away(true);
        sim_event_set(&weather.ends[storm], seconds(600));
        return;
    case STORM_STORE_FULL:
        sim_store_set_full(true);
        sim_event_set(&weather.ends[storm], seconds(300));
        return;
    case STORM_REDIS_CLOCK:
        sim_server_jump_clock(sim_between(-CLOCK_JUMP_MS_MAX, CLOCK_JUMP_MS_MAX));
        return;
    default:
        begin_on_daemon(storm);
    }
}

static void on_next(struct sim_event *event)
{
    static const char *const names[STORMS] = {
        "kill",       "terminate", "freeze",     "cut",        "redis freeze", "redis restart",
        "redis full", "http away", "store full", "wall clock", "redis clock"};
    enum storm storm = (enum storm)sim_draw(STORMS);
    if (weather.is_there[storm]) {
        sim_note(NULL, "storm: %s", names[storm]);
        sim_faults_count(names[storm]);
        begin(storm);
    }
    sim_event_set(event, sim_seldom_long(SIM_SECOND_US, STORMS_APART_S * (int64_t)SIM_SECOND_US));
}

void sim_weather_begin(void)
{
    static void (*const ends[STORMS])(struct sim_event *
                                      event) = {[STORM_REDIS_DOWN] = end_redis_down,
                                                [STORM_REDIS_FULL] = end_redis_full,
                                                [STORM_HTTP_AWAY] = end_http_away,
                                                [STORM_STORE_FULL] = end_store_full};
    memset(&weather, 0, sizeof(weather));
    for (size_t i = 0; i < STORMS; i++) {
        sim_event_init(&weather.ends[i], NULL, SIM_RANK_OTHER, ends[i]);
        weather.is_there[i] = sim_chance(700000);
    }
    sim_event_init(&weather.next, NULL, SIM_RANK_OTHER, on_next);
    sim_event_set(&weather.next, SIM_SECOND_US);
}

void sim_weather_clear(void)
{
    sim_event_drop(&weather.next);
    for (size_t i = 0; i < STORMS; i++) {
        if (weather.ends[i].is_set) {
            sim_event_drop(&weather.ends[i]);
            weather.ends[i].run(&weather.ends[i]);
        }
    }
}
