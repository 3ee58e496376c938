// SPDX-License-Identifier: MIT
//
// A count with a cache says what a count without says: of inventories that change at random, of
// rules, waivers and instants that change, and of a cache that is damaged in any byte.
#include "worker/counting.h"

#include "base/file.h"
#include "base/mem.h"
#include "invent.h"
#include "outcome_cache.h"
#include "sandbox.h"
#include "source/inventory.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    WORLDS = 8,
    ROUNDS = 8,
    RULES_MAX = 60,
    LINES_MAX = 300,
    SMALL_LINES = 12,
    LARGE_LINES = 6000,
    TEXT_BYTES = 64 * 1024 * 1024,
    LARGE_BLOCK_BYTES = 256 * 1024, // of less no thread is started
    MAGIC_BYTES = 16,
    // Each place would take minutes under the sanitizers; primes, so that they fall on all kinds.
    ENDS_STEP = 67,
    CUT_STEP = 7,
    EACH_AT_THE_END = 64,
};
static const int64_t AS_OF_MS = INT64_C(1795219200000); // 2026-11-21
static const int64_t DAY_MS = INT64_C(24) * 60 * 60 * 1000;

static const char *folder;
static char *cache_path;
static char *inventory_path;
static char *rules_path;
static char *waivers_path;
static struct rulebook *rulebook;

static void open_sandbox(void)
{
    folder = sandbox_make();
    cache_path = file_join(folder, "cache");
}

static void close_sandbox(void)
{
    rulebook_unref(&rulebook);
    mem_free(&cache_path);
    mem_free(&inventory_path);
    mem_free(&rules_path);
    mem_free(&waivers_path);
    sandbox_remove();
}

TestSuite(counting, .init = open_sandbox, .fini = close_sandbox);

static void put(char **path, const char *name, const char *text, size_t len)
{
    mem_free(path);
    *path = sandbox_write(name, text, len);
}

static void load(const char *rules, const char *waivers)
{
    struct err err = ERR_INIT;
    rulebook_unref(&rulebook);
    put(&rules_path, "rules.json", rules, strlen(rules));
    if (waivers != NULL) {
        put(&waivers_path, "waivers.json", waivers, strlen(waivers));
    }
    const struct rulebook_paths paths = {.rules = rules_path,
                                         .waivers = waivers == NULL ? NULL : waivers_path};
    cr_assert_eq(rulebook_load(&paths, &rulebook, &err), ERR_OK, "%s", err.message);
}

static void invent(struct chance *chance)
{
    struct buf text;
    buf_init(&text, TEXT_BYTES);
    invent_rules(chance, 1 + chance_below(chance, RULES_MAX), &text);
    load(buf_text(&text), NULL);
    buf_deinit(&text);
}

// How a count is run.
struct manner {
    unsigned threads;
    size_t block_bytes;
    int64_t as_of_ms;
};
static const struct manner PLAIN = {1, INVENTORY_BLOCK_BYTES, 0};

struct result {
    struct buf text; // the numbers, and what is wrong with the inventory
    struct buf warnings;
    uint64_t reused;
    uint64_t records;
};

static void note_diags(const struct diags *diags, struct buf *out)
{
    for (size_t i = 0; i < diags->count; i++) {
        diag_format(&diags->items[i], out);
        (void)buf_append_char(out, '\n');
    }
    (void)buf_append_format(out, "%zu errors, %zu warnings\n", diags->errors, diags->warnings);
}

static struct result count(const char *cache, struct manner manner)
{
    const struct counting_input input = {.rulebook = rulebook,
                                         .inventory_path = inventory_path,
                                         .cache_path = cache,
                                         .as_of_ms = AS_OF_MS + manner.as_of_ms,
                                         .threads = manner.threads,
                                         .block_bytes = manner.block_bytes};
    struct err err = ERR_INIT;
    struct counting counting;
    struct result result;
    cr_assert_eq(counting_run(&input, &counting, &err), ERR_OK, "%s", err.message);
    buf_init(&result.text, TEXT_BYTES);
    buf_init(&result.warnings, TEXT_BYTES);
    for (size_t i = 0; i < counting.counts.rule_count; i++) {
        for (size_t j = 0; j < OUTCOME_COUNT; j++) {
            (void)buf_append_format(&result.text, "%" PRIu64 " ", counting.counts.rules[i].of[j]);
        }
    }
    (void)buf_append_format(&result.text,
                            "\n%" PRIu64 " records, %" PRIu64 " bad, %" PRIu64 " blank, %" PRIu64
                            " bytes\n",
                            counting.counts.records, counting.counts.bad_lines,
                            counting.counts.blank_lines, counting.bytes);
    note_diags(&counting.problems, &result.text);
    note_diags(&counting.cache_problems, &result.warnings);
    result.reused = counting.reused;
    result.records = counting.counts.records;
    counting_deinit(&counting);
    return result;
}

static void result_deinit(struct result *result)
{
    buf_deinit(&result->text);
    buf_deinit(&result->warnings);
}

// Counts with the cache and without; they say the same. `reused_out` may be NULL.
static void expect_same(struct manner manner, const char *warning, uint64_t *reused_out)
{
    struct result without =
        count(NULL, PLAIN.as_of_ms == manner.as_of_ms
                        ? PLAIN
                        : (struct manner){1, PLAIN.block_bytes, manner.as_of_ms});
    struct result with = count(cache_path, manner);
    cr_expect_str_eq(buf_text(&with.text), buf_text(&without.text));
    cr_expect_not_null(strstr(buf_text(&with.warnings), warning), "\"%s\" is not in: %s", warning,
                       buf_text(&with.warnings));
    if (reused_out != NULL) {
        *reused_out = with.reused;
    }
    result_deinit(&without);
    result_deinit(&with);
}

static const char NO_WARNING[] = "0 errors, 0 warnings";

// ---- inventories that change

struct lines {
    char *items[2 * LARGE_LINES];
    size_t count;
};

static void lines_deinit(struct lines *lines)
{
    for (size_t i = 0; i < lines->count; i++) {
        mem_free(&lines->items[i]);
    }
    lines->count = 0;
}

static char *invent_line(struct chance *chance)
{
    struct buf text;
    buf_init(&text, TEXT_BYTES);
    invent_lines(chance, 1, &text);
    return buf_take(&text);
}

static void insert_line(struct lines *lines, size_t at, char *take_line)
{
    memmove(lines->items + at + 1, lines->items + at,
            (lines->count - at) * sizeof(lines->items[0]));
    lines->items[at] = take_line;
    lines->count++;
}

static char *take_line(struct lines *lines, size_t at)
{
    char *line = lines->items[at];
    lines->count--;
    memmove(lines->items + at, lines->items + at + 1,
            (lines->count - at) * sizeof(lines->items[0]));
    return line;
}

// Puts one in, takes one out, changes one, moves one, or repeats one.
static void edit(struct lines *lines, struct chance *chance)
{
    size_t at = chance_below(chance, (uint32_t)lines->count);
    size_t to = chance_below(chance, (uint32_t)lines->count);
    char *line;
    switch (chance_below(chance, 5)) {
    case 0:
        insert_line(lines, at, invent_line(chance));
        break;
    case 1:
        line = take_line(lines, at);
        mem_free(&line);
        insert_line(lines, 0, invent_line(chance));
        break;
    case 2:
        mem_free(&lines->items[at]);
        lines->items[at] = invent_line(chance);
        break;
    case 3:
        line = take_line(lines, at);
        insert_line(lines, to < lines->count ? to : lines->count, line);
        break;
    default:
        insert_line(lines, to, mem_text(lines->items[at]));
        break;
    }
}

static void put_lines(const struct lines *lines)
{
    struct buf text;
    buf_init(&text, TEXT_BYTES);
    for (size_t i = 0; i < lines->count; i++) {
        (void)buf_append_text(&text, lines->items[i]);
    }
    put(&inventory_path, "inventory.ndjson", buf_text(&text), text.len);
    buf_deinit(&text);
}

static void begin_lines(struct lines *lines, struct chance *chance, size_t count)
{
    lines->count = 0;
    for (size_t i = 0; i < count; i++) {
        insert_line(lines, i, invent_line(chance));
    }
}

ParameterizedTestParameters(counting, a_cache_changes_no_number)
{
    static uint64_t seeds[WORLDS];
    for (size_t i = 0; i < WORLDS; i++) {
        seeds[i] = i + 1;
    }
    return cr_make_param_array(uint64_t, seeds, WORLDS);
}

ParameterizedTest(uint64_t *seed, counting, a_cache_changes_no_number)
{
    static const size_t BLOCKS[] = {1, 700, 4096, INVENTORY_BLOCK_BYTES};
    struct chance chance = {*seed};
    static struct lines lines;
    uint64_t reused_in_all = 0;
    invent(&chance);
    begin_lines(&lines, &chance, 1 + chance_below(&chance, LINES_MAX));
    for (size_t round = 0; round < ROUNDS; round++) {
        struct manner manner = {1 + chance_below(&chance, 3),
                                BLOCKS[chance_below(&chance, ARRAY_LEN(BLOCKS))], 0};
        uint64_t reused;
        put_lines(&lines);
        expect_same(manner, NO_WARNING, &reused);
        reused_in_all += reused;
        size_t edits = chance_below(&chance, round % 2 == 0 ? 4 : (uint32_t)lines.count);
        for (size_t i = 0; i < edits; i++) {
            edit(&lines, &chance);
        }
    }
    cr_expect_gt(reused_in_all, 0);
    lines_deinit(&lines);
}

// Large enough for threads, and in another order at last.
Test(counting, threads_share_a_cache)
{
    struct chance chance = {5};
    static struct lines lines;
    const struct manner manner = {3, LARGE_BLOCK_BYTES, 0};
    uint64_t reused;
    struct result all;
    invent(&chance);
    begin_lines(&lines, &chance, LARGE_LINES);
    put_lines(&lines);
    expect_same(manner, NO_WARNING, &reused);
    cr_expect_eq(reused, 0);
    all = count(NULL, PLAIN);
    for (size_t i = 0; i < 2; i++) {
        expect_same(manner, NO_WARNING, &reused);
        cr_expect_geq(reused * 10, all.records * 9, "%" PRIu64 " of %" PRIu64, reused, all.records);
        for (size_t j = 0; j + 1 < lines.count; j += 2) {
            char *line = lines.items[j];
            lines.items[j] = lines.items[lines.count - 1 - j];
            lines.items[lines.count - 1 - j] = line;
        }
        put_lines(&lines);
    }
    expect_same(PLAIN, NO_WARNING, &reused);
    cr_expect_geq(reused * 10, all.records * 9, "%" PRIu64 " of %" PRIu64, reused, all.records);
    result_deinit(&all);
    lines_deinit(&lines);
}

// ---- lines that are other lines

static struct buf read_cache(void);
static void write_cache(const char *bytes, size_t len);

// Counts `text` with the cache of another one.
static void expect_same_text(const struct buf *cache, const char *text, size_t len)
{
    write_cache(cache->data, cache->len);
    put(&inventory_path, "inventory.ndjson", text, len);
    expect_same(PLAIN, NO_WARNING, NULL);
}

// What the cache knows is looked for by its length: bytes that agree and end elsewhere are another
// line.
Test(counting, known_bytes_with_another_end_are_no_known_record)
{
    static const char INSERTED[] = {'\n', '\r', ' ', '}'};
    struct chance chance = {11};
    static struct lines lines;
    invent(&chance);
    begin_lines(&lines, &chance, SMALL_LINES);
    put_lines(&lines);
    expect_same(PLAIN, NO_WARNING, NULL);
    struct buf cache = read_cache();
    struct buf text;
    struct err err = ERR_INIT;
    buf_init(&text, TEXT_BYTES);
    cr_assert_eq(file_read(inventory_path, &text, &err), ERR_OK);
    for (size_t at = 0; at < text.len; at += text.data[at] == '\n' ? 1 : ENDS_STEP) {
        for (size_t i = 0; i < sizeof(INSERTED); i++) {
            struct buf changed;
            buf_init(&changed, TEXT_BYTES);
            (void)buf_append(&changed, text.data, at);
            (void)buf_append_char(&changed, INSERTED[i]);
            (void)buf_append(&changed, text.data + at, text.len - at);
            expect_same_text(&cache, changed.data, changed.len);
            changed.data[at + 1] = INSERTED[i];
            expect_same_text(&cache, changed.data, changed.len);
            buf_deinit(&changed);
        }
        expect_same_text(&cache, text.data, at); // cut
    }
    buf_deinit(&text);
    buf_deinit(&cache);
    lines_deinit(&lines);
}

// ---- what outcomes rest on

static const char EQUALS_RULE[] =
    "{\"id\": \"r\", \"checkItems\": [{\"name\": \"x\"}], \"resourceTypes\": [\"t\"], "
    "\"condition\": {\"featureSource\": \"CONFIGURATION\", \"featurePath\": \"$.v\", "
    "\"operator\": \"StringEquals\", \"desired\": \"a\"}}";
static const char OTHER_RULE[] =
    "{\"id\": \"r\", \"checkItems\": [{\"name\": \"x\"}], \"resourceTypes\": [\"t\"], "
    "\"condition\": {\"featureSource\": \"CONFIGURATION\", \"featurePath\": \"$.v\", "
    "\"operator\": \"StringEquals\", \"desired\": \"b\"}}";
static const char AGE_RULE[] =
    "{\"id\": \"r\", \"checkItems\": [{\"name\": \"x\"}], \"resourceTypes\": [\"t\"], "
    "\"condition\": {\"featureSource\": \"CONFIGURATION\", \"featurePath\": \"$.v\", "
    "\"operator\": \"AgeLess\", \"desired\": 2}}";
static const char WAIVERS[] =
    "{\"waivers\": [{\"id\": \"w\", \"rule\": \"r\", \"resource\": \"i-1*\", \"reason\": \"r\", "
    "\"approver\": \"role\", \"until\": \"2026-11-22\"}]}";

static void put_small(void)
{
    static const char *const VALUES[] = {"a", "b", "2026-11-20"};
    struct buf text;
    buf_init(&text, TEXT_BYTES);
    for (int i = 0; i < SMALL_LINES; i++) {
        (void)buf_append_format(&text,
                                "{\"resourceId\": \"i-%d\", \"resourceType\": \"%s\", "
                                "\"configuration\": {\"v\": \"%s\"}}\n",
                                i, i % 4 == 3 ? "u" : "t", VALUES[i % 3]);
    }
    put(&inventory_path, "inventory.ndjson", buf_text(&text), text.len);
    buf_deinit(&text);
}

// Counts with the cache of before: whether all records came from it.
static void expect_reuse(const char *rules, const char *waivers, int64_t as_of_ms,
                         const char *warning)
{
    uint64_t reused;
    load(rules, waivers);
    const struct manner manner = {1, INVENTORY_BLOCK_BYTES, as_of_ms};
    expect_same(manner, warning, &reused);
    cr_expect_eq(reused, warning == NO_WARNING ? SMALL_LINES : 0);
    // The next one finds what this one kept.
    expect_same(manner, NO_WARNING, &reused);
    cr_expect_eq(reused, SMALL_LINES);
}

Test(counting, other_rules_and_waivers_and_instants_count_anew)
{
    put_small();
    load(EQUALS_RULE, NULL);
    expect_same(PLAIN, NO_WARNING, NULL);
    expect_reuse(EQUALS_RULE, NULL, 0, NO_WARNING);
    expect_reuse(EQUALS_RULE, NULL, DAY_MS, NO_WARNING); // no rule asks for an age
    expect_reuse(OTHER_RULE, NULL, 0, "it was made with other rules");
    expect_reuse(OTHER_RULE, WAIVERS, 0, "it was made with other waivers");
    expect_reuse(OTHER_RULE, WAIVERS, DAY_MS / 2, NO_WARNING);
    expect_reuse(OTHER_RULE, WAIVERS, DAY_MS, "or when others were in force");
    expect_reuse(AGE_RULE, NULL, 0, "it was made with other rules");
    expect_reuse(AGE_RULE, NULL, DAY_MS, "it was made as of another instant");
}

Test(counting, the_vendors_language_alone_counts_anew)
{
    put_small();
    load(EQUALS_RULE, NULL);
    expect_same(PLAIN, NO_WARNING, NULL);
    rulebook_unref(&rulebook);
    const struct rulebook_paths paths = {.rules = rules_path, .strict_vendor = true};
    struct err err = ERR_INIT;
    cr_assert_eq(rulebook_load(&paths, &rulebook, &err), ERR_OK);
    expect_same(PLAIN, "it was made with other rules", NULL);
}

// ---- a cache that is wrong

static struct buf read_cache(void)
{
    struct buf bytes;
    struct err err = ERR_INIT;
    buf_init(&bytes, TEXT_BYTES);
    cr_assert_eq(file_read(cache_path, &bytes, &err), ERR_OK, "%s", err.message);
    return bytes;
}

static void write_cache(const char *bytes, size_t len)
{
    char *path = sandbox_write("cache", bytes, len);
    mem_free(&path);
}

static void expect_refused(const char *bytes, size_t len, size_t place, const char *what)
{
    write_cache(bytes, len);
    struct result result = count(cache_path, PLAIN);
    struct result wanted = count(NULL, PLAIN);
    cr_expect_str_eq(buf_text(&result.text), buf_text(&wanted.text), "%s %zu", what, place);
    cr_expect_eq(result.reused, 0, "%s %zu", what, place);
    cr_expect(strstr(buf_text(&result.warnings), "1 warnings") != NULL || len == 0, "%s %zu: %s",
              what, place, buf_text(&result.warnings));
    result_deinit(&result);
    result_deinit(&wanted);
}

Test(counting, a_byte_that_changed_is_found)
{
    put_small();
    load(EQUALS_RULE, NULL);
    expect_same(PLAIN, NO_WARNING, NULL);
    struct buf bytes = read_cache();
    for (size_t i = 0; i < bytes.len; i++) {
        bytes.data[i] = (char)(bytes.data[i] ^ 1 << i % 8);
        expect_refused(bytes.data, bytes.len, i, "byte");
        struct buf after = read_cache();
        bool is_left = after.len == bytes.len && memcmp(after.data, bytes.data, bytes.len) == 0;
        cr_expect_eq(is_left, i < MAGIC_BYTES, "byte %zu: only what is no cache is left", i);
        buf_deinit(&after);
        bytes.data[i] = (char)(bytes.data[i] ^ 1 << i % 8);
    }
    buf_deinit(&bytes);
}

Test(counting, a_cache_that_is_cut_or_longer_is_found)
{
    put_small();
    load(EQUALS_RULE, NULL);
    expect_same(PLAIN, NO_WARNING, NULL);
    struct buf bytes = read_cache();
    for (size_t len = 0; len<bytes.len; len += bytes.len - len> EACH_AT_THE_END ? CUT_STEP : 1) {
        expect_refused(bytes.data, len, len, "cut at");
    }
    (void)buf_append_char(&bytes, '\0');
    expect_refused(bytes.data, bytes.len, bytes.len, "longer:");
    buf_deinit(&bytes);
}

Test(counting, a_file_of_others_is_left_alone)
{
    static const char NOTES[] = "what somebody wrote\n";
    put_small();
    load(EQUALS_RULE, NULL);
    write_cache(NOTES, strlen(NOTES));
    expect_same(PLAIN, "it is not the cache of a count", NULL);
    struct buf bytes = read_cache();
    cr_expect_str_eq(buf_text(&bytes), NOTES);
    buf_deinit(&bytes);
}

Test(counting, what_is_no_file_is_left_alone)
{
    struct stat status;
    put_small();
    load(EQUALS_RULE, NULL);
    cr_assert_eq(mkfifo(cache_path, 0600), 0);
    expect_same(PLAIN, "it is no file", NULL);
    cr_assert_eq(stat(cache_path, &status), 0);
    cr_expect(S_ISFIFO(status.st_mode));
}

Test(counting, a_cache_that_others_may_touch_is_refused)
{
    static const mode_t MODES[] = {0604, 0602, 0640, 0620};
    struct stat status;
    put_small();
    load(EQUALS_RULE, NULL);
    expect_same(PLAIN, NO_WARNING, NULL);
    for (size_t i = 0; i < ARRAY_LEN(MODES); i++) {
        uint64_t reused;
        cr_assert_eq(chmod(cache_path, MODES[i]), 0);
        expect_same(PLAIN, "others may read or write it", &reused);
        cr_expect_eq(reused, 0);
        cr_assert_eq(stat(cache_path, &status), 0);
        cr_expect_eq(status.st_mode & ALLPERMS, 0600);
    }
}

Test(counting, a_cache_that_cannot_be_written_is_a_warning)
{
    put_small();
    load(EQUALS_RULE, NULL);
    mem_free(&cache_path);
    cache_path = file_join(folder, "no-such-folder/cache");
    expect_same(PLAIN, "the cache is not kept: it cannot be written", NULL);
}

// Nothing is left beside it.
Test(counting, the_cache_is_one_file)
{
    struct file_names names;
    struct err err = ERR_INIT;
    put_small();
    load(EQUALS_RULE, NULL);
    expect_same(PLAIN, NO_WARNING, NULL);
    cr_assert_eq(file_list(folder, 10, &names, &err), ERR_OK);
    cr_expect_eq(names.count, 3);
    file_names_deinit(&names);
}
