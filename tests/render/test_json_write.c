// SPDX-License-Identifier: MIT
#include "json_write.h"

#include <criterion/criterion.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { PRECISION = 6, OUT_BYTES = 64 * 1024 };

// The promise: what jansson writes.
static void check(json_t *take_value)
{
    struct buf out;
    buf_init(&out, OUT_BYTES);
    json_write(take_value, PRECISION, &out);
    char *expected = json_dumps(take_value, JSON_INDENT(2) | JSON_SORT_KEYS |
                                                JSON_REAL_PRECISION(PRECISION) | JSON_ENCODE_ANY);
    cr_assert_not_null(expected);
    cr_expect_str_eq(buf_text(&out), expected);
    free(expected); // jansson's
    buf_deinit(&out);
    json_decref(take_value);
}

Test(json_write, scalars)
{
    check(json_null());
    check(json_true());
    check(json_false());
    check(json_integer(0));
    check(json_integer(INT64_MAX));
    check(json_integer(INT64_MIN));
    check(json_integer(-1));
    check(json_real(33.33));
    check(json_real(100.0));
    check(json_real(-1e-300));
    check(json_real(1e300));
}

Test(json_write, texts_with_all_that_is_escaped)
{
    for (int c = 0; c < 0x80; c++) {
        const char text[] = {'a', (char)c, 'b', (char)c, (char)c};
        check(json_stringn(text, sizeof(text)));
    }
    check(json_string(""));
    check(json_string("Straße, \xe2\x80\xa8 \xf0\x9f\x98\x80 / end"));
}

Test(json_write, empty_ones_and_members_in_order)
{
    static const char TEXT[] =
        "{\"b\":[],\"a\":{},\"ab\":[1,[2,{}],{\"z\":null,\"B\":true,\"\":0}],"
        "\"\\\"q\":1,\"\xc3\xa9\":2,\"e\":3}";
    check(json_loads(TEXT, 0, NULL));
    check(json_object());
    check(json_array());
}

Test(json_write, many_members_and_many_levels)
{
    json_t *object = json_object();
    for (int i = 0; i < 100; i++) {
        char key[16];
        (void)snprintf(key, sizeof(key), "k%d", i * 37 % 100);
        cr_assert_eq(json_object_set_new(object, key, json_integer(i)), 0);
    }
    for (int i = 0; i < 40; i++) {
        json_t *outer = i % 2 == 0 ? json_array() : json_object();
        int status = i % 2 == 0 ? json_array_append_new(outer, object)
                                : json_object_set_new(outer, "in", object);
        cr_assert_eq(status, 0);
        object = outer;
    }
    check(object);
}

Test(json_write, past_the_limit_the_buffer_remembers)
{
    struct buf out;
    json_t *text = json_string("twelve bytes");
    buf_init(&out, 5);
    json_write(text, PRECISION, &out);
    cr_expect(out.overflow);
    buf_deinit(&out);
    json_decref(text);
}
