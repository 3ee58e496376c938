// SPDX-License-Identifier: MIT
#include "domain/trace.h"

#include "base/random.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

enum {
    VERSION_AT = 0,
    TRACE_ID_AT = 3,
    PARENT_ID_AT = TRACE_ID_AT + TRACE_ID_DIGITS + 1,
    FLAGS_AT = PARENT_ID_AT + TRACE_SPAN_DIGITS + 1,
    BYTE_DIGITS = 2,
};
_Static_assert(FLAGS_AT + BYTE_DIGITS == TRACE_PARENT_LEN,
               "the fields and the dashes between them");

// ---- traceparent

static bool is_id(const char *text, size_t len)
{
    static const char ZEROS[TRACE_ID_DIGITS + 1] = "00000000000000000000000000000000";
    return text_is_hex(text, len) && memcmp(text, ZEROS, len) != 0;
}

// 00 has this length, a later version may have more fields.
static bool has_right_length(struct span text)
{
    if (text.len < TRACE_PARENT_LEN || (text.bytes[0] == 'f' && text.bytes[1] == 'f')) {
        return false;
    }
    bool is_first = text.bytes[0] == '0' && text.bytes[1] == '0';
    return text.len == TRACE_PARENT_LEN || (!is_first && text.bytes[TRACE_PARENT_LEN] == '-');
}

bool trace_parse(struct span traceparent, struct trace *trace_out)
{
    static const char ODD_DIGITS[] = "13579bdf"; // the flag is the lowest bit
    const char *text = traceparent.bytes;
    bool is_right = has_right_length(traceparent) && text_is_hex(text + VERSION_AT, BYTE_DIGITS) &&
                    text[TRACE_ID_AT - 1] == '-' && is_id(text + TRACE_ID_AT, TRACE_ID_DIGITS) &&
                    text[PARENT_ID_AT - 1] == '-' &&
                    is_id(text + PARENT_ID_AT, TRACE_SPAN_DIGITS) && text[FLAGS_AT - 1] == '-' &&
                    text_is_hex(text + FLAGS_AT, BYTE_DIGITS);
    if (!is_right) {
        return false;
    }
    struct trace trace = {.state = ""};
    memcpy(trace.trace_id, text + TRACE_ID_AT, TRACE_ID_DIGITS);
    memcpy(trace.parent_id, text + PARENT_ID_AT, TRACE_SPAN_DIGITS);
    trace.is_sampled = strchr(ODD_DIGITS, text[FLAGS_AT + 1]) != NULL;
    *trace_out = trace;
    return true;
}

void trace_write_parent(const struct trace *trace, char out[TRACE_PARENT_LEN + 1])
{
    int len = snprintf(out, TRACE_PARENT_LEN + 1, "00-%s-%s-%s", trace->trace_id, trace->parent_id,
                       trace->is_sampled ? "01" : "00");
    ENSURE(len == TRACE_PARENT_LEN);
}

// ---- new ids

static void make_id(char *out, size_t digits)
{
    unsigned char bytes[TRACE_ID_DIGITS / 2];
    do {
        random_bytes(bytes, digits / 2);
        text_hex(bytes, digits / 2, out);
    } while (!is_id(out, digits));
}

void trace_begin(struct trace *trace_out)
{
    struct trace trace = {.state = ""};
    make_id(trace.trace_id, TRACE_ID_DIGITS);
    make_id(trace.parent_id, TRACE_SPAN_DIGITS);
    *trace_out = trace;
}

struct trace trace_child(const struct trace *trace)
{
    struct trace child = *trace;
    make_id(child.parent_id, TRACE_SPAN_DIGITS);
    return child;
}

// ---- tracestate (3.3)

enum { KEY_MAX = 256, TENANT_MAX = 241, SYSTEM_MAX = 14, VALUE_MAX = 256, LONG_MEMBER = 128 };

struct members {
    struct span list[TRACE_STATE_MEMBERS_MAX];
    size_t count;
    size_t bytes; // of all, with the commas between them
};

static bool is_key_part(const char *text, size_t len, size_t max)
{
    static const char LETTERS[] = "abcdefghijklmnopqrstuvwxyz0123456789_-*/";
    for (size_t i = 0; i < len; i++) {
        if (memchr(LETTERS, text[i], sizeof(LETTERS) - 1) == NULL) {
            return false;
        }
    }
    return len >= 1 && len <= max;
}

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

// "vendor", or "tenant@vendor", whose tenant may begin with a digit.
static bool is_key(const char *text, size_t len)
{
    const char *at = memchr(text, '@', len);
    if (at == NULL) {
        return is_key_part(text, len, KEY_MAX) && is_lower(text[0]);
    }
    size_t tenant = (size_t)(at - text);
    size_t system = len - tenant - 1;
    return is_key_part(text, tenant, TENANT_MAX) &&
           (is_lower(text[0]) || (text[0] >= '0' && text[0] <= '9')) &&
           is_key_part(at + 1, system, SYSTEM_MAX) && is_lower(at[1]);
}

// Blanks at its end would be taken for those between members.
static bool is_value(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (text[i] < ' ' || text[i] > '~' || text[i] == ',' || text[i] == '=') {
            return false;
        }
    }
    return len >= 1 && len <= VALUE_MAX && text[len - 1] != ' ';
}

static size_t key_len(struct span member)
{
    const char *equals = member.len == 0 ? NULL : memchr(member.bytes, '=', member.len);
    return equals == NULL ? 0 : (size_t)(equals - member.bytes);
}

static bool has_key(const struct members *members, struct span key)
{
    for (size_t i = 0; i < members->count; i++) {
        const struct span known = {members->list[i].bytes, key_len(members->list[i])};
        if (span_equals(known, key)) {
            return true;
        }
    }
    return false;
}

static bool add_member(struct members *members, struct span member)
{
    const struct span key = {member.bytes, key_len(member)};
    bool is_right =
        key.len > 0 && members->count < TRACE_STATE_MEMBERS_MAX && is_key(key.bytes, key.len) &&
        is_value(member.bytes + key.len + 1, member.len - key.len - 1) && !has_key(members, key);
    if (is_right) {
        members->bytes += member.len + (members->count > 0 ? 1 : 0);
        members->list[members->count++] = member;
    }
    return is_right;
}

// The members of one header; empty ones are allowed, and say nothing.
static bool add_header(struct members *members, struct span header)
{
    while (header.len > 0) {
        const char *comma = memchr(header.bytes, ',', header.len);
        size_t len = comma == NULL ? header.len : (size_t)(comma - header.bytes);
        const struct span member = span_trim((struct span){header.bytes, len});
        if (member.len > 0 && !add_member(members, member)) {
            return false;
        }
        size_t past = len + (comma == NULL ? 0 : 1);
        header = (struct span){header.bytes + past, header.len - past};
    }
    return true;
}

static void drop(struct members *members, size_t at)
{
    members->bytes -= members->list[at].len + (members->count > 1 ? 1 : 0);
    members->count--;
    memmove(&members->list[at], &members->list[at + 1],
            (members->count - at) * sizeof(members->list[0]));
}

static void make_fit(struct members *members)
{
    for (size_t i = members->count; i-- > 0 && members->bytes > TRACE_STATE_BYTES_MAX;) {
        if (members->list[i].len > LONG_MEMBER) {
            drop(members, i);
        }
    }
    while (members->bytes > TRACE_STATE_BYTES_MAX) {
        drop(members, members->count - 1);
    }
}

void trace_set_state(struct trace *trace, const struct span *headers, size_t count)
{
    struct members members = {.count = 0};
    trace->state[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        if (!add_header(&members, headers[i])) {
            return;
        }
    }
    make_fit(&members);
    char *out = trace->state;
    for (size_t i = 0; i < members.count; i++) {
        if (i > 0) {
            *out++ = ',';
        }
        memcpy(out, members.list[i].bytes, members.list[i].len);
        out += members.list[i].len;
    }
    *out = '\0';
}
