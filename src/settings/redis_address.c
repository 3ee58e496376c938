// SPDX-License-Identifier: MIT
#include "settings/redis_address.h"

#include "base/text.h"

#include <string.h>

static enum err_kind parse_unix(const char *path, struct redis_address *address, struct err *err)
{
    if (path[0] != '/') {
        return err_set(err, ERR_CONFIG, "the path of a Unix socket begins with \"/\"");
    }
    if (!text_copy(address->unix_path, sizeof(address->unix_path), path)) {
        return err_set(err, ERR_CONFIG,
                       "the path of a Unix socket has %zu bytes; the system allows %zu",
                       strlen(path), sizeof(address->unix_path) - 1);
    }
    return ERR_OK;
}

static enum err_kind parse_port(const char *text, struct redis_address *address, struct err *err)
{
    int64_t port;
    if (!text_to_int64(text, strlen(text), &port) || port < 1 || port > UINT16_MAX) {
        return err_set(err, ERR_CONFIG, "the port is not a number from 1 to 65535");
    }
    address->port = (uint16_t)port;
    return ERR_OK;
}

static enum err_kind parse_host(const char *text, size_t len, struct redis_address *address,
                                struct err *err)
{
    if (len == 0 || len > REDIS_ADDRESS_HOST_MAX) {
        return err_set(err, ERR_CONFIG, "the host's name has %zu bytes; it needs 1 to %d", len,
                       REDIS_ADDRESS_HOST_MAX);
    }
    memcpy(address->host, text, len);
    address->host[len] = '\0';
    if (strspn(address->host,
               "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.:%") != len) {
        return err_set(err, ERR_CONFIG,
                       "the host's name has a character that none can have; host:port, without "
                       "quotes or blanks, is right");
    }
    return ERR_OK;
}

static enum err_kind parse_tcp(const char *text, uint16_t default_port,
                               struct redis_address *address, struct err *err)
{
    address->port = default_port;
    const char *host = text;
    const char *host_end;
    const char *rest;
    if (text[0] == '/') {
        return err_set(err, ERR_CONFIG, "a Unix socket is written unix:/path");
    }
    if (text[0] == '[') {
        host = text + 1;
        host_end = strchr(host, ']');
        if (host_end == NULL) {
            return err_set(err, ERR_CONFIG, "\"[\" without \"]\"");
        }
        rest = host_end + 1;
    } else {
        host_end = text + strcspn(text, ":");
        rest = host_end;
        if (strchr(rest, ':') != strrchr(rest, ':')) {
            return err_set(err, ERR_CONFIG, "write an IPv6 address in brackets: [::1]:6379");
        }
    }
    if (parse_host(host, (size_t)(host_end - host), address, err) != ERR_OK) {
        return err->kind;
    }
    if (*rest == '\0') {
        return ERR_OK;
    }
    if (*rest != ':') {
        return err_set(err, ERR_CONFIG, "behind the host stands \":\" and a port, or nothing");
    }
    return parse_port(rest + 1, address, err);
}

static const char TLS_SCHEME[] = "rediss://";

static enum err_kind refuse_tls(struct err *err)
{
    return err_set(
        err, ERR_CONFIG,
        "this build has no TLS to Redis, which takes hiredis 1.1 or newer (Debian 13 has "
        "it, Debian 12 has not); use redis://, or a Unix socket to a local TLS tunnel");
}

// What stands behind the "//" of a URL.
static enum err_kind parse_url_rest(const char *text, struct redis_address *address,
                                    struct err *err)
{
    if (strchr(text, '/') != NULL) {
        return err_set(err, ERR_CONFIG,
                       "nothing stands behind the port; the database is a setting of its own");
    }
    return parse_tcp(text, REDIS_ADDRESS_PORT, address, err);
}

enum err_kind redis_address_parse(const char *text, struct redis_address *address_out,
                                  struct err *err)
{
    struct redis_address address = {0};
    struct err problem = ERR_INIT;
    if (!PACKREPORT_REDIS_TLS && text_starts_with(text, "rediss:")) {
        (void)refuse_tls(&problem);
    } else if (strchr(text, '@') != NULL) {
        (void)err_set(&problem, ERR_CONFIG,
                      "user and password do not belong into the address; "
                      "use the settings user and credential");
    } else if (text_starts_with(text, "unix:")) {
        (void)parse_unix(text + strlen("unix:"), &address, &problem);
    } else if (text_starts_with(text, "redis://")) {
        (void)parse_url_rest(text + strlen("redis://"), &address, &problem);
    } else if (text_starts_with(text, TLS_SCHEME)) {
        address.tls = true;
        (void)parse_url_rest(text + strlen(TLS_SCHEME), &address, &problem);
    } else if (strstr(text, "://") != NULL) {
        (void)err_set(&problem, ERR_CONFIG,
                      "write unix:/path, host:port, redis://host:port or rediss://host:port");
    } else {
        (void)parse_tcp(text, REDIS_ADDRESS_PORT, &address, &problem);
    }
    if (problem.kind != ERR_OK) {
        *err = problem;
        return err->kind;
    }
    *address_out = address;
    return ERR_OK;
}

// Of Sentinels or of nodes.
struct list_kind {
    uint16_t default_port;
    const char *title;
};

static enum err_kind add_address(const struct list_kind *kind, const char *text, size_t len,
                                 struct sentinel_addresses *addresses, struct err *err)
{
    char one[sizeof(TLS_SCHEME) + REDIS_ADDRESS_HOST_MAX + sizeof("[]:65535")];
    if (addresses->count == SENTINEL_ADDRESSES_MAX) {
        return err_set(err, ERR_CONFIG, "more than %d %s", SENTINEL_ADDRESSES_MAX, kind->title);
    }
    if (len >= sizeof(one)) {
        return err_set(err, ERR_CONFIG, "an address of %zu bytes; the most is %zu", len,
                       sizeof(one) - 1);
    }
    memcpy(one, text, len);
    one[len] = '\0';
    struct redis_address address = {0};
    address.tls = text_starts_with(one, TLS_SCHEME);
    const char *rest = one + (address.tls ? strlen(TLS_SCHEME) : 0);
    if (address.tls && !PACKREPORT_REDIS_TLS) {
        (void)refuse_tls(err);
    } else if (strchr(rest, '/') != NULL) {
        (void)err_set(err, ERR_CONFIG, "write host:port, or rediss://host:port for TLS");
    } else if (addresses->count > 0 && address.tls != addresses->tls) {
        (void)err_set(err, ERR_CONFIG, "write rediss:// before all %s, or before none",
                      kind->title);
    } else {
        (void)parse_tcp(rest, kind->default_port, &address, err);
    }
    if (err->kind != ERR_OK) {
        return err_prefix(err, "\"%s\"", one);
    }
    addresses->tls = address.tls;
    addresses->list[addresses->count++] = address;
    return ERR_OK;
}

static enum err_kind parse_list(const struct list_kind *kind, const char *text,
                                struct sentinel_addresses *addresses_out, struct err *err)
{
    struct sentinel_addresses addresses = {0};
    struct err problem = ERR_INIT;
    for (const char *part = text; problem.kind == ERR_OK;) {
        part += strspn(part, " \t");
        size_t len = strcspn(part, ",");
        const char *end = part + len;
        while (len > 0 && (part[len - 1] == ' ' || part[len - 1] == '\t')) {
            len--;
        }
        (void)add_address(kind, part, len, &addresses, &problem);
        if (*end == '\0') {
            break;
        }
        part = end + 1;
    }
    if (problem.kind != ERR_OK) {
        *err = problem;
        return err->kind;
    }
    *addresses_out = addresses;
    return ERR_OK;
}

enum err_kind sentinel_addresses_parse(const char *text, struct sentinel_addresses *addresses_out,
                                       struct err *err)
{
    static const struct list_kind sentinels = {SENTINEL_ADDRESS_PORT, "Sentinels"};
    return parse_list(&sentinels, text, addresses_out, err);
}

enum err_kind cluster_addresses_parse(const char *text, struct sentinel_addresses *addresses_out,
                                      struct err *err)
{
    static const struct list_kind nodes = {REDIS_ADDRESS_PORT, "nodes"};
    return parse_list(&nodes, text, addresses_out, err);
}
