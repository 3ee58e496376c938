// SPDX-License-Identifier: MIT
//
// `packreport pause` and `packreport resume`.
#include "base/text.h"
#include "cli.h"
#include "queue/control.h"
#include "queue/partition.h"
#include "record_view.h"
#include "session.h"

#include <stdio.h>
#include <string.h>

enum { KEY_ACCOUNT = 'a', KEY_PACK = 'p', KEY_ALL = 2000, KEY_LIST, KEY_AGGREGATOR };

struct pause {
    struct session_options where;
    const char *account;
    const char *pack; // the subject made of the two, or NULL
    const char *pack_id;
    const char *aggregator_id;
    char subject[SUBJECT_BYTES];
    bool all;
    bool list;
};

static const struct argp_option PAUSE_OPTIONS[] = {
    {"account", KEY_ACCOUNT, "ID", 0, "This AccountId", 0},
    {"pack", KEY_PACK, "ID", 0, "With --account: only this CompliancePackId", 0},
    {"aggregator", KEY_AGGREGATOR, "ID", 0, "With --pack: only over this account group", 0},
    {"all", KEY_ALL, 0, 0, "Everything", 0},
    {"list", KEY_LIST, 0, 0, "Show what is paused", 0},
    {0},
};

static const struct argp_option RESUME_OPTIONS[] = {
    {"account", KEY_ACCOUNT, "ID", 0, "This AccountId", 0},
    {"pack", KEY_PACK, "ID", 0, "With --account: only this CompliancePackId", 0},
    {"aggregator", KEY_AGGREGATOR, "ID", 0, "With --pack: only over this account group", 0},
    {"all", KEY_ALL, 0, 0, "Everything; what was paused by account or pack stays so", 0},
    {0},
};

static void check(struct pause *pause, const struct argp_state *state)
{
    int scopes = (pause->account != NULL) + pause->all + pause->list;
    bool has_place = pause->account != NULL || pause->pack_id != NULL || pause->all;
    if (pause->list && has_place) {
        argp_error(state, "--list stands alone: it shows all that is paused");
    } else if (pause->aggregator_id != NULL && pause->pack_id == NULL) {
        argp_error(state, "--aggregator needs --pack");
    } else if (pause->pack_id != NULL && pause->account == NULL) {
        argp_error(state, "--pack needs --account");
    } else if (scopes != 1) {
        argp_error(state, pause->all ? "--all stands alone, without --account and --pack"
                                     : "say what: --account, --account and --pack, or --all");
    } else if (pause->pack_id != NULL) {
        subject_write(pause->aggregator_id == NULL ? "" : pause->aggregator_id, pause->pack_id,
                      pause->subject);
        pause->pack = pause->subject;
    }
}

static error_t parse_option(int key, char *value, struct argp_state *state)
{
    struct pause *pause = state->input;
    switch (key) {
    case KEY_ACCOUNT:
        cli_check_account(value, state);
        pause->account = value;
        return 0;
    case KEY_PACK:
        cli_check_id("pack", value, state);
        pause->pack_id = value;
        return 0;
    case KEY_AGGREGATOR:
        cli_check_id("aggregator", value, state);
        pause->aggregator_id = value;
        return 0;
    case KEY_ALL:
        pause->all = true;
        return 0;
    case KEY_LIST:
        pause->list = true;
        return 0;
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &pause->where;
        return 0;
    case ARGP_KEY_END:
        check(pause, state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_child CHILDREN[] = {{&session_argp, 0, 0, 0}, {0}};
static const struct argp PAUSE_ARGP = {
    .options = PAUSE_OPTIONS,
    .parser = parse_option,
    .children = CHILDREN,
    .doc =
        "Start no more reports of an account, of a pack, or at all, until it is resumed. Requests "
        "are still accepted, and what runs goes on.\v"
        "Examples:\n"
        "  packreport pause --account 100000000000001\n"
        "  packreport pause --account 100000000000001 --pack PACK\n"
        "  packreport pause --all\n"
        "  packreport pause --list --json\n\n"
        "Exit status 0: it is paused, whether or not it was before.",
};
static const struct argp RESUME_ARGP = {
    .options = RESUME_OPTIONS,
    .parser = parse_option,
    .children = CHILDREN,
    .doc = "Start reports again that were paused. What was paused by account, by pack and as a "
           "whole is "
           "resumed each by itself.\v"
           "Examples:\n"
           "  packreport resume --account 100000000000001\n"
           "  packreport resume --all\n\n"
           "Exit status 0: resumed; 1: it was not paused.",
};

// ---- list

struct list_wait {
    bool done;
    bool has_everything; // each partition says so
    struct err err;
    json_t *json;
};

static json_t *paused_json(const struct queue_pair *pair)
{
    char since[TEXT_TIME_BYTES];
    int64_t since_ms = 0;
    (void)text_to_int64(pair->value, strlen(pair->value), &since_ms);
    text_time(since_ms, since);
    json_t *object = json_pack("{s:s}", "since", since);
    const char *colon = strchr(pair->name, ':');
    size_t account_len = colon == NULL ? strlen(pair->name) : (size_t)(colon - pair->name);
    if (strcmp(pair->name, "*") == 0) {
        (void)json_object_set_new(object, "everything", json_true());
        return object;
    }
    (void)json_object_set_new(object, "AccountId", json_stringn(pair->name, account_len));
    if (colon != NULL) {
        record_view_put_subject(object, colon + 1);
    }
    return object;
}

static void on_listed(void *context, const struct queue_pair *pairs, size_t count,
                      const struct err *err)
{
    struct list_wait *wait = context;
    wait->done = true;
    if (err != NULL) {
        wait->err = *err;
    }
    for (size_t i = 0; err == NULL && i < count; i++) {
        bool is_everything = strcmp(pairs[i].name, "*") == 0;
        if (!is_everything || !wait->has_everything) {
            (void)json_array_append_new(wait->json, paused_json(&pairs[i]));
        }
        wait->has_everything = wait->has_everything || is_everything;
    }
}

// "everything", "account 1 pack p"
enum { SCOPE_BYTES = 200 };
static void name_scope(const char *account, const char *pack, char out[SCOPE_BYTES])
{
    (void)snprintf(out, SCOPE_BYTES, "%s%s%s%s", account == NULL ? "everything" : "account ",
                   account == NULL ? "" : account, pack == NULL ? "" : " pack ",
                   pack == NULL ? "" : pack);
}

static void print_paused(const json_t *list)
{
    size_t index;
    json_t *one;
    json_array_foreach(list, index, one)
    {
        const char *account = json_string_value(json_object_get(one, "AccountId"));
        const char *group = json_string_value(json_object_get(one, "AggregatorId"));
        const char *pack = json_string_value(json_object_get(one, "CompliancePackId"));
        char subject[SUBJECT_BYTES] = "";
        char name[SCOPE_BYTES];
        if (pack != NULL) {
            subject_write(group == NULL ? "" : group, pack, subject);
        }
        name_scope(account, pack == NULL ? NULL : subject, name);
        (void)printf("%s  since %s\n", name, json_string_value(json_object_get(one, "since")));
    }
    if (json_array_size(list) == 0) {
        (void)fprintf(stderr, "nothing is paused\n");
    }
}

static int show_list(const struct pause *pause, struct session *session)
{
    struct list_wait wait = {.json = json_array()};
    int status = CLI_OK;
    for (unsigned i = 0; i < session_partitions(session) && wait.err.kind == ERR_OK; i++) {
        wait.done = false;
        queue_list_paused(session_queue(session, i), on_listed, &wait);
        session_await(session, &wait.done);
    }
    if (wait.err.kind != ERR_OK) {
        status = cli_fail("pause", &wait.err);
    } else if (pause->where.json) {
        cli_print_json(json_incref(wait.json));
    } else {
        print_paused(wait.json);
    }
    json_decref(wait.json);
    return status;
}

// ---- pause and resume

struct pause_wait {
    bool done;
    struct err err;
    struct queue_pause_result result; // over the partitions
};

static void on_paused(void *context, const struct queue_pause_result *result, const struct err *err)
{
    struct pause_wait *wait = context;
    wait->done = true;
    if (err != NULL) {
        wait->err = *err;
    } else {
        wait->result.changed = wait->result.changed || result->changed;
        wait->result.moved += result->moved;
    }
}

static void say(const struct pause *pause, bool is_pause, const struct queue_pause_result *result)
{
    char name[SCOPE_BYTES];
    name_scope(pause->account, pause->pack, name);
    if (!is_pause && !result->changed && pause->account == NULL) {
        (void)fprintf(stderr, "packreport resume: the queue as a whole was not paused; `packreport "
                              "pause --list` shows what is paused by account or pack\n");
    } else if (!is_pause && !result->changed) {
        (void)fprintf(stderr, "packreport resume: %s was not paused\n", name);
    } else {
        (void)printf("%s is %s%s\n", name, is_pause ? "paused" : "resumed",
                     is_pause && !result->changed ? ", as it was before" : "");
    }
}

static int set_paused(const struct pause *pause, struct session *session, bool is_pause)
{
    const struct queue_scope scope = {.account_id = pause->account, .pack_id = pause->pack};
    struct pause_wait wait = {.done = false};
    unsigned partitions = session_partitions(session);
    unsigned first = pause->account == NULL ? 0 : queue_partition_of(pause->account, partitions);
    unsigned end = pause->account == NULL ? partitions : first + 1;
    for (unsigned i = first; i < end && wait.err.kind == ERR_OK; i++) {
        wait.done = false;
        queue_set_paused(session_queue(session, i), &scope, is_pause, on_paused, &wait);
        session_await(session, &wait.done);
    }
    if (wait.err.kind != ERR_OK) {
        return cli_fail(is_pause ? "pause" : "resume", &wait.err);
    }
    if (pause->where.json) {
        cli_print_json(json_pack("{s:b,s:b,s:I}", "paused", is_pause, "changed",
                                 wait.result.changed, "jobs", (json_int_t)wait.result.moved));
    } else {
        say(pause, is_pause, &wait.result);
    }
    return is_pause || wait.result.changed ? CLI_OK : CLI_NO;
}

static int run_pause(void *context, struct session *session)
{
    const struct pause *pause = context;
    return pause->list ? show_list(pause, session) : set_paused(pause, session, true);
}

static int run_resume(void *context, struct session *session)
{
    return set_paused(context, session, false);
}

int cli_pause(int argc, char **argv)
{
    struct pause pause = {0};
    cli_parse(&PAUSE_ARGP, argc, argv, &pause);
    return session_run(&pause.where, "pause", run_pause, &pause);
}

int cli_resume(int argc, char **argv)
{
    struct pause pause = {0};
    cli_parse(&RESUME_ARGP, argc, argv, &pause);
    return session_run(&pause.where, "resume", run_resume, &pause);
}
