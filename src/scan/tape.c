// SPDX-License-Identifier: MIT
#include "scan/tape.h"

#include "escape.h"

struct span tape_decode(struct tape *tape, uint32_t node)
{
    struct tape_node *found = &tape->nodes[node];
    if ((found->tag & TAPE_ESCAPED) != 0) {
        char *out = tape->decoded + tape->decoded_len;
        size_t len = escape_decode(tape->bytes + found->begin, found->end - found->begin, out);
        found->begin = tape->decoded_len;
        found->end = tape->decoded_len + (uint32_t)len;
        tape->decoded_len = found->end;
        found->tag ^= TAPE_ESCAPED | TAPE_DECODED;
    }
    REQUIRE((found->tag & TAPE_DECODED) != 0);
    return (struct span){tape->decoded + found->begin, found->end - found->begin};
}

uint32_t tape_member(struct tape *tape, uint32_t object, const char *name, size_t len)
{
    if (tape_kind(tape, object) != TAPE_OBJECT) {
        return TAPE_NONE;
    }
    uint32_t behind = tape->nodes[object].next;
    for (uint32_t at = object + 1; at < behind; at = tape->nodes[at + 1].next) {
        struct span found = tape_text(tape, at);
        if (span_equals(found, (struct span){name, len})) {
            return at + 1;
        }
    }
    return TAPE_NONE;
}

uint32_t tape_element(const struct tape *tape, uint32_t array, size_t index)
{
    if (tape_kind(tape, array) != TAPE_ARRAY || index >= tape_size(tape, array)) {
        return TAPE_NONE;
    }
    uint32_t at = array + 1;
    for (; index > 0; index--) {
        at = tape->nodes[at].next;
    }
    return at;
}
