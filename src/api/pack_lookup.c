// SPDX-License-Identifier: MIT
#include "pack_lookup.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"

#include <search.h>
#include <string.h>
#include <sys/queue.h>

struct waiter {
    pack_lookup_cb callback;
    void *context;
    STAILQ_ENTRY(waiter) link;
};

STAILQ_HEAD(waiter_list, waiter);

struct known_pack {
    struct pack_lookup *lookup;
    char account_id[REQUEST_ACCOUNT_MAX + 1];
    char pack_id[TEXT_ID_MAX + 1];
    bool is_asking;
    enum pack_presence presence; // good until `until_ms`, monotonic
    int64_t until_ms;
    struct waiter_list waiters;
    TAILQ_ENTRY(known_pack) link;
};

struct pack_lookup {
    struct pack_lookup_config config;
    void *tree; // tsearch(3) of the entries, by account and pack
    TAILQ_HEAD(known_pack_list, known_pack) entries;
    size_t count;
};

static int compare(const void *left, const void *right)
{
    const struct known_pack *a = left;
    const struct known_pack *b = right;
    int order = strcmp(a->account_id, b->account_id);
    return order != 0 ? order : strcmp(a->pack_id, b->pack_id);
}

struct pack_lookup *pack_lookup_create(const struct pack_lookup_config *config)
{
    struct pack_lookup *lookup = mem_alloc(1, sizeof(*lookup));
    lookup->config = *config;
    TAILQ_INIT(&lookup->entries);
    return lookup;
}

static void forget(struct pack_lookup *lookup, struct known_pack *entry)
{
    (void)tdelete(entry, &lookup->tree, compare);
    TAILQ_REMOVE(&lookup->entries, entry, link);
    lookup->count--;
    mem_free(&entry);
}

static void forget_all(struct pack_lookup *lookup)
{
    struct known_pack *entry = TAILQ_FIRST(&lookup->entries);
    while (entry != NULL) {
        struct known_pack *next = TAILQ_NEXT(entry, link);
        if (!entry->is_asking) {
            forget(lookup, entry);
        }
        entry = next;
    }
}

void pack_lookup_destroy(struct pack_lookup **lookup)
{
    if (*lookup != NULL) {
        forget_all(*lookup);
        REQUIRE((*lookup)->count == 0);
        mem_free(lookup);
    }
}

static struct known_pack *find(const struct pack_lookup *lookup, const char *account_id,
                               const char *pack_id)
{
    struct known_pack wanted = {0};
    (void)text_copy(wanted.account_id, sizeof(wanted.account_id), account_id);
    (void)text_copy(wanted.pack_id, sizeof(wanted.pack_id), pack_id);
    struct known_pack *const *found = tfind(&wanted, &lookup->tree, compare);
    return found == NULL ? NULL : *found;
}

bool pack_lookup_recall(const struct pack_lookup *lookup, const char *account_id,
                        const char *pack_id, enum pack_presence *presence_out)
{
    const struct known_pack *known = find(lookup, account_id, pack_id);
    if (known == NULL || known->is_asking || clock_monotonic_ms() >= known->until_ms) {
        return false;
    }
    *presence_out = known->presence;
    return true;
}

static struct known_pack *find_or_make(struct pack_lookup *lookup, const char *account_id,
                                       const char *pack_id)
{
    struct known_pack *found = find(lookup, account_id, pack_id);
    if (found != NULL) {
        return found;
    }
    if (lookup->count >= PACK_LOOKUPS_MAX) {
        forget_all(lookup);
    }
    struct known_pack *entry = mem_alloc(1, sizeof(*entry));
    (void)text_copy(entry->account_id, sizeof(entry->account_id), account_id);
    (void)text_copy(entry->pack_id, sizeof(entry->pack_id), pack_id);
    entry->lookup = lookup;
    STAILQ_INIT(&entry->waiters);
    ENSURE(tsearch(entry, &lookup->tree, compare) != NULL);
    TAILQ_INSERT_TAIL(&lookup->entries, entry, link);
    lookup->count++;
    return entry;
}

static void on_fetched(void *context, struct buf *body, const char *origin, const struct err *err)
{
    (void)body;
    (void)origin;
    struct known_pack *entry = context;
    const struct pack_lookup_config *config = &entry->lookup->config;
    bool is_absent = err != NULL && err->kind == ERR_NOT_FOUND;
    entry->presence = err == NULL ? PACK_PRESENT : is_absent ? PACK_ABSENT : PACK_UNCERTAIN;
    int64_t keep_ms = err == NULL ? config->known_ms : is_absent ? config->unknown_ms : 0;
    entry->until_ms = clock_monotonic_ms() + keep_ms;
    entry->is_asking = false;
    enum pack_presence presence = entry->presence;
    struct waiter_list waiters = STAILQ_HEAD_INITIALIZER(waiters);
    STAILQ_CONCAT(&waiters, &entry->waiters);
    while (!STAILQ_EMPTY(&waiters)) {
        struct waiter *waiter = STAILQ_FIRST(&waiters);
        STAILQ_REMOVE_HEAD(&waiters, link);
        waiter->callback(waiter->context, presence);
        mem_free(&waiter);
    }
}

void pack_lookup_ask(struct pack_lookup *lookup, const struct pack_lookup_question *question,
                     pack_lookup_cb callback, void *context)
{
    struct known_pack *entry = find_or_make(lookup, question->account->id, question->pack_id);
    struct waiter *waiter = mem_alloc(1, sizeof(*waiter));
    *waiter = (struct waiter){.callback = callback, .context = context};
    STAILQ_INSERT_TAIL(&entry->waiters, waiter, link);
    if (entry->is_asking) {
        return;
    }
    entry->is_asking = true;
    const struct pack_request request = {.account = question->account,
                                         .pack_id = question->pack_id,
                                         .language = "",
                                         .trace = question->trace};
    struct pack_source *source = lookup->config.source;
    (void)source->methods->fetch(source, &request, on_fetched, entry);
}
