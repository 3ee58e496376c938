// SPDX-License-Identifier: MIT
#include "base/limits.h"
#include "base/mem.h"
#include "domain/pack_page.h"
#include "malformed.h"

#include <criterion/criterion.h>
#include <string.h>

static enum err_kind load(const char *json, size_t len, struct diags *diags, struct err *err)
{
    struct pack_page page = {0};
    enum err_kind kind = pack_page_load(json, len, "test.json", &page, diags, err);
    pack_page_deinit(&page);
    return kind;
}

static struct pack_page load_right(const char *quoted, size_t warnings)
{
    struct diags diags;
    struct err err = ERR_INIT;
    struct pack_page page = {0};
    char *json = json_of(quoted);
    diags_init(&diags);
    cr_assert_eq(pack_page_load(json, strlen(json), "test.json", &page, &diags, &err), ERR_OK, "%s",
                 err.message);
    cr_expect_eq(diags.warnings, warnings, "%zu warnings", diags.warnings);
    diags_deinit(&diags);
    mem_free(&json);
    return page;
}

Test(pack_page, holds_what_the_search_says)
{
    struct pack_page page =
        load_right("{'count': 75.0, 'builtin_compliance_num': 1, 'compliance_packages': ["
                   "{'uuid': 'p-1', 'name': 'One', 'description': 'First', 'state': 1,"
                   " 'spec_catalog_vo_list': null}, {'uuid': 'p-2', 'name': null}]}",
                   0);
    cr_assert_eq(page.count, 2);
    cr_expect_eq(page.total, 75);
    cr_expect_str_eq(page.items[0].id, "p-1");
    cr_expect_str_eq(page.items[0].name, "One");
    cr_expect_str_eq(page.items[0].description, "First");
    cr_expect_str_eq(page.items[1].name, "");
    cr_expect_str_eq(page.items[1].description, "");
    pack_page_deinit(&page);
}

Test(pack_page, of_nothing_is_empty)
{
    static const char *const empty[] = {"{}", "{'compliance_packages': null, 'count': 0}",
                                        "{'compliance_packages': [], 'count': -1}",
                                        "{'count': 'many'}"};
    for (size_t i = 0; i < sizeof(empty) / sizeof(empty[0]); i++) {
        struct pack_page page = load_right(empty[i], 0);
        cr_expect_eq(page.count, 0, "%s", empty[i]);
        cr_expect_eq(page.total, 0, "%s", empty[i]);
        pack_page_deinit(&page);
    }
}

Test(pack_page, leaves_out_what_nobody_could_ask_for)
{
    struct pack_page page = load_right(
        "{'compliance_packages': [{'name': 'None'}, {'uuid': 'a/b'}, {'uuid': 7}, {'uuid': 'p'}]}",
        3);
    cr_assert_eq(page.count, 1);
    cr_expect_str_eq(page.items[0].id, "p");
    pack_page_deinit(&page);
}

Test(pack_page, takes_the_first_hundred)
{
    char *packs = repeat("{'uuid': 'p'}", ",", PACK_PAGE_MAX + 1);
    char *json = mem_format("{'compliance_packages': [%s]}", packs);
    struct pack_page page = load_right(json, 1);
    cr_expect_eq(page.count, PACK_PAGE_MAX);
    pack_page_deinit(&page);
    mem_free(&json);
    mem_free(&packs);
}

static const struct malformed_row ROWS[] = {
    {"cut", "{'compliance_packages': [{'uuid': 'p'", "packs.json", NULL, 1, "near end of file"},
    {"array", "[]", "packs.type", "", 0, "an array; an object is right"},
    {"list an object", "{'compliance_packages': {}}", "packs.type", "/compliance_packages", 0,
     "an object; an array is right"},
    {"pack a text", "{'compliance_packages': ['p']}", "packs.type", "/compliance_packages/0", 0,
     "text; an object is right"},
    {"name a number", "{'compliance_packages': [{'uuid': 'p', 'name': 1}]}", "packs.type",
     "/compliance_packages/0/name", 0, "an integer; text is right"},
};

Test(pack_page_malformed, each_fails_the_load_with_one_error)
{
    malformed_run(ROWS, ARRAY_LEN(ROWS), load, ERR_INVALID);
}
