// SPDX-License-Identifier: MIT
//
// The command line `packreport`: what its commands share. Private to the room. Thread: main.
//
// Output goes to standard output, progress and errors to standard error. Every command takes
// --json.
#pragma once

#include "base/err.h"

#include <argp.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

// Exit statuses, documented in docs/commands.md. Others are those of sysexits.h
// (err_kind_exit_status).
enum cli_status {
    CLI_OK = 0,
    CLI_NO = 1,       // the answer is no: refused, failed, cancelled, nothing there
    CLI_FINDINGS = 2, // evaluate --fail-on: there are findings of that risk
    CLI_BROKEN = 3,   // a rule, a case, a waiver or an attestation is broken
    CLI_USAGE = 64,   // EX_USAGE
    CLI_LATE = 75,    // waited long enough; what was asked for goes on (EX_TEMPFAIL)
};

struct cli_command {
    const char *name;
    const char *summary;
    int (*run)(int argc, char **argv); // argv[0] is "packreport NAME"
};

int cli_account(int argc, char **argv);
int cli_generate(int argc, char **argv);
int cli_pause(int argc, char **argv);
int cli_resume(int argc, char **argv);
int cli_status_command(int argc, char **argv);
int cli_watch(int argc, char **argv);
int cli_workers(int argc, char **argv);
int cli_cancel(int argc, char **argv);
int cli_dead(int argc, char **argv);
int cli_doctor(int argc, char **argv);
int cli_drain(int argc, char **argv);
int cli_list(int argc, char **argv);
int cli_download(int argc, char **argv);
int cli_evaluate(int argc, char **argv);
int cli_count(int argc, char **argv);
int cli_explain(int argc, char **argv);
int cli_jsonpath(int argc, char **argv);
int cli_rules(int argc, char **argv);
// Commands of `packreport rules`.
int cli_rules_check(int argc, char **argv);
int cli_rules_test(int argc, char **argv);
int cli_rules_diff(int argc, char **argv);
int cli_rules_seal(int argc, char **argv);

// "packreport generate: <message>" on standard error; returns the exit status that goes with the
// error.
int cli_fail(const char *command, const struct err *err);

// One JSON value and a line end on standard output; takes the value.
void cli_print_json(json_t *take_value);

// argp_parse with the settings that all commands share: usage errors end with status 64, and an
// option with a value may be given once.
void cli_parse(const struct argp *argp, int argc, char **argv, void *input);
// The same with one option, by its long name, that may come several times.
void cli_parse_collecting(const struct argp *argp, int argc, char **argv, const char *may_repeat,
                          void *input);

// Options that several commands have; a wrong value is a usage error.
enum { CLI_THREADS_MAX = 64 };
void cli_check_account(const char *value,
                       const struct argp_state *state); // --account, an AccountId

struct cli_required {
    const char *name; // "--pack"
    bool is_given;
};
// A usage error that names all of them that are not given, in their order.
void cli_require(const struct cli_required *options, size_t count, const struct argp_state *state);
void cli_check_digits(const char *name, const char *value, const struct argp_state *state);
void cli_check_id(const char *name, const char *value,
                  const struct argp_state *state); // text_is_id
void cli_parse_number(const char *name, const char *value, int64_t minimum, int64_t maximum,
                      int64_t *out, const struct argp_state *state);
