// SPDX-License-Identifier: MIT
//
// `packreport drain`: one worker is told to end, and waited for.
#include "base/clock.h"
#include "base/mem.h"
#include "cli.h"
#include "follow.h"
#include "queue/control.h"
#include "session.h"

#include <stdio.h>
#include <string.h>

enum {
    KEY_WORKER = 'w',
    KEY_WAIT = 'W',
    KEY_TIMEOUT = 't',
    KEY_HAND_BACK = 2000,
    LOOK_INTERVAL_MS = 200,
};

struct drain {
    struct session_options where;
    const char *worker;                    // as given
    char worker_id[QUEUE_WORKER_ID_BYTES]; // whom that names
    bool hand_back;
    bool wait;
    int64_t timeout_ms; // 0: none
};

static const struct argp_option OPTIONS[] = {
    {"worker", KEY_WORKER, "ID", 0,
     "The worker, as `packreport workers` calls it, or its name alone ([worker] name) where that "
     "is "
     "enough to tell it from others",
     0},
    {"hand-back", KEY_HAND_BACK, 0, 0, "Hand running jobs back at once, for others to start", 0},
    {"wait", KEY_WAIT, 0, 0, "Wait until the worker has ended", 0},
    {"timeout", KEY_TIMEOUT, "SECONDS", 0, "With --wait: give up after this time, with status 75",
     0},
    {0},
};

static error_t parse_option(int key, char *value, struct argp_state *state)
{
    struct drain *drain = state->input;
    switch (key) {
    case KEY_WORKER:
        drain->worker = value;
        return 0;
    case KEY_HAND_BACK:
        drain->hand_back = true;
        return 0;
    case KEY_WAIT:
        drain->wait = true;
        return 0;
    case KEY_TIMEOUT:
        cli_parse_number("timeout", value, 1, FOLLOW_MAX_S, &drain->timeout_ms, state);
        drain->timeout_ms *= 1000;
        return 0;
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &drain->where;
        return 0;
    case ARGP_KEY_END:
        if (drain->worker == NULL || drain->worker[0] == '\0' ||
            strlen(drain->worker) >= QUEUE_WORKER_ID_BYTES) {
            argp_error(state,
                       "--worker ID is required: a worker as `packreport workers` names it, up to "
                       "%d characters",
                       QUEUE_WORKER_ID_BYTES - 1);
        } else if (drain->timeout_ms > 0 && !drain->wait) {
            argp_error(state, "--timeout needs --wait");
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_child CHILDREN[] = {{&session_argp, 0, 0, 0}, {0}};
static const struct argp ARGP = {
    .options = OPTIONS,
    .parser = parse_option,
    .children = CHILDREN,
    .doc =
        "Have one worker drain, as SIGTERM does: it takes no new work, finishes what it runs, for "
        "up to its drain_timeout, hands back the rest, and ends with status 79, after which the "
        "systemd unit does not start it again.\v"
        "Examples:\n"
        "  packreport drain --worker host-1 --wait --timeout 120\n"
        "  packreport drain --worker host-1:4242:k3j5h2g1 --hand-back\n\n"
        "Exit status 0: it has been told, or with --wait has ended; 1: there is no such worker, or "
        "several have this name; 75: it has not ended in time.",
};

// ---- the list of workers

// An id is "<name>:<pid>:<random>", and a name has no colon.
static bool has_name(const struct queue_worker *worker, const char *name)
{
    size_t len = strlen(name);
    return strncmp(worker->worker_id, name, len) == 0 && worker->worker_id[len] == ':';
}

// The one of that name that was heard of within its lease; of silent ones, which stay listed for a while, the
// latest. *several is set when it could be another.
static const struct queue_worker *find_by_name(const struct queue_worker_list *list,
                                               const char *name, bool *several)
{
    const struct queue_worker *found = NULL;
    for (size_t i = 0; i < list->count; i++) {
        const struct queue_worker *worker = &list->workers[i];
        if (!has_name(worker, name) || (found != NULL && worker->is_silent)) {
            continue;
        }
        *several = *several || (found != NULL && !found->is_silent);
        found = found == NULL || found->is_silent ? worker : found;
    }
    return found;
}

// Whom --worker names: an id as it is, else the only worker of that name.
static int choose(struct drain *drain, struct session *session)
{
    struct err err = ERR_INIT;
    struct queue_worker_list *list = mem_alloc(1, sizeof(*list));
    bool several = false;
    int status = CLI_OK;
    (void)snprintf(drain->worker_id, sizeof(drain->worker_id), "%s", drain->worker);
    if (strchr(drain->worker, ':') == NULL) {
        if (session_workers(session, list, &err) != ERR_OK) {
            status = cli_fail("drain", &err);
        } else {
            const struct queue_worker *found = find_by_name(list, drain->worker, &several);
            if (found != NULL) {
                (void)snprintf(drain->worker_id, sizeof(drain->worker_id), "%s", found->worker_id);
            }
        }
    }
    if (several) {
        (void)fprintf(stderr,
                      "packreport drain: several workers are named %s; `packreport workers` lists "
                      "them, give the id of one\n",
                      drain->worker);
        status = CLI_NO;
    }
    mem_free(&list);
    return status;
}

// ---- telling and waiting

struct told {
    bool done;
    bool is_known;
    struct err err;
    struct queue_worker worker;
};

static void on_told(void *context, const struct queue_worker *worker, const struct err *err)
{
    struct told *told = context;
    told->done = true;
    if (err != NULL) {
        told->err = *err;
    } else if (worker != NULL) {
        told->is_known = true;
        told->worker = *worker;
    }
}

// Whether the worker is gone from the list, or silent for longer than it would be if it were there. An
// error is that of this look, and the next one may do.
static bool has_ended(struct session *session, const char *worker_id)
{
    struct err ignored = ERR_INIT;
    struct queue_worker_list *list = mem_alloc(1, sizeof(*list));
    bool is_there = session_workers(session, list, &ignored) != ERR_OK;
    for (size_t i = 0; i < list->count && !is_there; i++) {
        const struct queue_worker *worker = &list->workers[i];
        is_there = strcmp(worker->worker_id, worker_id) == 0 && !worker->is_silent;
    }
    mem_free(&list);
    return !is_there;
}

static bool wait_for_end(const struct drain *drain, struct session *session)
{
    int64_t begin_ms = clock_monotonic_ms();
    bool is_over = has_ended(session, drain->worker_id);
    while (!is_over &&
           (drain->timeout_ms == 0 || clock_monotonic_ms() - begin_ms < drain->timeout_ms)) {
        session_pause(session, LOOK_INTERVAL_MS);
        is_over = has_ended(session, drain->worker_id);
    }
    return is_over;
}

static void print_told(const struct drain *drain, const struct told *told)
{
    if (drain->where.json) {
        return;
    }
    if (!told->is_known) {
        (void)fprintf(stderr,
                      "packreport drain: there is no worker %s; `packreport workers` lists them\n",
                      drain->worker);
        return;
    }
    (void)printf("worker %s has been told to drain; it held %u %s %.1f s ago\n", drain->worker_id,
                 told->worker.jobs, told->worker.jobs == 1 ? "job" : "jobs",
                 (double)told->worker.silent_ms / 1000.0);
    (void)fflush(stdout); // what follows may take its time
}

static void print_end(const struct drain *drain, bool is_over)
{
    if (drain->where.json) {
        return;
    }
    if (is_over) {
        (void)printf("worker %s has ended\n", drain->worker_id);
    } else {
        (void)fprintf(stderr, "packreport drain: worker %s has not ended within %lld s\n",
                      drain->worker_id, (long long)drain->timeout_ms / 1000);
    }
}

static int run(void *context, struct session *session)
{
    struct drain *drain = context;
    struct told told = {.done = false};
    int status = choose(drain, session);
    if (status != CLI_OK) {
        return status;
    }
    queue_drain_worker(session_queue(session, 0), drain->worker_id, drain->hand_back, on_told,
                       &told);
    session_await(session, &told.done);
    if (told.err.kind != ERR_OK) {
        return cli_fail("drain", &told.err);
    }
    print_told(drain, &told);
    const char *result = told.is_known ? "told" : "unknown";
    status = told.is_known ? CLI_OK : CLI_NO;
    if (told.is_known && drain->wait) {
        bool is_over = wait_for_end(drain, session);
        result = is_over ? "ended" : "told";
        status = is_over ? CLI_OK : CLI_LATE;
        print_end(drain, is_over);
    }
    if (drain->where.json) {
        cli_print_json(json_pack("{s:s,s:s,s:i}", "worker", drain->worker_id, "result", result,
                                 "jobs", (int)told.worker.jobs));
    }
    return status;
}

int cli_drain(int argc, char **argv)
{
    struct drain drain = {0};
    cli_parse(&ARGP, argc, argv, &drain);
    return session_run(&drain.where, "drain", run, &drain);
}
