// SPDX-License-Identifier: MIT
//
// What jobs need beside the queue, and how it serves: the store, and each upstream service, which is
// the host that a base_url names. Each has a breaker (breaker.h), so that an outage costs jobs time
// and not attempts: while it is open, what needs the service is not begun, and waits.
//
// Whether a failed attempt counts against its job:
//   of the store      no: a disk that is full or broken is the worker's, not the job's
//   of an upstream    only when the service is known to serve others: its breaker is closed, it has
//                     answered somebody here since the job was accepted, and nobody has failed since
//                     that answer. So a job that alone makes its service fail uses up its attempts
//                     beside others that succeed; in an outage it loses one at most for each worker
//                     that was served after the job was accepted, and a trial that fails costs none
//   with threshold 0  always
//
// Opening and closing are logged, with the cause. Private to worker. Thread: the loop's.
#pragma once

#include "base/err.h"
#include "base/log.h"
#include "breaker.h"

#include <stdbool.h>
#include <stdint.h>

enum service_kind { SERVICE_STORE, SERVICE_UPSTREAM };

struct services;
struct service;

// An attempt's part in a service, from service_enter to service_leave; all zero: none.
struct service_use {
    struct service *service;
    uint64_t trial; // of the breaker; 0: none
};

// The policy is copied; the store's threshold is 1 where there is any. The log is borrowed.
struct services *services_create(const struct breaker_policy *policy, struct log *log);
// Only when nobody uses one.
void services_destroy(struct services **services);

struct service *services_store(struct services *services);
// NULL when LIMIT_UPSTREAMS others are in use or have failed: it goes without a breaker then. Valid
// until the next call.
struct service *services_upstream(struct services *services, const char *base_url);
// How many of a kind are not closed.
unsigned services_away(const struct services *services, enum service_kind kind);

// False: its breaker is open, or half open with a trial under way. Else `use` is filled.
bool service_enter(struct service *service, struct service_use *use);
// Does nothing of a use that is none, and ends a trial that said nothing.
void service_leave(struct service_use *use);
// It served this attempt.
void service_note_answer(struct service_use *use);
// It did not. Returns whether the attempt counts against its job.
bool service_note_failure(struct service_use *use, const struct err *cause, int64_t accepted_at_ms);

enum breaker_state service_state(const struct service *service);
bool service_is_on_trial(const struct service *service);
// Until its breaker is half open, and how long it has been so; 0 when it is not open, or not half open.
int64_t service_wait_ms(const struct service *service);
int64_t service_half_open_ms(const struct service *service);
const char *service_name(const struct service *service); // "store", or "https://<host>"
// The last failure; of one that was closed since, too.
const struct err *service_cause(const struct service *service);
