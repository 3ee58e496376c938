// SPDX-License-Identifier: MIT
//
// An audit of a partition: the server's settings, each key, the places of the jobs; and what of it
// can be put right without losing anything.
//
//   settings   what endangers the promises: maxmemory-policy, appendonly, a failing append-only file
//   keys       SCAN in bounded steps: names that are not known, wrong types, keys that should end and
//              do not, keys whose owner is gone; keys below the prefix that are of no partition
//   queue      the invariants of queue/audit.h, in bounded steps
//
// With repair: tags and counts that are no numbers go, entries without a job go, a job in several
// places stays in one, sweeps give jobs a place and free packs, keys get their end, letters without
// a job go. Keys that are not known, or of a wrong type, are only named: they may be somebody's. It
// may run while daemons work. Results come by callback, never before the call has returned. Thread: the
// loop's.
#pragma once

#include "queue/queue.h"

struct queue_finding {
    const char *area; // "settings", "keys", "queue"
    const char *text; // a sentence without its end; names of keys in it as text_show has them
    bool is_repaired;
};

struct queue_doctor_sum {
    uint64_t keys; // looked at; one that SCAN gives twice counts twice
    uint64_t jobs;
    uint64_t found; // findings in all, also those of which only the number is known
    uint64_t repaired;
};

struct queue_doctor_events {
    void *context;
    // Valid during the call.
    void (*on_finding)(void *context, const struct queue_finding *finding);
    // Exactly one of the two is not NULL.
    void (*on_done)(void *context, const struct queue_doctor_sum *sum, const struct err *err);
};

struct queue_doctor_order {
    bool repair;
    // Of several partitions on one server one looks at what is the server's: its settings, and keys of
    // no partition.
    bool whole_server;
};

// The events are copied.
void queue_doctor_run(struct queue *queue, const struct queue_doctor_order *order,
                      const struct queue_doctor_events *events);
