// SPDX-License-Identifier: MIT
#include "intake_entry.h"

#include "call.h"

#include "base/random.h"

#include <stdio.h>
#include <string.h>

// A request has six fields; entries with more than this are refused unread.
enum { INTAKE_FIELDS_MAX = 32 };

static bool is_wake(const struct redis_reply *fields)
{
    size_t count = redis_reply_count(fields);
    return count == 0 || (count == 2 && redis_reply_is(redis_reply_at(fields, 0), "wake"));
}

static void parse(const struct redis_reply *reply, struct queue_entry *entry)
{
    struct request_field fields[INTAKE_FIELDS_MAX];
    size_t count = redis_reply_count(reply) / 2;
    size_t kept = count < INTAKE_FIELDS_MAX ? count : INTAKE_FIELDS_MAX;
    for (size_t i = 0; i < kept; i++) {
        struct request_field *field = &fields[i];
        field->name = redis_reply_text(redis_reply_at(reply, 2 * i), &field->name_len);
        field->value = redis_reply_text(redis_reply_at(reply, 2 * i + 1), &field->value_len);
    }
    entry->verdict = request_parse(fields, kept, &entry->request);
    if (count > kept) {
        entry->verdict.code = ANSWER_PARAMETER_INVALID;
        (void)snprintf(entry->verdict.message, sizeof(entry->verdict.message),
                       "%s The request has %zu fields; at most %d are right.",
                       answer_code_message(ANSWER_PARAMETER_INVALID), count, INTAKE_FIELDS_MAX);
    }
}

static void read_entry(const struct redis_reply *reply, struct queue_entry *entry)
{
    const struct redis_reply *fields = redis_reply_at(reply, 1);
    *entry = (struct queue_entry){.is_wake = is_wake(fields)};
    // An id is Redis' own and fits.
    (void)text_copy(entry->entry_id, sizeof(entry->entry_id),
                    queue_reply_text(redis_reply_at(reply, 0)));
    if (entry->is_wake) {
        return;
    }
    parse(fields, entry);
    random_uuid(entry->report_id);
    if (entry->request.request_id[0] == '\0') {
        random_uuid(entry->request_id);
    } else {
        (void)text_copy(entry->request_id, sizeof(entry->request_id), entry->request.request_id);
    }
}

void intake_entries_read(const struct redis_reply *list, struct queue_read *read)
{
    size_t count = redis_reply_count(list);
    for (size_t i = 0; i < count && read->count < QUEUE_BATCH_MAX; i++) {
        read_entry(redis_reply_at(list, i), &read->entries[read->count]);
        read->count++;
    }
}
