// SPDX-License-Identifier: MIT
#include "domain/rule_case.h"

#include "base/limits.h"
#include "base/mem.h"
#include "domain/json_list.h"
#include "domain/json_read.h"
#include "rule_read.h"

#include <string.h>

static const char *const FILE_MEMBERS[] = {"asOf", "cases"};
static const char *const MEMBERS[] = {"name", "rule", "resource", "asOf", "expect", "evidence"};
static const char *const EVIDENCE_MEMBERS[] = {
    [CASE_CONFIGURATION] = "configuration",
    [CASE_DESIRED_VALUE] = "desiredValue",
    [CASE_OPERATOR] = "operator",
    [CASE_PROPERTY] = "property",
    [CASE_REASON] = "reason",
};

// Outcomes that a rule can have on a resource, without waivers.
static const enum outcome EXPECTED[] = {OUTCOME_COMPLIANT, OUTCOME_NON_COMPLIANT,
                                        OUTCOME_INSUFFICIENT_DATA, OUTCOME_NOT_APPLICABLE};

const char *case_member_text(enum case_member member)
{
    return EVIDENCE_MEMBERS[member];
}

static int64_t read_instant(struct json_source *source, const struct json_node *object,
                            int64_t fallback)
{
    struct json_node node = json_member(object, "asOf");
    return json_is_absent(&node) ? fallback : json_read_time(source, object, "asOf", JSON_REQUIRED);
}

static void read_evidence(struct json_source *source, const struct json_node *object,
                          struct rule_case *out)
{
    struct json_node node = json_member(object, "evidence");
    if (json_is_absent(&node) || !json_expect_object(source, &node)) {
        return;
    }
    json_expect_members(source, &node, EVIDENCE_MEMBERS, ARRAY_LEN(EVIDENCE_MEMBERS));
    for (size_t i = 0; i < CASE_MEMBERS; i++) {
        struct json_node member = json_member(&node, EVIDENCE_MEMBERS[i]);
        // The empty text is what a finding has where nothing was found.
        out->evidence[i] = json_is_absent(&member)
                               ? NULL
                               : json_read_text(source, &node, EVIDENCE_MEMBERS[i], JSON_OPTIONAL);
    }
    if (out->expected == OUTCOME_COMPLIANT || out->expected == OUTCOME_NOT_APPLICABLE) {
        json_error(source, &node, "evidence",
                   "%s has no evidence; leave it out, or expect NON_COMPLIANT or "
                   "INSUFFICIENT_DATA",
                   outcome_text(out->expected));
    }
}

static void read_resource(struct json_source *source, const struct json_node *object,
                          struct rule_case *out)
{
    struct json_node node = json_member(object, "resource");
    if (json_is_absent(&node)) {
        json_missing(source, object, "resource");
    } else if (json_expect_object(source, &node)) {
        out->resource = json_incref(node.value);
    }
}

static void case_deinit(struct rule_case *item)
{
    mem_free(&item->name);
    mem_free(&item->rule);
    json_decref(item->resource);
    for (size_t i = 0; i < CASE_MEMBERS; i++) {
        mem_free(&item->evidence[i]);
    }
    mem_free(&item->file);
    mem_free(&item->pointer);
}

static void add_case(struct rule_case_set *set, struct json_source *source,
                     const struct json_node *node, int64_t as_of_ms)
{
    struct rule_case item = {0};
    source->first.kind = ERR_OK;
    if (!json_expect_object(source, node)) {
        return;
    }
    json_expect_members(source, node, MEMBERS, ARRAY_LEN(MEMBERS));
    item.name = json_read_text(source, node, "name", JSON_REQUIRED);
    item.rule = json_read_text(source, node, "rule", JSON_REQUIRED);
    read_resource(source, node, &item);
    item.as_of_ms = read_instant(source, node, as_of_ms);
    item.expected = json_read_outcome(source, node, "expect", EXPECTED, ARRAY_LEN(EXPECTED));
    read_evidence(source, node, &item);
    item.file = mem_text(source->file);
    item.pointer = json_node_pointer(node);
    if (source->first.kind != ERR_OK) {
        case_deinit(&item);
        return;
    }
    set->items = mem_grow(set->items, &set->capacity, set->count + 1, sizeof(*set->items));
    set->items[set->count++] = item;
}

static void add_document(struct rule_case_set *set, struct json_source *source,
                         const struct json_node *root)
{
    bool is_rules = json_is_array(root->value) || rule_is_likely(root->value) ||
                    json_object_get(root->value, "rules") != NULL;
    struct json_node array = json_member(root, "cases");
    if (array.value == NULL && is_rules) {
        json_error(source, root, "shape",
                   "this holds rules, and a file of this name is for their cases, so that nothing "
                   "reads the rules; rename it, or {\"cases\": [...]} is right");
        return;
    }
    if (!json_expect_object(source, root)) {
        return;
    }
    json_expect_members(source, root, FILE_MEMBERS, ARRAY_LEN(FILE_MEMBERS));
    int64_t as_of_ms = read_instant(source, root, CASE_NO_INSTANT);
    if (array.value == NULL) {
        json_missing(source, root, "cases");
    }
    if (source->first.kind != ERR_OK || !json_expect_array(source, &array)) {
        return;
    }
    size_t count = json_array_size(array.value);
    if (count > LIMIT_CASES - set->count) {
        json_limit_error(source, &array, "cases", LIMIT_CASES);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        struct json_node node = json_element(&array, i);
        add_case(set, source, &node, as_of_ms);
    }
    source->first.kind = ERR_OK; // errors of single cases left those out and no more
}

enum err_kind rule_case_set_add(struct rule_case_set *set, const char *json, size_t len,
                                const char *file, struct diags *diags, struct err *err)
{
    struct json_source source = {
        .noun = "case", .file = file, .diags = diags, .keeps_numbers = true};
    struct json_node root =
        json_read_document(&source, (struct json_bytes){json, len, LIMIT_CASE_FILE_BYTES});
    if (root.value != NULL) {
        add_document(set, &source, &root);
    }
    json_decref(root.value);
    return json_source_result(&source, err);
}

void rule_case_set_deinit(struct rule_case_set *set)
{
    for (size_t i = 0; i < set->count; i++) {
        case_deinit(&set->items[i]);
    }
    mem_free(&set->items);
    *set = (struct rule_case_set){0};
}
