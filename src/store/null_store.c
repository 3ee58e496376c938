// SPDX-License-Identifier: MIT
//
// The store that keeps nothing. It has no state of its own; what it is asked for is done already.
#include "store/store.h"

#include "base/mem.h"
#include "domain/report.h"

static enum err_kind stage(struct store *store, const struct store_key *key, char **folder_out,
                           struct err *err)
{
    (void)store;
    (void)key;
    (void)err;
    *folder_out = NULL;
    return ERR_OK;
}

static enum err_kind publish(struct store *store, const struct store_key *key, char **location_out,
                             struct err *err)
{
    (void)store;
    (void)key;
    (void)err;
    *location_out = mem_text(REPORT_LOCATION_NONE);
    return ERR_OK;
}

static enum err_kind discard(struct store *store, const struct store_key *key, struct err *err)
{
    (void)store;
    (void)key;
    (void)err;
    return ERR_OK;
}

static enum err_kind tidy(struct store *store, const struct store_key *key, unsigned keep_count,
                          int64_t keep_ms, struct err *err)
{
    (void)keep_count;
    (void)keep_ms;
    return discard(store, key, err);
}

static enum err_kind check(struct store *store, struct err *err)
{
    (void)store;
    (void)err;
    return ERR_OK;
}

static void destroy(struct store *store)
{
    mem_free(&store);
}

struct store *store_null_open(void)
{
    static const struct store_methods METHODS = {
        .stage = stage,
        .publish = publish,
        .discard = discard,
        .tidy = tidy,
        .check = check,
        .destroy = destroy,
    };
    struct store *store = mem_alloc(1, sizeof(*store));
    store->methods = &METHODS;
    return store;
}
