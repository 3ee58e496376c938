// SPDX-License-Identifier: MIT
//
// The queue's insides, and how its files call scripts and commands. Private to queue.
#pragma once

#include "arguments.h"
#include "keys.h"
#include "queue/queue.h"
#include "redis/connection.h"
#include "redis/reply_error.h"
#include "redis/script.h"

enum {
    QUEUE_CURSOR_BYTES = 24, // HSCAN's, decimal text of 64 bits
    // The server ends a BLOCK by itself; past this much more the path is dead.
    QUEUE_BLOCK_GRACE_MS = 2000,
};

#define QUEUE_GROUP "intake" // of the consumers of `requests`; scripts/parts/keys.lua says it, too

struct finish_batch;

struct queue {
    struct redis_connection *connection; // borrowed
    struct keys keys;
    struct queue_config config; // its texts are the queue's own
    unsigned outstanding;       // calls whose callback has not come
    // Endings: one batch is under way, those that came meanwhile wait (finish.c).
    struct finish_batch *finishing;
    struct finish_batch *finish_waiting;
    // Jobs that were claimed and whose records we cannot read (job_record.c), of each its id, and size and
    // head of the record; the next sweep takes them to the dead letters if they are still so.
    struct arguments unreadable;
    bool is_alone_next; // queue_is_alone_next
    // Where the next sweep goes on (sweep.c).
    char jobs_cursor[QUEUE_CURSOR_BYTES];
    char creating_cursor[QUEUE_CURSOR_BYTES];
    char fair_cursor[QUEUE_CURSOR_BYTES];
    char held_cursor[QUEUE_CURSOR_BYTES];
    // Waiting for replicas (replicas.c).
    bool is_waiting;
    bool waits_again; // something was written meanwhile
    // The last message of `control` that was read (control.c).
    char control_id[QUEUE_ENTRY_ID_BYTES];
    struct redis_script account;
    struct redis_script accounts;
    struct redis_script admit;
    struct redis_script audit;
    struct redis_script cancel;
    struct redis_script claim;
    struct redis_script dead;
    struct redis_script depth;
    struct redis_script finish;
    struct redis_script inspect;
    struct redis_script leave;
    struct redis_script letter;
    struct redis_script mend;
    struct redis_script pause;
    struct redis_script prepare;
    struct redis_script probe;
    struct redis_script read;
    struct redis_script renew;
    struct redis_script report;
    struct redis_script sweep;
    struct redis_script tell;
    struct redis_script visit;
    struct redis_script workers;
};

// One call under way: the head of whatever its file needs to know when the reply comes. It is
// allocated with mem_alloc as the first member of a larger struct, and freed after `on_reply`.
struct queue_call {
    struct queue *queue;
    // `reply` is NULL exactly when `err` is not; an error reply has been made into `err`.
    void (*on_reply)(struct queue_call *call, const struct redis_reply *reply,
                     const struct err *err);
    enum redis_remedy remedy; // what an error reply asks for; none without one
};

// KEYS and ARGV of one call of a script.
struct script_input {
    struct arguments keys; // the fixed ones, which every script wants first; others are added
    struct arguments args;
};
void script_input_init(struct script_input *input, const struct queue *queue);

// Runs a script. The call is taken, and the input is deinitialised.
void queue_call_script(struct queue_call *take_call, const struct redis_script *script,
                       struct script_input *take_input);

// Sends a command on `connection`; `timeout_ms` 0: the connection's. The call is taken.
void queue_call_command(struct queue_call *take_call, struct redis_connection *connection,
                        const struct arguments *command, int64_t timeout_ms);

// The next step of a SCAN for keys that fit a pattern; the first cursor is "0". The call is taken.
void queue_call_scan(struct queue_call *take_call, const char *cursor, const char *pattern);

// One bounded look of the audit's script (scripts/audit.lua). The call is taken.
void queue_look_send(struct queue_call *take_call, const char *what, const char *cursor);
struct queue_look {
    bool is_last;     // of what is looked at
    uint64_t entries; // looked at
    const struct redis_reply *sentences;
    const struct redis_reply *numbers;
};
// The lists are the reply's; `cursor` is that of the next look, "0" when this was the last.
struct queue_look queue_look_read(const struct redis_reply *reply, char cursor[QUEUE_CURSOR_BYTES]);

// Makes the number of partitions and the group where they are missing, also on a full Redis; the reply is
// the number that Redis holds. The call is taken.
void queue_call_prepare(struct queue_call *take_call);

// Something was written that replicas should have: WAIT on the queue's connection, where the config
// asks for it.
void queue_wait_for_replicas(struct queue *queue);

// Takes the cursor of the next step of a scan out of a reply; true, and "0", behind the last step.
// What is no cursor ends a scan as well: sent back it would only fail, or go round for ever.
bool queue_cursor_read(const struct redis_reply *reply, char cursor[QUEUE_CURSOR_BYTES]);

// Finds the word that a reply is among those that a script answers with, which stand at the places
// of the enum's values. False when it is none of them.
bool queue_word_read(const struct redis_reply *reply, const char *const *words, size_t count,
                     size_t *index_out);

// The text of a reply where its length does not matter.
const char *queue_reply_text(const struct redis_reply *reply);
