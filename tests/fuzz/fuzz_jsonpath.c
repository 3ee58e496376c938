// SPDX-License-Identifier: MIT
//
// Input: a path, a line end, a document. Whatever the path, it is refused or selects; what a valid
// RFC 9535 path selects does not depend on the mode; and the normalised path of each node, parsed
// strictly, selects that node alone. A tree and a tape of the document give the same.
#include "base/check.h"
#include "base/limits.h"
#include "base/mem.h"
#include "eval/jsonpath.h"
#include "tape_pool.h"
#include "tree.h"

#include <stdint.h>
#include <string.h>

enum { NODES_LOCATED = 50 }; // locating walks from the root each time

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_same_node(struct value a, struct value b)
{
    return a.tape == b.tape && (a.tape != NULL ? a.node == b.node : a.json == b.json);
}

static void check_place(const struct jsonpath *path, struct value document,
                        const struct jsonpath_nodes *nodes, size_t index)
{
    struct buf place;
    buf_init(&place, LIMIT_RECORD_BYTES);
    jsonpath_locate(path, document, index, &place);
    struct jsonpath *normal = NULL;
    struct err err = ERR_INIT;
    enum err_kind kind =
        jsonpath_parse(buf_text(&place), place.len, JSONPATH_STRICT, &normal, &err);
    // A name of the document may make the normalised path longer than a path may be.
    INVARIANT(kind == ERR_OK || kind == ERR_LIMIT);
    if (kind == ERR_OK) {
        struct jsonpath_nodes found = {0};
        INVARIANT(jsonpath_is_singular(normal));
        INVARIANT(jsonpath_select(normal, document, &found, &err) == ERR_OK);
        INVARIANT(found.count == 1 && is_same_node(found.items[0], nodes->items[index]));
        jsonpath_nodes_deinit(&found);
    }
    jsonpath_destroy(&normal);
    buf_deinit(&place);
}

static void check_selection(const struct jsonpath *path, const struct jsonpath *lenient,
                            struct value document)
{
    struct jsonpath_nodes nodes = {0};
    struct jsonpath_nodes others = {0};
    struct err err = ERR_INIT;
    enum err_kind kind = jsonpath_select(path, document, &nodes, &err);
    INVARIANT(kind == jsonpath_select(lenient, document, &others, &err));
    INVARIANT(nodes.count == others.count && nodes.count <= LIMIT_PATH_NODES);
    INVARIANT(nodes.count <= 1 || !jsonpath_is_singular(path));
    for (size_t i = 0; i < nodes.count && kind == ERR_OK; i++) {
        INVARIANT(is_same_node(nodes.items[i], others.items[i]));
        if (i < NODES_LOCATED) {
            check_place(path, document, &nodes, i);
        }
    }
    jsonpath_nodes_deinit(&nodes);
    jsonpath_nodes_deinit(&others);
}

static void locate(const struct jsonpath *path, struct value document, struct buf *out)
{
    struct jsonpath_nodes nodes = {0};
    struct err err = ERR_INIT;
    enum err_kind kind = jsonpath_select(path, document, &nodes, &err);
    (void)buf_append_format(out, "%s", kind == ERR_OK ? "" : err.message);
    for (size_t i = 0; i < nodes.count && i < NODES_LOCATED && kind == ERR_OK; i++) {
        jsonpath_locate(path, document, i, out);
    }
    (void)buf_append_format(out, " %zu", nodes.count);
    jsonpath_nodes_deinit(&nodes);
}

// A tape and a tree of the same text give the same.
static void check_forms(const struct jsonpath *path, struct value tree, struct value tape)
{
    struct buf of_tree;
    struct buf of_tape;
    buf_init(&of_tree, (size_t)NODES_LOCATED * LIMIT_RECORD_BYTES);
    buf_init(&of_tape, (size_t)NODES_LOCATED * LIMIT_RECORD_BYTES);
    locate(path, tree, &of_tree);
    locate(path, tape, &of_tape);
    INVARIANT(of_tree.len == of_tape.len &&
              memcmp(buf_text(&of_tree), buf_text(&of_tape), of_tree.len) == 0);
    buf_deinit(&of_tree);
    buf_deinit(&of_tape);
}

static void check_document(const struct jsonpath *strict, const struct jsonpath *lenient,
                           const char *text, size_t len)
{
    struct err err = ERR_INIT;
    char *padded = mem_alloc(len + SCAN_PADDING, 1);
    memcpy(padded, text, len);
    json_t *tree = NULL;
    struct tape_pool tapes;
    tape_pool_init(&tapes, scan_kernel_best());
    struct tape *tape = tape_pool_scan(&tapes, (struct span){padded, len});
    INVARIANT((tree_parse(text, len, &tree, &err) == ERR_OK) == (tape != NULL));
    if (tape != NULL) {
        check_selection(strict != NULL ? strict : lenient, lenient, value_of_json(tree));
        check_forms(lenient, value_of_json(tree), value_of_node(tape, 0));
    }
    json_decref(tree);
    tape_pool_deinit(&tapes);
    mem_free(&padded);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    const char *line_end = size == 0 ? NULL : memchr(text, '\n', size);
    size_t path_len = line_end == NULL ? size : (size_t)(line_end - text);
    struct jsonpath *strict = NULL;
    struct jsonpath *lenient = NULL;
    struct err err = ERR_INIT;
    enum err_kind strict_kind = jsonpath_parse(text, path_len, JSONPATH_STRICT, &strict, &err);
    enum err_kind lenient_kind = jsonpath_parse(text, path_len, JSONPATH_LENIENT, &lenient, &err);
    INVARIANT(strict_kind != ERR_OK || lenient_kind == ERR_OK);
    if (line_end != NULL && lenient != NULL) {
        check_document(strict, lenient, line_end + 1, size - path_len - 1);
    }
    jsonpath_destroy(&strict);
    jsonpath_destroy(&lenient);
    return 0;
}
