// SPDX-License-Identifier: MIT
#include "domain/finding.h"

#include "base/limits.h"

#include <string.h>

static const char *const OUTCOME_TEXTS[] = {
#define X(name) [OUTCOME_##name] = #name,
    OUTCOMES(X)
#undef X
};
_Static_assert(ARRAY_LEN(OUTCOME_TEXTS) == OUTCOME_COUNT, "one row per outcome");

const char *outcome_text(enum outcome outcome)
{
    REQUIRE((size_t)outcome < ARRAY_LEN(OUTCOME_TEXTS));
    return OUTCOME_TEXTS[outcome];
}

bool outcome_parse(const char *text, enum outcome *outcome_out)
{
    for (size_t i = 0; i < ARRAY_LEN(OUTCOME_TEXTS); i++) {
        if (strcmp(OUTCOME_TEXTS[i], text) == 0) {
            *outcome_out = (enum outcome)i;
            return true;
        }
    }
    return false;
}

static const char *const LISTED_TEXTS[] = {[FINDINGS_ALL] = "all", [FINDINGS_FAILING] = "failing"};

const char *findings_listed_text(enum findings_listed listed)
{
    REQUIRE((size_t)listed < ARRAY_LEN(LISTED_TEXTS));
    return LISTED_TEXTS[listed];
}

bool findings_listed_parse(const char *text, enum findings_listed *listed_out)
{
    for (size_t i = 0; i < ARRAY_LEN(LISTED_TEXTS); i++) {
        if (strcmp(LISTED_TEXTS[i], text) == 0) {
            *listed_out = (enum findings_listed)i;
            return true;
        }
    }
    return false;
}

const char *risk_level_text(enum risk_level level)
{
    static const char *const TEXTS[] = {
        [RISK_HIGH] = "high", [RISK_MEDIUM] = "medium", [RISK_LOW] = "low"};
    REQUIRE(level >= RISK_HIGH && level <= RISK_LOW);
    return TEXTS[level];
}

void evidence_init(struct evidence *evidence)
{
    buf_init(&evidence->configuration, LIMIT_EVIDENCE_BYTES);
    buf_init(&evidence->desired_value, LIMIT_EVIDENCE_BYTES);
    buf_init(&evidence->operator_name, LIMIT_EVIDENCE_BYTES);
    buf_init(&evidence->property, LIMIT_EVIDENCE_BYTES);
    buf_init(&evidence->reason, LIMIT_EVIDENCE_BYTES);
}

void evidence_reset(struct evidence *evidence)
{
    buf_reset(&evidence->configuration);
    buf_reset(&evidence->desired_value);
    buf_reset(&evidence->operator_name);
    buf_reset(&evidence->property);
    buf_reset(&evidence->reason);
}

void evidence_deinit(struct evidence *evidence)
{
    buf_deinit(&evidence->configuration);
    buf_deinit(&evidence->desired_value);
    buf_deinit(&evidence->operator_name);
    buf_deinit(&evidence->property);
    buf_deinit(&evidence->reason);
}
