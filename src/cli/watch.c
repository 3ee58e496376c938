// SPDX-License-Identifier: MIT
#include "cli.h"
#include "follow.h"
#include "pack_options.h"
#include "record_view.h"

static error_t parse_option(int key, char *value, struct argp_state *state)
{
    (void)value;
    if (key != ARGP_KEY_INIT) {
        return ARGP_ERR_UNKNOWN;
    }
    state->child_inputs[0] = state->input;
    return 0;
}

static const struct argp_child CHILDREN[] = {{&pack_options_argp, 0, 0, 0}, {0}};
static const struct argp ARGP = {
    .parser = parse_option,
    .children = CHILDREN,
    .doc = "Follow the making of a pack's report until it has ended.\v"
           "Example:\n"
           "  packreport watch --account 100000000000001 --pack PACK\n\n"
           "Exit status 0: complete; 1: failed, cancelled, or nothing is known of the pack.",
};

static int watch(void *context, struct session *session)
{
    const struct pack_options *options = context;
    struct err err = ERR_INIT;
    struct queue_report_record record;
    const struct follow follow = {.session = session,
                                  .account_id = options->account,
                                  .pack_id = options->pack,
                                  .quiet = options->where.json};
    if (follow_report(&follow, &record, &err) != ERR_OK) {
        return cli_fail("watch", &err);
    }
    if (options->where.json) {
        cli_print_json(record_view_json(&record));
    } else {
        record_view_print(&record);
    }
    return follow_exit_status(&record);
}

int cli_watch(int argc, char **argv)
{
    struct pack_options options = {0};
    cli_parse(&ARGP, argc, argv, &options);
    return session_run(&options.where, "watch", watch, &options);
}
