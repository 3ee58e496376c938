// SPDX-License-Identifier: MIT
#include "base/digest.h"
#include "base/limits.h"
#include "base/mem.h"
#include "domain/json_list.h"
#include "domain/waiver.h"

// A manual verdict holds seven days (huawei-secmaster.md 1.7).
static const int64_t DEFAULT_VALIDITY_MS = INT64_C(7) * 24 * 60 * 60 * 1000;

static const char *const MEMBERS[] = {"item", "outcome", "by", "at", "evidence", "until"};
static const enum outcome OUTCOMES_ALLOWED[] = {OUTCOME_COMPLIANT, OUTCOME_NON_COMPLIANT,
                                                OUTCOME_NOT_APPLICABLE};

static void attestation_deinit(struct attestation *attestation)
{
    mem_free(&attestation->item_uuid);
    mem_free(&attestation->item_name);
    mem_free(&attestation->by);
    mem_free(&attestation->evidence);
}

static struct attestation read_attestation(struct json_source *source, const struct json_node *node)
{
    json_expect_members(source, node, MEMBERS, ARRAY_LEN(MEMBERS));
    struct attestation attestation = {0};
    struct json_node item = json_member(node, "item");
    if (json_is_absent(&item)) {
        json_missing(source, node, "item");
    } else {
        json_read_item_name(source, &item, &attestation.item_uuid, &attestation.item_name);
    }
    attestation.outcome =
        json_read_outcome(source, node, "outcome", OUTCOMES_ALLOWED, ARRAY_LEN(OUTCOMES_ALLOWED));
    attestation.by = json_read_text(source, node, "by", JSON_REQUIRED);
    attestation.evidence = json_read_text(source, node, "evidence", JSON_REQUIRED);
    attestation.at_ms = json_read_time(source, node, "at", JSON_REQUIRED);
    struct json_node until = json_member(node, "until");
    if (json_is_absent(&until)) {
        attestation.until_ms = attestation.at_ms + DEFAULT_VALIDITY_MS;
        return attestation;
    }
    attestation.until_ms = json_read_time(source, node, "until", JSON_REQUIRED);
    if (source->first.kind == ERR_OK && attestation.until_ms <= attestation.at_ms) {
        json_error(source, &until, "range", "this is not after \"at\"; a later time is right");
    }
    return attestation;
}

static void add_attestation(void *context, struct json_list *list, const struct json_node *node)
{
    struct attestation_set *set = context;
    struct attestation attestation = read_attestation(list->source, node);
    if (list->source->first.kind != ERR_OK) {
        attestation_deinit(&attestation);
        return;
    }
    set->items = mem_grow(set->items, &set->capacity, set->count + 1, sizeof(*set->items));
    set->items[set->count++] = attestation;
}

enum err_kind attestation_set_load(struct attestation_set *set, const char *json, size_t len,
                                   const char *file, struct diags *diags, struct err *err)
{
    struct attestation_set loaded = {0};
    struct json_source source = {.noun = "attestation", .file = file, .diags = diags};
    struct json_list list = {.source = &source,
                             .key = "attestations",
                             .limit = LIMIT_ATTESTATIONS,
                             .on_entry = add_attestation,
                             .context = &loaded,
                             .skips_bad = true};
    enum err_kind kind =
        json_list_read(&list, (struct json_bytes){json, len, LIMIT_SIDE_FILE_BYTES}, err);
    if (kind != ERR_OK) {
        attestation_set_deinit(&loaded);
        return kind;
    }
    digest_hex(json, len, loaded.digest);
    *set = loaded;
    return ERR_OK;
}

void attestation_set_deinit(struct attestation_set *set)
{
    for (size_t i = 0; i < set->count; i++) {
        attestation_deinit(&set->items[i]);
    }
    mem_free(&set->items);
    *set = (struct attestation_set){0};
}
