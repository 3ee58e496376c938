// SPDX-License-Identifier: MIT
//
// Many networks in order, so that one of them that contains another, or lies in it, is found in a
// number of steps that grows with the logarithm of their number. Two networks share no address, or
// one contains the other. Private to the room. Thread: read-only once made.
#pragma once

#include "network.h"

struct network_index;

// Copies the networks: one or more, of which none has host bits.
struct network_index *network_index_create(const struct network *networks, size_t count);
void network_index_destroy(struct network_index **index);

// Whether one of the networks contains this one; the bits behind its prefix do not count.
bool network_index_holds(const struct network_index *index, const struct network *network);
// Whether one lies in this one.
bool network_index_lies_in(const struct network_index *index, const struct network *network);
