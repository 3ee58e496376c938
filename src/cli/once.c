// SPDX-License-Identifier: MIT
#include "once.h"

#include "base/mem.h"

#include <getopt.h>
#include <stdbool.h>
#include <string.h>

enum {
    OPTIONS_MAX = 64,
    KEY_FIRST = 1000, // getopt's value of a long option is this plus its index
};

// The options of a tree of argp, as getopt wants them.
struct table {
    struct option longs[OPTIONS_MAX + 1];
    int keys[OPTIONS_MAX];
    unsigned given[OPTIONS_MAX];
    char shorts[1 + 2 * OPTIONS_MAX + 1];
    size_t shorts_len;
    size_t count;
};

static bool is_short(int key)
{
    return key > ' ' && key < 127;
}

static void add(struct table *table, const struct argp_option *option)
{
    REQUIRE(table->count < OPTIONS_MAX);
    bool has_value = option->arg != NULL;
    table->keys[table->count] = option->key;
    table->longs[table->count] =
        (struct option){.name = option->name,
                        .has_arg = has_value ? required_argument : no_argument,
                        .val = KEY_FIRST + (int)table->count};
    if (is_short(option->key)) {
        table->shorts[table->shorts_len++] = (char)option->key;
        if (has_value) {
            table->shorts[table->shorts_len++] = ':';
        }
    }
    table->count++;
}

// NOLINTNEXTLINE(misc-no-recursion): a tree as deep as the options of the program are nested
static void add_all(struct table *table, const struct argp *argp)
{
    const struct argp_option *option = argp->options;
    for (; option != NULL && (option->name != NULL || option->doc != NULL); option++) {
        if (option->name != NULL) { // else a headline
            add(table, option);
        }
    }
    for (const struct argp_child *child = argp->children; child != NULL && child->argp != NULL;
         child++) {
        add_all(table, child->argp);
    }
}

// The index of what getopt found, or the count of options when it is none of them.
static size_t index_of(const struct table *table, int found)
{
    if (found >= KEY_FIRST) {
        return (size_t)(found - KEY_FIRST);
    }
    size_t i = 0;
    while (i < table->count && table->keys[i] != found) {
        i++;
    }
    return i;
}

static void refuse(const struct argp *argp, char **argv, const char *name)
{
    const struct argp_state state = {
        .root_argp = argp, .name = argv[0], .out_stream = stdout, .err_stream = stderr};
    argp_error(&state, "--%s is given more than once; once is right", name);
}

void once_check(const struct argp *argp, int argc, char **argv, const char *may_repeat)
{
    struct table table = {.shorts = "", .shorts_len = 0};
    add_all(&table, argp);
    // getopt moves arguments behind options.
    char **copy = mem_alloc((size_t)argc + 1, sizeof(*copy));
    memcpy(copy, argv, (size_t)argc * sizeof(*copy));
    const char *twice = NULL;
    opterr = 0;
    optind = 0;
    int found;
    while (twice == NULL &&
           (found = getopt_long(argc, copy, table.shorts, table.longs, NULL)) != -1) {
        size_t i = index_of(&table, found);
        bool counts = i < table.count && table.longs[i].has_arg == required_argument &&
                      (may_repeat == NULL || strcmp(table.longs[i].name, may_repeat) != 0);
        if (counts && ++table.given[i] > 1) {
            twice = table.longs[i].name;
        }
    }
    mem_free(&copy);
    if (twice != NULL) {
        refuse(argp, argv, twice);
    }
}
