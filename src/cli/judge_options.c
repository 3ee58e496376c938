// SPDX-License-Identifier: MIT
#include "judge_options.h"

#include "base/text.h"

enum { KEY_RULES = 'r' };
enum { KEY_WAIVERS = 4000, KEY_AS_OF, KEY_STRICT_VENDOR };

// ---- strict

static const struct argp_option STRICT_OPTIONS[] = {
    {"strict-vendor", KEY_STRICT_VENDOR, 0, 0,
     "Refuse what conditions may hold only here and not in the language of their cloud", 0},
    {0},
};

static error_t parse_strict(int key, char *value, struct argp_state *state)
{
    (void)value;
    bool *strict = state->input;
    if (key != KEY_STRICT_VENDOR) {
        return ARGP_ERR_UNKNOWN;
    }
    *strict = true;
    return 0;
}

const struct argp strict_option_argp = {.options = STRICT_OPTIONS, .parser = parse_strict};

// ---- judge

static const struct argp_option JUDGE_OPTIONS[] = {
    {"as-of", KEY_AS_OF, "TIME", 0,
     "Judge ages and whatever lapses at this instant, 2026-11-21 or 2026-11-21T19:30:44Z (default: "
     "now)",
     0},
    {0},
};

static error_t parse_judge(int key, char *value, struct argp_state *state)
{
    struct judge_options *options = state->input;
    switch (key) {
    case KEY_AS_OF:
        if (!text_parse_time(value, &options->as_of_ms)) {
            argp_error(state, "--as-of takes 2026-11-21 or 2026-11-21T19:30:44Z, not \"%.40s\"",
                       value);
        }
        options->has_as_of = true;
        return 0;
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->strict_vendor;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_child JUDGE_CHILDREN[] = {{&strict_option_argp, 0, 0, 0}, {0}};
const struct argp judge_options_argp = {
    .options = JUDGE_OPTIONS, .parser = parse_judge, .children = JUDGE_CHILDREN};

int64_t judge_options_as_of(const struct judge_options *options, int64_t now_ms)
{
    return options->has_as_of ? options->as_of_ms : now_ms;
}

// ---- rulebook

static const struct argp_option RULEBOOK_OPTIONS[] = {
    {"rules", KEY_RULES, "PATH", 0, "Folder of rule files, or one file", 0},
    {"waivers", KEY_WAIVERS, "FILE", 0, "Waivers", 0},
    {0},
};

static error_t parse_rulebook(int key, char *value, struct argp_state *state)
{
    struct rulebook_options *options = state->input;
    switch (key) {
    case KEY_RULES:
        options->paths.rules = value;
        return 0;
    case KEY_WAIVERS:
        options->paths.waivers = value;
        return 0;
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->judge;
        return 0;
    case ARGP_KEY_END:
        options->paths.strict_vendor = options->judge.strict_vendor;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_child RULEBOOK_CHILDREN[] = {{&judge_options_argp, 0, 0, 0}, {0}};
const struct argp rulebook_options_argp = {
    .options = RULEBOOK_OPTIONS, .parser = parse_rulebook, .children = RULEBOOK_CHILDREN};
