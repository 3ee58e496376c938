// SPDX-License-Identifier: MIT
#include "menu.h"

#include "domain/suggest.h"

#include <stdio.h>
#include <string.h>

enum { COMMANDS_MAX = 32 };

static void print_help(const struct menu *menu, FILE *stream)
{
    (void)fprintf(stream, "Usage: %s COMMAND [OPTION...]\n%s\n\n", menu->program, menu->about);
    for (size_t i = 0; i < menu->count; i++) {
        (void)fprintf(stream, "  %-10s %s\n", menu->commands[i].name, menu->commands[i].summary);
    }
    (void)fprintf(stream, "\n`%s COMMAND --help` says more, with examples.\n%s", menu->program,
                  menu->footer);
}

static void refuse(const struct menu *menu, const char *name)
{
    REQUIRE(menu->count <= COMMANDS_MAX);
    const char *names[COMMANDS_MAX];
    for (size_t i = 0; i < menu->count; i++) {
        names[i] = menu->commands[i].name;
    }
    const char *near = suggest_nearest(name, names, menu->count);
    (void)fprintf(stderr, "%s: \"%.64s\" is no command; ", menu->program, name);
    if (near != NULL) {
        (void)fprintf(stderr, "did you mean \"%s\"?\n", near);
    } else {
        (void)fprintf(stderr, "`%s --help` lists them\n", menu->program);
    }
}

static int run_command(const struct menu *menu, const struct cli_command *command, int argc,
                       char **argv)
{
    char name[64];
    (void)snprintf(name, sizeof(name), "%s %s", menu->program, command->name);
    argv[0] = name; // argp names the program so in its messages
    return command->run(argc, argv);
}

int menu_run(const struct menu *menu, int argc, char **argv)
{
    char help[] = "--help";
    char *of_command[] = {argv[0], argc > 2 ? argv[2] : NULL, help, NULL};
    if (argc == 3 && strcmp(argv[1], "help") == 0) { // packreport help status
        argc = 3;
        argv = of_command;
    }
    const char *name = argc > 1 ? argv[1] : "";
    if (strcmp(name, "--help") == 0 || strcmp(name, "-?") == 0 || strcmp(name, "help") == 0) {
        print_help(menu, stdout);
        return CLI_OK;
    }
    for (size_t i = 0; i < menu->count; i++) {
        if (strcmp(name, menu->commands[i].name) == 0) {
            return run_command(menu, &menu->commands[i], argc - 1, argv + 1);
        }
    }
    if (argc > 1) {
        refuse(menu, name);
    } else {
        print_help(menu, stderr);
    }
    return CLI_USAGE;
}
