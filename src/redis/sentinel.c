// SPDX-License-Identifier: MIT
#include "sentinel.h"

#include "redis/reply.h"
#include "redis/reply_error.h"

enum { AT_MASTER_NAME = 2 };

static const char *master_name(const struct redis_sentinel_search *search)
{
    return search->finder.question.words[AT_MASTER_NAME];
}

static enum err_kind take_address(void *owner, const struct redis_node *asked,
                                  const struct redis_reply *reply, struct err *err)
{
    (void)asked;
    struct redis_sentinel_search *search = owner;
    if (redis_reply_err(reply, err) != ERR_OK) {
        return err->kind;
    }
    if (redis_reply_type(reply) == REDIS_REPLY_NOTHING) {
        return err_set(err, ERR_UNAVAILABLE, "it knows no master named \"%s\"",
                       master_name(search));
    }
    const char *host = redis_reply_text(redis_reply_at(reply, 0), NULL);
    int64_t port = redis_reply_number(redis_reply_at(reply, 1), 0);
    return redis_master_set(&search->found, host, port)
               ? ERR_OK
               : err_set(err, ERR_CORRUPT, "it names no address that can be used");
}

static void on_over(void *owner, const struct err *err)
{
    struct redis_sentinel_search *search = owner;
    if (err == NULL) {
        struct redis_master master = search->found; // on_found may search again
        search->on_found(search->owner, &master, NULL);
        return;
    }
    struct err why = *err;
    size_t count = search->finder.question.node_count;
    if (count > 1) {
        (void)err_prefix(&why, "none of %zu Sentinels names the master \"%s\"; the last one", count,
                         master_name(search));
    }
    search->on_found(search->owner, NULL, &why);
}

void redis_sentinel_search_init(struct redis_sentinel_search *search, uv_loop_t *loop,
                                struct loop_closing *closing, const struct redis_config *config,
                                redis_found_cb on_found, void *owner)
{
    const struct redis_question question = {
        .title = "sentinel",
        .nodes = config->sentinels,
        .node_count = config->sentinel_count,
        .user = config->sentinel_user,
        .password = config->sentinel_password,
        .tls = config->tls,
        .words = {"SENTINEL", "GET-MASTER-ADDR-BY-NAME", [AT_MASTER_NAME] = config->master_name},
        .word_count = AT_MASTER_NAME + 1,
        .take = take_address,
        .owner = search};
    search->on_found = on_found;
    search->owner = owner;
    redis_finder_init(&search->finder, loop, closing, &question, on_over, search);
}
