// SPDX-License-Identifier: MIT
#include "base/text.h"
#include "cli.h"
#include "follow.h"
#include "pack_options.h"
#include "queue/control.h"
#include "queue/partition.h"
#include "record_view.h"

#include <stdio.h>
#include <strings.h>

enum { KEY_REPORT_ID = 2000, KEY_NO_WAIT };
enum { END_TIMEOUT_MS = 30000 }; // a worker aborts in milliseconds, or is gone for a lease

struct cancel {
    struct pack_options pack;
    const char *report_id;
    bool no_wait;
};

static const struct argp_option OPTIONS[] = {
    {"report-id", KEY_REPORT_ID, "ID", 0, "ReportId, in place of --account and --pack", 0},
    {"no-wait", KEY_NO_WAIT, 0, 0, "Do not wait until a running report has ended", 0},
    {0},
};

static error_t parse_option(int key, char *value, struct argp_state *state)
{
    struct cancel *cancel = state->input;
    switch (key) {
    case KEY_REPORT_ID:
        cli_check_id("report-id", value, state);
        cancel->report_id = value;
        cancel->pack.is_optional = true;
        return 0;
    case KEY_NO_WAIT:
        cancel->no_wait = true;
        return 0;
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &cancel->pack;
        return 0;
    case ARGP_KEY_END:
        if (cancel->report_id != NULL &&
            (cancel->pack.account != NULL || cancel->pack.pack_id != NULL)) {
            argp_error(state, "--report-id stands in place of --account and --pack");
        }
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
    .doc = "Take back the request for a report: what waits is cancelled at once, what runs is "
           "stopped by its worker.\v"
           "Examples:\n"
           "  packreport cancel --account 100000000000001 --pack PACK\n"
           "  packreport cancel --report-id rp-REPORT --no-wait\n\n"
           "Exit status 0: cancelled (with --no-wait: or its worker has been told); 1: it had "
           "ended before, ended in another way, is a dead letter, or is not known; 75: its worker "
           "has been told, and has not ended it within 30 s.",
};

// What is printed, and the exit status.
struct outcome {
    const char *result; // of --json
    char text[256];
    int status;
};

static const char *name_of(const struct queue_cancel_result *result)
{
    return result->report_id[0] != '\0' ? result->report_id : "of this pack";
}

static void say(struct outcome *outcome, const char *result, int status)
{
    outcome->result = result;
    outcome->status = status;
}

static void say_status(struct outcome *outcome, const struct queue_cancel_result *result,
                       const struct queue_report_record *record)
{
    bool is_cancelled = record->status == REPORT_CANCELLED;
    say(outcome, is_cancelled ? "cancelled" : "ended", is_cancelled ? CLI_OK : CLI_NO);
    (void)snprintf(outcome->text, sizeof(outcome->text), "report %s %s%s", name_of(result),
                   is_cancelled ? "is cancelled" : "ended before it could be cancelled: ",
                   is_cancelled ? "" : report_status_text(record->status));
}

// Its worker has been told: how it ends.
static void wait_for_end(const struct cancel *cancel, struct session *session,
                         const struct queue_cancel_result *result, struct outcome *outcome)
{
    struct err err = ERR_INIT;
    struct queue_report_record record;
    const struct follow follow = {.session = session,
                                  .account_id = result->account_id,
                                  .pack_id = result->pack_id,
                                  .report_id = result->report_id,
                                  .timeout_ms = END_TIMEOUT_MS,
                                  .quiet = true};
    say(outcome, "told", CLI_OK);
    (void)snprintf(outcome->text, sizeof(outcome->text), "report %s: its worker %s has been told",
                   name_of(result), result->detail);
    if (cancel->no_wait) {
        return;
    }
    if (follow_report(&follow, &record, &err) == ERR_OK) {
        say_status(outcome, result, &record);
    } else if (err.kind == ERR_TIMEOUT) {
        outcome->status = CLI_LATE;
    } else {
        outcome->status = cli_fail("cancel", &err);
    }
}

static void judge(const struct cancel *cancel, struct session *session,
                  const struct queue_cancel_result *result, struct outcome *outcome)
{
    const char *name = name_of(result);
    size_t size = sizeof(outcome->text);
    switch (result->what) {
    case QUEUE_CANCEL_DONE:
        say(outcome, "cancelled", CLI_OK);
        (void)snprintf(outcome->text, size, "report %s is cancelled", name);
        return;
    case QUEUE_CANCEL_TOLD:
        wait_for_end(cancel, session, result, outcome);
        return;
    case QUEUE_CANCEL_DEAD:
        say(outcome, "dead", CLI_NO);
        (void)snprintf(outcome->text, size,
                       "report %s has failed and is a dead letter: it does not run again unless "
                       "somebody retries it",
                       name);
        return;
    case QUEUE_CANCEL_UNREADABLE:
        say(outcome, "unreadable", CLI_NO);
        (void)snprintf(outcome->text, size,
                       "the job of report %s has a record that cannot be read; it never runs, and "
                       "the next sweep makes it a dead letter",
                       name);
        return;
    case QUEUE_CANCEL_ENDED:
        if (strcasecmp(result->detail, "cancelled") == 0) { // by an earlier call
            say(outcome, "cancelled", CLI_OK);
            (void)snprintf(outcome->text, size, "report %s is cancelled", name);
            return;
        }
        say(outcome, "ended", CLI_NO);
        (void)snprintf(outcome->text, size, "report %s has ended already: %s", name,
                       result->detail);
        return;
    case QUEUE_CANCEL_UNKNOWN:
        say(outcome, "unknown", CLI_NO);
        (void)snprintf(outcome->text, size, "nothing is known of a report %s", name);
        return;
    }
}

static json_t *outcome_json(const struct queue_cancel_result *result, const struct outcome *outcome)
{
    json_t *object = json_pack("{s:s,s:s}", "result", outcome->result, "message", outcome->text);
    if (result->report_id[0] != '\0') {
        (void)json_object_set_new(object, "ReportId", json_string(result->report_id));
    }
    if (result->account_id[0] != '\0') {
        (void)json_object_set_new(object, "AccountId", json_string(result->account_id));
        record_view_put_subject(object, result->pack_id);
    }
    return object;
}

struct cancel_wait {
    bool done;
    struct err err;
    struct queue_cancel_result *result;
};

static void on_cancelled(void *context, const struct queue_cancel_result *result,
                         const struct err *err)
{
    struct cancel_wait *wait = context;
    wait->done = true;
    if (err != NULL) {
        wait->err = *err;
    } else {
        *wait->result = *result;
    }
}

static enum err_kind ask_once(struct session *session, struct queue *queue,
                              const struct queue_report_name *name,
                              struct queue_cancel_result *result_out, struct err *err)
{
    struct cancel_wait wait = {.result = result_out};
    queue_cancel(queue, name, on_cancelled, &wait);
    session_await(session, &wait.done);
    if (wait.err.kind != ERR_OK) {
        *err = wait.err;
    }
    return wait.err.kind;
}

static void on_nudged(void *context, const struct queue_worker *worker, const struct err *err)
{
    (void)worker;
    (void)err; // then the worker hears of it with its next renewal
    *(bool *)context = true;
}

static enum err_kind ask_partition(struct session *session, unsigned partition,
                                   const struct queue_report_name *name,
                                   struct queue_cancel_result *result_out, struct err *err)
{
    struct queue *queue = session_queue(session, partition);
    // Repeated when the outcome is uncertain: what it did once it does not do again.
    enum err_kind kind = ask_once(session, queue, name, result_out, err);
    if (kind == ERR_UNCERTAIN) {
        kind = ask_once(session, queue, name, result_out, err);
    }
    if (kind == ERR_OK && result_out->what == QUEUE_CANCEL_TOLD && partition != 0) {
        bool done = false;
        queue_nudge_worker(session_queue(session, 0), result_out->detail, on_nudged, &done);
        session_await(session, &done);
    }
    return kind;
}

// By a ReportId alone nothing tells its partition.
static enum err_kind ask(struct session *session, const struct queue_report_name *name,
                         struct queue_cancel_result *result_out, struct err *err)
{
    bool is_by_id = name->report_id != NULL;
    unsigned partitions = session_partitions(session);
    unsigned first = is_by_id ? 0 : queue_partition_of(name->account_id, partitions);
    unsigned end = is_by_id ? partitions : first + 1;
    enum err_kind kind = ERR_OK;
    bool is_found = false;
    for (unsigned i = first; i < end && kind == ERR_OK && !is_found; i++) {
        kind = ask_partition(session, i, name, result_out, err);
        is_found = kind == ERR_OK && result_out->what != QUEUE_CANCEL_UNKNOWN;
    }
    return kind;
}

static int run(void *context, struct session *session)
{
    const struct cancel *cancel = context;
    const struct queue_report_name name = {.account_id = cancel->pack.account,
                                           .pack_id = cancel->pack.pack,
                                           .report_id = cancel->report_id};
    struct err err = ERR_INIT;
    struct queue_cancel_result result = {0};
    struct outcome outcome = {.result = ""};
    if (ask(session, &name, &result, &err) != ERR_OK) {
        return cli_fail("cancel", &err);
    }
    judge(cancel, session, &result, &outcome);
    if (cancel->pack.where.json) {
        cli_print_json(outcome_json(&result, &outcome));
    } else if (outcome.status == CLI_OK) {
        (void)puts(outcome.text);
    } else {
        (void)fprintf(stderr, "packreport cancel: %s\n", outcome.text);
    }
    return outcome.status;
}

int cli_cancel(int argc, char **argv)
{
    struct cancel cancel = {0};
    cli_parse(&ARGP, argc, argv, &cancel);
    return session_run(&cancel.pack.where, "cancel", run, &cancel);
}
