// SPDX-License-Identifier: MIT
#include "rules_diff_view.h"

#include "base/mem.h"
#include "style.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>

enum {
    DIFF_CHANGES_SHOWN = 100, // without --all; the rest are counted
    LINE_BYTES = 16 * 1024,
    ID_COLUMNS = 100,
};

// ---- changes, as they come

static const char *text_of(enum outcome outcome)
{
    return outcome == OUTCOME_NOT_APPLICABLE ? "none" : outcome_text(outcome);
}

static json_t *outcome_json(enum outcome outcome)
{
    return outcome == OUTCOME_NOT_APPLICABLE ? json_null() : json_string(outcome_text(outcome));
}

static void print_change_json(const struct rules_diff_view *view,
                              const struct rules_diff_change *change)
{
    json_t *object =
        json_pack("{s:I,s:s,s:s%,s:s%,s:o,s:o}", "line", (json_int_t)change->line, "rule",
                  change->rule_id, "resourceId", change->resource_id.bytes, change->resource_id.len,
                  "resourceType", change->resource_type.bytes, change->resource_type.len, "from",
                  outcome_json(change->before), "to", outcome_json(change->after));
    (void)fputs(view->shown == 0 ? "\n    " : ",\n    ", stdout);
    (void)json_dumpf(object, stdout, JSON_COMPACT);
    json_decref(object);
}

static void print_change_text(const struct rules_diff_change *change)
{
    struct buf line;
    buf_init(&line, LINE_BYTES);
    char *id = mem_text_n(change->resource_id.bytes, change->resource_id.len);
    (void)buf_append_format(&line, "line %" PRIu64 ": %s: ", change->line, change->rule_id);
    style_append_value(&line, id, ID_COLUMNS);
    (void)printf("%s: %s -> %s\n", buf_text(&line), text_of(change->before),
                 text_of(change->after));
    mem_free(&id);
    buf_deinit(&line);
}

void rules_diff_view_change(void *context, const struct rules_diff_change *change)
{
    struct rules_diff_view *view = context;
    view->seen++;
    if (!view->all && view->shown == DIFF_CHANGES_SHOWN) {
        return;
    }
    if (view->json) {
        print_change_json(view, change);
    } else {
        print_change_text(change);
    }
    view->shown++;
}

// ---- the sums

typedef void (*move_cb)(void *context, enum outcome before, enum outcome after, uint64_t count);

static void each_move(const struct rules_diff_rule *rule, move_cb on_move, void *context)
{
    for (size_t before = 0; before < OUTCOME_COUNT; before++) {
        for (size_t after = 0; after < OUTCOME_COUNT; after++) {
            if (rule->changes[before][after] > 0) {
                on_move(context, (enum outcome)before, (enum outcome)after,
                        rule->changes[before][after]);
            }
        }
    }
}

static const char *id_of(const struct rules_diff_rule *rule)
{
    return rule->before != NULL ? rule->before->id : rule->after->id;
}

static bool is_broken(const struct rule *rule)
{
    return rule != NULL && rule->broken;
}

// Why a rule has no findings on one side, "" when it has.
static const char *state_text(const struct rules_diff_rule *rule)
{
    return rule->before == NULL      ? "new rule"
           : rule->after == NULL     ? "rule removed"
           : is_broken(rule->after)  ? "broken now"
           : is_broken(rule->before) ? "broken before"
                                     : "";
}

static bool is_worth_a_line(const struct rules_diff_rule *rule)
{
    return rule->came + rule->went + rule->changed > 0 || state_text(rule)[0] != '\0';
}

static void print_move(void *context, enum outcome before, enum outcome after, uint64_t count)
{
    size_t *printed = context;
    (void)printf("%s%" PRIu64 " %s -> %s", *printed > 0 ? ", " : "  ", count, text_of(before),
                 text_of(after));
    (*printed)++;
}

static void print_rule(const struct rules_diff_rule *rule)
{
    size_t printed = 0;
    (void)printf("%-32s %8" PRIu64 " %8" PRIu64 " %8" PRIu64, id_of(rule), rule->came, rule->went,
                 rule->changed);
    each_move(rule, print_move, &printed);
    const char *state = state_text(rule);
    if (state[0] != '\0') {
        (void)printf("%s%s", printed > 0 ? "; " : "  ", state);
    }
    (void)printf("\n");
}

static void print_totals(const struct rules_diff_view *view, const struct rules_diff_totals *totals)
{
    bool has_rules = false;
    if (view->seen > view->shown) {
        (void)printf("… and %" PRIu64 " more; --all lists them\n", view->seen - view->shown);
    }
    for (size_t i = 0; i < totals->rule_count; i++) {
        if (is_worth_a_line(&totals->rules[i])) {
            if (!has_rules) {
                (void)printf("%s%-32s %8s %8s %8s\n", view->shown > 0 ? "\n" : "", "rule", "new",
                             "gone", "changed");
                has_rules = true;
            }
            print_rule(&totals->rules[i]);
        }
    }
    uint64_t all = totals->came + totals->went + totals->changed;
    (void)printf("%s%" PRIu64 " finding%s of %" PRIu64 " records: %" PRIu64 " new, %" PRIu64
                 " gone, %" PRIu64 " with another outcome\n",
                 has_rules ? "\n" : "", all, all == 1 ? " changes" : "s change", totals->records,
                 totals->came, totals->went, totals->changed);
}

static void push_move(void *context, enum outcome before, enum outcome after, uint64_t count)
{
    (void)json_array_append_new(context,
                                json_pack("{s:o,s:o,s:I}", "from", outcome_json(before), "to",
                                          outcome_json(after), "count", (json_int_t)count));
}

static json_t *rules_json(const struct rules_diff_totals *totals)
{
    json_t *list = json_array();
    for (size_t i = 0; i < totals->rule_count; i++) {
        const struct rules_diff_rule *rule = &totals->rules[i];
        if (!is_worth_a_line(rule)) {
            continue;
        }
        json_t *moves = json_array();
        each_move(rule, push_move, moves);
        (void)json_array_append_new(
            list, json_pack("{s:s,s:b,s:b,s:b,s:b,s:I,s:I,s:I,s:o}", "rule", id_of(rule), "isNew",
                            (int)(rule->before == NULL), "isRemoved", (int)(rule->after == NULL),
                            "wasBroken", (int)is_broken(rule->before), "isBroken",
                            (int)is_broken(rule->after), "new", (json_int_t)rule->came, "gone",
                            (json_int_t)rule->went, "changed", (json_int_t)rule->changed, "moves",
                            moves));
    }
    return list;
}

// The members behind the list of changes, which was written as they came.
static void print_totals_json(const struct rules_diff_view *view,
                              const struct rules_diff_totals *totals)
{
    json_t *rest =
        json_pack("{s:I,s:o,s:{s:I,s:I,s:I},s:I,s:I}", "changesLeftOut",
                  (json_int_t)(view->seen - view->shown), "rules", rules_json(totals), "totals",
                  "new", (json_int_t)totals->came, "gone", (json_int_t)totals->went, "changed",
                  (json_int_t)totals->changed, "records", (json_int_t)totals->records, "badLines",
                  (json_int_t)totals->bad_lines);
    (void)printf("%s],\n", view->shown > 0 ? "\n  " : "");
    const char *name;
    json_t *value;
    size_t left = json_object_size(rest);
    json_object_foreach(rest, name, value)
    {
        (void)printf("  \"%s\": ", name);
        (void)json_dumpf(value, stdout, JSON_COMPACT | JSON_ENCODE_ANY);
        (void)printf("%s\n", --left > 0 ? "," : "");
    }
    (void)printf("}\n");
    json_decref(rest);
}

void rules_diff_view_begin(const struct rules_diff_view *view)
{
    if (view->json) {
        (void)printf("{\n  \"changes\": [");
    }
}

void rules_diff_view_end(const struct rules_diff_view *view, const struct rules_diff_totals *totals)
{
    if (view->json) {
        print_totals_json(view, totals);
    } else {
        print_totals(view, totals);
    }
}
