// SPDX-License-Identifier: MIT
//
//   start ──> ask the next ──> resolve its name ──> connect ──> AUTH, question ──> link ends ──┐
//                 ^                  │ no                                                       │
//                 └──────────────────┴────────────────────────── no address ────────────────────┤
//                                                                                     on_found <┘
//
// Whatever ends the talk with one node, on_lost or the timer goes on from there.
#include "sentinel.h"

#include "base/mem.h"
#include "base/text.h"
#include "redis/reply_error.h"

#include <string.h>

static const struct redis_node *node_asked(const struct redis_finder *finder)
{
    size_t number = (finder->first + finder->asked) % finder->question.node_count;
    return &finder->question.nodes[number];
}

static void note_failure(struct redis_finder *finder, const struct err *why)
{
    const struct redis_node *node = node_asked(finder);
    finder->failure = *why;
    (void)err_prefix(&finder->failure, strchr(node->host, ':') == NULL ? "%s %s:%u" : "%s [%s]:%u",
                     finder->question.title, node->host, (unsigned)node->port);
    finder->asked++;
}

static void prefix_nobody(const struct redis_finder *finder, struct err *err)
{
    size_t count = finder->question.node_count;
    if (finder->config != NULL) {
        (void)err_prefix(err, "none of %zu Sentinels names the master \"%s\"; the last one", count,
                         finder->config->master_name);
    } else {
        (void)err_prefix(err, "none of %zu nodes of the cluster answers; the last one", count);
    }
}

static void end_search(struct redis_finder *finder)
{
    loop_timer_stop(&finder->timer);
    finder->is_busy = false;
    if (finder->has_answer) {
        finder->first = (finder->first + finder->asked) % finder->question.node_count;
        struct redis_master master = finder->found;
        finder->on_found(finder->owner, &master, NULL);
        return;
    }
    struct err err = finder->failure;
    if (finder->question.node_count > 1) {
        prefix_nobody(finder, &err);
    }
    finder->on_found(finder->owner, NULL, &err);
}

// Goes on with the next address of the node that is asked. False with the reason noted, which
// is `why` when none is left.
static bool open_link(struct redis_finder *finder, const struct err *why)
{
    struct err err = *why;
    while (finder->tried < finder->addresses.count) {
        const char *text = finder->addresses.text[finder->tried++];
        const struct redis_link_address address = {.numeric_host = text,
                                                   .port = node_asked(finder)->port,
                                                   .tls = finder->question.tls,
                                                   .host = node_asked(finder)->host};
        if (redis_link_open(&finder->link, &address, &err) == ERR_OK) {
            return true;
        }
    }
    note_failure(finder, &err);
    return false;
}

static bool open_first_link(struct redis_finder *finder, const struct redis_addresses *addresses)
{
    const struct err none = ERR_INIT;
    finder->addresses = *addresses;
    finder->tried = 0;
    return open_link(finder, &none);
}

static bool approach(struct redis_finder *finder)
{
    struct redis_addresses known;
    const struct redis_node *node = node_asked(finder);
    loop_timer_start(&finder->timer, REDIS_SENTINEL_TIMEOUT_MS);
    if (redis_resolver_is_numeric(node->host, &known)) {
        return open_first_link(finder, &known);
    }
    struct err err = ERR_INIT;
    struct redis_resolver *resolver = &finder->resolvers[node - finder->question.nodes];
    if (redis_resolver_start(resolver, node->host, &err) != ERR_OK) {
        note_failure(finder, &err);
        return false;
    }
    finder->is_resolving = true;
    return true;
}

static void ask_next(struct redis_finder *finder)
{
    while (finder->asked < finder->question.node_count) {
        if (approach(finder)) {
            return;
        }
    }
    end_search(finder);
}

static void on_resolved(void *owner, const struct redis_addresses *addresses, const struct err *err)
{
    struct redis_finder *finder = owner;
    const struct redis_node *node = node_asked(finder);
    // One that was not waited for any more may answer for itself only.
    if (!finder->is_resolving || finder->resolvers[node - finder->question.nodes].is_busy) {
        return;
    }
    finder->is_resolving = false;
    if (err != NULL) {
        note_failure(finder, err);
        ask_next(finder);
    } else if (!open_first_link(finder, addresses)) {
        ask_next(finder);
    }
}

// ---- the talk

static void end_talk(struct redis_finder *finder)
{
    struct err over = ERR_INIT;
    (void)err_set(&over, ERR_CANCELLED, "it has answered");
    redis_link_give_up(&finder->link, &over);
}

static void on_auth(void *context, const struct redis_reply *reply, const struct err *err)
{
    struct redis_finder *finder = context;
    struct err failure = ERR_INIT;
    if (err == NULL && redis_reply_err(reply, &failure) != ERR_OK) {
        (void)err_prefix(&failure, "AUTH");
        redis_link_give_up(&finder->link, &failure);
    }
}

static enum err_kind take_address(void *owner, const struct redis_node *asked,
                                  const struct redis_reply *reply, struct err *err)
{
    (void)asked;
    struct redis_finder *finder = owner;
    if (redis_reply_err(reply, err) != ERR_OK) {
        return err->kind;
    }
    if (redis_reply_type(reply) == REDIS_REPLY_NOTHING) {
        return err_set(err, ERR_UNAVAILABLE, "it knows no master named \"%s\"",
                       finder->config->master_name);
    }
    const char *host = redis_reply_text(redis_reply_at(reply, 0), NULL);
    int64_t port = redis_reply_number(redis_reply_at(reply, 1), 0);
    struct redis_master master;
    if (host[0] == '\0' || !text_copy(master.host, sizeof(master.host), host) || port < 1 ||
        port > UINT16_MAX) {
        return err_set(err, ERR_CORRUPT, "it names no address that can be used");
    }
    master.port = (uint16_t)port;
    finder->found = master;
    return ERR_OK;
}

static void on_question_answered(void *context, const struct redis_reply *reply,
                                 const struct err *err)
{
    struct redis_finder *finder = context;
    struct err failure = ERR_INIT;
    if (err != NULL) {
        return; // on_lost says why
    }
    const struct redis_question *question = &finder->question;
    if (question->take(question->owner, node_asked(finder), reply, &failure) != ERR_OK) {
        redis_link_give_up(&finder->link, &failure);
        return;
    }
    finder->has_answer = true;
    end_talk(finder);
}

static void say(struct redis_finder *finder, redis_reply_cb on_answer, const struct redis_arg *args,
                size_t count)
{
    struct redis_command command = {
        .callback = on_answer, .context = finder, .timeout_ms = REDIS_SENTINEL_TIMEOUT_MS};
    redis_command_set_name(&command, &args[0]);
    // Refused only by a link that is going down; then on_lost comes anyway.
    (void)redis_link_send(&finder->link, args, count, &command);
}

static void on_connected(void *owner)
{
    struct redis_finder *finder = owner;
    const struct redis_question *question = &finder->question;
    if (question->password != NULL) {
        const struct redis_arg auth[] = {
            REDIS_ARG("AUTH"),
            REDIS_ARG(question->user == NULL ? "default" : question->user),
            {.bytes = secret_reveal(question->password), .len = secret_len(question->password)}};
        say(finder, on_auth, auth, ARRAY_LEN(auth));
    }
    struct redis_arg words[REDIS_QUESTION_WORDS_MAX];
    for (size_t i = 0; i < question->word_count; i++) {
        words[i] = REDIS_ARG(question->words[i]);
    }
    say(finder, on_question_answered, words, question->word_count);
}

static void on_lost(void *owner, const struct err *why)
{
    struct redis_finder *finder = owner;
    if (finder->has_answer) {
        end_search(finder);
        return;
    }
    if (!open_link(finder, why)) {
        ask_next(finder);
    }
}

static void on_timer(struct loop_timer *timer)
{
    struct redis_finder *finder = container_of(timer, struct redis_finder, timer);
    struct err late = ERR_INIT;
    if (!finder->is_resolving && redis_link_is_shaking_hands(&finder->link)) {
        (void)err_set(&late, ERR_TIMEOUT, REDIS_LINK_NO_HANDSHAKE,
                      (long long)REDIS_SENTINEL_TIMEOUT_MS);
    } else {
        (void)err_set(&late, ERR_TIMEOUT, "no answer within %d ms", REDIS_SENTINEL_TIMEOUT_MS);
    }
    if (!finder->is_resolving) {
        finder->tried = finder->addresses.count; // the time is that of all of them
        redis_link_give_up(&finder->link, &late);
        return;
    }
    finder->is_resolving = false;
    note_failure(finder, &late);
    ask_next(finder);
}

// ---- beginning and end

void redis_finder_init_question(struct redis_finder *finder, uv_loop_t *loop,
                                struct loop_closing *closing, const struct redis_question *question,
                                redis_found_cb on_found, void *owner)
{
    REQUIRE(question->node_count >= 1 && question->node_count <= REDIS_ASKED_MAX);
    *finder = (struct redis_finder){
        .question = *question, .closing = closing, .on_found = on_found, .owner = owner};
    const struct redis_link_events events = {
        .owner = finder, .on_connected = on_connected, .on_lost = on_lost};
    redis_link_init(&finder->link, loop, closing, &events);
    loop_timer_init(&finder->timer, loop, on_timer, closing);
    for (size_t i = 0; i < REDIS_ASKED_MAX; i++) {
        finder->resolvers[i] = (struct redis_resolver){
            .loop = loop, .closing = closing, .on_resolved = on_resolved, .owner = finder};
    }
}

void redis_finder_init(struct redis_finder *finder, uv_loop_t *loop, struct loop_closing *closing,
                       const struct redis_config *config, redis_found_cb on_found, void *owner)
{
    REQUIRE(config->sentinel_count >= 1 && config->sentinel_count <= REDIS_SENTINELS_MAX);
    const struct redis_question question = {
        .title = "sentinel",
        .nodes = config->sentinels,
        .node_count = config->sentinel_count,
        .user = config->sentinel_user,
        .password = config->sentinel_password,
        .tls = config->tls,
        .words = {"SENTINEL", "GET-MASTER-ADDR-BY-NAME", config->master_name},
        .word_count = 3,
        .take = take_address,
        .owner = finder};
    redis_finder_init_question(finder, loop, closing, &question, on_found, owner);
    finder->config = config;
}

void redis_finder_start(struct redis_finder *finder)
{
    REQUIRE(!finder->is_busy);
    finder->is_busy = true;
    finder->is_resolving = false;
    finder->asked = 0;
    finder->has_answer = false;
    finder->found = (struct redis_master){0};
    ask_next(finder);
}

void redis_finder_doubt(struct redis_finder *finder)
{
    finder->first = (finder->first + 1) % finder->question.node_count;
}

void redis_finder_shut(struct redis_finder *finder, const struct err *reason)
{
    loop_timer_stop(&finder->timer);
    finder->is_resolving = false;
    redis_link_shut(&finder->link, reason);
}

static void on_timer_closed(void *closing)
{
    loop_closing_down(closing);
}

void redis_finder_close(struct redis_finder *finder)
{
    for (size_t i = 0; i < REDIS_ASKED_MAX; i++) {
        redis_resolver_cancel(&finder->resolvers[i]);
    }
    redis_link_close(&finder->link);
    loop_closing_up(finder->closing);
    loop_timer_close(&finder->timer, on_timer_closed);
}
