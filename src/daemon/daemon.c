// SPDX-License-Identifier: MIT
#include "daemon.h"

#include "api/monitor.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/tasks.h"
#include "cautions.h"
#include "daemon_links.h"
#include "daemon_queues.h"
#include "dev_redis.h"
#include "door.h"
#include "notify.h"
#include "parts.h"
#include "queue/partition.h"
#include "reload.h"
#include "signals.h"
#include "store/store.h"
#include "worker/pool.h"

#include <sys/resource.h>
#include <unistd.h>

enum {
    ROLE_CHECK_MS = 2000, // two different answers of Sentinel make a master be left
    // Of an end by `packreport drain`: the unit does not start it again (docs/operations.md).
    DRAINED_STATUS = 79,
};

struct daemon {
    const struct daemon_inputs *inputs;
    uv_loop_t loop;
    struct log *log;
    struct dev_redis *dev_redis;
    struct notify *notify;
    struct signals *signals;
    struct reload *reload;
    struct judgement judgement; // accounts and rulebook in force
    struct secret *redis_password;
    struct secret *sentinel_password;
    struct redis_tls *redis_tls;
    struct tasks *tasks;
    struct pack_source *source;
    struct store *store;
    struct daemon_links *links;
    struct daemon_queues *queues;
    struct pool *pool;
    struct door *door;       // NULL: no front door
    struct monitor *monitor; // NULL: none
    struct loop_closing closing;
    int exit_status;
};

// ---- what happens while it runs

static void drain(struct daemon *daemon)
{
    if (daemon->door != NULL) {
        door_quiet(daemon->door);
    }
    pool_drain(daemon->pool);
}

static void end_with(struct daemon *daemon, int exit_status)
{
    daemon->exit_status = exit_status;
    drain(daemon);
}

static void on_ready(void *owner, const char *fault)
{
    struct daemon *daemon = owner;
    if (daemon->monitor != NULL) {
        monitor_set_fault(daemon->monitor, fault);
    }
    if (fault == NULL) {
        LOG_AT(daemon->log, LOG_INFO, "daemon.ready", LOG_NUMBER("pid", getpid()));
        notify_status(daemon->notify, "consuming requests");
        notify_ready(daemon->notify);
        return;
    }
    LOG_AT(daemon->log, LOG_WARNING, "daemon.not_ready", LOG_NUMBER("pid", getpid()),
           LOG_TEXT("error", fault));
    notify_status(daemon->notify, "not consuming: %s", fault);
}

static void on_unusable(void *owner, const struct err *err)
{
    struct daemon *daemon = owner;
    LOG_AT(daemon->log, LOG_ERROR, "redis.unusable", LOG_ERR(err));
    end_with(daemon, err_kind_exit_status(ERR_CONFIG));
}

static void on_dev_redis_died(void *owner, const struct err *err)
{
    struct daemon *daemon = owner;
    LOG_AT(daemon->log, LOG_ERROR, "redis.died", LOG_ERR(err));
    if (daemon->pool == NULL) {
        return;
    }
    end_with(daemon, err_kind_exit_status(ERR_UNAVAILABLE));
}

static void on_command_up(void *owner)
{
    struct daemon *daemon = owner;
    pool_command_is_up(daemon->pool);
}

static void on_blocking_up(void *owner)
{
    struct daemon *daemon = owner;
    pool_blocking_is_up(daemon->pool);
}

static void on_control_up(void *owner)
{
    struct daemon *daemon = owner;
    pool_control_is_up(daemon->pool);
}

static void on_link_down(void *owner, const struct err *err)
{
    struct daemon *daemon = owner;
    pool_connection_is_down(daemon->pool, err);
}

static bool is_alive(void *owner)
{
    const struct daemon *daemon = owner;
    return pool_is_alive(daemon->pool, MONITOR_HEALTHY_WITHIN_MS);
}

static void on_terminate(void *owner)
{
    struct daemon *daemon = owner;
    if (daemon->pool == NULL) {
        return; // drained already; what is open is being closed
    }
    notify_draining(daemon->notify, daemon->inputs->settings->worker.drain_timeout_ms);
    drain(daemon);
}

static void on_drain_word(void *owner, bool hand_back)
{
    struct daemon *daemon = owner;
    LOG_AT(daemon->log, LOG_INFO, "drain.told", LOG_NUMBER("hand_back", hand_back ? 1 : 0));
    notify_draining(daemon->notify, daemon->inputs->settings->worker.drain_timeout_ms);
    if (hand_back && !pool_is_draining(daemon->pool)) {
        pool_drain(daemon->pool);
    }
    end_with(daemon, DRAINED_STATUS);
}

// Nothing will be judged by what a reload reads, and a door that is quiet takes no certificate.
static bool is_ending(const struct daemon *daemon)
{
    return daemon->pool == NULL || pool_is_draining(daemon->pool);
}

static void on_reloaded(void *owner, struct judgement *fresh, const struct reload_access *access)
{
    struct daemon *daemon = owner;
    struct settings *settings = daemon->inputs->settings;
    struct err err = ERR_INIT;
    if (is_ending(daemon)) { // told so while the reload was under way
        judgement_deinit(fresh);
        return;
    }
    log_set_level(daemon->log, settings->log.level);
    if (fresh->rulebook != NULL) {
        judgement_deinit(&daemon->judgement);
        daemon->judgement = *fresh;
        pool_set_accounts(daemon->pool, &daemon->judgement.accounts);
        pool_set_rulebook(daemon->pool, daemon->judgement.rulebook);
        if (daemon->door != NULL) {
            door_set_accounts(daemon->door, &daemon->judgement.accounts);
        }
    }
    if (access->redis_password != NULL) {
        daemon_links_set_password(daemon->links, access->redis_password);
    }
    if (access->redis_tls != NULL) {
        daemon_links_set_tls(daemon->links, access->redis_tls);
    }
    if (daemon->source->methods->reload(daemon->source, &err) != ERR_OK) {
        LOG_AT(daemon->log, LOG_ERROR, "reload.credentials_failed", LOG_ERR(&err));
    }
    if (daemon->door != NULL) {
        door_reload(daemon->door);
    }
    // Without Redis, on_ready says so once there is one again.
    if (pool_is_ready(daemon->pool)) {
        notify_ready(daemon->notify);
    }
}

static void on_hang_up(void *owner)
{
    struct daemon *daemon = owner;
    if (is_ending(daemon)) {
        return;
    }
    notify_reloading(daemon->notify);
    reload_start(daemon->reload);
}

// ---- the end

static void on_part_closed(void *owner)
{
    struct daemon *daemon = owner;
    loop_closing_down(&daemon->closing);
}

// Closes what has handles on the loop; the rest goes when the loop has run out.
static void close_parts(struct daemon *daemon)
{
    daemon->closing = (struct loop_closing){0};
    loop_closing_up(&daemon->closing); // held until all closes have begun
    if (daemon->door != NULL) {
        loop_closing_up(&daemon->closing);
        door_close(daemon->door, on_part_closed, daemon);
    }
    if (daemon->monitor != NULL) {
        loop_closing_up(&daemon->closing);
        monitor_close(daemon->monitor, on_part_closed, daemon);
    }
    if (daemon->links != NULL) {
        loop_closing_up(&daemon->closing);
        daemon_links_close(daemon->links, on_part_closed, daemon);
    }
    if (daemon->source != NULL) {
        loop_closing_up(&daemon->closing);
        daemon->source->methods->close(daemon->source, on_part_closed, daemon);
    }
    if (daemon->tasks != NULL) {
        loop_closing_up(&daemon->closing);
        tasks_close(daemon->tasks, on_part_closed, daemon);
    }
    if (daemon->signals != NULL) {
        loop_closing_up(&daemon->closing);
        signals_close(daemon->signals, on_part_closed, daemon);
    }
    if (daemon->notify != NULL) {
        loop_closing_up(&daemon->closing);
        notify_close(daemon->notify, on_part_closed, daemon);
    }
    if (daemon->dev_redis != NULL) {
        loop_closing_up(&daemon->closing);
        dev_redis_unwatch(daemon->dev_redis, on_part_closed, daemon);
    }
    loop_closing_down(&daemon->closing);
}

static void on_drained(void *owner)
{
    struct daemon *daemon = owner;
    LOG_AT(daemon->log, LOG_INFO, "drain.end",
           LOG_NUMBER("completed", pool_counters(daemon->pool)->completed));
    pool_close(daemon->pool);
}

static void on_pool_closed(void *owner)
{
    struct daemon *daemon = owner;
    if (daemon->monitor != NULL) {
        monitor_set_pool(daemon->monitor, NULL);
    }
    daemon->pool = NULL;
    close_parts(daemon);
}

// ---- beginning

static void make_links(struct daemon *daemon)
{
    const struct settings *settings = daemon->inputs->settings;
    const struct daemon_links_events events = {.owner = daemon,
                                               .on_command_up = on_command_up,
                                               .on_blocking_up = on_blocking_up,
                                               .on_control_up = on_control_up,
                                               .on_down = on_link_down,
                                               .on_unusable = on_unusable};
    const struct daemon_links_config config = {.redis = &settings->redis,
                                               .password = daemon->redis_password,
                                               .sentinel_password = daemon->sentinel_password,
                                               .tls = daemon->redis_tls,
                                               .partitions = settings->queue.partitions,
                                               .role_check_ms = ROLE_CHECK_MS,
                                               .log = daemon->log};
    daemon->links = daemon_links_create(&daemon->loop, &config, &events);
}

static struct redis_connection *on_open_blocking(void *owner, unsigned partition)
{
    struct daemon *daemon = owner;
    return daemon_links_open_blocking(daemon->links, partition);
}

static void on_close_blocking(void *owner, unsigned partition)
{
    struct daemon *daemon = owner;
    daemon_links_close_blocking(daemon->links, partition);
}

static void make_pool(struct daemon *daemon)
{
    const struct settings *settings = daemon->inputs->settings;
    const struct pool_config config = parts_pool_config(settings);
    struct queue *const *queues = daemon_queues_list(daemon->queues);
    struct pool_partition partitions[QUEUE_PARTITIONS_MAX];
    for (unsigned i = 0; i < settings->queue.partitions; i++) {
        partitions[i] = (struct pool_partition){.queue = queues[i],
                                                .command = daemon_links_command(daemon->links, i)};
    }
    const struct pool_parts parts = {.loop = &daemon->loop,
                                     .log = daemon->log,
                                     .partitions = partitions,
                                     .links = {.owner = daemon,
                                               .open_blocking = on_open_blocking,
                                               .close_blocking = on_close_blocking},
                                     .control = daemon_links_control(daemon->links),
                                     .tasks = daemon->tasks,
                                     .source = daemon->source,
                                     .store = daemon->store};
    const struct pool_events events = {.owner = daemon,
                                       .on_ready = on_ready,
                                       .on_drain_word = on_drain_word,
                                       .on_drained = on_drained,
                                       .on_closed = on_pool_closed,
                                       .on_unusable = on_unusable};
    notify_status(daemon->notify, "not consuming: no connection to Redis");
    daemon->pool = pool_create(&config, &parts, &events);
    pool_set_accounts(daemon->pool, &daemon->judgement.accounts);
    pool_set_rulebook(daemon->pool, daemon->judgement.rulebook);
}

static void on_caution(void *context, const char *event, const char *message)
{
    const struct daemon *daemon = context;
    LOG_AT(daemon->log, LOG_WARNING, event, LOG_TEXT("message", message));
}

// Everything that can fail because something outside is not as it should be.
static enum err_kind make_parts(struct daemon *daemon, struct err *err)
{
    const struct settings *settings = daemon->inputs->settings;
    const char *state_folder = daemon->inputs->dev_state_folder;
    if (state_folder != NULL) {
        if (dev_redis_start("redis-server", state_folder, &daemon->dev_redis, err) != ERR_OK) {
            return err_prefix(err, "private Redis");
        }
        dev_redis_watch(daemon->dev_redis, &daemon->loop, on_dev_redis_died, daemon);
    }
    const struct settings_redis *redis = &settings->redis;
    if (credential_read(settings, redis->credential, &daemon->redis_password, err) != ERR_OK ||
        credential_read(settings, redis->sentinel_credential, &daemon->sentinel_password, err) !=
            ERR_OK ||
        redis_tls_read(settings, &daemon->redis_tls, err) != ERR_OK) {
        return err->kind;
    }
    if (judgement_load(settings, &daemon->judgement, err) != ERR_OK) {
        return err->kind;
    }
    judgement_log(&daemon->judgement, settings, daemon->log);
    cautions_each(settings, &daemon->judgement.accounts, on_caution, daemon);
    if (parts_make_store(&settings->store, daemon->log, &daemon->store, err) != ERR_OK) {
        return err_prefix(err, "store");
    }
    if (parts_make_source(&daemon->loop, settings, &daemon->source, err) != ERR_OK) {
        return err_prefix(err, "pack source");
    }
    return tasks_create(&daemon->loop, parts_task_threads(&settings->worker), &daemon->tasks, err);
}

static void give_up_start(struct daemon *daemon, const struct err *err)
{
    LOG_AT(daemon->log, LOG_ERROR, "daemon.start_failed", LOG_ERR(err));
    daemon->exit_status = err_kind_exit_status(err->kind);
}

static void on_admission(void *owner, unsigned partition, const struct err *err)
{
    const struct daemon *daemon = owner;
    if (daemon->pool != NULL) {
        pool_note_admission(daemon->pool, partition, err);
    }
}

static void open_door(struct daemon *daemon)
{
    const struct settings *settings = daemon->inputs->settings;
    const struct front_door_parts parts = {.loop = &daemon->loop,
                                           .log = daemon->log,
                                           .queues = daemon_queues_list(daemon->queues),
                                           .partitions = settings->queue.partitions,
                                           .source = daemon->source,
                                           .on_admission = on_admission,
                                           .owner = daemon};
    struct err err = ERR_INIT;
    if (door_open(settings, &parts, &daemon->door, &err) != ERR_OK) {
        give_up_start(daemon, &err);
        return;
    }
    door_set_accounts(daemon->door, &daemon->judgement.accounts);
}

static void open_monitor(struct daemon *daemon)
{
    const struct settings *settings = daemon->inputs->settings;
    const struct monitor_parts parts = {.loop = &daemon->loop,
                                        .queues = daemon_queues_list(daemon->queues),
                                        .partitions = settings->queue.partitions,
                                        .door =
                                            daemon->door == NULL ? NULL : door_front(daemon->door),
                                        .source = daemon->source,
                                        .version = PACKREPORT_VERSION};
    struct err err = ERR_INIT;
    if (monitor_create(settings->monitor.listen, &parts, &daemon->monitor, &err) != ERR_OK) {
        (void)err_prefix(&err, "[monitor] listen");
        give_up_start(daemon, &err);
        return;
    }
    LOG_AT(daemon->log, LOG_INFO, "monitor.listening",
           LOG_TEXT("address", monitor_address(daemon->monitor)));
}

static void start(struct daemon *daemon)
{
    const struct settings *settings = daemon->inputs->settings;
    const struct notify_config notify = {
        .is_healthy = is_alive, .owner = daemon, .log = daemon->log};
    daemon->notify = notify_create(&daemon->loop, &notify);
    const struct signals_events signals = {
        .owner = daemon, .on_terminate = on_terminate, .on_hang_up = on_hang_up};
    daemon->signals = signals_create(&daemon->loop, &signals);
    daemon->reload = reload_create(&daemon->loop, daemon->inputs, daemon->log, on_reloaded, daemon);
    make_links(daemon);
    daemon->queues = daemon_queues_create(settings, daemon->links, daemon->log);
    // What can fail comes before the pool: there is nothing to drain then.
    if (settings->api.listen[0] != '\0') {
        open_door(daemon);
    }
    bool goes_on = daemon->exit_status == 0; // of several causes the first is told
    if (goes_on && settings->monitor.listen[0] != '\0') {
        open_monitor(daemon);
    }
    if (daemon->exit_status != 0) {
        if (daemon->door != NULL) {
            door_quiet(daemon->door);
        }
        close_parts(daemon);
        return;
    }
    make_pool(daemon);
    if (daemon->monitor != NULL) {
        monitor_set_pool(daemon->monitor, daemon->pool);
    }
}

static void free_parts(struct daemon *daemon)
{
    daemon_queues_destroy(&daemon->queues);
    reload_destroy(&daemon->reload);
    judgement_deinit(&daemon->judgement);
    secret_destroy(&daemon->redis_password);
    secret_destroy(&daemon->sentinel_password);
    redis_tls_unref(&daemon->redis_tls);
    store_destroy(&daemon->store);
    dev_redis_stop(&daemon->dev_redis);
    log_destroy(&daemon->log);
}

int daemon_run(const struct daemon_inputs *inputs)
{
    // Libraries keep copies of secrets; a core dump would carry them to disk.
    const struct rlimit no_core = {0, 0};
    (void)setrlimit(RLIMIT_CORE, &no_core);

    struct daemon daemon = {.inputs = inputs};
    struct err err = ERR_INIT;
    int status = uv_loop_init(&daemon.loop);
    ENSURE(status == 0);
    daemon.log = parts_make_log(&inputs->settings->log);
    if (make_parts(&daemon, &err) == ERR_OK) {
        start(&daemon);
    } else {
        give_up_start(&daemon, &err);
        close_parts(&daemon);
    }
    (void)uv_run(&daemon.loop, UV_RUN_DEFAULT);
    status = uv_loop_close(&daemon.loop);
    ENSURE(status == 0);
    int exit_status = daemon.exit_status;
    free_parts(&daemon);
    return exit_status;
}
