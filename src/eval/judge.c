// SPDX-License-Identifier: MIT
#include "judge.h"

#include "base/mem.h"
#include "clause_tree.h"

void judge_cache_init(struct judge_cache *cache, const struct clause_table *table)
{
    *cache = (struct judge_cache){.table = table};
    cache->features = mem_alloc(table->feature_count, sizeof(*cache->features));
    cache->found = mem_alloc(table->feature_count, sizeof(*cache->found));
    cache->truths = mem_alloc(table->clause_count, sizeof(*cache->truths));
}

void judge_cache_deinit(struct judge_cache *cache)
{
    for (size_t i = 0; cache->table != NULL && i < cache->table->feature_count; i++) {
        feature_deinit(&cache->features[i].feature);
    }
    mem_free(&cache->features);
    mem_free(&cache->found);
    mem_free(&cache->truths);
}

void judge_cache_begin(struct judge_cache *cache, const uint32_t *picks)
{
    for (size_t i = 0; i < cache->found_count; i++) {
        cache->features[cache->found[i]].is_found = false;
    }
    cache->found_count = 0;
    cache->picks = picks;
    memset(cache->truths, 0, cache->table->clause_count);
}

static void find(struct judge_cache *cache, const struct table_feature *feature,
                 const struct subject *subject, struct feature *found)
{
    feature_begin(found, feature->source);
    if (feature->slot == TAPE_NONE) {
        feature_find(found, subject);
        return;
    }
    struct value root =
        feature->source->origin == FEATURE_RESOURCE ? subject->record : subject->configuration;
    struct value start = value_of_node(root.tape, cache->picks[feature->slot]);
    if (!value_exists(root) || !value_exists(start)) {
        return;
    }
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
    if (!known->is_found) {
        known->is_found = true;
        cache->found[cache->found_count++] = clause->feature;
        find(cache, &cache->table->features[clause->feature], &judge->subject, &known->feature);
    }
    return &known->feature;
}
