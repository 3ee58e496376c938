// SPDX-License-Identifier: MIT
#include "domain/bad_lines.h"

#include "base/text.h"

#include <inttypes.h>
#include <string.h>

enum { PERCENT_MAX = 100, QUOTED_MAX = 40 };

static enum err_kind refuse(const char *text, struct err *err)
{
    return err_set(err, ERR_INVALID,
                   "%s is no number of records, such as 10, and no share of them, such as 5%% "
                   "(whole percent, 0%% to 100%%)",
                   text_quoted_of(span_of(text), QUOTED_MAX).text);
}

enum err_kind bad_lines_limit_parse(const char *text, struct bad_lines_limit *limit_out,
                                    struct err *err)
{
    size_t len = strlen(text);
    bool is_percent = len > 0 && text[len - 1] == '%';
    int64_t most = 0;
    bool is_number = text_to_int64(text, is_percent ? len - 1 : len, &most);
    if (len > 0 && (!is_number || most < 0 || (is_percent && most > PERCENT_MAX))) {
        return refuse(text, err);
    }
    *limit_out = (struct bad_lines_limit){
        .is_set = len > 0, .is_percent = is_percent, .most = (uint64_t)most};
    return ERR_OK;
}

bool bad_lines_limit_is_passed(const struct bad_lines_limit *limit, uint64_t good, uint64_t bad)
{
    if (!limit->is_set) {
        return false;
    }
    // No inventory has so many records that a hundred times their number would not fit.
    return limit->is_percent ? bad * PERCENT_MAX > limit->most * (good + bad) : bad > limit->most;
}

const char *bad_lines_source(const char *path)
{
    return strcmp(path, "-") == 0 ? "standard input" : path;
}

enum err_kind bad_lines_check_any(const char *path, uint64_t good, uint64_t bad,
                                  const struct diags *problems, struct err *err)
{
    if (good > 0 || bad == 0) {
        return ERR_OK;
    }
    size_t at = 0;
    while (at < problems->count && problems->items[at].severity != DIAG_ERROR) {
        at++;
    }
    REQUIRE(at < problems->count);
    const struct diag *first = &problems->items[at];
    return err_set(err, ERR_INVALID,
                   "inventory %s: none of its %" PRIu64 " record%s is right, so that nothing could "
                   "be judged; is it an inventory? The first is in line %zu: %s",
                   bad_lines_source(path), bad, bad == 1 ? "" : "s", first->line, first->message);
}
