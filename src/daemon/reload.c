// SPDX-License-Identifier: MIT
#include "reload.h"

#include "account_check.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "settings/redis_address.h"
#include "source/catalogue.h"

enum { PROBLEM_BYTES = 4096, PROBLEMS_LOGGED = 50 };

enum reload_state { RELOAD_IDLE, RELOAD_READING, RELOAD_READING_AND_AGAIN };

struct reload {
    uv_loop_t *loop;
    const struct daemon_inputs *inputs;
    struct log *log;
    reload_done_cb on_done;
    void *owner;
    enum reload_state state;
    uv_work_t work;
    // the work's own until it is done
    struct settings fresh_settings;
    struct judgement judgement;
    struct err err;
    struct secret *redis_password;
    struct err redis_password_err;
    struct redis_tls *redis_tls;
    struct err redis_tls_err;
};

static void log_problems(struct log *log, const struct diags *problems)
{
    struct buf line;
    buf_init(&line, PROBLEM_BYTES);
    for (size_t i = 0; i < problems->count && i < PROBLEMS_LOGGED; i++) {
        const struct diag *diag = &problems->items[i];
        buf_reset(&line);
        diag_format(diag, &line);
        LOG_AT(log, diag->severity == DIAG_ERROR ? LOG_ERROR : LOG_WARNING, "rules.problem",
               LOG_TEXT("problem", buf_text(&line)));
    }
    buf_deinit(&line);
    if (problems->count > PROBLEMS_LOGGED) {
        LOG_AT(log, LOG_WARNING, "rules.more_problems",
               LOG_NUMBER("errors", (int64_t)problems->errors),
               LOG_NUMBER("warnings", (int64_t)problems->warnings));
    }
}

static const char *or_null(const char *text)
{
    return text[0] == '\0' ? NULL : text;
}

static enum err_kind as_settings_err(enum err_kind kind, struct err *err)
{
    if (kind != ERR_OK) {
        err->kind = err->kind == ERR_IO ? ERR_IO : ERR_CONFIG;
    }
    return kind == ERR_OK ? ERR_OK : err->kind;
}

enum err_kind judgement_load_accounts(const struct settings *settings,
                                      struct account_set *accounts_out, struct err *err)
{
    struct diags errors; // the first of which is in `err`; of accounts there are no warnings
    diags_init(&errors);
    enum err_kind kind =
        source_load_accounts(settings->source.accounts, accounts_out, &errors, err);
    diags_deinit(&errors);
    return as_settings_err(kind, err);
}

enum err_kind judgement_load_rules(const struct settings *settings, struct rulebook **rulebook_out,
                                   struct err *err)
{
    const struct rulebook_paths paths = {.rules = settings->rules.path,
                                         .waivers = or_null(settings->rules.waivers),
                                         .attestations = or_null(settings->rules.attestations),
                                         .strict_vendor = settings->rules.strict_vendor};
    return as_settings_err(rulebook_load(&paths, rulebook_out, err), err);
}

enum err_kind judgement_load(const struct settings *settings, struct judgement *judgement_out,
                             struct err *err)
{
    struct judgement judgement = {0};
    if (judgement_load_accounts(settings, &judgement.accounts, err) == ERR_OK &&
        judgement_load_rules(settings, &judgement.rulebook, err) == ERR_OK) {
        *judgement_out = judgement;
        return ERR_OK;
    }
    judgement_deinit(&judgement);
    return err->kind;
}

static void on_account_problem(void *context, const struct err *err)
{
    struct log *log = context;
    LOG_AT(log, LOG_WARNING, "accounts.problem", LOG_ERR(err));
}

void judgement_log(const struct judgement *judgement, const struct settings *settings,
                   struct log *log)
{
    log_problems(log, &judgement->rulebook->problems);
    (void)account_check_each(settings, &judgement->accounts, on_account_problem, log);
    const struct rule_set *rules = eval_rules_set(judgement->rulebook->rules);
    size_t broken = 0;
    for (size_t i = 0; i < rules->count; i++) {
        broken += rules->rules[i].broken ? 1 : 0;
    }
    LOG_AT(log, LOG_INFO, "rules.loaded", LOG_NUMBER("rules", (int64_t)(rules->count - broken)),
           LOG_NUMBER("broken", (int64_t)broken),
           LOG_NUMBER("accounts", (int64_t)judgement->accounts.count));
}

void judgement_deinit(struct judgement *judgement)
{
    account_set_deinit(&judgement->accounts);
    rulebook_unref(&judgement->rulebook);
}

enum err_kind credential_read(const struct settings *settings, const char *credential,
                              struct secret **secret_out, struct err *err)
{
    if (credential[0] == '\0') {
        *secret_out = NULL;
        return ERR_OK;
    }
    char *path = file_join(settings->credentials.path, credential);
    enum err_kind kind = secret_read_file(path, secret_out, err);
    mem_free(&path);
    return kind;
}

static bool asks_for_tls(const struct settings_redis *redis)
{
    struct redis_address address = {0};
    struct sentinel_addresses several = {0};
    struct err err = ERR_INIT;
    enum err_kind kind =
        redis->cluster[0] != '\0'     ? cluster_addresses_parse(redis->cluster, &several, &err)
        : redis->sentinels[0] != '\0' ? sentinel_addresses_parse(redis->sentinels, &several, &err)
                                      : redis_address_parse(redis->address, &address, &err);
    REQUIRE(kind == ERR_OK); // settings_load has checked it
    return address.tls || several.tls;
}

enum err_kind redis_tls_read(const struct settings *settings, struct redis_tls **tls_out,
                             struct err *err)
{
    const struct settings_redis *redis = &settings->redis;
    struct secret *key = NULL;
    if (!asks_for_tls(redis)) {
        *tls_out = NULL;
        return ERR_OK;
    }
    enum err_kind kind = credential_read(settings, redis->tls_key, &key, err);
    if (kind == ERR_OK) {
        const struct redis_tls_config config = {.ca_path = or_null(redis->tls_ca),
                                                .cert_file = or_null(redis->tls_cert),
                                                .key = key,
                                                .server_name = or_null(redis->tls_server_name)};
        kind = redis_tls_create(&config, tls_out, err);
    }
    secret_destroy(&key);
    return kind == ERR_OK ? kind : err_prefix(err, "[redis]");
}

// On a thread: touches the reload's own members, and the log, which any thread may write. It reads
// the settings in force, which change only when it is done.
static void on_work(uv_work_t *work)
{
    struct reload *reload = container_of(work, struct reload, work);
    reload->err = ERR_INIT;
    bool has_settings =
        settings_load(reload->inputs->reload, &reload->fresh_settings, &reload->err) == ERR_OK &&
        settings_check_files(&reload->fresh_settings, NULL, &reload->err) == ERR_OK;
    if (has_settings &&
        judgement_load(&reload->fresh_settings, &reload->judgement, &reload->err) == ERR_OK) {
        judgement_log(&reload->judgement, &reload->fresh_settings, reload->log);
    }
    reload->redis_password_err = ERR_INIT;
    const struct settings *settings = reload->inputs->settings;
    (void)credential_read(settings, settings->redis.credential, &reload->redis_password,
                          &reload->redis_password_err);
    reload->redis_tls_err = ERR_INIT;
    (void)redis_tls_read(settings, &reload->redis_tls, &reload->redis_tls_err);
}

static void on_ignored(void *context, const char *section, const char *key)
{
    const struct reload *reload = context;
    LOG_AT(reload->log, LOG_WARNING, "reload.needs_restart", LOG_TEXT("section", section),
           LOG_TEXT("key", key));
}

static void log_access_err(struct reload *reload, const struct err *err)
{
    if (err->kind != ERR_OK) {
        LOG_AT(reload->log, LOG_ERROR, "reload.credentials_failed", LOG_ERR(err));
    }
}

static void on_work_done(uv_work_t *work, int status)
{
    struct reload *reload = container_of(work, struct reload, work);
    ENSURE(status == 0);
    bool good = reload->err.kind == ERR_OK;
    if (good) {
        settings_reload(reload->inputs->settings, &reload->fresh_settings, on_ignored, reload);
        LOG_AT(reload->log, LOG_INFO, "reload.done",
               LOG_TEXT("file", reload->inputs->reload->file));
    } else {
        LOG_AT(reload->log, LOG_ERROR, "reload.failed", LOG_ERR(&reload->err));
    }
    log_access_err(reload, &reload->redis_password_err);
    log_access_err(reload, &reload->redis_tls_err);
    settings_deinit(&reload->fresh_settings);
    bool again = reload->state == RELOAD_READING_AND_AGAIN;
    reload->state = RELOAD_IDLE;
    const struct reload_access access = {.redis_password = reload->redis_password,
                                         .redis_tls = reload->redis_tls};
    reload->on_done(reload->owner, &reload->judgement, &access);
    secret_destroy(&reload->redis_password);
    redis_tls_unref(&reload->redis_tls);
    reload->judgement = (struct judgement){0};
    if (again) {
        reload_start(reload);
    }
}

struct reload *reload_create(uv_loop_t *loop, const struct daemon_inputs *inputs, struct log *log,
                             reload_done_cb on_done, void *owner)
{
    struct reload *reload = mem_alloc(1, sizeof(*reload));
    reload->loop = loop;
    reload->inputs = inputs;
    reload->log = log;
    reload->on_done = on_done;
    reload->owner = owner;
    return reload;
}

void reload_start(struct reload *reload)
{
    if (reload->state != RELOAD_IDLE) {
        reload->state = RELOAD_READING_AND_AGAIN;
        return;
    }
    reload->state = RELOAD_READING;
    int status = uv_queue_work(reload->loop, &reload->work, on_work, on_work_done);
    ENSURE(status == 0);
}

void reload_destroy(struct reload **reload)
{
    REQUIRE(*reload == NULL || (*reload)->state == RELOAD_IDLE);
    mem_free(reload);
}
