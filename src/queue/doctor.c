// SPDX-License-Identifier: MIT
//
//   settings -> audit -> [mend in steps -> sweep until each scan came round -> count anew] -> keys
//                                              with repair only
//            -> audit again, with repair
//
// Where a fixed key holds something else, nothing is mended: the scripts could not. One call is under way at
// any time. A violation that the second audit does not have any more was
// repaired.
#include "queue/doctor.h"

#include "call.h"
#include "recount.h"

#include "base/mem.h"
#include "base/text.h"
#include "queue/audit.h"

#include <stdio.h>
#include <string.h>

enum {
    COUNTS_AT_ONCE = 64,
    SWEEPS_MAX = 1000000, // each looks at 16 jobs or more
    SENTENCE_MAX = 1024,  // bytes of one that are shown: a member of a place has any length
    LONG_NAME_SHOWN = 64,
    SHOWN_BYTES_MAX = 4 * SENTENCE_MAX + 1, // each as \xNN
};

struct doctor {
    struct queue *queue;
    struct queue_doctor_events events;
    struct queue_doctor_sum sum;
    struct queue_doctor_order order;
    struct queue_audit before;
    size_t mending;               // of MENDED
    struct recount_wrong *counts; // to be mended
    size_t count;
    size_t counts_mended;
    char cursor[QUEUE_CURSOR_BYTES]; // of the place, or of SCAN
    bool is_scanned;                 // the keys at hand are the last
    unsigned sweeps;
    bool jobs_swept;
    bool packs_swept;
    char pattern[KEY_BYTES];
};

struct doctor_call {
    struct queue_call call;
    struct doctor *doctor;
};

static void scan_keys(struct doctor *doctor);
static void sweep_on(struct doctor *doctor);
static void mend_on(struct doctor *doctor);

static struct queue_call *new_call(struct doctor *doctor,
                                   void (*on_reply)(struct queue_call *call,
                                                    const struct redis_reply *reply,
                                                    const struct err *err))
{
    struct doctor_call *call = mem_alloc(1, sizeof(*call));
    *call = (struct doctor_call){.call = {.queue = doctor->queue, .on_reply = on_reply},
                                 .doctor = doctor};
    return &call->call;
}

static struct doctor *doctor_of(struct queue_call *call)
{
    return container_of(call, struct doctor_call, call)->doctor;
}

static void end(struct doctor *doctor, const struct err *err)
{
    doctor->events.on_done(doctor->events.context, err == NULL ? &doctor->sum : NULL, err);
    mem_free(&doctor->counts);
    mem_free(&doctor);
}

// A sentence may hold a name that anybody chose.
static void find_sentence(struct doctor *doctor, const char *area, struct span sentence,
                          bool is_repaired)
{
    struct buf shown;
    buf_init(&shown, SHOWN_BYTES_MAX);
    text_show(&shown, sentence.bytes, sentence.len < SENTENCE_MAX ? sentence.len : SENTENCE_MAX);
    const struct queue_finding finding = {
        .area = area, .text = buf_text(&shown), .is_repaired = is_repaired};
    doctor->sum.found++;
    doctor->sum.repaired += is_repaired ? 1 : 0;
    doctor->events.on_finding(doctor->events.context, &finding);
    buf_deinit(&shown);
}

static void find(struct doctor *doctor, const char *area, const char *text, bool is_repaired)
{
    find_sentence(doctor, area, span_of(text), is_repaired);
}

// ---- the audit after all repairs

static bool has_sentence(const struct queue_audit *audit, const char *sentence)
{
    for (size_t i = 0; i < ARRAY_LEN(audit->violations); i++) {
        if (strcmp(audit->violations[i], sentence) == 0) {
            return true;
        }
    }
    return false;
}

static void tell_violations(struct doctor *doctor, const struct queue_audit *audit,
                            const struct queue_audit *but_not, bool is_repaired)
{
    size_t told = 0;
    for (size_t i = 0; i < ARRAY_LEN(audit->violations); i++) {
        const char *sentence = audit->violations[i];
        if (sentence[0] != '\0' && (but_not == NULL || !has_sentence(but_not, sentence))) {
            find(doctor, "queue", sentence, is_repaired);
            told++;
        }
    }
    if (but_not == NULL && audit->violation_count > told) {
        char text[64];
        (void)snprintf(text, sizeof(text), "%zu more of this kind", audit->violation_count - told);
        find(doctor, "queue", text, is_repaired);
    }
}

static void on_second_audit(void *context, const struct queue_audit *audit, const struct err *err)
{
    struct doctor *doctor = context;
    if (err != NULL) {
        end(doctor, err);
        return;
    }
    tell_violations(doctor, &doctor->before, audit, true);
    tell_violations(doctor, audit, NULL, false);
    end(doctor, NULL);
}

static void after_keys(struct doctor *doctor)
{
    if (doctor->before.is_spoiled) { // the keys have been named
        find(doctor, "queue",
             "jobs cannot be looked at, nor anything be put right, while a key has the wrong type",
             false);
        end(doctor, NULL);
        return;
    }
    if (doctor->order.repair) {
        queue_audit_run(doctor->queue, on_second_audit, doctor);
        return;
    }
    tell_violations(doctor, &doctor->before, NULL, false);
    end(doctor, NULL);
}

// ---- keys

static void on_inspected(struct queue_call *call, const struct redis_reply *reply,
                         const struct err *err)
{
    struct doctor *doctor = doctor_of(call);
    if (err != NULL) {
        end(doctor, err);
        return;
    }
    size_t count = redis_reply_count(reply);
    for (size_t i = 0; i + 1 < count; i += 2) {
        struct span sentence;
        sentence.bytes = redis_reply_text(redis_reply_at(reply, i), &sentence.len);
        find_sentence(doctor, "keys", sentence,
                      redis_reply_number(redis_reply_at(reply, i + 1), 0) == 1);
    }
    if (doctor->is_scanned) {
        after_keys(doctor);
    } else {
        scan_keys(doctor);
    }
}

// Keys of other partitions have their own doctor, and may not even be named in a script of this one.
enum owner { OURS, ANOTHERS, NOBODYS };

static enum owner owner_of(const struct doctor *doctor, const char *name)
{
    const struct queue *queue = doctor->queue;
    if (text_starts_with(name, queue->keys.prefix)) {
        return OURS;
    }
    for (unsigned i = 0; i < queue->config.partitions; i++) {
        struct keys keys;
        keys_init(&keys, queue->config.prefix, i);
        if (text_starts_with(name, keys.prefix)) {
            return ANOTHERS;
        }
    }
    return NOBODYS;
}

// What a name says of itself in a sentence, the first bytes of it.
static void find_name(struct doctor *doctor, const char *before, struct span name, size_t max,
                      const char *behind)
{
    struct buf text;
    buf_init(&text, SHOWN_BYTES_MAX);
    (void)buf_append_text(&text, before);
    (void)buf_append(&text, name.bytes, name.len < max ? name.len : max);
    (void)buf_append_text(&text, behind);
    find_sentence(doctor, "keys", (struct span){buf_text(&text), text.len}, false);
    buf_deinit(&text);
}

static void find_stray(struct doctor *doctor, struct span name)
{
    find_name(doctor, "the key ", name, KEY_BYTES, " is of no partition of this queue");
}

// No key of ours is so long, and names of any length would not fit into one call.
static void find_long(struct doctor *doctor, struct span name)
{
    char before[64];
    (void)snprintf(before, sizeof(before), "a key of %zu bytes, ", name.len);
    find_name(doctor, before, name, LONG_NAME_SHOWN, "..., has a name that is not known");
}

static void inspect_keys(struct doctor *doctor, const struct redis_reply *names)
{
    const struct queue_config *config = &doctor->queue->config;
    struct script_input input;
    script_input_init(&input, doctor->queue);
    size_t count = redis_reply_count(names);
    for (size_t i = 0; i < count; i++) {
        size_t len;
        const char *name = redis_reply_text(redis_reply_at(names, i), &len);
        enum owner owner = owner_of(doctor, name);
        if (owner == OURS && len >= KEY_BYTES) {
            find_long(doctor, (struct span){name, len});
        } else if (owner == OURS) {
            arguments_add_bytes(&input.keys, name, len);
        } else if (owner == NOBODYS) {
            find_stray(doctor, (struct span){name, len});
        }
        doctor->sum.keys += owner == ANOTHERS ? 0 : 1;
    }
    arguments_add(&input.args, doctor->order.repair ? "repair" : "look");
    arguments_add_number(&input.args, config->answer_ttl_ms);
    arguments_add_number(&input.args, config->token_ttl_ms);
    arguments_add_number(&input.args, config->history_ttl_ms);
    queue_call_script(new_call(doctor, on_inspected), &doctor->queue->inspect, &input);
}

static void on_scanned(struct queue_call *call, const struct redis_reply *reply,
                       const struct err *err)
{
    struct doctor *doctor = doctor_of(call);
    if (err != NULL) {
        end(doctor, err);
        return;
    }
    doctor->is_scanned = queue_cursor_read(redis_reply_at(reply, 0), doctor->cursor);
    inspect_keys(doctor, redis_reply_at(reply, 1));
}

static void scan_keys(struct doctor *doctor)
{
    queue_call_scan(new_call(doctor, on_scanned), doctor->cursor, doctor->pattern);
}

// ---- repair: in steps what mend.lua can, then sweeps, then the counts

static const char *const MENDED[] = {"running", "dead", "delayed",    "held",
                                     "ready",   "fair", "unfinished", "fence"};

static void mend_counts(struct doctor *doctor);

static void on_counts_mended(struct queue_call *call, const struct redis_reply *reply,
                             const struct err *err)
{
    (void)reply; // the second audit tells
    struct doctor *doctor = doctor_of(call);
    if (err != NULL) {
        end(doctor, err);
    } else {
        mend_counts(doctor);
    }
}

static void mend_counts(struct doctor *doctor)
{
    if (doctor->counts_mended == doctor->count) {
        scan_keys(doctor);
        return;
    }
    struct script_input input;
    script_input_init(&input, doctor->queue);
    arguments_add(&input.args, "counts");
    arguments_add(&input.args, "0");
    for (size_t i = 0; i < COUNTS_AT_ONCE && doctor->counts_mended < doctor->count; i++) {
        const struct recount_wrong *wrong = &doctor->counts[doctor->counts_mended++];
        arguments_add(&input.args, wrong->account);
        arguments_add_number(&input.args, wrong->counted);
        arguments_add_number(&input.args, wrong->jobs);
    }
    queue_call_script(new_call(doctor, on_counts_mended), &doctor->queue->mend, &input);
}

static void on_recounted(void *context, const struct recount_result *result, const struct err *err)
{
    struct doctor *doctor = context;
    if (err != NULL) {
        end(doctor, err);
        return;
    }
    doctor->count = result->count;
    doctor->counts = mem_alloc(result->count + 1, sizeof(doctor->counts[0]));
    for (size_t i = 0; i < result->count; i++) {
        doctor->counts[i] = result->wrong[i];
    }
    mend_counts(doctor);
}

static void on_swept(void *context, const struct queue_sweep_result *result, const struct err *err)
{
    (void)result; // the second audit tells what it was good for
    struct doctor *doctor = context;
    if (err != NULL) {
        end(doctor, err);
        return;
    }
    doctor->sweeps++;
    doctor->jobs_swept = doctor->jobs_swept || strcmp(doctor->queue->jobs_cursor, "0") == 0;
    doctor->packs_swept = doctor->packs_swept || strcmp(doctor->queue->creating_cursor, "0") == 0;
    if ((doctor->jobs_swept && doctor->packs_swept) || doctor->sweeps == SWEEPS_MAX) {
        recount_run(doctor->queue, on_recounted, doctor);
    } else {
        sweep_on(doctor);
    }
}

static void sweep_on(struct doctor *doctor)
{
    queue_sweep(doctor->queue, on_swept, doctor);
}

static void on_mended(struct queue_call *call, const struct redis_reply *reply,
                      const struct err *err)
{
    struct doctor *doctor = doctor_of(call);
    if (err != NULL) {
        end(doctor, err);
        return;
    }
    doctor->mending += queue_cursor_read(redis_reply_at(reply, 0), doctor->cursor) ? 1 : 0;
    if (doctor->mending < ARRAY_LEN(MENDED)) {
        mend_on(doctor);
    } else {
        sweep_on(doctor);
    }
}

static void mend_on(struct doctor *doctor)
{
    struct script_input input;
    script_input_init(&input, doctor->queue);
    arguments_add(&input.args, MENDED[doctor->mending]);
    arguments_add(&input.args, doctor->cursor);
    queue_call_script(new_call(doctor, on_mended), &doctor->queue->mend, &input);
}

// ---- the first audit, and before it the settings

static void on_first_audit(void *context, const struct queue_audit *audit, const struct err *err)
{
    struct doctor *doctor = context;
    if (err != NULL) {
        end(doctor, err);
        return;
    }
    doctor->before = *audit;
    doctor->sum.jobs = audit->jobs;
    if (doctor->order.repair && !audit->is_spoiled) {
        mend_on(doctor);
    } else {
        scan_keys(doctor);
    }
}

// Whether INFO has this line.
static bool has_line(const char *info, const char *line)
{
    const char *at = strstr(info, line);
    return at != NULL && (at == info || at[-1] == '\n') && strchr("\r\n", at[strlen(line)]) != NULL;
}

static void judge_settings(struct doctor *doctor, const char *info)
{
    if (strstr(info, "maxmemory_policy:") != NULL &&
        !has_line(info, "maxmemory_policy:noeviction")) {
        find(doctor, "settings",
             "maxmemory-policy is not noeviction: Redis may throw accepted jobs away", false);
    }
    if (has_line(info, "aof_enabled:0")) {
        find(doctor, "settings", "appendonly is no: a restart of Redis loses jobs", false);
    }
    if (has_line(info, "aof_last_write_status:err")) {
        find(doctor, "settings",
             "the append-only file could not be written: Redis refuses writes until it can", false);
    }
}

static void on_info(struct queue_call *call, const struct redis_reply *reply, const struct err *err)
{
    struct doctor *doctor = doctor_of(call);
    if (err != NULL && err->kind != ERR_DENIED) {
        end(doctor, err);
        return;
    }
    if (err != NULL) {
        find(doctor, "settings", "the user may not call INFO: the settings cannot be judged",
             false);
    } else {
        judge_settings(doctor, queue_reply_text(reply));
    }
    queue_audit_run(doctor->queue, on_first_audit, doctor);
}

void queue_doctor_run(struct queue *queue, const struct queue_doctor_order *order,
                      const struct queue_doctor_events *events)
{
    struct doctor *doctor = mem_alloc(1, sizeof(*doctor));
    *doctor = (struct doctor){.queue = queue, .events = *events, .order = *order, .cursor = "0"};
    // On a whole server all partitions: what lies in one that there is not is found, too.
    int len = order->whole_server
                  ? snprintf(doctor->pattern, sizeof(doctor->pattern), "%s:*", queue->config.prefix)
                  : snprintf(doctor->pattern, sizeof(doctor->pattern), "%s*", queue->keys.prefix);
    ENSURE(len > 0 && (size_t)len < sizeof(doctor->pattern));
    if (!order->whole_server) {
        queue_audit_run(queue, on_first_audit, doctor);
        return;
    }
    struct arguments command;
    arguments_init(&command);
    arguments_add(&command, "INFO");
    queue_call_command(new_call(doctor, on_info), queue->connection, &command, 0);
    arguments_deinit(&command);
}
