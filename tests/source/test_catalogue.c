// SPDX-License-Identifier: MIT
//
// Rules, waivers, attestations, accounts and packs from files. What the files may say is tested in
// domain; here, that the right files are read, and that none is passed over in silence.
#include "sandbox.h"

#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "source/catalogue.h"

#include <criterion/criterion.h>
#include <string.h>
#include <unistd.h>

#define RULE(id)                                                                                   \
    "{\"id\":\"" id "\",\"checkItems\":[{\"uuid\":\"u\"}],\"resourceTypes\":[\"t\"],"              \
    "\"condition\":{\"operator\":\"and\",\"children\":[{\"featurePath\":\"$.a\","                  \
    "\"featureSource\":\"CONFIGURATION\",\"operator\":\"StringEquals\",\"desired\":\"b\"}]}}"

static void put(const char *name, const char *text)
{
    char *path = sandbox_write(name, text, strlen(text));
    mem_free(&path);
}

static enum err_kind load_rules(const char *path, struct rule_set *rules, struct err *err)
{
    struct diags diags;
    diags_init(&diags);
    enum err_kind kind = source_load_rules(path, rules, &diags, err);
    diags_deinit(&diags);
    return kind;
}

Test(catalogue, rules_of_a_folder_come_in_the_order_of_its_names)
{
    const char *folder = sandbox_make();
    struct err err = ERR_INIT;
    struct rule_set rules = {0};
    put("b.json", RULE("second"));
    put("a.json", "[" RULE("first") "]");
    put("c.json", "{\"rules\":[" RULE("third") "," RULE("fourth") "]}");
    put("notes.txt", "not a rule");
    put(".hidden.json", "not a rule");
    char *inner = file_join(folder, "folder.json");
    cr_assert_eq(file_make_folders(inner, 0700, &err), ERR_OK);
    cr_assert_eq(load_rules(folder, &rules, &err), ERR_OK, "%s", err.message);
    static const char *const ids[] = {"first", "second", "third", "fourth"};
    cr_assert_eq(rules.count, 4);
    for (size_t i = 0; i < 4; i++) {
        cr_expect_str_eq(rules.rules[i].id, ids[i]);
    }
    cr_expect_eq(strlen(rules.digest), 64);
    rule_set_deinit(&rules);
    mem_free(&inner);
    sandbox_remove();
}

// The digest says whether two reports were judged by the same rules.
Test(catalogue, the_digest_of_rules_is_of_names_and_bytes)
{
    const char *folder = sandbox_make();
    struct err err = ERR_INIT;
    char digests[4][65];
    for (size_t i = 0; i < 4; i++) {
        struct rule_set rules = {0};
        if (i == 2) {
            put("a.json", RULE("one") " ");
        } else {
            put("a.json", RULE("one"));
        }
        if (i == 3) {
            char *from = file_join(folder, "a.json");
            char *to = file_join(folder, "b.json");
            cr_assert_eq(rename(from, to), 0);
            mem_free(&from);
            mem_free(&to);
        }
        cr_assert_eq(load_rules(folder, &rules, &err), ERR_OK, "%s", err.message);
        memcpy(digests[i], rules.digest, sizeof(digests[i]));
        rule_set_deinit(&rules);
    }
    cr_expect_str_eq(digests[0], digests[1], "same files");
    cr_expect_str_neq(digests[0], digests[2], "another byte");
    cr_expect_str_neq(digests[0], digests[3], "another name");
    sandbox_remove();
}

Test(catalogue, one_rule_file)
{
    (void)sandbox_make();
    struct err err = ERR_INIT;
    struct rule_set rules = {0};
    char *path = sandbox_write("only.json", RULE("one"), strlen(RULE("one")));
    cr_assert_eq(load_rules(path, &rules, &err), ERR_OK, "%s", err.message);
    cr_expect_eq(rules.count, 1);
    cr_expect_str_eq(rules.rules[0].file, path);
    rule_set_deinit(&rules);
    mem_free(&path);
    sandbox_remove();
}

Test(catalogue, rules_that_cannot_be_read_whole_are_refused)
{
    static const struct {
        const char *text; // of b.json; NULL: not there
        enum err_kind kind;
        const char *message;
    } rows[] = {
        {"{\"id\":", ERR_INVALID, "b.json"},
        {"", ERR_INVALID, "b.json"},
        {"7", ERR_INVALID, "b.json"},
        {"[]", ERR_INVALID, "b.json: holds no rules"},
        {"{\"rules\":[]}", ERR_INVALID, "b.json: holds no rules"},
    };
    const char *folder = sandbox_make();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct err err = ERR_INIT;
        struct rule_set rules = {0};
        put("a.json", RULE("one"));
        put("b.json", rows[i].text);
        cr_expect_eq(load_rules(folder, &rules, &err), rows[i].kind, "row %zu", i);
        cr_expect_not_null(strstr(err.message, rows[i].message), "row %zu: %s", i, err.message);
        cr_expect_eq(rules.count, 0, "row %zu: output written", i);
    }
    sandbox_remove();
}

Test(catalogue, rules_that_are_not_there)
{
    const char *folder = sandbox_make();
    struct err err = ERR_INIT;
    struct rule_set rules = {0};
    put("notes.txt", "no rule");
    cr_expect_eq(load_rules(folder, &rules, &err), ERR_INVALID);
    cr_expect_not_null(strstr(err.message, "holds no *.json files"), "%s", err.message);
    cr_expect_eq(load_rules("/nonexistent/rules", &rules, &err), ERR_NOT_FOUND);
    cr_expect_not_null(strstr(err.message, "/nonexistent/rules"), "%s", err.message);
    char *large = sandbox_write("large.json", "{", 1);
    cr_assert_eq(truncate(large, LIMIT_RULE_FILE_BYTES + 1), 0);
    cr_expect_eq(load_rules(folder, &rules, &err), ERR_LIMIT);
    cr_expect_not_null(strstr(err.message, "large.json"), "%s", err.message);
    mem_free(&large);
    sandbox_remove();
}

Test(catalogue, the_other_files)
{
    (void)sandbox_make();
    struct err err = ERR_INIT;
    struct diags diags;
    struct waiver_set waivers = {0};
    struct attestation_set attestations = {0};
    struct account_set accounts = {0};
    struct pack *pack = NULL;
    diags_init(&diags);
    static const char waiver[] =
        "{\"waivers\":[{\"id\":\"w\",\"rule\":\"*\",\"resource\":\"*\",\"reason\":\"r\","
        "\"approver\":\"security team\",\"until\":\"2030-01-01\"}]}";
    char *path = sandbox_write("waivers.json", waiver, strlen(waiver));
    cr_expect_eq(source_load_waivers(path, &waivers, &diags, &err), ERR_OK, "%s", err.message);
    cr_expect_eq(waivers.count, 1);
    cr_expect_eq(strlen(waivers.digest), 64);
    mem_free(&path);
    path = sandbox_write("attestations.json", "{\"attestations\":[]}", 19);
    cr_expect_eq(source_load_attestations(path, &attestations, &diags, &err), ERR_OK, "%s",
                 err.message);
    cr_expect_eq(strlen(attestations.digest), 64);
    mem_free(&path);
    path = sandbox_write("accounts.json", "{\"accounts\":[{\"AccountId\":\"1\"}]}", 32);
    cr_expect_eq(source_load_accounts(path, &accounts, &diags, &err), ERR_OK, "%s", err.message);
    cr_expect_not_null(account_find(&accounts, "1"));
    mem_free(&path);
    path = sandbox_write("pack.json", "{\"uuid\":\"p\",\"name\":\"n\"}", 23);
    cr_expect_eq(source_load_pack(path, &pack, &diags, &err), ERR_OK, "%s", err.message);
    cr_assert_not_null(pack);
    cr_expect_str_eq(pack->uuid, "p");
    cr_expect_eq(strlen(pack->digest), 64);
    mem_free(&path);
    pack_destroy(&pack);
    account_set_deinit(&accounts);
    attestation_set_deinit(&attestations);
    waiver_set_deinit(&waivers);
    diags_deinit(&diags);
    sandbox_remove();
}

Test(catalogue, a_missing_file_is_named_with_what_it_was_for)
{
    static const char path[] = "/nonexistent/file.json";
    struct diags diags;
    struct err errs[4] = {ERR_INIT, ERR_INIT, ERR_INIT, ERR_INIT};
    static const char *const heads[] = {"waivers: ", "attestations: ", "accounts: ", "pack: "};
    struct waiver_set waivers;
    struct attestation_set attestations;
    struct account_set accounts;
    struct pack *pack;
    diags_init(&diags);
    (void)source_load_waivers(path, &waivers, &diags, &errs[0]);
    (void)source_load_attestations(path, &attestations, &diags, &errs[1]);
    (void)source_load_accounts(path, &accounts, &diags, &errs[2]);
    (void)source_load_pack(path, &pack, &diags, &errs[3]);
    for (size_t i = 0; i < 4; i++) {
        cr_expect_eq(errs[i].kind, ERR_NOT_FOUND);
        cr_expect_eq(strncmp(errs[i].message, heads[i], strlen(heads[i])), 0, "%s",
                     errs[i].message);
        cr_expect_not_null(strstr(errs[i].message, path), "%s", errs[i].message);
    }
    diags_deinit(&diags);
}

Test(catalogue, a_file_with_a_mistake_is_named_once_with_what_it_was_for)
{
    (void)sandbox_make();
    char *path = sandbox_write("file.json", "[", 1);
    struct diags diags;
    diags_init(&diags);
    struct err err = ERR_INIT;
    struct waiver_set waivers;
    cr_expect_eq(source_load_waivers(path, &waivers, &diags, &err), ERR_INVALID);
    char *expected = mem_format("waivers: %s: the JSON is wrong at line 1", path);
    cr_expect_eq(strncmp(err.message, expected, strlen(expected)), 0, "%s", err.message);
    mem_free(&expected);
    mem_free(&path);
    diags_deinit(&diags);
    sandbox_remove();
}
