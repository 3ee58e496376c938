// SPDX-License-Identifier: MIT
#include "api/monitor.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "metrics.h"
#include "queue/partition.h"

#include <string.h>

enum {
    WATCHERS_MAX = 64,
    HEADER_BYTES = 8 * 1024,
    KEPT_BYTES = 1024 * 1024, // all of them
    BODY_BYTES = 1024,
    REQUEST_TIMEOUT_MS = 5000,
    IDLE_TIMEOUT_MS = 60000,
    FAULT_BYTES = 512,
};

struct monitor {
    struct monitor_parts parts;
    struct http_server *server;
    char fault[FAULT_BYTES]; // "": ready
    int64_t started_at_ms;   // wall clock
    unsigned under_way;      // scrapes
    loop_closed_cb on_closed;
    void *owner;
};

// ---- answers

static void answer_text(struct monitor *monitor, struct http_call *call, int status,
                        const char *type, struct span body)
{
    const struct http_answer_header headers[] = {{"Content-Type", type},
                                                 {"Cache-Control", "no-store"}};
    const struct http_answer answer = {.status = status,
                                       .headers = headers,
                                       .header_count = ARRAY_LEN(headers),
                                       .body = body,
                                       .body_file = -1,
                                       .is_last = monitor->on_closed != NULL};
    http_call_answer(call, &answer);
}

static void answer_line(struct monitor *monitor, struct http_call *call, int status,
                        const char *line)
{
    struct buf body;
    buf_init(&body, FAULT_BYTES + 2);
    (void)buf_append_format(&body, "%s\n", line);
    answer_text(monitor, call, status, "text/plain; charset=utf-8",
                (struct span){buf_text(&body), body.len});
    buf_deinit(&body);
}

// ---- a scrape: all partitions are asked at once

struct scrape {
    struct monitor *monitor;
    struct http_call *call;
    unsigned waiting;
    struct metrics_depth depths[QUEUE_PARTITIONS_MAX];
};

struct scrape_part {
    struct scrape *scrape;
    unsigned partition;
};

static void close_when_idle(struct monitor *monitor);

static void end_scrape(struct scrape *scrape)
{
    struct monitor *monitor = scrape->monitor;
    const struct monitor_parts *parts = &monitor->parts;
    if (parts->pool == NULL) {
        answer_line(monitor, scrape->call, 503, "the daemon ends");
    } else {
        const struct metrics metrics = {
            .version = parts->version,
            .is_ready = monitor->fault[0] == '\0',
            .running = pool_running(parts->pool),
            .outages = pool_outages(parts->pool),
            .pool = pool_counters(parts->pool),
            .door = parts->door == NULL ? NULL : front_door_counters(parts->door),
            .upstream = parts->source->methods->read == NULL ? &parts->source->upstream : NULL,
            .depths = scrape->depths,
            .partitions = parts->partitions,
            .started_at_ms = monitor->started_at_ms,
            .process = process_facts_read()};
        struct buf body;
        buf_init(&body, METRICS_BYTES_MAX);
        metrics_write(&body, &metrics);
        answer_text(monitor, scrape->call, 200, METRICS_TYPE,
                    (struct span){buf_text(&body), body.len});
        buf_deinit(&body);
    }
    mem_free(&scrape);
    monitor->under_way--;
    close_when_idle(monitor);
}

static void on_depth(void *context, const struct queue_depth *depth, const struct err *err)
{
    struct scrape_part *part = context;
    struct scrape *scrape = part->scrape;
    if (err == NULL) {
        scrape->depths[part->partition] = (struct metrics_depth){true, *depth};
    }
    mem_free(&part);
    if (--scrape->waiting == 0) {
        end_scrape(scrape);
    }
}

static void begin_scrape(struct monitor *monitor, struct http_call *call)
{
    const struct monitor_parts *parts = &monitor->parts;
    struct scrape *scrape = mem_alloc(1, sizeof(*scrape));
    scrape->monitor = monitor;
    scrape->call = call;
    scrape->waiting = parts->partitions;
    monitor->under_way++;
    for (unsigned i = 0; i < parts->partitions; i++) {
        struct scrape_part *part = mem_alloc(1, sizeof(*part));
        *part = (struct scrape_part){scrape, i};
        queue_get_depth(parts->queues[i], on_depth, part);
    }
}

// ---- requests

static void answer_health(struct monitor *monitor, struct http_call *call)
{
    bool is_healthy = pool_is_healthy(monitor->parts.pool, MONITOR_HEALTHY_WITHIN_MS);
    answer_line(monitor, call, is_healthy ? 200 : 503,
                is_healthy ? "consuming" : "no reply from Redis lately");
}

static void on_request(void *owner, struct http_call *call)
{
    struct monitor *monitor = owner;
    const struct http_incoming *incoming = http_call_incoming(call);
    bool is_read =
        span_equals_text(incoming->method, "GET") || span_equals_text(incoming->method, "HEAD");
    if (!is_read) {
        answer_line(monitor, call, 405, "GET or HEAD is right");
    } else if (monitor->parts.pool == NULL || monitor->on_closed != NULL) {
        answer_line(monitor, call, 503, "the daemon ends");
    } else if (span_equals_text(incoming->path, "/healthz")) {
        answer_health(monitor, call);
    } else if (span_equals_text(incoming->path, "/readyz")) {
        bool is_ready = monitor->fault[0] == '\0';
        answer_line(monitor, call, is_ready ? 200 : 503, is_ready ? "ready" : monitor->fault);
    } else if (span_equals_text(incoming->path, "/metrics")) {
        begin_scrape(monitor, call);
    } else {
        answer_line(monitor, call, 404, "/healthz, /readyz or /metrics is right");
    }
}

// ---- life

enum err_kind monitor_create(const char *listen, const struct monitor_parts *parts,
                             struct monitor **monitor_out, struct err *err)
{
    struct monitor *monitor = mem_alloc(1, sizeof(*monitor));
    monitor->parts = *parts;
    monitor->started_at_ms = clock_wall_ms();
    monitor_set_fault(monitor, "not connected to Redis yet");
    const struct http_server_config config = {.listen = listen,
                                              .connections_max = WATCHERS_MAX,
                                              .header_bytes = HEADER_BYTES,
                                              .kept_bytes = KEPT_BYTES,
                                              .body_bytes = BODY_BYTES,
                                              .request_timeout_ms = REQUEST_TIMEOUT_MS,
                                              .idle_timeout_ms = IDLE_TIMEOUT_MS};
    enum err_kind kind =
        http_server_create(parts->loop, &config, on_request, monitor, &monitor->server, err);
    if (kind != ERR_OK) {
        mem_free(&monitor);
        return kind;
    }
    *monitor_out = monitor;
    return ERR_OK;
}

void monitor_set_fault(struct monitor *monitor, const char *fault)
{
    (void)text_copy(monitor->fault, sizeof(monitor->fault), fault == NULL ? "" : fault);
}

void monitor_set_pool(struct monitor *monitor, const struct pool *pool)
{
    monitor->parts.pool = pool;
}

static void on_server_closed(void *owner)
{
    struct monitor *monitor = owner;
    loop_closed_cb on_closed = monitor->on_closed;
    void *its_owner = monitor->owner;
    mem_free(&monitor);
    on_closed(its_owner);
}

static void close_when_idle(struct monitor *monitor)
{
    if (monitor->on_closed != NULL && monitor->under_way == 0) {
        http_server_close(monitor->server, on_server_closed, monitor);
    }
}

void monitor_close(struct monitor *monitor, loop_closed_cb on_closed, void *owner)
{
    monitor->on_closed = on_closed;
    monitor->owner = owner;
    http_server_quiet(monitor->server);
    close_when_idle(monitor);
}

const char *monitor_address(const struct monitor *monitor)
{
    return http_server_address(monitor->server);
}
