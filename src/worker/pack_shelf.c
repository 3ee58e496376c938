// SPDX-License-Identifier: MIT
#include "pack_shelf.h"

#include "base/keyed_digest.h"
#include "base/mem.h"
#include "base/random.h"

#include <pthread.h>
#include <sys/queue.h>

struct shelved {
    TAILQ_ENTRY(shelved) link;
    struct keyed_digest digest; // of its JSON
    size_t len;                 // of its JSON
    struct pack *pack;
    struct diags problems;
    unsigned users;
    bool is_kept; // else it goes with its last user
};

TAILQ_HEAD(shelved_list, shelved);

struct pack_shelf {
    struct keyed_digest_key key; // does not change
    pthread_mutex_t lock;
    // Under lock.
    struct shelved_list all; // that are kept or used, the one taken last in front
    size_t kept;
    size_t kept_bytes;
};

struct pack_shelf *pack_shelf_create(void)
{
    struct pack_shelf *shelf = mem_alloc(1, sizeof(*shelf));
    unsigned char secret[KEYED_DIGEST_SECRET_BYTES];
    random_bytes(secret, sizeof(secret));
    keyed_digest_key_init(&shelf->key, secret);
    mem_wipe(secret, sizeof(secret));
    (void)pthread_mutex_init(&shelf->lock, NULL);
    TAILQ_INIT(&shelf->all);
    return shelf;
}

static void shelved_destroy(struct shelved **shelved)
{
    pack_destroy(&(*shelved)->pack);
    diags_deinit(&(*shelved)->problems);
    mem_free(shelved);
}

static void take_off(struct pack_shelf *shelf, struct shelved *shelved)
{
    TAILQ_REMOVE(&shelf->all, shelved, link);
    shelved_destroy(&shelved);
}

void pack_shelf_destroy(struct pack_shelf **shelf)
{
    if (*shelf == NULL) {
        return;
    }
    struct shelved *shelved;
    while ((shelved = TAILQ_FIRST(&(*shelf)->all)) != NULL) {
        REQUIRE(shelved->users == 0);
        take_off(*shelf, shelved);
    }
    (void)pthread_mutex_destroy(&(*shelf)->lock);
    mem_free(shelf);
}

// What was not taken for longest of those that are kept is kept no longer.
static void drop_last(struct pack_shelf *shelf)
{
    struct shelved *last = TAILQ_LAST(&shelf->all, shelved_list);
    while (last != NULL && !last->is_kept) {
        last = TAILQ_PREV(last, shelved_list, link);
    }
    REQUIRE(last != NULL);
    last->is_kept = false;
    shelf->kept--;
    shelf->kept_bytes -= last->len;
    if (last->users == 0) {
        take_off(shelf, last);
    }
}

static struct shelved *find(struct pack_shelf *shelf, const struct keyed_digest *digest, size_t len)
{
    struct shelved *shelved = TAILQ_FIRST(&shelf->all);
    while (shelved != NULL && !(shelved->is_kept && shelved->len == len &&
                                keyed_digest_equals(&shelved->digest, digest))) {
        shelved = TAILQ_NEXT(shelved, link);
    }
    return shelved;
}

// Two threads may have read the same pack at once: the second is kept as well, and one of the two
// soon is what was not used for longest.
static void add(struct pack_shelf *shelf, struct shelved *shelved)
{
    TAILQ_INSERT_HEAD(&shelf->all, shelved, link);
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
        TAILQ_REMOVE(&shelf->all, shelved, link);
        TAILQ_INSERT_HEAD(&shelf->all, shelved, link);
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
    struct shelved *shelved = TAILQ_FIRST(&shelf->all);
    while (shelved->pack != *pack) {
        shelved = TAILQ_NEXT(shelved, link);
        INVARIANT(shelved != NULL);
    }
    shelved->users--;
    if (shelved->users == 0 && !shelved->is_kept) {
        take_off(shelf, shelved);
    }
    (void)pthread_mutex_unlock(&shelf->lock);
    *pack = NULL;
}
