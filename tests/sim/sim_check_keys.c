// SPDX-License-Identifier: MIT
//
// Reports with their files, and whether each key has an owner or a time to live.
#include "sim_check_private.h"

#include "base/mem.h"
#include "base/text.h"
#include "sim_outside.h"
#include "sim_server.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct report {
    uint64_t fence;
    char complete_id[SIM_NAME_BYTES];
    char location[SIM_NAME_BYTES * 2];
};

static struct sim_map reports[SIM_PARTITIONS_MAX]; // "account:pack" -> struct report

static void free_report(void *value)
{
    mem_free(&value);
}

void sim_check_keys_open(void)
{
    for (size_t i = 0; i < SIM_PARTITIONS_MAX; i++) {
        sim_map_init(&reports[i], free_report);
    }
}

void sim_check_keys_close(void)
{
    for (size_t i = 0; i < SIM_PARTITIONS_MAX; i++) {
        sim_map_deinit(&reports[i]);
    }
}

// ---- reports

static struct report *note_report(const char *pack)
{
    struct sim_map_entry *entry = sim_map_put(&reports[sim_partition], pack, strlen(pack));
    if (entry->value == NULL) {
        entry->value = mem_alloc(1, sizeof(struct report));
    }
    return entry->value;
}

// "/store/<account>/<pack>/<report>/<fence>" with the text "<account> <report> <fence>".
static void check_files(const char *pack, const struct report *report)
{
    char expected[SIM_NAME_BYTES * 2];
    const char *fence = strrchr(report->location, '/');
    const char *text = sim_store_report(report->location);
    (void)snprintf(expected, sizeof(expected), "%.*s %s %s", (int)strcspn(pack, ":"), pack,
                   report->complete_id, fence == NULL ? "" : fence + 1);
    if (text == NULL || strcmp(text, expected) != 0) {
        sim_fail("files-match", "the report %s of %s should lie at %s; there is %s",
                 report->complete_id, pack, report->location, text == NULL ? "nothing" : text);
    }
}

// The last complete report has changed: an attempt has ended so in this step.
static void check_completed(const char *pack, struct report *report, const char *id,
                            const char *location)
{
    const struct sim_job *job = sim_check_job(id);
    const struct sim_ending *ending = job == NULL ? NULL : sim_check_ending_of(job);
    if (ending == NULL || strcmp(ending->outcome, "complete") != 0 ||
        strcmp(ending->location, location) != 0) {
        sim_fail("no-stale-write", "the report of %s became %s at %s without an attempt that ended",
                 pack, id, location);
    }
    (void)text_copy(report->complete_id, sizeof(report->complete_id), id);
    (void)text_copy(report->location, sizeof(report->location), location);
    check_files(pack, report);
}

static void check_report(const char *key)
{
    const char *pack = key + strlen("report:");
    struct report *report = note_report(pack);
    struct sim_report stored;
    sim_check_read_report(key, &stored);
    if (stored.fence < report->fence) {
        sim_fail("fence-rises", "%s: fence %" PRIu64 " over %" PRIu64, key, stored.fence,
                 report->fence);
    }
    report->fence = stored.fence;
    if (strcmp(stored.complete_id, report->complete_id) != 0 ||
        strcmp(stored.location, report->location) != 0) {
        check_completed(pack, report, stored.complete_id, stored.location);
    }
}

void sim_check_keys_step(void)
{
    for (size_t i = 0; i < sim_step.touched_count; i++) {
        if (strncmp(sim_step.touched[i], "report:", strlen("report:")) == 0) {
            check_report(sim_step.touched[i]);
        }
    }
}

// ---- all keys

static bool is_fixed(const char *name)
{
    static const char *const names[] = {"partitions", "requests", "creating",    "jobs",   "ready",
                                        "running",    "delayed",  "dead",        "fence",  "fair",
                                        "events",     "workers",  "worker_info", "paused", "held",
                                        "control",    "accounts", "unfinished"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (strcmp(name, names[i]) == 0) {
            return true;
        }
    }
    return strncmp(name, "report:", strlen("report:")) == 0;
}

// A token's key lives exactly as long as its job, and then for a while.
static bool has_owner(const char *name)
{
    if (strncmp(name, "dead:", strlen("dead:")) == 0) {
        const struct sim_job *job = sim_check_job(name + strlen("dead:"));
        return job != NULL && job->is_there && job->place == PLACE_DEAD;
    }
    if (strncmp(name, "token:", strlen("token:")) == 0) {
        const struct sim_job *job = sim_check_job(sim_check_field(name, "report_id"));
        return job != NULL && job->is_there && job->place != PLACE_DEAD;
    }
    return is_fixed(name);
}

static void check_key(const struct sim_map_entry *entry)
{
    const char *name;
    sim_partition = sim_check_partition_of_key(entry->key, &name);
    const struct sim_object *object = sim_key_live(sim_server_redis(), entry->key, entry->len);
    if (object == NULL) {
        return;
    }
    bool owned = has_owner(name);
    bool is_token = strncmp(name, "token:", strlen("token:")) == 0;
    if (!owned && object->expires_ms == 0) {
        sim_fail("no-orphans", "%s has neither an owner nor a time to live", name);
    }
    if (owned && is_token && object->expires_ms != 0) {
        sim_fail("one-token-outcome", "%s will expire while its job is alive", name);
    }
}

static void check_letters(void)
{
    const struct sim_object *dead = sim_check_key("dead");
    for (size_t i = 0; dead != NULL && i < dead->map.used; i++) {
        char key[SIM_NAME_BYTES + 16];
        if (dead->map.entries[i].key == NULL) {
            continue;
        }
        (void)snprintf(key, sizeof(key), "dead:%s", dead->map.entries[i].key);
        if (sim_check_key(key) == NULL) {
            sim_fail("no-orphans", "the dead job %s has no letter", dead->map.entries[i].key);
        }
    }
}

static void check_all_files(void)
{
    const struct sim_map *own = &reports[sim_partition];
    for (size_t i = 0; i < own->used; i++) {
        const struct report *report = own->entries[i].value;
        if (report->location[0] != '\0') {
            check_files(own->entries[i].key, report);
        }
    }
}

void sim_check_all_keys(void)
{
    const struct sim_map *keys = &sim_server_redis()->keys;
    for (size_t i = 0; i < keys->used; i++) {
        if (keys->entries[i].key != NULL) {
            check_key(&keys->entries[i]);
        }
    }
    for (sim_partition = 0; sim_partition < sim_check_partitions(); sim_partition++) {
        check_letters();
        check_all_files();
    }
}
