// SPDX-License-Identifier: MIT
//
// Evaluation of filters on one node: logical expressions, operands, functions. Numbers in comments
// are sections of RFC 9535. The depth that the parser allows bounds the recursion.
#include "base/err.h"
#include "base/limits.h"
#include "jsonpath_walk.h"
#include "utf8.h"
#include "value.h"

// ---- Queries in filters -------------------------------------------------------------------------

// The first nodes of a query, and how many there are.
struct found {
    json_t *first;
    size_t count;
    size_t enough; // the walk ends at this many
};

static void on_node_found(struct jsonpath_walk *walk, json_t *value,
                          const struct jsonpath_place *place)
{
    (void)place;
    struct found *found = walk->context;
    if (found->count == 0) {
        found->first = value;
    }
    found->count++;
    walk->is_done = found->count == found->enough;
}

static struct found find(struct jsonpath_run *run, const struct jsonpath_query *query,
                         json_t *current, size_t enough)
{
    struct found found = {.enough = enough};
    struct jsonpath_walk walk = {
        .run = run, .query = query, .on_node = on_node_found, .context = &found};
    jsonpath_walk(&walk, current);
    return found;
}

// ---- Values -------------------------------------------------------------------------------------

static struct jsonpath_value value_of(struct jsonpath_run *run,
                                      const struct jsonpath_operand *operand, json_t *current);

static struct jsonpath_value nothing(void)
{
    return (struct jsonpath_value){0};
}

// Nothing for NULL.
static struct jsonpath_value json_value_of(const json_t *json)
{
    return (struct jsonpath_value){.json = json};
}

static struct jsonpath_value size_value(size_t size)
{
    return (struct jsonpath_value){.is_size = true, .size = (json_int_t)size};
}

// 2.4.4: characters of a text, elements, members.
static struct jsonpath_value length_of(struct jsonpath_run *run, const struct jsonpath_value *value)
{
    if (value_is_text(value->json)) {
        size_t len = json_string_length(value->json);
        (void)jsonpath_charge(run, len / JSONPATH_BYTES_PER_NODE);
        return size_value(utf8_count(json_string_value(value->json), len));
    }
    if (json_is_array(value->json)) {
        return size_value(json_array_size(value->json));
    }
    return json_is_object(value->json) ? size_value(json_object_size(value->json)) : nothing();
}

static struct jsonpath_value call_value(struct jsonpath_run *run,
                                        const struct jsonpath_operand *call, json_t *current)
{
    const struct jsonpath_operand *argument = &call->arguments[0];
    switch (call->function) {
    case JSONPATH_LENGTH: {
        struct jsonpath_value value = value_of(run, argument, current);
        return length_of(run, &value);
    }
    case JSONPATH_COUNT:
        return size_value(find(run, &argument->query, current, SIZE_MAX).count);
    case JSONPATH_VALUE: {
        struct found found = find(run, &argument->query, current, 2);
        return json_value_of(found.count == 1 ? found.first : NULL);
    }
    case JSONPATH_MATCH:
    case JSONPATH_SEARCH:
    case JSONPATH_FUNCTIONS:
        break;
    }
    REQUIRE(false); // the parser lets no other function stand for a value
    return nothing();
}

static struct jsonpath_value value_of(struct jsonpath_run *run,
                                      const struct jsonpath_operand *operand, json_t *current)
{
    switch (operand->kind) {
    case JSONPATH_LITERAL:
        return json_value_of(operand->literal);
    case JSONPATH_QUERY:
        return json_value_of(find(run, &operand->query, current, 1).first);
    case JSONPATH_CALL:
        break;
    }
    return call_value(run, operand, current);
}

// ---- Patterns -----------------------------------------------------------------------------------

// Takes the steps of a match off the work that the run has left.
static bool run_pattern(struct jsonpath_run *run, const struct iregexp *pattern,
                        const struct iregexp_subject *subject)
{
    size_t allowed = (LIMIT_PATH_VISITS - run->work) * JSONPATH_STEPS_PER_NODE;
    size_t left = allowed;
    bool is_match = false;
    if (iregexp_match(pattern, subject, &left, &is_match, run->err) != ERR_OK) {
        run->is_over = true;
        return false;
    }
    return jsonpath_charge(run, (allowed - left) / JSONPATH_STEPS_PER_NODE) && is_match;
}

// A pattern that comes from the document is compiled for each node; one that is no I-Regexp matches
// nothing (2.4.6).
static bool run_found_pattern(struct jsonpath_run *run, const json_t *text,
                              const struct iregexp_subject *subject)
{
    struct iregexp *pattern = NULL;
    struct err err = ERR_INIT;
    enum err_kind kind =
        iregexp_compile(json_string_value(text), json_string_length(text), &pattern, &err);
    if (kind == ERR_LIMIT) {
        run->is_over = true;
        (void)err_set(run->err, ERR_LIMIT, "a pattern from the document: %s", err.message);
    }
    if (kind != ERR_OK) {
        (void)jsonpath_charge(run, json_string_length(text) / JSONPATH_STEPS_PER_NODE);
        return false;
    }
    size_t cost = json_string_length(text) + iregexp_state_count(pattern);
    bool is_match =
        jsonpath_charge(run, cost / JSONPATH_STEPS_PER_NODE) && run_pattern(run, pattern, subject);
    iregexp_destroy(&pattern);
    return is_match;
}

// 2.4.6, 2.4.7: anything but two texts matches not.
static bool call_holds(struct jsonpath_run *run, const struct jsonpath_operand *call,
                       json_t *current)
{
    struct jsonpath_value text = value_of(run, &call->arguments[0], current);
    struct jsonpath_value pattern = value_of(run, &call->arguments[1], current);
    if (run->is_over || !value_is_text(text.json) || !value_is_text(pattern.json)) {
        return false;
    }
    struct iregexp_subject subject = {.text = json_string_value(text.json),
                                      .len = json_string_length(text.json),
                                      .is_whole = call->function == JSONPATH_MATCH};
    if (call->arguments[1].kind != JSONPATH_LITERAL) {
        return run_found_pattern(run, pattern.json, &subject);
    }
    return call->pattern != NULL && run_pattern(run, call->pattern, &subject);
}

// ---- Logic --------------------------------------------------------------------------------------

static bool exists(struct jsonpath_run *run, const struct jsonpath_operand *operand,
                   json_t *current)
{
    return operand->kind == JSONPATH_CALL ? call_holds(run, operand, current)
                                          : find(run, &operand->query, current, 1).count > 0;
}

static bool comparison_holds(struct jsonpath_run *run, const struct jsonpath_test *test,
                             json_t *current)
{
    struct jsonpath_value left = value_of(run, &test->left, current);
    struct jsonpath_value right = value_of(run, &test->right, current);
    return jsonpath_compare(run, test->comparison, &left, &right);
}

// Whether one of the children gives `wanted`; the rest is not looked at then.
static bool has_child(struct jsonpath_run *run, const struct jsonpath_test *test, bool wanted,
                      json_t *current)
{
    for (const struct jsonpath_test *child = test->child; child != NULL && !run->is_over;
         child = child->next) {
        if (jsonpath_test_holds(run, child, current) == wanted) {
            return true;
        }
    }
    return false;
}

static bool holds(struct jsonpath_run *run, const struct jsonpath_test *test, json_t *current)
{
    switch (test->kind) {
    case JSONPATH_OR:
        return has_child(run, test, true, current);
    case JSONPATH_AND:
        return !has_child(run, test, false, current);
    case JSONPATH_NOT:
        return !jsonpath_test_holds(run, test->child, current);
    case JSONPATH_COMPARE:
        return comparison_holds(run, test, current);
    case JSONPATH_EXISTS:
        break;
    }
    return exists(run, &test->left, current);
}

bool jsonpath_test_holds(struct jsonpath_run *run, const struct jsonpath_test *test,
                         json_t *current)
{
    bool is_kept = holds(run, test, current);
    return is_kept && !run->is_over;
}
