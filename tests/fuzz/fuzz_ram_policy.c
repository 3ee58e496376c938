// SPDX-License-Identifier: MIT
//
// Input: an action, a resource and an address, a line each, and the JSON of policies. Whatever they
// are, they are refused with an error or decide: the same in any order of the policies, denied when
// everything is denied besides, and allowed when everything is allowed besides, unless they deny.
#include "base/check.h"
#include "base/mem.h"
#include "ram_policy.h"

#include <stdint.h>
#include <string.h>

enum { LINES = 3, LIMIT_BYTES = 1024 * 1024 };
#define NOW_MS INT64_C(1795289444750) // 2026-11-21T19:30:44.750Z

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// NULL when they are refused.
static struct ram_policies *read_policies(json_t *array)
{
    struct diags diags;
    diags_init(&diags);
    struct json_source source = {.noun = "key", .file = "fuzz", .diags = &diags};
    struct json_node root = {.value = array};
    struct ram_policies *policies = ram_policies_read(&source, &root);
    INVARIANT((policies == NULL) == (source.errors > 0));
    INVARIANT((policies == NULL) == (source.first.kind != ERR_OK));
    diags_deinit(&diags);
    return policies;
}

static enum ram_decision decide(json_t *array, const struct ram_request *request)
{
    struct ram_policies *policies = read_policies(array);
    INVARIANT(policies != NULL);
    enum ram_decision decision = ram_policies_decide(policies, request);
    ram_policies_destroy(&policies);
    return decision;
}

// What is decided when everything is allowed, or denied, besides.
static enum ram_decision decide_with(json_t *array, const char *effect,
                                     const struct ram_request *request)
{
    json_t *more = json_copy(array);
    json_t *policy = json_pack("{s:s, s:[{s:s, s:s, s:s}]}", "Version", "1", "Statement", "Effect",
                               effect, "Action", "*", "Resource", "*");
    INVARIANT(policy != NULL && json_array_append_new(more, policy) == 0);
    enum ram_decision decision = decide(more, request);
    json_decref(more);
    return decision;
}

static enum ram_decision decide_backwards(json_t *array, const struct ram_request *request)
{
    json_t *backwards = json_array();
    for (size_t i = json_array_size(array); i > 0; i--) {
        INVARIANT(json_array_append(backwards, json_array_get(array, i - 1)) == 0);
    }
    enum ram_decision decision = decide(backwards, request);
    json_decref(backwards);
    return decision;
}

static void check(json_t *array, const struct ram_request *request)
{
    struct ram_policies *policies = read_policies(array);
    if (policies == NULL) {
        return;
    }
    enum ram_decision decision = ram_policies_decide(policies, request);
    ram_policies_destroy(&policies);
    INVARIANT(decide_backwards(array, request) == decision);
    if (json_array_size(array) < RAM_POLICIES_MAX) {
        INVARIANT(decide_with(array, "Deny", request) == RAM_EXPLICIT_DENY);
        INVARIANT(decide_with(array, "Allow", request) ==
                  (decision == RAM_EXPLICIT_DENY ? RAM_EXPLICIT_DENY : RAM_ALLOWED));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *lines[LINES];
    const char *at = (const char *)data;
    const char *end = at + size;
    for (size_t i = 0; i < LINES; i++) {
        const char *stop = at == end ? NULL : memchr(at, '\n', (size_t)(end - at));
        lines[i] = mem_text_n(at, (size_t)((stop == NULL ? end : stop) - at));
        at = stop == NULL ? end : stop + 1;
    }
    const char *const resources[] = {"acs:config:*:100000000000001:*", lines[1]};
    struct ram_request request = {
        .action = lines[0],
        .resources = resources,
        .resource_count = ARRAY_LEN(resources),
        .now_ms = NOW_MS,
        .is_secure = size % 2 == 0,
        .source_ip = lines[2],
        .is_mfa_present = size % 3 == 0,
    };
    json_error_t error;
    json_t *array = json_loadb(at, (size_t)(end - at), JSON_REJECT_DUPLICATES, &error);
    if (array != NULL && (size_t)(end - at) <= LIMIT_BYTES) {
        check(array, &request);
    }
    json_decref(array);
    for (size_t i = 0; i < LINES; i++) {
        mem_free(&lines[i]);
    }
    return 0;
}
