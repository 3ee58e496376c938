// SPDX-License-Identifier: MIT
//
// The grammar of RFC 9485, section 3, as a recursive descent, one function a rule.
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "iregexp_class.h"
#include "iregexp_tree.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static struct iregexp_node *node_create(enum iregexp_node_kind kind)
{
    struct iregexp_node *node = mem_alloc(1, sizeof(*node));
    node->kind = kind;
    return node;
}

void iregexp_node_destroy(struct iregexp_node **node)
{
    while (*node != NULL) {
        struct iregexp_node *next = (*node)->next;
        iregexp_node_destroy(&(*node)->child);
        mem_free(node);
        *node = next;
    }
}

void iregexp_sets_deinit(struct iregexp_sets *sets)
{
    mem_free(&sets->items);
    mem_free(&sets->sets);
    *sets = (struct iregexp_sets){0};
}

// {n}, {n,} or {n,m}; the brace was taken. Bounded here so that no count overflows; how many states
// it all makes is bounded later.
static bool parse_count(struct iregexp_parser *parser, int *count_out)
{
    int64_t count = 0;
    size_t first = parser->at;
    while (iregexp_peek(parser) >= '0' && iregexp_peek(parser) <= '9') {
        parser->at++;
    }
    if (parser->at == first) {
        return iregexp_fail(parser, "expected a number");
    }
    if (!text_to_int64(parser->text + first, parser->at - first, &count) ||
        count > LIMIT_PATTERN_STATES) {
        parser->at = first;
        return iregexp_exceed(parser, "repeated more than %d times", LIMIT_PATTERN_STATES);
    }
    *count_out = (int)count;
    return true;
}

static bool parse_counts(struct iregexp_parser *parser, struct iregexp_node *repeat)
{
    size_t first = parser->at;
    if (!parse_count(parser, &repeat->minimum)) {
        return false;
    }
    repeat->maximum = repeat->minimum;
    if (iregexp_accept(parser, ',')) {
        repeat->maximum = IREGEXP_UNBOUNDED;
        if (iregexp_peek(parser) != '}' && !parse_count(parser, &repeat->maximum)) {
            return false;
        }
    }
    if (repeat->maximum != IREGEXP_UNBOUNDED && repeat->maximum < repeat->minimum) {
        parser->at = first;
        return iregexp_fail(parser, "the larger count stands behind the comma");
    }
    return iregexp_accept(parser, '}') || iregexp_fail(parser, "expected } behind the count");
}

// The quantifier behind an atom, if there is one; wraps the atom in *node.
static bool parse_quantifier(struct iregexp_parser *parser, struct iregexp_node **node)
{
    static const char SIGNS[] = "*+?{";
    int c = iregexp_peek(parser);
    if (c <= 0 || strchr(SIGNS, c) == NULL) {
        return true;
    }
    parser->at++;
    struct iregexp_node *repeat = node_create(IREGEXP_REPEAT);
    repeat->child = *node;
    *node = repeat;
    repeat->minimum = c == '+' ? 1 : 0;
    repeat->maximum = c == '?' ? 1 : IREGEXP_UNBOUNDED;
    return c != '{' || parse_counts(parser, repeat);
}

static bool parse_alternatives(struct iregexp_parser *parser, struct iregexp_node **node_out);

// A group; its parenthesis was taken.
static bool parse_group(struct iregexp_parser *parser, struct iregexp_node **node_out)
{
    if (parser->depth == LIMIT_PATTERN_DEPTH) {
        return iregexp_exceed(parser, "groups nested more than %d deep", LIMIT_PATTERN_DEPTH);
    }
    parser->depth++;
    bool is_read = parse_alternatives(parser, node_out);
    parser->depth--;
    return is_read && (iregexp_accept(parser, ')') || iregexp_fail(parser, "a group has no )"));
}

// *node_out is set, and the caller's, whatever is returned.
static bool parse_atom(struct iregexp_parser *parser, struct iregexp_node **node_out)
{
    *node_out = NULL;
    if (iregexp_accept(parser, '(')) {
        return parse_group(parser, node_out);
    }
    if (iregexp_accept(parser, '^')) {
        *node_out = node_create(IREGEXP_TEXT_START);
        return true;
    }
    if (iregexp_accept(parser, '$')) {
        *node_out = node_create(IREGEXP_TEXT_END);
        return true;
    }
    *node_out = node_create(IREGEXP_SET);
    return iregexp_parse_set(parser, &(*node_out)->set);
}

static bool parse_branch(struct iregexp_parser *parser, struct iregexp_node **node_out)
{
    struct iregexp_node *sequence = node_create(IREGEXP_SEQUENCE);
    *node_out = sequence;
    struct iregexp_node **end = &sequence->child;
    int c;
    while ((c = iregexp_peek(parser)) != IREGEXP_NO_CHAR && c != '|' && c != ')') {
        if (!parse_atom(parser, end) || !parse_quantifier(parser, end)) {
            return false;
        }
        INVARIANT(*end != NULL);
        end = &(*end)->next;
    }
    return true;
}

static bool parse_alternatives(struct iregexp_parser *parser, struct iregexp_node **node_out)
{
    if (!parse_branch(parser, node_out)) {
        return false;
    }
    if (iregexp_peek(parser) != '|') {
        return true;
    }
    struct iregexp_node *alternatives = node_create(IREGEXP_ALTERNATIVES);
    alternatives->child = *node_out;
    *node_out = alternatives;
    struct iregexp_node **end = &alternatives->child->next;
    while (iregexp_accept(parser, '|')) {
        if (!parse_branch(parser, end)) {
            return false;
        }
        end = &(*end)->next;
    }
    return true;
}

enum err_kind iregexp_parse(const char *pattern, size_t len, struct iregexp_sets *sets,
                            struct iregexp_node **root_out, struct err *err)
{
    if (len > LIMIT_PATTERN_BYTES) {
        return err_set(err, ERR_LIMIT, "a pattern of %zu bytes; at most %d are allowed", len,
                       LIMIT_PATTERN_BYTES);
    }
    struct iregexp_parser parser = {.text = pattern, .len = len, .sets = sets, .err = err};
    struct iregexp_node *root = NULL;
    bool is_read = parse_alternatives(&parser, &root);
    if (is_read && parser.at < len) {
        is_read = iregexp_fail(&parser, "a ) without its (");
    }
    if (!is_read) {
        iregexp_node_destroy(&root);
        return err->kind;
    }
    *root_out = root;
    return ERR_OK;
}
