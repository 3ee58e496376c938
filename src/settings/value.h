// SPDX-License-Identifier: MIT
//
// One value between its text in a file and its member in `struct settings`.
//
// Durations are whole numbers with ms, s, min, h or d behind them; sizes are bytes, or whole
// numbers with k, M or G (1024 times each other); 0 needs no unit. Thread: any.
#pragma once

#include "base/buf.h"
#include "table.h"

// Reads `text` into the row's member; the text that was there is freed. ERR_CONFIG with what is
// wrong and what would be right, without place and name; the member is then as before.
enum err_kind setting_parse(const struct setting *row, const char *text, struct settings *settings,
                            struct err *err);

// Appends the value as it would stand in a file. Parsing it gives the same value.
void setting_format(const struct setting *row, const struct settings *settings, struct buf *out);

// Appends a number of the row's unit: "5min", "16M", "8".
void setting_format_number(const struct setting *row, int64_t number, struct buf *out);

// Copies the value of `from` into `to`; texts are duplicated.
void setting_copy(const struct setting *row, struct settings *to, const struct settings *from);
bool setting_equal(const struct setting *row, const struct settings *a, const struct settings *b);
