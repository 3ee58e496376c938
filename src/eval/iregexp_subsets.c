// SPDX-License-Identifier: MIT
//
// Sets of states are bits in words of 64, so that a step of the construction is a few operations on
// whole words: which states take a character of a class, and what is reached behind these.
#include "iregexp_subsets.h"

#include "base/check.h"
#include "base/limits.h"
#include "base/mem.h"
#include "unicode_category.h"

#include <string.h>

#define NO_SUBSET UINT16_MAX
enum { WORD_BITS = 64, SLOTS = 4096 };
_Static_assert(LIMIT_PATTERN_DFA_STATES < NO_SUBSET, "numbers of subsets have 16 bits");
_Static_assert(LIMIT_PATTERN_DFA_STATES * 2 <= SLOTS, "slots stay free");

struct construction {
    const struct iregexp_nfa *nfa;
    bool is_whole;
    size_t work_left;
    struct iregexp_reach reach;
    struct iregexp_subsets found;
    size_t items_capacity;
    size_t targets_capacity;
    uint8_t examples[IREGEXP_ASCII]; // a character of each class
    uint64_t (*chars)[2];            // per set of the pattern: the ASCII characters that it has
    uint64_t (*classes)[2];          // and the classes
    size_t words;                    // of a set of states
    uint64_t *waiting;               // the states that take a character
    uint64_t *takes;                 // per class: those that take its characters
    uint64_t *behind;                // per state: what is reached when it took a character
    uint64_t *again;                 // what a search reaches at every place
    uint64_t *bits;                  // per subset: its states
    size_t bits_capacity;
    uint16_t rest;         // the subset behind characters that no state takes; 0: not known yet
    uint16_t slots[SLOTS]; // numbers of subsets by hash, 0 for none
};

static bool spend(struct construction *making, size_t work)
{
    bool is_left = work <= making->work_left;
    making->work_left -= is_left ? work : making->work_left;
    return is_left;
}

static void set_bit(uint64_t *bits, size_t at)
{
    bits[at / WORD_BITS] |= UINT64_C(1) << at % WORD_BITS;
}

static bool has_bit(const uint64_t *bits, size_t at)
{
    return (bits[at / WORD_BITS] >> at % WORD_BITS & 1) != 0;
}

// Takes the lowest bit of a word that is not 0.
static size_t take_bit(uint64_t *word)
{
    size_t at = (size_t)__builtin_ctzll(*word);
    *word &= *word - 1;
    return at;
}

static uint64_t *bits_of(const struct construction *making, size_t number)
{
    return making->bits + number * making->words;
}

// ---- Classes of characters ----------------------------------------------------------------------

// False when the work is used up.
static bool find_characters(struct construction *making)
{
    const struct iregexp_sets *sets = &making->nfa->sets;
    if (!spend(making, IREGEXP_ASCII * sets->item_count)) {
        return false;
    }
    making->chars = mem_alloc(sets->count, sizeof(*making->chars));
    for (uint32_t c = 0; c < IREGEXP_ASCII; c++) {
        uint32_t category = UINT32_C(1) << unicode_category_of(c);
        for (uint32_t set = 0; set < sets->count; set++) {
            if (iregexp_set_has(sets, set, c, category)) {
                set_bit(making->chars[set], c);
            }
        }
    }
    return true;
}

// Splits each class by whether its characters are in a set.
static void split_classes(struct construction *making, const uint64_t *chars)
{
    enum { NO_CLASS = IREGEXP_ASCII };
    uint8_t parts[IREGEXP_ASCII][2]; // per class: the class of those that are out, and in
    memset(parts, NO_CLASS, sizeof(parts));
    making->found.class_count = 0;
    for (size_t c = 0; c < IREGEXP_ASCII; c++) {
        uint8_t *part = &parts[making->found.class_of[c]][has_bit(chars, c)];
        if (*part == NO_CLASS) {
            making->examples[making->found.class_count] = (uint8_t)c;
            *part = (uint8_t)making->found.class_count++;
        }
        making->found.class_of[c] = *part;
    }
}

static void find_classes(struct construction *making)
{
    size_t sets = making->nfa->sets.count;
    making->found.class_count = 1;
    for (size_t set = 0; set < sets && making->found.class_count < IREGEXP_ASCII; set++) {
        split_classes(making, making->chars[set]);
    }
    making->classes = mem_alloc(sets, sizeof(*making->classes));
    for (size_t set = 0; set < sets; set++) {
        for (size_t column = 0; column < making->found.class_count; column++) {
            if (has_bit(making->chars[set], making->examples[column])) {
                set_bit(making->classes[set], column);
            }
        }
    }
}

// ---- What states do -----------------------------------------------------------------------------

// Adds what was reached at the last place to a set of states.
static void add_reached(const struct construction *making, uint64_t *bits)
{
    for (size_t i = 0; i < making->reach.count; i++) {
        set_bit(bits, making->reach.states[i]);
    }
}

static void prepare_state(struct construction *making, uint32_t number, uint32_t set)
{
    set_bit(making->waiting, number);
    for (size_t column = 0; column < making->found.class_count; column++) {
        if (has_bit(making->classes[set], column)) {
            set_bit(making->takes + column * making->words, number);
        }
    }
    iregexp_reach_move(&making->reach, false, false);
    iregexp_reach_add(&making->reach, number + 1);
    add_reached(making, making->behind + number * making->words);
}

// False when the work is used up.
static bool prepare_states(struct construction *making)
{
    const struct iregexp_nfa *nfa = making->nfa;
    size_t words = making->words;
    find_classes(making);
    if (!spend(making, (nfa->count + making->found.class_count) * words)) {
        return false;
    }
    making->waiting = mem_alloc(words, sizeof(uint64_t));
    making->again = mem_alloc(words, sizeof(uint64_t));
    making->takes = mem_alloc(making->found.class_count * words, sizeof(uint64_t));
    making->behind = mem_alloc(nfa->count * words, sizeof(uint64_t));
    for (uint32_t number = 0; number < nfa->count; number++) {
        if (nfa->states[number].kind == IREGEXP_STATE_SET) {
            prepare_state(making, number, nfa->states[number].target);
            if (!spend(making, making->found.class_count + making->reach.count)) {
                return false;
            }
        }
    }
    if (!making->is_whole) {
        iregexp_reach_move(&making->reach, false, false);
        iregexp_reach_add(&making->reach, 0);
        add_reached(making, making->again);
    }
    return true;
}

// ---- Subsets ------------------------------------------------------------------------------------

// Room behind the last subset, zeroed, for the one that may come next.
static uint64_t *next_bits(struct construction *making)
{
    size_t words = making->words;
    making->bits = mem_grow(making->bits, &making->bits_capacity, (making->found.count + 1) * words,
                            sizeof(*making->bits));
    uint64_t *bits = bits_of(making, making->found.count);
    memset(bits, 0, words * sizeof(*bits));
    return bits;
}

// Makes a subset of the bits that stand in the room for the next one.
static void add_subset(struct construction *making)
{
    const struct iregexp_nfa *nfa = making->nfa;
    const uint64_t *bits = bits_of(making, making->found.count);
    bool is_waiting = false;
    for (size_t i = 0; i < making->words; i++) {
        is_waiting = is_waiting || (bits[i] & making->waiting[i]) != 0;
    }
    struct iregexp_subsets *found = &making->found;
    found->items =
        mem_grow(found->items, &making->items_capacity, found->count + 1, sizeof(*found->items));
    bool is_dead = !is_waiting && (making->is_whole || !nfa->can_begin_later);
    bool matches_here = !making->is_whole && has_bit(bits, nfa->count - 1);
    found->items[found->count++] = (struct iregexp_subset){.is_decided = is_dead || matches_here,
                                                           .matches_here = matches_here};
}

static size_t hash_of(const uint64_t *bits, size_t words)
{
    uint64_t hash = 0;
    for (size_t i = 0; i < words; i++) {
        hash = (hash ^ bits[i]) * UINT64_C(0x9e3779b97f4a7c15);
        hash ^= hash >> 32;
    }
    return (size_t)hash;
}

// The number of the subset whose bits stand in the room for the next one; NO_SUBSET when it would
// be one too many.
static uint16_t find_subset(struct construction *making)
{
    const uint64_t *bits = bits_of(making, making->found.count);
    size_t slot = hash_of(bits, making->words) % SLOTS;
    while (making->slots[slot] != 0) {
        uint16_t number = making->slots[slot];
        if (memcmp(bits_of(making, number), bits, making->words * sizeof(*bits)) == 0) {
            return number;
        }
        slot = (slot + 1) % SLOTS;
    }
    if (making->found.count == LIMIT_PATTERN_DFA_STATES) {
        return NO_SUBSET;
    }
    making->slots[slot] = (uint16_t)making->found.count;
    add_subset(making);
    return making->slots[slot];
}

static void add_start(struct construction *making)
{
    iregexp_reach_move(&making->reach, true, false);
    iregexp_reach_add(&making->reach, 0);
    add_reached(making, next_bits(making));
    add_subset(making);
}

// Fills the room for the next subset with what a character of the class leads to. False when the
// work is used up.
static bool follow(struct construction *making, size_t from, size_t column)
{
    size_t words = making->words;
    uint64_t *into = next_bits(making);
    const uint64_t *bits = bits_of(making, from);
    const uint64_t *takes = making->takes + column * words;
    size_t taken = 0;
    memcpy(into, making->again, words * sizeof(*into));
    for (size_t i = 0; i < words; i++) {
        uint64_t word = bits[i] & takes[i];
        while (word != 0) {
            size_t state = i * WORD_BITS + take_bit(&word);
            const uint64_t *behind = making->behind + state * words;
            for (size_t j = 0; j < words; j++) {
                into[j] |= behind[j];
            }
            taken++;
        }
    }
    return spend(making, (taken + 2) * words);
}

// The classes that some state of a subset takes. False when the work is used up.
static bool find_taken(struct construction *making, size_t from, uint64_t taken_out[2])
{
    const uint64_t *bits = bits_of(making, from);
    size_t states = 0;
    for (size_t i = 0; i < making->words; i++) {
        uint64_t word = bits[i] & making->waiting[i];
        states += (size_t)__builtin_popcountll(bits[i]);
        while (word != 0) {
            size_t state = i * WORD_BITS + take_bit(&word);
            const uint64_t *classes = making->classes[making->nfa->states[state].target];
            taken_out[0] |= classes[0];
            taken_out[1] |= classes[1];
        }
    }
    return spend(making, making->words + states + making->found.class_count);
}

// The number of the subset that the characters of a class lead to; NO_SUBSET past a limit. Most
// classes are taken by no state, and all of these lead to the same.
static uint16_t find_target(struct construction *making, size_t from, size_t column, bool is_taken)
{
    if (!is_taken && making->rest != 0) {
        return making->rest;
    }
    uint16_t target = follow(making, from, column) ? find_subset(making) : NO_SUBSET;
    making->rest = is_taken ? making->rest : target;
    return target;
}

// Finds all subsets, each with where its characters lead. False past a limit.
static bool find_subsets(struct construction *making)
{
    struct iregexp_subsets *found = &making->found;
    add_start(making);
    for (size_t from = 0; from < found->count; from++) {
        uint64_t taken[2] = {0};
        if (!find_taken(making, from, taken)) {
            return false;
        }
        found->targets = mem_grow(found->targets, &making->targets_capacity,
                                  (from + 1) * found->class_count, sizeof(*found->targets));
        for (size_t column = 0; column < found->class_count; column++) {
            uint16_t target = 0; // where the answer is known nobody looks
            if (!found->items[from].is_decided) {
                target = find_target(making, from, column, has_bit(taken, column));
            }
            if (target == NO_SUBSET) {
                return false;
            }
            found->targets[from * found->class_count + column] = target;
        }
    }
    return true;
}

// What iregexp_nfa_match counts at a place with these states, and behind it.
static void fill_steps(struct construction *making, size_t number)
{
    const struct iregexp_nfa *nfa = making->nfa;
    const uint64_t *bits = bits_of(making, number);
    struct iregexp_subset *subset = &making->found.items[number];
    size_t here = 0;
    size_t leaving = 1;
    iregexp_reach_move(&making->reach, number == 0, true);
    for (size_t i = 0; i < making->words; i++) {
        uint64_t word = bits[i];
        while (word != 0) {
            uint32_t at = (uint32_t)(i * WORD_BITS + take_bit(&word));
            const struct iregexp_state *state = &nfa->states[at];
            bool takes = state->kind == IREGEXP_STATE_SET;
            here++;
            leaving += takes ? nfa->sets.sets[state->target].count : 0;
            iregexp_reach_add(&making->reach, at);
        }
    }
    subset->steps = (uint32_t)(subset->is_decided ? here : here + leaving);
    subset->end_steps = (uint32_t)making->reach.count;
    subset->matches_at_end = making->reach.is_matched;
}

bool iregexp_subsets_find(const struct iregexp_nfa *nfa, bool is_whole,
                          struct iregexp_subsets *subsets_out)
{
    struct construction making = {
        .nfa = nfa,
        .is_whole = is_whole,
        .work_left = LIMIT_PATTERN_DFA_WORK,
        .words = (nfa->count + WORD_BITS - 1) / WORD_BITS,
    };
    iregexp_reach_init(&making.reach, nfa);
    bool is_found = find_characters(&making) && prepare_states(&making) && find_subsets(&making);
    for (size_t i = 0; i < making.found.count && is_found; i++) {
        fill_steps(&making, i);
    }
    iregexp_reach_deinit(&making.reach);
    mem_free(&making.chars);
    mem_free(&making.classes);
    mem_free(&making.waiting);
    mem_free(&making.again);
    mem_free(&making.takes);
    mem_free(&making.behind);
    mem_free(&making.bits);
    if (!is_found) {
        iregexp_subsets_deinit(&making.found);
        return false;
    }
    *subsets_out = making.found;
    return true;
}

void iregexp_subsets_deinit(struct iregexp_subsets *subsets)
{
    mem_free(&subsets->items);
    mem_free(&subsets->targets);
    *subsets = (struct iregexp_subsets){0};
}
