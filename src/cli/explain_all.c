// SPDX-License-Identifier: MIT
#include "explain_all.h"

#include "base/text.h"
#include "cli.h"
#include "explain_view.h"

#include <stdio.h>
#include <string.h>

enum { OUTPUT_BYTES = 64 * 1024 * 1024, TYPE_BYTES = 128, LINE_BYTES = 1024 };

struct view {
    bool is_json;
    struct style style;
    struct buf text;
    json_t *json;
    int64_t as_of_ms;
    size_t counts[OUTCOME_COUNT];
    size_t count;          // of the rules for the type
    char type[TYPE_BYTES]; // of the resource, cut
};

static bool is_for_another_type(const struct explanation *explanation)
{
    for (size_t i = 0; i < explanation->bar_count; i++) {
        if (strcmp(explanation->bars[i].member, "resourceTypes") == 0) {
            return true;
        }
    }
    return false;
}

static void add(struct view *view, const struct explanation *explanation)
{
    (void)text_copy(view->type, sizeof(view->type), explanation->resource_type);
    if (is_for_another_type(explanation)) {
        return;
    }
    view->counts[explanation->outcome]++;
    view->count++;
    if (view->is_json) {
        (void)json_array_append_new(view->json, explain_view_json(explanation, view->as_of_ms));
    } else if (explanation->outcome == OUTCOME_COMPLIANT) {
        style_append(&view->text, view->style, STYLE_GREEN, outcome_text(OUTCOME_COMPLIANT));
        (void)buf_append_format(&view->text, "  %s\n", explanation->rule->id);
    } else {
        explain_view_text(explanation, view->style, &view->text);
        (void)buf_append_char(&view->text, '\n');
    }
}

static void print_sum(const struct view *view)
{
    const char *between = ": ";
    struct buf line;
    buf_init(&line, LINE_BYTES);
    (void)buf_append_format(&line, "%zu %s for ", view->count,
                            view->count == 1 ? "rule is" : "rules are");
    style_append_value(&line, view->type, TYPE_BYTES);
    for (int i = 0; i < OUTCOME_COUNT; i++) {
        if (view->counts[i] > 0) {
            (void)buf_append_format(&line, "%s%zu %s", between, view->counts[i],
                                    outcome_text((enum outcome)i));
            between = ", ";
        }
    }
    (void)puts(buf_text(&line));
    buf_deinit(&line);
}

static int print(struct view *view)
{
    if (view->is_json) {
        cli_print_json(json_incref(view->json));
    } else {
        (void)fwrite(buf_text(&view->text), 1, view->text.len, stdout);
        print_sum(view);
    }
    size_t fine = view->counts[OUTCOME_COMPLIANT] + view->counts[OUTCOME_NOT_APPLICABLE];
    return view->count > 0 && fine == view->count ? CLI_OK : CLI_NO;
}

// Fails when the record is none.
static enum err_kind explain_each(const struct rules_loaded *loaded, struct span record,
                                  struct view *view, bool *broken_out, struct err *err)
{
    const struct rule_set *set = eval_rules_set(loaded->rules);
    for (size_t i = 0; i < set->count; i++) {
        struct explanation *explanation = NULL;
        const struct explain_input input = {
            .rules = loaded->rules, .index = i, .record = record, .as_of_ms = view->as_of_ms};
        if (set->rules[i].broken) {
            rules_print_problems(loaded, &set->rules[i]);
            *broken_out = true;
            continue;
        }
        if (explain_create(&input, &explanation, err) != ERR_OK) {
            return err_prefix(err, "the resource");
        }
        add(view, explanation);
        explain_destroy(&explanation);
    }
    return ERR_OK;
}

int explain_all(const struct rules_loaded *loaded, struct span record, int64_t as_of_ms,
                bool is_json)
{
    struct view view = {
        .is_json = is_json, .style = style_of(stdout), .json = json_array(), .as_of_ms = as_of_ms};
    struct err err = ERR_INIT;
    bool is_broken = false;
    buf_init(&view.text, OUTPUT_BYTES);
    int status = explain_each(loaded, record, &view, &is_broken, &err) == ERR_OK
                     ? print(&view)
                     : cli_fail("explain", &err);
    buf_deinit(&view.text);
    json_decref(view.json);
    return is_broken && (status == CLI_OK || status == CLI_NO) ? CLI_BROKEN : status;
}
