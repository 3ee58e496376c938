// SPDX-License-Identifier: MIT
#include "job_lease.h"

#include "base/clock.h"

void job_lease_init(struct job_lease *lease, int64_t lease_ms, int64_t sent_at_ms)
{
    lease->lease_ms = lease_ms;
    atomic_init(&lease->confirmed_at_ms, sent_at_ms);
}

void job_lease_confirm(struct job_lease *lease, int64_t sent_at_ms)
{
    if (sent_at_ms > atomic_load(&lease->confirmed_at_ms)) {
        atomic_store(&lease->confirmed_at_ms, sent_at_ms);
    }
}

int64_t job_lease_age_ms(const struct job_lease *lease)
{
    return clock_boot_ms() - atomic_load(&lease->confirmed_at_ms);
}

int64_t job_lease_left_ms(const struct job_lease *lease)
{
    return lease->lease_ms * 2 / 3 - job_lease_age_ms(lease);
}

bool job_lease_is_sure(const struct job_lease *lease)
{
    return job_lease_left_ms(lease) > 0;
}
