// SPDX-License-Identifier: MIT
//
// Why a rule does not apply to a record. Thread: any.
#pragma once

#include "eval/explain.h"
#include "record.h"

// Fills the bars of an explanation: one for each list that keeps the record out, none exactly when
// scope_holds.
void explain_scope(const struct rule *rule, const struct record *record,
                   struct explanation *explanation);
