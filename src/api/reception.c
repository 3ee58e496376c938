// SPDX-License-Identifier: MIT
//
// A request's way from its arrival to its operation. reception_on_request, at the end, has the order:
//
//   parameters, place, who it is
//   signed:    visit (may it come in now?), what it wants, the request's form, account, permission
//   unsigned:  what it wants, the request's form, account, visit, account
//   -> the operation
//
// Whoever signed is known at once, so that each request counts, also one that is refused later. Each
// step returns false once it has refused the call.
#include "reception.h"

#include "authentication.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "call.h"
#include "domain/suggest.h"
#include "download.h"
#include "permission.h"
#include "signature_claim.h"

#include <stdio.h>
#include <string.h>

static const struct operation OPERATIONS[] = {
    {"GenerateCompliancePackReport", "compliancepack", true, false, generate_run},
    {"GetCompliancePackReport", "compliancepack", true, false, get_report_run},
    {"GenerateAggregateCompliancePackReport", "aggregatecompliancepack", true, true, generate_run},
    {"GetAggregateCompliancePackReport", "aggregatecompliancepack", true, true, get_report_run},
    {"GetCompliancePack", "compliancepack", true, false, get_pack_run},
    {"ListCompliancePacks", "compliancepack", false, false, list_packs_run},
};

// ---- who it is, and what it wants

static bool is_form(const struct http_incoming *incoming)
{
    static const char FORM[] = "application/x-www-form-urlencoded";
    struct span type = {0};
    if (http_incoming_field(incoming, "content-type", &type) == 0) {
        return true;
    }
    const size_t len = sizeof(FORM) - 1;
    return type.len >= len && span_equals_ignore_case_of_len(type.bytes, FORM, len) &&
           (type.len == len || type.bytes[len] == ';' || type.bytes[len] == ' ');
}

// False when the call was refused.
static bool read_parameters(struct api_call *call)
{
    const struct http_incoming *incoming = http_call_incoming(call->http);
    const struct span none = {0};
    struct err err = ERR_INIT;
    call->is_body_unread = incoming->body.len > 0 && !is_form(incoming);
    if (parameters_parse(&call->parameters, incoming->query,
                         call->is_body_unread ? none : incoming->body, &err) != ERR_OK) {
        api_call_refuse_code(call, ANSWER_PARAMETER_INVALID, err.message);
        return false;
    }
    const struct span *format = parameters_get(&call->parameters, "Format");
    call->is_xml = format != NULL && span_equals_ignore_case(*format, span_of("XML"));
    if (format != NULL && !call->is_xml && !span_equals_ignore_case(*format, span_of("JSON"))) {
        struct api_refusal refusal;
        gateway_refuse(&refusal, GATEWAY_FORMAT_INVALID, "JSON or XML is right.");
        api_call_refuse(call, &refusal);
        return false;
    }
    return true;
}

// An open door takes what the vendor's clients say of themselves without a look at the signature.
static bool identify_unsigned(struct api_call *call)
{
    const struct http_incoming *incoming = http_call_incoming(call->http);
    struct api_refusal refusal;
    if (!authentication_check_doubles(&call->parameters, &refusal)) {
        api_call_refuse(call, &refusal);
        return false;
    }
    const struct span *action = parameters_get(&call->parameters, "Action");
    const struct span *version = parameters_get(&call->parameters, "Version");
    if (action != NULL) {
        call->identity.action = *action;
    } else {
        (void)http_incoming_field(incoming, "x-acs-action", &call->identity.action);
    }
    if (version != NULL) {
        call->identity.version = *version;
    } else {
        (void)http_incoming_field(incoming, "x-acs-version", &call->identity.version);
    }
    return true;
}

static bool identify(struct api_call *call)
{
    struct front_door *door = call->door;
    struct api_refusal refusal;
    if (door->keys == NULL) {
        return identify_unsigned(call);
    }
    const struct authentication_input input = {.incoming = http_call_incoming(call->http),
                                               .parameters = &call->parameters,
                                               .keys = door->keys,
                                               .now_ms = clock_wall_ms()};
    if (!authenticate(&input, &call->identity, &refusal)) {
        api_call_refuse(call, &refusal);
        return false;
    }
    call->keys = access_keys_ref(door->keys);
    return true;
}

static void refuse_action(struct api_call *call)
{
    const char *names[ARRAY_LEN(OPERATIONS)];
    for (size_t i = 0; i < ARRAY_LEN(OPERATIONS); i++) {
        names[i] = OPERATIONS[i].name;
    }
    char *action = mem_text_n(call->identity.action.bytes, call->identity.action.len);
    const char *nearest = suggest_nearest(action, names, ARRAY_LEN(names));
    char *hint = nearest == NULL ? NULL : mem_format("Did you mean %s?", nearest);
    struct api_refusal refusal;
    gateway_refuse(&refusal, GATEWAY_ACTION_UNKNOWN, hint == NULL ? "" : hint);
    mem_free(&hint);
    mem_free(&action);
    api_call_refuse(call, &refusal);
}

static bool find_operation(struct api_call *call)
{
    struct api_refusal refusal;
    if (call->identity.action.len == 0) {
        gateway_refuse_missing(&refusal, "Action");
    } else if (call->identity.version.len == 0) {
        gateway_refuse_missing(&refusal, "Version");
    } else if (!span_equals_text(call->identity.version, API_VERSION)) {
        gateway_refuse_invalid(&refusal, "Version", API_VERSION " is right.");
    } else {
        for (size_t i = 0; i < ARRAY_LEN(OPERATIONS); i++) {
            if (span_equals_text(call->identity.action, OPERATIONS[i].name)) {
                call->operation = &OPERATIONS[i];
                return true;
            }
        }
        refuse_action(call);
        return false;
    }
    api_call_refuse(call, &refusal);
    return false;
}

// ---- what it is about

enum { FIELDS_MAX = 5 };

static void add_field(struct request_field *fields, size_t *count, const char *name,
                      const struct span *value)
{
    if (value != NULL) {
        fields[(*count)++] = (struct request_field){name, strlen(name), value->bytes, value->len};
    }
}

// What the queue leaves open and these operations do not: the group has to be named.
static bool names_group(struct api_call *call)
{
    struct api_refusal refusal;
    const struct span *id = parameters_get(&call->parameters, "AggregatorId");
    if (!call->operation->is_of_group || (id != NULL && id->len > 0)) {
        return true;
    }
    gateway_refuse_missing(&refusal, "AggregatorId");
    api_call_refuse(call, &refusal);
    return false;
}

// Whether account and group are there; a group of another account is none of this one's.
static bool find_account(struct api_call *call)
{
    const struct account_set *accounts = call->door->accounts;
    const struct request *request = &call->entry.request;
    call->account = account_find(accounts, request->account_id);
    if (call->account == NULL) {
        api_call_refuse_code(call, ANSWER_ACCOUNT_UNKNOWN, "");
        return false;
    }
    if (call->operation->is_of_group &&
        aggregator_find(accounts, request->account_id, request->aggregator_id) == NULL) {
        api_call_refuse_code(call, ANSWER_AGGREGATOR_UNKNOWN, "");
        return false;
    }
    return true;
}

// The form of the request, by the rules of the queue.
static bool read_request(struct api_call *call)
{
    const struct front_door *door = call->door;
    const struct parameters *parameters = &call->parameters;
    struct request_field fields[FIELDS_MAX];
    size_t count = 0;
    struct span account = {0};
    if (!names_group(call)) {
        return false;
    }
    if (call->identity.key != NULL) {
        account = span_of(call->identity.key->account_id);
    } else if (parameters_get(parameters, "AccountId") != NULL) {
        account = *parameters_get(parameters, "AccountId");
    } else {
        account = span_of(door->config.account);
    }
    add_field(fields, &count, "AccountId", &account);
    if (call->operation->is_of_pack) {
        add_field(fields, &count, "CompliancePackId",
                  parameters_get(parameters, "CompliancePackId"));
    }
    if (call->operation->is_of_group) {
        add_field(fields, &count, "AggregatorId", parameters_get(parameters, "AggregatorId"));
    }
    add_field(fields, &count, "ClientToken", parameters_get(parameters, "ClientToken"));
    add_field(fields, &count, "Language", parameters_get(parameters, "Language"));
    struct request_verdict *verdict = &call->entry.verdict;
    *verdict = call->operation->is_of_pack
                   ? request_parse(fields, count, &call->entry.request)
                   : request_parse_without_pack(fields, count, &call->entry.request);
    call->entry.request.trace = call->trace;
    if (verdict->code != ANSWER_ACCEPTED) {
        api_call_refuse_code(call, verdict->code, verdict->message);
        return false;
    }
    return true;
}

// ---- a request's way

static bool is_right_place(struct api_call *call)
{
    const struct http_incoming *incoming = http_call_incoming(call->http);
    struct api_refusal refusal;
    if (!span_equals_text(incoming->path, "/")) {
        gateway_refuse(&refusal, GATEWAY_ACTION_UNKNOWN, "The path / is right.");
    } else if (!span_equals_text(incoming->method, "GET") &&
               !span_equals_text(incoming->method, "POST")) {
        gateway_refuse(&refusal, GATEWAY_METHOD_UNSUPPORTED, "GET or POST is right.");
    } else {
        return true;
    }
    api_call_refuse(call, &refusal);
    return false;
}

static void go_on_signed(struct api_call *call)
{
    if (find_operation(call) && read_request(call) && find_account(call) &&
        permission_check(call)) {
        call->operation->run(call);
    }
}

// The account is looked for again: a reload may have replaced all of them since.
static void go_on_unsigned(struct api_call *call)
{
    if (find_account(call)) {
        call->operation->run(call);
    }
}

static void come_in(struct api_call *call)
{
    if (call->identity.key != NULL) {
        visit_ask(call, call->identity.key->account_id, go_on_signed);
    } else if (find_operation(call) && read_request(call) && find_account(call)) {
        visit_ask(call, call->entry.request.account_id, go_on_unsigned);
    }
}

static void answer_download(struct front_door *door, struct http_call *http)
{
    const struct download_config config = {
        .root = door->config.report_root, .key = door->link_key, .is_last = door->is_quiet};
    int status = download_answer(&config, http, clock_wall_ms());
    door->counters.downloads += status < 400 ? 1 : 0;
    door->counters.refused += status >= 400 ? 1 : 0;
}

static void take_trace(struct api_call *call)
{
    const struct http_incoming *incoming = http_call_incoming(call->http);
    struct span parent;
    struct span states[TRACE_STATE_MEMBERS_MAX];
    size_t count = 0;
    if (http_incoming_field(incoming, "traceparent", &parent) != 1 ||
        !trace_parse(parent, &call->trace)) {
        trace_begin(&call->trace);
        return;
    }
    for (size_t i = 0; i < incoming->field_count && count < ARRAY_LEN(states); i++) {
        if (span_equals_ignore_case(incoming->fields[i].name, span_of("tracestate"))) {
            states[count++] = incoming->fields[i].value;
        }
    }
    trace_set_state(&call->trace, states, count);
    call->trace = trace_child(&call->trace);
}

void reception_on_request(void *owner, struct http_call *http)
{
    struct front_door *door = owner;
    if (download_is_asked(http_call_incoming(http))) {
        answer_download(door, http);
        return;
    }
    struct api_call *call = api_call_create(door, http);
    struct span host = span_of("");
    door->under_way++;
    door->counters.requests++;
    random_uuid(call->request_id);
    take_trace(call);
    if (door->on_closed != NULL) {
        api_call_refuse_code(call, ANSWER_UNAVAILABLE, "");
        return;
    }
    (void)http_incoming_field(http_call_incoming(http), "host", &host);
    // The server holds it to HTTP_HOST_BYTES_MAX; HTTP/1.0 may have none (RFC 9112, 3.2).
    (void)snprintf(call->host, sizeof(call->host), "%.*s", (int)host.len, host.bytes);
    // The parameters first: in them stands how a refusal is to be written.
    if (read_parameters(call) && is_right_place(call) && identify(call)) {
        come_in(call);
    }
}
