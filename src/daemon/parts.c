// SPDX-License-Identifier: MIT
#include "parts.h"

#include "source/secmaster.h"

#include <stdlib.h>
#include <unistd.h>

enum {
    HTTP_CONNECTIONS_PER_HOST = 16,
    TAKE_OVER_LEASES = 2, // intake entries not admitted for so many leases belong to nobody
};

struct log *parts_make_log(const struct settings_log *settings)
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

unsigned parts_task_threads(const struct settings_worker *worker)
{
    if (worker->threads > 0) {
        return worker->threads;
    }
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    unsigned threads = online > 0 ? (unsigned)online : 1;
    return threads < worker->max_jobs ? threads : worker->max_jobs;
}

enum err_kind parts_make_source(uv_loop_t *loop, const struct settings *settings,
                                struct pack_source **source_out, struct err *err)
{
    if (settings->source.kind == SETTINGS_SOURCE_FILE) {
        return pack_source_file_create(loop, settings->source.packs, source_out, err);
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
    return pack_source_secmaster_create(loop, &config, source_out, err);
}

enum err_kind parts_make_store(const struct settings_store *settings, struct log *log,
                               struct store **store_out, struct err *err)
{
    if (settings->kind == SETTINGS_STORE_NULL) {
        *store_out = store_null_open();
        LOG_AT(log, LOG_WARNING, "store.null",
               LOG_TEXT("meaning", "no report is kept; for measuring only"));
        return ERR_OK;
    }
    if (!settings->fsync) {
        LOG_AT(log, LOG_WARNING, "store.no_fsync",
               LOG_TEXT("meaning", "a crash of the machine can lose reports that are COMPLETE"));
    }
    return store_file_open(settings->path, settings->fsync, store_out, err);
}

struct pool_config parts_pool_config(const struct settings *settings)
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
        .breaker_threshold = worker->breaker_threshold,
        .breaker_base_ms = worker->breaker_base_ms,
        .breaker_cap_ms = worker->breaker_cap_ms,
        .outage_patience_ms = worker->outage_patience_ms,
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
