// SPDX-License-Identifier: MIT
#include "quick.h"

#include "base/digits.h"
#include "base/words.h"
#include "wanted_index.h"

static enum quick_kind possible_kind(enum quick_kind kind, const struct operand *operand)
{
    switch (kind) {
    case QUICK_ORDER:
        return operand->values[0].is_integer ? kind : QUICK_NONE;
    case QUICK_TEXT_IN:
        return operand->index == NULL ? kind : QUICK_TEXT_AMONG;
    case QUICK_LIST_HAS:
        return operand->index == NULL ? kind : QUICK_NONE;
    case QUICK_TEXT_AMONG:
    case QUICK_TEXT_HAS:
    case QUICK_TEXT_EMPTY:
    case QUICK_TEXT_FITS:
    case QUICK_NONE:
        break;
    }
    return kind;
}

static enum quick_kind kind_of(const struct condition_operator *op, const struct operand *operand)
{
    static const struct {
        const char *name;
        enum quick_kind kind;
    } KINDS[] = {
        {"StringEquals", QUICK_TEXT_IN},
        {"NotStringEquals", QUICK_TEXT_IN},
        {"StringIn", QUICK_TEXT_IN},
        {"NotStringIn", QUICK_TEXT_IN},
        {"StringContains", QUICK_TEXT_HAS},
        {"NotStringContains", QUICK_TEXT_HAS},
        {"IsStringEmpty", QUICK_TEXT_EMPTY},
        {"IsNotStringEmpty", QUICK_TEXT_EMPTY},
        {"StringMatches", QUICK_TEXT_FITS},
        {"NotStringMatches", QUICK_TEXT_FITS},
        {"Equals", QUICK_ORDER},
        {"NotEquals", QUICK_ORDER},
        {"Less", QUICK_ORDER},
        {"LessOrEquals", QUICK_ORDER},
        {"Greater", QUICK_ORDER},
        {"GreaterOrEquals", QUICK_ORDER},
        {"Contains", QUICK_LIST_HAS},
        {"NotContains", QUICK_LIST_HAS},
        {"ContainsAll", QUICK_LIST_HAS},
        {"ExcludeAll", QUICK_LIST_HAS},
    };
    for (size_t i = 0; i < ARRAY_LEN(KINDS); i++) {
        if (strcmp(KINDS[i].name, op->name) == 0) {
            return possible_kind(KINDS[i].kind, operand);
        }
    }
    return QUICK_NONE;
}

// Of a text that is so long that most bits would be set: all.
static uint64_t pairs_of(struct span text)
{
    enum { LONG = 64 };
    static const uint32_t FACTOR = 0x9e3779b1;
    uint64_t pairs = text.len > LONG ? UINT64_MAX : 0;
    for (size_t i = 0; i + 1 < text.len && text.len <= LONG; i++) {
        uint16_t pair;
        memcpy(&pair, text.bytes + i, sizeof(pair));
        pairs |= UINT64_C(1) << (pair * FACTOR >> 26);
    }
    return pairs;
}

static uint64_t bit_of(const char *text, size_t len)
{
    static const uint64_t FACTOR = UINT64_C(0x9e3779b97f4a7c15);
    struct word_ends ends = word_ends(text, len);
    return UINT64_C(1) << (((ends.first ^ ends.last * 3) + len) * FACTOR >> 58);
}

struct quick quick_of(const struct condition_operator *op, const struct operand *operand)
{
    struct quick quick = {.kind = kind_of(op, operand),
                          .is_negated = op->is_negated,
                          .needs_all = op->needs_all,
                          .accepts = op->accepts,
                          .values = operand->values,
                          .count = operand->count};
    const struct operand_value *first = quick.values; // NULL where there is none
    switch (quick.kind) {
    case QUICK_ORDER:
        quick.integer = first->integer;
        break;
    case QUICK_TEXT_IN:
        quick.len = quick.count == 1 ? first->len : SIZE_MAX;
        break;
    case QUICK_TEXT_HAS:
        quick.pairs = pairs_of((struct span){first->text, first->len});
        break;
    case QUICK_LIST_HAS:
        quick.bit = quick.count == 1 ? bit_of(first->text, first->len) : 0;
        break;
    case QUICK_TEXT_FITS:
        quick.pattern = operand->pattern;
        break;
    case QUICK_TEXT_AMONG:
        quick.index = operand->index;
        break;
    case QUICK_TEXT_EMPTY:
    case QUICK_NONE:
        break;
    }
    return quick;
}

// Texts without escapes, true and false: what stands on the tape is their text.
static bool has_plain_text(uint32_t tag)
{
    uint32_t form = tag & (TAPE_KIND_MASK | TAPE_ESCAPED | TAPE_DECODED);
    return form == TAPE_TEXT || form == TAPE_TRUE || form == TAPE_FALSE;
}

static bool equals_ignore_case(struct span text, const struct operand_value *wanted)
{
    return text.len == wanted->len &&
           (words_equal(text.bytes, wanted->text, text.len) ||
            span_equals_ignore_case_of_len(text.bytes, wanted->text, text.len));
}

static bool is_in(const struct quick *quick, struct span text)
{
    if (quick->len != SIZE_MAX && quick->len != text.len) {
        return false;
    }
    for (size_t i = 0; i < quick->count; i++) {
        if (equals_ignore_case(text, &quick->values[i])) {
            return true;
        }
    }
    return false;
}

// What a look at the pairs of the text says against it.
static bool may_have(const struct quick *quick, struct span text, struct look *look)
{
    if (look->pairs == 0) {
        look->pairs = pairs_of(text);
    }
    return (quick->pairs & ~look->pairs) == 0;
}

// As memmem, which first makes a table that costs more than looking through a short text.
static bool contains(struct span text, const struct operand_value *wanted)
{
    enum { SHORT = 64 };
    if (text.len > SHORT) {
        return memmem(text.bytes, text.len, wanted->text, wanted->len) != NULL;
    }
    size_t kept = wanted->len < WORD_BYTES ? wanted->len : WORD_BYTES;
    uint64_t first = word_keep(word_load(wanted->text), kept);
    for (size_t i = 0; i + wanted->len <= text.len; i++) {
        if (word_keep(word_load(text.bytes + i), kept) == first &&
            memcmp(text.bytes + i + kept, wanted->text + kept, wanted->len - kept) == 0) {
            return true;
        }
    }
    return false;
}

static bool has_fragment(const struct quick *quick, struct span text, struct look *look)
{
    bool is_possible = look == NULL || may_have(quick, text, look);
    return is_possible && contains(text, &quick->values[0]);
}

static bool read_integer(struct span digits, int64_t *integer_out)
{
    if (digits.len > DIGITS_MAX) {
        return false;
    }
    uint64_t word = digits_load(digits.bytes, digits.len);
    *integer_out = (int64_t)digits_value(word);
    return digits_are(word);
}

static bool look_at_integer(const struct tape *tape, uint32_t node, struct look *look)
{
    if (look->number == LOOK_NOT_READ) {
        bool is_integer = read_integer(tape_raw(tape, node), &look->integer);
        look->number = is_integer ? LOOK_INTEGER : LOOK_NO_INTEGER;
    }
    return look->number == LOOK_INTEGER;
}

static bool is_in_order(const struct quick *quick, int64_t found)
{
    int64_t wanted = quick->integer;
    unsigned order = found < wanted ? ORDER_LT : found > wanted ? ORDER_GT : ORDER_EQ;
    return (quick->accepts & order) != 0;
}

// Whether an element is the wanted one. False for *is_known_out when that takes more than a look.
static bool element_is(const struct tape *tape, uint32_t node, const struct operand_value *wanted,
                       bool *is_known_out)
{
    uint32_t tag = tape->nodes[node].tag;
    if (has_plain_text(tag)) {
        struct span text = tape_raw(tape, node);
        return text.len == wanted->len && words_equal(text.bytes, wanted->text, text.len);
    }
    uint32_t kind = tag & TAPE_KIND_MASK;
    bool is_other = kind == TAPE_NULL || (kind == TAPE_NUMBER && !wanted->is_number);
    *is_known_out = *is_known_out && is_other;
    return false;
}

static bool list_has(const struct tape *tape, uint32_t array, const struct operand_value *wanted,
                     bool *is_known_out)
{
    uint32_t behind = tape->nodes[array].next;
    for (uint32_t at = array + 1; at < behind; at = tape->nodes[at].next) {
        if (element_is(tape, at, wanted, is_known_out)) {
            return true;
        }
    }
    return false;
}

// A list is plain when of each element a look says whether it is a text that is wanted.
static void look_at_list(const struct tape *tape, uint32_t array, struct look *look)
{
    uint32_t behind = tape->nodes[array].next;
    look->list = LOOK_PLAIN_LIST;
    for (uint32_t at = array + 1; at < behind; at = tape->nodes[at].next) {
        enum tape_kind kind = tape_kind(tape, at);
        if (has_plain_text(tape->nodes[at].tag)) {
            struct span text = tape_raw(tape, at);
            look->bits |= bit_of(text.bytes, text.len);
        } else if (kind != TAPE_NULL) {
            look->list = LOOK_OTHER_LIST;
            return;
        }
    }
}

static bool list_lacks(const struct quick *quick, const struct tape *tape, uint32_t array,
                       struct look *look)
{
    if (quick->bit == 0) {
        return false;
    }
    if (look->list == LOOK_NO_LIST_YET) {
        look_at_list(tape, array, look);
    }
    return look->list == LOOK_PLAIN_LIST && (look->bits & quick->bit) == 0;
}

static bool judge_list(const struct quick *quick, const struct tape *tape, uint32_t node,
                       struct look *look, bool *is_true_out)
{
    bool is_known = tape_kind(tape, node) == TAPE_ARRAY && tape_size(tape, node) > 0;
    if (is_known && look != NULL && list_lacks(quick, tape, node, look)) {
        *is_true_out = false;
        return true;
    }
    bool has = quick->needs_all;
    for (size_t i = 0; i < quick->count && is_known && has == quick->needs_all; i++) {
        has = list_has(tape, node, &quick->values[i], &is_known);
    }
    *is_true_out = has;
    return is_known;
}

static bool judge_text(const struct quick *quick, const struct tape *tape, uint32_t node,
                       struct look *look, bool *is_true_out)
{
    if (!has_plain_text(tape->nodes[node].tag)) {
        return false;
    }
    struct span text = tape_raw(tape, node);
    if (quick->kind == QUICK_TEXT_FITS) {
        const struct iregexp_tail tail = iregexp_tail(quick->pattern);
        *is_true_out = false;
        return !iregexp_tail_fits(&tail, text.bytes, text.len);
    }
    *is_true_out = quick->kind == QUICK_TEXT_IN      ? is_in(quick, text)
                   : quick->kind == QUICK_TEXT_AMONG ? wanted_index_has_text(quick->index, text)
                   : quick->kind == QUICK_TEXT_HAS   ? has_fragment(quick, text, look)
                                                     : text.len == 0;
    return true;
}

static bool judge_order(const struct quick *quick, const struct tape *tape, uint32_t node,
                        struct look *look, bool *is_true_out)
{
    struct look own = {0};
    struct look *at = look != NULL ? look : &own;
    if (tape_kind(tape, node) != TAPE_NUMBER || !look_at_integer(tape, node, at)) {
        return false;
    }
    *is_true_out = is_in_order(quick, at->integer);
    return true;
}

static bool judge(const struct quick *quick, const struct tape *tape, uint32_t node,
                  struct look *look, bool *is_true_out)
{
    switch (quick->kind) {
    case QUICK_TEXT_IN:
    case QUICK_TEXT_AMONG:
    case QUICK_TEXT_HAS:
    case QUICK_TEXT_EMPTY:
    case QUICK_TEXT_FITS:
        return judge_text(quick, tape, node, look, is_true_out);
    case QUICK_ORDER:
        return judge_order(quick, tape, node, look, is_true_out);
    case QUICK_LIST_HAS:
        return judge_list(quick, tape, node, look, is_true_out);
    case QUICK_NONE:
        break;
    }
    return false;
}

static uint8_t truth_byte(const struct quick *quick, bool is_true)
{
    return (uint8_t)(1 + (is_true != quick->is_negated ? TRUTH_TRUE : TRUTH_FALSE));
}

struct quick_glance quick_glance_of(const struct quick *quick)
{
    struct quick_glance glance = {.sieve = QUICK_SIEVE_NONE};
    glance.truths[0] = truth_byte(quick, false);
    if (quick->kind == QUICK_TEXT_HAS) {
        glance.sieve = QUICK_SIEVE_TEXT;
        glance.bits = quick->pairs;
    } else if (quick->kind == QUICK_TEXT_FITS) {
        glance.sieve = QUICK_SIEVE_TEXT;
        glance.tail = iregexp_tail(quick->pattern);
    } else if (quick->kind == QUICK_LIST_HAS && quick->bit != 0) {
        glance.sieve = QUICK_SIEVE_LIST;
        glance.bits = quick->bit;
    } else if (quick->kind == QUICK_ORDER) {
        glance.sieve = QUICK_SIEVE_INTEGER;
        glance.integer = quick->integer;
        glance.truths[QUICK_LESS] = truth_byte(quick, (quick->accepts & ORDER_LT) != 0);
        glance.truths[QUICK_EQUAL] = truth_byte(quick, (quick->accepts & ORDER_EQ) != 0);
        glance.truths[QUICK_GREATER] = truth_byte(quick, (quick->accepts & ORDER_GT) != 0);
    }
    return glance;
}

struct quick_seen quick_look(const struct tape *tape, uint32_t node, struct look *look)
{
    struct quick_seen seen = {.sieve = QUICK_SIEVE_NONE};
    enum tape_kind kind = tape_kind(tape, node);
    if (has_plain_text(tape->nodes[node].tag)) {
        seen.sieve = QUICK_SIEVE_TEXT;
        seen.text = tape_raw(tape, node);
        seen.bits = pairs_of(seen.text);
        look->pairs = seen.bits;
    } else if (kind == TAPE_ARRAY && tape_size(tape, node) > 0) {
        look_at_list(tape, node, look);
        seen.sieve = look->list == LOOK_PLAIN_LIST ? QUICK_SIEVE_LIST : QUICK_SIEVE_NONE;
        seen.bits = look->bits;
    } else if (kind == TAPE_NUMBER && look_at_integer(tape, node, look)) {
        seen.sieve = QUICK_SIEVE_INTEGER;
        seen.integer = look->integer;
    }
    return seen;
}

bool quick_judge(const struct quick *quick, const struct tape *tape, uint32_t node,
                 struct look *look, enum truth *truth_out)
{
    bool is_true = false;
    if (!judge(quick, tape, node, look, &is_true)) {
        return false;
    }
    *truth_out = is_true != quick->is_negated ? TRUTH_TRUE : TRUTH_FALSE;
    return true;
}
