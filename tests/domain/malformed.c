// SPDX-License-Identifier: MIT
#include "malformed.h"

#include "base/mem.h"

#include <criterion/criterion.h>
#include <stdint.h>
#include <string.h>

char *json_of(const char *quoted)
{
    char *text = mem_text(quoted);
    for (char *c = text; *c != '\0'; c++) {
        *c = *c == '\'' ? '"' : *c;
    }
    return text;
}

char *repeat(const char *piece, const char *separator, size_t count)
{
    struct buf text;
    buf_init(&text, SIZE_MAX / 2);
    for (size_t i = 0; i < count; i++) {
        (void)buf_append_text(&text, i == 0 ? "" : separator);
        (void)buf_append_text(&text, piece);
    }
    return buf_take(&text);
}

const struct diag *find_diag(const struct diags *diags, enum diag_severity severity,
                             const char *code)
{
    for (size_t i = 0; i < diags->count; i++) {
        if (diags->items[i].severity == severity && strcmp(diags->items[i].code, code) == 0) {
            return &diags->items[i];
        }
    }
    return NULL;
}

static const char *text_or(const char *text, const char *otherwise)
{
    return text == NULL ? otherwise : text;
}

static void expect_diag(const struct malformed_row *row, const struct diag *diag)
{
    cr_expect_str_eq(diag->code, row->code, "%s: code %s", row->name, diag->code);
    cr_expect_str_eq(text_or(diag->pointer, "(none)"), text_or(row->pointer, "(none)"),
                     "%s: pointer %s", row->name, text_or(diag->pointer, "(none)"));
    cr_expect_eq(diag->line, row->line, "%s: line %zu", row->name, diag->line);
    cr_expect_str_eq(diag->file, "test.json", "%s: file %s", row->name, diag->file);
    cr_expect_not_null(strstr(diag->message, row->says), "%s: says: %s", row->name, diag->message);
}

static void run_row(const struct malformed_row *row, malformed_load load, enum err_kind expected)
{
    char *json = json_of(row->json);
    struct diags diags;
    diags_init(&diags);
    struct err err = ERR_INIT;
    enum err_kind kind = load(json, strlen(json), &diags, &err);
    cr_expect_eq(kind, expected, "%s: returned %s: %s", row->name, err_kind_text(kind),
                 err.message);
    cr_expect_eq(err.kind, kind, "%s: err holds %s", row->name, err_kind_text(err.kind));
    if (kind != ERR_OK) {
        cr_expect_not_null(strstr(err.message, row->says), "%s: err: %s", row->name, err.message);
    }
    cr_expect_eq(diags.errors, 1, "%s: %zu errors", row->name, diags.errors);
    for (size_t i = 0; i < diags.count; i++) {
        if (diags.items[i].severity == DIAG_ERROR) {
            expect_diag(row, &diags.items[i]);
        }
    }
    diags_deinit(&diags);
    mem_free(&json);
}

void malformed_run(const struct malformed_row *rows, size_t count, malformed_load load,
                   enum err_kind expected)
{
    for (size_t i = 0; i < count; i++) {
        run_row(&rows[i], load, expected);
    }
}
