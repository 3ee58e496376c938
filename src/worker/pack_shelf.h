// SPDX-License-Identifier: MIT
//
// Packs that were read, kept to be used again: a pack is the same for hundreds of accounts and from
// one report to the next, and reading its JSON takes a small job most of its time. A pack is known
// by its bytes (base/keyed_digest.h, with a secret of the shelf's own), so that nothing on the shelf
// can become wrong; other bytes are another pack. A shelf goes with the rulebook that holds it.
//
// At most PACK_SHELF_PACKS packs whose JSON has at most PACK_SHELF_BYTES together are kept; what was
// not used for longest goes first, once nobody uses it. Private to worker. Thread: any.
#pragma once

#include "base/err.h"
#include "base/span.h"
#include "domain/diag.h"
#include "domain/pack.h"

enum {
    PACK_SHELF_PACKS = 64,
    PACK_SHELF_BYTES = 16 * 1024 * 1024,
};

struct pack_shelf;
struct pack_shelf *pack_shelf_create(void);
// All packs were put back.
void pack_shelf_destroy(struct pack_shelf **shelf);

// As pack_load: the pack, to be put back, and what is to be said of it, with `origin` as its file.
// What is wrong is not kept. A pack is shared, and read only.
enum err_kind pack_shelf_take(struct pack_shelf *shelf, struct span json, const char *origin,
                              const struct pack **pack_out, struct diags *diags, struct err *err);
// NULL is allowed.
void pack_shelf_put_back(struct pack_shelf *shelf, const struct pack **pack);
