// SPDX-License-Identifier: MIT
#include "call.h"

#include "base/mem.h"
#include "base/text.h"
#include "document.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { ROOT_BYTES = 128, NUMBER_BYTES = 24 };
enum { USUAL_BYTES = 512 }; // of an answer

static void answer(struct api_call *call, int status, const json_t *tree, const char *root)
{
    struct buf body;
    buf_init(&body, DOCUMENT_BYTES_MAX);
    buf_reserve(&body, USUAL_BYTES);
    document_write(&body, tree, call->is_xml, root);
    REQUIRE(!body.overflow);
    char retry_after[NUMBER_BYTES];
    (void)snprintf(retry_after, sizeof(retry_after), "%" PRId64, call->retry_after_ms);
    // Nobody on the way may keep an answer, or take it for something else. The last is
    // milliseconds: the vendor's clients sleep for so many.
    const struct http_answer_header headers[] = {
        {"Content-Type", document_type(call->is_xml)},
        {"x-acs-request-id", call->request_id},
        {"Cache-Control", "no-store"},
        {"X-Content-Type-Options", "nosniff"},
        {"x-acs-retry-after", retry_after},
    };
    const size_t header_count = ARRAY_LEN(headers) - (call->retry_after_ms > 0 ? 0 : 1);
    const struct http_answer sent = {.status = status,
                                     .headers = headers,
                                     .header_count = header_count,
                                     .body = {buf_text(&body), body.len},
                                     .body_file = -1,
                                     .is_last = call->door->is_quiet};
    http_call_answer(call->http, &sent);
    buf_deinit(&body);
    struct front_door *door = call->door;
    api_call_destroy(&call);
    front_door_call_ended(door);
}

void api_call_succeed(struct api_call *call, json_t *take_members)
{
    char root[ROOT_BYTES];
    (void)snprintf(root, sizeof(root), "%sResponse", call->operation->name);
    json_t *tree = json_object();
    (void)json_object_set_new(tree, "RequestId", json_string(call->request_id));
    (void)json_object_update(tree, take_members);
    json_decref(take_members);
    answer(call, 200, tree, root);
    json_decref(tree);
}

// What is missing may stand in a body that was not looked into.
static json_t *make_message(const struct api_call *call, const struct api_refusal *refusal)
{
    static const char MISSING[] = "Missing";
    if (!call->is_body_unread || strncmp(refusal->code, MISSING, sizeof(MISSING) - 1) != 0) {
        return json_string(refusal->message);
    }
    return json_sprintf("%s Parameters are read from the query and from a body of type "
                        "application/x-www-form-urlencoded; this body is of another type.",
                        refusal->message);
}

void api_call_refuse(struct api_call *call, const struct api_refusal *refusal)
{
    struct front_door *door = call->door;
    if (refusal->status >= 500) {
        door->counters.failed++;
    } else {
        door->counters.refused++;
    }
    LOG_AT(door->parts.log, refusal->status >= 500 ? LOG_WARNING : LOG_INFO, "api.refused",
           LOG_TEXT("request_id", call->request_id), LOG_TEXT("code", refusal->code),
           LOG_NUMBER("status", refusal->status),
           LOG_TEXT("action", call->operation == NULL ? "" : call->operation->name),
           LOG_TEXT("trace_id", call->trace.trace_id),
           LOG_TEXT("peer", http_call_incoming(call->http)->peer));
    char recommend[API_CODE_BYTES + 96];
    (void)snprintf(recommend, sizeof(recommend),
                   "https://error-center.aliyun.com/status/search?Keyword=%s&source=PopGw",
                   refusal->code);
    json_t *tree = json_object();
    (void)json_object_set_new(tree, "RequestId", json_string(call->request_id));
    (void)json_object_set_new(tree, "HostId", json_string(call->host));
    (void)json_object_set_new(tree, "Code", json_string(refusal->code));
    (void)json_object_set_new(tree, "Message", make_message(call, refusal));
    (void)json_object_set_new(tree, "Recommend", json_string(recommend));
    if (call->denied != NULL) {
        (void)json_object_set(tree, "AccessDeniedDetail", call->denied);
    }
    answer(call, refusal->status, tree, "Error");
    json_decref(tree);
}

void api_call_refuse_code(struct api_call *call, enum answer_code code, const char *message)
{
    struct api_refusal refusal = {.status = answer_code_http_status(code)};
    (void)text_copy(refusal.code, sizeof(refusal.code), answer_code_text(code));
    (void)text_copy(refusal.message, sizeof(refusal.message),
                    message[0] == '\0' ? answer_code_message(code) : message);
    api_call_refuse(call, &refusal);
}

struct api_call *api_call_create(struct front_door *door, struct http_call *http)
{
    struct api_call *call = spare_take(&door->spare_calls);
    call->door = door;
    call->http = http;
    return call;
}

void api_call_destroy(struct api_call **call)
{
    json_decref((*call)->denied);
    access_keys_unref(&(*call)->keys);
    parameters_deinit(&(*call)->parameters);
    spare_give(&(*call)->door->spare_calls, *call);
    *call = NULL;
}
