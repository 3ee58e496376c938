// SPDX-License-Identifier: MIT
#include "base/file.h"
#include "base/mem.h"
#include "sandbox.h"
#include "worker/making.h"
#include "workshop.h"

#include <criterion/criterion.h>
#include <jansson.h>
#include <string.h>

static struct rulebook *rulebook;

static void open_workshop(void)
{
    rulebook = workshop_open();
}

static void close_workshop(void)
{
    workshop_close(&rulebook);
}

TestSuite(making, .init = open_workshop, .fini = close_workshop);

static size_t sort_bytes; // of the makings that follow; 0: as usual
static enum report_files files;

static struct making *create(const char *inventory, unsigned threads, size_t block_bytes)
{
    const struct making_input input = {.rulebook = rulebook,
                                       .inventory_path = inventory,
                                       .report_id = "rp-1",
                                       .account_id = "1",
                                       .fence = 7,
                                       .generated_at_ms = 1700000000000,
                                       .as_of_ms = 1700000000000,
                                       .threads = threads,
                                       .block_bytes = block_bytes,
                                       .sort_bytes = sort_bytes,
                                       .files = files};
    return making_create(&input);
}

static void make(const char *inventory, unsigned threads, size_t block_bytes, const char *folder)
{
    struct err err = ERR_INIT;
    struct making *making = create(inventory, threads, block_bytes);
    cr_assert_eq(making_bind(making, WORKSHOP_PACK, strlen(WORKSHOP_PACK), "pack.json", &err),
                 ERR_OK, "%s", err.message);
    cr_assert_eq(making_evaluate(making, folder, &err), ERR_OK, "%s", err.message);
    cr_assert_eq(making_render(making, &err), ERR_OK, "%s", err.message);
    making_destroy(&making);
}

static void expect_same_file(const char *a, const char *b, const char *name)
{
    struct buf left = workshop_read(a, name);
    struct buf right = workshop_read(b, name);
    cr_expect_eq(left.len, right.len, "%s", name);
    cr_expect(left.len == right.len && memcmp(left.data, right.data, left.len) == 0, "%s", name);
    buf_deinit(&left);
    buf_deinit(&right);
}

Test(making, threads_and_blocks_do_not_show)
{
    const char *inventory = workshop_inventory("inventory.ndjson", 9000, 500);
    char *first = workshop_folder("first");
    make(inventory, 1, 1024 * 1024, first);
    const struct {
        unsigned threads;
        size_t block_bytes;
    } rows[] = {{1, 4096}, {2, 300 * 1024}, {4, 300 * 1024}, {3, 512 * 1024}, {8, 262144}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char *name = mem_format("run-%zu", i);
        char *folder = workshop_folder(name);
        make(inventory, rows[i].threads, rows[i].block_bytes, folder);
        expect_same_file(first, folder, "findings.ndjson");
        expect_same_file(first, folder, "report.csv");
        expect_same_file(first, folder, "report.json");
        mem_free(&folder);
        mem_free(&name);
    }
    mem_free(&first);
}

Test(making, report_json_alone_is_the_same_as_with_all_files)
{
    const char *inventory = workshop_inventory("inventory.ndjson", 3000, 500);
    char *all = workshop_folder("all");
    char *alone = workshop_folder("alone");
    make(inventory, 1, 1024 * 1024, all);
    files = REPORT_FILES_JSON;
    make(inventory, 4, 4096, alone);
    files = REPORT_FILES_ALL;
    expect_same_file(all, alone, "report.json");
    static const char *const OTHERS[] = {"findings.ndjson", "report.csv", "summary.txt",
                                         "manifest.json"};
    for (size_t i = 0; i < ARRAY_LEN(OTHERS); i++) {
        char *path = file_join(alone, OTHERS[i]);
        cr_expect_not(file_exists(path), "%s", OTHERS[i]);
        mem_free(&path);
    }
    mem_free(&alone);
    mem_free(&all);
}

// Each resource is there three times, so that two thirds of the records are duplicates.
static const char *inventory_of_duplicates(size_t resources)
{
    struct buf once = {0};
    const char *path = workshop_inventory("once.ndjson", resources, 0);
    struct err err = ERR_INIT;
    buf_init(&once, 16UL * 1024 * 1024);
    cr_assert_eq(file_read(path, &once, &err), ERR_OK);
    struct buf thrice;
    buf_init(&thrice, 64UL * 1024 * 1024);
    for (int i = 0; i < 3; i++) {
        (void)buf_append(&thrice, once.data, once.len);
    }
    char *all = sandbox_write("thrice.ndjson", thrice.data, thrice.len);
    buf_deinit(&once);
    buf_deinit(&thrice);
    return all;
}

Test(making, without_files_all_is_counted_and_no_folder_is_needed)
{
    enum { RESOURCES = 3000 };
    const char *inventory = inventory_of_duplicates(RESOURCES);
    struct err err = ERR_INIT;
    files = REPORT_FILES_NONE;
    sort_bytes = 16UL * 1024; // so that the sightings go into a file
    struct making *making = create(inventory, 2, 64UL * 1024);
    files = REPORT_FILES_ALL;
    sort_bytes = 0;
    cr_assert_eq(making_bind(making, WORKSHOP_PACK, strlen(WORKSHOP_PACK), "pack.json", &err),
                 ERR_OK, "%s", err.message);
    cr_assert_eq(making_evaluate(making, NULL, &err), ERR_OK, "%s", err.message);
    cr_assert_eq(making_render(making, &err), ERR_OK, "%s", err.message);
    const struct report *report = making_report(making, 0);
    cr_expect_eq(report->inventory.records, (uint64_t)3 * RESOURCES);
    cr_expect_eq(report->inventory.duplicates, (uint64_t)2 * RESOURCES);
    cr_expect_gt(report->item_counts.of[OUTCOME_NON_COMPLIANT], 0);
    char *summary = making_summary(making, 0);
    cr_expect_not_null(strstr(summary, "\"duplicates\":6000"), "%s", summary);
    mem_free(&summary);
    making_destroy(&making);
    mem_free(&inventory);
}

Test(making, duplicates_are_the_same_in_little_memory_and_on_many_threads)
{
    enum { RESOURCES = 3000 };
    const char *inventory = inventory_of_duplicates(RESOURCES);
    char *first = workshop_folder("first");
    make(inventory, 1, 1024 * 1024, first);
    struct buf text = workshop_read(first, "report.json");
    json_t *report = json_loadb(text.data, text.len, 0, NULL);
    const json_t *found = json_object_get(report, "inventory");
    cr_expect_eq(json_integer_value(json_object_get(found, "duplicates")), 2 * RESOURCES);
    cr_expect_eq(json_integer_value(json_object_get(found, "badLines")), 0);
    const json_t *list = json_object_get(json_object_get(found, "problems"), "list");
    cr_assert_eq(json_array_size(list), 1000);
    const json_t *line = json_object_get(json_array_get(list, 7), "line");
    cr_expect_eq(json_integer_value(line), RESOURCES + 8);
    json_decref(report);
    buf_deinit(&text);
    const struct {
        unsigned threads;
        size_t block_bytes;
        size_t sort_bytes;
    } rows[] = {{1, 4096, 512}, {4, 300 * 1024, 512}, {3, 262144, 70000}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char *name = mem_format("run-%zu", i);
        char *folder = workshop_folder(name);
        sort_bytes = rows[i].sort_bytes;
        make(inventory, rows[i].threads, rows[i].block_bytes, folder);
        expect_same_file(first, folder, "findings.ndjson");
        expect_same_file(first, folder, "report.json");
        expect_same_file(first, folder, "summary.txt");
        mem_free(&folder);
        mem_free(&name);
    }
    sort_bytes = 0;
    mem_free(&first);
    mem_free(&inventory);
}

Test(making, counts_and_keeps_the_first_findings)
{
    const char *inventory = workshop_inventory("inventory.ndjson", 600, 100);
    char *folder = workshop_folder("out");
    make(inventory, 1, 1024 * 1024, folder);
    struct buf text = workshop_read(folder, "report.json");
    json_t *report = json_loadb(text.data, text.len, 0, NULL);
    const json_t *found = json_object_get(report, "inventory");
    cr_expect_eq(json_integer_value(json_object_get(found, "records")), 600);
    cr_expect_eq(json_integer_value(json_object_get(found, "badLines")), 6);
    const json_t *problems = json_object_get(found, "problems");
    cr_expect_eq(json_array_size(json_object_get(problems, "list")), 6);
    // Sizes 0 to 59, ten times each; rule n fails sizes 0 to 10n: 1 + 11 + 21 + 31 + 41 of 60.
    cr_expect_eq(json_array_size(json_object_get(report, "firstFindings")), 1000);
    json_decref(report);
    buf_deinit(&text);
    struct buf findings = workshop_read(folder, "findings.ndjson");
    size_t lines = 0;
    for (size_t i = 0; i < findings.len; i++) {
        lines += findings.data[i] == '\n' ? 1 : 0;
    }
    cr_expect_eq(lines, 600 * 5);
    buf_deinit(&findings);
    mem_free(&folder);
}

Test(making, stops_when_told)
{
    struct err err = ERR_INIT;
    const char *inventory = workshop_inventory("inventory.ndjson", 100, 0);
    char *folder = workshop_folder("out");
    struct making *making = create(inventory, 1, 4096);
    (void)making_bind(making, WORKSHOP_PACK, strlen(WORKSHOP_PACK), "pack.json", &err);
    making_stop(making);
    cr_expect_eq(making_evaluate(making, folder, &err), ERR_CANCELLED);
    making_destroy(&making);
    mem_free(&folder);
}

Test(making, names_what_is_missing)
{
    struct err err = ERR_INIT;
    char *folder = workshop_folder("out");
    struct making *making = create("/nowhere/inventory.ndjson", 1, 4096);
    cr_expect_eq(making_bind(making, "{", 1, "pack.json", &err), ERR_INVALID);
    cr_expect(strstr(err.message, "pack.json") != NULL, "%s", err.message);
    making_destroy(&making);

    making = create("/nowhere/inventory.ndjson", 1, 4096);
    cr_expect_eq(making_bind(making, WORKSHOP_PACK, strlen(WORKSHOP_PACK), "pack.json", &err),
                 ERR_OK);
    cr_expect_eq(making_evaluate(making, folder, &err), ERR_NOT_FOUND);
    cr_expect(strstr(err.message, "/nowhere/inventory.ndjson") != NULL, "%s", err.message);
    making_destroy(&making);
    mem_free(&folder);
}

Test(making, refuses_to_write_over_a_report)
{
    struct err err = ERR_INIT;
    const char *inventory = workshop_inventory("inventory.ndjson", 10, 0);
    char *folder = workshop_folder("out");
    make(inventory, 1, 4096, folder);
    struct making *making = create(inventory, 1, 4096);
    (void)making_bind(making, WORKSHOP_PACK, strlen(WORKSHOP_PACK), "pack.json", &err);
    cr_expect_eq(making_evaluate(making, folder, &err), ERR_IO);
    making_destroy(&making);
    mem_free(&folder);
}

// ---- over an account group

static struct making *create_group(const char *first, const char *second, const char *third)
{
    const struct making_member members[] = {{"11", first}, {"22", second}, {"33", third}};
    const struct making_input input = {.rulebook = rulebook,
                                       .aggregator_id = "ca-1",
                                       .members = members,
                                       .member_count = ARRAY_LEN(members),
                                       .report_id = "rp-1",
                                       .account_id = "1",
                                       .fence = 7,
                                       .generated_at_ms = 1700000000000,
                                       .as_of_ms = 1700000000000,
                                       .threads = 2,
                                       .block_bytes = 64 * 1024};
    struct making *making = making_create(&input);
    struct err err = ERR_INIT;
    cr_assert_eq(making_bind(making, WORKSHOP_PACK, strlen(WORKSHOP_PACK), "pack.json", &err),
                 ERR_OK, "%s", err.message);
    return making;
}

static json_t *read_json(const char *folder, const char *name)
{
    struct buf content = workshop_read(folder, name);
    json_t *tree = json_loadb(content.data, content.len, 0, NULL);
    cr_assert_not_null(tree, "%s", name);
    buf_deinit(&content);
    return tree;
}

static json_int_t number_at(json_t *tree, const char *first, const char *second)
{
    return json_integer_value(json_object_get(json_object_get(tree, first), second));
}

Test(making, of_a_group_has_a_section_for_each_account_and_sums)
{
    struct err err = ERR_INIT;
    const char *large = workshop_inventory("large.ndjson", 9000, 500);
    const char *small = workshop_inventory("small.ndjson", 20, 0);
    char *folder = workshop_folder("group");
    struct making *making = create_group(large, "/nonexistent/22.ndjson", small);
    cr_assert_eq(making_evaluate(making, folder, &err), ERR_OK, "%s", err.message);
    cr_assert_eq(making_render(making, &err), ERR_OK, "%s", err.message);
    uint64_t done;
    uint64_t total;
    making_progress(making, &done, &total);
    cr_expect_eq(done, total, "%llu of %llu", (unsigned long long)done, (unsigned long long)total);
    making_destroy(&making);

    json_t *report = read_json(folder, "report.json");
    const json_t *accounts = json_object_get(report, "accounts");
    cr_assert_eq(json_array_size(accounts), 3);
    json_t *first = json_array_get(accounts, 0);
    json_t *second = json_array_get(accounts, 1);
    json_t *third = json_array_get(accounts, 2);
    cr_expect_str_eq(json_string_value(json_object_get(first, "accountId")), "11");
    cr_expect_eq(number_at(first, "inventory", "records"), 9000);
    cr_expect_eq(number_at(first, "inventory", "badLines"), 18);
    cr_expect_eq(number_at(third, "inventory", "records"), 20);
    cr_expect_eq(json_is_true(json_object_get(third, "hasInventory")), true);
    cr_expect_eq(json_is_false(json_object_get(second, "hasInventory")), true);
    cr_expect_null(json_object_get(second, "scores"));
    // Of the sizes 0 to 19 the rules want more than 0, 10, 20, 30 and 40.
    cr_expect_eq(number_at(third, "findingCounts", "COMPLIANT"), 19 + 9);
    cr_expect_eq(number_at(third, "findingCounts", "NON_COMPLIANT"), 1 + 11 + 20 * 3);
    static const char *const outcomes[] = {"COMPLIANT", "NON_COMPLIANT"};
    json_t *summary = json_object_get(report, "summary");
    for (size_t i = 0; i < ARRAY_LEN(outcomes); i++) {
        cr_expect_eq(number_at(summary, "findingCounts", outcomes[i]),
                     number_at(first, "findingCounts", outcomes[i]) +
                         number_at(third, "findingCounts", outcomes[i]));
    }
    cr_expect_eq(number_at(report, "inventory", "records"), 9020);
    cr_expect_eq(number_at(report, "inventory", "badLines"), 18);
    json_t *problems = json_object_get(json_object_get(report, "inventory"), "problems");
    json_t *problem = json_array_get(json_object_get(problems, "list"), 0);
    cr_expect_str_eq(json_string_value(json_object_get(problem, "file")), "large.ndjson");
    cr_expect_str_eq(
        json_string_value(json_object_get(json_object_get(report, "run"), "aggregatorId")), "ca-1");
    cr_expect_null(json_object_get(json_object_get(report, "provenance"), "inventorySha256"));
    json_decref(report);
    mem_free(&folder);
}

Test(making, of_a_group_says_whose_each_finding_is)
{
    struct err err = ERR_INIT;
    const char *small = workshop_inventory("small.ndjson", 2, 0);
    char *folder = workshop_folder("group");
    struct making *making = create_group(small, small, "/nonexistent/33.ndjson");
    cr_assert_eq(making_evaluate(making, folder, &err), ERR_OK, "%s", err.message);
    cr_assert_eq(making_render(making, &err), ERR_OK, "%s", err.message);
    making_destroy(&making);
    struct buf findings = workshop_read(folder, "findings.ndjson");
    size_t lines = 0;
    for (char *line = findings.data; line != NULL && *line != '\0'; lines++) {
        char *end = strchr(line, '\n');
        *end = '\0';
        cr_expect_not_null(
            strstr(line, lines < 10 ? "\"accountId\":\"11\"" : "\"accountId\":\"22\""), "%s", line);
        line = end + 1;
    }
    cr_expect_eq(lines, 20);
    buf_deinit(&findings);
    struct buf accounts = workshop_read(folder, "accounts.csv");
    cr_expect_not_null(strstr(buf_text(&accounts), "\r\n22,read,2,0,0,0,5,0,5,0,0,0,0.00,0.00\r\n"),
                       "%s", buf_text(&accounts));
    cr_expect_not_null(strstr(buf_text(&accounts), "\r\n33,missing,,,,,,,,,,,,\r\n"), "%s",
                       buf_text(&accounts));
    buf_deinit(&accounts);
    struct buf summary = workshop_read(folder, MAKING_SUMMARY_FILE);
    cr_expect_not_null(strstr(buf_text(&summary), "Accounts of ca-1\n"), "%s", buf_text(&summary));
    cr_expect_not_null(strstr(buf_text(&summary), "33                   no inventory\n"), "%s",
                       buf_text(&summary));
    buf_deinit(&summary);
    json_t *manifest = read_json(folder, "manifest.json");
    cr_expect_eq(json_array_size(json_object_get(manifest, "files")), 5);
    cr_expect_str_eq(json_string_value(json_object_get(manifest, "aggregatorId")), "ca-1");
    json_decref(manifest);
    mem_free(&folder);
}

static const char *write_inventory(const char *name, const char *text)
{
    return sandbox_write(name, text, strlen(text));
}

Test(making, of_lines_that_are_no_records_fails)
{
    struct err err = ERR_INIT;
    char *folder = workshop_folder("noise");
    const char *noise = write_inventory("noise.ndjson", "what\nis\n\nthis\n");
    struct making *making = create(noise, 1, 4096);
    cr_assert_eq(making_bind(making, WORKSHOP_PACK, strlen(WORKSHOP_PACK), "pack.json", &err),
                 ERR_OK, "%s", err.message);
    cr_expect_not(making_is_without_record(making));
    cr_expect_eq(making_evaluate(making, folder, &err), ERR_INVALID);
    cr_expect_not_null(strstr(err.message, "none of its 3 records is right"), "%s", err.message);
    cr_expect(making_is_without_record(making));
    making_destroy(&making);
    mem_free(&folder);
    mem_free(&noise);
}

Test(making, of_a_group_warns_of_each_account_without_a_record)
{
    struct err err = ERR_INIT;
    char *folder = workshop_folder("group");
    const char *none = write_inventory("none.ndjson", "");
    const char *noise = write_inventory("noise.ndjson", "what\n");
    const char *small = workshop_inventory("small.ndjson", 2, 0);
    struct making *making = create_group(none, small, "/nonexistent/33.ndjson");
    cr_assert_eq(making_evaluate(making, folder, &err), ERR_OK, "%s", err.message);
    const struct diags *problems = &making_report(making, 0)->input_problems;
    cr_assert_eq(problems->count, 1);
    cr_expect_str_eq(problems->items[0].code, "inventory.empty");
    cr_expect_str_eq(problems->items[0].file, none);
    cr_expect_eq(problems->warnings, 1);
    making_destroy(&making);

    char *other = workshop_folder("other");
    making = create_group(small, noise, small);
    cr_expect_eq(making_evaluate(making, other, &err), ERR_INVALID);
    cr_expect(making_is_without_record(making));
    making_destroy(&making);
    mem_free(&other);
    mem_free(&folder);
    mem_free(&none);
    mem_free(&noise);
}

Test(making, of_a_group_without_any_inventory_fails)
{
    struct err err = ERR_INIT;
    char *folder = workshop_folder("group");
    struct making *making = create_group("/nonexistent/11", "/nonexistent/22", "/nonexistent/33");
    cr_expect_eq(making_evaluate(making, folder, &err), ERR_NOT_FOUND, "%s", err.message);
    cr_expect_not_null(strstr(err.message, "none of the 3 accounts of ca-1 has one"), "%s",
                       err.message);
    making_destroy(&making);
    mem_free(&folder);
}
