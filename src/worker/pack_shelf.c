// SPDX-License-Identifier: MIT
#include "pack_shelf.h"

#include "base/keyed_digest.h"
#include "base/mem.h"
#include "base/random.h"

#include <pthread.h>
#include <string.h>

struct shelved {
    struct keyed_digest digest; // of its JSON
    size_t len;                 // of its JSON
    struct pack *pack;
    struct diags problems;
    unsigned users;
    bool is_kept; // on the shelf; else it goes with its last user
};

struct pack_shelf {
    struct keyed_digest_key key; // does not change
    pthread_mutex_t lock;
    // Under lock. First those that are kept, the one used last in front, and behind them those that
    // are still used.
    struct shelved **all;
    size_t count;
    size_t capacity;
    size_t kept;
    size_t kept_bytes;
};

struct pack_shelf *pack_shelf_create(void)
{
    struct pack_shelf *shelf = mem_alloc(1, sizeof(*shelf));
    unsigned char secret[KEYED_DIGEST_SECRET_BYTES];
    random_bytes(secret, sizeof(secret));
    keyed_digest_key_init(&shelf->key, secret);
    (void)pthread_mutex_init(&shelf->lock, NULL);
    return shelf;
}

static void shelved_destroy(struct shelved **shelved)
{
    pack_destroy(&(*shelved)->pack);
    diags_deinit(&(*shelved)->problems);
    mem_free(shelved);
}

void pack_shelf_destroy(struct pack_shelf **shelf)
{
    if (*shelf == NULL) {
        return;
    }
    REQUIRE((*shelf)->kept == (*shelf)->count);
    for (size_t i = 0; i < (*shelf)->count; i++) {
        REQUIRE((*shelf)->all[i]->users == 0);
        shelved_destroy(&(*shelf)->all[i]);
    }
    mem_free(&(*shelf)->all);
    (void)pthread_mutex_destroy(&(*shelf)->lock);
    mem_free(shelf);
}

static void move(struct pack_shelf *shelf, size_t from, size_t to)
{
    struct shelved *moved = shelf->all[from];
    if (from > to) {
        memmove(&shelf->all[to + 1], &shelf->all[to], (from - to) * sizeof(void *));
    } else {
        memmove(&shelf->all[from], &shelf->all[from + 1], (to - from) * sizeof(void *));
    }
    shelf->all[to] = moved;
}

static void destroy_at(struct pack_shelf *shelf, size_t at)
{
    move(shelf, at, shelf->count - 1);
    shelf->count--;
    shelved_destroy(&shelf->all[shelf->count]);
}

// The last of those that are kept is kept no longer.
static void drop_last(struct pack_shelf *shelf)
{
    REQUIRE(shelf->kept > 0);
    size_t last = --shelf->kept;
    struct shelved *shelved = shelf->all[last];
    shelf->kept_bytes -= shelved->len;
    shelved->is_kept = false;
    if (shelved->users == 0) {
        destroy_at(shelf, last);
    }
}

static struct shelved *find(struct pack_shelf *shelf, const struct keyed_digest *digest, size_t len)
{
    for (size_t i = 0; i < shelf->kept; i++) {
        struct shelved *shelved = shelf->all[i];
        if (shelved->len == len && keyed_digest_equals(&shelved->digest, digest)) {
            move(shelf, i, 0);
            return shelved;
        }
    }
    return NULL;
}

// Two threads may have read the same pack at once: the second is kept as well, and one of the two
// soon is what was not used for longest.
static void add(struct pack_shelf *shelf, struct shelved *shelved)
{
    shelf->all = mem_grow(shelf->all, &shelf->capacity, shelf->count + 1, sizeof(void *));
    shelf->all[shelf->count++] = shelved;
    move(shelf, shelf->count - 1, 0);
    shelved->is_kept = true;
    shelf->kept++;
    shelf->kept_bytes += shelved->len;
    while (shelf->kept > PACK_SHELF_PACKS || shelf->kept_bytes > PACK_SHELF_BYTES) {
        drop_last(shelf);
    }
}

// They were noted of the origin that the pack had when it was read.
static void say_problems(const struct shelved *shelved, const char *origin, struct diags *diags)
{
    struct diags problems;
    diags_init(&problems);
    diags_copy_all(&problems, &shelved->problems);
    for (size_t i = 0; i < problems.count; i++) {
        mem_free(&problems.items[i].file);
        problems.items[i].file = mem_text(origin);
    }
    diags_take_all(diags, &problems);
}

static struct shelved *read_pack(struct span json, const char *origin, struct diags *diags,
                                 struct err *err)
{
    struct shelved *shelved = mem_alloc(1, sizeof(*shelved));
    diags_init(&shelved->problems);
    if (pack_load(json.bytes, json.len, origin, &shelved->pack, &shelved->problems, err) !=
        ERR_OK) {
        diags_take_all(diags, &shelved->problems);
        shelved_destroy(&shelved);
    }
    return shelved;
}

enum err_kind pack_shelf_take(struct pack_shelf *shelf, struct span json, const char *origin,
                              const struct pack **pack_out, struct diags *diags, struct err *err)
{
    struct keyed_digest digest = keyed_digest_of(&shelf->key, json.bytes, json.len);
    (void)pthread_mutex_lock(&shelf->lock);
    struct shelved *shelved = find(shelf, &digest, json.len);
    if (shelved == NULL) {
        (void)pthread_mutex_unlock(&shelf->lock); // a large pack takes long to read
        shelved = read_pack(json, origin, diags, err);
        if (shelved == NULL) {
            return err->kind;
        }
        shelved->digest = digest;
        shelved->len = json.len;
        shelved->users = 1;
        (void)pthread_mutex_lock(&shelf->lock);
        add(shelf, shelved);
    } else {
        shelved->users++;
    }
    (void)pthread_mutex_unlock(&shelf->lock);
    say_problems(shelved, origin, diags);
    *pack_out = shelved->pack;
    return ERR_OK;
}

void pack_shelf_put_back(struct pack_shelf *shelf, const struct pack **pack)
{
    if (*pack == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&shelf->lock);
    size_t at = 0;
    while (shelf->all[at]->pack != *pack) {
        at++;
        INVARIANT(at < shelf->count);
    }
    struct shelved *shelved = shelf->all[at];
    shelved->users--;
    if (shelved->users == 0 && !shelved->is_kept) {
        destroy_at(shelf, at);
    }
    (void)pthread_mutex_unlock(&shelf->lock);
    *pack = NULL;
}
