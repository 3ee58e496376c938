// SPDX-License-Identifier: MIT
//
// Filters beyond what the compliance suite asks: exact numbers, limits, wordings.
#include "base/limits.h"
#include "base/mem.h"
#include "paths.h"

#include <criterion/criterion.h>
#include <string.h>

struct example {
    const char *path;
    const char *document;
    const char *found;
};

static void check_examples(const struct example *examples, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        paths_expect(examples[i].path, examples[i].document, JSONPATH_STRICT, examples[i].found);
    }
}

Test(jsonpath_filter, compares_numbers_exactly)
{
    static const struct example EXAMPLES[] = {
        // One apart, and one double.
        {"$[?@==9007199254740993]", "[9007199254740992,9007199254740993]", "[9007199254740993]"},
        {"$[?@>9007199254740992]", "[9007199254740992,9007199254740993]", "[9007199254740993]"},
        {"$[?@<9223372036854775807]", "[9223372036854775806,9223372036854775807]",
         "[9223372036854775806]"},
        {"$[?@==9007199254740993.0]", "[9007199254740992,9007199254740993]", "[9007199254740993]"},
        {"$[?@==100000000000000000001]", "[100000000000000000000,100000000000000000001,1e20]",
         "[100000000000000000001]"},
        {"$[?@<0.10000000000000000001]", "[0.1,0.10000000000000000001,1e999]", "[0.1]"},
        {"$[?@>1e998]", "[0.1,\"1e999\",1e999]", "[1e999]"},
        {"$[?length(@)==1 || search(@,'1')]", "[100000000000000000000,\"1\"]", "[\"1\"]"},
        {"$[?@.a==@.b]", "[{\"a\":9007199254740993,\"b\":9007199254740992.0}]", "[]"},
        {"$[?@==1]", "[1,1.0,1e0,\"1\",true]", "[1,1.0,1e0]"},
        {"$[?@==0]", "[0,-0,0.0,-0.0]", "[0,-0,0.0,-0.0]"},
        {"$[?@==2.5e-1]", "[0.25,0.2500,0.2]", "[0.25,0.2500]"},
        {"$[?@<100000000000000000000]", "[9223372036854775807,1e20,1e21]", "[9223372036854775807]"},
        {"$[?@>-1E+2]", "[-100,-99.5,-101]", "[-99.5]"},
        {"$[?@[0]==@[1]]", "[[[1,{\"a\":2}],[1.0,{\"a\":2e0}]],[[1],[2]]]",
         "[[[1,{\"a\":2}],[1.0,{\"a\":2e0}]]]"},
    };
    check_examples(EXAMPLES, ARRAY_LEN(EXAMPLES));
}

Test(jsonpath_filter, binds_not_before_and_before_or)
{
    static const char DOCUMENT[] =
        "[{\"a\":1},{\"b\":1},{\"c\":1},{\"a\":1,\"b\":1},{\"b\":1,\"c\":1}]";
    static const struct example EXAMPLES[] = {
        {"$[?@.a || @.b && @.c]", DOCUMENT, "[{\"a\":1},{\"a\":1,\"b\":1},{\"b\":1,\"c\":1}]"},
        {"$[?@.b && @.c || @.a]", DOCUMENT, "[{\"a\":1},{\"a\":1,\"b\":1},{\"b\":1,\"c\":1}]"},
        {"$[?(@.a || @.b) && @.c]", DOCUMENT, "[{\"b\":1,\"c\":1}]"},
        {"$[?!@.a && !@.b]", DOCUMENT, "[{\"c\":1}]"},
        {"$[?!(@.a || @.b)]", DOCUMENT, "[{\"c\":1}]"},
        {"$[?!(!@.a)]", DOCUMENT, "[{\"a\":1},{\"a\":1,\"b\":1}]"},
        {"$[?@.a&&@.b||@.b&&@.c]", DOCUMENT, "[{\"a\":1,\"b\":1},{\"b\":1,\"c\":1}]"},
    };
    check_examples(EXAMPLES, ARRAY_LEN(EXAMPLES));
}

Test(jsonpath_filter, looks_at_the_node_and_the_root)
{
    static const struct example EXAMPLES[] = {
        {"$.rules[?@.port==$.admin && @.from=='0.0.0.0/0'].id",
         "{\"admin\":22,\"rules\":[{\"id\":1,\"port\":22,\"from\":\"0.0.0.0/0\"},"
         "{\"id\":2,\"port\":22,\"from\":\"10.0.0.0/8\"},{\"id\":3,\"port\":80,"
         "\"from\":\"0.0.0.0/0\"}]}",
         "[1]"},
        {"$[?@[?@>1]]", "[[1],[1,2],{\"a\":3}]", "[[1,2],{\"a\":3}]"},
        {"$[?count(@.*)>1 && length(@.a)<3].a",
         "[{\"a\":\"xyz\",\"b\":1},{\"a\":\"\\u00e9\\ud83d\\ude00\",\"b\":1}]",
         "[\"\xc3\xa9\xf0\x9f\x98\x80\"]"},
        {"$[?value(@..x)==1]", "[{\"x\":1},{\"x\":1,\"y\":{\"x\":1}},{\"y\":{\"x\":1}}]",
         "[{\"x\":1},{\"y\":{\"x\":1}}]"},
        {"$[?length(@)==count($[*])]", "[[1,2],[1,2,3],\"abc\"]", "[[1,2,3],\"abc\"]"},
        {"$..[?@.a==null]", "{\"x\":{\"a\":null},\"y\":{\"b\":1}}", "[{\"a\":null}]"},
    };
    check_examples(EXAMPLES, ARRAY_LEN(EXAMPLES));
}

Test(jsonpath_filter, refuses_with_the_position_and_the_reason)
{
    static const struct {
        const char *path;
        const char *message;
    } CASES[] = {
        {"$[?]", "position 4: expected @, $, a literal or a function, found \"]\""},
        {"$[?@.a=1]", "position 7: expected \",\" or \"]\", found \"=\"; equality is written =="},
        {"$[?@.a==]", "position 9: expected @, $, a literal or a function, found \"]\""},
        {"$[?@.a==b]", "position 9: expected @, $, a literal or a function, found \"b\""},
        {"$[?1]", "position 4: a literal has to be compared with something"},
        {"$[?@.a && true]", "position 11: a literal has to be compared with something"},
        {"$[?@.*==1]", "position 4: a query that may select several nodes cannot be compared; only "
                       "names and single indexes may stand in it"},
        {"$[?1==@[0,1]]", "position 7: a query that may select several nodes cannot be compared; "
                          "only names and single indexes may stand in it"},
        {"$[?!@.a==1]", "position 5: a comparison behind ! stands in parentheses"},
        {"$[?(@.a]", "position 8: expected \"&&\", \"||\" or \")\", found \"]\""},
        {"$[?@.a==01]", "position 9: a number has no leading zero"},
        {"$[?@.a==1.]", "position 11: expected a digit, found \"]\""},
        {"$[?@.a==1e9999999999]", "position 9: the number is too large"},
        {"$[?@.a=='x]", "position 12: the quoted text has no closing '"},
        {"$[?size(@)==1]",
         "position 4: unknown function; there are length, count, value, match and search"},
        {"$[?length(@.a)]", "position 4: the result of length() has to be compared with something"},
        {"$[?match(@.a,'b')==true]",
         "position 4: match() is true or false by itself and cannot be compared"},
        {"$[?count(1)==1]", "position 10: the function takes a query here"},
        {"$[?length(@.*)==1]", "position 11: the function takes one value here; this query may "
                               "select several nodes"},
        {"$[?length(match(@,'a'))==1]", "position 11: the function takes one value here, not true "
                                        "or false from another function"},
        {"$[?match(@.a)]", "position 13: expected \",\" and one argument more, found \")\""},
        {"$[?count(@.a,@.b)==1]",
         "position 13: expected \")\" behind the last argument, found \",\""},
        {"$[?count (@.a)==1]", "position 4: expected @, $, a literal or a function, found \"c\""},
        {"$[?@===1]",
         "position 7: expected @, $, a literal or a function, found \"=\"; equality is written =="},
        {"$[?match(@,'a{10001}')]",
         "position 4: the pattern of match(): position 3: repeated more than 10000 times"},
    };
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        paths_expect_refusal(CASES[i].path, JSONPATH_STRICT, CASES[i].message);
    }
}

// RFC 9535, 2.4.6: such a path is valid, the pattern matches nothing; we say so.
Test(jsonpath_filter, takes_a_pattern_that_is_none_and_tells)
{
    struct jsonpath *path = NULL;
    struct err err = ERR_INIT;
    cr_assert_eq(paths_parse("$[?match(@.a, '\\\\d+')]", JSONPATH_STRICT, &path, &err), ERR_OK);
    cr_assert_not_null(jsonpath_pattern_fault(path));
    cr_expect_not_null(strstr(jsonpath_pattern_fault(path), "position 4: the pattern of match() is "
                                                            "no I-Regexp (RFC 9485) and matches "
                                                            "nothing: position 2: expected one"));
    jsonpath_destroy(&path);
    cr_assert_eq(paths_parse("$[?match(@.a, '[0-9]+')]", JSONPATH_STRICT, &path, &err), ERR_OK);
    cr_expect_null(jsonpath_pattern_fault(path));
    jsonpath_destroy(&path);
    paths_expect("$[?match(@, '\\\\d+')]", "[\"12\"]", JSONPATH_STRICT, "[]");
    paths_expect("$[?match(@, $[0])]", "[\"[\",\"a\"]", JSONPATH_STRICT, "[]");
}

static char *nested(const char *open, const char *inner, const char *close, size_t depth)
{
    struct buf text;
    buf_init(&text, LIMIT_PATH_BYTES);
    (void)buf_append_char(&text, '$');
    for (size_t i = 0; i < depth; i++) {
        (void)buf_append_text(&text, open);
    }
    (void)buf_append_text(&text, inner);
    for (size_t i = 0; i < depth; i++) {
        (void)buf_append_text(&text, close);
    }
    return buf_take(&text);
}

Test(jsonpath_filter, bounds_the_nesting)
{
    static const struct {
        size_t depth;
        enum err_kind kind;
    } CASES[] = {{LIMIT_PATH_DEPTH, ERR_OK}, {LIMIT_PATH_DEPTH + 1, ERR_LIMIT}};
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        char *text = nested("[?@", "", "]", CASES[i].depth);
        struct jsonpath *path = NULL;
        struct err err = ERR_INIT;
        cr_expect_eq(paths_parse(text, JSONPATH_STRICT, &path, &err), CASES[i].kind, "%s",
                     err.message);
        jsonpath_destroy(&path);
        mem_free(&text);
    }
    struct jsonpath *path = NULL;
    struct err err = ERR_INIT;
    cr_expect_eq(
        paths_parse("$[?((((((((((((((((@.a))))))))))))))))]", JSONPATH_STRICT, &path, &err),
        ERR_LIMIT);
    cr_expect_str_eq(err.message,
                     "position 20: filters, parentheses and functions nested more than "
                     "16 deep");
}

static void expect_limit_on(const char *text, json_t *document, const char *message)
{
    struct jsonpath *path = NULL;
    struct jsonpath_nodes nodes = {0};
    struct err err = ERR_INIT;
    cr_assert_eq(paths_parse(text, JSONPATH_STRICT, &path, &err), ERR_OK, "%s", err.message);
    cr_expect_eq(jsonpath_select(path, value_of_json(document), &nodes, &err), ERR_LIMIT, "%s",
                 text);
    cr_expect_str_eq(err.message, message);
    jsonpath_nodes_deinit(&nodes);
    jsonpath_destroy(&path);
}

// Every filter below takes a power of the document's size when nobody counts.
Test(jsonpath_filter, bounds_the_work_of_nested_filters)
{
    static const char MESSAGE[] = "the path looks at more than 10000000 nodes";
    json_t *document = json_array();
    for (int i = 0; i < 1000; i++) {
        cr_assert_eq(json_array_append_new(document, json_integer(i)), 0);
    }
    expect_limit_on("$[?$[?$[?@<0]]]", document, MESSAGE);
    expect_limit_on("$[?$[?count($[*])<0]]", document, MESSAGE);
    json_t *large = json_array();
    for (int i = 0; i < 5000; i++) {
        cr_assert_eq(json_array_append_new(large, json_integer(i)), 0);
    }
    expect_limit_on("$[?$!=$]", large, MESSAGE);
    json_decref(large);
    json_decref(document);
}

// A long text and a large automaton, for each of many nodes.
Test(jsonpath_filter, bounds_the_work_of_patterns)
{
    char *text = mem_alloc(100001, 1);
    memset(text, 'a', 100000);
    json_t *document = json_pack("{s:s,s:[i,i,i]}", "text", text, "list", 1, 2, 3);
    expect_limit_on("$.list[?search($.text, '(a{1,50}){1,90}b')]", document,
                    "matching the pattern takes too many steps");
    cr_assert_eq(json_object_set_new(document, "pattern", json_string("(a{100}){101}")), 0);
    expect_limit_on("$.list[?match($.text, $.pattern)]", document,
                    "a pattern from the document: the pattern needs more than 10000 states");
    json_decref(document);
    mem_free(&text);
}

Test(jsonpath_filter, says_where_the_kept_nodes_lie)
{
    struct jsonpath *path = NULL;
    struct err err = ERR_INIT;
    cr_assert_eq(paths_parse("$.a[?@.b>1].b", JSONPATH_STRICT, &path, &err), ERR_OK);
    json_t *document = json_loads("{\"a\":[{\"b\":1},{\"b\":2},{\"b\":3}]}", 0, NULL);
    json_t *values;
    json_t *places;
    paths_run(path, document, &values, &places);
    char *text = json_dumps(places, JSON_COMPACT);
    cr_expect_str_eq(text, "[\"$['a'][1]['b']\",\"$['a'][2]['b']\"]");
    mem_free(&text);
    json_decref(values);
    json_decref(places);
    json_decref(document);
    jsonpath_destroy(&path);
}
