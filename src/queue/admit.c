// SPDX-License-Identifier: MIT
//
// Admission: entries into arguments of admit.lua, its reply into answers and jobs.
#include "call.h"
#include "job_record.h"

#include "base/mem.h"
#include "base/random.h"

#include <stdio.h>
#include <string.h>

enum {
    ANSWER_REPLY_FIELDS = 5, // code, how, request id, report id, message
    REQUEST_TEXT_BYTES = 512,
    TRACE_TEXT_BYTES = 2048,
};

static const char REPORT_ID_PREFIX[] = "rp-";

struct admit_call {
    struct queue_call call;
    size_t count;
    queue_admit_cb callback;
    void *context;
};

void queue_entry_name(struct queue_entry *entry)
{
    char letters[RANDOM_ID_LETTERS + 1];
    if (entry->request.request_id[0] != '\0') {
        (void)text_copy(entry->request_id, sizeof(entry->request_id), entry->request.request_id);
    } else {
        random_uuid(entry->request_id);
    }
    if (entry->request.trace.trace_id[0] == '\0') {
        trace_begin(&entry->request.trace);
    }
    random_id(letters);
    (void)snprintf(entry->report_id, sizeof(entry->report_id), "%s%s", REPORT_ID_PREFIX, letters);
}

// "code|HTTP status|message": the message may hold any character, so it comes last.
static void add_refusal(struct arguments *args, const struct request_verdict *verdict)
{
    arguments_add_format(args, "%s|%d|%s", answer_code_text(verdict->code),
                         answer_code_http_status(verdict->code), verdict->message);
}

static void add_request(struct arguments *args, const struct queue_entry *entry,
                        const char *token_digest)
{
    struct buf request;
    buf_init(&request, REQUEST_TEXT_BYTES);
    job_record_write_request(&entry->request, entry->request_id, token_digest, &request);
    ENSURE(!request.overflow);
    arguments_add_bytes(args, request.data, request.len);
    buf_deinit(&request);
}

// The id that the producer can look under: what it gave, or what Redis gave to it.
static const char *answer_id(const struct queue_entry *entry)
{
    if (entry->request.request_id[0] != '\0') {
        return entry->request.request_id;
    }
    return entry->entry_id[0] != '\0' ? entry->entry_id : entry->request_id;
}

static void add_fingerprint(struct arguments *args, const struct request *request)
{
    char fingerprint[REQUEST_FINGERPRINT_BYTES];
    request_fingerprint(request, fingerprint);
    arguments_add(args, fingerprint);
}

static void add_trace(struct arguments *args, const struct trace *trace)
{
    struct buf text;
    buf_init(&text, TRACE_TEXT_BYTES);
    job_record_write_trace(trace, &text);
    ENSURE(!text.overflow);
    arguments_add(args, buf_text(&text));
    buf_deinit(&text);
}

static void add_ask(const struct queue *queue, struct script_input *input,
                    const struct queue_entry *entry)
{
    const struct request *request = &entry->request;
    char token_digest[DIGEST_HEX_BYTES] = "";
    char subject[SUBJECT_BYTES];
    request_subject(request, subject);
    if (request->client_token[0] != '\0') {
        digest_hex(request->client_token, strlen(request->client_token), token_digest);
    }
    keys_add_of_account(&queue->keys, &input->keys, "report", request->account_id, subject);
    if (token_digest[0] != '\0') {
        keys_add_of_account(&queue->keys, &input->keys, "token", request->account_id, token_digest);
    }
    add_request(&input->args, entry, token_digest);
    add_fingerprint(&input->args, request);
    arguments_add(&input->args, entry->report_id);
    add_trace(&input->args, &request->trace);
}

// The keys that its answer may lie under, and the kind, which tells how many they are.
static void add_answer_keys(const struct queue *queue, struct script_input *input,
                            const struct queue_entry *entry)
{
    bool refused = entry->verdict.code != ANSWER_ACCEPTED;
    const char *id = answer_id(entry);
    keys_add(&queue->keys, &input->keys, "answer", id);
    if (entry->entry_id[0] == '\0' || strcmp(id, entry->entry_id) == 0) {
        arguments_add(&input->args, refused ? "refused" : "ask");
        return;
    }
    keys_add(&queue->keys, &input->keys, "answer", entry->entry_id);
    arguments_add(&input->args, refused ? "refused+own" : "ask+own");
}

static void add_entry(const struct queue *queue, struct script_input *input,
                      const struct queue_entry *entry)
{
    arguments_add(&input->args, entry->entry_id);
    if (entry->is_wake) {
        arguments_add(&input->args, "wake");
        return;
    }
    REQUIRE(text_is_id(entry->request_id, strlen(entry->request_id)));
    add_answer_keys(queue, input, entry);
    if (entry->verdict.code != ANSWER_ACCEPTED) {
        add_request(&input->args, entry, "");
        add_fingerprint(&input->args, &entry->request);
        add_refusal(&input->args, &entry->verdict);
        return;
    }
    REQUIRE(text_is_id(entry->report_id, strlen(entry->report_id)));
    add_ask(queue, input, entry);
}

// In the order that admit.lua numbers them. `detail` follows the vendor's sentence.
static const struct {
    enum answer_code code;
    const char *detail;
} decided_there[] = {
    {ANSWER_ACCEPTED, ""},
    {ANSWER_REPORT_CREATING, ""},
    {ANSWER_TOKEN_MISMATCH, ""},
    {ANSWER_UNAVAILABLE, ""},
    {ANSWER_INTERNAL, " A key of this request in Redis holds something that is not ours."},
    {ANSWER_PARAMETER_INVALID,
     " The RequestId was used for another request; choose a new one for each."},
    {ANSWER_THROTTLED, " The account has as many unfinished reports as it may have."},
};

static void add_settings(const struct queue *queue, struct arguments *args, size_t count,
                         unsigned claim_max)
{
    const struct queue_config *config = &queue->config;
    arguments_add(args, config->worker_id);
    arguments_add_number(args, config->lease_ms);
    arguments_add_unsigned(args, claim_max);
    arguments_add_unsigned(args, config->backlog_max);
    arguments_add_number(args, config->answer_ttl_ms);
    arguments_add_number(args, config->token_ttl_ms);
    arguments_add_unsigned(args, config->events_max);
    arguments_add_unsigned(args, count);
    arguments_add_number(args, config->history_ttl_ms);
    arguments_add_unsigned(args, config->account_weight);
    arguments_add_unsigned(args, config->account_cap);
    for (size_t i = 0; i < ARRAY_LEN(decided_there); i++) {
        enum answer_code code = decided_there[i].code;
        arguments_add(args, answer_code_text(code));
        arguments_add_number(args, answer_code_http_status(code));
        arguments_add_format(args, "%s%s", answer_code_message(code), decided_there[i].detail);
    }
}

static bool read_answer(const struct redis_reply *answers, size_t number,
                        struct queue_answer *answer_out)
{
    const struct redis_reply *fields[ANSWER_REPLY_FIELDS];
    for (size_t i = 0; i < ANSWER_REPLY_FIELDS; i++) {
        fields[i] = redis_reply_at(answers, number * ANSWER_REPLY_FIELDS + i);
    }
    const char *code = queue_reply_text(fields[0]);
    *answer_out = (struct queue_answer){.code = ANSWER_ACCEPTED,
                                        .replayed = redis_reply_is(fields[1], "replayed"),
                                        .is_unrecorded = redis_reply_is(fields[1], "unrecorded")};
    // A wake-up has no code.
    if (code[0] != '\0' && !answer_code_parse(code, &answer_out->code)) {
        return false;
    }
    return text_copy(answer_out->request_id, sizeof(answer_out->request_id),
                     queue_reply_text(fields[2])) &&
           text_copy(answer_out->report_id, sizeof(answer_out->report_id),
                     queue_reply_text(fields[3])) &&
           text_copy(answer_out->message, sizeof(answer_out->message), queue_reply_text(fields[4]));
}

static enum err_kind read_reply(const struct redis_reply *reply, size_t count,
                                struct queue_answer *answers, struct err *err)
{
    const struct redis_reply *list = redis_reply_at(reply, 0);
    bool ok = redis_reply_count(list) == count * ANSWER_REPLY_FIELDS;
    for (size_t i = 0; ok && i < count; i++) {
        ok = read_answer(list, i, &answers[i]);
    }
    return ok ? ERR_OK : err_set(err, ERR_INTERNAL, "admit: a reply of an unknown shape");
}

static void on_admitted(struct queue_call *call, const struct redis_reply *reply,
                        const struct err *err)
{
    struct admit_call *admit = container_of(call, struct admit_call, call);
    struct err failure = ERR_INIT;
    struct queue_answer *answers = mem_alloc(admit->count + 1, sizeof(*answers));
    struct queue_job *jobs = NULL;
    size_t job_count = 0;
    if (err == NULL && read_reply(reply, admit->count, answers, &failure) != ERR_OK) {
        err = &failure;
    }
    if (err == NULL) {
        queue_wait_for_replicas(call->queue);
        jobs = job_record_read_claims(call->queue, redis_reply_at(reply, 1), &job_count);
        admit->callback(admit->context, answers, admit->count, jobs, job_count, NULL);
    } else {
        admit->callback(admit->context, NULL, 0, NULL, 0, err);
    }
    mem_free(&jobs);
    mem_free(&answers);
}

void queue_admit(struct queue *queue, const struct queue_entry *entries, size_t count,
                 unsigned claim_max, queue_admit_cb callback, void *context)
{
    REQUIRE(count <= QUEUE_BATCH_MAX);
    struct admit_call *admit = mem_alloc(1, sizeof(*admit));
    *admit = (struct admit_call){.call = {.queue = queue, .on_reply = on_admitted},
                                 .count = count,
                                 .callback = callback,
                                 .context = context};
    struct script_input input;
    script_input_init(&input, queue);
    add_settings(queue, &input.args, count,
                 claim_max < QUEUE_BATCH_MAX ? claim_max : QUEUE_BATCH_MAX);
    for (size_t i = 0; i < count; i++) {
        add_entry(queue, &input, &entries[i]);
    }
    queue_call_script(&admit->call, &queue->admit, &input);
}
