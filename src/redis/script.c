// SPDX-License-Identifier: MIT
#include "redis/script.h"

#include "base/mem.h"
#include "redis/reply_error.h"

#include <stdio.h>
#include <string.h>

enum { HEAD_ARGS = 3 }; // EVALSHA, sha1, number of keys

// One call under way. One block of memory: this, the arguments, their bytes.
struct script_run {
    struct redis_connection *connection;
    const struct redis_script *script;
    redis_reply_cb callback;
    void *context;
    char key_count[24];
    size_t arg_count; // with the head
    struct redis_arg args[];
};

void redis_script_init(struct redis_script *script, const char *name, const char *body)
{
    *script = (struct redis_script){.name = name, .body = body};
    digest_sha1_hex(body, strlen(body), script->sha1);
}

static size_t bytes_of(const struct redis_arg *args, size_t count)
{
    size_t bytes = 0;
    for (size_t i = 0; i < count; i++) {
        bytes += args[i].len;
    }
    return bytes;
}

// Copies the arguments behind those that are there, and their bytes to `bytes`; returns the end of
// the bytes.
static char *append_args(struct script_run *run, const struct redis_arg *args, size_t count,
                         char *bytes)
{
    for (size_t i = 0; i < count; i++) {
        if (args[i].len > 0) {
            memcpy(bytes, args[i].bytes, args[i].len);
        }
        run->args[run->arg_count++] = (struct redis_arg){.bytes = bytes, .len = args[i].len};
        bytes += args[i].len;
    }
    return bytes;
}

static struct script_run *script_run_create(const struct redis_script_call *call)
{
    size_t arg_count = HEAD_ARGS + call->key_count + call->arg_count;
    size_t head_bytes = sizeof(struct script_run) + arg_count * sizeof(struct redis_arg);
    size_t text_bytes =
        bytes_of(call->keys, call->key_count) + bytes_of(call->args, call->arg_count);
    struct script_run *run = mem_alloc(1, head_bytes + text_bytes);
    run->script = call->script;
    (void)snprintf(run->key_count, sizeof(run->key_count), "%zu", call->key_count);
    run->args[0] = REDIS_ARG("EVALSHA");
    run->args[1] = REDIS_ARG(call->script->sha1);
    run->args[2] = REDIS_ARG(run->key_count);
    run->arg_count = HEAD_ARGS;
    char *end = append_args(run, call->keys, call->key_count, (char *)run + head_bytes);
    (void)append_args(run, call->args, call->arg_count, end);
    ENSURE(run->arg_count == arg_count);
    return run;
}

static void script_run_end(struct script_run *run, const struct redis_reply *reply,
                           const struct err *err)
{
    redis_reply_cb callback = run->callback;
    void *context = run->context;
    if (err == NULL) {
        mem_free(&run);
        callback(context, reply, NULL);
        return;
    }
    struct err named = *err;
    (void)err_prefix(&named, "script %s", run->script->name);
    mem_free(&run);
    callback(context, NULL, &named);
}

static void on_eval_reply(void *context, const struct redis_reply *reply, const struct err *err)
{
    script_run_end(context, reply, err);
}

static void on_evalsha_reply(void *context, const struct redis_reply *reply, const struct err *err)
{
    struct script_run *run = context;
    if (reply == NULL || redis_reply_remedy(reply) != REDIS_REMEDY_SEND_BODY) {
        script_run_end(run, reply, err);
        return;
    }
    run->args[0] = REDIS_ARG("EVAL");
    run->args[1] = REDIS_ARG(run->script->body);
    redis_connection_send(run->connection, run->args, run->arg_count, 0, on_eval_reply, run);
}

void redis_script_run(struct redis_connection *connection, const struct redis_script_call *call,
                      redis_reply_cb callback, void *context)
{
    struct script_run *run = script_run_create(call);
    run->connection = connection;
    run->callback = callback;
    run->context = context;
    redis_connection_send(connection, run->args, run->arg_count, 0, on_evalsha_reply, run);
}
