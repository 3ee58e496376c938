// SPDX-License-Identifier: MIT
#include "record.h"

#include "base/text.h"
#include "tree.h"

enum { QUOTED_NAME_BYTES = 60 };

static struct value member_of(const struct record *record, const char *name)
{
    return value_member(record->root, name, strlen(name));
}

static bool is_absent(struct value value)
{
    return !value_exists(value) || value_kind(value) == VALUE_NULL;
}

static enum err_kind read_text(const struct record *record, const char *member,
                               struct span *text_out, struct err *err)
{
    struct value value = member_of(record, member);
    if (is_absent(value)) {
        *text_out = span_of("");
        return ERR_OK;
    }
    if (value_kind(value) != VALUE_TEXT) {
        return err_set(err, ERR_INVALID, "%s is %s; it has to be a text", member,
                       value_kind_text(value_kind(value)));
    }
    *text_out = value_text(value);
    return ERR_OK;
}

static enum err_kind read_required(const struct record *record, const char *member,
                                   struct span *text_out, struct err *err)
{
    enum err_kind kind = read_text(record, member, text_out, err);
    if (kind == ERR_OK && text_out->len == 0) {
        return err_set(err, ERR_INVALID, "%s is missing or empty; each record needs one", member);
    }
    return kind;
}

static enum err_kind read_texts(struct record *record, struct err *err)
{
    const struct {
        const char *member;
        struct span *text_out;
    } optional[] = {
        {"resourceName", &record->resource_name},
        {"regionId", &record->region_id},
        {"accountId", &record->account_id},
        {"resourceGroupId", &record->resource_group_id},
    };
    enum err_kind kind = read_required(record, "resourceId", &record->resource_id, err);
    if (kind == ERR_OK) {
        kind = read_required(record, "resourceType", &record->resource_type, err);
    }
    for (size_t i = 0; i < ARRAY_LEN(optional) && kind == ERR_OK; i++) {
        kind = read_text(record, optional[i].member, optional[i].text_out, err);
    }
    return kind;
}

static enum err_kind refuse_tag(struct span key, struct value value, struct err *err)
{
    return err_set(err, ERR_INVALID, "tag %s is %s; each has to be a text",
                   text_quoted_of(key, QUOTED_NAME_BYTES).text, value_kind_text(value_kind(value)));
}

static enum err_kind read_tags(struct record *record, struct err *err)
{
    struct value tags = member_of(record, "tags");
    if (is_absent(tags)) {
        return ERR_OK;
    }
    if (value_kind(tags) != VALUE_OBJECT) {
        return err_set(err, ERR_INVALID, "tags is %s; it has to be an object of texts",
                       value_kind_text(value_kind(tags)));
    }
    struct value_children children = value_children(tags);
    while (value_children_next(&children)) {
        if (value_kind(children.value) != VALUE_TEXT) {
            return refuse_tag(children.name, children.value, err);
        }
    }
    record->tags = tags;
    return ERR_OK;
}

// The vendor's read operations give the configuration as text that holds JSON, its dry run as the
// object itself.
static enum err_kind read_configuration(struct record *record, struct err *err)
{
    struct value value = member_of(record, "configuration");
    if (is_absent(value)) {
        return ERR_OK;
    }
    if (value_kind(value) == VALUE_TEXT) {
        struct span text = value_text(value);
        if (tree_parse(text.bytes, text.len, &record->configuration_tree, err) != ERR_OK) {
            return err_prefix(err, "the text in configuration");
        }
        value = value_of_json(record->configuration_tree);
    }
    if (value_kind(value) != VALUE_OBJECT) {
        return err_set(err, ERR_INVALID,
                       "configuration is %s; it has to be an object, or a text that holds one",
                       value_kind_text(value_kind(value)));
    }
    record->configuration = value;
    return ERR_OK;
}

static enum err_kind read_members(struct record *record, struct err *err)
{
    if (value_kind(record->root) != VALUE_OBJECT) {
        return err_set(err, ERR_INVALID, "the line is %s; a record is an object",
                       value_kind_text(value_kind(record->root)));
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
    enum err_kind kind = tree_parse(line, len, &record.tree, err);
    if (kind == ERR_OK) {
        record.root = value_of_json(record.tree);
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
    json_decref(record->configuration_tree);
    json_decref(record->tree);
    *record = (struct record){0};
}

struct subject record_subject(const struct record *record, int64_t as_of_ms)
{
    return (struct subject){.record = record->root,
                            .configuration = record->configuration,
                            .as_of_ms = as_of_ms,
                            .tapes = record->tapes};
}
