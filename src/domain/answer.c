// SPDX-License-Identifier: MIT
#include "domain/answer.h"

#include <string.h>

static const struct {
    const char *text;
    const char *message;
    int http_status;
} CODES[] = {
#define X(name, code, status, message) [ANSWER_##name] = {code, message, status},
    ANSWER_CODES(X)
#undef X
};
_Static_assert(ARRAY_LEN(CODES) == ANSWER_CODE_COUNT, "one row per answer code");

static const char *const STATUSES[] = {
#define X(name, text) [REPORT_##name] = (text),
    REPORT_STATUSES(X)
#undef X
};
_Static_assert(ARRAY_LEN(STATUSES) == REPORT_STATUS_COUNT, "one row per report status");

const char *answer_code_text(enum answer_code code)
{
    REQUIRE((size_t)code < ARRAY_LEN(CODES));
    return CODES[code].text;
}

const char *answer_code_message(enum answer_code code)
{
    REQUIRE((size_t)code < ARRAY_LEN(CODES));
    return CODES[code].message;
}

int answer_code_http_status(enum answer_code code)
{
    REQUIRE((size_t)code < ARRAY_LEN(CODES));
    return CODES[code].http_status;
}

bool answer_code_parse(const char *text, enum answer_code *code_out)
{
    for (size_t i = 0; i < ARRAY_LEN(CODES); i++) {
        if (strcmp(CODES[i].text, text) == 0) {
            *code_out = (enum answer_code)i;
            return true;
        }
    }
    return false;
}

const char *report_status_text(enum report_status status)
{
    REQUIRE((size_t)status < ARRAY_LEN(STATUSES));
    return STATUSES[status];
}

bool report_status_parse(const char *text, enum report_status *status_out)
{
    for (size_t i = 0; i < ARRAY_LEN(STATUSES); i++) {
        if (strcmp(STATUSES[i], text) == 0) {
            *status_out = (enum report_status)i;
            return true;
        }
    }
    return false;
}
