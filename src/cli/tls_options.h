// SPDX-License-Identifier: MIT
//
// The certificates for a Redis that is reached over TLS, from the command line or from the daemon's
// settings. Private to cli. Thread: main.
#pragma once

#include "base/err.h"
#include "base/secret.h"
#include "redis/tls.h"

#include <argp.h>
#include <stdbool.h>

struct settings_redis;

// All NULL when not given; with --redis or --cluster and rediss:// only.
struct tls_options {
    const char *ca; // file or folder
    const char *cert_file;
    const char *key_file;
    const char *server_name;
};
// A child parser, whose input is a struct tls_options.
extern const struct argp tls_options_argp;

bool tls_options_any(const struct tls_options *options);
// What is wrong with them together, NULL for nothing. `tls`: the address, or the nodes, ask for it.
const char *tls_options_problem(const struct tls_options *options, bool tls);

// ERR_CONFIG: a file that cannot be used.
enum err_kind tls_options_read(const struct tls_options *options, struct redis_tls **tls_out,
                               struct err *err);
// The same from settings that ask for TLS. `key` is what [redis] tls_key leads to; NULL: none.
enum err_kind tls_options_read_settings(const struct settings_redis *redis,
                                        const struct secret *key, struct redis_tls **tls_out,
                                        struct err *err);
