// SPDX-License-Identifier: MIT
//
// Happy path: the coordinator (the caller's thread) reads a block into the next slot of a ring -> a
// worker thread evaluates it -> the coordinator, when it comes round to that slot again, waits for
// it, writes its findings, and fills it with the next block. Slots are written in the order they
// were filled, so the output is in input order whatever the threads do.
//
// Failure modes: reading or writing fails -> `ending` is set, the threads stop after their block,
// are joined, and the error goes up. Stop asked for -> the same with ERR_CANCELLED. An inventory
// that is shorter than EVALUATION_ALONE_BYTES (most small accounts) starts no thread.
//
//   slot:  EMPTY --read--> FILLED --taken--> BUSY --evaluated--> DONE --written--> EMPTY
#include "evaluation.h"

#include "base/limits.h"
#include "base/mem.h"
#include "render/render.h"

#include <pthread.h>
#include <string.h>

enum slot_state { SLOT_EMPTY, SLOT_FILLED, SLOT_BUSY, SLOT_DONE };

struct line_span {
    size_t offset;
    size_t len;
};

// What a block found for one pack.
struct slot_pack {
    struct buf ndjson;
    struct buf csv;
    struct line_span *failed; // where the first NON_COMPLIANT lines stand in `ndjson`
    size_t failed_count;
    size_t failed_capacity;
};

struct slot {
    enum slot_state state;               // under lock
    const struct evaluation *evaluation; // only what does not change
    struct inventory_block block;
    struct slot_pack *packs;
    struct diags problems;
    struct render_parts *parts; // of the lane that runs the slot, while it does
    struct sighting *sightings; // of the block's records
    size_t sighting_count;
    size_t sighting_capacity;
    struct reuse_found found;
};

struct ring {
    struct evaluation *evaluation;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool ending;        // under lock
    size_t next_to_run; // under lock: sequence number of the slot that a thread takes next
    size_t filled;      // under lock: sequence number of the slot that is filled next
    size_t slot_count;
    struct slot *slots;
};

// What runs slots, one at a time.
struct runner {
    const struct evaluator *evaluator;
    struct eval_lane *lane;
    struct render_parts *parts;
    struct reuse_cursor cursor;
};

struct lane_thread {
    pthread_t id;
    struct ring *ring;
    struct runner runner;
};

static void runner_init(struct runner *runner, const struct evaluation *evaluation,
                        struct eval_lane *lane)
{
    *runner = (struct runner){.evaluator = evaluation->evaluator,
                              .lane = lane,
                              .parts = render_parts_create(evaluation->rule_count),
                              .cursor = {.jumps = evaluation->threads > 1}};
}

static void slot_init(struct slot *slot, const struct evaluation *evaluation)
{
    *slot = (struct slot){.state = SLOT_EMPTY, .evaluation = evaluation};
    slot->packs = mem_alloc(evaluation->pack_count, sizeof(*slot->packs));
    for (size_t i = 0; i < evaluation->pack_count; i++) {
        buf_init(&slot->packs[i].ndjson, EVALUATION_BLOCK_OUTPUT_BYTES);
        buf_init(&slot->packs[i].csv, EVALUATION_BLOCK_OUTPUT_BYTES);
    }
    diags_init(&slot->problems);
    reuse_found_init(&slot->found);
}

static void slot_deinit(struct slot *slot)
{
    for (size_t i = 0; slot->packs != NULL && i < slot->evaluation->pack_count; i++) {
        buf_deinit(&slot->packs[i].ndjson);
        buf_deinit(&slot->packs[i].csv);
        mem_free(&slot->packs[i].failed);
    }
    mem_free(&slot->packs);
    inventory_block_deinit(&slot->block);
    diags_deinit(&slot->problems);
    mem_free(&slot->sightings);
    reuse_found_deinit(&slot->found);
}

static void keep_failed(struct slot_pack *pack, struct line_span line)
{
    if (pack->failed_count < LIMIT_REPORT_FINDINGS) {
        pack->failed = mem_grow(pack->failed, &pack->failed_capacity, pack->failed_count + 1,
                                sizeof(pack->failed[0]));
        pack->failed[pack->failed_count++] = line;
    }
}

static void append_copy(struct buf *to, const struct buf *from, size_t offset)
{
    (void)buf_append(to, buf_text(from) + offset, from->len - offset);
}

// A finding is written out for the first pack that has its rule, and copied for the others.
static void on_finding(void *context, const struct finding *finding)
{
    struct slot *slot = context;
    const struct evaluation *evaluation = slot->evaluation;
    const struct slot_pack *first = NULL;
    size_t ndjson_at = 0;
    size_t csv_at = 0;
    if (evaluation->files == REPORT_FILES_NONE) {
        return;
    }
    for (size_t i = 0; i < evaluation->pack_count; i++) {
        struct slot_pack *pack = &slot->packs[i];
        struct line_span line = {.offset = pack->ndjson.len};
        if (!binding_has(evaluation->packs[i]->binding, finding->rule)) {
            continue;
        }
        if (first == NULL) {
            first = pack;
            ndjson_at = pack->ndjson.len;
            csv_at = pack->csv.len;
            render_finding_ndjson(finding, slot->parts, &pack->ndjson);
            if (evaluation->files == REPORT_FILES_ALL) {
                render_finding_csv(finding, slot->parts, &pack->csv);
            }
        } else {
            append_copy(&pack->ndjson, &first->ndjson, ndjson_at);
            append_copy(&pack->csv, &first->csv, csv_at);
        }
        line.len = pack->ndjson.len - line.offset;
        if (finding->outcome == OUTCOME_NON_COMPLIANT) {
            keep_failed(pack, line);
        }
    }
}

static void on_record(void *context, const struct eval_resource *resource)
{
    struct slot *slot = context;
    slot->sightings = mem_grow(slot->sightings, &slot->sighting_capacity, slot->sighting_count + 1,
                               sizeof(slot->sightings[0]));
    slot->sightings[slot->sighting_count++] =
        duplicates_identify(slot->evaluation->duplicates, resource);
}

static void slot_run(struct slot *slot, struct runner *runner)
{
    const struct evaluation *evaluation = slot->evaluation;
    slot->parts = runner->parts;
    const struct eval_sink sink = {
        .context = slot,
        .on_finding = on_finding,
        .on_record = on_record,
        .wanted = evaluation->listed,
    };
    const struct eval_block block = {.bytes = slot->block.bytes,
                                     .len = slot->block.len,
                                     .first_line = slot->block.first.line,
                                     .first_offset = slot->block.first.offset,
                                     .origins = slot->block.origins};
    bool is_counting = evaluation->pack_count == 0;
    if (evaluation->reuse != NULL) {
        reuse_run_block(evaluation->reuse, &runner->cursor, runner->lane, &block, &slot->found,
                        &slot->problems);
        return;
    }
    evaluator_run_block(runner->evaluator, runner->lane, &block, is_counting ? NULL : &sink,
                        &slot->problems);
}

static void keep_first_findings(struct evaluation_pack *pack, const struct slot_pack *found)
{
    for (size_t i = 0; i < found->failed_count && pack->first_count < LIMIT_REPORT_FINDINGS; i++) {
        const struct line_span *span = &found->failed[i];
        pack->first_findings[pack->first_count++] =
            mem_text_n(found->ndjson.data + span->offset, span->len);
    }
}

static enum err_kind write_pack(struct evaluation_pack *pack, struct slot_pack *found,
                                uint64_t first_line, struct err *err)
{
    if (found->ndjson.overflow || found->csv.overflow) {
        return err_set(err, ERR_LIMIT, "the findings of lines %llu and on exceed %d bytes",
                       (unsigned long long)first_line, EVALUATION_BLOCK_OUTPUT_BYTES);
    }
    bool is_written = output_file_is_open(&pack->findings);
    if (is_written &&
        (output_file_write(&pack->findings, buf_text(&found->ndjson), found->ndjson.len, err) !=
             ERR_OK ||
         output_file_write(&pack->csv, buf_text(&found->csv), found->csv.len, err) != ERR_OK)) {
        return err->kind;
    }
    keep_first_findings(pack, found);
    buf_reset(&found->ndjson);
    buf_reset(&found->csv);
    found->failed_count = 0;
    return ERR_OK;
}

// Writes what a slot found and empties it.
static enum err_kind slot_write(struct evaluation *evaluation, struct slot *slot, struct err *err)
{
    for (size_t i = 0; i < evaluation->pack_count; i++) {
        if (write_pack(evaluation->packs[i], &slot->packs[i], slot->block.first.line, err) !=
            ERR_OK) {
            return err->kind;
        }
    }
    if (evaluation->duplicates != NULL && duplicates_add(evaluation->duplicates, slot->sightings,
                                                         slot->sighting_count, err) != ERR_OK) {
        return err->kind;
    }
    if (evaluation->reuse != NULL) {
        reuse_take(evaluation->reuse, evaluation->lane, &slot->found);
    }
    diags_take_all(&evaluation->problems, &slot->problems);
    atomic_store(evaluation->bytes_done, inventory_bytes(evaluation->inventory));
    slot->sighting_count = 0;
    slot->state = SLOT_EMPTY;
    return ERR_OK;
}

// Reads the next block into an empty slot. Its len is 0 at the end of the inventory.
static enum err_kind slot_read(struct evaluation *evaluation, struct slot *slot, struct err *err)
{
    if (atomic_load(evaluation->stop)) {
        return err_set(err, ERR_CANCELLED, "evaluation stopped");
    }
    size_t errors_before = slot->problems.errors;
    enum err_kind kind = inventory_next(evaluation->inventory, &slot->block, &slot->problems, err);
    evaluation->left_out += slot->problems.errors - errors_before;
    return kind;
}

static void *run_lane(void *argument)
{
    struct lane_thread *thread = argument;
    struct ring *ring = thread->ring;
    (void)pthread_mutex_lock(&ring->lock);
    for (;;) {
        while (!ring->ending && ring->next_to_run == ring->filled) {
            (void)pthread_cond_wait(&ring->changed, &ring->lock);
        }
        if (ring->ending) {
            break;
        }
        struct slot *slot = &ring->slots[ring->next_to_run++ % ring->slot_count];
        INVARIANT(slot->state == SLOT_FILLED);
        slot->state = SLOT_BUSY;
        (void)pthread_mutex_unlock(&ring->lock);
        slot_run(slot, &thread->runner);
        (void)pthread_mutex_lock(&ring->lock);
        slot->state = SLOT_DONE;
        (void)pthread_cond_broadcast(&ring->changed);
    }
    (void)pthread_mutex_unlock(&ring->lock);
    return NULL;
}

static void wait_until_idle(struct ring *ring, struct slot *slot)
{
    (void)pthread_mutex_lock(&ring->lock);
    while (slot->state == SLOT_FILLED || slot->state == SLOT_BUSY) {
        (void)pthread_cond_wait(&ring->changed, &ring->lock);
    }
    (void)pthread_mutex_unlock(&ring->lock);
}

static void hand_to_threads(struct ring *ring, struct slot *slot)
{
    (void)pthread_mutex_lock(&ring->lock);
    slot->state = SLOT_FILLED;
    ring->filled++;
    (void)pthread_cond_broadcast(&ring->changed);
    (void)pthread_mutex_unlock(&ring->lock);
}

// Feeds the ring until the inventory ends, then writes what is still in it. The first slot is
// filled already.
static enum err_kind coordinate(struct ring *ring, struct err *err)
{
    struct evaluation *evaluation = ring->evaluation;
    hand_to_threads(ring, &ring->slots[0]);
    size_t at = 1;
    bool more = true;
    for (size_t left = ring->slot_count; more || left > 0; at++) {
        struct slot *slot = &ring->slots[at % ring->slot_count];
        wait_until_idle(ring, slot);
        if (slot->state == SLOT_DONE && slot_write(evaluation, slot, err) != ERR_OK) {
            return err->kind;
        }
        if (more && slot_read(evaluation, slot, err) != ERR_OK) {
            return err->kind;
        }
        if (more && slot->block.len > 0) {
            hand_to_threads(ring, slot);
        } else {
            // The end: the rest of the round writes what the other slots still hold.
            more = false;
            diags_take_all(&evaluation->problems, &slot->problems);
            left--;
        }
    }
    return ERR_OK;
}

static void end_threads(struct ring *ring, struct lane_thread *threads, size_t count)
{
    (void)pthread_mutex_lock(&ring->lock);
    ring->ending = true;
    (void)pthread_cond_broadcast(&ring->changed);
    (void)pthread_mutex_unlock(&ring->lock);
    for (size_t i = 0; i < count; i++) {
        (void)pthread_join(threads[i].id, NULL);
        eval_lane_merge(ring->evaluation->lane, threads[i].runner.lane);
        eval_lane_destroy(&threads[i].runner.lane);
        render_parts_destroy(&threads[i].runner.parts);
    }
}

static enum err_kind run_with_threads(struct evaluation *evaluation, struct slot *first,
                                      struct err *err)
{
    struct ring ring = {.evaluation = evaluation,
                        .slot_count = (size_t)evaluation->threads * EVALUATION_BLOCKS_PER_THREAD};
    (void)pthread_mutex_init(&ring.lock, NULL);
    (void)pthread_cond_init(&ring.changed, NULL);
    ring.slots = mem_alloc(ring.slot_count, sizeof(ring.slots[0]));
    ring.slots[0] = *first; // moved; the caller's slot is empty now
    slot_init(first, evaluation);
    for (size_t i = 1; i < ring.slot_count; i++) {
        slot_init(&ring.slots[i], evaluation);
    }

    struct lane_thread threads[EVALUATION_THREADS_MAX];
    size_t started = 0;
    int failed = 0;
    while (started < evaluation->threads && failed == 0) {
        threads[started].ring = &ring;
        runner_init(&threads[started].runner, evaluation, eval_lane_create(evaluation->evaluator));
        failed = pthread_create(&threads[started].id, NULL, run_lane, &threads[started]);
        if (failed != 0) {
            eval_lane_destroy(&threads[started].runner.lane);
            render_parts_destroy(&threads[started].runner.parts);
        } else {
            started++;
        }
    }
    // Fewer threads than wished are enough; none is not.
    enum err_kind kind = started > 0 ? coordinate(&ring, err)
                                     : err_set_errno(err, ERR_INTERNAL, failed, "start evaluation");
    end_threads(&ring, threads, started);
    for (size_t i = 0; i < ring.slot_count; i++) {
        slot_deinit(&ring.slots[i]);
    }
    mem_free(&ring.slots);
    (void)pthread_cond_destroy(&ring.changed);
    (void)pthread_mutex_destroy(&ring.lock);
    return kind;
}

// Without threads: one slot, read, run, written in turn. `slot` holds the first block.
static enum err_kind run_alone(struct evaluation *evaluation, struct slot *slot, struct err *err)
{
    struct runner runner;
    runner_init(&runner, evaluation, evaluation->lane);
    enum err_kind kind = ERR_OK;
    while (kind == ERR_OK && slot->block.len > 0) {
        slot_run(slot, &runner);
        kind = slot_write(evaluation, slot, err);
        if (kind == ERR_OK) {
            kind = slot_read(evaluation, slot, err);
        }
    }
    diags_take_all(&evaluation->problems, &slot->problems);
    render_parts_destroy(&runner.parts);
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
    for (size_t i = 0; i < evaluation->pack_count; i++) {
        evaluation->packs[i]->first_findings = mem_alloc(LIMIT_REPORT_FINDINGS, sizeof(char *));
    }
    struct slot first;
    slot_init(&first, evaluation);
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
