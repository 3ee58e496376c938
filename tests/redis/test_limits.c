// SPDX-License-Identifier: MIT
//
// Replies that are larger than this process wants to hold.
#include "fake_server.h"
#include "fixture.h"
#include "loop_run.h"

#include <criterion/criterion.h>
#include <string.h>

static void expect_too_large(struct fixture *f, const struct answer *answer)
{
    cr_expect(answer->calls == 1 && answer->err.kind == ERR_LIMIT, "%s", answer->err.message);
    cr_expect(strstr(answer->err.message, "takes more than 16777216 bytes") != NULL, "%s",
              answer->err.message);
    cr_expect(f->down_calls >= 1 && f->down_err.kind == ERR_LIMIT, "%s", f->down_err.message);
}

Test(limits, a_text_that_is_too_large_costs_the_link_and_no_more)
{
    struct fixture f;
    fixture_start(&f, NULL);
    (void)redis_server_command(f.server, "SETRANGE big 20000000 x");
    struct answer before;
    struct answer big;
    struct answer behind;
    fixture_send(&f, "INCR counter", 0, &before);
    fixture_send(&f, "GET big", 0, &big);
    fixture_send(&f, "INCR counter", 0, &behind);
    fixture_wait(&f, &behind);
    cr_expect(before.err.kind == ERR_OK && before.number == 1);
    cr_expect(behind.err.kind == ERR_UNCERTAIN, "%s", behind.err.message);
    fixture_wait_ready(&f, 2);
    expect_too_large(&f, &big);
    struct answer after;
    fixture_ask(&f, "PING", &after);
    cr_expect_str_eq(after.text, "PONG");
    fixture_close(&f);
}

Test(limits, many_small_elements_are_too_large_together)
{
    struct fixture f;
    fixture_start(&f, NULL);
    (void)redis_server_command(f.server,
                               "EVAL \"for i = 1, 300000 do redis.call('RPUSH', 'l', 'x') end\" 0");
    struct answer answer;
    fixture_ask(&f, "LRANGE l 0 -1", &answer);
    fixture_wait_ready(&f, 2);
    expect_too_large(&f, &answer);
    fixture_close(&f);
}

Test(limits, the_size_counts_for_each_reply_alone)
{
    struct fixture f;
    fixture_start(&f, NULL);
    (void)redis_server_command(f.server, "SETRANGE big 15000000 x");
    for (int i = 0; i < 3; i++) {
        struct answer answer;
        fixture_ask(&f, "MGET big", &answer);
        cr_expect(answer.err.kind == ERR_OK && answer.count == 1, "%s", answer.err.message);
    }
    cr_expect(f.down_calls == 0);
    fixture_close(&f);
}

// Nothing but the head has come.
Test(limits, what_is_announced_is_enough)
{
    static const char *const HEADS[] = {"$500000000\r\n", "$99999999999\r\n", "*2000000\r\n",
                                        "*2\r\n+x\r\n$17000000\r\nabc", "*1\r\n*2000000\r\n"};
    for (size_t i = 0; i < sizeof(HEADS) / sizeof(HEADS[0]); i++) {
        const char *answers[] = {FAKE_CLIENT_ID, FAKE_NO_HELLO, "$19\r\nredis_version:7.0.0\r\n",
                                 HEADS[i], NULL};
        struct fixture f;
        fixture_open_tcp(&f, 1);
        struct fake_server *fake =
            fake_server_start(&f.loop, &(struct fake_script){.answers = answers});
        f.config.port = fake_server_port(fake);
        fixture_connect(&f);
        fixture_wait_ready(&f, 1);
        struct answer answer;
        fixture_send(&f, "GET a", 60000, &answer);
        fixture_wait(&f, &answer);
        fixture_wait_down(&f, 1);
        expect_too_large(&f, &answer);
        fake_server_stop(fake);
        fixture_close(&f);
    }
}
