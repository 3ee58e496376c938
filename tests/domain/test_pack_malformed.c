// SPDX-License-Identifier: MIT
#include "base/limits.h"
#include "base/mem.h"
#include "domain/pack.h"
#include "malformed.h"

#include <criterion/criterion.h>
#include <string.h>

static enum err_kind load(const char *json, size_t len, struct diags *diags, struct err *err)
{
    struct pack *pack = NULL;
    enum err_kind kind = pack_load(json, len, "test.json", &pack, diags, err);
    cr_expect_eq(kind == ERR_OK, pack != NULL, "a pack exactly on success");
    pack_destroy(&pack);
    return kind;
}

static const struct malformed_row ROWS[] = {
    {"empty", "", "pack.json", "", 0, "this is empty; a JSON document is right"},
    {"cut", "{'uuid': 'p',\n 'name':", "pack.json", NULL, 2, "near end of file"},
    {"html", "<html>", "pack.json", NULL, 1, "near '<'"},
    {"behind the end", "{'uuid': 'p'}\n\nx", "pack.json", NULL, 3, "end of file expected"},
    {"not UTF-8", "{'uuid': '\xff'}", "pack.json", NULL, 1, "unable to decode byte 0xff"},
    {"NUL in text", "{'uuid': 'a\\u0000b'}", "pack.json", NULL, 1, "\\u0000 is not allowed"},
    {"lone surrogate", "{'uuid': '\\ud800'}", "pack.json", NULL, 1, "invalid Unicode"},
    {"huge integer", "{'uuid': 'p', 'state': 99999999999999999999}", "pack.json", NULL, 1,
     "too big integer"},
    {"member twice", "{'uuid': 'p',\n 'uuid': 'q'}", "pack.duplicate", NULL, 2,
     "duplicate object key"},
    {"root is an array", "[]", "pack.type", "", 0, "an array; an object is right"},
    {"root is text", "'pack'", "pack.type", "", 0, "text; an object is right"},
    {"root is null", "null", "pack.type", "", 0, "null; an object is right"},
    {"no uuid", "{}", "pack.missing", "", 0, "\"uuid\" is missing"},
    {"uuid is null", "{'uuid': null}", "pack.missing", "", 0, "\"uuid\" is missing"},
    {"uuid is empty", "{'uuid': ''}", "pack.empty", "/uuid", 0, "empty; text is required"},
    {"uuid is a number", "{'uuid': 5}", "pack.type", "/uuid", 0, "an integer; text is right"},
    {"version is a number", "{'uuid': 'p', 'version': 1.5}", "pack.type", "/version", 0,
     "a number with a fraction; text is right"},
    {"state is text", "{'uuid': 'p', 'state': '1'}", "pack.type", "/state", 0,
     "text; an integer is right"},
    {"flag is text", "{'uuid': 'p', 'has_auto_check_items': 'yes'}", "pack.type",
     "/has_auto_check_items", 0, "true, false, 0 or 1 is right"},
    {"count is a boolean", "{'uuid': 'p', 'check_items_num': true}", "pack.type",
     "/check_items_num", 0, "a boolean; an integer is right"},
    {"directories are an object", "{'uuid': 'p', 'spec_catalog_vo_list': {}}", "pack.type",
     "/spec_catalog_vo_list", 0, "an object; an array is right"},
    {"a directory is text", "{'uuid': 'p', 'spec_catalog_vo_list': ['a']}", "pack.type",
     "/spec_catalog_vo_list/0", 0, "text; an object is right"},
    {"a directory without uuid", "{'uuid': 'p', 'spec_catalog_vo_list': [{'uuid': 'a'}, {}]}",
     "pack.missing", "/spec_catalog_vo_list/1", 0, "\"uuid\" is missing"},
    {"parent is a number", "{'uuid': 'p', 'spec_catalog_vo_list': [{'uuid': 'a', 'parent': 1}]}",
     "pack.type", "/spec_catalog_vo_list/0/parent", 0, "an integer; text is right"},
    {"root is a boolean", "{'uuid': 'p', 'spec_catalog_vo_list': [{'uuid': 'a', 'root': true}]}",
     "pack.type", "/spec_catalog_vo_list/0/root", 0, "a boolean; text is right"},
    {"is_leaf is 2", "{'uuid': 'p', 'spec_catalog_vo_list': [{'uuid': 'a', 'is_leaf': 2}]}",
     "pack.type", "/spec_catalog_vo_list/0/is_leaf", 0, "true, false, 0 or 1 is right"},
    {"serial_number is text",
     "{'uuid': 'p', 'spec_catalog_vo_list': [{'uuid': 'a', 'serial_number': 'x'}]}", "pack.type",
     "/spec_catalog_vo_list/0/serial_number", 0, "text; an integer is right"},
    {"items are text", "{'uuid': 'p', 'spec_catalog_vo_list': [{'uuid': 'a', 'check_items': 'x'}]}",
     "pack.type", "/spec_catalog_vo_list/0/check_items", 0, "text; an array is right"},
    {"an item is null",
     "{'uuid': 'p', 'spec_catalog_vo_list': [{'uuid': 'a', 'check_items': [null]}]}", "pack.type",
     "/spec_catalog_vo_list/0/check_items/0", 0, "null; an object is right"},
    {"an item without uuid",
     "{'uuid': 'p', 'spec_catalog_vo_list': [{'uuid': 'a', 'check_items': [{'name': 'n'}]}]}",
     "pack.missing", "/spec_catalog_vo_list/0/check_items/0", 0, "\"uuid\" is missing"},
    {"an item's name is a list",
     "{'uuid': 'p', 'spec_catalog_vo_list': [{'uuid': 'a', 'check_items': [{'uuid': 'i', 'name': "
     "[]}]}]}",
     "pack.type", "/spec_catalog_vo_list/0/check_items/0/name", 0, "an array; text is right"},
};

Test(pack_malformed, what_follows_from_an_error_is_not_said)
{
    const char *const ROWS_WITHOUT_WARNINGS[] = {
        "{'spec_catalog_vo_list': [{'uuid': 'a', 'root': 'p', 'parent': 'p'}]}",
        "{'uuid': 'p', 'check_items_num': 3, 'spec_catalog_vo_list': {}}",
    };
    for (size_t i = 0; i < ARRAY_LEN(ROWS_WITHOUT_WARNINGS); i++) {
        char *json = json_of(ROWS_WITHOUT_WARNINGS[i]);
        struct diags diags;
        diags_init(&diags);
        struct err err = ERR_INIT;
        cr_expect_eq(load(json, strlen(json), &diags, &err), ERR_INVALID);
        cr_expect_eq(diags.count, 1, "%s: %zu", json, diags.count);
        diags_deinit(&diags);
        mem_free(&json);
    }
}

Test(pack_malformed, each_gets_one_error_with_its_place)
{
    malformed_run(ROWS, ARRAY_LEN(ROWS), load, ERR_INVALID);
}

Test(pack_malformed, an_empty_buffer_without_bytes_is_an_empty_document)
{
    struct diags diags;
    diags_init(&diags);
    struct err err = ERR_INIT;
    cr_expect_eq(load(NULL, 0, &diags, &err), ERR_INVALID);
    cr_expect_not_null(strstr(err.message, "this is empty"), "%s", err.message);
    diags_deinit(&diags);
}

Test(pack_malformed, nesting_without_end_is_refused)
{
    char *deep = repeat("[", "", 100000);
    struct malformed_row row = {"deep", deep, "pack.json", NULL, 1, "maximum parsing depth"};
    malformed_run(&row, 1, load, ERR_INVALID);
    mem_free(&deep);
}

static void expect_limit(const char *json, const char *says)
{
    char *text = json_of(json);
    struct diags diags;
    diags_init(&diags);
    struct err err = ERR_INIT;
    cr_expect_eq(load(text, strlen(text), &diags, &err), ERR_LIMIT, "%s", err.message);
    cr_expect_not_null(strstr(err.message, says), "%s", err.message);
    cr_expect_not_null(find_diag(&diags, DIAG_ERROR, "pack.limit"));
    diags_deinit(&diags);
    mem_free(&text);
}

Test(pack_malformed, limits_are_named)
{
    char *directories = repeat("{'uuid': 'a'}", ",", LIMIT_PACK_CATALOGS + 1);
    char *json = mem_format("{'uuid': 'p', 'spec_catalog_vo_list': [%s]}", directories);
    expect_limit(json, "too many directories; at most 10000");
    mem_free(&json);
    mem_free(&directories);

    char *items = repeat("{'uuid': 'a'}", ",", LIMIT_PACK_ITEMS / 2 + 1);
    json = mem_format("{'uuid': 'p', 'spec_catalog_vo_list': [{'uuid': 'a', 'check_items': [%s]},"
                      "{'uuid': 'b', 'check_items': [%s]}]}",
                      items, items);
    expect_limit(json, "too many check items in the pack; at most 50000");
    mem_free(&json);
    mem_free(&items);

    char *blanks = repeat(" ", "", LIMIT_PACK_BYTES + 1);
    expect_limit(blanks, "too many bytes; at most 16777216");
    mem_free(&blanks);
}

// A chain of directories, each below the one before.
static char *chain(unsigned layers)
{
    struct buf json;
    buf_init(&json, 1024 * 1024);
    (void)buf_append_text(&json, "{'uuid': 'p', 'spec_catalog_vo_list': [{'uuid': 'd0'}");
    for (unsigned i = 1; i < layers; i++) {
        (void)buf_append_format(&json, ", {'uuid': 'd%u', 'parent': 'd%u'}", i, i - 1);
    }
    (void)buf_append_text(&json, "]}");
    return buf_take(&json);
}

Test(pack_malformed, directories_nest_up_to_the_limit)
{
    char *too_deep = chain(LIMIT_CATALOG_DEPTH + 1);
    expect_limit(too_deep, "too many layers of directories; at most 32 are taken (at "
                           "/spec_catalog_vo_list/32)");
    mem_free(&too_deep);

    char *quoted = chain(LIMIT_CATALOG_DEPTH);
    char *json = json_of(quoted);
    struct diags diags;
    diags_init(&diags);
    struct err err = ERR_INIT;
    struct pack *pack = NULL;
    cr_assert_eq(pack_load(json, strlen(json), "test.json", &pack, &diags, &err), ERR_OK, "%s",
                 err.message);
    cr_expect_eq(pack->catalogs[LIMIT_CATALOG_DEPTH - 1].depth, LIMIT_CATALOG_DEPTH - 1);
    pack_destroy(&pack);
    diags_deinit(&diags);
    mem_free(&json);
    mem_free(&quoted);
}

Test(pack_malformed, diagnostics_stop_at_their_limit_and_are_counted)
{
    char *items = repeat("{'name': 'x'}", ",", LIMIT_DIAGNOSTICS + 5);
    char *quoted = mem_format(
        "{'uuid': 'p', 'spec_catalog_vo_list': [{'uuid': 'a', 'check_items': [%s]}]}", items);
    char *json = json_of(quoted);
    struct diags diags;
    diags_init(&diags);
    struct err err = ERR_INIT;
    cr_expect_eq(load(json, strlen(json), &diags, &err), ERR_INVALID);
    cr_expect_eq(diags.count, LIMIT_DIAGNOSTICS);
    cr_expect_eq(diags.errors, LIMIT_DIAGNOSTICS + 5);
    cr_expect_str_eq(err.message, "test.json: \"uuid\" is missing; it is required (at "
                                  "/spec_catalog_vo_list/0/check_items/0) (and 1004 more errors)");
    diags_deinit(&diags);
    mem_free(&json);
    mem_free(&quoted);
    mem_free(&items);
}
