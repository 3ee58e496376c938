// SPDX-License-Identifier: MIT
#include "call.h"
#include "scripts.h"

#include "base/mem.h"

#include <string.h>

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
    redis_script_init(&queue->inspect, "inspect", queue_script_inspect);
    redis_script_init(&queue->mend, "mend", queue_script_mend);
    redis_script_init(&queue->letter, "letter", queue_script_letter);
    redis_script_init(&queue->finish, "finish", queue_script_finish);
    redis_script_init(&queue->pause, "pause", queue_script_pause);
    redis_script_init(&queue->read, "read", queue_script_read);
    redis_script_init(&queue->renew, "renew", queue_script_renew);
    redis_script_init(&queue->report, "report", queue_script_report);
    redis_script_init(&queue->sweep, "sweep", queue_script_sweep);
    redis_script_init(&queue->tell, "tell", queue_script_tell);
    redis_script_init(&queue->workers, "workers", queue_script_workers);
}

struct queue *queue_create(struct redis_connection *connection, const struct queue_config *config)
{
    REQUIRE(config->lease_ms > 0 && config->token_ttl_ms > 0);
    REQUIRE(config->answer_ttl_ms > 0 && config->history_ttl_ms > 0);
    REQUIRE(config->account_weight <= QUEUE_WEIGHT_MAX);
    struct queue *queue = mem_alloc(1, sizeof(*queue));
    queue->connection = connection;
    keys_init(&queue->keys, config->prefix, config->partition);
    queue->config = *config;
    queue->config.prefix = mem_text(config->prefix);
    queue->config.worker_id = worker_name(config->worker_id);
    queue->config.version = mem_text(config->version == NULL ? "" : config->version);
    if (config->crashes_max == 0) {
        queue->config.crashes_max = QUEUE_CRASHES_MAX;
    }
    if (config->account_weight == 0) {
        queue->config.account_weight = 1;
    }
    (void)text_copy(queue->jobs_cursor, sizeof(queue->jobs_cursor), "0");
    (void)text_copy(queue->creating_cursor, sizeof(queue->creating_cursor), "0");
    (void)text_copy(queue->fair_cursor, sizeof(queue->fair_cursor), "0");
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

// ---- preparing: the number of partitions, then the group

struct prepare_call {
    struct queue_call call;
    unsigned partitions;
    queue_done_cb callback;
    void *context;
};

static void on_group_made(struct queue_call *call, const struct redis_reply *reply,
                          const struct err *err)
{
    (void)reply; // +OK, or it was there
    struct prepare_call *prepare = container_of(call, struct prepare_call, call);
    prepare->callback(prepare->context, err);
}

static void on_partitions(struct queue_call *call, const struct redis_reply *reply,
                          const struct err *err)
{
    struct prepare_call *prepare = container_of(call, struct prepare_call, call);
    struct err failure = ERR_INIT;
    int64_t stored = err == NULL ? redis_reply_number(reply, prepare->partitions) : 0;
    if (err == NULL && stored != (int64_t)prepare->partitions) {
        err_set(
            &failure, ERR_CONFIG,
            "Redis holds a queue of %lld partitions, and the settings say %u; a queue keeps its "
            "number",
            (long long)stored, prepare->partitions);
        err = &failure;
    }
    if (err != NULL) {
        prepare->callback(prepare->context, err);
        return;
    }
    struct prepare_call *next = mem_dup(prepare, sizeof(*prepare));
    next->call.on_reply = on_group_made;
    queue_make_group(&next->call, call->queue->connection);
}

void queue_make_group(struct queue_call *take_call, struct redis_connection *connection)
{
    struct arguments command;
    arguments_init(&command);
    arguments_add(&command, "XGROUP");
    arguments_add(&command, "CREATE");
    keys_add(&take_call->queue->keys, &command, "requests", NULL);
    arguments_add(&command, QUEUE_GROUP);
    arguments_add(&command, "0"); // at '$' it would lose what came before (S14)
    arguments_add(&command, "MKSTREAM");
    queue_call_command(take_call, connection, &command, 0);
    arguments_deinit(&command);
}

void queue_prepare(struct queue *queue, unsigned partitions, queue_done_cb callback, void *context)
{
    REQUIRE(partitions > queue->config.partition);
    struct prepare_call *prepare = mem_alloc(1, sizeof(*prepare));
    *prepare = (struct prepare_call){.call = {.queue = queue, .on_reply = on_partitions},
                                     .partitions = partitions,
                                     .callback = callback,
                                     .context = context};
    struct arguments command;
    arguments_init(&command);
    arguments_add(&command, "SET");
    keys_add(&queue->keys, &command, "partitions", NULL);
    arguments_add_unsigned(&command, partitions);
    arguments_add(&command, "NX");
    arguments_add(&command, "GET");
    queue_call_command(&prepare->call, queue->connection, &command, 0);
    arguments_deinit(&command);
}
