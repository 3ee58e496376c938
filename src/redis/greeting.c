// SPDX-License-Identifier: MIT
#include "greeting.h"

#include "base/text.h"
#include "redis/reply_error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OLDEST_VERSION = 7 };

static void conclude(struct redis_greeting *greeting);

static void say(struct redis_greeting *greeting, struct redis_link *link, redis_reply_cb on_answer,
                const struct redis_arg *args, size_t count)
{
    struct redis_command command = {.callback = on_answer,
                                    .context = greeting,
                                    .timeout_ms = greeting->config->connect_timeout_ms};
    redis_command_set_name(&command, &args[0]);
    // Refused only by a link that is going down, and then the greeting is over anyway.
    if (redis_link_send(link, args, count, &command)) {
        greeting->waiting++;
    }
}

static void fail(struct redis_greeting *greeting, const struct err *err)
{
    if (greeting->failure.kind == ERR_OK) {
        greeting->failure = *err;
    }
}

// What is asked for by the settings must work.
static void demand(struct redis_greeting *greeting, const struct redis_reply *reply,
                   const char *what)
{
    struct err err = ERR_INIT;
    enum err_kind kind = redis_reply_err(reply, &err);
    if (kind == ERR_OK) {
        return;
    }
    if (kind == ERR_INTERNAL) {
        err.kind = ERR_CONFIG;
    }
    (void)err_prefix(&err, "%s", what);
    fail(greeting, &err);
}

// What is only good to know may be forbidden to our user, or unknown to an old server.
static bool is_known(struct redis_greeting *greeting, const struct redis_reply *reply)
{
    struct err err = ERR_INIT;
    enum err_kind kind = redis_reply_err(reply, &err);
    if (kind != ERR_OK && kind != ERR_INTERNAL && strcmp(err.upstream_code, "NOPERM") != 0) {
        fail(greeting, &err);
    }
    return kind == ERR_OK;
}

// The first failure decides: a server that says no may close before it answers the rest.
static void count_answer(struct redis_greeting *greeting)
{
    greeting->waiting--;
    if (greeting->waiting == 0 || greeting->failure.kind != ERR_OK) {
        conclude(greeting);
    }
}

static void on_auth(void *context, const struct redis_reply *reply, const struct err *err)
{
    struct redis_greeting *greeting = context;
    if (err == NULL) {
        demand(greeting, reply, "AUTH");
        count_answer(greeting);
    }
}

static void on_select(void *context, const struct redis_reply *reply, const struct err *err)
{
    struct redis_greeting *greeting = context;
    if (err == NULL) {
        char what[32];
        (void)snprintf(what, sizeof(what), "SELECT %u", greeting->config->database);
        demand(greeting, reply, what);
        count_answer(greeting);
    }
}

static void on_set_name(void *context, const struct redis_reply *reply, const struct err *err)
{
    struct redis_greeting *greeting = context;
    if (err == NULL) {
        (void)is_known(greeting, reply);
        count_answer(greeting);
    }
}

static void on_client_id(void *context, const struct redis_reply *reply, const struct err *err)
{
    struct redis_greeting *greeting = context;
    if (err == NULL) {
        if (is_known(greeting, reply)) {
            greeting->server.client_id = redis_reply_number(reply, 0);
        }
        count_answer(greeting);
    }
}

static void copy_text(char *out, size_t size, const struct redis_reply *reply)
{
    size_t len;
    (void)text_copy(out, size, redis_reply_text(reply, &len));
}

// HELLO without arguments changes nothing; it lists names and values (redis.io, HELLO). Users with
// few rights have it more often than INFO.
static void take_hello(struct redis_greeting *greeting, const struct redis_reply *list)
{
    for (size_t i = 0; i + 1 < redis_reply_count(list); i += 2) {
        const struct redis_reply *name = redis_reply_at(list, i);
        const struct redis_reply *value = redis_reply_at(list, i + 1);
        if (redis_reply_is(name, "version")) {
            copy_text(greeting->version, sizeof(greeting->version), value);
        } else if (redis_reply_is(name, "id")) {
            greeting->server.client_id = redis_reply_number(value, 0);
        } else if (redis_reply_is(name, "mode")) {
            greeting->is_sentinel = redis_reply_is(value, "sentinel");
            greeting->is_in_cluster = redis_reply_is(value, "cluster");
            greeting->knows_mode = true;
        } else if (redis_reply_is(name, "role")) {
            greeting->is_replica =
                redis_reply_is(value, "replica") || redis_reply_is(value, "slave");
        }
    }
}

static void on_hello(void *context, const struct redis_reply *reply, const struct err *err)
{
    struct redis_greeting *greeting = context;
    if (err == NULL) {
        if (is_known(greeting, reply)) {
            take_hello(greeting, reply);
        }
        count_answer(greeting);
    }
}

// The value of a line "name:value" of INFO; false when there is none, or it is too long.
static bool info_value(const char *info, const char *name, char *out, size_t size)
{
    size_t name_len = strlen(name);
    for (const char *line = info; *line != '\0'; line += strcspn(line, "\n")) {
        line += *line == '\n' ? 1 : 0;
        if (strncmp(line, name, name_len) == 0 && line[name_len] == ':') {
            const char *value = line + name_len + 1;
            size_t len = strcspn(value, "\r\n");
            if (len >= size) {
                return false;
            }
            memcpy(out, value, len);
            out[len] = '\0';
            return true;
        }
    }
    return false;
}

static bool info_says(const char *info, const char *name, const char *expected)
{
    char value[32];
    return info_value(info, name, value, sizeof(value)) && strcmp(value, expected) == 0;
}

static void take_info(struct redis_greeting *greeting, const char *info)
{
    struct redis_server_info *server = &greeting->server;
    (void)info_value(info, "redis_version", greeting->version, sizeof(greeting->version));
    (void)info_value(info, "maxmemory_policy", server->maxmemory_policy,
                     sizeof(server->maxmemory_policy));
    server->is_volatile = info_says(info, "aof_enabled", "0");
    greeting->is_loading = info_says(info, "loading", "1");
    greeting->is_sentinel = greeting->is_sentinel || info_says(info, "redis_mode", "sentinel");
    greeting->is_replica = greeting->is_replica || info_says(info, "role", "slave");
    greeting->is_in_cluster = greeting->is_in_cluster || info_says(info, "redis_mode", "cluster");
    greeting->knows_mode = greeting->knows_mode || strstr(info, "redis_mode:") != NULL;
}

static void on_info(void *context, const struct redis_reply *reply, const struct err *err)
{
    struct redis_greeting *greeting = context;
    if (err == NULL) {
        if (is_known(greeting, reply)) {
            size_t len;
            take_info(greeting, redis_reply_text(reply, &len));
        }
        count_answer(greeting);
    }
}

static enum err_kind check_version(struct redis_greeting *greeting, struct err *err)
{
    const char *version = greeting->version;
    if (version[0] == '\0') {
        const char *user = greeting->config->user;
        return err_set(err, ERR_DENIED,
                       "the server tells its version neither by INFO nor by HELLO: user %s needs "
                       "the right to one of them (ACL SETUSER %s +info)",
                       user == NULL ? "default" : user, user == NULL ? "default" : user);
    }
    char *end;
    greeting->server.version_major = (unsigned)strtoul(version, &end, 10);
    if (*end == '.') {
        greeting->server.version_minor = (unsigned)strtoul(end + 1, NULL, 10);
    }
    if (greeting->server.version_major < OLDEST_VERSION) {
        return err_set(err, ERR_CONFIG, "Redis %s is too old: packreport needs %d.0 or later",
                       version, OLDEST_VERSION);
    }
    return ERR_OK;
}

static enum err_kind check_role(const struct redis_greeting *greeting, struct err *err)
{
    if (greeting->is_sentinel) {
        return err_set(err, ERR_CONFIG, "this is a Sentinel, not a server that holds data");
    }
    bool wants_cluster = greeting->config->cluster != NULL;
    if (greeting->is_in_cluster && !wants_cluster) {
        return err_set(
            err, ERR_CONFIG,
            "this server is a node of a cluster, which is named otherwise: by the setting "
            "[redis] cluster, or on the command line by --cluster");
    }
    if (wants_cluster && greeting->knows_mode && !greeting->is_in_cluster) {
        return err_set(err, ERR_CONFIG, "this server is no node of a cluster");
    }
    if (greeting->is_replica) {
        return err_set(err, ERR_UNAVAILABLE, "this server is a replica; its master is needed");
    }
    if (greeting->is_loading) {
        return err_set(err, ERR_UNAVAILABLE, "the server is still loading its data");
    }
    return ERR_OK;
}

static void conclude(struct redis_greeting *greeting)
{
    struct err err = greeting->failure;
    if (err.kind == ERR_OK && check_version(greeting, &err) == ERR_OK) {
        (void)check_role(greeting, &err);
    }
    greeting->on_greeted(greeting->owner, err.kind == ERR_OK ? NULL : &err);
}

static void say_auth(struct redis_greeting *greeting, struct redis_link *link)
{
    const struct redis_config *config = greeting->config;
    struct redis_arg args[REDIS_AUTH_ARGS];
    redis_auth_args(config->user, config->password, args);
    say(greeting, link, on_auth, args, ARRAY_LEN(args));
}

static void say_select(struct redis_greeting *greeting, struct redis_link *link)
{
    char number[16];
    (void)snprintf(number, sizeof(number), "%u", greeting->config->database);
    const struct redis_arg args[] = {REDIS_ARG("SELECT"), REDIS_ARG(number)};
    say(greeting, link, on_select, args, ARRAY_LEN(args));
}

static void say_name(struct redis_greeting *greeting, struct redis_link *link)
{
    const struct redis_arg args[] = {REDIS_ARG("CLIENT"), REDIS_ARG("SETNAME"),
                                     REDIS_ARG(greeting->config->name)};
    say(greeting, link, on_set_name, args, ARRAY_LEN(args));
}

static void forget_answers(struct redis_greeting *greeting)
{
    *greeting = (struct redis_greeting){
        .config = greeting->config, .on_greeted = greeting->on_greeted, .owner = greeting->owner};
}

// Both, because a user may have the right to only one of them.
static void say_hello_and_info(struct redis_greeting *greeting, struct redis_link *link)
{
    const struct redis_arg hello[] = {REDIS_ARG("HELLO")};
    say(greeting, link, on_hello, hello, ARRAY_LEN(hello));
    const struct redis_arg info[] = {REDIS_ARG("INFO")};
    say(greeting, link, on_info, info, ARRAY_LEN(info));
}

void redis_greeting_repeat(struct redis_greeting *greeting, struct redis_link *link)
{
    if (greeting->waiting == 0) {
        forget_answers(greeting);
        say_hello_and_info(greeting, link);
    }
}

void redis_greeting_start(struct redis_greeting *greeting, struct redis_link *link)
{
    forget_answers(greeting);
    const struct redis_config *config = greeting->config;
    if (config->password != NULL) {
        say_auth(greeting, link);
    }
    if (config->database != 0) {
        say_select(greeting, link);
    }
    if (config->name != NULL) {
        say_name(greeting, link);
    }
    const struct redis_arg client_id[] = {REDIS_ARG("CLIENT"), REDIS_ARG("ID")};
    say(greeting, link, on_client_id, client_id, ARRAY_LEN(client_id));
    say_hello_and_info(greeting, link);
}
