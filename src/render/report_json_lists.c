// SPDX-License-Identifier: MIT
#include "report_json.h"

#include "base/mem.h"
#include "catalog_position.h"
#include "json_build.h"

enum { POSITION_BYTES = 1024, REASON_BYTES = 1024 };

json_t *report_json_inventory(const struct report_inventory *inventory)
{
    json_t *object = build_object();
    build_put_number(object, "records", inventory->records);
    build_put_number(object, "badLines", inventory->bad_lines);
    build_put_number(object, "duplicates", inventory->duplicates);
    build_put_number(object, "blankLines", inventory->blank_lines);
    build_put_number(object, "bytes", inventory->bytes);
    return object;
}

static json_t *build_section(const struct report_section *section)
{
    json_t *object = build_object();
    build_put_text(object, "accountId", section->account_id);
    build_put(object, "hasInventory", json_boolean(section->has_inventory));
    if (!section->has_inventory) {
        return object;
    }
    json_t *inventory = report_json_inventory(&section->inventory);
    build_put_text(inventory, "sha256", section->inventory.digest);
    build_put(object, "inventory", inventory);
    build_put(object, "checkItemCounts", build_counts(&section->item_counts));
    build_put(object, "findingCounts", build_counts(&section->finding_counts));
    build_put(object, "scores", build_scores(&section->scores));
    return object;
}

json_t *report_json_accounts(const struct report *report)
{
    json_t *list = build_array();
    for (size_t i = 0; i < report->section_count; i++) {
        build_push(list, build_section(&report->sections[i]));
    }
    return list;
}

static json_t *build_catalog(const struct report *report, const size_t *ordinals, size_t index)
{
    const struct catalog *catalog = &report->pack->catalogs[index];
    json_t *items = build_array();
    for (size_t i = 0; i < catalog->item_count; i++) {
        build_push(items, build_text(report->pack->items[catalog->items[i]].uuid));
    }
    struct buf position;
    buf_init(&position, POSITION_BYTES);
    catalog_append_position(report->pack, ordinals, index, &position);
    json_t *object = build_object();
    build_put_text(object, "uuid", catalog->uuid);
    build_put_text(object, "position", buf_text(&position));
    build_put_text_if_any(object, "name", catalog->name);
    build_put(object, "checkItems", items);
    build_put(object, "checkItemCounts", build_counts(&report->catalogs[index].items));
    build_put(object, "scores", build_scores(&report->catalogs[index].scores));
    build_put(object, "catalogs", build_array());
    buf_deinit(&position);
    return object;
}

json_t *report_json_catalogs(const struct report *report)
{
    REQUIRE(report->catalog_count == report->pack->catalog_count);
    size_t *ordinals = catalog_ordinals(report->pack);
    json_t **objects = mem_alloc(report->catalog_count, sizeof(json_t *)); // borrowed by the tree
    json_t *top = build_array();
    for (size_t i = 0; i < report->catalog_count; i++) {
        int parent = report->pack->catalogs[i].parent;
        objects[i] = build_catalog(report, ordinals, i);
        build_push(parent == PACK_TOP ? top : json_object_get(objects[parent], "catalogs"),
                   objects[i]);
    }
    mem_free(&objects);
    mem_free(&ordinals);
    return top;
}

static json_t *build_attestation(const struct attestation *attestation)
{
    json_t *object = build_object();
    build_put_text(object, "outcome", outcome_text(attestation->outcome));
    build_put_text(object, "by", attestation->by);
    build_put_text(object, "evidence", attestation->evidence);
    build_put_time(object, "at", attestation->at_ms);
    build_put_time(object, "until", attestation->until_ms);
    return object;
}

static json_t *build_item(const struct report *report, const struct report_item *item)
{
    json_t *rules = build_array();
    for (size_t i = 0; i < item->rule_count; i++) {
        build_push(rules, build_text(report->rules[item->rules[i]].rule->id));
    }
    json_t *object = build_object();
    build_put_text(object, "uuid", item->item->uuid);
    build_put_text(object, "name", item->item->name);
    build_put_text(object, "outcome", outcome_text(item->outcome));
    build_put_text(object, "verdictSource", verdict_source_text(item->source));
    build_put_number(object, "riskLevel", (uint64_t)item->risk);
    build_put(object, "rules", rules);
    build_put(object, "findingCounts", build_counts(&item->counts));
    if (item->attestation != NULL) {
        build_put(object, "attestation", build_attestation(item->attestation));
    }
    if (item->lapsed != NULL) {
        build_put(object, "lapsedAttestation", build_attestation(item->lapsed));
    }
    return object;
}

json_t *report_json_items(const struct report *report)
{
    json_t *list = build_array();
    for (size_t i = 0; i < report->item_count; i++) {
        build_push(list, build_item(report, &report->items[i]));
    }
    return list;
}

static json_t *build_rule(const struct report_rule *entry)
{
    const struct rule *rule = entry->rule;
    json_t *types = build_array();
    for (size_t i = 0; i < rule->resource_types.count; i++) {
        build_push(types, build_text(rule->resource_types.items[i]));
    }
    json_t *object = build_object();
    build_put_text(object, "id", rule->id);
    build_put_text_if_any(object, "name", rule->name);
    build_put_text_if_any(object, "description", rule->description);
    build_put_text_if_any(object, "remediation", rule->remediation);
    build_put_text_if_any(object, "file", rule->file == NULL ? NULL : build_file_name(rule->file));
    build_put_text_if_any(object, "brokenReason", rule->broken ? rule->broken_reason : NULL);
    build_put_text(object, "outcome", outcome_text(entry->outcome));
    build_put_number(object, "riskLevel", (uint64_t)rule->risk);
    build_put(object, "bound", json_boolean(entry->is_bound));
    build_put(object, "resourceTypes", types);
    build_put(object, "findingCounts", build_counts(&entry->counts));
    return object;
}

json_t *report_json_rules(const struct report *report)
{
    json_t *list = build_array();
    for (size_t i = 0; i < report->rule_count; i++) {
        build_push(list, build_rule(&report->rules[i]));
    }
    return list;
}

static const char *waiver_state_text(enum waiver_state state)
{
    static const char *const TEXTS[] = {
        [WAIVER_IN_FORCE] = "IN_FORCE", [WAIVER_NOT_YET] = "NOT_YET", [WAIVER_LAPSED] = "LAPSED"};
    REQUIRE((size_t)state < ARRAY_LEN(TEXTS));
    return TEXTS[state];
}

static void put_breadth_reason(json_t *object, const struct report_waiver *entry)
{
    struct buf reason;
    buf_init(&reason, REASON_BYTES);
    report_waiver_explain_breadth(entry, &reason);
    build_put_text_if_any(object, "overBroadReason", buf_text(&reason));
    buf_deinit(&reason);
}

static json_t *build_waiver(const struct report_waiver *entry)
{
    const struct waiver *waiver = entry->waiver;
    json_t *object = build_object();
    build_put_text(object, "id", waiver->id);
    build_put_text(object, "rule", waiver->rule);
    build_put_text(object, "resource", waiver->resource);
    build_put_text(object, "reason", waiver->reason);
    build_put_text(object, "approver", waiver->approver);
    build_put_text(object, "category", waiver->category);
    build_put_text_if_any(object, "ticket", waiver->ticket);
    if (waiver->from_ms != 0) {
        build_put_time(object, "from", waiver->from_ms);
    }
    build_put_time(object, "until", waiver->until_ms);
    build_put_text(object, "state", waiver_state_text(entry->state));
    build_put(object, "lapsesSoon", json_boolean(entry->lapses_soon));
    build_put_number(object, "findingsExcused", entry->used);
    build_put_number(object, "resourcesExcused", entry->resources);
    build_put(object, "unused", json_boolean(entry->is_unused));
    build_put(object, "overBroad", json_boolean(entry->breadth != WAIVER_NARROW));
    put_breadth_reason(object, entry);
    return object;
}

json_t *report_json_waivers(const struct report *report)
{
    json_t *list = build_array();
    for (size_t i = 0; i < report->waiver_count; i++) {
        build_push(list, build_waiver(&report->waivers[i]));
    }
    return list;
}
