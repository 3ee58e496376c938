// SPDX-License-Identifier: MIT
#include "daemon.h"

#include "api/monitor.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/random.h"
#include "base/secret.h"
#include "base/tasks.h"
#include "base/trouble.h"
#include "daemon_links.h"
#include "dev_redis.h"
#include "door.h"
#include "notify.h"
#include "queue/partition.h"
#include "reload.h"
#include "signals.h"
#include "source/secmaster.h"
#include "store/store.h"
#include "worker/pool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
    HEALTHY_WITHIN_MS = 15000,
    ROLE_CHECK_MS = 2000, // two different answers of Sentinel make a master be left
    HTTP_CONNECTIONS_PER_HOST = 16,
    TAKE_OVER_LEASES = 2, // intake entries not admitted for so many leases belong to nobody
    HOST_NAME_BYTES = 65,
    PROBLEM_BYTES = 16 * 1024,
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
    struct queue **queues; // one for each partition
    struct trouble replica_trouble;
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

static void on_link_down(void *owner)
{
    struct daemon *daemon = owner;
    pool_connection_is_down(daemon->pool);
}

static bool is_healthy(void *owner)
{
    const struct daemon *daemon = owner;
    return pool_is_healthy(daemon->pool, HEALTHY_WITHIN_MS);
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

static void on_reloaded(void *owner, struct judgement *fresh, const struct reload_access *access)
{
    struct daemon *daemon = owner;
    struct settings *settings = daemon->inputs->settings;
    struct err err = ERR_INIT;
    if (daemon->pool == NULL) { // ended while the reload was under way
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
    if (daemon->pool == NULL || pool_is_draining(daemon->pool)) {
        return; // it ends; nothing will be judged by what a reload would read
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
        monitor_forget_pool(daemon->monitor);
    }
    daemon->pool = NULL;
    close_parts(daemon);
}

// ---- beginning

static struct log *make_log(const struct settings_log *settings)
{
    enum log_format format = LOG_FORMAT_JSON;
    switch (settings->format) {
    case SETTINGS_LOG_TEXT:
        format = LOG_FORMAT_TEXT;
        break;
    case SETTINGS_LOG_JOURNAL:
        format = LOG_FORMAT_JOURNAL;
        break;
    case SETTINGS_LOG_JSON:
        break;
    case SETTINGS_LOG_AUTO:
        // systemd.exec(5): set when standard error goes to the journal
        format = isatty(STDERR_FILENO) != 0         ? LOG_FORMAT_TEXT
                 : getenv("JOURNAL_STREAM") != NULL ? LOG_FORMAT_JOURNAL
                                                    : LOG_FORMAT_JSON;
        break;
    }
    return log_create(STDERR_FILENO, format, settings->level);
}

static unsigned task_threads(const struct settings_worker *worker)
{
    if (worker->threads > 0) {
        return worker->threads;
    }
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    unsigned threads = online > 0 ? (unsigned)online : 1;
    return threads < worker->max_jobs ? threads : worker->max_jobs;
}

static enum err_kind make_source(struct daemon *daemon, struct err *err)
{
    const struct settings *settings = daemon->inputs->settings;
    if (settings->source.kind == SETTINGS_SOURCE_FILE) {
        return pack_source_file_create(&daemon->loop, settings->source.packs, &daemon->source, err);
    }
    const struct settings_source *source = &settings->source;
    const struct secmaster_config config = {
        .credentials_folder = settings->credentials.path,
        .language = source->language,
        .http = {.connect_timeout_ms = source->connect_timeout_ms,
                 .total_timeout_ms = source->total_timeout_ms,
                 .body_limit_bytes = source->body_limit_bytes,
                 .allow_plain_http = source->allow_plain_http,
                 .ca_file = source->ca_file[0] == '\0' ? NULL : source->ca_file,
                 .user_agent = "packreport/" PACKREPORT_VERSION,
                 .connections_per_host = HTTP_CONNECTIONS_PER_HOST}};
    return pack_source_secmaster_create(&daemon->loop, &config, &daemon->source, err);
}

static enum err_kind make_store(struct daemon *daemon, struct err *err)
{
    const struct settings_store *settings = &daemon->inputs->settings->store;
    if (settings->kind == SETTINGS_STORE_NULL) {
        daemon->store = store_null_open();
        LOG_AT(daemon->log, LOG_WARNING, "store.null",
               LOG_TEXT("meaning", "no report is kept; for measuring only"));
        return ERR_OK;
    }
    if (!settings->fsync) {
        LOG_AT(daemon->log, LOG_WARNING, "store.no_fsync",
               LOG_TEXT("meaning", "a crash of the machine can lose reports that are COMPLETE"));
    }
    return store_file_open(settings->path, settings->fsync, &daemon->store, err);
}

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

static void on_too_few_replicas(void *owner, unsigned replicas, const struct err *refused)
{
    struct daemon *daemon = owner;
    struct err err = ERR_INIT;
    if (refused != NULL) {
        err = *refused;
        (void)err_prefix(&err, "WAIT");
    } else {
        (void)err_set(&err, ERR_UNAVAILABLE, "%u of %u replicas had a write in time", replicas,
                      daemon->inputs->settings->redis.wait_replicas);
    }
    trouble_note(&daemon->replica_trouble, daemon->log, "queue.too_few_replicas", &err);
}

// "<name>:<pid>:<nonce>": a worker that starts again is another one, so that its old leases run out
// instead of being mistaken for its own.
static void make_queues(struct daemon *daemon)
{
    const struct settings *settings = daemon->inputs->settings;
    const struct settings_queue *queue = &settings->queue;
    char host[HOST_NAME_BYTES] = "worker";
    (void)gethostname(host, sizeof(host) - 1);
    char letters[RANDOM_ID_LETTERS + 1];
    random_id(letters);
    char worker_id[QUEUE_WORKER_ID_BYTES];
    (void)snprintf(worker_id, sizeof(worker_id), "%.40s:%ld:%.8s",
                   settings->worker.name[0] != '\0' ? settings->worker.name : host, (long)getpid(),
                   letters);
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
                                  .version = PACKREPORT_VERSION,
                                  .wait_replicas = settings->redis.wait_replicas,
                                  .wait_timeout_ms = settings->redis.wait_timeout_ms,
                                  .on_too_few = on_too_few_replicas,
                                  .too_few_owner = daemon};
    daemon->queues = mem_alloc(queue->partitions, sizeof(struct queue *));
    for (unsigned i = 0; i < queue->partitions; i++) {
        config.partition = i;
        daemon->queues[i] = queue_create(daemon_links_command(daemon->links, i), &config);
    }
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

static struct pool_config config_of_pool(const struct settings *settings)
{
    const struct settings_worker *worker = &settings->worker;
    struct bad_lines_limit max_bad_lines;
    struct err err = ERR_INIT;
    enum err_kind parsed =
        bad_lines_limit_parse(settings->source.max_bad_lines, &max_bad_lines, &err);
    INVARIANT(parsed == ERR_OK); // the settings were checked
    return (struct pool_config){
        .max_jobs = worker->max_jobs,
        .partitions = settings->queue.partitions,
        .max_attempts = worker->max_attempts,
        .max_throttled = worker->max_throttled,
        .eval_threads = worker->eval_threads,
        .lease_ms = settings->queue.lease_ms,
        .block_ms = settings->redis.block_timeout_ms,
        .sweep_interval_ms = worker->sweep_interval_ms,
        .drain_timeout_ms = worker->drain_timeout_ms,
        .retry_base_ms = worker->retry_base_ms,
        .retry_cap_ms = worker->retry_cap_ms,
        .take_over_idle_ms = settings->queue.lease_ms * TAKE_OVER_LEASES,
        .inventory_folder = settings->source.inventory,
        .max_bad_lines = max_bad_lines,
        .listed = settings->store.findings,
        .files =
            settings->store.kind == SETTINGS_STORE_NULL ? REPORT_FILES_NONE : settings->store.files,
        .keep_count = settings->store.keep_count,
        .keep_ms = settings->store.keep_age_ms,
        .drill_step = settings->drill.step,
        .drill_stall_ms = settings->drill.stall_ms,
    };
}

static void make_pool(struct daemon *daemon)
{
    const struct settings *settings = daemon->inputs->settings;
    const struct pool_config config = config_of_pool(settings);
    struct pool_partition partitions[QUEUE_PARTITIONS_MAX];
    for (unsigned i = 0; i < settings->queue.partitions; i++) {
        partitions[i] = (struct pool_partition){.queue = daemon->queues[i],
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
    judgement_log(&daemon->judgement, daemon->log);
    if (make_store(daemon, err) != ERR_OK) {
        return err_prefix(err, "store");
    }
    if (make_source(daemon, err) != ERR_OK) {
        return err_prefix(err, "pack source");
    }
    return tasks_create(&daemon->loop, task_threads(&settings->worker), &daemon->tasks, err);
}

static void open_door(struct daemon *daemon)
{
    const struct settings *settings = daemon->inputs->settings;
    const struct front_door_parts parts = {.loop = &daemon->loop,
                                           .log = daemon->log,
                                           .queues = daemon->queues,
                                           .partitions = settings->queue.partitions,
                                           .source = daemon->source};
    struct err err = ERR_INIT;
    if (door_open(settings, &parts, &daemon->door, &err) != ERR_OK) {
        LOG_AT(daemon->log, LOG_ERROR, "daemon.start_failed", LOG_ERR(&err));
        end_with(daemon, err_kind_exit_status(err.kind));
        return;
    }
    door_set_accounts(daemon->door, &daemon->judgement.accounts);
}

static void open_monitor(struct daemon *daemon)
{
    const struct settings *settings = daemon->inputs->settings;
    const struct monitor_parts parts = {.loop = &daemon->loop,
                                        .pool = daemon->pool,
                                        .queues = daemon->queues,
                                        .partitions = settings->queue.partitions,
                                        .door =
                                            daemon->door == NULL ? NULL : door_front(daemon->door),
                                        .version = PACKREPORT_VERSION};
    struct err err = ERR_INIT;
    if (monitor_create(settings->monitor.listen, &parts, &daemon->monitor, &err) != ERR_OK) {
        (void)err_prefix(&err, "[monitor] listen");
        LOG_AT(daemon->log, LOG_ERROR, "daemon.start_failed", LOG_ERR(&err));
        end_with(daemon, err_kind_exit_status(err.kind));
        return;
    }
    LOG_AT(daemon->log, LOG_INFO, "monitor.listening",
           LOG_TEXT("address", monitor_address(daemon->monitor)));
}

static void start(struct daemon *daemon)
{
    const struct settings *settings = daemon->inputs->settings;
    const struct notify_config notify = {
        .is_healthy = is_healthy, .owner = daemon, .log = daemon->log};
    daemon->notify = notify_create(&daemon->loop, &notify);
    const struct signals_events signals = {
        .owner = daemon, .on_terminate = on_terminate, .on_hang_up = on_hang_up};
    daemon->signals = signals_create(&daemon->loop, &signals);
    daemon->reload = reload_create(&daemon->loop, daemon->inputs, daemon->log, on_reloaded, daemon);
    make_links(daemon);
    make_queues(daemon);
    make_pool(daemon);
    if (settings->api.listen[0] != '\0') {
        open_door(daemon);
    }
    if (settings->monitor.listen[0] != '\0') {
        open_monitor(daemon);
    }
}

static void free_parts(struct daemon *daemon)
{
    for (unsigned i = 0; daemon->queues != NULL && i < daemon->inputs->settings->queue.partitions;
         i++) {
        queue_destroy(&daemon->queues[i]);
    }
    mem_free(&daemon->queues);
    reload_destroy(&daemon->reload);
    judgement_deinit(&daemon->judgement);
    secret_destroy(&daemon->redis_password);
    secret_destroy(&daemon->sentinel_password);
    redis_tls_unref(&daemon->redis_tls);
    store_destroy(&daemon->store);
    dev_redis_stop(&daemon->dev_redis);
    log_destroy(&daemon->log);
}

int daemon_check(const struct settings *settings)
{
    struct err err = ERR_INIT;
    struct judgement judgement = {0};
    struct redis_tls *tls = NULL;
    enum err_kind kind = redis_tls_read(settings, &tls, &err);
    redis_tls_unref(&tls);
    if (kind != ERR_OK || judgement_load(settings, &judgement, &err) != ERR_OK) {
        (void)fprintf(stderr, "packreportd: %s\n", err.message);
        return err_kind_exit_status(err.kind);
    }
    const struct diags *problems = &judgement.rulebook->problems;
    struct buf line;
    buf_init(&line, PROBLEM_BYTES);
    for (size_t i = 0; i < problems->count; i++) {
        buf_reset(&line);
        diag_format(&problems->items[i], &line);
        (void)fprintf(stderr, "packreportd: %s\n", buf_text(&line));
    }
    buf_deinit(&line);
    int status = problems->errors > 0 ? err_kind_exit_status(ERR_CONFIG) : EXIT_SUCCESS;
    judgement_deinit(&judgement);
    return status;
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
    daemon.log = make_log(&inputs->settings->log);
    if (make_parts(&daemon, &err) == ERR_OK) {
        start(&daemon);
    } else {
        LOG_AT(daemon.log, LOG_ERROR, "daemon.start_failed", LOG_ERR(&err));
        daemon.exit_status = err_kind_exit_status(err.kind);
        close_parts(&daemon);
    }
    (void)uv_run(&daemon.loop, UV_RUN_DEFAULT);
    status = uv_loop_close(&daemon.loop);
    ENSURE(status == 0);
    int exit_status = daemon.exit_status;
    free_parts(&daemon);
    return exit_status;
}
