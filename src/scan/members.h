// SPDX-License-Identifier: MIT
//
// Whether an object has a member twice, asked while its members come. A small object is remembered
// by hashes: a filter of 64 bits says at once of most names that they are new, else the hashes are
// compared, and where they are equal the names. A large one is sorted by its names when it ends,
// which takes the same whatever names somebody thinks up. Private to the room. Thread: its owner's.
#pragma once

#include "base/limits.h"
#include "scan/tape.h"

enum { MEMBERS_SMALL = 64 };

struct member_hash {
    uint32_t hash;
    uint32_t node; // of the name
};

// Of one object that is open.
struct members {
    uint64_t filter;
    uint32_t first; // its hashes begin here on the shared stack
};

// The hashes of all objects that are open, one behind the other.
struct member_stack {
    struct member_hash items[LIMIT_RECORD_DEPTH * MEMBERS_SMALL];
    uint32_t count;
};

// Whether an earlier member has that hash and name.
bool members_find(const struct members *members, const struct member_stack *stack,
                  struct tape *tape, struct member_hash member);

// Whether two members of a complete object, with the given count of them, have the same name.
bool members_repeat(struct tape *tape, uint32_t object);

// False when the name is there already. For the first MEMBERS_SMALL members of an object only; the
// caller asks members_repeat when an object that had more ends.
static inline bool members_add(struct members *members, struct member_stack *stack,
                               struct tape *tape, struct member_hash member)
{
    uint64_t bit = UINT64_C(1) << (member.hash >> 26);
    if ((members->filter & bit) != 0 && members_find(members, stack, tape, member)) {
        return false;
    }
    members->filter |= bit;
    stack->items[stack->count++] = member;
    return true;
}
