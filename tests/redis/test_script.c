// SPDX-License-Identifier: MIT
//
// Scripts by digest, by body when the server has forgotten them.
#include "fixture.h"

#include <criterion/criterion.h>
#include <string.h>

static const char BODY[] = "redis.call('INCR', KEYS[1]) return {KEYS[1], ARGV[1], ARGV[2], #ARGV}";

static void run(struct fixture *f, const struct redis_script *script, struct answer *answer)
{
    // The arguments are gone when a forgotten script is sent again.
    char key[] = "runs";
    char first[] = "a\0b";
    const struct redis_arg keys[] = {REDIS_ARG(key)};
    const struct redis_arg args[] = {{.bytes = first, .len = sizeof(first)}, REDIS_ARG("")};
    const struct redis_script_call call = {
        .script = script, .keys = keys, .key_count = 1, .args = args, .arg_count = 2};
    *answer = (struct answer){0};
    redis_script_run(f->connection, &call, on_answer, answer);
    cr_assert(answer->calls == 0);
    memset(key, 'x', sizeof(key));
    memset(first, 'x', sizeof(first));
    fixture_wait(f, answer);
}

static int64_t runs_counted(struct fixture *f)
{
    struct answer answer;
    fixture_ask(f, "GET runs", &answer);
    return answer.number;
}

Test(script, digest_is_the_server_s)
{
    struct fixture f;
    fixture_start(&f, NULL);
    struct redis_script script;
    redis_script_init(&script, "count", BODY);
    struct answer answer = {0};
    const struct redis_arg load[] = {REDIS_ARG("SCRIPT"), REDIS_ARG("LOAD"), REDIS_ARG(BODY)};
    redis_connection_send(f.connection, load, 3, 0, on_answer, &answer);
    fixture_wait(&f, &answer);
    cr_expect_str_eq(answer.text, script.sha1);
    fixture_close(&f);
}

Test(script, runs_once_whether_the_server_knows_it_or_not)
{
    struct fixture f;
    fixture_start(&f, NULL);
    struct redis_script script;
    redis_script_init(&script, "count", BODY);
    struct answer answer;
    for (int64_t i = 1; i <= 6; i++) {
        if (i == 3) {
            cr_expect_str_eq(redis_server_command(f.server, "SCRIPT FLUSH"), "+OK");
        }
        run(&f, &script, &answer);
        cr_expect(answer.calls == 1 && answer.type == REDIS_REPLY_LIST && answer.count == 4);
        cr_expect(runs_counted(&f) == i);
    }
    fixture_close(&f);
}

static void on_list(void *context, const struct redis_reply *reply, const struct err *err)
{
    unsigned *calls = context;
    (*calls)++;
    cr_assert(err == NULL);
    size_t len;
    cr_expect(redis_reply_is(redis_reply_at(reply, 0), "k"));
    cr_expect(memcmp(redis_reply_text(redis_reply_at(reply, 1), &len), "a\0b", 3) == 0 && len == 3);
    cr_expect(redis_reply_number(redis_reply_at(reply, 3), 0) == 2);
}

Test(script, arguments_arrive_as_they_are)
{
    struct fixture f;
    fixture_start(&f, NULL);
    struct redis_script script;
    redis_script_init(&script, "count", BODY);
    const struct redis_arg keys[] = {REDIS_ARG("k")};
    const struct redis_arg args[] = {{.bytes = "a\0b", .len = 3}, REDIS_ARG("last")};
    const struct redis_script_call call = {
        .script = &script, .keys = keys, .key_count = 1, .args = args, .arg_count = 2};
    unsigned calls = 0;
    for (int i = 0; i < 3; i++) {
        redis_script_run(f.connection, &call, on_list, &calls);
    }
    struct answer answer;
    while (calls < 3) {
        fixture_ask(&f, "PING", &answer);
    }
    cr_expect(calls == 3);
    fixture_close(&f);
}

Test(script, without_keys_and_arguments)
{
    struct fixture f;
    fixture_start(&f, NULL);
    struct redis_script script;
    redis_script_init(&script, "seven", "return 7");
    const struct redis_script_call call = {.script = &script};
    struct answer answer = {0};
    redis_script_run(f.connection, &call, on_answer, &answer);
    fixture_wait(&f, &answer);
    cr_expect(answer.number == 7);
    fixture_close(&f);
}

Test(script, its_own_error_is_a_reply)
{
    struct fixture f;
    fixture_start(&f, NULL);
    struct redis_script script;
    redis_script_init(&script, "broken", "return redis.error_reply('NOTHING to be done')");
    const struct redis_script_call call = {.script = &script};
    struct answer answer = {0};
    redis_script_run(f.connection, &call, on_answer, &answer);
    fixture_wait(&f, &answer);
    cr_expect(answer.type == REDIS_REPLY_ERROR_TEXT);
    cr_expect_str_eq(answer.text, "NOTHING to be done");
    fixture_close(&f);
}

Test(script, loss_and_refusal_name_the_script)
{
    struct fixture f;
    fixture_start(&f, NULL);
    struct redis_script script;
    redis_script_init(&script, "count", BODY);
    const struct redis_script_call call = {.script = &script};
    redis_server_freeze(f.server);
    struct answer lost = {0};
    redis_script_run(f.connection, &call, on_answer, &lost);
    redis_server_kill(f.server);
    fixture_wait(&f, &lost);
    cr_expect(lost.err.kind == ERR_UNCERTAIN);
    cr_expect(strncmp(lost.err.message, "script count: ", 14) == 0, "%s", lost.err.message);
    fixture_wait_down(&f, 1);
    struct answer refused = {0};
    redis_script_run(f.connection, &call, on_answer, &refused);
    fixture_wait(&f, &refused);
    cr_expect(refused.err.kind == ERR_UNAVAILABLE);
    cr_expect_str_eq(refused.err.message, "script count: redis: not connected");
    fixture_close(&f);
}
