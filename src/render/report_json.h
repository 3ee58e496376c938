// SPDX-License-Identifier: MIT
//
// The sections of report.json that need more than a few lines. New references. Thread: any.
#pragma once

#include "domain/report.h"

#include <jansson.h>

// What was read: counts without problems and digest.
json_t *report_json_inventory(const struct report_inventory *inventory);
json_t *report_json_accounts(const struct report *report);
json_t *report_json_catalogs(const struct report *report);
json_t *report_json_items(const struct report *report);
json_t *report_json_rules(const struct report *report);
json_t *report_json_waivers(const struct report *report);
