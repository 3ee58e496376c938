// SPDX-License-Identifier: MIT
//
// JSONPath against the compliance suite of RFC 9535, and what is ours: limits, wordings, the
// lenient spellings.
#include "jsonpath.h"

#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"

#include <criterion/criterion.h>
#include <string.h>

static const char CTS_PATH[] = TEST_SOURCE_DIR "/../shared/conformance/jsonpath/cts.json";

static enum err_kind parse(const char *text, enum jsonpath_mode mode, struct jsonpath **path_out,
                           struct err *err)
{
    return jsonpath_parse(text, strlen(text), mode, path_out, err);
}

// The selected values and their normalised paths, each as a JSON array.
static void run_path(const struct jsonpath *path, json_t *document, json_t **values_out,
                     json_t **paths_out)
{
    struct jsonpath_nodes nodes = {0};
    struct err err = ERR_INIT;
    cr_assert_eq(jsonpath_select(path, document, &nodes, &err), ERR_OK, "%s", err.message);
    *values_out = json_array();
    *paths_out = json_array();
    for (size_t i = 0; i < nodes.count; i++) {
        struct buf place;
        buf_init(&place, LIMIT_PATH_BYTES);
        jsonpath_locate(path, document, i, &place);
        cr_assert_eq(json_array_append(*values_out, nodes.items[i]), 0);
        cr_assert_eq(json_array_append_new(*paths_out, json_string(buf_text(&place))), 0);
        buf_deinit(&place);
    }
    jsonpath_nodes_deinit(&nodes);
}

static bool has_filter(const char *selector)
{
    return strchr(selector, '?') != NULL;
}

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

static void check_selection(json_t *test)
{
    const char *selector = json_string_value(json_object_get(test, "selector"));
    static const enum jsonpath_mode MODES[] = {JSONPATH_STRICT, JSONPATH_LENIENT};
    for (size_t i = 0; i < ARRAY_LEN(MODES); i++) {
        struct jsonpath *path = NULL;
        struct err err = ERR_INIT;
        cr_assert_eq(parse(selector, MODES[i], &path, &err), ERR_OK, "%s: %s", selector,
                     err.message);
        json_t *values;
        json_t *paths;
        run_path(path, json_object_get(test, "document"), &values, &paths);
        check_result(test, values, paths);
        json_decref(values);
        json_decref(paths);
        jsonpath_destroy(&path);
    }
}

static void check_refusal(json_t *test, const char *reason)
{
    json_t *selector = json_object_get(test, "selector");
    struct jsonpath *path = NULL;
    struct err err = ERR_INIT;
    enum err_kind kind = jsonpath_parse(json_string_value(selector), json_string_length(selector),
                                        JSONPATH_STRICT, &path, &err);
    cr_expect_neq(kind, ERR_OK, "%s was accepted", json_string_value(selector));
    cr_expect_null(path);
    cr_expect_not_null(strstr(err.message, reason), "%s: %s", json_string_value(selector),
                       err.message);
    cr_expect_not_null(strstr(err.message, "position "), "%s", err.message);
    jsonpath_destroy(&path);
}

Test(jsonpath, passes_the_compliance_suite)
{
    if (!file_exists(CTS_PATH)) {
        cr_skip_test("the conformance data is not beside the project");
    }
    json_t *suite = json_load_file(CTS_PATH, JSON_ALLOW_NUL, NULL);
    cr_assert_not_null(suite);
    size_t selections = 0;
    size_t refusals = 0;
    size_t filters = 0;
    size_t index;
    json_t *test;
    json_array_foreach(json_object_get(suite, "tests"), index, test)
    {
        const char *selector = json_string_value(json_object_get(test, "selector"));
        if (json_is_true(json_object_get(test, "invalid_selector"))) {
            check_refusal(test, "");
            refusals++;
        } else if (has_filter(selector)) {
            check_refusal(test, "filter selectors are not supported by this version");
            filters++;
        } else {
            check_selection(test);
            selections++;
        }
    }
    cr_expect_eq(selections + refusals + filters, 703);
    cr_expect_eq(refusals, 247);
    cr_expect_eq(selections, 167);
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
        {"$.a[?(@.b=='c')]", "position 5: filter selectors are not supported by this version"},
        {"$.a[(@.length-1)]", "position 5: script expressions are not supported by this version"},
        {"$.a.length()", "position 11: functions are not supported by this version"},
        {"$.a.", "position 5: expected a name or * after the dot, found the end of the path"},
        {"$.a[b]", "position 5: expected a quoted name, an index, a slice or *, found \"b\""},
        {"$.a[0", "position 6: expected \",\" or \"]\", found the end of the path"},
        {"$.a[é]", "position 5: expected a quoted name, an index, a slice or *, found \"é\""},
        {"$['a", "position 5: the name has no closing '"},
        {"$['\\x']", "position 5: expected one of b f n r t / \\ u or the quote after a backslash, "
                     "found \"x\""},
        {"$[01]", "position 3: a number has no leading zero and no minus before 0"},
        {"$ ", "position 2: blanks at the end of the path"},
        {"$.a\xff", "position 4: a byte that is not UTF-8"},
        {"$[9007199254740992]",
         "position 3: a number lies between -9007199254740991 and 9007199254740991"},
    };
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        struct jsonpath *path = NULL;
        struct err err = ERR_INIT;
        cr_expect_eq(parse(CASES[i].path, JSONPATH_LENIENT, &path, &err), ERR_INVALID, "%s",
                     CASES[i].path);
        cr_expect_str_eq(err.message, CASES[i].message);
        cr_expect_null(path);
    }
}

// What one path finds in a document, as compact JSON.
static char *find(const char *text, const char *document_text, enum jsonpath_mode mode)
{
    struct jsonpath *path = NULL;
    struct err err = ERR_INIT;
    cr_assert_eq(parse(text, mode, &path, &err), ERR_OK, "%s: %s", text, err.message);
    json_t *document = json_loads(document_text, 0, NULL);
    json_t *values;
    json_t *paths;
    run_path(path, document, &values, &paths);
    char *found = json_dumps(values, JSON_COMPACT);
    json_decref(values);
    json_decref(paths);
    json_decref(document);
    jsonpath_destroy(&path);
    return found;
}

Test(jsonpath, takes_older_spellings_only_when_lenient)
{
    static const char *const SPELLINGS[] = {"$.a-b", "$.2nd", "@.a-b", "@", "$..a-b[0]"};
    for (size_t i = 0; i < ARRAY_LEN(SPELLINGS); i++) {
        struct jsonpath *path = NULL;
        struct err err = ERR_INIT;
        cr_expect_eq(parse(SPELLINGS[i], JSONPATH_STRICT, &path, &err), ERR_INVALID, "%s",
                     SPELLINGS[i]);
        cr_expect_eq(parse(SPELLINGS[i], JSONPATH_LENIENT, &path, &err), ERR_OK, "%s: %s",
                     SPELLINGS[i], err.message);
        cr_expect_str_eq(jsonpath_text(path), SPELLINGS[i]);
        jsonpath_destroy(&path);
    }
    const char *document = "{\"a-b\":[1,2],\"2nd\":3,\"a\":4}";
    char *hyphen = find("$.a-b[1]", document, JSONPATH_LENIENT);
    char *digit = find("$.2nd", document, JSONPATH_LENIENT);
    char *root = find("@.a", document, JSONPATH_LENIENT);
    cr_expect_str_eq(hyphen, "[2]");
    cr_expect_str_eq(digit, "[3]");
    cr_expect_str_eq(root, "[4]");
    mem_free(&hyphen);
    mem_free(&digit);
    mem_free(&root);
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
        cr_assert_eq(parse(CASES[i].path, JSONPATH_STRICT, &path, &err), ERR_OK);
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
        cr_expect_eq(parse(text, JSONPATH_STRICT, &path, &err), CASES[i].kind, "%s", err.message);
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
        cr_assert_eq(parse("$[*]", JSONPATH_STRICT, &path, &err), ERR_OK);
        cr_expect_eq(jsonpath_select(path, document, &nodes, &err), CASES[i].kind);
        cr_expect_eq(nodes.count, LIMIT_PATH_NODES);
        jsonpath_nodes_deinit(&nodes);
        jsonpath_destroy(&path);
        json_decref(document);
    }
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
    cr_assert_eq(parse("$..*..*..*..*..*..*..absent", JSONPATH_STRICT, &path, &err), ERR_OK);
    cr_expect_eq(jsonpath_select(path, document, &nodes, &err), ERR_LIMIT);
    cr_expect_not_null(strstr(err.message, "looks at more than"));
    jsonpath_nodes_deinit(&nodes);
    jsonpath_destroy(&path);
    json_decref(document);
}
