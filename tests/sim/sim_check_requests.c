// SPDX-License-Identifier: MIT
//
// Requests, their answers and tokens.
#include "sim_check_private.h"

#include "base/mem.h"
#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    ANSWERS_IN_STEP_MAX = 128,
    // By so much a jump of the server's clock may end a token's time early or late.
    CLOCK_JUMPS_MS = 600000,
};

enum request_field {
    FIELD_ACCOUNT,
    FIELD_PACK,
    FIELD_TOKEN,
    FIELD_REQUEST_ID,
    FIELD_LANGUAGE,
    REQUEST_FIELDS
};

struct request {
    char entry_id[SIM_NAME_BYTES];
    struct sim_id id;
    char fields[REQUEST_FIELDS][SIM_NAME_BYTES];
    bool is_answered;
};

struct answer {
    char code[SIM_NAME_BYTES];
    char report_id[SIM_NAME_BYTES];
    char request_id[SIM_NAME_BYTES];
};

struct token {
    char report_id[SIM_NAME_BYTES];
    char pack[SIM_NAME_BYTES];
    char language[SIM_NAME_BYTES];
};

static struct seen {
    struct sim_map requests; // entry id -> struct request; those without an answer
    struct sim_map answers;  // name -> struct answer
    struct sim_map tokens;   // "account token" -> struct token
    char noted[ANSWERS_IN_STEP_MAX][SIM_NAME_BYTES];
    size_t noted_count;
} seen[SIM_PARTITIONS_MAX];

static int64_t token_ttl_ms(void)
{
    return 24 * 3600 * 1000; // as sim_run.c sets it
}

static void free_value(void *value)
{
    mem_free(&value);
}

void sim_check_requests_open(void)
{
    for (size_t i = 0; i < SIM_PARTITIONS_MAX; i++) {
        sim_map_init(&seen[i].requests, free_value);
        sim_map_init(&seen[i].answers, free_value);
        sim_map_init(&seen[i].tokens, free_value);
        seen[i].noted_count = 0;
    }
}

void sim_check_requests_close(void)
{
    for (size_t i = 0; i < SIM_PARTITIONS_MAX; i++) {
        sim_map_deinit(&seen[i].requests);
        sim_map_deinit(&seen[i].answers);
        sim_map_deinit(&seen[i].tokens);
    }
}

size_t sim_check_unanswered(void)
{
    return seen[sim_partition].requests.live;
}

// ---- noting

void sim_check_note_entry(const struct sim_entry *entry)
{
    static const char *const names[REQUEST_FIELDS] = {"AccountId", "CompliancePackId",
                                                      "ClientToken", "RequestId", "Language"};
    if (strcmp(entry->texts[0]->bytes, "wake") == 0) {
        return;
    }
    struct request *request = mem_alloc(1, sizeof(*request));
    request->id = entry->id;
    (void)snprintf(request->entry_id, sizeof(request->entry_id), "%" PRIu64 "-%" PRIu64,
                   entry->id.ms, entry->id.seq);
    for (size_t i = 0; i + 1 < entry->text_count; i += 2) {
        for (size_t field = 0; field < REQUEST_FIELDS; field++) {
            if (strcmp(entry->texts[i]->bytes, names[field]) == 0) {
                (void)text_copy(request->fields[field], SIM_NAME_BYTES, entry->texts[i + 1]->bytes);
            }
        }
    }
    sim_map_put(&seen[sim_partition].requests, request->entry_id, strlen(request->entry_id))
        ->value = request;
    sim_sum.requests++;
}

void sim_check_note_answer(const char *name)
{
    REQUIRE(seen[sim_partition].noted_count < ANSWERS_IN_STEP_MAX);
    (void)text_copy(seen[sim_partition].noted[seen[sim_partition].noted_count++], SIM_NAME_BYTES,
                    name);
    if (sim_map_find(&seen[sim_partition].answers, name, strlen(name)) != NULL) {
        sim_fail("answered-once", "the answer %s is written a second time", name);
    }
}

// ---- whose answer it is

// What was wrong with a request is not in its answer.
static bool is_same_text(const char *asked, const char *answered)
{
    return answered[0] == '\0' || strcmp(asked, answered) == 0;
}

static bool is_same_request(const struct request *request, const char *answer_key)
{
    return is_same_text(request->fields[FIELD_ACCOUNT], sim_check_field(answer_key, "AccountId")) &&
           is_same_text(request->fields[FIELD_PACK],
                        sim_check_field(answer_key, "CompliancePackId"));
}

// The first request without an answer that an answer belongs to, and marks all repetitions of it.
static struct request *find_request(const char *name, const char *answer_key)
{
    struct request *found = NULL;
    for (size_t i = 0; i < seen[sim_partition].requests.used; i++) {
        struct request *request = seen[sim_partition].requests.entries[i].value;
        if (seen[sim_partition].requests.entries[i].key == NULL) {
            continue;
        }
        bool is_own = strcmp(request->entry_id, name) == 0;
        bool is_named = strcmp(request->fields[FIELD_REQUEST_ID], name) == 0 &&
                        is_same_request(request, answer_key);
        if (is_own || is_named) {
            request->is_answered = true;
            found = found == NULL ? request : found;
        }
    }
    return found;
}

// A repetition that came when the answer was long there is answered by it, too.
static bool has_old_answer(const struct request *request)
{
    const char *name = request->fields[FIELD_REQUEST_ID];
    return name[0] != '\0' &&
           sim_map_find(&seen[sim_partition].answers, name, strlen(name)) != NULL;
}

// ---- decisions

static bool is_digits(const char *text)
{
    return text[0] != '\0' && strspn(text, "0123456789") == strlen(text) && strlen(text) <= 19;
}

// Sent to a partition that is not its account's: nothing of the account is to be seen from there.
static bool is_stray(const struct request *request)
{
    return sim_check_partition_of_account(request->fields[FIELD_ACCOUNT]) != sim_partition;
}

static bool is_known(const char *account)
{
    return strcmp(account, "1061") == 0 || strcmp(account, "1062") == 0 ||
           strcmp(account, "1063") == 0;
}

// What a token is bound to; NULL: nothing. *may_be_free: by the clock it may just have ended.
static const struct token *bound_token(const struct request *request, bool *may_be_free)
{
    char key[SIM_NAME_BYTES * 2];
    int len = snprintf(key, sizeof(key), "%s %s", request->fields[FIELD_ACCOUNT],
                       request->fields[FIELD_TOKEN]);
    *may_be_free = true;
    const struct sim_map_entry *entry =
        request->fields[FIELD_TOKEN][0] == '\0'
            ? NULL
            : sim_map_find(&seen[sim_partition].tokens, key, (size_t)len);
    if (entry == NULL) {
        return NULL;
    }
    const struct token *token = entry->value;
    const struct sim_job *job = sim_check_job(token->report_id);
    bool is_kept = job == NULL || (job->is_there && job->place != PLACE_DEAD);
    int64_t left_ms =
        is_kept ? INT64_MAX : job->idle_since_ms + token_ttl_ms() - sim_check_now_ms();
    *may_be_free = left_ms < CLOCK_JUMPS_MS;
    return left_ms > -CLOCK_JUMPS_MS ? token : NULL;
}

static void bind_token(const struct request *request, const char *report_id)
{
    char key[SIM_NAME_BYTES * 2];
    int len = snprintf(key, sizeof(key), "%s %s", request->fields[FIELD_ACCOUNT],
                       request->fields[FIELD_TOKEN]);
    struct token *token = mem_alloc(1, sizeof(*token));
    (void)text_copy(token->report_id, sizeof(token->report_id), report_id);
    (void)text_copy(token->pack, sizeof(token->pack), request->fields[FIELD_PACK]);
    (void)text_copy(token->language, sizeof(token->language), request->fields[FIELD_LANGUAGE]);
    struct sim_map_entry *entry = sim_map_put(&seen[sim_partition].tokens, key, (size_t)len);
    free_value(entry->value);
    entry->value = token;
}

static void check_token(const struct request *request, const struct answer *answer, bool replayed)
{
    bool may_be_free;
    const struct token *token = bound_token(request, &may_be_free);
    bool is_mismatch = strcmp(answer->code, "IdempotentParameterMismatch") == 0;
    if (token == NULL && (replayed || is_mismatch)) {
        sim_fail("one-token-outcome", "request %s: %s of a token that was not used before",
                 request->entry_id, replayed ? "a replay" : answer->code);
    }
    bool is_same = token != NULL && strcmp(token->pack, request->fields[FIELD_PACK]) == 0 &&
                   strcmp(token->language, request->fields[FIELD_LANGUAGE]) == 0;
    bool is_right =
        token == NULL ||
        (is_same ? replayed && strcmp(answer->report_id, token->report_id) == 0 : is_mismatch);
    if (!is_right && !may_be_free) {
        sim_fail("one-token-outcome", "request %s: %s %s, and its token \"%s\" stands for %s of %s",
                 request->entry_id, answer->code, answer->report_id, request->fields[FIELD_TOKEN],
                 token->report_id, token->pack);
    }
}

static void check_accepted(const struct request *request, const struct answer *answer)
{
    struct sim_job *job = sim_check_job(answer->report_id);
    if (job == NULL || job->born_in != sim_step.number) {
        sim_fail("not-lost", "request %s was accepted as %s, and there is no such new job",
                 request->entry_id, answer->report_id);
    }
    if (job->is_accepted) {
        sim_fail("answered-right", "%s was given to two requests", job->id);
    }
    if (is_stray(request)) {
        sim_fail("answered-right",
                 "request %s was accepted in partition %u, which is not that of %s",
                 request->entry_id, sim_partition, request->fields[FIELD_ACCOUNT]);
    }
    uint64_t cap = sim_check_account_cap();
    size_t unfinished = sim_check_unfinished_of(request->fields[FIELD_ACCOUNT]);
    if (cap > 0 && unfinished > cap) {
        sim_fail("capped", "%s was accepted, and account %s has %zu unfinished jobs", job->id,
                 request->fields[FIELD_ACCOUNT], unfinished);
    }
    job->is_accepted = true;
    if (request->fields[FIELD_TOKEN][0] != '\0') {
        bind_token(request, answer->report_id);
    }
}

static bool is_well_formed(const struct request *request)
{
    return is_digits(request->fields[FIELD_ACCOUNT]) && request->fields[FIELD_PACK][0] != '\0' &&
           strchr(request->fields[FIELD_PACK], ' ') == NULL;
}

// Those that are accepted in the same step come before it: nothing that ends in it comes first.
static void check_throttled(const struct request *request)
{
    uint64_t cap = sim_check_account_cap();
    size_t unfinished = sim_check_unfinished_of(request->fields[FIELD_ACCOUNT]);
    if (cap == 0 || unfinished < cap || is_stray(request)) {
        sim_fail("capped",
                 "request %s is refused with a cap of %" PRIu64
                 ", and account %s has %zu unfinished jobs",
                 request->entry_id, cap, request->fields[FIELD_ACCOUNT], unfinished);
    }
    sim_sum.throttled++;
}

static void check_refused(const struct request *request, const char *code)
{
    char pack[SIM_NAME_BYTES * 2];
    (void)snprintf(pack, sizeof(pack), "%s:%s", request->fields[FIELD_ACCOUNT],
                   request->fields[FIELD_PACK]);
    bool is_right;
    if (strcmp(code, "CompliancePackReportCreating") == 0) {
        is_right = sim_check_was_creating(pack);
    } else if (strcmp(code, "AccountNotExisted") == 0) {
        is_right = is_well_formed(request) && !is_stray(request) &&
                   !is_known(request->fields[FIELD_ACCOUNT]);
    } else if (strcmp(code, "IdempotentParameterMismatch") == 0) {
        is_right = request->fields[FIELD_TOKEN][0] != '\0';
    } else if (strcmp(code, "Throttling.User") == 0) {
        check_throttled(request);
        is_right = true;
    } else {
        is_right = !is_well_formed(request) || is_stray(request) || has_old_answer(request);
    }
    if (!is_right) {
        sim_fail("answered-right", "request %s of %s is refused with %s", request->entry_id, pack,
                 code);
    }
    sim_sum.refused++;
}

static void check_decision(const struct request *request, const struct answer *answer,
                           bool replayed)
{
    bool is_accepted = strcmp(answer->code, "Accepted") == 0;
    // What is wrong with a request itself is found before anybody looks at its token.
    if (is_well_formed(request) && is_known(request->fields[FIELD_ACCOUNT]) && !is_stray(request)) {
        check_token(request, answer, replayed);
    }
    if (!is_accepted) {
        check_refused(request, answer->code);
    } else if (replayed) {
        sim_sum.replayed++;
    } else {
        check_accepted(request, answer);
    }
}

static void check_answer(const char *name)
{
    char key[SIM_NAME_BYTES + 16];
    (void)snprintf(key, sizeof(key), "answer:%s", name);
    const struct request *request = find_request(name, key);
    if (request == NULL) {
        sim_fail("answered-once", "the answer %s belongs to no request that waits for one", name);
    }
    struct answer *answer = mem_alloc(1, sizeof(*answer));
    (void)text_copy(answer->code, sizeof(answer->code), sim_check_field(key, "Code"));
    (void)text_copy(answer->report_id, sizeof(answer->report_id), sim_check_field(key, "ReportId"));
    check_decision(request, answer, strcmp(sim_check_field(key, "Replayed"), "1") == 0);
    sim_map_put(&seen[sim_partition].answers, name, strlen(name))->value = answer;
}

static void check_waiting(void)
{
    const struct sim_object *stream = sim_check_key("requests");
    for (size_t i = 0; i < seen[sim_partition].requests.used; i++) {
        struct request *request = seen[sim_partition].requests.entries[i].value;
        if (seen[sim_partition].requests.entries[i].key == NULL) {
            continue;
        }
        bool is_there = stream != NULL && sim_stream_entry(&stream->stream, request->id) != NULL;
        if (!is_there && !request->is_answered && !has_old_answer(request)) {
            sim_fail("not-lost", "request %s left the stream without an answer", request->entry_id);
        }
        if (!is_there) {
            sim_map_remove(&seen[sim_partition].requests,
                           seen[sim_partition].requests.entries[i].key,
                           seen[sim_partition].requests.entries[i].len);
        }
    }
}

void sim_check_requests_step(void)
{
    for (size_t i = 0; i < seen[sim_partition].noted_count; i++) {
        check_answer(seen[sim_partition].noted[i]);
    }
    seen[sim_partition].noted_count = 0;
    check_waiting();
}
