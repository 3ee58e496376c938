// SPDX-License-Identifier: MIT
#include "base/mem.h"
#include "base/text.h"
#include "cli.h"
#include "dead_letters.h"
#include "dead_view.h"
#include "domain/suggest.h"
#include "fields_view.h"
#include "record_view.h"
#include "session.h"

#include <stdio.h>
#include <string.h>

enum { KEY_ACCOUNT = 'a', KEY_ALL = 2000, SENTENCE_BYTES = 320 };

struct dead {
    struct session_options where;
    const char *action; // NULL until it has been parsed
    char **ids;         // those of the command line, borrowed
    size_t id_count;
    size_t id_capacity;
    const char *account;
    bool all;
};

static const char *const ACTIONS[] = {"list", "show", "retry", "drop"};

static const struct argp_option OPTIONS[] = {
    {"account", KEY_ACCOUNT, "ID", 0, "list, --all: only those of this AccountId", 0},
    {"all", KEY_ALL, 0, 0, "retry, drop: all that there are", 0},
    {0},
};

static bool is_action(const struct dead *dead, const char *name)
{
    return dead->action != NULL && strcmp(dead->action, name) == 0;
}

static void take_argument(struct dead *dead, char *value, const struct argp_state *state)
{
    if (dead->action != NULL) {
        if (!text_is_id(value, strlen(value))) {
            argp_error(state, "a ReportId is 1 to 64 of A-Z a-z 0-9 - _, not \"%.80s\"", value);
        }
        dead->ids = mem_grow(dead->ids, &dead->id_capacity, dead->id_count + 1, sizeof(char *));
        dead->ids[dead->id_count++] = value;
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(ACTIONS); i++) {
        if (strcmp(value, ACTIONS[i]) == 0) {
            dead->action = ACTIONS[i];
            return;
        }
    }
    const char *near = suggest_nearest(value, ACTIONS, ARRAY_LEN(ACTIONS));
    argp_error(state, "\"%.40s\" is none of list, show, retry, drop%s%s%s", value,
               near == NULL ? "" : "; did you mean \"", near == NULL ? "" : near,
               near == NULL ? "" : "\"?");
}

static void check(const struct dead *dead, const struct argp_state *state)
{
    bool is_list = is_action(dead, "list");
    bool is_show = is_action(dead, "show");
    if (dead->action == NULL) {
        argp_error(state, "say what: list, show, retry or drop");
    } else if (is_list && (dead->id_count > 0 || dead->all)) {
        argp_error(state, "list takes no ReportId and no --all");
    } else if (is_show && (dead->id_count != 1 || dead->all || dead->account != NULL)) {
        argp_error(state, "show takes one ReportId");
    } else if (!is_list && !is_show && (dead->id_count > 0) == dead->all) {
        argp_error(state, "%s takes ReportIds, or --all", dead->action);
    } else if (dead->account != NULL && !is_list && !dead->all) {
        argp_error(state, "--account goes with list or --all");
    }
}

static error_t parse_option(int key, char *value, struct argp_state *state)
{
    struct dead *dead = state->input;
    switch (key) {
    case KEY_ACCOUNT:
        cli_check_digits("account", value, state);
        dead->account = value;
        return 0;
    case KEY_ALL:
        dead->all = true;
        return 0;
    case ARGP_KEY_ARG:
        take_argument(dead, value, state);
        return 0;
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &dead->where;
        return 0;
    case ARGP_KEY_END:
        check(dead, state);
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
    .args_doc = "list\nshow REPORT-ID\nretry REPORT-ID...\ndrop REPORT-ID...",
    .doc = "Dead letters: reports that failed in their last attempt, or took too many workers with "
           "them. They are listed with the cause, the youngest first; a retry makes the report as "
           "if it were new, without a deadline; a drop forgets the letter, not the report's "
           "history.\v"
           "Examples:\n"
           "  packreport dead list --account 100000000000001\n"
           "  packreport dead show rp-REPORT --json\n"
           "  packreport dead retry rp-REPORT\n"
           "  packreport dead drop --all\n\n"
           "Exit status 0: done; 1: there is no such letter, or it could not be retried (others "
           "were).",
};

// ---- list

struct listing {
    json_t *json; // NULL without --json
    size_t count;
};

static void on_listed(void *context, unsigned partition, const struct queue_dead_letter *letter)
{
    (void)partition;
    struct listing *listing = context;
    if (listing->json != NULL) {
        (void)json_array_append_new(listing->json, dead_view_json(letter));
    } else {
        if (listing->count == 0) {
            dead_view_print_head();
        }
        dead_view_print_row(letter);
    }
    listing->count++;
}

static int list(const struct dead *dead, struct session *session)
{
    struct err err = ERR_INIT;
    struct listing listing = {.json = dead->where.json ? json_array() : NULL};
    if (dead_letters_read(session, dead->account, on_listed, &listing, &err) != ERR_OK) {
        json_decref(listing.json);
        return cli_fail("dead", &err);
    }
    if (listing.json != NULL) {
        cli_print_json(listing.json);
    } else if (listing.count == 0) {
        (void)fprintf(stderr, "there are no dead letters\n");
    }
    return CLI_OK;
}

// ---- show

static int show(const struct dead *dead, struct session *session)
{
    struct err err = ERR_INIT;
    json_t *fields = NULL;
    if (session_dead_letter(session, dead->ids[0], &fields, &err) != ERR_OK) {
        return cli_fail("dead", &err);
    }
    int status = CLI_OK;
    if (json_object_size(fields) == 0) {
        (void)fprintf(stderr, "packreport dead: there is no dead letter of a report %s\n",
                      dead->ids[0]);
        status = CLI_NO;
    } else if (dead->where.json) {
        (void)json_object_set_new(fields, "ReportId", json_string(dead->ids[0]));
        cli_print_json(json_incref(fields));
    } else {
        fields_view_print_letter(fields);
    }
    json_decref(fields);
    return status;
}

// ---- retry and drop

struct letter_id {
    char id[TEXT_ID_MAX + 1];
    bool is_placed; // its partition is known
    unsigned partition;
};

struct settle_wait {
    bool done;
    struct err err;
    struct queue_dead_result result;
};

static void on_settled(void *context, const struct queue_dead_result *result, const struct err *err)
{
    struct settle_wait *wait = context;
    wait->done = true;
    if (err != NULL) {
        wait->err = *err;
    } else {
        wait->result = *result;
    }
}

// In the partition that is known, else in all until it is found.
static enum err_kind settle_letter(const struct dead *dead, struct session *session,
                                   const struct letter_id *letter,
                                   struct queue_dead_result *result_out, struct err *err)
{
    enum queue_dead_action action = is_action(dead, "retry") ? QUEUE_DEAD_RETRY : QUEUE_DEAD_DROP;
    struct settle_wait wait = {.result = {.end = QUEUE_DEAD_NONE}};
    unsigned first = letter->is_placed ? letter->partition : 0;
    unsigned end = letter->is_placed ? first + 1 : session_partitions(session);
    for (unsigned i = first; i < end && wait.result.end == QUEUE_DEAD_NONE; i++) {
        wait.done = false;
        queue_settle_dead(session_queue(session, i), letter->id, action, on_settled, &wait);
        session_await(session, &wait.done);
        if (wait.err.kind != ERR_OK) {
            *err = wait.err;
            return err->kind;
        }
    }
    *result_out = wait.result;
    return ERR_OK;
}

static int settle_one(const struct dead *dead, struct session *session,
                      const struct letter_id *letter, json_t *json)
{
    struct err err = ERR_INIT;
    struct queue_dead_result result;
    if (settle_letter(dead, session, letter, &result, &err) != ERR_OK) {
        return cli_fail("dead", &err);
    }
    char sentence[SENTENCE_BYTES];
    dead_view_sentence(letter->id, &result, sentence, sizeof(sentence));
    bool is_done = result.end == QUEUE_DEAD_RETRIED || result.end == QUEUE_DEAD_DROPPED;
    if (json != NULL) {
        (void)json_array_append_new(json,
                                    json_pack("{s:s,s:s,s:s}", "ReportId", letter->id, "result",
                                              dead_view_result(result.end), "message", sentence));
    } else if (is_done) {
        (void)puts(sentence);
    } else {
        (void)fprintf(stderr, "packreport dead: %s\n", sentence);
    }
    return is_done ? CLI_OK : CLI_NO;
}

struct id_list {
    struct letter_id *letters;
    size_t count;
    size_t capacity;
};

static void add_letter(struct id_list *list, const struct letter_id *letter)
{
    list->letters = mem_grow(list->letters, &list->capacity, list->count + 1, sizeof(*letter));
    list->letters[list->count++] = *letter;
}

static void on_found(void *context, unsigned partition, const struct queue_dead_letter *letter)
{
    struct letter_id found = {.is_placed = true, .partition = partition};
    (void)text_copy(found.id, sizeof(found.id), letter->report_id);
    add_letter(context, &found);
}

// All are tried; a queue that does not answer ends it.
static int settle(const struct dead *dead, struct session *session, const struct id_list *list)
{
    json_t *json = dead->where.json ? json_array() : NULL;
    int status = CLI_OK;
    for (size_t i = 0; i < list->count && (status == CLI_OK || status == CLI_NO); i++) {
        int one = settle_one(dead, session, &list->letters[i], json);
        status = one == CLI_OK ? status : one;
    }
    if (json != NULL) {
        cli_print_json(json);
    } else if (list->count == 0) {
        (void)fprintf(stderr, "there are no dead letters\n");
    }
    return status;
}

static int settle_wanted(const struct dead *dead, struct session *session)
{
    struct err err = ERR_INIT;
    struct id_list wanted = {0};
    enum err_kind kind = ERR_OK;
    if (dead->all) {
        kind = dead_letters_read(session, dead->account, on_found, &wanted, &err);
    }
    for (size_t i = 0; i < dead->id_count; i++) {
        struct letter_id named = {.is_placed = false};
        (void)text_copy(named.id, sizeof(named.id), dead->ids[i]);
        add_letter(&wanted, &named);
    }
    int status = kind == ERR_OK ? settle(dead, session, &wanted) : cli_fail("dead", &err);
    mem_free(&wanted.letters);
    return status;
}

static int run(void *context, struct session *session)
{
    const struct dead *dead = context;
    if (is_action(dead, "list")) {
        return list(dead, session);
    }
    if (is_action(dead, "show")) {
        return show(dead, session);
    }
    return settle_wanted(dead, session);
}

int cli_dead(int argc, char **argv)
{
    struct dead dead = {0};
    cli_parse(&ARGP, argc, argv, &dead);
    int status = session_run(&dead.where, "dead", run, &dead);
    mem_free(&dead.ids);
    return status;
}
