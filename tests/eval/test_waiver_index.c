// SPDX-License-Identifier: MIT
//
// Which waiver excuses a finding, against a look at each waiver in the order of the file.
#include "waiver_index.h"

#include "base/check.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/pattern.h"
#include "invent.h"
#include "world.h"

#include <criterion/criterion.h>

static struct waiver WAIVERS[] = {
    {.id = "w-pattern", .rule = "net.*", .resource = "i-?", .from_ms = 1000, .until_ms = 2000},
    {.id = "w-exact", .rule = "net.open", .resource = "i-1", .from_ms = 0, .until_ms = 3000},
    {.id = "w-all", .rule = "disk", .resource = "*", .from_ms = 0, .until_ms = 5000},
};
static const struct waiver_set SET = {.items = WAIVERS, .count = ARRAY_LEN(WAIVERS)};

Test(waiver_index, finds_the_first_in_force_that_fits)
{
    static const struct {
        const char *rule;
        const char *resource;
        int64_t as_of_ms;
        const char *waiver; // NULL: none
    } CASES[] = {
        {"net.open", "i-1", 1500, "w-pattern"},
        {"net.open", "i-1", 999, "w-exact"},    // the first is not in force yet
        {"net.open", "i-1", 1000, "w-pattern"}, // from: in force
        {"net.open", "i-1", 1999, "w-pattern"},
        {"net.open", "i-1", 2000, "w-exact"}, // until: lapsed
        {"net.open", "i-1", 2999, "w-exact"}, // until - 1
        {"net.open", "i-1", 3000, NULL},      // until
        {"net.open", "i-1", 3000 + 1000, NULL},
        {"net.open", "i-22", 1500, NULL},
        {"net.closed", "i-2", 1500, "w-pattern"},
        {"disk", "anything", 0, "w-all"},
        {"disks", "anything", 0, NULL},
        {"Disk", "anything", 0, NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        struct waiver_index *index = waiver_index_create(&SET, CASES[i].as_of_ms);
        const struct waiver *waiver =
            waiver_index_find(index, CASES[i].rule, span_of(CASES[i].resource));
        if (CASES[i].waiver == NULL) {
            cr_expect_null(waiver, "%s %s %lld", CASES[i].rule, CASES[i].resource,
                           (long long)CASES[i].as_of_ms);
        } else {
            cr_assert_not_null(waiver, "%s %s %lld", CASES[i].rule, CASES[i].resource,
                               (long long)CASES[i].as_of_ms);
            cr_expect_str_eq(waiver->id, CASES[i].waiver);
        }
        waiver_index_destroy(&index);
    }
}

Test(waiver_index, finds_none_where_there_are_none)
{
    struct waiver_index *index = waiver_index_create(NULL, 0);
    cr_expect_null(waiver_index_find(index, "disk", span_of("i")));
    waiver_index_destroy(&index);
}

// ---- against a look at each

static const struct waiver *look_at_each(const struct waiver_set *waivers, const char *rule_id,
                                         const char *resource_id, int64_t as_of_ms)
{
    for (size_t i = 0; i < waivers->count; i++) {
        const struct waiver *waiver = &waivers->items[i];
        if (waiver_state_at(waiver, as_of_ms) == WAIVER_IN_FORCE &&
            pattern_matches(waiver->rule, span_of(rule_id)) &&
            pattern_matches(waiver->resource, span_of(resource_id))) {
            return waiver;
        }
    }
    return NULL;
}

static const char *const IDS[] = {"a", "ab", "abc", "b", "ba", "", "\xc3\xa9", "a b"};
static const char *const PATTERNS[] = {"*", "a*", "?", "*b", "??", "b?*", "c*"};

// Exact or a pattern.
static const char *invent_name(struct chance *chance)
{
    bool is_exact = chance_below(chance, 3) > 0;
    return is_exact ? IDS[chance_below(chance, (uint32_t)ARRAY_LEN(IDS))]
                    : PATTERNS[chance_below(chance, (uint32_t)ARRAY_LEN(PATTERNS))];
}

static void compare_set(const struct waiver_set *waivers)
{
    enum { AS_OF_MS = 5 };
    struct waiver_index *index = waiver_index_create(waivers, AS_OF_MS);
    for (size_t i = 0; i < ARRAY_LEN(IDS); i++) {
        for (size_t j = 0; j < ARRAY_LEN(IDS); j++) {
            cr_expect_eq(waiver_index_find(index, IDS[i], span_of(IDS[j])),
                         look_at_each(waivers, IDS[i], IDS[j], AS_OF_MS), "\"%s\" on \"%s\"",
                         IDS[i], IDS[j]);
        }
    }
    waiver_index_destroy(&index);
}

Test(waiver_index, finds_what_a_look_at_each_finds)
{
    enum { WORLDS = 500, WAIVERS_MAX = 40 };
    struct chance chance = {.state = 3};
    for (size_t world = 0; world < WORLDS; world++) {
        struct waiver items[WAIVERS_MAX] = {0};
        const size_t count = chance_below(&chance, WAIVERS_MAX + 1);
        for (size_t i = 0; i < count; i++) {
            items[i].rule = mem_text(invent_name(&chance));
            items[i].resource = mem_text(invent_name(&chance));
            items[i].from_ms = (int64_t)chance_below(&chance, 7);
            items[i].until_ms = items[i].from_ms + 1 + (int64_t)chance_below(&chance, 9);
        }
        compare_set(&(struct waiver_set){.items = items, .count = count});
        for (size_t i = 0; i < count; i++) {
            mem_free(&items[i].rule);
            mem_free(&items[i].resource);
        }
    }
}

// ---- many of them

enum { TEXT_BYTES = 64 * 1024 * 1024, LINES = 20000 };

static char *many_waivers(void)
{
    struct buf out;
    buf_init(&out, TEXT_BYTES);
    for (size_t i = 0; i < LIMIT_WAIVERS; i++) {
        (void)buf_append_format(&out,
                                "%s{'id':'w%zu','rule':'r','resource':'i-%zu','reason':'r',"
                                "'approver':'a','until':'2030-01-01'}",
                                i == 0 ? "" : ",", i, i);
    }
    return buf_take(&out);
}

static char *many_lines(void)
{
    struct buf out;
    buf_init(&out, TEXT_BYTES);
    for (size_t i = 0; i < LINES; i++) {
        (void)buf_append_format(
            &out, "{'resourceId':'i-%zu','resourceType':'t','configuration':{'v':1}}\n",
            i + LIMIT_WAIVERS - LINES / 2);
    }
    return buf_take(&out);
}

// Each finding would be held against a hundred thousand waivers.
Test(waiver_index, takes_no_time_for_many_waivers, .timeout = 60)
{
    static const char PACK[] =
        "{'uuid':'p','name':'P','spec_catalog_vo_list':[{'uuid':'c','root':'p','parent':'p',"
        "'serial_number':1,'level_number':0,'is_leaf':true,'check_items':[{'uuid':'a','name':'A'}]"
        "}]}";
    static const char *const RULES[] = {
        "{'id':'r','checkItems':[{'uuid':'a'}],'resourceTypes':['t'],'condition':{'featureSource':"
        "'CONFIGURATION','featurePath':'$.v','operator':'Equals','desired':2}}",
        NULL};
    char *waivers = many_waivers();
    char *lines = many_lines();
    struct world world;
    world_init(&world, &(struct world_text){.pack = PACK,
                                            .rules = RULES,
                                            .waivers = waivers,
                                            .as_of_ms = INT64_C(1790000000000)});
    struct eval_lane *lane = world_run(&world, lines, 1);
    struct eval_counts counts;
    evaluator_count(world.evaluator, lane, &counts);
    cr_expect_eq(counts.rules[0].of[OUTCOME_IGNORED], LINES / 2);
    cr_expect_eq(counts.rules[0].of[OUTCOME_NON_COMPLIANT], LINES / 2);
    eval_counts_deinit(&counts);
    eval_lane_destroy(&lane);
    world_deinit(&world);
    mem_free(&waivers);
    mem_free(&lines);
}
