// SPDX-License-Identifier: MIT
//
// JSONPath: a query compiled once, run on any number of documents (RFC 9535, without filter
// selectors and functions, which this version refuses with the position).
//
// Selects names, indexes, slices, wildcards, unions (bracket lists) and descendants. Results come
// in the order of RFC 9535, members of an object in the order of the document. Bounded: the length
// of the text, segments, nodes selected and nodes looked at have named limits. Pure. Thread: a
// compiled path is read-only and may be used by any number of threads at once.
#pragma once

#include "base/buf.h"
#include "base/err.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

// LENIENT takes, besides all that is valid in RFC 9535 with the same meaning, the older spellings
// of Goessner's article that vendor samples use: member names behind a dot may hold hyphens and
// begin with a digit ($.a-b, $.2nd), and the root may be written @.
enum jsonpath_mode { JSONPATH_STRICT, JSONPATH_LENIENT };

struct jsonpath;

// ERR_INVALID with the position (in bytes, from 1) and what is wrong there; ERR_LIMIT past
// LIMIT_PATH_BYTES or LIMIT_PATH_SEGMENTS.
enum err_kind jsonpath_parse(const char *text, size_t len, enum jsonpath_mode mode,
                             struct jsonpath **path_out, struct err *err);
void jsonpath_destroy(struct jsonpath **path);

// Nodes that a path selected; borrowed from the document, NULL-safe to deinit when zeroed.
struct jsonpath_nodes {
    json_t **items;
    size_t count;
    size_t capacity;
};
void jsonpath_nodes_deinit(struct jsonpath_nodes *nodes);

// Adds the selected nodes behind those in `nodes`. ERR_LIMIT past LIMIT_PATH_NODES or
// LIMIT_PATH_VISITS (`nodes` then holds what was found until then). `root` is not changed; the
// depth of the document bounds the recursion, so callers bound that.
enum err_kind jsonpath_select(const struct jsonpath *path, json_t *root,
                              struct jsonpath_nodes *nodes, struct err *err);

// Appends the normalised path (RFC 9535, 2.7) of the node that jsonpath_select put at `index`.
// Requires that it selected that many from `root`.
void jsonpath_locate(const struct jsonpath *path, json_t *root, size_t index, struct buf *out);

// The text it was compiled from.
const char *jsonpath_text(const struct jsonpath *path);
// At most one node can be selected: names and single indexes only (RFC 9535, 2.3.5.1).
bool jsonpath_is_singular(const struct jsonpath *path);
