// SPDX-License-Identifier: MIT
//
// dead.lua and letter.lua.
#include "queue/dead.h"

#include "call.h"
#include "fields.h"

#include "base/mem.h"

// ---- a page

struct page_call {
    struct queue_call call;
    queue_dead_page_cb callback;
    void *context;
};

static void read_letter(const char *id, const struct redis_reply *fields,
                        struct queue_dead_letter *letter)
{
    (void)text_copy(letter->report_id, sizeof(letter->report_id), id);
    FIELDS_COPY(letter->account_id, fields, "account_id");
    FIELDS_COPY(letter->pack_id, fields, "pack_id");
    FIELDS_COPY(letter->code, fields, "code");
    FIELDS_COPY(letter->message, fields, "message");
    FIELDS_COPY(letter->step, fields, "step");
    letter->attempts = (unsigned)fields_number(fields, "attempts");
    letter->crashes = (unsigned)fields_number(fields, "crashes");
    letter->transient = (unsigned)fields_number(fields, "transient");
    letter->throttled = (unsigned)fields_number(fields, "throttled");
    letter->accepted_at_ms = fields_number(fields, "accepted_at");
    letter->died_at_ms = fields_number(fields, "died_at");
}

static void on_page(struct queue_call *call, const struct redis_reply *reply, const struct err *err)
{
    struct page_call *list = container_of(call, struct page_call, call);
    if (err != NULL) {
        list->callback(list->context, NULL, err);
        return;
    }
    struct queue_dead_page *page = mem_alloc(1, sizeof(*page));
    page->total = (uint64_t)redis_reply_number(redis_reply_at(reply, 0), 0);
    size_t parts = redis_reply_count(reply);
    for (size_t i = 1; i + 1 < parts && page->count < QUEUE_DEAD_PAGE_MAX; i += 2) {
        read_letter(queue_reply_text(redis_reply_at(reply, i)), redis_reply_at(reply, i + 1),
                    &page->letters[page->count++]);
    }
    list->callback(list->context, page, NULL);
    mem_free(&page);
}

void queue_list_dead(struct queue *queue, uint64_t skip, queue_dead_page_cb callback, void *context)
{
    struct page_call *list = mem_alloc(1, sizeof(*list));
    *list = (struct page_call){
        .call = {.queue = queue, .on_reply = on_page}, .callback = callback, .context = context};
    struct script_input input;
    script_input_init(&input, queue);
    arguments_add_unsigned(&input.args, skip);
    arguments_add_unsigned(&input.args, QUEUE_DEAD_PAGE_MAX);
    queue_call_script(&list->call, &queue->dead, &input);
}

// ---- one letter

void queue_get_dead(struct queue *queue, const char *report_id, queue_pairs_cb callback,
                    void *context)
{
    fields_get_all(queue, "dead", report_id, callback, context);
}

// ---- retry and drop

struct settle_call {
    struct queue_call call;
    queue_dead_cb callback;
    void *context;
};

static enum err_kind read_result(const struct redis_reply *reply,
                                 struct queue_dead_result *result_out, struct err *err)
{
    static const char *const names[] = {[QUEUE_DEAD_RETRIED] = "retried",
                                        [QUEUE_DEAD_DROPPED] = "dropped",
                                        [QUEUE_DEAD_NONE] = "none",
                                        [QUEUE_DEAD_BUSY] = "busy",
                                        [QUEUE_DEAD_UNREADABLE] = "unreadable"};
    enum { AT_WHAT, AT_ACCOUNT, AT_PACK, AT_DETAIL };
    size_t what;
    if (!queue_word_read(redis_reply_at(reply, AT_WHAT), names, ARRAY_LEN(names), &what)) {
        return err_set(err, ERR_INTERNAL, "letter: a reply of an unknown shape");
    }
    struct queue_dead_result result = {.end = (enum queue_dead_end)what};
    (void)text_copy(result.account_id, sizeof(result.account_id),
                    queue_reply_text(redis_reply_at(reply, AT_ACCOUNT)));
    (void)text_copy(result.pack_id, sizeof(result.pack_id),
                    queue_reply_text(redis_reply_at(reply, AT_PACK)));
    (void)text_copy(result.busy_with, sizeof(result.busy_with),
                    queue_reply_text(redis_reply_at(reply, AT_DETAIL)));
    *result_out = result;
    return ERR_OK;
}

static void on_settled(struct queue_call *call, const struct redis_reply *reply,
                       const struct err *err)
{
    struct settle_call *settle = container_of(call, struct settle_call, call);
    struct queue_dead_result result;
    struct err failure = ERR_INIT;
    if (err == NULL && read_result(reply, &result, &failure) != ERR_OK) {
        err = &failure;
    }
    settle->callback(settle->context, err == NULL ? &result : NULL, err);
}

void queue_settle_dead(struct queue *queue, const char *report_id, enum queue_dead_action action,
                       queue_dead_cb callback, void *context)
{
    struct settle_call *settle = mem_alloc(1, sizeof(*settle));
    *settle = (struct settle_call){
        .call = {.queue = queue, .on_reply = on_settled}, .callback = callback, .context = context};
    struct script_input input;
    script_input_init(&input, queue);
    keys_add(&queue->keys, &input.keys, "dead", report_id);
    arguments_add(&input.args, action == QUEUE_DEAD_RETRY ? "retry" : "drop");
    arguments_add(&input.args, report_id);
    arguments_add_unsigned(&input.args, queue->config.events_max);
    arguments_add_unsigned(&input.args, queue->config.account_weight);
    queue_call_script(&settle->call, &queue->letter, &input);
}
