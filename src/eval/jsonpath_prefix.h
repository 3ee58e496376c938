// SPDX-License-Identifier: MIT
//
// The prefix of a path: the steps with which it begins and which lead from the root to one place at
// most. Who knows already what stands there need not go the steps again. Private to the room.
// Thread: as eval/jsonpath.h.
#pragma once

#include "eval/jsonpath.h"
#include "scan/pick.h"

// Fills `steps`, which has room for LIMIT_PATH_SEGMENTS, and returns how many there are; all when
// the path is nothing but steps. The names are borrowed from the path.
size_t jsonpath_prefix(const struct jsonpath *path, struct pick_step *steps);

// Whether the first `count` steps are the whole path.
bool jsonpath_is_whole_prefix(const struct jsonpath *path, size_t count);
// Appends the normalised path (RFC 9535, 2.7) of the place to which the prefix leads.
void jsonpath_prefix_append(const struct jsonpath *path, struct buf *out);

// As jsonpath_select, from `start`, the value to which the prefix leads.
enum err_kind jsonpath_select_from(const struct jsonpath *path, struct value root,
                                   struct value start, struct jsonpath_nodes *nodes,
                                   struct err *err);
