// SPDX-License-Identifier: MIT
#include "signals.h"

#include "base/mem.h"

#include <signal.h>

static const int NUMBERS[] = {SIGTERM, SIGINT, SIGHUP};

struct signals {
    uv_signal_t handles[ARRAY_LEN(NUMBERS)];
    struct signals_events events;
    struct loop_closing closing;
    loop_closed_cb on_closed;
    void *owner;
};

static void on_signal(uv_signal_t *handle, int number)
{
    const struct signals *signals = handle->data;
    if (number == SIGHUP) {
        signals->events.on_hang_up(signals->events.owner);
    } else {
        signals->events.on_terminate(signals->events.owner);
    }
}

struct signals *signals_create(uv_loop_t *loop, const struct signals_events *events)
{
    struct signals *signals = mem_alloc(1, sizeof(*signals));
    signals->events = *events;
    for (size_t i = 0; i < ARRAY_LEN(NUMBERS); i++) {
        int status = uv_signal_init(loop, &signals->handles[i]);
        ENSURE(status == 0);
        signals->handles[i].data = signals;
        status = uv_signal_start(&signals->handles[i], on_signal, NUMBERS[i]);
        ENSURE(status == 0);
    }
    return signals;
}

static void on_all_closed(void *owner)
{
    struct signals *signals = owner;
    loop_closed_cb on_closed = signals->on_closed;
    void *closed_owner = signals->owner;
    mem_free(&signals);
    on_closed(closed_owner);
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct signals *signals = handle->data;
    loop_closing_down(&signals->closing);
}

void signals_close(struct signals *signals, loop_closed_cb on_closed, void *owner)
{
    signals->on_closed = on_closed;
    signals->owner = owner;
    signals->closing = (struct loop_closing){.on_closed = on_all_closed, .owner = signals};
    for (size_t i = 0; i < ARRAY_LEN(NUMBERS); i++) {
        loop_closing_up(&signals->closing);
        uv_close((uv_handle_t *)&signals->handles[i], on_handle_closed);
    }
}
