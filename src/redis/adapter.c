// SPDX-License-Identifier: MIT
#include "adapter.h"

#include "base/mem.h"

#include <stdbool.h>

// What is to be written waits for no event, which would cost five system calls for each batch: it goes
// out before the loop next polls, together with all else that this turn has to say. Only what the
// socket does not take then waits to be writable. A connection that has not yet been spoken to waits, too: a
// server that is full says so and closes, and a write into that would lose what it said.
struct redis_adapter {
    uv_poll_t poll;
    uv_prepare_t flush;         // set while something is to be written before the next poll
    unsigned open_handles;      // of the two
    redisAsyncContext *context; // NULL once hiredis has let go
    struct loop_closing *closing;
    void (*on_read)(redisAsyncContext *context);
    bool has_read;    // something came from the server
    bool is_flushing; // what hiredis still wants to write, the socket did not take
    int wanted;       // events that hiredis waits for
    int polled;       // events that libuv watches
};

static void on_poll(uv_poll_t *handle, int status, int events);

// hiredis asks for each event again and again; every uv_poll_start costs two system calls.
static void poll_wanted(struct redis_adapter *adapter)
{
    if (adapter->context == NULL || adapter->polled == adapter->wanted) {
        return;
    }
    int status = adapter->wanted == 0 ? uv_poll_stop(&adapter->poll)
                                      : uv_poll_start(&adapter->poll, adapter->wanted, on_poll);
    ENSURE(status == 0);
    adapter->polled = adapter->wanted;
}

// libuv reports EPOLLERR as a failed status and stops to poll (docs, uv_poll_start). A read finds
// the error of the socket and reports it; if there was none, polling goes on.
static void on_poll_failed(struct redis_adapter *adapter)
{
    adapter->polled = 0;
    redisAsyncHandleRead(adapter->context);
    poll_wanted(adapter);
}

// Each call into hiredis may end the context; `adapter` itself lives until its close callback.
static void on_poll(uv_poll_t *handle, int status, int events)
{
    struct redis_adapter *adapter = container_of(handle, struct redis_adapter, poll);
    if (status < 0) {
        on_poll_failed(adapter);
        return;
    }
    if ((events & UV_READABLE) != 0) {
        adapter->has_read = true;
        redisAsyncHandleRead(adapter->context);
        if (adapter->context != NULL) {
            adapter->on_read(adapter->context);
        }
    }
    if (adapter->context != NULL && (events & UV_WRITABLE) != 0) {
        redisAsyncHandleWrite(adapter->context);
    }
}

static void want(struct redis_adapter *adapter, int events)
{
    adapter->wanted = events;
    poll_wanted(adapter);
}

static void on_add_read(void *data)
{
    struct redis_adapter *adapter = data;
    want(adapter, adapter->wanted | UV_READABLE);
}

static void on_del_read(void *data)
{
    struct redis_adapter *adapter = data;
    want(adapter, adapter->wanted & ~UV_READABLE);
}

static void on_flush(uv_prepare_t *handle)
{
    struct redis_adapter *adapter = container_of(handle, struct redis_adapter, flush);
    (void)uv_prepare_stop(handle);
    adapter->is_flushing = true;
    redisAsyncHandleWrite(adapter->context);
    adapter->is_flushing = false;
}

static void on_add_write(void *data)
{
    struct redis_adapter *adapter = data;
    if (!adapter->has_read || adapter->is_flushing) {
        want(adapter, adapter->wanted | UV_WRITABLE);
    } else if ((adapter->wanted & UV_WRITABLE) == 0) {
        (void)uv_prepare_start(&adapter->flush, on_flush);
    }
}

static void on_del_write(void *data)
{
    struct redis_adapter *adapter = data;
    (void)uv_prepare_stop(&adapter->flush);
    want(adapter, adapter->wanted & ~UV_WRITABLE);
}

static void on_handle_closed(struct redis_adapter *adapter)
{
    if (--adapter->open_handles == 0) {
        loop_closing_down(adapter->closing);
        mem_free(&adapter);
    }
}

static void on_poll_closed(uv_handle_t *handle)
{
    on_handle_closed(container_of((uv_poll_t *)handle, struct redis_adapter, poll));
}

static void on_flush_closed(uv_handle_t *handle)
{
    on_handle_closed(container_of((uv_prepare_t *)handle, struct redis_adapter, flush));
}

// hiredis calls this before it closes the socket, so the poll handle stops first.
static void on_cleanup(void *data)
{
    struct redis_adapter *adapter = data;
    adapter->context = NULL;
    uv_close((uv_handle_t *)&adapter->poll, on_poll_closed);
    uv_close((uv_handle_t *)&adapter->flush, on_flush_closed);
}

enum err_kind redis_adapter_attach(uv_loop_t *loop, redisAsyncContext *context,
                                   struct loop_closing *closing,
                                   void (*on_read)(redisAsyncContext *context), struct err *err)
{
    struct redis_adapter *adapter = mem_alloc(1, sizeof(*adapter));
    int status = uv_poll_init(loop, &adapter->poll, context->c.fd);
    if (status < 0) {
        mem_free(&adapter);
        return loop_err(err, status, "uv_poll_init");
    }
    (void)uv_prepare_init(loop, &adapter->flush);
    adapter->open_handles = 2;
    adapter->context = context;
    adapter->closing = closing;
    adapter->on_read = on_read;
    loop_closing_up(closing);
    context->ev.data = adapter;
    context->ev.addRead = on_add_read;
    context->ev.delRead = on_del_read;
    context->ev.addWrite = on_add_write;
    context->ev.delWrite = on_del_write;
    context->ev.cleanup = on_cleanup;
    return ERR_OK;
}
