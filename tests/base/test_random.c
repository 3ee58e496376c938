// SPDX-License-Identifier: MIT
#include "base/random.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>

enum { DRAWS = 4000 };

Test(random, uuids_have_the_form_of_version_4_and_differ)
{
    char last[RANDOM_UUID_BYTES] = "";
    for (int i = 0; i < 100; i++) {
        char uuid[RANDOM_UUID_BYTES];
        random_uuid(uuid);
        cr_assert_eq(strlen(uuid), 36);
        cr_expect_eq(strspn(uuid, "0123456789ABCDEF-"), 36, "%s", uuid);
        cr_expect(uuid[8] == '-' && uuid[13] == '-' && uuid[18] == '-' && uuid[23] == '-');
        cr_expect_eq(uuid[14], '4', "version, RFC 9562 5.4");
        cr_expect_not_null(strchr("89AB", uuid[19]), "variant, RFC 9562 4.1");
        cr_expect_str_neq(uuid, last);
        memcpy(last, uuid, sizeof(last));
    }
}

// Pieces of all sizes, across the ends of what is drawn ahead: none twice, and none from elsewhere.
Test(random, pieces_of_any_size_differ)
{
    enum { PIECE_BYTES = 16 };
    unsigned char last[RANDOM_BYTES_MAX] = {0};
    for (size_t len = PIECE_BYTES; len <= RANDOM_BYTES_MAX; len++) {
        unsigned char piece[RANDOM_BYTES_MAX] = {0};
        random_bytes(piece, len);
        cr_expect(memcmp(piece, last, PIECE_BYTES) != 0, "the same %zu bytes again", len);
        cr_expect(memcmp(piece + len - PIECE_BYTES, (unsigned char[PIECE_BYTES]){0}, PIECE_BYTES) !=
                      0,
                  "the last of %zu bytes are 0", len);
        memcpy(last, piece, sizeof(last));
    }
}

static void *draw_uuid(void *out)
{
    random_uuid(out);
    return NULL;
}

Test(random, threads_draw_for_themselves)
{
    pthread_t thread;
    char here[RANDOM_UUID_BYTES];
    char there[RANDOM_UUID_BYTES];
    random_uuid(here);
    cr_assert_eq(pthread_create(&thread, NULL, draw_uuid, there), 0);
    cr_assert_eq(pthread_join(thread, NULL), 0);
    cr_expect_str_neq(here, there);
}

Test(random, ids_are_letters_and_digits_and_differ)
{
    char last[RANDOM_ID_LETTERS + 1] = "";
    for (int i = 0; i < 100; i++) {
        char id[RANDOM_ID_LETTERS + 1];
        random_id(id);
        cr_assert_eq(strlen(id), RANDOM_ID_LETTERS);
        cr_expect_eq(strspn(id, "0123456789abcdefghijklmnopqrstuvwxyz"), RANDOM_ID_LETTERS, "%s",
                     id);
        cr_expect_str_neq(id, last);
        memcpy(last, id, sizeof(last));
    }
}

Test(random, below_is_even_and_below)
{
    unsigned seen[8] = {0};
    for (int i = 0; i < DRAWS; i++) {
        uint64_t value = random_below(8);
        cr_assert_lt(value, 8);
        seen[value]++;
    }
    for (size_t i = 0; i < ARRAY_LEN(seen); i++) {
        // 500 expected, standard deviation 21; ten of them happen less than once in 10^22 runs.
        cr_expect(seen[i] > 290 && seen[i] < 710, "%zu came %u times", i, seen[i]);
    }
    cr_expect_eq(random_below(1), 0);
    cr_expect_leq(random_below(UINT64_MAX), UINT64_MAX - 1);
}

Test(random, below_nothing_aborts, .signal = SIGABRT)
{
    (void)random_below(0);
}

// The largest of many draws, which must not pass `ceiling` and comes near it.
static void expect_backoff(int64_t base_ms, int64_t cap_ms, unsigned attempt, int64_t ceiling)
{
    int64_t largest = -1;
    int64_t smallest = INT64_MAX;
    for (int i = 0; i < DRAWS; i++) {
        int64_t delay_ms = random_backoff_ms(base_ms, cap_ms, attempt);
        cr_assert(delay_ms >= 0 && delay_ms <= ceiling, "%lld", (long long)delay_ms);
        largest = delay_ms > largest ? delay_ms : largest;
        smallest = delay_ms < smallest ? delay_ms : smallest;
    }
    cr_expect_geq(largest, ceiling - ceiling / 10, "attempt %u", attempt);
    cr_expect_leq(smallest, ceiling / 10, "full jitter reaches down to 0");
}

Test(random, backoff_doubles_up_to_its_cap_with_full_jitter)
{
    expect_backoff(100, 10000, 0, 100);
    expect_backoff(100, 10000, 1, 200);
    expect_backoff(100, 10000, 5, 3200);
    expect_backoff(100, 10000, 7, 10000);
    expect_backoff(100, 10000, 4000000000U, 10000);
    expect_backoff(100, 50, 0, 50);
    expect_backoff(INT64_MAX / 2 + 9, INT64_MAX - 1, 3, INT64_MAX - 1);
    expect_backoff(1, 1, 0, 1);
}
