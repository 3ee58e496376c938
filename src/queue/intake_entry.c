// SPDX-License-Identifier: MIT
#include "intake_entry.h"

#include "call.h"

#include "base/random.h"
#include "queue/partition.h"

#include <stdio.h>
#include <string.h>

// What the script said of an entry that it did not send: see read.lua.
enum { SIZE_ONLY_PARTS = 4, FIELDS_PART = 2, BYTES_PART = 3 };

struct entry_size {
    int64_t fields;
    int64_t bytes;
};

static bool is_wake(const struct redis_reply *fields)
{
    size_t count = redis_reply_count(fields);
    return count == 0 || (count == 2 && redis_reply_is(redis_reply_at(fields, 0), "wake"));
}

static struct entry_size size_of(const struct redis_reply *entry)
{
    if (redis_reply_count(entry) == SIZE_ONLY_PARTS) {
        return (struct entry_size){
            .fields = redis_reply_number(redis_reply_at(entry, FIELDS_PART), 0),
            .bytes = redis_reply_number(redis_reply_at(entry, BYTES_PART), 0)};
    }
    const struct redis_reply *fields = redis_reply_at(entry, 1);
    size_t count = redis_reply_count(fields);
    struct entry_size size = {.fields = (int64_t)(count / 2)};
    for (size_t i = 0; i < count; i++) {
        size_t len;
        (void)redis_reply_text(redis_reply_at(fields, i), &len);
        size.bytes += (int64_t)len;
    }
    return size;
}

// The request stays empty, so that the answer lies under the entry id.
static bool refuse_too_large(const struct entry_size *size, struct request_verdict *verdict_out)
{
    if (size->fields <= QUEUE_ENTRY_FIELDS_MAX && size->bytes <= QUEUE_ENTRY_BYTES_MAX) {
        return false;
    }
    const char *known = answer_code_message(ANSWER_PARAMETER_INVALID);
    char *message = verdict_out->message;
    verdict_out->code = ANSWER_PARAMETER_INVALID;
    if (size->fields > QUEUE_ENTRY_FIELDS_MAX) {
        (void)snprintf(message, sizeof(verdict_out->message),
                       "%s The request has %lld fields; at most %d are right.", known,
                       (long long)size->fields, QUEUE_ENTRY_FIELDS_MAX);
    } else {
        (void)snprintf(message, sizeof(verdict_out->message),
                       "%s The entry is larger than %d bytes.", known, QUEUE_ENTRY_BYTES_MAX);
    }
    return true;
}

// What lies in another partition is not seen from here: not the state of the account's packs, nor its
// tokens. The entry was added to the wrong stream.
static void refuse_stray(const struct queue *queue, const struct request *request,
                         struct request_verdict *verdict)
{
    unsigned partitions = queue->config.partitions;
    unsigned right = queue_partition_of(request->account_id, partitions);
    if (verdict->code != ANSWER_ACCEPTED || right == queue->config.partition) {
        return;
    }
    char account[REQUEST_ACCOUNT_MAX + 1];
    (void)text_copy(account, sizeof(account), request->account_id);
    verdict->code = ANSWER_PARAMETER_INVALID;
    (void)snprintf(
        verdict->message, sizeof(verdict->message),
        "%s Account %s belongs to partition %u of %u: its requests go to %s:{%u}:requests.",
        answer_code_message(ANSWER_PARAMETER_INVALID), account, right, partitions,
        queue->config.prefix, right);
}

static void parse(const struct redis_reply *reply, struct queue_entry *entry)
{
    struct request_field fields[QUEUE_ENTRY_FIELDS_MAX];
    size_t count = redis_reply_count(reply) / 2;
    for (size_t i = 0; i < count; i++) {
        struct request_field *field = &fields[i];
        field->name = redis_reply_text(redis_reply_at(reply, 2 * i), &field->name_len);
        field->value = redis_reply_text(redis_reply_at(reply, 2 * i + 1), &field->value_len);
    }
    entry->verdict = request_parse(fields, count, &entry->request);
}

static void read_entry(const struct queue *queue, const struct redis_reply *reply,
                       struct queue_entry *entry)
{
    const struct redis_reply *fields = redis_reply_at(reply, 1);
    struct entry_size size = size_of(reply);
    *entry = (struct queue_entry){0};
    bool is_refused = refuse_too_large(&size, &entry->verdict);
    entry->is_wake = !is_refused && is_wake(fields);
    // An id is Redis' own and fits.
    (void)text_copy(entry->entry_id, sizeof(entry->entry_id),
                    queue_reply_text(redis_reply_at(reply, 0)));
    if (entry->is_wake) {
        return;
    }
    if (!is_refused) {
        parse(fields, entry);
        refuse_stray(queue, &entry->request, &entry->verdict);
    }
    queue_entry_name(entry);
}

void intake_entries_read(const struct queue *queue, const struct redis_reply *list,
                         struct queue_read *read)
{
    size_t count = redis_reply_count(list);
    for (size_t i = 0; i < count && read->count < QUEUE_BATCH_MAX; i++) {
        read_entry(queue, redis_reply_at(list, i), &read->entries[read->count]);
        read->count++;
    }
}
