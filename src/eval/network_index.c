// SPDX-License-Identifier: MIT
#include "network_index.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

// By the kind of address, then by the first address, the widest first: what lies in a network
// stands right behind it.
struct order {
    struct network *networks;
    size_t count;
};

struct network_index {
    struct order all;
    struct order outermost; // those that lie in no other; no two share an address
};

static int compare(const struct network *a, const struct network *b)
{
    if (a->width != b->width) {
        return a->width < b->width ? -1 : 1;
    }
    int order = memcmp(a->address, b->address, NETWORK_ADDRESS_BYTES);
    return order != 0 ? order : (a->prefix > b->prefix) - (a->prefix < b->prefix);
}

static int sort_networks(const void *a, const void *b)
{
    return compare(a, b);
}

struct network_index *network_index_create(const struct network *networks, size_t count)
{
    REQUIRE(count > 0);
    struct network_index *index = mem_alloc(1, sizeof(*index));
    index->all = (struct order){mem_dup(networks, count * sizeof(*networks)), count};
    qsort(index->all.networks, count, sizeof(*networks), sort_networks);
    struct order *outermost = &index->outermost;
    outermost->networks = mem_alloc(count, sizeof(*networks));
    for (size_t i = 0; i < count; i++) {
        const struct network *network = &index->all.networks[i];
        if (outermost->count == 0 ||
            !network_contains(&outermost->networks[outermost->count - 1], network)) {
            outermost->networks[outermost->count++] = *network;
        }
    }
    return index;
}

void network_index_destroy(struct network_index **index)
{
    if (*index == NULL) {
        return;
    }
    mem_free(&(*index)->all.networks);
    mem_free(&(*index)->outermost.networks);
    mem_free(index);
}

// How many stand before the network, or are the same.
static size_t count_until(const struct order *order, const struct network *network, bool or_same)
{
    size_t low = 0;
    size_t high = order->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare(&order->networks[middle], network) < (or_same ? 1 : 0)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

// A network that contains this one begins where it begins or before, and no other that is outermost
// begins between the two.
bool network_index_holds(const struct network_index *index, const struct network *network)
{
    const struct network masked = network_without_host_bits(network);
    size_t behind = count_until(&index->outermost, &masked, true);
    return behind > 0 && network_contains(&index->outermost.networks[behind - 1], &masked);
}

// Those that lie in it begin where it begins or behind, before all others that do.
bool network_index_lies_in(const struct network_index *index, const struct network *network)
{
    const struct network masked = network_without_host_bits(network);
    size_t first = count_until(&index->all, &masked, false);
    return first < index->all.count && network_contains(&masked, &index->all.networks[first]);
}
