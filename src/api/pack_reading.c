// SPDX-License-Identifier: MIT
#include "pack_reading.h"

#include "base/mem.h"

struct pack_reading {
    struct api_call *call;
    pack_reading_make make;
    uv_work_t work;
    // the work's own while it runs
    char *json;
    size_t len;
    char *origin;
    json_t *members;
    struct err err;
};

struct pack_reading *pack_reading_create(struct api_call *call, pack_reading_make make)
{
    struct pack_reading *reading = mem_alloc(1, sizeof(*reading));
    reading->call = call;
    reading->make = make;
    return reading;
}

static void destroy(struct pack_reading *reading)
{
    mem_free(&reading->json);
    mem_free(&reading->origin);
    mem_free(&reading);
}

static void refuse(const struct pack_reading *reading, enum answer_code code, const struct err *err)
{
    LOG_AT(reading->call->door->parts.log, LOG_WARNING, "api.source_failed",
           LOG_TEXT("request_id", reading->call->request_id),
           LOG_TEXT("trace_id", reading->call->trace.trace_id), LOG_ERR(err));
    api_call_refuse_code(reading->call, code, "");
}

static void on_work(uv_work_t *work)
{
    struct pack_reading *reading = container_of(work, struct pack_reading, work);
    reading->members = reading->make(reading->call, (struct span){reading->json, reading->len},
                                     reading->origin, &reading->err);
}

static void on_work_done(uv_work_t *work, int status)
{
    struct pack_reading *reading = container_of(work, struct pack_reading, work);
    ENSURE(status == 0);
    if (reading->members != NULL) {
        api_call_succeed(reading->call, reading->members);
    } else {
        refuse(reading, ANSWER_INTERNAL, &reading->err);
    }
    destroy(reading);
}

void pack_reading_on_fetched(void *context, struct buf *body, const char *origin,
                             const struct err *err)
{
    struct pack_reading *reading = context;
    struct api_call *call = reading->call;
    if (err != NULL && err->kind == ERR_NOT_FOUND && call->operation->is_of_pack) {
        api_call_refuse_code(call, ANSWER_PACK_UNKNOWN, "");
        destroy(reading);
        return;
    }
    if (err != NULL) {
        refuse(reading, ANSWER_UNAVAILABLE, err);
        destroy(reading);
        return;
    }
    reading->len = body->len;
    reading->json = buf_take(body);
    reading->origin = mem_text(origin);
    int status = uv_queue_work(call->door->parts.loop, &reading->work, on_work, on_work_done);
    ENSURE(status == 0);
}
