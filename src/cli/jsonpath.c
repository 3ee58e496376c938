// SPDX-License-Identifier: MIT
#include "eval/jsonpath.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/text.h"
#include "cli.h"
#include "eval/value.h"

#include <stdio.h>
#include <string.h>

enum { KEY_PATHS = 'p', KEY_LENIENT = 'l' };
enum { KEY_PRETTY = 6000, KEY_JSON };
enum {
    INDENT = 2,
    // Nodes may lie in each other, and each is written whole.
    OUTPUT_BYTES = 256 * 1024 * 1024,
};

struct jsonpath_command {
    const char *selector;
    enum jsonpath_mode mode;
    bool wants_paths;
    int indent;
};

static const struct argp_option OPTIONS[] = {
    {"paths", KEY_PATHS, 0, 0, "The normalised paths of the nodes in place of their values", 0},
    {"lenient", KEY_LENIENT, 0, 0,
     "Take the older spellings that rules take, such as $.a-b and [(@.length-1)]", 0},
    {"pretty", KEY_PRETTY, 0, 0, "Indent the output", 0},
    {"json", KEY_JSON, 0, 0, "JSON, which the output always is", 0},
    {0},
};

static void take_selector(struct jsonpath_command *command, const char *value,
                          const struct argp_state *state)
{
    if (command->selector != NULL) {
        argp_error(state, "unexpected argument \"%s\"; quote the selector for the shell", value);
    }
    command->selector = value;
}

static error_t parse_option(int key, char *value, struct argp_state *state)
{
    struct jsonpath_command *command = state->input;
    switch (key) {
    case KEY_PATHS:
        command->wants_paths = true;
        return 0;
    case KEY_LENIENT:
        command->mode = JSONPATH_LENIENT;
        return 0;
    case KEY_PRETTY:
        command->indent = INDENT;
        return 0;
    case KEY_JSON:
        return 0;
    case ARGP_KEY_ARG:
        take_selector(command, value, state);
        return 0;
    case ARGP_KEY_END:
        if (command->selector == NULL) {
            argp_error(state, "SELECTOR is missing, such as '$.tags.env'");
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp ARGP = {
    .options = OPTIONS,
    .parser = parse_option,
    .args_doc = "SELECTOR",
    .doc = "Print what a JSONPath (RFC 9535) selects in the document on standard input, as one "
           "JSON array.\v"
           "Examples:\n"
           "  packreport jsonpath '$.rules[?@.port==22].id' < resource.json\n"
           "  packreport jsonpath --paths --pretty '$..id' < resource.json\n"
           "  packreport jsonpath --lenient '$.list[(@.length-1)].a-b' < resource.json\n\n"
           "Exit status 0: done, also when nothing is selected; 65: the selector or the document "
           "is wrong.",
};

// Characters, as a terminal counts them, of the first bytes of a text.
static size_t width_of(const char *text, size_t len)
{
    size_t width = 0;
    for (size_t i = 0; i < len; i++) {
        width += ((unsigned char)text[i] & 0xc0) != 0x80 ? 1 : 0;
    }
    return width;
}

// The selector with a mark under the place that is wrong; only where the two stay in line.
static void print_mark(const char *selector, size_t position)
{
    bool is_line = text_is_utf8(selector, strlen(selector), NULL) &&
                   selector[strcspn(selector, "\t\r\n\v\f\x1b")] == '\0';
    if (position > 0 && is_line) {
        (void)fprintf(stderr, "  %s\n  %*s^\n", selector, (int)width_of(selector, position - 1),
                      "");
    }
}

static enum err_kind parse_selector(const struct jsonpath_command *command,
                                    struct jsonpath **path_out, struct err *err)
{
    size_t position = 0;
    enum err_kind kind = jsonpath_parse_at(command->selector, strlen(command->selector),
                                           command->mode, path_out, &position, err);
    if (kind != ERR_OK) {
        err_prefix(err, "selector");
        (void)cli_fail("jsonpath", err);
        print_mark(command->selector, position);
        return kind;
    }
    const char *fault = jsonpath_pattern_fault(*path_out);
    if (fault != NULL) {
        (void)fprintf(stderr, "packreport jsonpath: warning: selector: %s\n", fault);
    }
    return ERR_OK;
}

static enum err_kind read_document(json_t **document_out, struct err *err)
{
    struct buf text;
    buf_init(&text, LIMIT_RECORD_BYTES);
    enum err_kind kind = file_read("-", &text, err);
    if (kind == ERR_OK) {
        const struct span bare = text_skip_mark((struct span){buf_text(&text), text.len});
        kind = value_parse(bare.bytes, bare.len, document_out, err);
        if (kind != ERR_OK) {
            err_prefix(err, "standard input");
        }
    }
    buf_deinit(&text);
    return kind;
}

struct output {
    json_t *list;
    bool wants_paths;
};

static void on_node(void *context, struct value value, const struct jsonpath_place *place)
{
    struct output *output = context;
    if (!output->wants_paths) {
        (void)json_array_append_new(output->list, value_to_json(value));
        return;
    }
    struct buf text;
    buf_init(&text, OUTPUT_BYTES);
    jsonpath_place_append(place, &text);
    (void)json_array_append_new(output->list, json_stringn(buf_text(&text), text.len));
    buf_deinit(&text);
}

static enum err_kind print_nodes(const struct jsonpath_command *command,
                                 const struct jsonpath *path, json_t *document, struct err *err)
{
    struct output output = {.list = json_array(), .wants_paths = command->wants_paths};
    enum err_kind kind = jsonpath_visit(path, value_of_json(document), on_node, &output, err);
    if (kind == ERR_OK) {
        struct buf text;
        buf_init(&text, OUTPUT_BYTES);
        value_append(&text, value_of_json(output.list), command->indent);
        if (text.overflow) {
            kind = err_set(err, ERR_LIMIT, "the output is larger than %d bytes", OUTPUT_BYTES);
        } else {
            (void)fwrite(buf_text(&text), 1, text.len, stdout);
            (void)fputc('\n', stdout);
        }
        buf_deinit(&text);
    }
    json_decref(output.list);
    return kind;
}

int cli_jsonpath(int argc, char **argv)
{
    struct jsonpath_command command = {.mode = JSONPATH_STRICT};
    cli_parse(&ARGP, argc, argv, &command);
    struct err err = ERR_INIT;
    struct jsonpath *path = NULL;
    enum err_kind kind = parse_selector(&command, &path, &err);
    if (kind != ERR_OK) {
        return err_kind_exit_status(kind);
    }
    json_t *document = NULL;
    kind = read_document(&document, &err);
    if (kind == ERR_OK) {
        kind = print_nodes(&command, path, document, &err);
    }
    json_decref(document);
    jsonpath_destroy(&path);
    return kind == ERR_OK ? CLI_OK : cli_fail("jsonpath", &err);
}
