// SPDX-License-Identifier: MIT
#include "canonical.h"

#include "base/text.h"
#include "percent.h"

#include <stdlib.h>
#include <string.h>

static bool append_segment(struct span segment, struct buf *out)
{
    struct buf decoded;
    buf_init(&decoded, CANONICAL_BYTES_MAX);
    bool is_decoded = percent_decode(&decoded, segment, false);
    if (is_decoded) {
        text_percent_encode(out, buf_text(&decoded), decoded.len);
    }
    buf_deinit(&decoded);
    return is_decoded;
}

bool canonical_path(struct span path, struct buf *out)
{
    for (size_t at = 0;;) {
        const char *slash = at < path.len ? memchr(path.bytes + at, '/', path.len - at) : NULL;
        size_t len = slash == NULL ? path.len - at : (size_t)(slash - path.bytes) - at;
        if (len > 0 && !append_segment((struct span){path.bytes + at, len}, out)) {
            return false;
        }
        if (slash == NULL) {
            return true;
        }
        (void)buf_append_char(out, '/');
        at += len + 1;
    }
}

static int compare_names(const void *a, const void *b)
{
    const struct parameter *const *left = a;
    const struct parameter *const *right = b;
    return span_compare((*left)->name, (*right)->name);
}

static bool is_chosen(const struct parameter *parameter, enum canonical_choice choice)
{
    return choice == CANONICAL_QUERY ? !parameter->is_from_body
                                     : !span_equals_text(parameter->name, "Signature");
}

void canonical_query(const struct parameters *parameters, enum canonical_choice choice,
                     struct buf *out)
{
    const struct parameter *chosen[PARAMETERS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < parameters->count; i++) {
        if (is_chosen(&parameters->items[i], choice)) {
            chosen[count++] = &parameters->items[i];
        }
    }
    if (count > 0) {
        qsort(chosen, count, sizeof(const struct parameter *), compare_names);
    }
    for (size_t i = 0; i < count; i++) {
        (void)buf_append_text(out, i == 0 ? "" : "&");
        text_percent_encode(out, chosen[i]->name.bytes, chosen[i]->name.len);
        (void)buf_append_char(out, '=');
        text_percent_encode(out, chosen[i]->value.bytes, chosen[i]->value.len);
    }
}
