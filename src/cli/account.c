// SPDX-License-Identifier: MIT
//
// `packreport account`: who waits with how much, whose turn comes how often, and who may ask how often.
#include "queue/account.h"

#include "base/mem.h"
#include "base/text.h"
#include "cli.h"
#include "domain/request.h"
#include "domain/suggest.h"
#include "session.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_WEIGHT = 'w', KEY_CAP = 'c', KEY_RATE = 'r', KEY_BURST = 'b', VALUE_BYTES = 24 };

struct account {
    struct session_options where;
    const char *action; // NULL until it has been parsed
    const char *id;     // NULL: none was given
    struct queue_account_change change;
};

static const char *const ACTIONS[] = {"list", "show", "set", "unset"};

static const struct argp_option OPTIONS[] = {
    {"weight", KEY_WEIGHT, "N", 0,
     "set: the share of the account while others wait, 1 to 100; or default", 0},
    {"cap", KEY_CAP, "N", 0,
     "set: the most unfinished reports that it may have, 1 to 10000000; or none, or default", 0},
    {"rate", KEY_RATE, "N", 0,
     "set: the requests a minute that it may send over HTTP, 1 to 600000; or none, or default", 0},
    {"burst", KEY_BURST, "N", 0, "set: how many of these may come at once, 1 to 10000; or default",
     0},
    {0},
};

static bool is_action(const struct account *account, const char *name)
{
    return account->action != NULL && strcmp(account->action, name) == 0;
}

static void take_argument(struct account *account, const char *value,
                          const struct argp_state *state)
{
    if (account->action != NULL) {
        if (account->id != NULL) {
            argp_error(state, "one AccountId at a time, not \"%.40s\" as well", value);
        } else if (!request_account_is_valid(span_of(value))) {
            argp_error(state, "an AccountId is 1 to 19 digits, not \"%.40s\"", value);
        }
        account->id = value;
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(ACTIONS); i++) {
        if (strcmp(value, ACTIONS[i]) == 0) {
            account->action = ACTIONS[i];
            return;
        }
    }
    const char *near = suggest_nearest(value, ACTIONS, ARRAY_LEN(ACTIONS));
    argp_error(state, "\"%.40s\" is none of list, show, set, unset%s%s%s", value,
               near == NULL ? "" : "; did you mean \"", near == NULL ? "" : near,
               near == NULL ? "" : "\"?");
}

static struct queue_account_change change_all_to(int64_t value)
{
    return (struct queue_account_change){
        .weight = value, .cap = value, .rate = value, .burst = value};
}

static void check(const struct account *account, const struct argp_state *state)
{
    const struct queue_account_change *asked = &account->change;
    bool has_change = asked->weight != QUEUE_ACCOUNT_KEEP || asked->cap != QUEUE_ACCOUNT_KEEP ||
                      asked->rate != QUEUE_ACCOUNT_KEEP || asked->burst != QUEUE_ACCOUNT_KEEP;
    bool is_set = is_action(account, "set");
    if (account->action == NULL) {
        argp_error(state, "say what: list, show, set or unset");
    } else if (is_action(account, "list") != (account->id == NULL)) {
        argp_error(state, account->id == NULL ? "%s takes an AccountId" : "%s takes no AccountId",
                   account->action);
    } else if (has_change != is_set) {
        argp_error(state, is_set ? "set takes one or more of --weight, --cap, --rate, --burst"
                                 : "--weight, --cap, --rate and --burst go with set");
    }
}

static int64_t parse_value(const char *name, const char *value, int64_t maximum,
                           const struct argp_state *state)
{
    if (strcmp(value, "default") == 0) {
        return QUEUE_ACCOUNT_DEFAULT;
    }
    int64_t number = 0;
    cli_parse_number(name, value, 1, maximum, &number, state);
    return number;
}

static int64_t parse_limit(const char *name, const char *value, int64_t maximum,
                           const struct argp_state *state)
{
    return strcmp(value, "none") == 0 ? 0 : parse_value(name, value, maximum, state);
}

static error_t parse_option(int key, char *value, struct argp_state *state)
{
    struct account *account = state->input;
    switch (key) {
    case KEY_WEIGHT:
        account->change.weight = parse_value("weight", value, QUEUE_WEIGHT_MAX, state);
        return 0;
    case KEY_CAP:
        account->change.cap = parse_limit("cap", value, QUEUE_CAP_MAX, state);
        return 0;
    case KEY_RATE:
        account->change.rate = parse_limit("rate", value, QUEUE_RATE_MAX, state);
        return 0;
    case KEY_BURST:
        account->change.burst = parse_value("burst", value, QUEUE_BURST_MAX, state);
        return 0;
    case ARGP_KEY_ARG:
        take_argument(account, value, state);
        return 0;
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &account->where;
        return 0;
    case ARGP_KEY_END:
        check(account, state);
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
    .args_doc = "list\nshow ACCOUNT\nset ACCOUNT\nunset ACCOUNT",
    .doc =
        "Accounts: how many reports each has unfinished, its weight, its cap and its rate. While "
        "several accounts wait, each is served in proportion to its weight. A request of an "
        "account that has as many unfinished reports as its cap, or that sent more requests "
        "over HTTP than rate and burst allow, is answered Throttling.User. What is set holds "
        "for all daemons at once: cap, rate and burst from the next request on, the weight for "
        "reports that are asked for from then on. unset goes back to the daemons' settings "
        "([queue] account_weight and account_cap, [api] account_rate and account_burst).\v"
        "Examples:\n"
        "  packreport account list\n"
        "  packreport account set 100000000000001 --weight 3 --cap 500\n"
        "  packreport account set 100000000000001 --cap none\n"
        "  packreport account set 100000000000001 --rate 60 --burst 10\n"
        "  packreport account show 100000000000001 --json\n"
        "  packreport account unset 100000000000001\n\n"
        "Exit status 0: done.",
};

// ---- what is shown

// "3", "none", "default"
static const char *value_text(int64_t value, char out[VALUE_BYTES])
{
    if (value == QUEUE_ACCOUNT_DEFAULT || value == 0) {
        return value == 0 ? "none" : "default";
    }
    (void)snprintf(out, VALUE_BYTES, "%" PRId64, value);
    return out;
}

// A member that is not there: the default. Cap or rate 0: none.
static json_t *account_json(const struct queue_account *account)
{
    json_t *object = json_pack("{s:s,s:I}", "AccountId", account->account_id, "unfinished",
                               (json_int_t)account->unfinished);
    if (account->weight != QUEUE_ACCOUNT_DEFAULT) {
        (void)json_object_set_new(object, "weight", json_integer(account->weight));
    }
    if (account->cap != QUEUE_ACCOUNT_DEFAULT) {
        (void)json_object_set_new(object, "cap", json_integer(account->cap));
    }
    if (account->rate != QUEUE_ACCOUNT_DEFAULT) {
        (void)json_object_set_new(object, "rate", json_integer(account->rate));
    }
    if (account->burst != QUEUE_ACCOUNT_DEFAULT) {
        (void)json_object_set_new(object, "burst", json_integer(account->burst));
    }
    return object;
}

static void print_row(const struct queue_account *account)
{
    char weight[VALUE_BYTES];
    char cap[VALUE_BYTES];
    char rate[VALUE_BYTES];
    char burst[VALUE_BYTES];
    (void)printf("%-19s  %10" PRIu64 "  %7s  %8s  %7s  %7s\n", account->account_id,
                 account->unfinished, value_text(account->weight, weight),
                 value_text(account->cap, cap), value_text(account->rate, rate),
                 value_text(account->burst, burst));
}

static void print_head(void)
{
    (void)printf("%-19s  %10s  %7s  %8s  %7s  %7s\n", "ACCOUNT", "UNFINISHED", "WEIGHT", "CAP",
                 "RATE", "BURST");
}

// ---- list: a walk may give an account twice, and Redis goes on meanwhile

struct row {
    struct queue_account account;
    size_t number; // in the order in which they came
};

struct list_wait {
    bool done;
    struct err err;
    struct row *rows;
    size_t count;
    size_t capacity;
};

static void on_listed(void *context, const struct queue_account *account, const struct err *err)
{
    struct list_wait *wait = context;
    if (account == NULL) {
        wait->done = true;
        wait->err = err == NULL ? ERR_INIT : *err;
        return;
    }
    wait->rows = mem_grow(wait->rows, &wait->capacity, wait->count + 1, sizeof(*wait->rows));
    wait->rows[wait->count] = (struct row){.account = *account, .number = wait->count};
    wait->count++;
}

// By the number that the account is.
static int compare_ids(const char *left, const char *right)
{
    size_t left_len = strlen(left);
    size_t right_len = strlen(right);
    return left_len != right_len ? (left_len < right_len ? -1 : 1) : strcmp(left, right);
}

// What is known of one account stands together, the newest first.
static int by_account(const void *left, const void *right)
{
    const struct row *a = left;
    const struct row *b = right;
    int ids = compare_ids(a->account.account_id, b->account.account_id);
    return ids != 0 ? ids : a->number < b->number ? 1 : -1;
}

static int by_unfinished(const void *left, const void *right)
{
    const struct queue_account *a = &((const struct row *)left)->account;
    const struct queue_account *b = &((const struct row *)right)->account;
    return a->unfinished != b->unfinished ? (a->unfinished < b->unfinished ? 1 : -1)
                                          : compare_ids(a->account_id, b->account_id);
}

// Each account once, the one with most unfinished reports first.
static void order(struct list_wait *list)
{
    size_t kept = 0;
    qsort(list->rows, list->count, sizeof(*list->rows), by_account);
    for (size_t i = 0; i < list->count; i++) {
        const char *id = list->rows[i].account.account_id;
        if (kept == 0 || strcmp(list->rows[kept - 1].account.account_id, id) != 0) {
            list->rows[kept++] = list->rows[i];
        }
    }
    list->count = kept;
    qsort(list->rows, list->count, sizeof(*list->rows), by_unfinished);
}

static void print_list(const struct list_wait *list)
{
    if (list->count == 0) {
        (void)fprintf(stderr, "no account has unfinished reports or values of its own\n");
        return;
    }
    print_head();
    for (size_t i = 0; i < list->count; i++) {
        print_row(&list->rows[i].account);
    }
}

static json_t *list_json(const struct list_wait *list)
{
    json_t *array = json_array();
    for (size_t i = 0; i < list->count; i++) {
        (void)json_array_append_new(array, account_json(&list->rows[i].account));
    }
    return array;
}

static int list(const struct account *account, struct session *session)
{
    struct list_wait wait = {.done = false};
    for (unsigned i = 0; i < session_partitions(session) && wait.err.kind == ERR_OK; i++) {
        wait.done = false;
        queue_list_accounts(session_queue(session, i), on_listed, &wait);
        session_await(session, &wait.done);
    }
    int status = CLI_OK;
    if (wait.err.kind != ERR_OK) {
        status = cli_fail("account", &wait.err);
    } else if (wait.count > 0) {
        order(&wait);
    }
    if (wait.err.kind == ERR_OK && account->where.json) {
        cli_print_json(list_json(&wait));
    } else if (wait.err.kind == ERR_OK) {
        print_list(&wait);
    }
    mem_free(&wait.rows);
    return status;
}

// ---- show, set and unset

struct change_wait {
    bool done;
    struct err err;
    struct queue_account account;
};

static void on_changed(void *context, const struct queue_account *account, const struct err *err)
{
    struct change_wait *wait = context;
    wait->done = true;
    if (err != NULL) {
        wait->err = *err;
    } else {
        wait->account = *account;
    }
}

static int change(const struct account *account, struct session *session)
{
    struct change_wait wait = {.done = false};
    queue_change_account(session_queue_of(session, account->id), account->id, &account->change,
                         on_changed, &wait);
    session_await(session, &wait.done);
    if (wait.err.kind != ERR_OK) {
        return cli_fail("account", &wait.err);
    }
    if (account->where.json) {
        cli_print_json(account_json(&wait.account));
    } else {
        print_head();
        print_row(&wait.account);
    }
    return CLI_OK;
}

static int run(void *context, struct session *session)
{
    const struct account *account = context;
    return is_action(account, "list") ? list(account, session) : change(account, session);
}

int cli_account(int argc, char **argv)
{
    struct account account = {.change = change_all_to(QUEUE_ACCOUNT_KEEP)};
    cli_parse(&ARGP, argc, argv, &account);
    if (is_action(&account, "unset")) {
        account.change = change_all_to(QUEUE_ACCOUNT_DEFAULT);
    }
    return session_run(&account.where, "account", run, &account);
}
