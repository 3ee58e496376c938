// SPDX-License-Identifier: MIT
//
// The front door: the vendor's RPC operations over HTTP, version 2020-09-07. A request goes through
// the same admission as one from the queue, so callers of both see one rule.
//
//   GenerateCompliancePackReport  CompliancePackId, ClientToken; ours: Language
//   GetCompliancePackReport       CompliancePackId
//   GenerateAggregateCompliancePackReport, GetAggregateCompliancePackReport
//                                 AggregatorId besides, and MultiFiles
//   ListCompliancePacks           Status, PageNumber, PageSize, Tag; ours: Language
//   GetCompliancePack             CompliancePackId; ours: Language
//
// and GET of the links to reports that it gives.
//
// GET or POST on "/", parameters from the query, a form body, or both; JSON, or XML when Format=XML
// asks for it. Signed by an access key (v1 or v3). Without keys the door is open: requests need no
// signature, say in AccountId whose they are, and the server has to listen on loopback or a Unix
// socket. What each error is: docs/api.md. Thread: the loop's.
#pragma once

#include "base/err.h"
#include "base/log.h"
#include "base/loop.h"
#include "domain/account.h"
#include "http/server.h"
#include "queue/queue.h"
#include "source/pack_source.h"

#include <stdbool.h>
#include <stdint.h>

struct front_door;
struct access_keys;

// The texts are borrowed and outlive the door.
struct front_door_config {
    struct http_server_config server;
    const char *report_root;       // of the file store, whose files are served
    const char *public_url;        // what links begin with; "": how the caller reached the door
    int64_t link_ms;               // how long a link is good
    const struct secret *link_key; // copied; NULL: one of this daemon's own, until it ends
    const char *account;           // of requests to an open door that name none; "" none
    unsigned rate;                 // requests a minute of an account, and at once; as queue_visit
    unsigned burst;
    int64_t pack_known_ms;   // how long a pack that was found is not looked for again
    int64_t pack_unknown_ms; // the same of one that was not
};

// Borrowed, and outlive the door.
struct front_door_parts {
    uv_loop_t *loop;
    struct log *log;
    struct queue *const *queues; // one for each partition
    unsigned partitions;
    struct pack_source *source;
    // How a batch of requests for the partition was admitted; `err` NULL: well. With an error also
    // of a request that was not let in because the queue could not be asked about its account.
    void (*on_admission)(void *owner, unsigned partition, const struct err *err);
    void *owner;
};

struct front_door_counters {
    uint64_t answers[ANSWER_CODE_COUNT]; // of Generate, by code
    uint64_t requests;                   // for operations
    uint64_t throttled;                  // of these, kept out by their account's rate
    uint64_t downloads;
    uint64_t refused; // 4xx
    uint64_t failed;  // 5xx
};

// Takes the keys; NULL: an open door. ERR_CONFIG when it is open and would listen to others than this
// machine; otherwise as http_server_create.
enum err_kind front_door_create(const struct front_door_config *config,
                                const struct front_door_parts *parts, struct access_keys *take_keys,
                                struct front_door **door_out, struct err *err);
// What front_door_create would refuse of config->server.listen without opening it
// (http_server_check). ERR_CONFIG.
enum err_kind front_door_check(const struct front_door_config *config, struct err *err);
// Borrowed until replaced.
void front_door_set_accounts(struct front_door *door, const struct account_set *accounts);
// The keys in force from the next request on. An open door stays open, one with keys never becomes
// open: ERR_CONFIG, and nothing changes (`take_keys` NULL, or not).
enum err_kind front_door_set_keys(struct front_door *door, struct access_keys *take_keys,
                                  struct err *err);

// Another certificate and its key, for new connections; only where there was one, and not after
// front_door_quiet. As http_server_set_tls.
enum err_kind front_door_set_tls(struct front_door *door, const struct secret *key,
                                 const char *certificate, struct err *err);

// No new connections; requests that are under way, and those that come on connections that stand, are
// answered, each as the last of its connection.
void front_door_quiet(struct front_door *door);
// After front_door_quiet. What is under way ends first: the queue and the source have to call back.
void front_door_close(struct front_door *door, loop_closed_cb on_closed, void *owner);

const char *front_door_address(const struct front_door *door);
const struct front_door_counters *front_door_counters(const struct front_door *door);
