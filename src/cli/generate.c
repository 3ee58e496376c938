// SPDX-License-Identifier: MIT
#include "alive.h"
#include "answer_view.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/text.h"
#include "cli.h"
#include "follow.h"
#include "record_view.h"
#include "session.h"

#include <stdio.h>
#include <string.h>

enum { KEY_ACCOUNT = 'a', KEY_PACK = 'p', KEY_TOKEN = 't', KEY_WAIT = 'w', KEY_QUIET = 'q' };
enum {
    KEY_LANGUAGE = 2000,
    KEY_REQUEST_ID,
    KEY_TIMEOUT,
    KEY_DEADLINE,
    KEY_AGGREGATOR,
    KEY_TRACE,
    KEY_TRACE_STATE
};
enum {
    ANSWER_TIMEOUT_MS = 30000,
    ANSWER_LATE_MS = 500, // a daemon that runs has answered by then
    ANSWER_INTERVAL_MS = 20,
    FIELDS_MAX = 10,
    DEADLINE_BYTES = 24
};

struct generate {
    struct session_options where;
    struct request_field fields[FIELDS_MAX];
    size_t field_count;
    struct request request;              // what the fields say, once they have been checked
    char entry_id[QUEUE_ENTRY_ID_BYTES]; // of the request in the stream, once it is there
    char request_id[RANDOM_UUID_BYTES];
    bool has_request_id;
    char deadline[DEADLINE_BYTES]; // "" without --deadline
    bool wait;
    bool quiet;
    int64_t timeout_ms; // from begin_ms on; 0: none for the report
    int64_t begin_ms;   // monotonic
};

static const struct argp_option OPTIONS[] = {
    {"account", KEY_ACCOUNT, "ID", 0, "AccountId, 1 to 19 digits", 0},
    {"pack", KEY_PACK, "ID", 0, "CompliancePackId", 0},
    {"aggregator", KEY_AGGREGATOR, "ID", 0,
     "AggregatorId: over this account group, which is the account's", 0},
    {"client-token", KEY_TOKEN, "TEXT", 0,
     "Idempotence token, 1 to 64 ASCII characters: the same request with it has the first answer "
     "again",
     0},
    {"language", KEY_LANGUAGE, "LANGUAGE", 0, "en-us or zh-cn", 0},
    {"request-id", KEY_REQUEST_ID, "ID", 0, "RequestId (default: a new UUID)", 0},
    {"wait", KEY_WAIT, 0, 0, "Show progress and wait until the report has ended", 0},
    {"timeout", KEY_TIMEOUT, "SECONDS", 0,
     "With --wait: stop waiting after this time (the report goes on)", 0},
    {"deadline", KEY_DEADLINE, "SECONDS", 0,
     "Give the report up when it is not made in this time: a Deadline that the queue keeps", 0},
    {"traceparent", KEY_TRACE, "VALUE", 0,
     "W3C trace that the report is made in, 00-<trace id>-<parent id>-<flags> (default: a new one)",
     0},
    {"tracestate", KEY_TRACE_STATE, "VALUE", 0, "With --traceparent: what goes with it", 0},
    {"quiet", KEY_QUIET, 0, 0, "With --wait: no progress, and no summary of the report", 0},
    {0},
};

static void add_field(struct generate *generate, const char *name, const char *value)
{
    REQUIRE(generate->field_count < FIELDS_MAX);
    generate->fields[generate->field_count++] = (struct request_field){
        .name = name, .name_len = strlen(name), .value = value, .value_len = strlen(value)};
}

// One field is left for the RequestId that is made when none is given.
static void check_room(const struct generate *generate, const struct argp_state *state)
{
    if (generate->field_count == FIELDS_MAX - 1) {
        argp_error(state, "too many options");
    }
}

static int64_t parse_seconds(const char *name, const char *value, struct argp_state *state)
{
    int64_t seconds;
    if (!text_to_int64(value, strlen(value), &seconds) || seconds < 1 || seconds > FOLLOW_MAX_S) {
        argp_error(state, "--%s takes whole seconds, 1 to %d, not \"%.40s\"", name, FOLLOW_MAX_S,
                   value);
        return 0;
    }
    return seconds;
}

// The last one counts.
static void set_deadline(struct generate *generate, const char *value, struct argp_state *state)
{
    bool is_first = generate->deadline[0] == '\0';
    check_room(generate, state);
    int64_t deadline_ms = clock_wall_ms() + parse_seconds("deadline", value, state) * 1000;
    (void)snprintf(generate->deadline, sizeof(generate->deadline), "%lld", (long long)deadline_ms);
    if (is_first) {
        add_field(generate, "Deadline", generate->deadline);
    }
}

static bool has_field(const struct generate *generate, const char *name)
{
    for (size_t i = 0; i < generate->field_count; i++) {
        if (strcmp(generate->fields[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

// In a request a trace that is malformed is no fault; who types one wants to know.
static void add_trace(struct generate *generate, const char *value, const struct argp_state *state)
{
    struct trace trace;
    if (!trace_parse(span_of(value), &trace)) {
        argp_error(
            state,
            "--traceparent takes 00-<32 hex digits>-<16 hex digits>-<2 hex digits>, in lower "
            "case and no id all zeros, not \"%.60s\"",
            value);
    }
    check_room(generate, state);
    add_field(generate, "traceparent", value);
}

static void add_trace_state(struct generate *generate, const char *value,
                            const struct argp_state *state)
{
    struct trace trace;
    const struct span span = span_of(value);
    trace_set_state(&trace, &span, 1);
    if (trace.state[0] == '\0') {
        argp_error(state,
                   "--tracestate takes 1 to %d of key=value with commas between, not "
                   "\"%.60s\"",
                   TRACE_STATE_MEMBERS_MAX, value);
    }
    check_room(generate, state);
    add_field(generate, "tracestate", value);
}

static void check(const struct generate *generate, const struct argp_state *state)
{
    if (has_field(generate, "tracestate") && !has_field(generate, "traceparent")) {
        argp_error(state, "--tracestate needs --traceparent");
    }
    if (!has_field(generate, "AccountId") || !has_field(generate, "CompliancePackId")) {
        argp_error(state, "--account and --pack are required");
    }
    if (generate->timeout_ms > 0 && !generate->wait) {
        argp_error(state, "--timeout needs --wait");
    }
}

// argp calls this once per option; a repeated option is a field given twice, which request_parse
// refuses.
static error_t parse_option(int key, char *value, struct argp_state *state)
{
    struct generate *generate = state->input;
    switch (key) {
    case KEY_ACCOUNT:
    case KEY_PACK:
    case KEY_TOKEN:
    case KEY_LANGUAGE:
    case KEY_AGGREGATOR:
        check_room(generate, state);
        add_field(generate,
                  key == KEY_ACCOUNT      ? "AccountId"
                  : key == KEY_PACK       ? "CompliancePackId"
                  : key == KEY_TOKEN      ? "ClientToken"
                  : key == KEY_AGGREGATOR ? "AggregatorId"
                                          : "Language",
                  value);
        return 0;
    case KEY_REQUEST_ID:
        check_room(generate, state);
        add_field(generate, "RequestId", value);
        generate->has_request_id = true;
        return 0;
    case KEY_TRACE:
        add_trace(generate, value, state);
        return 0;
    case KEY_TRACE_STATE:
        add_trace_state(generate, value, state);
        return 0;
    case KEY_WAIT:
        generate->wait = true;
        return 0;
    case KEY_TIMEOUT:
        generate->timeout_ms = parse_seconds("timeout", value, state) * 1000;
        return 0;
    case KEY_DEADLINE:
        set_deadline(generate, value, state);
        return 0;
    case KEY_QUIET:
        generate->quiet = true;
        return 0;
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &generate->where;
        return 0;
    case ARGP_KEY_END:
        check(generate, state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_child CHILDREN[] = {{&session_argp, 0, 0, 0}, {0}};
static const struct argp ARGP = {
    .options = OPTIONS,
    .parser = parse_option,
    .children = CHILDREN,
    .doc = "Ask for the report of a compliance pack.\v"
           "Examples:\n"
           "  packreport generate --account 100000000000001 --pack PACK --wait\n"
           "  packreport generate --account 100000000000001 --pack PACK --client-token T1\n"
           "  packreport generate --account 100000000000001 --pack PACK --deadline 3600\n"
           "  packreport generate --account 100000000000001 --aggregator GROUP --pack PACK\n\n"
           "Exit status 0: accepted (with --wait: complete); 1: refused (with --wait: or failed).",
};

// Whether --timeout ends before the patience for an answer does.
static bool is_hurried(const struct generate *generate)
{
    return generate->timeout_ms > 0 && generate->timeout_ms < ANSWER_TIMEOUT_MS;
}

// The answer lies under the RequestId. Where another request has its answer there, ours lies under
// the id of its entry and says so.
static enum err_kind look_for_answer(const struct generate *generate, struct session *session,
                                     struct queue_answer_record *record, struct err *err)
{
    const struct request *request = &generate->request;
    enum err_kind kind =
        session_answer(session, request->account_id, request->request_id, record, err);
    if (kind != ERR_OK || !record->found) {
        return kind;
    }
    char own[REQUEST_FINGERPRINT_BYTES];
    request_fingerprint(request, own);
    bool is_own = strcmp(record->fingerprint, own) == 0 || record->fingerprint[0] == '\0';
    return is_own ? ERR_OK
                  : session_answer(session, request->account_id, generate->entry_id, record, err);
}

// Polls for the answer: the daemon writes it within milliseconds when one is running.
static enum err_kind wait_for_answer(const struct generate *generate, struct session *session,
                                     struct queue_answer_record *record, struct err *err)
{
    int64_t limit_ms = is_hurried(generate) ? generate->timeout_ms : ANSWER_TIMEOUT_MS;
    bool has_looked = false;
    while (clock_monotonic_ms() - generate->begin_ms < limit_ms) {
        enum err_kind kind = look_for_answer(generate, session, record, err);
        if (kind == ERR_OK && record->found) {
            return ERR_OK;
        }
        if (kind != ERR_OK && !err_kind_is_transient(kind)) {
            return kind;
        }
        if (!has_looked && clock_monotonic_ms() - generate->begin_ms >= ANSWER_LATE_MS) {
            has_looked = true;
            alive_hint(session, "request");
        }
        session_pause(session, ANSWER_INTERVAL_MS);
    }
    return err_set(err, ERR_TIMEOUT,
                   "the request %s is in the queue, but nobody has answered it within %lld s: is a "
                   "daemon running?",
                   generate->request.request_id, (long long)limit_ms / 1000);
}

static void say_how_to_follow(const struct request *request)
{
    bool is_group = request->aggregator_id[0] != '\0';
    (void)fprintf(stderr,
                  "`packreport watch --account %s%s%s --pack %s` follows the report that is being "
                  "made\n",
                  request->account_id, is_group ? " --aggregator " : "", request->aggregator_id,
                  request->pack_id);
}

static int report_answer(const struct generate *generate, const struct queue_answer *answer)
{
    if (generate->where.json) {
        cli_print_json(answer_view_json(answer));
    } else if (answer->code == ANSWER_ACCEPTED) {
        (void)printf("accepted%s: report %s (request %s)\n", answer->replayed ? " before" : "",
                     answer->report_id, answer->request_id);
    } else {
        (void)fprintf(stderr, "packreport generate: refused: %s: %s\n",
                      answer_code_text(answer->code), answer->message);
        if (answer->code == ANSWER_REPORT_CREATING) {
            say_how_to_follow(&generate->request);
        }
    }
    return answer->code == ANSWER_ACCEPTED ? CLI_OK : CLI_NO;
}

// For the report, 0: no limit.
static int64_t time_left_ms(const struct generate *generate)
{
    int64_t left_ms = generate->timeout_ms - (clock_monotonic_ms() - generate->begin_ms);
    return generate->timeout_ms == 0 ? 0 : left_ms > 0 ? left_ms : 1;
}

// --timeout has passed; whoever reads the answer as JSON needs its ids all the more.
static int give_up(const struct generate *generate, const struct queue_answer *answer,
                   const struct err *err)
{
    if (generate->where.json) {
        cli_print_json(answer_view_json(answer));
    }
    (void)cli_fail("generate", err);
    return CLI_LATE;
}

static int wait_for_report(const struct generate *generate, struct session *session,
                           const struct queue_answer *answer)
{
    struct err err = ERR_INIT;
    struct queue_report_record record;
    char subject[SUBJECT_BYTES];
    request_subject(&generate->request, subject);
    const struct follow follow = {.session = session,
                                  .account_id = generate->request.account_id,
                                  .pack_id = subject,
                                  .report_id = answer->report_id,
                                  .timeout_ms = time_left_ms(generate),
                                  .quiet = generate->quiet || generate->where.json};
    if (!generate->where.json && !generate->quiet) {
        (void)fprintf(stderr, "accepted%s: report %s\n", answer->replayed ? " before" : "",
                      answer->report_id);
    }
    if (follow_report(&follow, &record, &err) != ERR_OK) {
        return err.kind == ERR_TIMEOUT ? give_up(generate, answer, &err)
                                       : cli_fail("generate", &err);
    }
    if (generate->where.json) {
        json_t *object = answer_view_json(answer);
        (void)json_object_set_new(object, "report", record_view_json(&record));
        cli_print_json(object);
    } else if (record.status == REPORT_COMPLETE) {
        if (!generate->quiet) {
            record_view_print_result(&record);
        }
    } else {
        (void)fprintf(stderr, "packreport generate: %s: %s: %s\n",
                      report_status_text(record.status), record.code, record.message);
    }
    return follow_exit_status(&record);
}

static int run(void *context, struct session *session)
{
    struct generate *generate = context;
    const struct request *request = &generate->request;
    struct err err = ERR_INIT;
    struct queue_answer_record record = {0};
    // A RequestId that has its answer already gets no other.
    bool is_repeated = generate->has_request_id &&
                       look_for_answer(generate, session, &record, &err) == ERR_OK && record.found;
    record = (struct queue_answer_record){.found = false};
    // Repeated when the outcome is uncertain: the same RequestId is answered once.
    enum err_kind kind = session_submit(session, request, generate->entry_id, &err);
    if (kind == ERR_UNCERTAIN) {
        kind = session_submit(session, request, generate->entry_id, &err);
    }
    if (kind != ERR_OK || wait_for_answer(generate, session, &record, &err) != ERR_OK) {
        int status = cli_fail("generate", &err);
        return err.kind == ERR_TIMEOUT && is_hurried(generate) ? CLI_LATE : status;
    }
    record.answer.replayed = record.answer.replayed || is_repeated;
    if (generate->wait && record.answer.code == ANSWER_ACCEPTED) {
        return wait_for_report(generate, session, &record.answer);
    }
    return report_answer(generate, &record.answer);
}

int cli_generate(int argc, char **argv)
{
    struct generate generate = {.begin_ms = clock_monotonic_ms()};
    cli_parse(&ARGP, argc, argv, &generate);
    if (!generate.has_request_id) {
        random_uuid(generate.request_id);
        add_field(&generate, "RequestId", generate.request_id);
    }
    struct request_verdict verdict =
        request_parse(generate.fields, generate.field_count, &generate.request);
    if (verdict.code != ANSWER_ACCEPTED) {
        (void)fprintf(stderr, "packreport generate: %s: %s\n", answer_code_text(verdict.code),
                      verdict.message);
        return CLI_USAGE;
    }
    return session_run(&generate.where, "generate", run, &generate);
}
