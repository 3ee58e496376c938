// SPDX-License-Identifier: MIT
//
// findings.ndjson. Written by hand and not through a JSON tree: an inventory of ten million
// resources gives more lines than that.
#include "render/render.h"

#include "json_text.h"
#include "parts.h"

#include <inttypes.h>

// `before` holds everything up to the value: the comma, the quoted name and the colon.
static void append_member(struct buf *out, const char *before, struct span text)
{
    (void)buf_append_text(out, before);
    json_text_append(out, text.bytes, text.len);
}

static void append_evidence_member(struct buf *out, const char *before, const struct buf *text)
{
    (void)buf_append_text(out, before);
    json_text_append(out, buf_text(text), text->len);
}

// The vendor's annotation members, under the vendor's names.
static void append_annotation(struct buf *out, const struct evidence *evidence)
{
    append_evidence_member(out, ",\"annotation\":{\"configuration\":", &evidence->configuration);
    append_evidence_member(out, ",\"desiredValue\":", &evidence->desired_value);
    append_evidence_member(out, ",\"operator\":", &evidence->operator_name);
    append_evidence_member(out, ",\"property\":", &evidence->property);
    append_evidence_member(out, ",\"reason\":", &evidence->reason);
    (void)buf_append_char(out, '}');
}

static void write_rule(const struct finding *finding, struct buf *out)
{
    append_member(out, ",\"ruleId\":", span_of(finding->rule_id));
    append_member(out, ",\"ruleName\":", span_of(finding->rule_name));
    (void)buf_append_format(out, ",\"riskLevel\":%d", (int)finding->risk);
}

static void write_record(const struct finding *finding, struct buf *out)
{
    append_member(out, ",\"resourceId\":", finding->resource_id);
    append_member(out, ",\"resourceName\":", finding->resource_name);
    append_member(out, ",\"resourceType\":", finding->resource_type);
    append_member(out, ",\"regionId\":", finding->region_id);
    append_member(out, ",\"accountId\":", finding->account_id);
    (void)buf_append_format(out, ",\"line\":%" PRIu64 ",\"offset\":%" PRIu64, finding->line,
                            finding->offset);
}

void render_finding_ndjson(const struct finding *finding, struct render_parts *parts,
                           struct buf *out)
{
    (void)buf_append_text(out, "{\"outcome\":\"");
    (void)buf_append_text(out, outcome_text(finding->outcome));
    (void)buf_append_char(out, '"');
    parts_append_rule(parts, PARTS_NDJSON, finding, write_rule, out);
    parts_append_record(parts, PARTS_NDJSON, finding, write_record, out);
    if (finding->waiver_id[0] != '\0') {
        append_member(out, ",\"waiverId\":", span_of(finding->waiver_id));
    }
    if (finding->evidence != NULL) {
        append_annotation(out, finding->evidence);
    }
    (void)buf_append_text(out, "}\n");
}
