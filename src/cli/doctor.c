// SPDX-License-Identifier: MIT
#include "queue/doctor.h"

#include "cli.h"
#include "session.h"

#include <inttypes.h>
#include <stdio.h>

enum { KEY_REPAIR = 2000 };

struct doctor {
    struct session_options where;
    bool repair;
    json_t *findings; // with --json
    bool done;
    struct err err;
    struct queue_doctor_sum sum;
};

static const struct argp_option OPTIONS[] = {
    {"repair", KEY_REPAIR, 0, 0, "Put right what can be put right without losing anything", 0},
    {0},
};

static error_t parse_option(int key, char *value, struct argp_state *state)
{
    (void)value;
    struct doctor *doctor = state->input;
    switch (key) {
    case KEY_REPAIR:
        doctor->repair = true;
        return 0;
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &doctor->where;
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
    .doc = "Look at everything below the prefix in Redis: settings of the server that endanger "
           "jobs, keys without an owner or an end, jobs and packs that do not fit together. May "
           "run while daemons work.\v"
           "Examples:\n"
           "  packreport doctor\n"
           "  packreport doctor --repair --json\n\n"
           "Exit status 0: nothing is wrong, or all of it was repaired; 1: something is wrong.",
};

static void on_finding(void *context, const struct queue_finding *finding)
{
    struct doctor *doctor = context;
    if (doctor->where.json) {
        (void)json_array_append_new(doctor->findings,
                                    json_pack("{s:s,s:s,s:b}", "area", finding->area, "finding",
                                              finding->text, "repaired", finding->is_repaired));
        return;
    }
    (void)printf("%-8s  %s%s\n", finding->area, finding->text,
                 finding->is_repaired ? " (repaired)" : "");
}

static void on_done(void *context, const struct queue_doctor_sum *sum, const struct err *err)
{
    struct doctor *doctor = context;
    doctor->done = true;
    if (err != NULL) {
        doctor->err = *err;
    } else {
        doctor->sum = *sum;
    }
}

static void show_sum(struct doctor *doctor)
{
    const struct queue_doctor_sum *sum = &doctor->sum;
    if (doctor->where.json) {
        cli_print_json(json_pack("{s:I,s:I,s:I,s:I,s:O}", "keys", (json_int_t)sum->keys, "jobs",
                                 (json_int_t)sum->jobs, "found", (json_int_t)sum->found, "repaired",
                                 (json_int_t)sum->repaired, "findings", doctor->findings));
        return;
    }
    (void)printf("%" PRIu64 " keys, %" PRIu64 " jobs: ", sum->keys, sum->jobs);
    if (sum->found == 0) {
        (void)printf("nothing is wrong\n");
    } else {
        (void)printf("%" PRIu64 " findings, %" PRIu64 " repaired\n", sum->found, sum->repaired);
    }
}

static int run(void *context, struct session *session)
{
    struct doctor *doctor = context;
    const struct queue_doctor_events events = {
        .context = doctor, .on_finding = on_finding, .on_done = on_done};
    doctor->findings = json_array();
    queue_doctor_run(session_queue(session), doctor->repair, &events);
    session_await(session, &doctor->done);
    int status = doctor->sum.found == doctor->sum.repaired ? CLI_OK : CLI_NO;
    if (doctor->err.kind != ERR_OK) {
        status = cli_fail("doctor", &doctor->err);
    } else {
        show_sum(doctor);
    }
    json_decref(doctor->findings);
    return status;
}

int cli_doctor(int argc, char **argv)
{
    struct doctor doctor = {0};
    cli_parse(&ARGP, argc, argv, &doctor);
    return session_run(&doctor.where, "doctor", run, &doctor);
}
