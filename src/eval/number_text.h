// SPDX-License-Identifier: MIT
//
// Numbers of a document as text (value_string in eval/value.h). Pure. Thread: any.
#pragma once

#include "eval/value.h"

#include <stdbool.h>
#include <stddef.h>

// Whether neither 64 bits nor a double hold all that was written. `digits` is a number of JSON.
bool number_is_wide(struct span digits);

// The number as text.
void number_text(struct span digits, struct value_string *text_out);
void number_text_of_integer(json_int_t integer, struct value_string *text_out);
void number_text_of_real(double real, struct value_string *text_out);
