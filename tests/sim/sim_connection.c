// SPDX-License-Identifier: MIT
//
// redis/connection.h on the simulated network, in the place of src/redis/connection.c and what is
// below it. A command travels to the server, its answer back; in between each can be lost, late or
// refused (sim_faults.h). What the client sees follows the contract of the header.
//
//   DOWN --life--> CONNECTING --hello (server), life--> READY --loss--> DOWN
//      ^--refused, or not within connect_timeout--'
#include "sim_connection.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/random.h"
#include "redis/reply_error.h"
#include "sim_faults.h"
#include "sim_reply.h"
#include "sim_server.h"

#include <stdio.h>
#include <string.h>

enum state { DOWN, CONNECTING, READY, LOST, CLOSING };

struct command {
    struct sim_request request;
    struct redis_connection *connection; // NULL: nobody waits for the answer any more
    struct command *next;                // of the connection's
    struct command *next_of_all;
    struct command *previous_of_all;
    struct sim_event travel; // to the server
    struct sim_event arrive; // the answer's
    struct sim_event linger; // until the server notices that nobody waits
    struct redis_arg *args;
    char *bytes;
    redisReply *reply; // on its way back
    int64_t timeout_ms;
    int64_t sent_at_us;
    enum sim_fate fate;
    redis_reply_cb callback;
    void *context;
    bool is_of_dead; // its context is kept, so that it counts as no leak
};

struct redis_connection {
    struct redis_config config;
    struct redis_events events;
    struct sim_actor *actor;
    enum state state;
    struct sim_event life; // the next move of the state
    struct sim_event hello;
    struct sim_event patience; // of the oldest command
    struct sim_event soon;     // for refused commands
    bool is_greeted;
    bool is_cut; // the client may not have noticed yet
    int64_t cut_at_us;
    struct command *first; // sent, in their order
    struct command *refused;
    int64_t last_travel_us; // commands do not pass each other, nor do answers
    int64_t last_arrive_us;
    unsigned failed_rounds;
    int64_t ready_at_ms;
    struct redis_server_info server;
    struct err loss;
    loop_closed_cb on_closed;
    void *on_closed_owner;
    struct redis_connection *next_of_all;
};

static struct redis_connection *connections;
static struct redis_connection *dead_connections; // kept, as dead daemons are
static struct command *commands;
static struct command *commands_of_dead;
static int64_t next_client_id;

// ---- commands

static void command_free(struct command *command)
{
    sim_event_drop(&command->travel);
    sim_event_drop(&command->arrive);
    sim_event_drop(&command->linger);
    sim_server_forget(&command->request);
    sim_reply_free(command->reply);
    command->reply = NULL;
    mem_free(&command->args);
    mem_free(&command->bytes);
    struct command **link =
        command->previous_of_all != NULL ? &command->previous_of_all->next_of_all : &commands;
    *link = command->next_of_all;
    if (command->next_of_all != NULL) {
        command->next_of_all->previous_of_all = command->previous_of_all;
    }
    if (command->is_of_dead) {
        command->next_of_all = commands_of_dead;
        commands_of_dead = command;
        return;
    }
    mem_free(&command);
}

static void copy_args(struct command *command, const struct redis_arg *args, size_t count)
{
    size_t bytes = 0;
    for (size_t i = 0; i < count; i++) {
        bytes += args[i].len + 1; // each ends with a NUL, for who looks at it as text
    }
    command->args = mem_alloc(count, sizeof(*command->args));
    command->bytes = mem_alloc(bytes, 1);
    char *at = command->bytes;
    for (size_t i = 0; i < count; i++) {
        if (args[i].len > 0) {
            memcpy(at, args[i].bytes, args[i].len);
        }
        command->args[i] = (struct redis_arg){at, args[i].len};
        at += args[i].len + 1;
    }
    command->request.args = command->args;
    command->request.count = count;
}

static void on_travelled(struct sim_event *event);
static void on_arrived(struct sim_event *event);
static void on_server_reply(struct sim_request *request, redisReply *take_reply);

static void on_lingered(struct sim_event *event)
{
    command_free(container_of(event, struct command, linger));
}

static struct command *command_create(struct redis_connection *connection,
                                      const struct redis_arg *args, size_t count)
{
    struct command *command = mem_alloc(1, sizeof(*command));
    command->connection = connection;
    command->request.on_reply = on_server_reply;
    command->request.client_id = connection->server.client_id;
    copy_args(command, args, count);
    sim_event_init(&command->travel, sim_server_actor(), SIM_RANK_OTHER, on_travelled);
    sim_event_init(&command->arrive, connection->actor, SIM_RANK_OTHER, on_arrived);
    sim_event_init(&command->linger, sim_server_actor(), SIM_RANK_OTHER, on_lingered);
    command->next_of_all = commands;
    if (commands != NULL) {
        commands->previous_of_all = command;
    }
    commands = command;
    return command;
}

static void append(struct command **list, struct command *command)
{
    while (*list != NULL) {
        list = &(*list)->next;
    }
    command->next = NULL;
    *list = command;
}

// Nobody waits for it any more; it may reach the server all the same, or wait there for a while.
static void command_abandon(struct command *command)
{
    enum { LINGER_US_MAX = 3 * SIM_SECOND_US };
    command->connection = NULL;
    command->next = NULL;
    sim_event_drop(&command->arrive);
    bool is_under_way =
        command->travel.is_set && command->fate != SIM_NOT_RUN && sim_chance(500000);
    if (command->request.is_waiting) {
        sim_event_set(&command->linger, sim_seldom_long(1, LINGER_US_MAX));
    } else if (!is_under_way) {
        command_free(command);
    }
}

// ---- the state

static void set_patience(struct redis_connection *connection)
{
    sim_event_drop(&connection->patience);
    if (connection->first != NULL && connection->state == READY) {
        sim_event_set(&connection->patience, connection->first->timeout_ms * SIM_MS_US);
    }
}

static void lose(struct redis_connection *connection, const struct err *why, int64_t delay_us)
{
    if (connection->state != READY) {
        return;
    }
    connection->state = LOST;
    connection->loss = *why;
    sim_event_set(&connection->life, delay_us);
}

static int64_t wait_before_round(struct redis_connection *connection)
{
    const struct redis_config *config = &connection->config;
    unsigned failed = connection->failed_rounds++;
    return failed == 0
               ? 0
               : random_backoff_ms(config->backoff_base_ms, config->backoff_cap_ms, failed - 1);
}

static void go_down(struct redis_connection *connection, const struct err *why)
{
    connection->state = DOWN;
    sim_event_drop(&connection->hello);
    sim_event_set(&connection->life, wait_before_round(connection) * SIM_MS_US + 1);
    connection->events.on_down(connection->events.owner, why);
}

// Calls back all that have been sent, in their order; their callbacks may send more, to no avail.
static void fail_pending(struct redis_connection *connection, const struct err *why)
{
    sim_event_drop(&connection->patience);
    struct command *command = connection->first;
    connection->first = NULL;
    while (command != NULL) {
        struct command *next = command->next;
        redis_reply_cb callback = command->callback;
        void *context = command->context;
        command_abandon(command);
        callback(context, NULL, why);
        command = next;
    }
}

static void on_loss(struct redis_connection *connection)
{
    struct err why = connection->loss;
    if (clock_monotonic_ms() - connection->ready_at_ms >= connection->config.backoff_cap_ms) {
        connection->failed_rounds = 0;
    }
    struct err uncertain = why;
    uncertain.kind = ERR_UNCERTAIN;
    sim_note(connection->actor, "%s: lost: %s", connection->config.name, why.message);
    fail_pending(connection, &uncertain);
    if (connection->state == LOST) {
        go_down(connection, &why);
    }
}

static void connect_now(struct redis_connection *connection)
{
    connection->state = CONNECTING;
    connection->is_greeted = false;
    sim_event_set(&connection->hello, sim_faults_latency_us());
    sim_event_set(&connection->life, connection->config.connect_timeout_ms * SIM_MS_US);
}

static void on_hello(struct sim_event *event)
{
    struct redis_connection *connection = container_of(event, struct redis_connection, hello);
    connection->is_greeted = sim_server_is_up();
    sim_event_set(&connection->life, sim_faults_latency_us());
}

static void end_connecting(struct redis_connection *connection)
{
    sim_event_drop(&connection->hello);
    if (connection->is_greeted && sim_server_is_up()) {
        connection->state = READY;
        connection->ready_at_ms = clock_monotonic_ms();
        connection->server = (struct redis_server_info){
            .version_major = 7, .client_id = ++next_client_id, .maxmemory_policy = "noeviction"};
        connection->is_cut = false;
        connection->last_travel_us = 0;
        connection->last_arrive_us = 0;
        connection->events.on_ready(connection->events.owner, &connection->server);
        return;
    }
    struct err err = ERR_INIT;
    (void)err_set(&err, ERR_UNAVAILABLE, "connect: refused, or no answer in time");
    go_down(connection, &err);
}

static void end_closing(struct redis_connection *connection);

static void on_life(struct sim_event *event)
{
    struct redis_connection *connection = container_of(event, struct redis_connection, life);
    switch (connection->state) {
    case DOWN:
        connect_now(connection);
        return;
    case CONNECTING:
        end_connecting(connection);
        return;
    case LOST:
        on_loss(connection);
        return;
    case CLOSING:
        end_closing(connection);
        return;
    case READY: {
        struct err err = ERR_INIT;
        (void)err_set(&err, ERR_UNAVAILABLE, "the connection was reset");
        lose(connection, &err, 1);
    }
    }
}

static void on_patience_over(struct sim_event *event)
{
    struct redis_connection *connection = container_of(event, struct redis_connection, patience);
    struct err err = ERR_INIT;
    (void)err_set(&err, ERR_TIMEOUT, "no reply within %lld ms",
                  (long long)connection->first->timeout_ms);
    lose(connection, &err, 1);
}

// Mostly the client is told soon; else it finds out when an answer does not come.
void sim_connection_cut(struct redis_connection *connection)
{
    enum { TOLD_PER_MILLION = 700000 };
    if (connection->state != READY || connection->is_cut) {
        return;
    }
    connection->is_cut = true;
    connection->cut_at_us = sim_now_us();
    if (sim_chance(TOLD_PER_MILLION)) {
        sim_event_set(&connection->life, sim_seldom_long(1, 100 * SIM_MS_US));
    }
}

void sim_connections_cut_all(void)
{
    for (struct redis_connection *one = connections; one != NULL; one = one->next_of_all) {
        sim_connection_cut(one);
    }
}

// ---- the way of a command

static int64_t in_order(int64_t *last_us, int64_t delay_us)
{
    int64_t at_us = sim_now_us() + delay_us;
    *last_us = at_us > *last_us ? at_us : *last_us;
    return *last_us - sim_now_us();
}

static void send_reply(struct command *command, redisReply *take_reply)
{
    struct redis_connection *connection = command->connection;
    command->reply = take_reply;
    sim_event_set(&command->arrive, in_order(&connection->last_arrive_us, sim_faults_latency_us()));
}

// Of a connection that is cut, what was sent before may still arrive.
static bool arrives(const struct command *command)
{
    const struct redis_connection *connection = command->connection;
    bool is_open =
        connection == NULL || !connection->is_cut || command->sent_at_us < connection->cut_at_us;
    return is_open && command->fate != SIM_NOT_RUN && sim_server_is_up();
}

static void on_travelled(struct sim_event *event)
{
    struct command *command = container_of(event, struct command, travel);
    struct redis_connection *connection = command->connection;
    if (!arrives(command)) {
        if (connection == NULL) {
            command_free(command);
        } else {
            sim_connection_cut(connection);
        }
    } else if (command->fate == SIM_REFUSED && connection != NULL) {
        send_reply(command, sim_reply_error("%s", sim_faults_refusal()));
    } else {
        sim_server_run(&command->request);
    }
}

static void on_server_reply(struct sim_request *request, redisReply *take_reply)
{
    struct command *command = container_of(request, struct command, request);
    struct redis_connection *connection = command->connection;
    if (connection == NULL) {
        sim_reply_free(take_reply);
        command_free(command);
    } else if (take_reply == NULL || command->fate == SIM_REPLY_LOST) {
        sim_reply_free(take_reply);
        sim_connection_cut(connection);
    } else if (command->fate == SIM_DIES_AFTER) {
        sim_reply_free(take_reply);
        connection->actor->is_dying = true;
    } else {
        send_reply(command, take_reply);
    }
}

static void on_arrived(struct sim_event *event)
{
    struct command *command = container_of(event, struct command, arrive);
    struct redis_connection *connection = command->connection;
    if (connection->is_cut || connection->state != READY) {
        return; // it stays among those that are told of the loss
    }
    REQUIRE(connection->first == command);
    connection->first = command->next;
    set_patience(connection);
    const struct redis_reply *reply = redis_reply_of_wire(command->reply);
    bool reconnects = redis_reply_remedy(reply) == REDIS_REMEDY_RECONNECT;
    command->connection = NULL;
    command->callback(command->context, reply, NULL);
    command_free(command);
    if (reconnects) {
        struct err err = ERR_INIT;
        (void)err_set(&err, ERR_UNAVAILABLE, "the server is no master any more");
        lose(connection, &err, 1);
    }
}

static void send_command(struct redis_connection *connection, struct command *command)
{
    bool matters;
    const char *name = sim_server_command_name(command->args, command->request.count, &matters);
    command->fate =
        connection->actor->is_spared ? SIM_FINE : sim_faults_draw(SIM_REDIS, name, matters);
    if (matters || command->fate != SIM_FINE) {
        sim_note(connection->actor, "%s%s%s", name, command->fate == SIM_FINE ? "" : ": ",
                 command->fate == SIM_FINE ? "" : sim_fate_names[command->fate]);
    }
    if (command->fate == SIM_DIES_BEFORE) {
        connection->actor->is_dying = true;
    }
    int64_t delay_us = sim_faults_latency_us();
    if (command->fate == SIM_LATE) {
        delay_us += sim_between(0, 4 * command->timeout_ms * SIM_MS_US);
    }
    command->sent_at_us = sim_now_us();
    append(&connection->first, command);
    sim_event_set(&command->travel, in_order(&connection->last_travel_us, delay_us));
    if (connection->first == command) {
        set_patience(connection);
    }
}

static void on_soon(struct sim_event *event)
{
    struct redis_connection *connection = container_of(event, struct redis_connection, soon);
    struct err err = ERR_INIT;
    (void)err_set(&err, ERR_UNAVAILABLE, "redis: not connected");
    struct command *command = connection->refused;
    connection->refused = NULL;
    while (command != NULL) {
        struct command *next = command->next;
        command->connection = NULL;
        command->callback(command->context, NULL, &err);
        command_free(command);
        command = next;
    }
}

// ---- redis/connection.h

void redis_connection_send(struct redis_connection *connection, const struct redis_arg *args,
                           size_t count, int64_t timeout_ms, redis_reply_cb callback, void *context)
{
    REQUIRE(count > 0 && timeout_ms >= 0 && callback != NULL);
    struct command *command = command_create(connection, args, count);
    command->timeout_ms = timeout_ms > 0 ? timeout_ms : connection->config.command_timeout_ms;
    command->callback = callback;
    command->context = context;
    if (redis_connection_is_ready(connection) && !connection->actor->is_dying) {
        send_command(connection, command);
    } else {
        append(&connection->refused, command);
        sim_event_set(&connection->soon, SIM_MS_US);
    }
}

struct redis_connection *redis_connection_create(uv_loop_t *loop, const struct redis_config *config,
                                                 const struct redis_events *events)
{
    struct redis_connection *connection = mem_alloc(1, sizeof(*connection));
    connection->config = *config;
    connection->events = *events;
    connection->actor = loop->data;
    sim_event_init(&connection->life, connection->actor, SIM_RANK_OTHER, on_life);
    sim_event_init(&connection->hello, sim_server_actor(), SIM_RANK_OTHER, on_hello);
    sim_event_init(&connection->patience, connection->actor, SIM_RANK_TIMER, on_patience_over);
    sim_event_init(&connection->soon, connection->actor, SIM_RANK_TIMER, on_soon);
    sim_event_set(&connection->life, 1);
    connection->next_of_all = connections;
    connections = connection;
    return connection;
}

static void unlink_connection(const struct redis_connection *connection)
{
    struct redis_connection **link = &connections;
    while (*link != connection) {
        link = &(*link)->next_of_all;
    }
    *link = connection->next_of_all;
}

static void end_closing(struct redis_connection *connection)
{
    struct err err = ERR_INIT;
    (void)err_set(&err, ERR_CANCELLED, "redis: the connection is being closed");
    fail_pending(connection, &err);
    if (connection->refused != NULL) { // asked for in one of these callbacks
        on_soon(&connection->soon);
        sim_event_set(&connection->life, SIM_MS_US);
        return;
    }
    sim_event_drop(&connection->hello);
    sim_event_drop(&connection->soon);
    loop_closed_cb on_closed = connection->on_closed;
    void *owner = connection->on_closed_owner;
    unlink_connection(connection);
    mem_free(&connection);
    on_closed(owner);
}

void redis_connection_close(struct redis_connection *connection, loop_closed_cb on_closed,
                            void *owner)
{
    REQUIRE(connection->state != CLOSING);
    connection->state = CLOSING;
    connection->on_closed = on_closed;
    connection->on_closed_owner = owner;
    sim_event_drop(&connection->hello);
    sim_event_set(&connection->life, 1);
}

bool redis_connection_is_ready(const struct redis_connection *connection)
{
    return connection->state == READY;
}

const struct redis_server_info *redis_connection_server(const struct redis_connection *connection)
{
    return &connection->server;
}

void redis_connection_renew(struct redis_connection *connection, const struct err *why)
{
    lose(connection, why, 1);
}

// ---- the end of daemons and worlds

static void die(struct redis_connection *connection)
{
    unlink_connection(connection);
    struct command *lists[] = {connection->first, connection->refused};
    sim_event_drop(&connection->hello);
    for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
        for (struct command *command = lists[i]; command != NULL;) {
            struct command *next = command->next;
            command->is_of_dead = true;
            command_abandon(command);
            command = next;
        }
    }
    connection->first = NULL;
    connection->refused = NULL;
    connection->next_of_all = dead_connections;
    dead_connections = connection;
}

void sim_connections_die(const struct sim_actor *actor)
{
    for (struct redis_connection *one = connections; one != NULL;) {
        struct redis_connection *next = one->next_of_all;
        if (one->actor == actor) {
            die(one);
        }
        one = next;
    }
}

void sim_connections_forget(void)
{
    while (commands != NULL) {
        command_free(commands);
    }
}
