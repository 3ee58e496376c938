// SPDX-License-Identifier: MIT
#include "json_layout.h"
#include "json_write.h"

#include <criterion/criterion.h>
#include <stdlib.h>

enum { PRECISION = 6, OUT_BYTES = 64 * 1024, BIG = 100 };

// The promise: what json_write makes of the value that the text stands for.
static void check(const char *text)
{
    struct buf laid_out;
    struct buf written;
    buf_init(&laid_out, OUT_BYTES);
    buf_init(&written, OUT_BYTES);
    json_t *value = json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    cr_assert_not_null(value, "%s", text);
    json_layout(text, 0, &laid_out);
    json_write(value, PRECISION, &written);
    cr_expect_str_eq(buf_text(&laid_out), buf_text(&written));
    json_decref(value);
    buf_deinit(&laid_out);
    buf_deinit(&written);
}

Test(json_layout, scalars)
{
    check("0");
    check("-12");
    check("true");
    check("false");
    check("null");
    check("17\n");
    check("{}\n");
    check("\"\"");
    check("\"Stra\xc3\x9f"
          "e\"");
}

Test(json_layout, texts_that_look_like_structure)
{
    check("{\"a\":\"}\",\"b\":\"]{[,:\",\"c\":[\"\\\"\",\"\\\\\",\"\\\\\\\"}\"]}");
}

Test(json_layout, escapes)
{
    check("\"\\u0001\\t\\n\\u001F\\\\u2028\"");
    check("\"a\\u2028b\\u2029\\u2028\"");
    check("{\"\\u2029\":1}");
}

Test(json_layout, empty_ones_and_members_in_order)
{
    check("{}");
    check("[]");
    check(
        "{\"b\":[],\"a\":{},\"ab\":[1,[2,{}],{\"z\":null,\"B\":true,\"\":0}],\"a b\":1,\"a!\":2}");
    check("[[[[]]],{\"a\":{\"a\":{\"a\":[0,1]}}},\"end\"]");
}

Test(json_layout, many_members)
{
    struct buf text;
    buf_init(&text, OUT_BYTES);
    for (int i = 0; i < BIG; i++) {
        cr_assert(buf_append_format(&text, "%s\"m%d\":{\"n\":[%d]}", i == 0 ? "{" : ",",
                                    i * 37 % BIG, i));
    }
    (void)buf_append_char(&text, '}');
    check(buf_text(&text));
    buf_deinit(&text);
}

Test(json_layout, texts_in_a_value)
{
    static const char *const TEXTS[] = {"{\"b\":[1],\"a\":2}", "7"};
    struct buf out;
    buf_init(&out, OUT_BYTES);
    json_t *value = json_loads("{\"list\":[],\"other\":[]}", 0, NULL);
    struct json_texts texts = {.place = json_object_get(value, "list"), .texts = TEXTS, .count = 2};
    json_write_with(value, PRECISION, &texts, &out);
    cr_expect_str_eq(buf_text(&out), "{\n  \"list\": [\n    {\n      \"a\": 2,\n      \"b\": [\n"
                                     "        1\n      ]\n    },\n    7\n  ],\n  \"other\": []\n}");
    buf_deinit(&out);
    buf_init(&out, OUT_BYTES);
    texts.count = 0;
    json_write_with(value, PRECISION, &texts, &out);
    cr_expect_str_eq(buf_text(&out), "{\n  \"list\": [],\n  \"other\": []\n}");
    buf_deinit(&out);
    json_decref(value);
}
