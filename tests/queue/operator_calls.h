// SPDX-License-Identifier: MIT
//
// The queue's calls for operators made synchronous, as queue_fixture.h does it with the others; a call
// that fails fails the test. Thread: one.
#pragma once

#include "queue/account.h"
#include "queue/control.h"
#include "queue/dead.h"
#include "queue/doctor.h"
#include "queue_fixture.h"

enum { FIXTURE_ACCOUNTS_MAX = 512 };

struct queue_cancel_result cancel_pack(struct queue *queue, const char *pack); // of ACCOUNT
struct queue_cancel_result cancel_report(struct queue *queue, const char *report_id);
struct queue_word listen_once(struct queue *queue, struct redis_connection *connection,
                              int64_t block_ms);
struct queue_dead_page list_dead(struct queue *queue, uint64_t skip);
struct queue_dead_result settle_dead(struct queue *queue, const char *report_id,
                                     enum queue_dead_action action);
// Either may be NULL.
struct queue_pause_result set_paused(struct queue *queue, const char *account, const char *pack,
                                     bool is_paused);

// Weight and cap as in queue_account_change.
struct queue_account change_account(struct queue *queue, const char *account, int64_t weight,
                                    int64_t cap);
struct queue_account change_rate(struct queue *queue, const char *account, int64_t rate,
                                 int64_t burst);
struct account_list {
    struct queue_account accounts[FIXTURE_ACCOUNTS_MAX];
    size_t count;
};
struct account_list list_accounts(struct queue *queue);

enum { FIXTURE_FINDINGS_MAX = 32 };
struct diagnosis {
    struct {
        char area[16];
        char text[256];
        bool is_repaired;
    } findings[FIXTURE_FINDINGS_MAX];
    size_t count;
    struct queue_doctor_sum sum;
};
const struct diagnosis *run_doctor(struct queue *queue, bool repair);
