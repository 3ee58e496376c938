// SPDX-License-Identifier: MIT
//
// The settings of packreportd as plain data, read once and passed in parts to the rooms.
//
// Four layers, each over the one before: the defaults of the table (settings_table.h), presets of
// the program (--dev, the credentials folder of systemd), the INI file, --set on the command line.
// Texts are never NULL; "" means not set. Durations are in milliseconds, sizes in bytes. A secret
// is never a setting: `credential` is the name of a file in the credentials folder. Thread: loaded
// on any, read-only afterwards but for settings_reload on the loop's.
#pragma once

#include "base/err.h"
#include "base/log.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct settings_redis {
    char *address; // redis_address.h reads it
    unsigned database;
    char *user;
    char *credential;
    int64_t connect_timeout_ms;
    int64_t command_timeout_ms;
    int64_t block_timeout_ms;
};

struct settings_queue {
    char *prefix;
    unsigned partitions;
    int64_t lease_ms;
    int64_t token_ttl_ms;
    int64_t answer_ttl_ms;
    int64_t history_ttl_ms;
    unsigned backlog_max;
    unsigned events_max;
    unsigned dead_max;
};

struct settings_worker {
    char *name; // "": the host's name
    unsigned max_jobs;
    unsigned threads; // 0: one per processor
    unsigned eval_threads;
    unsigned max_attempts;
    int64_t retry_base_ms;
    int64_t retry_cap_ms;
    int64_t drain_timeout_ms;
    int64_t sweep_interval_ms;
};

enum settings_source_kind { SETTINGS_SOURCE_SECMASTER, SETTINGS_SOURCE_FILE };

struct settings_source {
    enum settings_source_kind kind;
    char *accounts;
    char *packs;
    char *inventory;
    char *language;
    int64_t connect_timeout_ms;
    int64_t total_timeout_ms;
    size_t body_limit_bytes;
    bool allow_plain_http;
    char *ca_file;
};

struct settings_rules {
    char *path;
    char *waivers;
    char *attestations;
};

struct settings_credentials {
    char *path;
};

struct settings_store {
    char *path;
    unsigned keep_count; // 0: no limit
    int64_t keep_age_ms; // 0: no limit
};

enum settings_log_format {
    SETTINGS_LOG_AUTO, // text on a terminal, journal under systemd, else JSON
    SETTINGS_LOG_TEXT,
    SETTINGS_LOG_JSON,
    SETTINGS_LOG_JOURNAL,
};

struct settings_log {
    enum log_level level;
    enum settings_log_format format;
};

struct settings_drill {
    char *step;
    int64_t stall_ms;
};

struct setting_origin;

struct settings {
    struct settings_redis redis;
    struct settings_queue queue;
    struct settings_worker worker;
    struct settings_source source;
    struct settings_rules rules;
    struct settings_credentials credentials;
    struct settings_store store;
    struct settings_log log;
    struct settings_drill drill;

    char *file;                     // the INI file, NULL when none was read
    struct setting_origin *origins; // one per row of the table: where its value comes from
};

// One value given by its name: "--dev", "redis.address", "unix:/run/…".
struct settings_override {
    const char *giver; // what the origin and error messages call it
    const char *name;  // section.key
    const char *value;
};

// What to read, all borrowed.
struct settings_inputs {
    const char *file; // NULL: none
    const struct settings_override *presets;
    size_t preset_count;
    const char *const *assignments; // "section.key=value", from --set
    size_t assignment_count;
};

// Reads all layers and checks each value and what they demand of each other. ERR_CONFIG with one
// line: place, name, what is wrong, what would be right.
enum err_kind settings_load(const struct settings_inputs *inputs, struct settings *settings_out,
                            struct err *err);
void settings_deinit(struct settings *settings);

// Whether the files and folders that the settings name exist. Apart from settings_load, so that
// --print-config works on another machine. ERR_CONFIG.
enum err_kind settings_check_files(const struct settings *settings, struct err *err);

// Takes the reloadable values (settings_table.h) over from `fresh`. For each other value that
// differs `on_ignored` is told its name: it counts only after a restart.
typedef void (*settings_ignored_cb)(void *context, const char *section, const char *key);
void settings_reload(struct settings *settings, const struct settings *fresh,
                     settings_ignored_cb on_ignored, void *context);
