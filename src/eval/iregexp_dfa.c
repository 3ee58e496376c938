// SPDX-License-Identifier: MIT
#include "iregexp_dfa.h"

#include "base/mem.h"
#include "iregexp_subsets.h"

#include <stdint.h>

enum { BYTES = 256 };

// The columns of a row; those of the classes of characters follow.
enum {
    COLUMN_STEPS,     // to arrive at the state, and to leave it unless the answer is known there
    COLUMN_END_STEPS, // to arrive there when the text ends there
    COLUMN_MATCHES,   // bits MATCHES_…
    COLUMN_OTHER,     // the row behind a byte of no ASCII character
    COLUMN_FIRST_CLASS,
};
enum { MATCHES_HERE = 1, MATCHES_AT_END = 2 };
_Static_assert(COLUMN_FIRST_CLASS + IREGEXP_ASCII <= UINT8_MAX, "columns have 8 bits");

struct iregexp_dfa {
    uint8_t columns[BYTES]; // of each byte
    uint32_t *rows;         // one a state; what stands for a state is where its row begins
    size_t count;
    uint32_t start;
    uint32_t first_decided; // rows from here on end a match
    uint32_t not_ascii;     // the last row
};

// ---- Matching -----------------------------------------------------------------------------------

bool iregexp_dfa_match(const struct iregexp_dfa *dfa, const struct iregexp_subject *subject,
                       size_t steps_max, struct iregexp_answer *answer_out)
{
    const uint32_t *rows = dfa->rows;
    const char *at = subject->text;
    const char *end = at + subject->len;
    uint32_t row = dfa->start;
    size_t steps = rows[row + COLUMN_STEPS];
    while (at < end && row < dfa->first_decided && steps <= steps_max) {
        row = rows[row + dfa->columns[(unsigned char)*at++]];
        steps += rows[row + COLUMN_STEPS];
    }
    if (row == dfa->not_ascii) {
        return false;
    }
    bool is_end = at == end;
    if (is_end) {
        steps += rows[row + COLUMN_END_STEPS];
        steps -= rows[row + COLUMN_STEPS];
    }
    uint32_t wanted = is_end ? MATCHES_AT_END : MATCHES_HERE;
    answer_out->is_match = (rows[row + COLUMN_MATCHES] & wanted) != 0;
    answer_out->steps = steps;
    return true;
}

size_t iregexp_dfa_state_count(const struct iregexp_dfa *dfa)
{
    return dfa->count;
}

void iregexp_dfa_destroy(struct iregexp_dfa **dfa)
{
    if (*dfa != NULL) {
        mem_free(&(*dfa)->rows);
        mem_free(dfa);
    }
}

// ---- The table ----------------------------------------------------------------------------------

// Gives each subset its row: those where the answer is known come last.
static void place_rows(const struct iregexp_subsets *subsets, struct iregexp_dfa *dfa,
                       uint32_t *rows_out)
{
    uint32_t row = 0;
    for (int is_decided = 0; is_decided < 2; is_decided++) {
        dfa->first_decided = row;
        for (size_t i = 0; i < subsets->count; i++) {
            if (subsets->items[i].is_decided == (is_decided != 0)) {
                rows_out[i] = row;
                row += (uint32_t)(COLUMN_FIRST_CLASS + subsets->class_count);
            }
        }
    }
    dfa->not_ascii = row;
    dfa->start = rows_out[0];
}

static void fill_row(const struct iregexp_subsets *subsets, size_t number, const uint32_t *rows,
                     uint32_t *row)
{
    const struct iregexp_subset *subset = &subsets->items[number];
    const uint16_t *targets = subsets->targets + number * subsets->class_count;
    row[COLUMN_STEPS] = subset->steps;
    row[COLUMN_END_STEPS] = subset->end_steps;
    row[COLUMN_MATCHES] = (subset->matches_here ? (uint32_t)MATCHES_HERE : 0) |
                          (subset->matches_at_end ? (uint32_t)MATCHES_AT_END : 0);
    for (size_t i = 0; i < subsets->class_count; i++) {
        row[COLUMN_FIRST_CLASS + i] = rows[targets[i]];
    }
}

static struct iregexp_dfa *make_table(const struct iregexp_subsets *subsets)
{
    size_t width = COLUMN_FIRST_CLASS + subsets->class_count;
    struct iregexp_dfa *dfa = mem_alloc(1, sizeof(*dfa));
    uint32_t *rows = mem_alloc(subsets->count, sizeof(*rows));
    dfa->count = subsets->count;
    dfa->rows = mem_alloc(subsets->count + 1, width * sizeof(*dfa->rows));
    place_rows(subsets, dfa, rows);
    for (size_t i = 0; i < subsets->count; i++) {
        fill_row(subsets, i, rows, dfa->rows + rows[i]);
        dfa->rows[rows[i] + COLUMN_OTHER] = dfa->not_ascii;
    }
    mem_free(&rows);
    for (size_t c = 0; c < BYTES; c++) {
        dfa->columns[c] = c < IREGEXP_ASCII ? (uint8_t)(COLUMN_FIRST_CLASS + subsets->class_of[c])
                                            : (uint8_t)COLUMN_OTHER;
    }
    return dfa;
}

struct iregexp_dfa *iregexp_dfa_create(const struct iregexp_nfa *nfa, bool is_whole)
{
    struct iregexp_subsets subsets;
    if (!iregexp_subsets_find(nfa, is_whole, &subsets)) {
        return NULL;
    }
    struct iregexp_dfa *dfa = make_table(&subsets);
    iregexp_subsets_deinit(&subsets);
    return dfa;
}
