// SPDX-License-Identifier: MIT
#include "judge.h"

#include "base/mem.h"
#include "clause_tree.h"

void judge_cache_init(struct judge_cache *cache, const struct clause_table *table)
{
    *cache = (struct judge_cache){.table = table};
    cache->features = mem_alloc(table->feature_count, sizeof(*cache->features));
    cache->truths = mem_alloc(clause_table_slots(table), sizeof(*cache->truths));
    cache->memos = mem_alloc(table->feature_count, sizeof(*cache->memos));
    for (size_t i = 0; i < table->feature_count; i++) {
        cache->memos[i].clauses = table->features[i].clause_count;
    }
}

void judge_cache_deinit(struct judge_cache *cache)
{
    for (size_t i = 0; cache->table != NULL && i < cache->table->feature_count; i++) {
        feature_deinit(&cache->features[i].feature);
        memo_deinit(&cache->memos[i]);
    }
    mem_free(&cache->features);
    mem_free(&cache->truths);
    mem_free(&cache->memos);
}

// Epoch 0 is that of features that were never found.
static void forget_all(struct judge_cache *cache)
{
    for (size_t i = 0; i < cache->table->feature_count; i++) {
        cache->features[i].memorised = 0;
        cache->features[i].taken = 0;
        cache->features[i].found = 0;
    }
    cache->epoch = 1;
}

void judge_cache_begin(struct judge_cache *cache, const uint32_t *picks)
{
    cache->epoch++;
    if (cache->epoch == 0) {
        forget_all(cache);
    }
    cache->picks = picks;
    memset(cache->truths, 0, clause_table_slots(cache->table));
}

static struct value root_of(const struct table_feature *feature, const struct subject *subject)
{
    return feature->source->origin == FEATURE_RESOURCE ? subject->record : subject->configuration;
}

// Nothing when there is no value, or no document to look in.
static struct value picked_value(const struct judge *judge, const struct table_feature *feature)
{
    struct value root = root_of(feature, &judge->subject);
    return root.tape == NULL ? root : value_of_node(root.tape, judge->cache->picks[feature->slot]);
}

static void find(const struct judge *judge, const struct table_feature *feature,
                 struct feature *found)
{
    feature_begin(found, feature->source);
    if (feature->slot == TAPE_NONE) {
        feature_find(found, &judge->subject);
        return;
    }
    struct value start = picked_value(judge, feature);
    if (!value_exists(start)) {
        return;
    }
    struct value root = root_of(feature, &judge->subject);
    if (feature->is_picked) {
        feature_take(found, root, start);
    } else {
        feature_find_from(found, root, start);
    }
}

const struct feature *judge_feature(const struct judge *judge, const struct clause *clause,
                                    struct feature *own)
{
    struct judge_cache *cache = judge->cache;
    if (cache == NULL) {
        feature_begin(own, &clause->source);
        feature_find(own, &judge->subject);
        return own;
    }
    struct judge_feature *known = &cache->features[clause->feature];
    if (known->found != cache->epoch) {
        known->found = cache->epoch;
        find(judge, &cache->table->features[clause->feature], &known->feature);
    }
    return &known->feature;
}

// No value at all is a kind of its own.
static struct memo_value memo_value_of(const struct judge *judge,
                                       const struct table_feature *feature)
{
    static const uint32_t NO_VALUE = TAPE_KIND_MASK + 1;
    struct value value = picked_value(judge, feature);
    if (value.tape == NULL) { // what is remembered is of records on tapes
        return (struct memo_value){.kind = NO_VALUE, .bytes = span_of("")};
    }
    return (struct memo_value){.kind = tape_kind(value.tape, value.node),
                               .bytes = tape_text(value.tape, value.node)};
}

// The value of a picked feature; NULL when there is none.
static struct actual *take(const struct judge *judge, uint32_t number)
{
    struct judge_cache *cache = judge->cache;
    struct judge_feature *known = &cache->features[number];
    if (known->taken != cache->epoch) {
        struct value value = picked_value(judge, &cache->table->features[number]);
        known->taken = cache->epoch;
        known->exists = value_exists(value);
        if (known->exists) {
            actual_take(&known->actual, value);
        }
    }
    return known->exists ? &known->actual : NULL;
}

static enum truth judge_plain(const struct judge *judge, const struct clause *clause)
{
    struct actual *actual = take(judge, clause->feature);
    if (actual == NULL || actual->kind == VALUE_NULL) {
        return clause->when_missing;
    }
    if (actual->kind == VALUE_ARRAY && clause->op->reach == REACH_ELEMENT) {
        return clause_judge_anew(clause, judge);
    }
    return clause_judge_value(clause, actual, judge->subject.as_of_ms);
}

static enum truth judge_new(const struct judge *judge, const struct clause *clause)
{
    return clause->is_plain ? judge_plain(judge, clause) : clause_judge_anew(clause, judge);
}

// One clause of several on a value.
static enum truth judge_with_look(const struct judge *judge, uint32_t number, struct value value,
                                  struct look *look)
{
    const struct clause_table *table = judge->cache->table;
    const struct quick *quick = &table->quicks[number];
    enum truth truth;
    if (quick->kind == QUICK_NONE || !quick_judge(quick, value.tape, value.node, look, &truth)) {
        truth = judge_new(judge, table->clauses[number]);
    }
    return truth;
}

// Judges all clauses of a value that may come again.
static void judge_for_memo(const struct judge *judge, const struct table_feature *feature,
                           struct memo *memo, struct memo_value value)
{
    struct judge_cache *cache = judge->cache;
    struct value picked = picked_value(judge, feature);
    uint8_t *truths = cache->truths + feature->first_clause;
    struct look look = {0};
    for (uint32_t i = 0; i < feature->clause_count; i++) {
        uint32_t number = feature->first_clause + i;
        truths[i] =
            (uint8_t)(1 + (value_exists(picked) ? judge_with_look(judge, number, picked, &look)
                                                : cache->table->missing_truths[number]));
    }
    memo_keep(memo, value, truths);
}

// Takes the truths of a picked value from the memo, or into it; or leaves both alone.
static void remember(const struct judge *judge, uint32_t number)
{
    struct judge_cache *cache = judge->cache;
    const struct table_feature *feature = &cache->table->features[number];
    struct memo *memo = &cache->memos[number];
    cache->features[number].memorised = cache->epoch;
    struct memo_value value = memo_value_of(judge, feature);
    const uint8_t *truths = memo_find(memo, value);
    if (truths != NULL) {
        memcpy(cache->truths + feature->first_clause, truths, feature->clause_count);
    } else if (memo_wants(memo, value)) {
        judge_for_memo(judge, feature, memo, value);
    }
}

// By a look at the tape, when that suffices.
static bool judge_quickly(const struct judge *judge, const struct clause *clause,
                          enum truth *truth_out)
{
    const struct quick *quick = &judge->cache->table->quicks[clause->number];
    if (quick->kind == QUICK_NONE) {
        return false;
    }
    const struct subject *subject = &judge->subject;
    const struct tape *tape =
        clause->is_of_record ? subject->record.tape : subject->configuration.tape;
    uint32_t node = judge->cache->picks[clause->slot];
    return node != TAPE_NONE && quick_judge(quick, tape, node, NULL, truth_out);
}

enum truth judge_clause(const struct judge *judge, const struct clause *clause)
{
    struct judge_cache *cache = judge->cache;
    uint8_t *known = &cache->truths[clause->number];
    enum truth truth;
    if (*known != 0) {
        return (enum truth)(*known - 1);
    }
    if (clause->is_remembered && cache->features[clause->feature].memorised != cache->epoch) {
        remember(judge, clause->feature);
        if (*known != 0) {
            return (enum truth)(*known - 1);
        }
    }
    if (!judge_quickly(judge, clause, &truth)) {
        truth = judge_new(judge, clause);
    }
    *known = (uint8_t)(1 + truth);
    return truth;
}

static void settle_missing(const struct judge *judge, const struct judge_group *group)
{
    struct judge_cache *cache = judge->cache;
    for (size_t i = 0; i < group->count; i++) {
        uint32_t clause = group->clauses[i];
        cache->truths[clause] = (uint8_t)(1 + cache->table->missing_truths[clause]);
    }
}

// A part of a group and a value for it.
struct settling {
    const struct judge *judge;
    const struct judge_group *group;
    struct value value;
    struct quick_seen seen;
    struct look look;
};

static void settle_each(struct settling *settling, size_t from, size_t to)
{
    const struct judge *judge = settling->judge;
    for (size_t i = from; i < to; i++) {
        uint32_t clause = settling->group->clauses[i];
        judge->cache->truths[clause] =
            (uint8_t)(1 + judge_with_look(judge, clause, settling->value, &settling->look));
    }
}

static bool is_missed(const struct quick_glance *glance, const struct quick_seen *seen)
{
    return (glance->bits & ~seen->bits) != 0 ||
           !iregexp_tail_fits(&glance->tail, seen->text.bytes, seen->text.len);
}

// Those that may be satisfied are judged; most cannot.
static void sift(struct settling *settling, size_t from, size_t to)
{
    const struct judge_group *group = settling->group;
    uint8_t *truths = settling->judge->cache->truths;
    for (size_t i = from; i < to; i++) {
        const struct quick_glance *glance = &group->glances[i];
        if (is_missed(glance, &settling->seen)) {
            truths[group->clauses[i]] = glance->truths[0];
        } else {
            settle_each(settling, i, i + 1);
        }
    }
}

static void place(const struct settling *settling, size_t from, size_t to)
{
    const struct judge_group *group = settling->group;
    const int64_t integer = settling->seen.integer;
    uint8_t *truths = settling->judge->cache->truths;
    size_t i = from;
    for (; i < to && group->glances[i].integer < integer; i++) {
        truths[group->clauses[i]] = group->glances[i].truths[QUICK_GREATER];
    }
    for (; i < to && group->glances[i].integer == integer; i++) {
        truths[group->clauses[i]] = group->glances[i].truths[QUICK_EQUAL];
    }
    for (; i < to; i++) {
        truths[group->clauses[i]] = group->glances[i].truths[QUICK_LESS];
    }
}

static void settle_value(const struct judge *judge, const struct judge_group *group,
                         struct value value)
{
    struct settling settling = {.judge = judge, .group = group, .value = value};
    const size_t texts = group->of_texts;
    const size_t lists = texts + group->of_lists;
    const size_t integers = lists + group->of_integers;
    if (integers > 0) {
        settling.seen = quick_look(value.tape, value.node, &settling.look);
    }
    const enum quick_sieve sieve = settling.seen.sieve;
    if (sieve == QUICK_SIEVE_TEXT) {
        sift(&settling, 0, texts);
        settle_each(&settling, texts, group->count);
    } else if (sieve == QUICK_SIEVE_LIST) {
        sift(&settling, texts, lists);
        settle_each(&settling, 0, texts);
        settle_each(&settling, lists, group->count);
    } else if (sieve == QUICK_SIEVE_INTEGER) {
        place(&settling, lists, integers);
        settle_each(&settling, 0, lists);
        settle_each(&settling, integers, group->count);
    } else {
        settle_each(&settling, 0, group->count);
    }
}

void judge_settle(const struct judge *judge, const struct judge_group *group)
{
    struct judge_cache *cache = judge->cache;
    const struct table_feature *about = &cache->table->features[group->feature];
    struct value value = picked_value(judge, about);
    if (!value_exists(value)) {
        settle_missing(judge, group);
        return;
    }
    if (memo_is_worth(about->clause_count)) {
        remember(judge, group->feature);
        if (cache->truths[group->clauses[0]] != 0) {
            return;
        }
    }
    settle_value(judge, group, value);
}

const char *judge_property(const struct judge *judge, const struct clause *clause)
{
    return judge->cache == NULL ? NULL : judge->cache->table->features[clause->feature].property;
}
