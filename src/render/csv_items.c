// SPDX-License-Identifier: MIT
//
// The check items of a row of report.csv. They are written once for each rule: a rule may have a
// million findings, and always ends their rows in the same way.
#include "render/render.h"

#include "base/mem.h"
#include "catalog_position.h"
#include "csv_cell.h"

#include <string.h>

enum {
    CELL_BYTES = 16 * 1024 * 1024,
    ITEMS_NAMED = 100,
    CSV_NAME_BYTES = 512,
};

// Three cells while they are put together.
struct cells {
    struct buf ids;
    struct buf names;
    struct buf catalogs;
    size_t count;
};

struct render_csv_items {
    size_t rule_count;
    size_t item_count;
    struct buf *of_rules; // the end of a row, from its comma on
    struct buf *of_items;
};

static struct cells *create_cells(size_t count)
{
    struct cells *cells = mem_alloc(count, sizeof(*cells));
    for (size_t i = 0; i < count; i++) {
        buf_init(&cells[i].ids, CELL_BYTES);
        buf_init(&cells[i].names, CELL_BYTES);
        buf_init(&cells[i].catalogs, CELL_BYTES);
    }
    return cells;
}

static void destroy_cells(struct cells **cells, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        buf_deinit(&(*cells)[i].ids);
        buf_deinit(&(*cells)[i].names);
        buf_deinit(&(*cells)[i].catalogs);
    }
    mem_free(cells);
}

static void append_listed(struct buf *list, const char *text)
{
    (void)buf_append_format(list, "%s%s", list->len == 0 ? "" : "; ", text);
}

// A name or id of a pack, which may have megabytes: a directory's stands with each of its items.
static void append_name(struct buf *cell, const char *name)
{
    size_t len = strnlen(name, CSV_NAME_BYTES + 1);
    bool is_cut = len > CSV_NAME_BYTES;
    while (is_cut && (len > CSV_NAME_BYTES || ((unsigned char)name[len] & 0xc0) == 0x80)) {
        len--; // to the end of a whole character
    }
    (void)buf_append(cell, name, len);
    (void)buf_append_text(cell, is_cut ? "…" : "");
}

// "2.1.3 Access keys", of each catalogue that has the item.
static void add_catalogs(const struct pack *pack, struct cells *of_items)
{
    size_t *ordinals = catalog_ordinals(pack);
    for (size_t i = 0; i < pack->catalog_count; i++) {
        const struct catalog *catalog = &pack->catalogs[i];
        for (size_t j = 0; j < catalog->item_count; j++) {
            struct buf *list = &of_items[catalog->items[j]].catalogs;
            append_listed(list, "");
            catalog_append_position(pack, ordinals, i, list);
            (void)buf_append_text(list, catalog->name[0] == '\0' ? "" : " ");
            append_name(list, catalog->name);
        }
    }
    mem_free(&ordinals);
}

static struct cells *describe_items(const struct pack *pack)
{
    struct cells *cells = create_cells(pack->item_count);
    for (size_t i = 0; i < pack->item_count; i++) {
        append_name(&cells[i].ids, pack->items[i].uuid);
        append_name(&cells[i].names, pack->items[i].name);
    }
    add_catalogs(pack, cells);
    return cells;
}

static void add_item(struct cells *of_rule, const struct cells *item)
{
    of_rule->count++;
    if (of_rule->count > ITEMS_NAMED) {
        return;
    }
    append_listed(&of_rule->ids, buf_text(&item->ids));
    append_listed(&of_rule->names, buf_text(&item->names));
    append_listed(&of_rule->catalogs, buf_text(&item->catalogs));
}

static struct buf *write_ends(struct cells *cells, size_t count)
{
    struct buf *ends = mem_alloc(count, sizeof(*ends));
    for (size_t i = 0; i < count; i++) {
        struct cells *one = &cells[i];
        if (one->count > ITEMS_NAMED) {
            (void)buf_append_format(&one->ids, "; … and %zu more", one->count - ITEMS_NAMED);
        }
        buf_init(&ends[i], (size_t)CELL_BYTES * 8);
        csv_append_cell(&ends[i], span_of(buf_text(&one->ids)));
        csv_append_cell(&ends[i], span_of(buf_text(&one->names)));
        csv_append_cell(&ends[i], span_of(buf_text(&one->catalogs)));
        (void)buf_append_text(&ends[i], "\r\n");
    }
    return ends;
}

struct render_csv_items *render_csv_items_create(const struct pack *pack, size_t rules,
                                                 const struct render_bound *bound, size_t count)
{
    struct render_csv_items *items = mem_alloc(1, sizeof(*items));
    struct cells *of_items = describe_items(pack);
    struct cells *of_rules = create_cells(rules);
    for (size_t i = 0; i < count; i++) {
        REQUIRE(bound[i].rule < rules && bound[i].item < pack->item_count);
        add_item(&of_rules[bound[i].rule], &of_items[bound[i].item]);
    }
    items->rule_count = rules;
    items->item_count = pack->item_count;
    items->of_rules = write_ends(of_rules, rules);
    items->of_items = write_ends(of_items, pack->item_count);
    destroy_cells(&of_rules, rules);
    destroy_cells(&of_items, pack->item_count);
    return items;
}

void render_csv_items_destroy(struct render_csv_items **address)
{
    struct render_csv_items *items = *address;
    if (items == NULL) {
        return;
    }
    for (size_t i = 0; i < items->rule_count; i++) {
        buf_deinit(&items->of_rules[i]);
    }
    for (size_t i = 0; i < items->item_count; i++) {
        buf_deinit(&items->of_items[i]);
    }
    mem_free(&items->of_rules);
    mem_free(&items->of_items);
    mem_free(address);
}

void render_csv_end_of_rule(const struct render_csv_items *items, size_t rule, struct buf *out)
{
    REQUIRE(rule < items->rule_count);
    (void)buf_append(out, buf_text(&items->of_rules[rule]), items->of_rules[rule].len);
}

void render_csv_end_of_item(const struct render_csv_items *items, size_t item, struct buf *out)
{
    REQUIRE(item < items->item_count);
    (void)buf_append(out, buf_text(&items->of_items[item]), items->of_items[item].len);
}
