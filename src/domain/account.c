// SPDX-License-Identifier: MIT
#include "domain/account.h"

#include "account_check.h"
#include "aggregator.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "domain/json_list.h"

#include <stdlib.h>
#include <string.h>

static const char *const MEMBERS[] = {"AccountId",    "base_url",   "project_id",
                                      "workspace_id", "credential", "inventory"};

static void account_deinit(struct account *account)
{
    mem_free(&account->project_id);
    mem_free(&account->workspace_id);
    mem_free(&account->base_url);
    mem_free(&account->credential);
    mem_free(&account->inventory);
}

// A text that, when it is there, passes `is_valid`. What is wrong may be a secret that was put
// there by mistake: then it is not repeated.
struct text_check {
    const char *key;
    bool (*is_valid)(const char *text);
    const char *wanted;
    bool may_be_secret;
};

static char *read_checked(struct json_source *source, const struct json_node *node,
                          const struct text_check *check)
{
    char *text = json_read_text(source, node, check->key, JSON_OPTIONAL);
    if (text[0] != '\0' && !check->is_valid(text)) {
        struct json_node member = json_member(node, check->key);
        json_error(source, &member, "value", "%s is not right; %s is",
                   check->may_be_secret ? "this" : json_quote(text).text, check->wanted);
    }
    return text;
}

static bool is_id(const char *text)
{
    return text_is_id(text, strlen(text));
}

static void expect_whole(struct json_source *source, const struct json_node *node,
                         const struct account *account)
{
    const struct {
        const char *key;
        const char *value;
    } needed[] = {{"project_id", account->project_id},
                  {"workspace_id", account->workspace_id},
                  {"credential", account->credential}};
    for (size_t i = 0; account->base_url[0] != '\0' && i < ARRAY_LEN(needed); i++) {
        if (needed[i].value[0] == '\0') {
            json_error(source, node, "missing", "\"%s\" is missing; \"base_url\" needs it",
                       needed[i].key);
        }
    }
}

static struct account read_account(struct json_source *source, const struct json_node *node)
{
    static const char ID[] = "an id of 1 to 64 letters, digits, '-' and '_'";
    static const struct text_check PROJECT = {"project_id", is_id, ID, false};
    static const struct text_check WORKSPACE = {"workspace_id", is_id, ID, false};
    static const struct text_check URL = {
        "base_url", account_base_url_is_valid,
        "http:// or https:// with a host, without user, query and fragment,", true};
    static const struct text_check CREDENTIAL = {
        "credential", account_credential_is_valid,
        "the plain name of a file in the credentials folder", true};
    static const struct text_check INVENTORY = {"inventory", account_inventory_is_valid,
                                                "a relative path without \".\" and \"..\"", false};
    json_expect_members(source, node, MEMBERS, ARRAY_LEN(MEMBERS));
    struct account account = {
        .project_id = read_checked(source, node, &PROJECT),
        .workspace_id = read_checked(source, node, &WORKSPACE),
        .base_url = read_checked(source, node, &URL),
        .credential = read_checked(source, node, &CREDENTIAL),
        .inventory = read_checked(source, node, &INVENTORY),
    };
    json_read_account_id(source, node, account.id);
    expect_whole(source, node, &account);
    for (size_t len = strlen(account.base_url); len > 0 && account.base_url[len - 1] == '/';) {
        account.base_url[--len] = '\0';
    }
    return account;
}

static void add_account(void *context, struct json_list *list, const struct json_node *node)
{
    struct account_set *set = context;
    set->items = mem_grow(set->items, &set->capacity, set->count + 1, sizeof(*set->items));
    struct account *account = &set->items[set->count++];
    *account = read_account(list->source, node);
    json_list_claim(list, node, "AccountId", account->id);
}

static int compare_accounts(const void *a, const void *b)
{
    const struct account *left = a;
    const struct account *right = b;
    return strcmp(left->id, right->id);
}

enum err_kind account_set_load(struct account_set *set, const char *json, size_t len,
                               const char *file, struct diags *diags, struct err *err)
{
    struct account_set loaded = {0};
    struct json_source source = {
        .noun = "account", .file = file, .diags = diags, .keeps_numbers = true};
    struct json_list list = {.source = &source,
                             .key = "accounts",
                             .limit = LIMIT_ACCOUNTS,
                             .on_entry = add_account,
                             .context = &loaded};
    struct aggregator_reader reader = {.set = &loaded, .accounts = &list};
    struct json_list groups = {.source = &source,
                               .key = "aggregators",
                               .limit = LIMIT_AGGREGATORS,
                               .on_entry = aggregator_read,
                               .context = &reader,
                               .is_optional = true};
    list.next = &groups;
    enum err_kind kind =
        json_list_read(&list, (struct json_bytes){json, len, LIMIT_SIDE_FILE_BYTES}, err);
    if (kind != ERR_OK) {
        account_set_deinit(&loaded);
        return kind;
    }
    if (loaded.count > 0) {
        qsort(loaded.items, loaded.count, sizeof(*loaded.items), compare_accounts);
    }
    aggregators_sort(&loaded);
    *set = loaded;
    return ERR_OK;
}

void account_set_deinit(struct account_set *set)
{
    for (size_t i = 0; i < set->count; i++) {
        account_deinit(&set->items[i]);
    }
    mem_free(&set->items);
    aggregators_deinit(set);
    *set = (struct account_set){0};
}

static int compare_id(const void *id, const void *account)
{
    return strcmp(id, ((const struct account *)account)->id);
}

const struct account *account_find(const struct account_set *set, const char *id)
{
    if (set->count == 0) {
        return NULL;
    }
    return bsearch(id, set->items, set->count, sizeof(*set->items), compare_id);
}

struct account *account_dup(const struct account *account)
{
    struct account *copy = mem_alloc(1, sizeof(*copy));
    *copy = *account;
    copy->project_id = mem_text(account->project_id);
    copy->workspace_id = mem_text(account->workspace_id);
    copy->base_url = mem_text(account->base_url);
    copy->credential = mem_text(account->credential);
    copy->inventory = mem_text(account->inventory);
    return copy;
}

void account_destroy(struct account **account)
{
    if (*account == NULL) {
        return;
    }
    account_deinit(*account);
    mem_free(account);
}
