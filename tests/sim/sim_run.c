// SPDX-License-Identifier: MIT
#include "sim_run.h"

#include "sim_check.h"
#include "sim_connection.h"
#include "sim_fleet.h"
#include "sim_outside.h"
#include "sim_server.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const int64_t HOUR_US = 3600 * (int64_t)SIM_SECOND_US;
static const int64_t DAY_MS = 24 * 3600 * 1000;

enum {
    // With the faults over: a Retry-After of two minutes at each attempt, leases, sweeps.
    SETTLE_S_MAX = 3600,
    DRAIN_S_MAX = 600,
    // Worlds of several partitions: a fifth, as they take four times as long.
    SEVERAL_PER_MILLION = 200000,
    CAPPED_PER_MILLION = 400000,
    ACCOUNT_CAP_MAX = 3, // an account has four packs
};

static int64_t simulated_us;
static char description[160];

int64_t sim_run_simulated_us(void)
{
    return simulated_us;
}

void sim_run_describe(FILE *out)
{
    const char *call = sim_faults_planned_call();
    (void)fprintf(out, "%s%s%s\n", description, call[0] == '\0' ? "" : "   # ", call);
}

static void open_world(const struct sim_settings *settings, const struct sim_redis_mutant *mutant)
{
    sim_faults_reset();
    sim_store_open();
    sim_source_set_away(false);
    sim_server_open(mutant);
    sim_loop_stop_boot_clock(mutant != NULL && strcmp(mutant->name, "sure") == 0);
    sim_check_open(settings->partitions, settings->account_cap);
    sim_operator_open(settings);
}

static void step(void)
{
    bool is_there = sim_world_step();
    INVARIANT(is_there); // daemons always wait for something
    sim_fleet_look();
}

static void run_until(int64_t end_us)
{
    while (sim_now_us() < end_us) {
        step();
    }
}

// All must come to its end by itself.
static void settle(void)
{
    int64_t end_us = sim_now_us() + SETTLE_S_MAX * (int64_t)SIM_SECOND_US;
    while (!sim_check_is_settled() || !sim_fleet_is_ready()) {
        step();
        if (sim_now_us() > end_us) {
            sim_fail("settled",
                     "%d s after the last fault there are requests or jobs left, or a "
                     "daemon is not ready",
                     SETTLE_S_MAX);
        }
    }
    sim_check_end();
}

static void close_world(bool is_calm)
{
    int64_t end_us = sim_now_us() + DRAIN_S_MAX * (int64_t)SIM_SECOND_US;
    sim_fleet_drain(is_calm);
    sim_operator_close();
    while (!sim_fleet_has_ended() || !sim_operator_has_ended()) {
        step();
        if (sim_now_us() > end_us) {
            sim_fail("settled", "a drain has not ended after %d s", DRAIN_S_MAX);
        }
    }
    sim_connections_forget();
    sim_fleet_close();
    sim_check_close();
    sim_server_close();
    sim_store_close();
    simulated_us += sim_now_us();
    sim_world_close();
}

// ---- worlds of faults

static struct sim_settings draw_settings(void)
{
    return (struct sim_settings){
        .partitions = sim_chance(SEVERAL_PER_MILLION) ? SIM_PARTITIONS_MAX : 1,
        .max_jobs = 1 + (unsigned)sim_draw(3),
        .threads = 1 + (unsigned)sim_draw(2),
        .max_attempts = 2 + (unsigned)sim_draw(4),
        .breaker_threshold = (unsigned)sim_draw(4), // one in four without
        .outage_patience_ms = sim_between(0, 24) * 3600 * 1000,
        .lease_ms = sim_between(5, 15) * 1000,
        .block_ms = sim_between(2, 10) * 1000,
        .sweep_ms = sim_between(3, 20) * 1000,
        .drain_ms = sim_between(0, 20) * 1000,
        .token_ttl_ms = DAY_MS,
        .answer_ttl_ms = DAY_MS,
        .history_ttl_ms = DAY_MS,
        .backlog_max = 1000,
        .account_cap = sim_chance(CAPPED_PER_MILLION) ? 1 + sim_draw(ACCOUNT_CAP_MAX) : 0};
}

uint64_t sim_run_world(uint64_t seed, int64_t hours, const struct sim_redis_mutant *mutant)
{
    (void)snprintf(description, sizeof(description), "--seed %" PRIu64 " --hours %" PRId64 "%s%s",
                   seed, hours, mutant == NULL ? "" : " --break ",
                   mutant == NULL ? "" : mutant->name);
    sim_world_open(seed);
    struct sim_settings settings = draw_settings();
    open_world(&settings, mutant);
    sim_note(NULL, "partitions: %u", settings.partitions);
    sim_fleet_open(&settings, 1 + (size_t)sim_draw(SIM_DAEMONS_MAX));
    sim_faults_begin();
    sim_producers_begin();
    sim_operator_begin();
    sim_weather_begin();
    run_until(hours * HOUR_US);
    sim_note(NULL, "no more faults");
    sim_producers_end();
    sim_faults_end();
    sim_weather_clear();
    sim_operator_end();
    sim_fleet_hurry();
    settle();
    uint64_t digest = sim_digest();
    close_world(true);
    return digest;
}

// ---- the n-th call

static const struct moment {
    int64_t at_ms;
    enum { ASK, AWAY, BACK, CANCEL } what;
    struct sim_wish wish;
} moments[] = {
    {500, ASK, {.account = "1061", .pack = "pack-1", .token = "t", .request_id = "r-1"}},
    {520, ASK, {.account = "1062", .pack = "pack-1"}},
    {540, ASK, {.account = "1061", .pack = "pack-2", .request_id = "r-2"}},
    {560, ASK, {.account = "1062", .pack = "bad-one"}},
    {900, ASK, {.account = "1061", .pack = "pack-1", .token = "t", .request_id = "r-3"}},
    {1400, AWAY, {0}},
    {1410, ASK, {.account = "1063", .pack = "pack-1"}},
    {1900, BACK, {0}},
    {2500, ASK, {.account = "1063", .pack = "pack-2"}},
    {2512, CANCEL, {.account = "1063", .pack = "pack-2"}},
    {4000, ASK, {.account = "1061", .pack = "pack-1", .request_id = "r-1", .token = "t"}},
};

static void take_moment(const struct moment *moment)
{
    switch (moment->what) {
    case AWAY:
    case BACK:
        sim_source_set_away(moment->what == AWAY);
        return;
    case CANCEL:
        sim_operator_cancel(moment->wish.account, moment->wish.pack);
        return;
    case ASK:
        (void)sim_producer_ask(&moment->wish);
    }
}

uint64_t sim_run_nth(const struct sim_nth *nth)
{
    static const struct sim_settings settings = {.partitions = 1,
                                                 .max_jobs = 1,
                                                 .threads = 1,
                                                 .max_attempts = 3,
                                                 .breaker_threshold = 3,
                                                 .outage_patience_ms = 24 * 3600 * 1000,
                                                 .lease_ms = 3000,
                                                 .block_ms = 2000,
                                                 .sweep_ms = 1000,
                                                 .drain_ms = 1000,
                                                 .token_ttl_ms = 24 * 3600 * 1000,
                                                 .answer_ttl_ms = 24 * 3600 * 1000,
                                                 .history_ttl_ms = 24 * 3600 * 1000,
                                                 .backlog_max = 1000};
    const struct sim_redis_mutant *mutant = nth->mutant;
    (void)snprintf(description, sizeof(description),
                   "--nth %" PRIu64 " --fate \"%s\" --seed %" PRIu64 "%s%s", nth->n,
                   sim_fate_names[nth->fate], nth->seed, mutant == NULL ? "" : " --break ",
                   mutant == NULL ? "" : mutant->name);
    sim_world_open(nth->seed);
    open_world(&settings, mutant);
    sim_fleet_open(&settings, 2);
    sim_faults_plan(nth->n, nth->fate);
    for (size_t i = 0; i < ARRAY_LEN(moments); i++) {
        run_until(moments[i].at_ms * SIM_MS_US);
        take_moment(&moments[i]);
    }
    settle();
    close_world(nth->fate == SIM_FINE); // a fault may last, or come with the drain
    return sim_faults_calls();
}
