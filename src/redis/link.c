// SPDX-License-Identifier: MIT
#include "link.h"

#include "adapter.h"
#include "base/clock.h"
#include "base/digits.h"
#include "base/mem.h"
#include "redis/reply_error.h"
#include "reply_wire.h"

#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

enum {
    // A peer that vanished is noticed by these even while nothing is written.
    KEEPALIVE_IDLE_S = 5,
    KEEPALIVE_INTERVAL_S = 2,
    KEEPALIVE_PROBES = 3,
    UNACKNOWLEDGED_LIMIT_MS = 5000,          // TCP_USER_TIMEOUT, tcp(7)
    HEAD_BYTES_MAX = DIGITS_WRITTEN_MAX + 3, // of "$<number>\r\n"
};

static void on_timer(struct loop_timer *timer);

void redis_link_init(struct redis_link *link, uv_loop_t *loop, struct loop_closing *closing,
                     const struct redis_link_events *events)
{
    *link = (struct redis_link){.loop = loop, .closing = closing, .events = *events};
    loop_timer_init(&link->timer, loop, on_timer, closing);
}

void redis_auth_args(const char *user, const struct secret *password,
                     struct redis_arg args_out[REDIS_AUTH_ARGS])
{
    args_out[0] = REDIS_ARG("AUTH");
    args_out[1] = REDIS_ARG(user == NULL ? "default" : user);
    args_out[2] = (struct redis_arg){.bytes = secret_reveal(password), .len = secret_len(password)};
}

void redis_err_prefix_address(struct err *err, const char *title, const char *host, uint16_t port)
{
    bool has_colons = strchr(host, ':') != NULL; // IPv6
    (void)err_prefix(err, has_colons ? "%s [%s]:%u" : "%s %s:%u", title, host, (unsigned)port);
}

bool redis_link_is_up(const struct redis_link *link)
{
    return link->context != NULL && link->loss.kind == ERR_OK;
}

void redis_link_give_up(struct redis_link *link, const struct err *reason)
{
    if (link->loss.kind == ERR_OK) {
        link->loss = *reason;
        loop_timer_start(&link->timer, 0);
    }
}

// hiredis 0.14 fills the inner text only, when a connection could not be made.
static const char *reason_of(const redisAsyncContext *context)
{
    if (context->c.errstr[0] != '\0') {
        return context->c.errstr;
    }
    return "the connection was closed";
}

static void give_up_context(const redisAsyncContext *context, const char *stage)
{
    struct redis_link *link = context->data;
    if (link == NULL) {
        return; // freed by free_context
    }
    struct err err = ERR_INIT;
    if (link->guard.trip.kind != ERR_OK) {
        err = link->guard.trip;
    } else if (link->tls != NULL && redis_tls_session_failure(link->tls)->kind != ERR_OK) {
        err = *redis_tls_session_failure(link->tls);
    } else {
        (void)err_set(&err, ERR_UNAVAILABLE, "%s%s", stage, reason_of(context));
    }
    link->context = NULL; // hiredis frees it when this callback returns
    link->tls = NULL;
    redis_link_give_up(link, &err);
}

static void announce(struct redis_link *link)
{
    link->is_connected = true;
    link->events.on_connected(link->events.owner);
}

bool redis_link_is_shaking_hands(const struct redis_link *link)
{
    return link->tls != NULL && (link->context->c.flags & REDIS_CONNECTED) != 0 &&
           !redis_tls_session_is_secure(link->tls);
}

// After the first message and after each read of what the server says.
static void follow_handshake(struct redis_link *link)
{
    if (!redis_link_is_up(link) || link->is_connected) {
        return;
    }
    const struct err *failure = redis_tls_session_failure(link->tls);
    if (failure->kind != ERR_OK) {
        redis_link_give_up(link, failure);
    } else if (redis_tls_session_is_secure(link->tls)) {
        announce(link);
    }
}

static void on_connect(const redisAsyncContext *context, int status)
{
    struct redis_link *link = context->data;
    if (status != REDIS_OK) {
        give_up_context(context, "connect: ");
    } else if (redis_link_is_up(link) && link->tls == NULL) {
        announce(link);
    } else if (redis_link_is_up(link)) {
        redis_tls_session_begin(link->tls);
        follow_handshake(link);
    }
}

static void on_disconnect(const redisAsyncContext *context, int status)
{
    (void)status; // the reason says more
    give_up_context(context, "");
}

static void on_read(redisAsyncContext *context)
{
    struct redis_link *link = context->data;
    while (link->tls != NULL && redis_tls_session_has_unread(link->tls)) {
        redisAsyncHandleRead(context);
    }
    if (link->context == NULL) {
        return;
    }
    if (!redis_reader_guard_allows_buffer(&link->guard)) {
        redis_link_give_up(link, &link->guard.trip);
    }
    if (link->tls != NULL) {
        follow_handshake(link);
    }
}

static void set_tcp_option(int fd, int level, int option, int value)
{
    // A system without the option still works, only later to notice.
    (void)setsockopt(fd, level, option, &value, sizeof(value));
}

static void tune_tcp(int fd)
{
    set_tcp_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    set_tcp_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    set_tcp_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_IDLE_S);
    set_tcp_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_INTERVAL_S);
    set_tcp_option(fd, IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_PROBES);
    set_tcp_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, UNACKNOWLEDGED_LIMIT_MS);
}

static enum err_kind start_context(struct redis_link *link, redisAsyncContext *context,
                                   const struct redis_link_address *address, struct err *err)
{
    if (context->err != 0) {
        return err_set(err, ERR_UNAVAILABLE, "connect: %s", reason_of(context));
    }
    link->tls = NULL;
    if (address->tls != NULL &&
        redis_tls_session_attach(address->tls, address->host, context, &link->tls, err) != ERR_OK) {
        return err->kind;
    }
    return redis_adapter_attach(link->loop, context, link->closing, on_read, err);
}

enum err_kind redis_link_open(struct redis_link *link, const struct redis_link_address *address,
                              struct err *err)
{
    REQUIRE(link->context == NULL && link->pending.count == 0);
    bool is_unix = address->unix_path != NULL;
    redisAsyncContext *context = is_unix ? redisAsyncConnectUnix(address->unix_path)
                                         : redisAsyncConnect(address->numeric_host, address->port);
    if (context == NULL) {
        return err_set(err, ERR_UNAVAILABLE, "connect: out of memory");
    }
    if (start_context(link, context, address, err) != ERR_OK) {
        link->tls = NULL;
        redisAsyncFree(context);
        return err->kind;
    }
    if (!is_unix) {
        tune_tcp(context->c.fd);
    }
    context->c.reader->maxbuf = 0; // keeps the buffer between big replies
    context->data = link;
    redis_reader_guard_install(&link->guard, context);
    link->context = context;
    link->is_connected = false;
    link->has_answered = false;
    link->loss = ERR_INIT;
    // Only now, with the adapter in place: the first arms the watch for the connect.
    (void)redisAsyncSetConnectCallback(context, on_connect);
    (void)redisAsyncSetDisconnectCallback(context, on_disconnect);
    // hiredis reads only after its first write; a server that is full says so and closes before,
    // and that write would fail with less to say.
    context->ev.addRead(context->ev.data);
    return ERR_OK;
}

// The timer is left alone when it fires early enough: most commands are answered long before.
static void arm_deadline(struct redis_link *link)
{
    const struct redis_command *oldest = link->pending.oldest;
    if (oldest == NULL || !redis_link_is_up(link)) {
        return;
    }
    if (loop_timer_is_set(&link->timer) && link->timer_at_ms <= oldest->deadline_ms) {
        return;
    }
    int64_t left_ms = oldest->deadline_ms - clock_monotonic_ms();
    link->timer_at_ms = oldest->deadline_ms;
    loop_timer_start(&link->timer, left_ms > 0 ? left_ms : 0);
}

static void on_reply(redisAsyncContext *context, void *wire, void *data)
{
    (void)data;
    struct redis_link *link = context->data;
    if (link == NULL || wire == NULL) {
        return; // the link is lost; end_link calls back
    }
    const struct redis_reply *reply = redis_reply_of_wire(wire);
    struct redis_command command;
    redis_pending_shift(&link->pending, &command); // Redis answers in order
    link->replies++;
    link->has_answered = true;
    arm_deadline(link);
    command.callback(command.context, reply, NULL);
    if (redis_reply_remedy(reply) == REDIS_REMEDY_RECONNECT) {
        struct err err = ERR_INIT;
        (void)redis_reply_err(reply, &err);
        if (link->events.on_refusal != NULL && link->loss.kind == ERR_OK) {
            link->events.on_refusal(link->events.owner, reply);
        }
        redis_link_give_up(link, &err);
    }
}

// Writes "$5\r\n", the kind of what follows and its number; returns the end.
static char *put_head(char *at, char kind, size_t number)
{
    *at++ = kind;
    at += digits_write(number, at);
    *at++ = '\r';
    *at++ = '\n';
    return at;
}

// Writes the command as the protocol wants it (RESP2), room being there; returns the end.
static char *put_command(char *at, const struct redis_arg *args, size_t count)
{
    at = put_head(at, '*', count);
    for (size_t i = 0; i < count; i++) {
        at = put_head(at, '$', args[i].len);
        if (args[i].len > 0) {
            memcpy(at, args[i].bytes, args[i].len);
        }
        at += args[i].len;
        *at++ = '\r';
        *at++ = '\n';
    }
    return at;
}

// hiredis would write the same, by a format string for each of the hundreds of arguments of a
// script.
static bool transmit(redisAsyncContext *context, const struct redis_arg *args, size_t count)
{
    size_t room = HEAD_BYTES_MAX;
    for (size_t i = 0; i < count; i++) {
        room += HEAD_BYTES_MAX + args[i].len + strlen("\r\n");
    }
    char *wire = mem_resize(NULL, room, 1);
    const char *end = put_command(wire, args, count);
    ENSURE(end <= wire + room);
    int status = redisAsyncFormattedCommand(context, on_reply, NULL, wire, (size_t)(end - wire));
    mem_free(&wire);
    return status == REDIS_OK;
}

bool redis_link_send(struct redis_link *link, const struct redis_arg *args, size_t count,
                     const struct redis_command *command)
{
    REQUIRE(count > 0 && count <= INT_MAX && command->timeout_ms > 0);
    if (!redis_link_is_up(link) || link->pending.count >= REDIS_OUTSTANDING_MAX ||
        sdslen(link->context->c.obuf) >= REDIS_UNSENT_BYTES_MAX ||
        !transmit(link->context, args, count)) {
        return false;
    }
    struct redis_command sent = *command;
    sent.deadline_ms = clock_monotonic_ms() + command->timeout_ms;
    redis_pending_push(&link->pending, &sent);
    arm_deadline(link);
    return true;
}

static bool has_late_command(const struct redis_link *link)
{
    return link->pending.oldest != NULL &&
           link->pending.oldest->deadline_ms <= clock_monotonic_ms();
}

static bool has_unread(const struct redis_link *link)
{
    int bytes = 0;
    return ioctl(link->context->c.fd, FIONREAD, &bytes) == 0 && bytes > 0;
}

// Until a reply is complete or nothing more is there: hiredis takes 16 KB at a time. At least once,
// which finds that the server has closed the connection.
static void read_next_reply(struct redis_link *link)
{
    uint64_t replies = link->replies;
    do {
        redisAsyncHandleRead(link->context);
        if (link->context != NULL) {
            on_read(link->context);
        }
    } while (redis_link_is_up(link) && link->replies == replies && has_unread(link));
}

static void check_deadline(struct redis_link *link)
{
    uint64_t replies = link->replies;
    if (redis_link_is_up(link) && has_late_command(link)) {
        // When the loop itself was late, the reply may be here already: look before the server is
        // blamed.
        read_next_reply(link);
    }
    if (!redis_link_is_up(link) || !has_late_command(link) || link->replies != replies) {
        arm_deadline(link);
        return;
    }
    const struct redis_command *late = link->pending.oldest;
    struct err err = ERR_INIT;
    (void)err_set(&err, ERR_TIMEOUT, "no reply to %s within %lld ms", late->name,
                  (long long)late->timeout_ms);
    redis_link_give_up(link, &err);
}

// hiredis runs all callbacks of the context in here; without data they do nothing.
static void free_context(struct redis_link *link)
{
    redisAsyncContext *context = link->context;
    link->context = NULL;
    link->tls = NULL;
    if (context != NULL) {
        context->data = NULL;
        redisAsyncFree(context);
    }
}

static void end_link(struct redis_link *link)
{
    free_context(link);
    struct err loss = link->loss;
    if (loss.kind == ERR_LIMIT && link->pending.count > 0) {
        struct redis_command asked;
        redis_pending_shift(&link->pending, &asked); // for the reply that was too large
        asked.callback(asked.context, NULL, &loss);
    }
    struct err uncertain = ERR_INIT;
    (void)err_set(&uncertain, ERR_UNCERTAIN, "lost before the reply came: %s", loss.message);
    redis_pending_fail(&link->pending, &uncertain);
    link->events.on_lost(link->events.owner, &loss);
}

static void on_timer(struct loop_timer *timer)
{
    struct redis_link *link = container_of(timer, struct redis_link, timer);
    if (link->loss.kind == ERR_OK) {
        check_deadline(link);
    } else {
        end_link(link);
    }
}

void redis_link_shut(struct redis_link *link, const struct err *reason)
{
    loop_timer_stop(&link->timer);
    link->loss = *reason;
    free_context(link);
    redis_pending_fail(&link->pending, reason);
}

static void on_timer_closed(void *closing)
{
    loop_closing_down(closing);
}

void redis_link_close(struct redis_link *link)
{
    REQUIRE(link->context == NULL && link->pending.count == 0);
    loop_closing_up(link->closing);
    loop_timer_close(&link->timer, on_timer_closed);
}
