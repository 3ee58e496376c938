// SPDX-License-Identifier: MIT
//
// Binding: which rules and attestations belong to which check items of the pack. By uuid, or by
// name; a name that several items bear binds to all of them, so that none is left out in silence.
#include "binding.h"

#include "base/mem.h"

#include <string.h>

static const size_t NO_ITEM = SIZE_MAX;

// For each item the next one of the same name, NO_ITEM behind the last.
static size_t *chain_names(const struct pack *pack)
{
    size_t *next = mem_alloc(pack->item_count, sizeof(*next));
    size_t *last = mem_alloc(pack->item_count, sizeof(*last));
    for (size_t i = 0; i < pack->item_count; i++) {
        size_t first = (size_t)pack_find_item_by_name(pack, pack->items[i].name);
        INVARIANT(first <= i);
        next[i] = NO_ITEM;
        if (first < i) {
            next[last[first]] = i;
        }
        last[first] = i;
    }
    mem_free(&last);
    return next;
}

struct binder {
    struct binding *binding;
    const struct pack *pack;
    size_t *next_of_name;
    struct diags *diags;
};

static size_t find_by_uuid(const struct binder *binder, const char *uuid)
{
    int64_t found = pack_find_item(binder->pack, uuid);
    return found < 0 ? NO_ITEM : (size_t)found;
}

static size_t find_by_name(const struct binder *binder, const char *name)
{
    int64_t found = pack_find_item_by_name(binder->pack, name);
    return found < 0 ? NO_ITEM : (size_t)found;
}

// Rules come in ascending order, so one that is bound to the item already is the last.
static void bind_rule_to_item(struct binder *binder, size_t rule, size_t item)
{
    struct binding_item *bound = &binder->binding->items[item];
    binder->binding->is_bound[rule] = true;
    if (bound->rule_count > 0 && bound->rules[bound->rule_count - 1] == rule) {
        return;
    }
    bound->rules =
        mem_grow(bound->rules, &bound->rule_capacity, bound->rule_count + 1, sizeof(*bound->rules));
    bound->rules[bound->rule_count++] = rule;
}

static void bind_rule_by_name(struct binder *binder, size_t index, const struct rule *rule,
                              const char *name)
{
    size_t first = find_by_name(binder, name);
    size_t count = 0;
    for (size_t item = first; item != NO_ITEM; item = binder->next_of_name[item]) {
        bind_rule_to_item(binder, index, item);
        count++;
    }
    if (count > 1) {
        struct diag_place place = {.file = rule->file, .pointer = rule->pointer};
        diags_add(
            binder->diags, DIAG_WARNING, "rule.item.ambiguous", place,
            "rule %s: %zu check items are named \"%s\"; it is bound to all of them, name it by "
            "uuid to choose one",
            rule->id, count, name);
    }
}

static void bind_rule(struct binder *binder, size_t index, const struct rule *rule)
{
    for (size_t i = 0; i < rule->item_uuids.count; i++) {
        size_t item = find_by_uuid(binder, rule->item_uuids.items[i]);
        if (item != NO_ITEM) {
            bind_rule_to_item(binder, index, item);
        }
    }
    for (size_t i = 0; i < rule->item_names.count; i++) {
        bind_rule_by_name(binder, index, rule, rule->item_names.items[i]);
    }
    struct diag_place place = {.file = rule->file, .pointer = rule->pointer};
    if (rule_is_lost(rule)) {
        diags_add(binder->diags, DIAG_ERROR, "rule.unbound.broken", place,
                  "rule %s is broken and names no check item that can be read, so that any check "
                  "item may be one that it decides; mend it, or remove it",
                  rule->id);
    }
    // A rule that names no item at all, and a broken one, were reported when they were loaded.
    bool names_items = rule->item_uuids.count + rule->item_names.count > 0;
    if (names_items && !rule->broken && !binder->binding->is_bound[index]) {
        diags_add(binder->diags, DIAG_WARNING, "rule.unbound", place,
                  "rule %s: none of its check items is in pack %s; it does not run", rule->id,
                  binder->pack->uuid);
    }
}

static bool is_later(const struct attestation *one, const struct attestation *other)
{
    return other == NULL || one->at_ms >= other->at_ms;
}

// An attestation that is not made yet at the instant of judgement counts for nothing.
static void attest_item(struct binder *binder, size_t item, const struct attestation *attestation)
{
    struct binding_item *bound = &binder->binding->items[item];
    int64_t as_of_ms = binder->binding->input.as_of_ms;
    if (attestation->until_ms <= as_of_ms) {
        bound->lapsed = is_later(attestation, bound->lapsed) ? attestation : bound->lapsed;
    } else if (attestation->at_ms <= as_of_ms) {
        bound->attestation =
            is_later(attestation, bound->attestation) ? attestation : bound->attestation;
    }
    if (bound->rule_count > 0) {
        diags_add(binder->diags, DIAG_WARNING, "attestation.unused", (struct diag_place){0},
                  "the attestation of check item \"%s\" is not used, because a rule decides it",
                  binder->pack->items[item].name);
    }
}

static void bind_attestation(struct binder *binder, const struct attestation *attestation)
{
    if (attestation->item_uuid != NULL) {
        size_t item = find_by_uuid(binder, attestation->item_uuid);
        if (item != NO_ITEM) {
            attest_item(binder, item, attestation);
            return;
        }
    }
    size_t count = 0;
    if (attestation->item_name != NULL) {
        for (size_t item = find_by_name(binder, attestation->item_name); item != NO_ITEM;
             item = binder->next_of_name[item]) {
            attest_item(binder, item, attestation);
            count++;
        }
    }
    const char *name =
        attestation->item_uuid != NULL ? attestation->item_uuid : attestation->item_name;
    if (count == 0) {
        diags_add(binder->diags, DIAG_WARNING, "attestation.item.unknown", (struct diag_place){0},
                  "the attestation of \"%s\": no check item of pack %s is called that", name,
                  binder->pack->uuid);
    } else if (count > 1) {
        diags_add(binder->diags, DIAG_WARNING, "attestation.item.ambiguous", (struct diag_place){0},
                  "the attestation of \"%s\": %zu check items have that name; it stands for all of "
                  "them, name it by uuid to choose one",
                  name, count);
    }
}

static void bind(struct binding *binding, struct diags *diags)
{
    const struct binding_input *input = &binding->input;
    struct binder binder = {.binding = binding,
                            .pack = input->pack,
                            .next_of_name = chain_names(input->pack),
                            .diags = diags};
    const struct rule_set *set = eval_rules_set(input->rules);
    for (size_t i = 0; i < set->count; i++) {
        bind_rule(&binder, i, &set->rules[i]);
    }
    for (size_t i = 0; input->attestations != NULL && i < input->attestations->count; i++) {
        bind_attestation(&binder, &input->attestations->items[i]);
    }
    mem_free(&binder.next_of_name);
}

static void bind_all(struct binding *binding, size_t rule_count)
{
    for (size_t i = 0; i < rule_count; i++) {
        binding->is_bound[i] = true;
    }
}

struct binding *binding_create(const struct binding_input *input, struct diags *diags)
{
    struct binding *binding = mem_alloc(1, sizeof(*binding));
    size_t rule_count = eval_rules_set(input->rules)->count;
    binding->input = *input;
    binding->is_bound = mem_alloc(rule_count, sizeof(*binding->is_bound));
    if (input->pack == NULL) {
        bind_all(binding, rule_count);
    } else {
        binding->item_count = input->pack->item_count;
        binding->items = mem_alloc(binding->item_count, sizeof(*binding->items));
        bind(binding, diags);
    }
    return binding;
}

void binding_destroy(struct binding **binding)
{
    if (*binding == NULL) {
        return;
    }
    for (size_t i = 0; i < (*binding)->item_count; i++) {
        mem_free(&(*binding)->items[i].rules);
    }
    mem_free(&(*binding)->items);
    mem_free(&(*binding)->is_bound);
    mem_free(binding);
}

size_t binding_item_rules(const struct binding *binding, size_t item, const size_t **rules_out)
{
    REQUIRE(item < binding->item_count);
    *rules_out = binding->items[item].rules;
    return binding->items[item].rule_count;
}

bool binding_has(const struct binding *binding, size_t rule)
{
    return binding->is_bound[rule];
}
