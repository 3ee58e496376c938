// SPDX-License-Identifier: MIT
//
// Colours, and text from outside, as a terminal gets them. Private to cli. Thread: main.
#pragma once

#include "base/buf.h"

#include <stdbool.h>
#include <stdio.h>

struct style {
    bool color;
};

#define STYLE_RED    "31"
#define STYLE_GREEN  "32"
#define STYLE_YELLOW "33"
#define STYLE_BOLD   "1"
#define STYLE_DIM    "2"

// In colour on a terminal, unless NO_COLOR is set and not empty (no-color.org).
struct style style_of(FILE *stream);

// Appends text in a colour, or as it is.
void style_append(struct buf *out, struct style style, const char *color, const char *text);

// Appends text from outside so that it cannot steer the terminal, at most as many columns wide, the
// end then being "…".
void style_append_value(struct buf *out, const char *text, size_t columns);
