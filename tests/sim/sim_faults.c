// SPDX-License-Identifier: MIT
#include "sim_faults.h"

#include "base/check.h"

#include <inttypes.h>
#include <string.h>

enum { KINDS_MAX = 64, CALL_BYTES = 64, MATTERS_FACTOR = 40, STOP_S = 30 };

const char *const sim_fate_names[SIM_FATES] = {[SIM_FINE] = "fine",
                                               [SIM_NOT_RUN] = "not run",
                                               [SIM_REPLY_LOST] = "reply lost",
                                               [SIM_LATE] = "late",
                                               [SIM_REFUSED] = "refused",
                                               [SIM_DIES_BEFORE] = "dies before",
                                               [SIM_DIES_AFTER] = "dies after",
                                               [SIM_STOPS] = "stops"};
const char *const sim_place_names[SIM_PLACES] = {
    [SIM_REDIS] = "redis", [SIM_HTTP] = "http", [SIM_STORE] = "store"};

static struct {
    bool draws;
    unsigned rates[SIM_PLACES][SIM_FATES]; // per million calls that find nothing
    uint64_t calls;
    uint64_t planned; // 0: none
    enum sim_fate planned_fate;
    char planned_call[CALL_BYTES];
    bool is_late; // a call to the store, whose work is not over yet
} faults;

static struct {
    const char *kind;
    uint64_t count;
} counts[KINDS_MAX];

void sim_faults_reset(void)
{
    memset(&faults, 0, sizeof(faults));
}

// Each kind of fault is there or not in a world, and then seldom or often: two kinds that hide each
// other meet in some worlds and not in others.
void sim_faults_begin(void)
{
    faults.draws = true;
    for (size_t place = 0; place < SIM_PLACES; place++) {
        for (size_t fate = SIM_NOT_RUN; fate < SIM_FATES; fate++) {
            bool is_there = sim_chance(600000);
            faults.rates[place][fate] = is_there ? (unsigned)sim_seldom_long(20, 6000) : 0;
        }
    }
    for (size_t fate = SIM_NOT_RUN; fate < SIM_FATES; fate++) {
        faults.rates[SIM_REDIS][fate] /= 8; // of which there are many more calls
        if (fate >= SIM_DIES_BEFORE) {
            faults.rates[SIM_REDIS][fate] /= 8;
        }
    }
}

void sim_faults_end(void)
{
    faults.draws = false;
}

void sim_faults_plan(uint64_t n, enum sim_fate fate)
{
    faults.planned = n;
    faults.planned_fate = fate;
}

const char *sim_faults_planned_call(void)
{
    return faults.planned_call;
}

uint64_t sim_faults_calls(void)
{
    return faults.calls;
}

static void count_fate(enum sim_place place, enum sim_fate fate)
{
    static const char *const kinds[SIM_PLACES][SIM_FATES] = {
        [SIM_REDIS] = {"", "redis: not run", "redis: reply lost", "redis: late", "redis: refused",
                       "redis: dies before", "redis: dies after", "redis: stops"},
        [SIM_HTTP] = {"", "http: 503", "http: hangs", "http: late", "http: 429",
                      "http: dies before", "http: dies after", "http: stops"},
        [SIM_STORE] = {"", "store: fails", "store: fails later", "store: late", "store: full",
                       "store: dies before", "store: dies after", "store: stops"}};
    sim_faults_count(kinds[place][fate]);
    faults.is_late = faults.is_late || (place == SIM_STORE && fate == SIM_LATE);
}

// What its caller is told.
static enum sim_fate befall(enum sim_place place, enum sim_fate fate)
{
    count_fate(place, fate);
    if (fate != SIM_STOPS) {
        return fate;
    }
    if (sim_current() != NULL) {
        sim_actor_freeze(sim_current(), STOP_S * (int64_t)SIM_SECOND_US);
    }
    return SIM_FINE;
}

enum sim_fate sim_faults_draw(enum sim_place place, const char *what, bool matters)
{
    faults.calls++;
    if (faults.calls == faults.planned) {
        (void)snprintf(faults.planned_call, sizeof(faults.planned_call), "%s %s",
                       sim_place_names[place], what);
        return befall(place, faults.planned_fate);
    }
    if (!faults.draws) {
        return SIM_FINE;
    }
    uint64_t drawn = sim_draw(1000000);
    for (size_t fate = SIM_NOT_RUN; fate < SIM_FATES; fate++) {
        uint64_t rate = (uint64_t)faults.rates[place][fate] * (matters ? MATTERS_FACTOR : 1);
        if (drawn < rate) {
            return befall(place, (enum sim_fate)fate);
        }
        drawn -= rate;
    }
    return SIM_FINE;
}

int64_t sim_faults_latency_us(void)
{
    return faults.draws ? sim_seldom_long(50, 50 * SIM_MS_US) : sim_between(50, 500);
}

int64_t sim_faults_task_us(void)
{
    return faults.draws ? sim_seldom_long(100, 40 * (int64_t)SIM_SECOND_US)
                        : sim_between(100, 20 * SIM_MS_US);
}

int64_t sim_faults_lateness_us(void)
{
    bool is_late = faults.is_late;
    faults.is_late = false;
    return is_late ? sim_between(0, 40 * (int64_t)SIM_SECOND_US) : 0;
}

const char *sim_faults_refusal(void)
{
    static const char *const texts[] = {
        "LOADING Redis is loading the dataset in memory",
        "READONLY You can't write against a read only replica.",
        "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
        "NOREPLICAS Not enough good replicas to write.",
        "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist.",
        "CLUSTERDOWN The cluster is down",
        "TRYAGAIN Multiple keys request during rehashing of slot",
        "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.",
        "OOM command not allowed when used memory > 'maxmemory'."};
    return texts[sim_draw(ARRAY_LEN(texts))];
}

void sim_faults_count(const char *kind)
{
    for (size_t i = 0; i < KINDS_MAX; i++) {
        if (counts[i].kind == NULL || strcmp(counts[i].kind, kind) == 0) {
            counts[i].kind = kind;
            counts[i].count++;
            return;
        }
    }
}

uint64_t sim_faults_total(void)
{
    uint64_t total = 0;
    for (size_t i = 0; i < KINDS_MAX; i++) {
        total += counts[i].count;
    }
    return total;
}

void sim_faults_print_counts(FILE *out)
{
    for (size_t i = 0; i < KINDS_MAX && counts[i].kind != NULL; i++) {
        (void)fprintf(out, "  %-22s %8" PRIu64 "\n", counts[i].kind, counts[i].count);
    }
}
