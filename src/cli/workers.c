// SPDX-License-Identifier: MIT
//
// `packreport workers`.
#include "base/mem.h"
#include "base/text.h"
#include "cli.h"
#include "queue/control.h"
#include "session.h"

#include <stdio.h>

static error_t parse_where(int key, char *value, struct argp_state *state)
{
    (void)value;
    if (key != ARGP_KEY_INIT) {
        return ARGP_ERR_UNKNOWN;
    }
    state->child_inputs[0] = state->input;
    return 0;
}

static const struct argp_child CHILDREN[] = {{&session_argp, 0, 0, 0}, {0}};
static const struct argp WORKERS_ARGP = {
    .parser = parse_where,
    .children = CHILDREN,
    .doc =
        "List the workers, the one that was heard of last first: how long ago that was, the jobs "
        "that it held then, its version. A worker that ends is off the list; one without a "
        "heartbeat "
        "for a lease is silent: it has died, or is cut off. It is listed for five leases more.\v"
        "Examples:\n"
        "  packreport workers\n"
        "  packreport workers --json |\n"
        "      jq -r '.[] | select(.state == \"silent\") | .worker'\n\n"
        "Exit status 0: a worker is alive; 1: there is none, or all are silent.",
};

static const char *state_of(const struct queue_worker *worker)
{
    return worker->is_silent ? "silent" : worker->is_draining ? "draining" : "working";
}

static json_t *worker_json(const struct queue_worker *worker)
{
    char heartbeat[TEXT_TIME_BYTES];
    text_time(worker->heartbeat_ms, heartbeat);
    return json_pack("{s:s,s:s,s:s,s:s,s:I,s:i}", "worker", worker->worker_id, "version",
                     worker->version, "state", state_of(worker), "heartbeatAt", heartbeat,
                     "silentMs", (json_int_t)worker->silent_ms, "jobs", (int)worker->jobs);
}

static void print_workers(const struct queue_worker_list *list)
{
    if (list->count == 0) {
        (void)fprintf(stderr, "there are no workers\n");
        return;
    }
    (void)printf("%-48s  %-9s  %9s  %5s  %s\n", "WORKER", "STATE", "HEARTBEAT", "JOBS", "VERSION");
    for (size_t i = 0; i < list->count; i++) {
        const struct queue_worker *worker = &list->workers[i];
        (void)printf("%-48s  %-9s  %7.1f s  %5u  %s\n", worker->worker_id, state_of(worker),
                     (double)worker->silent_ms / 1000.0, worker->jobs, worker->version);
    }
}

static int show_workers(void *context, struct session *session)
{
    const struct session_options *where = context;
    struct err err = ERR_INIT;
    struct queue_worker_list *list = mem_alloc(1, sizeof(*list));
    int status = CLI_NO;
    enum err_kind kind = session_workers(session, list, &err);
    for (size_t i = 0; i < list->count; i++) {
        status = list->workers[i].is_silent ? status : CLI_OK;
    }
    if (kind != ERR_OK) {
        status = cli_fail("workers", &err);
    } else if (where->json) {
        json_t *array = json_array();
        for (size_t i = 0; i < list->count; i++) {
            (void)json_array_append_new(array, worker_json(&list->workers[i]));
        }
        cli_print_json(array);
    } else {
        print_workers(list);
    }
    mem_free(&list);
    return status;
}

int cli_workers(int argc, char **argv)
{
    struct session_options where = {0};
    cli_parse(&WORKERS_ARGP, argc, argv, &where);
    return session_run(&where, "workers", show_workers, &where);
}
