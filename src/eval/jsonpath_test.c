// SPDX-License-Identifier: MIT
//
// Evaluation of filters on one node: logical expressions, operands, functions. Numbers in comments
// are sections of RFC 9535. The depth that the parser allows bounds the recursion.
#include "base/err.h"
#include "base/limits.h"
#include "jsonpath_walk.h"
#include "utf8.h"

// ---- Queries in filters -------------------------------------------------------------------------

// The first nodes of a query, and how many there are.
struct found {
    struct value first;
    size_t count;
    size_t enough; // the walk ends at this many
};

static void on_node_found(struct jsonpath_walk *walk, struct value value,
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
                         struct value current, size_t enough)
{
    struct found found = {.enough = enough};
    struct jsonpath_walk walk = {
        .run = run, .query = query, .on_node = on_node_found, .context = &found};
    jsonpath_walk(&walk, current);
    return found;
}

static struct value find_first(struct jsonpath_run *run, const struct jsonpath_operand *operand,
                               struct value current)
{
    return operand->is_singular ? jsonpath_step(run, &operand->query, current)
                                : find(run, &operand->query, current, 1).first;
}

// ---- Values -------------------------------------------------------------------------------------

static struct jsonpath_value value_of(struct jsonpath_run *run,
                                      const struct jsonpath_operand *operand, struct value current);

static struct jsonpath_value nothing(void)
{
    return (struct jsonpath_value){0};
}

static struct jsonpath_value found_value(struct value value)
{
    return (struct jsonpath_value){.value = value};
}

static struct jsonpath_value size_value(size_t size)
{
    return (struct jsonpath_value){.is_size = true, .size = size};
}

// 2.4.4: characters of a text, elements, members.
static struct jsonpath_value length_of(struct jsonpath_run *run, struct value value)
{
    if (value_is(value, VALUE_TEXT)) {
        struct span text = value_text(value);
        (void)jsonpath_charge(run, text.len / JSONPATH_BYTES_PER_NODE);
        return size_value(utf8_count(text.bytes, text.len));
    }
    bool has_length = value_is(value, VALUE_ARRAY) || value_is(value, VALUE_OBJECT);
    return has_length ? size_value(value_size(value)) : nothing();
}

// A call looks at its first argument. Most are queries, which cost what they look at; a text or
// number that stands in the path costs as much as the shortest.
static struct value first_argument(struct jsonpath_run *run, const struct jsonpath_operand *call,
                                   struct value current)
{
    const struct jsonpath_operand *argument = &call->arguments[0];
    (void)jsonpath_charge(run, argument->kind == JSONPATH_LITERAL ? 1 : 0);
    return value_of(run, argument, current).value;
}

static struct jsonpath_value call_value(struct jsonpath_run *run,
                                        const struct jsonpath_operand *call, struct value current)
{
    const struct jsonpath_operand *argument = &call->arguments[0];
    switch (call->function) {
    case JSONPATH_LENGTH:
        return length_of(run, first_argument(run, call, current));
    case JSONPATH_COUNT:
        return size_value(find(run, &argument->query, current, SIZE_MAX).count);
    case JSONPATH_VALUE: {
        struct found found = find(run, &argument->query, current, 2);
        return found.count == 1 ? found_value(found.first) : nothing();
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
                                      const struct jsonpath_operand *operand, struct value current)
{
    switch (operand->kind) {
    case JSONPATH_LITERAL:
        return (struct jsonpath_value){.value = value_of_json(operand->literal),
                                       .number = operand->digits == NULL ? NULL : &operand->number};
    case JSONPATH_QUERY:
        return found_value(find_first(run, operand, current));
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
static bool run_found_pattern(struct jsonpath_run *run, struct span text,
                              const struct iregexp_subject *subject)
{
    struct iregexp *pattern = NULL;
    struct err err = ERR_INIT;
    enum err_kind kind = iregexp_compile(text.bytes, text.len, IREGEXP_TABLE_NONE, &pattern, &err);
    if (kind == ERR_LIMIT) {
        run->is_over = true;
        (void)err_set(run->err, ERR_LIMIT, "a pattern from the document: %s", err.message);
    }
    if (kind != ERR_OK) {
        (void)jsonpath_charge(run, text.len / JSONPATH_STEPS_PER_NODE);
        return false;
    }
    size_t cost = text.len + iregexp_state_count(pattern);
    bool is_match =
        jsonpath_charge(run, cost / JSONPATH_STEPS_PER_NODE) && run_pattern(run, pattern, subject);
    iregexp_destroy(&pattern);
    return is_match;
}

// 2.4.6, 2.4.7: anything but two texts matches not.
static bool call_holds(struct jsonpath_run *run, const struct jsonpath_operand *call,
                       struct value current)
{
    struct value text = first_argument(run, call, current);
    struct value pattern = value_of(run, &call->arguments[1], current).value;
    if (run->is_over || !value_is(text, VALUE_TEXT) || !value_is(pattern, VALUE_TEXT)) {
        return false;
    }
    struct span span = value_text(text);
    struct iregexp_subject subject = {
        .text = span.bytes, .len = span.len, .is_whole = call->function == JSONPATH_MATCH};
    if (call->arguments[1].kind != JSONPATH_LITERAL) {
        return run_found_pattern(run, value_text(pattern), &subject);
    }
    return call->pattern != NULL && run_pattern(run, call->pattern, &subject);
}

// ---- Logic --------------------------------------------------------------------------------------

static bool exists(struct jsonpath_run *run, const struct jsonpath_operand *operand,
                   struct value current)
{
    return operand->kind == JSONPATH_CALL ? call_holds(run, operand, current)
                                          : value_exists(find_first(run, operand, current));
}

static bool comparison_holds(struct jsonpath_run *run, const struct jsonpath_test *test,
                             struct value current)
{
    // Most filters ask whether a member is this or that.
    bool is_equality = test->comparison == JSONPATH_EQUAL || test->comparison == JSONPATH_NOT_EQUAL;
    if (is_equality && test->left.is_singular && test->right.kind == JSONPATH_LITERAL) {
        struct value value = jsonpath_step(run, &test->left.query, current);
        return jsonpath_equals_literal(run, value, &test->right) ==
               (test->comparison == JSONPATH_EQUAL);
    }
    struct jsonpath_value left = value_of(run, &test->left, current);
    struct jsonpath_value right = value_of(run, &test->right, current);
    return jsonpath_compare(run, test->comparison, &left, &right);
}

// Whether one of the children gives `wanted`; the rest is not looked at then.
static bool has_child(struct jsonpath_run *run, const struct jsonpath_test *test, bool wanted,
                      struct value current)
{
    for (const struct jsonpath_test *child = test->child; child != NULL && !run->is_over;
         child = child->next) {
        if (jsonpath_test_holds(run, child, current) == wanted) {
            return true;
        }
    }
    return false;
}

static bool holds(struct jsonpath_run *run, const struct jsonpath_test *test, struct value current)
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
                         struct value current)
{
    bool is_kept = holds(run, test, current);
    return is_kept && !run->is_over;
}
