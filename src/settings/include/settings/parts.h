// SPDX-License-Identifier: MIT
//
// The parts of the settings, one struct for each section, to be handed to the rooms that they are
// for. Plain data; see settings/settings.h for what the texts and units are. Thread: any.
#pragma once

#include "base/log.h"
#include "domain/finding.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct settings_redis {
    char *address;   // settings/redis_address.h reads it, and the Sentinels
    char *sentinels; // "": the address counts
    char *master_name;
    char *sentinel_user;
    char *sentinel_credential;
    char *cluster; // "": none; else its nodes, and the address does not count
    unsigned database;
    char *user;
    char *credential;
    char *tls_ca; // these four with rediss:// only
    char *tls_cert;
    char *tls_key;
    char *tls_server_name;
    int64_t connect_timeout_ms;
    int64_t command_timeout_ms;
    int64_t block_timeout_ms;
    unsigned wait_replicas;
    int64_t wait_timeout_ms;
};

struct settings_queue {
    char *prefix;
    unsigned partitions;
    int64_t lease_ms;
    int64_t token_ttl_ms;
    int64_t answer_ttl_ms;
    int64_t history_ttl_ms;
    unsigned backlog_max;
    unsigned account_cap; // 0: none
    unsigned account_weight;
    unsigned events_max;
    unsigned dead_max;
};

struct settings_worker {
    char *name; // "": the host's name
    unsigned max_jobs;
    unsigned threads; // 0: one per processor
    unsigned eval_threads;
    unsigned max_attempts;
    unsigned max_throttled;
    unsigned max_crashes;
    int64_t retry_base_ms;
    int64_t retry_cap_ms;
    unsigned breaker_threshold; // 0: no breaker
    int64_t breaker_base_ms;
    int64_t breaker_cap_ms;
    int64_t outage_patience_ms;
    int64_t drain_timeout_ms;
    int64_t sweep_interval_ms;
};

enum settings_source_kind { SETTINGS_SOURCE_SECMASTER, SETTINGS_SOURCE_FILE };

struct settings_source {
    enum settings_source_kind kind;
    char *accounts;
    char *packs;
    char *inventory;
    char *max_bad_lines; // as bad_lines_limit_parse takes it, checked
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
    bool strict_vendor;
};

struct settings_credentials {
    char *path;
};

enum settings_store_kind { SETTINGS_STORE_FILE, SETTINGS_STORE_NULL };

struct settings_store {
    enum settings_store_kind kind;
    char *path;
    enum report_files files; // ALL or JSON
    bool fsync;
    enum findings_listed findings;
    unsigned keep_count; // 0: no limit
    int64_t keep_age_ms; // 0: no limit
};

struct settings_monitor {
    char *listen; // "": none
};

struct settings_api {
    char *listen; // "": no front door
    char *keys;   // "": an open door
    char *account;
    char *public_url;
    char *link_credential;
    int64_t link_lifetime_ms;
    char *tls_certificate;
    char *tls_credential;
    unsigned account_rate; // a minute; 0: no limit
    unsigned account_burst;
    unsigned connections_max;
    unsigned connections_per_ip; // 0: no limit
    size_t header_limit_bytes;
    size_t body_limit_bytes;
    int64_t request_timeout_ms;
    int64_t idle_timeout_ms;
    size_t kept_memory_bytes; // 0: no connection is kept
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
