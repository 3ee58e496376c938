// SPDX-License-Identifier: MIT
//
// JSONPath: a query compiled once, run on any number of documents. All of RFC 9535: names, indexes,
// slices, wildcards, bracket lists, descendants, filters, the five functions, I-Regexp (RFC 9485).
// Results come in the order of RFC 9535, members of an object in the order of the document.
//
// Numbers compare exactly, with all the digits that were written. Bounded: the length of the text,
// segments, nesting, nodes selected and work done have named limits. Pure. Thread: a compiled path
// is read-only and may be used by any number of threads at once.
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "eval/value.h"

#include <stdbool.h>
#include <stddef.h>

// LENIENT takes, besides all that is valid in RFC 9535 with the same meaning, the older spellings
// of Goessner's article and of vendor samples: unquoted names may hold hyphens and begin with a
// digit ($.a-b, $.2nd) and stand in brackets ($[a-b]); [(@.length-1)] is [-1]; the root may be
// written @; filters may use === and !==.
enum jsonpath_mode { JSONPATH_STRICT, JSONPATH_LENIENT };

struct jsonpath;

// ERR_INVALID with the position (in bytes, from 1) and what is wrong there; ERR_LIMIT past
// LIMIT_PATH_BYTES, LIMIT_PATH_SEGMENTS, LIMIT_PATH_DEPTH, or the limits of a pattern. After a
// failure *position_out (when not NULL) is the position, 0 when there is none.
enum err_kind jsonpath_parse_at(const char *text, size_t len, enum jsonpath_mode mode,
                                struct jsonpath **path_out, size_t *position_out, struct err *err);
enum err_kind jsonpath_parse(const char *text, size_t len, enum jsonpath_mode mode,
                             struct jsonpath **path_out, struct err *err);
void jsonpath_destroy(struct jsonpath **path);

// Nodes that a path selected; borrowed from the document, NULL-safe to deinit when zeroed.
struct jsonpath_nodes {
    struct value *items;
    size_t count;
    size_t capacity;
};
void jsonpath_nodes_deinit(struct jsonpath_nodes *nodes);

// Adds the selected nodes behind those in `nodes`. ERR_LIMIT past LIMIT_PATH_NODES or
// LIMIT_PATH_VISITS (`nodes` then holds what was found until then), and for a pattern from the
// document that passes its limits. `root` is not changed; the depth of the document bounds the
// recursion, so callers bound that.
enum err_kind jsonpath_select(const struct jsonpath *path, struct value root,
                              struct jsonpath_nodes *nodes, struct err *err);

// Appends the normalised path (RFC 9535, 2.7) of the node that jsonpath_select put at `index`.
// Requires that it selected that many from `root`.
void jsonpath_locate(const struct jsonpath *path, struct value root, size_t index, struct buf *out);

// As jsonpath_select, one node after the other with its place, which lives until the callback
// returns.
struct jsonpath_place;
typedef void (*jsonpath_node_cb)(void *context, struct value value,
                                 const struct jsonpath_place *place);
enum err_kind jsonpath_visit(const struct jsonpath *path, struct value root,
                             jsonpath_node_cb on_node, void *context, struct err *err);
// Appends the normalised path of a place.
void jsonpath_place_append(const struct jsonpath_place *place, struct buf *out);

// The text it was compiled from.
const char *jsonpath_text(const struct jsonpath *path);
// At most one node can be selected: names and single indexes only (RFC 9535, 2.3.5.1).
bool jsonpath_is_singular(const struct jsonpath *path);
// What is wrong with a pattern that is written in the path and is no I-Regexp: RFC 9535 (2.4.6,
// 2.4.7) lets the path be valid and the pattern match nothing, which is hardly what its author
// meant. NULL when there is none.
const char *jsonpath_pattern_fault(const struct jsonpath *path);
