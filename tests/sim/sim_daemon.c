// SPDX-License-Identifier: MIT
#include "sim_daemon.h"

#include "base/mem.h"
#include "base/random.h"
#include "queue/queue.h"
#include "sim_connection.h"
#include "sim_outside.h"
#include "worker/pool.h"

#include <stdio.h>
#include <string.h>

enum link_role { LINK_COMMAND, LINK_CONTROL, LINK_BLOCKING };

// Made with its connection, and gone with it.
struct link {
    struct sim_daemon *daemon;
    enum link_role role;
    struct redis_connection *connection;
};

struct sim_daemon {
    struct sim_actor actor;
    uv_loop_t loop; // never run; its data is the actor
    const struct sim_settings *settings;
    struct link *command; // all partitions'
    struct link *control;
    struct link *blocking[SIM_PARTITIONS_MAX]; // NULL: none
    struct queue *queues[SIM_PARTITIONS_MAX];
    struct tasks *tasks;
    struct pack_source *source;
    struct store *store;
    struct pool *pool;
    bool is_told_to_drain;
    bool was_cut; // the command connection did not stand all the time since the drain began
    bool is_ready;
    bool has_ended;
    struct loop_closing closing; // of all links, and held until the pool is closed
    struct sim_daemon *next_dead;
};

static struct sim_daemon *dead_daemons;

// Accounts that are known to all daemons, of three partitions one in each; requests name others, too.
static char no_text[] = "";
static struct account accounts[] = {{.id = "1061", no_text, no_text, no_text, no_text, no_text},
                                    {.id = "1062", no_text, no_text, no_text, no_text, no_text},
                                    {.id = "1063", no_text, no_text, no_text, no_text, no_text}};
static const struct account_set account_set = {.items = accounts, .count = ARRAY_LEN(accounts)};
static struct rulebook rulebook = {.references = 1};

// ---- what it hears

static void on_link_ready(void *owner, const struct redis_server_info *server)
{
    struct link *link = owner;
    (void)server;
    switch (link->role) {
    case LINK_COMMAND:
        pool_command_is_up(link->daemon->pool);
        return;
    case LINK_BLOCKING:
        pool_blocking_is_up(link->daemon->pool);
        return;
    case LINK_CONTROL:
        pool_control_is_up(link->daemon->pool);
        return;
    }
}

static void on_link_down(void *owner, const struct err *err)
{
    const struct link *link = owner;
    link->daemon->was_cut = link->daemon->was_cut || link->role == LINK_COMMAND;
    if (link->daemon->pool != NULL) {
        pool_connection_is_down(link->daemon->pool, err);
    }
}

static void on_ready(void *owner, const char *fault)
{
    struct sim_daemon *daemon = owner;
    daemon->is_ready = fault == NULL;
    sim_note(&daemon->actor, "%s%s",
             fault == NULL ? "ready" : "not ready: ", fault == NULL ? "" : fault);
}

static void on_drain_word(void *owner, bool hand_back)
{
    struct sim_daemon *daemon = owner;
    daemon->is_told_to_drain = true;
    if (hand_back && !pool_is_draining(daemon->pool)) {
        pool_drain(daemon->pool);
    }
    pool_drain(daemon->pool);
}

static void on_unusable(void *owner, const struct err *err)
{
    const struct sim_daemon *daemon = owner;
    sim_note(&daemon->actor, "unusable: %s", err->message);
    INVARIANT(err == NULL); // the number of partitions never changes
}

static void on_part_closed(void *owner)
{
    struct sim_daemon *daemon = owner;
    loop_closing_down(&daemon->closing);
}

static void on_all_closed(void *owner)
{
    struct sim_daemon *daemon = owner;
    daemon->has_ended = true;
}

static void on_link_closed(void *owner)
{
    struct link *link = owner;
    struct sim_daemon *daemon = link->daemon;
    mem_free(&link);
    loop_closing_down(&daemon->closing);
}

static void close_link(struct link **link)
{
    if (*link != NULL) {
        redis_connection_close((*link)->connection, on_link_closed, *link);
        *link = NULL;
    }
}

static void on_pool_closed(void *owner)
{
    enum { PARTS_WITH_CLOSE = 2 };
    struct sim_daemon *daemon = owner;
    daemon->pool = NULL;
    daemon->closing.on_closed = on_all_closed;
    daemon->closing.owner = daemon;
    daemon->closing.open_handles += PARTS_WITH_CLOSE;
    close_link(&daemon->command);
    close_link(&daemon->control);
    for (unsigned i = 0; i < daemon->settings->partitions; i++) {
        close_link(&daemon->blocking[i]);
    }
    daemon->source->methods->close(daemon->source, on_part_closed, daemon);
    tasks_close(daemon->tasks, on_part_closed, daemon);
    loop_closing_down(&daemon->closing); // what sim_daemon_start has held
}

static void on_drained(void *owner)
{
    struct sim_daemon *daemon = owner;
    pool_close(daemon->pool);
}

// ---- beginning

static struct link *open_link(struct sim_daemon *daemon, enum link_role role)
{
    static const char *const names[] = {
        [LINK_COMMAND] = "command", [LINK_CONTROL] = "control", [LINK_BLOCKING] = "blocking"};
    struct link *link = mem_alloc(1, sizeof(*link));
    *link = (struct link){.daemon = daemon, .role = role};
    const struct redis_config config = {.connect_timeout_ms = 5000,
                                        .command_timeout_ms = daemon->settings->lease_ms * 3 / 10,
                                        .backoff_base_ms = 50,
                                        .backoff_cap_ms = 2000,
                                        .name = names[role]};
    const struct redis_events events = {
        .owner = link, .on_ready = on_link_ready, .on_down = on_link_down};
    loop_closing_up(&daemon->closing);
    link->connection = redis_connection_create(&daemon->loop, &config, &events);
    return link;
}

static struct redis_connection *on_open_blocking(void *owner, unsigned partition)
{
    struct sim_daemon *daemon = owner;
    REQUIRE(partition < daemon->settings->partitions && daemon->blocking[partition] == NULL);
    daemon->blocking[partition] = open_link(daemon, LINK_BLOCKING);
    return daemon->blocking[partition]->connection;
}

static void on_close_blocking(void *owner, unsigned partition)
{
    struct sim_daemon *daemon = owner;
    REQUIRE(partition < daemon->settings->partitions);
    close_link(&daemon->blocking[partition]);
}

static void make_queues(struct sim_daemon *daemon)
{
    const struct sim_settings *settings = daemon->settings;
    char letters[RANDOM_ID_LETTERS + 1];
    random_id(letters);
    char worker_id[QUEUE_WORKER_ID_BYTES];
    (void)snprintf(worker_id, sizeof(worker_id), "%s:%.8s", daemon->actor.name, letters);
    struct queue_config config = {.prefix = "packreport",
                                  .partitions = settings->partitions,
                                  .worker_id = worker_id,
                                  .lease_ms = settings->lease_ms,
                                  .token_ttl_ms = settings->token_ttl_ms,
                                  .answer_ttl_ms = settings->answer_ttl_ms,
                                  .history_ttl_ms = settings->history_ttl_ms,
                                  .backlog_max = settings->backlog_max,
                                  .account_cap = settings->account_cap,
                                  .events_max = 1000,
                                  .dead_max = 8,
                                  .version = "sim"};
    for (unsigned i = 0; i < settings->partitions; i++) {
        config.partition = i;
        daemon->queues[i] = queue_create(daemon->command->connection, &config);
    }
}

static void make_pool(struct sim_daemon *daemon)
{
    const struct sim_settings *settings = daemon->settings;
    const struct pool_config config = {.max_jobs = settings->max_jobs,
                                       .partitions = settings->partitions,
                                       .max_attempts = settings->max_attempts,
                                       .max_throttled = settings->max_attempts,
                                       .eval_threads = 1,
                                       .lease_ms = settings->lease_ms,
                                       .block_ms = settings->block_ms,
                                       .sweep_interval_ms = settings->sweep_ms,
                                       .drain_timeout_ms = settings->drain_ms,
                                       .retry_base_ms = 1000,
                                       .retry_cap_ms = 60000,
                                       .breaker_threshold = settings->breaker_threshold,
                                       .breaker_base_ms = 1000,
                                       .breaker_cap_ms = 60000,
                                       .outage_patience_ms = settings->outage_patience_ms,
                                       .take_over_idle_ms = 2 * settings->lease_ms,
                                       .inventory_folder = "/",
                                       .drill_step = ""};
    struct pool_partition partitions[SIM_PARTITIONS_MAX];
    for (unsigned i = 0; i < settings->partitions; i++) {
        partitions[i] = (struct pool_partition){.queue = daemon->queues[i],
                                                .command = daemon->command->connection};
    }
    const struct pool_parts parts = {.loop = &daemon->loop,
                                     .partitions = partitions,
                                     .links = {.owner = daemon,
                                               .open_blocking = on_open_blocking,
                                               .close_blocking = on_close_blocking},
                                     .control = daemon->control->connection,
                                     .tasks = daemon->tasks,
                                     .source = daemon->source,
                                     .store = daemon->store};
    const struct pool_events events = {.owner = daemon,
                                       .on_ready = on_ready,
                                       .on_drain_word = on_drain_word,
                                       .on_drained = on_drained,
                                       .on_closed = on_pool_closed,
                                       .on_unusable = on_unusable};
    daemon->pool = pool_create(&config, &parts, &events);
    pool_set_accounts(daemon->pool, &account_set);
    pool_set_rulebook(daemon->pool, &rulebook);
}

struct sim_daemon *sim_daemon_start(const struct sim_settings *settings, unsigned slot,
                                    unsigned life)
{
    struct sim_daemon *daemon = mem_alloc(1, sizeof(*daemon));
    struct err err = ERR_INIT;
    (void)snprintf(daemon->actor.name, sizeof(daemon->actor.name), "d%u.%u", slot, life);
    daemon->loop.data = &daemon->actor;
    daemon->store = sim_store_create(&daemon->actor);
    daemon->source = sim_source_create(&daemon->actor);
    enum err_kind made = tasks_create(&daemon->loop, settings->threads, &daemon->tasks, &err);
    ENSURE(made == ERR_OK);
    daemon->settings = settings;
    loop_closing_up(&daemon->closing);
    daemon->command = open_link(daemon, LINK_COMMAND);
    daemon->control = open_link(daemon, LINK_CONTROL);
    make_queues(daemon);
    make_pool(daemon);
    sim_note(&daemon->actor, "starts");
    return daemon;
}

// ---- the end

void sim_daemon_drain(struct sim_daemon *daemon)
{
    if (daemon->pool != NULL) {
        daemon->is_told_to_drain = true;
        daemon->was_cut = !redis_connection_is_ready(daemon->command->connection);
        pool_drain(daemon->pool);
    }
}

void sim_daemon_die(struct sim_daemon **daemon)
{
    struct sim_daemon *dead = *daemon;
    sim_note(&dead->actor, "dies");
    REQUIRE(!sim_daemon_is_closing(dead));
    sim_connections_die(&dead->actor);
    sim_actor_drop_events(&dead->actor);
    dead->next_dead = dead_daemons;
    dead_daemons = dead;
    *daemon = NULL;
}

bool sim_daemon_is_closing(const struct sim_daemon *daemon)
{
    return daemon->pool == NULL;
}

bool sim_daemon_has_ended(const struct sim_daemon *daemon)
{
    return daemon->has_ended;
}

void sim_daemon_free(struct sim_daemon **daemon)
{
    REQUIRE((*daemon)->has_ended);
    for (unsigned i = 0; i < (*daemon)->settings->partitions; i++) {
        queue_destroy(&(*daemon)->queues[i]);
    }
    (*daemon)->store->methods->destroy((*daemon)->store);
    mem_free(daemon);
}

// ---- what others ask

struct sim_actor *sim_daemon_actor(struct sim_daemon *daemon)
{
    return &daemon->actor;
}

const char *sim_daemon_worker_id(const struct sim_daemon *daemon)
{
    return queue_worker_id(daemon->queues[0]);
}

bool sim_daemon_was_cut(const struct sim_daemon *daemon)
{
    return daemon->was_cut;
}

bool sim_daemon_is_ready(const struct sim_daemon *daemon)
{
    return daemon->pool != NULL && pool_is_ready(daemon->pool);
}

bool sim_daemon_is_draining(const struct sim_daemon *daemon)
{
    return daemon->is_told_to_drain;
}

void sim_daemon_cut(struct sim_daemon *daemon)
{
    const struct link *links[2 + SIM_PARTITIONS_MAX] = {daemon->command, daemon->control};
    size_t count = 2;
    if (daemon->pool == NULL) {
        return;
    }
    for (unsigned i = 0; i < daemon->settings->partitions; i++) {
        if (daemon->blocking[i] != NULL) {
            links[count++] = daemon->blocking[i];
        }
    }
    sim_connection_cut(links[sim_draw(count)]->connection);
}
