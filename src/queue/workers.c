// SPDX-License-Identifier: MIT
//
// workers.lua, tell.lua and leave.lua.
#include "queue/control.h"

#include "call.h"
#include "parts.h"

#include "base/mem.h"

// "<jobs held>|<version>|<state>|<lease>", as renew.lua writes it; older workers have no lease, or no
// state either.
static void read_info(const char *info, struct queue_worker *worker)
{
    enum { JOBS, VERSION, STATE, LEASE, PARTS };
    struct span parts[PARTS] = {{NULL, 0}};
    int64_t jobs = 0;
    int64_t lease_ms = 0;
    if (!parts_split(span_of(info), '|', parts, PARTS) &&
        !parts_split(span_of(info), '|', parts, PARTS - 1) &&
        !parts_split(span_of(info), '|', parts, PARTS - 2)) {
        return;
    }
    bool is_count = parts_number(parts[JOBS], &jobs) && jobs >= 0 && jobs <= UINT32_MAX;
    bool is_lease = parts_number(parts[LEASE], &lease_ms) && lease_ms > 0;
    worker->jobs = is_count ? (unsigned)jobs : 0;
    (void)parts_copy(parts[VERSION], worker->version, sizeof(worker->version));
    worker->is_draining = span_equals_text(parts[STATE], "draining");
    worker->is_silent = is_lease && worker->silent_ms >= lease_ms;
}

// ---- list

struct workers_call {
    struct queue_call call;
    queue_workers_cb callback;
    void *context;
};

enum { WORKER_PARTS = 3 }; // id, heartbeat, info

static void read_workers(const struct redis_reply *reply, struct queue_worker_list *list)
{
    int64_t now_ms = redis_reply_number(redis_reply_at(reply, 0), 0);
    size_t count = (redis_reply_count(reply) - 1) / WORKER_PARTS;
    list->count = count < QUEUE_WORKERS_MAX ? count : QUEUE_WORKERS_MAX;
    for (size_t i = 0; i < list->count; i++) {
        size_t at = 1 + i * WORKER_PARTS;
        struct queue_worker *worker = &list->workers[i];
        (void)text_copy(worker->worker_id, sizeof(worker->worker_id),
                        queue_reply_text(redis_reply_at(reply, at)));
        worker->heartbeat_ms = redis_reply_number(redis_reply_at(reply, at + 1), 0);
        worker->silent_ms = now_ms - worker->heartbeat_ms;
        read_info(queue_reply_text(redis_reply_at(reply, at + 2)), worker);
    }
}

static void on_workers(struct queue_call *call, const struct redis_reply *reply,
                       const struct err *err)
{
    struct workers_call *get = container_of(call, struct workers_call, call);
    if (err != NULL || redis_reply_count(reply) == 0) {
        struct err failure = ERR_INIT;
        (void)err_set(&failure, ERR_INTERNAL, "workers: a reply of an unknown shape");
        get->callback(get->context, NULL, err != NULL ? err : &failure);
        return;
    }
    struct queue_worker_list *list = mem_alloc(1, sizeof(*list));
    read_workers(reply, list);
    get->callback(get->context, list, NULL);
    mem_free(&list);
}

void queue_list_workers(struct queue *queue, queue_workers_cb callback, void *context)
{
    struct workers_call *get = mem_alloc(1, sizeof(*get));
    *get = (struct workers_call){
        .call = {.queue = queue, .on_reply = on_workers}, .callback = callback, .context = context};
    struct script_input input;
    script_input_init(&input, queue);
    arguments_add_unsigned(&input.args, QUEUE_WORKERS_MAX);
    queue_call_script(&get->call, &queue->workers, &input);
}

// ---- word to one

struct tell_call {
    struct queue_call call;
    char worker_id[QUEUE_WORKER_ID_BYTES];
    queue_told_cb callback;
    void *context;
};

static void on_told(struct queue_call *call, const struct redis_reply *reply, const struct err *err)
{
    struct tell_call *tell = container_of(call, struct tell_call, call);
    struct queue_worker worker = {.jobs = 0};
    bool is_known = err == NULL && redis_reply_count(reply) == 2;
    if (is_known) {
        (void)text_copy(worker.worker_id, sizeof(worker.worker_id), tell->worker_id);
        worker.silent_ms = redis_reply_number(redis_reply_at(reply, 0), 0);
        read_info(queue_reply_text(redis_reply_at(reply, 1)), &worker);
    }
    tell->callback(tell->context, is_known ? &worker : NULL, err);
}

static void send_word(struct queue *queue, const char *worker_id, const char *word,
                      queue_told_cb callback, void *context)
{
    struct tell_call *tell = mem_alloc(1, sizeof(*tell));
    *tell = (struct tell_call){
        .call = {.queue = queue, .on_reply = on_told}, .callback = callback, .context = context};
    (void)text_copy(tell->worker_id, sizeof(tell->worker_id), worker_id);
    struct script_input input;
    script_input_init(&input, queue);
    arguments_add(&input.args, worker_id);
    arguments_add(&input.args, word);
    queue_call_script(&tell->call, &queue->tell, &input);
}

void queue_drain_worker(struct queue *queue, const char *worker_id, bool hand_back,
                        queue_told_cb callback, void *context)
{
    send_word(queue, worker_id, hand_back ? "hand_back" : "drain", callback, context);
}

void queue_nudge_worker(struct queue *queue, const char *worker_id, queue_told_cb callback,
                        void *context)
{
    send_word(queue, worker_id, "renew", callback, context);
}

// ---- the end of one

struct leave_call {
    struct queue_call call;
    queue_left_cb callback;
    void *context;
};

static void on_left(struct queue_call *call, const struct redis_reply *reply, const struct err *err)
{
    struct leave_call *leave = container_of(call, struct leave_call, call);
    leave->callback(leave->context, err == NULL && redis_reply_number(reply, 0) == 1, err);
}

void queue_leave(struct queue *queue, queue_left_cb callback, void *context)
{
    struct leave_call *leave = mem_alloc(1, sizeof(*leave));
    *leave = (struct leave_call){
        .call = {.queue = queue, .on_reply = on_left}, .callback = callback, .context = context};
    struct script_input input;
    script_input_init(&input, queue);
    arguments_add(&input.args, queue->config.worker_id);
    queue_call_script(&leave->call, &queue->leave, &input);
}
