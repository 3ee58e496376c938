// SPDX-License-Identifier: MIT
#include "sample_report.h"

#include "base/mem.h"
#include "render/render.h"

#include <string.h>

enum {
    ITEMS = 6,
    CATALOGS = 5,
    RULES = 5,
    WAIVERS = 2,
    LINE_BYTES = 16 * 1024,
    JSON_BYTES = 1 << 20
};

static const char DIGEST[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

static struct check_item items[ITEMS] = {
    {"item-mfa", "MFA for each user"},
    {"item-admin", "Few administrators"},
    {"item-rotation", "Keys are rotated"},
    {"item-public", "No public buckets"},
    {"item-encryption", "Backups are encrypted"},
    {"item-review", "Logs are reviewed"},
};

static size_t users_items[] = {0, 1};
static size_t keys_items[] = {2};
static size_t storage_items[] = {3, 4};
static size_t logs_items[] = {5};

static struct catalog catalogs[CATALOGS] = {
    {.uuid = "dir-identity", .name = "Identity", .parent = PACK_TOP},
    {.uuid = "dir-users", .name = "", .depth = 1, .items = users_items, .item_count = 2},
    {.uuid = "dir-keys", .name = "密钥 keys", .depth = 1, .items = keys_items, .item_count = 1},
    {.uuid = "dir-storage",
     .name = "Storage",
     .parent = PACK_TOP,
     .items = storage_items,
     .item_count = 2},
    {.uuid = "dir-logs", .name = "", .parent = PACK_TOP, .items = logs_items, .item_count = 1},
};

static struct pack pack = {
    .uuid = "pack-1",
    .name = "Sample baseline",
    .version = "1.0",
    .owner = "",
    .description = "For tests",
    .classify = "",
    .areas = "",
    .region = "",
    .state = 1,
    .type = 1,
    .catalogs = catalogs,
    .catalog_count = CATALOGS,
    .items = items,
    .item_count = ITEMS,
};

static char *types[] = {"iam.users", "obs.buckets"};
static char *broken_items[] = {"item-acl"};

static struct rule rules[RULES] = {
    {.id = "r-mfa", .name = "MFA", .file = "/etc/rules/iam.json", .risk = RISK_HIGH},
    {.id = "r-admin", .name = "Admins", .file = "/etc/rules/iam.json", .risk = RISK_LOW},
    {.id = "r-rotation", .name = "Rotation", .file = "iam.json", .risk = RISK_HIGH},
    {.id = "r-public", .name = "Public", .file = "obs.json", .risk = RISK_MEDIUM},
    {.id = "r-acl",
     .name = "ACL",
     .file = "obs.json",
     .risk = RISK_MEDIUM,
     .item_uuids = {.items = broken_items, .count = ARRAY_LEN(broken_items)},
     .broken = true,
     .broken_reason = "unknown operator \"Equal\""},
};

static const struct waiver waivers[WAIVERS] = {
    {.id = "w-1",
     .rule = "r-rotation",
     .resource = "key-*",
     .reason = "moves in spring",
     .approver = "security-lead",
     .category = "accepted",
     .ticket = "T-1",
     .until_ms = 1800000000000},
    {.id = "w-0",
     .rule = "*",
     .resource = "old-*",
     .reason = "going away",
     .approver = "security-lead",
     .category = "accepted",
     .ticket = "",
     .from_ms = 1600000000000,
     .until_ms = 1700000000000},
};

static const struct attestation attestations[] = {
    {.item_uuid = "item-encryption",
     .outcome = OUTCOME_COMPLIANT,
     .by = "auditor",
     .evidence = "T-2",
     .at_ms = 1780000000000,
     .until_ms = 1790000000000},
    {.item_uuid = "item-review",
     .outcome = OUTCOME_COMPLIANT,
     .by = "auditor",
     .evidence = "T-3",
     .at_ms = 1770000000000,
     .until_ms = 1770600000000},
};

static struct outcome_counts one_of(enum outcome outcome)
{
    struct outcome_counts counts = {{0}};
    counts.of[outcome] = 1;
    return counts;
}

static void fill_rules(struct report *report)
{
    static const enum outcome OUTCOMES[RULES] = {OUTCOME_NON_COMPLIANT, OUTCOME_COMPLIANT,
                                                 OUTCOME_IGNORED, OUTCOME_COMPLIANT, OUTCOME_ERROR};
    report->rules = mem_alloc(RULES, sizeof(*report->rules));
    report->rule_count = RULES;
    for (size_t i = 0; i < RULES; i++) {
        rules[i].resource_types = (struct text_list){.items = types, .count = ARRAY_LEN(types)};
        report->rules[i] =
            (struct report_rule){.rule = &rules[i], .outcome = OUTCOMES[i], .is_bound = true};
        if (OUTCOMES[i] != OUTCOME_ERROR) {
            report->rules[i].counts = one_of(OUTCOMES[i]);
            report->finding_counts.of[OUTCOMES[i]]++;
        }
    }
    report->rules[0].counts.of[OUTCOME_COMPLIANT] = 1;
    report->finding_counts.of[OUTCOME_COMPLIANT]++;
}

static void fill_items(struct report *report)
{
    static const struct report_item ITEM[ITEMS] = {
        {.outcome = OUTCOME_NON_COMPLIANT, .source = VERDICT_RULE, .risk = RISK_HIGH},
        {.outcome = OUTCOME_COMPLIANT, .source = VERDICT_RULE, .risk = RISK_LOW},
        {.outcome = OUTCOME_IGNORED, .source = VERDICT_RULE, .risk = RISK_HIGH},
        {.outcome = OUTCOME_ERROR, .source = VERDICT_RULE, .risk = RISK_MEDIUM},
        {.outcome = OUTCOME_COMPLIANT,
         .source = VERDICT_ATTESTATION,
         .risk = RISK_MEDIUM,
         .attestation = &attestations[0]},
        {.outcome = OUTCOME_MANUAL,
         .source = VERDICT_NONE,
         .risk = RISK_MEDIUM,
         .lapsed = &attestations[1]},
    };
    report->items = mem_dup(ITEM, sizeof(ITEM));
    report->item_count = ITEMS;
    for (size_t i = 0; i < ITEMS; i++) {
        struct report_item *item = &report->items[i];
        item->item = &items[i];
        report->item_counts.of[item->outcome]++;
        if (item->source == VERDICT_RULE) {
            item->rules = mem_alloc(2, sizeof(size_t));
            item->rules[item->rule_count++] = i;
            item->counts = report->rules[i].counts;
        }
    }
    report->items[3].rules[report->items[3].rule_count++] = 4;
}

static void fill_catalogs(struct report *report)
{
    report->catalogs = mem_alloc(CATALOGS, sizeof(*report->catalogs));
    report->catalog_count = CATALOGS;
    for (size_t i = 0; i < CATALOGS; i++) {
        report->catalogs[i].catalog = &catalogs[i];
        for (size_t k = 0; k < catalogs[i].item_count; k++) {
            enum outcome outcome = report->items[catalogs[i].items[k]].outcome;
            report->catalogs[i].items.of[outcome]++;
            report->catalogs[0].items.of[outcome] += catalogs[i].parent == 0 ? 1 : 0;
        }
    }
    const struct scores identity = {{1, 2}, {1, 4}, {1, 3}, {1, 7}};
    const struct scores keys = {{0, 0}, {0, 0}, {0, 1}, {0, 3}};
    const struct scores storage = {{1, 1}, {2, 2}, {1, 1}, {2, 2}};
    report->catalogs[0].scores = identity;
    report->catalogs[1].scores = (struct scores){{1, 2}, {1, 4}, {1, 2}, {1, 4}};
    report->catalogs[2].scores = keys;
    report->catalogs[3].scores = storage;
    report->scores = (struct scores){{2, 3}, {3, 6}, {2, 4}, {3, 9}};
}

static void fill_findings(struct sample_report *sample)
{
    struct evidence *evidence = &sample->evidence;
    evidence_init(evidence);
    (void)buf_append_text(&evidence->configuration, "false");
    (void)buf_append_text(&evidence->desired_value, "true");
    (void)buf_append_text(&evidence->operator_name, "StringEquals");
    (void)buf_append_text(&evidence->property, "$.mfa.enabled");
    const struct finding finding = {.risk = RISK_HIGH,
                                    .rule_name = "MFA",
                                    .rule_id = "r-mfa",
                                    .resource_type = {"iam.users", sizeof("iam.users") - 1},
                                    .region_id = {"region-1", sizeof("region-1") - 1},
                                    .account_id = {"1001", sizeof("1001") - 1},
                                    .resource_name = {"", sizeof("") - 1},
                                    .waiver_id = ""};
    static const struct {
        size_t rule;
        enum outcome outcome;
        const char *resource;
    } ROWS[SAMPLE_FINDINGS] = {{0, OUTCOME_NON_COMPLIANT, "user-a"},
                               {1, OUTCOME_COMPLIANT, "user-a"},
                               {0, OUTCOME_COMPLIANT, "user-b"},
                               {2, OUTCOME_IGNORED, "key-1"},
                               {3, OUTCOME_COMPLIANT, "bucket-1"}};
    for (size_t i = 0; i < SAMPLE_FINDINGS; i++) {
        struct finding *row = &sample->findings[i];
        *row = finding;
        row->outcome = ROWS[i].outcome;
        row->rule = ROWS[i].rule;
        row->rule_id = rules[ROWS[i].rule].id;
        row->rule_name = rules[ROWS[i].rule].name;
        row->risk = rules[ROWS[i].rule].risk;
        row->resource_id = span_of(ROWS[i].resource);
        row->line = i + 1;
        row->offset = 100 * i;
        row->waiver_id = row->outcome == OUTCOME_IGNORED ? "w-1" : "";
        row->evidence = row->outcome == OUTCOME_COMPLIANT ? NULL : evidence;
        struct buf line;
        buf_init(&line, LINE_BYTES);
        render_finding_ndjson(row, NULL, &line);
        sample->lines[i] = buf_take(&line);
    }
}

struct sample_report *sample_report_create(void)
{
    struct sample_report *sample = mem_alloc(1, sizeof(*sample));
    struct report *report = &sample->report;
    *report = (struct report){
        .report_id = "REPORT-1",
        .account_id = "1001",
        .generated_at_ms = 1785000000123,
        .evaluated_as_of_ms = 1785000000000,
        .fence = 7,
        .pack = &pack,
        .rules_digest = DIGEST,
        .waivers_digest = DIGEST,
        .attestations_digest = "",
        .inventory = {.records = 4, .bad_lines = 1, .blank_lines = 2, .bytes = 900},
    };
    memcpy(pack.digest, DIGEST, sizeof(pack.digest));
    memcpy(report->inventory.digest, DIGEST, sizeof(report->inventory.digest));
    diags_init(&report->inventory.problems);
    diags_init(&report->input_problems);
    diags_add(&report->inventory.problems, DIAG_ERROR, "inventory.json",
              (struct diag_place){.file = "/data/inventory.ndjson", .line = 5}, "no JSON: %s",
              "end of line");
    diags_add(&report->input_problems, DIAG_ERROR, "rule.operator.unknown",
              (struct diag_place){.file = "/etc/rules/obs.json", .pointer = "/rules/1"},
              "unknown operator");
    fill_rules(report);
    fill_items(report);
    fill_catalogs(report);
    report->waivers = mem_alloc(WAIVERS, sizeof(*report->waivers));
    report->waiver_count = WAIVERS;
    report->waivers[0] = (struct report_waiver){.waiver = &waivers[0],
                                                .state = WAIVER_IN_FORCE,
                                                .lapses_soon = true,
                                                .used = 1,
                                                .resources = 1,
                                                .rules = 1};
    report->waivers[1] = (struct report_waiver){.waiver = &waivers[1], .state = WAIVER_LAPSED};
    fill_findings(sample);
    return sample;
}

void sample_report_destroy(struct sample_report **sample)
{
    report_deinit(&(*sample)->report);
    evidence_deinit(&(*sample)->evidence);
    for (size_t i = 0; i < SAMPLE_FINDINGS; i++) {
        mem_free(&(*sample)->lines[i]);
    }
    mem_free(sample);
}

void sample_report_render(const struct sample_report *sample, struct buf *out)
{
    buf_init(out, JSON_BYTES);
    render_report_json(&sample->report, (const char *const *)sample->lines, SAMPLE_FINDINGS, out);
}
