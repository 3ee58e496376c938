// SPDX-License-Identifier: MIT
#include "record.h"

#include "base/text.h"
#include "document.h"
#include "value.h"

#include <string.h>

enum { QUOTED_BYTES = 512, QUOTED_NAME_BYTES = 60 };

static enum err_kind read_text(json_t *root, const char *member, const char **text_out,
                               struct err *err)
{
    json_t *value = json_object_get(root, member);
    if (value == NULL || json_is_null(value)) {
        *text_out = "";
        return ERR_OK;
    }
    if (!value_is_text(value)) {
        return err_set(err, ERR_INVALID, "%s is %s; it has to be a text", member,
                       value_type_text(value));
    }
    *text_out = json_string_value(value);
    return ERR_OK;
}

static enum err_kind read_required(json_t *root, const char *member, const char **text_out,
                                   struct err *err)
{
    enum err_kind kind = read_text(root, member, text_out, err);
    if (kind == ERR_OK && (*text_out)[0] == '\0') {
        return err_set(err, ERR_INVALID, "%s is missing or empty; each record needs one", member);
    }
    return kind;
}

static enum err_kind read_texts(struct record *record, struct err *err)
{
    const struct {
        const char *member;
        const char **text_out;
    } optional[] = {
        {"resourceName", &record->resource_name},
        {"regionId", &record->region_id},
        {"accountId", &record->account_id},
        {"resourceGroupId", &record->resource_group_id},
    };
    enum err_kind kind = read_required(record->root, "resourceId", &record->resource_id, err);
    if (kind == ERR_OK) {
        kind = read_required(record->root, "resourceType", &record->resource_type, err);
    }
    for (size_t i = 0; i < ARRAY_LEN(optional) && kind == ERR_OK; i++) {
        kind = read_text(record->root, optional[i].member, optional[i].text_out, err);
    }
    return kind;
}

static enum err_kind refuse_tag(const char *key, const json_t *value, struct err *err)
{
    struct buf quoted;
    buf_init(&quoted, QUOTED_BYTES);
    text_quote(&quoted, key, strlen(key), QUOTED_NAME_BYTES);
    enum err_kind kind = err_set(err, ERR_INVALID, "tag %s is %s; each has to be a text",
                                 buf_text(&quoted), value_type_text(value));
    buf_deinit(&quoted);
    return kind;
}

static enum err_kind read_tags(struct record *record, struct err *err)
{
    json_t *tags = json_object_get(record->root, "tags");
    if (tags == NULL || json_is_null(tags)) {
        return ERR_OK;
    }
    if (!json_is_object(tags)) {
        return err_set(err, ERR_INVALID, "tags is %s; it has to be an object of texts",
                       value_type_text(tags));
    }
    const char *key;
    json_t *value;
    json_object_foreach(tags, key, value)
    {
        if (!value_is_text(value)) {
            return refuse_tag(key, value, err);
        }
    }
    record->tags = tags;
    return ERR_OK;
}

// The vendor's read operations give the configuration as text that holds JSON, its dry run as the
// object itself (alibaba-config.md 2.6).
static enum err_kind read_configuration(struct record *record, struct err *err)
{
    json_t *value = json_object_get(record->root, "configuration");
    if (value == NULL || json_is_null(value)) {
        return ERR_OK;
    }
    json_t *configuration = NULL;
    if (value_is_text(value)) {
        enum err_kind kind = document_parse(json_string_value(value), json_string_length(value),
                                            &configuration, err);
        if (kind != ERR_OK) {
            return err_prefix(err, "the text in configuration");
        }
    } else {
        configuration = json_incref(value);
    }
    if (!json_is_object(configuration)) {
        (void)err_set(err, ERR_INVALID,
                      "configuration is %s; it has to be an object, or a text that holds one",
                      value_type_text(configuration));
        json_decref(configuration);
        return err->kind;
    }
    record->configuration = configuration;
    return ERR_OK;
}

static enum err_kind read_members(struct record *record, struct err *err)
{
    if (!json_is_object(record->root)) {
        return err_set(err, ERR_INVALID, "the line is %s; a record is an object",
                       value_type_text(record->root));
    }
    enum err_kind kind = read_texts(record, err);
    if (kind == ERR_OK) {
        kind = read_tags(record, err);
    }
    return kind == ERR_OK ? read_configuration(record, err) : kind;
}

enum err_kind record_parse(const char *line, size_t len, struct record *record_out, struct err *err)
{
    struct record record = {0};
    enum err_kind kind = document_parse(line, len, &record.root, err);
    if (kind == ERR_OK) {
        kind = read_members(&record, err);
    }
    if (kind != ERR_OK) {
        record_deinit(&record);
        return kind;
    }
    *record_out = record;
    return ERR_OK;
}

void record_deinit(struct record *record)
{
    json_decref(record->configuration);
    json_decref(record->root);
    *record = (struct record){0};
}

struct subject record_subject(const struct record *record, int64_t as_of_ms)
{
    return (struct subject){
        .record = record->root, .configuration = record->configuration, .as_of_ms = as_of_ms};
}
