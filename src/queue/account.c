// SPDX-License-Identifier: MIT
//
// account.lua and accounts.lua.
#include "queue/account.h"

#include "call.h"

#include "base/mem.h"

#include <string.h>

// A whole number of 0 or more; no value of its own when it is anything else.
static int64_t own_value(const char *text, size_t len)
{
    int64_t value;
    return len > 0 && text_to_int64(text, len, &value) && value >= 0 ? value
                                                                     : QUEUE_ACCOUNT_DEFAULT;
}

// The next of the values that bars part; `text` goes behind it, and stays at the end.
static int64_t take_value(const char **text)
{
    size_t len = strcspn(*text, "|");
    int64_t value = own_value(*text, len);
    *text += len + ((*text)[len] == '|' ? 1 : 0);
    return value;
}

// {account, "<weight>|<cap>|<rate>|<burst>", unfinished} from `at` on; the values may be "".
static void read_account(const struct redis_reply *reply, size_t at,
                         struct queue_account *account_out)
{
    struct queue_account account;
    (void)text_copy(account.account_id, sizeof(account.account_id),
                    queue_reply_text(redis_reply_at(reply, at)));
    const char *values = queue_reply_text(redis_reply_at(reply, at + 1));
    account.weight = take_value(&values);
    account.cap = take_value(&values);
    account.rate = take_value(&values);
    account.burst = take_value(&values);
    account.unfinished = (uint64_t)redis_reply_number(redis_reply_at(reply, at + 2), 0);
    *account_out = account;
}

enum { ACCOUNT_PARTS = 3 };

// ---- one account

struct change_call {
    struct queue_call call;
    queue_account_cb callback;
    void *context;
};

static enum err_kind read_change(const struct redis_reply *reply, struct queue_account *account_out,
                                 struct err *err)
{
    if (redis_reply_is(redis_reply_at(reply, 0), "full")) {
        return err_set(err, ERR_LIMIT,
                       "%d accounts have values of their own, and there may be no more",
                       QUEUE_ACCOUNTS_MAX);
    }
    if (redis_reply_count(reply) != ACCOUNT_PARTS + 1) {
        return err_set(err, ERR_INTERNAL, "account: a reply of an unknown shape");
    }
    read_account(reply, 1, account_out);
    return ERR_OK;
}

static void on_changed(struct queue_call *call, const struct redis_reply *reply,
                       const struct err *err)
{
    struct change_call *change = container_of(call, struct change_call, call);
    struct queue_account account;
    struct err failure = ERR_INIT;
    if (err == NULL && read_change(reply, &account, &failure) != ERR_OK) {
        err = &failure;
    }
    change->callback(change->context, err == NULL ? &account : NULL, err);
}

static void add_value(struct arguments *args, int64_t value, int64_t minimum, int64_t maximum)
{
    if (value == QUEUE_ACCOUNT_KEEP) {
        arguments_add(args, "keep");
    } else if (value == QUEUE_ACCOUNT_DEFAULT) {
        arguments_add(args, "");
    } else {
        REQUIRE(value >= minimum && value <= maximum);
        arguments_add_number(args, value);
    }
}

void queue_change_account(struct queue *queue, const char *account_id,
                          const struct queue_account_change *change, queue_account_cb callback,
                          void *context)
{
    struct change_call *call = mem_alloc(1, sizeof(*call));
    *call = (struct change_call){
        .call = {.queue = queue, .on_reply = on_changed}, .callback = callback, .context = context};
    struct script_input input;
    script_input_init(&input, queue);
    arguments_add(&input.args, account_id);
    add_value(&input.args, change->weight, 1, QUEUE_WEIGHT_MAX);
    add_value(&input.args, change->cap, 0, QUEUE_CAP_MAX);
    add_value(&input.args, change->rate, 0, QUEUE_RATE_MAX);
    add_value(&input.args, change->burst, 1, QUEUE_BURST_MAX);
    arguments_add_number(&input.args, QUEUE_ACCOUNTS_MAX);
    queue_call_script(&call->call, &queue->account, &input);
}

// ---- all of them: first those with unfinished jobs, then those with values and without jobs

struct accounts_call {
    struct queue_call call;
    const char *kind; // the key that is walked through
    char cursor[QUEUE_CURSOR_BYTES];
    queue_account_cb callback;
    void *context;
};

static void send_step(struct accounts_call *take_list);

static void on_step(struct queue_call *call, const struct redis_reply *reply, const struct err *err)
{
    struct accounts_call *list = container_of(call, struct accounts_call, call);
    if (err != NULL) {
        list->callback(list->context, NULL, err);
        return;
    }
    size_t parts = redis_reply_count(reply);
    for (size_t at = 1; at + ACCOUNT_PARTS <= parts; at += ACCOUNT_PARTS) {
        struct queue_account account;
        read_account(reply, at, &account);
        list->callback(list->context, &account, NULL);
    }
    bool is_round = queue_cursor_read(redis_reply_at(reply, 0), list->cursor);
    bool is_last = is_round && strcmp(list->kind, "accounts") == 0;
    if (is_last) {
        list->callback(list->context, NULL, NULL);
        return;
    }
    struct accounts_call *next = mem_dup(list, sizeof(*list));
    if (is_round) {
        next->kind = "accounts";
    }
    send_step(next);
}

static void send_step(struct accounts_call *take_list)
{
    struct queue *queue = take_list->call.queue;
    struct script_input input;
    script_input_init(&input, queue);
    arguments_add(&input.args, take_list->kind);
    arguments_add(&input.args, take_list->cursor);
    queue_call_script(&take_list->call, &queue->accounts, &input);
}

void queue_list_accounts(struct queue *queue, queue_account_cb callback, void *context)
{
    struct accounts_call *list = mem_alloc(1, sizeof(*list));
    *list = (struct accounts_call){.call = {.queue = queue, .on_reply = on_step},
                                   .kind = "unfinished",
                                   .cursor = "0",
                                   .callback = callback,
                                   .context = context};
    send_step(list);
}
