// SPDX-License-Identifier: MIT
//
// States are made in the order of the pattern, so a state without a target of its own goes on with
// the one behind it. At each place of the text the set of states reached is kept as a list without
// duplicates: that is what bounds a match (Thompson's construction and simulation).
#include "iregexp.h"

#include "base/limits.h"
#include "base/mem.h"
#include "iregexp_tree.h"
#include "unicode_category.h"
#include "utf8.h"

enum state_kind {
    STATE_SET,        // takes a character of the set
    STATE_FORK,       // goes on at `target` and behind
    STATE_JUMP,       // goes on at `target`
    STATE_TEXT_START, // goes on at the start of the text only
    STATE_TEXT_END,
    STATE_MATCH,
};

struct state {
    enum state_kind kind;
    uint32_t target; // STATE_SET: the number of the set
};

struct iregexp {
    struct iregexp_sets sets;
    struct state *states;
    size_t count;
    size_t capacity;
};

// ---- Making states ------------------------------------------------------------------------------

static const uint32_t NO_STATE = UINT32_MAX;

// False when the limit is reached; then nothing more is added, and the making ends soon.
static bool add_state(struct iregexp *regexp, enum state_kind kind, uint32_t target)
{
    if (regexp->count >= LIMIT_PATTERN_STATES) {
        return false;
    }
    regexp->states =
        mem_grow(regexp->states, &regexp->capacity, regexp->count + 1, sizeof(*regexp->states));
    regexp->states[regexp->count++] = (struct state){kind, target};
    return true;
}

static uint32_t next_state(const struct iregexp *regexp)
{
    return (uint32_t)regexp->count;
}

// Adds a state whose target is not known yet; those that will have the same one form a chain.
static bool add_open(struct iregexp *regexp, enum state_kind kind, uint32_t *chain)
{
    uint32_t earlier = *chain;
    *chain = next_state(regexp);
    return add_state(regexp, kind, earlier);
}

static void close_chain(struct iregexp *regexp, uint32_t chain)
{
    while (chain != NO_STATE) {
        uint32_t earlier = regexp->states[chain].target;
        regexp->states[chain].target = next_state(regexp);
        chain = earlier;
    }
}

static bool make_node(struct iregexp *regexp, const struct iregexp_node *node);

// Even the empty text makes a state, so that the limit bounds the making of (){9}{9}….
static bool make_empty(struct iregexp *regexp)
{
    return add_state(regexp, STATE_JUMP, next_state(regexp) + 1);
}

static bool make_sequence(struct iregexp *regexp, const struct iregexp_node *child)
{
    if (child == NULL) {
        return make_empty(regexp);
    }
    for (; child != NULL; child = child->next) {
        if (!make_node(regexp, child)) {
            return false;
        }
    }
    return true;
}

static bool make_alternatives(struct iregexp *regexp, const struct iregexp_node *child)
{
    uint32_t ends = NO_STATE;
    for (; child->next != NULL; child = child->next) {
        uint32_t fork = NO_STATE;
        if (!add_open(regexp, STATE_FORK, &fork) || !make_node(regexp, child) ||
            !add_open(regexp, STATE_JUMP, &ends)) {
            return false;
        }
        close_chain(regexp, fork);
    }
    if (!make_node(regexp, child)) {
        return false;
    }
    close_chain(regexp, ends);
    return true;
}

static bool make_star(struct iregexp *regexp, const struct iregexp_node *child)
{
    uint32_t first = next_state(regexp);
    uint32_t fork = NO_STATE;
    if (!add_open(regexp, STATE_FORK, &fork) || !make_node(regexp, child) ||
        !add_state(regexp, STATE_JUMP, first)) {
        return false;
    }
    close_chain(regexp, fork);
    return true;
}

static bool make_optional(struct iregexp *regexp, const struct iregexp_node *child, int count)
{
    uint32_t forks = NO_STATE;
    for (int i = 0; i < count; i++) {
        if (!add_open(regexp, STATE_FORK, &forks) || !make_node(regexp, child)) {
            return false;
        }
    }
    close_chain(regexp, forks);
    return true;
}

static bool make_repeat(struct iregexp *regexp, const struct iregexp_node *repeat)
{
    if (repeat->maximum == 0) {
        return make_empty(regexp);
    }
    for (int i = 0; i < repeat->minimum; i++) {
        if (!make_node(regexp, repeat->child)) {
            return false;
        }
    }
    return repeat->maximum == IREGEXP_UNBOUNDED
               ? make_star(regexp, repeat->child)
               : make_optional(regexp, repeat->child, repeat->maximum - repeat->minimum);
}

// The depth of groups bounds the recursion.
static bool make_node(struct iregexp *regexp, const struct iregexp_node *node)
{
    switch (node->kind) {
    case IREGEXP_SET:
        return add_state(regexp, STATE_SET, (uint32_t)node->set);
    case IREGEXP_TEXT_START:
        return add_state(regexp, STATE_TEXT_START, 0);
    case IREGEXP_TEXT_END:
        return add_state(regexp, STATE_TEXT_END, 0);
    case IREGEXP_SEQUENCE:
        return make_sequence(regexp, node->child);
    case IREGEXP_ALTERNATIVES:
        return make_alternatives(regexp, node->child);
    case IREGEXP_REPEAT:
        break;
    }
    return make_repeat(regexp, node);
}

enum err_kind iregexp_compile(const char *pattern, size_t len, struct iregexp **regexp_out,
                              struct err *err)
{
    struct iregexp *regexp = mem_alloc(1, sizeof(*regexp));
    struct iregexp_node *root = NULL;
    enum err_kind kind = iregexp_parse(pattern, len, &regexp->sets, &root, err);
    if (kind == ERR_OK && (!make_node(regexp, root) || !add_state(regexp, STATE_MATCH, 0))) {
        kind =
            err_set(err, ERR_LIMIT, "the pattern needs more than %d states", LIMIT_PATTERN_STATES);
    }
    iregexp_node_destroy(&root);
    if (kind != ERR_OK) {
        iregexp_destroy(&regexp);
        return kind;
    }
    *regexp_out = regexp;
    return ERR_OK;
}

void iregexp_destroy(struct iregexp **regexp)
{
    if (*regexp != NULL) {
        iregexp_sets_deinit(&(*regexp)->sets);
        mem_free(&(*regexp)->states);
        mem_free(regexp);
    }
}

size_t iregexp_state_count(const struct iregexp *regexp)
{
    return regexp->count;
}

// ---- Matching -----------------------------------------------------------------------------------

// The states that wait for a character at one place of the text.
struct state_list {
    uint32_t *items;
    size_t count;
};

struct match {
    const struct iregexp *regexp;
    const struct iregexp_subject *subject;
    const char *at;
    struct state_list here;
    struct state_list behind; // after the character at `at`
    uint32_t *pending;        // stack of states to follow; each is on it once a place
    const char **reached_at;  // per state: the last place where it was reached
    bool is_matched;          // STATE_MATCH was reached at the last place
    size_t steps;
};

static void push(struct match *match, size_t *depth, uint32_t state)
{
    if (match->reached_at[state] != match->at) {
        match->reached_at[state] = match->at;
        match->pending[(*depth)++] = state;
    }
}

// Adds the states reached from one without taking a character. match->at is the place.
static void follow(struct match *match, struct state_list *list, uint32_t first)
{
    const struct iregexp_subject *subject = match->subject;
    size_t depth = 0;
    push(match, &depth, first);
    while (depth > 0) {
        uint32_t at = match->pending[--depth];
        const struct state *state = &match->regexp->states[at];
        match->steps++;
        switch (state->kind) {
        case STATE_SET:
            list->items[list->count++] = at;
            break;
        case STATE_FORK:
            push(match, &depth, state->target);
            push(match, &depth, at + 1);
            break;
        case STATE_JUMP:
            push(match, &depth, state->target);
            break;
        case STATE_TEXT_START:
            if (match->at == subject->text) {
                push(match, &depth, at + 1);
            }
            break;
        case STATE_TEXT_END:
            if (match->at == subject->text + subject->len) {
                push(match, &depth, at + 1);
            }
            break;
        case STATE_MATCH:
            match->is_matched = true;
            break;
        }
    }
}

static bool set_has(const struct iregexp_sets *sets, uint32_t number, uint32_t code_point,
                    uint32_t category)
{
    const struct iregexp_set *set = &sets->sets[number];
    bool is_in = false;
    for (size_t i = 0; i < set->count && !is_in; i++) {
        const struct iregexp_item *item = &sets->items[set->first + i];
        is_in = item->categories != 0 ? (item->categories & category) != 0
                                      : code_point >= item->low && code_point <= item->high;
    }
    return is_in != set->is_negated;
}

// Takes the character at match->at.
static void advance(struct match *match)
{
    const struct iregexp_sets *sets = &match->regexp->sets;
    uint32_t code_point = utf8_next(&match->at, match->subject->text + match->subject->len);
    uint32_t category = sets->has_categories ? UINT32_C(1) << unicode_category_of(code_point) : 0;
    match->is_matched = false;
    match->behind.count = 0;
    for (size_t i = 0; i < match->here.count; i++) {
        uint32_t at = match->here.items[i];
        uint32_t set = match->regexp->states[at].target;
        match->steps += sets->sets[set].count;
        if (set_has(sets, set, code_point, category)) {
            follow(match, &match->behind, at + 1);
        }
    }
    if (!match->subject->is_whole) {
        follow(match, &match->behind, 0);
    }
    struct state_list here = match->here;
    match->here = match->behind;
    match->behind = here;
}

// Whether the answer is known at match->at.
static bool is_decided(const struct match *match)
{
    const struct iregexp_subject *subject = match->subject;
    return match->at == subject->text + subject->len || (match->is_matched && !subject->is_whole) ||
           (match->here.count == 0 && subject->is_whole);
}

static bool is_fitting(const struct match *match)
{
    const struct iregexp_subject *subject = match->subject;
    return match->is_matched && (!subject->is_whole || match->at == subject->text + subject->len);
}

enum err_kind iregexp_match(const struct iregexp *regexp, const struct iregexp_subject *subject,
                            size_t *steps_left, bool *is_match_out, struct err *err)
{
    size_t count = regexp->count;
    uint32_t *lists = mem_alloc(count, 3 * sizeof(*lists));
    struct match match = {.regexp = regexp,
                          .subject = subject,
                          .at = subject->text,
                          .here.items = lists,
                          .behind.items = lists + count,
                          .pending = lists + 2 * count,
                          .reached_at = mem_alloc(count, sizeof(*match.reached_at))};
    follow(&match, &match.here, 0);
    while (!is_decided(&match) && match.steps <= *steps_left) {
        advance(&match);
        match.steps++;
    }
    mem_free(&match.reached_at);
    mem_free(&lists);
    if (match.steps > *steps_left) {
        *steps_left = 0;
        return err_set(err, ERR_LIMIT, "matching the pattern takes too many steps");
    }
    *steps_left -= match.steps;
    *is_match_out = is_fitting(&match);
    return ERR_OK;
}
