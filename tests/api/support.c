// SPDX-License-Identifier: MIT
#include "support.h"

#include "base/mem.h"
#include "malformed.h"

#include <criterion/criterion.h>
#include <string.h>

struct ram_policies *policies_read(const char *quoted, struct err *err)
{
    char *json = json_of(quoted);
    struct diags diags;
    diags_init(&diags);
    struct json_source source = {.noun = "key", .file = "policies.json", .diags = &diags};
    struct json_node root =
        json_read_document(&source, (struct json_bytes){json, strlen(json), 16 * 1024 * 1024});
    cr_assert_not_null(root.value, "%s", quoted);
    struct ram_policies *policies = ram_policies_read(&source, &root);
    enum err_kind kind = json_source_result(&source, err);
    cr_assert_eq(policies != NULL, kind == ERR_OK, "%s: %s", quoted, err->message);
    json_decref(root.value);
    diags_deinit(&diags);
    mem_free(&json);
    return policies;
}

struct ram_policies *policies_of(const char *quoted)
{
    struct err err = ERR_INIT;
    struct ram_policies *policies = policies_read(quoted, &err);
    cr_assert_not_null(policies, "%s: %s", quoted, err.message);
    return policies;
}

enum err_kind keys_read(const char *quoted, struct access_keys **keys_out, struct err *err)
{
    char *json = json_of(quoted);
    enum err_kind kind = access_keys_parse(span_of(json), "keys.json", keys_out, err);
    mem_free(&json);
    return kind;
}

struct access_keys *keys_of(const char *quoted)
{
    struct access_keys *keys = NULL;
    struct err err = ERR_INIT;
    cr_assert_eq(keys_read(quoted, &keys, &err), ERR_OK, "%s", err.message);
    return keys;
}
