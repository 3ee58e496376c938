// SPDX-License-Identifier: MIT
//
// The nondeterministic automaton of an I-Regexp, and the states that it reaches at one place of a
// text. States are in the order of the pattern, so a state without a target of its own goes on with
// the one behind it. Thread: an automaton is read-only once made; the rest is its owner's.
#pragma once

#include "iregexp.h"
#include "iregexp_tree.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum iregexp_state_kind {
    IREGEXP_STATE_SET,        // takes a character of the set
    IREGEXP_STATE_FORK,       // goes on at `target` and behind
    IREGEXP_STATE_JUMP,       // goes on at `target`
    IREGEXP_STATE_TEXT_START, // goes on at the start of the text only
    IREGEXP_STATE_TEXT_END,
    IREGEXP_STATE_MATCH,
};

struct iregexp_state {
    enum iregexp_state_kind kind;
    uint32_t target; // IREGEXP_STATE_SET: the number of the set
};

struct iregexp_nfa {
    struct iregexp_sets sets;
    struct iregexp_state *states;
    size_t count;
    size_t capacity;
    // Behind the start of a text a match can still begin: not so for ^a.
    bool can_begin_later;
};

// The states reached at one place of a text, each once, which bounds a match (Thompson's
// simulation).
struct iregexp_reach {
    const struct iregexp_nfa *nfa; // borrowed
    uint32_t *states;              // in the order in which they were reached
    size_t count;
    size_t waiting;       // how many of them take a character
    bool is_matched;      // IREGEXP_STATE_MATCH is among them
    bool is_start;        // the place is the start of the text
    bool is_end;          // and its end; both may be
    uint32_t *last_place; // per state: the number of the last place where it was reached
    uint32_t place;       // from 1
};

void iregexp_reach_init(struct iregexp_reach *reach, const struct iregexp_nfa *nfa);
void iregexp_reach_deinit(struct iregexp_reach *reach);

// Goes to another place, where nothing is reached yet. At most UINT32_MAX - 1 times.
void iregexp_reach_move(struct iregexp_reach *reach, bool is_start, bool is_end);
// Adds a state and all that it reaches at this place without taking a character.
void iregexp_reach_add(struct iregexp_reach *reach, uint32_t state);

// Whether a set has the character. `category` is a bit (1 << unicode_category_of), looked at only
// when the sets have categories.
bool iregexp_set_has(const struct iregexp_sets *sets, uint32_t set, uint32_t code_point,
                     uint32_t category);

// What a match comes to. When the steps are more than were allowed, that is all that is said.
struct iregexp_answer {
    bool is_match;
    size_t steps;
};

// Matches by following the states side by side.
struct iregexp_answer iregexp_nfa_match(const struct iregexp_nfa *nfa,
                                        const struct iregexp_subject *subject, size_t steps_max);
