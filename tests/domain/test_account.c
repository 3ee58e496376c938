// SPDX-License-Identifier: MIT
#include "account_check.h"
#include "base/limits.h"
#include "base/mem.h"
#include "domain/account.h"
#include "malformed.h"

#include <criterion/criterion.h>
#include <string.h>

static enum err_kind load(const char *json, size_t len, struct diags *diags, struct err *err)
{
    struct account_set set = {0};
    enum err_kind kind = account_set_load(&set, json, len, "test.json", diags, err);
    cr_expect_eq(set.count, 0, "nothing is loaded from %s", json);
    account_set_deinit(&set);
    return kind;
}

#define ONE(members) "{'accounts': [{'AccountId': '1', " members "}]}"
#define IDS          "'project_id': 'p', 'workspace_id': 'w', 'credential': 'c'"

#define GROUP(members)                                                                             \
    "{'accounts': [{'AccountId': '1'}, {'AccountId': '2'}], 'aggregators': [{" members "}]}"
#define OF_1 "'AggregatorId': 'ca-1', 'AccountId': '1'"

static const struct malformed_row ROWS[] = {
    {"group without an id", GROUP("'AccountId': '1', 'accounts': ['1']"), "account.missing",
     "/aggregators/0", 0, "\"AggregatorId\" is missing"},
    {"group with a dot", GROUP("'AggregatorId': 'c.a', 'AccountId': '1', 'accounts': ['1']"),
     "account.value", "/aggregators/0/AggregatorId", 0, "an id of 1 to 64"},
    {"group of nobody", GROUP("'AggregatorId': 'ca-1', 'accounts': ['1']"), "account.missing",
     "/aggregators/0", 0, "\"AccountId\" is missing"},
    {"group of an unknown account",
     GROUP("'AggregatorId': 'ca-1', 'AccountId': '3', 'accounts': ['1']"), "account.unknown",
     "/aggregators/0/AccountId", 0, "\"3\" is none of the accounts of this file"},
    {"group without accounts", GROUP(OF_1), "account.missing", "/aggregators/0", 0,
     "\"accounts\" is missing"},
    {"group of no account", GROUP(OF_1 ", 'accounts': []"), "account.empty",
     "/aggregators/0/accounts", 0, "one or more are right"},
    {"group of accounts in a text", GROUP(OF_1 ", 'accounts': '1'"), "account.type",
     "/aggregators/0/accounts", 0, "text; an array is right"},
    {"member no id", GROUP(OF_1 ", 'accounts': ['x']"), "account.value",
     "/aggregators/0/accounts/0", 0, "1 to 19 digits are right"},
    {"member an object", GROUP(OF_1 ", 'accounts': [{}]"), "account.value",
     "/aggregators/0/accounts/0", 0, "this is no AccountId"},
    {"member unknown", GROUP(OF_1 ", 'accounts': ['1', '3']"), "account.unknown",
     "/aggregators/0/accounts/1", 0, "\"3\" is none of the accounts of this file"},
    {"member twice, once as a number", GROUP(OF_1 ", 'accounts': ['2', '1', 2]"), "account.taken",
     "/aggregators/0/accounts/2", 0, "\"2\" is listed already"},
    {"group twice", GROUP(OF_1 ", 'accounts': ['1']}, {" OF_1 ", 'accounts': ['2']"),
     "account.taken", "/aggregators/1/AggregatorId", 0, "the same \"AggregatorId\""},
    {"groups no list", "{'accounts': [], 'aggregators': {}}", "account.type", "/aggregators", 0,
     "an object; an array is right"},
    {"member of a group misspelt", GROUP(OF_1 ", 'account': ['1']"), "account.member.unknown",
     "/aggregators/0/account", 0, "did you mean"},
    {"cut", "{'accounts': [{'AccountId': '1'", "account.json", NULL, 1, "near end of file"},
    {"member twice", "{'accounts': [\n{'AccountId': '1',\n'AccountId': '2'}]}", "account.duplicate",
     NULL, 3, "duplicate object key"},
    {"array", "[{'AccountId': '1'}]", "account.type", "", 0, "an array; an object is right"},
    {"no list", "{'AccountId': '1'}", "account.shape", "", 0, "{\"accounts\": [...]} is right"},
    {"entry text", "{'accounts': ['1']}", "account.type", "/accounts/0", 0, "text; an object"},
    {"no id", "{'accounts': [{}]}", "account.missing", "/accounts/0", 0,
     "\"AccountId\" is missing"},
    {"id empty", "{'accounts': [{'AccountId': ''}]}", "account.value", "/accounts/0/AccountId", 0,
     "1 to 19 digits are right"},
    {"id letters", "{'accounts': [{'AccountId': '12a'}]}", "account.value", "/accounts/0/AccountId",
     0, "1 to 19 digits are right"},
    {"id of 20 digits", "{'accounts': [{'AccountId': '12345678901234567890'}]}", "account.value",
     "/accounts/0/AccountId", 0, "1 to 19 digits are right"},
    {"id of 20 digits, as a number", "{'accounts': [{'AccountId': 12345678901234567890}]}",
     "account.value", "/accounts/0/AccountId", 0,
     "\"12345678901234567890\" is no AccountId; 1 to 19 digits are right"},
    {"id with an exponent", "{'accounts': [{'AccountId': 1e15}]}", "account.value",
     "/accounts/0/AccountId", 0, "\"1e15\" is no AccountId; 1 to 19 digits are right"},
    {"id with a point", "{'accounts': [{'AccountId': 7.0}]}", "account.value",
     "/accounts/0/AccountId", 0, "\"7.0\" is no AccountId; 1 to 19 digits are right"},
    {"text that is a large number",
     "{'accounts': [{'AccountId': 1, 'project_id': 99999999999999999999}]}", "account.type",
     "/accounts/0/project_id", 0, "a number that 64 bits do not hold as it is; text is right"},
    {"id negative", "{'accounts': [{'AccountId': -5}]}", "account.value", "/accounts/0/AccountId",
     0, "1 to 19 digits are right"},
    {"id a boolean", "{'accounts': [{'AccountId': true}]}", "account.value",
     "/accounts/0/AccountId", 0, "1 to 19 digits are right"},
    {"id twice, once as a number", "{'accounts': [{'AccountId': '7'}, {'AccountId': 7}]}",
     "account.taken", "/accounts/1/AccountId", 0, "the same \"AccountId\""},
    {"unknown member", ONE("'workspace': 'w'"), "account.member.unknown", "/accounts/0/workspace",
     0, "did you mean \"workspace_id\"?"},
    {"project with a slash", ONE("'project_id': 'a/../b'"), "account.value",
     "/accounts/0/project_id", 0, "an id of 1 to 64"},
    {"workspace with a blank", ONE("'workspace_id': 'a b'"), "account.value",
     "/accounts/0/workspace_id", 0, "an id of 1 to 64"},
    {"url of another scheme", ONE("'base_url': 'ftp://example.com', " IDS), "account.value",
     "/accounts/0/base_url", 0, "http:// or https://"},
    {"url with a user", ONE("'base_url': 'https://me:pw@example.com', " IDS), "account.value",
     "/accounts/0/base_url", 0, "without user, query and fragment"},
    {"url a list", ONE("'base_url': []"), "account.type", "/accounts/0/base_url", 0,
     "an array; text is right"},
    {"url without project",
     ONE("'base_url': 'https://example.com', 'workspace_id': 'w', 'credential': 'c'"),
     "account.missing", "/accounts/0", 0, "\"project_id\" is missing; \"base_url\" needs it"},
    {"url without credential",
     ONE("'base_url': 'https://example.com', 'workspace_id': 'w', 'project_id': 'p'"),
     "account.missing", "/accounts/0", 0, "\"credential\" is missing; \"base_url\" needs it"},
    {"credential a path", ONE("'credential': '../token'"), "account.value",
     "/accounts/0/credential", 0, "plain name of a file"},
    {"inventory outside", ONE("'inventory': '../1.ndjson'"), "account.value",
     "/accounts/0/inventory", 0, "a relative path"},
};

Test(account_malformed, each_fails_the_load_with_one_error)
{
    malformed_run(ROWS, ARRAY_LEN(ROWS), load, ERR_INVALID);
}

Test(account_malformed, every_bad_entry_is_told_and_the_first_is_the_error)
{
    char *json = json_of("{'accounts': [{'AccountId': '1'}, {'AccountId': 'x'}, {}]}");
    struct diags diags;
    diags_init(&diags);
    struct err err = ERR_INIT;
    cr_expect_eq(load(json, strlen(json), &diags, &err), ERR_INVALID);
    cr_expect_eq(diags.errors, 2);
    cr_expect_str_eq(err.message, "test.json: \"x\" is no AccountId; 1 to 19 digits are right (at "
                                  "/accounts/1/AccountId) (and 1 more error)");
    diags_deinit(&diags);
    mem_free(&json);
}

Test(account_malformed, what_may_be_a_secret_is_not_repeated)
{
    const char *const jsons[] = {ONE("'credential': 'geheim/5'"),
                                 ONE("'base_url': 'https://u:geheim@example.com', " IDS)};
    for (size_t i = 0; i < ARRAY_LEN(jsons); i++) {
        char *json = json_of(jsons[i]);
        struct diags diags;
        diags_init(&diags);
        struct err err = ERR_INIT;
        cr_expect_eq(load(json, strlen(json), &diags, &err), ERR_INVALID);
        cr_expect_null(strstr(err.message, "geheim"), "%s", err.message);
        diags_deinit(&diags);
        mem_free(&json);
    }
}

// 2^63 and the largest of 19 digits: the file may have them as numbers, which no int64 holds.
Test(account, an_id_is_kept_as_it_is_written)
{
    static const char *const ids[] = {"9223372036854775807", "9223372036854775808",
                                      "9999999999999999999"};
    char *json =
        json_of("{'accounts': [{'AccountId': 9223372036854775807},"
                " {'AccountId': 9223372036854775808}, {'AccountId': 9999999999999999999}],"
                " 'aggregators': [{'AggregatorId': 'ca-1', 'AccountId': 9999999999999999999,"
                " 'accounts': [9223372036854775808]}]}");
    struct account_set set = {0};
    struct diags diags;
    diags_init(&diags);
    struct err err = ERR_INIT;
    cr_assert_eq(account_set_load(&set, json, strlen(json), "a.json", &diags, &err), ERR_OK, "%s",
                 err.message);
    for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
        cr_expect_not_null(account_find(&set, ids[i]), "%s", ids[i]);
    }
    const struct aggregator *group = aggregator_find(&set, ids[2], "ca-1");
    cr_assert_not_null(group);
    cr_expect_str_eq(group->members[0], ids[1]);
    account_set_deinit(&set);
    diags_deinit(&diags);
    mem_free(&json);
}

Test(account, members_are_read_and_accounts_are_found)
{
    char *json = json_of("{'accounts': ["
                         "{'AccountId': 200, 'base_url': 'https://example.com:8443/api//', " IDS
                         ", 'inventory': 'a/200.ndjson'},"
                         "{'AccountId': '1000000000000000019'}, {'AccountId': '1'}]}");
    struct account_set set = {0};
    struct diags diags;
    diags_init(&diags);
    struct err err = ERR_INIT;
    cr_assert_eq(account_set_load(&set, json, strlen(json), "a.json", &diags, &err), ERR_OK, "%s",
                 err.message);
    cr_expect_eq(set.count, 3);
    cr_expect_eq(diags.count, 0);
    const struct account *full = account_find(&set, "200");
    cr_assert_not_null(full);
    cr_expect_str_eq(full->id, "200");
    cr_expect_str_eq(full->base_url, "https://example.com:8443/api", "no trailing slash");
    cr_expect_str_eq(full->project_id, "p");
    cr_expect_str_eq(full->workspace_id, "w");
    cr_expect_str_eq(full->credential, "c");
    cr_expect_str_eq(full->inventory, "a/200.ndjson");
    const struct account *bare = account_find(&set, "1");
    cr_assert_not_null(bare);
    cr_expect_str_eq(bare->base_url, "");
    cr_expect_str_eq(bare->inventory, "");
    cr_expect_not_null(account_find(&set, "1000000000000000019"));
    cr_expect_null(account_find(&set, "2"));
    cr_expect_null(account_find(&set, ""));
    account_set_deinit(&set);
    cr_expect_null(account_find(&set, "1"), "an empty set holds nothing");
    diags_deinit(&diags);
    mem_free(&json);
}

Test(account, base_urls)
{
    static const struct {
        const char *url;
        bool is_valid;
    } ROWS_URL[] = {
        {"https://example.com", true},
        {"https://example.com/", true},
        {"http://127.0.0.1:8080", true},
        {"http://[::1]:8080/x", true},
        {"https://a-b.example.com:65535/v1/p%20q;x=1", true},
        {"HTTPS://example.com", false},
        {"https:/example.com", false},
        {"https://", false},
        {"https:///path", false},
        {"https://:80", false},
        {"https://example.com:", false},
        {"https://example.com:0", false},
        {"https://example.com:65536", false},
        {"https://example.com:99999999999999999999", false},
        {"https://example.com:80x", false},
        {"https://example.com?x=1", false},
        {"https://example.com/?x=1", false},
        {"https://example.com/#x", false},
        {"https://user@example.com", false},
        {"https://example.com/@", false},
        {"https://example.com/a b", false},
        {"https://example.com/a\nb", false},
        {"https://ex\xc3\xa4mple.com", false},
        {"https://example.com\\x", false},
        {"https://[::1", false},
        {"https://[]", false},
        {"https://[::1]x", false},
        {"example.com", false},
        {"", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(ROWS_URL); i++) {
        cr_expect_eq(account_base_url_is_valid(ROWS_URL[i].url), ROWS_URL[i].is_valid, "%s",
                     ROWS_URL[i].url);
    }
}

Test(account, credential_names_and_inventory_paths)
{
    static const struct {
        const char *text;
        bool is_credential;
        bool is_inventory;
    } NAMES[] = {
        {"token", true, true},    {"a.b-c_d", true, true},  {"a/b", false, true},
        {".hidden", false, true}, {"..", false, false},     {".", false, false},
        {"", false, false},       {"/a", false, false},     {"a//b", false, false},
        {"a/", false, false},     {"a/../b", false, false}, {"a/./b", false, false},
        {"a/..b", false, true},   {"t\n", false, true},
    };
    for (size_t i = 0; i < ARRAY_LEN(NAMES); i++) {
        cr_expect_eq(account_credential_is_valid(NAMES[i].text), NAMES[i].is_credential, "%s",
                     NAMES[i].text);
        cr_expect_eq(account_inventory_is_valid(NAMES[i].text), NAMES[i].is_inventory, "%s",
                     NAMES[i].text);
    }
    char *long_name = repeat("a", "", 256);
    cr_expect_not(account_credential_is_valid(long_name));
    cr_expect_not(account_inventory_is_valid(long_name));
    mem_free(&long_name);
}

Test(aggregator, is_found_by_its_own_account_only)
{
    struct account_set set = {0};
    struct diags diags;
    struct err err = ERR_INIT;
    char *json =
        json_of("{'accounts': [{'AccountId': '2'}, {'AccountId': 1}],"
                " 'aggregators': [{'AggregatorId': 'ca-2', 'AccountId': 2, 'accounts': [2]},"
                " {'AggregatorId': 'ca-1', 'AccountId': '1', 'accounts': ['2', 1]}]}");
    diags_init(&diags);
    cr_assert_eq(account_set_load(&set, json, strlen(json), "test.json", &diags, &err), ERR_OK,
                 "%s", err.message);
    const struct aggregator *found = aggregator_find(&set, "1", "ca-1");
    cr_assert_not_null(found);
    cr_assert_eq(found->member_count, 2);
    cr_expect_str_eq(found->members[0], "2");
    cr_expect_str_eq(found->members[1], "1");
    cr_expect_null(aggregator_find(&set, "2", "ca-1"), "another account's");
    cr_expect_null(aggregator_find(&set, "1", "ca-3"));
    cr_expect_not_null(aggregator_find(&set, "2", "ca-2"));
    account_set_deinit(&set);
    cr_expect_null(aggregator_find(&set, "2", "ca-2"));
    diags_deinit(&diags);
    mem_free(&json);
}

Test(aggregator, has_at_most_so_many_accounts)
{
    struct account_set set = {0};
    struct diags diags;
    struct err err = ERR_INIT;
    char *members = repeat("1", ",", LIMIT_AGGREGATOR_ACCOUNTS + 1);
    char *quoted =
        mem_format("{'accounts': [{'AccountId': 1}], 'aggregators': [{'AggregatorId': 'c',"
                   " 'AccountId': 1, 'accounts': [%s]}]}",
                   members);
    char *json = json_of(quoted);
    diags_init(&diags);
    cr_expect_eq(account_set_load(&set, json, strlen(json), "test.json", &diags, &err), ERR_LIMIT,
                 "%s", err.message);
    diags_deinit(&diags);
    mem_free(&json);
    mem_free(&quoted);
    mem_free(&members);
}
