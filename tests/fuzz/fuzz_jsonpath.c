// SPDX-License-Identifier: MIT
//
// Input: a path, a line end, a document. Whatever the path, it is refused or selects; what a valid
// RFC 9535 path selects does not depend on the mode; and the normalised path of each node, parsed
// strictly, selects that node alone.
#include "base/check.h"
#include "base/limits.h"
#include "document.h"
#include "eval/jsonpath.h"

#include <stdint.h>
#include <string.h>

enum { NODES_LOCATED = 50 }; // locating walks from the root each time

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_place(const struct jsonpath *path, json_t *document,
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
        INVARIANT(found.count == 1 && found.items[0] == nodes->items[index]);
        jsonpath_nodes_deinit(&found);
    }
    jsonpath_destroy(&normal);
    buf_deinit(&place);
}

static void check_selection(const struct jsonpath *path, const struct jsonpath *lenient,
                            json_t *document)
{
    struct jsonpath_nodes nodes = {0};
    struct jsonpath_nodes others = {0};
    struct err err = ERR_INIT;
    enum err_kind kind = jsonpath_select(path, document, &nodes, &err);
    INVARIANT(kind == jsonpath_select(lenient, document, &others, &err));
    INVARIANT(nodes.count == others.count && nodes.count <= LIMIT_PATH_NODES);
    INVARIANT(nodes.count <= 1 || !jsonpath_is_singular(path));
    for (size_t i = 0; i < nodes.count && kind == ERR_OK; i++) {
        INVARIANT(nodes.items[i] == others.items[i]);
        if (i < NODES_LOCATED) {
            check_place(path, document, &nodes, i);
        }
    }
    jsonpath_nodes_deinit(&nodes);
    jsonpath_nodes_deinit(&others);
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
    json_t *document = NULL;
    bool has_document = line_end != NULL && document_parse(line_end + 1, size - path_len - 1,
                                                           &document, &err) == ERR_OK;
    if (has_document && lenient != NULL) {
        check_selection(strict != NULL ? strict : lenient, lenient, document);
    }
    json_decref(document);
    jsonpath_destroy(&strict);
    jsonpath_destroy(&lenient);
    return 0;
}
