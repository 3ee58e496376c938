// SPDX-License-Identifier: MIT
#include "parameters.h"

#include "base/check.h"
#include "base/mem.h"

#include <criterion/criterion.h>
#include <stdint.h>
#include <string.h>

// "name=value (query)|…" of all, in their order; mem_free.
static char *list(const struct parameters *parameters)
{
    struct buf out;
    buf_init(&out, SIZE_MAX / 2);
    for (size_t i = 0; i < parameters->count; i++) {
        const struct parameter *item = &parameters->items[i];
        (void)buf_append_format(&out, "%s%.*s=%.*s%s", i == 0 ? "" : "|", (int)item->name.len,
                                item->name.bytes, (int)item->value.len, item->value.bytes,
                                item->is_from_body ? "@body" : "");
    }
    return buf_take(&out);
}

Test(parameters, are_read_from_query_and_body)
{
    static const struct {
        const char *query;
        const char *body;
        const char *listed;
    } ROWS[] = {
        {"", "", ""},
        {"a=1&b=2", "", "a=1|b=2"},
        {"a=1", "b=2&c=3", "a=1|b=2@body|c=3@body"},
        {"", "a=1", "a=1@body"},
        {"&&a=1&&&b=2&", "&", "a=1|b=2"},
        {"a", "", "a="},
        {"a=", "", "a="},
        {"a=b=c", "", "a=b=c"},
        {"a%3Db=c%26d", "", "a=b=c&d"},
        {"a+b=c+d%20e", "f+g=h", "a b=c d e|f g=h@body"},
        {"a=1&a=2", "a=3", "a=1|a=2|a=3@body"},
        {"A=1&a=2", "", "A=1|a=2"},
        {"%E5%AE%89=x", "", "安=x"},
    };
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        struct parameters parameters;
        struct err err = ERR_INIT;
        cr_expect_eq(
            parameters_parse(&parameters, span_of(ROWS[i].query), span_of(ROWS[i].body), &err),
            ERR_OK, "%s: %s", ROWS[i].query, err.message);
        char *listed = list(&parameters);
        cr_expect_str_eq(listed, ROWS[i].listed);
        mem_free(&listed);
        parameters_deinit(&parameters);
    }
}

Test(parameters, without_any_bytes)
{
    struct parameters parameters;
    struct err err = ERR_INIT;
    cr_expect_eq(parameters_parse(&parameters, (struct span){0}, (struct span){0}, &err), ERR_OK);
    cr_expect_eq(parameters.count, 0);
    cr_expect_null(parameters_get(&parameters, "a"));
    cr_expect_null(parameters_find_double(&parameters));
    parameters_deinit(&parameters);
}

Test(parameters, wrong_ones_are_refused_with_their_place)
{
    static const struct {
        const char *query;
        const char *body;
        const char *says;
    } ROWS[] = {
        {"=1", "", "parameter 1 of the query has no name; \"name=value\" is right"},
        {"a=1&=", "", "parameter 2 of the query has no name"},
        {"a=1", "b=2&&=c", "parameter 3 of the body has no name"},
        {"a=1&b=%", "",
         "parameter 2 of the query, \"b=%\", is not encoded right; UTF-8 without NUL"},
        {"%zz=1", "", "parameter 1 of the query, \"%zz=1\","},
        {"a=%00", "", "parameter 1 of the query, \"a=%00\","},
        {"a=%C0%80", "", "parameter 1 of the query, \"a=%C0%80\","},
        {"a=1", "b=\xff", "parameter 1 of the body, \"b=\\xff\","},
        {"a=%ED%A0%80", "", "each '%' with two hex digits"},
    };
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        struct parameters parameters;
        struct err err = ERR_INIT;
        cr_expect_eq(
            parameters_parse(&parameters, span_of(ROWS[i].query), span_of(ROWS[i].body), &err),
            ERR_INVALID, "%s", ROWS[i].query);
        cr_expect_not_null(strstr(err.message, ROWS[i].says), "%s: %s", ROWS[i].query, err.message);
        cr_expect_eq(parameters.count, 0);
        parameters_deinit(&parameters);
    }
}

static enum err_kind parse_many(size_t in_query, size_t in_body, struct err *err)
{
    struct buf query;
    struct buf body;
    buf_init(&query, 1000000);
    buf_init(&body, 1000000);
    for (size_t i = 0; i < in_query + in_body; i++) {
        (void)buf_append_format(i < in_query ? &query : &body, "p%zu=x&", i);
    }
    struct parameters parameters;
    enum err_kind kind = parameters_parse(&parameters, (struct span){buf_text(&query), query.len},
                                          (struct span){buf_text(&body), body.len}, err);
    cr_expect_eq(parameters.count, kind == ERR_OK ? in_query + in_body : 0);
    parameters_deinit(&parameters);
    buf_deinit(&query);
    buf_deinit(&body);
    return kind;
}

Test(parameters, too_many)
{
    struct err err = ERR_INIT;
    cr_expect_eq(parse_many(PARAMETERS_MAX, 0, &err), ERR_OK);
    cr_expect_eq(parse_many(PARAMETERS_MAX - 1, 1, &err), ERR_OK);
    cr_expect_eq(parse_many(PARAMETERS_MAX, 1, &err), ERR_LIMIT);
    cr_expect_str_eq(err.message, "there are too many parameters; at most 128 are taken");
}

Test(parameters, too_long)
{
    struct buf query;
    buf_init(&query, 1000000);
    (void)buf_append_text(&query, "a=");
    for (size_t i = 0; i < PARAMETERS_BYTES_MAX - 1; i++) {
        (void)buf_append_text(&query, "%41");
    }
    struct parameters parameters;
    struct err err = ERR_INIT;
    cr_expect_eq(
        parameters_parse(&parameters, (struct span){query.data, query.len}, (struct span){0}, &err),
        ERR_OK);
    cr_expect_eq(parameters.items[0].value.len, PARAMETERS_BYTES_MAX - 1);
    parameters_deinit(&parameters);
    (void)buf_append_text(&query, "A");
    cr_expect_eq(
        parameters_parse(&parameters, (struct span){query.data, query.len}, (struct span){0}, &err),
        ERR_LIMIT);
    cr_expect_str_eq(err.message, "the parameters are too long; at most 131072 bytes are taken");
    parameters_deinit(&parameters);
    buf_deinit(&query);
}

Test(parameters, are_found_by_their_exact_name)
{
    struct parameters parameters;
    struct err err = ERR_INIT;
    cr_assert_eq(parameters_parse(&parameters, span_of("Action=x&action=y&Empty="),
                                  span_of("Body=z&Action=w"), &err),
                 ERR_OK);
    cr_expect(span_equals_text(*parameters_get(&parameters, "Action"), "x"));
    cr_expect(span_equals_text(*parameters_get(&parameters, "action"), "y"));
    cr_expect(span_equals_text(*parameters_get(&parameters, "Empty"), ""));
    cr_expect(span_equals_text(*parameters_get(&parameters, "Body"), "z"));
    cr_expect_null(parameters_get(&parameters, "Actio"));
    cr_expect_null(parameters_get(&parameters, "ACTION"));
    const struct parameter *twice = parameters_find_double(&parameters);
    cr_assert_not_null(twice);
    cr_expect(span_equals_text(twice->name, "Action"));
    parameters_deinit(&parameters);
}
