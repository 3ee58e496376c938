// SPDX-License-Identifier: MIT
#include "support.h"

#include "base/mem.h"
#include "record_reader.h"
#include "rules.h"
#include "scope.h"

#include <criterion/criterion.h>
#include <string.h>

struct eval_rules *support_rule(const char *condition, const char *members, struct diags *diags)
{
    char *text = mem_format("{\"id\": \"r\", \"resourceTypes\": [\"t\"], \"checkItems\": "
                            "[{\"uuid\": \"u\"}], %s \"condition\": %s}",
                            members, condition);
    struct rule_set set = {0};
    struct err err = ERR_INIT;
    cr_assert_eq(rule_set_add(&set, text, strlen(text), "r.json", diags, &err), ERR_OK, "%s: %s",
                 text, err.message);
    mem_free(&text);
    return eval_rules_create(&set, diags);
}

struct eval_rules *support_good_rule(const char *condition, const char *members)
{
    struct diags diags;
    diags_init(&diags);
    struct eval_rules *rules = support_rule(condition, members, &diags);
    char *text = support_diags_text(&diags);
    cr_assert_eq(diags.errors, 0, "%s: %s", condition, text);
    mem_free(&text);
    diags_deinit(&diags);
    return rules;
}

static enum outcome judge(const struct eval_rules *rules, const struct record *record,
                          struct judge_cache *cache, struct evidence *evidence)
{
    const struct judge judge = {.subject = record_subject(record, SUPPORT_AS_OF_MS),
                                .cache = cache};
    return scope_has_type(&rules->set.rules[0], record->resource_type)
               ? eval_rules_judge(rules, 0, record, &judge, evidence)
               : OUTCOME_NOT_APPLICABLE;
}

// The fast way, twice with the same cache.
static enum outcome judge_on_tape(const struct eval_rules *rules, const char *record,
                                  struct evidence *evidence)
{
    size_t len = strlen(record);
    char *padded = mem_alloc(len + SCAN_PADDING, 1);
    memcpy(padded, record, len);
    struct record_reader reader;
    struct judge_cache cache;
    record_reader_init(&reader, rules->table.plan, scan_kernel_best());
    judge_cache_init(&cache, &rules->table);
    enum outcome outcomes[2];
    for (size_t i = 0; i < ARRAY_LEN(outcomes); i++) {
        struct record read;
        cr_assert(record_reader_read(&reader, (struct span){padded, len}, &read), "%s", record);
        judge_cache_begin(&cache, reader.picks);
        outcomes[i] = judge(rules, &read, &cache, evidence);
        cr_expect_eq(judge(rules, &read, &cache, NULL), outcomes[i], "%s", record);
    }
    cr_expect_eq(outcomes[0], outcomes[1], "%s", record);
    judge_cache_deinit(&cache);
    record_reader_deinit(&reader);
    mem_free(&padded);
    return outcomes[0];
}

static void expect_same(const struct buf *tree, const struct buf *tape)
{
    cr_expect_str_eq(buf_text(tree), buf_text(tape), "as a tree, and on a tape");
}

enum outcome support_judge_record(const struct eval_rules *rules, const char *record,
                                  struct evidence *evidence)
{
    struct record parsed;
    struct err err = ERR_INIT;
    cr_assert_eq(record_parse(record, strlen(record), &parsed, &err), ERR_OK, "%s: %s", record,
                 err.message);
    struct evidence of_tree;
    struct evidence of_tape;
    evidence_init(&of_tree);
    evidence_init(&of_tape);
    enum outcome outcome = judge(rules, &parsed, NULL, evidence != NULL ? evidence : &of_tree);
    cr_expect_eq(judge_on_tape(rules, record, &of_tape), outcome, "%s", record);
    const struct evidence *found = evidence != NULL ? evidence : &of_tree;
    expect_same(&found->configuration, &of_tape.configuration);
    expect_same(&found->desired_value, &of_tape.desired_value);
    expect_same(&found->operator_name, &of_tape.operator_name);
    expect_same(&found->property, &of_tape.property);
    expect_same(&found->reason, &of_tape.reason);
    evidence_deinit(&of_tree);
    evidence_deinit(&of_tape);
    record_deinit(&parsed);
    return outcome;
}

enum outcome support_judge(const struct eval_rules *rules, const char *configuration,
                           struct evidence *evidence)
{
    char *record = mem_format(
        "{\"resourceId\": \"i\", \"resourceType\": \"t\", \"configuration\": %s}", configuration);
    enum outcome outcome = support_judge_record(rules, record, evidence);
    mem_free(&record);
    return outcome;
}

char *support_clause(const char *operator_name, const char *desired)
{
    return mem_format("{\"featureSource\": \"CONFIGURATION\", \"featurePath\": \"$.v\", "
                      "\"operator\": \"%s\"%s%s}",
                      operator_name, desired != NULL ? ", \"desired\": " : "",
                      desired != NULL ? desired : "");
}

char support_truth(const char *condition, const char *members, const char *configuration)
{
    struct eval_rules *rules = support_good_rule(condition, members);
    enum outcome outcome = support_judge(rules, configuration, NULL);
    eval_rules_destroy(&rules);
    return outcome == OUTCOME_COMPLIANT ? 'T' : outcome == OUTCOME_NON_COMPLIANT ? 'F' : 'U';
}

char *support_diags_text(const struct diags *diags)
{
    struct buf text;
    buf_init(&text, 1024 * 1024);
    for (size_t i = 0; i < diags->count; i++) {
        diag_format(&diags->items[i], &text);
        (void)buf_append_char(&text, '\n');
    }
    return buf_take(&text);
}
