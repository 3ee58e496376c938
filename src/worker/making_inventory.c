// SPDX-License-Identifier: MIT
#include "making_inventory.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"

#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

void making_inventory_init(struct making_inventory *inventory, const char *path,
                           const char *account_id)
{
    *inventory = (struct making_inventory){
        .path = mem_text(path), .account_id = mem_text(account_id), .is_there = true};
}

void making_inventory_deinit(struct making_inventory *inventory)
{
    mem_free(&inventory->path);
    mem_free(&inventory->account_id);
}

enum err_kind making_inventory_look(struct making_inventory *inventory, bool regular_file_only,
                                    struct err *err)
{
    struct stat status;
    bool is_regular = stat(inventory->path, &status) == 0 && S_ISREG(status.st_mode);
    bool exists = is_regular || file_exists(inventory->path);
    inventory->is_there = inventory->account_id == NULL || exists;
    if (is_regular) {
        inventory->size = (uint64_t)status.st_size;
    } else if (regular_file_only && exists) {
        return err_set(err, ERR_INVALID, "inventory: %s is no regular file", inventory->path);
    }
    return ERR_OK;
}

static void take_counts(struct making_inventory *inventory, struct evaluation *evaluation)
{
    struct eval_counts counts;
    evaluator_count(evaluation->evaluator, evaluation->lane, &counts);
    inventory->found =
        (struct report_inventory){.records = counts.records,
                                  .bad_lines = counts.bad_lines + evaluation->left_out,
                                  .duplicates = evaluation->duplicate_count,
                                  .blank_lines = counts.blank_lines,
                                  .bytes = inventory_bytes(evaluation->inventory)};
    (void)text_copy(inventory->found.digest, sizeof(inventory->found.digest),
                    inventory_digest(evaluation->inventory));
    eval_counts_deinit(&counts);
}

bool making_inventory_is_unreadable(const struct making_inventory *inventory)
{
    return inventory->found.records == 0 && inventory->found.bad_lines > 0;
}

// A duplicate was judged and is bad all the same.
static enum err_kind check_bad_lines(const struct making_inventory *inventory,
                                     const struct diags *problems,
                                     const struct bad_lines_limit *limit, struct err *err)
{
    const struct report_inventory *found = &inventory->found;
    uint64_t all = found->records + found->bad_lines;
    uint64_t bad = found->bad_lines + found->duplicates;
    if (!bad_lines_limit_is_passed(limit, all - bad, bad)) {
        return ERR_OK;
    }
    INVARIANT(problems->count > 0);
    const struct diag *first = &problems->items[0];
    return err_set(err, ERR_INVALID,
                   "inventory %s: %" PRIu64 " of %" PRIu64 " records are bad, and at most %" PRIu64
                   "%s may be; the first is in line %zu: %s",
                   bad_lines_source(inventory->path), bad, all, limit->most,
                   limit->is_percent ? " %" : "", first->line, first->message);
}

static void name_file(struct diags *problems, const char *path)
{
    for (size_t i = 0; i < problems->count; i++) {
        if (problems->items[i].file == NULL) {
            problems->items[i].file = mem_text(path);
        }
    }
}

enum err_kind making_inventory_evaluate(struct making_inventory *inventory,
                                        const struct making_inventory_run *run, struct err *err)
{
    struct evaluation *evaluation = run->evaluation;
    if (inventory_open(inventory->path, run->block_bytes, &evaluation->inventory, err) != ERR_OK) {
        return err->kind;
    }
    enum err_kind kind = evaluation_run(evaluation, err);
    if (kind == ERR_OK) {
        take_counts(inventory, evaluation);
        kind = bad_lines_check_any(inventory->path, inventory->found.records,
                                   inventory->found.bad_lines, &evaluation->problems, err);
    }
    if (kind == ERR_OK) {
        kind = check_bad_lines(inventory, &evaluation->problems, run->max_bad_lines, err);
    }
    if (inventory->account_id != NULL) {
        name_file(&evaluation->problems, inventory->path);
    }
    inventory_close(&evaluation->inventory);
    return kind;
}

void making_inventory_warn(const struct making_inventory *inventory, struct diags *diags)
{
    if (inventory->is_there && inventory->found.records == 0) {
        // Of a report on one inventory the name of the file is no part: it tells nothing of what
        // was read.
        struct diag_place place = {.file = inventory->account_id != NULL ? inventory->path : NULL};
        diags_add(diags, DIAG_WARNING, "inventory.empty", place,
                  "the inventory holds no records: nothing was judged");
    }
}
