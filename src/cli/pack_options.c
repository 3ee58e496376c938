// SPDX-License-Identifier: MIT
#include "pack_options.h"

#include "cli.h"

enum { KEY_ACCOUNT = 'a', KEY_PACK = 'p', KEY_AGGREGATOR = 3000 };

static const struct argp_option OPTIONS[] = {
    {"account", KEY_ACCOUNT, "ID", 0, "AccountId", 0},
    {"pack", KEY_PACK, "ID", 0, "CompliancePackId", 0},
    {"aggregator", KEY_AGGREGATOR, "ID", 0, "AggregatorId: the report over this account group", 0},
    {0},
};

void pack_options_require(const struct pack_options *options, const struct argp_state *state)
{
    if (options->account == NULL || options->pack_id == NULL) {
        argp_error(state, "--account and --pack are required");
    }
}

static void check(struct pack_options *options, const struct argp_state *state)
{
    bool is_given =
        options->account != NULL || options->pack_id != NULL || options->aggregator_id != NULL;
    if (!options->is_checked_later && (is_given || !options->is_optional)) {
        pack_options_require(options, state);
    }
    if (options->account != NULL) {
        cli_check_account(options->account, state);
    }
    if (options->aggregator_id != NULL) {
        cli_check_id("aggregator", options->aggregator_id, state);
    }
    if (options->pack_id != NULL) {
        cli_check_id("pack", options->pack_id, state);
        subject_write(options->aggregator_id == NULL ? "" : options->aggregator_id,
                      options->pack_id, options->subject);
        options->pack = options->subject;
    }
}

static error_t parse_option(int key, char *value, struct argp_state *state)
{
    struct pack_options *options = state->input;
    switch (key) {
    case KEY_ACCOUNT:
        options->account = value;
        return 0;
    case KEY_PACK:
        options->pack_id = value;
        return 0;
    case KEY_AGGREGATOR:
        options->aggregator_id = value;
        return 0;
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->where;
        return 0;
    case ARGP_KEY_END:
        check(options, state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_child CHILDREN[] = {{&session_argp, 0, 0, 0}, {0}};
const struct argp pack_options_argp = {
    .options = OPTIONS, .parser = parse_option, .children = CHILDREN};
