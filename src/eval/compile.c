// SPDX-License-Identifier: MIT
#include "compile.h"

#include "domain/json_number.h"
#include "domain/json_read.h"
#include "domain/suggest.h"
#include "eval/value.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
    COMPLAINT_BYTES = 2048,
    POINTER_BYTES = 4096, // a pointer to the deepest node, and a member name of any sane length
    QUOTED_BYTES = 60,
    NAME_LIST_BYTES = 256,
};

void compile_init(struct compile *compile, struct rule *rule, struct diags *diags)
{
    *compile = (struct compile){.rule = rule, .diags = diags};
    buf_init(&compile->pointer, POINTER_BYTES);
    (void)buf_append_text(&compile->pointer, rule->condition_pointer);
}

void compile_deinit(struct compile *compile)
{
    buf_deinit(&compile->pointer);
}

void compile_complain(struct compile *compile, const char *member, const char *code,
                      const char *format, ...)
{
    char message[COMPLAINT_BYTES];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);
    struct buf pointer;
    buf_init(&pointer, POINTER_BYTES);
    (void)buf_append(&pointer, buf_text(&compile->pointer), compile->pointer.len);
    if (member != NULL) {
        json_pointer_append(&pointer, member);
    }
    rule_break(compile->rule, compile->diags, code, buf_text(&pointer), "%s", message);
    buf_deinit(&pointer);
}

struct text_quoted compile_quote(const char *text)
{
    return text_quoted_of(span_of(text), QUOTED_BYTES);
}

void compile_refuse_own(struct compile *compile, const char *member, const char *what)
{
    if (compile->strict_vendor) {
        compile_complain(compile, member, "rule.condition.own",
                         "%s is packreport's own, and strict_vendor allows only what the vendor "
                         "has",
                         what);
    }
}

static bool is_among(const char *name, struct compile_names names)
{
    for (size_t i = 0; i < names.count; i++) {
        if (strcmp(names.texts[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static void refuse_member(struct compile *compile, const json_t *node, const char *name,
                          struct compile_names names)
{
    const char *member = strlen(name) <= QUOTED_BYTES ? name : NULL;
    const char *nearest = suggest_nearest(name, names.texts, names.count);
    if (nearest != NULL) {
        compile->misspelt_in = node;
        compile->misspelt_name = nearest;
        compile_complain(compile, member, "rule.condition.member",
                         "unknown member %s; did you mean \"%s\"?", compile_quote(name).text,
                         nearest);
        return;
    }
    struct buf list;
    buf_init(&list, NAME_LIST_BYTES);
    for (size_t i = 0; i < names.count; i++) {
        (void)buf_append_format(&list, "%s\"%s\"", i == 0 ? "" : ", ", names.texts[i]);
    }
    compile_complain(compile, member, "rule.condition.member",
                     "unknown member %s; one of %s is right", compile_quote(name).text,
                     buf_text(&list));
    buf_deinit(&list);
}

void compile_expect_members(struct compile *compile, json_t *node, struct compile_names names)
{
    const char *name;
    json_t *value;
    json_object_foreach(node, name, value)
    {
        if (is_among(name, names)) {
            continue;
        }
        refuse_member(compile, node, name, names);
    }
}

bool compile_is_misspelt(const struct compile *compile, const json_t *node, const char *member)
{
    return compile->misspelt_in == node && strcmp(compile->misspelt_name, member) == 0;
}

const char *compile_text(struct compile *compile, json_t *node, const char *member)
{
    json_t *value = json_object_get(node, member);
    if (value == NULL) {
        if (!compile_is_misspelt(compile, node, member)) {
            compile_complain(compile, NULL, "rule.condition.missing", "%s is missing; give a text",
                             member);
        }
        return NULL;
    }
    if (!json_text_is(value)) {
        compile_complain(compile, member, "rule.condition.type", "%s is %s; it has to be a text",
                         member, value_type_text(value));
        return NULL;
    }
    if (json_string_length(value) == 0) {
        compile_complain(compile, member, "rule.condition.missing", "%s is empty; give a text",
                         member);
        return NULL;
    }
    return json_string_value(value);
}

size_t compile_enter(struct compile *compile, size_t index)
{
    size_t mark = compile->pointer.len;
    (void)buf_append_format(&compile->pointer, "/children/%zu", index);
    return mark;
}

size_t compile_enter_name(struct compile *compile, const char *name)
{
    size_t mark = compile->pointer.len;
    json_pointer_append(&compile->pointer, name);
    return mark;
}

size_t compile_enter_index(struct compile *compile, size_t index)
{
    size_t mark = compile->pointer.len;
    (void)buf_append_format(&compile->pointer, "/%zu", index);
    return mark;
}

void compile_go_to(struct compile *compile, const char *member)
{
    buf_reset(&compile->pointer);
    (void)buf_append_text(&compile->pointer, compile->rule->pointer);
    json_pointer_append(&compile->pointer, member);
}

void compile_leave(struct compile *compile, size_t mark)
{
    buf_truncate(&compile->pointer, mark);
}
