// SPDX-License-Identifier: MIT
//
// The worker: read a batch, admit, work, commit, over one connection, with commands appended and
// their replies taken in order.
#include "bare.h"

#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STREAM  "bare:s"
#define GROUP   "g"
#define WORKER  "w1"
#define TOKEN   "w1:7f3a9c" // the lock's owner
#define LOCK_MS "30000"
#define TTL_MS  "86400000"

enum {
    KEYS_PER_JOB = 3, // lock, idempotency mark, status; one for all of them in the lean scripts
    KEY_BYTES = 48,
    SHA_BYTES = 64,
    SCRIPT_BYTES = 2048,
    ARGUMENTS_MAX = BARE_BATCH * (KEYS_PER_JOB + 1) + 16,
};

struct worker {
    const struct bare_worker_options *options;
    redisContext *redis;
    char admit_sha[SHA_BYTES];
    char commit_sha[SHA_BYTES];
    long done;
};

// One command while it is put together; the texts are borrowed until it is appended.
struct command {
    const char *texts[ARGUMENTS_MAX];
    int count;
    char keys[BARE_BATCH * KEYS_PER_JOB][KEY_BYTES];
    int key_count;
    char now[32];
    char number[16];
};

// ---- Redis

redisContext *bare_connect(void)
{
    bool is_tcp = strcmp(bare_setting("BENCH_TRANSPORT", "unix"), "tcp") == 0;
    redisContext *redis = is_tcp ? redisConnect("127.0.0.1", atoi(bare_setting("BENCH_PORT", "0")))
                                 : redisConnectUnix(bare_setting("BENCH_SOCK", ""));
    if (redis == NULL || redis->err != 0) {
        (void)fprintf(stderr, "redis: %s\n", redis != NULL ? redis->errstr : "no memory");
        exit(1);
    }
    return redis;
}

static redisReply *take_reply(redisContext *redis)
{
    void *taken = NULL;
    int status = redisGetReply(redis, &taken);
    redisReply *reply = taken;
    if (status != REDIS_OK || reply->type == REDIS_REPLY_ERROR) {
        (void)fprintf(stderr, "redis: %s\n", status != REDIS_OK ? redis->errstr : reply->str);
        exit(1);
    }
    return reply;
}

void bare_drop_reply(redisContext *redis)
{
    freeReplyObject(take_reply(redis));
}

static void append(redisContext *redis, const char *const *texts, int count)
{
    const char *arguments[ARGUMENTS_MAX];
    size_t lens[ARGUMENTS_MAX];
    for (int i = 0; i < count; i++) {
        arguments[i] = texts[i];
        lens[i] = strlen(texts[i]);
    }
    if (redisAppendCommandArgv(redis, count, arguments, lens) != REDIS_OK) {
        bare_die("append");
    }
}

void bare_append_job(redisContext *redis, long number, const char *url)
{
    char id[24];
    char now[32];
    (void)snprintf(id, sizeof(id), "%ld", number);
    (void)snprintf(now, sizeof(now), "%.0f", bare_now_ns());
    const char *const texts[] = {"XADD", STREAM, "*", "id", id, "t0", now, "url", url};
    append(redis, texts, url[0] != '\0' ? 9 : 7);
}

static void flush_out(redisContext *redis)
{
    int done = 0;
    while (done == 0) {
        if (redisBufferWrite(redis, &done) != REDIS_OK) {
            bare_die("redis write");
        }
    }
}

// ---- scripts

static void leave_out(char *script, const char *part)
{
    char *at = strstr(script, part);
    if (at != NULL) {
        size_t len = strlen(part);
        memmove(at, at + len, strlen(at + len) + 1);
    }
}

static void load(const struct worker *worker, const char *source, char sha_out[SHA_BYTES])
{
    char script[SCRIPT_BYTES];
    (void)snprintf(script, sizeof(script), "%s", source);
    if (worker->options->trims) {
        leave_out(script, BARE_XDEL_ONE);
        leave_out(script, BARE_XDEL_ALL);
    }
    const char *const texts[] = {"SCRIPT", "LOAD", script};
    append(worker->redis, texts, 3);
    redisReply *reply = take_reply(worker->redis);
    (void)snprintf(sha_out, SHA_BYTES, "%s", reply->str);
    freeReplyObject(reply);
}

// ---- a command for one job, or for several

static void add(struct command *command, const char *text)
{
    command->texts[command->count++] = text;
}

static void add_key(struct command *command, const char *kind, const struct bare_job *job)
{
    char *key = command->keys[command->key_count++];
    (void)snprintf(key, KEY_BYTES, "bare:%s:%s", kind, job->id);
    add(command, key);
}

static void add_keys(struct command *command, enum bare_script_kind kind,
                     const struct bare_job *jobs, int count)
{
    for (int i = 0; i < count; i++) {
        if (kind != BARE_LEAN) {
            add_key(command, "lock", &jobs[i]);
            add_key(command, "idem", &jobs[i]);
        }
        add_key(command, "job", &jobs[i]);
    }
}

static void begin(struct command *command, const char *sha, int keys)
{
    command->count = 0;
    command->key_count = 0;
    (void)snprintf(command->number, sizeof(command->number), "%d", keys);
    (void)snprintf(command->now, sizeof(command->now), "%.0f", bare_now_ns() / 1e6);
    add(command, "EVALSHA");
    add(command, sha);
    add(command, command->number);
}

static void append_admission(struct worker *worker, const struct bare_job *jobs, int count)
{
    static struct command command;
    enum bare_script_kind kind = worker->options->kind;
    begin(&command, worker->admit_sha, count * (kind == BARE_LEAN ? 1 : KEYS_PER_JOB));
    add_keys(&command, kind, jobs, count);
    add(&command, TOKEN);
    add(&command, LOCK_MS);
    add(&command, command.now);
    append(worker->redis, command.texts, command.count);
}

static void append_commitment(struct worker *worker, const struct bare_job *jobs, int count)
{
    static struct command command;
    enum bare_script_kind kind = worker->options->kind;
    begin(&command, worker->commit_sha, 1 + count * (kind == BARE_LEAN ? 1 : KEYS_PER_JOB));
    add(&command, STREAM);
    add_keys(&command, kind, jobs, count);
    add(&command, GROUP);
    if (kind == BARE_PER_JOB) {
        add(&command, jobs[0].entry_id);
    }
    add(&command, TOKEN);
    add(&command, command.now);
    add(&command, TTL_MS);
    for (int i = 0; kind != BARE_PER_JOB && i < count; i++) {
        add(&command, jobs[i].entry_id);
    }
    append(worker->redis, command.texts, command.count);
}

typedef void (*append_cb)(struct worker *worker, const struct bare_job *jobs, int count);

static void append_all(struct worker *worker, append_cb append_some, const struct bare_job *jobs,
                       int count)
{
    int at_once = worker->options->kind == BARE_PER_JOB ? 1 : count;
    for (int i = 0; i < count; i += at_once) {
        append_some(worker, jobs + i, at_once);
    }
}

// ---- replies

static void expect_one(const struct bare_job *job, const char *what, long long result)
{
    if (result != 1) {
        (void)fprintf(stderr, "job %s: %s gave %lld\n", job->id, what, result);
        exit(1);
    }
}

static void take_all(struct worker *worker, const struct bare_job *jobs, int count,
                     const char *what)
{
    bool is_per_job = worker->options->kind == BARE_PER_JOB;
    for (int i = 0; i < count && is_per_job; i++) {
        redisReply *reply = take_reply(worker->redis);
        expect_one(&jobs[i], what, reply->integer);
        freeReplyObject(reply);
    }
    if (count > 0 && !is_per_job) {
        redisReply *reply = take_reply(worker->redis);
        for (int i = 0; i < count; i++) {
            expect_one(&jobs[i], what, reply->element[i]->integer);
        }
        freeReplyObject(reply);
    }
}

static void take_admitted(struct worker *worker, const struct bare_batch *batch, int from,
                          int count)
{
    take_all(worker, batch->jobs + from, count, "admit");
}

static void take_committed(struct worker *worker, const struct bare_batch *batch, int from,
                           int count)
{
    take_all(worker, batch->jobs + from, count, "commit");
    for (int i = 0; i < count; i++) {
        bare_note_done(&batch->jobs[from + i]);
    }
    worker->done += count;
}

// ---- batches

static void append_read(struct worker *worker, bool blocks)
{
    (void)redisAppendCommand(
        worker->redis,
        blocks ? "XREADGROUP GROUP " GROUP " " WORKER " COUNT %d BLOCK 500 STREAMS " STREAM " >"
               : "XREADGROUP GROUP " GROUP " " WORKER " COUNT %d STREAMS " STREAM " >",
        BARE_BATCH);
}

static void read_fields(const redisReply *fields, struct bare_job *job)
{
    for (size_t i = 0; i + 1 < fields->elements; i += 2) {
        const char *name = fields->element[i]->str;
        const char *value = fields->element[i + 1]->str;
        if (strcmp(name, "id") == 0) {
            (void)snprintf(job->id, sizeof(job->id), "%s", value);
            job->number = atof(value);
        } else if (strcmp(name, "t0") == 0) {
            job->made_at_ns = atof(value);
        } else if (strcmp(name, "url") == 0) {
            (void)snprintf(job->url, sizeof(job->url), "%s", value);
        }
    }
}

static void take_read(struct worker *worker, struct bare_batch *batch)
{
    redisReply *reply = take_reply(worker->redis);
    batch->count = 0;
    bool is_there = reply->type == REDIS_REPLY_ARRAY && reply->elements > 0;
    const redisReply *entries = is_there ? reply->element[0]->element[1] : NULL;
    for (size_t i = 0; is_there && i < entries->elements && i < BARE_BATCH; i++) {
        struct bare_job *job = &batch->jobs[batch->count++];
        const redisReply *entry = entries->element[i];
        *job = (struct bare_job){.url = ""};
        (void)snprintf(job->entry_id, sizeof(job->entry_id), "%s", entry->element[0]->str);
        read_fields(entry->element[1], job);
    }
    freeReplyObject(reply);
}

static bool is_to_trim(const struct worker *worker, const struct bare_batch *batch)
{
    return worker->options->trims && batch->count > 0;
}

static void append_trim(struct worker *worker, const struct bare_batch *batch)
{
    if (is_to_trim(worker, batch)) {
        (void)redisAppendCommand(worker->redis, "XTRIM " STREAM " MINID ~ %s",
                                 batch->jobs[batch->count - 1].entry_id);
    }
}

static void take_trim(struct worker *worker, const struct bare_batch *batch)
{
    if (is_to_trim(worker, batch)) {
        bare_drop_reply(worker->redis);
    }
}

// ---- the run

static bool goes_on(const struct worker *worker)
{
    long wanted = worker->options->wanted;
    return !bare_is_stopped() && (wanted == 0 || worker->done < wanted);
}

static void run_in_turn(struct worker *worker)
{
    static struct bare_batch batch;
    const struct bare_worker_options *options = worker->options;
    while (goes_on(worker)) {
        append_trim(worker, &batch);
        append_read(worker, true);
        take_trim(worker, &batch);
        take_read(worker, &batch);
        for (int at = 0; at < batch.count; at += options->pipe) {
            int left = batch.count - at;
            int count = left < options->pipe ? left : options->pipe;
            append_all(worker, append_admission, batch.jobs + at, count);
            take_admitted(worker, &batch, at, count);
            bare_work(batch.jobs + at, count, options->connections);
            append_all(worker, append_commitment, batch.jobs + at, count);
            take_committed(worker, &batch, at, count);
        }
        bare_flush_events();
    }
}

static void run_in_stages(struct worker *worker)
{
    static struct bare_batch read;     // not admitted yet
    static struct bare_batch admitted; // to be worked
    static struct bare_batch worked;   // to be committed
    static struct bare_batch fresh;
    while (goes_on(worker)) {
        bool is_idle = read.count == 0 && admitted.count == 0 && worked.count == 0;
        append_all(worker, append_commitment, worked.jobs, worked.count);
        append_trim(worker, &worked);
        append_all(worker, append_admission, read.jobs, read.count);
        append_read(worker, is_idle);
        flush_out(worker->redis);
        bare_work(admitted.jobs, admitted.count, worker->options->connections);
        take_committed(worker, &worked, 0, worked.count);
        take_trim(worker, &worked);
        take_admitted(worker, &read, 0, read.count);
        take_read(worker, &fresh);
        bare_flush_events();
        worked = admitted;
        admitted = read;
        read = fresh;
    }
}

void bare_run_worker(const struct bare_worker_options *options)
{
    struct worker worker = {.options = options, .redis = bare_connect()};
    freeReplyObject(redisCommand(worker.redis, "XGROUP CREATE " STREAM " " GROUP " 0 MKSTREAM"));
    load(&worker, BARE_SCRIPTS[options->kind].admit, worker.admit_sha);
    load(&worker, BARE_SCRIPTS[options->kind].commit, worker.commit_sha);
    if (options->has_stages) {
        run_in_stages(&worker);
    } else {
        run_in_turn(&worker);
    }
    redisFree(worker.redis);
}
