// SPDX-License-Identifier: MIT
//
// Input: a pattern, a line end, a text. A pattern is refused or compiles; its tables say what its
// states say, with the same steps, also when these do not suffice; what fits the whole text fits a
// part of it.
#include "base/buf.h"
#include "base/check.h"
#include "base/text.h"
#include "iregexp.h"

#include <stdint.h>
#include <string.h>

enum { STEPS = 2 * 1000 * 1000, BOTH_TABLES = IREGEXP_TABLE_WHOLE | IREGEXP_TABLE_PART };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// 1, 0, or -1 when the steps did not suffice.
static int match(const struct iregexp *regexp, const struct iregexp_subject *subject,
                 size_t *steps_left)
{
    struct err err = ERR_INIT;
    bool is_match = false;
    if (iregexp_match(regexp, subject, steps_left, &is_match, &err) != ERR_OK) {
        INVARIANT(err.kind == ERR_LIMIT && *steps_left == 0);
        return -1;
    }
    return is_match ? 1 : 0;
}

static int match_any(const struct iregexp *regexp, const char *text, size_t len, bool is_whole)
{
    const struct iregexp_subject subject = {.text = text, .len = len, .is_whole = is_whole};
    size_t left = STEPS;
    return match(regexp, &subject, &left);
}

static void check_tables(const char *pattern, size_t pattern_len, const char *text, size_t len)
{
    struct iregexp *tables = NULL;
    struct iregexp *states = NULL;
    struct err err = ERR_INIT;
    enum err_kind kind = iregexp_compile(pattern, pattern_len, BOTH_TABLES, &tables, &err);
    INVARIANT(iregexp_compile(pattern, pattern_len, IREGEXP_TABLE_NONE, &states, &err) == kind);
    // Twice for each kind of match: with all steps, and with half of those that it took.
    size_t steps = STEPS;
    for (int i = 0; i < 4 && kind == ERR_OK; i++) {
        const struct iregexp_subject subject = {.text = text, .len = len, .is_whole = i >= 2};
        size_t left = steps;
        size_t left_by_states = steps;
        int by_table = match(tables, &subject, &left);
        INVARIANT(by_table == match(states, &subject, &left_by_states));
        INVARIANT(left == left_by_states);
        steps = i % 2 == 0 ? (STEPS - left) / 2 : STEPS;
    }
    iregexp_destroy(&tables);
    iregexp_destroy(&states);
}

// A pattern in a group, and after nothing, is the same pattern.
static void check_group(const char *pattern, size_t pattern_len, const char *text, size_t len)
{
    struct buf grouped;
    buf_init(&grouped, pattern_len + 8);
    (void)buf_append_text(&grouped, "(){3}(");
    (void)buf_append(&grouped, pattern, pattern_len);
    (void)buf_append_text(&grouped, ")");
    struct iregexp *plain = NULL;
    struct iregexp *group = NULL;
    struct err err = ERR_INIT;
    if (iregexp_compile(pattern, pattern_len, IREGEXP_TABLE_NONE, &plain, &err) == ERR_OK &&
        iregexp_compile(buf_text(&grouped), grouped.len, BOTH_TABLES, &group, &err) == ERR_OK) {
        for (int is_whole = 0; is_whole < 2; is_whole++) {
            int one = match_any(plain, text, len, is_whole != 0);
            int other = match_any(group, text, len, is_whole != 0);
            INVARIANT(one == other || one < 0 || other < 0);
        }
        INVARIANT(match_any(plain, text, len, true) != 1 ||
                  match_any(plain, text, len, false) != 0);
    }
    iregexp_destroy(&plain);
    iregexp_destroy(&group);
    buf_deinit(&grouped);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *pattern = size == 0 ? "" : (const char *)data;
    const char *line_end = size == 0 ? NULL : memchr(pattern, '\n', size);
    size_t pattern_len = line_end == NULL ? size : (size_t)(line_end - pattern);
    const char *text = line_end == NULL ? "" : line_end + 1;
    size_t text_len = line_end == NULL ? 0 : size - pattern_len - 1;
    if (text_is_utf8(pattern, pattern_len, NULL) && text_is_utf8(text, text_len, NULL)) {
        check_tables(pattern, pattern_len, text, text_len);
        check_group(pattern, pattern_len, text, text_len);
    }
    return 0;
}
