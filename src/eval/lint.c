// SPDX-License-Identifier: MIT
#include "lint_private.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "domain/json_exact.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MESSAGE_BYTES = 2048, VALUE_BYTES = 60 };

struct lint *lint_create(bool strict_vendor)
{
    struct lint *lint = mem_alloc(1, sizeof(*lint));
    lint->strict_vendor = strict_vendor;
    lint->types = json_object();
    diags_init(&lint->diags);
    return lint;
}

static void finding_deinit(struct lint_finding *finding)
{
    mem_free(&finding->code);
    mem_free(&finding->file);
    mem_free(&finding->pointer);
    mem_free(&finding->rule);
    mem_free(&finding->message);
}

static void files_deinit(struct lint *lint)
{
    for (size_t i = 0; i < lint->file_count; i++) {
        mem_free(&lint->files[i].name);
        mem_free(&lint->files[i].text);
        json_decref(lint->files[i].json);
    }
    mem_free(&lint->files);
}

void lint_destroy(struct lint **lint_address)
{
    struct lint *lint = *lint_address;
    if (lint == NULL) {
        return;
    }
    for (size_t i = 0; i < lint->findings.count; i++) {
        finding_deinit(&lint->findings.items[i]);
    }
    mem_free(&lint->findings.items);
    for (size_t i = 0; i < lint->clause_count; i++) {
        mem_free(&lint->clauses[i].example);
        mem_free(&lint->clauses[i].nearest);
    }
    mem_free(&lint->clauses);
    for (size_t i = 0; lint->outlines != NULL && i < lint_rule_count(lint); i++) {
        explain_outline_destroy(&lint->outlines[i]);
    }
    mem_free(&lint->outlines);
    mem_free(&lint->first_clause);
    mem_free(&lint->records);
    eval_rules_destroy(&lint->rules);
    rule_set_deinit(&lint->set);
    files_deinit(lint);
    json_decref(lint->types);
    diags_deinit(&lint->diags);
    mem_free(lint_address);
}

// ---- files

// NULL when there is none of that name, or it is NULL.
static struct lint_file *find_file(const struct lint *lint, const char *name)
{
    for (size_t i = 0; name != NULL && i < lint->file_count; i++) {
        if (strcmp(lint->files[i].name, name) == 0) {
            return &lint->files[i];
        }
    }
    return NULL;
}

void lint_add_text(struct lint *lint, const char *name, struct span text)
{
    lint->files =
        mem_grow(lint->files, &lint->file_capacity, lint->file_count + 1, sizeof(*lint->files));
    lint->files[lint->file_count++] =
        (struct lint_file){.name = mem_text(name),
                           .text = mem_text_n(text.len == 0 ? "" : text.bytes, text.len),
                           .len = text.len};
}

void lint_add_file(struct lint *lint, const char *name, struct span text)
{
    REQUIRE(lint->rules == NULL);
    lint_add_text(lint, name, text);
    struct lint_file *file = &lint->files[lint->file_count - 1];
    size_t before = lint->set.count;
    struct err err = ERR_INIT;
    enum err_kind kind =
        rule_set_add(&lint->set, file->text, file->len, file->name, &lint->diags, &err);
    if (kind == ERR_OK) {
        const struct span json = text_skip_mark((struct span){file->text, file->len});
        file->json = json_exact_load(json, NULL, NULL);
        if (lint->set.count == before) {
            lint_add_at(lint, "lint.file.empty", name, "", "this file holds no rules");
        }
    }
}

const json_t *lint_rule_json(const struct lint *lint, const struct rule *rule)
{
    const struct lint_file *file = find_file(lint, rule->file);
    const json_t *value = file == NULL ? NULL : file->json;
    // The pointer of a rule is that of the root, an element of it, or one of its `rules`.
    const char *at = rule->pointer;
    if (text_starts_with(at, "/rules/")) {
        value = json_object_get(value, "rules");
        at += strlen("/rules");
    }
    int64_t index;
    return at[0] == '/' && text_to_int64(at + 1, strlen(at + 1), &index)
               ? json_array_get(value, (size_t)index)
               : value;
}

// ---- findings

// Codes that are about the name of a member.
static bool is_about_name(const char *code)
{
    size_t len = strlen(code);
    static const char *const ENDS[] = {".member", ".member.unknown", ".member.useless", ".form"};
    for (size_t i = 0; i < ARRAY_LEN(ENDS); i++) {
        size_t end_len = strlen(ENDS[i]);
        if (len > end_len && strcmp(code + len - end_len, ENDS[i]) == 0) {
            return true;
        }
    }
    return false;
}

// `file` is that of the place; NULL: not one that was added.
static struct json_place place_of(const struct lint_file *file, const char *code,
                                  const struct diag_place *at)
{
    struct json_place place = {0};
    if (file == NULL) {
        place.line = at->line;
        place.column = at->column;
        place.end_line = at->line;
        place.end_column = at->column;
        return place;
    }
    const struct span text = {file->text, file->len};
    if (at->pointer == NULL && at->line > 0) {
        return json_place_at_line(text, at->line, at->column);
    }
    enum json_place_part part = is_about_name(code) ? JSON_PLACE_NAME : JSON_PLACE_VALUE;
    (void)json_place_find(text, at->pointer == NULL ? "" : at->pointer, part, &place);
    return place;
}

size_t lint_line(const struct lint *lint, const char *file, const char *pointer)
{
    const struct diag_place at = {.file = file, .pointer = pointer};
    return place_of(find_file(lint, file), "", &at).line;
}

// Parsers quote what they stumble over, and messages are cut at their end.
static char *clean_copy(const char *text)
{
    struct buf out;
    size_t len = strlen(text);
    buf_init(&out, 3 * len + 1);
    text_append_clean(&out, text, len);
    return buf_take(&out);
}

// Takes the finding.
static void push(struct lint *lint, struct lint_finding finding, const struct diag_place *at)
{
    struct lint_findings *findings = &lint->findings;
    findings->of[finding.severity]++;
    if (findings->count == LIMIT_LINT_FINDINGS) {
        finding_deinit(&finding);
        return;
    }
    char *message = clean_copy(finding.message);
    mem_free(&finding.message);
    finding.message = message;
    finding.file = mem_text(at->file);
    finding.pointer = mem_text(at->pointer);
    const struct lint_file *file = find_file(lint, at->file);
    finding.place = place_of(file, finding.code, at);
    finding.rank = file == NULL ? SIZE_MAX : (size_t)(file - lint->files);
    findings->items = mem_grow(findings->items, &findings->capacity, findings->count + 1,
                               sizeof(*findings->items));
    findings->items[findings->count++] = finding;
}

static enum lint_severity severity_of(const char *code)
{
    const struct lint_code *known = lint_code_find(code);
    REQUIRE(known != NULL);
    return known->severity;
}

// `rule` is NULL when it is about no single one.
PRINTF_LIKE(5, 0)
static void push_own(struct lint *lint, const char *code, const char *rule,
                     const struct diag_place *at, const char *format, va_list arguments)
{
    char message[MESSAGE_BYTES];
    (void)vsnprintf(message, sizeof(message), format, arguments);
    push(lint,
         (struct lint_finding){.severity = severity_of(code),
                               .code = mem_text(code),
                               .rule = mem_text(rule),
                               .message = mem_text(message)},
         at);
}

void lint_add(struct lint *lint, const char *code, const struct rule *rule, const char *pointer,
              const char *format, ...)
{
    const struct diag_place at = {.file = rule->file, .pointer = pointer};
    va_list arguments;
    va_start(arguments, format);
    push_own(lint, code, rule->id, &at, format, arguments);
    va_end(arguments);
}

void lint_add_at(struct lint *lint, const char *code, const char *file, const char *pointer,
                 const char *format, ...)
{
    const struct diag_place at = {.file = file, .pointer = pointer};
    va_list arguments;
    va_start(arguments, format);
    push_own(lint, code, NULL, &at, format, arguments);
    va_end(arguments);
}

// The rule that a diagnostic is about: the one whose pointer its own begins with.
static const struct rule *rule_at(const struct lint *lint, const struct diag *diag)
{
    const struct rule_set *set = lint->rules == NULL ? &lint->set : &lint->rules->set;
    for (size_t i = 0; diag->file != NULL && diag->pointer != NULL && i < set->count; i++) {
        const struct rule *rule = &set->rules[i];
        size_t len = strlen(rule->pointer);
        if (strcmp(rule->file, diag->file) == 0 &&
            strncmp(rule->pointer, diag->pointer, len) == 0 &&
            (diag->pointer[len] == '\0' || diag->pointer[len] == '/')) {
            return rule;
        }
    }
    return NULL;
}

void lint_add_diags(struct lint *lint, const struct diags *diags)
{
    size_t kept[LINT_ERROR + 1] = {0};
    for (size_t i = 0; i < diags->count; i++) {
        const struct diag *diag = &diags->items[i];
        const struct rule *rule = rule_at(lint, diag);
        const struct diag_place at = {diag->file, diag->line, diag->column, diag->pointer};
        enum lint_severity severity = diag->severity == DIAG_ERROR ? LINT_ERROR : LINT_WARNING;
        kept[severity]++;
        push(lint,
             (struct lint_finding){.severity = severity,
                                   .code = mem_text(diag->code),
                                   .rule = mem_text(rule == NULL ? NULL : rule->id),
                                   .message = mem_text(diag->message)},
             &at);
    }
    // Diagnostics beyond their limit are counted only.
    lint->findings.of[LINT_ERROR] += diags->errors - kept[LINT_ERROR];
    lint->findings.of[LINT_WARNING] += diags->warnings - kept[LINT_WARNING];
}

void lint_clause_text(const struct explain_node *outline, struct buf *out)
{
    if (outline->source != NULL && strcmp(outline->source, "CONFIGURATION") != 0) {
        (void)buf_append_format(out, "%s ", outline->source);
    }
    (void)buf_append_format(out, "%s %s", outline->path, outline->operator_name);
    if (outline->quantifier != NULL) {
        (void)buf_append_format(out, " (%s)", outline->quantifier);
    }
    if (outline->desired != NULL) {
        (void)buf_append_char(out, ' ');
        text_quote(out, outline->desired, strlen(outline->desired), VALUE_BYTES);
    }
}

// ---- rules

void lint_compile(struct lint *lint)
{
    REQUIRE(lint->rules == NULL);
    lint->set.strict_vendor = lint->strict_vendor;
    lint->rules = eval_rules_create(&lint->set, &lint->diags);
    lint_add_diags(lint, &lint->diags);
    lint_index_clauses(lint);
    lint_check_rules(lint);
    lint_check_conditions(lint);
    lint_check_policies(lint);
}

size_t lint_rule_count(const struct lint *lint)
{
    return lint->rules == NULL ? lint->set.count : lint->rules->set.count;
}

// ---- the end

static int compare_sizes(size_t a, size_t b)
{
    return (a > b) - (a < b);
}

static int compare_findings(const void *a, const void *b)
{
    const struct lint_finding *left = a;
    const struct lint_finding *right = b;
    int order = compare_sizes(left->rank, right->rank);
    if (order == 0 && left->file != NULL && right->file != NULL) {
        order = strcmp(left->file, right->file);
    }
    order = order != 0 ? order : compare_sizes(left->place.line, right->place.line);
    order = order != 0 ? order : compare_sizes(left->place.column, right->place.column);
    order = order != 0 ? order : strcmp(left->code, right->code);
    return order != 0 ? order : strcmp(left->message, right->message);
}

const struct lint_findings *lint_finish(struct lint *lint)
{
    REQUIRE(lint->rules != NULL);
    if (!lint->is_finished) {
        lint->is_finished = true;
        lint_check_inventory(lint);
        if (lint->findings.count > 0) {
            qsort(lint->findings.items, lint->findings.count, sizeof(*lint->findings.items),
                  compare_findings);
        }
    }
    return &lint->findings;
}
