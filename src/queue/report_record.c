// SPDX-License-Identifier: MIT
#include "report_record.h"

#include "base/mem.h"
#include "base/text.h"

#include <string.h>

enum { LINES = 5, STATE_FIELDS = 7, COMPLETE_FIELDS = 2 };

// Cuts `text` up in place. False when it has more or fewer than `count` parts.
static bool cut(char *text, const char *separator, char **parts, size_t count)
{
    char *rest = text;
    for (size_t i = 0; i < count; i++) {
        parts[i] = strsep(&rest, separator);
        if (parts[i] == NULL) {
            return false;
        }
    }
    return rest == NULL;
}

// "" is 0.
static bool read_number(const char *text, int64_t *number_out)
{
    *number_out = 0;
    return text[0] == '\0' || text_to_int64(text, strlen(text), number_out);
}

static bool read_fence(const char *text, uint64_t *fence_out)
{
    int64_t number;
    bool ok = read_number(text, &number) && number >= 0;
    *fence_out = ok ? (uint64_t)number : 0;
    return ok;
}

static bool read_lines(char *text, struct queue_report_record *record)
{
    char *lines[LINES];
    char *state[STATE_FIELDS];
    char *complete[COMPLETE_FIELDS];
    return cut(text, "\n", lines, LINES) && cut(lines[0], "|", state, STATE_FIELDS) &&
           cut(lines[2], "|", complete, COMPLETE_FIELDS) &&
           report_status_parse(state[0], &record->status) && read_fence(state[1], &record->fence) &&
           text_copy(record->report_id, sizeof(record->report_id), state[2]) &&
           read_number(state[3], &record->accepted_at_ms) &&
           read_number(state[4], &record->ended_at_ms) &&
           text_copy(record->code, sizeof(record->code), state[6]) &&
           text_copy(record->message, sizeof(record->message), lines[1]) &&
           text_copy(record->complete_report_id, sizeof(record->complete_report_id), complete[0]) &&
           read_number(complete[1], &record->complete_at_ms) &&
           text_copy(record->location, sizeof(record->location), lines[3]) &&
           text_copy(record->summary, sizeof(record->summary), lines[4]);
}

bool report_record_parse(const char *text, struct queue_report_record *record)
{
    char *copy = mem_text(text);
    bool ok = read_lines(copy, record);
    mem_free(&copy);
    return ok;
}
