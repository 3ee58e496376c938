// SPDX-License-Identifier: MIT
//
// How long a run is sure that its job is its own: two thirds of the lease, counted from when the
// claim, or the renewal, that Redis has confirmed was sent. Redis counts the whole lease from when it
// ran that script, which is later, so a third of it is left for what was begun just before. By the
// clock since boot: a suspended machine loses its leases as any other that is silent.
//
// Thread: init and confirm on the loop's; the questions on any.
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct job_lease {
    int64_t lease_ms;
    atomic_int_least64_t confirmed_at_ms; // clock_boot_ms
};

void job_lease_init(struct job_lease *lease, int64_t lease_ms, int64_t sent_at_ms);
// Something that was sent at `sent_at_ms` (clock_boot_ms) was confirmed. Never shortens.
void job_lease_confirm(struct job_lease *lease, int64_t sent_at_ms);

// Until nothing may be begun any more; 0 or less: that is so now.
int64_t job_lease_left_ms(const struct job_lease *lease);
// To be asked in front of each effect, on the thread that makes it: a store's stage or publish, a
// request to others, the recording of an end. Timers alone are no answer: a process that was stopped
// finds all of them due at once.
bool job_lease_is_sure(const struct job_lease *lease);
// Since the confirmed one was sent.
int64_t job_lease_age_ms(const struct job_lease *lease);
