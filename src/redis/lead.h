// SPDX-License-Identifier: MIT
//
// Who leads a connection to its master: Sentinels, a cluster, or nobody, when the config names the
// server itself. Says whom to ask, remembers where it has led, and judges what is said later. All
// but redis_lead_is_there do nothing when nobody leads. Thread: the loop's.
#pragma once

#include "base/err.h"
#include "base/loop.h"
#include "cluster_search.h"
#include "master.h"
#include "redis/connection.h"
#include "sentinel.h"

#include <stdbool.h>

enum { REDIS_LEAD_TEXT_BYTES = REDIS_HOST_BYTES + 16 };

struct redis_lead {
    const struct redis_config *config;            // borrowed
    struct redis_sentinel_search sentinel_search; // with Sentinels only
    struct redis_slot_search slot_search;         // with a cluster only
    struct redis_master master;                   // where it has led last; host "" before
    char master_text[REDIS_LEAD_TEXT_BYTES];      // the same as "host:port"
    struct redis_master moved;                    // where a MOVED sends us; host "" when none does
    unsigned others; // Sentinels, or nodes of the cluster, in a row that named another master
};

// on_found answers each redis_lead_seek, as sentinel.h and cluster_search.h have it. Everything is
// borrowed.
void redis_lead_init(struct redis_lead *lead, uv_loop_t *loop, struct loop_closing *closing,
                     const struct redis_config *config, redis_found_cb on_found, void *owner);

// Somebody has to be asked where the master is.
bool redis_lead_is_there(const struct redis_lead *lead);
// Asks. A search that is under way answers this, too.
void redis_lead_seek(struct redis_lead *lead);
// The next search begins with another one: the last answer was of no use.
void redis_lead_doubt(struct redis_lead *lead);
// Asks another one than before, for a second opinion.
void redis_lead_seek_another(struct redis_lead *lead);

// Notes where an error reply sends the connection, if it is a MOVED of a cluster. It is believed
// once: true, and *master_out is filled, for the first call after it.
void redis_lead_note_moved(struct redis_lead *lead, const struct redis_reply *reply);
bool redis_lead_take_moved(struct redis_lead *lead, struct redis_master *master_out);

// From now on `master` is the one that the connection goes to.
void redis_lead_follow(struct redis_lead *lead, const struct redis_master *master);
// What was said while the connection stands; NULL: nobody answered, which is no reason to leave a
// master. ERR_UNAVAILABLE once it has been replaced by the word of two in a row: one that was cut
// off may name an old master for long.
enum err_kind redis_lead_judge(struct redis_lead *lead, const struct redis_master *master,
                               struct err *err);

// For the next one that is asked.
void redis_lead_set_tls(struct redis_lead *lead, struct redis_tls *tls);

// The end: on_found does not come any more. Shut, any number of times; then close, once.
void redis_lead_shut(struct redis_lead *lead, const struct err *reason);
void redis_lead_close(struct redis_lead *lead);
