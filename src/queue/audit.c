// SPDX-License-Identifier: MIT
#include "queue/audit.h"

#include "call.h"

#include "base/mem.h"

enum { AUDIT_COUNTS = 7 }; // jobs, ready, running, delayed, dead, held, violations

struct audit_call {
    struct queue_call call;
    queue_audit_cb callback;
    void *context;
};

static void on_audited(struct queue_call *call, const struct redis_reply *reply,
                       const struct err *err)
{
    struct audit_call *audit = container_of(call, struct audit_call, call);
    if (err != NULL) {
        audit->callback(audit->context, NULL, err);
        return;
    }
    uint64_t counts[AUDIT_COUNTS];
    for (size_t i = 0; i < AUDIT_COUNTS; i++) {
        counts[i] = (uint64_t)redis_reply_number(redis_reply_at(reply, i), 0);
    }
    struct queue_audit found = {.jobs = counts[0],
                                .ready = counts[1],
                                .running = counts[2],
                                .delayed = counts[3],
                                .dead = counts[4],
                                .held = counts[5],
                                .violation_count = counts[6]};
    for (size_t i = 0; i < ARRAY_LEN(found.violations); i++) {
        (void)text_copy(found.violations[i], sizeof(found.violations[i]),
                        queue_reply_text(redis_reply_at(reply, AUDIT_COUNTS + i)));
    }
    audit->callback(audit->context, &found, NULL);
}

static void run(struct queue *queue, const char *what, queue_audit_cb callback, void *context)
{
    struct audit_call *audit = mem_alloc(1, sizeof(*audit));
    *audit = (struct audit_call){
        .call = {.queue = queue, .on_reply = on_audited}, .callback = callback, .context = context};
    struct arguments keys;
    struct arguments args;
    arguments_init(&keys);
    arguments_init(&args);
    keys_add_fixed(&queue->keys, &keys);
    arguments_add_unsigned(&args, ARRAY_LEN(((struct queue_audit *)0)->violations));
    arguments_add(&args, what);
    queue_call_script(&audit->call, &queue->audit, &keys, &args);
    arguments_deinit(&args);
    arguments_deinit(&keys);
}

void queue_audit_run(struct queue *queue, queue_audit_cb callback, void *context)
{
    run(queue, "keys", callback, context);
}

void queue_audit_run_places(struct queue *queue, queue_audit_cb callback, void *context)
{
    run(queue, "places", callback, context);
}
