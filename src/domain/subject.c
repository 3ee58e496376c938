// SPDX-License-Identifier: MIT
#include "domain/subject.h"

#include <stdio.h>
#include <string.h>

static const char DOT = '.';

void subject_write(const char *aggregator_id, const char *pack_id, char out[SUBJECT_BYTES])
{
    int len = snprintf(out, SUBJECT_BYTES, "%s%s%s", aggregator_id,
                       aggregator_id[0] == '\0' ? "" : ".", pack_id);
    ENSURE(len >= 0 && len < SUBJECT_BYTES);
}

bool subject_is_valid(const char *text)
{
    const char *dot = strchr(text, DOT);
    const char *pack = dot == NULL ? text : dot + 1;
    return (dot == NULL || text_is_id(text, (size_t)(dot - text))) &&
           text_is_id(pack, strlen(pack));
}

// Bytes of the group's id; 0 when there is none.
static size_t aggregator_len(const char *subject)
{
    const char *dot = subject_is_valid(subject) ? strchr(subject, DOT) : NULL;
    return dot == NULL ? 0 : (size_t)(dot - subject);
}

const char *subject_pack(const char *subject)
{
    size_t len = aggregator_len(subject);
    return len == 0 ? subject : subject + len + 1;
}

void subject_aggregator(const char *subject, char out[TEXT_ID_MAX + 1])
{
    size_t len = aggregator_len(subject);
    memcpy(out, subject, len);
    out[len] = '\0';
}
