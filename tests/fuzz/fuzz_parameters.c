// SPDX-License-Identifier: MIT
//
// Input: a query, a line end, a form body. Whatever they are, they are refused, or read within the
// limits; and what was read, written as the signatures write it, is read as the same.
#include "base/check.h"
#include "base/text.h"
#include "canonical.h"
#include "parameters.h"
#include "percent.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(struct span text)
{
    struct buf encoded;
    struct buf decoded;
    buf_init(&encoded, CANONICAL_BYTES_MAX);
    buf_init(&decoded, CANONICAL_BYTES_MAX);
    INVARIANT(text_is_utf8(text.bytes, text.len, NULL));
    INVARIANT(text.len == 0 || memchr(text.bytes, '\0', text.len) == NULL);
    text_percent_encode(&encoded, text.bytes, text.len);
    struct span written = {buf_text(&encoded), encoded.len};
    INVARIANT(percent_decode(&decoded, written, true));
    INVARIANT(span_equals((struct span){buf_text(&decoded), decoded.len}, text));
    buf_reset(&decoded);
    INVARIANT(percent_decode(&decoded, written, false));
    INVARIANT(span_equals((struct span){buf_text(&decoded), decoded.len}, text));
    buf_deinit(&encoded);
    buf_deinit(&decoded);
}

static void check_read(const struct parameters *parameters)
{
    INVARIANT(parameters->count <= PARAMETERS_MAX);
    INVARIANT(parameters->text.len <= PARAMETERS_BYTES_MAX);
    bool body_began = false;
    for (size_t i = 0; i < parameters->count; i++) {
        const struct parameter *item = &parameters->items[i];
        INVARIANT(item->name.len > 0);
        INVARIANT(!body_began || item->is_from_body);
        body_began = item->is_from_body;
        check_text(item->name);
        check_text(item->value);
    }
}

// Sorted and written again, it is written as before.
static void check_written(const struct parameters *parameters)
{
    static struct parameters again;
    struct buf first;
    struct buf second;
    struct err err = ERR_INIT;
    buf_init(&first, CANONICAL_BYTES_MAX);
    buf_init(&second, CANONICAL_BYTES_MAX);
    canonical_query(parameters, CANONICAL_ALL_BUT_SIGNATURE, &first);
    enum err_kind kind = parameters_parse(&again, (struct span){buf_text(&first), first.len},
                                          (struct span){0}, &err);
    INVARIANT(kind == ERR_OK && parameters_find_double(&again) == NULL);
    canonical_query(&again, CANONICAL_QUERY, &second);
    INVARIANT(!first.overflow && strcmp(buf_text(&first), buf_text(&second)) == 0);
    parameters_deinit(&again);
    buf_deinit(&first);
    buf_deinit(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct parameters parameters;
    const char *text = (const char *)data;
    const char *line_end = size == 0 ? NULL : memchr(text, '\n', size);
    size_t query_len = line_end == NULL ? size : (size_t)(line_end - text);
    size_t body_at = line_end == NULL ? size : query_len + 1;
    struct err err = ERR_INIT;
    enum err_kind kind = parameters_parse(&parameters, (struct span){text, query_len},
                                          (struct span){text + body_at, size - body_at}, &err);
    INVARIANT(kind == ERR_OK || kind == ERR_INVALID || kind == ERR_LIMIT);
    INVARIANT(kind == ERR_OK || parameters.count == 0);
    check_read(&parameters);
    if (parameters_find_double(&parameters) == NULL) {
        check_written(&parameters);
    }
    parameters_deinit(&parameters);
    return 0;
}
