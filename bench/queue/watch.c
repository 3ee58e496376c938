// SPDX-License-Identifier: MIT
//
// Notes the ends of packreportd's jobs while it works off a full queue: reads its stream of events
// (docs/redis.md) every 4 ms and appends one record of three doubles for each COMPLETE, as the other
// queues' workers do for themselves. In C, so that the observer leaves the processors to the observed.
//
//   bench-watch STREAM ACCOUNT PACKS     environment: BENCH_SOCK, BENCH_EVENTS
//
// Job n is pack n % PACKS of account ACCOUNT + n / PACKS (peers/packreport.py). Runs until it is
// ended.
#include <fcntl.h>
#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { PAUSE_NS = 4 * 1000 * 1000, ID_BYTES = 64, RECORDS_MAX = 4096 };

struct record {
    double job;
    double sent; // not known here
    double ended;
};

struct watch {
    long long first_account;
    long packs;
    int file;
    char last_id[ID_BYTES]; // of the last event read
    struct record records[RECORDS_MAX];
    size_t count;
};

static _Noreturn void fail(const char *what)
{
    perror(what);
    exit(EXIT_FAILURE);
}

static double now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void write_records(struct watch *watch)
{
    size_t bytes = watch->count * sizeof(struct record);
    if (bytes > 0 && write(watch->file, watch->records, bytes) != (ssize_t)bytes) {
        fail("BENCH_EVENTS");
    }
    watch->count = 0;
}

// "COMPLETE <account> pack-<n>  <fence>"; other events are passed over.
static void take_event(struct watch *watch, const char *text, double at_ns)
{
    long long account;
    long pack;
    if (sscanf(text, "COMPLETE %lld pack-%ld ", &account, &pack) != 2) {
        return;
    }
    if (watch->count == RECORDS_MAX) {
        write_records(watch);
    }
    double job = (double)((account - watch->first_account) * watch->packs + pack);
    watch->records[watch->count++] = (struct record){.job = job, .ended = at_ns};
}

// [id, [name, value, name, value, ...]]
static void take_entry(struct watch *watch, const redisReply *entry, double at_ns)
{
    (void)snprintf(watch->last_id, sizeof(watch->last_id), "%s", entry->element[0]->str);
    const redisReply *fields = entry->element[1];
    for (size_t i = 1; i < fields->elements; i += 2) {
        take_event(watch, fields->element[i]->str, at_ns);
    }
}

static void look(struct watch *watch, redisContext *redis, const char *stream)
{
    redisReply *reply =
        redisCommand(redis, "XREAD COUNT 1000 STREAMS %s %s", stream, watch->last_id);
    if (reply == NULL || reply->type == REDIS_REPLY_ERROR) {
        (void)fprintf(stderr, "bench-watch: %s\n", reply == NULL ? redis->errstr : reply->str);
        exit(EXIT_FAILURE);
    }
    double at_ns = now_ns();
    if (reply->type == REDIS_REPLY_ARRAY && reply->elements == 1) {
        const redisReply *entries = reply->element[0]->element[1];
        for (size_t i = 0; i < entries->elements; i++) {
            take_entry(watch, entries->element[i], at_ns);
        }
    }
    freeReplyObject(reply);
    write_records(watch);
}

int main(int argc, char **argv)
{
    static struct watch watch = {.last_id = "0"};
    const char *sock = getenv("BENCH_SOCK");
    const char *events = getenv("BENCH_EVENTS");
    if (argc != 4 || sock == NULL || events == NULL) {
        (void)fprintf(stderr, "usage: bench-watch STREAM ACCOUNT PACKS, with BENCH_SOCK and "
                              "BENCH_EVENTS\n");
        return EXIT_FAILURE;
    }
    watch.first_account = strtoll(argv[2], NULL, 10);
    watch.packs = strtol(argv[3], NULL, 10);
    watch.file = open(events, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (watch.file < 0) {
        fail(events);
    }
    redisContext *redis = redisConnectUnix(sock);
    if (redis == NULL || redis->err != 0) {
        fail(sock);
    }
    for (;;) {
        look(&watch, redis, argv[1]);
        (void)nanosleep(&(struct timespec){.tv_nsec = PAUSE_NS}, NULL);
    }
}
