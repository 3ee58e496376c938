// SPDX-License-Identifier: MIT
//
// What a worker makes reports from and where it puts them: a pack source, a store that all daemons
// share, and the making itself, which here only names what it was made for (sim_making.c, in the
// place of src/worker/making.c). Thread: one.
#pragma once

#include "sim_world.h"

#include "source/pack_source.h"
#include "store/store.h"

// ---- the pack source of a daemon

struct pack_source *sim_source_create(struct sim_actor *actor);
void sim_source_set_away(bool is_away); // of all daemons: SecMaster answers 503

// ---- the store

void sim_store_open(void);
void sim_store_close(void);
void sim_store_set_full(bool is_full);
struct store *sim_store_create(struct sim_actor *actor);

// What lies at a location (as publish gave it): the text that the making wrote; NULL when nothing
// is there. Valid until the store changes.
const char *sim_store_report(const char *location);
// How many folders the store holds, staged and published.
size_t sim_store_size(void);
// Adds a file to a staged folder; false when there is no such folder any more.
bool sim_store_write(const char *folder, const char *text);
