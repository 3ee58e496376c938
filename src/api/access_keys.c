// SPDX-License-Identifier: MIT
#include "access_keys.h"

#include "base/mem.h"
#include "base/text.h"
#include "domain/json_list.h"
#include "key_file.h"

#include <stdlib.h>
#include <string.h>

struct access_keys {
    unsigned refs;
    struct access_key *items; // sorted by id
    size_t count;
    size_t capacity;
};

static const char *const MEMBERS[] = {"AccessKeyId", "AccountId",     "UserName", "secrets",
                                      "status",      "SecurityToken", "expires",  "policies"};

static void key_deinit(struct access_key *key)
{
    mem_free(&key->id);
    mem_free(&key->user_name);
    for (size_t i = 0; i < ACCESS_KEY_SECRETS_MAX; i++) {
        secret_destroy(&key->secrets[i]);
    }
    secret_destroy(&key->security_token);
    ram_policies_destroy(&key->policies);
}

// A name that goes into log lines, error texts and the header of v3's signature, which separates by
// commas.
static char *read_name(struct json_source *source, const struct json_node *node, const char *key,
                       enum json_need need, size_t limit)
{
    static const char NAME_CHARACTERS[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
    char *name = json_read_text(source, node, key, need);
    size_t len = strlen(name);
    struct json_node member = json_member(node, key);
    bool is_given = json_is_string(member.value);
    bool is_name = len > 0 && len <= limit && strspn(name, NAME_CHARACTERS) == len;
    if (is_given && !is_name && (need == JSON_OPTIONAL || len > 0)) {
        json_error(source, &member, "value",
                   "this is no %s; 1 to %zu letters, digits, '.', '-' and '_' are right", key,
                   limit);
    }
    return name;
}

// NULL, with an error, for what is no secret. The JSON's own copy is wiped: it is not read again.
static struct secret *take_secret(struct json_source *source, const struct json_node *node,
                                  size_t limit)
{
    if (!json_expect_text(source, node)) {
        return NULL;
    }
    const char *text = json_string_value(node->value);
    size_t len = json_string_length(node->value);
    struct secret *secret = NULL;
    if (len > limit || !text_is_printable_ascii(text, len)) {
        json_error(source, node, "value",
                   "this is not right; 1 to %zu printable ASCII characters are", limit);
    } else {
        secret = secret_create(text, len);
    }
    mem_wipe((void *)(uintptr_t)text, len);
    return secret;
}

static bool secrets_equal(const struct secret *a, const struct secret *b)
{
    return strcmp(secret_reveal(a), secret_reveal(b)) == 0;
}

static void read_secrets(struct json_source *source, const struct json_node *node,
                         struct access_key *key)
{
    struct json_node array;
    if (json_object_get(node->value, "secrets") == NULL) {
        json_missing(source, node, "secrets");
        return;
    }
    size_t count = json_read_array(source, node, "secrets", &array);
    if (!json_is_array(array.value)) {
        return;
    }
    if (count == 0 || count > ACCESS_KEY_SECRETS_MAX) {
        json_error(source, &array, "secrets",
                   "there are %zu secrets; one is right, or %d while they are changed", count,
                   ACCESS_KEY_SECRETS_MAX);
    }
    for (size_t i = 0; i < count; i++) {
        struct json_node element = json_element(&array, i);
        struct secret *secret = take_secret(source, &element, ACCESS_KEY_SECRET_BYTES_MAX);
        if (secret == NULL || key->secret_count == ACCESS_KEY_SECRETS_MAX) {
            secret_destroy(&secret);
            continue;
        }
        if (key->secret_count > 0 && secrets_equal(secret, key->secrets[0])) {
            json_error(source, &element, "secrets",
                       "this is the secret before it again; another is right, or none");
        }
        key->secrets[key->secret_count++] = secret;
    }
}

static void read_token(struct json_source *source, const struct json_node *node,
                       struct access_key *key)
{
    struct json_node token = json_member(node, "SecurityToken");
    struct json_node expires = json_member(node, "expires");
    if ((token.value == NULL) != (expires.value == NULL)) {
        json_error(source, node, "token", "\"%s\" is there without \"%s\"; both are right, or none",
                   token.value == NULL ? expires.key : token.key,
                   token.value == NULL ? token.key : expires.key);
    }
    if (!json_is_absent(&token)) {
        key->security_token = take_secret(source, &token, ACCESS_KEY_TOKEN_BYTES_MAX);
    }
    if (!json_is_absent(&expires)) {
        key->expires_ms = json_read_time(source, node, "expires", JSON_REQUIRED);
    }
}

static void read_policies(struct json_source *source, const struct json_node *node,
                          struct access_key *key)
{
    struct json_node policies = json_member(node, "policies");
    if (json_is_absent(&policies)) {
        return; // null is an error already
    }
    if (json_object_get(node->value, "UserName") == NULL) {
        json_error(source, &policies, "policies",
                   "a key without \"UserName\" is the account itself, which no policy binds; with "
                   "one it is a user's");
    }
    key->policies = ram_policies_read(source, &policies);
}

static struct access_key read_key(struct json_source *source, const struct json_node *node)
{
    static const char *const STATUSES[] = {"Active", "Inactive"};
    json_expect_members(source, node, MEMBERS, ARRAY_LEN(MEMBERS));
    json_expect_no_nulls(source, node);
    struct access_key key = {
        .id = read_name(source, node, "AccessKeyId", JSON_REQUIRED, ACCESS_KEY_ID_BYTES_MAX),
        .user_name = read_name(source, node, "UserName", JSON_OPTIONAL, ACCESS_KEY_USER_BYTES_MAX),
    };
    json_read_account_id(source, node, key.account_id);
    read_secrets(source, node, &key);
    struct json_choices statuses = {STATUSES, ARRAY_LEN(STATUSES)};
    key.is_active = json_read_choice(source, node, "status", statuses, 0) == 0;
    read_token(source, node, &key);
    read_policies(source, node, &key);
    return key;
}

static void add_key(void *context, struct json_list *list, const struct json_node *node)
{
    struct access_keys *keys = context;
    keys->items = mem_grow(keys->items, &keys->capacity, keys->count + 1, sizeof(*keys->items));
    struct access_key *key = &keys->items[keys->count++];
    *key = read_key(list->source, node);
    json_list_claim(list, node, "AccessKeyId", key->id);
}

static int compare_keys(const void *a, const void *b)
{
    return strcmp(((const struct access_key *)a)->id, ((const struct access_key *)b)->id);
}

enum err_kind access_keys_parse(struct span text, const char *file, struct access_keys **keys_out,
                                struct err *err)
{
    struct diags diags;
    diags_init(&diags);
    struct access_keys *keys = mem_alloc(1, sizeof(*keys));
    keys->refs = 1;
    struct json_source source = {
        .noun = "key", .file = file, .diags = &diags, .hides_values = true};
    struct json_list list = {.source = &source,
                             .key = "accessKeys",
                             .limit = ACCESS_KEYS_MAX,
                             .on_entry = add_key,
                             .context = keys};
    enum err_kind kind = json_list_read(
        &list, (struct json_bytes){text.bytes, text.len, ACCESS_KEYS_FILE_BYTES_MAX}, err);
    diags_deinit(&diags);
    if (kind != ERR_OK) {
        access_keys_unref(&keys);
        err->kind = ERR_CONFIG;
        return ERR_CONFIG;
    }
    if (keys->count > 0) {
        qsort(keys->items, keys->count, sizeof(*keys->items), compare_keys);
    }
    *keys_out = keys;
    return ERR_OK;
}

enum err_kind access_keys_load(const char *path, struct access_keys **keys_out, struct err *err)
{
    struct key_file file = {0};
    enum err_kind kind = key_file_read(path, ACCESS_KEYS_FILE_BYTES_MAX, &file, err);
    if (kind == ERR_OK) {
        kind = access_keys_parse((struct span){file.bytes, file.len}, path, keys_out, err);
        key_file_deinit(&file);
    }
    return kind == ERR_OK ? ERR_OK : err_prefix(err, "access keys");
}

struct access_keys *access_keys_ref(struct access_keys *keys)
{
    keys->refs++;
    return keys;
}

void access_keys_unref(struct access_keys **keys)
{
    struct access_keys *left = *keys;
    *keys = NULL;
    if (left == NULL || --left->refs > 0) {
        return;
    }
    for (size_t i = 0; i < left->count; i++) {
        key_deinit(&left->items[i]);
    }
    mem_free(&left->items);
    mem_free(&left);
}

const struct access_key *access_keys_find(const struct access_keys *keys, struct span id)
{
    size_t low = 0;
    size_t high = keys->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = span_compare(span_of(keys->items[middle].id), id);
        if (order == 0) {
            return &keys->items[middle];
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

size_t access_keys_count(const struct access_keys *keys)
{
    return keys->count;
}
