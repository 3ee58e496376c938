// SPDX-License-Identifier: MIT
#include "eval/value.h"

#include "base/limits.h"

#include <criterion/criterion.h>
#include <string.h>

static void check(const char *text, int indent, const char *expected)
{
    json_t *value = NULL;
    struct err err = ERR_INIT;
    cr_assert_eq(value_parse(text, strlen(text), &value, &err), ERR_OK, "%s", err.message);
    struct buf out;
    buf_init(&out, 4096);
    value_append(&out, value_of_json(value), indent);
    cr_expect_str_eq(buf_text(&out), expected);
    buf_deinit(&out);
    json_decref(value);
}

Test(value, writes_what_it_read)
{
    static const char *const TEXTS[] = {
        "null",
        "true",
        "-9223372036854775808",
        "0.1",
        "1e+21",
        "1.10",
        "1E2",
        "-0",
        "[-0.0,0e5,1e400,1e-400,0.1234567890123456789]",
        "{\"a\":9223372036854775808,\"b\":[5.0,5,18446744073709551617],\"c\":\"5.0\"}",
        "123456789012345678901.10",
        "[]",
        "{}",
        "\"\"",
        "[1,[2,{\"b\":false,\"a\":null}],\"x\"]",
        "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\xc3\xa9\"",
    };
    for (size_t i = 0; i < ARRAY_LEN(TEXTS); i++) {
        check(TEXTS[i], 0, TEXTS[i]);
    }
}

Test(value, indents_when_asked)
{
    check("[1,{\"b\":[],\"a\":{\"c\":2}},{}]", 2,
          "[\n  1,\n  {\n    \"b\": [],\n    \"a\": {\n      \"c\": 2\n    }\n  },\n  {}\n]");
}
