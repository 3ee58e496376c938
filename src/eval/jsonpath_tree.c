// SPDX-License-Identifier: MIT
#include "jsonpath_tree.h"

#include "base/mem.h"
#include "jsonpath_parser.h"
#include "jsonpath_prefix.h"

void jsonpath_query_deinit(struct jsonpath_query *query)
{
    for (size_t i = 0; i < query->count; i++) {
        struct jsonpath_segment *segment = &query->segments[i];
        for (size_t j = 0; j < segment->count; j++) {
            mem_free(&segment->selectors[j].name);
            jsonpath_test_destroy(&segment->selectors[j].filter);
        }
        mem_free(&segment->selectors);
    }
    mem_free(&query->segments);
    *query = (struct jsonpath_query){0};
}

void jsonpath_operand_deinit(struct jsonpath_operand *operand)
{
    json_decref(operand->literal);
    mem_free(&operand->digits);
    jsonpath_query_deinit(&operand->query);
    for (size_t i = 0; operand->arguments != NULL && i < JSONPATH_ARGUMENTS_MAX; i++) {
        jsonpath_operand_deinit(&operand->arguments[i]);
    }
    mem_free(&operand->arguments);
    iregexp_destroy(&operand->pattern);
    *operand = (struct jsonpath_operand){0};
}

void jsonpath_test_destroy(struct jsonpath_test **test)
{
    while (*test != NULL) {
        struct jsonpath_test *next = (*test)->next;
        jsonpath_test_destroy(&(*test)->child);
        jsonpath_operand_deinit(&(*test)->left);
        jsonpath_operand_deinit(&(*test)->right);
        mem_free(test);
        *test = next;
    }
}

void jsonpath_destroy(struct jsonpath **path)
{
    if (*path != NULL) {
        jsonpath_query_deinit(&(*path)->query);
        mem_free(&(*path)->pattern_fault);
        mem_free(&(*path)->text);
        mem_free(path);
    }
}

const char *jsonpath_text(const struct jsonpath *path)
{
    return path->text;
}

static bool is_step(const struct jsonpath_segment *segment)
{
    const struct jsonpath_selector *selector = &segment->selectors[0];
    bool is_name = selector->kind == JSONPATH_NAME;
    bool is_index = selector->kind == JSONPATH_INDEX && selector->index >= 0 &&
                    selector->index < PICK_ELEMENTS_MAX;
    return !segment->is_descendant && segment->count == 1 && (is_name || is_index);
}

size_t jsonpath_query_prefix(const struct jsonpath_query *query)
{
    size_t count = 0;
    while (count < query->count && is_step(&query->segments[count])) {
        count++;
    }
    return count;
}

size_t jsonpath_prefix(const struct jsonpath *path, struct pick_step *steps)
{
    for (size_t i = 0; i < path->prefix; i++) {
        const struct jsonpath_selector *selector = &path->query.segments[i].selectors[0];
        steps[i] = selector->kind == JSONPATH_NAME
                       ? (struct pick_step){.name = selector->name, .len = selector->name_len}
                       : (struct pick_step){.index = (uint32_t)selector->index};
    }
    return path->prefix;
}

bool jsonpath_is_whole_prefix(const struct jsonpath *path, size_t count)
{
    return count == path->prefix && path->prefix == path->query.count;
}

bool jsonpath_query_is_singular(const struct jsonpath_query *query)
{
    for (size_t i = 0; i < query->count; i++) {
        const struct jsonpath_segment *segment = &query->segments[i];
        enum jsonpath_selector_kind kind = segment->selectors[0].kind;
        if (segment->is_descendant || segment->count != 1 ||
            (kind != JSONPATH_NAME && kind != JSONPATH_INDEX)) {
            return false;
        }
    }
    return true;
}

bool jsonpath_is_singular(const struct jsonpath *path)
{
    return path->is_singular;
}

const char *jsonpath_pattern_fault(const struct jsonpath *path)
{
    return path->pattern_fault;
}

static const char *function_of_query(const struct jsonpath_query *query);

static const char *function_of_operand(const struct jsonpath_operand *operand)
{
    switch (operand->kind) {
    case JSONPATH_CALL:
        return jsonpath_function_text(operand->function);
    case JSONPATH_QUERY:
        return function_of_query(&operand->query);
    case JSONPATH_LITERAL:
        break;
    }
    return NULL;
}

// The nesting of filters bounds the recursion.
static const char *function_of_tests(const struct jsonpath_test *test)
{
    const char *found = NULL;
    for (; test != NULL && found == NULL; test = test->next) {
        found = function_of_tests(test->child);
        bool has_left = test->kind == JSONPATH_COMPARE || test->kind == JSONPATH_EXISTS;
        found = found == NULL && has_left ? function_of_operand(&test->left) : found;
        bool has_right = test->kind == JSONPATH_COMPARE;
        found = found == NULL && has_right ? function_of_operand(&test->right) : found;
    }
    return found;
}

static const char *function_of_query(const struct jsonpath_query *query)
{
    const char *found = NULL;
    for (size_t i = 0; i < query->count; i++) {
        const struct jsonpath_segment *segment = &query->segments[i];
        for (size_t j = 0; j < segment->count && found == NULL; j++) {
            found = function_of_tests(segment->selectors[j].filter);
        }
    }
    return found;
}

const char *jsonpath_first_function(const struct jsonpath *path)
{
    return function_of_query(&path->query);
}
