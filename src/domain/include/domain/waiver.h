// SPDX-License-Identifier: MIT
//
// Waivers and attestations as data, and when they are in force.
//
// A waiver (file: {"waivers": [...]}) excuses findings. Members, all text, unknown ones refused:
//
//   id               unique in the file                                           required
//   rule, resource   id or pattern; * is any run of characters, ? any one         required
//   reason, approver                                                              required
//   category         "accepted" (default), "mitigated" or "false-positive"
//   ticket
//   from, until      RFC 3339 date or time; a date means 00:00 UTC of that day.
//                    `until` is required: a waiver without an end is an error
//
// In force while from <= now < until; at `until` itself it has lapsed.
//
// An attestation (file: {"attestations": [...]}) answers a manual check item. Members:
//
//   item             {"uuid": …} or {"name": …}                                   required
//   outcome          COMPLIANT, NON_COMPLIANT or NOT_APPLICABLE                   required
//   by, evidence     text                                                         required
//   at               as `from` above                                              required
//   until            default: `at` + 7 days (huawei-secmaster.md 1.7)
//
// An entry with an error is left out, with a diagnostic; no JSON, a document of another shape or a
// passed limit fail the load. Read-only and shared between threads once loaded.
#pragma once

#include "base/err.h"
#include "domain/diag.h"
#include "domain/finding.h"

#include <stdint.h>

struct waiver {
    char *id;
    char *rule;     // pattern
    char *resource; // pattern
    char *reason;
    char *approver;
    char *category;
    char *ticket;    // "" when absent
    int64_t from_ms; // 0 when absent: since ever
    int64_t until_ms;
    char *pointer; // JSON pointer of the waiver in its file, for diagnostics
};

struct waiver_set {
    struct waiver *items;
    size_t count;
    size_t capacity;
    char *file; // where they came from, for diagnostics
    char digest[65];
};

enum err_kind waiver_set_load(struct waiver_set *set, const char *json, size_t len,
                              const char *file, struct diags *diags, struct err *err);
void waiver_set_deinit(struct waiver_set *set);

enum waiver_state { WAIVER_IN_FORCE, WAIVER_NOT_YET, WAIVER_LAPSED };
enum waiver_state waiver_state_at(const struct waiver *waiver, int64_t now_ms);

struct attestation {
    char *item_uuid; // NULL when bound by name
    char *item_name; // NULL when bound by uuid
    enum outcome outcome;
    char *by;
    char *evidence;
    int64_t at_ms;
    int64_t until_ms;
};

struct attestation_set {
    struct attestation *items;
    size_t count;
    size_t capacity;
    char digest[65];
};

enum err_kind attestation_set_load(struct attestation_set *set, const char *json, size_t len,
                                   const char *file, struct diags *diags, struct err *err);
void attestation_set_deinit(struct attestation_set *set);
