// SPDX-License-Identifier: MIT
#include "domain/request.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

// Bytes of a refused value that are shown; each may take four characters as \xNN.
enum { QUOTED_BYTES_MAX = 40 };

// A field that was given once, and what is said about it.
struct field_check {
    const char *name;
    const struct request_field *field;
    struct request_verdict *verdict;
};

// "Specified parameter <Name> is not valid." is the vendor's pattern. Only the first fault of a
// request is recorded.
static void refuse(const struct field_check *check, const char *format, ...) PRINTF_LIKE(2, 3);

static void refuse(const struct field_check *check, const char *format, ...)
{
    struct request_verdict *verdict = check->verdict;
    if (verdict->code != ANSWER_ACCEPTED) {
        return;
    }
    verdict->code = ANSWER_PARAMETER_INVALID;
    int len = snprintf(verdict->message, sizeof(verdict->message),
                       "Specified parameter %s is not valid. ", check->name);
    ENSURE(len > 0 && (size_t)len < sizeof(verdict->message));
    va_list arguments;
    va_start(arguments, format);
    int more = vsnprintf(verdict->message + len, sizeof(verdict->message) - (size_t)len, format,
                         arguments);
    va_end(arguments);
    ENSURE(more > 0 && (size_t)(len + more) < sizeof(verdict->message));
}

static void refuse_value(const struct field_check *check, const char *wanted)
{
    const struct span value = {check->field->value, check->field->value_len};
    refuse(check, "It is %s; %s.", text_quoted_of(value, QUOTED_BYTES_MAX).text, wanted);
}

// The bytes of a value that was checked to hold no NUL and to fit.
static void keep(char *out, size_t size, const struct request_field *field)
{
    REQUIRE(field->value_len < size);
    memcpy(out, field->value, field->value_len);
    out[field->value_len] = '\0';
}

bool request_account_is_valid(struct span text)
{
    bool is_valid = text.len >= 1 && text.len <= REQUEST_ACCOUNT_MAX;
    for (size_t i = 0; is_valid && i < text.len; i++) {
        is_valid = text.bytes[i] >= '0' && text.bytes[i] <= '9';
    }
    return is_valid;
}

static void read_account(const struct field_check *check, struct request *request)
{
    const struct request_field *field = check->field;
    if (!request_account_is_valid((struct span){field->value, field->value_len})) {
        refuse_value(check, "1 to 19 decimal digits are right");
        return;
    }
    keep(request->account_id, sizeof(request->account_id), field);
}

static void read_id(const struct field_check *check, char *out, size_t size)
{
    if (!text_is_id(check->field->value, check->field->value_len)) {
        refuse_value(check, "1 to 64 letters, digits, '-' and '_' are right");
        return;
    }
    keep(out, size, check->field);
}

static void read_pack(const struct field_check *check, struct request *request)
{
    read_id(check, request->pack_id, sizeof(request->pack_id));
}

static void read_aggregator(const struct field_check *check, struct request *request)
{
    read_id(check, request->aggregator_id, sizeof(request->aggregator_id));
}

// "<digits>-<digits>", as Redis names the entries of a stream. Answers lie under either, so that one
// must not be taken for the other.
static bool is_entry_id(const char *text, size_t len)
{
    size_t ms = 0;
    while (ms < len && text[ms] >= '0' && text[ms] <= '9') {
        ms++;
    }
    size_t at = ms + 1;
    while (at < len && text[at] >= '0' && text[at] <= '9') {
        at++;
    }
    return ms > 0 && ms + 1 < len && text[ms] == '-' && at == len;
}

static void read_request_id(const struct field_check *check, struct request *request)
{
    if (is_entry_id(check->field->value, check->field->value_len)) {
        refuse_value(check, "an id that is not two numbers with a '-' between is right");
        return;
    }
    read_id(check, request->request_id, sizeof(request->request_id));
}

static void read_token(const struct field_check *check, struct request *request)
{
    const struct request_field *field = check->field;
    if (field->value_len == 0) {
        refuse(check, "It is empty; leave it out or give 1 to 64 ASCII characters.");
        return;
    }
    for (size_t i = 0; i < field->value_len; i++) {
        unsigned char c = (unsigned char)field->value[i];
        if (c >= 0x80) {
            refuse(check, "Byte %zu (0x%02x) is not ASCII; only ASCII characters are right.", i + 1,
                   (unsigned)c);
            return;
        }
        if (c < 0x20 || c == 0x7f) {
            refuse(check,
                   "Byte %zu (0x%02x) is a control character; only printable ones are right.",
                   i + 1, (unsigned)c);
            return;
        }
    }
    if (field->value_len > REQUEST_TOKEN_MAX) {
        refuse(check, "It has %zu characters; at most %d are right.", field->value_len,
               REQUEST_TOKEN_MAX);
        return;
    }
    keep(request->client_token, sizeof(request->client_token), field);
}

static void read_language(const struct field_check *check, struct request *request)
{
    static const char *const LANGUAGES[] = {"zh-cn", "en-us"};
    const struct request_field *field = check->field;
    char given[REQUEST_LANGUAGE_BYTES] = "";
    if (field->value_len < sizeof(given)) {
        keep(given, sizeof(given), field);
    }
    for (size_t i = 0; i < ARRAY_LEN(LANGUAGES); i++) {
        // The length as well: a NUL inside the value would end the comparison early.
        if (field->value_len == strlen(LANGUAGES[i]) &&
            text_equals_ignore_case(given, LANGUAGES[i])) {
            (void)text_copy(request->language, sizeof(request->language), LANGUAGES[i]);
            return;
        }
    }
    refuse_value(check, "zh-cn or en-us is right");
}

static void read_deadline(const struct field_check *check, struct request *request)
{
    int64_t deadline_ms;
    if (!text_to_int64(check->field->value, check->field->value_len, &deadline_ms) ||
        deadline_ms <= 0) {
        refuse_value(check, "a Unix time in milliseconds, above 0, is right");
        return;
    }
    request->deadline_ms = deadline_ms;
}

// The fields in the order in which their faults are told. `missing` is ANSWER_ACCEPTED for those
// that may be left out.
static const struct {
    const char *name;
    enum answer_code missing;
    void (*read)(const struct field_check *check, struct request *request);
} FIELDS[] = {
    {"AccountId", ANSWER_ACCOUNT_MISSING, read_account},
    {"CompliancePackId", ANSWER_PACK_MISSING, read_pack},
    {"AggregatorId", ANSWER_ACCEPTED, read_aggregator},
    {"ClientToken", ANSWER_ACCEPTED, read_token},
    {"RequestId", ANSWER_ACCEPTED, read_request_id},
    {"Language", ANSWER_ACCEPTED, read_language},
    {"Deadline", ANSWER_ACCEPTED, read_deadline},
};

// The first field of this name, and how often there is one.
static size_t find_field(const struct request_field *fields, size_t count, const char *name,
                         const struct request_field **first_out)
{
    size_t found = 0;
    size_t name_len = strlen(name);
    for (size_t i = 0; i < count; i++) {
        if (fields[i].name_len == name_len && memcmp(fields[i].name, name, name_len) == 0) {
            *first_out = found == 0 ? &fields[i] : *first_out;
            found++;
        }
    }
    return found;
}

static void refuse_missing(struct request_verdict *verdict, enum answer_code code)
{
    if (verdict->code == ANSWER_ACCEPTED) {
        verdict->code = code;
        (void)text_copy(verdict->message, sizeof(verdict->message), answer_code_message(code));
    }
}

static void read_trace(const struct request_field *fields, size_t count, struct trace *trace)
{
    const struct request_field *parent = NULL;
    struct span states[TRACE_STATE_MEMBERS_MAX];
    size_t state_count = 0;
    bool is_there = find_field(fields, count, "traceparent", &parent) == 1 &&
                    trace_parse((struct span){parent->value, parent->value_len}, trace);
    for (size_t i = 0; is_there && i < count && state_count < ARRAY_LEN(states); i++) {
        if (span_equals_text((struct span){fields[i].name, fields[i].name_len}, "tracestate")) {
            states[state_count++] = (struct span){fields[i].value, fields[i].value_len};
        }
    }
    if (is_there) {
        trace_set_state(trace, states, state_count);
    }
}

static struct request_verdict parse(const struct request_field *fields, size_t count,
                                    bool is_of_pack, struct request *request_out)
{
    struct request_verdict verdict = {.code = ANSWER_ACCEPTED};
    struct request request = {0};
    for (size_t i = 0; i < ARRAY_LEN(FIELDS); i++) {
        const struct request_field *field = NULL;
        size_t found = find_field(fields, count, FIELDS[i].name, &field);
        bool mandatory = FIELDS[i].missing != ANSWER_ACCEPTED &&
                         (is_of_pack || FIELDS[i].missing != ANSWER_PACK_MISSING);
        struct field_check check = {FIELDS[i].name, field, &verdict};
        if (found > 1) {
            refuse(&check, "It is given %zu times; once is right.", found);
        } else if (mandatory && (found == 0 || field->value_len == 0)) {
            refuse_missing(&verdict, FIELDS[i].missing);
        } else if (found == 1) {
            FIELDS[i].read(&check, &request);
        }
    }
    read_trace(fields, count, &request.trace);
    *request_out = request;
    return verdict;
}

struct request_verdict request_parse(const struct request_field *fields, size_t count,
                                     struct request *request_out)
{
    return parse(fields, count, true, request_out);
}

struct request_verdict request_parse_without_pack(const struct request_field *fields, size_t count,
                                                  struct request *request_out)
{
    return parse(fields, count, false, request_out);
}

void request_subject(const struct request *request, char out[SUBJECT_BYTES])
{
    subject_write(request->aggregator_id, request->pack_id, out);
}

void request_fingerprint(const struct request *request, char out[REQUEST_FINGERPRINT_BYTES])
{
    char subject[SUBJECT_BYTES];
    request_subject(request, subject);
    // A valid field never holds a line feed, so that no two requests join to the same bytes.
    const char *parts[] = {request->account_id, subject, request->language};
    struct digest *digest = digest_create();
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        digest_update(digest, parts[i], strlen(parts[i]));
        digest_update(digest, "\n", 1);
    }
    digest_finish(digest, out);
    digest_destroy(&digest);
}
