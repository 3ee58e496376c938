// SPDX-License-Identifier: MIT
#include "pack_document.h"

#include "base/mem.h"

#include <criterion/criterion.h>
#include <string.h>

static void expect(json_t *take_tree, const char *wanted)
{
    char *text = json_dumps(take_tree, JSON_COMPACT);
    cr_expect_str_eq(text, wanted, "%s", text);
    mem_free(&text);
    json_decref(take_tree);
}

static const struct pack_list_page SECOND = {.number = 2, .size = 2};

static struct pack_summary summaries[] = {
    {.id = "p-1", .name = (char *)"One", .description = (char *)"First"},
    {.id = "p-2", .name = (char *)"", .description = (char *)""},
    {.id = "p-3", .name = (char *)"", .description = (char *)""},
};

#define SUMMARY(id, name, description)                                                             \
    "{\"CompliancePackId\":\"" id "\",\"CompliancePackName\":\"" name                              \
    "\",\"AccountId\":100000000000001,\"Description\":\"" description "\",\"Status\":\"ACTIVE\"}"

Test(pack_document, shows_a_page_and_no_more_than_was_asked_for)
{
    const struct pack_page packs = {.items = summaries, .count = 3, .total = 75};
    expect(pack_document_list("100000000000001", &SECOND, &packs),
           "{\"PageNumber\":2,\"PageSize\":2,\"TotalCount\":75,\"CompliancePacks\":[" SUMMARY(
               "p-1", "One", "First") "," SUMMARY("p-2", "", "") "]}");
}

Test(pack_document, counts_at_least_what_was_shown)
{
    const struct pack_page silent = {.items = summaries, .count = 1, .total = 0};
    json_t *shown = pack_document_list("1", &SECOND, &silent);
    cr_expect_eq(json_integer_value(json_object_get(shown, "TotalCount")), 3);
    json_decref(shown);
    const struct pack_page past = {.items = summaries, .count = 0, .total = 1};
    expect(pack_document_list("1", &SECOND, &past),
           "{\"PageNumber\":2,\"PageSize\":2,\"TotalCount\":1,\"CompliancePacks\":[]}");
    expect(pack_document_list("1", &SECOND, NULL),
           "{\"PageNumber\":2,\"PageSize\":2,\"TotalCount\":0,\"CompliancePacks\":[]}");
}

Test(pack_document, shows_check_items_as_rules_under_the_id_that_was_asked_for)
{
    static const char JSON[] =
        "{\"uuid\":\"another\",\"name\":\"A pack\",\"description\":\"What it is\","
        "\"spec_catalog_vo_list\":[{\"uuid\":\"c\",\"check_items\":["
        "{\"uuid\":\"i-1\",\"name\":\"First\"},{\"uuid\":\"i-2\",\"name\":\"Second\"}]}]}";
    struct diags diags;
    struct err err = ERR_INIT;
    struct pack *pack = NULL;
    diags_init(&diags);
    cr_assert_eq(pack_load(JSON, strlen(JSON), "test.json", &pack, &diags, &err), ERR_OK, "%s",
                 err.message);
    const struct request request = {.account_id = "7", .pack_id = "p-1"};
    expect(pack_document_whole(&request, pack),
           "{\"CompliancePackId\":\"p-1\",\"CompliancePackName\":\"A pack\",\"AccountId\":7,"
           "\"Description\":\"What it is\",\"Status\":\"ACTIVE\",\"ConfigRules\":["
           "{\"ConfigRuleId\":\"i-1\",\"ConfigRuleName\":\"First\"},"
           "{\"ConfigRuleId\":\"i-2\",\"ConfigRuleName\":\"Second\"}],\"Scope\":{},\"Tags\":[]}");
    pack_destroy(&pack);
    diags_deinit(&diags);
}
