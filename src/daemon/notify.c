// SPDX-License-Identifier: MIT
#include "notify.h"

#include "base/clock.h"
#include "base/mem.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-daemon.h>

enum { STATUS_BYTES = 512 };

struct notify {
    struct notify_config config;
    struct loop_timer watchdog_timer;
    struct loop_timer drain_timer;
    int64_t watchdog_ms; // between two questions; 0 when the service has no watchdog
    bool was_healthy;
    bool has_failed; // the failure was logged
    int64_t drain_until_ms;
    struct loop_closing closing;
    loop_closed_cb on_closed;
    void *closed_owner;
};

// A service manager that does not listen is no reason to stop working; it is said once.
static void send_state(struct notify *notify, const char *state)
{
    int status = sd_notify(0, state);
    if (status < 0 && !notify->has_failed) {
        notify->has_failed = true;
        LOG_AT(notify->config.log, LOG_WARNING, "notify.failed",
               LOG_TEXT("error", strerror(-status)));
    }
}

static void on_watchdog(struct loop_timer *timer)
{
    struct notify *notify = timer->owner;
    bool is_healthy = notify->config.is_healthy(notify->config.owner);
    if (is_healthy) {
        send_state(notify, "WATCHDOG=1");
    }
    if (is_healthy != notify->was_healthy) {
        LOG_AT(notify->config.log, is_healthy ? LOG_INFO : LOG_WARNING,
               is_healthy ? "watchdog.fed" : "watchdog.withheld",
               LOG_NUMBER("period_ms", notify->watchdog_ms));
    }
    notify->was_healthy = is_healthy;
    loop_timer_start(timer, notify->watchdog_ms);
}

static void on_drain(struct loop_timer *timer)
{
    struct notify *notify = timer->owner;
    if (clock_monotonic_ms() >= notify->drain_until_ms) {
        return;
    }
    char state[64];
    (void)snprintf(state, sizeof(state), "EXTEND_TIMEOUT_USEC=%d", NOTIFY_EXTEND_MS * 1000);
    send_state(notify, state);
    loop_timer_start(timer, NOTIFY_EXTEND_MS / 2);
}

struct notify *notify_create(uv_loop_t *loop, const struct notify_config *config)
{
    struct notify *notify = mem_alloc(1, sizeof(*notify));
    *notify = (struct notify){.config = *config, .was_healthy = true};
    loop_timer_init(&notify->watchdog_timer, loop, on_watchdog, notify);
    loop_timer_init(&notify->drain_timer, loop, on_drain, notify);
    uint64_t watchdog_usec = 0;
    if (sd_watchdog_enabled(0, &watchdog_usec) > 0) {
        int64_t half_ms = (int64_t)(watchdog_usec / 2000);
        notify->watchdog_ms = half_ms > 0 ? half_ms : 1;
    }
    return notify;
}

static void on_all_closed(void *owner)
{
    struct notify *notify = owner;
    loop_closed_cb on_closed = notify->on_closed;
    void *closed_owner = notify->closed_owner;
    mem_free(&notify);
    on_closed(closed_owner);
}

static void on_timer_closed(void *owner)
{
    struct notify *notify = owner;
    loop_closing_down(&notify->closing);
}

void notify_close(struct notify *notify, loop_closed_cb on_closed, void *owner)
{
    notify->on_closed = on_closed;
    notify->closed_owner = owner;
    notify->closing = (struct loop_closing){.on_closed = on_all_closed, .owner = notify};
    loop_closing_up(&notify->closing);
    loop_closing_up(&notify->closing);
    loop_timer_close(&notify->watchdog_timer, on_timer_closed);
    loop_timer_close(&notify->drain_timer, on_timer_closed);
}

void notify_ready(struct notify *notify)
{
    send_state(notify, "READY=1");
    if (notify->watchdog_ms > 0 && !loop_timer_is_set(&notify->watchdog_timer)) {
        loop_timer_start(&notify->watchdog_timer, 0);
    }
}

void notify_reloading(struct notify *notify)
{
    // sd_notify(3): CLOCK_MONOTONIC in microseconds, formatted as a decimal string.
    char state[64];
    (void)snprintf(state, sizeof(state), "RELOADING=1\nMONOTONIC_USEC=%" PRId64,
                   clock_monotonic_ms() * 1000);
    send_state(notify, state);
}

void notify_draining(struct notify *notify, int64_t drain_ms)
{
    send_state(notify, "STOPPING=1");
    notify->drain_until_ms = clock_monotonic_ms() + drain_ms;
    loop_timer_start(&notify->drain_timer, 0);
}

void notify_status(struct notify *notify, const char *format, ...)
{
    char state[STATUS_BYTES] = "STATUS=";
    size_t len = strlen(state);
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(state + len, sizeof(state) - len, format, arguments);
    va_end(arguments);
    // A line end would begin a variable of its own.
    state[strcspn(state, "\n")] = '\0';
    send_state(notify, state);
}
