// SPDX-License-Identifier: MIT
//
// The contract of store/store.h in memory. A folder is one text under its path; publishing moves it.
#include "base/mem.h"
#include "sim_check.h"
#include "sim_faults.h"
#include "sim_map.h"
#include "sim_outside.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_BYTES = 320 };

struct sim_store {
    struct store store;
    struct sim_actor *actor;
};

static struct {
    struct sim_map folders; // path -> text
    bool is_full;
} disk;

static void free_text(void *text)
{
    mem_free(&text);
}

void sim_store_open(void)
{
    sim_map_init(&disk.folders, free_text);
    disk.is_full = false;
}

void sim_store_close(void)
{
    sim_map_deinit(&disk.folders);
}

void sim_store_set_full(bool is_full)
{
    disk.is_full = is_full;
}

size_t sim_store_size(void)
{
    return disk.folders.live;
}

const char *sim_store_report(const char *location)
{
    const struct sim_map_entry *entry = sim_map_find(&disk.folders, location, strlen(location));
    return entry == NULL ? NULL : entry->value;
}

// "/staged/…" or "/store/…", without the fence.
static void put_path(char out[PATH_BYTES], const char *root, const struct store_key *key)
{
    (void)snprintf(out, PATH_BYTES, "/%s/%s/%s/%s/", root, key->account_id, key->pack_id,
                   key->report_id);
}

static void put_own_path(char out[PATH_BYTES], const char *root, const struct store_key *key)
{
    put_path(out, root, key);
    size_t len = strlen(out);
    (void)snprintf(out + len, PATH_BYTES - len, "%" PRIu64, key->fence);
}

// ERR_OK, or what befalls the call; then it has no effect, unless *runs says so.
static enum err_kind befall(const struct store *store, const char *what, bool *runs,
                            struct err *err)
{
    struct sim_actor *actor = container_of(store, const struct sim_store, store)->actor;
    *runs = false;
    if (actor->is_dying) {
        return err_set(err, ERR_IO, "the daemon is dead");
    }
    bool matters = strcmp(what, "check") != 0;
    enum sim_fate fate = sim_faults_draw(SIM_STORE, what, matters);
    if (matters) {
        sim_note(actor, "store: %s: %s", what, sim_fate_names[fate]);
    }
    bool dies = fate == SIM_DIES_BEFORE || fate == SIM_DIES_AFTER;
    *runs =
        fate == SIM_FINE || fate == SIM_LATE || fate == SIM_REPLY_LOST || fate == SIM_DIES_AFTER;
    if (dies) {
        actor->is_dying = true;
    }
    if (disk.is_full && matters && strcmp(what, "discard") != 0 && strcmp(what, "tidy") != 0) {
        *runs = false;
        return err_set(err, ERR_IO, "%s: No space left on device", what);
    }
    if (fate == SIM_FINE || fate == SIM_LATE) {
        return ERR_OK;
    }
    return err_set(err, ERR_IO, "%s: Input/output error", what);
}

bool sim_store_write(const char *folder, const char *text)
{
    struct sim_map_entry *entry = sim_map_find(&disk.folders, folder, strlen(folder));
    if (entry == NULL) {
        return false;
    }
    free_text(entry->value);
    entry->value = mem_text(text);
    return true;
}

static void check_effect(const struct store *store, const char *what, const struct store_key *key)
{
    const struct sim_effect effect = {
        .what = what, .account = key->account_id, .pack = key->pack_id, .fence = key->fence};
    sim_check_effect(container_of(store, const struct sim_store, store)->actor, &effect);
}

static enum err_kind stage(struct store *store, const struct store_key *key, char **folder_out,
                           struct err *err)
{
    bool runs;
    enum err_kind kind = befall(store, "stage", &runs, err);
    char path[PATH_BYTES];
    put_own_path(path, "staged", key);
    if (runs) {
        check_effect(store, "stage", key);
        struct sim_map_entry *entry = sim_map_put(&disk.folders, path, strlen(path));
        free_text(entry->value);
        entry->value = mem_text("");
    }
    if (kind == ERR_OK) {
        *folder_out = mem_text(path);
    }
    return kind;
}

// The fence of a folder below a path; false when it lies elsewhere.
static bool fence_below(const struct sim_map_entry *entry, const char *path, uint64_t *fence_out)
{
    size_t len = strlen(path);
    if (entry->key == NULL || strncmp(entry->key, path, len) != 0) {
        return false;
    }
    *fence_out = strtoull(entry->key + len, NULL, 10);
    return true;
}

static bool is_outdated(const struct store_key *key)
{
    char path[PATH_BYTES];
    uint64_t fence;
    put_path(path, "store", key);
    for (size_t i = 0; i < disk.folders.used; i++) {
        if (fence_below(&disk.folders.entries[i], path, &fence) && fence >= key->fence) {
            return true;
        }
    }
    return false;
}

static enum err_kind publish(struct store *store, const struct store_key *key, char **location_out,
                             struct err *err)
{
    bool runs;
    enum err_kind kind = befall(store, "publish", &runs, err);
    char from[PATH_BYTES];
    char to[PATH_BYTES];
    put_own_path(from, "staged", key);
    put_own_path(to, "store", key);
    if (runs) {
        check_effect(store, "publish", key);
    }
    if (runs && is_outdated(key)) {
        return err_set(err, ERR_CONFLICT, "publish: this or a higher fence is published already");
    }
    struct sim_map_entry *staged = sim_map_find(&disk.folders, from, strlen(from));
    if (runs && staged == NULL) {
        return err_set(err, ERR_NOT_FOUND, "publish: nothing is staged");
    }
    if (runs) {
        char *text = mem_text(staged->value);
        sim_map_remove(&disk.folders, from, strlen(from));
        sim_map_put(&disk.folders, to, strlen(to))->value = text;
    }
    if (kind == ERR_OK) {
        *location_out = mem_text(to);
    }
    return kind;
}

static enum err_kind discard(struct store *store, const struct store_key *key, struct err *err)
{
    static const char *const roots[] = {"staged", "store"};
    bool runs;
    enum err_kind kind = befall(store, "discard", &runs, err);
    for (size_t i = 0; runs && i < ARRAY_LEN(roots); i++) {
        char path[PATH_BYTES];
        put_own_path(path, roots[i], key);
        sim_map_remove(&disk.folders, path, strlen(path));
    }
    return kind;
}

// The first folder of the report with a lower fence; NULL: none.
static const struct sim_map_entry *find_dead(const char *root, const struct store_key *key)
{
    char path[PATH_BYTES];
    uint64_t fence;
    put_path(path, root, key);
    for (size_t i = 0; i < disk.folders.used; i++) {
        const struct sim_map_entry *entry = &disk.folders.entries[i];
        if (fence_below(entry, path, &fence) && fence < key->fence) {
            return entry;
        }
    }
    return NULL;
}

static enum err_kind tidy(struct store *store, const struct store_key *key, unsigned keep_count,
                          int64_t keep_ms, struct err *err)
{
    static const char *const roots[] = {"staged", "store"};
    bool runs;
    REQUIRE(keep_count == 0 && keep_ms == 0); // reports are kept here
    enum err_kind kind = befall(store, "tidy", &runs, err);
    for (size_t i = 0; runs && i < ARRAY_LEN(roots); i++) {
        const struct sim_map_entry *dead;
        while ((dead = find_dead(roots[i], key)) != NULL) {
            char *path = mem_text(dead->key);
            sim_map_remove(&disk.folders, path, strlen(path));
            mem_free(&path);
        }
    }
    return kind;
}

static enum err_kind check(struct store *store, struct err *err)
{
    bool runs;
    return befall(store, "check", &runs, err);
}

static void destroy(struct store *store)
{
    struct sim_store *sim = container_of(store, struct sim_store, store);
    mem_free(&sim);
}

struct store *sim_store_create(struct sim_actor *actor)
{
    static const struct store_methods methods = {.stage = stage,
                                                 .publish = publish,
                                                 .discard = discard,
                                                 .tidy = tidy,
                                                 .check = check,
                                                 .destroy = destroy};
    struct sim_store *sim = mem_alloc(1, sizeof(*sim));
    sim->store.methods = &methods;
    sim->actor = actor;
    return &sim->store;
}
