// SPDX-License-Identifier: MIT
#include "account_check.h"

#include "base/file.h"
#include "base/mem.h"

#include <unistd.h>

static bool check_account(const struct settings *settings, const struct account *account,
                          struct err *err)
{
    if (account->base_url[0] == '\0') {
        (void)err_set(err, ERR_CONFIG,
                      "%s: account %s has no base_url; with [source] kind = secmaster base_url, "
                      "project_id, workspace_id and credential are needed",
                      settings->source.accounts, account->id);
        return false;
    }
    char *path = file_join(settings->credentials.path, account->credential);
    bool is_readable = access(path, R_OK) == 0 && !file_is_folder(path);
    mem_free(&path);
    if (!is_readable) {
        (void)err_set(err, ERR_CONFIG,
                      "%s: account %s has the credential \"%s\", and there is no readable file of "
                      "this name in %s",
                      settings->source.accounts, account->id, account->credential,
                      settings->credentials.path);
    }
    return is_readable;
}

size_t account_check_each(const struct settings *settings, const struct account_set *accounts,
                          account_check_cb on_problem, void *context)
{
    size_t wrong = 0;
    for (size_t i = 0; settings->source.kind == SETTINGS_SOURCE_SECMASTER && i < accounts->count;
         i++) {
        struct err err = ERR_INIT;
        if (!check_account(settings, &accounts->items[i], &err) &&
            ++wrong <= ACCOUNT_CHECK_TOLD_MAX) {
            on_problem(context, &err);
        }
    }
    return wrong;
}
