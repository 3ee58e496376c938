// SPDX-License-Identifier: MIT
//
// Happy path: each thread, the caller's among them, does what comes next: it writes the oldest
// block of a ring when that is evaluated, else it reads the next block into a free slot and
// evaluates it, while its bytes are still near the processor that read them. One thread at a time
// reads, and one writes, each in the order of the inventory, so that the output is in input order
// whatever the threads do.
//
// Failure modes: reading or writing fails -> the first failure is kept, the threads end after their
// block, are joined, and the error goes up. Stop asked for -> the same with ERR_CANCELLED. A thread
// cannot be started -> those that are there do all of it. An inventory that is shorter than
// EVALUATION_ALONE_BYTES (most small accounts) starts no thread.
//
//   place:  empty --read--> busy --evaluated--> done --written--> empty
#include "evaluation.h"

#include "base/limits.h"
#include "base/mem.h"
#include "evaluation_slot.h"

#include <pthread.h>

struct place {
    bool is_done;     // under lock: evaluated, to be written
    struct slot slot; // of who read it, until it is done; then of who writes it
};

struct ring {
    struct evaluation *evaluation;
    size_t place_count;
    struct place *places; // a block is in the place of its number, modulo the count of them
    pthread_mutex_t lock;
    pthread_cond_t changed;
    // Under lock:
    size_t read; // blocks
    size_t written;
    bool is_reading;
    bool is_writing;
    bool is_at_end;     // of the inventory
    struct err failure; // the first
};

struct lane_thread {
    pthread_t id;
    struct ring *ring;
    struct slot_runner runner;
};

enum work { WORK_READ, WORK_WRITE, WORK_WAIT, WORK_END };

static struct place *place_of(const struct ring *ring, size_t block)
{
    return &ring->places[block % ring->place_count];
}

// What a thread does next. Under lock.
static enum work next_work(const struct ring *ring)
{
    bool is_all_written = ring->is_at_end && ring->written == ring->read;
    if (ring->failure.kind != ERR_OK || is_all_written) {
        return WORK_END;
    }
    if (!ring->is_writing && place_of(ring, ring->written)->is_done) {
        return WORK_WRITE;
    }
    bool has_room = ring->read - ring->written < ring->place_count;
    return !ring->is_reading && !ring->is_at_end && has_room ? WORK_READ : WORK_WAIT;
}

static void note(struct ring *ring, enum err_kind kind, const struct err *err)
{
    if (kind != ERR_OK && ring->failure.kind == ERR_OK) {
        ring->failure = *err;
    }
}

// Runs a block that was read. The lock is let go meanwhile.
static void run_place(struct ring *ring, struct place *place, struct slot_runner *runner)
{
    (void)pthread_mutex_unlock(&ring->lock);
    slot_run(&place->slot, runner);
    (void)pthread_mutex_lock(&ring->lock);
    place->is_done = true;
    (void)pthread_cond_broadcast(&ring->changed);
}

// Behind the last block comes an empty one, with what the reader has to say of the end.
static void read_place(struct ring *ring, struct slot_runner *runner)
{
    struct place *place = place_of(ring, ring->read);
    struct err err = ERR_INIT;
    ring->is_reading = true;
    (void)pthread_mutex_unlock(&ring->lock);
    enum err_kind kind = slot_read(ring->evaluation, &place->slot, &err);
    (void)pthread_mutex_lock(&ring->lock);
    ring->is_reading = false;
    note(ring, kind, &err);
    (void)pthread_cond_broadcast(&ring->changed);
    if (kind != ERR_OK) {
        return;
    }
    ring->read++;
    ring->is_at_end = place->slot.block.len == 0;
    run_place(ring, place, runner);
}

static void write_place(struct ring *ring)
{
    struct place *place = place_of(ring, ring->written);
    struct err err = ERR_INIT;
    ring->is_writing = true;
    (void)pthread_mutex_unlock(&ring->lock);
    enum err_kind kind = slot_write(ring->evaluation, &place->slot, &err);
    (void)pthread_mutex_lock(&ring->lock);
    ring->is_writing = false;
    note(ring, kind, &err);
    place->is_done = false;
    ring->written++;
    (void)pthread_cond_broadcast(&ring->changed);
}

// Works until all is done. Under lock, which is let go for the work itself.
static void work(struct ring *ring, struct slot_runner *runner)
{
    enum work next;
    while ((next = next_work(ring)) != WORK_END) {
        switch (next) {
        case WORK_READ:
            read_place(ring, runner);
            break;
        case WORK_WRITE:
            write_place(ring);
            break;
        case WORK_WAIT:
        case WORK_END:
            (void)pthread_cond_wait(&ring->changed, &ring->lock);
            break;
        }
    }
}

static void *run_lane(void *argument)
{
    struct lane_thread *thread = argument;
    (void)pthread_mutex_lock(&thread->ring->lock);
    work(thread->ring, &thread->runner);
    (void)pthread_mutex_unlock(&thread->ring->lock);
    return NULL;
}

// Takes the first block, which is read already.
static void ring_init(struct ring *ring, struct evaluation *evaluation, struct slot *take_first)
{
    *ring = (struct ring){.evaluation = evaluation,
                          .place_count = (size_t)evaluation->threads * EVALUATION_BLOCKS_PER_THREAD,
                          .read = 1};
    (void)pthread_mutex_init(&ring->lock, NULL);
    (void)pthread_cond_init(&ring->changed, NULL);
    ring->places = mem_alloc(ring->place_count, sizeof(ring->places[0]));
    ring->places[0].slot = *take_first;
    slot_init(take_first, evaluation);
    for (size_t i = 1; i < ring->place_count; i++) {
        slot_init(&ring->places[i].slot, evaluation);
    }
}

static void ring_deinit(struct ring *ring)
{
    for (size_t i = 0; i < ring->place_count; i++) {
        slot_deinit(&ring->places[i].slot);
    }
    mem_free(&ring->places);
    (void)pthread_cond_destroy(&ring->changed);
    (void)pthread_mutex_destroy(&ring->lock);
}

static void lane_init(struct lane_thread *lane, struct ring *ring)
{
    lane->ring = ring;
    slot_runner_init(&lane->runner, ring->evaluation,
                     eval_lane_create(ring->evaluation->evaluator));
}

static void lane_deinit(struct lane_thread *lane)
{
    eval_lane_destroy(&lane->runner.lane);
    slot_runner_deinit(&lane->runner);
}

static enum err_kind run_with_threads(struct evaluation *evaluation, struct slot *first,
                                      struct err *err)
{
    struct ring ring;
    struct lane_thread lanes[EVALUATION_THREADS_MAX]; // the first is the caller's
    size_t started = 1;
    bool goes_on = true;
    ring_init(&ring, evaluation, first);
    lane_init(&lanes[0], &ring);
    while (started < evaluation->threads && goes_on) {
        lane_init(&lanes[started], &ring);
        goes_on = pthread_create(&lanes[started].id, NULL, run_lane, &lanes[started]) == 0;
        if (goes_on) {
            started++;
        } else {
            lane_deinit(&lanes[started]);
        }
    }
    (void)pthread_mutex_lock(&ring.lock);
    run_place(&ring, &ring.places[0], &lanes[0].runner);
    work(&ring, &lanes[0].runner);
    (void)pthread_mutex_unlock(&ring.lock);
    for (size_t i = 0; i < started; i++) {
        if (i > 0) {
            (void)pthread_join(lanes[i].id, NULL);
        }
        eval_lane_merge(evaluation->lane, lanes[i].runner.lane);
        lane_deinit(&lanes[i]);
    }
    if (ring.failure.kind != ERR_OK) {
        *err = ring.failure;
    }
    enum err_kind kind = ring.failure.kind;
    ring_deinit(&ring);
    return kind;
}

// Without threads: one slot, read, run, written in turn. `slot` holds the first block.
static enum err_kind run_alone(struct evaluation *evaluation, struct slot *slot, struct err *err)
{
    struct slot_runner runner;
    slot_runner_init(&runner, evaluation, evaluation->lane);
    enum err_kind kind = ERR_OK;
    while (kind == ERR_OK && slot->block.len > 0) {
        slot_run(slot, &runner);
        kind = slot_write(evaluation, slot, err);
        if (kind == ERR_OK) {
            kind = slot_read(evaluation, slot, err);
        }
    }
    diags_take_all(&evaluation->problems, &slot->problems);
    slot_runner_deinit(&runner);
    return kind;
}

// Puts them among the bad lines.
static enum err_kind find_duplicates(struct evaluation *evaluation, struct err *err)
{
    struct diags found;
    diags_init(&found);
    enum err_kind kind =
        duplicates_find(evaluation->duplicates, &found, &evaluation->duplicate_count, err);
    if (kind == ERR_OK) {
        diags_merge_lines(&evaluation->problems, &found);
    }
    diags_deinit(&found);
    return kind;
}

enum err_kind evaluation_run(struct evaluation *evaluation, struct err *err)
{
    REQUIRE(evaluation->threads >= 1 && evaluation->threads <= EVALUATION_THREADS_MAX);
    evaluation->lane = eval_lane_create(evaluation->evaluator);
    struct slot first;
    slot_init(&first, evaluation);
    if (evaluation->threads == 1) { // others read a block before the one before it is walked
        inventory_skip_lines(evaluation->inventory);
    }
    enum err_kind kind = slot_read(evaluation, &first, err);
    if (kind == ERR_OK) {
        bool alone = evaluation->threads == 1 || first.block.len < EVALUATION_ALONE_BYTES;
        kind =
            alone ? run_alone(evaluation, &first, err) : run_with_threads(evaluation, &first, err);
    }
    slot_deinit(&first);
    if (kind != ERR_OK || evaluation->duplicates == NULL) {
        return kind;
    }
    return find_duplicates(evaluation, err);
}

void evaluation_deinit(struct evaluation *evaluation)
{
    eval_lane_destroy(&evaluation->lane);
    diags_deinit(&evaluation->problems);
}

void evaluation_pack_deinit(struct evaluation_pack *pack)
{
    output_file_deinit(&pack->findings);
    output_file_deinit(&pack->csv);
    for (size_t i = 0; i < pack->first_count; i++) {
        mem_free(&pack->first_findings[i]);
    }
    mem_free(&pack->first_findings);
    pack->first_count = 0;
}
