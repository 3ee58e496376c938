// SPDX-License-Identifier: MIT
#include "lead.h"

#include "slots.h"

#include <stdio.h>

enum { OTHERS_BELIEVED = 2 };

static bool has_sentinels(const struct redis_lead *lead)
{
    return lead->config->sentinel_count > 0;
}

static bool has_cluster(const struct redis_lead *lead)
{
    return lead->config->cluster != NULL;
}

void redis_lead_init(struct redis_lead *lead, uv_loop_t *loop, struct loop_closing *closing,
                     const struct redis_config *config, redis_found_cb on_found, void *owner)
{
    *lead = (struct redis_lead){.config = config};
    lead->slot_search =
        (struct redis_slot_search){.slot = config->slot, .on_found = on_found, .owner = owner};
    if (has_sentinels(lead)) {
        redis_sentinel_search_init(&lead->sentinel_search, loop, closing, config, on_found, owner);
    }
}

bool redis_lead_is_there(const struct redis_lead *lead)
{
    return has_sentinels(lead) || has_cluster(lead);
}

void redis_lead_seek(struct redis_lead *lead)
{
    if (has_sentinels(lead) && !lead->sentinel_search.finder.is_busy) {
        redis_finder_start(&lead->sentinel_search.finder);
    } else if (has_cluster(lead) && !lead->slot_search.is_busy) {
        redis_cluster_search(lead->config->cluster, &lead->slot_search);
    }
}

void redis_lead_doubt(struct redis_lead *lead)
{
    if (has_sentinels(lead)) {
        redis_finder_doubt(&lead->sentinel_search.finder);
    } else if (has_cluster(lead)) {
        redis_cluster_doubt(lead->config->cluster);
    }
}

void redis_lead_seek_another(struct redis_lead *lead)
{
    if (!has_sentinels(lead) || !lead->sentinel_search.finder.is_busy) {
        redis_lead_doubt(lead);
        redis_lead_seek(lead);
    }
}

void redis_lead_note_moved(struct redis_lead *lead, const struct redis_reply *reply)
{
    if (has_cluster(lead)) {
        (void)redis_slots_read_moved(reply, lead->master.host, &lead->moved);
    }
}

bool redis_lead_take_moved(struct redis_lead *lead, struct redis_master *master_out)
{
    if (lead->moved.host[0] == '\0') {
        return false;
    }
    *master_out = lead->moved;
    lead->moved = (struct redis_master){0};
    return true;
}

void redis_lead_follow(struct redis_lead *lead, const struct redis_master *master)
{
    lead->master = *master;
    lead->others = 0;
    (void)snprintf(lead->master_text, sizeof(lead->master_text), "%s:%u", master->host,
                   (unsigned)master->port);
}

enum err_kind redis_lead_judge(struct redis_lead *lead, const struct redis_master *master,
                               struct err *err)
{
    if (master == NULL || redis_master_is_same(master, &lead->master)) {
        lead->others = 0;
        return ERR_OK;
    }
    lead->others++;
    return lead->others < OTHERS_BELIEVED
               ? ERR_OK
               : err_set(err, ERR_UNAVAILABLE, "%s has made %s:%u the master",
                         has_cluster(lead) ? "the cluster" : "Sentinel", master->host,
                         (unsigned)master->port);
}

void redis_lead_set_tls(struct redis_lead *lead, struct redis_tls *tls)
{
    if (has_sentinels(lead)) {
        lead->sentinel_search.finder.question.tls = tls;
    }
}

void redis_lead_shut(struct redis_lead *lead, const struct err *reason)
{
    if (has_sentinels(lead)) {
        redis_finder_shut(&lead->sentinel_search.finder, reason);
    } else if (has_cluster(lead)) {
        redis_cluster_forget(lead->config->cluster, &lead->slot_search);
    }
}

void redis_lead_close(struct redis_lead *lead)
{
    if (has_sentinels(lead)) {
        redis_finder_close(&lead->sentinel_search.finder);
    }
}
