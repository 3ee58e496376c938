// SPDX-License-Identifier: MIT
#include "paths.h"

#include "base/mem.h"
#include "eval/value.h"
#include "scan/scanner.h"
#include "scan/tape.h"

#include <criterion/criterion.h>
#include <string.h>

enum { PLACE_BYTES = 64 * 1024, FOUND_BYTES = 64 * 1024, PATHS_DOCUMENT_BYTES = 64 * 1024 * 1024 };

enum err_kind paths_parse(const char *text, enum jsonpath_mode mode, struct jsonpath **path_out,
                          struct err *err)
{
    return jsonpath_parse(text, strlen(text), mode, path_out, err);
}

static void run(const struct jsonpath *path, struct value document, json_t **values_out,
                json_t **paths_out)
{
    struct jsonpath_nodes nodes = {0};
    struct err err = ERR_INIT;
    cr_assert_eq(jsonpath_select(path, document, &nodes, &err), ERR_OK, "%s", err.message);
    *values_out = json_array();
    *paths_out = json_array();
    for (size_t i = 0; i < nodes.count; i++) {
        struct buf place;
        buf_init(&place, PLACE_BYTES);
        jsonpath_locate(path, document, i, &place);
        cr_assert_eq(json_array_append_new(*values_out, value_to_json(nodes.items[i])), 0);
        cr_assert_eq(json_array_append_new(*paths_out, json_string(buf_text(&place))), 0);
        buf_deinit(&place);
    }
    jsonpath_nodes_deinit(&nodes);
}

static void expect_same(json_t *of_tape, json_t *of_tree, const struct jsonpath *path)
{
    struct buf texts[2];
    buf_init(&texts[0], PATHS_DOCUMENT_BYTES);
    buf_init(&texts[1], PATHS_DOCUMENT_BYTES);
    value_append(&texts[0], value_of_json(of_tape), 0);
    value_append(&texts[1], value_of_json(of_tree), 0);
    cr_expect_str_eq(buf_text(&texts[0]), buf_text(&texts[1]), "on a tape: %s",
                     jsonpath_text(path));
    buf_deinit(&texts[0]);
    buf_deinit(&texts[1]);
}

void paths_run(const struct jsonpath *path, json_t *document, json_t **values_out,
               json_t **paths_out)
{
    run(path, value_of_json(document), values_out, paths_out);
    struct buf text;
    buf_init(&text, PATHS_DOCUMENT_BYTES);
    value_append(&text, value_of_json(document), 0);
    (void)buf_append(&text, (char[SCAN_PADDING]){0}, SCAN_PADDING);
    struct scanner *scanner = scanner_create(scan_kernel_best());
    const struct scan_input input = {.bytes = buf_text(&text), .len = text.len - SCAN_PADDING};
    struct tape *tape = scanner_run(scanner, &input);
    cr_assert_not_null(tape, "%s", buf_text(&text));
    json_t *values;
    json_t *paths;
    run(path, value_of_node(tape, 0), &values, &paths);
    expect_same(values, *values_out, path);
    expect_same(paths, *paths_out, path);
    json_decref(values);
    json_decref(paths);
    scanner_destroy(&scanner);
    buf_deinit(&text);
}

char *paths_find(const char *text, const char *document_text, enum jsonpath_mode mode)
{
    struct jsonpath *path = NULL;
    struct err err = ERR_INIT;
    cr_assert_eq(paths_parse(text, mode, &path, &err), ERR_OK, "%s: %s", text, err.message);
    json_t *document = NULL;
    cr_assert_eq(value_parse(document_text, strlen(document_text), &document, &err), ERR_OK,
                 "%s: %s", document_text, err.message);
    json_t *values;
    json_t *paths;
    paths_run(path, document, &values, &paths);
    struct buf found;
    buf_init(&found, FOUND_BYTES);
    value_append(&found, value_of_json(values), 0);
    json_decref(values);
    json_decref(paths);
    json_decref(document);
    jsonpath_destroy(&path);
    return buf_take(&found);
}

void paths_expect(const char *text, const char *document, enum jsonpath_mode mode,
                  const char *expected)
{
    char *found = paths_find(text, document, mode);
    cr_expect_str_eq(found, expected, "%s on %s finds %s, not %s", text, document, found, expected);
    mem_free(&found);
}

void paths_expect_refusal(const char *text, enum jsonpath_mode mode, const char *message)
{
    struct jsonpath *path = NULL;
    struct err err = ERR_INIT;
    cr_expect_neq(paths_parse(text, mode, &path, &err), ERR_OK, "%s was accepted", text);
    cr_expect_str_eq(err.message, message, "%s: %s", text, err.message);
    cr_expect_null(path);
    jsonpath_destroy(&path);
}
