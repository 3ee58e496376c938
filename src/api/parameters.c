// SPDX-License-Identifier: MIT
#include "parameters.h"

#include "base/text.h"
#include "percent.h"

#include <string.h>

enum { SHOWN_BYTES_MAX = 40 }; // of a part that a message repeats

// Where the parts come from, and how many of them were seen.
struct place {
    const char *noun; // "query", "body"
    bool is_body;
    size_t number;
};

static enum err_kind refuse_encoding(const struct place *place, struct span part, struct err *err)
{
    struct buf shown;
    buf_init(&shown, SHOWN_BYTES_MAX * (size_t)8);
    text_quote(&shown, part.bytes, part.len, SHOWN_BYTES_MAX);
    (void)err_set(err, ERR_INVALID,
                  "parameter %zu of the %s, %s, is not encoded right; UTF-8 without NUL, and each "
                  "'%%' with two hex digits, are right",
                  place->number, place->noun, buf_text(&shown));
    buf_deinit(&shown);
    return ERR_INVALID;
}

// Decodes into the text. Of a span only the length is right until `settle`, because the text moves.
static enum err_kind decode(struct parameters *parameters, struct span encoded,
                            struct span *decoded_out)
{
    size_t begin = parameters->text.len;
    if (!percent_decode(&parameters->text, encoded, true)) {
        return parameters->text.overflow ? ERR_LIMIT : ERR_INVALID;
    }
    *decoded_out = (struct span){NULL, parameters->text.len - begin};
    return ERR_OK;
}

static enum err_kind add_part(struct parameters *parameters, const struct place *place,
                              struct span part, struct err *err)
{
    if (parameters->count == PARAMETERS_MAX) {
        return err_set(err, ERR_LIMIT, "there are too many parameters; at most %d are taken",
                       PARAMETERS_MAX);
    }
    const char *equals = memchr(part.bytes, '=', part.len);
    size_t name_len = equals == NULL ? part.len : (size_t)(equals - part.bytes);
    if (name_len == 0) {
        return err_set(err, ERR_INVALID,
                       "parameter %zu of the %s has no name; \"name=value\" is right",
                       place->number, place->noun);
    }
    const struct span name = {part.bytes, name_len};
    const size_t skipped = equals == NULL ? name_len : name_len + 1;
    const struct span value = {part.bytes + skipped, part.len - skipped};
    struct parameter *item = &parameters->items[parameters->count];
    item->is_from_body = place->is_body;
    enum err_kind kind = decode(parameters, name, &item->name);
    if (kind == ERR_OK) {
        kind = decode(parameters, value, &item->value);
    }
    if (kind == ERR_LIMIT) {
        return err_set(err, kind, "the parameters are too long; at most %d bytes are taken",
                       PARAMETERS_BYTES_MAX);
    }
    if (kind != ERR_OK) {
        return refuse_encoding(place, part, err);
    }
    parameters->count++;
    return ERR_OK;
}

static enum err_kind add_parts(struct parameters *parameters, struct place place, struct span text,
                               struct err *err)
{
    enum err_kind kind = ERR_OK;
    for (size_t at = 0; at < text.len && kind == ERR_OK;) {
        const char *end = memchr(text.bytes + at, '&', text.len - at);
        size_t len = end == NULL ? text.len - at : (size_t)(end - text.bytes) - at;
        place.number++;
        if (len > 0) {
            kind = add_part(parameters, &place, (struct span){text.bytes + at, len}, err);
        }
        at += len + 1;
    }
    return kind;
}

// Names and values lie in the text in the order of the parameters, without anything between.
static void settle(struct parameters *parameters)
{
    const char *at = buf_text(&parameters->text);
    for (size_t i = 0; i < parameters->count; i++) {
        struct parameter *item = &parameters->items[i];
        item->name.bytes = at;
        at += item->name.len;
        item->value.bytes = at;
        at += item->value.len;
    }
}

enum err_kind parameters_parse(struct parameters *parameters, struct span query, struct span body,
                               struct err *err)
{
    parameters->count = 0;
    buf_init(&parameters->text, PARAMETERS_BYTES_MAX);
    enum err_kind kind = add_parts(parameters, (struct place){.noun = "query"}, query, err);
    if (kind == ERR_OK) {
        kind = add_parts(parameters, (struct place){.noun = "body", .is_body = true}, body, err);
    }
    if (kind != ERR_OK) {
        parameters->count = 0;
    }
    settle(parameters);
    return kind;
}

void parameters_deinit(struct parameters *parameters)
{
    buf_deinit(&parameters->text);
    parameters->count = 0;
}

const struct span *parameters_get(const struct parameters *parameters, const char *name)
{
    for (size_t i = 0; i < parameters->count; i++) {
        if (span_equals_text(parameters->items[i].name, name)) {
            return &parameters->items[i].value;
        }
    }
    return NULL;
}

const struct parameter *parameters_find_double(const struct parameters *parameters)
{
    for (size_t i = 1; i < parameters->count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (span_equals(parameters->items[i].name, parameters->items[j].name)) {
                return &parameters->items[i];
            }
        }
    }
    return NULL;
}
