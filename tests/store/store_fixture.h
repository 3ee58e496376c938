// SPDX-License-Identifier: MIT
//
// A file store in a temporary folder of its own, and what tests do with it again and again. Thread:
// one.
#pragma once

#include "store/store.h"

#include <stdbool.h>
#include <stdint.h>

struct store_fixture {
    struct store *store;
    char *folder; // temporary; the store's root lies in it
    char *root;
};

void store_fixture_init(struct store_fixture *fixture);
void store_fixture_deinit(struct store_fixture *fixture);

struct store_key store_key_of(const char *report_id, uint64_t fence);

// "<root>/<formatted>", valid until the next call but three.
const char *path_in(const struct store_fixture *fixture, const char *format, ...) PRINTF_LIKE(2, 3);

// Stages an attempt with two small files; the folder is checked to be empty before. `try_stage`
// asserts nothing, for processes that a test forks: the framework hears only its own children.
bool try_stage(const struct store_fixture *fixture, const struct store_key *key, struct err *err);
void stage_report(const struct store_fixture *fixture, const struct store_key *key);
// Stages and publishes one.
void publish_report(const struct store_fixture *fixture, const struct store_key *key);

// Sets the times of an entry to `age_ms` ago.
void age(const char *path, int64_t age_ms);
bool is_there(const char *path);
