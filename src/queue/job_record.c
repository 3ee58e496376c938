// SPDX-License-Identifier: MIT
#include "job_record.h"

#include "call.h"
#include "parts.h"

#include "base/digits.h"
#include "base/mem.h"

#include <string.h>

static bool small_number(struct span field, unsigned *value_out)
{
    int64_t value;
    if (!parts_number(field, &value) || value < 0 || value > UINT32_MAX) {
        return false;
    }
    *value_out = (unsigned)value;
    return true;
}

// ---- the trace: 'W', the ids and "01" or "00" in upper-case hex; then, with a tracestate, 'S' and
// that in upper-case hex, since it may hold a '|' and what the other flags are marked with

static const char HEX_DIGITS[] = "0123456789ABCDEF";

enum { TRACE_DIGITS = TRACE_ID_DIGITS + TRACE_SPAN_DIGITS + 2 };

// The mark, and the digits in upper case.
static void append_upper(struct buf *out, char mark, const char *digits)
{
    (void)buf_append_char(out, mark);
    for (const char *c = digits; *c != '\0'; c++) {
        (void)buf_append_char(out, *c >= 'a' ? (char)(*c - 'a' + 'A') : *c);
    }
}

void job_record_write_trace(const struct trace *trace, struct buf *out)
{
    if (trace->trace_id[0] == '\0') {
        return;
    }
    char ids[TRACE_DIGITS + 1];
    (void)snprintf(ids, sizeof(ids), "%s%s%s", trace->trace_id, trace->parent_id,
                   trace->is_sampled ? "01" : "00");
    append_upper(out, 'W', ids);
    if (trace->state[0] != '\0') {
        char state[2 * TRACE_STATE_BYTES_MAX + 1];
        text_hex((const unsigned char *)trace->state, strlen(trace->state), state);
        append_upper(out, 'S', state);
    }
}

// The ids as the specification writes them, to be read by its rules. False when they are none.
static bool read_ids(const char *digits, struct trace *trace)
{
    // From the record itself, not from an array of TRACE_DIGITS: of the last two characters of an array
    // without a NUL gcc believes with -O2 that "%.2s" prints one at most, and takes `len` for less.
    char parent[TRACE_PARENT_LEN + 1];
    int len = snprintf(parent, sizeof(parent), "00-%.*s-%.*s-%.2s", TRACE_ID_DIGITS, digits,
                       TRACE_SPAN_DIGITS, digits + TRACE_ID_DIGITS, digits + TRACE_DIGITS - 2);
    for (char *c = parent; *c != '\0'; c++) {
        *c = (char)(*c >= 'A' && *c <= 'F' ? *c - 'A' + 'a' : *c);
    }
    return len == TRACE_PARENT_LEN && trace_parse(span_of(parent), trace);
}

static unsigned digit_value(char digit)
{
    return digit >= 'A' ? (unsigned)(digit - 'A') + 10 : (unsigned)(digit - '0');
}

static void read_state(const char *digits, size_t len, struct trace *trace)
{
    char state[TRACE_STATE_BYTES_MAX];
    size_t count = len / 2 < sizeof(state) ? len / 2 : sizeof(state);
    for (size_t i = 0; i < count; i++) {
        state[i] = (char)(digit_value(digits[2 * i]) << 4 | digit_value(digits[2 * i + 1]));
    }
    const struct span header = {state, count};
    trace_set_state(trace, &header, 1);
}

// Reads what follows a 'W'; returns where it ends.
static const char *read_trace(const char *at, struct trace *trace)
{
    size_t len = strspn(at, HEX_DIGITS);
    bool is_there = len == TRACE_DIGITS && read_ids(at, trace);
    at += len;
    if (*at == 'S') {
        len = strspn(at + 1, HEX_DIGITS);
        if (is_there) {
            read_state(at + 1, len, trace);
        }
        at += 1 + len;
    }
    return at;
}

// ---- the record

// The flags as scripts/parts/job.lua writes them: 'c', the trace, then "e<n>", "t<n>" and "w<n>"
// where they are not 0, and 'a'. What is none of these is no reason to bury the job.
static void read_flags(struct span flags, struct job_record *record)
{
    const char *at = flags.bytes;
    const char *end = at + flags.len;
    record->is_cancelled = at < end && *at == 'c';
    at += record->is_cancelled ? 1 : 0;
    while (at < end) {
        if (*at == 'W') {
            at = read_trace(at + 1, &record->job.trace);
            continue;
        }
        if (*at == 'a') {
            record->job.is_alone = true;
            at++;
            continue;
        }
        unsigned *count = *at == 'e'   ? &record->job.transient
                          : *at == 't' ? &record->job.throttled
                          : *at == 'w' ? &record->job.waits
                                       : NULL;
        size_t digits = strspn(at + 1, "0123456789");
        const struct span text = {at + 1, digits};
        if (count == NULL || digits == 0 || !small_number(text, count)) {
            return;
        }
        at += 1 + digits;
    }
}

bool job_record_parse(const char *report_id, const char *text, struct job_record *record_out)
{
    struct span fields[JOB_RECORD_FIELDS];
    struct job_record record = {.progress_done = 0};
    struct queue_job *job = &record.job;
    int64_t fence;
    bool ok = parts_split(span_of(text), '|', fields, JOB_RECORD_FIELDS) &&
              text_copy(job->report_id, sizeof(job->report_id), report_id) &&
              parts_number(fields[JOB_RECORD_FENCE], &fence) && fence >= 0 &&
              small_number(fields[JOB_RECORD_ATTEMPTS], &job->attempts) &&
              small_number(fields[JOB_RECORD_CRASHES], &job->crashes) &&
              parts_copy(fields[JOB_RECORD_OWNER], record.owner, sizeof(record.owner)) &&
              parts_copy(fields[JOB_RECORD_STEP], record.step, sizeof(record.step)) &&
              small_number(fields[JOB_RECORD_DONE], &record.progress_done) &&
              small_number(fields[JOB_RECORD_TOTAL], &record.progress_total) &&
              parts_number(fields[JOB_RECORD_ACCEPTED], &job->accepted_at_ms) &&
              parts_copy(fields[JOB_RECORD_ACCOUNT], job->account_id, sizeof(job->account_id)) &&
              parts_copy(fields[JOB_RECORD_PACK], job->pack_id, sizeof(job->pack_id)) &&
              subject_is_valid(job->pack_id) &&
              parts_copy(fields[JOB_RECORD_REQUEST], job->request_id, sizeof(job->request_id)) &&
              parts_copy(fields[JOB_RECORD_LANGUAGE], job->language, sizeof(job->language)) &&
              parts_number(fields[JOB_RECORD_DEADLINE], &job->deadline_ms) &&
              parts_copy(fields[JOB_RECORD_TOKEN], job->token_digest, sizeof(job->token_digest));
    if (!ok) {
        return false;
    }
    job->fence = (uint64_t)fence;
    read_flags(fields[JOB_RECORD_FLAGS], &record);
    *record_out = record;
    return true;
}

void job_record_write_request(const struct request *request, const char *request_id,
                              const char *token_digest, struct buf *out)
{
    REQUIRE(request->deadline_ms >= 0);
    char subject[SUBJECT_BYTES];
    request_subject(request, subject);
    char deadline[DIGITS_WRITTEN_MAX + 1];
    deadline[digits_write((uint64_t)request->deadline_ms, deadline)] = '\0';
    const char *const parts[] = {request->account_id, subject,  request_id,
                                 request->language,   deadline, token_digest};
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        (void)buf_append(out, "|", i > 0 ? 1 : 0);
        (void)buf_append_text(out, parts[i]);
    }
}

enum { UNREADABLE_ARGS = 3, UNREADABLE_HEAD_BYTES = 256 }; // sweep.lua: REFUSED_ARGS

static void keep_unreadable(struct queue *queue, const char *id, const struct redis_reply *record)
{
    size_t len;
    const char *text = redis_reply_text(record, &len);
    // The rest comes again when its lease ends.
    if (queue->unreadable.count < (size_t)UNREADABLE_ARGS * QUEUE_BATCH_MAX) {
        arguments_add(&queue->unreadable, id);
        arguments_add_unsigned(&queue->unreadable, len);
        arguments_add_bytes(&queue->unreadable, text,
                            len < UNREADABLE_HEAD_BYTES ? len : UNREADABLE_HEAD_BYTES);
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
            keep_unreadable(queue, id, redis_reply_at(reply, 2 * i + 1));
        }
    }
    bool is_alone_next = redis_reply_count(reply) % 2 == 1;
    if (count > 0 || is_alone_next) { // else nothing may have been asked for
        queue->is_alone_next = is_alone_next;
    }
    *count_out = good;
    return jobs;
}
