// SPDX-License-Identifier: MIT
#include "permission.h"

#include "base/clock.h"
#include "ram_policy.h"

#include <stdio.h>

enum { RESOURCE_BYTES = 256, ACTION_BYTES = 128 };

static void refuse_denied(struct api_call *call, const char *action, enum ram_decision decision)
{
    struct api_refusal refusal;
    const struct access_key *key = call->identity.key;
    gateway_refuse(&refusal, GATEWAY_NO_PERMISSION, "");
    json_t *denied = json_object();
    (void)json_object_set_new(denied, "AuthAction", json_string(action));
    (void)json_object_set_new(
        denied, "AuthPrincipalType",
        json_string(key->security_token != NULL ? "AssumedRoleUser" : "SubUser"));
    (void)json_object_set_new(denied, "AuthPrincipalOwnerId", json_string(key->account_id));
    (void)json_object_set_new(denied, "AuthPrincipalDisplayName", json_string(key->user_name));
    (void)json_object_set_new(
        denied, "NoPermissionType",
        json_string(decision == RAM_EXPLICIT_DENY ? "ExplicitDeny" : "ImplicitDeny"));
    (void)json_object_set_new(denied, "PolicyType", json_string("AccountLevelIdentityBasedPolicy"));
    call->denied = denied;
    api_call_refuse(call, &refusal);
}

// A resource has two names, that of the vendor's newer pages and that of the older ones. All packs of
// an account are ".../*".
bool permission_check(struct api_call *call)
{
    const struct access_key *key = call->identity.key;
    if (key == NULL || key->policies == NULL) {
        return true;
    }
    const struct http_incoming *incoming = http_call_incoming(call->http);
    char action[ACTION_BYTES];
    char old_name[RESOURCE_BYTES];
    char new_name[RESOURCE_BYTES];
    (void)snprintf(action, sizeof(action), "config:%s", call->operation->name);
    (void)snprintf(old_name, sizeof(old_name), "acs:config:*:%s:*", key->account_id);
    (void)snprintf(new_name, sizeof(new_name), "acs:config:*:%s:%s/%s", key->account_id,
                   call->operation->resource,
                   call->operation->is_of_pack ? call->entry.request.pack_id : "*");
    const char *const resources[] = {new_name, old_name};
    const struct ram_request request = {.action = action,
                                        .resources = resources,
                                        .resource_count = ARRAY_LEN(resources),
                                        .now_ms = clock_wall_ms(),
                                        .is_secure = incoming->is_tls,
                                        .source_ip = incoming->peer};
    enum ram_decision decision = ram_policies_decide(key->policies, &request);
    if (decision == RAM_ALLOWED) {
        return true;
    }
    refuse_denied(call, action, decision);
    return false;
}
