// SPDX-License-Identifier: MIT
#include "domain/waiver.h"

#include "base/digest.h"
#include "base/limits.h"
#include "base/mem.h"
#include "domain/json_list.h"

#include <string.h>

static const char *const MEMBERS[] = {
    "id", "rule", "resource", "reason", "approver", "category", "ticket", "from", "until",
};
static const char *const CATEGORIES[] = {"accepted", "mitigated", "false-positive"};

static void waiver_deinit(struct waiver *waiver)
{
    mem_free(&waiver->id);
    mem_free(&waiver->rule);
    mem_free(&waiver->resource);
    mem_free(&waiver->reason);
    mem_free(&waiver->approver);
    mem_free(&waiver->category);
    mem_free(&waiver->ticket);
    mem_free(&waiver->pointer);
}

static struct waiver read_waiver(struct json_source *source, const struct json_node *node)
{
    struct json_choices categories = {CATEGORIES, ARRAY_LEN(CATEGORIES)};
    json_expect_members(source, node, MEMBERS, ARRAY_LEN(MEMBERS));
    size_t category = json_read_choice(source, node, "category", categories, 0);
    struct waiver waiver = {
        .id = json_read_text(source, node, "id", JSON_REQUIRED),
        .rule = json_read_text(source, node, "rule", JSON_REQUIRED),
        .resource = json_read_text(source, node, "resource", JSON_REQUIRED),
        .reason = json_read_text(source, node, "reason", JSON_REQUIRED),
        .approver = json_read_text(source, node, "approver", JSON_REQUIRED),
        .category = mem_text(CATEGORIES[category]),
        .ticket = json_read_text(source, node, "ticket", JSON_OPTIONAL),
        .from_ms = json_read_time(source, node, "from", JSON_OPTIONAL),
        .until_ms = json_read_time(source, node, "until", JSON_REQUIRED),
        .pointer = json_node_pointer(node),
    };
    if (source->first.kind == ERR_OK && waiver.until_ms <= waiver.from_ms) {
        struct json_node until = json_member(node, "until");
        json_error(source, &until, "range", "this is not after \"from\"; a later time is right");
    }
    return waiver;
}

static void add_waiver(void *context, struct json_list *list, const struct json_node *node)
{
    struct waiver_set *set = context;
    struct waiver waiver = read_waiver(list->source, node);
    if (list->source->first.kind == ERR_OK) {
        json_list_claim(list, node, "id", waiver.id);
    }
    if (list->source->first.kind != ERR_OK) {
        waiver_deinit(&waiver);
        return;
    }
    set->items = mem_grow(set->items, &set->capacity, set->count + 1, sizeof(*set->items));
    set->items[set->count++] = waiver;
}

enum err_kind waiver_set_load(struct waiver_set *set, const char *json, size_t len,
                              const char *file, struct diags *diags, struct err *err)
{
    struct waiver_set loaded = {0};
    struct json_source source = {.noun = "waiver", .file = file, .diags = diags};
    struct json_list list = {.source = &source,
                             .key = "waivers",
                             .limit = LIMIT_WAIVERS,
                             .on_entry = add_waiver,
                             .context = &loaded,
                             .skips_bad = true};
    enum err_kind kind =
        json_list_read(&list, (struct json_bytes){json, len, LIMIT_SIDE_FILE_BYTES}, err);
    if (kind != ERR_OK) {
        waiver_set_deinit(&loaded);
        return kind;
    }
    loaded.file = mem_text(file);
    digest_hex(json, len, loaded.digest);
    *set = loaded;
    return ERR_OK;
}

void waiver_set_deinit(struct waiver_set *set)
{
    for (size_t i = 0; i < set->count; i++) {
        waiver_deinit(&set->items[i]);
    }
    mem_free(&set->items);
    mem_free(&set->file);
    *set = (struct waiver_set){0};
}

enum waiver_state waiver_state_at(const struct waiver *waiver, int64_t now_ms)
{
    if (now_ms < waiver->from_ms) {
        return WAIVER_NOT_YET;
    }
    return now_ms < waiver->until_ms ? WAIVER_IN_FORCE : WAIVER_LAPSED;
}
