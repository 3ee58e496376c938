// SPDX-License-Identifier: MIT
//
// GenerateCompliancePackReport and GenerateAggregateCompliancePackReport: the same admission as the
// queue's. Requests that come in one turn of the loop are admitted in one script call.
#include "call.h"

#include "base/mem.h"
#include "base/text.h"
#include "queue/partition.h"

enum {
    ADMISSIONS_MAX = 2,
    AGAIN_MS = 250, // a connection that was cut stands again by then; a Redis that is away may not
};

// ---- admission

struct batch {
    size_t count;
    struct api_call *calls[QUEUE_BATCH_MAX];
};

static void wait_for_admission(struct api_call *call)
{
    struct front_door *door = call->door;
    TAILQ_INSERT_TAIL(&door->waiting, call, link);
    if (!loop_timer_is_set(&door->admission)) {
        loop_timer_start(&door->admission, 0);
    }
}

// Whether it was admitted is not known, or it was not: the same call again decides the same,
// because its RequestId names the answer. Not at once: the connection went with the first.
static void end_failed(struct api_call *call, const struct err *err)
{
    struct front_door *door = call->door;
    if (err->kind == ERR_UNCERTAIN && ++call->admissions < ADMISSIONS_MAX) {
        TAILQ_INSERT_TAIL(&door->unsure, call, link);
        if (!loop_timer_is_set(&door->again)) {
            loop_timer_start(&door->again, AGAIN_MS);
        }
        return;
    }
    LOG_AT(door->parts.log, LOG_WARNING, "api.admission_failed",
           LOG_TEXT("request_id", call->request_id), LOG_TEXT("trace_id", call->trace.trace_id),
           LOG_ERR(err));
    api_call_refuse_code(call, ANSWER_UNAVAILABLE, "");
}

static void end_answered(struct api_call *call, const struct queue_answer *answer)
{
    call->door->counters.answers[answer->code]++;
    if (answer->code != ANSWER_ACCEPTED) {
        api_call_refuse_code(call, answer->code, answer->message);
        return;
    }
    char subject[SUBJECT_BYTES];
    request_subject(&call->entry.request, subject);
    // A repeated ClientToken gets the first answer, its RequestId included.
    (void)text_copy(call->request_id, sizeof(call->request_id), answer->request_id);
    LOG_AT(call->door->parts.log, LOG_INFO, "api.accepted",
           LOG_TEXT("request_id", call->request_id), LOG_TEXT("report", answer->report_id),
           LOG_TEXT("account", call->entry.request.account_id), LOG_TEXT("pack", subject),
           LOG_NUMBER("replayed", answer->replayed ? 1 : 0),
           LOG_TEXT("trace_id", call->trace.trace_id));
    json_t *members = json_object();
    (void)json_object_set_new(members, "CompliancePackId",
                              json_string(call->entry.request.pack_id));
    api_call_succeed(call, members);
}

static void on_admitted(void *context, const struct queue_answer *answers, size_t answer_count,
                        const struct queue_job *jobs, size_t job_count, const struct err *err)
{
    (void)jobs;
    struct batch *batch = context;
    REQUIRE(err != NULL || (answer_count == batch->count && job_count == 0));
    const struct front_door_parts *parts = &batch->calls[0]->door->parts; // a batch is never empty
    parts->on_admission(
        parts->owner,
        queue_partition_of(batch->calls[0]->entry.request.account_id, parts->partitions), err);
    for (size_t i = 0; i < batch->count; i++) {
        if (err != NULL) {
            end_failed(batch->calls[i], err);
        } else {
            end_answered(batch->calls[i], &answers[i]);
        }
    }
    mem_free(&batch);
}

// Takes those of one partition; a script touches one only. Their entries are in the door's `batch`.
static struct batch *take_batch(struct front_door *door, struct queue **queue_out)
{
    struct batch *batch = mem_alloc(1, sizeof(*batch));
    struct api_call *call = TAILQ_FIRST(&door->waiting);
    *queue_out = front_door_queue(door, call->entry.request.account_id);
    while (call != NULL && batch->count < QUEUE_BATCH_MAX) {
        struct api_call *next = TAILQ_NEXT(call, link);
        if (front_door_queue(door, call->entry.request.account_id) == *queue_out) {
            TAILQ_REMOVE(&door->waiting, call, link);
            door->batch[batch->count] = call->entry;
            batch->calls[batch->count++] = call;
        }
        call = next;
    }
    return batch;
}

void generate_admit_waiting(struct front_door *door)
{
    while (!TAILQ_EMPTY(&door->waiting)) {
        struct queue *queue;
        struct batch *batch = take_batch(door, &queue);
        queue_admit(queue, door->batch, batch->count, 0, on_admitted, batch);
    }
}

void generate_admit_again(struct front_door *door)
{
    TAILQ_CONCAT(&door->waiting, &door->unsure, link);
    generate_admit_waiting(door);
}

// ---- the operation

static void on_looked_up(void *context, enum pack_presence presence)
{
    struct api_call *call = context;
    if (presence == PACK_ABSENT) {
        api_call_refuse_code(call, ANSWER_PACK_UNKNOWN, "");
        return;
    }
    wait_for_admission(call);
}

// MultiFiles asks the vendor for a file of each account. Ours has its sections in either case.
static bool reads_multi_files(struct api_call *call)
{
    const struct span *value = parameters_get(&call->parameters, "MultiFiles");
    struct api_refusal refusal;
    if (!call->operation->is_of_group || value == NULL ||
        span_equals_ignore_case(*value, span_of("true")) ||
        span_equals_ignore_case(*value, span_of("false"))) {
        return true;
    }
    gateway_refuse_invalid(&refusal, "MultiFiles", "true or false is right.");
    api_call_refuse(call, &refusal);
    return false;
}

void generate_run(struct api_call *call)
{
    if (!reads_multi_files(call)) {
        return;
    }
    struct queue_entry *entry = &call->entry;
    (void)text_copy(entry->request.request_id, sizeof(entry->request.request_id), call->request_id);
    queue_entry_name(entry);
    enum pack_presence presence;
    if (pack_lookup_recall(call->door->packs, call->account->id, entry->request.pack_id,
                           &presence)) {
        on_looked_up(call, presence);
        return;
    }
    const struct pack_lookup_question question = {
        .account = call->account, .pack_id = entry->request.pack_id, .trace = &call->trace};
    pack_lookup_ask(call->door->packs, &question, on_looked_up, call);
}
