// SPDX-License-Identifier: MIT
//
// A report's content, apart from the stream of findings: counts, outcomes, scores, waivers,
// provenance. Made by eval's roll-up, written by render. Plain data; texts marked "borrowed" live
// as long as pack, rules, waivers and attestations do. Thread: its owner's.
#pragma once

#include "domain/diag.h"
#include "domain/finding.h"
#include "domain/pack.h"
#include "domain/rule.h"
#include "domain/score.h"
#include "domain/waiver.h"

#include <stdint.h>

// Where a report lies that was not kept (the null store).
#define REPORT_LOCATION_NONE "null:"

enum verdict_source { VERDICT_NONE, VERDICT_RULE, VERDICT_ATTESTATION };
const char *verdict_source_text(enum verdict_source source); // "none", "rule", "attestation"

struct report_rule {
    const struct rule *rule;      // borrowed
    struct outcome_counts counts; // over resources
    enum outcome outcome;         // worst, ERROR when broken
    bool is_bound;                // some check item of this pack uses it
};

struct report_item {
    const struct check_item *item; // borrowed
    enum outcome outcome;
    enum verdict_source source;
    enum risk_level risk; // highest of its rules; RISK_MEDIUM without a rule
    size_t *rules;        // indexes into report.rules
    size_t rule_count;
    struct outcome_counts counts;          // over the resources of its rules
    const struct attestation *attestation; // borrowed, NULL unless that is the source
    const struct attestation
        *lapsed; // borrowed, the latest lapsed attestation when the item is MANUAL for that reason
};

struct report_catalog {
    const struct catalog *catalog; // borrowed
    struct outcome_counts items;   // check items of it and all below it, each once
    struct scores scores;
};

// How a waiver takes in more than somebody can have meant (eval/decision.h decides).
enum waiver_breadth {
    WAIVER_NARROW,       // it does not
    WAIVER_ANYTHING,     // its patterns name neither a rule nor a resource
    WAIVER_ANY_RULE,     // its rule pattern names none
    WAIVER_ANY_RESOURCE, // its resource pattern names none
    WAIVER_MANY,         // it excused findings of many rules on many resources
};

enum {
    WAIVER_MANY_RULES = 3,
    WAIVER_MANY_RESOURCES = 100,
};

struct report_waiver {
    const struct waiver *waiver; // borrowed
    enum waiver_state state;
    bool lapses_soon;   // in force, but not 30 days from now
    uint64_t used;      // findings that it excused
    uint64_t resources; // that these are of
    unsigned rules;     // that these are of, counted up to WAIVER_MANY_RULES
    bool is_unused;     // in force, and no finding of this report needed it
    enum waiver_breadth breadth;
};

// Appends why, "it excuses findings of 3 or more rules on 431 resources"; nothing for
// WAIVER_NARROW.
void report_waiver_explain_breadth(const struct report_waiver *waiver, struct buf *out);

struct report_inventory {
    uint64_t records;    // evaluated
    uint64_t bad_lines;  // counted and listed, not evaluated
    uint64_t duplicates; // of the records: their resource stands further up already
    uint64_t blank_lines;
    uint64_t bytes;
    char digest[65];
    struct diags problems; // the first bad lines and duplicates with line and reason
};

// What one member account adds to the report of an account group. Without an inventory it adds
// nothing: its counts and scores are zero.
struct report_section {
    const char *account_id; // borrowed
    bool has_inventory;
    struct outcome_counts item_counts; // of check items, by its resources alone
    struct outcome_counts finding_counts;
    struct scores scores;
    struct report_inventory inventory; // no problems: the report has those of all
};

struct report {
    // who and when
    const char *report_id;     // borrowed
    const char *account_id;    // borrowed
    const char *aggregator_id; // borrowed; NULL: a report of the account alone
    const char *trace_id;      // borrowed; "" or NULL: none
    int64_t generated_at_ms;
    int64_t evaluated_as_of_ms; // waivers and attestations were judged at this instant
    uint64_t fence;
    // what
    const struct pack *pack; // borrowed
    struct report_rule *rules;
    size_t rule_count;
    struct report_item *items; // in the order of pack.items
    size_t item_count;
    struct report_catalog *catalogs; // in the order of pack.catalogs
    size_t catalog_count;
    struct report_waiver *waivers;
    size_t waiver_count;
    struct outcome_counts item_counts;
    struct outcome_counts finding_counts;
    struct scores scores;
    struct report_inventory inventory; // of a group: of all its accounts, without a digest
    struct report_section *sections;   // of a group: its accounts, as listed
    size_t section_count;
    enum findings_listed listed;
    struct diags input_problems;     // of pack, rules, waivers, attestations
    const char *rules_digest;        // borrowed
    const char *waivers_digest;      // borrowed
    const char *attestations_digest; // borrowed
};

// Frees what the report owns (not what it borrows).
void report_deinit(struct report *report);
