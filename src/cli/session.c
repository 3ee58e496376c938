// SPDX-License-Identifier: MIT
//
// The loop of a command, and its connections: one, or in a cluster one for each partition that the
// command asks for.
#include "session.h"

#include "base/mem.h"
#include "cli.h"
#include "queue/partition.h"
#include "redis/cluster.h"
#include "redis/connection.h"
#include "session_place.h"

enum {
    OPEN_TIMEOUT_MS = 10000,
    OPEN_PATIENCE_MS = 2000, // for a Redis that is just being started again
    CONNECT_TIMEOUT_MS = 5000,
    COMMAND_TIMEOUT_MS = 5000,
    LONGEST_LEASE_MS = 10 * 60 * 1000, // that [queue] lease may be
};

struct session_link {
    struct session *session;
    struct redis_connection *connection; // NULL: none yet
    bool is_ready;
    bool is_settled; // while it opens: ready, or not to be had
    bool is_closed;
    struct err last_down; // why the connection is not there
};

struct session {
    uv_loop_t loop;
    struct loop_timer timer;
    bool timer_fired;
    struct session_place place;
    struct redis_cluster *cluster;                   // NULL: none
    struct session_link links[QUEUE_PARTITIONS_MAX]; // without a cluster the first is everybody's
    bool is_patient;                            // while it opens: what may pass is no answer yet
    unsigned partitions;                        // 0: not known yet
    struct queue *queues[QUEUE_PARTITIONS_MAX]; // NULL: not asked for yet
};

// ---- running the loop

static void on_timer(struct loop_timer *timer)
{
    struct session *session = timer->owner;
    session->timer_fired = true;
}

// Runs the loop until *done, or for `timeout_ms`. True when *done.
static bool run_until(struct session *session, const bool *done, int64_t timeout_ms)
{
    session->timer_fired = false;
    loop_timer_start(&session->timer, timeout_ms);
    while (!*done && !session->timer_fired) {
        (void)uv_run(&session->loop, UV_RUN_ONCE);
    }
    loop_timer_stop(&session->timer);
    return *done;
}

void session_pause(struct session *session, int64_t ms)
{
    const bool never = false;
    (void)run_until(session, &never, ms);
}

// ---- connections

static void on_ready(void *owner, const struct redis_server_info *server)
{
    (void)server;
    struct session_link *link = owner;
    link->is_ready = true;
    link->is_settled = true;
}

static void on_down(void *owner, const struct err *err)
{
    struct session_link *link = owner;
    link->is_ready = false;
    link->last_down = *err;
    link->is_settled = !link->session->is_patient || !err_kind_is_transient(err->kind);
}

static size_t nodes_of(const struct sentinel_addresses *addresses,
                       struct redis_node nodes_out[SENTINEL_ADDRESSES_MAX])
{
    for (size_t i = 0; i < addresses->count; i++) {
        nodes_out[i] =
            (struct redis_node){.host = addresses->list[i].host, .port = addresses->list[i].port};
    }
    return addresses->count;
}

static void connect_link(struct session *session, struct session_link *link, unsigned partition)
{
    const struct session_place *place = &session->place;
    struct redis_node sentinels[SENTINEL_ADDRESSES_MAX];
    const struct redis_config config = {
        .unix_path = place->address.unix_path[0] == '\0' ? NULL : place->address.unix_path,
        .host = place->address.host,
        .port = place->address.port,
        .sentinel_count = nodes_of(&place->sentinels, sentinels),
        .sentinels = sentinels,
        .master_name = place->master_name,
        .sentinel_user = place->sentinel_user,
        .sentinel_password = place->sentinel_password,
        .cluster = session->cluster,
        .slot = queue_partition_slot(partition),
        .tls = place->tls,
        .user = place->user,
        .password = place->password,
        .database = place->database,
        .connect_timeout_ms = CONNECT_TIMEOUT_MS,
        .command_timeout_ms = COMMAND_TIMEOUT_MS,
        .backoff_base_ms = 50,
        .backoff_cap_ms = 1000,
        .name = "packreport-cli",
    };
    const struct redis_events events = {.owner = link, .on_ready = on_ready, .on_down = on_down};
    link->session = session;
    link->connection = redis_connection_create(&session->loop, &config, &events);
}

static enum err_kind wait_until_ready(struct session_link *link, struct err *err)
{
    struct session *session = link->session;
    session->is_patient = true;
    (void)run_until(session, &link->is_settled, OPEN_PATIENCE_MS);
    session->is_patient = false;
    if (!link->is_settled && link->last_down.kind == ERR_OK) {
        (void)run_until(session, &link->is_settled, OPEN_TIMEOUT_MS - OPEN_PATIENCE_MS);
    }
    if (link->is_ready) {
        return ERR_OK;
    }
    if (link->last_down.kind == ERR_OK) {
        return err_set(err, ERR_TIMEOUT, "Redis did not answer within %d s",
                       OPEN_TIMEOUT_MS / 1000);
    }
    *err = link->last_down;
    return err->kind;
}

// Waits for a connection that is new; where it does not come up, the calls on it say so.
static struct redis_connection *connection_of(struct session *session, unsigned partition)
{
    struct session_link *link = &session->links[session->cluster == NULL ? 0 : partition];
    if (link->connection == NULL) {
        struct err ignored = ERR_INIT;
        connect_link(session, link, partition);
        (void)wait_until_ready(link, &ignored);
    }
    return link->connection;
}

// ---- partitions

static struct queue *make_queue(struct session *session, unsigned partition, unsigned partitions)
{
    // What a command writes is kept as long as what the daemon writes. Dead letters are the daemon's
    // to evict: its limit may be another than the one known here.
    const struct settings *settings = &session->place.settings;
    const struct settings_queue *queue = &settings->queue;
    bool is_known = session->place.is_from_file; // else the daemons may have set anything
    unsigned crashes_max = is_known ? settings->worker.max_crashes : QUEUE_CRASHES_UNKNOWN;
    const struct queue_config config = {.prefix = session->place.prefix,
                                        .partition = partition,
                                        .partitions = partitions,
                                        .worker_id = "cli",
                                        .lease_ms = is_known ? queue->lease_ms : LONGEST_LEASE_MS,
                                        .token_ttl_ms = queue->token_ttl_ms,
                                        .answer_ttl_ms = queue->answer_ttl_ms,
                                        .history_ttl_ms = queue->history_ttl_ms,
                                        .backlog_max = queue->backlog_max,
                                        .account_cap = queue->account_cap,
                                        .account_weight = queue->account_weight,
                                        .events_max = queue->events_max,
                                        .crashes_max = crashes_max,
                                        .dead_max = UINT32_MAX};
    return queue_create(connection_of(session, partition), &config);
}

bool session_is_on_cluster(const struct session *session)
{
    return session->cluster != NULL;
}

const char *session_server(const struct session *session, unsigned partition)
{
    const struct session_link *link = &session->links[session->cluster == NULL ? 0 : partition];
    return link->connection == NULL ? "" : redis_connection_master(link->connection);
}

unsigned session_partitions(const struct session *session)
{
    return session->partitions;
}

struct queue *session_queue(struct session *session, unsigned partition)
{
    REQUIRE(partition < session->partitions);
    if (session->queues[partition] == NULL) {
        session->queues[partition] = make_queue(session, partition, session->partitions);
    }
    return session->queues[partition];
}

struct queue *session_queue_of(struct session *session, const char *account_id)
{
    return session_queue(session, queue_partition_of(account_id, session->partitions));
}

struct number_wait {
    bool done;
    unsigned partitions;
    struct err err;
};

static void on_partitions(void *context, unsigned partitions, const struct err *err)
{
    struct number_wait *wait = context;
    wait->done = true;
    wait->partitions = partitions;
    if (err != NULL) {
        wait->err = *err;
    }
}

// What Redis holds counts; before a daemon has written it, what the daemon's settings say.
static enum err_kind learn_partitions(struct session *session, struct err *err)
{
    struct number_wait wait = {.done = false};
    struct queue *any = make_queue(session, 0, 1);
    queue_get_partitions(any, on_partitions, &wait);
    session_await(session, &wait.done);
    queue_destroy(&any);
    if (wait.err.kind != ERR_OK) {
        *err = wait.err;
        return err->kind;
    }
    session->partitions =
        wait.partitions > 0 ? wait.partitions : session->place.settings.queue.partitions;
    return ERR_OK;
}

// ---- opening and closing

static void make_cluster(struct session *session)
{
    struct redis_node nodes[SENTINEL_ADDRESSES_MAX];
    const struct redis_cluster_config config = {.seed_count =
                                                    nodes_of(&session->place.nodes, nodes),
                                                .seeds = nodes,
                                                .user = session->place.user,
                                                .password = session->place.password,
                                                .tls = session->place.tls};
    session->cluster = redis_cluster_create(&session->loop, &config);
}

// The first connection, to what has the number of partitions.
static enum err_kind open_first(struct session *session, struct err *err)
{
    if (session->place.nodes.count > 0) {
        make_cluster(session);
    }
    connect_link(session, &session->links[0], 0);
    return wait_until_ready(&session->links[0], err) == ERR_OK ? learn_partitions(session, err)
                                                               : err->kind;
}

enum err_kind session_open(const struct session_options *options, struct session **session_out,
                           struct err *err)
{
    struct session *session = mem_alloc(1, sizeof(*session));
    (void)uv_loop_init(&session->loop);
    loop_timer_init(&session->timer, &session->loop, on_timer, session);
    if (session_place_find(options, &session->place, err) != ERR_OK ||
        open_first(session, err) != ERR_OK) {
        session_close(&session);
        return err->kind;
    }
    *session_out = session;
    return ERR_OK;
}

static void on_closed(void *owner)
{
    *(bool *)owner = true;
}

static void close_connections(struct session *session)
{
    for (size_t i = 0; i < QUEUE_PARTITIONS_MAX; i++) {
        struct session_link *link = &session->links[i];
        if (link->connection != NULL) {
            redis_connection_close(link->connection, on_closed, &link->is_closed);
            session_await(session, &link->is_closed);
        }
        if (session->queues[i] != NULL) {
            queue_destroy(&session->queues[i]);
        }
    }
    if (session->cluster != NULL) {
        bool is_closed = false;
        redis_cluster_close(session->cluster, on_closed, &is_closed);
        session_await(session, &is_closed);
    }
}

void session_close(struct session **session_address)
{
    struct session *session = *session_address;
    if (session == NULL) {
        return;
    }
    close_connections(session);
    loop_timer_close(&session->timer, NULL);
    (void)uv_run(&session->loop, UV_RUN_DEFAULT);
    int status = uv_loop_close(&session->loop);
    ENSURE(status == 0);
    session_place_deinit(&session->place);
    mem_free(session_address);
}

int session_run(const struct session_options *options, const char *command, session_body_cb body,
                void *context)
{
    struct err err = ERR_INIT;
    struct session *session = NULL;
    if (session_open(options, &session, &err) != ERR_OK) {
        return cli_fail(command, &err);
    }
    int status = body(context, session);
    session_close(&session);
    return status;
}

// Every call of the queue ends with a callback (the connection sees to that), so there is no
// deadline here.
void session_await(struct session *session, const bool *done)
{
    while (!*done) {
        (void)uv_run(&session->loop, UV_RUN_ONCE);
    }
}
