// SPDX-License-Identifier: MIT
#include "settings/presets.h"

#include "base/file.h"
#include "base/mem.h"

void presets_add(struct presets *presets, const char *giver, const char *name, const char *value)
{
    REQUIRE(presets->count < PRESETS_MAX);
    presets->items[presets->count++] =
        (struct settings_override){.giver = giver, .name = name, .value = mem_text(value)};
}

void presets_deinit(struct presets *presets)
{
    for (size_t i = 0; i < presets->count; i++) {
        mem_free(&presets->items[i].value);
    }
    presets->count = 0;
}

static void add_joined(struct presets *presets, const char *name, const char *folder,
                       const char *file)
{
    char *path = file_join(folder, file);
    presets_add(presets, "--dev", name, path);
    mem_free(&path);
}

static void add_if_there(struct presets *presets, const char *name, const char *folder,
                         const char *file)
{
    char *path = file_join(folder, file);
    if (file_exists(path)) {
        presets_add(presets, "--dev", name, path);
    }
    mem_free(&path);
}

enum err_kind presets_add_dev(struct presets *presets, const char *state_dir,
                              const char *share_folder, struct err *err)
{
    char *address;
    if (settings_dev_redis_address(state_dir, &address, err) != ERR_OK) {
        return err->kind;
    }
    char *state_folder = settings_dev_absolute(state_dir);
    presets_add(presets, "--dev", "redis.address", address);
    add_joined(presets, "store.path", state_folder, "reports");
    presets_add(presets, "--dev", "source.kind", "file");
    add_joined(presets, "source.accounts", share_folder, "accounts.json");
    add_joined(presets, "source.packs", share_folder, "packs");
    add_joined(presets, "source.inventory", share_folder, "inventory");
    add_joined(presets, "rules.path", share_folder, "rules");
    presets_add(presets, "--dev", "api.listen", "127.0.0.1:0");
    // That of share/accounts.json: the vendor's clients have no parameter for it.
    presets_add(presets, "--dev", "api.account", "100000000000001");
    add_if_there(presets, "rules.waivers", share_folder, "waivers.json");
    add_if_there(presets, "rules.attestations", share_folder, "attestations.json");
    mem_free(&state_folder);
    mem_free(&address);
    return ERR_OK;
}
