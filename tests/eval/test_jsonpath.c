// SPDX-License-Identifier: MIT
//
// JSONPath against the compliance suite of RFC 9535, and what is ours: limits and wordings.
#include "eval/jsonpath.h"

#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "domain/json_number.h"
#include "paths.h"

#include <criterion/criterion.h>
#include <string.h>

static const char CTS_PATH[] = TEST_SOURCE_DIR "/../shared/conformance/jsonpath/cts.json";

static void check_result(json_t *test, json_t *values, json_t *paths)
{
    const char *selector = json_string_value(json_object_get(test, "selector"));
    json_t *result = json_object_get(test, "result");
    if (result != NULL) {
        cr_expect(json_equal(values, result), "%s: other values", selector);
        cr_expect(json_equal(paths, json_object_get(test, "result_paths")), "%s: other paths",
                  selector);
        return;
    }
    json_t *results = json_object_get(test, "results");
    json_t *results_paths = json_object_get(test, "results_paths");
    bool found = false;
    for (size_t i = 0; i < json_array_size(results); i++) {
        found = found || (json_equal(values, json_array_get(results, i)) &&
                          json_equal(paths, json_array_get(results_paths, i)));
    }
    cr_expect(found, "%s: none of the allowed results", selector);
}

// In both modes: the lenient one changes nothing about a path that is right.
static void check_selection(json_t *test)
{
    const char *selector = json_string_value(json_object_get(test, "selector"));
    static const enum jsonpath_mode MODES[] = {JSONPATH_STRICT, JSONPATH_LENIENT};
    for (size_t i = 0; i < ARRAY_LEN(MODES); i++) {
        struct jsonpath *path = NULL;
        struct err err = ERR_INIT;
        cr_assert_eq(paths_parse(selector, MODES[i], &path, &err), ERR_OK, "%s: %s", selector,
                     err.message);
        json_t *values;
        json_t *paths;
        paths_run(path, json_object_get(test, "document"), &values, &paths);
        check_result(test, values, paths);
        json_decref(values);
        json_decref(paths);
        jsonpath_destroy(&path);
    }
}

static void check_refusal(json_t *test)
{
    json_t *selector = json_object_get(test, "selector");
    struct jsonpath *path = NULL;
    struct err err = ERR_INIT;
    size_t position = 0;
    enum err_kind kind =
        jsonpath_parse_at(json_string_value(selector), json_string_length(selector),
                          JSONPATH_STRICT, &path, &position, &err);
    cr_expect_eq(kind, ERR_INVALID, "%s was accepted", json_string_value(selector));
    cr_expect_null(path);
    char *prefix = mem_format("position %zu: ", position);
    cr_expect_eq(strncmp(err.message, prefix, strlen(prefix)), 0, "%s", err.message);
    cr_expect_leq(position, json_string_length(selector) + 1);
    mem_free(&prefix);
    jsonpath_destroy(&path);
}

// A number as the trees of documents hold it (domain/json_number.h), which know no JSON_REAL.
static json_t *written(json_t *real)
{
    char *text = mem_format("%.15g", json_real_value(real));
    json_t *number = json_number_new(span_of(text));
    mem_free(&text);
    return number;
}

static void write_numbers(json_t *json)
{
    const char *name;
    json_t *child;
    size_t index;
    json_array_foreach(json, index, child)
    {
        if (json_is_real(child)) {
            (void)json_array_set_new(json, index, written(child));
        } else {
            write_numbers(child);
        }
    }
    json_object_foreach(json, name, child)
    {
        if (json_is_real(child)) {
            (void)json_object_set_new(json, name, written(child));
        } else {
            write_numbers(child);
        }
    }
}

// jansson reads it, because its texts hold NULs.
Test(jsonpath, passes_the_compliance_suite)
{
    if (!file_exists(CTS_PATH)) {
        cr_skip_test("the conformance data is not beside the project");
    }
    json_t *suite = json_load_file(CTS_PATH, JSON_ALLOW_NUL, NULL);
    cr_assert_not_null(suite);
    write_numbers(suite);
    size_t selections = 0;
    size_t refusals = 0;
    size_t index;
    json_t *test;
    json_array_foreach(json_object_get(suite, "tests"), index, test)
    {
        if (json_is_true(json_object_get(test, "invalid_selector"))) {
            check_refusal(test);
            refusals++;
        } else {
            check_selection(test);
            selections++;
        }
    }
    cr_expect_eq(refusals, 247);
    cr_expect_eq(selections, 703 - 247);
    json_decref(suite);
}

Test(jsonpath, refuses_with_the_position_and_what_would_be_right)
{
    static const struct {
        const char *path;
        const char *message;
    } CASES[] = {
        {"", "position 1: expected a path that begins with $, found the end of the path"},
        {"a.b", "position 1: expected a path that begins with $, found \"a\""},
        {"$a", "position 2: expected \".\" or \"[\", found \"a\""},
        {"$.a.length()", "position 11: expected \".\" or \"[\", found \"(\""},
        {"$.a.", "position 5: expected a name or * after the dot, found the end of the path"},
        {"$.a[b]",
         "position 5: expected a quoted name, an index, a slice, a filter or *, found \"b\""},
        {"$.a[?@.b=1]", "position 9: expected \",\" or \"]\", found \"=\"; equality is written =="},
        {"$.a[0", "position 6: expected \",\" or \"]\", found the end of the path"},
        {"$.a[/]",
         "position 5: expected a quoted name, an index, a slice, a filter or *, found \"/\""},
        {"$['a", "position 5: the quoted text has no closing '"},
        {"$['\\x']", "position 5: expected one of b f n r t / \\ u or the quote after a backslash, "
                     "found \"x\""},
        {"$[01]", "position 3: a number has no leading zero and no minus before 0"},
        {"$ ", "position 2: blanks at the end of the path"},
        {"$.a\xff", "position 4: a byte that is not UTF-8"},
        {"$[9007199254740992]",
         "position 3: a number lies between -9007199254740991 and 9007199254740991"},
    };
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        paths_expect_refusal(CASES[i].path, JSONPATH_STRICT, CASES[i].message);
    }
}

Test(jsonpath, knows_which_paths_find_one_node_at_most)
{
    static const struct {
        const char *path;
        bool is_singular;
    } CASES[] = {
        {"$", true},         {"$.a.b", true},     {"$['a'][0][-1]", true}, {"$.*", false},
        {"$.a[0,1]", false}, {"$.a[0:1]", false}, {"$..a", false},         {"$.a[*].b", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        struct jsonpath *path = NULL;
        struct err err = ERR_INIT;
        cr_assert_eq(paths_parse(CASES[i].path, JSONPATH_STRICT, &path, &err), ERR_OK);
        cr_expect_eq(jsonpath_is_singular(path), CASES[i].is_singular, "%s", CASES[i].path);
        jsonpath_destroy(&path);
    }
}

// "$" and `count` times `piece`.
static char *repeat(const char *piece, size_t count)
{
    struct buf text;
    buf_init(&text, 1024 * 1024);
    (void)buf_append_char(&text, '$');
    for (size_t i = 0; i < count; i++) {
        (void)buf_append_text(&text, piece);
    }
    return buf_take(&text);
}

Test(jsonpath, bounds_length_and_segments)
{
    static const struct {
        const char *piece;
        size_t count;
        enum err_kind kind;
    } CASES[] = {
        {".a", LIMIT_PATH_SEGMENTS, ERR_OK},
        {".a", LIMIT_PATH_SEGMENTS + 1, ERR_LIMIT},
        {"['a' ]", LIMIT_PATH_BYTES, ERR_LIMIT},
    };
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        char *text = repeat(CASES[i].piece, CASES[i].count);
        struct jsonpath *path = NULL;
        struct err err = ERR_INIT;
        cr_expect_eq(paths_parse(text, JSONPATH_STRICT, &path, &err), CASES[i].kind, "%s",
                     err.message);
        jsonpath_destroy(&path);
        mem_free(&text);
    }
}

static json_t *array_of_numbers(size_t count)
{
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++) {
        cr_assert_eq(json_array_append_new(array, json_integer((json_int_t)i)), 0);
    }
    return array;
}

Test(jsonpath, bounds_the_nodes_selected)
{
    static const struct {
        size_t elements;
        enum err_kind kind;
    } CASES[] = {{LIMIT_PATH_NODES, ERR_OK}, {LIMIT_PATH_NODES + 1, ERR_LIMIT}};
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        json_t *document = array_of_numbers(CASES[i].elements);
        struct jsonpath *path = NULL;
        struct jsonpath_nodes nodes = {0};
        struct err err = ERR_INIT;
        cr_assert_eq(paths_parse("$[*]", JSONPATH_STRICT, &path, &err), ERR_OK);
        cr_expect_eq(jsonpath_select(path, value_of_json(document), &nodes, &err), CASES[i].kind);
        cr_expect_eq(nodes.count, LIMIT_PATH_NODES);
        jsonpath_nodes_deinit(&nodes);
        jsonpath_destroy(&path);
        json_decref(document);
    }
}

static json_t *array_of_objects(size_t count)
{
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++) {
        cr_assert_eq(json_array_append_new(array, json_object()), 0);
    }
    return array;
}

// "<before><part>,<part>…<behind>"
static enum err_kind select_many(const char *before, const char *part, size_t count,
                                 const char *behind)
{
    json_t *document = array_of_objects(200000);
    struct buf text;
    struct jsonpath *path = NULL;
    struct jsonpath_nodes nodes = {0};
    struct err err = ERR_INIT;
    buf_init(&text, LIMIT_PATH_BYTES);
    (void)buf_append_text(&text, before);
    for (size_t i = 0; i < count; i++) {
        (void)buf_append_text(&text, part);
    }
    text.len--;
    (void)buf_append_text(&text, behind);
    cr_assert_eq(paths_parse(buf_text(&text), JSONPATH_STRICT, &path, &err), ERR_OK, "%s",
                 err.message);
    enum err_kind kind = jsonpath_select(path, value_of_json(document), &nodes, &err);
    cr_expect_eq(nodes.count, 0);
    jsonpath_nodes_deinit(&nodes);
    jsonpath_destroy(&path);
    buf_deinit(&text);
    json_decref(document);
    return kind;
}

// What is looked for and not there costs time as well.
Test(jsonpath, bounds_the_nodes_looked_for)
{
    cr_expect_eq(select_many("$..[", "'a',", 1000, "]"), ERR_LIMIT);
    cr_expect_eq(select_many("$..[", "'a',", 100, "]"), ERR_OK);
    cr_expect_eq(select_many("$[*][", "0,", 2000, "]"), ERR_LIMIT);
    cr_expect_eq(select_many("$[*][", "*,", 2000, "]"), ERR_LIMIT);
    cr_expect_eq(select_many("$[?", "length(1)>1||", 300, "|1>1]"), ERR_LIMIT);
    cr_expect_eq(select_many("$[?", "match('a','b')||", 250, "|1>1]"), ERR_LIMIT);
}

// Chained descendants look at a number of nodes that grows with a power of the depth.
Test(jsonpath, bounds_the_nodes_looked_at)
{
    json_t *document = json_integer(1);
    for (int i = 0; i < LIMIT_RECORD_DEPTH; i++) {
        json_t *array = json_array();
        cr_assert_eq(json_array_append_new(array, document), 0);
        document = array;
    }
    struct jsonpath *path = NULL;
    struct jsonpath_nodes nodes = {0};
    struct err err = ERR_INIT;
    cr_assert_eq(paths_parse("$..*..*..*..*..*..*..absent", JSONPATH_STRICT, &path, &err), ERR_OK);
    cr_expect_eq(jsonpath_select(path, value_of_json(document), &nodes, &err), ERR_LIMIT);
    cr_expect_not_null(strstr(err.message, "looks at more than"));
    jsonpath_nodes_deinit(&nodes);
    jsonpath_destroy(&path);
    json_decref(document);
}
