// SPDX-License-Identifier: MIT
//
// What the files of `bare` share: jobs, and how they are counted. One thread, one process; whatever
// goes wrong ends it with the reason on standard error.
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum {
    BARE_BATCH = 64, // jobs that one XREADGROUP brings at most
    BARE_CONNECTIONS_MAX = 256,
};

struct bare_job {
    char entry_id[40];
    char id[24]; // its own, which is its idempotency key, too
    double number;
    double made_at_ns; // when it was enqueued
    char url[160];     // "": nothing to fetch
};

struct bare_batch {
    int count;
    struct bare_job jobs[BARE_BATCH];
};

// ---- bare.c

double bare_now_ns(void); // CLOCK_MONOTONIC
// A variable of the environment; `otherwise` when it is not set, or empty.
const char *bare_setting(const char *name, const char *otherwise);
// Ends the process: perror, status 1.
_Noreturn void bare_die(const char *what);
// Adds a job to the events, number, made_at_ns and now, which are written now and then and by
// bare_flush_events. Without BENCH_EVENTS they go nowhere.
void bare_note_done(const struct bare_job *job);
void bare_flush_events(void);
// SIGTERM has come.
bool bare_is_stopped(void);

// ---- bare_http.c

// Fetches the URLs of the jobs that have one, over so many connections that stay open, and stores
// each body under the job's id in BENCH_OUT.
void bare_work(struct bare_job *jobs, int count, int connections);

// ---- bare_worker.c

enum bare_script_kind {
    BARE_PER_JOB, // one EVALSHA for each job
    BARE_PER_BATCH,
    BARE_LEAN, // as per batch; lock, idempotency mark and status are one key
};

struct bare_worker_options {
    enum bare_script_kind kind;
    int pipe;        // jobs whose EVALSHAs are in flight at once
    bool has_stages; // see bare.c
    bool trims;      // see bare.c
    int connections; // of HTTP
    long wanted;     // jobs; 0: until SIGTERM
};

struct redisContext;

struct redisContext *bare_connect(void);
// Adds a job to the stream, without waiting for the reply, which bare_drop_reply takes.
void bare_append_job(struct redisContext *redis, long number, const char *url);
void bare_drop_reply(struct redisContext *redis);
void bare_run_worker(const struct bare_worker_options *options);

// ---- bare_scripts.c

struct bare_scripts {
    const char *admit;
    const char *commit;
};

// By enum bare_script_kind. BARE_XDEL_ONE or BARE_XDEL_ALL is the part of `commit` that a worker
// which trims leaves out.
extern const struct bare_scripts BARE_SCRIPTS[];
#define BARE_XDEL_ONE "redis.call('XDEL',KEYS[1],ARGV[2])\n"
#define BARE_XDEL_ALL " redis.call('XDEL',KEYS[1],unpack(ok))\n"
