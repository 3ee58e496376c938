// SPDX-License-Identifier: MIT
#include "worker/making.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "making_inventory.h"
#include "making_pack.h"

#include <stdatomic.h>
#include <string.h>

enum { FOLDER_MODE = 0750 };

struct making {
    struct rulebook *rulebook;
    struct making_inventory *inventories; // one, or one for each member of the group
    size_t inventory_count;
    char *aggregator_id; // NULL: none
    char *report_id;
    char *account_id;
    char *trace_id; // "" none
    uint64_t fence;
    int64_t generated_at_ms;
    int64_t as_of_ms;
    bool regular_file_only;
    unsigned threads;
    size_t block_bytes;
    size_t sort_bytes;
    struct bad_lines_limit max_bad_lines;
    enum findings_listed listed;
    enum report_files files;

    struct making_pack **packs; // after bind
    size_t pack_count;
    size_t pack_capacity;

    struct evaluator *evaluator;     // after evaluate
    struct eval_lane *lane;          // after evaluate: the counts of all inventories
    struct diags problems;           // of all inventories
    atomic_bool stop;                // any thread
    atomic_uint_fast64_t bytes_done; // any thread
    atomic_uint_fast64_t bytes_total;
};

static void take_inventories(struct making *making, const struct making_input *input)
{
    bool is_group = input->aggregator_id != NULL;
    REQUIRE(is_group == (input->member_count > 0));
    making->inventory_count = is_group ? input->member_count : 1;
    making->inventories = mem_alloc(making->inventory_count, sizeof(*making->inventories));
    for (size_t i = 0; i < input->member_count; i++) {
        making_inventory_init(&making->inventories[i], input->members[i].inventory_path,
                              input->members[i].account_id);
    }
    if (!is_group) {
        making_inventory_init(&making->inventories[0], input->inventory_path, NULL);
    }
}

struct making *making_create(const struct making_input *input)
{
    REQUIRE(input->threads >= 1 && input->block_bytes > 0);
    struct making *making = mem_alloc(1, sizeof(*making));
    making->rulebook = rulebook_ref(input->rulebook);
    making->aggregator_id = mem_text(input->aggregator_id);
    take_inventories(making, input);
    making->report_id = mem_text(input->report_id);
    making->account_id = mem_text(input->account_id);
    making->trace_id = mem_text(input->trace_id == NULL ? "" : input->trace_id);
    making->fence = input->fence;
    making->generated_at_ms = input->generated_at_ms;
    making->as_of_ms = input->as_of_ms;
    making->regular_file_only = input->regular_file_only;
    making->threads =
        input->threads < EVALUATION_THREADS_MAX ? input->threads : EVALUATION_THREADS_MAX;
    making->block_bytes = input->block_bytes;
    making->sort_bytes = input->sort_bytes > 0 ? input->sort_bytes : SIGHTING_SORT_BYTES;
    making->max_bad_lines = input->max_bad_lines;
    making->listed = input->listed;
    making->files = input->files;
    diags_init(&making->problems);
    return making;
}

void making_empty(struct making *making)
{
    eval_lane_destroy(&making->lane);
    diags_deinit(&making->problems);
    evaluator_destroy(&making->evaluator);
    for (size_t i = 0; i < making->pack_count; i++) {
        making_pack_destroy(&making->packs[i]);
    }
    mem_free(&making->packs);
    making->pack_count = 0;
    making->pack_capacity = 0;
}

void making_destroy(struct making **making_address)
{
    struct making *making = *making_address;
    if (making == NULL) {
        return;
    }
    making_empty(making);
    rulebook_unref(&making->rulebook);
    for (size_t i = 0; i < making->inventory_count; i++) {
        making_inventory_deinit(&making->inventories[i]);
    }
    mem_free(&making->inventories);
    mem_free(&making->aggregator_id);
    mem_free(&making->report_id);
    mem_free(&making->account_id);
    mem_free(&making->trace_id);
    mem_free(making_address);
}

static enum err_kind check_is_name(const struct making_pack *pack, struct err *err)
{
    const char *uuid = pack->pack->uuid;
    if (text_is_id(uuid, strlen(uuid))) {
        return ERR_OK;
    }
    return err_set(err, ERR_INVALID,
                   "pack: the uuid of one of several packs has to be 1 to 64 of A-Z a-z 0-9 - _, "
                   "for it names a folder, and not \"%.80s\"",
                   uuid);
}

// Several packs have a folder each. The last one is new.
static enum err_kind check_names(const struct making *making, struct err *err)
{
    const struct making_pack *last = making->packs[making->pack_count - 1];
    for (size_t i = 0; i + 1 < making->pack_count; i++) {
        if (strcmp(making->packs[i]->pack->uuid, last->pack->uuid) == 0) {
            return err_set(err, ERR_INVALID, "pack: two packs have the uuid %s", last->pack->uuid);
        }
    }
    return check_is_name(making->packs[0], err) == ERR_OK ? check_is_name(last, err) : err->kind;
}

enum err_kind making_bind(struct making *making, const char *pack_json, size_t len,
                          const char *origin, struct err *err)
{
    REQUIRE(making->evaluator == NULL);
    struct making_pack *pack;
    enum err_kind kind = making_pack_load(making->rulebook, making->as_of_ms,
                                          (struct span){pack_json, len}, origin, &pack, err);
    making->packs =
        mem_grow(making->packs, &making->pack_capacity, making->pack_count + 1, sizeof(void *));
    making->packs[making->pack_count++] = pack;
    return kind == ERR_OK && making->pack_count > 1 ? check_names(making, err) : kind;
}

static void create_evaluator(struct making *making)
{
    const struct binding **bindings = mem_alloc(making->pack_count, sizeof(void *));
    for (size_t i = 0; i < making->pack_count; i++) {
        bindings[i] = making->packs[i]->binding;
    }
    const struct eval_input input = {.bindings = bindings,
                                     .binding_count = making->pack_count,
                                     .waivers = &making->rulebook->waivers};
    making->evaluator = evaluator_create(&input);
    mem_free(&bindings);
}

static enum err_kind open_pack(struct making *making, size_t index, const char *folder,
                               struct err *err)
{
    struct making_pack *pack = making->packs[index];
    size_t rules = eval_rules_set(making->rulebook->rules)->count;
    if (making->files == REPORT_FILES_NONE) {
        return ERR_OK;
    }
    if (making->pack_count == 1) {
        return making_pack_open(pack, folder, making->files, rules, err);
    }
    char *own = file_join(folder, pack->pack->uuid);
    enum err_kind kind = file_make_folders(own, FOLDER_MODE, err);
    if (kind == ERR_OK) {
        kind = making_pack_open(pack, own, making->files, rules, err);
    }
    mem_free(&own);
    return kind;
}

// ---- the inventories, one after the other

// What the evaluation of one inventory adds to those before it.
static void take_evaluation(struct making *making, struct evaluation *evaluation)
{
    if (making->lane == NULL) {
        making->lane = evaluation->lane;
        evaluation->lane = NULL;
    } else {
        eval_lane_merge(making->lane, evaluation->lane);
    }
    diags_take_all(&making->problems, &evaluation->problems);
}

static void fill_sections(struct making *making, size_t index, const struct evaluation *evaluation)
{
    const struct making_inventory *inventory = &making->inventories[index];
    for (size_t i = 0; i < making->pack_count; i++) {
        struct report_section *section = &making->packs[i]->report.sections[index];
        section->has_inventory = inventory->is_there;
        if (inventory->is_there) {
            struct report alone = {0};
            evaluator_report(making->evaluator, evaluation->lane, i, &alone);
            section->item_counts = alone.item_counts;
            section->finding_counts = alone.finding_counts;
            section->scores = alone.scores;
            report_deinit(&alone);
        }
    }
}

static enum err_kind evaluate_inventory(struct making *making, size_t index, const char *folder,
                                        uint64_t bytes_before, struct err *err)
{
    struct making_inventory *inventory = &making->inventories[index];
    struct evaluation_pack **packs = mem_alloc(making->pack_count, sizeof(void *));
    for (size_t i = 0; i < making->pack_count; i++) {
        packs[i] = &making->packs[i]->evaluation;
    }
    struct evaluation evaluation = {
        .evaluator = making->evaluator,
        .account_id = inventory->account_id,
        .rule_count = eval_rules_set(making->rulebook->rules)->count,
        .packs = packs,
        .pack_count = making->pack_count,
        .duplicates = duplicates_create(folder, making->sort_bytes, &making->stop),
        .listed = making->listed,
        .files = making->files,
        .threads = making->threads,
        .stop = &making->stop,
        .bytes_done = &making->bytes_done,
        .bytes_before = bytes_before,
    };
    diags_init(&evaluation.problems);
    const struct making_inventory_run run = {.evaluation = &evaluation,
                                             .block_bytes = making->block_bytes,
                                             .max_bad_lines = &making->max_bad_lines};
    enum err_kind kind = making_inventory_evaluate(inventory, &run, err);
    if (kind == ERR_OK && making->aggregator_id != NULL) {
        fill_sections(making, index, &evaluation);
    }
    if (kind == ERR_OK) {
        take_evaluation(making, &evaluation);
    }
    duplicates_destroy(&evaluation.duplicates);
    evaluation_deinit(&evaluation);
    mem_free(&packs);
    return kind;
}

static enum err_kind evaluate_inventories(struct making *making, const char *folder,
                                          struct err *err)
{
    uint64_t bytes = 0;
    enum err_kind kind = ERR_OK;
    for (size_t i = 0; kind == ERR_OK && i < making->inventory_count; i++) {
        if (making->inventories[i].is_there) {
            kind = evaluate_inventory(making, i, folder, bytes, err);
            bytes += making->inventories[i].found.bytes;
        }
    }
    return kind;
}

// The size of all inventories for the progress, 0 where it is not known (a pipe).
static enum err_kind look_at_inventories(struct making *making, struct err *err)
{
    uint64_t size = 0;
    size_t there = 0;
    for (size_t i = 0; i < making->inventory_count; i++) {
        struct making_inventory *inventory = &making->inventories[i];
        if (making_inventory_look(inventory, making->regular_file_only, err) != ERR_OK) {
            return err->kind;
        }
        size += inventory->size;
        there += inventory->is_there ? 1 : 0;
    }
    atomic_store(&making->bytes_total, size);
    if (there == 0) {
        return err_set(err, ERR_NOT_FOUND,
                       "inventory: none of the %zu accounts of %s has one; the first would be %s",
                       making->inventory_count, making->aggregator_id, making->inventories[0].path);
    }
    return ERR_OK;
}

// ---- the reports

static void make_sections(const struct making *making, struct report *report)
{
    report->sections = mem_alloc(making->inventory_count, sizeof(*report->sections));
    report->section_count = making->inventory_count;
    for (size_t i = 0; i < making->inventory_count; i++) {
        report->sections[i].account_id = making->inventories[i].account_id;
    }
}

static void add_inventory(struct report_inventory *into, const struct report_inventory *from)
{
    into->bad_lines += from->bad_lines;
    into->duplicates += from->duplicates;
    into->records += from->records;
    into->blank_lines += from->blank_lines;
    into->bytes += from->bytes;
}

static void fill_inventory(const struct making *making, struct report *report)
{
    // A group's totals are the sums over its sections.
    if (report->section_count == 0) {
        report->inventory = making->inventories[0].found;
    } else {
        memset(&report->inventory, 0, sizeof report->inventory);
    }
    for (size_t i = 0; i < report->section_count; i++) {
        report->sections[i].inventory = making->inventories[i].found;
        add_inventory(&report->inventory, &making->inventories[i].found);
    }
    diags_init(&report->inventory.problems);
    diags_copy_all(&report->inventory.problems, &making->problems);
}

// What the roll-up does not know: ids, times, provenance, and lines that never reached the
// evaluator.
static void fill_report(struct making *making, size_t index)
{
    struct making_pack *pack = making->packs[index];
    struct report *report = &pack->report;
    evaluator_report(making->evaluator, making->lane, index, report);
    report->report_id = making->report_id;
    report->trace_id = making->trace_id;
    report->account_id = making->account_id;
    report->aggregator_id = making->aggregator_id;
    report->generated_at_ms = making->generated_at_ms;
    report->evaluated_as_of_ms = making->as_of_ms;
    report->fence = making->fence;
    report->listed = making->listed;
    report->rules_digest = eval_rules_set(making->rulebook->rules)->digest;
    report->waivers_digest = making->rulebook->waivers.digest;
    report->attestations_digest = making->rulebook->attestations.digest;
    fill_inventory(making, report);
    diags_init(&report->input_problems);
    diags_take_all(&report->input_problems, &pack->input_problems);
    for (size_t i = 0; i < making->inventory_count; i++) {
        making_inventory_warn(&making->inventories[i], &report->input_problems);
    }
}

static enum err_kind evaluate(struct making *making, const char *folder, struct err *err)
{
    enum err_kind kind = ERR_OK;
    for (size_t i = 0; kind == ERR_OK && i < making->pack_count; i++) {
        kind = open_pack(making, i, folder, err);
        if (making->aggregator_id != NULL) {
            make_sections(making, &making->packs[i]->report);
        }
    }
    if (kind == ERR_OK) {
        kind = evaluate_inventories(making, folder, err);
    }
    for (size_t i = 0; kind == ERR_OK && i < making->pack_count; i++) {
        kind = making_pack_close(making->packs[i], err);
        if (kind == ERR_OK) {
            fill_report(making, i);
        }
    }
    return kind;
}

enum err_kind making_evaluate(struct making *making, const char *folder, struct err *err)
{
    REQUIRE(making->pack_count > 0 && making->evaluator == NULL);
    create_evaluator(making);
    if (look_at_inventories(making, err) != ERR_OK) {
        return err->kind;
    }
    return evaluate(making, folder, err);
}

enum err_kind making_render(struct making *making, struct err *err)
{
    for (size_t i = 0; making->files != REPORT_FILES_NONE && i < making->pack_count; i++) {
        REQUIRE(making->packs[i]->report.pack != NULL);
        if (making_pack_render(making->packs[i], making->files, err) != ERR_OK) {
            return err->kind;
        }
    }
    return ERR_OK;
}

size_t making_pack_count(const struct making *making)
{
    return making->pack_count;
}

const struct report *making_report(const struct making *making, size_t pack)
{
    REQUIRE(pack < making->pack_count);
    return &making->packs[pack]->report;
}

const struct diags *making_problems(const struct making *making, size_t pack)
{
    REQUIRE(pack < making->pack_count);
    return &making->packs[pack]->input_problems;
}

char *making_summary(const struct making *making, size_t pack)
{
    REQUIRE(pack < making->pack_count);
    return making_pack_summary(making->packs[pack]);
}

bool making_is_without_record(const struct making *making)
{
    for (size_t i = 0; i < making->inventory_count; i++) {
        if (making_inventory_is_unreadable(&making->inventories[i])) {
            return true;
        }
    }
    return false;
}

void making_progress(const struct making *making, uint64_t *done_out, uint64_t *total_out)
{
    *done_out = atomic_load(&making->bytes_done);
    *total_out = atomic_load(&making->bytes_total);
}

void making_stop(struct making *making)
{
    atomic_store(&making->stop, true);
}
