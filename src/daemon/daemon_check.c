// SPDX-License-Identifier: MIT
#include "account_check.h"
#include "base/buf.h"
#include "daemon.h"
#include "door.h"
#include "http/server.h"
#include "reload.h"

#include <stdio.h>
#include <stdlib.h>

enum { PROBLEM_BYTES = 16 * 1024 };

static int tell(const struct err *err)
{
    (void)fprintf(stderr, "packreportd: %s\n", err->message);
    return err_kind_exit_status(err->kind);
}

// What would keep the listeners from opening.
static int check_listeners(const struct settings *settings)
{
    struct err err = ERR_INIT;
    int status = EXIT_SUCCESS;
    if (settings->api.listen[0] != '\0' && door_check(settings, &err) != ERR_OK) {
        status = tell(&err);
    }
    const struct http_server_config monitor = {.listen = settings->monitor.listen};
    err = ERR_INIT;
    if (monitor.listen[0] != '\0' && http_server_check(&monitor, &err) != ERR_OK) {
        (void)err_prefix(&err, "[monitor] listen");
        status = tell(&err);
    }
    return status;
}

static void on_account_problem(void *context, const struct err *err)
{
    (void)context;
    (void)tell(err);
}

static int check_accounts(const struct settings *settings, const struct account_set *accounts)
{
    size_t wrong = account_check_each(settings, accounts, on_account_problem, NULL);
    if (wrong > ACCOUNT_CHECK_TOLD_MAX) {
        (void)fprintf(stderr, "packreportd: … and %zu more accounts\n",
                      wrong - ACCOUNT_CHECK_TOLD_MAX);
    }
    return wrong == 0 ? EXIT_SUCCESS : err_kind_exit_status(ERR_CONFIG);
}

int daemon_check(const struct settings *settings)
{
    struct err err = ERR_INIT;
    struct judgement judgement = {0};
    struct redis_tls *tls = NULL;
    enum err_kind kind = redis_tls_read(settings, &tls, &err);
    redis_tls_unref(&tls);
    if (kind != ERR_OK || judgement_load(settings, &judgement, &err) != ERR_OK) {
        return tell(&err);
    }
    const struct diags *problems = &judgement.rulebook->problems;
    struct buf line;
    buf_init(&line, PROBLEM_BYTES);
    for (size_t i = 0; i < problems->count; i++) {
        buf_reset(&line);
        diag_format(&problems->items[i], &line);
        (void)fprintf(stderr, "packreportd: %s\n", buf_text(&line));
    }
    buf_deinit(&line);
    int status = problems->errors > 0 ? err_kind_exit_status(ERR_CONFIG) : EXIT_SUCCESS;
    const int others[] = {check_accounts(settings, &judgement.accounts), check_listeners(settings)};
    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        status = status == EXIT_SUCCESS ? others[i] : status;
    }
    judgement_deinit(&judgement);
    return status;
}
