// SPDX-License-Identifier: MIT
#include "iregexp_nfa.h"

#include "base/check.h"
#include "base/mem.h"
#include "unicode_category.h"
#include "utf8.h"

void iregexp_reach_init(struct iregexp_reach *reach, const struct iregexp_nfa *nfa)
{
    *reach = (struct iregexp_reach){
        .nfa = nfa,
        .states = mem_alloc(nfa->count, sizeof(*reach->states)),
        .last_place = mem_alloc(nfa->count, sizeof(*reach->last_place)),
    };
}

void iregexp_reach_deinit(struct iregexp_reach *reach)
{
    mem_free(&reach->states);
    mem_free(&reach->last_place);
}

void iregexp_reach_move(struct iregexp_reach *reach, bool is_start, bool is_end)
{
    REQUIRE(reach->place < UINT32_MAX);
    reach->place++;
    reach->is_start = is_start;
    reach->is_end = is_end;
    reach->count = 0;
    reach->waiting = 0;
    reach->is_matched = false;
}

static void add(struct iregexp_reach *reach, uint32_t state)
{
    if (reach->last_place[state] != reach->place) {
        reach->last_place[state] = reach->place;
        reach->states[reach->count++] = state;
    }
}

// The list of states is the queue of those to go on from, too.
void iregexp_reach_add(struct iregexp_reach *reach, uint32_t state)
{
    size_t next = reach->count;
    add(reach, state);
    for (; next < reach->count; next++) {
        uint32_t at = reach->states[next];
        const struct iregexp_state *found = &reach->nfa->states[at];
        switch (found->kind) {
        case IREGEXP_STATE_SET:
            reach->waiting++;
            break;
        case IREGEXP_STATE_FORK:
            add(reach, found->target);
            add(reach, at + 1);
            break;
        case IREGEXP_STATE_JUMP:
            add(reach, found->target);
            break;
        case IREGEXP_STATE_TEXT_START:
            if (reach->is_start) {
                add(reach, at + 1);
            }
            break;
        case IREGEXP_STATE_TEXT_END:
            if (reach->is_end) {
                add(reach, at + 1);
            }
            break;
        case IREGEXP_STATE_MATCH:
            reach->is_matched = true;
            break;
        }
    }
}

bool iregexp_set_has(const struct iregexp_sets *sets, uint32_t set, uint32_t code_point,
                     uint32_t category)
{
    const struct iregexp_set *found = &sets->sets[set];
    bool is_in = false;
    for (size_t i = 0; i < found->count && !is_in; i++) {
        const struct iregexp_item *item = &sets->items[found->first + i];
        is_in = item->categories != 0 ? (item->categories & category) != 0
                                      : code_point >= item->low && code_point <= item->high;
    }
    return is_in != found->is_negated;
}

struct match {
    const struct iregexp_subject *subject;
    const char *at;
    struct iregexp_reach reach; // at `at`
    uint32_t *earlier;          // room for the states of the place before
    size_t steps;
};

// Takes the character at match->at.
static void advance(struct match *match)
{
    struct iregexp_reach *reach = &match->reach;
    const struct iregexp_sets *sets = &reach->nfa->sets;
    const char *end = match->subject->text + match->subject->len;
    uint32_t code_point = utf8_next(&match->at, end);
    uint32_t category = sets->has_categories ? UINT32_C(1) << unicode_category_of(code_point) : 0;
    uint32_t *earlier = reach->states;
    size_t earlier_count = reach->count;
    reach->states = match->earlier;
    match->earlier = earlier;
    iregexp_reach_move(reach, false, match->at == end);
    for (size_t i = 0; i < earlier_count; i++) {
        const struct iregexp_state *state = &reach->nfa->states[earlier[i]];
        if (state->kind != IREGEXP_STATE_SET) {
            continue;
        }
        match->steps += sets->sets[state->target].count;
        if (iregexp_set_has(sets, state->target, code_point, category)) {
            iregexp_reach_add(reach, earlier[i] + 1);
        }
    }
    if (!match->subject->is_whole) {
        iregexp_reach_add(reach, 0);
    }
    match->steps += reach->count + 1;
}

// Whether the answer is known at match->at.
static bool is_decided(const struct match *match)
{
    const struct iregexp_reach *reach = &match->reach;
    bool is_whole = match->subject->is_whole;
    return reach->is_end || (reach->is_matched && !is_whole) ||
           (reach->waiting == 0 && (is_whole || !reach->nfa->can_begin_later));
}

struct iregexp_answer iregexp_nfa_match(const struct iregexp_nfa *nfa,
                                        const struct iregexp_subject *subject, size_t steps_max)
{
    struct match match = {.subject = subject, .at = subject->text};
    iregexp_reach_init(&match.reach, nfa);
    match.earlier = mem_alloc(nfa->count, sizeof(*match.earlier));
    iregexp_reach_move(&match.reach, true, subject->len == 0);
    iregexp_reach_add(&match.reach, 0);
    match.steps = match.reach.count;
    while (!is_decided(&match) && match.steps <= steps_max) {
        advance(&match);
    }
    struct iregexp_answer answer = {
        .is_match = match.reach.is_matched && (match.reach.is_end || !subject->is_whole),
        .steps = match.steps,
    };
    mem_free(&match.earlier);
    iregexp_reach_deinit(&match.reach);
    return answer;
}
