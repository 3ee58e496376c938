// SPDX-License-Identifier: MIT
#include "daemon_queues.h"

#include "base/mem.h"
#include "base/random.h"
#include "base/trouble.h"
#include "http/client.h"
#include "queue/partition.h"

#include <stdio.h>
#include <unistd.h>

enum { HOST_NAME_BYTES = 65 };

struct daemon_queues {
    const struct settings *settings;
    struct log *log;
    struct queue *list[QUEUE_PARTITIONS_MAX]; // as many as the settings have partitions
    struct trouble replica_trouble;
};

static void on_too_few_replicas(void *owner, unsigned replicas, const struct err *refused)
{
    struct daemon_queues *queues = owner;
    struct err err = ERR_INIT;
    if (refused != NULL) {
        err = *refused;
        (void)err_prefix(&err, "WAIT");
    } else {
        (void)err_set(&err, ERR_UNAVAILABLE, "%u of %u replicas had a write in time", replicas,
                      queues->settings->redis.wait_replicas);
    }
    trouble_note(&queues->replica_trouble, queues->log, "queue.too_few_replicas", &err);
}

// "<name>:<pid>:<nonce>": a worker that starts again is another one, so that its old leases run out
// instead of being mistaken for its own.
static void make_worker_id(const struct settings_worker *worker, char id_out[QUEUE_WORKER_ID_BYTES])
{
    char host[HOST_NAME_BYTES] = "worker";
    (void)gethostname(host, sizeof(host) - 1);
    char letters[RANDOM_ID_LETTERS + 1];
    random_id(letters);
    (void)snprintf(id_out, QUEUE_WORKER_ID_BYTES, "%.40s:%ld:%.8s",
                   worker->name[0] != '\0' ? worker->name : host, (long)getpid(), letters);
}

struct daemon_queues *daemon_queues_create(const struct settings *settings,
                                           const struct daemon_links *links, struct log *log)
{
    const struct settings_queue *queue = &settings->queue;
    char worker_id[QUEUE_WORKER_ID_BYTES];
    make_worker_id(&settings->worker, worker_id);
    struct daemon_queues *queues = mem_alloc(1, sizeof(*queues));
    queues->settings = settings;
    queues->log = log;
    const struct settings_worker *worker = &settings->worker;
    const int64_t more_max_ms = worker->retry_cap_ms > worker->breaker_base_ms
                                    ? worker->retry_cap_ms
                                    : worker->breaker_base_ms;
    struct queue_config config = {.prefix = queue->prefix,
                                  .partitions = queue->partitions,
                                  .worker_id = worker_id,
                                  .lease_ms = queue->lease_ms,
                                  .token_ttl_ms = queue->token_ttl_ms,
                                  .answer_ttl_ms = queue->answer_ttl_ms,
                                  .history_ttl_ms = queue->history_ttl_ms,
                                  .backlog_max = queue->backlog_max,
                                  .account_cap = queue->account_cap,
                                  .account_weight = queue->account_weight,
                                  .events_max = queue->events_max,
                                  .dead_max = queue->dead_max,
                                  .crashes_max = settings->worker.max_crashes,
                                  .delay_max_ms = HTTP_RETRY_AFTER_MAX_MS + more_max_ms,
                                  .version = PACKREPORT_VERSION,
                                  .wait_replicas = settings->redis.wait_replicas,
                                  .wait_timeout_ms = settings->redis.wait_timeout_ms,
                                  .on_too_few = on_too_few_replicas,
                                  .too_few_owner = queues};
    for (unsigned i = 0; i < queue->partitions; i++) {
        config.partition = i;
        queues->list[i] = queue_create(daemon_links_command(links, i), &config);
    }
    return queues;
}

struct queue *const *daemon_queues_list(const struct daemon_queues *queues)
{
    return queues->list;
}

void daemon_queues_destroy(struct daemon_queues **queues)
{
    for (unsigned i = 0; *queues != NULL && i < (*queues)->settings->queue.partitions; i++) {
        queue_destroy(&(*queues)->list[i]);
    }
    mem_free(queues);
}
