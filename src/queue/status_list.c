// SPDX-License-Identifier: MIT
//
// The list of all reports: steps of SCAN, and the reports of each step one after another, so that
// neither Redis nor we ever hold more than a step.
#include "call.h"
#include "queue/status.h"

#include "base/mem.h"

#include <string.h>

struct list {
    struct queue *queue;
    char pattern[KEY_BYTES];
    size_t name_at; // where "<account>:<pack>" begins in a key
    char cursor[QUEUE_CURSOR_BYTES];
    bool is_last; // of the steps
    char **names; // of this step
    size_t count;
    size_t next;
    queue_report_cb callback;
    void *context;
};

struct scan_call {
    struct queue_call call;
    struct list *list;
};

static void list_step(struct list *list);

static void forget_names(struct list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        mem_free(&list->names[i]);
    }
    mem_free(&list->names);
    list->count = 0;
    list->next = 0;
}

static void list_end(struct list *list, const struct err *err)
{
    list->callback(list->context, NULL, err);
    forget_names(list);
    mem_free(&list);
}

static void on_listed(void *context, const struct queue_report_record *record,
                      const struct err *err)
{
    struct list *list = context;
    if (err != NULL) {
        list_end(list, err);
        return;
    }
    if (record->status != REPORT_NONE) { // NONE: it went between the scan and now
        list->callback(list->context, record, NULL);
    }
    list_step(list);
}

static void on_scanned(struct queue_call *call, const struct redis_reply *reply,
                       const struct err *err)
{
    struct scan_call *scan = container_of(call, struct scan_call, call);
    struct list *list = scan->list;
    if (err != NULL) {
        list_end(list, err);
        return;
    }
    const struct redis_reply *keys = redis_reply_at(reply, 1);
    forget_names(list);
    list->count = redis_reply_count(keys);
    list->names = mem_alloc(list->count + 1, sizeof(*list->names));
    for (size_t i = 0; i < list->count; i++) {
        size_t len;
        const char *key = redis_reply_text(redis_reply_at(keys, i), &len);
        list->names[i] = mem_text(len > list->name_at ? key + list->name_at : "");
    }
    list->is_last = queue_cursor_read(redis_reply_at(reply, 0), list->cursor);
    list_step(list);
}

static void send_scan(struct list *list)
{
    struct scan_call *scan = mem_alloc(1, sizeof(*scan));
    *scan =
        (struct scan_call){.call = {.queue = list->queue, .on_reply = on_scanned}, .list = list};
    queue_call_scan(&scan->call, list->cursor, list->pattern);
}

// The next report of this step, or the next step, or the end.
static void list_step(struct list *list)
{
    while (list->next < list->count) {
        char *name = list->names[list->next++];
        char *colon = strchr(name, ':');
        if (colon != NULL) {
            *colon = '\0';
            queue_get_report(list->queue, name, colon + 1, on_listed, list);
            return;
        }
    }
    if (list->is_last) {
        list_end(list, NULL);
        return;
    }
    send_scan(list);
}

void queue_list_reports(struct queue *queue, const char *account_id_or_null,
                        queue_report_cb callback, void *context)
{
    struct list *list = mem_alloc(1, sizeof(*list));
    *list = (struct list){.queue = queue, .cursor = "0", .callback = callback, .context = context};
    keys_name(&queue->keys, "report", "", list->pattern);
    list->name_at = strlen(list->pattern);
    if (account_id_or_null != NULL) {
        keys_name_of_account(&queue->keys, "report", account_id_or_null, "", list->pattern);
    }
    size_t len = strlen(list->pattern);
    REQUIRE(len + 2 <= sizeof(list->pattern));
    list->pattern[len] = '*';
    list->pattern[len + 1] = '\0';
    send_scan(list);
}
