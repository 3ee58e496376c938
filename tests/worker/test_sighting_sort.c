// SPDX-License-Identifier: MIT
//
// Sorting in bounded memory: what comes out is what qsort makes of all of it, however little memory
// there is and however many levels of runs that takes.
#include "sighting_sort.h"

#include "base/file.h"
#include "base/mem.h"
#include "sandbox.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { TINY_BYTES = SIGHTING_SORT_MIN_BYTES, TINY = 16 /* sightings in it; a fan-in of 4 */ };

static char *folder;
static atomic_bool stop;

static void set_up(void)
{
    folder = mem_text(sandbox_make());
    atomic_store(&stop, false);
}

static void tear_down(void)
{
    mem_free(&folder);
    sandbox_remove();
}

TestSuite(sighting_sort, .init = set_up, .fini = tear_down);

// In input order. Of `kinds` identities; the low word alone does not tell them apart.
static struct sighting *make(size_t count, size_t kinds)
{
    struct sighting *made = mem_alloc(count + 1, sizeof(*made));
    uint64_t state = 1;
    for (size_t i = 0; i < count; i++) {
        state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        uint64_t kind = (state >> 33) % kinds;
        made[i] = (struct sighting){.identity = {kind % 7, kind * UINT64_C(0x9e3779b97f4a7c15)},
                                    .at = {.line = i / 2 + 1, .offset = 10 * i}};
    }
    return made;
}

static int compare(const void *a, const void *b)
{
    const struct sighting *left = a;
    const struct sighting *right = b;
    const uint64_t keys[3][2] = {{left->identity[0], right->identity[0]},
                                 {left->identity[1], right->identity[1]},
                                 {left->at.offset, right->at.offset}};
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        if (keys[i][0] != keys[i][1]) {
            return keys[i][0] < keys[i][1] ? -1 : 1;
        }
    }
    return 0;
}

static void expect_sorted(size_t count, size_t kinds, size_t memory_bytes, size_t piece)
{
    struct err err = ERR_INIT;
    struct sighting *wanted = make(count, kinds);
    struct sighting_sort *sort = sighting_sort_create(folder, memory_bytes, &stop);
    for (size_t at = 0; at < count; at += piece) {
        size_t len = count - at < piece ? count - at : piece;
        cr_assert_eq(sighting_sort_add(sort, wanted + at, len, &err), ERR_OK, "%s", err.message);
    }
    qsort(wanted, count, sizeof(*wanted), compare);
    cr_assert_eq(sighting_sort_finish(sort, &err), ERR_OK, "%s", err.message);
    struct sighting got;
    bool found = true;
    for (size_t i = 0; i < count; i++) {
        cr_assert_eq(sighting_sort_next(sort, &got, &found, &err), ERR_OK, "%s", err.message);
        cr_assert(found, "%zu of %zu", i, count);
        cr_assert_eq(memcmp(&got, &wanted[i], sizeof(got)), 0, "%zu of %zu", i, count);
    }
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(sighting_sort_next(sort, &got, &found, &err), ERR_OK, "%s", err.message);
        cr_assert_not(found);
    }
    sighting_sort_destroy(&sort);
    mem_free(&wanted);
}

Test(sighting_sort, sorts_whatever_the_number)
{
    // Around what the memory holds, and what one, two and three levels of runs do; the last makes
    // the highest level a run of itself.
    static const size_t COUNTS[] = {0,   1,   2,    TINY - 1, TINY, TINY + 1, 63,   64,   65,
                                    255, 256, 1023, 1024,     1025, 4097,     9999, 20000};
    for (size_t i = 0; i < ARRAY_LEN(COUNTS); i++) {
        expect_sorted(COUNTS[i], SIZE_MAX / 2, TINY_BYTES, 100);
        expect_sorted(COUNTS[i], SIZE_MAX / 2, 3000, 7);
    }
}

Test(sighting_sort, keeps_equal_ones_in_the_order_of_the_input)
{
    expect_sorted(5000, 1, TINY_BYTES, 33);
    expect_sorted(5000, 3, TINY_BYTES, 1);
    expect_sorted(5000, 100, TINY_BYTES, 5000);
    expect_sorted(5000, 3, SIGHTING_SORT_BYTES, 64);
}

static size_t files_in_folder(void)
{
    struct file_names names;
    struct err err = ERR_INIT;
    cr_assert_eq(file_list(folder, 10, &names, &err), ERR_OK);
    size_t count = names.count;
    file_names_deinit(&names);
    return count;
}

Test(sighting_sort, leaves_no_name_in_the_folder)
{
    struct err err = ERR_INIT;
    struct sighting *sightings = make(1000, 1000);
    struct sighting_sort *sort = sighting_sort_create(folder, TINY_BYTES, &stop);
    cr_assert_eq(sighting_sort_add(sort, sightings, 1000, &err), ERR_OK);
    cr_expect_eq(files_in_folder(), 0, "while it is used");
    sighting_sort_destroy(&sort);
    cr_expect_eq(files_in_folder(), 0);
    mem_free(&sightings);
}

Test(sighting_sort, needs_no_file_for_what_fits_into_the_memory)
{
    struct err err = ERR_INIT;
    struct sighting *sightings = make(TINY + 1, 1000);
    struct sighting_sort *sort = sighting_sort_create("/nonexistent", TINY_BYTES, &stop);
    cr_assert_eq(sighting_sort_add(sort, sightings, TINY, &err), ERR_OK);
    cr_assert_eq(sighting_sort_finish(sort, &err), ERR_OK);
    sighting_sort_destroy(&sort);
    sort = sighting_sort_create("/nonexistent", TINY_BYTES, &stop);
    cr_assert_eq(sighting_sort_add(sort, sightings, TINY + 1, &err), ERR_IO);
    cr_expect_str_eq(err.message, "create /nonexistent/sightings.tmp: No such file or directory");
    sighting_sort_destroy(&sort);
    mem_free(&sightings);
}

// A file that must not grow is as good as a full disk.
Test(sighting_sort, says_why_it_cannot_write)
{
    struct err err = ERR_INIT;
    struct sighting *sightings = make(1000, 1000);
    (void)signal(SIGXFSZ, SIG_IGN);
    struct rlimit limit = {.rlim_cur = 4096, .rlim_max = 4096};
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    struct sighting_sort *sort = sighting_sort_create(folder, TINY_BYTES, &stop);
    cr_assert_eq(sighting_sort_add(sort, sightings, 1000, &err), ERR_IO);
    char *wanted = mem_format("write %s/sightings.tmp: File too large", folder);
    cr_expect_str_eq(err.message, wanted);
    mem_free(&wanted);
    sighting_sort_destroy(&sort);
    mem_free(&sightings);
}

Test(sighting_sort, stops_when_told)
{
    struct err err = ERR_INIT;
    struct sighting *sightings = make(1000, 1000);
    struct sighting_sort *sort = sighting_sort_create(folder, TINY_BYTES, &stop);
    cr_assert_eq(sighting_sort_add(sort, sightings, 40, &err), ERR_OK);
    atomic_store(&stop, true);
    cr_expect_eq(sighting_sort_finish(sort, &err), ERR_CANCELLED);
    sighting_sort_destroy(&sort);
    sort = sighting_sort_create(folder, TINY_BYTES, &stop);
    cr_expect_eq(sighting_sort_add(sort, sightings, 1000, &err), ERR_CANCELLED,
                 "in the merging of a level");
    sighting_sort_destroy(&sort);
    mem_free(&sightings);
}
