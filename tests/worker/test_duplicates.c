// SPDX-License-Identifier: MIT
//
// Resources that stand twice: which are the same, how they are counted and listed, in little memory
// and in much.
#include "duplicates.h"

#include "base/limits.h"
#include "base/mem.h"
#include "sandbox.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

enum { TINY_BYTES = SIGHTING_SORT_MIN_BYTES };

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

TestSuite(duplicates, .init = set_up, .fini = tear_down);

static void add(struct duplicates *duplicates, const struct eval_resource *resource)
{
    struct err err = ERR_INIT;
    struct sighting sighting = duplicates_identify(duplicates, resource);
    cr_assert_eq(duplicates_add(duplicates, &sighting, 1, &err), ERR_OK, "%s", err.message);
}

static uint64_t find(struct duplicates *duplicates, struct diags *problems)
{
    struct err err = ERR_INIT;
    uint64_t count = 0;
    cr_assert_eq(duplicates_find(duplicates, problems, &count, &err), ERR_OK, "%s", err.message);
    cr_expect_eq(problems->errors, count);
    return count;
}

#define T(text)                                                                                    \
    {                                                                                              \
        text, sizeof(text) - 1                                                                     \
    }
#define LONG_A  "a-type-that-is-longer-than-the-piece-in-which-its-letters-are-lowered.A"
#define LONG_A2 "a-type-that-is-longer-than-the-piece-in-which-its-letters-are-lowered.a"
#define LONG_B  "a-type-that-is-longer-than-the-piece-in-which-its-letters-are-lowered.b"

Test(duplicates, are_the_same_account_type_and_id)
{
    static const struct {
        struct eval_resource one;
        struct eval_resource other;
        bool are_same;
    } CASES[] = {
        {{T("1"), T("vm"), T("i"), {0}}, {T("1"), T("vm"), T("i"), {0}}, true},
        {{T("1"), T("vm"), T("i"), {0}}, {T("1"), T("VM"), T("i"), {0}}, true},
        {{T("1"), T(LONG_A), T("i"), {0}}, {T("1"), T(LONG_A2), T("i"), {0}}, true},
        {{T("1"), T(LONG_A), T("i"), {0}}, {T("1"), T(LONG_B), T("i"), {0}}, false},
        {{T("1"), T("v\xc3\x84"), T("i"), {0}},
         {T("1"), T("v\xc3\xa4"), T("i"), {0}},
         false}, // ASCII letters only
        {{T("1"), T("vm"), T("i"), {0}}, {T("1"), T("vm"), T("I"), {0}}, false},
        {{T("1"), T("vm"), T("i"), {0}}, {T("2"), T("vm"), T("i"), {0}}, false},
        {{T("1"), T("vm"), T("i"), {0}}, {T(""), T("vm"), T("i"), {0}}, false},
        {{T(""), T("vm"), T("i"), {0}}, {T(""), T("vm"), T("i"), {0}}, true},
        {{T("1"), T("vmi"), T("j"), {0}}, {T("1"), T("vm"), T("ij"), {0}}, false},
        {{T("1"), T("vm"), T("i"), {0}}, {T("1v"), T("m"), T("i"), {0}}, false},
    };
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        struct duplicates *duplicates = duplicates_create(folder, SIGHTING_SORT_BYTES, &stop);
        struct diags problems;
        diags_init(&problems);
        struct eval_resource other = CASES[i].other;
        other.at.offset = 1;
        add(duplicates, &CASES[i].one);
        add(duplicates, &other);
        cr_expect_eq(find(duplicates, &problems), CASES[i].are_same ? 1 : 0, "row %zu", i);
        diags_deinit(&problems);
        duplicates_destroy(&duplicates);
    }
}

Test(duplicates, two_objects_know_a_resource_by_different_values)
{
    struct duplicates *one = duplicates_create(folder, SIGHTING_SORT_BYTES, &stop);
    struct duplicates *other = duplicates_create(folder, SIGHTING_SORT_BYTES, &stop);
    const struct eval_resource resource = {T("1"), T("vm"), T("i"), {0}};
    cr_expect_neq(duplicates_identify(one, &resource).identity[0],
                  duplicates_identify(other, &resource).identity[0]);
    duplicates_destroy(&one);
    duplicates_destroy(&other);
}

Test(duplicates, name_their_line_and_that_of_the_first)
{
    static const struct eval_resource RESOURCES[] = {
        {T("1"), T("vm"), T("b"), {1, 0}},   {T("1"), T("vm"), T("a"), {2, 40}},
        {T("1"), T("vm"), T("c"), {2, 80}},  {T("1"), T("VM"), T("a"), {7, 150}},
        {T("1"), T("vm"), T("b"), {8, 200}}, {T("1"), T("vm"), T("a"), {9, 240}},
    };
    static const char *const WANTED[] = {
        "line 7: error: the same resource as in line 2: the records at offsets 40 and 150 have one "
        "accountId, resourceType and resourceId; each may stand there once "
        "[inventory.record.duplicate]",
        "line 8: error: the same resource as in line 1: the records at offsets 0 and 200 have one "
        "accountId, resourceType and resourceId; each may stand there once "
        "[inventory.record.duplicate]",
        "line 9: error: the same resource as in line 2: the records at offsets 40 and 240 have one "
        "accountId, resourceType and resourceId; each may stand there once "
        "[inventory.record.duplicate]",
    };
    struct duplicates *duplicates = duplicates_create(folder, SIGHTING_SORT_BYTES, &stop);
    struct diags problems;
    diags_init(&problems);
    for (size_t i = 0; i < ARRAY_LEN(RESOURCES); i++) {
        add(duplicates, &RESOURCES[i]);
    }
    cr_expect_eq(find(duplicates, &problems), 3);
    cr_assert_eq(problems.count, ARRAY_LEN(WANTED));
    for (size_t i = 0; i < ARRAY_LEN(WANTED); i++) {
        struct buf text;
        buf_init(&text, 4096);
        diag_format(&problems.items[i], &text);
        cr_expect_str_eq(buf_text(&text), WANTED[i]);
        buf_deinit(&text);
    }
    diags_deinit(&problems);
    duplicates_destroy(&duplicates);
}

// `count` records, of which number n is the resource n % kinds: all but the first `kinds` are
// duplicates.
static void add_many(struct duplicates *duplicates, size_t count, size_t kinds)
{
    for (size_t n = 0; n < count; n++) {
        char id[32];
        (void)snprintf(id, sizeof(id), "i-%zu", n % kinds);
        add(duplicates, &(struct eval_resource){T("1"), T("vm"), span_of(id), {n + 1, 100 * n}});
    }
}

Test(duplicates, counts_all_and_lists_the_first_in_much_memory_and_in_little)
{
    static const struct {
        size_t count;
        size_t kinds;
    } CASES[] = {
        {0, 1},    {1, 1},    {40, 40},  {40, 39},     {40, 1},     {1000 + 7, 7},
        {1999, 1}, {2001, 1}, {3003, 3}, {9000, 4500}, {12345, 50},
    };
    static const size_t MEMORY[] = {TINY_BYTES, 5000, SIGHTING_SORT_BYTES};
    for (size_t i = 0; i < ARRAY_LEN(CASES) * ARRAY_LEN(MEMORY); i++) {
        size_t count = CASES[i / ARRAY_LEN(MEMORY)].count;
        size_t kinds = CASES[i / ARRAY_LEN(MEMORY)].kinds;
        struct duplicates *duplicates =
            duplicates_create(folder, MEMORY[i % ARRAY_LEN(MEMORY)], &stop);
        struct diags problems;
        diags_init(&problems);
        add_many(duplicates, count, kinds);
        size_t wanted = count > kinds ? count - kinds : 0;
        cr_expect_eq(find(duplicates, &problems), wanted);
        cr_assert_eq(problems.count, wanted < LIMIT_DIAGNOSTICS ? wanted : LIMIT_DIAGNOSTICS);
        for (size_t n = 0; n < problems.count; n++) {
            char *first = mem_format("as in line %zu:", n % kinds + 1);
            cr_assert_eq(problems.items[n].line, kinds + n + 1);
            cr_assert_not_null(strstr(problems.items[n].message, first), "%s, not %s",
                               problems.items[n].message, first);
            mem_free(&first);
        }
        diags_deinit(&problems);
        duplicates_destroy(&duplicates);
    }
}

Test(duplicates, say_what_they_wrote_when_the_disk_is_full)
{
    struct err err = ERR_INIT;
    (void)signal(SIGXFSZ, SIG_IGN);
    struct rlimit limit = {.rlim_cur = 1024, .rlim_max = 1024};
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    struct duplicates *duplicates = duplicates_create(folder, TINY_BYTES, &stop);
    struct sighting sightings[100] = {0};
    cr_assert_eq(duplicates_add(duplicates, sightings, ARRAY_LEN(sightings), &err), ERR_IO);
    char *wanted = mem_format("duplicates: write %s/sightings.tmp: File too large", folder);
    cr_expect_str_eq(err.message, wanted);
    mem_free(&wanted);
    duplicates_destroy(&duplicates);
}
