// SPDX-License-Identifier: MIT
#include "pack_fetch.h"

#include "base/limits.h"
#include "base/mem.h"

void pack_fetch_init(struct pack_fetch *fetch, struct pack_source *source,
                     struct loop_closing *closing, pack_fetch_cb callback, void *context)
{
    *fetch = (struct pack_fetch){.source = source,
                                 .closing = closing,
                                 .callback = callback,
                                 .context = context,
                                 .origin = mem_text("")};
    buf_init(&fetch->body, LIMIT_PACK_BYTES);
    loop_closing_up(closing);
}

void pack_fetch_finish(struct pack_fetch *fetch)
{
    REQUIRE(!fetch->is_working);
    bool failed = fetch->err.kind != ERR_OK;
    fetch->callback(fetch->context, failed ? NULL : &fetch->body, fetch->origin,
                    failed ? &fetch->err : NULL);
    struct loop_closing *closing = fetch->closing;
    buf_deinit(&fetch->body);
    mem_free(&fetch->origin);
    mem_free(&fetch);
    loop_closing_down(closing);
}

static void on_work(uv_work_t *work)
{
    struct pack_fetch *fetch = container_of(work, struct pack_fetch, work);
    if (fetch->err.kind == ERR_OK) {
        fetch->run(fetch);
    }
}

static void after_work(uv_work_t *work, int status)
{
    struct pack_fetch *fetch = container_of(work, struct pack_fetch, work);
    fetch->is_working = false;
    if (status != 0 || fetch->is_cancelled) {
        (void)err_set(&fetch->err, ERR_CANCELLED, "cancelled");
    }
    pack_fetch_finish(fetch);
}

void pack_fetch_work(struct pack_fetch *fetch, uv_loop_t *loop,
                     void (*run)(struct pack_fetch *fetch))
{
    REQUIRE(!fetch->is_working);
    fetch->run = run;
    fetch->is_working = true;
    int status = uv_queue_work(loop, &fetch->work, on_work, after_work);
    ENSURE(status == 0);
}

void pack_fetch_cancel_work(struct pack_fetch *fetch)
{
    REQUIRE(fetch->is_working);
    fetch->is_cancelled = true;
    // Fails when a thread has begun; after_work comes in either case.
    (void)uv_cancel((uv_req_t *)&fetch->work);
}
