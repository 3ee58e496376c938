// SPDX-License-Identifier: MIT
//
// Producers: they add to the stream as any client may, now and then in bursts, with the mistakes and
// repetitions that clients make.
#include "sim_faults.h"
#include "sim_fleet.h"
#include "sim_reply.h"
#include "sim_server.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { WORD_BYTES = 48, FIELDS_MAX = 6, HEAD_ARGS = 3, STRAY_PER_MILLION = 20000 };

static struct {
    struct sim_event next;
    bool has_last;
    char last_request_id[WORD_BYTES];
    char last_account[WORD_BYTES];
    char last_pack[WORD_BYTES];
    unsigned burst; // requests that still come close together
    uint64_t request_ids;
} producers;

static bool was_taken;

static void on_added(struct sim_request *request, redisReply *take_reply)
{
    (void)request;
    was_taken = take_reply->type == WIRE_STRING;
    sim_reply_free(take_reply);
}

bool sim_producer_ask(const struct sim_wish *wish)
{
    char stream[WORD_BYTES];
    char deadline[WORD_BYTES];
    unsigned partition = wish->goes_astray ? (unsigned)sim_draw(sim_fleet_partitions())
                                           : sim_fleet_partition_of(wish->account);
    (void)snprintf(stream, sizeof(stream), "packreport:{%u}:requests", partition);
    (void)snprintf(deadline, sizeof(deadline), "%" PRId64, wish->deadline_ms);
    const char *const pairs[FIELDS_MAX][2] = {
        {"AccountId", wish->account}, {"CompliancePackId", wish->pack},
        {"ClientToken", wish->token}, {"RequestId", wish->request_id},
        {"Language", wish->language}, {"Deadline", wish->deadline_ms == 0 ? NULL : deadline}};
    struct redis_arg args[HEAD_ARGS + 2 * FIELDS_MAX] = {REDIS_ARG("XADD"), REDIS_ARG(stream),
                                                         REDIS_ARG("*")};
    size_t count = HEAD_ARGS;
    for (size_t i = 0; i < FIELDS_MAX; i++) {
        if (pairs[i][1] != NULL) {
            args[count++] = REDIS_ARG(pairs[i][0]);
            args[count++] = REDIS_ARG(pairs[i][1]);
        }
    }
    if (!sim_server_is_up()) {
        return false;
    }
    struct sim_request request = {.args = args, .count = count, .on_reply = on_added};
    sim_server_run(&request);
    sim_note(NULL, "request: partition %u account %s pack %s token %s id %s: %s", partition,
             wish->account, wish->pack, wish->token == NULL ? "" : wish->token,
             wish->request_id == NULL ? "" : wish->request_id, was_taken ? "added" : "not taken");
    return was_taken;
}

// Mostly one of `count` names, seldom `other`.
static void draw_name(char out[WORD_BYTES], const char *stem, unsigned count, const char *other)
{
    if (sim_chance(30000)) {
        (void)snprintf(out, WORD_BYTES, "%s", other);
    } else {
        (void)snprintf(out, WORD_BYTES, "%s%u", stem, 1 + (unsigned)sim_draw(count));
    }
}

static void ask_something(void)
{
    char account[WORD_BYTES];
    char pack[WORD_BYTES];
    char token[WORD_BYTES];
    char id[WORD_BYTES];
    draw_name(account, "106", 3, sim_chance(500000) ? "4711" : "x1");
    draw_name(pack, "pack-", 4,
              sim_chance(500000)   ? "no-such"
              : sim_chance(500000) ? "bad-one"
                                   : "");
    draw_name(token, "token ", 8, "{a}:b*");
    (void)snprintf(id, sizeof(id), "req-%" PRIu64, ++producers.request_ids);
    bool repeats = producers.has_last && sim_chance(80000);
    struct sim_wish wish = {.account = repeats ? producers.last_account : account,
                            .pack = repeats ? producers.last_pack : pack,
                            .token = !repeats && sim_chance(300000) ? token : NULL,
                            .request_id = repeats              ? producers.last_request_id
                                          : sim_chance(500000) ? id
                                                               : NULL,
                            .language = !repeats && sim_chance(150000) ? "zh-cn" : NULL,
                            .goes_astray = sim_chance(STRAY_PER_MILLION)};
    if (sim_chance(150000)) {
        wish.deadline_ms = sim_redis_time_ms(sim_server_redis()) + sim_between(-5000, 120000);
    }
    if (sim_producer_ask(&wish) && wish.request_id == id && wish.token == NULL &&
        wish.language == NULL) {
        producers.has_last = true;
        memcpy(producers.last_request_id, id, sizeof(id));
        memcpy(producers.last_account, account, sizeof(account));
        memcpy(producers.last_pack, pack, sizeof(pack));
    }
}

static void on_next(struct sim_event *event)
{
    enum { BURST_MAX = 20, MINUTES_MAX = 8 };
    ask_something();
    if (producers.burst == 0 && sim_chance(150000)) {
        producers.burst = (unsigned)sim_draw(BURST_MAX);
    }
    int64_t wait_us = sim_between(0, MINUTES_MAX * 60 * (int64_t)SIM_SECOND_US);
    if (producers.burst > 0) {
        producers.burst--;
        wait_us = sim_seldom_long(0, 10 * (int64_t)SIM_SECOND_US);
    }
    sim_event_set(event, wait_us);
}

void sim_producers_begin(void)
{
    memset(&producers, 0, sizeof(producers));
    sim_event_init(&producers.next, NULL, SIM_RANK_OTHER, on_next);
    sim_event_set(&producers.next, SIM_SECOND_US);
}

void sim_producers_end(void)
{
    sim_event_drop(&producers.next);
}
