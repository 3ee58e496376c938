// SPDX-License-Identifier: MIT
//
// The table of settings as people read it. Thread: any.
#pragma once

#include "base/buf.h"
#include "settings/settings.h"

enum { SETTINGS_PRINT_BYTES_MAX = 256 * 1024 };

// The effective settings as a file, each with where its value comes from. Reading that file gives
// the same settings, but for those that lead to secrets: of them it says only whether they are set.
void settings_print_config(const struct settings *settings, struct buf *out);

// docs/settings.md.
void settings_print_doc(struct buf *out);

// The last part of --help, wrapped for a terminal.
void settings_print_help(struct buf *out);
