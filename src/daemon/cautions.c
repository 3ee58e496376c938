// SPDX-License-Identifier: MIT
#include "cautions.h"

#include "base/exposure.h"
#include "base/file.h"
#include "base/mem.h"
#include "http/server.h"

#include <string.h>

struct cautions {
    const struct settings *settings;
    caution_cb on_caution;
    void *context;
    const char *exposed[CAUTIONS_FILES_MAX]; // told already
    size_t exposed_count;
};

static bool is_told(const struct cautions *cautions, const char *credential)
{
    for (size_t i = 0; i < cautions->exposed_count; i++) {
        if (strcmp(cautions->exposed[i], credential) == 0) {
            return true;
        }
    }
    return false;
}

static void look_at_credential(struct cautions *cautions, const char *credential)
{
    struct stat status;
    if (credential[0] == '\0' || cautions->exposed_count == CAUTIONS_FILES_MAX ||
        is_told(cautions, credential)) {
        return;
    }
    char *path = file_join(cautions->settings->credentials.path, credential);
    if (stat(path, &status) == 0 && exposure_is_there(&status)) {
        char *message = mem_format("credential file %s: the mode %04o lets others at the secret in "
                                   "it; 0600 or 0400 is right",
                                   path, (unsigned)status.st_mode & EXPOSURE_MODE_SHOWN);
        cautions->exposed[cautions->exposed_count++] = credential;
        cautions->on_caution(cautions->context, "credentials.exposed", message);
        mem_free(&message);
    }
    mem_free(&path);
}

static void look_at_credentials(struct cautions *cautions, const struct account_set *accounts)
{
    const struct settings *settings = cautions->settings;
    const char *const named[] = {settings->redis.credential, settings->redis.sentinel_credential,
                                 settings->redis.tls_key, settings->api.link_credential,
                                 settings->api.tls_credential}; // [api] keys is refused instead
    for (size_t i = 0; i < ARRAY_LEN(named); i++) {
        look_at_credential(cautions, named[i]);
    }
    bool has_tokens = settings->source.kind == SETTINGS_SOURCE_SECMASTER;
    for (size_t i = 0; has_tokens && i < accounts->count; i++) {
        look_at_credential(cautions, accounts->items[i].credential);
    }
}

// Without keys a door that others can reach does not open.
static bool is_for_others(const struct settings_api *api)
{
    struct err err = ERR_INIT;
    const struct http_server_config local = {.listen = api->listen, .is_local_only = true};
    return api->public_url[0] != '\0' ||
           (api->keys[0] != '\0' && http_server_check(&local, &err) == ERR_CONFLICT);
}

static void look_at_links(const struct cautions *cautions)
{
    const struct settings_api *api = &cautions->settings->api;
    if (api->listen[0] != '\0' && api->link_credential[0] == '\0' &&
        cautions->settings->store.kind == SETTINGS_STORE_FILE && is_for_others(api)) {
        cautions->on_caution(
            cautions->context, "api.own_link_key",
            "[api] link_credential is not set: links to reports are signed with a "
            "key of this daemon's own, so that another daemon of the pool, or this "
            "one when it has been started again, refuses them");
    }
}

void cautions_each(const struct settings *settings, const struct account_set *accounts,
                   caution_cb on_caution, void *context)
{
    struct cautions cautions = {.settings = settings, .on_caution = on_caution, .context = context};
    look_at_credentials(&cautions, accounts);
    look_at_links(&cautions);
}
