// SPDX-License-Identifier: MIT
//
// What workers do outside Redis, against whose the job is there.
#include "sim_check_private.h"

#include "sim_server.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

// A lease is a duration by the server's clock; one that jumps ahead ends it early, and no worker can
// know. Longer than any lease of a world.
enum { AFTER_JUMP_US = 20 * SIM_SECOND_US };

static bool is_of(const struct sim_job *job, const struct sim_actor *actor)
{
    size_t len = strlen(actor->name);
    return strncmp(job->owner, actor->name, len) == 0 && job->owner[len] == ':';
}

void sim_check_effect(const struct sim_actor *actor, const struct sim_effect *effect)
{
    if (sim_now_us() - sim_server_jumped_ahead_at_us() < AFTER_JUMP_US) {
        return;
    }
    unsigned partition = sim_partition;
    sim_partition = sim_check_partition_of_account(effect->account);
    char pack[SIM_NAME_BYTES];
    (void)snprintf(pack, sizeof(pack), "%s:%s", effect->account, effect->pack);
    const struct sim_job *job = sim_check_unfinished_job(pack);
    bool is_owners = job != NULL && job->place == PLACE_RUNNING && is_of(job, actor) &&
                     (effect->fence == 0 || job->fence == effect->fence);
    if (!is_owners) {
        sim_fail("one-owner",
                 "%s: %s of %s, fence %" PRIu64 ", and the job is of \"%s\", fence %" PRIu64,
                 actor->name, effect->what, pack, effect->fence, job == NULL ? "" : job->owner,
                 job == NULL ? 0 : job->fence);
    }
    sim_sum.effects++;
    sim_partition = partition;
}
