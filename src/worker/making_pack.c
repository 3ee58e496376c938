// SPDX-License-Identifier: MIT
#include "making_pack.h"

#include "base/buf.h"
#include "base/mem.h"
#include "pack_shelf.h"
#include "render/render.h"
#include "worker/making.h"

#include <inttypes.h>
#include <stdio.h>

enum {
    REPORT_JSON_BYTES = 1024 * 1024 * 1024,
    SUMMARY_TEXT_BYTES = 16 * 1024 * 1024,
    MANIFEST_BYTES = 64 * 1024,
    ACCOUNTS_CSV_BYTES = 1024 * 1024,
    CSV_HEADER_BYTES = 4096,
    ACCOUNTS_TEXT_BYTES = 96, // of a summary
    VERDICTS_CSV_BYTES = 1024 * 1024 * 1024,
};

static const char ACCOUNTS_FILE[] = "accounts.csv";

enum err_kind making_pack_load(struct rulebook *rulebook, int64_t as_of_ms, struct span json,
                               const char *origin, struct making_pack **pack_out, struct err *err)
{
    struct making_pack *pack = mem_alloc(1, sizeof(*pack));
    pack->evaluation.findings = OUTPUT_FILE_INIT;
    pack->evaluation.csv = OUTPUT_FILE_INIT;
    diags_init(&pack->input_problems);
    *pack_out = pack;
    pack->shelf = rulebook->packs;
    if (pack_shelf_take(pack->shelf, json, origin, &pack->pack, &pack->input_problems, err) !=
        ERR_OK) {
        return err_prefix(err, "pack");
    }
    const struct binding_input bound = {.pack = pack->pack,
                                        .rules = rulebook->rules,
                                        .attestations = &rulebook->attestations,
                                        .as_of_ms = as_of_ms};
    diags_copy_all(&pack->input_problems, &rulebook->problems);
    pack->binding = binding_create(&bound, &pack->input_problems);
    pack->evaluation.binding = pack->binding;
    return ERR_OK;
}

void making_pack_destroy(struct making_pack **pack_address)
{
    struct making_pack *pack = *pack_address;
    if (pack == NULL) {
        return;
    }
    report_deinit(&pack->report);
    evaluation_pack_deinit(&pack->evaluation);
    binding_destroy(&pack->binding);
    diags_deinit(&pack->input_problems);
    pack_shelf_put_back(pack->shelf, &pack->pack);
    render_csv_items_destroy(&pack->csv_items);
    mem_free(&pack->folder);
    mem_free(pack_address);
}

static struct render_csv_items *make_csv_items(const struct making_pack *pack, size_t rules)
{
    struct render_bound *bound = NULL;
    size_t count = 0;
    size_t capacity = 0;
    for (size_t item = 0; item < pack->pack->item_count; item++) {
        const size_t *of_item;
        size_t rule_count = binding_item_rules(pack->binding, item, &of_item);
        bound = mem_grow(bound, &capacity, count + rule_count, sizeof(*bound));
        for (size_t i = 0; i < rule_count; i++) {
            bound[count++] = (struct render_bound){.rule = of_item[i], .item = item};
        }
    }
    struct render_csv_items *items = render_csv_items_create(pack->pack, rules, bound, count);
    mem_free(&bound);
    return items;
}

enum err_kind making_pack_open(struct making_pack *pack, const char *folder,
                               enum report_files files, size_t rules, struct err *err)
{
    struct output_file *csv = &pack->evaluation.csv;
    pack->folder = mem_text(folder);
    if (files != REPORT_FILES_ALL) {
        return ERR_OK;
    }
    if (output_file_open(&pack->evaluation.findings, folder, "findings.ndjson", err) != ERR_OK ||
        output_file_open(csv, folder, "report.csv", err) != ERR_OK) {
        return err->kind;
    }
    pack->csv_items = make_csv_items(pack, rules);
    pack->evaluation.csv_items = pack->csv_items;
    struct buf header;
    buf_init(&header, CSV_HEADER_BYTES);
    render_csv_header(&header);
    enum err_kind kind = output_file_write(csv, buf_text(&header), header.len, err);
    buf_deinit(&header);
    return kind;
}

enum err_kind making_pack_close(struct making_pack *pack, struct err *err)
{
    return output_file_is_open(&pack->evaluation.findings)
               ? output_file_close(&pack->evaluation.findings, err)
               : ERR_OK;
}

static enum err_kind end_csv(struct making_pack *pack, struct err *err)
{
    struct output_file *csv = &pack->evaluation.csv;
    struct buf rows;
    buf_init(&rows, VERDICTS_CSV_BYTES);
    render_verdicts_csv(&pack->report, pack->csv_items, &rows);
    enum err_kind kind = rows.overflow
                             ? err_set(err, ERR_LIMIT, "report.csv has too many check items")
                             : output_file_write(csv, buf_text(&rows), rows.len, err);
    buf_deinit(&rows);
    return kind == ERR_OK ? output_file_close(csv, err) : kind;
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

static enum err_kind write_report_json(struct making_pack *pack, struct output_file *file,
                                       struct err *err)
{
    struct buf content;
    buf_init(&content, REPORT_JSON_BYTES);
    render_report_json(&pack->report, (const char *const *)pack->evaluation.first_findings,
                       pack->evaluation.first_count, &content);
    enum err_kind kind = write_whole(pack->folder, "report.json", &content, file, err);
    buf_deinit(&content);
    return kind;
}

static enum err_kind write_summary_text(struct making_pack *pack, struct output_file *file,
                                        struct err *err)
{
    struct buf content;
    buf_init(&content, SUMMARY_TEXT_BYTES);
    render_summary_text(&pack->report, false, &content);
    enum err_kind kind = write_whole(pack->folder, MAKING_SUMMARY_FILE, &content, file, err);
    buf_deinit(&content);
    return kind;
}

// What a member account adds, for a spreadsheet; nothing for a report without members.
static enum err_kind write_accounts(struct making_pack *pack, struct output_file *file,
                                    struct err *err)
{
    if (pack->report.section_count == 0) {
        return ERR_OK;
    }
    struct buf content;
    buf_init(&content, ACCOUNTS_CSV_BYTES);
    render_accounts_csv(&pack->report, &content);
    enum err_kind kind = write_whole(pack->folder, ACCOUNTS_FILE, &content, file, err);
    buf_deinit(&content);
    return kind;
}

// The files that are written after the evaluation.
struct late_files {
    struct output_file report;
    struct output_file summary;
    struct output_file accounts;
};

static enum err_kind write_manifest(struct making_pack *pack, const struct late_files *late,
                                    struct err *err)
{
    const struct evaluation_pack *early = &pack->evaluation;
    const struct render_file files[] = {
        {"findings.ndjson", early->findings.bytes, early->findings.digest_hex},
        {"report.csv", early->csv.bytes, early->csv.digest_hex},
        {"report.json", late->report.bytes, late->report.digest_hex},
        {MAKING_SUMMARY_FILE, late->summary.bytes, late->summary.digest_hex},
        {ACCOUNTS_FILE, late->accounts.bytes, late->accounts.digest_hex},
    };
    size_t count = ARRAY_LEN(files) - (pack->report.section_count == 0 ? 1 : 0);
    struct buf content;
    struct output_file manifest = OUTPUT_FILE_INIT;
    buf_init(&content, MANIFEST_BYTES);
    render_manifest(&pack->report, files, count, &content);
    enum err_kind kind = write_whole(pack->folder, "manifest.json", &content, &manifest, err);
    output_file_deinit(&manifest);
    buf_deinit(&content);
    return kind;
}

static enum err_kind write_late_files(struct making_pack *pack, enum report_files files,
                                      struct late_files *late, struct err *err)
{
    enum err_kind kind = write_report_json(pack, &late->report, err);
    if (kind != ERR_OK || files != REPORT_FILES_ALL) {
        return kind;
    }
    kind = end_csv(pack, err);
    if (kind == ERR_OK) {
        kind = write_summary_text(pack, &late->summary, err);
    }
    if (kind == ERR_OK) {
        kind = write_accounts(pack, &late->accounts, err);
    }
    return kind == ERR_OK ? write_manifest(pack, late, err) : kind;
}

enum err_kind making_pack_render(struct making_pack *pack, enum report_files files, struct err *err)
{
    REQUIRE(pack->report.pack != NULL);
    struct late_files late = {
        .report = OUTPUT_FILE_INIT, .summary = OUTPUT_FILE_INIT, .accounts = OUTPUT_FILE_INIT};
    enum err_kind kind = write_late_files(pack, files, &late, err);
    output_file_deinit(&late.accounts);
    output_file_deinit(&late.summary);
    output_file_deinit(&late.report);
    return kind;
}

// The beginning of the summary of a report over an account group; "" for others.
static void print_accounts(const struct report *report, char *text_out, size_t size)
{
    size_t without = 0;
    for (size_t i = 0; i < report->section_count; i++) {
        without += report->sections[i].has_inventory ? 0 : 1;
    }
    text_out[0] = '\0';
    if (report->section_count > 0) {
        (void)snprintf(text_out, size, "\"accounts\":%zu,\"accountsWithoutInventory\":%zu,",
                       report->section_count, without);
    }
}

// Members in the order of their names, and numbers alone: no JSON library is needed for that.
char *making_pack_summary(const struct making_pack *pack)
{
    const struct report *report = &pack->report;
    const struct report_inventory *inventory = &report->inventory;
    const uint64_t *of = report->item_counts.of;
    char score[16] = "null";
    int basis_points = score_basis_points(report->scores.by_count);
    if (basis_points >= 0) {
        (void)snprintf(score, sizeof(score), "%d", basis_points);
    }
    char accounts[ACCOUNTS_TEXT_BYTES];
    print_accounts(report, accounts, sizeof(accounts));
    return mem_format("{%s\"badLines\":%" PRIu64 ",\"checkItems\":%zu,\"compliant\":%" PRIu64
                      ",\"duplicates\":%" PRIu64 ",\"error\":%" PRIu64 ",\"manual\":%" PRIu64
                      ",\"nonCompliant\":%" PRIu64 ",\"resources\":%" PRIu64
                      ",\"scoreBasisPoints\":%s}",
                      accounts, inventory->bad_lines, report->item_count, of[OUTCOME_COMPLIANT],
                      inventory->duplicates, of[OUTCOME_ERROR], of[OUTCOME_MANUAL],
                      of[OUTCOME_NON_COMPLIANT], inventory->records, score);
}
