// SPDX-License-Identifier: MIT
//
// The world of the simulation: one virtual clock, one queue of events, one seed. There is one at a
// time, because the functions that the simulation puts in the place of real ones (base/loop.h,
// base/clock.h, …) know of nothing to find it by. Thread: one.
#pragma once

#include "base/check.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { SIM_SECOND_US = 1000000, SIM_MS_US = 1000 };

// Who can stand still or die: a daemon, or the Redis server. The world's own things belong to none.
struct sim_actor {
    char name[24];
    int64_t frozen_until_us; // its events wait until then, as with SIGSTOP
    int64_t wall_skew_ms;    // of its wall clock
    bool is_dying;           // what it calls has no effect any more; it is gone after this event
    bool is_spared;          // its calls never fail, and are not counted
};

// A timer comes before what else is due, as in a turn of libuv's loop.
enum sim_rank { SIM_RANK_TIMER, SIM_RANK_OTHER };

// Embedded in its owner, set any number of times; the memory may go when it is not set.
struct sim_event {
    void (*run)(struct sim_event *event);
    struct sim_actor *actor; // NULL: the world's
    enum sim_rank rank;
    bool is_set;
    int64_t at_us;
    uint64_t order; // of setting
    size_t place;   // in the queue
};

void sim_event_init(struct sim_event *event, struct sim_actor *actor, enum sim_rank rank,
                    void (*run)(struct sim_event *event));
// Replaces what was set.
void sim_event_set(struct sim_event *event, int64_t delay_us);
void sim_event_drop(struct sim_event *event); // nothing when it is not set

// ---- the world

void sim_world_open(uint64_t seed);
void sim_world_close(void); // events that are left are forgotten

int64_t sim_now_us(void);
// Takes the next event, and the clock with it; false when there is none.
bool sim_world_step(void);
uint64_t sim_world_steps(void);
uint64_t sim_world_steps_in_all(void); // of all worlds
// Whose event runs; NULL: the world's.
struct sim_actor *sim_current(void);
// What workers know of their leases goes by a clock that stands still: broken on purpose.
void sim_loop_stop_boot_clock(bool stop);
// From now on; one that stands still for longer already stays so, or its events would pass others.
void sim_actor_freeze(struct sim_actor *actor, int64_t for_us);
// All events of an actor are forgotten.
void sim_actor_drop_events(const struct sim_actor *actor);

// ---- draws

uint64_t sim_draw(uint64_t bound); // uniform in [0, bound)
int64_t sim_between(int64_t least, int64_t most);
bool sim_chance(unsigned per_million);
// Mostly near `least`, seldom near `most`.
int64_t sim_seldom_long(int64_t least, int64_t most);

// ---- what happened

enum { SIM_NOTES_KEPT = 50 };
// For who looks for the cause of a failure; goes into the digest. `who` NULL: the world.
void sim_note(const struct sim_actor *who, const char *format, ...) PRINTF_LIKE(2, 3);
void sim_print_notes(FILE *out);
// What tells two histories apart: everything that was noted or added.
void sim_digest_add(const void *bytes, size_t len);
uint64_t sim_digest(void);
