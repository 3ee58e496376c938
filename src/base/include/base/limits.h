// SPDX-License-Identifier: MIT
//
// Named limits on what comes from outside, where they are not settings. Each is stated in
// docs/limits.md.
#pragma once

enum {
    LIMIT_PACK_FILES = 100000,            // names in the folder of packs
    LIMIT_PACK_BYTES = 16 * 1024 * 1024,  // one compliance pack, decompressed
    LIMIT_PACK_CATALOGS = 10000,          // directories in a pack
    LIMIT_PACK_ITEMS = 50000,             // check items in a pack, listed
    LIMIT_CATALOG_DEPTH = 32,             // layers of directories
    LIMIT_RULE_FILE_BYTES = 1024 * 1024,  // one rule file (the vendor's TemplateContent limit, too)
    LIMIT_RULE_FILES = 5000,              // files in a rules folder
    LIMIT_RULES = 10000,                  // rules in a set
    LIMIT_CONDITION_DEPTH = 32,           // nested and/or groups
    LIMIT_CONDITION_CLAUSES = 1000,       // clauses in one rule
    LIMIT_PATH_BYTES = 4096,              // one featurePath
    LIMIT_PATH_SEGMENTS = 64,             // segments in one featurePath
    LIMIT_PATH_NODES = 100000,            // nodes that one path may select from one record
    LIMIT_PATH_VISITS = 10 * 1000 * 1000, // nodes that one path may look at in one record
    LIMIT_PATH_DEPTH = 16,                // nested filters, parentheses and functions in a path
    LIMIT_PATTERN_BYTES = 4096,           // one regular expression
    LIMIT_PATTERN_DEPTH = 64,             // nested groups in it
    LIMIT_PATTERN_STATES = 10000,         // states of its automaton: characters times repetitions
    LIMIT_PATTERN_DFA_STATES = 1000,      // states of its table; without one it is matched slower
    LIMIT_PATTERN_DFA_WORK = 1000 * 1000, // words of 64 states looked at to make the table
    LIMIT_PATTERN_STEPS = 100 * 1000 * 1000,  // of matches in one clause on one record
    LIMIT_DESIRED_VALUES = 10000,             // values in one desired list
    LIMIT_WAIVERS = 100000,                   // waivers in a file
    LIMIT_ATTESTATIONS = 100000,              // attestations in a file
    LIMIT_SIDE_FILE_BYTES = 64 * 1024 * 1024, // a waiver, attestation or account file
    LIMIT_ACCOUNTS = 100000,                  // accounts in a file
    LIMIT_AGGREGATORS = 10000,                // account groups in it
    LIMIT_AGGREGATOR_ACCOUNTS = 1000,         // member accounts of one
    LIMIT_RECORD_BYTES = 16 * 1024 * 1024,    // one inventory line
    LIMIT_RECORD_DEPTH = 128,                 // nesting of one inventory record
    LIMIT_EVIDENCE_BYTES = 4096,  // a value quoted as evidence; longer is cut with "…"
    LIMIT_DIAGNOSTICS = 1000,     // diagnostics kept of one input; the rest are counted
    LIMIT_REPORT_FINDINGS = 1000, // "first findings" in report.json; findings.ndjson has all

    LIMIT_UPSTREAMS = 1000, // hosts of pack services whose outages a daemon watches
    LIMIT_PARTITIONS = 64,  // of one queue: a daemon may have a connection for each

    // Tools for those who write rules.
    LIMIT_CASE_FILE_BYTES = 16 * 1024 * 1024, // one file of cases
    LIMIT_CASES = 100000,                     // cases in all files together
    LIMIT_LINT_FINDINGS = 1000, // findings of a check that are kept; the rest are counted
};
