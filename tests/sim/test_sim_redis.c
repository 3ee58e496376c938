// SPDX-License-Identifier: MIT
//
// The simulated Redis against the real one: the same random commands to both, plain and out of
// scripts, and the same replies. Only in the code word of errors, not in their sentence.
#include "redis_server.h"
#include "sim_reply.h"

#include "base/digest.h"
#include "base/mem.h"
#include "base/text.h"
#include "sim_redis.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ARGS_MAX = 16, TEXT_BYTES = 64, COMMANDS = 30000, RESET_EVERY = 500 };

struct pair {
    struct redis_server *server;
    redisContext *real;
    struct sim_redis *sim;
    uint64_t state;    // of the draws
    uint64_t entry_ms; // of the last entry's id
};

struct words {
    char text[ARGS_MAX][TEXT_BYTES];
    size_t count;
};

// splitmix64: the draws are the same in each run.
static uint64_t draw(struct pair *pair, uint64_t bound)
{
    uint64_t z = pair->state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (z ^ (z >> 31)) % bound;
}

static void open_pair(struct pair *pair, uint64_t seed)
{
    *pair = (struct pair){.state = seed, .entry_ms = 1};
    pair->server = redis_server_start(NULL);
    pair->real = redisConnectUnix(redis_server_unix_path(pair->server));
    cr_assert(pair->real != NULL && pair->real->err == 0);
    pair->sim = sim_redis_create();
}

static void close_pair(struct pair *pair)
{
    redisFree(pair->real);
    sim_redis_destroy(&pair->sim);
    redis_server_stop(&pair->server);
}

// ---- comparing

static void print_reply(const redisReply *reply, char *out, size_t size)
{
    size_t used = strlen(out);
    if (used + 80 > size) {
        return;
    }
    switch (reply->type) {
    case WIRE_INTEGER:
        (void)snprintf(out + used, size - used, ":%lld ", reply->integer);
        return;
    case WIRE_NIL:
        (void)snprintf(out + used, size - used, "nil ");
        return;
    case WIRE_ARRAY:
        (void)snprintf(out + used, size - used, "[ ");
        for (size_t i = 0; i < reply->elements; i++) {
            print_reply(reply->element[i], out, size);
        }
        used = strlen(out);
        (void)snprintf(out + used, size - used, "] ");
        return;
    default:
        (void)snprintf(out + used, size - used, "%s%.60s ", reply->type == WIRE_ERROR ? "-" : "",
                       reply->str);
    }
}

static bool is_same_text(const redisReply *a, const redisReply *b)
{
    return a->len == b->len && memcmp(a->str, b->str, (size_t)a->len) == 0;
}

static bool is_same(const redisReply *real, const redisReply *sim)
{
    if (real->type != sim->type) {
        return false;
    }
    switch (real->type) {
    case WIRE_INTEGER:
        return real->integer == sim->integer;
    case WIRE_ARRAY:
        for (size_t i = 0; i < real->elements && i < sim->elements; i++) {
            if (!is_same(real->element[i], sim->element[i])) {
                return false;
            }
        }
        return real->elements == sim->elements;
    case WIRE_ERROR: {
        size_t code = strcspn(real->str, " ");
        return code == strcspn(sim->str, " ") && memcmp(real->str, sim->str, code) == 0;
    }
    case WIRE_NIL:
        return true;
    default:
        return is_same_text(real, sim);
    }
}

static redisReply *ask_real(struct pair *pair, const struct words *words)
{
    const char *texts[ARGS_MAX];
    for (size_t i = 0; i < words->count; i++) {
        texts[i] = words->text[i];
    }
    return redisCommandArgv(pair->real, (int)words->count, texts, NULL);
}

static redisReply *ask_sim(struct pair *pair, const struct words *words)
{
    struct redis_arg args[ARGS_MAX];
    for (size_t i = 0; i < words->count; i++) {
        args[i] = REDIS_ARG(words->text[i]);
    }
    return sim_redis_call(pair->sim, args, words->count);
}

static void compare(struct pair *pair, const struct words *words)
{
    redisReply *real = ask_real(pair, words);
    redisReply *sim = ask_sim(pair, words);
    cr_assert(real != NULL);
    if (!is_same(real, sim)) {
        char command[1024] = "";
        char left[1024] = "";
        char right[1024] = "";
        for (size_t i = 0; i < words->count; i++) {
            size_t used = strlen(command);
            (void)snprintf(command + used, sizeof(command) - used, "%s ", words->text[i]);
        }
        print_reply(real, left, sizeof(left));
        print_reply(sim, right, sizeof(right));
        cr_assert_fail("%s\n  Redis:      %s\n  simulation: %s", command, left, right);
    }
    freeReplyObject(real);
    sim_reply_free(sim);
}

// ---- drawing

// A letter of a pattern becomes a word:
//   k key  f field or member  n number  s score  i entry id  c consumer  g group
static void put_word(struct pair *pair, struct words *words, char kind)
{
    static const char *const keys[] = {"h1", "h2", "z1", "z2", "s1", "s2", "t1", "x"};
    static const char *const fields[] = {"a", "b", "ab", "c", "d", "e", "'", "x y"};
    static const char *const scores[] = {"1", "2", "2", "3.5", "-1", "1800000000000", "inf", "x"};
    char *out = words->text[words->count++];
    switch (kind) {
    case 'k': // mostly one of the type that the command is for
        (void)text_copy(out, TEXT_BYTES, keys[draw(pair, ARRAY_LEN(keys))]);
        if (draw(pair, 8) != 0 && strchr("HZX", words->text[0][0]) != NULL) {
            const char *letter = words->text[0][0] == 'H'   ? "h"
                                 : words->text[0][0] == 'Z' ? "z"
                                                            : "s";
            (void)snprintf(out, TEXT_BYTES, "%s%d", letter, 1 + (int)draw(pair, 2));
        }
        return;
    case 'f':
        (void)text_copy(out, TEXT_BYTES, fields[draw(pair, ARRAY_LEN(fields))]);
        return;
    case 's':
        (void)text_copy(out, TEXT_BYTES, scores[draw(pair, ARRAY_LEN(scores))]);
        return;
    case 'c':
        (void)snprintf(out, TEXT_BYTES, "c%d", (int)draw(pair, 3));
        return;
    case 'g':
        (void)snprintf(out, TEXT_BYTES, "%s", draw(pair, 20) == 0 ? "other" : "g");
        return;
    case 'i': // mostly among the last ones
        (void)snprintf(out, TEXT_BYTES, "%d-%d",
                       (int)(pair->entry_ms - draw(pair, pair->entry_ms < 8 ? pair->entry_ms : 8)),
                       (int)draw(pair, 2));
        return;
    default:
        (void)snprintf(out, TEXT_BYTES, "%d", (int)draw(pair, 6) - 1);
    }
}

static const char *const patterns[] = {
    "GET %k",
    "SET %k %n",
    "SET %k %f NX GET",
    "SET %k %n PX 100000",
    "SET %k %n XX",
    "MGET %k %k %k",
    "MSET %k %n",
    "MSET %k %n %k %f",
    "MSET %k %n %k",
    "INCRBY %k %n",
    "EXISTS %k",
    "EXISTS %k %k",
    "UNLINK %k",
    "UNLINK %k %k",
    "DEL %k %k",
    "PEXPIRE %k 0",
    "PEXPIRE %k 1000000",
    "PERSIST %k",
    "TYPE %k",
    "HGET %k %f",
    "HMGET %k %f %f %f",
    "HMGET %k v %f %f %f %f",
    "HSET %k %f %n",
    "HSET %k %f %f %f %n",
    "HSET %k %f %n %f %n %f %n",
    "HSET %k %f",
    "HSETNX %k %f %n",
    "HDEL %k %f",
    "HDEL %k %f %f",
    "HDEL %k %f %f %f %f",
    "HEXISTS %k %f",
    "HLEN %k",
    "HGETALL %k",
    "HINCRBY %k %f %n",
    "HSCAN %k 0 COUNT 16",
    "HSCAN %k 0 COUNT 64",
    "HSCAN %k 0",
    "ZADD %k %s %f",
    "ZADD %k %s %f %s %f",
    "ZADD %k GT %s %f",
    "ZADD %k NX %s %f",
    "ZADD %k XX %s %f",
    "ZCARD %k",
    "ZSCORE %k %f",
    "ZMSCORE %k %f %f",
    "ZREM %k %f",
    "ZREM %k %f %f",
    "ZPOPMIN %k",
    "ZPOPMIN %k 2",
    "ZRANGE %k 0 -1 WITHSCORES",
    "ZRANGE %k %n %n",
    "ZRANGE %k 0 0 REV WITHSCORES",
    "ZRANGE %k -inf %s BYSCORE LIMIT 0 2",
    "ZRANGE %k -inf +inf BYSCORE",
    "ZSCAN %k 0 COUNT 64",
    "XADD %k %+ %f %n",
    "XADD %k %+ %f %n",
    "XADD %k %+ %f %n %f %f",
    "XADD %k MAXLEN 5 %+ %f %n",
    "XADD %k %i %f %n",
    "XLEN %k",
    "XRANGE %k %i %i",
    "XRANGE %k - +",
    "XDEL %k %i",
    "XTRIM %k MINID %i",
    "XTRIM %k MAXLEN 6",
    "XREAD COUNT 2 STREAMS %k %i",
    "XGROUP CREATE %k g 0 MKSTREAM",
    "XGROUP CREATE %k g 0",
    "XGROUP DELCONSUMER %k %g %c",
    "XREADGROUP GROUP %g %c COUNT 2 STREAMS %k >",
    "XREADGROUP GROUP %g %c COUNT 1 STREAMS %k >",
    "XREADGROUP GROUP %g %c COUNT 2 STREAMS %k %i",
    "XREADGROUP GROUP %g %c STREAMS %k 0",
    "XACK %k %g %i",
    "XACK %k %g %i %i",
    "XPENDING %k %g",
    "XAUTOCLAIM %k %g %c 0 %i COUNT 1",
    "XAUTOCLAIM %k %g %c 0 0-0 COUNT 3",
    "XAUTOCLAIM %k %g %c 1000000 0-0 COUNT 2",
    "NONSENSE %k",
};

static void draw_command(struct pair *pair, struct words *words)
{
    const char *pattern = patterns[draw(pair, ARRAY_LEN(patterns))];
    words->count = 0;
    while (*pattern != '\0') {
        size_t len = strcspn(pattern, " ");
        if (strncmp(pattern, "%+", 2) == 0) {
            (void)snprintf(words->text[words->count++], TEXT_BYTES, "%d-0", (int)++pair->entry_ms);
        } else if (*pattern == '%') {
            put_word(pair, words, pattern[1]);
        } else {
            (void)snprintf(words->text[words->count++], TEXT_BYTES, "%.*s", (int)len, pattern);
        }
        pattern += len + (pattern[len] == ' ' ? 1 : 0);
    }
}

// The same command out of a script: its reply goes through Lua and back.
static void wrap_in_script(struct words *words, const char *body)
{
    REQUIRE(words->count + 3 <= ARGS_MAX);
    memmove(words->text[3], words->text[0], words->count * TEXT_BYTES);
    words->count += 3;
    (void)text_copy(words->text[0], TEXT_BYTES, "EVAL");
    (void)text_copy(words->text[1], TEXT_BYTES, body);
    (void)text_copy(words->text[2], TEXT_BYTES, "0");
}

static void compare_everything(struct pair *pair)
{
    static const char *const dumps[] = {"HGETALL h1",
                                        "HGETALL h2",
                                        "ZRANGE z1 0 -1 WITHSCORES",
                                        "ZRANGE z2 0 -1 WITHSCORES",
                                        "XRANGE s1 - +",
                                        "XRANGE s2 - +",
                                        "XPENDING s1 g",
                                        "XPENDING s2 g"};
    for (size_t i = 0; i < ARRAY_LEN(dumps); i++) {
        struct words words = {.count = 0};
        char line[TEXT_BYTES];
        (void)text_copy(line, sizeof(line), dumps[i]);
        for (char *word = strtok(line, " "); word != NULL; word = strtok(NULL, " ")) {
            (void)text_copy(words.text[words.count++], TEXT_BYTES, word);
        }
        compare(pair, &words);
    }
}

static void start_anew(struct pair *pair)
{
    freeReplyObject(redisCommand(pair->real, "FLUSHALL"));
    sim_redis_destroy(&pair->sim);
    pair->sim = sim_redis_create();
}

Test(sim_redis, answers_as_a_real_one)
{
    struct pair pair;
    const char *seed = getenv("SIM_SEED");
    open_pair(&pair, seed == NULL ? 1 : strtoull(seed, NULL, 10));
    for (int n = 0; n < COMMANDS; n++) {
        if (n % RESET_EVERY == 0) {
            start_anew(&pair);
        }
        struct words words;
        draw_command(&pair, &words);
        uint64_t way = draw(&pair, 4);
        if (way == 0) {
            wrap_in_script(&words, "return redis.call(unpack(ARGV))");
        } else if (way == 1) {
            wrap_in_script(&words, "return redis.pcall(unpack(ARGV))");
        }
        compare(&pair, &words);
        if (n % RESET_EVERY == RESET_EVERY - 1) {
            compare_everything(&pair);
        }
    }
    close_pair(&pair);
}

Test(sim_redis, converts_between_lua_and_replies_as_a_real_one)
{
    static const char *const bodies[] = {
        "return 3.99",
        "return {1,2,nil,4}",
        "return {'a',{ok='fine'},{err='BAD x'},false,true}",
        "return redis.call('SET','t1',1e15)",
        "return redis.call('GET','t1')..'!'",
        "return tostring(redis.call('GET','nope'))",
        "return redis.call('SET','t1',2^53)",
        "return redis.call('GET','t1')",
        "return redis.call('SET','t1',{})",
        "return #KEYS..':'..#ARGV",
        "return redis.pcall('HGET','t1','f').err",
        "redis.call('SET','t1','y') error('no')",
        "return redis.call('GET','t1')",
        "#!lua flags=no-writes\nreturn redis.call('SET','t1','z')",
        "return nil",
        "return collectgarbage() == 0",
        "return string.format('%.0f', 1800000000000123)",
    };
    struct pair pair;
    open_pair(&pair, 2);
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
        struct words words = {.count = 0};
        wrap_in_script(&words, bodies[i]);
        compare(&pair, &words);
    }
    close_pair(&pair);
}

Test(sim_redis, knows_its_scripts_and_forgets_them)
{
    static const char body[] = "return 'known'";
    char sha1[DIGEST_SHA1_HEX_BYTES];
    digest_sha1_hex(body, strlen(body), sha1);
    struct pair pair;
    open_pair(&pair, 3);
    struct words by_sha = {.count = 3, .text = {"EVALSHA", "", "0"}};
    (void)text_copy(by_sha.text[1], TEXT_BYTES, sha1);
    struct words by_body = {.count = 3, .text = {"EVAL", "return 'known'", "0"}};
    compare(&pair, &by_sha);
    compare(&pair, &by_body);
    compare(&pair, &by_sha);
    freeReplyObject(redisCommand(pair.real, "SCRIPT FLUSH"));
    sim_redis_forget_scripts(pair.sim);
    compare(&pair, &by_sha);
    close_pair(&pair);
}

// With its memory used up, the server refuses what may take more, but for scripts that say so.
Test(sim_redis, is_full_as_a_real_one)
{
    static const char *const commands[] = {
        "SET t1 1",        "HSET h1 a 1",   "HDEL h1 a", "DEL t1",
        "XADD s1 1-1 a b", "XACK s1 g 1-1", "ZREM z1 a", "XREADGROUP GROUP g c STREAMS s1 >",
        "EXISTS t1"};
    static const char *const bodies[] = {"return redis.pcall('SET','t1','1')", "#!lua\nreturn 1",
                                         "#!lua flags=allow-oom\nreturn redis.call('SET','t1','1')",
                                         "#!lua flags=no-writes\nreturn 1"};
    struct pair pair;
    open_pair(&pair, 4);
    freeReplyObject(redisCommand(pair.real, "CONFIG SET maxmemory 1"));
    sim_redis_set_full(pair.sim, true);
    for (size_t i = 0; i < ARRAY_LEN(commands) + ARRAY_LEN(bodies); i++) {
        struct words words = {.count = 0};
        char line[TEXT_BYTES] = "";
        if (i < ARRAY_LEN(commands)) {
            (void)text_copy(line, sizeof(line), commands[i]);
        }
        for (char *word = strtok(line, " "); word != NULL; word = strtok(NULL, " ")) {
            (void)text_copy(words.text[words.count++], TEXT_BYTES, word);
        }
        if (i >= ARRAY_LEN(commands)) {
            wrap_in_script(&words, bodies[i - ARRAY_LEN(commands)]);
        }
        compare(&pair, &words);
    }
    close_pair(&pair);
}
