// SPDX-License-Identifier: MIT
#include "rules_check_view.h"

#include "style.h"

#include <inttypes.h>
#include <stdio.h>

enum { LINE_BYTES = 64 * 1024, LINE_COLUMNS = 16 * 1024 };

static const char *color_of(enum lint_severity severity)
{
    return severity == LINT_ERROR ? STYLE_RED : severity == LINT_WARNING ? STYLE_YELLOW : STYLE_DIM;
}

static void append_place(struct buf *out, const struct lint_finding *finding)
{
    if (finding->file == NULL) {
        return;
    }
    style_append_value(out, finding->file, LINE_COLUMNS);
    if (finding->place.line > 0) {
        (void)buf_append_format(out, ":%zu:%zu", finding->place.line, finding->place.column);
    }
    (void)buf_append_text(out, ": ");
}

static void print_finding(const struct lint_finding *finding, struct style style)
{
    struct buf line;
    buf_init(&line, LINE_BYTES);
    append_place(&line, finding);
    style_append(&line, style, color_of(finding->severity), lint_severity_text(finding->severity));
    (void)buf_append_text(&line, ": ");
    if (finding->rule != NULL) {
        style_append_value(&line, finding->rule, LINE_COLUMNS);
        (void)buf_append_text(&line, ": ");
    }
    style_append_value(&line, finding->message, LINE_COLUMNS);
    (void)printf("%s [%s]\n", buf_text(&line), finding->code);
    buf_deinit(&line);
}

static const char *ending(uint64_t count)
{
    return count == 1 ? "" : "s";
}

void rules_check_print_text(const struct rules_checked *checked)
{
    const struct lint_findings *findings = checked->findings;
    struct style style = style_of(stdout);
    for (size_t i = 0; i < findings->count; i++) {
        print_finding(&findings->items[i], style);
    }
    size_t all = findings->of[LINT_ERROR] + findings->of[LINT_WARNING] + findings->of[LINT_NOTE];
    if (all > findings->count) {
        (void)printf("… and %zu more\n", all - findings->count);
    }
    (void)printf("%zu rule%s in %zu file%s", checked->rules, ending(checked->rules), checked->files,
                 ending(checked->files));
    if (checked->has_inventory) {
        (void)printf(", %" PRIu64 " record%s", checked->records, ending(checked->records));
    }
    (void)printf(": %zu error%s, %zu warning%s, %zu note%s\n", findings->of[LINT_ERROR],
                 ending(findings->of[LINT_ERROR]), findings->of[LINT_WARNING],
                 ending(findings->of[LINT_WARNING]), findings->of[LINT_NOTE],
                 ending(findings->of[LINT_NOTE]));
}

static void put(json_t *object, const char *name, const char *text)
{
    if (text != NULL) {
        (void)json_object_set_new(object, name, json_string(text));
    }
}

static void put_number(json_t *object, const char *name, uint64_t number)
{
    (void)json_object_set_new(object, name, json_integer((json_int_t)number));
}

static json_t *finding_json(const struct lint_finding *finding)
{
    json_t *object = json_object();
    const struct lint_code *code = lint_code_find(finding->code);
    put(object, "severity", lint_severity_text(finding->severity));
    put(object, "code", finding->code);
    put(object, "file", finding->file);
    if (finding->place.line > 0) {
        put_number(object, "line", finding->place.line);
        put_number(object, "column", finding->place.column);
        put_number(object, "endLine", finding->place.end_line);
        put_number(object, "endColumn", finding->place.end_column);
    }
    put(object, "pointer", finding->pointer);
    put(object, "rule", finding->rule);
    put(object, "message", finding->message);
    put(object, "right", code == NULL ? NULL : code->right);
    return object;
}

json_t *rules_check_json(const struct rules_checked *checked)
{
    const struct lint_findings *findings = checked->findings;
    json_t *list = json_array();
    for (size_t i = 0; i < findings->count; i++) {
        (void)json_array_append_new(list, finding_json(&findings->items[i]));
    }
    json_t *object = json_object();
    (void)json_object_set_new(object, "findings", list);
    put_number(object, "errors", findings->of[LINT_ERROR]);
    put_number(object, "warnings", findings->of[LINT_WARNING]);
    put_number(object, "notes", findings->of[LINT_NOTE]);
    put_number(object, "files", checked->files);
    put_number(object, "rules", checked->rules);
    if (checked->has_inventory) {
        put_number(object, "records", checked->records);
    }
    return object;
}
