/* SPDX-License-Identifier: MIT
 *
 * The evaluation engine for other programs: one compliance rule, one resource, one outcome.
 *
 * A rule is compiled once from JSON text (the form of a rule file, see the documentation) and
 * judged on any number of resource records, each JSON text as in an inventory line. Waivers, packs
 * and reports are not part of this interface; they belong to the programs.
 *
 * Threads: a compiled rule may be used by any number of threads at once; a result belongs to one.
 * Memory: what a create or evaluate function hands out is released with the destroy function that
 * takes the address of the pointer, accepts a pointer to NULL and leaves NULL there. A small
 * allocation that fails ends the process.
 */
#ifndef PACKREPORT_PACKREPORT_H
#define PACKREPORT_PACKREPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum packreport_outcome {
    PACKREPORT_NOT_APPLICABLE, /* another resource type, or out of the rule's scope */
    PACKREPORT_COMPLIANT,
    PACKREPORT_NON_COMPLIANT,
    PACKREPORT_INSUFFICIENT_DATA /* the record does not allow a verdict */
};

/* Texts that say why an outcome is NON_COMPLIANT or INSUFFICIENT_DATA; "" for the other two. */
enum packreport_evidence {
    PACKREPORT_CONFIGURATION, /* the value found */
    PACKREPORT_DESIRED_VALUE, /* the value wanted */
    PACKREPORT_OPERATOR,
    PACKREPORT_PROPERTY, /* the path of the value */
    PACKREPORT_REASON
};

struct packreport_rule;
struct packreport_result;

/* Where a function writes what was wrong with its input: NUL-terminated, cut to `size` bytes. */
struct packreport_error {
    char *text;
    size_t size; /* > 0 */
};

/* "1.2.3" */
const char *packreport_version(void);
/* "NON_COMPLIANT", ... */
const char *packreport_outcome_text(enum packreport_outcome outcome);

/* False, with the first fault and its JSON pointer in `error`, when the text is not exactly one
 * correct rule. */
bool packreport_rule_create(const char *json, size_t len, struct packreport_rule **rule_out,
                            struct packreport_error error);
void packreport_rule_destroy(struct packreport_rule **rule);

/* A record, and the instant (milliseconds since 1970-01-01T00:00:00Z) that it is judged at. */
struct packreport_record {
    const char *json;
    size_t len;
    int64_t as_of_ms;
};

/* False, with the reason in `error`, when the text is no usable record. Without an instant the
 * operators of age (AgeLess, ...) say INSUFFICIENT_DATA; nothing else depends on it. */
bool packreport_evaluate(const struct packreport_rule *rule, const char *record, size_t len,
                         struct packreport_result **result_out, struct packreport_error error);
bool packreport_evaluate_at(const struct packreport_rule *rule, struct packreport_record record,
                            struct packreport_result **result_out, struct packreport_error error);
void packreport_result_destroy(struct packreport_result **result);

enum packreport_outcome packreport_result_outcome(const struct packreport_result *result);
/* Lives as long as the result. */
const char *packreport_result_evidence(const struct packreport_result *result,
                                       enum packreport_evidence evidence);

#ifdef __cplusplus
}
#endif

#endif
