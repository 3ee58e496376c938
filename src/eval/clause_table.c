// SPDX-License-Identifier: MIT
#include "clause_table.h"

#include "base/limits.h"
#include "base/mem.h"
#include "condition_tree.h"
#include "jsonpath_prefix.h"
#include "memo.h"
#include "record_reader.h"

#include <inttypes.h>

enum { KEY_BYTES = 64 * 1024 * 1024 };

void clause_table_init(struct clause_table *table)
{
    *table = (struct clause_table){.plan = record_plan_create(),
                                   .feature_numbers = json_object(),
                                   .clause_numbers = json_object(),
                                   .group_slots = json_object()};
}

void clause_table_deinit(struct clause_table *table)
{
    for (size_t i = 0; i < table->feature_count; i++) {
        mem_free(&table->features[i].property);
    }
    for (size_t i = 0; i < table->group_count; i++) {
        mem_free(&table->groups[i].parts);
    }
    mem_free(&table->features);
    mem_free(&table->clauses);
    mem_free(&table->missing_truths);
    mem_free(&table->quicks);
    mem_free(&table->groups);
    mem_free(&table->conditions);
    mem_free(&table->added);
    pick_plan_destroy(&table->plan);
    json_decref(table->feature_numbers);
    json_decref(table->clause_numbers);
    json_decref(table->group_slots);
    *table = (struct clause_table){0};
}

// The number under which a key is known, or the next one. The key is used up.
static size_t number_of(json_t *numbers, struct buf *key, size_t next, bool *is_new_out)
{
    ENSURE(!key->overflow);
    const json_t *known = json_object_getn(numbers, buf_text(key), key->len);
    size_t number = known == NULL ? next : (size_t)json_integer_value(known);
    *is_new_out = known == NULL;
    if (known == NULL) {
        (void)json_object_setn_new_nocheck(numbers, buf_text(key), key->len,
                                           json_integer((json_int_t)number));
    }
    buf_deinit(key);
    return number;
}

static void append_part(struct buf *key, const char *text, size_t len)
{
    (void)buf_append_format(key, "%zu:", len);
    (void)buf_append(key, text, len);
}

// Where the steps lead from the record. False when the scanner would look elsewhere: it takes what
// lies below "configuration" from the document that this text holds.
static bool place_steps(const struct feature_source *source, struct pick_step *steps,
                        size_t *count_out)
{
    static const char CONFIGURATION[] = "configuration";
    const struct pick_step configuration = {.name = CONFIGURATION, .len = strlen(CONFIGURATION)};
    if (source->origin == FEATURE_CONFIGURATION) {
        // The configuration itself is no pick: it may stand in a document of its own.
        steps[0] = configuration;
        *count_out = 1 + jsonpath_prefix(source->path, steps + 1);
        return *count_out > 1;
    }
    *count_out = jsonpath_prefix(source->path, steps);
    bool is_below = *count_out > 0 && steps[0].len == configuration.len &&
                    memcmp(steps[0].name, CONFIGURATION, configuration.len) == 0;
    return source->origin == FEATURE_RESOURCE && !is_below;
}

static bool is_whole_path(const struct feature_source *source, size_t steps)
{
    size_t path_steps = steps - (source->origin == FEATURE_CONFIGURATION ? 1 : 0);
    return jsonpath_is_whole_prefix(source->path, path_steps);
}

static void plan_feature(struct clause_table *table, struct table_feature *feature)
{
    struct pick_step steps[LIMIT_PATH_SEGMENTS + 1];
    size_t count;
    feature->slot = TAPE_NONE;
    if (!place_steps(feature->source, steps, &count) || count == 0) {
        return;
    }
    feature->slot = pick_plan_add(table->plan, steps, count);
    feature->is_picked = is_whole_path(feature->source, count);
    if (feature->is_picked) {
        struct buf property;
        buf_init(&property, LIMIT_RECORD_BYTES);
        jsonpath_prefix_append(feature->source->path, &property);
        feature->property = buf_take(&property);
    }
}

static uint32_t number_feature(struct clause_table *table, const struct feature_source *source)
{
    struct buf key;
    bool is_new;
    buf_init(&key, KEY_BYTES);
    const char *field = source->field == NULL ? "" : jsonpath_text(source->field);
    const char *path = jsonpath_text(source->path);
    (void)buf_append_format(&key, "%d:", (int)source->origin);
    append_part(&key, field, strlen(field));
    append_part(&key, path, strlen(path));
    size_t number = number_of(table->feature_numbers, &key, table->feature_count, &is_new);
    if (is_new) {
        table->features = mem_grow(table->features, &table->feature_capacity,
                                   table->feature_count + 1, sizeof(*table->features));
        struct table_feature *feature = &table->features[table->feature_count++];
        *feature = (struct table_feature){.source = source};
        plan_feature(table, feature);
    }
    return (uint32_t)number;
}

// What judges want to know of a clause at a glance.
static void describe(const struct table_feature *feature, struct clause *clause)
{
    bool is_for_one = clause->op->reach == REACH_NODE || clause->op->reach == REACH_ELEMENT;
    clause->slot = feature->is_picked ? feature->slot : TAPE_NONE;
    clause->is_of_record = feature->source->origin == FEATURE_RESOURCE;
    clause->is_plain = feature->is_picked && is_for_one && clause->quantifier == QUANTIFIER_ALL;
    clause->when_missing = clause_judge_nothing(clause);
}

static struct quick quick_for(const struct clause *clause)
{
    bool is_for_quick = clause->slot != TAPE_NONE && clause->quantifier == QUANTIFIER_ALL;
    return is_for_quick ? quick_of(clause->op, &clause->operand)
                        : (struct quick){.kind = QUICK_NONE};
}

// Two clauses are the same when they give the same truth on every record.
static void add_clause(struct clause_table *table, struct clause *clause)
{
    struct buf key;
    bool is_new;
    clause->feature = number_feature(table, &clause->source);
    buf_init(&key, KEY_BYTES);
    (void)buf_append_format(&key, "%u:%s:%d:%d", clause->feature, clause->op->name,
                            (int)clause->quantifier, (int)clause->missing_is_insufficient);
    for (size_t i = 0; i < clause->operand.count; i++) {
        append_part(&key, clause->operand.values[i].text, clause->operand.values[i].len);
    }
    clause->number = (uint32_t)number_of(table->clause_numbers, &key, table->clause_count, &is_new);
    table->clause_count += is_new ? 1 : 0;
    table->features[clause->feature].clause_count += is_new ? 1 : 0;
    describe(&table->features[clause->feature], clause);
    table->added = mem_grow(table->added, &table->added_capacity, table->added_count + 1,
                            sizeof(struct clause *));
    table->added[table->added_count++] = clause;
}

static void add_clauses(struct clause_table *table, struct condition *condition)
{
    if (condition->clause != NULL) {
        add_clause(table, condition->clause);
    }
    for (size_t i = 0; i < condition->count; i++) {
        add_clauses(table, condition->children[i]);
    }
}

void clause_table_add(struct clause_table *table, struct condition *condition)
{
    table->conditions = mem_grow(table->conditions, &table->condition_capacity,
                                 table->condition_count + 1, sizeof(void *));
    table->conditions[table->condition_count++] = condition;
    add_clauses(table, condition);
}

// Until here clauses were numbered as they came; now those of one feature follow one another.
static void number_clauses(struct clause_table *table)
{
    uint32_t next = 0;
    for (size_t i = 0; i < table->feature_count; i++) {
        table->features[i].first_clause = next;
        next += table->features[i].clause_count;
        table->features[i].clause_count = 0;
    }
    table->clauses = mem_alloc(table->clause_count, sizeof(struct clause *));
    table->missing_truths = mem_alloc(table->clause_count, sizeof(*table->missing_truths));
    table->quicks = mem_alloc(table->clause_count, sizeof(*table->quicks));
    uint32_t *numbers = mem_alloc(table->clause_count, sizeof(*numbers));
    for (size_t i = 0; i < table->added_count; i++) {
        struct clause *clause = table->added[i];
        uint32_t *number = &numbers[clause->number];
        if (*number == 0) {
            struct table_feature *feature = &table->features[clause->feature];
            *number = 1 + feature->first_clause + feature->clause_count++;
            table->clauses[*number - 1] = clause;
            table->missing_truths[*number - 1] = (uint8_t)clause->when_missing;
            table->quicks[*number - 1] = quick_for(clause);
        }
        clause->number = *number - 1;
    }
    mem_free(&numbers);
    ENSURE(next == table->clause_count);
    for (size_t i = 0; i < table->added_count; i++) {
        struct clause *clause = table->added[i];
        clause->is_remembered = clause->slot != TAPE_NONE &&
                                memo_is_worth(table->features[clause->feature].clause_count);
    }
}

// Two groups are the same when they join the same parts.
static uint32_t slot_of_group(struct clause_table *table, bool is_and, const uint32_t *parts,
                              size_t count)
{
    struct buf key;
    bool is_new;
    buf_init(&key, KEY_BYTES);
    (void)buf_append_char(&key, is_and ? '&' : '|');
    for (size_t i = 0; i < count; i++) {
        (void)buf_append_format(&key, "%" PRIu32 ",", parts[i]);
    }
    size_t slot = number_of(table->group_slots, &key, clause_table_slots(table), &is_new);
    if (is_new) {
        table->groups = mem_grow(table->groups, &table->group_capacity, table->group_count + 1,
                                 sizeof(*table->groups));
        table->groups[table->group_count++] = (struct table_group){
            .is_and = is_and, .parts = mem_dup(parts, count * sizeof(*parts)), .count = count};
    }
    return (uint32_t)slot;
}

static void give_slot(struct clause_table *table, struct condition *condition)
{
    if (condition->clause != NULL) {
        bool is_picked = condition->clause->slot != TAPE_NONE;
        condition->slot = is_picked ? condition->clause->number : TRUTH_SLOT_NONE;
        return;
    }
    bool have_slots = true;
    uint32_t *parts = mem_alloc(condition->count, sizeof(*parts));
    for (size_t i = 0; i < condition->count; i++) {
        give_slot(table, condition->children[i]);
        parts[i] = condition->children[i]->slot;
        have_slots = have_slots && parts[i] != TRUTH_SLOT_NONE;
    }
    bool is_and = condition->group == GROUP_AND;
    condition->slot =
        have_slots ? slot_of_group(table, is_and, parts, condition->count) : TRUTH_SLOT_NONE;
    mem_free(&parts);
}

void clause_table_complete(struct clause_table *table)
{
    number_clauses(table);
    for (size_t i = 0; i < table->condition_count; i++) {
        give_slot(table, table->conditions[i]);
    }
}
