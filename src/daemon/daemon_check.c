// SPDX-License-Identifier: MIT
#include "account_check.h"
#include "base/buf.h"
#include "cautions.h"
#include "daemon.h"
#include "door.h"
#include "http/server.h"
#include "reload.h"
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>

enum { PROBLEM_BYTES = 16 * 1024 };

// The first fault is the exit status.
struct check {
    const struct settings *settings;
    int status;
};

static void tell(struct check *check, const struct err *err)
{
    (void)fprintf(stderr, "packreportd: %s\n", err->message);
    check->status = check->status == EXIT_SUCCESS ? err_kind_exit_status(err->kind) : check->status;
}

static void on_fault(void *context, const struct err *err)
{
    tell(context, err);
}

static void check_store(struct check *check)
{
    const struct settings_store *store = &check->settings->store;
    struct err err = ERR_INIT;
    if (store->kind == SETTINGS_STORE_FILE && store_file_look(store->path, &err) != ERR_OK) {
        (void)err_prefix(&err, "[store] path");
        tell(check, &err);
    }
}

static void check_certificates(struct check *check)
{
    struct err err = ERR_INIT;
    struct redis_tls *tls = NULL;
    if (redis_tls_read(check->settings, &tls, &err) != ERR_OK) {
        tell(check, &err);
    }
    redis_tls_unref(&tls);
}

static void on_caution(void *context, const char *event, const char *message)
{
    (void)context;
    (void)event;
    (void)fprintf(stderr, "packreportd: warning: %s\n", message);
}

static void check_accounts(struct check *check)
{
    struct err err = ERR_INIT;
    struct account_set accounts = {0};
    if (judgement_load_accounts(check->settings, &accounts, &err) != ERR_OK) {
        tell(check, &err);
        return;
    }
    size_t wrong = account_check_each(check->settings, &accounts, on_fault, check);
    if (wrong > ACCOUNT_CHECK_TOLD_MAX) {
        (void)fprintf(stderr, "packreportd: … and %zu more accounts\n",
                      wrong - ACCOUNT_CHECK_TOLD_MAX);
    }
    cautions_each(check->settings, &accounts, on_caution, NULL);
    account_set_deinit(&accounts);
}

static void check_rules(struct check *check)
{
    struct err err = ERR_INIT;
    struct rulebook *rulebook = NULL;
    if (judgement_load_rules(check->settings, &rulebook, &err) != ERR_OK) {
        tell(check, &err);
        return;
    }
    const struct diags *problems = &rulebook->problems;
    struct buf line;
    buf_init(&line, PROBLEM_BYTES);
    for (size_t i = 0; i < problems->count; i++) {
        buf_reset(&line);
        diag_format(&problems->items[i], &line);
        (void)fprintf(stderr, "packreportd: %s\n", buf_text(&line));
    }
    buf_deinit(&line);
    if (problems->errors > 0 && check->status == EXIT_SUCCESS) {
        check->status = err_kind_exit_status(ERR_CONFIG);
    }
    rulebook_unref(&rulebook);
}

// What would keep the listeners from opening.
static void check_listeners(struct check *check)
{
    const struct settings *settings = check->settings;
    struct err err = ERR_INIT;
    if (settings->api.listen[0] != '\0' && door_check(settings, &err) != ERR_OK) {
        tell(check, &err);
    }
    const struct http_server_config monitor = {.listen = settings->monitor.listen};
    err = ERR_INIT;
    if (monitor.listen[0] != '\0' && http_server_check(&monitor, &err) != ERR_OK) {
        (void)err_prefix(&err, "[monitor] listen");
        tell(check, &err);
    }
}

int daemon_check(const struct settings *settings)
{
    struct check check = {.settings = settings, .status = EXIT_SUCCESS};
    const struct settings_faults faults = {.on_fault = on_fault, .context = &check};
    struct err err = ERR_INIT;
    bool are_there = settings_check_files(settings, &faults, &err) == ERR_OK;
    check_store(&check);
    if (are_there) { // else the reading would tell of the same files again
        check_certificates(&check);
        check_accounts(&check);
        check_rules(&check);
        check_listeners(&check);
    }
    if (check.status == EXIT_SUCCESS) {
        (void)printf("packreportd: %s: right\n",
                     settings->file == NULL ? "the settings" : settings->file);
    }
    return check.status;
}
