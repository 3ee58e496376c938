// SPDX-License-Identifier: MIT
#include "base/text.h"
#include "cli.h"
#include "follow.h"
#include "pack_options.h"
#include "record_view.h"

#include <string.h>

enum { KEY_TIMEOUT = 't' };

struct watch {
    struct pack_options pack;
    int64_t timeout_ms; // 0: no limit
};

static error_t parse_option(int key, char *value, struct argp_state *state)
{
    struct watch *watch = state->input;
    int64_t seconds;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &watch->pack;
        return 0;
    case KEY_TIMEOUT:
        if (!text_to_int64(value, strlen(value), &seconds) || seconds < 1 ||
            seconds > FOLLOW_MAX_S) {
            argp_error(state, "--timeout takes whole seconds, 1 to %d, not \"%.40s\"", FOLLOW_MAX_S,
                       value);
            return 0;
        }
        watch->timeout_ms = seconds * 1000;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option OPTIONS[] = {
    {"timeout", KEY_TIMEOUT, "SECONDS", 0, "How long to watch (default: as long as it takes)", 0},
    {0}};

static const struct argp_child CHILDREN[] = {{&pack_options_argp, 0, 0, 0}, {0}};
static const struct argp ARGP = {
    .options = OPTIONS,
    .parser = parse_option,
    .children = CHILDREN,
    .doc = "Follow the making of a pack's report until it has ended.\v"
           "Example:\n"
           "  packreport watch --account 100000000000001 --pack PACK\n\n"
           "Exit status 0: complete; 1: failed, cancelled, or nothing is known of the pack; 75: "
           "--timeout has passed, and the report goes on.",
};

static int follow_pack(void *context, struct session *session)
{
    const struct watch *watch = context;
    const struct pack_options *options = &watch->pack;
    struct err err = ERR_INIT;
    struct queue_report_record record;
    const struct follow follow = {.session = session,
                                  .account_id = options->account,
                                  .pack_id = options->pack,
                                  .timeout_ms = watch->timeout_ms,
                                  .quiet = options->where.json};
    if (follow_report(&follow, &record, &err) != ERR_OK) {
        int status = cli_fail("watch", &err);
        return err.kind == ERR_TIMEOUT && watch->timeout_ms > 0 ? CLI_LATE : status;
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
    struct watch watch = {.timeout_ms = 0};
    cli_parse(&ARGP, argc, argv, &watch);
    return session_run(&watch.pack.where, "watch", follow_pack, &watch);
}
