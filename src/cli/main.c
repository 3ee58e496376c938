// SPDX-License-Identifier: MIT
#include "cli.h"

#include "base/buf.h"
#include "base/text.h"
#include "domain/request.h"
#include "menu.h"
#include "once.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { REQUIRED_BYTES = 256 }; // names of options in one message

static const struct cli_command COMMANDS[] = {
    {"generate", "ask for a report, and wait for it with --wait", cli_generate},
    {"status", "show the report of a pack: state, progress, result", cli_status_command},
    {"watch", "follow the making of a report until it has ended", cli_watch},
    {"list", "list the packs that reports were asked for", cli_list},
    {"download", "copy a finished report and check it against its manifest", cli_download},
    {"cancel", "take back the request for a report", cli_cancel},
    {"dead", "list, show, retry or drop dead letters", cli_dead},
    {"pause", "start no more reports of an account, a pack, or at all", cli_pause},
    {"resume", "start reports again that were paused", cli_resume},
    {"account", "list, show or set weight, cap and rate of accounts", cli_account},
    {"workers", "list the workers: heartbeat, jobs, version", cli_workers},
    {"drain", "have one worker finish what it runs, and end", cli_drain},
    {"doctor", "look for what is wrong in Redis, and put it right", cli_doctor},
    {"evaluate", "make a report from files, without a queue", cli_evaluate},
    {"count", "count what rules find in an inventory, without a report", cli_count},
    {"explain", "show how a rule judges one resource", cli_explain},
    {"rules", "check, test, compare and seal rules", cli_rules},
    {"jsonpath", "print what a JSONPath selects in a document", cli_jsonpath},
};

static const struct menu MENU = {
    .program = "packreport",
    .about = "Compliance-pack reports from a queue.",
    .commands = COMMANDS,
    .count = ARRAY_LEN(COMMANDS),
    .footer =
        "Every command takes --json. Exit statuses: 0 done, 1 the answer is no (refused, failed,\n"
        "nothing there), 2 and 3 see the --help of the command, 64 wrong usage, 65 bad input,\n"
        "66 an input is not there, 69 the queue cannot be reached, 74 a file or the output could\n"
        "not be written, 75 time is up, 76 a file does not match its manifest, 77 the user, the\n"
        "password, the key or the link is refused, 78 bad settings.\n",
};

int cli_fail(const char *command, const struct err *err)
{
    (void)fprintf(stderr, "packreport %s: %s\n", command, err->message);
    return err_kind_exit_status(err->kind);
}

void cli_print_json(json_t *take_value)
{
    (void)json_dumpf(take_value, stdout, JSON_INDENT(2) | JSON_SORT_KEYS | JSON_REAL_PRECISION(6));
    (void)fputc('\n', stdout);
    json_decref(take_value);
}

void cli_parse(const struct argp *argp, int argc, char **argv, void *input)
{
    cli_parse_collecting(argp, argc, argv, NULL, input);
}

void cli_parse_collecting(const struct argp *argp, int argc, char **argv, const char *may_repeat,
                          void *input)
{
    argp_err_exit_status = CLI_USAGE;
    once_check(argp, argc, argv, may_repeat);
    (void)argp_parse(argp, argc, argv, 0, NULL, input);
}

void cli_check_account(const char *value, const struct argp_state *state)
{
    if (!request_account_is_valid(span_of(value))) {
        argp_error(state, "--account takes 1 to 19 digits, not \"%.40s\"", value);
    }
}

void cli_require(const struct cli_required *options, size_t count, const struct argp_state *state)
{
    size_t missing = 0;
    for (size_t i = 0; i < count; i++) {
        missing += options[i].is_given ? 0 : 1;
    }
    if (missing == 0) {
        return;
    }
    struct buf names;
    buf_init(&names, REQUIRED_BYTES);
    size_t named = 0;
    for (size_t i = 0; i < count; i++) {
        if (!options[i].is_given) {
            named++;
            (void)buf_append_format(&names, "%s%s",
                                    named == 1         ? ""
                                    : named == missing ? " and "
                                                       : ", ",
                                    options[i].name);
        }
    }
    argp_error(state, "%s %s required", buf_text(&names), missing == 1 ? "is" : "are");
}

void cli_check_digits(const char *name, const char *value, const struct argp_state *state)
{
    if (value[0] == '\0' || value[strspn(value, "0123456789")] != '\0') {
        argp_error(state, "--%s takes digits, not \"%.40s\"", name, value);
    }
}

void cli_check_id(const char *name, const char *value, const struct argp_state *state)
{
    if (!text_is_id(value, strlen(value))) {
        argp_error(state, "--%s takes 1 to 64 of A-Z a-z 0-9 - _, not \"%.80s\"", name, value);
    }
}

void cli_parse_number(const char *name, const char *value, int64_t minimum, int64_t maximum,
                      int64_t *out, const struct argp_state *state)
{
    if (!text_to_int64(value, strlen(value), out) || *out < minimum || *out > maximum) {
        argp_error(state, "--%s takes a whole number from %lld to %lld, not \"%.40s\"", name,
                   (long long)minimum, (long long)maximum, value);
    }
}

// Whether standard output is a pipe that nobody reads any more.
static bool is_unread(void)
{
    struct pollfd out = {.fd = STDOUT_FILENO};
    return poll(&out, 1, 0) == 1 && (out.revents & POLLERR) != 0;
}

// At every end of the program, those of argp included: what could not be written is a failure of its
// own, so that a full disk is not taken for a short answer. Who closed the pipe knows that it did, and
// meets with the end that is usual then.
static void check_output(void)
{
    errno = 0;
    bool was_lost = ferror(stdout) != 0;
    bool is_lost = fflush(stdout) != 0;
    if (!was_lost && !is_lost) {
        return;
    }
    if (errno == EPIPE || is_unread()) {
        (void)signal(SIGPIPE, SIG_DFL);
        (void)raise(SIGPIPE);
    }
    (void)fprintf(stderr, "packreport: standard output: %s\n",
                  errno != 0 ? strerror(errno) : "not all of it could be written");
    _exit(err_kind_exit_status(ERR_IO));
}

int main(int argc, char **argv)
{
    REQUIRE(atexit(check_output) == 0);
    (void)signal(SIGPIPE, SIG_IGN); // hiredis writes without MSG_NOSIGNAL
    const char *name = argc > 1 ? argv[1] : "";
    if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0) {
        (void)printf("packreport %s\n", PACKREPORT_VERSION);
        return CLI_OK;
    }
    return menu_run(&MENU, argc, argv);
}
