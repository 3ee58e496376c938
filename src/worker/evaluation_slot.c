// SPDX-License-Identifier: MIT
#include "evaluation_slot.h"

#include "base/limits.h"
#include "base/mem.h"

#include <string.h>

void slot_init(struct slot *slot, const struct evaluation *evaluation)
{
    *slot = (struct slot){.evaluation = evaluation};
    slot->packs = mem_alloc(evaluation->pack_count, sizeof(*slot->packs));
    for (size_t i = 0; i < evaluation->pack_count; i++) {
        buf_init(&slot->packs[i].ndjson, EVALUATION_BLOCK_OUTPUT_BYTES);
        buf_init(&slot->packs[i].csv, EVALUATION_BLOCK_OUTPUT_BYTES);
    }
    diags_init(&slot->problems);
    reuse_found_init(&slot->found);
}

void slot_deinit(struct slot *slot)
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

void slot_runner_init(struct slot_runner *runner, const struct evaluation *evaluation,
                      struct eval_lane *lane)
{
    *runner = (struct slot_runner){.evaluator = evaluation->evaluator,
                                   .lane = lane,
                                   .parts = render_parts_create(evaluation->rule_count),
                                   .cursor = {.jumps = evaluation->threads > 1}};
}

void slot_runner_deinit(struct slot_runner *runner)
{
    render_parts_destroy(&runner->parts);
}

enum err_kind slot_read(struct evaluation *evaluation, struct slot *slot, struct err *err)
{
    if (atomic_load(evaluation->stop)) {
        return err_set(err, ERR_CANCELLED, "evaluation stopped");
    }
    size_t errors_before = slot->problems.errors;
    enum err_kind kind = inventory_next(evaluation->inventory, &slot->block, &slot->problems, err);
    evaluation->left_out += slot->problems.errors - errors_before;
    atomic_store(evaluation->bytes_done,
                 evaluation->bytes_before + inventory_bytes(evaluation->inventory));
    return kind;
}

static void keep_failed(struct slot_pack *pack, struct slot_line line)
{
    if (pack->failed_count < LIMIT_REPORT_FINDINGS) {
        pack->failed = mem_grow(pack->failed, &pack->failed_capacity, pack->failed_count + 1,
                                sizeof(pack->failed[0]));
        pack->failed[pack->failed_count++] = line;
    }
}

static void append_copy(struct buf *to, const struct buf *from, struct slot_line line)
{
    (void)buf_append(to, buf_text(from) + line.offset, line.len);
}

// What is written of a finding for the first pack that has its rule, and copied for the others; each
// pack's own check items end the row.
struct written {
    const struct slot_pack *pack;
    struct slot_line ndjson;
    struct slot_line csv;
};

static struct written write_first(struct slot *slot, struct slot_pack *pack,
                                  const struct finding *finding)
{
    struct written written = {
        .pack = pack, .ndjson = {.offset = pack->ndjson.len}, .csv = {.offset = pack->csv.len}};
    render_finding_ndjson(finding, slot->parts, &pack->ndjson);
    if (slot->evaluation->files == REPORT_FILES_ALL) {
        render_finding_csv(finding, slot->parts, &pack->csv);
    }
    written.ndjson.len = pack->ndjson.len - written.ndjson.offset;
    written.csv.len = pack->csv.len - written.csv.offset;
    return written;
}

static void on_finding(void *context, const struct finding *finding)
{
    struct slot *slot = context;
    const struct evaluation *evaluation = slot->evaluation;
    struct written written = {.pack = NULL};
    if (evaluation->files == REPORT_FILES_NONE) {
        return;
    }
    struct finding of_account = *finding;
    if (evaluation->account_id != NULL) {
        of_account.account_id = span_of(evaluation->account_id);
        finding = &of_account;
    }
    for (size_t i = 0; i < evaluation->pack_count; i++) {
        struct slot_pack *pack = &slot->packs[i];
        struct slot_line line = {.offset = pack->ndjson.len};
        if (!binding_has(evaluation->packs[i]->binding, finding->rule)) {
            continue;
        }
        if (written.pack == NULL) {
            written = write_first(slot, pack, finding);
        } else {
            append_copy(&pack->ndjson, &written.pack->ndjson, written.ndjson);
            append_copy(&pack->csv, &written.pack->csv, written.csv);
        }
        if (written.csv.len > 0) {
            render_csv_end_of_rule(evaluation->packs[i]->csv_items, finding->rule, &pack->csv);
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

void slot_run(struct slot *slot, struct slot_runner *runner)
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
        slot->block.walked = reuse_run_block(evaluation->reuse, &runner->cursor, runner->lane,
                                             &block, &slot->found, &slot->problems);
        return;
    }
    slot->block.walked = evaluator_run_block(runner->evaluator, runner->lane, &block,
                                             is_counting ? NULL : &sink, &slot->problems);
}

static void keep_first_findings(struct evaluation_pack *pack, const struct slot_pack *found)
{
    for (size_t i = 0; i < found->failed_count && pack->first_count < LIMIT_REPORT_FINDINGS; i++) {
        const struct slot_line *span = &found->failed[i];
        pack->first_findings = mem_grow(pack->first_findings, &pack->first_capacity,
                                        pack->first_count + 1, sizeof(char *));
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

enum err_kind slot_write(struct evaluation *evaluation, struct slot *slot, struct err *err)
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
    slot->sighting_count = 0;
    return ERR_OK;
}
