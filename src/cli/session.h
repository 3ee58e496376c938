// SPDX-License-Identifier: MIT
//
// The queue for a command, with all its partitions: options, opening, and calls that wait for their answer
// by running the loop. Private to cli. Thread: main.
#pragma once

#include "base/err.h"
#include "queue/queue.h"
#include "queue/status.h"
#include "tls_options.h"

#include <argp.h>
#include <stdbool.h>
#include <stdint.h>

// Where the queue is. One of redis, cluster, config and state_dir is given, or none; with none
// of them the configuration of the system (/etc/packreport/packreportd.ini), else a daemon started
// with --dev.
struct session_options {
    const char *redis;           // an address (settings/redis_address.h)
    const char *cluster;         // nodes of one, as the setting has them
    const char *user;            // with redis or cluster, or over what the settings have
    const char *credential_file; // the same
    const char *prefix;          // with redis or cluster; NULL: "packreport"
    struct tls_options tls;      // the same
    const char *config;
    const char *state_dir;
    bool json; // --json
};
// Child parser of every command that speaks to the queue: its place, --json, and the error for an
// argument that no command takes. Its input is a struct session_options.
extern const struct argp session_argp;

struct session;

// Connects and waits until the queue answers. ERR_CONFIG, ERR_UNAVAILABLE, ERR_TIMEOUT, ERR_DENIED.
enum err_kind session_open(const struct session_options *options, struct session **session_out,
                           struct err *err);
void session_close(struct session **session);

// Opens a session, runs `body` in it, closes it. Returns the exit status of `body`, or that of a
// queue which cannot be reached, with the error on standard error as `command`'s.
typedef int (*session_body_cb)(void *context, struct session *session);
int session_run(const struct session_options *options, const char *command, session_body_cb body,
                void *context);

// Each waits for its answer. ERR_UNAVAILABLE and ERR_UNCERTAIN as queue.h has them; a lost
// connection is made anew behind the scenes, so the same call may be repeated.
enum err_kind session_submit(struct session *session, const struct request *request,
                             char entry_id_out[QUEUE_ENTRY_ID_BYTES], struct err *err);
// The account's request: its answer lies in its account's partition.
enum err_kind session_answer(struct session *session, const char *account_id,
                             const char *request_id, struct queue_answer_record *record_out,
                             struct err *err);
// The same when the account is not known: in whichever partition it is.
enum err_kind session_find_answer(struct session *session, const char *request_id,
                                  struct queue_answer_record *record_out, struct err *err);
enum err_kind session_report(struct session *session, const char *account_id, const char *pack_id,
                             struct queue_report_record *record_out, struct err *err);
// `on_record` for each report known, in no order; for one now and then twice.
typedef void (*session_record_cb)(void *context, const struct queue_report_record *record);
enum err_kind session_list(struct session *session, const char *account_id_or_null,
                           session_record_cb on_record, void *context, struct err *err);
// Pairs of the report's history as an object of texts, empty when nothing is known; the caller's to
// free.
struct json_t;
enum err_kind session_history(struct session *session, const char *account_id,
                              const char *report_id, struct json_t **object_out, struct err *err);

// The same of a dead letter, in whichever partition it is.
enum err_kind session_dead_letter(struct session *session, const char *report_id,
                                  struct json_t **object_out, struct err *err);

// The list of workers, in partition 0 (queue/control.h).
struct queue_worker_list;
enum err_kind session_workers(struct session *session, struct queue_worker_list *list_out,
                              struct err *err);

// For calls that a command makes by itself: the queue of a partition or of an account's, and the loop
// run until *done is set.
unsigned session_partitions(const struct session *session);
struct queue *session_queue(struct session *session, unsigned partition);
struct queue *session_queue_of(struct session *session, const char *account_id);
void session_await(struct session *session, const bool *done);

bool session_is_on_cluster(const struct session *session);
// The server of a partition that was asked for; partitions with the same one have the same text.
const char *session_server(const struct session *session, unsigned partition);

// Lets time pass, with the connection kept alive.
void session_pause(struct session *session, int64_t ms);
