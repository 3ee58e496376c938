// SPDX-License-Identifier: MIT
#include "digest_index.h"

#include "base/check.h"

#include <criterion/criterion.h>

enum { COUNT = 3000, THREADS = 4 };

// Half of them share their slots with another, and each 100th comes a second time.
static void fill(struct keyed_digest digests[COUNT])
{
    for (size_t i = 0; i < COUNT; i++) {
        digests[i] = (struct keyed_digest){{i / 2, i}};
        if (i % 100 == 99) {
            digests[i] = digests[i - 1];
        }
    }
}

static size_t first_of(size_t i)
{
    return i % 100 == 99 ? i - 1 : i;
}

Test(digest_index, finds_the_first_of_equal_ones)
{
    static struct keyed_digest digests[COUNT];
    struct digest_index index;
    fill(digests);
    digest_index_init(&index, digests, COUNT);
    cr_expect_not(digest_index_is_made(&index));
    for (size_t i = 0; i < COUNT; i++) {
        cr_assert_eq(digest_index_find(&index, &digests[i]), first_of(i), "%zu", i);
    }
    cr_expect(digest_index_is_made(&index));
    const struct keyed_digest other = {{7, COUNT}};
    cr_expect_eq(digest_index_find(&index, &other), SIZE_MAX);
    digest_index_deinit(&index);
}

Test(digest_index, of_no_digests_finds_none)
{
    struct digest_index index;
    const struct keyed_digest other = {{0, 0}};
    digest_index_init(&index, NULL, 0);
    cr_expect_eq(digest_index_find(&index, &other), SIZE_MAX);
    digest_index_deinit(&index);
}

struct asking {
    struct digest_index *index;
    size_t wrong;
};

static void *ask_all(void *argument)
{
    struct asking *asking = argument;
    for (size_t i = 0; i < COUNT; i++) {
        size_t found = digest_index_find(asking->index, &asking->index->digests[i]);
        asking->wrong += found != first_of(i);
    }
    return NULL;
}

Test(digest_index, is_made_once_for_all_threads)
{
    static struct keyed_digest digests[COUNT];
    struct digest_index index;
    pthread_t threads[THREADS];
    struct asking askings[THREADS];
    fill(digests);
    digest_index_init(&index, digests, COUNT);
    for (size_t i = 0; i < ARRAY_LEN(threads); i++) {
        askings[i] = (struct asking){.index = &index};
        cr_assert_eq(pthread_create(&threads[i], NULL, ask_all, &askings[i]), 0);
    }
    for (size_t i = 0; i < ARRAY_LEN(threads); i++) {
        (void)pthread_join(threads[i], NULL);
        cr_expect_eq(askings[i].wrong, 0);
    }
    digest_index_deinit(&index);
}
