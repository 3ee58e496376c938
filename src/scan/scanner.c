// SPDX-License-Identifier: MIT
//
// The second pass. It stands behind an opening bracket, a comma or a value and looks at one
// position of the index after the other:
//
//   value    -> { or [ goes one level deeper; anything else is written to the tape at once
//   behind a value, in an object: , name : value  or }      in an array: , value  or ]
//   behind { or [: the same without the comma
//
// The functions are inlined into one loop whose state stays in registers.
#include "scan/scanner.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "escape.h"
#include "index.h"
#include "members.h"
#include "name.h"
#include "number.h"
#include "pick.h"

#define INLINED static inline __attribute__((always_inline))

enum {
    FIRST_BYTES = 4096,       // of a document that there is room for from the beginning
    KEPT_BYTES = 1024 * 1024, // buffers for a longer document are not kept
};

_Static_assert(LIMIT_RECORD_BYTES / 2 <= UINT32_MAX >> TAPE_COUNT_SHIFT,
               "a container's count has room for an element each other byte");

// An array or object that is open.
struct level {
    uint32_t node;
    uint32_t count; // of elements or members so far
    bool is_object;
    struct members members;
    const struct pick_place *place; // NULL: nothing is picked in it
};

struct scanner {
    const struct scan_kernel *kernel;
    size_t capacity; // bytes of a document that the buffers suffice for
    struct scan_index index;
    struct tape tape;
    struct member_stack members;
    struct level levels[LIMIT_RECORD_DEPTH];
};

static void free_buffers(struct scanner *scanner)
{
    mem_free(&scanner->index.positions);
    mem_free(&scanner->index.escapes);
    mem_free(&scanner->tape.nodes);
    mem_free(&scanner->tape.decoded);
    scanner->capacity = 0;
}

// Room for the worst document of that length: a position each byte, and a value each other one.
static void allocate(struct scanner *scanner, size_t len)
{
    free_buffers(scanner);
    scanner->index.positions = mem_resize(NULL, len + SCAN_INDEX_SLACK, sizeof(uint32_t));
    scanner->index.escapes = mem_resize(NULL, len / 2 + 2, sizeof(uint32_t));
    scanner->tape.nodes = mem_resize(NULL, len / 2 + 2, sizeof(struct tape_node));
    scanner->tape.decoded = mem_resize(NULL, len + SCAN_PADDING, 1);
    scanner->capacity = len;
}

struct scanner *scanner_create(const struct scan_kernel *kernel)
{
    // Levels and the stack of members are large, and written before they are read: clearing them
    // would cost more than a small document does.
    struct scanner *scanner = mem_resize(NULL, 1, sizeof(*scanner));
    scanner->kernel = kernel;
    scanner->index = (struct scan_index){0};
    scanner->tape = (struct tape){0};
    scanner->members.count = 0;
    allocate(scanner, FIRST_BYTES);
    return scanner;
}

void scanner_destroy(struct scanner **scanner)
{
    if (*scanner != NULL) {
        free_buffers(*scanner);
        mem_free(scanner);
    }
}

static void make_room(struct scanner *scanner, size_t len)
{
    if (len > scanner->capacity) {
        size_t with_reserve = len * 2 < KEPT_BYTES ? len * 2 : len;
        allocate(scanner, with_reserve > FIRST_BYTES ? with_reserve : FIRST_BYTES);
    } else if (scanner->capacity > KEPT_BYTES && len <= FIRST_BYTES) {
        allocate(scanner, FIRST_BYTES);
    }
}

// Where the second pass stands.
struct pass {
    struct scanner *scanner;
    const char *bytes;
    const uint32_t *positions;
    size_t at; // the next of them
    size_t count;
    const uint32_t *escapes; // the next of them
    struct tape_node *nodes;
    uint32_t written; // nodes
    uint32_t *picks;
    struct level *level; // the innermost that is open
    size_t depth;
};

// The next position. Behind the last stand some that are `len`; who comes there goes on for a step
// at most, with whatever lies behind the document, and is refused then.
INLINED size_t next_position(struct pass *pass)
{
    return pass->positions[pass->at++];
}

INLINED char byte_at(const struct pass *pass, size_t position)
{
    return pass->bytes[position];
}

INLINED void pick(const struct pass *pass, const struct pick_place *place)
{
    if (place != NULL && place->slot != TAPE_NONE) {
        pass->picks[place->slot] = pass->written;
    }
}

INLINED void write_node(struct pass *pass, size_t begin, size_t end, uint32_t tag)
{
    // Two stores; as four members it becomes more.
    uint64_t node = pass->written++;
    const uint64_t words[2] = {begin | (uint64_t)end << 32, pass->written | (uint64_t)tag << 32};
    memcpy(&pass->nodes[node], words, sizeof(words));
}

// The state of the pass never leaves its function, so that the compiler may keep it in registers.
INLINED bool check_escapes(struct pass *pass, size_t begin, size_t end)
{
    const struct escaped_text text = {pass->bytes, begin, end};
    const uint32_t *escapes = pass->escapes;
    bool is_right = escape_check(&text, &escapes);
    pass->escapes = escapes;
    return is_right;
}

// A text or name whose opening quote is at `quote`. The index has closing quotes, too; only a quote
// behind the document has none.
INLINED bool take_text(struct pass *pass, size_t quote, enum tape_kind kind)
{
    size_t end = pass->positions[pass->at++];
    uint32_t tag = kind;
    if (end <= quote) {
        return false;
    }
    if (*pass->escapes < end) {
        if (!check_escapes(pass, quote + 1, end)) {
            return false;
        }
        tag |= TAPE_ESCAPED;
    }
    write_node(pass, quote + 1, end, tag);
    return true;
}

INLINED bool is_blank(char c)
{
    return c <= ' ' && (c == ' ' || c == '\t' || c == '\n' || c == '\r');
}

// Where a number or word that begins at `begin` ends: before the next position, blanks left out.
INLINED size_t word_end(const struct pass *pass, size_t begin)
{
    size_t end = pass->positions[pass->at];
    while (end > begin + 1 && is_blank(pass->bytes[end - 1])) {
        end--;
    }
    return end;
}

INLINED bool take_word(struct pass *pass, size_t begin, const char *word, enum tape_kind kind)
{
    size_t end = word_end(pass, begin);
    size_t len = __builtin_strlen(word);
    write_node(pass, begin, end, kind);
    return end - begin == len && memcmp(pass->bytes + begin, word, len) == 0;
}

INLINED bool take_number(struct pass *pass, size_t begin)
{
    size_t end = word_end(pass, begin);
    write_node(pass, begin, end, TAPE_NUMBER);
    return number_check(pass->bytes + begin, end - begin);
}

INLINED bool open_level(struct pass *pass, size_t begin, bool is_object,
                        const struct pick_place *place)
{
    if (pass->depth == LIMIT_RECORD_DEPTH) {
        return false;
    }
    struct level *level = &pass->scanner->levels[pass->depth++];
    *level = (struct level){.node = pass->written,
                            .is_object = is_object,
                            .members.first = pass->scanner->members.count,
                            .place = place};
    pass->level = level;
    write_node(pass, begin, begin, is_object ? TAPE_OBJECT : TAPE_ARRAY);
    return true;
}

INLINED bool close_level(struct pass *pass, size_t end)
{
    struct level *level = pass->level;
    struct tape_node *node = &pass->nodes[level->node];
    node->end = (uint32_t)end + 1;
    node->next = pass->written;
    node->tag |= level->count << TAPE_COUNT_SHIFT;
    pass->scanner->members.count = level->members.first;
    pass->depth--;
    pass->level = pass->depth > 0 ? level - 1 : NULL;
    return !level->is_object || level->count <= MEMBERS_SMALL ||
           !members_repeat(&pass->scanner->tape, level->node);
}

// A value that begins at `begin`, which stands at `place` of the plan.
INLINED bool take_value(struct pass *pass, size_t begin, const struct pick_place *place)
{
    pick(pass, place);
    switch (byte_at(pass, begin)) {
    case '{':
        return open_level(pass, begin, true, place);
    case '[':
        return open_level(pass, begin, false, place);
    case '"':
        return take_text(pass, begin, TAPE_TEXT);
    case 't':
        return take_word(pass, begin, "true", TAPE_TRUE);
    case 'f':
        return take_word(pass, begin, "false", TAPE_FALSE);
    case 'n':
        return take_word(pass, begin, "null", TAPE_NULL);
    default:
        return take_number(pass, begin);
    }
}

// A name that was written last: is it new in its object, and where does it lead in the plan?
INLINED bool enter_name(struct pass *pass, const struct pick_place **place_out)
{
    struct scanner *scanner = pass->scanner;
    struct level *level = pass->level;
    uint32_t node = pass->written - 1;
    struct span name = tape_text(&scanner->tape, node);
    uint32_t hash = name_hash(name.bytes, name.len);
    *place_out = level->place == NULL ? NULL : pick_member(level->place, hash, name);
    return level->count > MEMBERS_SMALL ||
           members_add(&level->members, &scanner->members, &scanner->tape,
                       (struct member_hash){hash, node});
}

INLINED bool take_member(struct pass *pass, size_t begin)
{
    const struct pick_place *place;
    pass->level->count++;
    return byte_at(pass, begin) == '"' && take_text(pass, begin, TAPE_NAME) &&
           enter_name(pass, &place) && byte_at(pass, next_position(pass)) == ':' &&
           take_value(pass, next_position(pass), place);
}

INLINED bool take_element(struct pass *pass, size_t begin)
{
    struct level *level = pass->level;
    const struct pick_place *place =
        level->place == NULL ? NULL : pick_element(level->place, level->count);
    level->count++;
    return take_value(pass, begin, place);
}

// The first member or element of a container that was opened, or its end.
INLINED bool begin_level(struct pass *pass)
{
    size_t position = next_position(pass);
    char byte = byte_at(pass, position);
    if (pass->level->is_object) {
        return byte == '}' ? close_level(pass, position) : take_member(pass, position);
    }
    return byte == ']' ? close_level(pass, position) : take_element(pass, position);
}

// Behind a value in a container: its end, or one more member or element.
INLINED bool go_on(struct pass *pass)
{
    size_t position = next_position(pass);
    char byte = byte_at(pass, position);
    if (pass->level->is_object) {
        return byte == ',' ? take_member(pass, next_position(pass))
                           : byte == '}' && close_level(pass, position);
    }
    return byte == ',' ? take_element(pass, next_position(pass))
                       : byte == ']' && close_level(pass, position);
}

INLINED bool is_just_opened(const struct pass *pass)
{
    return pass->level->node + 1 == pass->written;
}

static bool run_pass(struct scanner *scanner, const struct scan_input *input)
{
    struct pass pass = {.scanner = scanner,
                        .bytes = input->bytes,
                        .positions = scanner->index.positions,
                        .count = scanner->index.count,
                        .escapes = scanner->index.escapes,
                        .nodes = scanner->tape.nodes,
                        .picks = input->picks};
    scanner->members.count = 0;
    bool is_right = take_value(&pass, next_position(&pass), input->place);
    while (is_right && pass.depth > 0 && pass.at <= pass.count) {
        is_right = is_just_opened(&pass) ? begin_level(&pass) : go_on(&pass);
    }
    scanner->tape.count = pass.written;
    return is_right && pass.depth == 0 && pass.at == pass.count;
}

static bool is_utf8(const struct scan_input *input, const struct scan_index *index)
{
    return text_is_utf8(input->bytes + index->high_begin, index->high_end - index->high_begin,
                        NULL);
}

struct tape *scanner_run(struct scanner *scanner, const struct scan_input *input)
{
    if (input->len > LIMIT_RECORD_BYTES) {
        return NULL;
    }
    make_room(scanner, input->len);
    struct scan_index *index = &scanner->index;
    scanner->tape.bytes = input->bytes;
    scanner->tape.count = 0;
    scanner->tape.decoded_len = 0;
    if (!scanner->kernel->run(input->bytes, input->len, index)) {
        return NULL;
    }
    if (index->high_end > 0 && !is_utf8(input, index)) {
        return NULL;
    }
    return run_pass(scanner, input) ? &scanner->tape : NULL;
}
