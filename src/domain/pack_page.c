// SPDX-License-Identifier: MIT
#include "domain/pack_page.h"

#include "base/limits.h"
#include "base/mem.h"
#include "domain/json_read.h"

#include <string.h>

static void summary_deinit(struct pack_summary *summary)
{
    mem_free(&summary->name);
    mem_free(&summary->description);
}

static void add_pack(struct json_source *source, const struct json_node *node,
                     struct pack_page *page)
{
    const char *id = json_string_value(json_object_get(node->value, "uuid"));
    if (id == NULL || !text_is_id(id, strlen(id))) {
        json_warning(source, node, "uuid",
                     "the pack has no \"uuid\" of 1 to %d letters, digits, '-' and '_'; it is left "
                     "out",
                     TEXT_ID_MAX);
        return;
    }
    struct pack_summary *summary = &page->items[page->count++];
    (void)text_copy(summary->id, sizeof(summary->id), id);
    summary->name = json_read_text(source, node, "name", JSON_OPTIONAL);
    summary->description = json_read_text(source, node, "description", JSON_OPTIONAL);
}

// The vendor types its counts as numbers, so that 75 and 75.0 are the same.
static uint64_t read_total(const struct json_node *root)
{
    static const double EXACT_MAX = 9007199254740992.0; // 2^53
    double total = json_number_value(json_object_get(root->value, "count"));
    return total >= 1 && total <= EXACT_MAX ? (uint64_t)total : 0;
}

static void read_page(struct json_source *source, const struct json_node *root,
                      struct pack_page *page)
{
    struct json_node list;
    size_t count = json_read_array(source, root, "compliance_packages", &list);
    size_t taken = count < PACK_PAGE_MAX ? count : PACK_PAGE_MAX;
    page->total = read_total(root);
    page->items = mem_alloc(taken, sizeof(*page->items));
    for (size_t i = 0; i < taken; i++) {
        struct json_node node = json_element(&list, i);
        if (json_expect_object(source, &node)) {
            add_pack(source, &node, page);
        }
    }
    if (taken < count) {
        json_warning(source, &list, "count", "the page holds %zu packs; the first %d are taken",
                     count, PACK_PAGE_MAX);
    }
}

enum err_kind pack_page_load(const char *json, size_t len, const char *name,
                             struct pack_page *page_out, struct diags *diags, struct err *err)
{
    struct json_source source = {.noun = "packs", .file = name, .diags = diags};
    struct pack_page page = {0};
    struct json_node root =
        json_read_document(&source, (struct json_bytes){json, len, LIMIT_PACK_BYTES});
    if (root.value != NULL && json_expect_object(&source, &root)) {
        read_page(&source, &root, &page);
    }
    json_decref(root.value);
    enum err_kind kind = json_source_result(&source, err);
    if (kind == ERR_OK) {
        *page_out = page;
    } else {
        pack_page_deinit(&page);
    }
    return kind;
}

void pack_page_deinit(struct pack_page *page)
{
    for (size_t i = 0; i < page->count; i++) {
        summary_deinit(&page->items[i]);
    }
    mem_free(&page->items);
    *page = (struct pack_page){0};
}
