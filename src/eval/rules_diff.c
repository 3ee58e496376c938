// SPDX-License-Identifier: MIT
#include "eval/rules_diff.h"

#include "base/mem.h"
#include "block_lines.h"
#include "rule_alike.h"
#include "rules.h"
#include "scope.h"

static const size_t NO_RULE = SIZE_MAX;

// Where the two rules of an id stand in their sets; NO_RULE where there is none to judge.
struct pair {
    size_t before;
    size_t after;
    bool is_alike; // nothing can change
};

struct rules_diff {
    struct rules_diff_input input;
    struct rules_diff_rule *rules;
    struct pair *pairs; // one for each of `rules`
    size_t count;
    uint64_t records;
    uint64_t bad_lines;
};

// One of the two rule sets, and which of its rules count: those that the pack uses, or all.
struct side {
    const struct rule_set *set;
    struct binding *binding;
};

static struct side side_of(const struct eval_rules *rules, const struct pack *pack)
{
    struct diags said; // at other times, by those who load rules
    diags_init(&said);
    const struct binding_input input = {.pack = pack, .rules = rules};
    const struct side side = {.set = &rules->set, .binding = binding_create(&input, &said)};
    diags_deinit(&said);
    return side;
}

static const struct rule *if_used(const struct side *side, const struct rule *rule)
{
    bool is_used = rule != NULL && binding_has(side->binding, (size_t)(rule - side->set->rules));
    return is_used ? rule : NULL;
}

static size_t judged_index(const struct eval_rules *rules, const struct rule *rule)
{
    return rule == NULL || rule->broken ? NO_RULE : (size_t)(rule - rules->set.rules);
}

static void add_pair(struct rules_diff *diff, const struct rule *before, const struct rule *after)
{
    struct pair *pair = &diff->pairs[diff->count];
    pair->before = judged_index(diff->input.before, before);
    pair->after = judged_index(diff->input.after, after);
    pair->is_alike = pair->before != NO_RULE && pair->after != NO_RULE
                         ? rule_is_alike(before, after)
                         : pair->before == pair->after;
    diff->rules[diff->count] = (struct rules_diff_rule){.before = before, .after = after};
    diff->count++;
}

static void make_pairs(struct rules_diff *diff, const struct side *before, const struct side *after)
{
    for (size_t i = 0; i < before->set->count; i++) {
        const struct rule *rule = &before->set->rules[i];
        const struct rule *used = if_used(before, rule);
        const struct rule *other = if_used(after, rule_set_find(after->set, rule->id));
        if (used != NULL || other != NULL) {
            add_pair(diff, used, other);
        }
    }
    for (size_t i = 0; i < after->set->count; i++) {
        const struct rule *used = if_used(after, &after->set->rules[i]);
        if (used != NULL && rule_set_find(before->set, used->id) == NULL) {
            add_pair(diff, NULL, used);
        }
    }
}

struct rules_diff *rules_diff_create(const struct rules_diff_input *input)
{
    struct rules_diff *diff = mem_alloc(1, sizeof(*diff));
    struct side before = side_of(input->before, input->pack);
    struct side after = side_of(input->after, input->pack);
    diff->input = *input;
    diff->rules = mem_alloc(before.set->count + after.set->count, sizeof(*diff->rules));
    diff->pairs = mem_alloc(before.set->count + after.set->count, sizeof(*diff->pairs));
    make_pairs(diff, &before, &after);
    binding_destroy(&before.binding);
    binding_destroy(&after.binding);
    return diff;
}

void rules_diff_destroy(struct rules_diff **diff)
{
    if (*diff == NULL) {
        return;
    }
    mem_free(&(*diff)->rules);
    mem_free(&(*diff)->pairs);
    mem_free(diff);
}

static enum outcome judge(const struct rules_diff *diff, const struct eval_rules *rules,
                          size_t index, const struct record *record)
{
    if (index == NO_RULE || !scope_has_type(&rules->set.rules[index], record->resource_type)) {
        return OUTCOME_NOT_APPLICABLE;
    }
    const struct judge judge = {.subject = record_subject(record, diff->input.as_of_ms)};
    return eval_rules_judge(rules, index, record, &judge, NULL);
}

static void count(struct rules_diff_rule *rule, enum outcome before, enum outcome after)
{
    rule->changes[before][after]++;
    if (before == OUTCOME_NOT_APPLICABLE) {
        rule->came++;
    } else if (after == OUTCOME_NOT_APPLICABLE) {
        rule->went++;
    } else {
        rule->changed++;
    }
}

static void run_record(struct rules_diff *diff, const struct record *record, uint64_t line,
                       const struct rules_diff_sink *sink)
{
    for (size_t i = 0; i < diff->count; i++) {
        const struct pair *pair = &diff->pairs[i];
        if (pair->is_alike) {
            continue;
        }
        enum outcome before = judge(diff, diff->input.before, pair->before, record);
        enum outcome after = judge(diff, diff->input.after, pair->after, record);
        if (before == after) {
            continue;
        }
        struct rules_diff_rule *rule = &diff->rules[i];
        count(rule, before, after);
        const struct rules_diff_change change = {
            .rule_id = rule->before != NULL ? rule->before->id : rule->after->id,
            .resource_id = record->resource_id,
            .resource_type = record->resource_type,
            .line = line,
            .before = before,
            .after = after,
        };
        sink->on_change(sink->context, &change);
    }
}

void rules_diff_run_block(struct rules_diff *diff, const struct eval_block *block,
                          const struct rules_diff_sink *sink, struct diags *problems)
{
    struct block_lines lines = block_lines(block);
    struct record record;
    enum block_line kind;
    while ((kind = block_lines_next(&lines, &record, problems)) != BLOCK_END) {
        if (kind == BLOCK_BAD) {
            diff->bad_lines++;
        } else if (kind == BLOCK_RECORD) {
            diff->records++;
            run_record(diff, &record, lines.line, sink);
            record_deinit(&record);
        }
    }
}

struct rules_diff_totals rules_diff_totals(const struct rules_diff *diff)
{
    struct rules_diff_totals totals = {.rules = diff->rules,
                                       .rule_count = diff->count,
                                       .records = diff->records,
                                       .bad_lines = diff->bad_lines};
    for (size_t i = 0; i < diff->count; i++) {
        totals.came += diff->rules[i].came;
        totals.went += diff->rules[i].went;
        totals.changed += diff->rules[i].changed;
    }
    return totals;
}
