// SPDX-License-Identifier: MIT
//
// What reports are judged by, accounts and rulebook, and the password and the certificates for Redis,
// read at the start and again at each SIGHUP, off the loop. Private to daemon. Thread: the loop's; the
// reading itself runs on libuv's pool, for it is short.
#pragma once

#include "base/log.h"
#include "base/loop.h"
#include "base/secret.h"
#include "daemon.h"
#include "domain/account.h"
#include "redis/tls.h"
#include "worker/rulebook.h"

struct judgement {
    struct account_set accounts;
    struct rulebook *rulebook;
};

// Reads both. A file that cannot be used is ERR_CONFIG (ERR_IO when the system refuses it):
// settings name it. Warnings, broken rules and entries that were left out are no error; they are
// among the rulebook's problems.
enum err_kind judgement_load(const struct settings *settings, struct judgement *judgement_out,
                             struct err *err);
// One of them, with the same errors.
enum err_kind judgement_load_accounts(const struct settings *settings,
                                      struct account_set *accounts_out, struct err *err);
enum err_kind judgement_load_rules(const struct settings *settings, struct rulebook **rulebook_out,
                                   struct err *err);
// Logs the problems, those of accounts with these settings as well, and what was loaded.
void judgement_log(const struct judgement *judgement, const struct settings *settings,
                   struct log *log);
void judgement_deinit(struct judgement *judgement);

// What is in the file `credential` of the credentials folder; NULL when that is "".
enum err_kind credential_read(const struct settings *settings, const char *credential,
                              struct secret **secret_out, struct err *err);

// The certificates that [redis] names; NULL when it does not ask for TLS. ERR_CONFIG.
enum err_kind redis_tls_read(const struct settings *settings, struct redis_tls **tls_out,
                             struct err *err);

struct reload;

// How the connections to Redis are to log in and to prove who they are, borrowed. NULL: as before,
// because there is none, or because it could not be read.
struct reload_access {
    const struct secret *redis_password;
    struct redis_tls *redis_tls;
};

// The reloadable settings are in force when it is called. `fresh` is the callback's to keep (moved
// out of), or empty when something could not be read: the old one stays, and the reason has been
// logged.
typedef void (*reload_done_cb)(void *owner, struct judgement *fresh,
                               const struct reload_access *access);

struct reload *reload_create(uv_loop_t *loop, const struct daemon_inputs *inputs, struct log *log,
                             reload_done_cb on_done, void *owner);
// Starts a reload. While one is under way another is noted, and starts when the first is done.
void reload_start(struct reload *reload);
// None is under way. NULL is allowed.
void reload_destroy(struct reload **reload);
