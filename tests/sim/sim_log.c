// SPDX-License-Identifier: MIT
//
// base/log.h, in the place of src/base/log.c: what daemons say goes to the notes.
#include "base/log.h"
#include "sim_world.h"

#include <stdio.h>
#include <string.h>

static bool is_quiet(enum log_level level, const char *event)
{
    return level == LOG_DEBUG && strcmp(event, "job.step") != 0;
}

void log_write(struct log *log, enum log_level level, const char *event,
               const struct log_field *fields, size_t count)
{
    (void)log;
    if (is_quiet(level, event)) {
        return;
    }
    char text[200] = "";
    size_t used = 0;
    for (size_t i = 0; i < count && used < sizeof(text); i++) {
        const struct log_field *field = &fields[i];
        int len = 0;
        if (field->text == NULL) {
            len = snprintf(text + used, sizeof(text) - used, " %s=%lld", field->name,
                           (long long)field->integer);
        } else if (field->text[0] != '\0') {
            len = snprintf(text + used, sizeof(text) - used, " %s=%s", field->name, field->text);
        }
        used += (size_t)len;
    }
    sim_note(sim_current(), "%s%s", event, text);
}
