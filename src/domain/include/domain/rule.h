// SPDX-License-Identifier: MIT
//
// Rules as data: what a rule file says, before eval compiles the condition.
//
// A rule file holds one rule object, an array of them, or {"rules": [...]}, an object without any
// other member: with one all its rules are broken. Members of a rule:
//
//   id                   text_is_id, dots also inside; unique in the set     required
//   name                 text, defaults to the id
//   description,
//   remediation          text
//   checkItems           [{"uuid": …} or {"name": …}, …]; without it the rule is unbound (warning)
//   resourceTypes        ["ecs.cloudservers", …], not empty; letter case is free     required
//   riskLevel            1 high, 2 medium (default), 3 low
//   scope                see struct rule_scope
//   missing              what a path that selects nothing means: "vendor" (default) or
//                        "INSUFFICIENT_DATA"
//   condition            the condition tree, or
//   ComplianceConditions the vendor's JSON-in-a-string form, or
//   policy_rule          a rule of Huawei Config (huawei-secmaster.md 4.3); exactly one of the
//                        three. With it:
//   parameters           definitions of its parameters (4.2), an object
//   parameterValues      their values, an object
//
// An unknown member is an error ("did you mean"), because a misspelt `scope` would widen a rule in
// silence. A rule with an error is kept with `broken` set: its check items become ERROR, the others
// go on; where the error is in what names them, whatever may be a name of one is taken for it. Numbers
// of conditions, policies and parameters are as they were written (json_number.h); one with an
// excessive exponent is an error of its rule. Plain data once loaded; read-only and shared between
// threads.
#pragma once

#include "base/err.h"
#include "domain/diag.h"
#include "domain/finding.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct text_list {
    char **items;
    size_t count;
    size_t capacity;
};

struct tag_match {
    char *key;
    char *value; // NULL: any value
};

struct tag_list {
    struct tag_match *items;
    size_t count;
};

// An empty list does not restrict. Exclusion wins over inclusion. The members in a rule file are
// regionIds, excludeRegionIds, resourceGroupIds, excludeResourceGroupIds, resourceIds,
// excludeResourceIds, tags, excludeTags ([{"key": …, "value": …}]) and tagLogic ("AND" or "OR",
// default "OR").
struct rule_scope {
    struct text_list region_ids;
    struct text_list exclude_region_ids;
    struct text_list resource_group_ids;
    struct text_list exclude_resource_group_ids;
    struct text_list resource_ids;
    struct text_list exclude_resource_ids;
    struct tag_list tags;
    struct tag_list exclude_tags;
    bool all_tags; // tagLogic AND
};

struct rule {
    char *id;
    char *name;
    char *description;
    char *remediation;
    char *file;    // where it came from, for diagnostics
    char *pointer; // JSON pointer of the rule in that file
    struct text_list item_uuids;
    struct text_list item_names;
    struct text_list resource_types;
    enum risk_level risk;
    struct rule_scope scope;
    bool missing_is_insufficient;
    bool broken;
    char *broken_reason;      // NULL unless broken
    json_t *condition;        // the tree; NULL when the file has no usable one
    char *condition_pointer;  // JSON pointer of the condition, or the policy_rule, in the file
    json_t *policy_rule;      // NULL when the rule has a condition
    json_t *parameters;       // of the policy_rule, an object; NULL: none
    json_t *parameter_values; // likewise
};

struct rule_set {
    struct rule *rules; // in the order of loading: files by name, then position
    size_t count;
    size_t capacity;
    json_t *index_by_id; // object: id to position, for rule_set_find
    bool strict_vendor;  // conditions may use the vendor's language only; set before they compile
    char digest[65];     // SHA-256 over names and bytes of all files, in order; set by source
};

// Whether a rule is broken and does not say, so that anybody could read it, what it is for: any
// check item may be one that it decides.
bool rule_is_lost(const struct rule *rule);

// Adds the rules of one file's text to the set (which begins as {0}). Errors of single rules are
// diagnostics, and the rule is then broken; without an id, or with one that is taken, it gets the
// id
// "<file>#<n>", n counted from 1. ERR_INVALID only when the text is no JSON or not one of the three
// shapes, ERR_LIMIT past LIMIT_RULES or LIMIT_RULE_FILE_BYTES; then nothing was added.
enum err_kind rule_set_add(struct rule_set *set, const char *json, size_t len, const char *file,
                           struct diags *diags, struct err *err);
void rule_set_deinit(struct rule_set *set);

// The rule with this id, NULL when there is none.
const struct rule *rule_set_find(const struct rule_set *set, const char *id);
// The id nearest to `id`, NULL when none is near.
const char *rule_set_suggest(const struct rule_set *set, const char *id);

// Breaks a rule (the first reason stays) and adds the diagnostic.
void rule_break(struct rule *rule, struct diags *diags, const char *code, const char *pointer,
                const char *format, ...) PRINTF_LIKE(5, 6);
// The same without a diagnostic: for what breaks many rules at once and is said once.
void rule_mark_broken(struct rule *rule, const char *reason);
