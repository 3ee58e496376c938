// SPDX-License-Identifier: MIT
//
// What a report is of, as one text: "<CompliancePackId>" for the pack of an account, or
// "<AggregatorId>.<CompliancePackId>" for the pack over an account group. No id has a dot, so that
// neither can be taken for the other. The text may go into a key, a path and a URL as it is. Pure.
// Thread: any.
#pragma once

#include "base/text.h"

#include <stdbool.h>

enum { SUBJECT_BYTES = 2 * (TEXT_ID_MAX + 1) }; // of the longest, with its NUL

// Both are ids; `aggregator_id` is "" for the pack of an account.
void subject_write(const char *aggregator_id, const char *pack_id, char out[SUBJECT_BYTES]);
// One id, or two with a dot between.
bool subject_is_valid(const char *text);

// Its two ids: the pack's, borrowed from it, and the group's, "" when it has none. What is no valid
// subject counts as a pack's id.
const char *subject_pack(const char *subject);
void subject_aggregator(const char *subject, char out[TEXT_ID_MAX + 1]);
