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

enum { LINKS = 3, PARTS_WITH_CLOSE = LINKS + 2 };

enum link_role { LINK_COMMAND, LINK_BLOCKING, LINK_CONTROL };

struct link {
    struct sim_daemon *daemon;
    enum link_role role;
    struct redis_connection *connection;
};

struct sim_daemon {
    struct sim_actor actor;
    uv_loop_t loop; // never run; its data is the actor
    struct link links[LINKS];
    struct queue *queue;
    struct tasks *tasks;
    struct pack_source *source;
    struct store *store;
    struct pool *pool;
    bool is_told_to_drain;
    bool is_ready;
    bool has_ended;
    struct loop_closing closing;
    struct sim_daemon *next_dead;
};

static struct sim_daemon *dead_daemons;

// Accounts that are known to all daemons; requests name others, too.
static char no_text[] = "";
static struct account accounts[] = {{.id = "1001", no_text, no_text, no_text, no_text, no_text},
                                    {.id = "1002", no_text, no_text, no_text, no_text, no_text},
                                    {.id = "1003", no_text, no_text, no_text, no_text, no_text}};
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
    (void)err;
    if (link->daemon->pool != NULL) {
        pool_connection_is_down(link->daemon->pool);
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

static void on_pool_closed(void *owner)
{
    struct sim_daemon *daemon = owner;
    daemon->pool = NULL;
    daemon->closing = (struct loop_closing){
        .open_handles = PARTS_WITH_CLOSE, .on_closed = on_all_closed, .owner = daemon};
    for (size_t i = 0; i < LINKS; i++) {
        redis_connection_close(daemon->links[i].connection, on_part_closed, daemon);
    }
    daemon->source->methods->close(daemon->source, on_part_closed, daemon);
    tasks_close(daemon->tasks, on_part_closed, daemon);
}

static void on_drained(void *owner)
{
    struct sim_daemon *daemon = owner;
    pool_close(daemon->pool);
}

// ---- beginning

static void make_links(struct sim_daemon *daemon, const struct sim_settings *settings)
{
    static const char *const names[LINKS] = {"command", "blocking", "control"};
    for (size_t i = 0; i < LINKS; i++) {
        struct link *link = &daemon->links[i];
        *link = (struct link){.daemon = daemon, .role = (enum link_role)i};
        const struct redis_config config = {.connect_timeout_ms = 5000,
                                            .command_timeout_ms = settings->lease_ms * 3 / 10,
                                            .backoff_base_ms = 50,
                                            .backoff_cap_ms = 2000,
                                            .name = names[i]};
        const struct redis_events events = {
            .owner = link, .on_ready = on_link_ready, .on_down = on_link_down};
        link->connection = redis_connection_create(&daemon->loop, &config, &events);
    }
}

static void make_queue(struct sim_daemon *daemon, const struct sim_settings *settings)
{
    char letters[RANDOM_ID_LETTERS + 1];
    random_id(letters);
    char worker_id[QUEUE_WORKER_ID_BYTES];
    (void)snprintf(worker_id, sizeof(worker_id), "%s:%.8s", daemon->actor.name, letters);
    const struct queue_config config = {.prefix = "packreport",
                                        .worker_id = worker_id,
                                        .lease_ms = settings->lease_ms,
                                        .token_ttl_ms = settings->token_ttl_ms,
                                        .answer_ttl_ms = settings->answer_ttl_ms,
                                        .history_ttl_ms = settings->history_ttl_ms,
                                        .backlog_max = settings->backlog_max,
                                        .events_max = 1000,
                                        .dead_max = 8,
                                        .version = "sim"};
    daemon->queue = queue_create(daemon->links[LINK_COMMAND].connection, &config);
}

static void make_pool(struct sim_daemon *daemon, const struct sim_settings *settings)
{
    const struct pool_config config = {.max_jobs = settings->max_jobs,
                                       .partitions = 1,
                                       .max_attempts = settings->max_attempts,
                                       .eval_threads = 1,
                                       .lease_ms = settings->lease_ms,
                                       .block_ms = settings->block_ms,
                                       .sweep_interval_ms = settings->sweep_ms,
                                       .drain_timeout_ms = settings->drain_ms,
                                       .retry_base_ms = 1000,
                                       .retry_cap_ms = 60000,
                                       .take_over_idle_ms = 2 * settings->lease_ms,
                                       .inventory_folder = "/",
                                       .drill_step = ""};
    const struct pool_parts parts = {.loop = &daemon->loop,
                                     .command = daemon->links[LINK_COMMAND].connection,
                                     .blocking = daemon->links[LINK_BLOCKING].connection,
                                     .control = daemon->links[LINK_CONTROL].connection,
                                     .queue = daemon->queue,
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
    make_links(daemon, settings);
    make_queue(daemon, settings);
    make_pool(daemon, settings);
    sim_note(&daemon->actor, "starts");
    return daemon;
}

// ---- the end

void sim_daemon_drain(struct sim_daemon *daemon)
{
    if (daemon->pool != NULL) {
        daemon->is_told_to_drain = true;
        pool_drain(daemon->pool);
    }
}

void sim_daemon_die(struct sim_daemon **daemon)
{
    struct sim_daemon *dead = *daemon;
    sim_note(&dead->actor, "dies");
    REQUIRE(!sim_daemon_is_closing(dead));
    for (size_t i = 0; i < LINKS; i++) {
        sim_connection_die(dead->links[i].connection);
    }
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
    queue_destroy(&(*daemon)->queue);
    (*daemon)->store->methods->destroy((*daemon)->store);
    mem_free(daemon);
}

// ---- what others ask

struct sim_actor *sim_daemon_actor(struct sim_daemon *daemon)
{
    return &daemon->actor;
}

bool sim_daemon_is_ready(const struct sim_daemon *daemon)
{
    return daemon->pool != NULL && pool_is_ready(daemon->pool);
}

bool sim_daemon_is_draining(const struct sim_daemon *daemon)
{
    return daemon->is_told_to_drain;
}

void sim_daemon_cut(struct sim_daemon *daemon, unsigned which)
{
    if (daemon->pool != NULL) {
        sim_connection_cut(daemon->links[which % LINKS].connection);
    }
}
