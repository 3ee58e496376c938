// SPDX-License-Identifier: MIT
#include "worker/making.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "making_pack.h"
#include "source/inventory.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>

enum { FOLDER_MODE = 0750 };

struct making {
    struct rulebook *rulebook;
    char *inventory_path;
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
    struct evaluation evaluation;    // after evaluate
    atomic_bool stop;                // any thread
    atomic_uint_fast64_t bytes_done; // any thread
    atomic_uint_fast64_t bytes_total;
};

struct making *making_create(const struct making_input *input)
{
    REQUIRE(input->threads >= 1 && input->block_bytes > 0);
    struct making *making = mem_alloc(1, sizeof(*making));
    making->rulebook = rulebook_ref(input->rulebook);
    making->inventory_path = mem_text(input->inventory_path);
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
    diags_init(&making->evaluation.problems);
    return making;
}

void making_empty(struct making *making)
{
    evaluation_deinit(&making->evaluation);
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
    mem_free(&making->inventory_path);
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
    if (making->files == REPORT_FILES_NONE) {
        return ERR_OK;
    }
    if (making->pack_count == 1) {
        return making_pack_open(pack, folder, making->files, err);
    }
    char *own = file_join(folder, pack->pack->uuid);
    enum err_kind kind = file_make_folders(own, FOLDER_MODE, err);
    if (kind == ERR_OK) {
        kind = making_pack_open(pack, own, making->files, err);
    }
    mem_free(&own);
    return kind;
}

static enum err_kind run_evaluation(struct making *making, struct inventory *inventory,
                                    const char *folder, struct err *err)
{
    struct evaluation *evaluation = &making->evaluation;
    struct evaluation_pack **packs = mem_alloc(making->pack_count, sizeof(void *));
    for (size_t i = 0; i < making->pack_count; i++) {
        packs[i] = &making->packs[i]->evaluation;
    }
    evaluation->evaluator = making->evaluator;
    evaluation->rule_count = eval_rules_set(making->rulebook->rules)->count;
    evaluation->packs = packs;
    evaluation->pack_count = making->pack_count;
    evaluation->inventory = inventory;
    evaluation->listed = making->listed;
    evaluation->files = making->files;
    evaluation->threads = making->threads;
    evaluation->stop = &making->stop;
    evaluation->bytes_done = &making->bytes_done;
    evaluation->duplicates = duplicates_create(folder, making->sort_bytes, &making->stop);
    enum err_kind kind = evaluation_run(evaluation, err);
    duplicates_destroy(&evaluation->duplicates);
    mem_free(&packs);
    return kind;
}

// What the roll-up does not know: ids, times, provenance, and lines that never reached the
// evaluator.
static void fill_report(struct making *making, size_t index, struct inventory *inventory)
{
    struct making_pack *pack = making->packs[index];
    struct report *report = &pack->report;
    evaluator_report(making->evaluator, making->evaluation.lane, index, report);
    report->report_id = making->report_id;
    report->trace_id = making->trace_id;
    report->account_id = making->account_id;
    report->generated_at_ms = making->generated_at_ms;
    report->evaluated_as_of_ms = making->as_of_ms;
    report->fence = making->fence;
    report->listed = making->listed;
    report->rules_digest = eval_rules_set(making->rulebook->rules)->digest;
    report->waivers_digest = making->rulebook->waivers.digest;
    report->attestations_digest = making->rulebook->attestations.digest;
    report->inventory.bad_lines += making->evaluation.left_out;
    report->inventory.duplicates = making->evaluation.duplicate_count;
    report->inventory.bytes = inventory_bytes(inventory);
    (void)text_copy(report->inventory.digest, sizeof(report->inventory.digest),
                    inventory_digest(inventory));
    diags_init(&report->inventory.problems);
    diags_copy_all(&report->inventory.problems, &making->evaluation.problems);
    diags_init(&report->input_problems);
    diags_take_all(&report->input_problems, &pack->input_problems);
}

// The size of the inventory for the progress, 0 when it has none (a pipe).
static enum err_kind judge_file(struct making *making, struct err *err)
{
    struct stat status;
    bool is_regular = stat(making->inventory_path, &status) == 0 && S_ISREG(status.st_mode);
    if (is_regular) {
        atomic_store(&making->bytes_total, (uint64_t)status.st_size);
    } else if (making->regular_file_only && file_exists(making->inventory_path)) {
        return err_set(err, ERR_INVALID, "inventory: %s is no regular file",
                       making->inventory_path);
    }
    return ERR_OK;
}

// A duplicate was judged and is bad all the same. All packs saw the same.
static enum err_kind check_bad_lines(const struct making *making, struct err *err)
{
    const struct report_inventory *found = &making->packs[0]->report.inventory;
    const struct bad_lines_limit *limit = &making->max_bad_lines;
    uint64_t all = found->records + found->bad_lines;
    uint64_t bad = found->bad_lines + found->duplicates;
    if (!bad_lines_limit_is_passed(limit, all - bad, bad)) {
        return ERR_OK;
    }
    INVARIANT(found->problems.count > 0);
    const struct diag *first = &found->problems.items[0];
    bool is_piped = strcmp(making->inventory_path, "-") == 0;
    return err_set(err, ERR_INVALID,
                   "inventory %s: %" PRIu64 " of %" PRIu64 " records are bad, and at most %" PRIu64
                   "%s may be; the first is in line %zu: %s",
                   is_piped ? "standard input" : making->inventory_path, bad, all, limit->most,
                   limit->is_percent ? " %" : "", first->line, first->message);
}

static enum err_kind evaluate(struct making *making, struct inventory *inventory,
                              const char *folder, struct err *err)
{
    enum err_kind kind = ERR_OK;
    for (size_t i = 0; kind == ERR_OK && i < making->pack_count; i++) {
        kind = open_pack(making, i, folder, err);
    }
    if (kind == ERR_OK) {
        kind = run_evaluation(making, inventory, folder, err);
    }
    for (size_t i = 0; kind == ERR_OK && i < making->pack_count; i++) {
        kind = making_pack_close(making->packs[i], err);
        if (kind == ERR_OK) {
            fill_report(making, i, inventory);
        }
    }
    return kind == ERR_OK ? check_bad_lines(making, err) : kind;
}

enum err_kind making_evaluate(struct making *making, const char *folder, struct err *err)
{
    REQUIRE(making->pack_count > 0 && making->evaluator == NULL);
    struct inventory *inventory = NULL;
    create_evaluator(making);
    if (judge_file(making, err) != ERR_OK) {
        return err->kind;
    }
    if (inventory_open(making->inventory_path, making->block_bytes, &inventory, err) != ERR_OK) {
        return err->kind;
    }
    enum err_kind kind = evaluate(making, inventory, folder, err);
    inventory_close(&inventory);
    return kind;
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

void making_progress(const struct making *making, uint64_t *done_out, uint64_t *total_out)
{
    *done_out = atomic_load(&making->bytes_done);
    *total_out = atomic_load(&making->bytes_total);
}

void making_stop(struct making *making)
{
    atomic_store(&making->stop, true);
}
