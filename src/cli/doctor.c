// SPDX-License-Identifier: MIT
#include "queue/doctor.h"

#include "cli.h"
#include "session.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { KEY_REPAIR = 2000 };

struct doctor {
    struct session_options where;
    bool repair;
    json_t *findings; // with --json
    unsigned partitions;
    unsigned partition; // that is looked at
    bool done;
    struct err err;
    struct queue_doctor_sum sum; // over all partitions
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
    bool has_partition = doctor->partitions > 1 && strcmp(finding->area, "settings") != 0;
    if (doctor->where.json) {
        json_t *object = json_pack("{s:s,s:s,s:b}", "area", finding->area, "finding", finding->text,
                                   "repaired", finding->is_repaired);
        if (has_partition) {
            (void)json_object_set_new(object, "partition", json_integer(doctor->partition));
        }
        (void)json_array_append_new(doctor->findings, object);
        return;
    }
    (void)printf("%-8s  ", finding->area);
    if (has_partition) {
        (void)printf("partition %u: ", doctor->partition);
    }
    (void)printf("%s%s\n", finding->text, finding->is_repaired ? " (repaired)" : "");
}

static void on_done(void *context, const struct queue_doctor_sum *sum, const struct err *err)
{
    struct doctor *doctor = context;
    doctor->done = true;
    if (err != NULL) {
        doctor->err = *err;
    } else {
        doctor->sum.keys += sum->keys;
        doctor->sum.jobs += sum->jobs;
        doctor->sum.found += sum->found;
        doctor->sum.repaired += sum->repaired;
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
    (void)printf("%" PRIu64 " %s, %" PRIu64 " %s: ", sum->keys, sum->keys == 1 ? "key" : "keys",
                 sum->jobs, sum->jobs == 1 ? "job" : "jobs");
    if (sum->found == 0) {
        (void)printf("nothing is wrong\n");
    } else {
        (void)printf("%" PRIu64 " %s, %" PRIu64 " repaired\n", sum->found,
                     sum->found == 1 ? "finding" : "findings", sum->repaired);
    }
}

// Of the partitions on a server one has the server looked at, too.
static bool is_first_there(const struct session *session, unsigned partition)
{
    const char *server = session_server(session, partition);
    for (unsigned i = 0; i < partition; i++) {
        if (strcmp(session_server(session, i), server) == 0) {
            return false;
        }
    }
    return true;
}

static int run(void *context, struct session *session)
{
    struct doctor *doctor = context;
    const struct queue_doctor_events events = {
        .context = doctor, .on_finding = on_finding, .on_done = on_done};
    doctor->findings = json_array();
    doctor->partitions = session_partitions(session);
    for (unsigned i = 0; i < doctor->partitions && doctor->err.kind == ERR_OK; i++) {
        struct queue *queue = session_queue(session, i);
        const struct queue_doctor_order order = {.repair = doctor->repair,
                                                 .whole_server = is_first_there(session, i)};
        doctor->done = false;
        doctor->partition = i;
        queue_doctor_run(queue, &order, &events);
        session_await(session, &doctor->done);
    }
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
