// SPDX-License-Identifier: MIT
#include "queue/status.h"

#include "call.h"
#include "fields.h"
#include "history_record.h"
#include "job_record.h"
#include "report_record.h"

#include "base/mem.h"

#include <string.h>

// ---- answers

struct answer_call {
    struct queue_call call;
    queue_answer_cb callback;
    void *context;
};

static void on_answer(struct queue_call *call, const struct redis_reply *reply,
                      const struct err *err)
{
    struct answer_call *get = container_of(call, struct answer_call, call);
    if (err != NULL) {
        get->callback(get->context, NULL, err);
        return;
    }
    struct queue_answer_record record = {.found = redis_reply_count(reply) > 0};
    if (record.found && !answer_code_parse(fields_text(reply, "Code"), &record.answer.code)) {
        struct err failure = ERR_INIT;
        err_set(&failure, ERR_CORRUPT, "the stored answer has the unknown code \"%s\"",
                fields_text(reply, "Code"));
        get->callback(get->context, NULL, &failure);
        return;
    }
    record.answer.replayed = strcmp(fields_text(reply, "Replayed"), "1") == 0;
    FIELDS_COPY(record.answer.request_id, reply, "RequestId");
    FIELDS_COPY(record.answer.report_id, reply, "ReportId");
    FIELDS_COPY(record.answer.message, reply, "Message");
    FIELDS_COPY(record.account_id, reply, "AccountId");
    FIELDS_COPY(record.pack_id, reply, "CompliancePackId");
    FIELDS_COPY(record.fingerprint, reply, "Fingerprint");
    get->callback(get->context, &record, NULL);
}

void queue_get_answer(struct queue *queue, const char *request_id, queue_answer_cb callback,
                      void *context)
{
    struct answer_call *get = mem_alloc(1, sizeof(*get));
    *get = (struct answer_call){
        .call = {.queue = queue, .on_reply = on_answer}, .callback = callback, .context = context};
    struct arguments command;
    arguments_init(&command);
    arguments_add(&command, "HGETALL");
    keys_add(&queue->keys, &command, "answer", request_id);
    queue_call_command(&get->call, queue->connection, &command, 0);
    arguments_deinit(&command);
}

// ---- one report

static void read_job(const struct redis_reply *reply, struct queue_report_record *record)
{
    struct job_record job;
    const char *text = queue_reply_text(redis_reply_at(reply, 2));
    if (!job_record_parse(record->report_id, text, &job)) {
        return; // "": there is none
    }
    (void)text_copy(record->place, sizeof(record->place),
                    queue_reply_text(redis_reply_at(reply, 1)));
    (void)text_copy(record->step, sizeof(record->step), job.step);
    (void)text_copy(record->worker, sizeof(record->worker), job.owner);
    (void)text_copy(record->last_error, sizeof(record->last_error),
                    queue_reply_text(redis_reply_at(reply, 3)));
    record->attempts = job.job.attempts;
    record->transient = job.job.transient;
    record->throttled = job.job.throttled;
    record->waits = job.job.waits;
    record->crashes = job.job.crashes;
    record->is_cancelled = job.is_cancelled;
    record->progress_done = job.progress_done;
    record->progress_total = job.progress_total;
}

static enum err_kind read_report(const struct redis_reply *reply,
                                 struct queue_report_record *record, struct err *err)
{
    const char *report = queue_reply_text(redis_reply_at(reply, 0));
    (void)text_copy(record->paused, sizeof(record->paused),
                    queue_reply_text(redis_reply_at(reply, 4)));
    if (report[0] == '\0') {
        return ERR_OK; // NONE
    }
    if (!report_record_parse(report, record)) {
        return err_set(err, ERR_CORRUPT, "the report of pack %s cannot be read", record->pack_id);
    }
    read_job(reply, record);
    return ERR_OK;
}

struct report_call {
    struct queue_call call;
    struct queue_report_record record;
    queue_report_cb callback;
    void *context;
};

static void on_report(struct queue_call *call, const struct redis_reply *reply,
                      const struct err *err)
{
    struct report_call *get = container_of(call, struct report_call, call);
    struct err failure = ERR_INIT;
    if (err == NULL && read_report(reply, &get->record, &failure) != ERR_OK) {
        err = &failure;
    }
    get->callback(get->context, err == NULL ? &get->record : NULL, err);
}

void queue_get_report(struct queue *queue, const char *account_id, const char *pack_id,
                      queue_report_cb callback, void *context)
{
    struct report_call *get = mem_alloc(1, sizeof(*get));
    *get = (struct report_call){.call = {.queue = queue, .on_reply = on_report},
                                .record = {.status = REPORT_NONE},
                                .callback = callback,
                                .context = context};
    (void)text_copy(get->record.account_id, sizeof(get->record.account_id), account_id);
    (void)text_copy(get->record.pack_id, sizeof(get->record.pack_id), pack_id);
    struct script_input input;
    script_input_init(&input, queue);
    keys_add_of_account(&queue->keys, &input.keys, "report", account_id, pack_id);
    arguments_add(&input.args, account_id);
    arguments_add_format(&input.args, "%s:%s", account_id, pack_id);
    queue_call_script(&get->call, &queue->report, &input);
}

// ---- history

struct history_call {
    struct queue_call call;
    queue_pairs_cb callback;
    void *context;
};

static void on_history(struct queue_call *call, const struct redis_reply *reply,
                       const struct err *err)
{
    struct history_call *get = container_of(call, struct history_call, call);
    if (err != NULL) {
        get->callback(get->context, NULL, 0, err);
        return;
    }
    struct history_record record;
    history_record_init(&record, queue_reply_text(reply));
    get->callback(get->context, record.pairs, record.count, NULL);
    history_record_deinit(&record);
}

void queue_get_history(struct queue *queue, const char *report_id, queue_pairs_cb callback,
                       void *context)
{
    struct history_call *get = mem_alloc(1, sizeof(*get));
    *get = (struct history_call){
        .call = {.queue = queue, .on_reply = on_history}, .callback = callback, .context = context};
    struct arguments command;
    arguments_init(&command);
    arguments_add(&command, "GET");
    keys_add(&queue->keys, &command, "history", report_id);
    queue_call_command(&get->call, queue->connection, &command, 0);
    arguments_deinit(&command);
}
