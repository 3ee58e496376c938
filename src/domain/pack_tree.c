// SPDX-License-Identifier: MIT
#include "pack_tree.h"

#include "base/limits.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

// A directory in the order of the list. `catalog.parent` is an index into the drafts.
struct draft {
    struct catalog catalog;
    const char *parent_uuid; // borrowed from the document
    size_t walk;             // the last walk towards the top that came by, 0 none
};

// A place among the siblings. `parent` is a draft's index or PACK_TOP.
struct rank {
    int parent;
    int64_t serial_number;
    size_t position;
};

struct tree {
    struct json_source *source;
    const struct json_node *list;
    struct pack *pack;
    struct draft *drafts;
    struct rank *ranks; // sorted, so that the children of one parent stand together
    size_t count;
    size_t *positions;
};

static void read_draft(struct tree *tree, size_t position)
{
    struct draft *draft = &tree->drafts[position];
    struct json_node node = json_element(tree->list, position);
    draft->catalog.parent = PACK_TOP;
    if (!json_expect_object(tree->source, &node)) {
        return;
    }
    struct json_source *source = tree->source;
    draft->catalog.uuid = json_read_text(source, &node, "uuid", JSON_REQUIRED);
    draft->catalog.name = json_read_text(source, &node, "name", JSON_OPTIONAL);
    draft->catalog.serial_number = json_read_integer(source, &node, "serial_number", 0);
    draft->catalog.level_number = json_read_integer(source, &node, "level_number", 0);
    json_check_flag(source, &node, "is_leaf");
    char *root = json_read_text(source, &node, "root", JSON_OPTIONAL);
    // Without the pack's own uuid, which is an error, nothing can be said of it.
    bool has_pack_uuid = tree->pack->uuid[0] != '\0';
    if (root[0] != '\0' && has_pack_uuid && strcmp(root, tree->pack->uuid) != 0) {
        struct json_node member = json_member(&node, "root");
        json_warning(source, &member, "root", "the root is not the pack; the pack is taken");
    }
    mem_free(&root);
    char *parent = json_read_text(source, &node, "parent", JSON_OPTIONAL);
    mem_free(&parent); // read for its type; the document holds the text
    draft->parent_uuid = json_string_value(json_object_get(node.value, "parent"));
}

// False when a directory has an error. Errors before the directories do not count: whoever corrects
// those wants to hear of these as well.
static bool read_drafts(struct tree *tree)
{
    const struct diags *diags = tree->source->diags;
    size_t errors_before = diags->errors;
    for (size_t i = 0; i < tree->count; i++) {
        read_draft(tree, i);
    }
    return diags->errors == errors_before;
}

// Positions of the directories by uuid; of several with one uuid the first counts.
static json_t *index_drafts(struct tree *tree)
{
    json_t *index = json_object();
    for (size_t i = 0; i < tree->count; i++) {
        const char *uuid = tree->drafts[i].catalog.uuid;
        if (json_object_get(index, uuid) != NULL) {
            struct json_node node = json_element(tree->list, i);
            json_warning(tree->source, &node, "catalog.twice",
                         "another directory has the same uuid; both are kept");
        } else {
            (void)json_object_set_new(index, uuid, json_integer((json_int_t)i));
        }
    }
    return index;
}

static int find_parent(struct tree *tree, const json_t *index, size_t position)
{
    const struct draft *draft = &tree->drafts[position];
    const char *uuid = draft->parent_uuid;
    if (uuid == NULL || uuid[0] == '\0') {
        return PACK_TOP;
    }
    struct json_node node = json_element(tree->list, position);
    struct json_node member = json_member(&node, "parent");
    if (strcmp(uuid, draft->catalog.uuid) == 0) {
        json_warning(tree->source, &member, "parent.self",
                     "the directory is its own parent; it is put below the pack");
        return PACK_TOP;
    }
    const json_t *found = json_object_get(index, uuid);
    if (strcmp(uuid, tree->pack->uuid) == 0) {
        return PACK_TOP;
    }
    if (found == NULL && tree->pack->uuid[0] == '\0') {
        return PACK_TOP; // the pack, perhaps
    }
    if (found == NULL) {
        json_warning(tree->source, &member, "parent.unknown",
                     "no directory has this uuid; this one is put below the pack");
        return PACK_TOP;
    }
    return (int)json_integer_value(found);
}

static void link_parents(struct tree *tree)
{
    json_t *index = index_drafts(tree);
    for (size_t i = 0; i < tree->count; i++) {
        tree->drafts[i].catalog.parent = find_parent(tree, index, i);
    }
    json_decref(index);
}

// Each walk goes up until the top, a directory that an earlier walk went by (from there the way to
// the top is known to end), or one of its own steps: a cycle, cut there.
static void cut_cycles(struct tree *tree)
{
    for (size_t walk = 1; walk <= tree->count; walk++) {
        int at = (int)walk - 1;
        while (at != PACK_TOP && tree->drafts[at].walk == 0) {
            tree->drafts[at].walk = walk;
            at = tree->drafts[at].catalog.parent;
        }
        if (at != PACK_TOP && tree->drafts[at].walk == walk) {
            tree->drafts[at].catalog.parent = PACK_TOP;
            struct json_node node = json_element(tree->list, (size_t)at);
            struct json_node member = json_member(&node, "parent");
            json_warning(tree->source, &member, "parent.cycle",
                         "the directory lies below itself; it is put below the pack");
        }
    }
}

static int compare_ranks(const void *a, const void *b)
{
    const struct rank *left = a;
    const struct rank *right = b;
    if (left->parent != right->parent) {
        return left->parent < right->parent ? -1 : 1;
    }
    if (left->serial_number != right->serial_number) {
        return left->serial_number < right->serial_number ? -1 : 1;
    }
    return left->position < right->position ? -1 : left->position > right->position;
}

static void rank_drafts(struct tree *tree)
{
    for (size_t i = 0; i < tree->count; i++) {
        const struct catalog *catalog = &tree->drafts[i].catalog;
        tree->ranks[i] = (struct rank){catalog->parent, catalog->serial_number, i};
    }
    qsort(tree->ranks, tree->count, sizeof(*tree->ranks), compare_ranks);
}

// The first rank whose parent is `parent` or comes after it.
static size_t first_child(const struct tree *tree, int parent)
{
    size_t low = 0;
    size_t high = tree->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (tree->ranks[middle].parent < parent) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

// Moves the children of a draft, which stands at `placed_parent` in the pack, behind what is placed
// already, each followed by all below it.
static bool place_children(struct tree *tree, int parent, int placed_parent, unsigned depth)
{
    for (size_t i = first_child(tree, parent); i < tree->count && tree->ranks[i].parent == parent;
         i++) {
        size_t position = tree->ranks[i].position;
        if (depth == LIMIT_CATALOG_DEPTH) {
            struct json_node node = json_element(tree->list, position);
            json_limit_error(tree->source, &node, "layers of directories", LIMIT_CATALOG_DEPTH);
            return false;
        }
        size_t placed = tree->pack->catalog_count++;
        struct catalog *catalog = &tree->pack->catalogs[placed];
        *catalog = tree->drafts[position].catalog;
        tree->drafts[position].catalog = (struct catalog){0};
        catalog->parent = placed_parent;
        catalog->depth = depth;
        tree->positions[placed] = position;
        if (!place_children(tree, (int)position, (int)placed, depth + 1)) {
            return false;
        }
    }
    return true;
}

static void tree_deinit(struct tree *tree)
{
    for (size_t i = 0; i < tree->count; i++) {
        mem_free(&tree->drafts[i].catalog.uuid);
        mem_free(&tree->drafts[i].catalog.name);
    }
    mem_free(&tree->drafts);
    mem_free(&tree->ranks);
    mem_free(&tree->positions);
}

bool pack_tree_read(struct json_source *source, const struct json_node *list, size_t count,
                    struct pack *pack, size_t **positions_out)
{
    REQUIRE(count <= LIMIT_PACK_CATALOGS);
    struct tree tree = {
        .source = source,
        .list = list,
        .pack = pack,
        .drafts = mem_alloc(count, sizeof(struct draft)),
        .ranks = mem_alloc(count, sizeof(struct rank)),
        .count = count,
        .positions = mem_alloc(count, sizeof(size_t)),
    };
    bool good = read_drafts(&tree);
    if (good) {
        link_parents(&tree);
        cut_cycles(&tree);
        rank_drafts(&tree);
        pack->catalogs = mem_alloc(count, sizeof(*pack->catalogs));
        good = place_children(&tree, PACK_TOP, PACK_TOP, 0);
    }
    if (good) {
        ENSURE(pack->catalog_count == count);
        *positions_out = tree.positions;
        tree.positions = NULL;
    }
    tree_deinit(&tree);
    return good;
}
