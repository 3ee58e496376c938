// SPDX-License-Identifier: MIT
#include "queue_fixture.h"

#include "loop_run.h"
#include "queue/nonce.h"

#include <string.h>

static struct fixture fixture;

static void setup(void)
{
    fixture_begin(&fixture);
}

static void teardown(void)
{
    fixture_stop(&fixture);
}

TestSuite(nonce, .init = setup, .fini = teardown);

struct used {
    bool is_done;
    bool is_fresh;
    struct err err;
};

static void on_used(void *context, bool is_fresh, const struct err *err)
{
    struct used *used = context;
    used->is_done = true;
    used->is_fresh = is_fresh;
    used->err = err == NULL ? (struct err)ERR_INIT : *err;
}

static bool is_done(void *context)
{
    const struct used *used = context;
    return used->is_done;
}

static bool use(struct queue *queue, const char *key_id, const char *text, size_t len)
{
    struct used used = {0};
    const struct queue_nonce nonce = {
        .account_id = ACCOUNT, .key_id = key_id, .nonce = {text, len}, .kept_ms = 60000};
    queue_use_nonce(queue, &nonce, on_used, &used);
    cr_assert(loop_run_until(&fixture.loop, is_done, &used));
    cr_assert_eq(used.err.kind, ERR_OK, "%s", used.err.message);
    return used.is_fresh;
}

// Also at another worker, and whatever bytes it has; nonces of two keys are two.
Test(nonce, is_good_for_one_use)
{
    cr_expect(use(fixture.queue, "key", "n", 1));
    cr_expect_not(use(fixture.queue, "key", "n", 1));
    cr_expect_not(use(fixture.workers[1], "key", "n", 1));
    cr_expect(use(fixture.queue, "other", "n", 1));
    cr_expect(use(fixture.queue, "key", "{1}:\r\n\0x", 8));
    cr_expect_not(use(fixture.queue, "key", "{1}:\r\n\0x", 8));
    cr_expect(use(fixture.queue, "key", "{1}:\r\n\0y", 8));
    audit_clean(fixture.queue);
}
