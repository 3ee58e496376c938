// SPDX-License-Identifier: MIT
#include "tls_options.h"

#include "settings/parts.h"

#include <stddef.h>

enum { KEY_CA = 1200, KEY_CERT, KEY_KEY, KEY_SERVER_NAME };

static const struct argp_option OPTIONS[] = {
    {"redis-tls-ca", KEY_CA, "PATH", 0,
     "File or folder of the authorities that may sign the certificate of a rediss:// server "
     "(default: the system's)",
     1},
    {"redis-tls-cert", KEY_CERT, "FILE", 0, "Client certificate, with --redis-tls-key", 1},
    {"redis-tls-key", KEY_KEY, "FILE", 0, "Its private key", 1},
    {"redis-tls-server-name", KEY_SERVER_NAME, "NAME", 0,
     "Name that the server's certificate must have (default: the host)", 1},
    {0},
};

static error_t parse_option(int key, char *value, struct argp_state *state)
{
    struct tls_options *options = state->input;
    switch (key) {
    case KEY_CA:
        options->ca = value;
        return 0;
    case KEY_CERT:
        options->cert_file = value;
        return 0;
    case KEY_KEY:
        options->key_file = value;
        return 0;
    case KEY_SERVER_NAME:
        options->server_name = value;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

const struct argp tls_options_argp = {.options = OPTIONS, .parser = parse_option};

bool tls_options_any(const struct tls_options *options)
{
    return options->ca != NULL || options->cert_file != NULL || options->key_file != NULL ||
           options->server_name != NULL;
}

const char *tls_options_problem(const struct tls_options *options, bool tls)
{
    if (!tls && tls_options_any(options)) {
        return "the --redis-tls options are for use with rediss:// in --redis or --cluster";
    }
    return (options->cert_file == NULL) == (options->key_file == NULL)
               ? NULL
               : "--redis-tls-cert and --redis-tls-key need each other";
}

enum err_kind tls_options_read(const struct tls_options *options, struct redis_tls **tls_out,
                               struct err *err)
{
    struct secret *key = NULL;
    if (options->key_file != NULL && secret_read_file(options->key_file, &key, err) != ERR_OK) {
        return err->kind;
    }
    const struct redis_tls_config config = {.ca_path = options->ca,
                                            .cert_file = options->cert_file,
                                            .key = key,
                                            .server_name = options->server_name};
    enum err_kind kind = redis_tls_create(&config, tls_out, err);
    secret_destroy(&key);
    return kind;
}

static const char *or_null(const char *text)
{
    return text[0] == '\0' ? NULL : text;
}

enum err_kind tls_options_read_settings(const struct settings_redis *redis,
                                        const struct secret *key, struct redis_tls **tls_out,
                                        struct err *err)
{
    const struct redis_tls_config config = {.ca_path = or_null(redis->tls_ca),
                                            .cert_file = or_null(redis->tls_cert),
                                            .key = key,
                                            .server_name = or_null(redis->tls_server_name)};
    return redis_tls_create(&config, tls_out, err);
}
