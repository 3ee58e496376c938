// SPDX-License-Identifier: MIT
//
// Input: a condition (JSON), a line end, a configuration (JSON). Whatever the condition, it breaks
// its rule with a diagnostic, or compiles; a compiled one gives the same verdict each time,
// evidence exactly when it is not true, and evidence within its limit.
#include "base/check.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "condition.h"
#include "document.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const struct buf *text)
{
    INVARIANT(text->len <= LIMIT_EVIDENCE_BYTES);
    INVARIANT(text_is_utf8(buf_text(text), text->len, NULL));
}

static void check_verdict(const struct condition *condition, json_t *configuration)
{
    const struct subject subject = {.record = configuration, .configuration = configuration};
    struct condition_verdict verdict = condition_judge(condition, &subject);
    struct condition_verdict again = condition_judge(condition, &subject);
    INVARIANT(verdict.truth == again.truth && verdict.decider == again.decider);
    if (verdict.decider == NULL) {
        return;
    }
    INVARIANT(clause_judge(verdict.decider, &subject) == verdict.truth);
    struct evidence evidence;
    evidence_init(&evidence);
    clause_explain(verdict.decider, &subject, &evidence);
    check_text(&evidence.configuration);
    check_text(&evidence.desired_value);
    check_text(&evidence.property);
    INVARIANT(evidence.operator_name.len > 0 && evidence.reason.len > 0);
    evidence_deinit(&evidence);
}

static void check_condition(json_t *tree, json_t *configuration, bool missing_is_insufficient)
{
    char name[] = "";
    struct rule rule = {.file = name,
                        .condition = tree,
                        .condition_pointer = name,
                        .missing_is_insufficient = missing_is_insufficient};
    struct diags diags;
    diags_init(&diags);
    struct condition *condition = condition_compile(&rule, false, &diags);
    INVARIANT(rule.broken == (condition == NULL) && rule.broken == (diags.errors > 0));
    if (condition != NULL && configuration != NULL) {
        check_verdict(condition, configuration);
    }
    condition_destroy(&condition);
    diags_deinit(&diags);
    mem_free(&rule.broken_reason);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    const char *line_end = size == 0 ? NULL : memchr(text, '\n', size);
    size_t tree_len = line_end == NULL ? size : (size_t)(line_end - text);
    struct err err = ERR_INIT;
    json_t *tree = NULL;
    if (document_parse(text, tree_len, &tree, &err) != ERR_OK) {
        return 0;
    }
    json_t *configuration = NULL;
    if (line_end != NULL &&
        document_parse(line_end + 1, size - tree_len - 1, &configuration, &err) != ERR_OK) {
        configuration = NULL;
    }
    check_condition(tree, configuration, false);
    check_condition(tree, configuration, true);
    json_decref(configuration);
    json_decref(tree);
    return 0;
}
