// SPDX-License-Identifier: MIT
#include "operator_calls.h"

#include "base/text.h"

struct cancel_wait {
    struct queue_cancel_result result;
    bool done;
};

static void on_cancelled(void *context, const struct queue_cancel_result *result,
                         const struct err *err)
{
    struct cancel_wait *wait = context;
    cr_assert_null(err, "%s", err == NULL ? "" : err->message);
    wait->result = *result;
    wait->done = true;
}

static struct queue_cancel_result cancel(struct queue *queue, const struct queue_report_name *name)
{
    struct cancel_wait wait = {.done = false};
    queue_cancel(queue, name, on_cancelled, &wait);
    fixture_wait_for(&wait.done);
    return wait.result;
}

struct queue_cancel_result cancel_pack(struct queue *queue, const char *pack)
{
    return cancel(queue, &(struct queue_report_name){.account_id = ACCOUNT, .pack_id = pack});
}

struct queue_cancel_result cancel_report(struct queue *queue, const char *report_id)
{
    return cancel(queue, &(struct queue_report_name){.report_id = report_id});
}

struct word_wait {
    struct queue_word word;
    bool done;
};

static void on_word(void *context, const struct queue_word *word, const struct err *err)
{
    struct word_wait *wait = context;
    cr_assert_null(err, "%s", err == NULL ? "" : err->message);
    wait->word = *word;
    wait->done = true;
}

struct queue_word listen_once(struct queue *queue, struct redis_connection *connection,
                              int64_t block_ms)
{
    struct word_wait wait = {.done = false};
    queue_listen(queue, connection, block_ms, on_word, &wait);
    fixture_wait_for(&wait.done);
    return wait.word;
}

struct dead_page_wait {
    struct queue_dead_page page;
    bool done;
};

static void on_dead_page(void *context, const struct queue_dead_page *page, const struct err *err)
{
    struct dead_page_wait *wait = context;
    cr_assert_null(err, "%s", err == NULL ? "" : err->message);
    wait->page = *page;
    wait->done = true;
}

struct queue_dead_page list_dead(struct queue *queue, uint64_t skip)
{
    static struct dead_page_wait wait;
    wait = (struct dead_page_wait){.done = false};
    queue_list_dead(queue, skip, on_dead_page, &wait);
    fixture_wait_for(&wait.done);
    return wait.page;
}

struct dead_wait {
    struct queue_dead_result result;
    bool done;
};

static void on_settled(void *context, const struct queue_dead_result *result, const struct err *err)
{
    struct dead_wait *wait = context;
    cr_assert_null(err, "%s", err == NULL ? "" : err->message);
    wait->result = *result;
    wait->done = true;
}

struct queue_dead_result settle_dead(struct queue *queue, const char *report_id,
                                     enum queue_dead_action action)
{
    struct dead_wait wait = {.done = false};
    queue_settle_dead(queue, report_id, action, on_settled, &wait);
    fixture_wait_for(&wait.done);
    return wait.result;
}

struct pause_wait {
    struct queue_pause_result result;
    bool done;
};

static void on_paused(void *context, const struct queue_pause_result *result, const struct err *err)
{
    struct pause_wait *wait = context;
    cr_assert_null(err, "%s", err == NULL ? "" : err->message);
    wait->result = *result;
    wait->done = true;
}

struct queue_pause_result set_paused(struct queue *queue, const char *account, const char *pack,
                                     bool is_paused)
{
    struct pause_wait wait = {.done = false};
    const struct queue_scope scope = {.account_id = account, .pack_id = pack};
    queue_set_paused(queue, &scope, is_paused, on_paused, &wait);
    fixture_wait_for(&wait.done);
    return wait.result;
}

struct account_wait {
    struct account_list list;
    bool done;
};

static void keep_account(struct account_wait *wait, const struct queue_account *account,
                         const struct err *err)
{
    cr_assert_null(err, "%s", err == NULL ? "" : err->message);
    if (account != NULL) {
        cr_assert_lt(wait->list.count, FIXTURE_ACCOUNTS_MAX);
        wait->list.accounts[wait->list.count++] = *account;
    }
}

static void on_account(void *context, const struct queue_account *account, const struct err *err)
{
    struct account_wait *wait = context;
    keep_account(wait, account, err);
    wait->done = true;
}

struct queue_account change_account(struct queue *queue, const char *account, int64_t weight,
                                    int64_t cap)
{
    static struct account_wait wait;
    wait = (struct account_wait){.done = false};
    const struct queue_account_change change = {
        .weight = weight, .cap = cap, .rate = QUEUE_ACCOUNT_KEEP, .burst = QUEUE_ACCOUNT_KEEP};
    queue_change_account(queue, account, &change, on_account, &wait);
    fixture_wait_for(&wait.done);
    return wait.list.accounts[0];
}

struct queue_account change_rate(struct queue *queue, const char *account, int64_t rate,
                                 int64_t burst)
{
    static struct account_wait wait;
    wait = (struct account_wait){.done = false};
    const struct queue_account_change change = {
        .weight = QUEUE_ACCOUNT_KEEP, .cap = QUEUE_ACCOUNT_KEEP, .rate = rate, .burst = burst};
    queue_change_account(queue, account, &change, on_account, &wait);
    fixture_wait_for(&wait.done);
    return wait.list.accounts[0];
}

static void on_listed(void *context, const struct queue_account *account, const struct err *err)
{
    struct account_wait *wait = context;
    keep_account(wait, account, err);
    wait->done = account == NULL;
}

struct account_list list_accounts(struct queue *queue)
{
    static struct account_wait wait;
    wait = (struct account_wait){.done = false};
    queue_list_accounts(queue, on_listed, &wait);
    fixture_wait_for(&wait.done);
    return wait.list;
}

struct doctor_wait {
    struct diagnosis diagnosis;
    bool done;
};

static void on_finding(void *context, const struct queue_finding *finding)
{
    struct diagnosis *diagnosis = &((struct doctor_wait *)context)->diagnosis;
    cr_assert_lt(diagnosis->count, FIXTURE_FINDINGS_MAX);
    size_t at = diagnosis->count++;
    (void)text_copy(diagnosis->findings[at].area, sizeof(diagnosis->findings[at].area),
                    finding->area);
    (void)text_copy(diagnosis->findings[at].text, sizeof(diagnosis->findings[at].text),
                    finding->text);
    diagnosis->findings[at].is_repaired = finding->is_repaired;
}

static void on_diagnosed(void *context, const struct queue_doctor_sum *sum, const struct err *err)
{
    struct doctor_wait *wait = context;
    cr_assert_null(err, "%s", err == NULL ? "" : err->message);
    wait->diagnosis.sum = *sum;
    wait->done = true;
}

const struct diagnosis *run_doctor(struct queue *queue, bool repair)
{
    static struct doctor_wait wait;
    wait = (struct doctor_wait){.done = false};
    const struct queue_doctor_events events = {
        .context = &wait, .on_finding = on_finding, .on_done = on_diagnosed};
    const struct queue_doctor_order order = {.repair = repair, .whole_server = true};
    queue_doctor_run(queue, &order, &events);
    fixture_wait_for(&wait.done);
    return &wait.diagnosis;
}
