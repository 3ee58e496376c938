// SPDX-License-Identifier: MIT
//
// The contract of source/pack_source.h: packs that come after a while, or one of the errors that it
// names.
#include "base/mem.h"
#include "sim_check.h"
#include "sim_faults.h"
#include "sim_outside.h"

#include <string.h>

enum { HTTP_TIMEOUT_MS = 20000 };

struct pack_fetch {
    struct sim_event event;
    struct sim_source *source;
    struct pack_fetch *next;
    pack_fetch_cb callback;
    void *context;
    struct err err; // ERR_OK: the pack comes
    bool is_bad;    // the pack is none
};

struct sim_source {
    struct pack_source source;
    struct sim_actor *actor;
    struct pack_fetch *fetches;
    struct sim_event end;
    loop_closed_cb on_closed;
    void *owner;
};

static bool is_away;

void sim_source_set_away(bool away)
{
    is_away = away;
}

static struct sim_source *sim_of(struct pack_source *source)
{
    return container_of(source, struct sim_source, source);
}

static void remove_fetch(const struct pack_fetch *fetch)
{
    struct pack_fetch **link = &fetch->source->fetches;
    while (*link != fetch) {
        link = &(*link)->next;
    }
    *link = fetch->next;
}

static void on_fetched(struct sim_event *event)
{
    struct pack_fetch *fetch = container_of(event, struct pack_fetch, event);
    remove_fetch(fetch);
    if (fetch->err.kind != ERR_OK) {
        fetch->callback(fetch->context, NULL, "sim://pack", &fetch->err);
    } else {
        struct buf body;
        buf_init(&body, 64);
        (void)buf_append_text(&body, fetch->is_bad ? "bad" : "pack");
        fetch->callback(fetch->context, &body, "sim://pack", NULL);
        buf_deinit(&body);
    }
    mem_free(&fetch);
}

// Packs whose name begins with "no" do not exist; of those that begin with "bad" there is no JSON.
static int64_t decide(struct pack_fetch *fetch, const struct pack_request *request)
{
    enum sim_fate fate = sim_faults_draw(SIM_HTTP, "GET", true);
    struct err *err = &fetch->err;
    int64_t left_ms = request->timeout_ms > 0 && request->timeout_ms < HTTP_TIMEOUT_MS
                          ? request->timeout_ms
                          : HTTP_TIMEOUT_MS;
    int64_t takes_us = sim_faults_latency_us() * 4;
    sim_note(fetch->source->actor, "GET %s: %s", request->pack_id, sim_fate_names[fate]);
    if (fate == SIM_DIES_BEFORE || fate == SIM_DIES_AFTER) {
        fetch->source->actor->is_dying = true;
    } else if (fate == SIM_NOT_RUN || is_away) {
        (void)err_set(err, ERR_UNAVAILABLE, "HTTP status 503");
    } else if (fate == SIM_REPLY_LOST) {
        (void)err_set(err, ERR_TIMEOUT, "no answer within %lld ms", (long long)left_ms);
        takes_us = left_ms * SIM_MS_US;
    } else if (fate == SIM_REFUSED) {
        (void)err_set(err, ERR_UNAVAILABLE, "HTTP status 429");
        err->retry_after_ms = sim_between(1, 120) * 1000;
    } else if (strncmp(request->pack_id, "no", 2) == 0) {
        (void)err_set(err, ERR_NOT_FOUND, "there is no such pack");
    }
    if (fate == SIM_LATE) {
        takes_us = sim_between(0, left_ms * SIM_MS_US);
    }
    fetch->is_bad = strncmp(request->pack_id, "bad", 3) == 0;
    return takes_us;
}

static struct pack_fetch *fetch_pack(struct pack_source *source, const struct pack_request *request,
                                     pack_fetch_cb callback, void *context)
{
    const struct sim_effect effect = {
        .what = "GET", .account = request->account->id, .pack = request->pack_id};
    sim_check_effect(sim_of(source)->actor, &effect);
    struct pack_fetch *fetch = mem_alloc(1, sizeof(*fetch));
    fetch->source = sim_of(source);
    fetch->callback = callback;
    fetch->context = context;
    fetch->next = fetch->source->fetches;
    fetch->source->fetches = fetch;
    sim_event_init(&fetch->event, fetch->source->actor, SIM_RANK_OTHER, on_fetched);
    sim_event_set(&fetch->event, decide(fetch, request));
    return fetch;
}

static void cancel(struct pack_fetch *fetch)
{
    (void)err_set(&fetch->err, ERR_CANCELLED, "cancelled");
    sim_event_set(&fetch->event, 1);
}

static enum err_kind reload(struct pack_source *source, struct err *err)
{
    (void)source;
    (void)err;
    return ERR_OK;
}

static void on_end(struct sim_event *event)
{
    struct sim_source *sim = container_of(event, struct sim_source, end);
    loop_closed_cb on_closed = sim->on_closed;
    void *owner = sim->owner;
    mem_free(&sim);
    on_closed(owner);
}

// Only a drained daemon closes its source: no fetch is under way.
static void close_source(struct pack_source *source, loop_closed_cb on_closed, void *owner)
{
    struct sim_source *sim = sim_of(source);
    REQUIRE(sim->fetches == NULL);
    sim->on_closed = on_closed;
    sim->owner = owner;
    sim_event_set(&sim->end, 1);
}

struct pack_source *sim_source_create(struct sim_actor *actor)
{
    static const struct pack_source_methods methods = {
        .fetch = fetch_pack, .cancel = cancel, .reload = reload, .close = close_source};
    struct sim_source *sim = mem_alloc(1, sizeof(*sim));
    sim->source.methods = &methods;
    sim->actor = actor;
    sim_event_init(&sim->end, actor, SIM_RANK_OTHER, on_end);
    return &sim->source;
}
