// SPDX-License-Identifier: MIT
#include "members.h"

#include "base/mem.h"

#include <stdlib.h>

bool members_find(const struct members *members, const struct member_stack *stack,
                  struct tape *tape, struct member_hash member)
{
    for (uint32_t i = members->first; i < stack->count; i++) {
        if (stack->items[i].hash != member.hash) {
            continue;
        }
        struct span earlier = tape_text(tape, stack->items[i].node);
        struct span name = tape_text(tape, member.node);
        if (span_equals(earlier, name)) {
            return true;
        }
    }
    return false;
}

static int compare_names(const void *a, const void *b)
{
    const struct span *left = a;
    const struct span *right = b;
    return span_compare(*left, *right);
}

bool members_repeat(struct tape *tape, uint32_t object)
{
    size_t count = tape_size(tape, object);
    struct span *names = mem_alloc(count, sizeof(*names));
    uint32_t at = object + 1;
    for (size_t i = 0; i < count; i++) {
        names[i] = tape_text(tape, at);
        at = tape->nodes[at + 1].next;
    }
    qsort(names, count, sizeof(*names), compare_names);
    bool repeats = false;
    for (size_t i = 1; i < count && !repeats; i++) {
        repeats = compare_names(&names[i - 1], &names[i]) == 0;
    }
    mem_free(&names);
    return repeats;
}
