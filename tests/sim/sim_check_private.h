// SPDX-License-Identifier: MIT
//
// What the checker has seen, shared by sim_check.c (a step, partitions), sim_check_jobs.c (jobs, packs,
// accounts), sim_check_requests.c (requests, answers, tokens) and sim_check_keys.c (reports and all
// keys). Thread: one.
#pragma once

#include "sim_check.h"
#include "sim_daemon.h"
#include "sim_data.h"

enum { SIM_NAME_BYTES = 160 };

enum sim_job_field {
    JOB_FENCE,
    JOB_ATTEMPTS,
    JOB_CRASHES,
    JOB_FLAGS,
    JOB_OWNER,
    JOB_STARTED_AT,
    JOB_STEP,
    JOB_DONE,
    JOB_TOTAL,
    JOB_TAG,
    JOB_ACCEPTED_AT,
    JOB_ACCOUNT,
    JOB_PACK,
    JOB_REQUEST_ID,
    JOB_LANGUAGE,
    JOB_DEADLINE,
    JOB_TOKEN,
    JOB_FIELDS
};

enum sim_job_place { PLACE_READY, PLACE_RUNNING, PLACE_DELAYED, PLACE_HELD, PLACE_DEAD, PLACES };

struct sim_job {
    char id[SIM_NAME_BYTES];
    char pack[SIM_NAME_BYTES]; // "account:pack"
    char owner[SIM_NAME_BYTES];
    char token[SIM_NAME_BYTES];
    uint64_t fence;
    enum sim_job_place place;
    double lease_end;
    bool is_there;         // in `jobs`; else it has ended, and stays away
    bool is_accepted;      // a request was answered so
    int64_t idle_since_ms; // since when it has been dead or over
    uint64_t born_in;      // check
    uint64_t seen_in;
    uint64_t released_in; // an attempt ended
};

// An end of an attempt, as its history was written in this step.
struct sim_ending {
    struct sim_job *job;
    char outcome[24];
    char worker[SIM_NAME_BYTES];
    uint64_t fence;
    char location[SIM_NAME_BYTES * 2];
};

enum { STEP_WRITES_MAX = 512, STEP_ENDINGS_MAX = 256 };

struct sim_step {
    const char *what;
    uint64_t number;
    bool matters;
    char touched[STEP_WRITES_MAX][SIM_NAME_BYTES]; // keys without the prefix
    size_t touched_count;
    struct sim_ending endings[STEP_ENDINGS_MAX];
    size_t ending_count;
};
extern struct sim_step sim_step;
extern struct sim_check_sum sim_sum;

// Of which all below is: the one that the step has written to, as no command and no script writes to two.
extern unsigned sim_partition;
unsigned sim_check_partitions(void);
uint64_t sim_check_account_cap(void); // 0: none
// Where a key lies, its name without the prefix in *name_out; fails when it is in none.
unsigned sim_check_partition_of_key(const char *key, const char **name_out);
// The partition that docs/redis.md gives an account.
unsigned sim_check_partition_of_account(const char *account);

int64_t sim_check_now_ms(void);
// A key by its name without the prefix; NULL when there is none.
struct sim_object *sim_check_key(const char *name);
// Of the text of a `report:` key (docs/redis.md); all 0 and "" when there is none.
struct sim_report {
    char status[16];
    uint64_t fence;
    char id[SIM_NAME_BYTES];
    char complete_id[SIM_NAME_BYTES];
    char location[SIM_NAME_BYTES * 2];
};
void sim_check_read_report(const char *key, struct sim_report *report_out);
// A field of a hash; "" when there is none.
const char *sim_check_field(const char *key, const char *field);

// sim_check_jobs.c
void sim_check_jobs_open(void);
void sim_check_jobs_close(void);
struct sim_job *sim_check_job(const char *id);                    // NULL: never seen
const struct sim_job *sim_check_unfinished_job(const char *pack); // NULL: none
size_t sim_check_unfinished(void); // jobs that are there and not dead
// Jobs of the account that were unfinished before the step, or in it.
size_t sim_check_unfinished_of(const char *account);
// Whether a job of the pack was unfinished before the step, or in it.
bool sim_check_was_creating(const char *pack);
// One that the worker owns; NULL: none.
const struct sim_job *sim_check_job_of_worker(const char *worker_id);
const struct sim_ending *sim_check_ending_of(const struct sim_job *job);
// A job's history was set to `text`.
void sim_check_note_ending(const char *name, const char *text);
// Against the jobs as they were, first; then, once requests have been looked at, what of jobs
// depends on them, and packs and accounts.
void sim_check_jobs_step(void);
void sim_check_jobs_step_end(void);

// sim_check_requests.c
void sim_check_requests_open(void);
void sim_check_requests_close(void);
void sim_check_note_entry(const struct sim_entry *entry);
void sim_check_note_answer(const char *name);
void sim_check_requests_step(void);
size_t sim_check_unanswered(void);

// sim_check_keys.c
void sim_check_keys_open(void);
void sim_check_keys_close(void);
void sim_check_keys_step(void);
void sim_check_all_keys(void);
