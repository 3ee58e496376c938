// SPDX-License-Identifier: MIT
//
// What an inventory says of rules: types that are not in it, paths that find nothing, operators
// that cannot judge what is found.
#include "lint_private.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "block_lines.h"
#include "condition_tree.h"
#include "domain/suggest.h"
#include "evidence_text.h"
#include "jsonpath_tree.h"
#include "policy_tree.h"
#include "scope.h"
#include "text_set.h"

#include <inttypes.h>
#include <string.h>

enum {
    NAME_TRIES_MAX = 50, // records in which a name near to one that is missing is looked for
    NAMES_MAX = 200,     // of an object, and types of an inventory, that it is held against
    NAME_BYTES_MAX = 60, // a longer name is no slip of the pen
    EXAMPLE_BYTES = 120,
    TYPES_SHOWN = 3,
};

// ---- one record

static void note_type(struct lint *lint, const struct record *record)
{
    char *key = text_lower_case(record->resource_type);
    if (json_object_get(lint->types, key) == NULL) {
        (void)json_object_set_new(
            lint->types, key, json_stringn(record->resource_type.bytes, record->resource_type.len));
    }
    mem_free(&key);
}

// Why a clause gives no verdict on what was found: its type, and not a limit or a missing instant.
static bool is_of_type(enum clause_cause cause)
{
    switch (cause) {
    case CAUSE_NO_SCALAR:
    case CAUSE_NO_NUMBER:
    case CAUSE_NO_NETWORK:
    case CAUSE_NO_DATE:
    case CAUSE_NO_VERSION:
    case CAUSE_NO_COUNT:
    case CAUSE_NO_LIST:
    case CAUSE_NO_BASE64:
    case CAUSE_NO_JSON:
        return true;
    default:
        return false;
    }
}

// A value in a message. A container is JSON already.
static char *example_of(const struct buf *value)
{
    struct buf example;
    buf_init(&example, LIMIT_EVIDENCE_BYTES);
    const char *text = buf_text(value);
    if (text[0] != '{' && text[0] != '[') {
        text_quote(&example, text, value->len, EXAMPLE_BYTES);
    } else if (value->len <= EXAMPLE_BYTES) {
        (void)buf_append_text(&example, text);
    } else {
        (void)buf_append_text(&example, text[0] == '{' ? "a large object" : "a large list");
    }
    return buf_take(&example);
}

static void note_mismatch(struct lint_clause *seen, const char *why, const struct buf *value,
                          uint64_t line)
{
    seen->mismatched++;
    if (seen->mismatch == NULL) {
        seen->mismatch = why;
        seen->example = example_of(value);
        seen->example_line = line;
    }
}

// The name in an object that is nearest to one that it has not; NULL when none is near.
static char *nearest_name(struct value object, const char *word)
{
    char *names[NAMES_MAX];
    size_t count = 0;
    struct value_children children = value_children(object);
    while (value_children_next(&children)) {
        if (children.name.len <= NAME_BYTES_MAX && count < NAMES_MAX) {
            names[count++] = mem_text_n(children.name.bytes, children.name.len);
        }
    }
    const char *nearest = suggest_nearest(word, (const char *const *)names, count);
    char *copy = mem_text(nearest);
    for (size_t i = 0; i < count; i++) {
        mem_free(&names[i]);
    }
    return copy;
}

// Follows a path while it is made of names, indexes and wildcards, to the first name that is not
// there.
static char *nearest_on_path(const struct jsonpath *path, struct value value)
{
    for (size_t i = 0; i < path->query.count && value_exists(value); i++) {
        const struct jsonpath_segment *segment = &path->query.segments[i];
        const struct jsonpath_selector *selector = &segment->selectors[0];
        if (segment->is_descendant || segment->count != 1) {
            return NULL;
        }
        if (selector->kind != JSONPATH_NAME) {
            value = value_element(value, 0);
            continue;
        }
        struct value member = value_member(value, selector->name, selector->name_len);
        if (!value_exists(member)) {
            return value_kind(value) == VALUE_OBJECT ? nearest_name(value, selector->name) : NULL;
        }
        value = member;
    }
    return NULL;
}

static void look_for_name(struct lint_clause *seen, const struct subject *subject)
{
    const struct feature_source *source = &seen->clause->source;
    if (seen->nearest != NULL || seen->tries == NAME_TRIES_MAX) {
        return;
    }
    seen->tries++;
    struct value root =
        source->origin == FEATURE_RESOURCE ? subject->record : subject->configuration;
    const struct jsonpath *path = source->origin == FEATURE_FIELD ? source->field : source->path;
    if (value_exists(root)) {
        seen->nearest = nearest_on_path(path, root);
    }
}

static bool finds_something(const struct feature *feature)
{
    for (size_t i = 0; i < feature->nodes.count; i++) {
        if (value_kind(feature->nodes.items[i]) != VALUE_NULL) {
            return true;
        }
    }
    return false;
}

static void look_at_clause(struct lint_clause *seen, const struct judge *judge, uint64_t line)
{
    struct feature own = {0};
    const struct feature *feature = judge_feature(judge, seen->clause, &own);
    struct ruling ruling = clause_rule(seen->clause, feature, judge->subject.as_of_ms);
    if (finds_something(feature) || feature->fault == CAUSE_NO_JSON) {
        seen->found++;
        if (ruling.truth == TRUTH_UNKNOWN && is_of_type(ruling.cause)) {
            struct evidence evidence;
            evidence_init(&evidence);
            clause_explain(seen->clause, judge, &evidence);
            note_mismatch(seen, clause_cause_text(ruling.cause), &evidence.configuration, line);
            evidence_deinit(&evidence);
        }
    } else {
        look_for_name(seen, &judge->subject);
    }
    feature_deinit(&own);
}

static void look_at_policy(struct lint_clause *seen, const struct subject *subject, uint64_t line)
{
    struct evidence evidence;
    const struct policy *decider;
    evidence_init(&evidence);
    enum truth truth = policy_explain(seen->policy, subject, &evidence, &decider);
    if (truth != TRUTH_UNKNOWN) {
        seen->found++;
    } else if (evidence.configuration.len > 0) {
        seen->found++;
        note_mismatch(seen, "the value found and the pattern are of types that do not compare",
                      &evidence.configuration, line);
    }
    evidence_deinit(&evidence);
}

static void look_at_record(struct lint *lint, const struct record *record, uint64_t line)
{
    const struct judge judge = {.subject = record_subject(record, NO_INSTANT)};
    note_type(lint, record);
    lint->record_count++;
    for (size_t i = 0; i < lint->rules->set.count; i++) {
        if (lint->outlines[i] == NULL ||
            !scope_has_type(&lint->rules->set.rules[i], record->resource_type)) {
            continue;
        }
        lint->records[i]++;
        for (size_t at = lint->first_clause[i]; at < lint->first_clause[i + 1]; at++) {
            struct lint_clause *seen = &lint->clauses[at];
            if (seen->clause != NULL) {
                look_at_clause(seen, &judge, line);
            } else {
                look_at_policy(seen, &judge.subject, line);
            }
        }
    }
}

uint64_t lint_look_at(struct lint *lint, const struct eval_block *block, struct diags *problems)
{
    REQUIRE(lint->rules != NULL && !lint->is_finished);
    struct block_lines lines = block_lines(block);
    struct record record;
    enum block_line kind;
    uint64_t before = lint->record_count;
    while ((kind = block_lines_next(&lines, &record, problems)) != BLOCK_END) {
        if (kind == BLOCK_RECORD) {
            look_at_record(lint, &record, lines.line);
            record_deinit(&record);
        }
    }
    return lint->record_count - before;
}

// ---- what came of it

static const char *nearest_type(const struct lint *lint, const char *type)
{
    const char *types[NAMES_MAX];
    size_t count = 0;
    const char *key;
    json_t *spelt;
    json_object_foreach(lint->types, key, spelt)
    {
        if (strlen(key) <= NAME_BYTES_MAX && count < NAMES_MAX) {
            types[count++] = json_string_value(spelt);
        }
    }
    return suggest_nearest(type, types, count);
}

static void check_types(struct lint *lint, const struct rule *rule)
{
    struct text_set unseen;
    text_set_init(&unseen, true);
    for (size_t i = 0; i < rule->resource_types.count; i++) {
        const char *type = rule->resource_types.items[i];
        char *key = text_lower_case(span_of(type));
        bool is_seen = json_object_get(lint->types, key) != NULL;
        mem_free(&key);
        if (is_seen || !text_set_add(&unseen, type)) {
            continue;
        }
        char *pointer = mem_format("%s/resourceTypes/%zu", rule->pointer, i);
        const char *nearest = nearest_type(lint, type);
        if (nearest != NULL) {
            lint_add(lint, "lint.type.misspelt", rule, pointer,
                     "none of the %" PRIu64 " records of the inventory is of this type; did you "
                     "mean \"%s\"?",
                     lint->record_count, nearest);
        } else {
            lint_add(lint, "lint.type.unseen", rule, pointer,
                     "none of the %" PRIu64 " records of the inventory is of this type",
                     lint->record_count);
        }
        mem_free(&pointer);
    }
    text_set_deinit(&unseen);
}

// "of type a, b and 2 more"
static void append_types(const struct rule *rule, struct buf *out)
{
    const struct text_list *types = &rule->resource_types;
    (void)buf_append_format(out, "of type%s ", types->count == 1 ? "" : "s");
    for (size_t i = 0; i < types->count && i < TYPES_SHOWN; i++) {
        (void)buf_append_format(out, "%s%s", i > 0 ? ", " : "", types->items[i]);
    }
    if (types->count > TYPES_SHOWN) {
        (void)buf_append_format(out, " and %zu more", types->count - TYPES_SHOWN);
    }
}

static char *member_pointer(const struct lint_clause *seen, const char *member)
{
    return mem_format("%s/%s", seen->outline->pointer, member);
}

// What the clause gives on a record where its path finds nothing.
static bool passes_nothing(const struct lint_clause *seen)
{
    const struct judge nothing = {.subject.as_of_ms = NO_INSTANT};
    return seen->clause != NULL && clause_judge(seen->clause, &nothing) == TRUTH_TRUE;
}

static void report_unseen(struct lint *lint, const struct lint_clause *seen,
                          const struct rule *rule)
{
    bool is_absent = passes_nothing(seen) && seen->nearest == NULL;
    struct buf hint;
    struct buf types;
    buf_init(&hint, LIMIT_EVIDENCE_BYTES);
    buf_init(&types, LIMIT_EVIDENCE_BYTES);
    append_types(rule, &types);
    if (seen->nearest != NULL) {
        (void)buf_append_text(&hint, "; did you mean ");
        text_quote(&hint, seen->nearest, strlen(seen->nearest), NAME_BYTES_MAX);
        (void)buf_append_char(&hint, '?');
    } else if (is_absent) {
        (void)buf_append_format(&hint, ", and %s is true then", seen->outline->operator_name);
    }
    char *pointer = member_pointer(seen, seen->clause != NULL ? "featurePath" : "value");
    lint_add(lint, is_absent ? "lint.path.absent" : "lint.path.unseen", rule, pointer,
             "%s finds nothing in any of the %" PRIu64 " records %s%s", seen->outline->path,
             lint->records[seen->rule], buf_text(&types), buf_text(&hint));
    mem_free(&pointer);
    buf_deinit(&hint);
    buf_deinit(&types);
}

static void report_mismatch(struct lint *lint, const struct lint_clause *seen,
                            const struct rule *rule)
{
    bool is_all = seen->mismatched == seen->found;
    char *share = is_all ? mem_text("any") : mem_format("%" PRIu64, seen->mismatched);
    char *line = seen->example_line > 0
                     ? mem_format(" in line %" PRIu64 " of the inventory", seen->example_line)
                     : mem_text("");
    char *pointer = member_pointer(seen, seen->clause != NULL ? "operator" : "comparator");
    lint_add(lint, is_all ? "lint.value.type" : "lint.value.mixed", rule, pointer,
             "%s gives no verdict on %s of the %" PRIu64 " records in which %s finds something: "
             "%s, such as %s%s",
             seen->outline->operator_name, share, seen->found, seen->outline->path, seen->mismatch,
             seen->example, line);
    mem_free(&line);
    mem_free(&share);
    mem_free(&pointer);
}

void lint_check_inventory(struct lint *lint)
{
    if (lint->record_count == 0) {
        return;
    }
    for (size_t i = 0; i < lint->rules->set.count; i++) {
        if (!lint->rules->set.rules[i].broken) {
            check_types(lint, &lint->rules->set.rules[i]);
        }
    }
    for (size_t i = 0; i < lint->clause_count; i++) {
        const struct lint_clause *seen = &lint->clauses[i];
        const struct rule *rule = &lint->rules->set.rules[seen->rule];
        if (lint->records[seen->rule] == 0) {
            continue; // the type says it all
        }
        if (seen->found == 0) {
            report_unseen(lint, seen, rule);
        } else if (seen->mismatched > 0) {
            report_mismatch(lint, seen, rule);
        }
    }
}
