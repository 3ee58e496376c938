// SPDX-License-Identifier: MIT
//
// The text of a `report:` key; the layout is stated in scripts/parts/report.lua and docs/redis.md.
// Private to queue.
#pragma once

#include "queue/status.h"

// Fills what the text tells of the report: status, ids, times, why it failed, and the last complete
// one; the rest of the record stays as it is. False when the text is no such report or its status is
// unknown; then the record is half filled.
bool report_record_parse(const char *text, struct queue_report_record *record);
