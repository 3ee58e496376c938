// SPDX-License-Identifier: MIT
#include "style.h"

#include "render/utf8.h"

#include <stdlib.h>
#include <unistd.h>

enum { VALUE_BYTES_MAX = 256 * 1024 };

struct style style_of(FILE *stream)
{
    const char *none = getenv("NO_COLOR"); // NOLINT(concurrency-mt-unsafe): one thread
    bool is_wanted = none == NULL || none[0] == '\0';
    return (struct style){.color = is_wanted && isatty(fileno(stream)) != 0};
}

void style_append(struct buf *out, struct style style, const char *color, const char *text)
{
    if (style.color && color[0] != '\0') {
        (void)buf_append_format(out, "\x1b[%sm%s\x1b[0m", color, text);
    } else {
        (void)buf_append_text(out, text);
    }
}

void style_append_value(struct buf *out, const char *text, size_t columns)
{
    struct buf printable;
    size_t used;
    buf_init(&printable, VALUE_BYTES_MAX);
    utf8_append_printable(&printable, text);
    const char *whole = buf_text(&printable);
    if (utf8_columns(whole) <= columns) {
        (void)buf_append_text(out, whole);
    } else {
        (void)buf_append(out, whole, utf8_fit(whole, columns - 1, &used));
        (void)buf_append_text(out, "…");
    }
    buf_deinit(&printable);
}
