// SPDX-License-Identifier: MIT
#include "domain/suggest.h"

#include "base/check.h"

#include <string.h>

enum { WORD_MAX = 64 };

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

// Optimal string alignment distance: edit distance with swaps of neighbours, each character touched
// once. Three rows of the table are enough: swaps look back two rows.
static size_t distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
    size_t table[3][WORD_MAX + 1];
    for (size_t j = 0; j <= b_len; j++) {
        table[0][j] = j;
    }
    for (size_t i = 1; i <= a_len; i++) {
        size_t *row = table[i % 3];
        const size_t *above = table[(i - 1) % 3];
        const size_t *second_above = table[(i + 1) % 3]; // row i - 2
        row[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            size_t changed = lower(a[i - 1]) == lower(b[j - 1]) ? 0 : 1;
            row[j] = least(least(above[j], row[j - 1]) + 1, above[j - 1] + changed);
            if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
                lower(a[i - 2]) == lower(b[j - 1])) {
                row[j] = least(row[j], second_above[j - 2] + 1);
            }
        }
    }
    return table[a_len % 3][b_len];
}

const char *suggest_nearest(const char *word, const char *const *choices, size_t count)
{
    size_t len = strlen(word);
    if (len == 0 || len > WORD_MAX) {
        return NULL;
    }
    // One letter is one change away from every other.
    size_t allowed = len == 1 ? 0 : len < 6 ? 1 : len / 3;
    const char *nearest = NULL;
    for (size_t i = 0; i < count; i++) {
        size_t choice_len = strlen(choices[i]);
        REQUIRE(choice_len <= WORD_MAX);
        if (choice_len > len + allowed || len > choice_len + allowed) {
            continue; // each character more or less is a change
        }
        size_t far = distance(word, len, choices[i], choice_len);
        if (far <= allowed) {
            nearest = choices[i];
            allowed = far - (far > 0 ? 1 : 0);
        }
        if (far == 0) {
            break;
        }
    }
    return nearest;
}
