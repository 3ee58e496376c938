// SPDX-License-Identifier: MIT
//
//   start ──> ask the next ──> resolve its name ──> connect ──> AUTH, question ──> link ends ──┐
//                 ^                  │ no                                                       │
//                 └──────────────────┴────────────────────────── no address ────────────────────┤
//                                                                                      on_over <┘
//
// Whatever ends the talk with one node, on_lost or the timer goes on from there.
#include "finder.h"

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
    redis_err_prefix_address(&finder->failure, finder->question.title, node->host, node->port);
    finder->asked++;
}

static void end_search(struct redis_finder *finder)
{
    loop_timer_stop(&finder->timer);
    finder->is_busy = false;
    if (finder->has_answer) {
        finder->first = (finder->first + finder->asked) % finder->question.node_count;
        finder->on_over(finder->owner, NULL);
        return;
    }
    struct err err = finder->failure;
    finder->on_over(finder->owner, &err);
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
    loop_timer_start(&finder->timer, REDIS_ASK_TIMEOUT_MS);
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

static void on_question_answered(void *context, const struct redis_reply *reply,
                                 const struct err *err)
{
    struct redis_finder *finder = context;
    struct err failure = ERR_INIT;
    if (err != NULL || !redis_link_is_up(&finder->link)) {
        return; // on_lost says why; a node that has refused our password is not believed either
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
        .callback = on_answer, .context = finder, .timeout_ms = REDIS_ASK_TIMEOUT_MS};
    redis_command_set_name(&command, &args[0]);
    // Refused only by a link that is going down; then on_lost comes anyway.
    (void)redis_link_send(&finder->link, args, count, &command);
}

static void on_connected(void *owner)
{
    struct redis_finder *finder = owner;
    const struct redis_question *question = &finder->question;
    if (question->password != NULL) {
        struct redis_arg auth[REDIS_AUTH_ARGS];
        redis_auth_args(question->user, question->password, auth);
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
        (void)err_set(&late, ERR_TIMEOUT, REDIS_LINK_NO_HANDSHAKE, (long long)REDIS_ASK_TIMEOUT_MS);
    } else {
        (void)err_set(&late, ERR_TIMEOUT, "no answer within %d ms", REDIS_ASK_TIMEOUT_MS);
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

void redis_finder_init(struct redis_finder *finder, uv_loop_t *loop, struct loop_closing *closing,
                       const struct redis_question *question, redis_over_cb on_over, void *owner)
{
    REQUIRE(question->node_count >= 1 && question->node_count <= REDIS_ASKED_MAX);
    *finder = (struct redis_finder){
        .question = *question, .closing = closing, .on_over = on_over, .owner = owner};
    const struct redis_link_events events = {
        .owner = finder, .on_connected = on_connected, .on_lost = on_lost};
    redis_link_init(&finder->link, loop, closing, &events);
    loop_timer_init(&finder->timer, loop, on_timer, closing);
    for (size_t i = 0; i < REDIS_ASKED_MAX; i++) {
        finder->resolvers[i] = (struct redis_resolver){
            .loop = loop, .closing = closing, .on_resolved = on_resolved, .owner = finder};
    }
}

void redis_finder_start(struct redis_finder *finder)
{
    REQUIRE(!finder->is_busy);
    finder->is_busy = true;
    finder->is_resolving = false;
    finder->asked = 0;
    finder->has_answer = false;
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
