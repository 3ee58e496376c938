// SPDX-License-Identifier: MIT
//
// What a caller over HTTP is told of an error of ours: the sentence without the server's paths, which
// are the operators' business; they have the whole of it in the log, the history and the dead letter.
// Private to api. Pure. Thread: any.
#pragma once

#include "base/buf.h"

// Appends `message`, with the last name of each absolute path in the place of the path, and "…" in
// that of a URL's. A path may have blanks in it: it reaches up to the last slash before a colon with
// a blank, a quote, or the end of the text. What else stands there and holds a slash goes with it.
void caller_text(struct buf *out, const char *message);
