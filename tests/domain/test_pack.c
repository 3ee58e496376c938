// SPDX-License-Identifier: MIT
#include "base/mem.h"
#include "domain/pack.h"
#include "malformed.h"

#include <criterion/criterion.h>
#include <string.h>

static struct diags diags;

static struct pack *load(const char *quoted)
{
    char *json = json_of(quoted);
    diags_init(&diags);
    struct err err = ERR_INIT;
    struct pack *pack = NULL;
    (void)pack_load(json, strlen(json), "test.json", &pack, &diags, &err);
    mem_free(&json);
    cr_assert_not_null(pack, "%s", err.message);
    cr_expect_eq(err.kind, ERR_OK);
    cr_expect_eq(diags.errors, 0);
    return pack;
}

static void unload(struct pack **pack)
{
    pack_destroy(pack);
    cr_expect_null(*pack);
    pack_destroy(pack); // NULL is allowed
    diags_deinit(&diags);
}

static void expect_warning(const char *code, const char *pointer)
{
    const struct diag *diag = find_diag(&diags, DIAG_WARNING, code);
    cr_assert_not_null(diag, "no warning %s", code);
    cr_expect_str_eq(diag->pointer, pointer, "%s at %s", code, diag->pointer);
}

// "uuid@depth<parent" of each directory, with its items' uuids.
static void expect_tree(const struct pack *pack, const char *wanted)
{
    struct buf text;
    buf_init(&text, 4096);
    for (size_t i = 0; i < pack->catalog_count; i++) {
        const struct catalog *catalog = &pack->catalogs[i];
        (void)buf_append_format(&text, "%s%s@%u<%d", i == 0 ? "" : " ", catalog->uuid,
                                catalog->depth, catalog->parent);
        for (size_t k = 0; k < catalog->item_count; k++) {
            (void)buf_append_format(&text, "%c%s", k == 0 ? ':' : ',',
                                    pack->items[catalog->items[k]].uuid);
        }
    }
    cr_expect_str_eq(buf_text(&text), wanted, "%s", buf_text(&text));
    buf_deinit(&text);
}

// The shape of the vendor's documented sample (reference, 1.2), with other ids.
Test(pack, the_vendors_inconsistent_sample_loads_with_warnings)
{
    struct pack *pack =
        load("{'uuid': '0a94', 'name': 'pack', 'version': '1.0', 'owner': 'somebody',"
             "'spec_catalog_vo_list': [{'uuid': '2adc', 'serial_number': 2, 'level_number': 0,"
             "'root': '2adc', 'parent': '2adc', 'is_leaf': false,"
             "'check_items': [{'uuid': 'b51e', 'name': 'item'}]}],"
             "'description': 'text', 'classify': 'class', 'areas': 'area', 'region': 'Global',"
             "'state': 1, 'type': 1, 'check_items_num': 0, 'has_auto_check_items': true}");
    cr_expect_str_eq(pack->uuid, "0a94");
    cr_expect_str_eq(pack->name, "pack");
    cr_expect_str_eq(pack->version, "1.0");
    cr_expect_str_eq(pack->owner, "somebody");
    cr_expect_str_eq(pack->description, "text");
    cr_expect_str_eq(pack->classify, "class");
    cr_expect_str_eq(pack->areas, "area");
    cr_expect_str_eq(pack->region, "Global");
    cr_expect_eq(pack->state, 1);
    cr_expect_eq(pack->type, 1);
    expect_tree(pack, "2adc@0<-1:b51e");
    cr_expect_eq(pack->catalogs[0].serial_number, 2);
    cr_expect_eq(pack->catalogs[0].level_number, 0);
    cr_expect_eq(diags.warnings, 3);
    expect_warning("pack.root", "/spec_catalog_vo_list/0/root");
    expect_warning("pack.parent.self", "/spec_catalog_vo_list/0/parent");
    expect_warning("pack.count", "/check_items_num");
    unload(&pack);
}

Test(pack, absent_null_and_unknown_members_are_tolerated)
{
    static const char *const TEXTS[] = {
        "{'uuid': 'p'}",
        "{'uuid': 'p', 'spec_catalog_vo_list': null, 'name': null, 'state': null, 'type': null}",
        "{'uuid': 'p', 'check_items_num': null, 'has_auto_check_items': null}",
        "{'uuid': 'p', 'spec_catalog_vo_list': [], 'added_later': {'a': [1]}}",
        "\xef\xbb\xbf{'uuid': 'p'}",
    };
    for (size_t i = 0; i < ARRAY_LEN(TEXTS); i++) {
        struct pack *pack = load(TEXTS[i]);
        cr_expect_str_eq(pack->name, "");
        cr_expect_eq(pack->state, 0);
        cr_expect_eq(pack->catalog_count, 0);
        cr_expect_eq(pack->item_count, 0);
        cr_expect_eq(diags.warnings, 1);
        expect_warning("pack.items", "");
        unload(&pack);
    }
}

Test(pack, directories_without_items_and_every_spelling_of_is_leaf_load)
{
    struct pack *pack = load("{'uuid': 'p', 'spec_catalog_vo_list': ["
                             "{'uuid': 'a', 'is_leaf': 0, 'check_items': null, 'parent': null},"
                             "{'uuid': 'b', 'is_leaf': 1, 'check_items': [], 'parent': ''},"
                             "{'uuid': 'c', 'is_leaf': true, 'parent': 'p', 'root': 'p'},"
                             "{'uuid': 'd', 'is_leaf': null, 'name': 'title',"
                             " 'check_items': [{'uuid': 'i', 'level': 'high'}]}]}");
    expect_tree(pack, "a@0<-1 b@0<-1 c@0<-1 d@0<-1:i");
    cr_expect_str_eq(pack->catalogs[3].name, "title");
    cr_expect_str_eq(pack->items[0].name, "");
    cr_expect_eq(diags.warnings, 0);
    unload(&pack);
}

Test(pack, order_is_depth_first_with_siblings_by_serial_number_then_list)
{
    struct pack *pack =
        load("{'uuid': 'p', 'check_items_num': 4, 'spec_catalog_vo_list': ["
             "{'uuid': 'a2', 'serial_number': 2, 'parent': 'a', 'check_items': [{'uuid': 'i3'}]},"
             "{'uuid': 'b', 'serial_number': 2, 'parent': 'p', 'check_items': [{'uuid': 'i4'}]},"
             "{'uuid': 'c', 'serial_number': 2, 'parent': 'p'},"
             "{'uuid': 'a1x', 'serial_number': 9, 'parent': 'a1', 'check_items': "
             "[{'uuid': 'i2'}, {'uuid': 'i1'}]},"
             "{'uuid': 'a1', 'serial_number': 1, 'parent': 'a'},"
             "{'uuid': 'a', 'serial_number': 1, 'parent': 'p'}]}");
    expect_tree(pack, "a@0<-1 a1@1<0 a1x@2<1:i2,i1 a2@1<0:i3 b@0<-1:i4 c@0<-1");
    const char *const items[] = {"i2", "i1", "i3", "i4"};
    cr_assert_eq(pack->item_count, ARRAY_LEN(items));
    for (size_t i = 0; i < ARRAY_LEN(items); i++) {
        cr_expect_str_eq(pack->items[i].uuid, items[i]);
    }
    cr_expect_eq(diags.warnings, 0);
    unload(&pack);
}

Test(pack, parent_cycles_are_cut_and_unknown_parents_go_to_the_top)
{
    struct pack *pack = load("{'uuid': 'p', 'spec_catalog_vo_list': ["
                             "{'uuid': 'in', 'parent': 'x'},"
                             "{'uuid': 'x', 'parent': 'y'}, {'uuid': 'y', 'parent': 'z'},"
                             "{'uuid': 'z', 'parent': 'x', 'check_items': [{'uuid': 'i'}]},"
                             "{'uuid': 'lost', 'parent': 'nowhere'}]}");
    // The walk from `in` comes to x twice, so that x is put below the pack.
    expect_tree(pack, "x@0<-1 in@1<0 z@1<0:i y@2<2 lost@0<-1");
    cr_expect_eq(diags.warnings, 2);
    expect_warning("pack.parent.cycle", "/spec_catalog_vo_list/1/parent");
    expect_warning("pack.parent.unknown", "/spec_catalog_vo_list/4/parent");
    unload(&pack);
}

Test(pack, several_cycles_are_each_cut_once)
{
    struct pack *pack = load("{'uuid': 'p', 'spec_catalog_vo_list': ["
                             "{'uuid': 'a', 'parent': 'b'}, {'uuid': 'b', 'parent': 'a'},"
                             "{'uuid': 'c', 'parent': 'd', 'check_items': [{'uuid': 'i'}]},"
                             "{'uuid': 'd', 'parent': 'c'}, {'uuid': 'e', 'parent': 'c'}]}");
    expect_tree(pack, "a@0<-1 b@1<0 c@0<-1:i d@1<2 e@1<2");
    cr_expect_eq(diags.warnings, 2);
    unload(&pack);
}

Test(pack, an_item_in_several_directories_is_one_item)
{
    struct pack *pack =
        load("{'uuid': 'p', 'check_items_num': 4, 'spec_catalog_vo_list': ["
             "{'uuid': 'a', 'check_items': [{'uuid': 'i', 'name': 'n'}, {'uuid': 'j'}]},"
             "{'uuid': 'b', 'check_items': [{'uuid': 'i', 'name': 'n'}, {'uuid': 'k'}]}]}");
    expect_tree(pack, "a@0<-1:i,j b@0<-1:i,k");
    cr_expect_eq(pack->item_count, 3);
    cr_expect_eq(diags.warnings, 0, "the number of listed items is right as well");
    unload(&pack);
}

Test(pack, duplicates_load_with_warnings)
{
    struct pack *pack =
        load("{'uuid': 'p', 'spec_catalog_vo_list': ["
             "{'uuid': 'a', 'check_items': [{'uuid': 'i', 'name': 'n'}, {'uuid': 'i', 'name': "
             "'n'}]},"
             "{'uuid': 'a', 'check_items': [{'uuid': 'i', 'name': 'other'}]},"
             "{'uuid': 'b', 'parent': 'a'}]}");
    expect_tree(pack, "a@0<-1:i b@1<0 a@0<-1:i");
    cr_expect_str_eq(pack->items[0].name, "n");
    cr_expect_eq(diags.warnings, 3);
    expect_warning("pack.item.twice", "/spec_catalog_vo_list/0/check_items/1");
    expect_warning("pack.catalog.twice", "/spec_catalog_vo_list/1");
    expect_warning("pack.item.name", "/spec_catalog_vo_list/1/check_items/0");
    unload(&pack);
}

Test(pack, items_are_found_by_uuid_and_by_name)
{
    struct pack *pack = load("{'uuid': 'p', 'spec_catalog_vo_list': [{'uuid': 'a', 'check_items': ["
                             "{'uuid': 'i', 'name': 'first'}, {'uuid': 'j', 'name': 'second'},"
                             "{'uuid': 'k', 'name': 'first'}, {'uuid': 'l'}]}]}");
    cr_expect_eq(pack_find_item(pack, "i"), 0);
    cr_expect_eq(pack_find_item(pack, "l"), 3);
    cr_expect_eq(pack_find_item(pack, "first"), -1);
    cr_expect_eq(pack_find_item(pack, ""), -1);
    cr_expect_eq(pack_find_item_by_name(pack, "second"), 1);
    cr_expect_eq(pack_find_item_by_name(pack, "first"), 0, "the first of two");
    cr_expect_eq(pack_find_item_by_name(pack, ""), -1, "no name is no name");
    cr_expect_eq(pack_find_item_by_name(pack, "i"), -1);
    unload(&pack);
}

Test(pack, the_digest_is_that_of_the_bytes)
{
    struct pack *pack = load("{'uuid': 'p'}");
    // printf '{"uuid": "p"}' | sha256sum
    cr_expect_str_eq(pack->digest,
                     "2fd5d284bafafab10e349cf68a56d13c4a21675316c3e3b72e69d36136ea9bd8");
    unload(&pack);
}
