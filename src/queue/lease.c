// SPDX-License-Identifier: MIT
//
// Claims and the renewal of leases: claim.lua, renew.lua.
#include "call.h"
#include "job_record.h"

#include "base/mem.h"

#include <string.h>

// ---- claim

struct claim_call {
    struct queue_call call;
    bool is_alone;
    queue_claim_cb callback;
    void *context;
};

static void on_claimed(struct queue_call *call, const struct redis_reply *reply,
                       const struct err *err)
{
    struct claim_call *claim = container_of(call, struct claim_call, call);
    struct queue_job *jobs = NULL;
    size_t count = 0;
    if (err == NULL) {
        jobs = job_record_read_claims(call->queue, reply, &count);
    }
    if (claim->is_alone) { // answered, or refused: who claims next sees anew
        call->queue->is_alone_next = false;
    }
    claim->callback(claim->context, jobs, count, err);
    mem_free(&jobs);
}

static void send_claim(struct claim_call *claim, unsigned max)
{
    struct queue *queue = claim->call.queue;
    struct script_input input;
    script_input_init(&input, queue);
    arguments_add(&input.args, queue->config.worker_id);
    arguments_add_number(&input.args, queue->config.lease_ms);
    arguments_add_unsigned(&input.args, max < QUEUE_BATCH_MAX ? max : QUEUE_BATCH_MAX);
    arguments_add_number(&input.args, queue->config.token_ttl_ms);
    arguments_add_number(&input.args, queue->config.history_ttl_ms);
    arguments_add_unsigned(&input.args, queue->config.events_max);
    arguments_add(&input.args, claim->is_alone ? "alone" : "");
    queue_call_script(&claim->call, &queue->claim, &input);
}

static struct claim_call *new_claim(struct queue *queue, queue_claim_cb callback, void *context)
{
    struct claim_call *claim = mem_alloc(1, sizeof(*claim));
    *claim = (struct claim_call){
        .call = {.queue = queue, .on_reply = on_claimed}, .callback = callback, .context = context};
    return claim;
}

void queue_claim(struct queue *queue, unsigned max, queue_claim_cb callback, void *context)
{
    send_claim(new_claim(queue, callback, context), max);
}

void queue_claim_alone(struct queue *queue, queue_claim_cb callback, void *context)
{
    struct claim_call *claim = new_claim(queue, callback, context);
    claim->is_alone = true;
    send_claim(claim, 1);
}

bool queue_is_alone_next(const struct queue *queue)
{
    return queue->is_alone_next;
}

// ---- renew: one script call for each QUEUE_BATCH_MAX jobs, one callback for all

struct renewal {
    size_t count;
    size_t parts_open;
    queue_renew_cb callback;
    void *context;
    struct err err; // the first failure of a part
    enum queue_hold holds[];
};

struct renew_call {
    struct queue_call call;
    struct renewal *renewal; // shared by the parts; freed by the last
    size_t first;
    size_t count;
};

static bool read_hold(const struct redis_reply *reply, enum queue_hold *hold_out)
{
    static const char *const names[] = {
        [QUEUE_HELD] = "held", [QUEUE_LOST] = "lost", [QUEUE_CANCELLED] = "cancelled"};
    size_t index;
    if (!queue_word_read(reply, names, ARRAY_LEN(names), &index)) {
        return false;
    }
    *hold_out = (enum queue_hold)index;
    return true;
}

static enum err_kind read_holds(const struct redis_reply *reply, const struct renew_call *part,
                                struct err *err)
{
    for (size_t i = 0; i < part->count; i++) {
        if (!read_hold(redis_reply_at(reply, i), &part->renewal->holds[part->first + i])) {
            return err_set(err, ERR_INTERNAL, "renew: a reply of an unknown shape");
        }
    }
    return ERR_OK;
}

static void on_renewed(struct queue_call *call, const struct redis_reply *reply,
                       const struct err *err)
{
    struct renew_call *part = container_of(call, struct renew_call, call);
    struct renewal *renewal = part->renewal;
    struct err failure = ERR_INIT;
    if (err == NULL && read_holds(reply, part, &failure) != ERR_OK) {
        err = &failure;
    }
    if (err != NULL && renewal->err.kind == ERR_OK) {
        renewal->err = *err;
    }
    renewal->parts_open--;
    if (renewal->parts_open > 0) {
        return;
    }
    bool ok = renewal->err.kind == ERR_OK;
    renewal->callback(renewal->context, ok ? renewal->holds : NULL, ok ? renewal->count : 0,
                      ok ? NULL : &renewal->err);
    mem_free(&renewal);
}

static void add_renewal(struct arguments *args, const struct queue_renewal *renewal)
{
    REQUIRE(strlen(renewal->step) < QUEUE_STEP_BYTES && strchr(renewal->step, '|') == NULL);
    arguments_add(args, renewal->report_id);
    arguments_add_unsigned(args, renewal->fence);
    arguments_add(args, renewal->step);
    arguments_add_unsigned(args, renewal->progress_done);
    arguments_add_unsigned(args, renewal->progress_total);
}

static void renew_part(struct queue *queue, struct renewal *renewal, size_t first,
                       const struct queue_heartbeat *heartbeat)
{
    size_t left = renewal->count - first;
    struct renew_call *part = mem_alloc(1, sizeof(*part));
    *part = (struct renew_call){.call = {.queue = queue, .on_reply = on_renewed},
                                .renewal = renewal,
                                .first = first,
                                .count = left < QUEUE_BATCH_MAX ? left : QUEUE_BATCH_MAX};
    struct script_input input;
    script_input_init(&input, queue);
    arguments_add(&input.args, queue->config.worker_id);
    arguments_add_number(&input.args, queue->config.lease_ms);
    arguments_add(&input.args, queue->config.version);
    arguments_add_unsigned(&input.args, heartbeat->jobs);
    arguments_add(&input.args, heartbeat->is_draining ? "draining" : "");
    for (size_t i = 0; i < part->count; i++) {
        add_renewal(&input.args, &heartbeat->renewals[first + i]);
    }
    renewal->parts_open++;
    queue_call_script(&part->call, &queue->renew, &input);
}

void queue_renew(struct queue *queue, const struct queue_heartbeat *heartbeat,
                 queue_renew_cb callback, void *context)
{
    size_t count = heartbeat->count;
    struct renewal *renewal = mem_alloc(1, sizeof(*renewal) + count * sizeof(renewal->holds[0]));
    renewal->count = count;
    renewal->callback = callback;
    renewal->context = context;
    size_t first = 0;
    do {
        renew_part(queue, renewal, first, heartbeat);
        first += QUEUE_BATCH_MAX;
    } while (first < count);
}
