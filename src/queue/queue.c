// SPDX-License-Identifier: MIT
#include "call.h"
#include "scripts.h"

#include "base/mem.h"
#include "base/text.h"
#include "queue/partition.h"

#include <stdio.h>
#include <string.h>

enum { NUMBER_SHOWN_BYTES = 40 }; // of what stands in the place of one

// A '|' parts the fields of a job's record, and a control character would spoil what people read.
static char *worker_name(const char *worker_id)
{
    REQUIRE(worker_id[0] != '\0' && strlen(worker_id) < QUEUE_WORKER_ID_BYTES);
    char *name = mem_text(worker_id);
    for (char *c = name; *c != '\0'; c++) {
        if (*c == '|' || (unsigned char)*c <= ' ' || *c == '\x7f') {
            *c = '_';
        }
    }
    return name;
}

static void init_scripts(struct queue *queue)
{
    redis_script_init(&queue->account, "account", queue_script_account);
    redis_script_init(&queue->accounts, "accounts", queue_script_accounts);
    redis_script_init(&queue->admit, "admit", queue_script_admit);
    redis_script_init(&queue->audit, "audit", queue_script_audit);
    redis_script_init(&queue->cancel, "cancel", queue_script_cancel);
    redis_script_init(&queue->claim, "claim", queue_script_claim);
    redis_script_init(&queue->dead, "dead", queue_script_dead);
    redis_script_init(&queue->depth, "depth", queue_script_depth);
    redis_script_init(&queue->inspect, "inspect", queue_script_inspect);
    redis_script_init(&queue->mend, "mend", queue_script_mend);
    redis_script_init(&queue->leave, "leave", queue_script_leave);
    redis_script_init(&queue->letter, "letter", queue_script_letter);
    redis_script_init(&queue->finish, "finish", queue_script_finish);
    redis_script_init(&queue->pause, "pause", queue_script_pause);
    redis_script_init(&queue->prepare, "prepare", queue_script_prepare);
    redis_script_init(&queue->probe, "probe", queue_script_probe);
    redis_script_init(&queue->read, "read", queue_script_read);
    redis_script_init(&queue->renew, "renew", queue_script_renew);
    redis_script_init(&queue->report, "report", queue_script_report);
    redis_script_init(&queue->sweep, "sweep", queue_script_sweep);
    redis_script_init(&queue->tell, "tell", queue_script_tell);
    redis_script_init(&queue->visit, "visit", queue_script_visit);
    redis_script_init(&queue->workers, "workers", queue_script_workers);
}

struct queue *queue_create(struct redis_connection *connection, const struct queue_config *config)
{
    REQUIRE(config->lease_ms > 0 && config->token_ttl_ms > 0);
    REQUIRE(config->answer_ttl_ms > 0 && config->history_ttl_ms > 0);
    unsigned partitions = config->partitions == 0 ? 1 : config->partitions;
    REQUIRE(partitions <= QUEUE_PARTITIONS_MAX && config->partition < partitions);
    REQUIRE(config->account_weight <= QUEUE_WEIGHT_MAX);
    struct queue *queue = mem_alloc(1, sizeof(*queue));
    queue->connection = connection;
    keys_init(&queue->keys, config->prefix, config->partition);
    queue->config = *config;
    queue->config.partitions = partitions;
    queue->config.prefix = mem_text(config->prefix);
    queue->config.worker_id = worker_name(config->worker_id);
    queue->config.version = mem_text(config->version == NULL ? "" : config->version);
    if (config->crashes_max == 0) {
        queue->config.crashes_max = QUEUE_CRASHES_MAX;
    }
    if (config->delay_max_ms == 0) {
        queue->config.delay_max_ms = QUEUE_DELAY_MAX_MS;
    }
    if (config->account_weight == 0) {
        queue->config.account_weight = 1;
    }
    (void)text_copy(queue->jobs_cursor, sizeof(queue->jobs_cursor), "0");
    (void)text_copy(queue->creating_cursor, sizeof(queue->creating_cursor), "0");
    (void)text_copy(queue->fair_cursor, sizeof(queue->fair_cursor), "0");
    (void)text_copy(queue->held_cursor, sizeof(queue->held_cursor), "0");
    (void)text_copy(queue->control_id, sizeof(queue->control_id), "0-0");
    arguments_init(&queue->unreadable);
    init_scripts(queue);
    return queue;
}

void queue_destroy(struct queue **queue)
{
    if (*queue == NULL) {
        return;
    }
    REQUIRE((*queue)->outstanding == 0);
    arguments_deinit(&(*queue)->unreadable);
    mem_free(&(*queue)->config.prefix);
    mem_free(&(*queue)->config.worker_id);
    mem_free(&(*queue)->config.version);
    mem_free(queue);
}

const char *queue_worker_id(const struct queue *queue)
{
    return queue->config.worker_id;
}

// ---- preparing

static enum err_kind set_no_number(const struct queue *queue, const char *held, struct err *err)
{
    return err_set(err, ERR_CORRUPT,
                   "the key %spartitions holds %s, and not the number of the queue's partitions, 1 "
                   "to %d in digits: put back the one that it was made with, or delete the key of "
                   "a queue that holds nothing",
                   queue->keys.prefix, held, QUEUE_PARTITIONS_MAX);
}

// The number as daemons write it, with nothing before or behind it; 0 and ERR_CORRUPT for anything else.
static unsigned read_partitions(const struct queue *queue, const struct redis_reply *reply,
                                struct err *err)
{
    int64_t number = redis_reply_number(reply, 0);
    char written[24];
    (void)snprintf(written, sizeof(written), "%lld", (long long)number);
    if (number >= 1 && number <= QUEUE_PARTITIONS_MAX && redis_reply_is(reply, written)) {
        return (unsigned)number;
    }
    struct buf held;
    size_t len;
    const char *text = redis_reply_text(reply, &len);
    buf_init(&held, 4 * NUMBER_SHOWN_BYTES + 8); // each byte as \xNN
    text_quote(&held, text, len, NUMBER_SHOWN_BYTES);
    (void)set_no_number(queue, buf_text(&held), err);
    buf_deinit(&held);
    return 0;
}

struct prepare_call {
    struct queue_call call;
    queue_done_cb callback;
    void *context;
};

static void on_prepared(struct queue_call *call, const struct redis_reply *reply,
                        const struct err *err)
{
    struct prepare_call *prepare = container_of(call, struct prepare_call, call);
    struct err failure = ERR_INIT;
    unsigned wanted = call->queue->config.partitions;
    unsigned stored = err == NULL ? read_partitions(call->queue, reply, &failure) : 0;
    if (err == NULL && stored == 0) {
        failure.kind = ERR_CONFIG; // for a daemon it is as any other number that is not its own
        err = &failure;
    } else if (err == NULL && stored != wanted) {
        err_set(&failure, ERR_CONFIG,
                "Redis holds a queue of %u partitions, and the settings say %u; a queue keeps its "
                "number",
                stored, wanted);
        err = &failure;
    }
    prepare->callback(prepare->context, err);
}

void queue_call_prepare(struct queue_call *take_call)
{
    struct queue *queue = take_call->queue;
    struct script_input input;
    script_input_init(&input, queue);
    if (queue->config.partition == 0) {
        keys_add(&queue->keys, &input.keys, "partitions", NULL);
    }
    arguments_add_unsigned(&input.args, queue->config.partitions);
    queue_call_script(take_call, &queue->prepare, &input);
}

void queue_prepare(struct queue *queue, queue_done_cb callback, void *context)
{
    struct prepare_call *prepare = mem_alloc(1, sizeof(*prepare));
    *prepare = (struct prepare_call){.call = {.queue = queue, .on_reply = on_prepared},
                                     .callback = callback,
                                     .context = context};
    queue_call_prepare(&prepare->call);
}

struct partitions_call {
    struct queue_call call;
    queue_partitions_cb callback;
    void *context;
};

static void on_number(struct queue_call *call, const struct redis_reply *reply,
                      const struct err *err)
{
    struct partitions_call *get = container_of(call, struct partitions_call, call);
    struct err failure = ERR_INIT;
    bool is_there = err == NULL && redis_reply_type(reply) != REDIS_REPLY_NOTHING;
    unsigned number = is_there ? read_partitions(call->queue, reply, &failure) : 0;
    if (err != NULL && strcmp(err->upstream_code, "WRONGTYPE") == 0) {
        (void)set_no_number(call->queue, "something that is no text", &failure);
        err = &failure;
    } else if (is_there && number == 0) {
        err = &failure;
    }
    get->callback(get->context, number, err);
}

void queue_get_partitions(struct queue *queue, queue_partitions_cb callback, void *context)
{
    REQUIRE(queue->config.partition == 0);
    struct partitions_call *get = mem_alloc(1, sizeof(*get));
    *get = (struct partitions_call){
        .call = {.queue = queue, .on_reply = on_number}, .callback = callback, .context = context};
    struct arguments command;
    arguments_init(&command);
    arguments_add(&command, "GET");
    keys_add(&queue->keys, &command, "partitions", NULL);
    queue_call_command(&get->call, queue->connection, &command, 0);
    arguments_deinit(&command);
}
