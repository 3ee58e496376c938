// SPDX-License-Identifier: MIT
//
// The place of a catalogue in its pack as people count: "2.1.3" is the third directory of the first
// of the second. Directories have no documented name, so this is what they are called by. Pure.
#pragma once

#include "base/buf.h"
#include "domain/pack.h"

#include <stddef.h>

// For each catalogue its number among its siblings, from 1; mem_free. pack->catalogs lies depth
// first, so a parent stands before its children.
size_t *catalog_ordinals(const struct pack *pack);

// Appends "2.1.3" for catalogue `index`.
void catalog_append_position(const struct pack *pack, const size_t *ordinals, size_t index,
                             struct buf *out);
