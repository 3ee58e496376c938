// SPDX-License-Identifier: MIT
#include "report_record.h"

#include "parts.h"

enum { LINES = 5, STATE_FIELDS = 7, COMPLETE_FIELDS = 2 };
enum { STATUS_BYTES = 16 }; // longer is no status

static bool read_fence(struct span part, uint64_t *fence_out)
{
    int64_t number;
    if (!parts_number(part, &number) || number < 0) {
        return false;
    }
    *fence_out = (uint64_t)number;
    return true;
}

static bool read_status(struct span part, enum report_status *status_out)
{
    char name[STATUS_BYTES];
    return parts_copy(part, name, sizeof(name)) && report_status_parse(name, status_out);
}

bool report_record_parse(const char *text, struct queue_report_record *record)
{
    struct span lines[LINES];
    struct span state[STATE_FIELDS];
    struct span complete[COMPLETE_FIELDS];
    return parts_split(span_of(text), '\n', lines, LINES) &&
           parts_split(lines[0], '|', state, STATE_FIELDS) &&
           parts_split(lines[2], '|', complete, COMPLETE_FIELDS) &&
           read_status(state[0], &record->status) && read_fence(state[1], &record->fence) &&
           parts_copy(state[2], record->report_id, sizeof(record->report_id)) &&
           parts_number(state[3], &record->accepted_at_ms) &&
           parts_number(state[4], &record->ended_at_ms) &&
           parts_copy(state[6], record->code, sizeof(record->code)) &&
           parts_copy(lines[1], record->message, sizeof(record->message)) &&
           parts_copy(complete[0], record->complete_report_id,
                      sizeof(record->complete_report_id)) &&
           parts_number(complete[1], &record->complete_at_ms) &&
           parts_copy(lines[3], record->location, sizeof(record->location)) &&
           parts_copy(lines[4], record->summary, sizeof(record->summary));
}
