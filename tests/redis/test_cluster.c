// SPDX-License-Identifier: MIT
//
// What a cluster says of its slots, and a connection that follows it; the whole with real nodes:
// tests/flow/cluster.test.mjs.
#include "fake_server.h"
#include "fixture.h"
#include "hiredis_api.h"
#include "loop_run.h"
#include "redis/cluster.h"
#include "reply_wire.h"
#include "slots.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static redisReply *parse(const char *text)
{
    redisReader *reader = redisReaderCreate();
    void *wire = NULL;
    cr_assert(redisReaderFeed(reader, text, strlen(text)) == REDIS_OK);
    cr_assert(redisReaderGetReply(reader, &wire) == REDIS_OK && wire != NULL);
    redisReaderFree(reader);
    return wire;
}

// Those of CLUSTER KEYSLOT of Redis 7.0.
Test(slots, of_a_key)
{
    static const struct {
        const char *key;
        unsigned slot;
    } CASES[] = {{"foo", 12182},
                 {"{foo}bar", 12182},
                 {"a{foo}{bar}", 12182},
                 {"packreport:{0}:x", 13907},
                 {"{1}", 9842},
                 {"foo{", 7673},
                 {"", 0}};
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        unsigned slot = redis_slot_of_key(CASES[i].key, strlen(CASES[i].key));
        cr_expect(slot == CASES[i].slot, "%s: %u", CASES[i].key, slot);
    }
    // An empty tag is none.
    cr_expect_neq(redis_slot_of_key("{}a", 3), redis_slot_of_key("{}b", 3));
}

// Two ranges of one master with a replica, then one of another; hosts as Redis 7 gives them.
#define NODE(host, port) "*4\r\n" host ":" port "\r\n$2\r\nid\r\n*0\r\n"
#define HOST             "$9\r\n127.0.0.1\r\n"
#define SLOTS                                                                                      \
    "*3\r\n"                                                                                       \
    "*4\r\n:0\r\n:99\r\n" NODE(HOST, "7001") NODE(HOST, "7004") "*3\r\n:200\r\n:200\r\n" NODE(     \
        HOST, "7001") "*3\r\n:100\r\n:199\r\n" NODE("$-1\r\n", "7002")

Test(slots, find_the_master_of_a_slot)
{
    static const struct {
        unsigned slot;
        const char *host;
        unsigned port;
    } CASES[] = {{0, "127.0.0.1", 7001}, {99, "127.0.0.1", 7001},  {100, "asked", 7002},
                 {199, "asked", 7002},   {200, "127.0.0.1", 7001}, {201, NULL, 0}};
    redisReply *wire = parse(SLOTS);
    const struct redis_reply *reply = redis_reply_of_wire(wire);
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        struct redis_master master = {.port = 0};
        struct err err = ERR_INIT;
        enum err_kind kind = redis_slots_find(reply, CASES[i].slot, "asked", &master, &err);
        if (CASES[i].host == NULL) {
            cr_expect(kind == ERR_UNAVAILABLE && strstr(err.message, "201") != NULL, "%s",
                      err.message);
            continue;
        }
        cr_expect_eq(kind, ERR_OK, "%u: %s", CASES[i].slot, err.message);
        cr_expect_str_eq(master.host, CASES[i].host);
        cr_expect_eq(master.port, CASES[i].port);
    }
    struct redis_master masters[4];
    cr_expect_eq(redis_slots_masters(reply, "asked", masters, ARRAY_LEN(masters)), 2);
    cr_expect_eq(redis_slots_masters(reply, "asked", masters, 1), 1);
    freeReplyObject(wire);
}

Test(slots, replies_that_are_none_are_errors)
{
    static const struct {
        const char *text;
        enum err_kind kind;
        const char *words;
    } CASES[] = {
        {"*0\r\n", ERR_UNAVAILABLE, "served by no node"},
        {":1\r\n", ERR_CORRUPT, "unknown shape"},
        {"*1\r\n:1\r\n", ERR_CORRUPT, "unknown shape"},
        {"*1\r\n*2\r\n:0\r\n:9\r\n", ERR_CORRUPT, "unknown shape"},
        {"*1\r\n*3\r\n:0\r\n:9\r\n*2\r\n" HOST ":0\r\n", ERR_UNAVAILABLE, "no address"},
        {"*1\r\n*3\r\n:0\r\n:9\r\n*2\r\n$1\r\n?\r\n:7001\r\n", ERR_UNAVAILABLE, "no address"},
        {"-ERR This instance has cluster support disabled\r\n", ERR_CONFIG, "no node of a cluster"},
        {"-NOPERM no\r\n", ERR_DENIED, "NOPERM"},
    };
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        redisReply *wire = parse(CASES[i].text);
        struct redis_master master;
        struct err err = ERR_INIT;
        cr_expect_eq(redis_slots_find(redis_reply_of_wire(wire), 3, "asked", &master, &err),
                     CASES[i].kind, "%s", CASES[i].text);
        cr_expect(strstr(err.message, CASES[i].words) != NULL, "%s", err.message);
        freeReplyObject(wire);
    }
}

Test(slots, moved)
{
    static const struct {
        const char *text;
        const char *host; // NULL: none
        unsigned port;
    } CASES[] = {
        {"-MOVED 3999 127.0.0.1:6381\r\n", "127.0.0.1", 6381},
        {"-MOVED 3999 ::1:6381\r\n", "::1", 6381},
        {"-MOVED 3999 node.example.com:6381\r\n", "node.example.com", 6381},
        {"-MOVED 3999 :6381\r\n", "asked", 6381},
        {"-MOVED 3999 ?:6381\r\n", NULL, 0},
        {"-MOVED 3999 127.0.0.1:0\r\n", NULL, 0},
        {"-MOVED 3999 127.0.0.1:65536\r\n", NULL, 0},
        {"-MOVED 3999\r\n", NULL, 0},
        {"-MOVED\r\n", NULL, 0},
        {"-ASK 3999 127.0.0.1:6381\r\n", NULL, 0},
        {"+MOVED 3999 127.0.0.1:6381\r\n", NULL, 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        redisReply *wire = parse(CASES[i].text);
        struct redis_master master = {.port = 0};
        bool is_moved = redis_slots_read_moved(redis_reply_of_wire(wire), "asked", &master);
        cr_expect_eq(is_moved, CASES[i].host != NULL, "%s", CASES[i].text);
        if (is_moved && CASES[i].host != NULL) {
            cr_expect_str_eq(master.host, CASES[i].host);
            cr_expect_eq(master.port, CASES[i].port);
        }
        freeReplyObject(wire);
    }
}

// ---- a connection

enum { SLOT = 42 };

// A connection to the slot of a cluster whose only seed is a fake.
struct stage {
    struct fixture f;
    struct redis_cluster *cluster;
};

static void open_stage(struct stage *stage, uint16_t seed_port)
{
    const struct redis_node seed = {.host = "127.0.0.1", .port = seed_port};
    const struct redis_cluster_config config = {.seeds = &seed, .seed_count = 1};
    stage->cluster = redis_cluster_create(&stage->f.loop, &config);
    stage->f.config.host = NULL;
    stage->f.config.port = 0;
    stage->f.config.cluster = stage->cluster;
    stage->f.config.slot = SLOT;
}

// "*1 [0, 16383, [127.0.0.1, port]]"
static const char *all_slots_at(uint16_t port, char out[128])
{
    (void)snprintf(out, 128, "*1\r\n*3\r\n:0\r\n:16383\r\n*2\r\n$9\r\n127.0.0.1\r\n:%u\r\n",
                   (unsigned)port);
    return out;
}

static const char CLUSTER_INFO[] = "redis_version:7.0.15\r\nredis_mode:cluster\r\nrole:master\r\n";

static bool has_clients(void *context)
{
    return fake_server_clients(context) > 0;
}

static void close_stage(struct stage *stage)
{
    redis_cluster_close(stage->cluster, NULL, NULL);
    cr_expect(loop_run_close(&stage->f.loop), "a handle is left");
}

static bool is_closed(void *context)
{
    return ((struct fixture *)context)->closed_calls > 0;
}

static void on_closed(void *owner)
{
    ((struct fixture *)owner)->closed_calls++;
}

Test(cluster, a_moved_leads_to_the_node_that_it_names)
{
    struct stage stage;
    fixture_open_tcp(&stage.f, 1);
    char info[512];
    (void)snprintf(info, sizeof(info), "%s", fake_info(CLUSTER_INFO));
    const char *new_answers[] = {FAKE_CLIENT_ID, FAKE_NO_HELLO, info, "+OK\r\n", NULL};
    struct fake_server *fresh = fake_server_start(
        &stage.f.loop, &(struct fake_script){.answers = new_answers, .ending = FAKE_SILENCE});
    char moved[64];
    (void)snprintf(moved, sizeof(moved), "-MOVED %d 127.0.0.1:%u\r\n", SLOT,
                   (unsigned)fake_server_port(fresh));
    const char *old_answers[] = {FAKE_CLIENT_ID, FAKE_NO_HELLO, info, moved, NULL};
    struct fake_server *old = fake_server_start(
        &stage.f.loop, &(struct fake_script){.answers = old_answers, .ending = FAKE_SILENCE});
    char slots[128];
    const char *seed_answers[] = {all_slots_at(fake_server_port(old), slots), NULL};
    struct fake_server *seed = fake_server_start(
        &stage.f.loop, &(struct fake_script){.answers = seed_answers, .ending = FAKE_SILENCE});

    open_stage(&stage, fake_server_port(seed));
    fixture_connect(&stage.f);
    fixture_wait_ready(&stage.f, 1);
    struct answer answer;
    fixture_ask(&stage.f, "SET a b", &answer);
    cr_expect(strstr(answer.text, "MOVED") != NULL, "the caller hears of it");
    cr_expect(loop_run_until(&stage.f.loop, has_clients, fresh));
    fixture_wait_ready(&stage.f, 2);
    cr_expect_eq(fake_server_clients(seed), 1, "the node was named, nobody else is asked");
    fixture_ask(&stage.f, "SET a b", &answer);
    cr_expect_str_eq(answer.text, "OK");

    redis_connection_close(stage.f.connection, on_closed, &stage.f);
    cr_expect(loop_run_until(&stage.f.loop, is_closed, &stage.f));
    fake_server_stop(seed);
    fake_server_stop(old);
    fake_server_stop(fresh);
    close_stage(&stage);
}

// The slot is on its way, or the cluster is not whole: the same node, later.
Test(cluster, what_passes_keeps_the_connection)
{
    struct stage stage;
    fixture_open_tcp(&stage.f, 1);
    char info[512];
    (void)snprintf(info, sizeof(info), "%s", fake_info(CLUSTER_INFO));
    const char *answers[] = {FAKE_CLIENT_ID,
                             FAKE_NO_HELLO,
                             info,
                             "-CLUSTERDOWN The cluster is down\r\n",
                             "-TRYAGAIN Multiple keys request during rehashing of slot\r\n",
                             "-ASK 42 127.0.0.1:1\r\n",
                             "+OK\r\n",
                             NULL};
    struct fake_server *node = fake_server_start(
        &stage.f.loop, &(struct fake_script){.answers = answers, .ending = FAKE_SILENCE});
    char slots[128];
    const char *seed_answers[] = {all_slots_at(fake_server_port(node), slots), NULL};
    struct fake_server *seed = fake_server_start(
        &stage.f.loop, &(struct fake_script){.answers = seed_answers, .ending = FAKE_SILENCE});
    open_stage(&stage, fake_server_port(seed));
    fixture_connect(&stage.f);
    fixture_wait_ready(&stage.f, 1);
    static const char *const CODES[] = {"CLUSTERDOWN", "TRYAGAIN", "ASK", "OK"};
    for (size_t i = 0; i < ARRAY_LEN(CODES); i++) {
        struct answer answer;
        fixture_ask(&stage.f, "SET a b", &answer);
        cr_expect(strncmp(answer.text, CODES[i], strlen(CODES[i])) == 0, "%s", answer.text);
    }
    cr_expect(stage.f.ready_calls == 1 && stage.f.down_calls == 0);
    redis_connection_close(stage.f.connection, on_closed, &stage.f);
    cr_expect(loop_run_until(&stage.f.loop, is_closed, &stage.f));
    fake_server_stop(seed);
    fake_server_stop(node);
    close_stage(&stage);
}

Test(cluster, a_server_of_none_is_refused)
{
    struct stage stage;
    fixture_open_tcp(&stage.f, 1);
    struct redis_server *alone = redis_server_start(&(struct redis_server_options){.tcp = true});
    open_stage(&stage, redis_server_port(alone));
    fixture_connect(&stage.f);
    fixture_wait_down(&stage.f, 1);
    cr_expect_eq(stage.f.down_err.kind, ERR_CONFIG);
    cr_expect(strstr(stage.f.down_err.message, "no node of a cluster") != NULL, "%s",
              stage.f.down_err.message);
    redis_connection_close(stage.f.connection, on_closed, &stage.f);
    cr_expect(loop_run_until(&stage.f.loop, is_closed, &stage.f));
    redis_server_stop(&alone);
    close_stage(&stage);
}

// A server that is gone is searched for again and again, by as many connections as there are: the seed
// is asked once in an interval.
Test(cluster, a_storm_of_searches_is_a_few_questions)
{
    enum { CONNECTIONS = 20, INTERVALS = 3 };
    struct stage stage;
    fixture_open_tcp(&stage.f, 1);
    char slots[128];
    const char *answers[] = {all_slots_at(1, slots), NULL}; // nobody listens there
    struct fake_server *seed = fake_server_start(
        &stage.f.loop, &(struct fake_script){.answers = answers, .ending = FAKE_SILENCE});
    open_stage(&stage, fake_server_port(seed));
    stage.f.config.backoff_base_ms = 1;
    stage.f.config.backoff_cap_ms = 1;
    struct redis_connection *all[CONNECTIONS];
    for (size_t i = 0; i < CONNECTIONS; i++) {
        fixture_connect(&stage.f);
        all[i] = stage.f.connection;
    }
    fixture_wait_down(&stage.f, CONNECTIONS * INTERVALS);
    cr_expect_leq(fake_server_clients(seed), INTERVALS + 2, "%u questions for %u searches",
                  fake_server_clients(seed), stage.f.down_calls);
    for (size_t i = 0; i < CONNECTIONS; i++) {
        stage.f.closed_calls = 0;
        redis_connection_close(all[i], on_closed, &stage.f);
        cr_expect(loop_run_until(&stage.f.loop, is_closed, &stage.f));
    }
    fake_server_stop(seed);
    close_stage(&stage);
}
