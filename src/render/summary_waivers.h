// SPDX-License-Identifier: MIT
//
// The waivers in the terminal summary: how many are in force, and which need somebody's eye. Pure.
// Thread: any.
#pragma once

#include "base/buf.h"
#include "domain/report.h"
#include "summary_table.h"

// Appends the line of counts, and a line each for those that have lapsed, lapse soon, are unused
// and are over-broad, with the first WAIVERS_NAMED ids. Nothing without waivers.
void summary_append_waivers(struct buf *out, struct summary_style style,
                            const struct report *report);
