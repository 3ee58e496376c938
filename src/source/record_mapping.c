// SPDX-License-Identifier: MIT
#include "record_mapping.h"

#include "base/span.h"
#include "base/text.h"
#include "value_scan.h"

#include <stdbool.h>
#include <string.h>

struct renaming {
    const char *theirs; // with quotes, as is `ours`
    const char *ours;
};

// reference: Huawei Config, ListAllResources (rms_04_0104).
static const struct renaming RMS[] = {
    {"\"id\"", "\"resourceId\""},
    {"\"name\"", "\"resourceName\""},
    {"\"region_id\"", "\"regionId\""},
    {"\"ep_id\"", "\"resourceGroupId\""},
    {"\"properties\"", "\"configuration\""},
};

// AWS Config, ConfigurationItem; the members that are not here bear our names already.
static const struct renaming AWS[] = {
    {"\"awsRegion\"", "\"regionId\""},
    {"\"awsAccountId\"", "\"accountId\""},
};

struct mapping {
    enum inventory_format format;
    char *bytes;
    size_t len;
    size_t at;
    struct buf *out;
    size_t begin;         // of the record in `out`
    struct span provider; // RMS: with quotes; empty until they are met
    struct span type;
};

static void skip_blanks(struct mapping *mapping)
{
    while (mapping->at < mapping->len && value_is_blank(mapping->bytes[mapping->at])) {
        mapping->at++;
    }
}

static bool take(struct mapping *mapping, char wanted)
{
    skip_blanks(mapping);
    if (mapping->at == mapping->len || mapping->bytes[mapping->at] != wanted) {
        return false;
    }
    mapping->at++;
    return true;
}

static bool take_value(struct mapping *mapping, struct span *span_out)
{
    skip_blanks(mapping);
    struct value_scan scan;
    value_scan_begin(&scan);
    char *begin = mapping->bytes + mapping->at;
    size_t taken = 0;
    enum value_end end = value_scan_run(&scan, begin, mapping->len - mapping->at, &taken);
    mapping->at += taken;
    *span_out = (struct span){begin, taken};
    return end == VALUE_ENDS && taken > 0;
}

static struct span our_name(const struct mapping *mapping, struct span name)
{
    bool is_rms = mapping->format == INVENTORY_RMS;
    const struct renaming *table = is_rms ? RMS : AWS;
    size_t count = is_rms ? ARRAY_LEN(RMS) : ARRAY_LEN(AWS);
    for (size_t i = 0; i < count; i++) {
        if (span_equals_text(name, table[i].theirs)) {
            return span_of(table[i].ours);
        }
    }
    return name;
}

static void append(struct mapping *mapping, struct span name, struct span value)
{
    (void)buf_append_char(mapping->out, mapping->out->len == mapping->begin ? '{' : ',');
    (void)buf_append(mapping->out, name.bytes, name.len);
    (void)buf_append_char(mapping->out, ':');
    (void)buf_append(mapping->out, value.bytes, value.len);
}

// RMS gives the type in two members, which wait for each other. NULL when the name is of neither.
static struct span *type_part(struct mapping *mapping, struct span name)
{
    if (mapping->format != INVENTORY_RMS) {
        return NULL;
    }
    return span_equals_text(name, "\"provider\"") ? &mapping->provider
           : span_equals_text(name, "\"type\"")   ? &mapping->type
                                                  : NULL;
}

static bool map_member(struct mapping *mapping)
{
    struct span name;
    struct span value;
    skip_blanks(mapping);
    if (mapping->at == mapping->len || mapping->bytes[mapping->at] != '"' ||
        !take_value(mapping, &name) || !take(mapping, ':') || !take_value(mapping, &value)) {
        return false;
    }
    struct span *part = type_part(mapping, name);
    if (part == NULL) {
        append(mapping, our_name(mapping, name), value);
        return true;
    }
    if (part->len > 0) {
        return false; // twice: the evaluator shall see both, and refuse them
    }
    *part = value;
    return true;
}

static bool is_filled_text(struct span value)
{
    return value.len > 2 && value.bytes[0] == '"';
}

static void append_type(struct mapping *mapping)
{
    struct span provider = mapping->provider;
    struct span type = mapping->type;
    if (is_filled_text(provider) && is_filled_text(type)) {
        // "ecs" and "cloudservers": without the inner quotes, one text.
        append(mapping, span_of("\"resourceType\""),
               (struct span){provider.bytes, provider.len - 1});
        (void)buf_append_char(mapping->out, '.');
        (void)buf_append(mapping->out, type.bytes + 1, type.len - 1);
        return;
    }
    const struct renaming parts[] = {{"\"provider\"", NULL}, {"\"type\"", NULL}};
    const struct span values[] = {provider, type};
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        if (values[i].len > 0) {
            append(mapping, span_of(parts[i].theirs), values[i]);
        }
    }
}

static bool map_object(struct mapping *mapping)
{
    if (!take(mapping, '{')) {
        return false;
    }
    do {
        if (!map_member(mapping)) {
            return false;
        }
    } while (take(mapping, ','));
    if (!take(mapping, '}') || mapping->at != mapping->len) {
        return false;
    }
    append_type(mapping);
    return buf_append_text(mapping->out, "}\n");
}

void record_map(enum inventory_format format, char *record, size_t len, struct buf *out)
{
    struct mapping mapping = {
        .format = format, .bytes = record, .len = len, .out = out, .begin = out->len};
    bool is_ours = format == INVENTORY_LINES || format == INVENTORY_ARRAY;
    if (is_ours || !map_object(&mapping)) {
        // Overflow, too: a name that is there a million times grows a million times.
        out->overflow = false;
        buf_truncate(out, mapping.begin);
        (void)buf_append(out, record, len);
        (void)buf_append_char(out, '\n');
    }
}
