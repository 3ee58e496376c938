// SPDX-License-Identifier: MIT
#include "base/trouble.h"

#include "base/clock.h"
#include "base/random.h"
#include "base/text.h"

#include <string.h>

void trouble_note(struct trouble *trouble, struct log *log, const char *event,
                  const struct err *err)
{
    int64_t now_ms = clock_monotonic_ms();
    trouble->failures++;
    bool is_new = trouble->failures == 1 || strcmp(trouble->message, err->message) != 0;
    if (!is_new && now_ms - trouble->logged_at_ms < TROUBLE_REPEAT_MS) {
        return;
    }
    trouble->logged_at_ms = now_ms;
    (void)text_copy(trouble->message, sizeof(trouble->message), err->message);
    LOG_AT(log, LOG_WARNING, event, LOG_ERR(err), LOG_NUMBER("failures", trouble->failures));
}

void trouble_count(struct trouble *trouble, const struct err *err)
{
    trouble->failures++;
    (void)text_copy(trouble->message, sizeof(trouble->message), err->message);
}

int64_t trouble_pause_ms(const struct trouble *trouble)
{
    return trouble->failures == 0
               ? 0
               : 1 + random_backoff_ms(TROUBLE_BACKOFF_BASE_MS, TROUBLE_BACKOFF_CAP_MS,
                                       trouble->failures - 1);
}

void trouble_end(struct trouble *trouble)
{
    trouble->failures = 0;
}
