// SPDX-License-Identifier: MIT
//
// Calls of the queue that wait for their answer.
#include "session.h"

#include "base/clock.h"
#include "queue/control.h"
#include "queue/dead.h"
#include "queue/intake.h"
#include "queue/partition.h"

#include <jansson.h>

// While a slot of a cluster is on its way, or its master has gone, nothing is done and it is worth
// waiting; a single server that is away is waited for when the session opens.
enum { MOVE_PATIENCE_MS = 10000, MOVE_INTERVAL_MS = 100 };

struct call {
    bool done;
    struct err err;
    void *out;
    session_record_cb on_record;
    void *context;
};

static enum err_kind finish_call(struct session *session, struct call *call, struct err *err)
{
    session_await(session, &call->done);
    if (call->err.kind != ERR_OK) {
        *err = call->err;
    }
    return call->err.kind;
}

static bool may_come_again(struct session *session, int64_t begin_ms, const struct err *err)
{
    bool is_worth_it = session_is_on_cluster(session) && err->kind == ERR_UNAVAILABLE &&
                       clock_monotonic_ms() - begin_ms < MOVE_PATIENCE_MS;
    if (is_worth_it) {
        session_pause(session, MOVE_INTERVAL_MS);
    }
    return is_worth_it;
}

static void end_call(struct call *call, const struct err *err)
{
    call->done = true;
    if (err != NULL) {
        call->err = *err;
    }
}

static void on_submitted(void *context, const char *entry_id, const struct err *err)
{
    struct call *call = context;
    if (err == NULL) {
        (void)text_copy(call->out, QUEUE_ENTRY_ID_BYTES, entry_id);
    }
    end_call(call, err);
}

enum err_kind session_submit(struct session *session, const struct request *request,
                             char entry_id_out[QUEUE_ENTRY_ID_BYTES], struct err *err)
{
    int64_t begin_ms = clock_monotonic_ms();
    enum err_kind kind;
    do {
        struct call call = {.out = entry_id_out};
        queue_submit(session_queue_of(session, request->account_id), request, on_submitted, &call);
        kind = finish_call(session, &call, err);
    } while (kind != ERR_OK && may_come_again(session, begin_ms, err));
    return kind;
}

static void on_answer(void *context, const struct queue_answer_record *record,
                      const struct err *err)
{
    struct call *call = context;
    if (err == NULL) {
        *(struct queue_answer_record *)call->out = *record;
    }
    end_call(call, err);
}

enum err_kind session_answer(struct session *session, const char *account_id,
                             const char *request_id, struct queue_answer_record *record_out,
                             struct err *err)
{
    int64_t begin_ms = clock_monotonic_ms();
    enum err_kind kind;
    do {
        struct call call = {.out = record_out};
        queue_get_answer(session_queue_of(session, account_id), request_id, on_answer, &call);
        kind = finish_call(session, &call, err);
    } while (kind != ERR_OK && may_come_again(session, begin_ms, err));
    return kind;
}

enum err_kind session_find_answer(struct session *session, const char *request_id,
                                  struct queue_answer_record *record_out, struct err *err)
{
    enum err_kind kind = ERR_OK;
    *record_out = (struct queue_answer_record){.found = false};
    for (unsigned i = 0; i < session_partitions(session) && kind == ERR_OK && !record_out->found;
         i++) {
        struct call call = {.out = record_out};
        queue_get_answer(session_queue(session, i), request_id, on_answer, &call);
        kind = finish_call(session, &call, err);
    }
    return kind;
}

static void on_report(void *context, const struct queue_report_record *record,
                      const struct err *err)
{
    struct call *call = context;
    if (err == NULL) {
        *(struct queue_report_record *)call->out = *record;
    }
    end_call(call, err);
}

enum err_kind session_report(struct session *session, const char *account_id, const char *pack_id,
                             struct queue_report_record *record_out, struct err *err)
{
    int64_t begin_ms = clock_monotonic_ms();
    enum err_kind kind;
    do {
        struct call call = {.out = record_out};
        queue_get_report(session_queue_of(session, account_id), account_id, pack_id, on_report,
                         &call);
        kind = finish_call(session, &call, err);
    } while (kind != ERR_OK && may_come_again(session, begin_ms, err));
    return kind;
}

static void on_listed(void *context, const struct queue_report_record *record,
                      const struct err *err)
{
    struct call *call = context;
    if (err == NULL && record != NULL) {
        call->on_record(call->context, record);
        return;
    }
    end_call(call, err);
}

enum err_kind session_list(struct session *session, const char *account_id_or_null,
                           session_record_cb on_record, void *context, struct err *err)
{
    enum err_kind kind = ERR_OK;
    for (unsigned i = 0; i < session_partitions(session) && kind == ERR_OK; i++) {
        bool is_asked = account_id_or_null == NULL ||
                        queue_partition_of(account_id_or_null, session_partitions(session)) == i;
        if (is_asked) {
            struct call call = {.on_record = on_record, .context = context};
            queue_list_reports(session_queue(session, i), account_id_or_null, on_listed, &call);
            kind = finish_call(session, &call, err);
        }
    }
    return kind;
}

static void on_pairs(void *context, const struct queue_pair *pairs, size_t count,
                     const struct err *err)
{
    struct call *call = context;
    json_t *object = json_object();
    for (size_t i = 0; err == NULL && i < count; i++) {
        (void)json_object_set_new(object, pairs[i].name, json_string(pairs[i].value));
    }
    *(json_t **)call->out = object;
    end_call(call, err);
}

static enum err_kind finish_pairs(struct session *session, struct call *call, json_t **object,
                                  struct json_t **object_out, struct err *err)
{
    if (finish_call(session, call, err) != ERR_OK) {
        json_decref(*object);
        return err->kind;
    }
    *object_out = *object;
    return ERR_OK;
}

enum err_kind session_history(struct session *session, const char *account_id,
                              const char *report_id, struct json_t **object_out, struct err *err)
{
    json_t *object = NULL;
    struct call call = {.out = &object};
    queue_get_history(session_queue_of(session, account_id), report_id, on_pairs, &call);
    return finish_pairs(session, &call, &object, object_out, err);
}

enum err_kind session_dead_letter(struct session *session, const char *report_id,
                                  struct json_t **object_out, struct err *err)
{
    json_t *object = NULL;
    for (unsigned i = 0; i < session_partitions(session) && json_object_size(object) == 0; i++) {
        json_decref(object);
        object = NULL;
        struct call call = {.out = &object};
        queue_get_dead(session_queue(session, i), report_id, on_pairs, &call);
        if (finish_pairs(session, &call, &object, &object, err) != ERR_OK) {
            return err->kind;
        }
    }
    *object_out = object;
    return ERR_OK;
}

static void on_workers(void *context, const struct queue_worker_list *list, const struct err *err)
{
    struct call *call = context;
    if (err == NULL) {
        *(struct queue_worker_list *)call->out = *list;
    }
    end_call(call, err);
}

enum err_kind session_workers(struct session *session, struct queue_worker_list *list_out,
                              struct err *err)
{
    struct call call = {.out = list_out};
    queue_list_workers(session_queue(session, 0), on_workers, &call);
    return finish_call(session, &call, err);
}
