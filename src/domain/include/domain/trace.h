// SPDX-License-Identifier: MIT
//
// Where a request stands in a distributed trace: W3C Trace Context, level 1
// (https://www.w3.org/TR/trace-context-1/), the headers traceparent and tracestate. What is malformed
// is no fault of a request: it is as if nothing had come, and a new trace begins. Plain data.
// Thread: any.
#pragma once

#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    TRACE_ID_DIGITS = 32,
    TRACE_SPAN_DIGITS = 16,
    TRACE_PARENT_LEN = 55, // of a traceparent of version 00
    // Of a tracestate that is passed on; the least that 3.3.1.5 asks for.
    TRACE_STATE_BYTES_MAX = 512,
    TRACE_STATE_MEMBERS_MAX = 32,
};

struct trace {
    char trace_id[TRACE_ID_DIGITS + 1];    // lower-case hex; "" while there is no trace
    char parent_id[TRACE_SPAN_DIGITS + 1]; // the span that what carries the trace is a child of
    bool is_sampled; // the one flag there is; others are not passed on (3.2.2.5.2)
    char state[TRACE_STATE_BYTES_MAX + 1]; // tracestate, without blanks between members; "" none
};

// Reads a traceparent: four fields of lower-case hex, of which neither id is all zeros. Of a version
// above 00 what version 00 has is read (3.2.4); version ff is none. False when it is none, and then
// `trace_out` is as it was. The state is "".
bool trace_parse(struct span traceparent, struct trace *trace_out);

// Takes a tracestate, in the order of its headers. When one member is malformed, a key comes twice, or
// there are more than TRACE_STATE_MEMBERS_MAX, there is none: the rest would say something else than
// was meant. Past TRACE_STATE_BYTES_MAX members of more than 128 bytes go first, from the right, and
// then any, from the right (3.3.1.5).
void trace_set_state(struct trace *trace, const struct span *headers, size_t count);

// A new trace, not sampled: nobody asked for it to be recorded.
void trace_begin(struct trace *trace_out);

// The same trace with a new span as the parent of what comes.
struct trace trace_child(const struct trace *trace);

// "00-<trace id>-<parent id>-<flags>"
void trace_write_parent(const struct trace *trace, char out[TRACE_PARENT_LEN + 1]);
