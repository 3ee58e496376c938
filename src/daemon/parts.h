// SPDX-License-Identifier: MIT
//
// What the daemon is made of, as the settings want it. Private to daemon. Thread: main, before the loop
// runs.
#pragma once

#include "base/err.h"
#include "base/log.h"
#include "base/loop.h"
#include "settings/settings.h"
#include "source/pack_source.h"
#include "store/store.h"
#include "worker/pool.h"

// To standard error.
struct log *parts_make_log(const struct settings_log *settings);

// Those for reports; the settings', or as many as there are processors and jobs.
unsigned parts_task_threads(const struct settings_worker *worker);

// Errors: as pack_source_file_create and pack_source_secmaster_create.
enum err_kind parts_make_source(uv_loop_t *loop, const struct settings *settings,
                                struct pack_source **source_out, struct err *err);

// Logs what is unsafe about it. Errors: as store_file_open.
enum err_kind parts_make_store(const struct settings_store *settings, struct log *log,
                               struct store **store_out, struct err *err);

// Borrows texts of the settings, which were checked.
struct pool_config parts_pool_config(const struct settings *settings);
