// SPDX-License-Identifier: MIT
#include "queue/intake.h"

#include "call.h"
#include "intake_entry.h"

#include "base/mem.h"

#include <string.h>

enum { TAKE_OVER_ROUNDS_MAX = 64 }; // of the script in one queue_take_over; the next one goes on

// A read on its way: of the group's new entries, or of this consumer's old ones.
struct read_call {
    struct queue_call call;
    struct redis_connection *connection;
    unsigned max;
    int64_t block_ms; // 0: does not wait
    const char *kind; // of the script's read; NULL: a plain command reads
    bool group_made;
    queue_read_cb callback;
    void *context;
};

// ---- the script

// The reply of the script: see read.lua.
enum { ENTRIES_PART, CURSOR_PART, VANISHED_PART };

static void begin_script_read(struct script_input *input, const struct queue *queue,
                              const char *kind, size_t max)
{
    script_input_init(input, queue);
    arguments_add(&input->args, kind);
    arguments_add(&input->args, queue->config.worker_id);
    arguments_add_unsigned(&input->args, max);
    arguments_add_number(&input->args, QUEUE_ENTRY_FIELDS_MAX);
    arguments_add_number(&input->args, QUEUE_ENTRY_BYTES_MAX);
}

// ---- reading

static void on_read(struct queue_call *call, const struct redis_reply *reply,
                    const struct err *err);

static void send_script_read(struct read_call *take_read)
{
    struct queue *queue = take_read->call.queue;
    struct script_input input;
    begin_script_read(&input, queue, take_read->kind, take_read->max);
    queue_call_script(&take_read->call, &queue->read, &input);
}

static void send_plain_read(struct read_call *take_read)
{
    struct arguments command;
    arguments_init(&command);
    arguments_add(&command, "XREADGROUP");
    arguments_add(&command, "GROUP");
    arguments_add(&command, QUEUE_GROUP);
    arguments_add(&command, take_read->call.queue->config.worker_id);
    arguments_add(&command, "COUNT");
    arguments_add_unsigned(&command, take_read->max);
    if (take_read->block_ms > 0) {
        arguments_add(&command, "BLOCK");
        arguments_add_number(&command, take_read->block_ms);
    }
    arguments_add(&command, "STREAMS");
    keys_add(&take_read->call.queue->keys, &command, "requests", NULL);
    arguments_add(&command, ">");
    queue_call_command(&take_read->call, take_read->connection, &command,
                       take_read->block_ms > 0 ? take_read->block_ms + QUEUE_BLOCK_GRACE_MS : 0);
    arguments_deinit(&command);
}

static void send_read(struct read_call *take_read)
{
    if (take_read->kind == NULL) {
        send_plain_read(take_read);
    } else {
        send_script_read(take_read);
    }
}

// A copy for the next command: the one at hand is freed when its callback returns.
static struct read_call *again(const struct read_call *read,
                               void (*on_reply)(struct queue_call *call,
                                                const struct redis_reply *reply,
                                                const struct err *err))
{
    struct read_call *next = mem_dup(read, sizeof(*read));
    next->call.on_reply = on_reply;
    return next;
}

static void on_group_made(struct queue_call *call, const struct redis_reply *reply,
                          const struct err *err)
{
    (void)reply; // the number of partitions, which was looked at when we connected
    struct read_call *read = container_of(call, struct read_call, call);
    if (err != NULL) {
        read->callback(read->context, NULL, err);
        return;
    }
    send_read(again(read, on_read));
}

static void on_read(struct queue_call *call, const struct redis_reply *reply, const struct err *err)
{
    struct read_call *read = container_of(call, struct read_call, call);
    if (call->remedy == REDIS_REMEDY_MAKE_GROUP && !read->group_made) {
        struct read_call *next = again(read, on_group_made);
        next->group_made = true;
        queue_call_prepare(&next->call);
        return;
    }
    if (err != NULL) {
        read->callback(read->context, NULL, err);
        return;
    }
    // XREADGROUP: {{stream, entries}}, or nothing in time.
    const struct redis_reply *entries = read->kind == NULL
                                            ? redis_reply_at(redis_reply_at(reply, 0), 1)
                                            : redis_reply_at(reply, ENTRIES_PART);
    struct queue_read *result = mem_alloc(1, sizeof(*result));
    intake_entries_read(call->queue, entries, result);
    if (read->kind != NULL) {
        result->vanished = redis_reply_count(redis_reply_at(reply, VANISHED_PART));
    }
    read->callback(read->context, result, NULL);
    mem_free(&result);
}

static void start_read(struct queue *queue, const struct read_call *wanted)
{
    struct read_call *read = mem_dup(wanted, sizeof(*wanted));
    read->call = (struct queue_call){.queue = queue, .on_reply = on_read};
    send_read(read);
}

void queue_read(struct queue *queue, struct redis_connection *connection, unsigned max,
                int64_t block_ms, queue_read_cb callback, void *context)
{
    REQUIRE(max >= 1 && block_ms >= 0);
    bool is_own = connection == queue->connection;
    REQUIRE(block_ms == 0 || !is_own);
    start_read(queue, &(struct read_call){.connection = connection,
                                          .max = max < QUEUE_BATCH_MAX ? max : QUEUE_BATCH_MAX,
                                          .block_ms = block_ms,
                                          .kind = is_own ? "new" : NULL,
                                          .callback = callback,
                                          .context = context});
}

void queue_read_own(struct queue *queue, queue_read_cb callback, void *context)
{
    start_read(queue, &(struct read_call){.connection = queue->connection,
                                          .max = QUEUE_BATCH_MAX,
                                          .kind = "own",
                                          .callback = callback,
                                          .context = context});
}

// ---- CLIENT UNBLOCK

static void on_unblocked(struct queue_call *call, const struct redis_reply *reply,
                         const struct err *err)
{
    // Whether it was blocked or not: the read's own callback comes, and says the rest.
    (void)call;
    (void)reply;
    (void)err;
}

void queue_wake_reader(struct queue *queue, int64_t blocking_client_id)
{
    struct queue_call *call = mem_alloc(1, sizeof(*call));
    *call = (struct queue_call){.queue = queue, .on_reply = on_unblocked};
    struct arguments command;
    arguments_init(&command);
    arguments_add(&command, "CLIENT");
    arguments_add(&command, "UNBLOCK");
    arguments_add_number(&command, blocking_client_id);
    queue_call_command(call, queue->connection, &command, 0);
    arguments_deinit(&command);
}

// ---- what others left behind

struct take_over_call {
    struct queue_call call;
    struct queue_read *read; // grows over the rounds
    int64_t idle_ms;
    unsigned rounds;
    char cursor[QUEUE_ENTRY_ID_BYTES];
    queue_read_cb callback;
    void *context;
};

static void send_take_over(struct take_over_call *take)
{
    struct queue *queue = take->call.queue;
    struct script_input input;
    begin_script_read(&input, queue, "left", QUEUE_BATCH_MAX - take->read->count);
    arguments_add_number(&input.args, take->idle_ms);
    arguments_add(&input.args, take->cursor);
    queue_call_script(&take->call, &queue->read, &input);
}

static void on_taken_over(struct queue_call *call, const struct redis_reply *reply,
                          const struct err *err)
{
    struct take_over_call *take = container_of(call, struct take_over_call, call);
    struct queue_read *read = take->read;
    // Without a stream or a group nothing was left behind.
    bool is_empty = call->remedy == REDIS_REMEDY_MAKE_GROUP;
    if (err != NULL) {
        take->callback(take->context, is_empty ? read : NULL, is_empty ? NULL : err);
        mem_free(&read);
        return;
    }
    intake_entries_read(call->queue, redis_reply_at(reply, ENTRIES_PART), read);
    read->vanished += redis_reply_count(redis_reply_at(reply, VANISHED_PART));
    const char *cursor = queue_reply_text(redis_reply_at(reply, CURSOR_PART));
    bool is_last = strcmp(cursor, "0-0") == 0 || read->count == QUEUE_BATCH_MAX ||
                   take->rounds == TAKE_OVER_ROUNDS_MAX;
    if (is_last) {
        take->callback(take->context, read, NULL);
        mem_free(&read);
        return;
    }
    struct take_over_call *next = mem_dup(take, sizeof(*take));
    next->rounds++;
    (void)text_copy(next->cursor, sizeof(next->cursor), cursor);
    send_take_over(next);
}

void queue_take_over(struct queue *queue, int64_t idle_ms, queue_read_cb callback, void *context)
{
    struct take_over_call *take = mem_alloc(1, sizeof(*take));
    *take = (struct take_over_call){.call = {.queue = queue, .on_reply = on_taken_over},
                                    .read = mem_alloc(1, sizeof(*take->read)),
                                    .idle_ms = idle_ms,
                                    .rounds = 1,
                                    .cursor = "0-0",
                                    .callback = callback,
                                    .context = context};
    send_take_over(take);
}

// ---- XADD

struct submit_call {
    struct queue_call call;
    queue_submit_cb callback;
    void *context;
};

static void on_submitted(struct queue_call *call, const struct redis_reply *reply,
                         const struct err *err)
{
    struct submit_call *submit = container_of(call, struct submit_call, call);
    submit->callback(submit->context, err == NULL ? queue_reply_text(reply) : NULL, err);
}

static void add_field(struct arguments *command, const char *name, const char *value)
{
    if (value[0] != '\0') {
        arguments_add(command, name);
        arguments_add(command, value);
    }
}

static void add_trace(struct arguments *command, const struct trace *trace)
{
    if (trace->trace_id[0] != '\0') {
        char parent[TRACE_PARENT_LEN + 1];
        trace_write_parent(trace, parent);
        arguments_add(command, "traceparent");
        arguments_add(command, parent);
        add_field(command, "tracestate", trace->state);
    }
}

void queue_submit(struct queue *queue, const struct request *request, queue_submit_cb callback,
                  void *context)
{
    REQUIRE(request->account_id[0] != '\0' || request->pack_id[0] != '\0');
    struct submit_call *submit = mem_alloc(1, sizeof(*submit));
    *submit = (struct submit_call){.call = {.queue = queue, .on_reply = on_submitted},
                                   .callback = callback,
                                   .context = context};
    struct arguments command;
    arguments_init(&command);
    arguments_add(&command, "XADD");
    keys_add(&queue->keys, &command, "requests", NULL);
    arguments_add(&command, "*");
    add_field(&command, "AccountId", request->account_id);
    add_field(&command, "CompliancePackId", request->pack_id);
    add_field(&command, "AggregatorId", request->aggregator_id);
    add_field(&command, "ClientToken", request->client_token);
    add_field(&command, "RequestId", request->request_id);
    add_field(&command, "Language", request->language);
    if (request->deadline_ms > 0) {
        arguments_add(&command, "Deadline");
        arguments_add_number(&command, request->deadline_ms);
    }
    add_trace(&command, &request->trace);
    queue_call_command(&submit->call, queue->connection, &command, 0);
    arguments_deinit(&command);
}
