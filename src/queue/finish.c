// SPDX-License-Identifier: MIT
//
// The ends of attempts. One script call ends a whole batch: while a call is under way, endings that
// come meanwhile gather, and leave together when its reply is there. A lone ending waits for
// nobody; a busy worker sends few calls. All claims of a batch are made at once and shared out in
// the order of the endings.
#include "call.h"
#include "job_record.h"

#include "base/mem.h"

#include <string.h>

struct ending_wait {
    unsigned claim_max;
    queue_finish_cb callback;
    void *context;
};

struct finish_batch {
    struct finish_batch *next; // waits behind this one
    struct script_input input; // until it is sent
    struct ending_wait waits[QUEUE_BATCH_MAX];
    size_t count;
    unsigned claim_max; // of all
};

static void send_next(struct queue *queue);

static struct finish_batch *batch_create(const struct queue *queue)
{
    struct finish_batch *batch = mem_alloc(1, sizeof(*batch));
    script_input_init(&batch->input, queue);
    return batch;
}

// The waiting batch that has room, made when there is none.
static struct finish_batch *batch_with_room(struct queue *queue, unsigned claim_max)
{
    struct finish_batch **link = &queue->finish_waiting;
    while (*link != NULL && ((*link)->count == QUEUE_BATCH_MAX ||
                             (*link)->claim_max + claim_max > QUEUE_BATCH_MAX)) {
        link = &(*link)->next;
    }
    if (*link == NULL) {
        *link = batch_create(queue);
    }
    return *link;
}

static const char *outcome_text(enum queue_outcome outcome)
{
    switch (outcome) {
    case QUEUE_COMPLETE:
        return "complete";
    case QUEUE_FAILED:
        return "failed";
    case QUEUE_RETRY:
        return "retry";
    case QUEUE_HAND_BACK:
        return "hand_back";
    case QUEUE_CANCEL:
        return "cancelled";
    }
    return "";
}

// Texts of an ending come from upstream services: cut at the limit, at the start of a UTF-8
// character, and without what would break a line.
static void add_text(struct arguments *args, const char *text)
{
    char copy[QUEUE_TEXT_BYTES];
    if (!text_copy(copy, sizeof(copy), text == NULL ? "" : text)) {
        size_t len = strlen(copy);
        size_t good = len;
        if (!text_is_utf8(copy, len, &good) && len - good < 4) {
            copy[good] = '\0';
        }
    }
    for (char *c = copy; *c != '\0'; c++) {
        if ((unsigned char)*c < ' ' || *c == '\x7f') {
            *c = ' ';
        }
    }
    arguments_add(args, copy);
}

static const char *class_text(enum queue_retry_class class)
{
    switch (class) {
    case QUEUE_RETRY_TRANSIENT:
        return "transient";
    case QUEUE_RETRY_THROTTLED:
        return "throttled";
    case QUEUE_RETRY_WAITING:
        return "waiting";
    }
    return "";
}

static void add_cause(struct arguments *args, const struct queue_ending *ending)
{
    add_text(args, ending->code);
    add_text(args, ending->message);
    add_text(args, ending->upstream_code);
    add_text(args, ending->upstream_request_id);
}

// What finish.lua wants to know of this outcome alone.
static void add_outcome(struct arguments *args, const struct queue_ending *ending)
{
    switch (ending->outcome) {
    case QUEUE_COMPLETE:
        add_text(args, ending->location);
        add_text(args, ending->summary);
        return;
    case QUEUE_FAILED:
        add_cause(args, ending);
        return;
    case QUEUE_RETRY:
        add_cause(args, ending);
        arguments_add_number(args, ending->delay_ms);
        arguments_add(args, class_text(ending->retry_class));
        arguments_add_unsigned(args, ending->attempts_max);
        return;
    case QUEUE_HAND_BACK:
    case QUEUE_CANCEL:
        return;
    }
}

static void batch_add(const struct queue *queue, struct finish_batch *batch,
                      const struct queue_ending *ending)
{
    const struct queue_job *job = ending->job;
    keys_add_of_account(&queue->keys, &batch->input.keys, "report", job->account_id, job->pack_id);
    keys_add(&queue->keys, &batch->input.keys, "history", job->report_id);
    keys_add_of_account(&queue->keys, &batch->input.keys, "token", job->account_id,
                        job->token_digest);
    if (ending->outcome == QUEUE_RETRY) {
        keys_add(&queue->keys, &batch->input.keys, "dead", job->report_id);
    }
    arguments_add(&batch->input.args, job->report_id);
    arguments_add_unsigned(&batch->input.args, job->fence);
    arguments_add(&batch->input.args, outcome_text(ending->outcome));
    add_text(&batch->input.args, ending->step);
    add_outcome(&batch->input.args, ending);
}

static void add_settings(const struct queue *queue, struct finish_batch *batch)
{
    const struct queue_config *config = &queue->config;
    arguments_add(&batch->input.args, config->worker_id);
    arguments_add_number(&batch->input.args, config->lease_ms);
    arguments_add_unsigned(&batch->input.args, batch->claim_max);
    arguments_add_unsigned(&batch->input.args, config->events_max);
    arguments_add_number(&batch->input.args, config->token_ttl_ms);
    arguments_add_number(&batch->input.args, config->history_ttl_ms);
    arguments_add_unsigned(&batch->input.args, config->dead_max);
    arguments_add_unsigned(&batch->input.args, config->account_weight);
}

static bool read_result(const struct redis_reply *reply, enum queue_finished *result_out)
{
    static const char *const names[] = {[QUEUE_FINISHED] = "finished",
                                        [QUEUE_FINISHED_DEAD] = "dead",
                                        [QUEUE_FINISHED_CANCELLED] = "cancelled",
                                        [QUEUE_REFUSED] = "refused"};
    size_t index;
    if (!queue_word_read(reply, names, ARRAY_LEN(names), &index)) {
        return false;
    }
    *result_out = (enum queue_finished)index;
    return true;
}

static enum err_kind read_results(const struct redis_reply *reply, size_t count,
                                  enum queue_finished *results, struct err *err)
{
    const struct redis_reply *list = redis_reply_at(reply, 0);
    for (size_t i = 0; i < count; i++) {
        if (!read_result(redis_reply_at(list, i), &results[i])) {
            return err_set(err, ERR_INTERNAL, "finish: a reply of an unknown shape");
        }
    }
    return ERR_OK;
}

static void deliver(const struct finish_batch *batch, const enum queue_finished *results,
                    const struct queue_job *jobs, size_t job_count)
{
    size_t shared = 0;
    for (size_t i = 0; i < batch->count; i++) {
        const struct ending_wait *wait = &batch->waits[i];
        size_t left = job_count - shared;
        size_t share = left < wait->claim_max ? left : wait->claim_max;
        wait->callback(wait->context, results[i], jobs + shared, share, NULL);
        shared += share;
    }
    ENSURE(shared == job_count);
}

static void deliver_error(const struct finish_batch *batch, const struct err *err)
{
    for (size_t i = 0; i < batch->count; i++) {
        batch->waits[i].callback(batch->waits[i].context, QUEUE_REFUSED, NULL, 0, err);
    }
}

static void on_finished(struct queue_call *call, const struct redis_reply *reply,
                        const struct err *err)
{
    struct queue *queue = call->queue;
    struct finish_batch *batch = queue->finishing;
    enum queue_finished results[QUEUE_BATCH_MAX] = {QUEUE_FINISHED};
    struct queue_job *jobs = NULL;
    size_t job_count = 0;
    struct err failure = ERR_INIT;
    if (err == NULL && read_results(reply, batch->count, results, &failure) != ERR_OK) {
        err = &failure;
    }
    // Still "under way" during the callbacks, so that endings which they cause leave together.
    if (err == NULL) {
        queue_wait_for_replicas(queue);
        jobs = job_record_read_claims(queue, redis_reply_at(reply, 1), &job_count);
        deliver(batch, results, jobs, job_count);
    } else {
        deliver_error(batch, err);
    }
    mem_free(&jobs);
    mem_free(&queue->finishing);
    send_next(queue);
}

static void send_next(struct queue *queue)
{
    struct finish_batch *batch = queue->finish_waiting;
    if (batch == NULL || queue->finishing != NULL) {
        return;
    }
    queue->finish_waiting = batch->next;
    queue->finishing = batch;
    struct queue_call *call = mem_alloc(1, sizeof(*call));
    *call = (struct queue_call){.queue = queue, .on_reply = on_finished};
    add_settings(queue, batch);
    queue_call_script(call, &queue->finish, &batch->input);
}

void queue_finish(struct queue *queue, const struct queue_ending *ending, unsigned claim_max,
                  queue_finish_cb callback, void *context)
{
    if (claim_max > QUEUE_BATCH_MAX) {
        claim_max = QUEUE_BATCH_MAX;
    }
    struct finish_batch *batch = batch_with_room(queue, claim_max);
    batch_add(queue, batch, ending);
    batch->claim_max += claim_max;
    batch->waits[batch->count++] =
        (struct ending_wait){.claim_max = claim_max, .callback = callback, .context = context};
    send_next(queue);
}
