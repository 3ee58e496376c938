// SPDX-License-Identifier: MIT
//
// The intake: requests read from the stream, in batches. A blocking read (XREADGROUP) has a
// connection of its own; all others are made by a script on the command connection. Entries of
// consumers that are gone are taken over by XAUTOCLAIM, read to the end of its cursor.
//
// Whoever may add to the stream chooses how large an entry is. An entry past the limits below is
// refused, its answer under its entry id. The script measures each entry where it lies and returns
// the size of such a one only: nothing disturbs the connection on which leases are renewed. A
// blocking read cannot measure before; at worst it fails with ERR_LIMIT and its connection is made
// anew. Then, as after any failed read, what was read is this consumer's own: queue_read_own.
//
// Each entry becomes a queue_entry with its verdict; an entry whose only field is
// `wake` only wakes (it is admitted with the batch as "nothing to answer", so that it is removed).
// While jobs wait, each admission of new jobs, and of a wake-up that led to a claim, wakes the next
// worker; one that led to none is passed on a few times (admit.lua). A worker that has no free slot
// must leave some time between its reads, or it would use these up alone.
// Thread: the loop's.
#pragma once

#include "queue/queue.h"

enum {
    QUEUE_ENTRY_FIELDS_MAX = 32, // a request has nine, two of them for its trace
    QUEUE_ENTRY_BYTES_MAX = 64 * 1024,
};

struct queue_read {
    struct queue_entry entries[QUEUE_BATCH_MAX];
    size_t count;
    // Of queue_take_over and queue_read_own: requests that were read and then deleted from the stream by
    // somebody else before they had an answer. They are lost, and somebody should hear of it: none is
    // told twice.
    size_t vanished;
};

// `read` is the intake's own, valid during the callback; NULL with an error. Count 0: nothing came
// in time.
typedef void (*queue_read_cb)(void *context, const struct queue_read *read, const struct err *err);

// Reads up to `max` new entries over `connection`. Waits for the first up to `block_ms`; with 0 it
// does not wait. Over the queue's own connection it must not wait, and a script measures each entry
// before it is sent; another one has to bear a reply of any size. NOGROUP creates the group again.
void queue_read(struct queue *queue, struct redis_connection *connection, unsigned max,
                int64_t block_ms, queue_read_cb callback, void *context);

// Ends a blocking read of `blocking_client_id` by CLIENT UNBLOCK on the queue's command connection.
void queue_wake_reader(struct queue *queue, int64_t blocking_client_id);

// Takes over entries that were read and not admitted for `idle_ms` (their consumer died), up to
// QUEUE_BATCH_MAX. It goes in rounds; when one fails, what those before it took over is this consumer's
// own: queue_read_own.
void queue_take_over(struct queue *queue, int64_t idle_ms, queue_read_cb callback, void *context);

// This consumer's own entries that were read and never admitted (after a reconnect, or a read that
// failed): from the oldest on, to be repeated until there are none, and none that vanished.
void queue_read_own(struct queue *queue, queue_read_cb callback, void *context);

// Adds a request to the stream, as any producer may (`packreport generate`). `entry_id` in the
// callback is its stream id.
typedef void (*queue_submit_cb)(void *context, const char *entry_id, const struct err *err);
void queue_submit(struct queue *queue, const struct request *request, queue_submit_cb callback,
                  void *context);
