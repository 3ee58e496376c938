// SPDX-License-Identifier: MIT
//
// Resources that stand in an inventory more than once: the same accountId, resourceType (ASCII
// letter case ignored) and resourceId. Both records are judged, and both count; that there are two
// is dirty input, and each one behind the first is a problem of the inventory. Memory stays flat
// (sighting_sort.h): of a resource only a keyed hash of 128 bits is kept, and where it stands.
//
//   duplicates_create -> (on any thread) duplicates_identify …, (in input order) duplicates_add …
//   -> duplicates_find -> duplicates_destroy
//
// Blocking. Thread: its owner's, but for duplicates_identify, which any thread may call at any
// time.
#pragma once

#include "base/err.h"
#include "domain/diag.h"
#include "eval/evaluator.h"
#include "sighting_sort.h"

struct duplicates;

// As sighting_sort_create; folder and stop are borrowed.
struct duplicates *duplicates_create(const char *folder, size_t memory_bytes,
                                     const atomic_bool *stop);
void duplicates_destroy(struct duplicates **duplicates);

// What is kept of a record. Its resource is known by a key that each object makes for itself, so
// that nobody can prepare two resources that are taken for one.
struct sighting duplicates_identify(const struct duplicates *duplicates,
                                    const struct eval_resource *resource);

// In input order, over all calls. ERR_IO with the cause (a full disk); ERR_CANCELLED.
enum err_kind duplicates_add(struct duplicates *duplicates, const struct sighting *sightings,
                             size_t count, struct err *err);

// All were added: counts the records whose resource stands further up, and adds an error
// ("inventory.record.duplicate") for each of the first LIMIT_DIAGNOSTICS of them in input order;
// `problems` counts the others as well. The same errors.
enum err_kind duplicates_find(struct duplicates *duplicates, struct diags *problems,
                              uint64_t *count_out, struct err *err);
