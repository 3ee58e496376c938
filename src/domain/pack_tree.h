// SPDX-License-Identifier: MIT
//
// From the flat list of directories to the tree: parents found, cycles cut, depth-first order.
#pragma once

#include "domain/json_read.h"
#include "domain/pack.h"

// Fills pack->catalogs, without their check items, from the array `list` of `count` directories.
// `positions_out` gets for each catalog its position in the list (mem_free). False after an error
// diagnostic of the tree as a whole; errors of single directories are in the source.
bool pack_tree_read(struct json_source *source, const struct json_node *list, size_t count,
                    struct pack *pack, size_t **positions_out);
