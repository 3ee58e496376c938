// SPDX-License-Identifier: MIT
//
// The parts of findings, as the formats keep them. Private to the room. Thread: their owner's.
#pragma once

#include "render/render.h"

enum parts_format { PARTS_NDJSON, PARTS_CSV, PARTS_FORMATS };

// Appends the part to `out`: from the parts, into which `write` puts it when it is not there yet.
typedef void (*parts_write_fn)(const struct finding *finding, struct buf *out);
void parts_append_rule(struct render_parts *parts, enum parts_format format,
                       const struct finding *finding, parts_write_fn write, struct buf *out);
void parts_append_record(struct render_parts *parts, enum parts_format format,
                         const struct finding *finding, parts_write_fn write, struct buf *out);
