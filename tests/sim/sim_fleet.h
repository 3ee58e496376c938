// SPDX-License-Identifier: MIT
//
// What happens in a world: daemons that come and go, producers, an operator, and the weather, that
// is, faults of whole parts at times of their own. Thread: one.
#pragma once

#include "sim_daemon.h"

#include <stdbool.h>
#include <stddef.h>

enum { SIM_DAEMONS_MAX = 3 };

// ---- daemons: one in each slot, a new one a while after it has ended or died

void sim_fleet_open(const struct sim_settings *settings, size_t count);
void sim_fleet_close(void); // all have ended
// After each event: buries the dead, frees those that have ended, and says when the next is born.
void sim_fleet_look(void);
struct sim_daemon *sim_fleet_any(void); // NULL: none is alive
void sim_fleet_kill(struct sim_daemon *daemon);
void sim_fleet_hurry(void); // whoever is missing starts now
// All drain; nobody is born any more. `is_calm`: no fault is to come.
void sim_fleet_drain(bool is_calm);
bool sim_fleet_has_ended(void);
bool sim_fleet_is_ready(void);
unsigned sim_fleet_partitions(void);
// Where requests and reports of the account belong.
unsigned sim_fleet_partition_of(const char *account);

// ---- producers

struct sim_wish {
    const char *account;
    const char *pack;
    const char *token;      // NULL: none
    const char *request_id; // NULL: none
    const char *language;   // NULL: none
    int64_t deadline_ms;    // 0: none
    bool goes_astray;       // to any partition, not to the account's
};
// False when the server does not take it.
bool sim_producer_ask(const struct sim_wish *wish);
void sim_producers_begin(void);
void sim_producers_end(void);

// ---- the operator, with the queue's own functions on a connection that never fails

void sim_operator_open(const struct sim_settings *settings);
void sim_operator_close(void); // begins; it is gone with the world
bool sim_operator_has_ended(void);
void sim_operator_cancel(const char *account, const char *pack);
void sim_operator_begin(void);
void sim_operator_end(void); // and lets go of what is paused

// ---- the weather

void sim_weather_begin(void);
void sim_weather_clear(void); // what is broken is whole again
