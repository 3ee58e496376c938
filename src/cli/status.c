// SPDX-License-Identifier: MIT
#include "cli.h"
#include "fields_view.h"
#include "pack_options.h"
#include "record_view.h"

#include <stdio.h>

enum { KEY_HISTORY = 'H' };

struct status {
    struct pack_options pack;
    bool history;
};

static const struct argp_option OPTIONS[] = {
    {"history", KEY_HISTORY, 0, 0,
     "Add what happened to the current report: attempts, errors, timings", 0},
    {0},
};

static error_t parse_option(int key, char *value, struct argp_state *state)
{
    (void)value;
    struct status *status = state->input;
    switch (key) {
    case KEY_HISTORY:
        status->history = true;
        return 0;
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &status->pack;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_child CHILDREN[] = {{&pack_options_argp, 0, 0, 0}, {0}};
static const struct argp ARGP = {
    .options = OPTIONS,
    .parser = parse_option,
    .children = CHILDREN,
    .doc = "Show the report of a pack.\v"
           "Example:\n"
           "  packreport status --account 100000000000001 --pack PACK --history\n\n"
           "Exit status 0: a report was asked for at some time; 1: nothing is known of the pack.",
};

static int show(void *context, struct session *session)
{
    const struct status *status = context;
    struct err err = ERR_INIT;
    struct queue_report_record record;
    json_t *history = NULL;
    if (session_report(session, status->pack.account, status->pack.pack, &record, &err) != ERR_OK ||
        (status->history && record.report_id[0] != '\0' &&
         session_history(session, status->pack.account, record.report_id, &history, &err) !=
             ERR_OK)) {
        return cli_fail("status", &err);
    }
    if (status->pack.where.json) {
        json_t *object = record_view_json(&record);
        if (history != NULL) {
            (void)json_object_set(object, "history", history);
        }
        cli_print_json(object);
    } else {
        record_view_print(&record);
        if (history != NULL) {
            (void)printf("history\n");
            fields_view_print(history, "  ");
        }
    }
    json_decref(history);
    return record.status == REPORT_NONE ? CLI_NO : CLI_OK;
}

int cli_status_command(int argc, char **argv)
{
    struct status status = {0};
    cli_parse(&ARGP, argc, argv, &status);
    return session_run(&status.pack.where, "status", show, &status);
}
