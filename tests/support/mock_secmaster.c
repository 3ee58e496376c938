// SPDX-License-Identifier: MIT
#include "mock_secmaster.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ARGUMENTS_MAX = 32 };

struct mock_secmaster {
    pid_t pid;
    uint16_t port;
};

static _Noreturn void give_up(const char *what)
{
    (void)fprintf(stderr, "mock_secmaster: %s: %s\n", what, strerror(errno));
    abort();
}

// Runs in the child.
static _Noreturn void execute_mock(int standard_output, const char *const *arguments, pid_t parent)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) {
        _exit(1);
    }
    (void)dup2(standard_output, STDOUT_FILENO);
    char *all[ARGUMENTS_MAX] = {(char *)"node",
                                (char *)TEST_SOURCE_DIR "/tests/support/mock-secmaster.mjs"};
    for (size_t i = 0; arguments != NULL && arguments[i] != NULL; i++) {
        if (i + 3 == ARGUMENTS_MAX) {
            _exit(2);
        }
        all[i + 2] = (char *)arguments[i];
    }
    (void)execvp("node", all);
    _exit(127);
}

struct mock_secmaster *mock_secmaster_start(const char *const *arguments)
{
    struct mock_secmaster *mock = calloc(1, sizeof(*mock));
    int ends[2];
    if (mock == NULL || pipe(ends) != 0) {
        give_up("start");
    }
    pid_t parent = getpid();
    mock->pid = fork();
    if (mock->pid < 0) {
        give_up("fork");
    }
    if (mock->pid == 0) {
        execute_mock(ends[1], arguments, parent);
    }
    (void)close(ends[1]);
    FILE *output = fdopen(ends[0], "r");
    char line[128];
    unsigned port = 0;
    if (output == NULL || fgets(line, sizeof(line), output) == NULL ||
        sscanf(line, "{\"port\":%u}", &port) != 1 || port > UINT16_MAX) {
        give_up("no port (is node installed?)");
    }
    (void)fclose(output);
    mock->port = (uint16_t)port;
    return mock;
}

void mock_secmaster_stop(struct mock_secmaster **mock)
{
    if (*mock == NULL) {
        return;
    }
    (void)kill((*mock)->pid, SIGKILL);
    (void)waitpid((*mock)->pid, NULL, 0);
    free(*mock);
    *mock = NULL;
}

uint16_t mock_secmaster_port(const struct mock_secmaster *mock)
{
    return mock->port;
}
