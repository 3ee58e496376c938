// SPDX-License-Identifier: MIT
#include "worker/making.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "eval/evaluator.h"
#include "evaluation.h"
#include "output_file.h"
#include "render/render.h"
#include "source/inventory.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>

enum {
    REPORT_JSON_BYTES = 1024 * 1024 * 1024,
    SUMMARY_TEXT_BYTES = 16 * 1024 * 1024,
    MANIFEST_BYTES = 64 * 1024,
    CSV_HEADER_BYTES = 4096,
};

struct making {
    struct rulebook *rulebook;
    char *inventory_path;
    char *report_id;
    char *account_id;
    uint64_t fence;
    int64_t generated_at_ms;
    int64_t as_of_ms;
    bool regular_file_only;
    unsigned threads;
    size_t block_bytes;
    size_t sort_bytes;
    struct bad_lines_limit max_bad_lines;

    struct pack *pack;           // after bind
    struct diags input_problems; // after bind
    struct evaluator *evaluator; // after bind

    struct evaluation evaluation;    // after evaluate
    struct output_file findings;     // after evaluate, closed
    struct output_file csv;          // after evaluate, closed
    struct report report;            // after evaluate
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
    making->fence = input->fence;
    making->generated_at_ms = input->generated_at_ms;
    making->as_of_ms = input->as_of_ms;
    making->regular_file_only = input->regular_file_only;
    making->threads =
        input->threads < EVALUATION_THREADS_MAX ? input->threads : EVALUATION_THREADS_MAX;
    making->block_bytes = input->block_bytes;
    making->sort_bytes = input->sort_bytes > 0 ? input->sort_bytes : SIGHTING_SORT_BYTES;
    making->max_bad_lines = input->max_bad_lines;
    making->findings = OUTPUT_FILE_INIT;
    making->csv = OUTPUT_FILE_INIT;
    diags_init(&making->input_problems);
    diags_init(&making->evaluation.problems);
    return making;
}

void making_destroy(struct making **making_address)
{
    struct making *making = *making_address;
    if (making == NULL) {
        return;
    }
    report_deinit(&making->report);
    evaluation_deinit(&making->evaluation);
    output_file_deinit(&making->findings);
    output_file_deinit(&making->csv);
    evaluator_destroy(&making->evaluator);
    diags_deinit(&making->input_problems);
    pack_destroy(&making->pack);
    rulebook_unref(&making->rulebook);
    mem_free(&making->inventory_path);
    mem_free(&making->report_id);
    mem_free(&making->account_id);
    mem_free(making_address);
}

enum err_kind making_bind(struct making *making, const char *pack_json, size_t len,
                          const char *origin, struct err *err)
{
    REQUIRE(making->pack == NULL);
    if (pack_load(pack_json, len, origin, &making->pack, &making->input_problems, err) != ERR_OK) {
        return err_prefix(err, "pack");
    }
    const struct eval_input input = {.pack = making->pack,
                                     .rules = making->rulebook->rules,
                                     .waivers = &making->rulebook->waivers,
                                     .attestations = &making->rulebook->attestations,
                                     .as_of_ms = making->as_of_ms};
    diags_copy_all(&making->input_problems, &making->rulebook->problems);
    making->evaluator = evaluator_create(&input, &making->input_problems);
    return ERR_OK;
}

static enum err_kind open_outputs(struct making *making, const char *folder, struct err *err)
{
    if (output_file_open(&making->findings, folder, "findings.ndjson", err) != ERR_OK ||
        output_file_open(&making->csv, folder, "report.csv", err) != ERR_OK) {
        return err->kind;
    }
    struct buf header;
    buf_init(&header, CSV_HEADER_BYTES);
    render_csv_header(&header);
    enum err_kind kind = output_file_write(&making->csv, buf_text(&header), header.len, err);
    buf_deinit(&header);
    return kind;
}

static enum err_kind close_outputs(struct making *making, struct err *err)
{
    if (output_file_close(&making->findings, err) != ERR_OK) {
        return err->kind;
    }
    return output_file_close(&making->csv, err);
}

static enum err_kind run_evaluation(struct making *making, struct inventory *inventory,
                                    const char *folder, struct err *err)
{
    struct evaluation *evaluation = &making->evaluation;
    evaluation->evaluator = making->evaluator;
    evaluation->rule_count = eval_rules_set(making->rulebook->rules)->count;
    evaluation->inventory = inventory;
    evaluation->findings = &making->findings;
    evaluation->csv = &making->csv;
    evaluation->threads = making->threads;
    evaluation->stop = &making->stop;
    evaluation->bytes_done = &making->bytes_done;
    evaluation->duplicates = duplicates_create(folder, making->sort_bytes, &making->stop);
    enum err_kind kind = evaluation_run(evaluation, err);
    duplicates_destroy(&evaluation->duplicates);
    return kind;
}

// What the roll-up does not know: ids, times, provenance, and lines that never reached the
// evaluator.
static void fill_report(struct making *making, struct inventory *inventory)
{
    struct report *report = &making->report;
    evaluator_report(making->evaluator, making->evaluation.lane, report);
    report->report_id = making->report_id;
    report->account_id = making->account_id;
    report->generated_at_ms = making->generated_at_ms;
    report->evaluated_as_of_ms = making->as_of_ms;
    report->fence = making->fence;
    report->rules_digest = eval_rules_set(making->rulebook->rules)->digest;
    report->waivers_digest = making->rulebook->waivers.digest;
    report->attestations_digest = making->rulebook->attestations.digest;
    report->inventory.bad_lines += making->evaluation.left_out;
    report->inventory.duplicates = making->evaluation.duplicate_count;
    report->inventory.bytes = inventory_bytes(inventory);
    (void)text_copy(report->inventory.digest, sizeof(report->inventory.digest),
                    inventory_digest(inventory));
    diags_init(&report->inventory.problems);
    diags_take_all(&report->inventory.problems, &making->evaluation.problems);
    diags_init(&report->input_problems);
    diags_take_all(&report->input_problems, &making->input_problems);
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

// A duplicate was judged and is bad all the same.
static enum err_kind check_bad_lines(const struct making *making, struct err *err)
{
    const struct report_inventory *found = &making->report.inventory;
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

enum err_kind making_evaluate(struct making *making, const char *folder, struct err *err)
{
    REQUIRE(making->evaluator != NULL && making->evaluation.lane == NULL);
    struct inventory *inventory = NULL;
    if (judge_file(making, err) != ERR_OK) {
        return err->kind;
    }
    if (inventory_open(making->inventory_path, making->block_bytes, &inventory, err) != ERR_OK) {
        return err->kind;
    }
    enum err_kind kind = open_outputs(making, folder, err);
    if (kind == ERR_OK) {
        kind = run_evaluation(making, inventory, folder, err);
    }
    if (kind == ERR_OK) {
        kind = close_outputs(making, err);
    }
    if (kind == ERR_OK) {
        fill_report(making, inventory);
        kind = check_bad_lines(making, err);
    }
    inventory_close(&inventory);
    return kind;
}

// Writes a buffer as one file of the report. `file` is the caller's to deinit.
static enum err_kind write_whole(const char *folder, const char *name, const struct buf *content,
                                 struct output_file *file, struct err *err)
{
    if (content->overflow) {
        return err_set(err, ERR_LIMIT, "%s would be longer than %zu bytes", name, content->limit);
    }
    if (output_file_open(file, folder, name, err) != ERR_OK ||
        output_file_write(file, buf_text(content), content->len, err) != ERR_OK) {
        return err->kind;
    }
    return output_file_close(file, err);
}

static enum err_kind write_report_json(struct making *making, const char *folder,
                                       struct output_file *file, struct err *err)
{
    struct buf content;
    buf_init(&content, REPORT_JSON_BYTES);
    render_report_json(&making->report, (const char *const *)making->evaluation.first_findings,
                       making->evaluation.first_count, &content);
    enum err_kind kind = write_whole(folder, "report.json", &content, file, err);
    buf_deinit(&content);
    return kind;
}

static enum err_kind write_summary_text(struct making *making, const char *folder,
                                        struct output_file *file, struct err *err)
{
    struct buf content;
    buf_init(&content, SUMMARY_TEXT_BYTES);
    render_summary_text(&making->report, false, &content);
    enum err_kind kind = write_whole(folder, MAKING_SUMMARY_FILE, &content, file, err);
    buf_deinit(&content);
    return kind;
}

static enum err_kind write_manifest(struct making *making, const char *folder,
                                    const struct output_file *report_file,
                                    const struct output_file *summary_file, struct err *err)
{
    const struct render_file files[] = {
        {"findings.ndjson", making->findings.bytes, making->findings.digest_hex},
        {"report.csv", making->csv.bytes, making->csv.digest_hex},
        {"report.json", report_file->bytes, report_file->digest_hex},
        {MAKING_SUMMARY_FILE, summary_file->bytes, summary_file->digest_hex},
    };
    struct buf content;
    struct output_file manifest = OUTPUT_FILE_INIT;
    buf_init(&content, MANIFEST_BYTES);
    render_manifest(&making->report, files, ARRAY_LEN(files), &content);
    enum err_kind kind = write_whole(folder, "manifest.json", &content, &manifest, err);
    output_file_deinit(&manifest);
    buf_deinit(&content);
    return kind;
}

enum err_kind making_render(struct making *making, const char *folder, struct err *err)
{
    REQUIRE(making->report.pack != NULL);
    struct output_file report_file = OUTPUT_FILE_INIT;
    struct output_file summary_file = OUTPUT_FILE_INIT;
    enum err_kind kind = write_report_json(making, folder, &report_file, err);
    if (kind == ERR_OK) {
        kind = write_summary_text(making, folder, &summary_file, err);
    }
    if (kind == ERR_OK) {
        kind = write_manifest(making, folder, &report_file, &summary_file, err);
    }
    output_file_deinit(&summary_file);
    output_file_deinit(&report_file);
    return kind;
}

const struct report *making_report(const struct making *making)
{
    return &making->report;
}

const struct diags *making_problems(const struct making *making)
{
    return &making->input_problems;
}

char *making_summary(const struct making *making)
{
    const struct report *report = &making->report;
    const uint64_t *of = report->item_counts.of;
    int score = score_basis_points(report->scores.by_count);
    json_t *summary = json_pack(
        "{s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:o}", "checkItems", (json_int_t)report->item_count,
        "compliant", (json_int_t)of[OUTCOME_COMPLIANT], "nonCompliant",
        (json_int_t)of[OUTCOME_NON_COMPLIANT], "manual", (json_int_t)of[OUTCOME_MANUAL], "error",
        (json_int_t)of[OUTCOME_ERROR], "resources", (json_int_t)report->inventory.records,
        "badLines", (json_int_t)report->inventory.bad_lines, "duplicates",
        (json_int_t)report->inventory.duplicates, "scoreBasisPoints",
        score >= 0 ? json_integer(score) : json_null());
    ENSURE(summary != NULL);
    char *text = json_dumps(summary, JSON_COMPACT | JSON_SORT_KEYS);
    ENSURE(text != NULL);
    json_decref(summary);
    return text;
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
