// SPDX-License-Identifier: MIT
//
// Reading a document that is one list of entries, {"<key>": [ {…}, … ]}, or several, and the kinds
// of member that such entries share. Thread: the owner's of the source.
#pragma once

#include "domain/finding.h"
#include "domain/json_read.h"
#include "domain/request.h"

struct json_list {
    struct json_source *source;
    const char *key;
    size_t limit; // entries; more is ERR_LIMIT
    // Called for each entry that is an object. After a fault (source->first) it keeps nothing.
    void (*on_entry)(void *context, struct json_list *list, const struct json_node *node);
    void *context;
    bool skips_bad;         // an entry with a fault is left out; else the load fails
    bool is_optional;       // the list may be absent
    struct json_list *next; // another list of the same document, read after this one; NULL: none
    json_t *claimed; // what json_list_claim saw; the reader's own, until the last list is read
};

enum err_kind json_list_read(struct json_list *list, struct json_bytes bytes, struct err *err);

// An error at the member `key` when an earlier entry claimed the same text. "" is never claimed.
void json_list_claim(struct json_list *list, const struct json_node *node, const char *key,
                     const char *text);

// Whether an entry that was read before claimed the text.
bool json_list_has(const struct json_list *list, const char *text);

// RFC 3339 date or time as milliseconds since the epoch; 0 when absent or wrong.
int64_t json_read_time(struct json_source *source, const struct json_node *object, const char *key,
                       enum json_need need);

// The member "AccountId", required: 1 to REQUEST_ACCOUNT_MAX digits. It is an int64 in the vendor's
// API, and text where it was masked, so that files have it either way; of 19 digits some are no int64:
// as numbers they are read where the source keeps_numbers, elsewhere the parser refuses them. `out` stays as it was after an error.
void json_read_account_id(struct json_source *source, const struct json_node *object,
                          char out[REQUEST_ACCOUNT_MAX + 1]);

// The same of a node by itself, which is there.
void json_take_account_id(struct json_source *source, const struct json_node *node,
                          char out[REQUEST_ACCOUNT_MAX + 1]);

// The member `key`, required: one of `count` outcomes by its name. The first of them after an error.
enum outcome json_read_outcome(struct json_source *source, const struct json_node *object,
                               const char *key, const enum outcome *outcomes, size_t count);

// {"uuid": …} or {"name": …}: one of the outputs becomes a text for mem_free, the other NULL; both
// NULL after an error.
void json_read_item_name(struct json_source *source, const struct json_node *node, char **uuid_out,
                         char **name_out);
