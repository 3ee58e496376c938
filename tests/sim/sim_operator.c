// SPDX-License-Identifier: MIT
#include "queue/control.h"
#include "queue/dead.h"
#include "queue/queue.h"
#include "sim_connection.h"
#include "sim_data.h"
#include "sim_faults.h"
#include "sim_fleet.h"
#include "sim_server.h"

#include <stdio.h>
#include <string.h>

enum { ACTIONS_APART_S = 2400 };

static struct {
    struct sim_actor actor;
    uv_loop_t loop; // never run; its data is the actor
    struct redis_connection *connection;
    struct queue *queues[SIM_PARTITIONS_MAX];
    unsigned partitions;
    struct sim_event next;
    bool has_ended;
    char id[TEXT_ID_MAX + 1];
} the_operator;

static void on_ready(void *owner, const struct redis_server_info *server)
{
    (void)owner;
    (void)server;
}

static void on_down(void *owner, const struct err *err)
{
    (void)owner;
    (void)err;
}

void sim_operator_open(const struct sim_settings *settings)
{
    memset(&the_operator, 0, sizeof(the_operator));
    the_operator.actor = (struct sim_actor){.name = "operator", .is_spared = true};
    the_operator.loop.data = &the_operator.actor;
    const struct redis_config redis = {.connect_timeout_ms = 5000,
                                       .command_timeout_ms = 3000,
                                       .backoff_base_ms = 50,
                                       .backoff_cap_ms = 2000,
                                       .name = "operator"};
    const struct redis_events events = {.on_ready = on_ready, .on_down = on_down};
    the_operator.connection = redis_connection_create(&the_operator.loop, &redis, &events);
    struct queue_config queue = {.prefix = "packreport",
                                 .partitions = settings->partitions,
                                 .worker_id = "operator",
                                 .lease_ms = settings->lease_ms,
                                 .token_ttl_ms = settings->token_ttl_ms,
                                 .answer_ttl_ms = settings->answer_ttl_ms,
                                 .history_ttl_ms = settings->history_ttl_ms,
                                 .backlog_max = settings->backlog_max,
                                 .account_cap = settings->account_cap,
                                 .events_max = 1000,
                                 .dead_max = 8};
    the_operator.partitions = settings->partitions;
    for (unsigned i = 0; i < settings->partitions; i++) {
        queue.partition = i;
        the_operator.queues[i] = queue_create(the_operator.connection, &queue);
    }
}

static void on_closed(void *owner)
{
    (void)owner;
    for (unsigned i = 0; i < the_operator.partitions; i++) {
        queue_destroy(&the_operator.queues[i]);
    }
    the_operator.has_ended = true;
}

void sim_operator_close(void)
{
    sim_event_drop(&the_operator.next);
    redis_connection_close(the_operator.connection, on_closed, NULL);
}

bool sim_operator_has_ended(void)
{
    return the_operator.has_ended;
}

// ---- what it does; what comes of it, the checker sees

static void on_told(void *context, const struct queue_worker *worker, const struct err *err)
{
    (void)context;
    sim_note(&the_operator.actor, "word: %s",
             err != NULL      ? err->message
             : worker == NULL ? "no such worker"
                              : worker->worker_id);
}

static void on_cancelled(void *context, const struct queue_cancel_result *result,
                         const struct err *err)
{
    (void)context;
    sim_note(&the_operator.actor, "cancel: %s", err != NULL ? err->message : result->report_id);
    if (err == NULL && result->what == QUEUE_CANCEL_TOLD && the_operator.partitions > 1) {
        queue_nudge_worker(the_operator.queues[0], result->detail, on_told, NULL);
    }
}

static void on_paused(void *context, const struct queue_pause_result *result, const struct err *err)
{
    (void)context;
    (void)result;
    sim_note(&the_operator.actor, "pause: %s", err != NULL ? err->message : "done");
}

static void on_settled(void *context, const struct queue_dead_result *result, const struct err *err)
{
    (void)context;
    (void)result;
    sim_note(&the_operator.actor, "dead: %s", err != NULL ? err->message : "done");
}

static unsigned any_partition(void)
{
    return (unsigned)sim_draw(the_operator.partitions);
}

static struct queue *queue_of(const char *account)
{
    return the_operator.queues[sim_fleet_partition_of(account)];
}

// A member of a hash or sorted set, any of them; "" when there is none.
static const char *any_of(unsigned partition, const char *name)
{
    char key[TEXT_ID_MAX];
    int len = snprintf(key, sizeof(key), "packreport:{%u}:%s", partition, name);
    const struct sim_object *object = sim_key_live(sim_server_redis(), key, (size_t)len);
    the_operator.id[0] = '\0';
    if (object == NULL || object->map.live == 0) {
        return the_operator.id;
    }
    size_t skip = (size_t)sim_draw(object->map.live);
    for (size_t i = 0; i < object->map.used; i++) {
        if (object->map.entries[i].key != NULL && skip-- == 0) {
            (void)snprintf(the_operator.id, sizeof(the_operator.id), "%s",
                           object->map.entries[i].key);
            break;
        }
    }
    return the_operator.id;
}

void sim_operator_cancel(const char *account, const char *pack)
{
    const struct queue_report_name name = {.account_id = account, .pack_id = pack};
    queue_cancel(queue_of(account), &name, on_cancelled, NULL);
}

static void cancel_any(void)
{
    unsigned partition = any_partition();
    const struct queue_report_name name = {.report_id = any_of(partition, "jobs")};
    if (name.report_id[0] != '\0') {
        sim_faults_count("cancel");
        queue_cancel(the_operator.queues[partition], &name, on_cancelled, NULL);
    }
}

// Where all that is in the scope lies: of no account, in every partition.
static void set_paused(const struct queue_scope *scope, bool is_paused, queue_pause_cb callback)
{
    if (scope->account_id != NULL) {
        queue_set_paused(queue_of(scope->account_id), scope, is_paused, callback, NULL);
        return;
    }
    for (unsigned i = 0; i < the_operator.partitions; i++) {
        queue_set_paused(the_operator.queues[i], scope, is_paused, callback, NULL);
    }
}

static void pause_any(bool is_paused)
{
    static const char *const accounts[] = {"1061", "1062", "1063"};
    struct queue_scope scope = {0};
    if (sim_chance(700000)) {
        scope.account_id = accounts[sim_draw(ARRAY_LEN(accounts))];
        scope.pack_id = sim_chance(500000) ? "pack-1" : NULL;
    }
    sim_faults_count(is_paused ? "pause" : "resume");
    set_paused(&scope, is_paused, on_paused);
}

static void settle_any(enum queue_dead_action action)
{
    unsigned partition = any_partition();
    const char *id = any_of(partition, "dead");
    if (id[0] != '\0') {
        sim_faults_count(action == QUEUE_DEAD_RETRY ? "dead retry" : "dead drop");
        queue_settle_dead(the_operator.queues[partition], id, action, on_settled, NULL);
    }
}

static void drain_any(void)
{
    const char *id = any_of(0, "workers");
    if (id[0] != '\0') {
        sim_faults_count("drain by word");
        queue_drain_worker(the_operator.queues[0], id, sim_chance(500000), on_told, NULL);
    }
}

static void on_next(struct sim_event *event)
{
    switch (sim_draw(10)) {
    case 0:
    case 1:
    case 2:
        cancel_any();
        break;
    case 3:
        pause_any(true);
        break;
    case 4:
    case 5:
        pause_any(false);
        break;
    case 6:
    case 7:
        settle_any(QUEUE_DEAD_RETRY);
        break;
    case 8:
        settle_any(QUEUE_DEAD_DROP);
        break;
    default:
        drain_any();
    }
    sim_event_set(event, sim_seldom_long(0, ACTIONS_APART_S * (int64_t)SIM_SECOND_US));
}

void sim_operator_begin(void)
{
    sim_event_init(&the_operator.next, &the_operator.actor, SIM_RANK_OTHER, on_next);
    sim_event_set(&the_operator.next, SIM_SECOND_US);
}

// ---- letting go

static void on_let_go(void *context, const struct queue_pause_result *result, const struct err *err)
{
    (void)context;
    (void)result;
    if (err != NULL && !the_operator.next.is_set) {
        sim_event_set(&the_operator.next, SIM_SECOND_US);
    }
}

// Every scope that may have been paused; what is not paused stays as it is.
static void on_let_go_time(struct sim_event *event)
{
    static const char *const accounts[] = {NULL, "1061", "1062", "1063"};
    (void)event;
    for (size_t i = 0; i < ARRAY_LEN(accounts); i++) {
        struct queue_scope scope = {.account_id = accounts[i]};
        set_paused(&scope, false, on_let_go);
        if (scope.account_id != NULL) {
            scope.pack_id = "pack-1";
            set_paused(&scope, false, on_let_go);
        }
    }
}

void sim_operator_end(void)
{
    sim_event_drop(&the_operator.next);
    sim_event_init(&the_operator.next, &the_operator.actor, SIM_RANK_OTHER, on_let_go_time);
    sim_event_set(&the_operator.next, 1);
}
