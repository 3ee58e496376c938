// SPDX-License-Identifier: MIT
//
// Caches of more than one chunk: what was put is read, each row once, and rows are found again.
#include "outcome_cache.h"

#include "base/file.h"
#include "base/mem.h"
#include "sandbox.h"

#include <criterion/criterion.h>
#include <string.h>
#include <unistd.h>

enum {
    RECORDS = 120000,
    ROW_BYTES_MAX = 16,
    WINDOW_BYTES = 100,
    HEAD_BYTES = 280,
};

static char *path;
static const struct outcome_cache_basis BASIS = {.rule_count = 0};

static void open_sandbox(void)
{
    path = file_join(sandbox_make(), "cache");
}

static void close_sandbox(void)
{
    mem_free(&path);
    sandbox_remove();
}

TestSuite(outcome_cache, .init = open_sandbox, .fini = close_sandbox);

// A row says its length, and the rest tells it from others.
static size_t make_row(size_t number, char row[ROW_BYTES_MAX])
{
    size_t len = 1 + sizeof(uint32_t) + number % 11;
    uint32_t written = (uint32_t)number;
    memset(row, 'r', ROW_BYTES_MAX);
    row[0] = (char)len;
    memcpy(row + 1, &written, sizeof(written));
    return len;
}

static size_t rows_len_of(size_t count)
{
    char row[ROW_BYTES_MAX];
    size_t len = 0;
    for (size_t i = 0; i < count; i++) {
        len += make_row(i, row);
    }
    return len;
}

static void write_cache(size_t count)
{
    unsigned char secret[KEYED_DIGEST_SECRET_BYTES] = {1};
    const struct outcome_cache_head head = {
        .basis = &BASIS, .secret = secret, .record_count = count, .rows_len = rows_len_of(count)};
    struct outcome_cache_writer *writer = outcome_cache_begin(path, &head);
    struct err err = ERR_INIT;
    for (size_t i = 0; i < count; i++) {
        const struct keyed_digest digest = {{i, ~i}};
        outcome_cache_put(writer, &digest, sizeof(digest));
    }
    for (uint32_t i = 0; i < count; i++) {
        outcome_cache_put(writer, &i, sizeof(i));
    }
    for (size_t i = 0; i < count; i++) {
        char row[ROW_BYTES_MAX];
        outcome_cache_put(writer, row, make_row(i, row));
    }
    cr_assert_eq(outcome_cache_end(&writer, &err), ERR_OK, "%s", err.message);
}

struct seen {
    size_t count;
    size_t begins[RECORDS];
};

static size_t on_row(void *context, size_t at, const char *bytes, size_t len)
{
    struct seen *seen = context;
    char row[ROW_BYTES_MAX];
    size_t row_len = make_row(seen->count, row);
    if (len < row_len || memcmp(bytes, row, row_len) != 0) {
        return 0;
    }
    seen->begins[seen->count++] = at;
    return row_len;
}

static struct seen seen;

static struct outcome_cache read_cache(void)
{
    const struct outcome_cache_visitor visitor = {&seen, on_row};
    struct outcome_cache cache = {0};
    struct err err = ERR_INIT;
    seen.count = 0;
    cr_assert_eq(outcome_cache_read(path, &BASIS, &visitor, &cache, &err), ERR_OK, "%s",
                 err.message);
    return cache;
}

static void expect_row(const struct outcome_cache *cache, struct outcome_cache_window *window,
                       size_t number)
{
    char row[ROW_BYTES_MAX];
    size_t len = make_row(number, row);
    const char *found = outcome_cache_look(cache, window, seen.begins[number], len);
    cr_assert_not_null(found, "row %zu", number);
    cr_expect_arr_eq(found, row, len, "row %zu", number);
}

static void expect_cache(size_t count)
{
    struct outcome_cache cache = read_cache();
    struct outcome_cache_window window = {.capacity = WINDOW_BYTES};
    cr_assert_eq(cache.record_count, count);
    cr_assert_eq(seen.count, count);
    for (size_t i = 0; i < count; i++) {
        cr_expect(cache.digests[i].words[0] == i && cache.lens[i] == i, "record %zu", i);
    }
    for (size_t i = 0; i < count; i += 7) {
        expect_row(&cache, &window, i);
        expect_row(&cache, &window, count - 1 - i);
    }
    if (count > 0) {
        const char *all = outcome_cache_look(&cache, &window, 0, cache.rows_len);
        cr_expect_not_null(all, "more than the window has at first");
        expect_row(&cache, &window, count / 2);
    }
    outcome_cache_window_deinit(&window);
    outcome_cache_deinit(&cache);
}

Test(outcome_cache, rows_of_any_number_of_chunks)
{
    static const size_t COUNTS[] = {0, 1, 2, 20000, RECORDS};
    for (size_t i = 0; i < sizeof(COUNTS) / sizeof(COUNTS[0]); i++) {
        write_cache(COUNTS[i]);
        expect_cache(COUNTS[i]);
    }
}

Test(outcome_cache, rows_are_copied_into_another)
{
    write_cache(RECORDS);
    struct outcome_cache cache = read_cache();
    const struct outcome_cache_head head = {.basis = &BASIS,
                                            .secret = cache.secret,
                                            .record_count = RECORDS,
                                            .rows_len = cache.rows_len};
    const size_t middle = seen.begins[RECORDS / 2];
    struct err err = ERR_INIT;
    struct outcome_cache_writer *writer = outcome_cache_begin(path, &head);
    outcome_cache_put(writer, cache.digests, RECORDS * sizeof(cache.digests[0]));
    outcome_cache_put(writer, cache.lens, RECORDS * sizeof(cache.lens[0]));
    outcome_cache_copy(writer, &cache, 0, 0);
    outcome_cache_copy(writer, &cache, 0, seen.begins[1]);
    outcome_cache_copy(writer, &cache, seen.begins[1], middle - seen.begins[1]);
    outcome_cache_copy(writer, &cache, middle, cache.rows_len - middle);
    cr_assert_eq(outcome_cache_end(&writer, &err), ERR_OK, "%s", err.message);
    outcome_cache_deinit(&cache);
    expect_cache(RECORDS);
}

// Each byte counts, in the first chunk, in the last, and at the seams.
Test(outcome_cache, a_change_in_any_chunk_is_found)
{
    write_cache(RECORDS);
    struct outcome_cache cache = read_cache();
    const size_t places[] = {HEAD_BYTES,
                             256 * 1024 - 1,
                             256 * 1024,
                             cache.rows_at - 1,
                             cache.rows_at,
                             cache.rows_at + 256 * 1024 - 1,
                             cache.rows_at + 256 * 1024,
                             cache.rows_at + cache.rows_len - 1,
                             cache.rows_at + cache.rows_len};
    outcome_cache_deinit(&cache);
    FILE *file = fopen(path, "r+");
    cr_assert_not_null(file);
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        const struct outcome_cache_visitor visitor = {&seen, on_row};
        struct err err = ERR_INIT;
        cr_assert_eq(fseek(file, (long)places[i], SEEK_SET), 0);
        int byte = fgetc(file);
        for (int change = 1; change >= 0; change--) {
            cr_assert_eq(fseek(file, (long)places[i], SEEK_SET), 0);
            (void)fputc(byte ^ change, file);
            (void)fflush(file);
            seen.count = 0;
            enum err_kind kind = outcome_cache_read(path, &BASIS, &visitor, &cache, &err);
            cr_expect_eq(kind, change == 0 ? ERR_OK : ERR_INVALID, "byte %zu", places[i]);
            if (kind == ERR_OK) {
                outcome_cache_deinit(&cache);
            }
            err = (struct err)ERR_INIT;
        }
    }
    (void)fclose(file);
}

Test(outcome_cache, rows_that_are_gone_are_no_rows)
{
    write_cache(RECORDS);
    struct outcome_cache cache = read_cache();
    struct outcome_cache_window window = {.capacity = WINDOW_BYTES};
    struct err err = ERR_INIT;
    const struct outcome_cache_head head = {
        .basis = &BASIS, .secret = cache.secret, .record_count = 0, .rows_len = cache.rows_len};
    cr_assert_eq(truncate(path, (off_t)cache.rows_at + 10), 0);
    cr_expect_null(outcome_cache_look(&cache, &window, seen.begins[RECORDS - 1], 5));
    cr_expect_null(outcome_cache_look(&cache, &window, 0, 20), "nor some of them");
    struct outcome_cache_writer *writer = outcome_cache_begin(path, &head);
    outcome_cache_copy(writer, &cache, 0, cache.rows_len);
    cr_expect_eq(outcome_cache_end(&writer, &err), ERR_IO, "a copy of them is none");
    outcome_cache_window_deinit(&window);
    outcome_cache_deinit(&cache);
}
