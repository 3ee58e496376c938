// SPDX-License-Identifier: MIT
#include "packreport/packreport.h"

#include "base/mem.h"
#include "rules.h"
#include "scope.h"

#include <stdio.h>

struct packreport_rule {
    struct eval_rules *rules; // exactly one, not broken
};

struct packreport_result {
    enum packreport_outcome outcome;
    struct evidence evidence;
};

const char *packreport_version(void)
{
    return PACKREPORT_VERSION;
}

const char *packreport_outcome_text(enum packreport_outcome outcome)
{
    static const enum outcome OUTCOMES_INSIDE[] = {
        [PACKREPORT_NOT_APPLICABLE] = OUTCOME_NOT_APPLICABLE,
        [PACKREPORT_COMPLIANT] = OUTCOME_COMPLIANT,
        [PACKREPORT_NON_COMPLIANT] = OUTCOME_NON_COMPLIANT,
        [PACKREPORT_INSUFFICIENT_DATA] = OUTCOME_INSUFFICIENT_DATA,
    };
    REQUIRE((size_t)outcome < ARRAY_LEN(OUTCOMES_INSIDE));
    return outcome_text(OUTCOMES_INSIDE[outcome]);
}

static bool fail(struct packreport_error error, const char *text)
{
    REQUIRE(error.size > 0);
    (void)snprintf(error.text, error.size, "%s", text);
    return false;
}

static bool fail_with_diag(struct packreport_error error, const struct diags *diags)
{
    for (size_t i = 0; i < diags->count; i++) {
        const struct diag *diag = &diags->items[i];
        if (diag->severity == DIAG_ERROR) {
            bool has_pointer = diag->pointer != NULL && diag->pointer[0] != '\0';
            (void)snprintf(error.text, error.size, "%s%s%s%s", diag->message,
                           has_pointer ? " (at " : "", has_pointer ? diag->pointer : "",
                           has_pointer ? ")" : "");
            return false;
        }
    }
    return fail(error, "no rule");
}

// Reads and compiles; the rules are NULL when that failed.
static struct eval_rules *compile_one(const char *json, size_t len, struct packreport_error error)
{
    struct rule_set set = {0};
    struct diags diags;
    diags_init(&diags);
    struct err err = ERR_INIT;
    struct eval_rules *rules = NULL;
    if (rule_set_add(&set, json, len, "rule", &diags, &err) == ERR_OK) {
        rules = eval_rules_create(&set, &diags);
    }
    if (rules == NULL) {
        (void)fail(error, err.message);
    } else if (rules->set.count != 1) {
        (void)fail(error, "the text holds more than one rule, or none; exactly one is right");
    } else if (rules->set.rules[0].broken) {
        (void)fail_with_diag(error, &diags);
    } else {
        diags_deinit(&diags);
        return rules;
    }
    eval_rules_destroy(&rules);
    rule_set_deinit(&set);
    diags_deinit(&diags);
    return NULL;
}

bool packreport_rule_create(const char *json, size_t len, struct packreport_rule **rule_out,
                            struct packreport_error error)
{
    struct eval_rules *rules = compile_one(json, len, error);
    if (rules == NULL) {
        return false;
    }
    *rule_out = mem_alloc(1, sizeof(**rule_out));
    (*rule_out)->rules = rules;
    return true;
}

void packreport_rule_destroy(struct packreport_rule **rule)
{
    if (*rule != NULL) {
        eval_rules_destroy(&(*rule)->rules);
        mem_free(rule);
    }
}

static enum packreport_outcome outcome_outside(enum outcome outcome)
{
    switch (outcome) {
    case OUTCOME_COMPLIANT:
        return PACKREPORT_COMPLIANT;
    case OUTCOME_NON_COMPLIANT:
        return PACKREPORT_NON_COMPLIANT;
    case OUTCOME_INSUFFICIENT_DATA:
        return PACKREPORT_INSUFFICIENT_DATA;
    case OUTCOME_NOT_APPLICABLE:
    case OUTCOME_IGNORED:
    case OUTCOME_MANUAL:
    case OUTCOME_ERROR:
    case OUTCOME_COUNT:
        break;
    }
    ENSURE(outcome == OUTCOME_NOT_APPLICABLE);
    return PACKREPORT_NOT_APPLICABLE;
}

static enum outcome judge(const struct eval_rules *rules, const struct record *record,
                          int64_t as_of_ms, struct evidence *evidence)
{
    const struct judge judge = {.subject = record_subject(record, as_of_ms)};
    return scope_has_type(&rules->set.rules[0], record->resource_type)
               ? eval_rules_judge(rules, 0, record, &judge, evidence)
               : OUTCOME_NOT_APPLICABLE;
}

static bool evaluate(const struct packreport_rule *rule, struct packreport_record record,
                     int64_t as_of_ms, struct packreport_result **result_out,
                     struct packreport_error error)
{
    struct record parsed;
    struct err err = ERR_INIT;
    if (record_parse(record.json, record.len, &parsed, &err) != ERR_OK) {
        return fail(error, err.message);
    }
    struct packreport_result *result = mem_alloc(1, sizeof(*result));
    evidence_init(&result->evidence);
    result->outcome = outcome_outside(judge(rule->rules, &parsed, as_of_ms, &result->evidence));
    record_deinit(&parsed);
    *result_out = result;
    return true;
}

bool packreport_evaluate(const struct packreport_rule *rule, const char *record, size_t len,
                         struct packreport_result **result_out, struct packreport_error error)
{
    return evaluate(rule, (struct packreport_record){.json = record, .len = len}, NO_INSTANT,
                    result_out, error);
}

bool packreport_evaluate_at(const struct packreport_rule *rule, struct packreport_record record,
                            struct packreport_result **result_out, struct packreport_error error)
{
    return evaluate(rule, record, record.as_of_ms, result_out, error);
}

void packreport_result_destroy(struct packreport_result **result)
{
    if (*result != NULL) {
        evidence_deinit(&(*result)->evidence);
        mem_free(result);
    }
}

enum packreport_outcome packreport_result_outcome(const struct packreport_result *result)
{
    return result->outcome;
}

const char *packreport_result_evidence(const struct packreport_result *result,
                                       enum packreport_evidence evidence)
{
    const struct buf *texts[] = {
        [PACKREPORT_CONFIGURATION] = &result->evidence.configuration,
        [PACKREPORT_DESIRED_VALUE] = &result->evidence.desired_value,
        [PACKREPORT_OPERATOR] = &result->evidence.operator_name,
        [PACKREPORT_PROPERTY] = &result->evidence.property,
        [PACKREPORT_REASON] = &result->evidence.reason,
    };
    REQUIRE((size_t)evidence < ARRAY_LEN(texts));
    return buf_text(texts[evidence]);
}
