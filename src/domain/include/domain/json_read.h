// SPDX-License-Identifier: MIT
//
// Reading a JSON document member by member: each getter checks the type of what it reads and, when
// it is wrong, adds one diagnostic with the JSON pointer and what would be right. An absent member
// and null are the same everywhere. Getters never fail as such: they yield a harmless value, and
// `first` of the source tells that something was wrong. Thread: the owner's of the source.
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "base/text.h"
#include "domain/diag.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// One document being read. `first` is filled by the first error diagnostic ("<message> (at
// <pointer>)"); a loader that goes on after a bad entry sets first.kind back to ERR_OK.
struct json_source {
    const char *noun; // begins the code of each diagnostic: "rule" in "rule.type"
    const char *file;
    struct diags *diags;
    struct err first;
    size_t errors; // of this document, all
    // The right name of the last unknown member that had one, and the object it stands in: that
    // this name is missing then is the same mistake, and said already.
    const json_t *misspelt_in;
    const char *misspelt_name;
    bool hides_values; // some are secrets: messages repeat names of members and no values
    // Numbers stay as they were written (json_number.h): for documents whose values are compared.
    // Elsewhere jansson makes integers of 64 bits and doubles of them, and refuses larger ones.
    bool keeps_numbers;
};

// A value and the way to it. The chain is turned into a JSON pointer only when something is wrong.
// Borrows its value, its key and the node above it.
struct json_node {
    json_t *value; // NULL: absent
    const struct json_node *up;
    const char *key; // NULL for the root and for elements of arrays
    size_t index;
};

struct json_bytes {
    const char *text;
    size_t len;
    size_t limit; // bytes; more is ERR_LIMIT
};

enum json_need { JSON_OPTIONAL, JSON_REQUIRED };

// Parses the whole document: UTF-8, an optional byte order mark, no member given twice. On failure
// (a diagnostic with the line was added) `value` of the node is NULL. The caller ends the value
// with json_decref.
struct json_node json_read_document(struct json_source *source, struct json_bytes bytes);
// The same for JSON text inside the text `node`. NULL when it is no JSON. A number with an excessive
// exponent (json_number.h) is an error, and in the value all the same.
json_t *json_read_embedded(struct json_source *source, const struct json_node *node);

// ERR_OK, or fills `err` with the first error of the source, the file before it, and how many more
// there are.
enum err_kind json_source_result(const struct json_source *source, struct err *err);

struct json_node json_member(const struct json_node *object, const char *key);
struct json_node json_element(const struct json_node *array, size_t index);
bool json_is_absent(const struct json_node *node); // or null
// The member, or the object where the name is too long or too odd to stand in a pointer: a message
// quotes it.
struct json_node json_named_member(const struct json_node *object, const char *key);
// RFC 6901; mem_free.
char *json_node_pointer(const struct json_node *node);
// Appends one step of a pointer (RFC 6901, section 3).
void json_pointer_append(struct buf *out, const char *name);

// Adds a diagnostic at `node` with the code "<noun>.<fault>".
void json_error(struct json_source *source, const struct json_node *node, const char *fault,
                const char *format, ...) PRINTF_LIKE(4, 5);
void json_warning(struct json_source *source, const struct json_node *node, const char *fault,
                  const char *format, ...) PRINTF_LIKE(4, 5);
// Whether the object has the member under a misspelt name, which got its error.
bool json_is_misspelt(const struct json_source *source, const struct json_node *object,
                      const char *key);
// An error that `object` lacks the required member `key`, unless it is misspelt.
void json_missing(struct json_source *source, const struct json_node *object, const char *key);
// Quotes what came from outside for a message, cut to a few words.
struct text_quoted json_quote(const char *text);
// The same, or `otherwise` where the source hides its values.
struct text_quoted json_quote_value(const struct json_source *source, const char *text,
                                    const char *otherwise);
// As json_error, and the document as a whole ends with ERR_LIMIT.
void json_limit_error(struct json_source *source, const struct json_node *node, const char *what,
                      size_t limit);

// False, with an error, when the value is absent or no object (no array, no text).
bool json_expect_object(struct json_source *source, const struct json_node *node);
bool json_expect_array(struct json_source *source, const struct json_node *node);
// Text that is not empty.
bool json_expect_text(struct json_source *source, const struct json_node *node);

// An error for each member of the object that is not among `names`, with the nearest name, else
// with all of them.
void json_expect_members(struct json_source *source, const struct json_node *object,
                         const char *const *names, size_t count);

// An error for each member of the object that is null: for documents in which a member that is left
// out stands for something.
void json_expect_no_nulls(struct json_source *source, const struct json_node *object);

// An error for each number at or below `node` with an excessive exponent (json_number.h), where the
// source keeps numbers. The depth that the parser takes bounds the recursion.
void json_expect_numbers(struct json_source *source, const struct json_node *node);

// A copy for mem_free, never NULL; "" when absent or wrong. JSON_REQUIRED refuses absent and "".
char *json_read_text(struct json_source *source, const struct json_node *object, const char *key,
                     enum json_need need);
// `fallback` when absent or wrong.
int64_t json_read_integer(struct json_source *source, const struct json_node *object,
                          const char *key, int64_t fallback);
// A boolean, or 0 or 1; only checked.
void json_check_flag(struct json_source *source, const struct json_node *object, const char *key);
// Index of the member's text among the choices; `fallback` when absent or wrong.
struct json_choices {
    const char *const *texts;
    size_t count;
};
size_t json_read_choice(struct json_source *source, const struct json_node *object, const char *key,
                        struct json_choices choices, size_t fallback);
// The array at `key` and the number of its elements; 0 when absent or wrong.
size_t json_read_array(struct json_source *source, const struct json_node *object, const char *key,
                       struct json_node *array_out);
