// SPDX-License-Identifier: MIT
//
// A daemon of the simulation: the real pool, queue and job runs on simulated ground, wired as
// src/daemon does. Thread: one.
#pragma once

#include "sim_world.h"

#include <stdbool.h>
#include <stdint.h>

struct sim_daemon;

enum { SIM_PARTITIONS_MAX = 3 };

// What all daemons of a world have in common.
struct sim_settings {
    unsigned partitions; // 1 to SIM_PARTITIONS_MAX
    unsigned max_jobs;
    unsigned threads;
    unsigned max_attempts;
    unsigned breaker_threshold;
    int64_t outage_patience_ms;
    int64_t lease_ms;
    int64_t block_ms;
    int64_t sweep_ms;
    int64_t drain_ms;
    int64_t token_ttl_ms;
    int64_t answer_ttl_ms;
    int64_t history_ttl_ms;
    uint64_t backlog_max;
    uint64_t account_cap; // 0: none
};

// A new life in slot `slot`; `life` tells it from others. The settings are borrowed, and outlive it.
struct sim_daemon *sim_daemon_start(const struct sim_settings *settings, unsigned slot,
                                    unsigned life);
// As by SIGTERM.
void sim_daemon_drain(struct sim_daemon *daemon);
// As by SIGKILL, unless it is closing: its memory stays, for nobody frees a dead process' memory piece by piece.
void sim_daemon_die(struct sim_daemon **daemon);
// Drained, and about to end: nothing can die that matters.
bool sim_daemon_is_closing(const struct sim_daemon *daemon);
// All its parts are closed.
bool sim_daemon_has_ended(const struct sim_daemon *daemon);
// Of one that has ended.
void sim_daemon_free(struct sim_daemon **daemon);

struct sim_actor *sim_daemon_actor(struct sim_daemon *daemon);
const char *sim_daemon_worker_id(const struct sim_daemon *daemon);
bool sim_daemon_is_ready(const struct sim_daemon *daemon);
// Of one that drains: its way to Redis was not open all the time, so that a last word may be unsaid.
bool sim_daemon_was_cut(const struct sim_daemon *daemon);
bool sim_daemon_is_draining(const struct sim_daemon *daemon);
void sim_daemon_cut(struct sim_daemon *daemon); // any one of its connections
