// SPDX-License-Identifier: MIT
#include "session.h"

#include "queue/dead.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/secret.h"
#include "cli.h"
#include "queue/intake.h"
#include "redis/connection.h"
#include "settings/redis_address.h"
#include "settings/settings.h"

#include <jansson.h>

enum {
    OPEN_TIMEOUT_MS = 10000,
    OPEN_PATIENCE_MS = 2000, // for a Redis that is just being started again
    CONNECT_TIMEOUT_MS = 5000,
    COMMAND_TIMEOUT_MS = 5000
};

static const char SYSTEM_CONFIG[] = "/etc/packreport/packreportd.ini";
static const char DEFAULT_PREFIX[] = "packreport";

enum {
    KEY_REDIS = 1000,
    KEY_USER,
    KEY_CREDENTIAL,
    KEY_PREFIX,
    KEY_CONFIG,
    KEY_STATE_DIR,
    KEY_JSON
};

static const struct argp_option OPTIONS[] = {
    {"json", KEY_JSON, 0, 0, "As JSON on standard output", 0},
    {0, 0, 0, 0,
     "Where the queue is (default: /etc/packreport/packreportd.ini, else a --dev daemon):", 1},
    {"redis", KEY_REDIS, "ADDRESS", 0,
     "unix:/path, host:port, [IPv6]:port or rediss://host:port (TLS)", 1},
    {"redis-user", KEY_USER, "NAME", 0, "ACL user, with --redis", 1},
    {"redis-credential", KEY_CREDENTIAL, "FILE", 0, "File that holds the password, with --redis",
     1},
    {"prefix", KEY_PREFIX, "NAME", 0, "First part of the keys, with --redis (default packreport)",
     1},
    {"config", KEY_CONFIG, "FILE", 0, "The daemon's settings: take the queue's place from there",
     1},
    {"state-dir", KEY_STATE_DIR, "FOLDER", 0, "State folder of a daemon started with --dev", 1},
    {0},
};

static void check(const struct session_options *options, const struct argp_state *state)
{
    int places =
        (options->redis != NULL) + (options->config != NULL) + (options->state_dir != NULL);
    if (places > 1) {
        argp_error(state, "--redis, --config and --state-dir exclude each other");
    }
    if (options->redis == NULL &&
        (options->user != NULL || options->credential_file != NULL || options->prefix != NULL)) {
        argp_error(state, "--redis-user, --redis-credential and --prefix are for use with --redis");
    }
    if (options->user != NULL && options->credential_file == NULL) {
        argp_error(state, "--redis-user needs --redis-credential");
    }
    struct redis_address address = {0};
    struct err err = ERR_INIT;
    if (options->redis != NULL && redis_address_parse(options->redis, &address, &err) != ERR_OK) {
        argp_error(state, "--redis: %s", err.message);
    }
    const char *problem = tls_options_problem(&options->tls, options->redis != NULL && address.tls);
    if (problem != NULL) {
        argp_error(state, "%s", problem);
    }
}

static error_t parse_option(int key, char *value, struct argp_state *state)
{
    struct session_options *options = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->tls;
        return 0;
    case KEY_REDIS:
        options->redis = value;
        return 0;
    case KEY_USER:
        options->user = value;
        return 0;
    case KEY_CREDENTIAL:
        options->credential_file = value;
        return 0;
    case KEY_PREFIX:
        options->prefix = value;
        return 0;
    case KEY_CONFIG:
        options->config = value;
        return 0;
    case KEY_STATE_DIR:
        options->state_dir = value;
        return 0;
    case KEY_JSON:
        options->json = true;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "unexpected argument \"%s\"", value);
        return EINVAL;
    case ARGP_KEY_END:
        check(options, state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_child CHILDREN[] = {{&tls_options_argp, 0, 0, 0}, {0}};
const struct argp session_argp = {.options = OPTIONS, .parser = parse_option, .children = CHILDREN};

struct session {
    uv_loop_t loop;
    struct loop_timer timer;
    struct redis_connection *connection;
    struct queue *queue;
    struct settings settings;
    bool has_settings;
    struct secret *password;
    struct secret *sentinel_password;
    struct redis_tls *tls;
    bool is_ready;
    bool is_patient; // while it opens: what may pass is no answer yet
    bool is_settled; // while it opens: ready, or not to be had
    bool is_closed;
    bool timer_fired;
    struct err last_down; // why the connection is not there
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

// ---- where the queue is

struct place {
    struct redis_address address;
    struct sentinel_addresses sentinels; // when there are any, in place of the address
    const char *master_name;
    const char *sentinel_user;
    const char *user;
    unsigned database;
    const char *prefix;
};

static enum err_kind read_credential(const struct settings *settings, const char *credential,
                                     struct secret **secret_out, struct err *err)
{
    if (credential[0] == '\0') {
        return ERR_OK;
    }
    if (settings->credentials.path[0] == '\0') {
        return err_set(
            err, ERR_CONFIG,
            "%s: only the service knows the folder of the credential that [redis] names; "
            "use --redis, --redis-user and --redis-credential",
            settings->file);
    }
    char *path = file_join(settings->credentials.path, credential);
    enum err_kind kind = secret_read_file(path, secret_out, err);
    mem_free(&path);
    return kind;
}

static enum err_kind place_of_settings(struct session *session, const char *file,
                                       struct place *place, struct err *err)
{
    const struct settings_inputs inputs = {.file = file};
    if (settings_load(&inputs, &session->settings, err) != ERR_OK) {
        return err->kind;
    }
    session->has_settings = true;
    const struct settings *settings = &session->settings;
    const struct settings_redis *redis = &settings->redis;
    place->user = redis->user[0] == '\0' ? NULL : redis->user;
    place->database = redis->database;
    place->prefix = settings->queue.prefix;
    if (read_credential(settings, redis->credential, &session->password, err) != ERR_OK ||
        read_credential(settings, redis->sentinel_credential, &session->sentinel_password, err) !=
            ERR_OK) {
        return err->kind;
    }
    if (redis->sentinels[0] == '\0') {
        return redis_address_parse(redis->address, &place->address, err);
    }
    place->master_name = redis->master_name;
    place->sentinel_user = redis->sentinel_user[0] == '\0' ? NULL : redis->sentinel_user;
    return sentinel_addresses_parse(redis->sentinels, &place->sentinels, err);
}

static enum err_kind read_certificates(struct session *session,
                                       const struct session_options *options,
                                       const struct place *place, struct err *err)
{
    if (!place->address.tls && !place->sentinels.tls) {
        return ERR_OK;
    }
    if (options->redis != NULL) {
        return tls_options_read(&options->tls, &session->tls, err);
    }
    const struct settings_redis *redis = &session->settings.redis;
    struct secret *key = NULL;
    enum err_kind kind = read_credential(&session->settings, redis->tls_key, &key, err);
    if (kind == ERR_OK) {
        kind = tls_options_read_settings(redis, key, &session->tls, err);
    }
    secret_destroy(&key);
    return kind;
}

static enum err_kind place_of_state_dir(const char *state_dir, struct place *place, struct err *err)
{
    char *text = NULL;
    if (settings_dev_redis_address(state_dir, &text, err) != ERR_OK) {
        return err->kind;
    }
    enum err_kind kind = redis_address_parse(text, &place->address, err);
    mem_free(&text);
    if (kind == ERR_OK && !file_exists(place->address.unix_path)) {
        return err_set(
            err, ERR_UNAVAILABLE,
            "no daemon is running with state folder %s (%s is not there): start one with "
            "`packreportd --dev`, or say where the queue is with --config or --redis",
            state_dir, place->address.unix_path);
    }
    return kind;
}

static enum err_kind find_place(struct session *session, const struct session_options *options,
                                struct place *place, struct err *err)
{
    place->prefix = DEFAULT_PREFIX;
    if (options->redis != NULL) {
        place->user = options->user;
        place->prefix = options->prefix != NULL ? options->prefix : DEFAULT_PREFIX;
        if (options->credential_file != NULL &&
            secret_read_file(options->credential_file, &session->password, err) != ERR_OK) {
            return err->kind;
        }
        return redis_address_parse(options->redis, &place->address, err);
    }
    bool use_system =
        options->config == NULL && options->state_dir == NULL && file_exists(SYSTEM_CONFIG);
    if (options->config != NULL || use_system) {
        return place_of_settings(session, use_system ? SYSTEM_CONFIG : options->config, place, err);
    }
    char *state_dir =
        options->state_dir != NULL ? mem_text(options->state_dir) : settings_dev_state_dir();
    enum err_kind kind = place_of_state_dir(state_dir, place, err);
    mem_free(&state_dir);
    return kind;
}

// ---- opening and closing

static void on_ready(void *owner, const struct redis_server_info *server)
{
    (void)server;
    struct session *session = owner;
    session->is_ready = true;
    session->is_settled = true;
}

static void on_down(void *owner, const struct err *err)
{
    struct session *session = owner;
    session->is_ready = false;
    session->last_down = *err;
    session->is_settled = !session->is_patient || !err_kind_is_transient(err->kind);
}

static void connect_to(struct session *session, const struct place *place)
{
    struct redis_node nodes[SENTINEL_ADDRESSES_MAX];
    for (size_t i = 0; i < place->sentinels.count; i++) {
        const struct redis_address *sentinel = &place->sentinels.list[i];
        nodes[i] = (struct redis_node){.host = sentinel->host, .port = sentinel->port};
    }
    const struct redis_config config = {
        .unix_path = place->address.unix_path[0] == '\0' ? NULL : place->address.unix_path,
        .host = place->address.host,
        .port = place->address.port,
        .sentinels = nodes,
        .sentinel_count = place->sentinels.count,
        .master_name = place->master_name,
        .sentinel_user = place->sentinel_user,
        .sentinel_password = session->sentinel_password,
        .tls = session->tls,
        .user = place->user,
        .password = session->password,
        .database = place->database,
        .connect_timeout_ms = CONNECT_TIMEOUT_MS,
        .command_timeout_ms = COMMAND_TIMEOUT_MS,
        .backoff_base_ms = 50,
        .backoff_cap_ms = 1000,
        .name = "packreport-cli",
    };
    const struct redis_events events = {.owner = session, .on_ready = on_ready, .on_down = on_down};
    session->connection = redis_connection_create(&session->loop, &config, &events);
    // What a command writes is kept as long as what the daemon writes. Dead letters are the daemon's
    // to evict: its limit may be another than the one known here.
    const struct settings_queue *queue = &session->settings.queue;
    const struct queue_config queue_config = {.prefix = place->prefix,
                                              .worker_id = "cli",
                                              .lease_ms = queue->lease_ms,
                                              .token_ttl_ms = queue->token_ttl_ms,
                                              .answer_ttl_ms = queue->answer_ttl_ms,
                                              .history_ttl_ms = queue->history_ttl_ms,
                                              .backlog_max = queue->backlog_max,
                                              .events_max = queue->events_max,
                                              .dead_max = UINT32_MAX};
    session->queue = queue_create(session->connection, &queue_config);
}

static enum err_kind wait_until_ready(struct session *session, struct err *err)
{
    session->is_patient = true;
    (void)run_until(session, &session->is_settled, OPEN_PATIENCE_MS);
    session->is_patient = false;
    if (!session->is_settled && session->last_down.kind == ERR_OK) {
        (void)run_until(session, &session->is_settled, OPEN_TIMEOUT_MS - OPEN_PATIENCE_MS);
    }
    if (session->is_ready) {
        return ERR_OK;
    }
    if (session->last_down.kind == ERR_OK) {
        return err_set(err, ERR_TIMEOUT, "Redis did not answer within %d s",
                       OPEN_TIMEOUT_MS / 1000);
    }
    *err = session->last_down;
    return err->kind;
}

enum err_kind session_open(const struct session_options *options, struct session **session_out,
                           struct err *err)
{
    struct session *session = mem_alloc(1, sizeof(*session));
    struct place place = {0};
    (void)uv_loop_init(&session->loop);
    loop_timer_init(&session->timer, &session->loop, on_timer, session);
    enum err_kind kind = find_place(session, options, &place, err);
    if (kind == ERR_OK && !session->has_settings) { // the defaults
        kind = settings_load(&(struct settings_inputs){.file = NULL}, &session->settings, err);
        session->has_settings = kind == ERR_OK;
    }
    if (kind == ERR_OK) {
        kind = read_certificates(session, options, &place, err);
    }
    if (kind == ERR_OK) {
        connect_to(session, &place);
        kind = wait_until_ready(session, err);
    }
    if (kind != ERR_OK) {
        session_close(&session);
        return kind;
    }
    *session_out = session;
    return ERR_OK;
}

static void on_closed(void *owner)
{
    struct session *session = owner;
    session->is_closed = true;
}

void session_close(struct session **session_address)
{
    struct session *session = *session_address;
    if (session == NULL) {
        return;
    }
    if (session->connection != NULL) {
        redis_connection_close(session->connection, on_closed, session);
        while (!session->is_closed) {
            (void)uv_run(&session->loop, UV_RUN_ONCE);
        }
        queue_destroy(&session->queue);
    }
    loop_timer_close(&session->timer, NULL);
    (void)uv_run(&session->loop, UV_RUN_DEFAULT);
    int status = uv_loop_close(&session->loop);
    ENSURE(status == 0);
    if (session->has_settings) {
        settings_deinit(&session->settings);
    }
    secret_destroy(&session->password);
    secret_destroy(&session->sentinel_password);
    redis_tls_unref(&session->tls);
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

struct queue *session_queue(struct session *session)
{
    return session->queue;
}

// Every call of the queue ends with a callback (the connection sees to that), so there is no
// deadline here.
void session_await(struct session *session, const bool *done)
{
    while (!*done) {
        (void)uv_run(&session->loop, UV_RUN_ONCE);
    }
}

// ---- calls that wait

struct call {
    bool done;
    struct err err;
    void *out;
    session_record_cb on_record;
    void *context;
};

static enum err_kind finish_call(struct session *session, struct call *call, struct err *err)
{
    session_await(session, &call->done);
    if (call->err.kind != ERR_OK) {
        *err = call->err;
    }
    return call->err.kind;
}

static void end_call(struct call *call, const struct err *err)
{
    call->done = true;
    if (err != NULL) {
        call->err = *err;
    }
}

static void on_submitted(void *context, const char *entry_id, const struct err *err)
{
    struct call *call = context;
    if (err == NULL) {
        (void)text_copy(call->out, QUEUE_ENTRY_ID_BYTES, entry_id);
    }
    end_call(call, err);
}

enum err_kind session_submit(struct session *session, const struct request *request,
                             char entry_id_out[QUEUE_ENTRY_ID_BYTES], struct err *err)
{
    struct call call = {.out = entry_id_out};
    queue_submit(session->queue, request, on_submitted, &call);
    return finish_call(session, &call, err);
}

static void on_answer(void *context, const struct queue_answer_record *record,
                      const struct err *err)
{
    struct call *call = context;
    if (err == NULL) {
        *(struct queue_answer_record *)call->out = *record;
    }
    end_call(call, err);
}

enum err_kind session_answer(struct session *session, const char *request_id,
                             struct queue_answer_record *record_out, struct err *err)
{
    struct call call = {.out = record_out};
    queue_get_answer(session->queue, request_id, on_answer, &call);
    return finish_call(session, &call, err);
}

static void on_report(void *context, const struct queue_report_record *record,
                      const struct err *err)
{
    struct call *call = context;
    if (err == NULL) {
        *(struct queue_report_record *)call->out = *record;
    }
    end_call(call, err);
}

enum err_kind session_report(struct session *session, const char *account_id, const char *pack_id,
                             struct queue_report_record *record_out, struct err *err)
{
    struct call call = {.out = record_out};
    queue_get_report(session->queue, account_id, pack_id, on_report, &call);
    return finish_call(session, &call, err);
}

static void on_listed(void *context, const struct queue_report_record *record,
                      const struct err *err)
{
    struct call *call = context;
    if (err == NULL && record != NULL) {
        call->on_record(call->context, record);
        return;
    }
    end_call(call, err);
}

enum err_kind session_list(struct session *session, const char *account_id_or_null,
                           session_record_cb on_record, void *context, struct err *err)
{
    struct call call = {.on_record = on_record, .context = context};
    queue_list_reports(session->queue, account_id_or_null, on_listed, &call);
    return finish_call(session, &call, err);
}

static void on_pairs(void *context, const struct queue_pair *pairs, size_t count,
                     const struct err *err)
{
    struct call *call = context;
    json_t *object = json_object();
    for (size_t i = 0; err == NULL && i < count; i++) {
        (void)json_object_set_new(object, pairs[i].name, json_string(pairs[i].value));
    }
    *(json_t **)call->out = object;
    end_call(call, err);
}

static enum err_kind finish_pairs(struct session *session, struct call *call, json_t **object,
                                  struct json_t **object_out, struct err *err)
{
    if (finish_call(session, call, err) != ERR_OK) {
        json_decref(*object);
        return err->kind;
    }
    *object_out = *object;
    return ERR_OK;
}

enum err_kind session_history(struct session *session, const char *report_id,
                              struct json_t **object_out, struct err *err)
{
    json_t *object = NULL;
    struct call call = {.out = &object};
    queue_get_history(session->queue, report_id, on_pairs, &call);
    return finish_pairs(session, &call, &object, object_out, err);
}

enum err_kind session_dead_letter(struct session *session, const char *report_id,
                                  struct json_t **object_out, struct err *err)
{
    json_t *object = NULL;
    struct call call = {.out = &object};
    queue_get_dead(session->queue, report_id, on_pairs, &call);
    return finish_pairs(session, &call, &object, object_out, err);
}
