// SPDX-License-Identifier: MIT
//
// Where a digest stands in an array of them, for several threads at once. The table, of 8 to 32
// bytes for each digest, is made by whoever asks first: most counts never need it. Thread: any.
#pragma once

#include "base/keyed_digest.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct digest_index {
    const struct keyed_digest *digests; // borrowed
    size_t count;
    _Atomic(uint32_t *) slots; // open addressing: 1 + the place of a digest, 0: free; NULL at first
    size_t mask;
    pthread_mutex_t lock; // of making them
};

// `count` is below UINT32_MAX; one of 0 digests finds none.
void digest_index_init(struct digest_index *index, const struct keyed_digest *digests,
                       size_t count);
void digest_index_deinit(struct digest_index *index);

// Whether asking costs a look only.
bool digest_index_is_made(const struct digest_index *index);

// The first of those that equal it; SIZE_MAX when it is not there.
size_t digest_index_find(struct digest_index *index, const struct keyed_digest *digest);
