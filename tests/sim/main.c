// SPDX-License-Identifier: MIT
//
// The simulation's command line (README.md). Exit status 0: all invariants held; 1: one did not;
// 64: wrong arguments.
#include "mutants.h"
#include "sim_check.h"
#include "sim_run.h"
#include "sim_world.h"

#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { USAGE = 64, WORLD_HOURS = 20, NTH_SEED = 1 };

static const char help[] =
    "Usage: packreport-sim [--seed S] [--hours H] [--break NAME] [--digest]\n"
    "       packreport-sim --nth N|all [--fate NAME] [--seed S] [--break NAME]\n"
    "\n"
    "  --seed S      the first world's seed; the next have S+1, ... (default: the time; of --nth: "
    "1,\n"
    "                for all)\n"
    "  --hours H     simulated hours, in worlds of 20 (default 20)\n"
    "  --nth N       the N-th call of a fixed scenario fails, or each one in its turn\n"
    "  --fate NAME   in which way; default: in each\n"
    "  --break NAME  with one line of a script wrong: fence, token, recovery, lease, count, cap, "
    "sure\n"
    "  --digest      prints what tells the history apart from others\n";

struct options {
    uint64_t seed;
    bool has_seed;
    int64_t hours;
    const struct sim_redis_mutant *mutant;
    const char *nth;
    const char *fate;
    bool prints_digest;
};

// ---- when something is wrong

static void print_failure(void)
{
    (void)fprintf(stderr, "sim: the last of %" PRIu64 " steps of this world:\n", sim_world_steps());
    sim_print_notes(stderr);
    (void)fprintf(stderr, "sim: again: ");
    sim_run_describe(stderr);
    (void)fflush(stderr);
}

void sim_fail(const char *invariant, const char *format, ...)
{
    print_failure();
    (void)fprintf(stderr, "sim: %s: ", invariant);
    va_list arguments;
    va_start(arguments, format);
    (void)vfprintf(stderr, format, arguments);
    va_end(arguments);
    (void)fprintf(stderr, "\n");
    (void)fflush(stdout);
    _exit(EXIT_FAILURE);
}

// A failed check of the daemon's code says what it was before it comes here.
static void on_abort(int signal)
{
    (void)signal;
    print_failure();
    _exit(EXIT_FAILURE);
}

// ---- runs

static void print_summary(const struct options *options, double seconds)
{
    const struct sim_check_sum *sum = sim_check_sum();
    (void)printf("sim: %.0f simulated hours in %.1f s, %" PRIu64 " steps, %" PRIu64
                 " checks, %" PRIu64 " effects, %" PRIu64 " faults, seed %" PRIu64 "\n",
                 (double)sim_run_simulated_us() / (double)SIM_SECOND_US / 3600, seconds,
                 sim_world_steps_in_all(), sum->checks, sum->effects, sim_faults_total(),
                 options->seed);
    (void)printf("sim: %" PRIu64 " requests, %" PRIu64 " replayed, %" PRIu64 " refused, %" PRIu64
                 " of them for their cap; %" PRIu64 " jobs: %" PRIu64 " complete, %" PRIu64
                 " failed, %" PRIu64 " cancelled; attempts: %" PRIu64 " retried, %" PRIu64
                 " recovered, %" PRIu64 " dead; %" PRIu64 " workers off their lists\n",
                 sum->requests, sum->replayed, sum->refused, sum->throttled, sum->jobs,
                 sum->complete, sum->failed, sum->cancelled, sum->retries, sum->recovered,
                 sum->dead, sum->left);
    sim_faults_print_counts(stdout);
}

static void run_worlds(const struct options *options)
{
    uint64_t seed = options->seed;
    for (int64_t left = options->hours; left > 0; left -= WORLD_HOURS) {
        int64_t hours = left < WORLD_HOURS ? left : WORLD_HOURS;
        uint64_t digest = sim_run_world(seed, hours, options->mutant);
        if (options->prints_digest) {
            (void)printf("%016" PRIx64 "\n", digest);
        }
        seed++;
    }
}

static void run_nth(const struct options *options)
{
    struct sim_nth nth = {.seed = options->seed, .fate = SIM_FINE, .mutant = options->mutant};
    uint64_t calls = sim_run_nth(&nth);
    bool is_all = strcmp(options->nth, "all") == 0;
    uint64_t first = is_all ? 1 : strtoull(options->nth, NULL, 10);
    uint64_t last = is_all ? calls : first;
    uint64_t worlds = 0;
    for (nth.n = first; nth.n <= last; nth.n++) {
        for (size_t fate = SIM_NOT_RUN; fate < SIM_FATES; fate++) {
            if (options->fate == NULL || strcmp(options->fate, sim_fate_names[fate]) == 0) {
                nth.fate = (enum sim_fate)fate;
                (void)sim_run_nth(&nth);
                worlds++;
            }
        }
    }
    (void)printf("sim: each of %" PRIu64 " calls failed in its turn, %" PRIu64 " worlds\n", calls,
                 worlds);
}

// ---- arguments

static const struct sim_redis_mutant *find_mutant(const char *name)
{
    const struct sim_redis_mutant *mutant = sim_mutants;
    while (mutant->name != NULL && strcmp(mutant->name, name) != 0) {
        mutant++;
    }
    return mutant->name == NULL ? NULL : mutant;
}

static bool read_options(int argc, char **argv, struct options *options)
{
    static const struct option known[] = {{"seed", required_argument, NULL, 's'},
                                          {"hours", required_argument, NULL, 'h'},
                                          {"break", required_argument, NULL, 'b'},
                                          {"nth", required_argument, NULL, 'n'},
                                          {"fate", required_argument, NULL, 'f'},
                                          {"digest", no_argument, NULL, 'd'},
                                          {NULL, 0, NULL, 0}};
    for (int option; (option = getopt_long(argc, argv, "", known, NULL)) != -1;) {
        switch (option) {
        case 's':
            options->seed = strtoull(optarg, NULL, 10);
            options->has_seed = true;
            break;
        case 'h':
            options->hours = strtoll(optarg, NULL, 10);
            break;
        case 'b':
            options->mutant = find_mutant(optarg);
            if (options->mutant == NULL) {
                return false;
            }
            break;
        case 'n':
            options->nth = optarg;
            options->seed = options->has_seed ? options->seed : NTH_SEED;
            break;
        case 'f':
            options->fate = optarg;
            break;
        case 'd':
            options->prints_digest = true;
            break;
        default:
            return false;
        }
    }
    return optind == argc && options->hours > 0;
}

int main(int argc, char **argv)
{
    struct options options = {.seed = (uint64_t)time(NULL), .hours = WORLD_HOURS};
    if (!read_options(argc, argv, &options)) {
        (void)fputs(help, stderr);
        return USAGE;
    }
    (void)signal(SIGABRT, on_abort);
    struct timespec begin;
    struct timespec end;
    (void)clock_gettime(CLOCK_MONOTONIC, &begin);
    if (options.nth != NULL) {
        run_nth(&options);
    } else {
        run_worlds(&options);
    }
    (void)clock_gettime(CLOCK_MONOTONIC, &end);
    if (!options.prints_digest) {
        print_summary(&options, (double)(end.tv_sec - begin.tv_sec) +
                                    (double)(end.tv_nsec - begin.tv_nsec) / 1e9);
    }
    return EXIT_SUCCESS;
}
