// SPDX-License-Identifier: MIT
#include "base/text.h"
#include "cli.h"
#include "record_view.h"
#include "session.h"

#include <stdio.h>
#include <string.h>

enum { KEY_ACCOUNT = 'a' };

struct list {
    struct session_options where;
    const char *account;
    json_t *records; // with --json
    size_t count;
};

static const struct argp_option OPTIONS[] = {
    {"account", KEY_ACCOUNT, "ID", 0, "Only this AccountId", 0},
    {0},
};

static error_t parse_option(int key, char *value, struct argp_state *state)
{
    struct list *list = state->input;
    switch (key) {
    case KEY_ACCOUNT:
        if (value[strspn(value, "0123456789")] != '\0' || value[0] == '\0') {
            argp_error(state, "--account takes digits, not \"%.40s\"", value);
        }
        list->account = value;
        return 0;
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &list->where;
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
    .doc = "List the packs that reports were asked for, with the state of each.\v"
           "Example:\n"
           "  packreport list --json | jq -r '.[] | .ReportStatus'",
};

static void on_record(void *context, const struct queue_report_record *record)
{
    struct list *list = context;
    if (list->where.json) {
        (void)json_array_append_new(list->records, record_view_json(record));
        return;
    }
    if (list->count++ == 0) {
        (void)printf("%-19s  %-36s  %-9s  %-24s  %s\n", "ACCOUNT", "PACK", "STATUS", "ACCEPTED",
                     "REPORT");
    }
    char accepted[TEXT_TIME_BYTES] = "";
    if (record->accepted_at_ms > 0) {
        text_time(record->accepted_at_ms, accepted);
    }
    (void)printf("%-19s  %-36s  %-9s  %-24s  %s\n", record->account_id, record->pack_id,
                 report_status_text(record->status), accepted, record->report_id);
}

static int run(void *context, struct session *session)
{
    struct list *list = context;
    struct err err = ERR_INIT;
    if (session_list(session, list->account, on_record, list, &err) != ERR_OK) {
        return cli_fail("list", &err);
    }
    if (list->where.json) {
        cli_print_json(json_incref(list->records));
    } else if (list->count == 0) {
        (void)fprintf(stderr, "no report was asked for yet\n");
    }
    return CLI_OK;
}

int cli_list(int argc, char **argv)
{
    struct list list = {.records = json_array()};
    cli_parse(&ARGP, argc, argv, &list);
    int status = session_run(&list.where, "list", run, &list);
    json_decref(list.records);
    return status;
}
