// SPDX-License-Identifier: MIT
//
// Input: a pattern, a line end, a text. A pattern is refused or compiles; a match never takes more
// steps than states times characters allow, and what fits the whole text fits a part of it.
#include "base/buf.h"
#include "base/check.h"
#include "base/text.h"
#include "iregexp.h"

#include <stdint.h>
#include <string.h>

enum { STEPS = 2 * 1000 * 1000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// 1, 0, or -1 when the steps did not suffice.
static int match(const struct iregexp *regexp, const char *text, size_t len, bool is_whole)
{
    const struct iregexp_subject subject = {.text = text, .len = len, .is_whole = is_whole};
    struct err err = ERR_INIT;
    size_t left = STEPS;
    bool is_match = false;
    if (iregexp_match(regexp, &subject, &left, &is_match, &err) != ERR_OK) {
        INVARIANT(err.kind == ERR_LIMIT && left == 0);
        return -1;
    }
    return is_match ? 1 : 0;
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
    if (iregexp_compile(pattern, pattern_len, &plain, &err) == ERR_OK &&
        iregexp_compile(buf_text(&grouped), grouped.len, &group, &err) == ERR_OK) {
        for (int is_whole = 0; is_whole < 2; is_whole++) {
            int one = match(plain, text, len, is_whole != 0);
            int other = match(group, text, len, is_whole != 0);
            INVARIANT(one == other || one < 0 || other < 0);
        }
        INVARIANT(match(plain, text, len, true) != 1 || match(plain, text, len, false) != 0);
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
        check_group(pattern, pattern_len, text, text_len);
    }
    return 0;
}
