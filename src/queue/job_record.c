// SPDX-License-Identifier: MIT
#include "job_record.h"

#include "call.h"

#include "base/digits.h"
#include "base/mem.h"

#include <string.h>

enum { RECORD_FIELDS = 17 };

// Places of the fields.
enum {
    AT_FENCE,
    AT_ATTEMPTS,
    AT_CRASHES,
    AT_FLAGS,
    AT_OWNER,
    AT_STARTED,
    AT_STEP,
    AT_DONE,
    AT_TOTAL,
    AT_TAG,
    AT_ACCEPTED,
    AT_ACCOUNT,
    AT_PACK,
    AT_REQUEST,
    AT_LANGUAGE,
    AT_DEADLINE,
    AT_TOKEN,
};
_Static_assert(AT_TOKEN + 1 == RECORD_FIELDS, "each field has its place");

struct field {
    const char *text;
    size_t len;
};

static bool split(const char *text, struct field fields[RECORD_FIELDS])
{
    size_t count = 0;
    for (;;) {
        size_t len = strcspn(text, "|");
        if (count == RECORD_FIELDS) {
            return false;
        }
        fields[count++] = (struct field){text, len};
        if (text[len] == '\0') {
            return count == RECORD_FIELDS;
        }
        text += len + 1;
    }
}

static bool copy(const struct field *field, char *out, size_t size)
{
    if (field->len >= size) {
        return false;
    }
    memcpy(out, field->text, field->len);
    out[field->len] = '\0';
    return true;
}

// "" is 0.
static bool number(const struct field *field, int64_t *value_out)
{
    *value_out = 0;
    return field->len == 0 || text_to_int64(field->text, field->len, value_out);
}

static bool small_number(const struct field *field, unsigned *value_out)
{
    int64_t value;
    if (!number(field, &value) || value < 0 || value > UINT32_MAX) {
        return false;
    }
    *value_out = (unsigned)value;
    return true;
}

// The flags as scripts/parts/job.lua writes them: 'c', then "e<n>" and "t<n>" where they are not 0.
// What is none of these is no reason to bury the job.
static void read_flags(const struct field *flags, struct job_record *record)
{
    const char *at = flags->text;
    const char *end = at + flags->len;
    record->is_cancelled = at < end && *at == 'c';
    at += record->is_cancelled ? 1 : 0;
    while (at < end) {
        unsigned *count = *at == 'e'   ? &record->job.transient
                          : *at == 't' ? &record->job.throttled
                                       : NULL;
        size_t digits = strspn(at + 1, "0123456789");
        const struct field text = {at + 1, digits};
        if (count == NULL || digits == 0 || !small_number(&text, count)) {
            return;
        }
        at += 1 + digits;
    }
}

bool job_record_parse(const char *report_id, const char *text, struct job_record *record_out)
{
    struct field fields[RECORD_FIELDS];
    struct job_record record = {.progress_done = 0};
    struct queue_job *job = &record.job;
    int64_t fence;
    bool ok = split(text, fields) && text_copy(job->report_id, sizeof(job->report_id), report_id) &&
              number(&fields[AT_FENCE], &fence) && fence >= 0 &&
              small_number(&fields[AT_ATTEMPTS], &job->attempts) &&
              small_number(&fields[AT_CRASHES], &job->crashes) &&
              copy(&fields[AT_OWNER], record.owner, sizeof(record.owner)) &&
              copy(&fields[AT_STEP], record.step, sizeof(record.step)) &&
              small_number(&fields[AT_DONE], &record.progress_done) &&
              small_number(&fields[AT_TOTAL], &record.progress_total) &&
              number(&fields[AT_ACCEPTED], &job->accepted_at_ms) &&
              copy(&fields[AT_ACCOUNT], job->account_id, sizeof(job->account_id)) &&
              copy(&fields[AT_PACK], job->pack_id, sizeof(job->pack_id)) &&
              copy(&fields[AT_REQUEST], job->request_id, sizeof(job->request_id)) &&
              copy(&fields[AT_LANGUAGE], job->language, sizeof(job->language)) &&
              number(&fields[AT_DEADLINE], &job->deadline_ms) &&
              copy(&fields[AT_TOKEN], job->token_digest, sizeof(job->token_digest));
    if (!ok) {
        return false;
    }
    job->fence = (uint64_t)fence;
    read_flags(&fields[AT_FLAGS], &record);
    *record_out = record;
    return true;
}

void job_record_write_request(const struct request *request, const char *request_id,
                              const char *token_digest, struct buf *out)
{
    REQUIRE(request->deadline_ms >= 0);
    char deadline[DIGITS_WRITTEN_MAX + 1];
    deadline[digits_write((uint64_t)request->deadline_ms, deadline)] = '\0';
    const char *const parts[] = {request->account_id, request->pack_id, request_id,
                                 request->language,   deadline,         token_digest};
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        (void)buf_append(out, "|", i > 0 ? 1 : 0);
        (void)buf_append_text(out, parts[i]);
    }
}

static void keep_unreadable(struct queue *queue, const char *id)
{
    if (queue->unreadable.count < QUEUE_BATCH_MAX) { // the rest comes again when its lease ends
        arguments_add(&queue->unreadable, id);
    }
}

struct queue_job *job_record_read_claims(struct queue *queue, const struct redis_reply *reply,
                                         size_t *count_out)
{
    size_t count = redis_reply_count(reply) / 2;
    size_t good = 0;
    struct queue_job *jobs = mem_alloc(count + 1, sizeof(*jobs));
    for (size_t i = 0; i < count; i++) {
        const char *id = queue_reply_text(redis_reply_at(reply, 2 * i));
        const char *text = queue_reply_text(redis_reply_at(reply, 2 * i + 1));
        struct job_record record;
        if (job_record_parse(id, text, &record)) {
            jobs[good++] = record.job;
        } else {
            keep_unreadable(queue, id);
        }
    }
    *count_out = good;
    return jobs;
}
