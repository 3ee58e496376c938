// SPDX-License-Identifier: MIT
#include "sim_check_private.h"

#include "base/crc16.h"
#include "base/mem.h"
#include "base/text.h"
#include "sim_server.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ALL_KEYS_EVERY = 256 };

struct sim_step sim_step;
struct sim_check_sum sim_sum;
unsigned sim_partition;
static unsigned partition_count;
static uint64_t account_cap;

const struct sim_check_sum *sim_check_sum(void)
{
    return &sim_sum;
}

// ---- partitions

unsigned sim_check_partitions(void)
{
    return partition_count;
}

unsigned sim_check_partition_of_key(const char *key, const char **name_out)
{
    static const char before[] = "packreport:{";
    unsigned partition = UINT_MAX;
    const char *digit = key + strlen(before);
    if (strncmp(key, before, strlen(before)) == 0 && *digit >= '0' && *digit <= '9') {
        partition = (unsigned)(*digit - '0');
    }
    if (partition >= partition_count || digit[1] != '}' || digit[2] != ':') {
        sim_fail("no-orphans", "%s is of no partition", key);
    }
    *name_out = digit + 3;
    return partition;
}

unsigned sim_check_partition_of_account(const char *account)
{
    return crc16(account, strlen(account)) % partition_count;
}

// ---- looking

int64_t sim_check_now_ms(void)
{
    return sim_redis_time_ms(sim_server_redis());
}

struct sim_object *sim_check_key(const char *name)
{
    char key[SIM_NAME_BYTES * 2];
    int len = snprintf(key, sizeof(key), "packreport:{%u}:%s", sim_partition, name);
    return sim_key_live(sim_server_redis(), key, (size_t)len);
}

const char *sim_check_field(const char *key, const char *field)
{
    const struct sim_object *object = sim_check_key(key);
    const struct sim_map_entry *entry =
        object == NULL ? NULL : sim_map_find(&object->map, field, strlen(field));
    return entry == NULL ? "" : ((const struct sim_text *)entry->value)->bytes;
}

// Copies the part of `text` that begins at *at and goes to `until`, and moves *at behind that. False where
// the text ends before.
static bool next_part(const char **at, char until, char *out, size_t size)
{
    const char *end = strchr(*at, until);
    if (end == NULL || (size_t)(end - *at) >= size) {
        return false;
    }
    memcpy(out, *at, (size_t)(end - *at));
    out[end - *at] = '\0';
    *at = end + 1;
    return true;
}

void sim_check_read_report(const char *key, struct sim_report *report_out)
{
    *report_out = (struct sim_report){.fence = 0};
    const struct sim_object *object = sim_check_key(key);
    if (object == NULL) {
        return;
    }
    char fence[24];
    char rest[SIM_NAME_BYTES * 2];
    const char *at = object->text->bytes;
    bool ok = next_part(&at, '|', report_out->status, sizeof(report_out->status)) &&
              next_part(&at, '|', fence, sizeof(fence)) &&
              next_part(&at, '|', report_out->id, sizeof(report_out->id)) &&
              next_part(&at, '\n', rest, sizeof(rest)) &&
              next_part(&at, '\n', rest, sizeof(rest)) &&
              next_part(&at, '|', report_out->complete_id, sizeof(report_out->complete_id)) &&
              next_part(&at, '\n', rest, sizeof(rest)) &&
              next_part(&at, '\n', report_out->location, sizeof(report_out->location));
    if (!ok) {
        sim_fail("files-match", "%s cannot be read: %s", key, object->text->bytes);
    }
    report_out->fence = strtoull(fence, NULL, 10);
}

// ---- noting what a step writes

static void note_request(void)
{
    const struct sim_object *requests = sim_check_key("requests");
    sim_check_note_entry(&requests->stream.entries[requests->stream.count - 1]);
}

static bool is_heartbeat(const char *name)
{
    return strcmp(name, "workers") == 0 || strcmp(name, "worker_info") == 0 ||
           strcmp(name, "grace") == 0;
}

// A command, and one of the keys that it writes.
static void note_write(const struct redis_arg *args, const char *key)
{
    const char *name;
    unsigned partition = sim_check_partition_of_key(key, &name);
    if (is_heartbeat(name)) {
        return;
    }
    if (sim_step.matters && partition != sim_partition) {
        sim_fail("no-orphans", "one step writes to partition %u and %s", sim_partition, key);
    }
    sim_step.matters = true;
    sim_partition = partition;
    if (sim_arg_is(&args[0], "SET") && strncmp(name, "history:", strlen("history:")) == 0) {
        sim_check_note_ending(name, args[2].bytes);
    } else if (sim_arg_is(&args[0], "HSET") && strncmp(name, "answer:", strlen("answer:")) == 0) {
        sim_check_note_answer(name + strlen("answer:"));
    } else if (strcmp(name, "requests") == 0 && sim_arg_is(&args[0], "XADD")) {
        note_request();
    }
    if (strchr(name, ':') != NULL && sim_step.touched_count < STEP_WRITES_MAX) {
        (void)text_copy(sim_step.touched[sim_step.touched_count++], SIM_NAME_BYTES, name);
    }
}

static void on_write(void *owner, const struct redis_arg *args, size_t count)
{
    (void)owner;
    bool is_group = sim_arg_is(&args[0], "XGROUP") || sim_arg_is(&args[0], "XREADGROUP");
    if (is_group || count < 2) {
        return;
    }
    bool has_pairs = sim_arg_is(&args[0], "MSET");
    for (size_t i = 1; i < (has_pairs ? count : 2); i += 2) {
        note_write(args, args[i].bytes);
    }
}

// ---- a step

void sim_check_step(const char *what)
{
    if (!sim_step.matters) {
        return;
    }
    sim_step.what = what;
    sim_sum.checks++;
    sim_check_jobs_step();
    sim_check_requests_step();
    sim_check_jobs_step_end();
    sim_check_keys_step();
    if (sim_sum.checks % ALL_KEYS_EVERY == 0) {
        sim_check_all_keys();
    }
    sim_step.matters = false;
    sim_step.number++;
    sim_step.touched_count = 0;
    sim_step.ending_count = 0;
}

static bool is_partition_settled(void)
{
    const struct sim_object *requests = sim_check_key("requests");
    bool is_read = requests == NULL || requests->stream.count == 0;
    return sim_check_unfinished() == 0 && sim_check_unanswered() == 0 && is_read;
}

bool sim_check_is_settled(void)
{
    for (sim_partition = 0; sim_partition < partition_count; sim_partition++) {
        if (!is_partition_settled()) {
            return false;
        }
    }
    return true;
}

// What the group of `requests` has of a worker.
static bool has_entries(const char *worker_id)
{
    const struct sim_object *requests = sim_check_key("requests");
    const struct sim_map_entry *group =
        requests == NULL ? NULL : sim_map_find(&requests->stream.groups, "intake", 6);
    const struct sim_group *intake = group == NULL ? NULL : group->value;
    for (size_t i = 0; intake != NULL && i < intake->pending_count; i++) {
        if (strcmp(intake->pending[i].consumer, worker_id) == 0) {
            return true;
        }
    }
    return intake != NULL && sim_map_find(&intake->consumers, worker_id, strlen(worker_id)) != NULL;
}

void sim_check_left(const char *worker_id, bool is_calm)
{
    for (sim_partition = 0; sim_partition < partition_count; sim_partition++) {
        const struct sim_object *workers = sim_check_key("workers");
        bool is_listed =
            workers != NULL && sim_map_find(&workers->map, worker_id, strlen(worker_id)) != NULL;
        if (is_listed && is_calm) {
            sim_fail("left-empty", "%s has ended and is on the list of partition %u", worker_id,
                     sim_partition);
        }
        const struct sim_job *job = sim_check_job_of_worker(worker_id);
        if (!is_listed && (job != NULL || has_entries(worker_id))) {
            sim_fail("left-empty", "%s is off the list of partition %u, and holds %s", worker_id,
                     sim_partition, job != NULL ? job->id : "its place among the readers");
        }
        sim_sum.left += is_listed ? 0 : 1;
    }
}

void sim_check_end(void)
{
    static const char *const empty[] = {"ready", "running", "delayed", "held", "creating"};
    for (sim_partition = 0; sim_partition < partition_count; sim_partition++) {
        for (size_t i = 0; i < ARRAY_LEN(empty); i++) {
            if (sim_check_key(empty[i]) != NULL) {
                sim_fail("settled", "`%s` of partition %u is not empty", empty[i], sim_partition);
            }
        }
    }
    sim_check_all_keys();
}

uint64_t sim_check_account_cap(void)
{
    return account_cap;
}

void sim_check_open(unsigned partitions, uint64_t cap)
{
    REQUIRE(partitions >= 1 && partitions <= SIM_PARTITIONS_MAX);
    partition_count = partitions;
    account_cap = cap;
    memset(&sim_step, 0, sizeof(sim_step));
    sim_step.number = 1;
    sim_check_jobs_open();
    sim_check_requests_open();
    sim_check_keys_open();
    sim_redis_on_write(sim_server_redis(), on_write, NULL);
}

void sim_check_close(void)
{
    sim_check_jobs_close();
    sim_check_requests_close();
    sim_check_keys_close();
}
