// SPDX-License-Identifier: MIT
#include "base/mem.h"
#include "base/span.h"
#include "base/text.h"
#include "cli.h"
#include "record_view.h"
#include "session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_ACCOUNT = 'a', KEY_STATUS = 's' };

// What is shown of one record, which itself is far larger: there may be very many.
struct row {
    char account_id[REQUEST_ACCOUNT_MAX + 1];
    char pack_id[SUBJECT_BYTES];
    char *line;   // without --json
    json_t *json; // with it
};

struct list {
    struct session_options where;
    const char *account;
    bool has_status; // only this one
    enum report_status status;
    struct row *rows;
    size_t count;
    size_t capacity;
};

static const struct argp_option OPTIONS[] = {
    {"account", KEY_ACCOUNT, "ID", 0, "Only this AccountId", 0},
    {"status", KEY_STATUS, "STATUS", 0, "Only creating, complete, failed or cancelled reports", 0},
    {0},
};

static void parse_status(struct list *list, const char *value, const struct argp_state *state)
{
    for (int status = 0; status < REPORT_STATUS_COUNT; status++) {
        const char *name = report_status_text((enum report_status)status);
        if (status != REPORT_NONE && span_equals_ignore_case(span_of(name), span_of(value))) {
            list->has_status = true;
            list->status = (enum report_status)status;
            return;
        }
    }
    argp_error(state, "--status takes creating, complete, failed or cancelled, not \"%.40s\"",
               value);
}

static error_t parse_option(int key, char *value, struct argp_state *state)
{
    struct list *list = state->input;
    switch (key) {
    case KEY_ACCOUNT:
        cli_check_digits("account", value, state);
        list->account = value;
        return 0;
    case KEY_STATUS:
        parse_status(list, value, state);
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
    .doc = "List the packs that reports were asked for, by account and pack, with the state of "
           "each.\v"
           "Examples:\n"
           "  packreport list --status failed\n"
           "  packreport list --json | jq -r '.[] | .ReportStatus'",
};

static void on_record(void *context, const struct queue_report_record *record)
{
    struct list *list = context;
    struct row row = {0};
    if (list->has_status && record->status != list->status) {
        return;
    }
    (void)text_copy(row.account_id, sizeof(row.account_id), record->account_id);
    (void)text_copy(row.pack_id, sizeof(row.pack_id), record->pack_id);
    if (list->where.json) {
        row.json = record_view_json(record);
    } else {
        char accepted[TEXT_TIME_BYTES] = "";
        if (record->accepted_at_ms > 0) {
            text_time(record->accepted_at_ms, accepted);
        }
        row.line = mem_format("%-19s  %-36s  %-9s  %-24s  %s%s%s%s%s", record->account_id,
                              record->pack_id, report_status_text(record->status), accepted,
                              record->report_id, record->paused[0] == '\0' ? "" : "  (paused)",
                              record->code[0] == '\0' ? "" : "  (", record->code,
                              record->code[0] == '\0' ? "" : ")");
    }
    list->rows = mem_grow(list->rows, &list->capacity, list->count + 1, sizeof(list->rows[0]));
    list->rows[list->count++] = row;
}

// Accounts as numbers, which have no leading zeros as a rule; packs bytewise.
static int compare_rows(const void *a, const void *b)
{
    const struct row *left = a;
    const struct row *right = b;
    size_t left_len = strlen(left->account_id);
    size_t right_len = strlen(right->account_id);
    if (left_len != right_len) {
        return left_len < right_len ? -1 : 1;
    }
    int accounts = strcmp(left->account_id, right->account_id);
    return accounts != 0 ? accounts : strcmp(left->pack_id, right->pack_id);
}

// Redis gives keys in no order, and may give one twice when it is busy growing (SCAN).
static bool is_repeated(const struct list *list, size_t at)
{
    return at > 0 && compare_rows(&list->rows[at - 1], &list->rows[at]) == 0;
}

static void show(struct list *list)
{
    json_t *records = json_array();
    if (list->count > 0) {
        qsort(list->rows, list->count, sizeof(list->rows[0]), compare_rows);
    }
    if (!list->where.json && list->count > 0) {
        (void)printf("%-19s  %-36s  %-9s  %-24s  %s\n", "ACCOUNT", "PACK", "STATUS", "ACCEPTED",
                     "REPORT");
    }
    for (size_t i = 0; i < list->count; i++) {
        if (is_repeated(list, i)) {
            continue;
        }
        if (list->where.json) {
            (void)json_array_append(records, list->rows[i].json);
        } else {
            (void)puts(list->rows[i].line);
        }
    }
    if (list->where.json) {
        cli_print_json(json_incref(records));
    } else if (list->count == 0) {
        (void)fprintf(stderr, "no report%s%s %s%s\n", list->account == NULL ? "" : " of account ",
                      list->account == NULL ? "" : list->account,
                      list->has_status ? "is " : "was asked for yet",
                      list->has_status ? report_status_text(list->status) : "");
    }
    json_decref(records);
}

static int run(void *context, struct session *session)
{
    struct list *list = context;
    struct err err = ERR_INIT;
    if (session_list(session, list->account, on_record, list, &err) != ERR_OK) {
        return cli_fail("list", &err);
    }
    show(list);
    return CLI_OK;
}

int cli_list(int argc, char **argv)
{
    struct list list = {0};
    cli_parse(&ARGP, argc, argv, &list);
    int status = session_run(&list.where, "list", run, &list);
    for (size_t i = 0; i < list.count; i++) {
        mem_free(&list.rows[i].line);
        json_decref(list.rows[i].json);
    }
    mem_free(&list.rows);
    return status;
}
