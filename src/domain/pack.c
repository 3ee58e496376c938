// SPDX-License-Identifier: MIT
#include "domain/pack.h"

#include "base/digest.h"
#include "base/limits.h"
#include "base/mem.h"
#include "pack_tree.h"

#include <inttypes.h>
#include <string.h>

// What the reading of check items keeps beside the pack.
struct item_reader {
    struct json_source *source;
    struct pack *pack;
    size_t capacity;      // of pack->items
    size_t *last_catalog; // by item: the last directory that listed it
    size_t last_capacity;
    size_t listed; // over all directories
};

static void read_head(struct json_source *source, const struct json_node *root, struct pack *pack)
{
    pack->uuid = json_read_text(source, root, "uuid", JSON_REQUIRED);
    pack->name = json_read_text(source, root, "name", JSON_OPTIONAL);
    pack->version = json_read_text(source, root, "version", JSON_OPTIONAL);
    pack->owner = json_read_text(source, root, "owner", JSON_OPTIONAL);
    pack->description = json_read_text(source, root, "description", JSON_OPTIONAL);
    pack->classify = json_read_text(source, root, "classify", JSON_OPTIONAL);
    pack->areas = json_read_text(source, root, "areas", JSON_OPTIONAL);
    pack->region = json_read_text(source, root, "region", JSON_OPTIONAL);
    pack->state = json_read_integer(source, root, "state", 0);
    pack->type = json_read_integer(source, root, "type", 0);
    json_check_flag(source, root, "has_auto_check_items");
}

static size_t index_of(const json_t *index, const char *text)
{
    const json_t *position = json_object_get(index, text);
    return position == NULL ? SIZE_MAX : (size_t)json_integer_value(position);
}

static void index_add(json_t *index, const char *text, size_t position)
{
    if (text[0] != '\0' && json_object_get(index, text) == NULL) {
        (void)json_object_set_new(index, text, json_integer((json_int_t)position));
    }
}

// The item of this uuid, which is added when no directory listed it before. Takes both texts.
static size_t intern_item(struct item_reader *reader, const struct json_node *node, char *take_uuid,
                          char *take_name)
{
    struct pack *pack = reader->pack;
    size_t known = index_of(pack->item_by_uuid, take_uuid);
    if (known != SIZE_MAX) {
        if (strcmp(pack->items[known].name, take_name) != 0) {
            json_warning(reader->source, node, "item.name",
                         "another directory lists this check item with another name; the first "
                         "name is taken");
        }
        mem_free(&take_uuid);
        mem_free(&take_name);
        return known;
    }
    size_t added = pack->item_count++;
    pack->items = mem_grow(pack->items, &reader->capacity, pack->item_count, sizeof(*pack->items));
    reader->last_catalog = mem_grow(reader->last_catalog, &reader->last_capacity, pack->item_count,
                                    sizeof(*reader->last_catalog));
    reader->last_catalog[added] = SIZE_MAX;
    pack->items[added] = (struct check_item){.uuid = take_uuid, .name = take_name};
    index_add(pack->item_by_uuid, take_uuid, added);
    index_add(pack->item_by_name, take_name, added);
    return added;
}

static void read_item(struct item_reader *reader, const struct json_node *node, size_t catalog_at)
{
    if (!json_expect_object(reader->source, node)) {
        return;
    }
    char *uuid = json_read_text(reader->source, node, "uuid", JSON_REQUIRED);
    char *name = json_read_text(reader->source, node, "name", JSON_OPTIONAL);
    if (uuid[0] == '\0') {
        mem_free(&uuid);
        mem_free(&name);
        return;
    }
    size_t item = intern_item(reader, node, uuid, name);
    INVARIANT(reader->last_catalog != NULL && item < reader->pack->item_count);
    if (reader->last_catalog[item] == catalog_at) {
        json_warning(reader->source, node, "item.twice",
                     "the directory lists this check item twice; it is taken once");
        return;
    }
    reader->last_catalog[item] = catalog_at;
    struct catalog *catalog = &reader->pack->catalogs[catalog_at];
    catalog->items[catalog->item_count++] = item;
}

static bool read_items(struct item_reader *reader, const struct json_node *directory,
                       size_t catalog_at)
{
    struct json_node array;
    size_t count = json_read_array(reader->source, directory, "check_items", &array);
    reader->listed += count;
    if (reader->listed > LIMIT_PACK_ITEMS) {
        json_limit_error(reader->source, &array, "check items in the pack", LIMIT_PACK_ITEMS);
        return false;
    }
    struct catalog *catalog = &reader->pack->catalogs[catalog_at];
    catalog->items = count == 0 ? NULL : mem_alloc(count, sizeof(*catalog->items));
    for (size_t i = 0; i < count; i++) {
        struct json_node node = json_element(&array, i);
        read_item(reader, &node, catalog_at);
    }
    return true;
}

static void check_counts(const struct item_reader *reader, const struct json_node *root)
{
    struct json_source *source = reader->source;
    int64_t distinct = (int64_t)reader->pack->item_count;
    int64_t said = json_read_integer(source, root, "check_items_num", distinct);
    // Whether the vendor counts an item once or once per directory is not documented.
    if (said != distinct && said != (int64_t)reader->listed) {
        struct json_node node = json_member(root, "check_items_num");
        json_warning(source, &node, "count",
                     "the number of check items is said to be %" PRId64 ", but %" PRId64
                     " are listed; ours is taken",
                     said, distinct);
    }
    if (distinct == 0) {
        json_warning(source, root, "items", "the pack lists no check item");
    }
}

static void read_tree(struct json_source *source, const struct json_node *root, struct pack *pack)
{
    struct json_node list;
    size_t count = json_read_array(source, root, "spec_catalog_vo_list", &list);
    if (count > LIMIT_PACK_CATALOGS) {
        json_limit_error(source, &list, "directories", LIMIT_PACK_CATALOGS);
        return;
    }
    size_t *positions = NULL;
    if (!pack_tree_read(source, &list, count, pack, &positions)) {
        return;
    }
    struct item_reader reader = {.source = source, .pack = pack};
    bool more = true;
    for (size_t i = 0; more && i < pack->catalog_count; i++) {
        struct json_node directory = json_element(&list, positions[i]);
        more = read_items(&reader, &directory, i);
    }
    if (more && source->first.kind == ERR_OK) { // else the count is wrong for a reason that is said
        check_counts(&reader, root);
    }
    mem_free(&reader.last_catalog);
    mem_free(&positions);
}

enum err_kind pack_load(const char *json, size_t len, const char *name, struct pack **pack_out,
                        struct diags *diags, struct err *err)
{
    struct json_source source = {.noun = "pack", .file = name, .diags = diags};
    struct pack *pack = mem_alloc(1, sizeof(*pack));
    pack->item_by_uuid = json_object();
    pack->item_by_name = json_object();
    struct json_node root =
        json_read_document(&source, (struct json_bytes){json, len, LIMIT_PACK_BYTES});
    if (root.value != NULL && json_expect_object(&source, &root)) {
        read_head(&source, &root, pack);
        read_tree(&source, &root, pack);
        digest_hex(json, len, pack->digest);
    }
    json_decref(root.value);
    enum err_kind kind = json_source_result(&source, err);
    if (kind == ERR_OK) {
        *pack_out = pack;
    } else {
        pack_destroy(&pack);
    }
    return kind;
}

static void catalog_deinit(struct catalog *catalog)
{
    mem_free(&catalog->uuid);
    mem_free(&catalog->name);
    mem_free(&catalog->items);
}

static void items_deinit(struct pack *pack)
{
    for (size_t i = 0; i < pack->item_count; i++) {
        mem_free(&pack->items[i].uuid);
        mem_free(&pack->items[i].name);
    }
    mem_free(&pack->items);
    json_decref(pack->item_by_uuid);
    json_decref(pack->item_by_name);
}

void pack_destroy(struct pack **pack)
{
    struct pack *p = *pack;
    if (p == NULL) {
        return;
    }
    for (size_t i = 0; i < p->catalog_count; i++) {
        catalog_deinit(&p->catalogs[i]);
    }
    mem_free(&p->catalogs);
    items_deinit(p);
    char **texts[] = {&p->uuid,        &p->name,     &p->version, &p->owner,
                      &p->description, &p->classify, &p->areas,   &p->region};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        mem_free(texts[i]);
    }
    mem_free(pack);
}

int64_t pack_find_item(const struct pack *pack, const char *uuid)
{
    size_t found = index_of(pack->item_by_uuid, uuid);
    return found == SIZE_MAX ? -1 : (int64_t)found;
}

int64_t pack_find_item_by_name(const struct pack *pack, const char *name)
{
    size_t found = index_of(pack->item_by_name, name);
    return found == SIZE_MAX ? -1 : (int64_t)found;
}
