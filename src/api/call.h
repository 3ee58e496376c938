// SPDX-License-Identifier: MIT
//
// One request to the front door, from its arrival to its answer; and what the files of the door share.
// Private to api. Thread: the loop's.
#pragma once

#include "access_keys.h"
#include "api/front_door.h"
#include "authentication.h"
#include "base/random.h"
#include "base/spare.h"
#include "gateway_error.h"
#include "pack_document.h"
#include "pack_lookup.h"
#include "parameters.h"

#include <jansson.h>
#include <sys/queue.h>

struct api_call;

// What the vendor calls an action. `run` is called with account, parameters and rights checked, and ends
// in api_call_succeed or api_call_refuse, at once or later.
struct operation {
    const char *name;     // "GenerateCompliancePackReport"
    const char *resource; // the kind of what it is for, in RAM's names: "compliancepack"
    bool is_of_pack;      // of the one in CompliancePackId, which has to be there; else of all
    bool is_of_group;     // over the account group in AggregatorId, which has to be there
    void (*run)(struct api_call *call);
};

struct api_call {
    struct front_door *door;
    struct http_call *http;
    struct parameters parameters;
    struct trace trace;       // the caller's, or a new one; its parent is this request's span
    struct identity identity; // `key` NULL: an open door
    struct access_keys *keys; // that the key is of; a reload may give the door others meanwhile
    const struct operation *operation;
    char host[HTTP_HOST_BYTES_MAX + 1];
    char request_id[RANDOM_UUID_BYTES];
    bool is_xml;
    bool is_body_unread;           // it has a body, and that is no form
    const struct account *account; // while the operation begins; accounts are replaced at a reload
    struct queue_entry entry;      // the request as the queue sees it
    struct pack_list_page page;    // of ListCompliancePacks
    unsigned admissions;           // tries of Generate
    unsigned visited;              // partition
    void (*after_visit)(struct api_call *call);
    int64_t retry_after_ms; // for a refusal that says so; 0: it does not
    json_t *denied;         // AccessDeniedDetail, when rights are missing; else NULL
    TAILQ_ENTRY(api_call) link;
};

// Calls that wait for one admission together.
TAILQ_HEAD(api_calls, api_call);

struct front_door {
    struct front_door_config config;
    struct front_door_parts parts;
    struct access_keys *keys;
    struct secret *link_key;
    const struct account_set *accounts;
    struct http_server *server;
    struct pack_lookup *packs;
    struct front_door_counters counters;
    struct spare spare_calls;
    unsigned under_way;          // calls
    struct api_calls waiting;    // to be admitted
    struct loop_timer admission; // fires when the waiting are to go
    struct queue_entry *batch;   // QUEUE_BATCH_MAX, of those that go
    struct api_calls unsure;     // whose admission was lost with the connection
    struct loop_timer again;     // fires when these are to go once more
    bool is_quiet;
    struct loop_closing closing;
    loop_closed_cb on_closed;
    void *owner;
};

// ---- call.c

// The call's end. `take_members` are those of the answer but RequestId.
void api_call_succeed(struct api_call *call, json_t *take_members);
void api_call_refuse(struct api_call *call, const struct api_refusal *refusal);
void api_call_refuse_code(struct api_call *call, enum answer_code code, const char *message);
struct api_call *api_call_create(struct front_door *door, struct http_call *http);
void api_call_destroy(struct api_call **call);

// ---- front_door.c

// Says that a call has ended.
void front_door_call_ended(struct front_door *door);

// The queue of the account's partition.
struct queue *front_door_queue(const struct front_door *door, const char *account_id);

// ---- visit.c

// Asks Redis whether a request of the account may come in: goes on with `then`, later, or refuses the
// call. The nonce is the identity's, where it has a key.
void visit_ask(struct api_call *call, const char *account_id, void (*then)(struct api_call *call));

// ---- the operations, each in a file of its own

void generate_run(struct api_call *call);
// Lets the calls that wait go to the queue; and those whose first admission had no answer.
void generate_admit_waiting(struct front_door *door);
void generate_admit_again(struct front_door *door);
void get_report_run(struct api_call *call);
void get_pack_run(struct api_call *call);
void list_packs_run(struct api_call *call);
