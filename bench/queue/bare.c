// SPDX-License-Identifier: MIT
//
// The ceiling: the smallest command sequence that a reliable stream worker needs, from C with
// hiredis, on the same Redis as the peers.
//
//   bare enqueue            XADD BENCH_N jobs (pipelined 256 deep)
//   bare produce            XADD at BENCH_RATE jobs/s for BENCH_SECS seconds
//   bare worker [options]   XREADGROUP COUNT 64, then for each job one EVALSHA to admit it
//                           (idempotency check + lock + status hash) and one EVALSHA to commit it
//                           (owner check + XACK + XDEL + idempotency mark + status + lock release).
//                           Runs until SIGTERM, or until --n jobs are done.
//     --pipe P              EVALSHAs in flight at once (1, 16, 64)
//     --stages              3-stage pipeline: commit(k-2), XREADGROUP(k+1) and admit(k) leave in one
//                           write while batch k-1 is worked
//     --script=job|batch|lean
//                           job: one EVALSHA per job; batch: one EVALSHA per 64 jobs; lean: as
//                           batch, but lock, idempotency mark and status share one string key
//     --trim                no XDEL per job: one XTRIM MINID ~ per batch of 64 cuts whole nodes off
//                           the stream's head (this single worker commits in order; several would
//                           take XPENDING's lowest)
//     --conns K             HTTP connections in flight (jobs with a URL)
//   bare fetch --n N        no Redis: fetch BENCH_URL and store it N times
//   bare calib              a fixed integer loop: prints its CPU milliseconds
//
// Environment: see README.md, "Adding a row".
#include "bare.h"

#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    STATUS_USAGE = 2,
    ENQUEUE_DEPTH = 256,
    WARM_UPS = 20,
    WARM_UP_NUMBER = 1000000000, // jobs from here on are not counted
    NUMBERS_PER_EVENT = 3,
    EVENTS_MAX = BARE_BATCH * 64,
    CALIBRATION_ROUNDS = 5000000,
};

// ---- shared

static volatile sig_atomic_t is_stopped;

static void on_term(int number)
{
    (void)number;
    is_stopped = 1;
}

bool bare_is_stopped(void)
{
    return is_stopped != 0;
}

double bare_now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

const char *bare_setting(const char *name, const char *otherwise)
{
    const char *value = getenv(name);
    return value != NULL && value[0] != '\0' ? value : otherwise;
}

void bare_die(const char *what)
{
    perror(what);
    exit(1);
}

static double events[EVENTS_MAX * NUMBERS_PER_EVENT];
static size_t event_numbers;
static int events_fd = -1;

void bare_flush_events(void)
{
    size_t bytes = event_numbers * sizeof(events[0]);
    if (bytes > 0 && events_fd >= 0 && write(events_fd, events, bytes) < 0) {
        bare_die("events");
    }
    event_numbers = 0;
}

void bare_note_done(const struct bare_job *job)
{
    if (event_numbers == EVENTS_MAX * NUMBERS_PER_EVENT) {
        bare_flush_events();
    }
    events[event_numbers++] = job->number;
    events[event_numbers++] = job->made_at_ns;
    events[event_numbers++] = bare_now_ns();
}

// ---- commands

static void enqueue(const char *url)
{
    struct redisContext *redis = bare_connect();
    long wanted = atol(bare_setting("BENCH_N", "20000"));
    double begin_ns = bare_now_ns();
    for (long i = 0; i < wanted;) {
        int sent = 0;
        for (; sent < ENQUEUE_DEPTH && i < wanted; sent++, i++) {
            bare_append_job(redis, i, url);
        }
        for (; sent > 0; sent--) {
            bare_drop_reply(redis);
        }
    }
    (void)printf("{\"n\":%ld,\"enqueue_s\":%.6f}\n", wanted, (bare_now_ns() - begin_ns) / 1e9);
}

static void sleep_until(double ns)
{
    struct timespec until = {.tv_sec = (time_t)(ns / 1e9)};
    until.tv_nsec = (long)(ns - (double)until.tv_sec * 1e9);
    (void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
}

static void produce(const char *url)
{
    struct redisContext *redis = bare_connect();
    double rate = atof(bare_setting("BENCH_RATE", "200"));
    double seconds = atof(bare_setting("BENCH_SECS", "10"));
    for (int i = 0; i < WARM_UPS; i++) {
        bare_append_job(redis, WARM_UP_NUMBER + i, url);
        bare_drop_reply(redis);
        (void)usleep(10000);
    }
    (void)usleep(500000);
    double begin_ns = bare_now_ns();
    for (long i = 0; i < (long)(rate * seconds); i++) {
        sleep_until(begin_ns + (double)i * 1e9 / rate);
        bare_append_job(redis, i, url);
        bare_drop_reply(redis);
    }
}

static void fetch(const struct bare_worker_options *options, const char *url)
{
    static struct bare_batch batch;
    for (long i = 0; i < options->wanted;) {
        for (batch.count = 0; batch.count < BARE_BATCH && i < options->wanted; i++) {
            struct bare_job *job = &batch.jobs[batch.count++];
            (void)snprintf(job->id, sizeof(job->id), "%ld", i);
            (void)snprintf(job->url, sizeof(job->url), "%s", url);
            job->number = (double)i;
            job->made_at_ns = bare_now_ns();
        }
        bare_work(batch.jobs, batch.count, options->connections);
        for (int k = 0; k < batch.count; k++) {
            bare_note_done(&batch.jobs[k]);
        }
        bare_flush_events();
    }
}

// In CPU time, so that only the processor's own speed shows.
static void calibrate(void)
{
    volatile uint64_t x = 88172645463325252U;
    clock_t begin = clock();
    for (int i = 0; i < CALIBRATION_ROUNDS; i++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
    }
    (void)printf("%.2f\n", (double)(clock() - begin) * 1e3 / CLOCKS_PER_SEC);
}

// ---- the command line

static bool read_script(const char *name, enum bare_script_kind *kind_out)
{
    static const char *const NAMES[] = {
        [BARE_PER_JOB] = "job", [BARE_PER_BATCH] = "batch", [BARE_LEAN] = "lean"};
    for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
        if (strcmp(name, NAMES[i]) == 0) {
            *kind_out = (enum bare_script_kind)i;
            return true;
        }
    }
    return false;
}

// How many arguments were an option and its value; 0: none is known.
static int read_option(const char *name, const char *value, struct bare_worker_options *options)
{
    static const char SCRIPT[] = "--script=";
    if (strcmp(name, "--stages") == 0) {
        options->has_stages = true;
        return 1;
    }
    if (strcmp(name, "--trim") == 0) {
        options->trims = true;
        return 1;
    }
    if (strncmp(name, SCRIPT, strlen(SCRIPT)) == 0) {
        return read_script(name + strlen(SCRIPT), &options->kind) ? 1 : 0;
    }
    if (value == NULL) {
        return 0;
    }
    if (strcmp(name, "--pipe") == 0) {
        options->pipe = atoi(value);
    } else if (strcmp(name, "--n") == 0) {
        options->wanted = atol(value);
    } else if (strcmp(name, "--conns") == 0) {
        options->connections = atoi(value);
    } else {
        return 0;
    }
    return 2;
}

static bool read_options(int argc, char **argv, struct bare_worker_options *options)
{
    for (int i = 2; i < argc;) {
        int taken = read_option(argv[i], i + 1 < argc ? argv[i + 1] : NULL, options);
        if (taken == 0) {
            (void)fprintf(stderr, "bare: unknown option %s\n", argv[i]);
            return false;
        }
        i += taken;
    }
    bool is_in_range = options->pipe >= 1 && options->pipe <= BARE_BATCH &&
                       options->connections >= 1 && options->connections <= BARE_CONNECTIONS_MAX;
    if (!is_in_range) {
        (void)fprintf(stderr, "bare: out of range\n");
    }
    return is_in_range;
}

static int run(const char *command, const struct bare_worker_options *options)
{
    const char *url = bare_setting("BENCH_URL", "");
    if (strcmp(command, "enqueue") == 0) {
        enqueue(url);
    } else if (strcmp(command, "produce") == 0) {
        produce(url);
    } else if (strcmp(command, "worker") == 0) {
        bare_run_worker(options);
    } else if (strcmp(command, "fetch") == 0) {
        fetch(options, url);
    } else if (strcmp(command, "calib") == 0) {
        calibrate();
    } else {
        (void)fprintf(stderr, "usage: bare enqueue|produce|worker|fetch|calib\n");
        return STATUS_USAGE;
    }
    return 0;
}

int main(int argc, char **argv)
{
    struct bare_worker_options options = {.pipe = BARE_BATCH, .connections = 32};
    if (!read_options(argc, argv, &options)) {
        return STATUS_USAGE;
    }
    const struct sigaction on_sigterm = {.sa_handler = on_term};
    (void)sigaction(SIGTERM, &on_sigterm, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    const char *events_file = bare_setting("BENCH_EVENTS", "");
    if (events_file[0] != '\0') {
        events_fd = open(events_file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
    }
    return run(argc > 1 ? argv[1] : "", &options);
}
