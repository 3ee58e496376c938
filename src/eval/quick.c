// SPDX-License-Identifier: MIT
#include "quick.h"

#include "base/digits.h"
#include "base/words.h"

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
            bool is_possible = KINDS[i].kind != QUICK_ORDER || operand->values[0].is_integer;
            return is_possible ? KINDS[i].kind : QUICK_NONE;
        }
    }
    return QUICK_NONE;
}

struct quick quick_of(const struct condition_operator *op, const struct operand *operand)
{
    return (struct quick){.kind = kind_of(op, operand),
                          .is_negated = op->is_negated,
                          .needs_all = op->needs_all,
                          .accepts = op->accepts,
                          .values = operand->values,
                          .count = operand->count};
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
    for (size_t i = 0; i < quick->count; i++) {
        if (equals_ignore_case(text, &quick->values[i])) {
            return true;
        }
    }
    return false;
}

static bool has_fragment(const struct quick *quick, struct span text)
{
    const struct operand_value *wanted = &quick->values[0];
    return text.len > 0 && memmem(text.bytes, text.len, wanted->text, wanted->len) != NULL;
}

static bool is_order(const struct quick *quick, struct span digits, bool *is_true_out)
{
    if (digits.len > DIGITS_MAX) {
        return false;
    }
    uint64_t word = digits_load(digits.bytes, digits.len);
    int64_t found = (int64_t)digits_value(word);
    int64_t wanted = quick->values[0].integer;
    unsigned order = found < wanted ? ORDER_LT : found > wanted ? ORDER_GT : ORDER_EQ;
    *is_true_out = (quick->accepts & order) != 0;
    return digits_are(word);
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
    *is_known_out =
        *is_known_out && kind != TAPE_TEXT && (kind != TAPE_NUMBER || !wanted->is_number);
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

static bool judge_list(const struct quick *quick, const struct tape *tape, uint32_t node,
                       bool *is_true_out)
{
    bool is_known = tape_kind(tape, node) == TAPE_ARRAY && tape_size(tape, node) > 0;
    bool has = quick->needs_all;
    for (size_t i = 0; i < quick->count && is_known && has == quick->needs_all; i++) {
        has = list_has(tape, node, &quick->values[i], &is_known);
    }
    *is_true_out = has;
    return is_known;
}

static bool judge_text(const struct quick *quick, const struct tape *tape, uint32_t node,
                       bool *is_true_out)
{
    if (!has_plain_text(tape->nodes[node].tag)) {
        return false;
    }
    struct span text = tape_raw(tape, node);
    *is_true_out = quick->kind == QUICK_TEXT_IN    ? is_in(quick, text)
                   : quick->kind == QUICK_TEXT_HAS ? has_fragment(quick, text)
                                                   : text.len == 0;
    return true;
}

static bool judge(const struct quick *quick, const struct tape *tape, uint32_t node,
                  bool *is_true_out)
{
    switch (quick->kind) {
    case QUICK_TEXT_IN:
    case QUICK_TEXT_HAS:
    case QUICK_TEXT_EMPTY:
        return judge_text(quick, tape, node, is_true_out);
    case QUICK_ORDER:
        return tape_kind(tape, node) == TAPE_NUMBER &&
               is_order(quick, tape_raw(tape, node), is_true_out);
    case QUICK_LIST_HAS:
        return judge_list(quick, tape, node, is_true_out);
    case QUICK_NONE:
        break;
    }
    return false;
}

bool quick_judge(const struct quick *quick, const struct tape *tape, uint32_t node,
                 enum truth *truth_out)
{
    bool is_true = false;
    if (!judge(quick, tape, node, &is_true)) {
        return false;
    }
    *truth_out = is_true != quick->is_negated ? TRUTH_TRUE : TRUTH_FALSE;
    return true;
}
