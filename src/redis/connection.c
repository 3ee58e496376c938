// SPDX-License-Identifier: MIT
//
// The life of a connection, from top to bottom.
//
//   create ──> DOWN ──> FINDING ──> RESOLVING ──> CONNECTING ──> GREETING ──> READY ──┐
//               ^  wait    │ no         │ no such      │ refused      │ wrong         │ lost
//               │          │ Sentinel   │ name         │ or late      │ server        │
//               └──────────┴────────────┴──────────────┴──────────────┴───────────────┘
//                                         (each address of a name gets its turn first)
//   close, from any of them ──> CLOSING ──> on_closed
//
// Things happen in three places only: on_timer (the wait is over, or the time of a state), on_lost
// (the link has ended, whatever the reason), and on_soon (what must not happen inside of a caller's
// call). All three are called from the loop itself, never from within hiredis.
#include "redis/connection.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/random.h"
#include "config_copy.h"
#include "greeting.h"
#include "lead.h"
#include "link.h"
#include "resolver.h"

enum state {
    DOWN,    // the timer ends the wait
    FINDING, // the finder has a patience of its own
    RESOLVING,
    CONNECTING, // the timer ends the patience, here and in the states beside it
    GREETING,
    READY, // the timer says when to check the role
    CLOSING,
};

// Not 0: libuv 1.44 runs a timer of 0 ms that a timer has set in the same turn, so that a caller
// who tries again at once would keep the loop from its sockets.
enum { SOON_MS = 1 };

struct redis_connection {
    struct redis_config_copy copy;
    const struct redis_config *config; // the copy's
    struct redis_events events;
    enum state state;
    struct loop_timer timer; // see state
    struct loop_timer soon;  // set while a command is refused, or the end has been asked for

    struct redis_lead lead; // to the master

    struct redis_resolver resolver;
    struct redis_addresses addresses; // of this round; one without text for a Unix socket
    size_t next_address;              // counts on over the rounds
    size_t tried;                     // addresses in this round
    unsigned failed_rounds;           // since it last stayed ready
    int64_t ready_at_ms;              // monotonic

    struct redis_link link;
    struct redis_greeting greeting;
    struct redis_server_info server;

    struct redis_pending refused; // to be called back by on_soon
    struct loop_closing closing;
    loop_closed_cb on_closed; // the caller's
    void *on_closed_owner;
};

static void go_down(struct redis_connection *connection, const struct err *why);

static void enter(struct redis_connection *connection, enum state state)
{
    REQUIRE(connection->state != CLOSING);
    connection->state = state;
    if (state == RESOLVING || state == CONNECTING) {
        loop_timer_start(&connection->timer, connection->config->connect_timeout_ms);
    } else if (state == READY && connection->config->role_check_ms > 0) {
        loop_timer_start(&connection->timer, connection->config->role_check_ms);
    } else if (state == FINDING || state == READY) {
        loop_timer_stop(&connection->timer);
    }
}

static bool is_led(const struct redis_connection *connection)
{
    return redis_lead_is_there(&connection->lead);
}

static const char *host_of(const struct redis_connection *connection)
{
    return is_led(connection) ? connection->lead.master.host : connection->config->host;
}

// Down, and up again

static struct redis_link_address address_at(const struct redis_connection *connection, size_t index)
{
    return (struct redis_link_address){
        .unix_path = connection->config->unix_path,
        .numeric_host = connection->addresses.text[index % connection->addresses.count],
        .port = is_led(connection) ? connection->lead.master.port : connection->config->port,
        .tls = connection->config->unix_path == NULL ? connection->config->tls : NULL,
        .host = host_of(connection)};
}

// "redis 10.0.0.1:6379: …", for the address that was tried last.
static void prefix_address(const struct redis_connection *connection, struct err *err)
{
    struct redis_link_address address = address_at(connection, connection->next_address - 1);
    if (address.unix_path != NULL) {
        (void)err_prefix(err, "redis %s", address.unix_path);
    } else {
        redis_err_prefix_address(err, "redis", address.numeric_host, address.port);
    }
}

// Goes on with the next address of the round; `why` says what was wrong with the last one, and is
// what the operator hears when all of them failed.
static void try_next_address(struct redis_connection *connection, struct err *why)
{
    while (connection->tried < connection->addresses.count) {
        struct redis_link_address address = address_at(connection, connection->next_address);
        connection->tried++;
        connection->next_address++;
        if (redis_link_open(&connection->link, &address, why) == ERR_OK) {
            enter(connection, CONNECTING);
            return;
        }
        prefix_address(connection, why);
    }
    go_down(connection, why);
}

static void try_addresses(struct redis_connection *connection,
                          const struct redis_addresses *addresses)
{
    REQUIRE(addresses->count > 0);
    connection->addresses = *addresses;
    connection->tried = 0;
    struct err none = ERR_INIT;
    try_next_address(connection, &none);
}

static void on_resolved(void *owner, const struct redis_addresses *addresses, const struct err *err)
{
    struct redis_connection *connection = owner;
    if (connection->state != RESOLVING) {
        return; // came too late, or for nobody
    }
    if (err == NULL) {
        try_addresses(connection, addresses);
        return;
    }
    struct err why = *err;
    (void)err_prefix(&why, "redis %s", host_of(connection));
    go_down(connection, &why);
}

static void try_host(struct redis_connection *connection)
{
    struct redis_addresses known = {.count = 1};
    struct err err = ERR_INIT;
    if (connection->config->unix_path != NULL ||
        redis_resolver_is_numeric(host_of(connection), &known)) {
        try_addresses(connection, &known);
    } else if (redis_resolver_start(&connection->resolver, host_of(connection), &err) == ERR_OK) {
        enter(connection, RESOLVING);
    } else {
        (void)err_prefix(&err, "redis %s", host_of(connection));
        go_down(connection, &err);
    }
}

static void go_to_master(struct redis_connection *connection, const struct redis_master *master)
{
    redis_lead_follow(&connection->lead, master);
    try_host(connection);
}

static void begin_round(struct redis_connection *connection)
{
    struct redis_master master;
    if (!is_led(connection)) {
        try_host(connection);
    } else if (redis_lead_take_moved(&connection->lead, &master)) {
        go_to_master(connection, &master);
    } else {
        enter(connection, FINDING);
        redis_lead_seek(&connection->lead);
    }
}

static void on_found(void *owner, const struct redis_master *master, const struct err *err)
{
    struct redis_connection *connection = owner;
    struct err replaced = ERR_INIT;
    if (connection->state == READY) {
        if (redis_lead_judge(&connection->lead, master, &replaced) != ERR_OK) {
            redis_link_give_up(&connection->link, &replaced);
        }
    } else if (connection->state == FINDING && master == NULL) {
        go_down(connection, err);
    } else if (connection->state == FINDING) {
        go_to_master(connection, master);
    }
}

static void on_refusal(void *owner, const struct redis_reply *reply)
{
    struct redis_connection *connection = owner;
    redis_lead_note_moved(&connection->lead, reply);
}

static void check_role(struct redis_connection *connection)
{
    redis_greeting_repeat(&connection->greeting, &connection->link);
    redis_lead_seek_another(&connection->lead); // one alone may be cut off
    if (connection->state == READY) {
        loop_timer_start(&connection->timer, connection->config->role_check_ms);
    }
}

// At once after it had been well, then with full jitter, so that the clients of a server that comes
// back do not come back all in one moment.
static int64_t wait_before_round(struct redis_connection *connection)
{
    const struct redis_config *config = connection->config;
    bool was_well = connection->state == READY &&
                    clock_monotonic_ms() - connection->ready_at_ms >= config->backoff_cap_ms;
    if (was_well) {
        connection->failed_rounds = 0;
    }
    unsigned failed = connection->failed_rounds++;
    return failed == 0
               ? 0
               : random_backoff_ms(config->backoff_base_ms, config->backoff_cap_ms, failed - 1);
}

static void go_down(struct redis_connection *connection, const struct err *why)
{
    if (connection->state >= FINDING && connection->state < READY) {
        redis_lead_doubt(&connection->lead); // what it named was no master
    }
    int64_t wait_ms = wait_before_round(connection);
    enter(connection, DOWN);
    loop_timer_start(&connection->timer, wait_ms);
    connection->events.on_down(connection->events.owner, why);
}

static void on_patience_over(struct redis_connection *connection)
{
    struct err err = ERR_INIT;
    long long timeout_ms = connection->config->connect_timeout_ms;
    if (connection->state == RESOLVING) {
        (void)err_set(&err, ERR_TIMEOUT, "redis %s: resolve: no answer within %lld ms",
                      host_of(connection), timeout_ms);
        go_down(connection, &err);
        return;
    }
    if (redis_link_is_shaking_hands(&connection->link)) {
        (void)err_set(&err, ERR_TIMEOUT, REDIS_LINK_NO_HANDSHAKE, timeout_ms);
    } else {
        (void)err_set(&err, ERR_TIMEOUT, "%s within %lld ms",
                      connection->state == CONNECTING ? "connect: no answer"
                                                      : "connected, but silent",
                      timeout_ms);
    }
    redis_link_give_up(&connection->link, &err);
}

static void on_timer(struct loop_timer *timer)
{
    struct redis_connection *connection = container_of(timer, struct redis_connection, timer);
    if (connection->state == DOWN) {
        begin_round(connection);
    } else if (connection->state == READY) {
        check_role(connection);
    } else {
        on_patience_over(connection);
    }
}

static void on_connected(void *owner)
{
    struct redis_connection *connection = owner;
    REQUIRE(connection->state == CONNECTING || connection->state == CLOSING);
    if (connection->state == CONNECTING) {
        enter(connection, GREETING);
        redis_greeting_start(&connection->greeting, &connection->link);
    }
}

static void on_greeted(void *owner, const struct err *err)
{
    struct redis_connection *connection = owner;
    bool is_check = connection->state == READY;
    if (is_check && connection->greeting.failure.kind != ERR_OK) {
        return; // a busy server says nothing of its role; what asks for more, the link has seen
    }
    if ((connection->state != GREETING && !is_check) || !redis_link_is_up(&connection->link)) {
        return;
    }
    if (err != NULL) {
        redis_link_give_up(&connection->link, err);
        return;
    }
    if (is_check) {
        return;
    }
    connection->server = connection->greeting.server;
    connection->ready_at_ms = clock_monotonic_ms();
    enter(connection, READY);
    connection->events.on_ready(connection->events.owner, &connection->server);
}

// A port that speaks TLS hangs up on our first words, and the reason that it gives is no reply of
// Redis.
static void hint_at_tls(const struct redis_connection *connection, struct err *err)
{
    bool is_plain = connection->config->tls == NULL && connection->config->unix_path == NULL;
    if (is_plain && connection->state == GREETING && !connection->link.has_answered &&
        err->kind == ERR_UNAVAILABLE) {
        struct err cause = *err;
        (void)err_set(err, cause.kind, "%s before any reply; a port with TLS needs rediss://",
                      cause.message);
    }
}

static void on_lost(void *owner, const struct err *why)
{
    struct redis_connection *connection = owner;
    if (connection->state == CLOSING) {
        return;
    }
    struct err err = *why;
    hint_at_tls(connection, &err);
    prefix_address(connection, &err);
    if (connection->state == READY) {
        go_down(connection, &err);
    } else {
        try_next_address(connection, &err);
    }
}

// Commands

bool redis_connection_is_ready(const struct redis_connection *connection)
{
    return connection->state == READY && redis_link_is_up(&connection->link);
}

const char *redis_connection_master(const struct redis_connection *connection)
{
    return connection->lead.master_text;
}

void redis_connection_renew(struct redis_connection *connection, const struct err *why)
{
    if (redis_connection_is_ready(connection)) {
        redis_link_give_up(&connection->link, why);
    }
}

const struct redis_server_info *redis_connection_server(const struct redis_connection *connection)
{
    return &connection->server;
}

void redis_connection_send(struct redis_connection *connection, const struct redis_arg *args,
                           size_t count, int64_t timeout_ms, redis_reply_cb callback, void *context)
{
    REQUIRE(count > 0 && timeout_ms >= 0 && callback != NULL);
    struct redis_command command = {
        .callback = callback,
        .context = context,
        .timeout_ms = timeout_ms > 0 ? timeout_ms : connection->config->command_timeout_ms};
    redis_command_set_name(&command, &args[0]);
    if (!redis_connection_is_ready(connection) ||
        !redis_link_send(&connection->link, args, count, &command)) {
        redis_pending_push(&connection->refused, &command);
        // Not put off by each further one: of callers that never rest none would be answered.
        if (!loop_timer_is_set(&connection->soon)) {
            loop_timer_start(&connection->soon, SOON_MS);
        }
    }
}

static struct err refusal(const struct redis_connection *connection)
{
    struct err err = ERR_INIT;
    if (connection->state == CLOSING) {
        (void)err_set(&err, ERR_CANCELLED, "redis: the connection is being closed");
    } else if (redis_connection_is_ready(connection)) {
        (void)err_set(&err, ERR_UNAVAILABLE, "redis: too many commands wait for the server");
    } else {
        (void)err_set(&err, ERR_UNAVAILABLE, "redis: not connected");
    }
    return err;
}

void redis_connection_set_password(struct redis_connection *connection,
                                   const struct secret *password)
{
    redis_config_copy_set_password(&connection->copy, password);
}

void redis_connection_set_tls(struct redis_connection *connection, struct redis_tls *tls)
{
    redis_config_copy_set_tls(&connection->copy, tls);
    redis_lead_set_tls(&connection->lead, connection->config->tls);
}

// Birth and end

static void on_soon(struct loop_timer *timer);

struct redis_connection *redis_connection_create(uv_loop_t *loop, const struct redis_config *config,
                                                 const struct redis_events *events)
{
    REQUIRE(events->on_ready != NULL && events->on_down != NULL);
    struct redis_connection *connection = mem_alloc(1, sizeof(*connection));
    redis_config_copy_init(&connection->copy, config);
    connection->config = &connection->copy.config;
    connection->events = *events;
    connection->state = DOWN;
    connection->resolver = (struct redis_resolver){.loop = loop,
                                                   .closing = &connection->closing,
                                                   .on_resolved = on_resolved,
                                                   .owner = connection};
    connection->greeting = (struct redis_greeting){
        .config = connection->config, .on_greeted = on_greeted, .owner = connection};
    const struct redis_link_events link_events = {.owner = connection,
                                                  .on_connected = on_connected,
                                                  .on_refusal = on_refusal,
                                                  .on_lost = on_lost};
    redis_link_init(&connection->link, loop, &connection->closing, &link_events);
    redis_lead_init(&connection->lead, loop, &connection->closing, connection->config, on_found,
                    connection);
    loop_timer_init(&connection->timer, loop, on_timer, &connection->closing);
    loop_timer_init(&connection->soon, loop, on_soon, &connection->closing);
    loop_timer_start(&connection->timer, 0);
    return connection;
}

void redis_connection_close(struct redis_connection *connection, loop_closed_cb on_closed,
                            void *owner)
{
    REQUIRE(connection->state != CLOSING);
    connection->state = CLOSING;
    connection->on_closed = on_closed;
    connection->on_closed_owner = owner;
    loop_timer_stop(&connection->timer);
    loop_timer_start(&connection->soon, SOON_MS);
}

static void on_all_closed(void *owner)
{
    struct redis_connection *connection = owner;
    loop_closed_cb on_closed = connection->on_closed;
    void *on_closed_owner = connection->on_closed_owner;
    redis_config_copy_deinit(&connection->copy);
    mem_free(&connection);
    if (on_closed != NULL) {
        on_closed(on_closed_owner);
    }
}

static void on_timer_closed(void *closing)
{
    loop_closing_down(closing);
}

static void close_handles(struct redis_connection *connection)
{
    // Only from here on: earlier links may have brought the count to zero before.
    connection->closing.on_closed = on_all_closed;
    connection->closing.owner = connection;
    redis_resolver_cancel(&connection->resolver);
    redis_link_close(&connection->link);
    redis_lead_close(&connection->lead);
    loop_closing_up(&connection->closing);
    loop_timer_close(&connection->timer, on_timer_closed);
    loop_closing_up(&connection->closing);
    loop_timer_close(&connection->soon, on_timer_closed);
}

static void on_soon(struct loop_timer *timer)
{
    struct redis_connection *connection = container_of(timer, struct redis_connection, soon);
    struct err err = refusal(connection);
    redis_pending_fail(&connection->refused, &err);
    if (connection->state != CLOSING) {
        return;
    }
    err = refusal(connection);
    redis_link_shut(&connection->link, &err);
    redis_lead_shut(&connection->lead, &err);
    if (connection->refused.count == 0) {
        close_handles(connection);
    } else {
        loop_timer_start(&connection->soon, SOON_MS);
    }
}
