// SPDX-License-Identifier: MIT
#include "outcome_row.h"

#include "base/check.h"
#include "clause_tree.h"
#include "operators_own.h"
#include "rules.h"

#include <string.h>

enum {
    TYPE_BYTES = sizeof(uint32_t),
    BITS = 2,
    BITS_WITH_WAIVERS = 4, // IGNORED is among the outcomes
    BYTE_BITS = 8,
};

// Without waivers: what two bits say, and how each is said.
static const enum outcome OUTCOMES[] = {OUTCOME_NOT_APPLICABLE, OUTCOME_COMPLIANT,
                                        OUTCOME_INSUFFICIENT_DATA, OUTCOME_NON_COMPLIANT};
static const uint8_t CODES[OUTCOME_COUNT] = {[OUTCOME_NOT_APPLICABLE] = 0,
                                             [OUTCOME_COMPLIANT] = 1,
                                             [OUTCOME_INSUFFICIENT_DATA] = 2,
                                             [OUTCOME_NON_COMPLIANT] = 3};

bool eval_rules_depend_on_time(const struct eval_rules *rules)
{
    for (size_t i = 0; i < rules->table.clause_count; i++) {
        if (operator_needs_instant(rules->table.clauses[i]->op)) {
            return true;
        }
    }
    return false;
}

static unsigned bits_of(const struct evaluator *evaluator)
{
    const struct waiver_set *waivers = evaluator->input.waivers;
    return waivers != NULL && waivers->count > 0 ? BITS_WITH_WAIVERS : BITS;
}

static size_t row_len(const struct evaluator *evaluator, size_t rules)
{
    return TYPE_BYTES + (rules * bits_of(evaluator) + BYTE_BITS - 1) / BYTE_BITS;
}

size_t evaluator_row_bytes_max(const struct evaluator *evaluator)
{
    size_t most = 0;
    for (size_t i = 0; i < evaluator->types.count; i++) {
        size_t rules = evaluator->types.types[i].count;
        most = rules > most ? rules : most;
    }
    return row_len(evaluator, most);
}

void outcome_row_append(struct eval_lane *lane, size_t type, struct buf *row)
{
    const struct evaluator *evaluator = lane->evaluator;
    uint32_t number = type == TYPE_NONE ? UINT32_MAX : (uint32_t)type;
    size_t rules = type == TYPE_NONE ? 0 : evaluator->types.types[type].count;
    unsigned bits = bits_of(evaluator);
    size_t len = row_len(evaluator, rules);
    uint8_t *bytes = lane->row;
    memcpy(bytes, &number, TYPE_BYTES);
    memset(bytes + TYPE_BYTES, 0, len - TYPE_BYTES);
    for (size_t i = 0; i < rules; i++) {
        uint8_t outcome = lane->outcomes[evaluator->types.types[type].rules[i]];
        uint8_t code = bits == BITS ? CODES[outcome] : outcome;
        uint8_t *byte = &bytes[TYPE_BYTES + i * bits / BYTE_BITS];
        *byte = (uint8_t)(*byte | code << i * bits % BYTE_BITS);
    }
    (void)buf_append(row, bytes, len);
}

void outcome_row_append_truths(struct eval_lane *lane, size_t type, const uint8_t *truths,
                               struct buf *row)
{
    enum { RULES_PER_BYTE = BYTE_BITS / BITS };
    // By 1 + enum truth: what is not judged, false, unknown, true.
    static const uint8_t OF_TRUTHS[] = {0, 3, 2, 1};
    const struct evaluator *evaluator = lane->evaluator;
    const uint32_t *slots = evaluator->type_plans[type].slots;
    const uint32_t number = (uint32_t)type;
    const size_t rules = evaluator->types.types[type].count;
    uint8_t *bytes = lane->row;
    uint8_t *out = bytes + TYPE_BYTES;
    REQUIRE(bits_of(evaluator) == BITS);
    memcpy(bytes, &number, TYPE_BYTES);
    for (size_t i = 0; i < rules; i += RULES_PER_BYTE) {
        const size_t end = rules - i < RULES_PER_BYTE ? rules - i : RULES_PER_BYTE;
        unsigned byte = 0;
        for (size_t j = 0; j < end; j++) {
            byte |= (unsigned)OF_TRUTHS[truths[slots[i + j]]] << j * BITS;
        }
        *out++ = (uint8_t)byte;
    }
    (void)buf_append(row, bytes, row_len(evaluator, rules));
}

static uint32_t type_of(const char *row)
{
    uint32_t type;
    memcpy(&type, row, sizeof(type));
    return type;
}

size_t evaluator_row_len(const struct evaluator *evaluator, const char *bytes, size_t len)
{
    if (len < TYPE_BYTES) {
        return 0;
    }
    uint32_t type = type_of(bytes);
    if (type != UINT32_MAX && type >= evaluator->types.count) {
        return 0;
    }
    size_t rules = type == UINT32_MAX ? 0 : evaluator->types.types[type].count;
    size_t wanted = row_len(evaluator, rules);
    return wanted <= len ? wanted : 0;
}

// A code that is none counts as NOT_APPLICABLE: no row that was made here has one.
static enum outcome outcome_at(const char *row, size_t index, unsigned bits)
{
    unsigned byte = (unsigned char)row[TYPE_BYTES + index * bits / BYTE_BITS];
    unsigned code = byte >> index * bits % BYTE_BITS & ((1U << bits) - 1);
    if (bits == BITS) {
        return OUTCOMES[code];
    }
    return code < OUTCOME_COUNT ? (enum outcome)code : OUTCOME_NOT_APPLICABLE;
}

void eval_lane_add_row(struct eval_lane *lane, struct span row, enum eval_row_change change)
{
    const struct evaluator *evaluator = lane->evaluator;
    const uint64_t times = change == EVAL_ROW_COUNT ? 1 : UINT64_MAX; // which is less one
    REQUIRE(evaluator_row_len(evaluator, row.bytes, row.len) == row.len);
    uint32_t type = type_of(row.bytes);
    lane->records += times;
    if (type == UINT32_MAX) {
        return;
    }
    lane->types[type].records += times;
    const struct type_rules *rules = &evaluator->types.types[type];
    unsigned bits = bits_of(evaluator);
    for (size_t i = 0; i < rules->count; i++) {
        size_t index = evaluator->active[rules->rules[i]].index;
        lane->rules[index].of[outcome_at(row.bytes, i, bits)] += times;
    }
}
