// SPDX-License-Identifier: MIT
//
// The kinds of values on tapes. Private to the room. Thread: any.
#pragma once

#include "eval/value.h"
#include "scan/tape.h"

static inline enum value_kind value_kind_of_tape(enum tape_kind kind)
{
    _Static_assert((int)TAPE_NULL == (int)VALUE_NULL && (int)TAPE_FALSE == (int)VALUE_FALSE &&
                       (int)TAPE_TRUE == (int)VALUE_TRUE && (int)TAPE_NUMBER == (int)VALUE_NUMBER &&
                       (int)TAPE_TEXT == (int)VALUE_TEXT && (int)TAPE_ARRAY == (int)VALUE_ARRAY &&
                       (int)TAPE_OBJECT == (int)VALUE_OBJECT,
                   "both count them alike");
    return (enum value_kind)kind;
}
