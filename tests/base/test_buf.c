// SPDX-License-Identifier: MIT
#include "base/buf.h"
#include "base/mem.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>

Test(buf, appends_up_to_its_limit_and_not_a_byte_more)
{
    struct buf buf;
    buf_init(&buf, 8);
    cr_expect_str_eq(buf_text(&buf), "");
    cr_expect(buf_append(&buf, "abcd", 4));
    cr_expect(buf_append_format(&buf, "%03d", 7));
    cr_expect(buf_append_char(&buf, 'x'));
    cr_expect_str_eq(buf_text(&buf), "abcd007x");
    cr_expect_not(buf.overflow);
    cr_expect(buf_append(&buf, "", 0), "nothing always fits");
    cr_expect_not(buf_append_char(&buf, 'y'));
    cr_expect(buf.overflow);
    cr_expect_str_eq(buf_text(&buf), "abcd007x", "what was there stays");
    buf_deinit(&buf);
}

Test(buf, after_an_overflow_nothing_is_added_until_reset)
{
    struct buf buf;
    buf_init(&buf, 4);
    cr_expect_not(buf_append_format(&buf, "%s", "abcde"));
    cr_expect_eq(buf.len, 0);
    cr_expect_not(buf_append_text(&buf, "a"), "a hole in the middle would go unseen");
    buf_reset(&buf);
    cr_expect(buf_append_text(&buf, "abcd"));
    cr_expect_str_eq(buf_text(&buf), "abcd");
    buf_deinit(&buf);
}

Test(buf, room_made_beforehand_changes_nothing_but_where_the_bytes_lie)
{
    struct buf buf;
    buf_init(&buf, 8);
    buf_reserve(&buf, 1000);
    cr_expect_eq(buf.len, 0U);
    cr_expect_str_eq(buf_text(&buf), "");
    cr_expect(buf_append_text(&buf, "abcd"));
    const char *before = buf.data;
    cr_expect(buf_append_text(&buf, "efgh"));
    cr_expect_eq(buf.data, before);
    buf_reserve(&buf, 1);
    cr_expect_str_eq(buf_text(&buf), "abcdefgh");
    cr_expect_not(buf_append_char(&buf, 'x'), "the limit stays");
    buf_deinit(&buf);
}

Test(buf, keeps_bytes_with_nul)
{
    struct buf buf;
    buf_init(&buf, 100);
    cr_expect(buf_append(&buf, "a\0b", 3));
    cr_expect_eq(buf.len, 3);
    cr_expect_eq(buf.data[3], '\0');
    buf_deinit(&buf);
}

Test(buf, consume_drops_from_the_front)
{
    struct buf buf;
    buf_init(&buf, 100);
    (void)buf_append_text(&buf, "line 1\nline 2");
    buf_consume(&buf, 7);
    cr_expect_str_eq(buf_text(&buf), "line 2");
    buf_consume(&buf, 0);
    buf_consume(&buf, 6);
    cr_expect_str_eq(buf_text(&buf), "");
    buf_deinit(&buf);
}

Test(buf, truncate_keeps_the_front)
{
    struct buf buf;
    buf_init(&buf, 100);
    buf_truncate(&buf, 0);
    (void)buf_append_text(&buf, "abcdef");
    buf_truncate(&buf, 6);
    cr_expect_str_eq(buf_text(&buf), "abcdef");
    buf_truncate(&buf, 2);
    (void)buf_append_text(&buf, "x");
    cr_expect_str_eq(buf_text(&buf), "abx");
    buf_deinit(&buf);
}

Test(buf, take_hands_the_bytes_over)
{
    struct buf buf;
    buf_init(&buf, 100);
    char *nothing = buf_take(&buf);
    cr_expect_str_eq(nothing, "");
    (void)buf_append_text(&buf, "abc");
    char *taken = buf_take(&buf);
    cr_expect_str_eq(taken, "abc");
    cr_expect_eq(buf.len, 0);
    cr_expect_null(buf.data);
    (void)buf_append_text(&buf, "again");
    cr_expect_str_eq(buf_text(&buf), "again");
    cr_expect_str_eq(taken, "abc");
    mem_free(&taken);
    mem_free(&nothing);
    buf_deinit(&buf);
}

Test(buf, grows_through_many_sizes)
{
    struct buf buf;
    buf_init(&buf, 1000000);
    for (int i = 0; i < 100000; i++) {
        cr_assert(buf_append_char(&buf, (char)('a' + i % 26)));
    }
    cr_expect_eq(buf.len, 100000);
    cr_expect_eq(strlen(buf.data), 100000);
    cr_expect_eq(buf.data[99999], 'a' + 99999 % 26);
    buf_deinit(&buf);
    cr_expect_eq(buf.limit, 1000000, "usable again");
}

Test(buf, consuming_more_than_there_is_aborts, .signal = SIGABRT)
{
    struct buf buf;
    buf_init(&buf, 10);
    buf_consume(&buf, 1);
}

Test(mem, copies)
{
    char *none = mem_text(NULL);
    char *cut = mem_text_n("abcdef", 3);
    char *formatted = mem_format("%s-%d", "a", 5);
    char *bytes = mem_dup("a\0b", 3);
    cr_expect_null(none);
    cr_expect_str_eq(cut, "abc");
    cr_expect_str_eq(formatted, "a-5");
    cr_expect_arr_eq(bytes, "a\0b", 3);
    mem_free(&cut);
    cr_expect_null(cut, "the pointer is gone with the memory");
    mem_free(&cut);
    mem_free(&formatted);
    mem_free(&bytes);
}

Test(mem, alloc_is_zeroed_and_grow_keeps_what_was_there)
{
    int *numbers = mem_alloc(3, sizeof(*numbers));
    cr_expect_eq(numbers[0] | numbers[1] | numbers[2], 0);
    numbers[2] = 7;
    size_t capacity = 3;
    numbers = mem_grow(numbers, &capacity, 3, sizeof(*numbers));
    cr_expect_eq(capacity, 3, "enough is enough");
    numbers = mem_grow(numbers, &capacity, 4, sizeof(*numbers));
    cr_expect_geq(capacity, 4);
    cr_expect_eq(numbers[2], 7);
    mem_free(&numbers);
}

Test(mem, wipe_overwrites)
{
    char secret[] = "secret";
    mem_wipe(secret, sizeof(secret));
    for (size_t i = 0; i < sizeof(secret); i++) {
        cr_expect_eq(secret[i], 0);
    }
    mem_wipe(secret, 0);
}
