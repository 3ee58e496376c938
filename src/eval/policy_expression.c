// SPDX-License-Identifier: MIT
#include "policy_expression.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "domain/suggest.h"

#include <string.h>

enum { QUOTED_NAME_BYTES = 60, OPENING_BYTES = 2 /* "${" */ };

struct function_row {
    const char *name;
    enum policy_function function;
    size_t arguments;
};
static const struct function_row FUNCTIONS[] = {
    {"resource", POLICY_RESOURCE, 0},  {"parameters", POLICY_PARAMETERS, 1},
    {"contains", POLICY_CONTAINS, 2},  {"length", POLICY_LENGTH, 1},
    {"getValue", POLICY_GET_VALUE, 2},
};

struct parser {
    const char *text;
    size_t len;
    size_t at;
    size_t nesting;
};

static struct policy_expression *parse_expression(struct parser *parser, struct err *err);

static size_t position(const struct parser *parser)
{
    return OPENING_BYTES + parser->at + 1;
}

static void skip_blanks(struct parser *parser)
{
    while (parser->at < parser->len && parser->text[parser->at] == ' ') {
        parser->at++;
    }
}

static bool is_at(const struct parser *parser, char c)
{
    return parser->at < parser->len && parser->text[parser->at] == c;
}

static bool take(struct parser *parser, char c, const char *meaning, struct err *err)
{
    if (!is_at(parser, c)) {
        (void)err_set(err, ERR_INVALID, "'%c' %s is missing at byte %zu", c, meaning,
                      position(parser));
        return false;
    }
    parser->at++;
    return true;
}

static bool is_name_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           strchr("_-$:@", c) != NULL || ((unsigned char)c & 0x80) != 0;
}

// The name that begins here, for mem_free; NULL with an error when there is none.
static char *take_name(struct parser *parser, const char *what, struct err *err)
{
    size_t first = parser->at;
    while (parser->at < parser->len && parser->text[parser->at] != '\0' &&
           is_name_character(parser->text[parser->at])) {
        parser->at++;
    }
    if (parser->at == first) {
        (void)err_set(err, ERR_INVALID, "%s is missing at byte %zu", what, position(parser));
        return NULL;
    }
    return mem_text_n(parser->text + first, parser->at - first);
}

static struct policy_expression *parse_quoted(struct parser *parser, struct err *err)
{
    size_t first = parser->at + 1;
    const char *quote = memchr(parser->text + first, '\'', parser->len - first);
    if (quote == NULL) {
        (void)err_set(err, ERR_INVALID, "the text that begins at byte %zu has no ' at its end",
                      position(parser));
        return NULL;
    }
    struct policy_expression *expression = mem_alloc(1, sizeof(*expression));
    expression->text = mem_text_n(parser->text + first, (size_t)(quote - parser->text) - first);
    parser->at = (size_t)(quote - parser->text) + 1;
    return expression;
}

static const struct function_row *find_function(const char *name, size_t place, struct err *err)
{
    const char *names[ARRAY_LEN(FUNCTIONS)];
    for (size_t i = 0; i < ARRAY_LEN(FUNCTIONS); i++) {
        if (strcmp(FUNCTIONS[i].name, name) == 0) {
            return &FUNCTIONS[i];
        }
        names[i] = FUNCTIONS[i].name;
    }
    const struct text_quoted quoted = text_quoted_of(span_of(name), QUOTED_NAME_BYTES);
    const char *nearest = suggest_nearest(name, names, ARRAY_LEN(names));
    if (nearest != NULL) {
        (void)err_set(err, ERR_INVALID, "unknown function %s at byte %zu; did you mean \"%s\"?",
                      quoted.text, place, nearest);
    } else {
        (void)err_set(err, ERR_INVALID,
                      "unknown function %s at byte %zu; resource, parameters, contains, length or "
                      "getValue is right",
                      quoted.text, place);
    }
    return NULL;
}

static bool parse_arguments(struct parser *parser, const struct function_row *row,
                            struct policy_expression *expression, struct err *err)
{
    for (size_t i = 0; i < row->arguments; i++) {
        if (i > 0 && !take(parser, ',', "before the next argument", err)) {
            return false;
        }
        skip_blanks(parser);
        struct policy_expression *argument =
            is_at(parser, '\'') ? parse_quoted(parser, err) : parse_expression(parser, err);
        if (argument == NULL) {
            return false;
        }
        expression->arguments[expression->argument_count++] = argument;
        skip_blanks(parser);
    }
    if (is_at(parser, ',')) {
        (void)err_set(err, ERR_INVALID, "%s takes %zu arguments, and there is one more at byte %zu",
                      row->name, row->arguments, position(parser));
        return false;
    }
    return true;
}

static bool parse_path(struct parser *parser, struct policy_expression *expression, struct err *err)
{
    while (is_at(parser, '.')) {
        parser->at++;
        if (expression->path_count == POLICY_PATH_MAX) {
            (void)err_set(err, ERR_LIMIT, "more than %d names in a path at byte %zu",
                          POLICY_PATH_MAX, position(parser));
            return false;
        }
        char *name = take_name(parser, "the name behind the '.'", err);
        if (name == NULL) {
            return false;
        }
        expression->path[expression->path_count++] = name;
    }
    return true;
}

static bool parse_call(struct parser *parser, struct policy_expression *expression, struct err *err)
{
    size_t place = position(parser);
    char *name = take_name(parser, "a function", err);
    if (name == NULL) {
        return false;
    }
    const struct function_row *row = find_function(name, place, err);
    mem_free(&name);
    if (row == NULL) {
        return false;
    }
    expression->function = row->function;
    if (!take(parser, '(', "behind the function", err) ||
        !parse_arguments(parser, row, expression, err) ||
        !take(parser, ')', "behind the arguments", err)) {
        return false;
    }
    if (row->function == POLICY_PARAMETERS && expression->arguments[0]->function != POLICY_TEXT) {
        (void)err_set(err, ERR_INVALID,
                      "parameters at byte %zu takes the name of a parameter in quotes: 'name'",
                      place);
        return false;
    }
    return parse_path(parser, expression, err);
}

static struct policy_expression *parse_expression(struct parser *parser, struct err *err)
{
    if (parser->nesting == POLICY_NESTING_MAX) {
        (void)err_set(err, ERR_LIMIT, "calls are nested more than %d deep at byte %zu",
                      POLICY_NESTING_MAX, position(parser));
        return NULL;
    }
    struct policy_expression *expression = mem_alloc(1, sizeof(*expression));
    parser->nesting++;
    if (!parse_call(parser, expression, err)) {
        policy_expression_destroy(&expression);
    }
    parser->nesting--;
    return expression;
}

enum err_kind policy_expression_parse(const char *text, size_t len,
                                      struct policy_expression **expression_out, struct err *err)
{
    struct parser parser = {.text = text, .len = len};
    skip_blanks(&parser);
    struct policy_expression *expression = parse_expression(&parser, err);
    if (expression == NULL) {
        return err->kind;
    }
    skip_blanks(&parser);
    if (parser.at < len) {
        policy_expression_destroy(&expression);
        return err_set(err, ERR_INVALID, "the expression ends before byte %zu, and more follows",
                       position(&parser));
    }
    *expression_out = expression;
    return ERR_OK;
}

void policy_expression_destroy(struct policy_expression **expression)
{
    if (*expression == NULL) {
        return;
    }
    for (size_t i = 0; i < (*expression)->argument_count; i++) {
        policy_expression_destroy(&(*expression)->arguments[i]);
    }
    for (size_t i = 0; i < (*expression)->path_count; i++) {
        mem_free(&(*expression)->path[i]);
    }
    mem_free(&(*expression)->text);
    mem_free(expression);
}
