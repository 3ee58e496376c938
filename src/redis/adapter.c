// SPDX-License-Identifier: MIT
#include "adapter.h"

#include "base/mem.h"

struct redis_adapter {
    uv_poll_t handle;
    redisAsyncContext *context; // NULL once hiredis has let go
    struct loop_closing *closing;
    void (*on_read)(redisAsyncContext *context);
    int wanted; // events that hiredis waits for
    int polled; // events that libuv watches
};

static void on_poll(uv_poll_t *handle, int status, int events);

// hiredis asks for each event again and again; every uv_poll_start costs two system calls (H13).
static void poll_wanted(struct redis_adapter *adapter)
{
    if (adapter->context == NULL || adapter->polled == adapter->wanted) {
        return;
    }
    int status = adapter->wanted == 0 ? uv_poll_stop(&adapter->handle)
                                      : uv_poll_start(&adapter->handle, adapter->wanted, on_poll);
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
    struct redis_adapter *adapter = container_of(handle, struct redis_adapter, handle);
    if (status < 0) {
        on_poll_failed(adapter);
        return;
    }
    if ((events & UV_READABLE) != 0) {
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

static void on_add_write(void *data)
{
    struct redis_adapter *adapter = data;
    want(adapter, adapter->wanted | UV_WRITABLE);
}

static void on_del_write(void *data)
{
    struct redis_adapter *adapter = data;
    want(adapter, adapter->wanted & ~UV_WRITABLE);
}

static void on_poll_closed(uv_handle_t *handle)
{
    struct redis_adapter *adapter = container_of((uv_poll_t *)handle, struct redis_adapter, handle);
    loop_closing_down(adapter->closing);
    mem_free(&adapter);
}

// hiredis calls this before it closes the socket, so the poll handle stops first (U2).
static void on_cleanup(void *data)
{
    struct redis_adapter *adapter = data;
    adapter->context = NULL;
    uv_close((uv_handle_t *)&adapter->handle, on_poll_closed);
}

enum err_kind redis_adapter_attach(uv_loop_t *loop, redisAsyncContext *context,
                                   struct loop_closing *closing,
                                   void (*on_read)(redisAsyncContext *context), struct err *err)
{
    struct redis_adapter *adapter = mem_alloc(1, sizeof(*adapter));
    int status = uv_poll_init(loop, &adapter->handle, context->c.fd);
    if (status < 0) {
        mem_free(&adapter);
        return loop_err(err, status, "uv_poll_init");
    }
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
