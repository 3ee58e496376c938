// SPDX-License-Identifier: MIT
#include "alive.h"
#include "answer_view.h"
#include "cli.h"
#include "fields_view.h"
#include "pack_options.h"
#include "record_view.h"

#include <stdio.h>

enum { KEY_HISTORY = 'H', KEY_REQUEST_ID = 2000 };

struct status {
    struct pack_options pack;
    const char *request_id; // in place of a pack
    bool history;
};

static const struct argp_option OPTIONS[] = {
    {"history", KEY_HISTORY, 0, 0,
     "Add what happened to the current report: attempts, errors, timings", 0},
    {"request-id", KEY_REQUEST_ID, "ID", 0,
     "In place of --pack: the answer to this request, or to the entry with this id where it has "
     "no RequestId of its own; with --history what happened to its report",
     0},
    {0},
};

static void check(const struct status *status, const struct argp_state *state)
{
    const struct pack_options *pack = &status->pack;
    if (status->request_id == NULL) {
        pack_options_require(pack, state);
    } else if (pack->pack_id != NULL || pack->aggregator_id != NULL) {
        argp_error(state, "--request-id stands without --pack and --aggregator");
    } else {
        cli_check_id("request-id", status->request_id, state);
    }
}

static error_t parse_option(int key, char *value, struct argp_state *state)
{
    struct status *status = state->input;
    switch (key) {
    case KEY_HISTORY:
        status->history = true;
        return 0;
    case KEY_REQUEST_ID:
        status->request_id = value;
        return 0;
    case ARGP_KEY_INIT:
        status->pack.is_checked_later = true;
        state->child_inputs[0] = &status->pack;
        return 0;
    case ARGP_KEY_END:
        check(status, state);
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
    .doc = "Show the report of a pack, or the answer to a request.\v"
           "Examples:\n"
           "  packreport status --account 100000000000001 --pack PACK --history\n"
           "  packreport status --request-id REQUEST --history\n\n"
           "Exit status 0: a report was asked for at some time, or the request accepted; 1: "
           "nothing is known of the pack or request, or it was refused.",
};

static enum err_kind find_answer(const struct status *status, struct session *session,
                                 struct queue_answer_record *record, struct err *err)
{
    return status->pack.account == NULL
               ? session_find_answer(session, status->request_id, record, err)
               : session_answer(session, status->pack.account, status->request_id, record, err);
}

static int show_request(const struct status *status, struct session *session)
{
    struct err err = ERR_INIT;
    struct queue_answer_record record = {.found = false};
    json_t *history = NULL;
    if (find_answer(status, session, &record, &err) != ERR_OK ||
        (status->history && record.found && record.answer.report_id[0] != '\0' &&
         session_history(session, record.account_id, record.answer.report_id, &history, &err) !=
             ERR_OK)) {
        return cli_fail("status", &err);
    }
    if (!record.found) {
        (void)fprintf(
            stderr,
            "packreport status: there is no answer to request %s: it was not made, nobody "
            "has answered it yet, or the answer is no longer kept\n",
            status->request_id);
        alive_hint(session, "queue");
    } else if (status->pack.where.json) {
        json_t *object = answer_view_record_json(&record);
        if (history != NULL) {
            (void)json_object_set(object, "history", history);
        }
        cli_print_json(object);
    } else {
        answer_view_print(&record);
        if (history != NULL) {
            (void)printf("history\n");
            fields_view_print(history, "  ");
        }
    }
    json_decref(history);
    return record.found && record.answer.code == ANSWER_ACCEPTED ? CLI_OK : CLI_NO;
}

static int show(void *context, struct session *session)
{
    const struct status *status = context;
    if (status->request_id != NULL) {
        return show_request(status, session);
    }
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
    if (record.status == REPORT_CREATING) {
        alive_hint(session, "report");
    }
    return record.status == REPORT_NONE ? CLI_NO : CLI_OK;
}

int cli_status_command(int argc, char **argv)
{
    struct status status = {0};
    cli_parse(&ARGP, argc, argv, &status);
    return session_run(&status.pack.where, "status", show, &status);
}
