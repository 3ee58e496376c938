// SPDX-License-Identifier: MIT
//
// Makes the states of a pattern (Thompson's construction), and answers with what was made of it.
#include "iregexp.h"

#include "base/limits.h"
#include "base/mem.h"
#include "iregexp_dfa.h"
#include "iregexp_nfa.h"
#include "iregexp_tail.h"

struct iregexp {
    struct iregexp_nfa nfa;
    struct iregexp_dfa *whole; // tables; NULL for none
    struct iregexp_dfa *part;
    struct iregexp_tail tail; // its shortest may be less than it has to be
};

// ---- Making states ------------------------------------------------------------------------------

static const uint32_t NO_STATE = UINT32_MAX;

// False when the limit is reached; then nothing more is added, and the making ends soon.
static bool add_state(struct iregexp_nfa *nfa, enum iregexp_state_kind kind, uint32_t target)
{
    if (nfa->count >= LIMIT_PATTERN_STATES) {
        return false;
    }
    nfa->states = mem_grow(nfa->states, &nfa->capacity, nfa->count + 1, sizeof(*nfa->states));
    nfa->states[nfa->count++] = (struct iregexp_state){kind, target};
    return true;
}

static uint32_t next_state(const struct iregexp_nfa *nfa)
{
    return (uint32_t)nfa->count;
}

// Adds a state whose target is not known yet; those that will have the same one form a chain.
static bool add_open(struct iregexp_nfa *nfa, enum iregexp_state_kind kind, uint32_t *chain)
{
    uint32_t earlier = *chain;
    *chain = next_state(nfa);
    return add_state(nfa, kind, earlier);
}

static void close_chain(struct iregexp_nfa *nfa, uint32_t chain)
{
    while (chain != NO_STATE) {
        uint32_t earlier = nfa->states[chain].target;
        nfa->states[chain].target = next_state(nfa);
        chain = earlier;
    }
}

static bool make_node(struct iregexp_nfa *nfa, const struct iregexp_node *node);

// Even the empty text makes a state, so that the limit bounds the making of (){9}{9}….
static bool make_empty(struct iregexp_nfa *nfa)
{
    return add_state(nfa, IREGEXP_STATE_JUMP, next_state(nfa) + 1);
}

static bool make_sequence(struct iregexp_nfa *nfa, const struct iregexp_node *child)
{
    if (child == NULL) {
        return make_empty(nfa);
    }
    for (; child != NULL; child = child->next) {
        if (!make_node(nfa, child)) {
            return false;
        }
    }
    return true;
}

static bool make_alternatives(struct iregexp_nfa *nfa, const struct iregexp_node *child)
{
    uint32_t ends = NO_STATE;
    for (; child->next != NULL; child = child->next) {
        uint32_t fork = NO_STATE;
        if (!add_open(nfa, IREGEXP_STATE_FORK, &fork) || !make_node(nfa, child) ||
            !add_open(nfa, IREGEXP_STATE_JUMP, &ends)) {
            return false;
        }
        close_chain(nfa, fork);
    }
    if (!make_node(nfa, child)) {
        return false;
    }
    close_chain(nfa, ends);
    return true;
}

static bool make_star(struct iregexp_nfa *nfa, const struct iregexp_node *child)
{
    uint32_t first = next_state(nfa);
    uint32_t fork = NO_STATE;
    if (!add_open(nfa, IREGEXP_STATE_FORK, &fork) || !make_node(nfa, child) ||
        !add_state(nfa, IREGEXP_STATE_JUMP, first)) {
        return false;
    }
    close_chain(nfa, fork);
    return true;
}

static bool make_optional(struct iregexp_nfa *nfa, const struct iregexp_node *child, int count)
{
    uint32_t forks = NO_STATE;
    for (int i = 0; i < count; i++) {
        if (!add_open(nfa, IREGEXP_STATE_FORK, &forks) || !make_node(nfa, child)) {
            return false;
        }
    }
    close_chain(nfa, forks);
    return true;
}

static bool make_repeat(struct iregexp_nfa *nfa, const struct iregexp_node *repeat)
{
    if (repeat->maximum == 0) {
        return make_empty(nfa);
    }
    for (int i = 0; i < repeat->minimum; i++) {
        if (!make_node(nfa, repeat->child)) {
            return false;
        }
    }
    return repeat->maximum == IREGEXP_UNBOUNDED
               ? make_star(nfa, repeat->child)
               : make_optional(nfa, repeat->child, repeat->maximum - repeat->minimum);
}

// The depth of groups bounds the recursion.
static bool make_node(struct iregexp_nfa *nfa, const struct iregexp_node *node)
{
    switch (node->kind) {
    case IREGEXP_SET:
        return add_state(nfa, IREGEXP_STATE_SET, (uint32_t)node->set);
    case IREGEXP_TEXT_START:
        return add_state(nfa, IREGEXP_STATE_TEXT_START, 0);
    case IREGEXP_TEXT_END:
        return add_state(nfa, IREGEXP_STATE_TEXT_END, 0);
    case IREGEXP_SEQUENCE:
        return make_sequence(nfa, node->child);
    case IREGEXP_ALTERNATIVES:
        return make_alternatives(nfa, node->child);
    case IREGEXP_REPEAT:
        break;
    }
    return make_repeat(nfa, node);
}

static bool can_begin_later(const struct iregexp_nfa *nfa)
{
    struct iregexp_reach reach;
    iregexp_reach_init(&reach, nfa);
    iregexp_reach_move(&reach, false, true);
    iregexp_reach_add(&reach, 0);
    bool can = reach.waiting > 0 || reach.is_matched;
    iregexp_reach_deinit(&reach);
    return can;
}

// ---- The shortest match -------------------------------------------------------------------------

static size_t shortest_of(const struct iregexp_node *node);

static size_t shortest_sequence(const struct iregexp_node *child)
{
    size_t sum = 0;
    for (; child != NULL; child = child->next) {
        sum += shortest_of(child);
    }
    return sum;
}

static size_t shortest_alternative(const struct iregexp_node *child)
{
    size_t least = SIZE_MAX;
    for (; child != NULL; child = child->next) {
        size_t shortest = shortest_of(child);
        least = shortest < least ? shortest : least;
    }
    return least;
}

// In characters, each of which is a byte at least. There are as many states at least, so that no
// sum overflows once these are made. The depth of groups bounds the recursion.
static size_t shortest_of(const struct iregexp_node *node)
{
    switch (node->kind) {
    case IREGEXP_SET:
        return 1;
    case IREGEXP_TEXT_START:
    case IREGEXP_TEXT_END:
        return 0;
    case IREGEXP_SEQUENCE:
        return shortest_sequence(node->child);
    case IREGEXP_ALTERNATIVES:
        return shortest_alternative(node->child);
    case IREGEXP_REPEAT:
        break;
    }
    return node->minimum == 0 ? 0 : (size_t)node->minimum * shortest_of(node->child);
}

// ---- Patterns -----------------------------------------------------------------------------------

enum err_kind iregexp_compile(const char *pattern, size_t len, unsigned tables,
                              struct iregexp **regexp_out, struct err *err)
{
    struct iregexp *regexp = mem_alloc(1, sizeof(*regexp));
    struct iregexp_nfa *nfa = &regexp->nfa;
    struct iregexp_node *root = NULL;
    enum err_kind kind = iregexp_parse(pattern, len, &nfa->sets, &root, err);
    if (kind == ERR_OK && (!make_node(nfa, root) || !add_state(nfa, IREGEXP_STATE_MATCH, 0))) {
        kind =
            err_set(err, ERR_LIMIT, "the pattern needs more than %d states", LIMIT_PATTERN_STATES);
    }
    if (kind == ERR_OK) {
        regexp->tail = iregexp_tail_of(root, &nfa->sets);
        regexp->tail.shortest = (uint32_t)shortest_of(root); // LIMIT_PATTERN_STATES at most
    }
    iregexp_node_destroy(&root);
    if (kind != ERR_OK) {
        iregexp_destroy(&regexp);
        return kind;
    }
    nfa->can_begin_later = can_begin_later(nfa);
    regexp->whole = (tables & IREGEXP_TABLE_WHOLE) != 0 ? iregexp_dfa_create(nfa, true) : NULL;
    regexp->part = (tables & IREGEXP_TABLE_PART) != 0 ? iregexp_dfa_create(nfa, false) : NULL;
    *regexp_out = regexp;
    return ERR_OK;
}

void iregexp_destroy(struct iregexp **regexp)
{
    if (*regexp != NULL) {
        iregexp_dfa_destroy(&(*regexp)->whole);
        iregexp_dfa_destroy(&(*regexp)->part);
        iregexp_sets_deinit(&(*regexp)->nfa.sets);
        mem_free(&(*regexp)->nfa.states);
        mem_free(regexp);
    }
}

struct iregexp_tail iregexp_tail(const struct iregexp *regexp)
{
    return regexp->tail;
}

size_t iregexp_state_count(const struct iregexp *regexp)
{
    return regexp->nfa.count;
}

static const struct iregexp_dfa *table_of(const struct iregexp *regexp, bool is_whole)
{
    return is_whole ? regexp->whole : regexp->part;
}

size_t iregexp_table_state_count(const struct iregexp *regexp, bool is_whole)
{
    const struct iregexp_dfa *table = table_of(regexp, is_whole);
    return table == NULL ? 0 : iregexp_dfa_state_count(table);
}

enum err_kind iregexp_match(const struct iregexp *regexp, const struct iregexp_subject *subject,
                            size_t *steps_left, bool *is_match_out, struct err *err)
{
    const struct iregexp_dfa *table = table_of(regexp, subject->is_whole);
    struct iregexp_answer answer = {.steps = 1};
    if (!iregexp_tail_fits(&regexp->tail, subject->text, subject->len)) {
        answer.is_match = false;
    } else if (table == NULL || !iregexp_dfa_match(table, subject, *steps_left, &answer)) {
        answer = iregexp_nfa_match(&regexp->nfa, subject, *steps_left);
    }
    if (answer.steps > *steps_left) {
        *steps_left = 0;
        return err_set(err, ERR_LIMIT, "matching the pattern takes too many steps");
    }
    *steps_left -= answer.steps;
    *is_match_out = answer.is_match;
    return ERR_OK;
}
