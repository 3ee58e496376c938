// SPDX-License-Identifier: MIT
//
// Input: a rule file, an empty line, inventory lines. Whatever they are, each finding has a code
// that is listed and a place inside the file; and a rule that is said never to pass, or never to
// fail, does not on any of the lines.
#include "base/check.h"
#include "base/mem.h"
#include "base/text.h"
#include "eval/explain.h"
#include "eval/lint.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { EXPLAINED_BYTES = 4096 };

static void check_finding(const struct lint_finding *finding, struct span text)
{
    const struct lint_code *code = lint_code_find(finding->code);
    INVARIANT(code != NULL && code->severity == finding->severity);
    INVARIANT(finding->message[0] != '\0');
    INVARIANT(text_is_utf8(finding->message, strlen(finding->message), NULL));
    INVARIANT(finding->file != NULL && finding->place.line >= 1 && finding->place.column >= 1);
    INVARIANT(finding->place.offset <= text.len &&
              finding->place.len <= text.len - finding->place.offset);
    struct json_place again = json_place_at_line(text, finding->place.line, finding->place.column);
    INVARIANT(again.line == finding->place.line && again.column == finding->place.column);
}

static bool is_found(const struct lint_findings *findings, const char *code, const char *rule)
{
    for (size_t i = 0; i < findings->count; i++) {
        const struct lint_finding *finding = &findings->items[i];
        if (strcmp(finding->code, code) == 0 && strcmp(finding->rule, rule) == 0) {
            return true;
        }
    }
    return false;
}

static void check_verdict(const struct eval_rules *rules, size_t index, struct span line,
                          const struct lint_findings *findings)
{
    const char *id = eval_rules_set(rules)->rules[index].id;
    const struct explain_input input = {
        .rules = rules, .index = index, .record = line, .as_of_ms = INT64_C(1795219200000)};
    struct explanation *explanation = NULL;
    struct err err = ERR_INIT;
    if (explain_create(&input, &explanation, &err) == ERR_OK) {
        INVARIANT(explanation->outcome != OUTCOME_COMPLIANT ||
                  !is_found(findings, "lint.never.passes", id));
        INVARIANT(explanation->outcome != OUTCOME_NON_COMPLIANT ||
                  !is_found(findings, "lint.never.fails", id));
    }
    explain_destroy(&explanation);
}

// All rules on all lines; only of small inputs, because each is explained whole.
static void check_verdicts(struct span text, struct span lines,
                           const struct lint_findings *findings)
{
    struct rule_set set = {0};
    struct diags diags;
    struct err err = ERR_INIT;
    diags_init(&diags);
    if (text.len + lines.len > EXPLAINED_BYTES ||
        rule_set_add(&set, text.bytes, text.len, "r.json", &diags, &err) != ERR_OK) {
        diags_deinit(&diags);
        rule_set_deinit(&set);
        return;
    }
    struct eval_rules *rules = eval_rules_create(&set, &diags);
    for (size_t at = 0; at < lines.len;) {
        const char *line = lines.bytes + at;
        const char *end = memchr(line, '\n', lines.len - at);
        size_t len = end == NULL ? lines.len - at : (size_t)(end - line);
        for (size_t i = 0; i < eval_rules_set(rules)->count; i++) {
            if (!eval_rules_set(rules)->rules[i].broken) {
                check_verdict(rules, i, (struct span){line, len}, findings);
            }
        }
        at += len + 1;
    }
    eval_rules_destroy(&rules);
    diags_deinit(&diags);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *all = mem_dup(size == 0 ? (const uint8_t *)"" : data, size);
    const char *middle = size == 0 ? NULL : memmem(all, size, "\n\n", 2);
    const struct span text = {all, middle == NULL ? size : (size_t)(middle - all)};
    size_t begin = middle == NULL ? size : text.len + 2;
    const struct span lines = {all + begin, size - begin};
    struct lint *lint = lint_create(false);
    struct diags problems;
    diags_init(&problems);
    lint_add_file(lint, "r.json", text);
    lint_compile(lint);
    const struct eval_block block = {.bytes = lines.bytes, .len = lines.len, .first_line = 1};
    (void)lint_look_at(lint, &block, &problems);
    const struct lint_findings *findings = lint_finish(lint);
    for (size_t i = 0; i < findings->count; i++) {
        check_finding(&findings->items[i], text);
    }
    check_verdicts(text, lines, findings);
    diags_deinit(&problems);
    lint_destroy(&lint);
    mem_free(&all);
    return 0;
}
