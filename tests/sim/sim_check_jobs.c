// SPDX-License-Identifier: MIT
//
// Jobs, from place to place and from owner to owner, to their ends; the packs and the accounts that
// they are of.
#include "sim_check_private.h"

#include "base/mem.h"
#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const place_names[PLACES] = {"ready", "running", "delayed", "held", "dead"};

static struct seen {
    struct sim_map jobs; // id -> struct sim_job
    struct sim_map live; // those that are there, borrowed
    uint64_t highest_fence;
    size_t unfinished;
} seen[SIM_PARTITIONS_MAX];

static void free_job(void *value)
{
    mem_free(&value);
}

void sim_check_jobs_open(void)
{
    for (size_t i = 0; i < SIM_PARTITIONS_MAX; i++) {
        seen[i] = (struct seen){0};
        sim_map_init(&seen[i].jobs, free_job);
        sim_map_init(&seen[i].live, NULL);
    }
}

void sim_check_jobs_close(void)
{
    for (size_t i = 0; i < SIM_PARTITIONS_MAX; i++) {
        sim_map_deinit(&seen[i].live);
        sim_map_deinit(&seen[i].jobs);
    }
}

// ---- looking

struct sim_job *sim_check_job(const char *id)
{
    struct sim_map_entry *entry = sim_map_find(&seen[sim_partition].jobs, id, strlen(id));
    return entry == NULL ? NULL : entry->value;
}

size_t sim_check_unfinished(void)
{
    return seen[sim_partition].unfinished;
}

const struct sim_job *sim_check_unfinished_job(const char *pack)
{
    for (size_t i = 0; i < seen[sim_partition].live.used; i++) {
        const struct sim_job *job = seen[sim_partition].live.entries[i].value;
        if (seen[sim_partition].live.entries[i].key != NULL && strcmp(job->pack, pack) == 0 &&
            job->place != PLACE_DEAD) {
            return job;
        }
    }
    return NULL;
}

const struct sim_job *sim_check_job_of_worker(const char *worker_id)
{
    for (size_t i = 0; i < seen[sim_partition].live.used; i++) {
        const struct sim_job *job = seen[sim_partition].live.entries[i].value;
        if (seen[sim_partition].live.entries[i].key != NULL && strcmp(job->owner, worker_id) == 0) {
            return job;
        }
    }
    return NULL;
}

bool sim_check_was_creating(const char *pack)
{
    return sim_check_unfinished_job(pack) != NULL;
}

const struct sim_ending *sim_check_ending_of(const struct sim_job *job)
{
    for (size_t i = sim_step.ending_count; i > 0; i--) {
        if (sim_step.endings[i - 1].job == job) {
            return &sim_step.endings[i - 1];
        }
    }
    return NULL;
}

// ---- noting what a step writes

// Splits at '|' into `count` parts, the last of which may hold more of them; false with fewer.
static bool split(char *text, char **parts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        parts[i] = text;
        char *end = strchr(text, '|');
        if (i + 1 < count && end == NULL) {
            return false;
        }
        if (i + 1 < count) {
            *end = '\0';
            text = end + 1;
        }
    }
    return true;
}

static struct sim_job *note_job(const char *id)
{
    size_t len = strlen(id);
    struct sim_map_entry *entry = sim_map_put(&seen[sim_partition].jobs, id, len);
    if (entry->value == NULL) {
        struct sim_job *job = mem_alloc(1, sizeof(*job));
        (void)text_copy(job->id, sizeof(job->id), id);
        job->born_in = sim_step.number;
        job->is_there = true;
        entry->value = job;
        sim_map_put(&seen[sim_partition].live, id, len)->value = job;
        sim_sum.jobs++;
    }
    return entry->value;
}

// The line of the text that begins with `name` and a blank, without them; "" without one. mem_free.
static char *line_of(const char *text, const char *name)
{
    char start[32];
    (void)snprintf(start, sizeof(start), "\n%s ", name);
    const char *line = strstr(text, start);
    if (line == NULL) {
        return mem_text("");
    }
    line += strlen(start);
    return mem_format("%.*s", (int)strcspn(line, "\n"), line);
}

void sim_check_note_ending(const char *name, const char *text)
{
    // outcome, when, step; then the record of the job
    enum { OUTCOME = 0, RECORD = 3, FIELDS = RECORD + JOB_FIELDS };
    char *line = mem_format("%.*s", (int)strcspn(text, "\n"), text);
    char *parts[FIELDS];
    if (!split(line, parts, FIELDS)) {
        sim_fail("no-stale-write", "%s cannot be read: %s", name, text);
    }
    REQUIRE(sim_step.ending_count < STEP_ENDINGS_MAX);
    struct sim_ending *ending = &sim_step.endings[sim_step.ending_count++];
    // A job that was late when it was admitted is made and ended in one step.
    *ending = (struct sim_ending){.job = note_job(name + strlen("history:")),
                                  .fence = strtoull(parts[RECORD + JOB_FENCE], NULL, 10)};
    (void)snprintf(ending->job->pack, sizeof(ending->job->pack), "%s:%s",
                   parts[RECORD + JOB_ACCOUNT], parts[RECORD + JOB_PACK]);
    (void)text_copy(ending->outcome, sizeof(ending->outcome), parts[OUTCOME]);
    (void)text_copy(ending->worker, sizeof(ending->worker), parts[RECORD + JOB_OWNER]);
    char *location = line_of(text, "location");
    (void)text_copy(ending->location, sizeof(ending->location), location);
    mem_free(&location);
    mem_free(&line);
}

// ---- endings

static bool is_outcome(const struct sim_ending *ending, const char *outcome)
{
    return strcmp(ending->outcome, outcome) == 0;
}

static void count_ending(const struct sim_ending *ending)
{
    sim_sum.complete += is_outcome(ending, "complete");
    sim_sum.failed += is_outcome(ending, "failed");
    sim_sum.cancelled += is_outcome(ending, "cancelled");
    sim_sum.dead += is_outcome(ending, "dead");
    sim_sum.retries += is_outcome(ending, "retry");
    sim_sum.recovered += is_outcome(ending, "lease_ran_out");
}

static bool is_released(const struct sim_job *job)
{
    return job->owner[0] == '\0' || job->released_in == sim_step.number;
}

// "<...>/<ReportId>/<fence>": the files are those of the attempt that ended.
static void check_location(const struct sim_ending *ending)
{
    char end[SIM_NAME_BYTES + 32];
    int len = snprintf(end, sizeof(end), "/%s/%" PRIu64, ending->job->id, ending->fence);
    size_t size = strlen(ending->location);
    if (size < (size_t)len || strcmp(ending->location + size - (size_t)len, end) != 0) {
        sim_fail("no-stale-write", "job %s: fence %" PRIu64 " is complete with other files: %s",
                 ending->job->id, ending->fence, ending->location);
    }
}

// Against the job as it was before the step.
static void check_ending(const struct sim_ending *ending)
{
    struct sim_job *job = ending->job;
    if (!job->is_there || job->place == PLACE_DEAD) {
        sim_fail("no-stale-write", "job %s: \"%s\" of %s, fence %" PRIu64 ", and it was over",
                 job->id, ending->outcome, ending->worker, ending->fence);
    }
    // A lease that ran out ends an attempt, and what comes of the job may be one more ending.
    bool is_nobodys = is_released(job) && ending->worker[0] == '\0';
    bool is_owners = strcmp(job->owner, ending->worker) == 0;
    if ((!is_owners && !is_nobodys) || job->fence != ending->fence) {
        sim_fail("no-stale-write",
                 "job %s: \"%s\" of \"%s\", fence %" PRIu64
                 ", and it was of \"%s\", fence %" PRIu64,
                 job->id, ending->outcome, ending->worker, ending->fence, job->owner, job->fence);
    }
    if (is_outcome(ending, "lease_ran_out") && job->lease_end > (double)sim_check_now_ms()) {
        sim_fail("one-owner", "job %s was taken from %s, whose lease ends in %.0f ms", job->id,
                 job->owner, job->lease_end - (double)sim_check_now_ms());
    }
    if (is_outcome(ending, "complete")) {
        check_location(ending);
    }
    job->released_in = sim_step.number;
    count_ending(ending);
}

// ---- jobs

static enum sim_job_place place_of(const char *id, double *score_out)
{
    enum sim_job_place place = PLACES;
    for (size_t i = 0; i < PLACES; i++) {
        const struct sim_object *zset = sim_check_key(place_names[i]);
        const struct sim_map_entry *member =
            zset == NULL ? NULL : sim_map_find(&zset->map, id, strlen(id));
        if (member != NULL && place != PLACES) {
            sim_fail("one-place", "job %s is in %s and in %s", id, place_names[place],
                     place_names[i]);
        }
        if (member != NULL) {
            place = (enum sim_job_place)i;
            *score_out = member->score;
        }
    }
    if (place == PLACES) {
        sim_fail("one-place", "job %s is in no place", id);
    }
    return place;
}

static void check_claim(const struct sim_job *before, uint64_t fence, const char *owner)
{
    if (fence < before->fence) {
        sim_fail("fence-rises", "job %s: fence %" PRIu64 " after %" PRIu64, before->id, fence,
                 before->fence);
    }
    if (fence <= seen[sim_partition].highest_fence) {
        sim_fail("fence-rises", "job %s: fence %" PRIu64 ", and %" PRIu64 " was given before",
                 before->id, fence, seen[sim_partition].highest_fence);
    }
    if (!is_released(before)) {
        sim_fail("one-owner", "job %s goes from %s to %s without an ending", before->id,
                 before->owner, owner);
    }
}

static void check_job(const struct sim_map_entry *field, uint64_t *highest)
{
    char *text = mem_text(((const struct sim_text *)field->value)->bytes);
    char *parts[JOB_FIELDS];
    double score = 0;
    if (!split(text, parts, JOB_FIELDS)) {
        sim_fail("one-place", "job %s has a record that cannot be read: %s", field->key, text);
    }
    struct sim_job *job = note_job(field->key);
    uint64_t fence = strtoull(parts[JOB_FENCE], NULL, 10);
    enum sim_job_place place = place_of(job->id, &score);
    if (!job->is_there) {
        sim_fail("no-stale-write", "job %s is back after its end", job->id);
    }
    if ((parts[JOB_OWNER][0] != '\0') != (place == PLACE_RUNNING)) {
        sim_fail("one-owner", "job %s is in %s and has the owner \"%s\"", job->id,
                 place_names[place], parts[JOB_OWNER]);
    }
    if (fence != job->fence) {
        check_claim(job, fence, parts[JOB_OWNER]);
    } else if (!is_released(job) && strcmp(job->owner, parts[JOB_OWNER]) != 0) {
        sim_fail("one-owner", "job %s leaves %s without an ending", job->id, job->owner);
    }
    *highest = fence > *highest ? fence : *highest;
    if (place == PLACE_DEAD && job->place != PLACE_DEAD) {
        job->idle_since_ms = sim_check_now_ms();
    }
    job->fence = fence;
    job->place = place;
    job->lease_end = score;
    job->seen_in = sim_step.number;
    (void)text_copy(job->owner, sizeof(job->owner), parts[JOB_OWNER]);
    (void)text_copy(job->token, sizeof(job->token), parts[JOB_TOKEN]);
    (void)snprintf(job->pack, sizeof(job->pack), "%s:%s", parts[JOB_ACCOUNT], parts[JOB_PACK]);
    mem_free(&text);
}

// A job that is gone since the last step: it has ended, or was a dead letter.
static void check_gone(struct sim_job *job)
{
    const struct sim_ending *ending = sim_check_ending_of(job);
    bool was_dead = job->place == PLACE_DEAD;
    bool is_final =
        ending != NULL && (is_outcome(ending, "complete") || is_outcome(ending, "failed") ||
                           is_outcome(ending, "cancelled"));
    if (!was_dead && !is_final) {
        sim_fail("not-lost", "job %s vanished from %s without an end", job->id,
                 place_names[job->place]);
    }
    job->is_there = false;
    job->idle_since_ms = was_dead ? job->idle_since_ms : sim_check_now_ms();
}

static void check_jobs(void)
{
    const struct sim_object *jobs = sim_check_key("jobs");
    uint64_t highest = seen[sim_partition].highest_fence;
    size_t there = 0;
    for (size_t i = 0; jobs != NULL && i < jobs->map.used; i++) {
        if (jobs->map.entries[i].key != NULL) {
            check_job(&jobs->map.entries[i], &highest);
            there++;
        }
    }
    size_t placed = 0;
    for (size_t i = 0; i < PLACES; i++) {
        const struct sim_object *zset = sim_check_key(place_names[i]);
        placed += zset == NULL ? 0 : zset->map.live;
    }
    if (placed != there) {
        sim_fail("one-place", "%zu places are taken, and there are %zu jobs", placed, there);
    }
    const struct sim_object *dead = sim_check_key("dead");
    const struct sim_object *counter = sim_check_key("fence");
    seen[sim_partition].unfinished = there - (dead == NULL ? 0 : dead->map.live);
    seen[sim_partition].highest_fence = highest;
    if (counter != NULL && strtoull(counter->text->bytes, NULL, 10) < highest) {
        sim_fail("fence-rises", "the counter is %s, and %" PRIu64 " was given",
                 counter->text->bytes, highest);
    }
}

static void check_vanished(void)
{
    for (size_t i = 0; i < seen[sim_partition].live.used; i++) {
        struct sim_job *job = seen[sim_partition].live.entries[i].value;
        if (seen[sim_partition].live.entries[i].key == NULL || job->seen_in == sim_step.number) {
            continue;
        }
        check_gone(job);
        sim_map_remove(&seen[sim_partition].live, job->id, strlen(job->id));
    }
}

// Whoever is in the making was accepted in the same step.
static void check_born(void)
{
    for (size_t i = 0; i < seen[sim_partition].live.used; i++) {
        const struct sim_job *job = seen[sim_partition].live.entries[i].value;
        if (seen[sim_partition].live.entries[i].key != NULL && job->born_in == sim_step.number &&
            !job->is_accepted) {
            sim_fail("answered-right", "job %s was made, and nobody was told", job->id);
        }
    }
}

// ---- packs

static void check_holder(const struct sim_map_entry *field)
{
    const char *id = ((const struct sim_text *)field->value)->bytes;
    const struct sim_job *job = sim_check_job(id);
    char report[SIM_NAME_BYTES * 2];
    (void)snprintf(report, sizeof(report), "report:%s", field->key);
    if (job == NULL || !job->is_there || job->place == PLACE_DEAD) {
        sim_fail("one-holder", "pack %s is CREATING with %s, which is no unfinished job",
                 field->key, id);
    }
    if (strcmp(job->pack, field->key) != 0) {
        sim_fail("one-holder", "pack %s is CREATING with the job of %s", field->key, job->pack);
    }
    struct sim_report stored;
    sim_check_read_report(report, &stored);
    if (strcmp(stored.status, "CREATING") != 0 || strcmp(stored.id, id) != 0) {
        sim_fail("one-holder", "pack %s is CREATING with %s, and its report is %s of %s",
                 field->key, id, stored.status, stored.id);
    }
}

static void check_packs(void)
{
    const struct sim_object *creating = sim_check_key("creating");
    size_t held = creating == NULL ? 0 : creating->map.live;
    for (size_t i = 0; held > 0 && i < creating->map.used; i++) {
        if (creating->map.entries[i].key != NULL) {
            check_holder(&creating->map.entries[i]);
        }
    }
    // Each holder has a job of its own, so with as many of them no job is without.
    if (held != seen[sim_partition].unfinished) {
        sim_fail("one-holder", "%zu packs are CREATING, and %zu jobs are unfinished", held,
                 seen[sim_partition].unfinished);
    }
}

// ---- accounts

static size_t count_unfinished_of(const char *account, size_t len)
{
    size_t count = 0;
    for (size_t i = 0; i < seen[sim_partition].live.used; i++) {
        const struct sim_map_entry *entry = &seen[sim_partition].live.entries[i];
        const struct sim_job *job = entry->value;
        count += entry->key != NULL && job->place != PLACE_DEAD &&
                 strncmp(job->pack, account, len) == 0 && job->pack[len] == ':';
    }
    return count;
}

size_t sim_check_unfinished_of(const char *account)
{
    return count_unfinished_of(account, strlen(account));
}

static void check_counts(void)
{
    const struct sim_object *counts = sim_check_key("unfinished");
    size_t counted = 0;
    for (size_t i = 0; counts != NULL && i < counts->map.used; i++) {
        const struct sim_map_entry *field = &counts->map.entries[i];
        if (field->key == NULL) {
            continue;
        }
        size_t count = strtoull(((const struct sim_text *)field->value)->bytes, NULL, 10);
        size_t unfinished = count_unfinished_of(field->key, field->len);
        if (count != unfinished) {
            sim_fail("counted", "%zu unfinished jobs of account %s are counted, and there are %zu",
                     count, field->key, unfinished);
        }
        counted += count;
    }
    if (counted != seen[sim_partition].unfinished) {
        sim_fail("counted", "%zu unfinished jobs are counted, and there are %zu", counted,
                 seen[sim_partition].unfinished);
    }
}

// ---- a step

void sim_check_jobs_step(void)
{
    for (size_t i = 0; i < sim_step.ending_count; i++) {
        check_ending(&sim_step.endings[i]);
    }
    check_jobs();
}

void sim_check_jobs_step_end(void)
{
    check_born();
    check_vanished();
    check_packs();
    check_counts();
}
