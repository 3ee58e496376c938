// SPDX-License-Identifier: MIT
#include "one_record.h"

#include "base/file.h"
#include "base/text.h"
#include "domain/diag.h"
#include "eval/value.h"
#include "source/inventory.h"

#include <string.h>

static bool is_of_rule(const json_t *record, const struct rule *rule)
{
    const char *type = json_string_value(json_object_get(record, "resourceType"));
    if (rule == NULL) {
        return true;
    }
    for (size_t i = 0; type != NULL && i < rule->resource_types.count; i++) {
        if (text_equals_ignore_case(type, rule->resource_types.items[i])) {
            return true;
        }
    }
    return false;
}

// Takes the line when it is the record, or may be while none better comes. True when none can.
static bool take_line(const struct one_record *wanted, const struct rule *rule, const char *line,
                      size_t len, struct buf *out)
{
    bool may_be = memmem(line, len, wanted->id, strlen(wanted->id)) != NULL ||
                  memchr(line, '\\', len) != NULL;
    json_t *record = NULL;
    struct err err = ERR_INIT;
    if (!may_be || value_parse(line, len, &record, &err) != ERR_OK) {
        return false;
    }
    const char *id = json_string_value(json_object_get(record, "resourceId"));
    bool is_it = id != NULL && strcmp(id, wanted->id) == 0;
    bool is_best = is_it && is_of_rule(record, rule);
    json_decref(record);
    if (is_best || (is_it && out->len == 0)) {
        buf_reset(out);
        (void)buf_append(out, line, len);
    }
    return is_best;
}

static bool search_block(const struct one_record *wanted, const struct rule *rule,
                         const struct inventory_block *block, struct buf *out)
{
    for (size_t at = 0; at < block->len;) {
        const char *line = block->bytes + at;
        const char *end = memchr(line, '\n', block->len - at);
        size_t len = end == NULL ? block->len - at : (size_t)(end - line);
        if (take_line(wanted, rule, line, len, out)) {
            return true;
        }
        at += len + 1;
    }
    return false;
}

static enum err_kind search(const struct one_record *wanted, const struct rule *rule,
                            struct inventory *inventory, struct buf *out, struct err *err)
{
    struct diags problems;
    diags_init(&problems);
    enum err_kind kind = ERR_OK;
    bool is_over = false;
    while (!is_over && kind == ERR_OK) {
        struct inventory_block block = {0};
        kind = inventory_next(inventory, &block, &problems, err);
        if (kind == ERR_OK) {
            is_over = block.len == 0 || search_block(wanted, rule, &block, out);
            inventory_block_deinit(&block);
        }
    }
    diags_deinit(&problems);
    if (kind == ERR_OK && out->len == 0) {
        kind = err_set(err, ERR_NOT_FOUND, "no record of %s has the resourceId \"%.80s\"",
                       wanted->inventory, wanted->id);
    }
    return kind;
}

// Editors of some systems begin a file with a byte order mark.
static enum err_kind read_file(const char *path, struct buf *out, struct err *err)
{
    struct buf text;
    buf_init(&text, out->limit);
    enum err_kind kind = file_read(path, &text, err);
    if (kind == ERR_OK) {
        const struct span bare = text_skip_mark((struct span){buf_text(&text), text.len});
        (void)buf_append(out, bare.bytes, bare.len);
    }
    buf_deinit(&text);
    return kind;
}

enum err_kind one_record_read(const struct one_record *wanted, const struct rule *rule,
                              struct buf *out, struct err *err)
{
    if (wanted->path != NULL) {
        return read_file(wanted->path, out, err);
    }
    struct inventory *inventory = NULL;
    if (inventory_open(wanted->inventory, INVENTORY_BLOCK_BYTES, &inventory, err) != ERR_OK) {
        return err->kind;
    }
    inventory_skip_digest(inventory);
    enum err_kind kind = search(wanted, rule, inventory, out, err);
    inventory_close(&inventory);
    return kind;
}
